"""The HTTP contract row by row: every route and alias, its statuses, its texts and the order of its checks."""

import concurrent.futures
import json
import re
import unittest

from harness import Case

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
SCHEMA = {"type": "object"}
GATED = {
    "name": "gated",
    "trigger": "manual",
    "nodes": [{"id": "gate", "transform": {"x": 1}, "approvalRequired": True}],
}


def registration(**changes):
    return {
        "projectId": 1,
        "name": "a1",
        "type": "SCRIPT",
        "entryPath": "agents/a1/index.ts",
        "version": "1.0.0",
        "riskLevel": "AUTO",
        "capabilities": [{"name": "go", "inputSchema": SCHEMA, "outputSchema": SCHEMA}],
        **changes,
    }


class Contract(Case):
    """One server with a run of each kind."""

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.plain = self.create(
            self.server, {"name": "plain", "trigger": "manual", "nodes": [{"id": "n", "transform": {"x": 1}}]}
        )
        self.other = self.create(self.server, {"name": "other", "trigger": "manual", "nodes": []})
        self.gated = self.create(self.server, GATED)
        self.broken = self.create(
            self.server,
            {"name": "broken", "trigger": "manual", "nodes": [{"id": "n", "transform": {"x": "{{ context.nope }}"}}]},
        )
        self.good = self.server.run(self.plain["id"], {"contextJson": {"k": 1}})
        self.failed = self.server.run(self.broken["id"])

    def waiting(self):
        run_id = self.server.post(f"/api/workflows/{self.gated['id']}/trigger").json["id"]
        return run_id, self.server.get(f"/api/approvals?workflowRunId={run_id}").json[0]["id"]

    def refused(self, method, path, expected, text, body=None, **extra):
        with self.subTest(f"{method} {path} {body}"):
            reply = self.assertError(self.server.request(method, path, body), expected, text)
            for key, value in extra.items():
                self.assertEqual(reply[key], value)

    def test_nothing_there(self):  # pitfall B18
        for method, path in (
            ("GET", "/nope"),
            ("GET", "/api"),
            ("GET", "/api/nope"),
            ("POST", "/health"),
            ("PATCH", "/api/approvals/x"),
            ("DELETE", "/api/workflows"),
            ("POST", "/api/workflows/x/runs"),
            ("TRACE", "/api/agents"),
        ):
            self.refused(method, path, 404, "There is nothing at", code="not_found")

    def test_agents_refused(self):
        required = ["projectId", "name", "type", "entryPath", "version", "riskLevel"]
        agents = "/api/agents"
        self.assertEqual(self.server.post(agents, registration()).status, 201)
        made = self.server.get("/api/agents?projectId=1").json[0]["id"]
        for member in required[1:]:  # projectId may be left out
            without = registration(**{member: ""})
            problems = [{"path": member, "message": "is missing"}]
            self.refused(
                "POST", agents, 400, "Missing required fields", without, required=required, problems=problems
            )
        wrong_type = {"type": "TASK", "riskLevel": "LOW"}  # in this order: required, type, riskLevel, duplicate
        self.refused("POST", agents, 400, "Missing required", registration(name=None, **wrong_type))
        self.refused("POST", agents, 400, "Invalid type", registration(**wrong_type))
        self.refused("POST", agents, 400, "Invalid riskLevel", registration(riskLevel="LOW"))
        self.refused(
            "POST", agents, 409, "Agent with this name already exists for this project", registration(), code="conflict"
        )
        for name, wrong in {
            "projectId": {"projectId": "1"},
            "capabilities[0]": {"capabilities": ["a"]},
            "capabilities[1].name": {"capabilities": 2 * registration()["capabilities"]},
            "description": {"description": 5},
            "name": {"name": "a\0b"},
        }.items():
            with self.subTest(wrong):
                body = self.assertError(self.server.post(agents, registration(**{"name": "b", **wrong})), 400, name)
                self.assertEqual(body["problems"][0]["path"], name)
        self.refused("POST", agents, 404, "", {"folder": str(self.folder / "nothing")})
        other = self.server.post(agents, registration(name="a2")).json["id"]
        for method in ("PUT", "PATCH"):
            self.refused(method, f"{agents}/nope", 404, "Agent not found", {"version": "2"})
            self.refused(method, f"{agents}/{other}", 400, "Invalid type", {"type": "TASK"})
            self.refused(method, f"{agents}/{other}", 409, "already exists", {"name": "a1"})
            reply = self.server.request(method, f"{agents}/{other}", {"description": method, "riskLevel": "AUTO"})
            self.assertEqual((reply.status, reply.json["description"]), (200, method))
        self.refused("GET", f"{agents}/nope", 404, "Agent not found")
        self.refused("DELETE", f"{agents}/nope", 404, "Agent not found")
        self.assertEqual(self.server.request("DELETE", f"{agents}/{made}").body, "")

    def test_workflows_refused(self):
        workflows = "/api/workflows"
        required = ["projectId", "name", "trigger", "nodes"]
        whole = {"projectId": 1, "name": "plain", "trigger": "manual", "nodes": []}
        for member in required[1:]:
            body = {key: value for key, value in whole.items() if key != member}
            problems = [{"path": member, "message": "is missing"}]
            self.refused(
                "POST", workflows, 400, "Missing required fields", body, required=required, problems=problems
            )
        self.refused("POST", workflows, 409, "Workflow with this name already exists for this project", whole)
        for started_by in (
            {"on": ["a.b"], "filters": {"branch": "main"}},
            {"event": "a.b"},
            {"pattern": "a.>"},
            {"patterns": ["a.b"]},
            {"schedule": "0 9 * * *", "timezone": "Europe/Berlin"},
            {"cron": "@daily"},
        ):  # a blueprint says what starts it beside its nodes, in JSON as in YAML
            body = {"name": f"by {list(started_by)[0]}", "nodes": [], **started_by}
            self.assertEqual(self.create(self.server, body)["trigger"], started_by)
        for nothing in ({"on": None}, {"schedule": ""}, {"filters": {"branch": "main"}}, {"timezone": "UTC"}):
            body = {"name": "b", "nodes": [], **nothing}
            self.refused("POST", workflows, 400, "Missing required fields", body, required=required)
        for path, wrong in {
            "projectId": {"projectId": "x"},
            "status": {"status": "NEW"},
            "nodes": {"nodes": 5},
            "nodes[0].dependsOn[0]": {"nodes": [{"id": "a", "transform": {}, "dependsOn": ["z"]}]},
        }.items():
            with self.subTest(path):
                body = self.assertError(self.server.post(workflows, {**whole, "name": "b", **wrong}), 400, path)
                self.assertEqual(body["problems"][0]["path"], path)
        for query in ("", "?projectId=", "?projectId=0", "?projectId=-1", "?projectId=x"):
            self.refused("GET", workflows + query, 400, "Missing or invalid projectId query parameter")
        self.assertEqual(len(self.server.get(workflows + "?projectId=1abc").json), 10)
        for method in ("PUT", "PATCH"):
            self.refused(method, f"{workflows}/nope", 404, "Workflow not found", {"status": "DRAFT"})
            self.refused(method, f"{workflows}/{self.other['id']}", 400, "status", {"status": "NEW"})
            self.refused(method, f"{workflows}/{self.other['id']}", 409, "already exists", {"name": "plain"})
            for member in (*whole, "status"):
                body = self.assertError(
                    self.server.request(method, f"{workflows}/{self.other['id']}", {member: None}), 400, "is null"
                )
                self.assertEqual(body["problems"][0]["path"], member)
        for method, path in (
            ("GET", "/nope"),
            ("DELETE", "/nope"),
            ("GET", "/nope/runs"),
            ("GET", "/nope/versions"),
            ("POST", "/nope/trigger"),
        ):
            self.refused(method, workflows + path, 404, "Workflow not found")
        self.refused("PATCH", f"{workflows}/{self.other['id']}", 400, "belongs to project 1", {"projectId": 2})
        namesake = self.create(self.server, {**whole, "projectId": 2, "name": "other"})
        for project, made in ((1, self.other), (2, namesake)):  # a name belongs to a project
            self.assertEqual(self.server.get(f"{workflows}/other?projectId={project}").json["id"], made["id"])
            run = self.server.post(f"{workflows}/other/trigger?projectId={project}").json
            self.assertEqual(self.server.get(f"/api/runs/{run['id']}").json["workflowId"], made["id"])
        runs = [run["id"] for run in self.server.get("/api/runs").json["runs"]]
        for project in ("abc", "-3", "0", "2x", ""):  # one that cannot be read is none
            for method, end in (
                ("POST", "/trigger"),
                ("GET", ""),
                ("PATCH", ""),
                ("DELETE", ""),
                ("GET", "/runs"),
                ("GET", "/versions"),
                ("GET", "/versions/1"),
                ("GET", "/versions/1/diff/1"),
            ):
                body = {} if method in ("POST", "PATCH") else None
                self.refused(method, f"{workflows}/other{end}?projectId={project}", 400, "projectId", body)
            self.refused("GET", f"/api/runs?workflow=other&projectId={project}", 400, "projectId")
        self.assertEqual([run["id"] for run in self.server.get("/api/runs").json["runs"]], runs)
        trigger = f"{workflows}/{self.plain['id']}/trigger"
        for member in ("contextJson", "context", "input"):
            self.refused("POST", trigger, 400, f"{member}: expected an object", {member: []})
        for seconds in ("0", "-1", "soon", ""):
            self.refused("POST", f"{trigger}?wait=true&timeoutSeconds={seconds}", 400, "timeoutSeconds: expected", {})
        for word in ("banana", "2", "tru", "yes"):
            self.refused("POST", f"{trigger}?wait={word}", 400, f'wait: "{word}"', {})
        for query, status in {"?wait": "SUCCESS", "?wait=1": "SUCCESS", "?wait=true": "SUCCESS", "?wait=0": "PENDING",
                              "?wait=false": "PENDING", "": "PENDING"}.items():
            self.assertEqual(self.server.post(trigger + query, {}).json["status"], status)
        for status in ("DRAFT", "ARCHIVED"):
            changed = self.server.request("PUT", f"{workflows}/{self.plain['id']}", {"status": status})
            self.assertEqual(changed.json["status"], status)
            self.refused("POST", trigger, 400, "Cannot trigger non-active workflow", {}, currentStatus=status)
            listed = self.server.get(f"{workflows}?projectId=1&status={status}").json
            self.assertEqual([w["name"] for w in listed], ["plain"])

    def test_every_change_is_a_version(self):  # pitfall B9
        path = f"/api/workflows/{self.plain['id']}"
        changes = {
            "name": "renamed",
            "description": "new",
            "trigger": {"type": "event", "pattern": "a.b"},
            "nodes": [{"id": "m", "transform": {"y": 2}}],
            "status": "DRAFT",
        }
        for version, (key, value) in enumerate(changes.items(), start=2):
            reply = self.server.request("PATCH" if version % 2 else "PUT", path, {key: value})
            self.assertEqual((reply.status, reply.json["version"]), (200, version), reply.body)
        shown = self.server.get(path).json
        more = self.server.request("PUT", path, {"timeout": "1h", "concurrency": 2})
        self.assertEqual(more.json["version"], 7, more.body)
        for version, member in enumerate(("description", "timeout", "concurrency"), start=8):
            reply = self.server.request("PATCH", path, {member: None})  # what may be missing is taken away
            self.assertEqual((reply.status, reply.json["version"], reply.json["status"]), (200, version, "DRAFT"))
        self.assertIsNone(self.server.get(path).json["description"])
        blueprint = {"event": "a.c", "filters": {"branch": "main"}}  # what starts it, as a blueprint writes it
        reply = self.server.request("PATCH", path, blueprint)
        self.assertEqual((reply.status, reply.json["trigger"]), (200, blueprint), reply.body)
        self.assertEqual([node["id"] for node in shown["nodes"]], ["m"])
        del changes["nodes"]
        self.assertEqual({key: shown[key] for key in changes}, changes)
        versions = self.server.get(path + "/versions").json
        self.assertEqual([v["version"] for v in versions], [*range(1, 12)])
        self.assertEqual(versions[0]["definition"]["name"], "plain")
        run = self.server.get(f"/api/workflows/runs/{self.good['id']}").json
        self.assertEqual((run["workflowVersion"], run["workflow"]["nodes"][0]["id"]), (1, "n"))

    def test_runs_under_every_path(self):
        run, workflow = self.good, self.plain
        of_workflow = (f"/api/workflows/{workflow['id']}/runs", "/api/workflows/plain/runs")
        for place in (*of_workflow, "/api/workflows/runs", "/api/runs"):
            for part in ("", "/agent-runs", "/approvals", "/logs", "/why"):
                with self.subTest(place + part):
                    self.assertEqual(self.server.get(f"{place}/{run['id']}{part}").status, 200)
                    self.refused("GET", f"{place}/nope{part}", 404, "Workflow run not found")
            self.assertIn("event: end", self.server.get(f"{place}/{run['id']}/events").body)
            self.refused("GET", f"{place}/nope/events", 404, "Workflow run not found")
            self.refused("POST", f"{place}/nope/retry", 404, "Workflow run not found")
            self.refused("POST", f"{place}/nope/cancel", 404, "Workflow run not found")
            text = "Can only retry failed workflow runs"
            self.refused("POST", f"{place}/{run['id']}/retry", 400, text, currentStatus="SUCCESS")
            self.refused("POST", f"{place}/{run['id']}/cancel", 409, "already ended (SUCCESS)")
        wrong = f"/api/workflows/{self.other['id']}/runs/{run['id']}"
        text = "Workflow run does not belong to specified workflow"
        for part in ("", "/agent-runs", "/approvals", "/logs", "/why", "/events"):
            self.refused("GET", wrong + part, 400, text)
        for part in ("/retry", "/cancel"):
            self.refused("POST", wrong + part, 400, text)
        self.assertEqual(self.server.get(f"/api/agents/runs?workflowRunId={run['id']}").json[0]["nodeId"], "n")
        self.refused("GET", "/api/agents/runs", 400, "workflowRunId")
        self.refused("GET", "/api/agents/runs?workflowRunId=nope", 404, "Workflow run not found")

    def test_the_shape_of_a_run(self):  # pitfall A12
        run = self.server.get(f"/api/workflows/{self.plain['id']}/runs/{self.good['id']}").json
        self.assertEqual(
            list(run)[:7], ["id", "workflowId", "trigger", "contextJson", "status", "startedAt", "finishedAt"]
        )
        self.assertEqual((run["error"], run["retryOf"], run["workspace"]), (None, None, None))
        node = run["agentRuns"][0]
        self.assertEqual(
            list(node)[:4] + list(node)[5:9],
            ["id", "agentId", "workflowRunId", "nodeId", "outputJson", "status", "error", "reason"],
        )
        self.assertEqual((node["agentId"], node["agent"], node["error"]), (None, None, None))
        for time in (run["startedAt"], run["finishedAt"], node["startedAt"], node["finishedAt"]):
            self.assertRegex(time, TIME)
        self.assertRegex(run["workflow"]["createdAt"], TIME)
        for opaque in (run["id"], run["workflowId"], node["id"]):
            self.assertLessEqual(len(opaque), 36)
        listed = self.server.get(f"/api/workflows/{self.plain['id']}/runs").json
        only_alone = ("workflow", "agentRuns", "approvals", "trace")
        self.assertEqual(list(listed[0]), [key for key in run if key not in only_alone])
        workflow = self.server.get(f"/api/workflows/{self.plain['id']}").json
        self.assertEqual(
            list(workflow)[:8],
            ["id", "projectId", "name", "description", "trigger", "status", "createdAt", "updatedAt"],
        )
        self.assertIsNone(workflow["description"])
        self.assertEqual(
            list(workflow["nodes"][0])[:7],
            ["id", "workflowId", "agentId", "action", "inputsJson", "dependsOn", "approvalRequired"],
        )
        agent = self.server.get("/api/agents?projectId=1").json[0]
        self.assertEqual(
            list(agent)[:11],
            [
                "id",
                "projectId",
                "name",
                "type",
                "description",
                "entryPath",
                "version",
                "riskLevel",
                "registeredAt",
                "updatedAt",
                "capabilities",
            ],
        )
        self.assertEqual(
            list(agent["capabilities"][0]), ["id", "agentId", "name", "description", "inputSchema", "outputSchema"]
        )

    def test_trigger_and_retry_answers(self):
        for target in (self.plain["id"], "plain"):
            for body in (None, {"contextJson": {"a": 1}}, {"context": {"a": 1}}, {"input": {"a": 1}}):
                reply = self.server.request("POST", f"/api/workflows/{target}/trigger", body)
                self.assertEqual(reply.status, 201, reply.body)
                made = reply.json
                self.assertEqual(list(made), ["workflowRunId", "id", "status", "message"])
                self.assertEqual((made["status"], made["message"]), ("PENDING", "Workflow execution started"))
                self.assertEqual(reply.headers["Location"], f"/api/workflows/{self.plain['id']}/runs/{made['id']}")
                run = self.server.get(reply.headers["Location"]).json
                self.assertEqual(run["contextJson"], {} if body is None else {"a": 1})
        for place in (f"/api/workflows/{self.broken['id']}/runs", "/api/workflows/runs", "/api/runs"):
            reply = self.server.request("POST", f"{place}/{self.failed['id']}/retry")
            self.assertEqual(reply.status, 202, reply.body)
            self.assertEqual(
                (reply.json["originalRunId"], reply.json["status"], reply.json["message"]),
                (self.failed["id"], "PENDING", "Workflow retry started"),
            )
            again = self.server.get(f"/api/runs/{reply.json['workflowRunId']}").json
            self.assertEqual((again["trigger"], again["retryOf"]), ("retry", self.failed["id"]))
        self.refused("POST", f"/api/runs/{self.failed['id']}/retry", 400, "no node z", {"from": "z"})

    def test_approvals(self):
        for change in ({}, {"decision": "MAYBE", "respondedBy": "ann"}, {"decision": 5}, {"decision": "approved"}):
            self.refused("POST", "/api/approvals/nope/decision", 400, "Decision must be APPROVED or REJECTED", change)
        for by in (None, "", 5):
            body = {"decision": "APPROVED", "respondedBy": by}
            self.refused("POST", "/api/approvals/nope/decision", 400, "respondedBy is required", body)
        body = {"decision": "APPROVED", "respondedBy": "ann"}
        for end in ("decision", "respond", "approve", "reject"):
            self.refused("POST", f"/api/approvals/nope/{end}", 404, "Approval not found", body)
        self.refused("GET", "/api/approvals/nope", 404, "Approval not found")
        self.refused("GET", "/api/approvals?status=NEW", 400, "NEW", validStatuses=["PENDING", "APPROVED", "REJECTED"])
        rejected = {"decision": "REJECTED", "respondedBy": "ann", "notes": "n"}
        ways = {
            "/api/approvals/{a}/decision": ({**body, "notes": "n"}, "APPROVED", "ann"),
            "/api/approvals/{a}/respond": (rejected, "REJECTED", "ann"),
            "/api/approvals/{a}/approve": ({"comment": "n"}, "APPROVED", "api"),
            "/api/approvals/{a}/reject": ({"comment": "n"}, "REJECTED", "api"),
            "/api/workflows/{w}/runs/{r}/approvals/{a}/approve": ({"comment": "n"}, "APPROVED", "api"),
            "/api/workflows/{w}/runs/{r}/approvals/{a}/reject": ({"comment": "n"}, "REJECTED", "api"),
        }
        for way, (given, status, by) in ways.items():
            with self.subTest(way):
                run_id, approval = self.waiting()
                path = way.format(a=approval, r=run_id, w=self.gated["id"])
                pending = self.server.get(f"/api/approvals/{approval}").json
                self.assertEqual((pending["status"], pending["respondedAt"], pending["notes"]), ("PENDING", None, None))
                reply = self.server.post(path, given)
                self.assertEqual(reply.status, 200, reply.body)
                self.assertEqual(
                    [reply.json[key] for key in ("id", "status", "respondedBy", "notes")], [approval, status, by, "n"]
                )
                self.assertEqual(
                    list(reply.json)[:8],
                    ["id", "workflowRunId", "nodeId", "status", "requestedAt", "respondedAt", "respondedBy", "notes"],
                )
                self.refused("POST", path, 400, "Approval already processed", given, status=status)
                self.assertEqual(
                    [a["id"] for a in self.server.get(f"/api/workflows/gated/runs/{run_id}/approvals").json], [approval]
                )
        run_id, approval = self.waiting()
        for alias in ("PENDING", "PENDING_APPROVAL"):
            listed = self.server.get(f"/api/approvals?status={alias}").json
            self.assertEqual([a["id"] for a in listed], [approval])
        self.assertEqual(listed[0]["workflowRun"]["workflow"]["name"], "gated")
        self.assertEqual((listed[0]["node"]["id"], listed[0]["node"]["agent"]), ("gate", None))
        requested = [a["requestedAt"] for a in self.server.get("/api/approvals").json]
        self.assertEqual(requested, sorted(requested, reverse=True))

    def test_a_hundred_contradicting_decisions(self):  # pitfall B3
        run_id, approval = self.waiting()

        def decide(i):
            body = {"decision": "APPROVED" if i % 2 else "REJECTED", "respondedBy": f"p{i}"}
            return self.server.post(f"/api/approvals/{approval}/decision", body)

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            replies = list(pool.map(decide, range(100)))
        won = [reply.json for reply in replies if reply.status == 200]
        self.assertEqual(len(won), 1)
        for reply in replies:
            if reply.status != 200:
                self.assertEqual(self.assertError(reply, 400, "Approval already processed")["status"], won[0]["status"])
        self.assertEqual(self.server.get(f"/api/approvals/{approval}").json["respondedBy"], won[0]["respondedBy"])
        run_id, approval = self.waiting()  # and of a run that has ended
        self.assertEqual(self.server.post(f"/api/runs/{run_id}/cancel").status, 202)
        self.server.wait_for_status(run_id, "CANCELLED")
        reply = self.server.post(f"/api/approvals/{approval}/approve")
        self.assertError(reply, 400)
        self.assertEqual(self.server.get(f"/api/runs/{run_id}").json["status"], "CANCELLED")

    def test_in_use_is_409_and_history_stays(self):  # pitfall B17
        agent = self.register(self.server, "used", 'echo "{}"\n')
        user = self.create(
            self.server, {"name": "user", "trigger": "manual", "nodes": [{"id": "n", "agent": "used", "input": {}}]}
        )
        run = self.server.run(user["id"])
        self.refused("DELETE", f"/api/agents/{agent['id']}", 409, "user")
        run_id, _ = self.waiting()
        self.refused("DELETE", f"/api/workflows/{self.gated['id']}", 409, "have not ended")
        self.assertEqual(self.server.get(f"/api/runs/{run_id}").json["status"], "WAITING_APPROVAL")
        self.assertEqual(self.server.request("DELETE", f"/api/workflows/{user['id']}").status, 204)
        self.assertEqual(self.server.request("DELETE", f"/api/agents/{agent['id']}").status, 204)
        kept = self.server.get(f"/api/runs/{run['id']}").json
        self.assertEqual((kept["status"], kept["agentRuns"][0]["status"]), ("SUCCESS", "SUCCESS"))

    def test_json_is_kept_as_it_was_sent(self):
        input_text = '{"z":1,"a":1.5,"m":null,"é":"\\u00fc"}'
        text = '{"name":"order","trigger":"manual","nodes":[{"id":"n","transform":' + input_text + "}]}"
        made = self.server.request("POST", "/api/workflows", text.encode(), {"Content-Type": "application/json"}).json
        self.assertEqual(list(made["nodes"][0]["inputsJson"]), ["z", "a", "m", "é"])
        run = self.server.run(made["id"], {"context": {"b": 1, "a": 2}})
        self.assertEqual(list(run["contextJson"]), ["b", "a"])
        output = json.dumps(run["agentRuns"][0]["outputJson"], ensure_ascii=False)
        self.assertEqual(output, '{"z": 1, "a": 1.5, "m": null, "é": "ü"}')

    def test_headers_over_64_KiB_are_431(self):
        reply = self.server.request("GET", "/api/runs", headers={"X-Long": "x" * 65_600})
        self.assertError(reply, 431)

    def test_depth_64_passes_and_65_does_not(self):
        path = f"/api/workflows/{self.plain['id']}/trigger"
        for depth, status in ((64, 201), (65, 400)):
            body = '{"context":' + '{"a":' * (depth - 2) + "{}" + "}" * (depth - 2) + "}"
            self.assertEqual(re.sub(r"[^{]", "", body), "{" * depth)
            reply = self.server.request("POST", path, body, {"Content-Type": "application/json"})
            self.assertEqual(reply.status, status, reply.body)
        self.assertError(reply, 400, "nested deeper than 64")


if __name__ == "__main__":
    unittest.main()
