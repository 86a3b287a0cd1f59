"""Runs that share places, wait for their turn, take another's place, and are run again."""

import signal
import unittest

from harness import Case, by_node, wait_until


def gated(name, concurrency):
    gate = {"id": "gate", "transform": {"n": "{{ context.n ?? 0 }}"}, "approvalRequired": True}
    return {"name": name, "trigger": "manual", "concurrency": concurrency, "nodes": [gate]}


class Concurrency(Case):
    def trigger(self, server, workflow, **context):
        reply = server.post(f"/api/workflows/{workflow['id']}/trigger", {"context": context})
        self.assertEqual(reply.status, 201, reply.body)
        return reply.json["id"]

    def run_of(self, server, run_id):
        return server.get(f"/api/workflows/runs/{run_id}").json

    def status(self, server, run_id):
        return self.run_of(server, run_id)["status"]

    def approve(self, server, run_id):
        (approval,) = server.get(f"/api/approvals?workflowRunId={run_id}").json
        self.assertEqual(server.post(f"/api/approvals/{approval['id']}/approve").status, 200)

    def test_runs_wait_for_their_turn_in_order_whatever_happens(self):  # pitfalls A6, B11, feature 105
        server = self.serve()
        made = self.create(server, gated("one", 1))
        runs = [self.trigger(server, made, n=n) for n in range(4)]
        self.assertEqual([self.status(server, run) for run in runs], ["WAITING_APPROVAL"] + 3 * ["PENDING"])
        why = server.get(f"/api/runs/{runs[2]}/why").json
        self.assertEqual(why["queue"]["queuedBefore"], 1)
        self.assertEqual(why["queue"]["concurrency"], {"limit": 1, "key": "", "heldBy": [runs[0]]})
        self.assertIn(runs[0], why["queue"]["detail"])
        self.assertEqual([entry["reason"] for entry in why["waiting"]], ["queued"])
        server.kill()
        server = self.serve()
        self.approve(server, runs[0])
        self.assertEqual(
            [self.status(server, run) for run in runs], ["SUCCESS", "WAITING_APPROVAL", "PENDING", "PENDING"]
        )
        self.assertEqual(server.post(f"/api/runs/{runs[2]}/cancel").status, 202)
        self.assertEqual(self.status(server, runs[2]), "CANCELLED")
        server.kill()
        server = self.serve()
        self.approve(server, runs[1])
        self.approve(server, runs[3])
        self.assertEqual(
            [self.status(server, run) for run in runs], ["SUCCESS", "SUCCESS", "CANCELLED", "SUCCESS"]
        )

    def test_a_full_queue_refuses_one_run_more(self):  # pitfall B11
        self.write("c.yaml", "engine: {maxQueuedRuns: 2}\n")
        server = self.serve("--config", str(self.folder / "c.yaml"))
        made = self.create(server, gated("one", 1))
        runs = [self.trigger(server, made) for _ in range(3)]
        reply = server.post(f"/api/workflows/{made['id']}/trigger", {})
        self.assertError(reply, 503, "engine.maxQueuedRuns")
        self.assertTrue(reply.headers["Retry-After"])
        self.approve(server, runs[0])
        self.trigger(server, made)

    def test_other_keys_do_not_wait(self):
        server = self.serve()
        made = self.create(server, gated("keyed", {"limit": 1, "key": "{{ context.branch }}"}))
        first, second = self.trigger(server, made, branch="a"), self.trigger(server, made, branch="b")
        third = self.trigger(server, made, branch="a")
        self.assertEqual(self.status(server, first), "WAITING_APPROVAL")
        self.assertEqual(self.status(server, second), "WAITING_APPROVAL")
        self.assertEqual(self.status(server, third), "PENDING")
        self.assertEqual(server.get(f"/api/runs/{third}/why").json["queue"]["concurrency"]["key"], "a")
        reply = server.post(f"/api/workflows/{made['id']}/trigger", {})
        self.assertEqual(reply.status, 400)
        self.assertIn("concurrency.key", reply.json["error"])

    def test_the_newer_run_cancels_the_one_before(self):
        server = self.serve()
        self.register(server, "slow", 'sleep 30; echo "{}"\n', effects="external")
        made = self.create(
            server,
            {
                "name": "latest",
                "trigger": "manual",
                "concurrency": {"limit": 1, "key": "{{ context.branch }}", "policy": "cancel-previous"},
                "nodes": [{"id": "a", "agent": "slow", "input": {}}],
            },
        )
        first = self.trigger(server, made, branch="main")
        server.events(first, lambda event: event["event"] == "node.started")
        second = self.trigger(server, made, branch="main")
        server.wait_for_status(first, "CANCELLED")
        self.assertIn(second, self.run_of(server, first)["error"])
        self.assertEqual(by_node(self.run_of(server, first))["a"]["reason"], "superseded")
        server.events(second, lambda event: event["event"] == "node.started")
        self.assertEqual(server.post(f"/api/runs/{second}/cancel").status, 202)

    def test_running_steps_end_and_the_rest_goes_on_after_the_next_start(self):  # pitfall B22
        for how in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(how):
                server = self.serve()
                self.register(server, f"brief-{how.name.lower()}", 'sleep 0.5; echo "{}"\n', effects="external")
                agent = {"agent": f"brief-{how.name.lower()}", "input": {}}
                nodes = [{"id": "a", **agent}, {"id": "b", **agent, "dependsOn": ["a"]}]
                made = self.create(server, {"name": f"stop-{how.name.lower()}", "trigger": "manual", "nodes": nodes})
                run_id = self.trigger(server, made)
                server.events(run_id, lambda event: event["event"] == "node.started")
                self.assertEqual(server.stop(how), 0)
                server = self.serve()
                server.wait_for_status(run_id, "SUCCESS")
                attempts = self.run_of(server, run_id)["agentRuns"]
                self.assertEqual(sorted((row["nodeId"], row["attempt"]) for row in attempts), [("a", 1), ("b", 1)])
                self.assertEqual(server.stop(), 0)

    def test_a_second_signal_ends_the_wait_for_running_steps(self):
        server = self.serve("--set", "server.drain=1h")
        self.register(server, "long", "sleep 3600", effects="external")
        nodes = [{"id": "a", "agent": "long", "input": {}}]
        made = self.create(server, {"name": "stop", "trigger": "manual", "nodes": nodes})
        run_id = self.trigger(server, made)
        server.events(run_id, lambda event: event["event"] == "node.started")
        server.process.send_signal(signal.SIGINT)
        path = f"/api/workflows/{made['id']}/trigger"
        wait_until(lambda: server.request_unchecked("POST", path, {}).status == 503, "the first signal")
        self.assertEqual(server.stop(signal.SIGINT), 0)
        server = self.serve()
        server.wait_for_status(run_id, "FAILED")
        self.assertEqual(by_node(self.run_of(server, run_id))["a"]["reason"], "interrupted")


