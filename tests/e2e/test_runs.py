"""What runs do: order, overlap, failure, cancel, retry, logs and events."""

import concurrent.futures
import time
import unittest

from harness import Case, by_node, processes_with, wait_until

ECHO = 'read -r input; printf \'{"got": %s}\' "$input"\n'
PAUSE = 'sleep 0.4; echo "{}"\n'  # an agent that takes a while; nobody here waits for a fixed time


def node(id, agent=None, after=(), **more):
    made = {"id": id, "dependsOn": list(after), **more}
    if agent:
        made["agent"] = agent
        made.setdefault("input", {})
    return made


def workflow(name, *nodes):
    return {"name": name, "trigger": "manual", "nodes": list(nodes)}


class Runs(Case):
    def test_a_transform_passes_values_with_their_types(self):  # feature 102
        server = self.serve()
        made = self.create(
            server, workflow("t", node("a", transform={"n": "{{ context.n }}", "text": "n={{ context.n }}"}))
        )
        run = server.run(made["id"], {"contextJson": {"n": [1, {"x": None}]}})
        self.assertEqual(run["status"], "SUCCESS")
        self.assertEqual(by_node(run)["a"]["outputJson"], {"n": [1, {"x": None}], "text": 'n=[1,{"x":null}]'})

    def test_a_condition_that_is_false_skips_with_the_reason(self):  # feature 104
        server = self.serve()
        made = self.create(
            server,
            workflow(
                "conditions",
                node("scan", transform={"total": "{{ context.total }}"}),
                node("tell", None, ["scan"], transform={}, when="scan.output.total > 0"),
                node("after", None, ["tell"], transform={}),
                node("always", None, ["tell"], transform={}, join="all_done"),
            ),
        )
        nodes = by_node(server.run(made["id"], {"contextJson": {"total": 0}}))
        self.assertEqual(nodes["tell"]["status"], "SKIPPED")
        self.assertEqual(nodes["tell"]["reason"], "condition_false")
        self.assertIn("its condition (when) is false", nodes["tell"]["error"])
        self.assertEqual(nodes["after"]["status"], "SKIPPED")
        self.assertEqual(nodes["always"]["status"], "SUCCESS")
        nodes = by_node(server.run(made["id"], {"contextJson": {"total": 2}}))
        self.assertEqual([nodes[name]["status"] for name in ("tell", "after", "always")], ["SUCCESS"] * 3)

    def test_a_diamond_overlaps_its_middle_nodes(self):
        server = self.serve()
        self.register(server, "pause", PAUSE)
        made = self.create(
            server,
            workflow(
                "diamond",
                node("a", "pause"),
                node("b", "pause", ["a"]),
                node("c", "pause", ["a"]),
                node("d", "pause", ["b", "c"]),
            ),
        )
        run = server.run(made["id"])
        self.assertEqual(run["status"], "SUCCESS", run["error"])
        nodes = by_node(run)
        self.assertLess(nodes["b"]["startedAt"], nodes["c"]["finishedAt"])
        self.assertLess(nodes["c"]["startedAt"], nodes["b"]["finishedAt"])
        self.assertGreaterEqual(nodes["d"]["startedAt"], max(nodes["b"]["finishedAt"], nodes["c"]["finishedAt"]))
        for row in nodes.values():
            self.assertLessEqual(row["startedAt"], row["finishedAt"])

    def test_a_failing_middle_node_skips_what_depends_on_it_and_fails_the_run(self):  # pitfall A1
        server = self.serve()
        self.register(server, "ok", 'echo "{}"\n')
        self.register(server, "bad", 'echo \'{"error":"the disk is on fire"}\' >&2; exit 3\n')
        made = self.create(
            server,
            workflow(
                "f",
                node("a", "ok"),
                node("b", "bad", ["a"]),
                node("c", "ok", ["a"]),
                node("d", "ok", ["b", "c"]),
                node("e", "ok", ["d"]),
            ),
        )
        run = server.run(made["id"])
        nodes = by_node(run)
        self.assertEqual(run["status"], "FAILED")
        self.assertIn("the disk is on fire", run["error"])
        self.assertEqual(nodes["b"]["status"], "FAILED")
        self.assertEqual(nodes["c"]["status"], "SUCCESS")
        self.assertEqual((nodes["d"]["status"], nodes["d"]["reason"]), ("SKIPPED", "dependency_failed"))
        self.assertEqual(nodes["e"]["status"], "SKIPPED")
        self.assertIn("b", nodes["d"]["error"])

    def test_each_kind_of_failure_says_what_happened(self):  # pitfall A1
        server = self.serve()
        kinds = {
            "garbage": ("echo hello\n", "output_invalid", 'it begins with "hello"'),
            "nothing": ("true\n", "output_invalid", "printed nothing"),
            "twice": ("echo '{}'; echo '{}'\n", "output_invalid", "not one JSON document"),
            "exit": ("exit 7\n", "exit", "exit code 7"),
            "killed": ("kill -9 $$\n", "signal", "SIGKILL"),
            "hang": ("while :; do :; done\n", "timeout", "timeout"),
        }
        for name, (script, reason, text) in kinds.items():
            with self.subTest(name):
                self.register(server, name, script)
                made = self.create(server, workflow(f"w-{name}", node("n", name, timeout="1s")))
                run = server.run(made["id"])
                failed = by_node(run)["n"]
                self.assertEqual((run["status"], failed["status"]), ("FAILED", "FAILED"))
                self.assertEqual(failed["reason"], reason, failed["error"])
                self.assertIn(text, failed["error"])

    def test_input_and_output_are_held_against_their_schemas(self):  # pitfall B16
        server = self.serve()
        schemas = (
            "    inputSchema: {type: object, required: [n], properties: {n: {type: integer}}}\n"
            "    outputSchema: {type: object, required: [total], properties: {total: {type: integer}}}\n"
        )
        self.register(server, "counter", 'echo \'{"total":"many"}\'\n', manifest=schemas)
        made = self.create(server, workflow("s", node("n", "counter", input={"n": "{{ context.n }}"})))
        run = server.run(made["id"], {"context": {"n": 1}})
        self.assertEqual(by_node(run)["n"]["reason"], "output_invalid")
        self.assertIn('total: expected integer, got string "many"', by_node(run)["n"]["error"])
        run = server.run(made["id"], {"context": {"n": "x"}})
        self.assertEqual(by_node(run)["n"]["reason"], "input_invalid")
        self.assertIn("n: expected integer", by_node(run)["n"]["error"])

    def test_a_template_that_finds_nothing_fails_its_node(self):  # pitfall A2
        server = self.serve()
        made = self.create(server, workflow("m", node("n", transform={"x": "{{ context.missing.deep }}"})))
        run = server.run(made["id"])
        self.assertEqual(run["status"], "FAILED")
        self.assertIn("missing", by_node(run)["n"]["error"])
        self.assertEqual(by_node(run)["n"]["reason"], "template_failed")

    def test_values_cannot_become_structure_or_templates(self):  # pitfall A5, feature 100
        server = self.serve()
        made = self.create(
            server, workflow("v", node("n", transform={"m": "say {{ context.m }}", "w": "{{ context.m }}"}))
        )
        for value in [
            '","webhookUrl":"http://evil',
            "line\nbreak",
            "C:\\temp",
            "{{ context.secret }}",
            '"',
            "\u2028 é 😀",
        ]:
            with self.subTest(value):
                output = by_node(server.run(made["id"], {"context": {"m": value, "secret": "s3"}}))["n"]["outputJson"]
                self.assertEqual(output, {"m": "say " + value, "w": value})

    def test_log_lines_are_kept_and_streamed(self):
        server = self.serve()
        self.register(server, "talker", 'echo one >&2; echo two >&2; echo "{}"\n')
        made = self.create(server, workflow("l", node("n", "talker")))
        run = server.run(made["id"])
        logs = server.get(f"/api/workflows/runs/{run['id']}/logs").json["logs"]
        self.assertEqual([entry["text"] for entry in logs], ["one\ntwo\n"])

    def test_the_event_stream_tells_the_whole_story_and_resumes(self):
        server = self.serve()
        self.register(server, "talker", 'echo hello >&2; echo "{}"\n')
        made = self.create(server, workflow("e", node("a", "talker"), node("b", "talker", ["a"])))
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        events = server.events(run_id, lambda event: event["event"] == "end")
        recorded = [event for event in events if "id" in event]
        self.assertEqual(recorded[0]["event"], "run.created")
        self.assertEqual([event["data"]["sequence"] for event in recorded], list(range(1, len(recorded) + 1)))
        self.assertEqual(events[-1]["data"]["status"], "SUCCESS")
        again = server.events(run_id, lambda event: event["event"] == "end", last_event_id=recorded[1]["id"])
        self.assertEqual([event["id"] for event in again if "id" in event], [event["id"] for event in recorded[2:]])

    def test_cancel_kills_the_process_tree(self):  # pitfall B5
        server = self.serve()
        marker = f"marker-{time.monotonic_ns()}"
        self.register(
            server,
            "stubborn",
            f"trap '' TERM; echo up >&2; sh -c 'sleep 1000; : {marker}' & sh -c 'sleep 1000; : {marker}'\n",
        )
        made = self.create(server, workflow("c", node("n", "stubborn"), node("after", "stubborn", ["n"])))
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        server.events(run_id, lambda event: event["event"] == "log")
        wait_until(lambda: processes_with(marker), "the agent's processes run")
        self.assertEqual(server.post(f"/api/workflows/runs/{run_id}/cancel", {"by": "tester"}).status, 202)
        server.wait_for_status(run_id, "CANCELLED")
        run = server.get(f"/api/workflows/runs/{run_id}").json
        self.assertEqual({n["status"] for n in run["agentRuns"]}, {"CANCELLED"})
        wait_until(lambda: not processes_with(marker), "the cancelled agent's processes are gone")
        self.assertError(server.post(f"/api/workflows/runs/{run_id}/cancel"), 409)

    def test_who_cancels_or_rolls_back_has_a_name_or_none(self):
        server = self.serve()
        made = self.create(server, workflow("w", node("gate", transform={}, approvalRequired=True)))
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        for verb in ("cancel", "rollback"):
            for member in ("by", "requestedBy"):
                for by in (5, [], " ", "a\x1b[2K", "n" * 201):
                    reply = server.post(f"/api/workflows/runs/{run_id}/{verb}", {member: by})
                    self.assertError(reply, 400, f"{member}: ")
        self.assertEqual(server.get(f"/api/runs/{run_id}").json["status"], "WAITING_APPROVAL")
        self.assertEqual(server.post(f"/api/runs/{run_id}/cancel", {"requestedBy": "ann"}).status, 202)
        server.wait_for_status(run_id, "CANCELLED")

    def test_retry_runs_only_what_did_not_succeed(self):  # pitfall B10
        server = self.serve()
        self.register(server, "ok", "echo '{\"v\":1}'\n")
        self.register(server, "flaky", 'test -e /workspace/mended || exit 1; echo "{}"\n')
        made = self.create(server, workflow("r", node("a", "ok"), node("b", "flaky", ["a"]), node("c", "ok", ["b"])))
        body = {"workspace": str(self.repository)}
        failed = server.run(made["id"], body)
        self.assertEqual(failed["status"], "FAILED")
        (self.repository / "mended").touch()
        reply = server.post(f"/api/workflows/runs/{failed['id']}/retry")
        self.assertEqual(reply.status, 202)
        self.assertEqual(reply.json["originalRunId"], failed["id"])
        server.wait_for_status(reply.json["id"], "SUCCESS")
        again = server.get(f"/api/workflows/runs/{reply.json['id']}").json
        self.assertEqual(again["retryOf"], failed["id"])
        self.assertEqual(by_node(again)["a"]["reason"], "kept")
        self.assertEqual({n["status"] for n in again["agentRuns"]}, {"SUCCESS"})
        self.assertError(server.post(f"/api/workflows/runs/{again['id']}/retry"), 400, "Can only retry failed")

    def test_a_run_keeps_the_version_it_started_with(self):  # pitfall B9
        server = self.serve()
        made = self.create(
            server,
            workflow(
                "p", node("gate", transform={}, approvalRequired=True), node("n", transform={"v": 1}, after=["gate"])
            ),
        )
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        changed = server.request(
            "PATCH", f"/api/workflows/{made['id']}", {"nodes": [node("other", transform={"v": 2})]}
        )
        self.assertEqual((changed.status, changed.json["version"]), (200, 2), changed.body)
        approval = server.get(f"/api/approvals?workflowRunId={run_id}").json[0]
        server.post(f"/api/approvals/{approval['id']}/approve")
        server.wait_for_status(run_id, "SUCCESS")
        run = server.get(f"/api/workflows/runs/{run_id}").json
        self.assertEqual(by_node(run)["n"]["outputJson"], {"v": 1})
        self.assertEqual(run["workflowVersion"], 1)

    def test_why_names_what_each_idle_node_waits_for(self):
        server = self.serve()
        self.register(server, "bad", "exit 1\n")
        made = self.create(
            server,
            workflow(
                "why",
                node("gate", transform={}, approvalRequired=True),
                node("after", transform={}, after=["gate"]),
                node("again", "bad", retry={"attempts": 2, "backoff": "10m"}),
            ),
        )
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        server.events(run_id, lambda event: event["event"] == "node.failed")
        reasons = {entry["nodeId"]: entry for entry in server.get(f"/api/runs/{run_id}/why").json["waiting"]}
        self.assertEqual(reasons["gate"]["reason"], "approval")
        self.assertIn(server.get(f"/api/approvals?workflowRunId={run_id}").json[0]["id"], reasons["gate"]["detail"])
        self.assertEqual((reasons["after"]["reason"], reasons["after"]["waitsFor"]), ("dependencies", ["gate"]))
        self.assertEqual(reasons["again"]["reason"], "retry")
        server.post(f"/api/workflows/runs/{run_id}/cancel")
        server.wait_for_status(run_id, "CANCELLED")
        self.assertEqual(server.get(f"/api/runs/{run_id}/why").json["waiting"], [])
        self.assertError(server.get("/api/runs/nope/why"), 404)
        self.assertError(server.get("/api/workflows/runs?status=NEVER"), 400, "NEVER")

    def test_waiting_for_a_run_ends_at_its_deadline(self):
        server = self.serve()
        made = self.create(server, workflow("w", node("gate", transform={}, approvalRequired=True)))
        reply = server.post(f"/api/workflows/{made['id']}/trigger?wait=true&timeoutSeconds=1")
        self.assertEqual((reply.status, reply.json["status"]), (201, "WAITING_APPROVAL"))

    def test_a_thousand_runs_at_once_all_end(self):  # pitfall B11
        server = self.serve()
        made = self.create(
            server,
            workflow(
                "many",
                node("a", transform={"i": "{{ context.i }}"}),
                node("b", transform={"i": "{{ a.output.i }}"}, after=["a"]),
            ),
        )

        def trigger(i):
            return server.post(f"/api/workflows/{made['id']}/trigger?wait=true", {"context": {"i": i}}).json

        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            replies = list(pool.map(trigger, range(1000)))
        self.assertEqual(len({reply["id"] for reply in replies}), 1000)
        self.assertEqual({reply["status"] for reply in replies}, {"SUCCESS"})
        for i in (0, 499, 999):
            run = server.get(f"/api/workflows/runs/{replies[i]['id']}").json
            self.assertEqual(by_node(run)["b"]["outputJson"], {"i": i})


if __name__ == "__main__":
    unittest.main()
