"""What a collector reads at /metrics: it must agree with what happened."""

import datetime
import re
import socket
import unittest
import urllib.error
import urllib.request

from harness import Case


def samples(text):
    """{name: [(labels, value)]} of the text format."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r'([a-z_:]+)(?:\{(.*)\})? (\S+)', line)
        assert match, line
        labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
        found.setdefault(match[1], []).append((labels, float(match[3])))
    return found


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def total(found, name, **labels):
    return sum(value for have, value in found.get(name, []) if labels.items() <= have.items())


class Metrics(Case):
    def read(self, server):
        reply = server.get("/metrics")
        self.assertEqual(reply.status, 200)
        self.assertTrue(reply.headers["Content-Type"].startswith("text/plain; version=0.0.4"), reply.headers)
        return samples(reply.body)

    def test_after_a_mix_of_ends_the_figures_are_those_of_the_runs(self):  # pitfalls B10, B21; features 46, 106
        server = self.serve()
        self.register(server, "worker", "echo '{\"n\": 1}'\n")
        self.register(server, "broken", "exit 3\n")
        work = {"agent": "worker", "action": "work", "input": {}}
        fails = {"agent": "broken", "action": "work", "input": {}, "retry": {"attempts": 3, "backoffMs": 1}}
        self.create(server, {"name": "good", "trigger": "manual", "nodes": [{"id": "n", **work}]})
        self.create(server, {"name": "bad", "trigger": "manual", "nodes": [{"id": "n", **fails}]})
        gate = {"id": "n", "transform": {}, "approval": True}
        self.create(server, {"name": "gated", "trigger": "manual", "nodes": [gate]})
        for _ in range(3):
            self.assertEqual(server.run("good")["status"], "SUCCESS")
        self.assertEqual(server.run("bad")["status"], "FAILED")
        waiting = server.post("/api/workflows/gated/trigger").json["id"]
        stopped = server.post("/api/workflows/gated/trigger").json["id"]
        server.post(f"/api/runs/{stopped}/cancel")
        self.assertEqual(total(self.read(server), "workflows_active"), 1)
        self.assertEqual(total(self.read(server), "approvals_pending"), 1)
        (approval,) = server.get(f"/api/approvals?workflowRunId={waiting}&status=PENDING").json
        server.post(f"/api/approvals/{approval['id']}/approve", {})
        server.wait_for_status(waiting, "SUCCESS")

        found = self.read(server)
        self.assertEqual(total(found, "workflows_active"), 0, "as many as live")
        self.assertEqual(total(found, "workflow_runs_total", status="SUCCESS", trigger_type="manual"), 4)
        self.assertEqual(total(found, "workflow_runs_total", status="FAILED"), 1)
        self.assertEqual(total(found, "workflow_runs_total", status="CANCELLED"), 1)
        self.assertEqual(total(found, "agent_runs_total", agent_name="worker", status="SUCCESS"), 3)
        self.assertEqual(total(found, "agent_runs_total", agent_name="broken", status="FAILED"), 3)
        self.assertEqual(total(found, "agent_errors_total", agent_name="broken"), 3)
        self.assertEqual(total(found, "agent_retry_count", agent_name="broken"), 2)
        self.assertEqual(total(found, "workflow_approval_wait_time_count", status="APPROVED"), 1)
        self.assertGreater(total(found, "process_resident_memory_bytes"), 1_000_000)
        # The 99th percentile comes from the buckets; they must reach from below a second to minutes.
        bounds = [labels["le"] for labels, _ in found["workflow_duration_bucket"]]
        self.assertTrue({"100", "1000", "300000", "+Inf"} <= set(bounds), bounds)
        routes = {labels["http_route"] for labels, _ in found["http_server_duration_count"]}
        self.assertIn("/api/workflows/:id/trigger", routes)
        self.assertNotIn(f"/api/runs/{waiting}/cancel", routes)

    def test_a_wait_for_people_is_not_a_duration(self):  # pitfall D7
        server = self.serve()
        gate = {"id": "n", "transform": {}, "approval": True}
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [gate]})
        run_id = server.post("/api/workflows/w/trigger").json["id"]
        (approval,) = server.get(f"/api/approvals?workflowRunId={run_id}").json
        server.kill()
        server = self.serve()  # the wait is known from the journal, not from memory
        decision = server.post(f"/api/approvals/{approval['id']}/approve", {}).json
        server.wait_for_status(run_id, "SUCCESS")
        waited = (at(decision["respondedAt"]) - at(decision["requestedAt"])).total_seconds() * 1000
        self.assertGreater(waited, 0)
        found = self.read(server)
        self.assertAlmostEqual(total(found, "workflow_approval_wait_time_sum"), waited, delta=1)
        whole = server.get(f"/api/runs/{run_id}").json["durationMs"]
        self.assertAlmostEqual(total(found, "workflow_duration_sum"), whole - waited, delta=2)

    def test_invented_events_and_workflows_do_not_make_series_without_end(self):  # pitfall B24
        server = self.serve("--set", "rateLimits.writes=0", "--set", "rateLimits.triggers=0")
        step = {"id": "n", "transform": {}}
        for n in range(600):
            self.create(server, {"name": f"w{n}", "trigger": "manual", "nodes": [step]})
            self.assertEqual(server.run(f"w{n}")["status"], "SUCCESS")
            server.get(f"/api/nothing/{n}")
        found = self.read(server)
        self.assertLessEqual(len(found["workflow_runs_total"]), 500)
        self.assertEqual(total(found, "workflow_runs_total"), 600, "nothing is lost, only folded")
        self.assertGreater(total(found, "workflow_runs_total", workflow_id="other"), 0)
        self.assertLessEqual(len(found["http_server_duration_count"]), 500)

    def test_a_port_of_their_own(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = self.serve("--set", f"metrics.port={port}")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
            self.assertIn("workflows_active 0", reply.read().decode())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/workflows", timeout=10)
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()
        # A port that is taken keeps nobody from work.
        self.data = self.folder / "other"
        other = self.serve("--set", f"metrics.port={port}")
        self.assertEqual(other.get("/health/ready").status, 200)
        self.assertEqual(other.get("/metrics").status, 200)
        self.assertEqual(server.get("/metrics").status, 200)


if __name__ == "__main__":
    unittest.main()
