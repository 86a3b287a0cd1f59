"""The plug is pulled at random points, many times: nothing that was acknowledged is lost, and every run ends."""

import contextlib
import http.client
import json
import random
import threading
import unittest

from harness import Case, wait_until

KILLS = 200
CLIENTS = 3
LONGEST_LIFE_S = 0.06
LARGE_KILLS = 25
LONGEST_LARGE_LIFE_S = 0.15


class Client(threading.Thread):
    """Triggers runs and decides approvals until the server is gone; remembers what was acknowledged."""

    def __init__(self, port, seed, runs, decisions):
        super().__init__(daemon=True)
        self.port = port
        self.random = random.Random(seed)
        self.runs = runs
        self.decisions = decisions

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            while True:
                self.step(connection)

    def ask(self, connection, method, path, body=None):
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    def step(self, connection):
        workflow = self.random.choice(["plain", "gated", "agent"])
        status, reply = self.ask(connection, "POST", f"/api/workflows/{workflow}/trigger", {"context": {"n": 1}})
        if status == 201:
            self.runs[reply["id"]] = workflow
        if self.random.random() < 0.5:
            _, pending = self.ask(connection, "GET", "/api/approvals?status=PENDING")
            if pending:
                chosen = self.random.choice(pending)
                approve = self.random.random() < 0.5
                path = f"/api/approvals/{chosen['id']}/{'approve' if approve else 'reject'}"
                status, _ = self.ask(connection, "POST", path, {"comment": "x"})
                if status == 200:
                    self.decisions[chosen["workflowRunId"]] = "SUCCESS" if approve else "FAILED"


class Kill(Case):
    def test_two_hundred_kills_lose_nothing_acknowledged(self):  # pitfall A6, feature 105
        server = self.serve()
        self.register(server, "ok", 'echo "{}"\n')
        step = {"transform": {"n": "{{ context.n }}"}}
        self.create(
            server,
            {
                "name": "plain",
                "trigger": "manual",
                "nodes": [{"id": "a", **step}, {"id": "b", "dependsOn": ["a"], **step}],
            },
        )
        self.create(
            server, {"name": "gated", "trigger": "manual", "nodes": [{"id": "a", "approvalRequired": True, **step}]}
        )
        self.create(server, {"name": "agent", "trigger": "manual", "nodes": [{"id": "a", "agent": "ok", "input": {}}]})
        server.kill()

        chance = random.Random(20)
        runs, decisions = {}, {}
        tick = threading.Event()
        for _ in range(KILLS):
            server = self.serve()
            clients = [Client(server.port, chance.random(), runs, decisions) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            tick.wait(chance.random() * LONGEST_LIFE_S)
            server.kill()
            for client in clients:
                client.join()

        self.assertGreater(len(runs), KILLS // 4)
        server = self.serve()

        def moving():
            states = ("PENDING", "RUNNING")
            return any(server.get(f"/api/workflows/runs?status={state}").json["runs"] for state in states)

        wait_until(lambda: not moving(), "recovered runs have ended")
        statuses = {}
        for run_id, workflow in runs.items():
            reply = server.get(f"/api/workflows/runs/{run_id}")
            self.assertEqual(reply.status, 200, f"acknowledged run {run_id} is gone")
            run = reply.json
            statuses[run["status"]] = statuses.get(run["status"], 0) + 1
            if workflow == "gated":
                self.assertEqual(
                    run["status"], decisions.get(run_id, run["status"]), "an acknowledged decision is honoured"
                )
                if run["status"] == "WAITING_APPROVAL":
                    self.assertEqual([a["status"] for a in run["approvals"]], ["PENDING"])
            elif run["status"] == "FAILED":  # a harmless attempt is repeated, but not for ever
                self.assertEqual(workflow, "agent")
                self.assertIn("times in a row", run["error"])
            else:
                self.assertEqual(run["status"], "SUCCESS", run["error"])
        self.assertGreater(statuses.get("SUCCESS", 0), 0)

    def test_kills_between_a_file_and_the_row_that_names_it(self):
        """Large outputs are files before there is a row: whatever comes between, what is named is whole, and nothing
        that is named by nobody stays."""
        size = (1 << 20) + 1000
        server = self.serve()
        own = f"head -c {size} /dev/urandom | base64 -w0 | head -c {size}"
        self.register(server, "own", f"printf '\"'; {own}; printf '\"'")
        self.register(server, "same", f"printf '\"'; head -c {size} /dev/zero | tr '\\0' x; printf '\"'")
        nodes = [{"id": agent, "agent": agent, "input": {}} for agent in ("own", "same")]
        self.create(server, {"name": "large", "trigger": "manual", "nodes": nodes})
        folder = self.data / "artifacts"
        chance = random.Random(21)
        tick = threading.Event()
        runs = []
        for _ in range(LARGE_KILLS):
            with contextlib.suppress(OSError, http.client.HTTPException):
                runs += [server.post("/api/workflows/large/trigger").json["id"] for _ in range(2)]
            tick.wait(chance.random() * LONGEST_LARGE_LIFE_S)
            server.kill()
            server = self.serve()
        for run in runs:
            server.events(run, lambda event: event["data"].get("status") in ("SUCCESS", "FAILED"))
        server.kill()
        server = self.serve()  # what the last kill left is swept at the start
        named = set()
        for run in runs:
            for artifact in server.get(f"/api/runs/{run}/artifacts").json["artifacts"]:
                named.add(artifact["hash"])
                reply = server.get(f"/api/artifacts/{artifact['hash']}")
                self.assertEqual(reply.status, 200)
                self.assertEqual(len(reply.body), artifact["sizeBytes"])
            run = server.get(f"/api/workflows/runs/{run}").json
            if run["status"] != "SUCCESS":
                self.assertIn("times in a row", run["error"])
        self.assertGreater(len(named), len(runs) // 2)
        self.assertEqual({file.name for file in folder.rglob("*") if file.is_file()}, named)


if __name__ == "__main__":
    unittest.main()
