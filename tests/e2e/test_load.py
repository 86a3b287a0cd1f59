"""Many runs at a time, and what people wait for: as loads that fail when nothing was measured."""

import concurrent.futures
import datetime
import time
import unittest

from harness import Case, by_node, wait_until

kCount = 90  # samples of an approval


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def percentile(samples, share):
    """Of no samples there is none: a load that measured nothing has failed."""
    if not samples:
        raise AssertionError("nothing was measured")
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


def most_at_a_time(spans):
    """How many of the spans (start, end) overlap at one instant."""
    marks = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    most = now = 0
    for _, step in marks:
        now += step
        most = max(most, now)
    return most


class Load(Case):
    def test_scans_of_several_clients(self):  # features 41, 48, 79
        self.write("repository/app.py", 'api_key = "AKIA2E0A8F3B244C9986"\n')
        server = self.serve()
        node = {"id": "scan", "agent": "security-scanner", "action": "scan", "input": {"target": "."}}
        self.create(server, {"name": "w", "trigger": "manual", "workspace": str(self.repository), "nodes": [node]})
        waits, statuses = [], []

        def client(_):
            for _ in range(4):
                began = time.monotonic()
                run = server.run("w", timeout_s=60)
                waits.append(time.monotonic() - began)
                statuses.append(run["status"])

        with concurrent.futures.ThreadPoolExecutor(5) as clients:
            list(clients.map(client, range(5)))
        self.assertEqual(statuses, ["SUCCESS"] * 20)
        self.assertLess(percentile(waits, 0.95), 10)

    def test_many_runs_at_once_lose_nothing(self):  # features 42, 47; pitfall B11
        server = self.serve()
        # None ends before all have begun.
        self.register(server, "worker", "until [ -e /workspace/go ]; do sleep 0.02; done\necho '{\"n\": 1}'\n")
        nodes = [{"id": "n", "agent": "worker", "action": "work", "input": {"n": "{{ context.n }}"}}]
        self.create(server, {"name": "w", "trigger": "manual", "workspace": str(self.repository), "nodes": nodes})
        go = self.repository / "go"
        for count in (10, 50, 200):
            with concurrent.futures.ThreadPoolExecutor(min(count, 50)) as clients:
                ids = list(
                    clients.map(
                        lambda n: server.post("/api/workflows/w/trigger", {"context": {"n": n}}).json["id"],
                        range(count),
                    )
                )
            self.assertEqual(len(set(ids)), count)
            go.write_text("")
            for run_id in ids:
                server.wait_for_status(run_id, "SUCCESS")
            go.unlink()
            runs = [server.get(f"/api/runs/{run_id}").json for run_id in ids]
            spans = [(at(run["startedAt"]), at(run["finishedAt"])) for run in runs]
            self.assertEqual(most_at_a_time(spans), count, "they overlap")
        self.assertEqual(server.get("/api/overview").json["queue"]["unfinishedRuns"], 0)

    def test_from_the_decision_to_the_end(self):  # feature 43, pitfall B2
        server = self.serve()
        nodes = [
            {"id": "gate", "transform": {}, "approvalRequired": True},
            {"id": "after", "transform": {}, "dependsOn": ["gate"]},
        ]
        self.create(server, {"name": "w", "trigger": "manual", "nodes": nodes})
        waits = []

        def decide(_):
            run_id = server.post("/api/workflows/w/trigger").json["id"]
            (approval,) = server.get(f"/api/approvals?workflowRunId={run_id}").json
            began = time.monotonic()
            reply = server.post(f"/api/approvals/{approval['id']}/approve", {})
            self.assertEqual(reply.status, 200, reply.body)
            server.wait_for_status(run_id, "SUCCESS")
            waits.append(time.monotonic() - began)

        with concurrent.futures.ThreadPoolExecutor(3) as clients:
            list(clients.map(decide, range(kCount)))
        self.assertEqual(len(waits), kCount)
        self.assertLess(percentile(waits, 0.95), 1)

    def test_five_steps_in_the_order_of_their_edges(self):  # features 49, 82; pitfall B15
        server = self.serve()
        waits = 'case "$AGENT_INPUT" in *branch*) until [ -e /workspace/go ]; do :; done;; esac\n'
        self.register(server, "worker", f"echo working >&2\n{waits}echo '{{\"n\": 1}}'\n")
        step = {"agent": "worker", "action": "work"}
        nodes = [
            {"id": "a", **step, "input": {}},
            *({"id": name, "dependsOn": ["a"], **step, "input": {"is": "branch"}} for name in "bcd"),
            {"id": "e", "dependsOn": ["b", "c", "d"], **step, "input": {}},
        ]
        self.create(server, {"name": "w", "trigger": "manual", "workspace": str(self.repository), "nodes": nodes})
        run_id = server.post("/api/workflows/w/trigger").json["id"]

        def running():
            done = by_node(server.get(f"/api/runs/{run_id}").json)
            return sorted(name for name, node in done.items() if node["status"] == "RUNNING") == ["b", "c", "d"]

        wait_until(running, "the branches to run side by side")
        self.write("repository/go", "")
        server.wait_for_status(run_id, "SUCCESS")
        done = by_node(server.get(f"/api/runs/{run_id}").json)
        self.assertEqual(sorted(done), ["a", "b", "c", "d", "e"])
        for node in done.values():
            self.assertLessEqual(at(node["startedAt"]), at(node["finishedAt"]))
        branches = [done[name] for name in "bcd"]
        self.assertLessEqual(at(done["a"]["finishedAt"]), min(at(node["startedAt"]) for node in branches))
        self.assertGreaterEqual(at(done["e"]["startedAt"]), max(at(node["finishedAt"]) for node in branches))


if __name__ == "__main__":
    unittest.main()