class Rerun(Case):
    """Pitfall B10, feature 106."""

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        first = {"id": "a", "transform": {"n": "{{ context.n }}"}}
        second = {"id": "b", "transform": {"n": "{{ a.output.n + 1 }}"}, "dependsOn": ["a"]}
        self.made = self.create(self.server, {"name": "again", "trigger": "manual", "nodes": [first, second]})
        self.run_id = self.server.run(self.made["id"], {"context": {"n": 1}})["id"]

    def again(self, body, run_id=None):
        return self.server.post(f"/api/workflows/runs/{run_id or self.run_id}/rerun", body)

    def test_from_a_node_with_earlier_outputs_kept(self):
        reply = self.again({"from": "b"})
        self.assertEqual((reply.status, reply.json["originalRunId"], reply.json["from"]), (202, self.run_id, "b"))
        run = self.server.get(reply.headers["Location"]).json
        self.assertEqual((run["status"], run["trigger"]), ("SUCCESS", "rerun"))
        self.assertEqual((run["rerunOf"], run["from"], run["retryOf"]), (self.run_id, "b", None))
        nodes = by_node(run)
        self.assertEqual((nodes["a"]["reason"], nodes["a"]["outputJson"]), ("kept", {"n": 1}))
        self.assertEqual((nodes["b"]["reason"], nodes["b"]["outputJson"]), (None, {"n": 2}))
        whole = self.server.get(self.again({}).headers["Location"]).json
        self.assertEqual((whole["from"], by_node(whole)["a"]["reason"]), ("beginning", None))

    def test_on_a_chosen_version(self):
        first = {"id": "a", "transform": {"n": "{{ context.n * 10 }}"}}
        second = {"id": "b", "transform": {"n": "{{ a.output.n + 5 }}"}, "dependsOn": ["a"]}
        changed = self.server.request("PUT", f"/api/workflows/{self.made['id']}", {"nodes": [first, second]})
        self.assertEqual(changed.status, 200, changed.body)

        def outcome(body):
            run = self.server.get(self.again(body).headers["Location"]).json
            return run["workflowVersion"], by_node(run)["b"]["outputJson"]["n"]

        self.assertEqual(outcome({"from": "b"}), (1, 2))
        self.assertEqual(outcome({"from": "b", "version": "same"}), (1, 2))
        self.assertEqual(outcome({"from": "b", "version": 1}), (1, 2))
        self.assertEqual(outcome({"from": "a", "version": "latest"}), (2, 15))
        refused = self.again({"from": "b", "version": "latest"})
        self.assertEqual(refused.status, 409)
        self.assertIn("node b stands behind a", refused.json["error"])

    def test_what_it_refuses(self):
        self.assertError(self.again({"from": "z"}), 400, "no node z")
        self.assertError(self.again({"from": 3}), 400, "from: 3")
        self.assertError(self.again({"version": "newest"}), 400, "version:")
        self.assertError(self.again({"version": 7}), 400, "no version 7")
        self.assertError(self.again({}, run_id="nope"), 404)
        gated_run = self.create(self.server, gated("open", 1))
        run_id = self.server.post(f"/api/workflows/{gated_run['id']}/trigger").json["id"]
        self.assertError(self.again({}, run_id=run_id), 409, "has not ended")


if __name__ == "__main__":
    unittest.main()
