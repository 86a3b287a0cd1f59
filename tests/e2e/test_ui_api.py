"""What the web interface asks for beyond the rest: examples, checks before saving, figures, source."""

import os
import unittest

from harness import Case, by_node, wait_until

ADDING = {"name": "w", "trigger": "manual", "nodes": [{"id": "a", "transform": {"n": "{{ context.n + 1 }}"}}]}


class UiApi(Case):
    def test_an_example_ends_in_a_patch_that_is_approved_and_written(self):
        server = self.serve()
        examples = server.get("/api/examples").json["examples"]
        self.assertEqual([one["id"] for one in examples], ["find-secrets", "review-in-parallel", "update-dependency"])
        self.assertTrue(all(one["workflowId"] is None and one["description"] for one in examples))
        for one in examples[:2]:
            started = server.post(f"/api/examples/{one['id']}/run")
            self.assertEqual(started.status, 201, started.body)
            server.wait_for_status(started.json["workflowRunId"], "SUCCESS")
        requirements = self.data / "examples/update-dependency/requirements.txt"
        for _ in range(2):  # the second time begins at the beginning again
            run_id = server.post("/api/examples/update-dependency/run").json["workflowRunId"]
            server.wait_for_status(run_id, "WAITING_APPROVAL")
            self.assertIn("requests==2.19.1", requirements.read_text())
            (approval,) = server.get(f"/api/approvals?workflowRunId={run_id}").json
            self.assertIn("+requests==2.32.3", approval["preview"]["patch"])
            server.post(f"/api/approvals/{approval['id']}/approve")
            server.wait_for_status(run_id, "SUCCESS")
            self.assertIn("requests==2.32.3", requirements.read_text())
        told = by_node(server.get(f"/api/runs/{run_id}").json)["tell"]["inputJson"]["message"]
        self.assertIn("2.32.3 now; 1 file", told)
        self.assertEqual(len(server.get("/api/workflows?projectId=1").json), 3)
        # Its workflow is the user's: it can be switched off, and removed.
        workflow = server.get("/api/examples").json["examples"][0]["workflowId"]
        server.request("PATCH", f"/api/workflows/{workflow}", {"status": "DRAFT"})
        self.assertError(server.post("/api/examples/find-secrets/run"), 409, "DRAFT")
        self.assertError(server.post("/api/examples/none/run"), 404, "no such example")

    def test_an_example_that_does_not_fit_says_why(self):
        server = self.serve()
        (notifier,) = [one for one in server.get("/api/agents?projectId=1").json if one["name"] == "notifier"]
        self.assertEqual(server.request("DELETE", f"/api/agents/{notifier['id']}").status, 204)
        refused = self.assertError(server.post("/api/examples/find-secrets/run"), 400, "notifier")
        self.assertEqual(refused["problems"][0]["path"], "nodes[2].agent")
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [])

    def test_workflows_are_checked_without_being_stored(self):
        server = self.serve()
        yaml = {"Content-Type": "application/yaml"}
        def check(body, headers=None):
            return server.request("POST", "/api/workflows/validate", body, headers)

        step = {"id": "a", "agent": "notifier", "action": "send", "input": {"channel": "console", "message": "m"}}
        good = check({"name": "w", "trigger": "manual", "nodes": [step]}).json
        self.assertEqual(good, {"valid": True, "problems": []})
        text = "name: w\nnodes:\n  - id: a\n    agent: notifer\n  - id: b\n    dependsOn: c\n    transform: {}"
        wrong = check(text, yaml)
        self.assertFalse(wrong.json["valid"])
        places = [(one["line"], one["path"]) for one in wrong.json["problems"]]
        self.assertEqual(places, [(4, "nodes[0].agent"), (6, "nodes[1].dependsOn")])
        unknown = check("name: w\nnodes:\n  - id: a\n    agent: notifer\n", yaml).json["problems"]
        self.assertEqual((unknown[0]["line"], unknown[0]["path"]), (4, "nodes[0].agent"))
        self.assertIn("notifier", unknown[0]["message"])
        torn = check("name: w\nnodes: [", yaml).json["problems"]
        self.assertGreater(torn[0]["line"], 0)
        self.assertError(check("{", {"Content-Type": "application/json"}), 400)
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [])

    def test_templates_are_tried_on_an_earlier_run(self):
        server = self.serve()
        made = self.create(server, ADDING)
        preview = lambda body: server.post("/api/expressions/preview", {"workflowId": made["id"], **body})
        self.assertError(preview({"template": "{{ a.output.n }}"}), 404, "has not run")
        run = server.run("w", {"context": {"n": 41}})
        self.assertEqual(preview({"template": {"text": "n is {{ a.output.n }}"}}).json["value"], {"text": "n is 42"})
        self.assertEqual(preview({"expression": "a.output.n > 41 && a.status == 'SUCCESS'"}).json["value"], True)
        by_run = server.post("/api/expressions/preview", {"runId": run["id"], "expression": "context.n"}).json
        self.assertEqual(by_run, {"runId": run["id"], "value": 41, "error": None})
        self.create(
            server, {"name": "null", "trigger": "manual", "nodes": [{"id": "a", "transform": "{{ context.x }}"}]}
        )
        nothing = {"runId": server.run("null", {"context": {"x": None}})["id"], "expression": "a.output ?? 'missing'"}
        self.assertEqual(server.post("/api/expressions/preview", nothing).json["value"], None)  # null is a value
        self.assertIn("column", preview({"template": "{{ a.output.n + }}"}).json["error"])
        self.assertIn("other", preview({"expression": "other.output.n"}).json["error"])
        self.assertError(preview({}), 400, "either")
        self.assertError(preview({"template": "", "expression": ""}), 400, "either")
        self.assertError(server.post("/api/expressions/preview", {"expression": "1", "runId": "none"}), 404)
        for nobody in ({}, {"runId": None}, {"runId": "", "workflowId": ""}):
            reply = server.post("/api/expressions/preview", {"expression": "1", **nobody})
            self.assertError(reply, 400, "runId or workflowId is missing")
        for member in ("runId", "workflowId"):
            reply = server.post("/api/expressions/preview", {"expression": "1", member: 5})
            self.assertError(reply, 400, f"{member}: expected text")

    def test_a_manifest_is_checked_without_being_registered(self):
        server = self.serve()
        folder = self.agent("counter", "echo '{}'")
        check = lambda path: server.post("/api/agents/validate", {"folder": str(path)})
        verdict = check(folder).json
        self.assertEqual((verdict["valid"], verdict["agent"]["name"], verdict["known"]), (True, "counter", None))
        server.post("/api/agents", {"folder": str(folder)})
        self.assertEqual(check(folder).json["known"], "1.0.0")
        self.write("agents/counter/agent.yaml", "name: bad name\nversion: 1\ncommand: [sh, ./none.sh]\n")
        wrong = check(folder).json
        self.assertFalse(wrong["valid"])
        self.assertEqual(wrong["problems"][0]["line"], 1)
        self.assertError(check(self.folder / "none"), 404)
        self.assertError(check("/etc"), 403, "outside")
        self.assertError(server.post("/api/agents/validate", {}), 400, "folder")

    def test_the_overview_counts_runs_and_approvals(self):
        server = self.serve()
        empty = server.get("/api/overview").json
        self.assertEqual((empty["runs"]["p50Ms"], len(empty["buckets"])), (None, 24))
        self.create(server, ADDING)
        for context in ({"n": 1}, {"n": 2}, {"n": "x"}):
            server.run("w", {"context": context})
        gate = {"id": "a", "transform": {}, "approval": True}
        self.create(server, {"name": "gate", "trigger": "manual", "nodes": [gate]})
        parked = server.post("/api/workflows/gate/trigger").json["id"]
        server.wait_for_status(parked, "WAITING_APPROVAL")
        seen = server.get("/api/overview?hours=1").json
        self.assertEqual((seen["runs"]["succeeded"], seen["runs"]["failed"], seen["complete"]), (2, 1, True))
        self.assertEqual(sum(bucket["succeeded"] for bucket in seen["buckets"]), 2)
        self.assertEqual(seen["approvals"]["pending"], 1)
        # What the engine counts is told once its transaction is through, a moment after the store knows.
        wait_until(
            lambda: server.get("/api/overview").json["queue"]["unfinishedRuns"] == 1, "the parked run to be counted"
        )
        self.assertIsNotNone(seen["approvals"]["oldestAt"])
        self.assertGreaterEqual(seen["runs"]["p95Ms"], seen["runs"]["p50Ms"])
        self.assertError(server.get("/api/overview?hours=0"), 400, "1 to")

    def test_workspaces_are_the_roots_and_what_runs_worked_on(self):
        self.write("repository/a.py", "x = 1\n")
        server = self.serve()
        known = server.get("/api/workspaces").json
        self.assertIn(str(self.folder.resolve()), known["roots"])
        self.assertEqual(known["recent"], [])
        self.create(server, ADDING)
        for workspace in (self.repository, self.folder, self.repository):
            server.run("w", {"context": {"n": 1}, "workspace": str(workspace)})
        server.run("w", {"context": {"n": 1}})
        recent = server.get("/api/workspaces").json["recent"]
        self.assertEqual(recent, [str(self.repository.resolve()), str(self.folder.resolve())])

    def test_source_is_shown_from_below_the_roots_only(self):
        self.write("repository/a.py", "".join(f"line {i}\n" for i in range(1, 101)))
        self.write("repository/long.txt", "x" * 5000)
        self.write("repository/null.bin", "a\0b")
        self.write("secret.txt", "secret")
        os.symlink(self.folder / "secret.txt", self.repository / "link.txt")
        os.mkfifo(self.repository / "pipe")
        self.data = self.repository / "data"  # of the server itself
        self.write("repository/data/note.txt", "secret")
        self.write("repository/.commandcenter/note.txt", "secret")
        server = self.serve(roots=[self.repository])
        show = lambda file, more="": server.get(f"/api/source?workspace={self.repository}&file={file}{more}")
        seen = show("a.py", "&from=10&lines=2").json
        self.assertEqual(seen, {"file": "a.py", "from": 10, "total": 100, "lines": ["line 10", "line 11"]})
        self.assertEqual(len(show("a.py").json["lines"]), 40)
        self.assertEqual(show("a.py", "&from=1000").json["from"], 100)
        self.assertEqual(len(show("long.txt").json["lines"][0]), 2000)
        hidden = ("data/note.txt", ".commandcenter/note.txt")
        for file in ("../secret.txt", "/../secret.txt", "link.txt", "none", "pipe", ".", *hidden):
            self.assertError(show(file), 404, "no file")
        self.assertError(show("null.bin"), 400, "not a text")
        self.assertError(show("a.py", "&lines=0"), 400, "lines")
        for wrong in ("x", "0", "-1", "2x", ""):
            self.assertError(show("a.py", f"&from={wrong}"), 400, "from: ")
        self.assertError(server.get("/api/source?file=a.py"), 400, "workspace")
        self.assertError(server.get(f"/api/source?workspace={self.folder}&file=secret.txt"), 403, "outside")

    def test_source_masks_what_the_scanner_takes_for_secrets(self):
        token = "ghp_" + "x7Kq2mVb9TzR4wLs8NcJ5yHd3FgP6aE1uXoQ"[:36]
        self.write("repository/settings.py", f"import os\nPASSWORD = 'kT7vq9zLxw2M'\nTOKEN = '{token}'\n")
        (self.repository / "wide.py").write_bytes("PASSWORD = 'kT7vq9zLxw2M'\n".encode("utf-16"))
        server = self.serve(roots=[self.repository])
        show = lambda file: server.get(f"/api/source?workspace={self.repository}&file={file}")
        seen = show("settings.py").json["lines"]
        self.assertEqual(seen[:2], ["import os", "PASSWORD = 'kT****'"])
        self.assertNotIn(token[5:-2], str(show("settings.py").json))
        self.assertEqual(show("wide.py").json["lines"], ["PASSWORD = 'kT****'"])

    def test_what_an_author_wrote_about_an_agent_can_be_read(self):
        manifest = "name: a\nversion: 1.0.0\ncommand: [sh, ./run.sh]\nactions:\n  - name: go\n"
        self.write("repository/agent/agent.yaml", manifest)
        self.write("repository/agent/run.sh", "echo {}\n")
        readme = "# A\n<script>alert(1)</script>\n"
        self.write("repository/agent/README.md", readme)
        server = self.serve(roots=[self.repository])
        agent = server.post("/api/agents", {"folder": str(self.repository / "agent")}).json
        self.assertEqual(server.get(f"/api/agents/{agent['id']}/readme").json, {"text": readme})
        # What was registered stays, whatever becomes of the folder.
        self.write("repository/agent/README.md", "changed")
        self.assertEqual(server.get(f"/api/agents/{agent['id']}/readme").json, {"text": readme})
        agents = {one["name"]: one["id"] for one in server.get("/api/agents?projectId=1").json}
        for name, key in agents.items():
            if name != "a":
                self.assertIn(f"# {name}\n", server.get(f"/api/agents/{key}/readme").json["text"])
        self.assertError(server.get("/api/agents/none/readme"), 404, "Agent")
        (self.repository / "agent/README.md").unlink()
        bare = server.post("/api/agents", {"folder": str(self.repository / "agent"), "replace": True}).json
        self.assertEqual(server.get(f"/api/agents/{bare['id']}/readme").json, {"text": None})
        self.write("repository/agent/README.md", "word " * 60_000)
        wordy = server.post("/api/agents", {"folder": str(self.repository / "agent"), "replace": True}).json
        self.assertError(server.get(f"/api/agents/{wordy['id']}/readme"), 400, "README.md")

    def test_a_run_names_its_trace_and_where_to_look_at_it(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        server = self.serve("--set", "server.traceUrl=https://traces.example/t/{traceId}?x=1", roots=[self.repository])
        workflow = server.post(
            "/api/workflows", {"name": "t", "trigger": "manual", "nodes": [{"id": "a", "transform": 1}]}
        ).json

        def trace_of(context):
            run = server.post(f"/api/workflows/{workflow['id']}/trigger?wait=true", {"contextJson": context}).json
            return server.get(f"/api/runs/{run['id']}").json["trace"]

        self.assertEqual(
            trace_of({"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}),
            {"id": trace, "url": f"https://traces.example/t/{trace}?x=1"},
        )
        path = f"/api/workflows/{workflow['id']}/trigger?wait=true"
        sent = server.request("POST", path, {}, {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}).json
        again = server.post(f"/api/runs/{sent['id']}/rerun").json["id"]
        server.kill()  # and the trace is known after a crash, and of a repetition
        server = self.serve(roots=[self.repository])
        for one in (sent["id"], again):
            shown = server.get(f"/api/runs/{one}").json
            self.assertEqual((shown["traceId"], shown["contextJson"]), (trace, {}))
            self.assertEqual(shown["trace"], {"id": trace, "url": None})
        for nonsense in (5, "00-" + "0" * 32 + "-1-01", "00-javascript:alert(1)-xxxxxxxxxxxxxxxxxxx-01"):
            self.assertIsNone(trace_of({"traceparent": nonsense}))


if __name__ == "__main__":
    unittest.main()
