"""The circuit breaker around the sandbox, as it is wired in (pitfall B1, feature 73).

Bubblewrap goes away while runs go on, and comes back.
"""

import os
import shutil
import unittest

from harness import Case, wait_until

RUNS = 12


class Breaker(Case):
    def setUp(self):
        super().setUp()
        self.tools = self.folder / "tools"
        self.tools.mkdir()
        self.bubblewrap = shutil.which("bwrap")
        self.put_back()
        self.server = self.serve(
            "--set", "breaker.reset=500ms", environment={"PATH": f"{self.tools}:{os.environ['PATH']}"}
        )
        self.register(self.server, "worker", "echo '{}'", action="work")
        self.register(self.server, "failing", "exit 1", action="work")
        for agent in ("worker", "failing"):
            self.create(
                self.server,
                {
                    "name": agent,
                    "trigger": "manual",
                    "nodes": [{"id": "n", "agentName": agent, "action": "work", "input": {}}],
                },
            )

    def put_back(self):
        (self.tools / "bwrap").symlink_to(self.bubblewrap)

    def take_away(self):
        (self.tools / "bwrap").unlink()

    def breaker(self):
        return self.server.get("/api/health").json["executor"]["breaker"]

    def trigger(self, workflow):
        reply = self.server.post(f"/api/workflows/{workflow}/trigger")
        self.assertEqual(reply.status, 201, reply.body)
        return reply.json["id"]

    def status(self, run):
        return self.server.get(f"/api/workflows/runs/{run}").json["status"]

    def test_runs_wait_while_bubblewrap_is_away_and_go_on_when_it_is_back(self):
        self.assertEqual(self.server.run("worker")["status"], "SUCCESS")
        runs = [self.trigger("worker") for _ in range(RUNS)]
        self.take_away()
        runs += [self.trigger("worker") for _ in range(RUNS)]
        seen = []

        def is_open():
            seen[:] = [self.server.get("/api/health")]
            return seen[0].json["executor"]["breaker"]["state"] == "open"

        wait_until(is_open, "the breaker is open")
        health = seen[0]
        self.assertEqual((health.status, health.json["status"]), (503, "degraded"))
        breaker = health.json["executor"]["breaker"]
        self.assertEqual(breaker["lastError"], "bubblewrap is not installed: apt-get install bubblewrap")
        self.assertGreater(breaker["waiting"], 0)
        waiting = [self.server.get(f"/api/workflows/runs/{run}/why").json["waiting"] for run in runs]
        reasons = {node["reason"] for nodes in waiting for node in nodes}
        self.assertIn("runtime", reasons)
        self.assertLessEqual(reasons, {"runtime", "capacity"})
        wait_until(lambda: self.breaker()["trips"] >= 2, "a probe has failed and opened it again")

        self.put_back()
        for run in runs:
            self.server.wait_for_status(run, "SUCCESS")
            self.assertEqual(self.status(run), "SUCCESS")
        after = self.breaker()
        self.assertEqual((after["state"], after["waiting"]), ("closed", 0))
        self.assertEqual(self.server.get("/api/health").status, 200)

    def test_failures_of_agents_do_not_open_it(self):
        for _ in range(8):
            self.assertEqual(self.server.run("failing")["status"], "FAILED")
        self.assertEqual(self.breaker(), {"state": "closed", "failures": 0, "trips": 0, "waiting": 0})

    def test_a_run_that_waits_can_be_cancelled(self):
        self.take_away()
        runs = [self.trigger("worker") for _ in range(6)]
        wait_until(lambda: self.breaker()["state"] == "open", "the breaker is open")
        for run in runs:
            self.assertIn(self.server.post(f"/api/workflows/runs/{run}/cancel").status, (200, 202))
            self.server.wait_for_status(run, "CANCELLED")
            self.assertEqual(self.status(run), "CANCELLED")


if __name__ == "__main__":
    unittest.main()
