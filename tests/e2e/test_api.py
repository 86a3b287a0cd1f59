"""The contract of the HTTP API: shapes, statuses, dialects, errors."""

import concurrent.futures
import contextlib
import gzip
import json
import pathlib
import signal
import socket
import unittest

from harness import COMMANDCENTER, ROOT, Case, Server, by_node, command, wait_until

SCHEMA = {"type": "object"}


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


class Health(Case):
    def test_every_path_answers(self):
        server = self.serve()
        for path in ("/health", "/api/health"):
            body = server.get(path).json
            self.assertEqual((body["status"], body["service"], body["database"]), ("ok", "orchestration", True))
            self.assertEqual(body["executor"]["tier"], "namespaces")
        for path in ("/health/live", "/health/ready", "/health/db", "/health/nats"):
            self.assertEqual(server.get(path).status, 200, path)


class Agents(Case):
    def test_the_built_in_agents_are_there(self):
        server = self.serve()
        names = {agent["name"]: agent for agent in server.get("/api/agents?projectId=1").json}
        self.assertEqual([c["name"] for c in names["security-scanner"]["capabilities"]], ["scan"])
        self.assertIn("send", [c["name"] for c in names["notifier"]["capabilities"]])
        agent = names["security-scanner"]
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
        self.assertEqual(server.get(f"/api/agents/{agent['id']}").json, agent)

    def test_registration_as_clients_do_it(self):
        server = self.serve()
        reply = server.post("/api/agents", registration())
        self.assertEqual(reply.status, 201, reply.body)
        self.assertEqual(reply.json["capabilities"][0]["agentId"], reply.json["id"])
        self.assertError(
            server.post("/api/agents", registration()), 409, "Agent with this name already exists for this project"
        )
        body = self.assertError(server.post("/api/agents", {"name": "x"}), 400, "Missing required fields")
        self.assertEqual(body["required"], ["projectId", "name", "type", "entryPath", "version", "riskLevel"])
        self.assertEqual(
            self.assertError(server.post("/api/agents", registration(type="TASK")), 400, "Invalid type")["validTypes"],
            ["LLM", "RULE", "API", "SCRIPT"],
        )
        self.assertEqual(
            self.assertError(server.post("/api/agents", registration(riskLevel="LOW")), 400, "Invalid riskLevel")[
                "validRiskLevels"
            ],
            ["AUTO", "APPROVAL_REQUIRED"],
        )
        capability = registration()["capabilities"][0]
        for wrong in (
            {"projectId": "1"},
            {"capabilities": ["a"]},
            {"capabilities": [capability, capability]},
            {"entryPath": "../x.ts"},
            {"entryPath": "/etc/passwd"},
            {"name": 5},
        ):
            with self.subTest(wrong):
                self.assertError(server.post("/api/agents", registration(**{"name": "b", **wrong})), 400)

    def test_an_agent_the_program_brings_can_be_registered_once_by_a_client(self):
        server = self.serve()
        body = registration(name="security-scanner", entryPath="agents/security-scanner/index.ts")
        self.assertEqual(server.post("/api/agents", body).status, 201)
        self.assertError(server.post("/api/agents", body), 409)
        scanner = next(a for a in server.get("/api/agents?projectId=1").json if a["name"] == "security-scanner")
        self.assertError(server.request("PUT", f"/api/agents/{scanner['id']}", {"name": "x"}), 409, "keeps its name")

    def test_the_risk_of_an_agent_the_program_brings_stays_as_it_was_set(self):  # pitfall A7
        server = self.serve()
        levels = {"notifier": "APPROVAL_REQUIRED", "patcher": "AUTO"}
        for agent in server.get("/api/agents?projectId=1").json:
            if agent["name"] in levels:
                change = {"riskLevel": levels[agent["name"]]}
                self.assertEqual(server.request("PATCH", f"/api/agents/{agent['id']}", change).status, 200)
        self.assertEqual(server.stop(), 0)
        agents = self.serve().get("/api/agents?projectId=1").json
        self.assertEqual({a["name"]: a["riskLevel"] for a in agents if a["name"] in levels}, levels)

    def test_change_and_delete(self):
        server = self.serve()
        made = server.post("/api/agents", registration()).json
        changed = server.request("PUT", f"/api/agents/{made['id']}", {"description": "new", "version": "2.0.0"})
        self.assertEqual((changed.status, changed.json["description"], changed.json["version"]), (200, "new", "2.0.0"))
        self.assertError(server.request("PATCH", f"/api/agents/{made['id']}", {"riskLevel": "LOW"}), 400)
        self.create(server, {"name": "user", "trigger": "manual", "nodes": [{"id": "n", "agent": "a1", "input": {}}]})
        self.assertError(server.request("DELETE", f"/api/agents/{made['id']}"), 409, "user")  # pitfall B17
        for change in ({"name": "a3"}, {"projectId": 2}):  # neither may it go out of sight
            self.assertError(server.request("PUT", f"/api/agents/{made['id']}", change), 409, "user")
        other = server.post("/api/agents", registration(name="a2")).json
        by_id = {"name": "by-id", "trigger": "manual", "nodes": [{"agentId": other["id"], "inputsJson": {}}]}
        by_id = self.create(server, by_id)
        renamed = server.request("PUT", f"/api/agents/{other['id']}", {"name": "a4"})
        self.assertEqual((renamed.status, renamed.json["name"]), (200, "a4"))
        self.assertEqual(server.get("/api/workflows/by-id").json["nodes"][0]["agent"]["name"], "a4")
        self.assertError(server.request("PATCH", f"/api/agents/{other['id']}", {"projectId": 2}), 409, "by-id")
        self.assertEqual(server.request("DELETE", f"/api/workflows/{by_id['id']}").status, 204)
        self.assertEqual(server.request("DELETE", f"/api/agents/{other['id']}").status, 204)
        self.assertError(server.get(f"/api/agents/{other['id']}"), 404, "Agent not found")

    def test_another_entry_path_is_another_program(self):
        server = self.serve()
        for name in ("one", "two"):
            for file in ("run", "else"):
                text = f"#!/bin/sh\necho '{json.dumps({'ran': f'{name} {file}'})}'\n"
                self.write(f"programs/{name}/{file}.sh", text, executable=True)
        made = server.post("/api/agents", registration(entryPath="programs/one/run.sh")).json
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "agent": "a1", "input": {}}]})
        ran = [by_node(server.run("w"))["n"]["outputJson"]["ran"]]
        for path in ("programs/two/run.sh", "else.sh", "programs/one/else.sh"):
            reply = server.request("PUT", f"/api/agents/{made['id']}", {"entryPath": path})
            self.assertEqual((reply.status, reply.json["entryPath"]), (200, path), reply.body)
            ran.append(by_node(server.run("w"))["n"]["outputJson"]["ran"])
        self.assertEqual(ran, ["one run", "two run", "two else", "one else"])
        for path in ("/etc/passwd", "../x.ts"):
            self.assertError(server.request("PUT", f"/api/agents/{made['id']}", {"entryPath": path}), 400, "entryPath")

    def test_listing_needs_a_project(self):
        server = self.serve()
        for query in ("", "?projectId=0", "?projectId=x"):
            self.assertError(server.get("/api/agents" + query), 400, "Missing or invalid projectId query parameter")
        self.assertEqual(server.get("/api/agents?projectId=1abc").status, 200)


class Workflows(Case):
    def test_the_dialects_all_run(self):
        server = self.serve()
        self.write("repository/app.py", 'password = "kT7vq9zLxw2M"\n')
        agents = {agent["name"]: agent["id"] for agent in server.get("/api/agents?projectId=1").json}
        message = "{{ %s.output.summary.total }} findings"
        api = {
            "projectId": 1,
            "name": "api",
            "trigger": "MANUAL",
            "nodes": [
                {
                    "agentId": agents["security-scanner"],
                    "action": "scan",
                    "inputsJson": {"target": "/workspace"},
                    "_symbolicId": "scan-node",
                },
                {
                    "agentId": agents["notifier"],
                    "action": "send",
                    "inputsJson": {"channel": "console", "message": message % "nodes.scan-node"},
                    "dependsOn": ["node-0"],
                },
            ],
        }
        guide = {
            "name": "guide",
            "trigger": "MANUAL",
            "nodes": [
                {"id": "scan", "agentName": "security-scanner", "action": "scan", "input": {}},
                {
                    "id": "tell",
                    "agentName": "notifier",
                    "action": "send",
                    "input": {"channel": "console", "message": message % "scan"},
                },
            ],
            "edges": [{"from": "scan", "to": "tell"}],
        }
        for body in (api, guide):
            with self.subTest(body["name"]):
                made = self.create(server, body)
                self.assertEqual(made["nodes"][1]["dependsOn"], [made["nodes"][0]["id"]])
                run = server.run(made["id"], {"contextJson": {"repositoryPath": str(self.repository)}})
                self.assertEqual(run["status"], "SUCCESS", run["error"])
                logs = server.get(f"/api/workflows/runs/{run['id']}/logs").json["logs"]
                self.assertIn("1 findings", "".join(entry["text"] for entry in logs))

    def test_the_shipped_dialect_fixtures_create_trigger_and_succeed(self):  # feature 102
        server = self.serve()
        self.write("repository/app.py", 'password = "kT7vq9zLxw2M"\n')
        fixtures = sorted((ROOT / "examples/reference").iterdir())
        self.assertEqual(len(fixtures), 4)
        for fixture in fixtures:
            with self.subTest(fixture.name):
                kind = "application/yaml" if fixture.suffix == ".yaml" else "application/json"
                made = server.request("POST", "/api/workflows", fixture.read_text(), {"Content-Type": kind})
                self.assertEqual(made.status, 201, made.body)
                body = {"contextJson": {"repositoryPath": str(self.repository), "event": {}}}
                started = server.post(f"/api/workflows/{made.json['id']}/trigger?wait=true&timeoutSeconds=2", body)
                self.assertEqual(started.status, 201, started.body)
                run_id = started.json["id"]
                for approval in server.get(f"/api/approvals?status=PENDING&workflowRunId={run_id}").json:
                    server.post(f"/api/approvals/{approval['id']}/approve")
                server.wait_for_status(run_id, "SUCCESS")
                logs = json.dumps(server.get(f"/api/workflows/runs/{run_id}/logs").json)
                self.assertRegex(logs, r"\b1\b")
                self.assertNotIn("{{", logs)

    def test_shapes(self):
        server = self.serve()
        reply = server.post(
            "/api/workflows",
            {
                "projectId": 1,
                "name": "w",
                "description": "d",
                "trigger": {"type": "manual"},
                "nodes": [{"id": "n", "transform": {"a": 1}}],
            },
        )
        self.assertEqual((reply.status, reply.headers["Location"]), (201, f"/api/workflows/{reply.json['id']}"))
        made = reply.json
        self.assertEqual(
            (made["projectId"], made["status"], made["description"], made["trigger"], made["version"]),
            (1, "ACTIVE", "d", {"type": "manual"}, 1),
        )
        reply = server.post(f"/api/workflows/{made['id']}/trigger", {"contextJson": {"k": 1}})
        self.assertEqual(reply.status, 201)
        self.assertEqual(reply.headers["Location"], f"/api/workflows/{made['id']}/runs/{reply.json['id']}")
        self.assertEqual(
            {key: reply.json[key] for key in ("workflowRunId", "status", "message")},
            {"workflowRunId": reply.json["id"], "status": "PENDING", "message": "Workflow execution started"},
        )
        run = server.get(reply.headers["Location"]).json
        for key in (
            "id",
            "workflowId",
            "trigger",
            "contextJson",
            "status",
            "startedAt",
            "finishedAt",
            "workflow",
            "agentRuns",
            "approvals",
        ):
            self.assertIn(key, run)
        self.assertEqual((run["trigger"], run["contextJson"]), ("manual", {"k": 1}))
        self.assertRegex(run["startedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        for path in (
            f"/api/workflows/runs/{run['id']}",
            f"/api/runs/{run['id']}",
            f"/api/workflows/w/runs/{run['id']}",
        ):
            self.assertEqual(server.get(path).json["id"], run["id"])
        self.assertEqual([r["id"] for r in server.get(f"/api/workflows/{made['id']}/runs").json], [run["id"]])
        self.assertEqual([r["id"] for r in server.get("/api/workflows/runs?trigger=manual").json["runs"]], [run["id"]])
        self.assertEqual(server.get(f"/api/agents/runs?workflowRunId={run['id']}").json[0]["nodeId"], "n")
        self.assertEqual(server.post("/api/workflows/w/trigger").status, 201)  # by name
        listed = server.get("/api/workflows?projectId=1&status=ACTIVE").json
        self.assertEqual([w["id"] for w in listed], [made["id"]])

    def test_what_get_returns_can_be_put_back(self):
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "back",
                "trigger": "manual",
                "nodes": [
                    {
                        "id": "a",
                        "agent": "security-scanner",
                        "action": "scan",
                        "input": {"severity": "high"},
                        "position": {"x": 1, "y": 2},
                    },
                    {"id": "b", "transform": {"t": "{{ a.output.summary.total }}"}, "dependsOn": ["a"]},
                ],
            },
        )
        detail = server.get(f"/api/workflows/{made['id']}").json
        self.assertEqual(detail["nodes"][0]["agent"]["name"], "security-scanner")
        reply = server.request("PUT", f"/api/workflows/{made['id']}", detail)
        self.assertEqual((reply.status, reply.json["version"]), (200, 1), reply.body)  # it says the same
        again = server.get(f"/api/workflows/{made['id']}").json
        self.assertEqual(again["nodes"], detail["nodes"])

    def test_status_and_delete(self):
        server = self.serve()
        made = self.create(server, {"name": "s", "trigger": "manual", "nodes": []})
        self.assertEqual(server.run(made["id"])["status"], "SUCCESS")
        server.request("PATCH", f"/api/workflows/{made['id']}", {"status": "DRAFT"})
        body = self.assertError(
            server.post(f"/api/workflows/{made['id']}/trigger"), 400, "Cannot trigger non-active workflow"
        )
        self.assertEqual(body["currentStatus"], "DRAFT")
        self.assertError(server.get("/api/workflows?projectId=1&status=NEW"), 400, "NEW")
        self.assertEqual(server.request("DELETE", "/api/workflows/s").status, 204)  # its name will do
        self.assertError(server.get(f"/api/workflows/{made['id']}"), 404, "Workflow not found")
        self.assertError(server.request("DELETE", "/api/workflows/s"), 404, "Workflow not found")
        self.create(server, {"name": "s", "trigger": "manual", "nodes": []})  # the name is free again

    def test_a_name_to_delete_belongs_to_a_project(self):
        server = self.serve()
        body = {"name": "s", "trigger": "manual", "nodes": []}
        one, two = (self.create(server, {**body, "projectId": project}) for project in (1, 2))
        self.assertEqual(server.request("DELETE", "/api/workflows/s?projectId=2").status, 204)
        self.assertEqual(server.get(f"/api/workflows/{one['id']}").status, 200)
        self.assertError(server.get(f"/api/workflows/{two['id']}"), 404)

    def test_nothing_that_was_written_vanishes_unseen(self):
        server = self.serve()
        node = {"id": "a", "agentName": "notifier", "inputsJson": {"channel": "console", "message": "m"}}
        body = {
            "name": "v",
            "trigger": "MANUAL",
            "timeoutSeconds": 90,
            "nodes": [{**node, "timeoutSeconds": 2.5, "retries": 3}],
            "colour": "red",
        }
        ignored = ["colour", "nodes[0].retries"]
        verdict = server.post("/api/workflows/validate", body).json
        self.assertEqual((verdict["valid"], verdict["ignored"]), (True, ignored))
        made = self.create(server, body)
        self.assertEqual(
            (made["definition"]["timeout"], made["nodes"][0]["timeout"], made["ignored"]), ("90s", "2500ms", ignored)
        )
        path = f"/api/workflows/{made['id']}"
        changed = server.request("PATCH", path, {"timeoutSeconds": 5, "nodes": [{**node, "madeUp": 1}]}).json
        self.assertEqual((changed["definition"]["timeout"], changed["ignored"]), ("5s", ["nodes[0].madeUp"]))
        both = server.request("PATCH", path, {"timeoutSeconds": 5, "timeout": "6s"})
        self.assertError(both, 400, "timeoutSeconds")
        self.assertNotIn("ignored", server.get(path).json)
        for timeout in ("5s", 0, -1, True):
            wrong = {**body, "name": "w", "nodes": [{**node, "timeoutSeconds": timeout}]}
            self.assertError(server.post("/api/workflows", wrong), 400, "nodes[0].timeoutSeconds")

    def test_wrong_definitions_leave_nothing_behind(self):  # pitfall B7
        server = self.serve()
        node = {"id": "a", "agent": "security-scanner", "action": "scan", "input": {}}
        wrong = {
            "cycle": ([{**node, "dependsOn": ["b"]}, {**node, "id": "b", "dependsOn": ["a"]}], "→"),
            "unknown agent": ([{**node, "agent": "security-scaner"}], "security-scanner"),
            "unknown action": ([{**node, "action": "scam"}], "scan"),
            "unknown dependency": ([{**node, "dependsOn": ["z"]}], "z"),
            "twice": ([node, node], "a"),
            "unknown key": ([{**node, "dependson": []}], "dependsOn"),
            "broken template": ([{**node, "input": {"target": "{{ context. }}"}}], "column"),
            "not upstream": ([node, {"id": "t", "transform": {"x": "{{ a.output.y }}"}}], "dependsOn"),
        }
        for name, (nodes, part) in wrong.items():
            with self.subTest(name):
                body = self.assertError(
                    server.post("/api/workflows", {"name": "bad", "trigger": "manual", "nodes": nodes}), 400
                )
                self.assertIn(part, json.dumps(body, ensure_ascii=False))
                self.assertTrue(body["problems"][0]["path"].startswith("nodes"))
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [])
        for trigger in (
            {"type": "event"},
            {"type": "event", "pattern": "graph.("},
            {"schedule": "61 * * * *"},
        ):  # pitfall A9
            self.assertError(server.post("/api/workflows", {"name": "bad", "trigger": trigger, "nodes": []}), 400)
        self.create(server, {"name": "bad", "trigger": "manual", "nodes": [node]})
        self.assertError(
            server.post("/api/workflows", {"name": "bad", "trigger": "manual", "nodes": []}),
            409,
            "Workflow with this name already exists",
        )
        for missing in ({}, {"name": "x"}, {"name": "x", "trigger": "manual"}):
            body = self.assertError(server.post("/api/workflows", missing), 400, "Missing required fields")
            self.assertEqual(body["required"], ["projectId", "name", "trigger", "nodes"])

    def test_every_mistake_is_told_at_once(self):
        server = self.serve()
        nodes = [
            {"id": "a", "agent": "nobody", "input": {}},
            {"id": "b", "transform": {}, "dependsOn": ["zz"], "timeout": "5 parsecs"},
        ]
        body = {"name": "w", "trigger": {"schedule": "0 9 * * *", "timezone": "Nowhere/At all"}, "nodes": nodes}
        yaml = {"Content-Type": "application/yaml"}
        listed = server.post("/api/workflows/validate", body).json["problems"]
        paths = {problem["path"] for problem in listed}
        self.assertLessEqual({"nodes[0].agent", "nodes[1].dependsOn[0]", "nodes[1].timeout"}, paths)
        for reply in (
            server.post("/api/workflows", body),
            server.request("POST", "/api/workflows", json.dumps(body), yaml),
        ):
            self.assertEqual(self.assertError(reply, 400, "Invalid workflow definition")["problems"], listed)
        self.create(server, {"name": "w", "trigger": "manual", "nodes": []})
        for method in ("PUT", "PATCH"):
            changed = self.assertError(server.request(method, "/api/workflows/w", body), 400)
            self.assertEqual({problem["path"] for problem in changed["problems"]}, paths, method)
        self.assertEqual(server.get("/api/workflows/w").json["version"], 1)

    def test_yaml_problems_have_lines(self):
        server = self.serve()
        text = "name: y\nnodes:\n  - id: a\n    agent: nobody\n"
        body = self.assertError(
            server.request("POST", "/api/workflows", text, {"Content-Type": "application/yaml"}), 400
        )
        self.assertEqual(body["problems"][0]["line"], 4)


class Errors(Case):
    def test_every_error_is_json(self):  # pitfall B18, feature 75
        server = self.serve()
        self.assertError(server.get("/api/nope"), 404)
        other = server.request("DELETE", "/api/agents")
        self.assertError(other, 404, "GET, HEAD, OPTIONS, POST")
        self.assertEqual(other.headers["Allow"], "GET, HEAD, OPTIONS, POST")
        self.assertError(
            server.request("POST", "/api/workflows", "{", {"Content-Type": "application/json"}), 400, "JSON"
        )
        self.assertError(
            server.request("POST", "/api/workflows", "[]", {"Content-Type": "application/json"}), 400, "object"
        )
        self.assertError(server.request("POST", "/api/workflows", "a=1", {"Content-Type": "text/plain"}), 415)
        upper = {"Content-Type": "APPLICATION/JSON; Charset=UTF-8"}
        self.assertError(server.request("POST", "/api/workflows", "{}", upper), 400, "Missing")
        packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        self.assertError(server.request("POST", "/api/workflows", gzip.compress(b"{}"), packed), 415, "gzip")
        self.assertError(server.request("POST", "/api/workflows", "[" * 100, {"Content-Type": "application/json"}), 400)
        self.assertError(server.get("/api/workflows/nope"), 404, "Workflow not found")
        self.assertError(server.post("/api/workflows/nope/trigger"), 404, "Workflow not found")
        self.assertError(server.get("/api/workflows/runs/nope"), 404, "Workflow run not found")
        self.assertError(server.get("/api/workflows/runs/nope/events"), 404)
        made = self.create(server, {"name": "w", "trigger": "manual", "nodes": []})
        self.assertError(server.post(f"/api/workflows/{made['id']}/trigger", {"context": 5}), 400, "context")
        both = {"context": {"n": 1}, "input": {"n": 2}}
        self.assertError(server.post(f"/api/workflows/{made['id']}/trigger", both), 400, "differ")
        self.assertEqual(
            server.post(f"/api/workflows/{made['id']}/trigger", {"context": {"n": 1}, "input": {"n": 1}}).status, 201
        )

    def test_pages_of_other_sites_cannot_change_anything(self):
        server = self.serve()
        made = self.create(server, {"name": "w", "trigger": "manual", "nodes": []})
        trigger = f"/api/workflows/{made['id']}/trigger"
        self.assertError(server.request("POST", trigger, headers={"Origin": "https://evil.example"}), 403)
        self.assertEqual(server.request("POST", trigger, headers={"Origin": server.url}).status, 201)
        self.assertEqual(server.request("GET", "/api/health", headers={"Origin": "https://evil.example"}).status, 200)

    def test_the_body_limit_is_exact(self):
        server = self.serve()
        limit = 10_485_760
        body = '{"name":"w","trigger":"manual","nodes":[]}'
        padded = body + " " * (limit - len(body))
        self.assertEqual(len(padded), limit)
        self.assertEqual(
            server.request("POST", "/api/workflows", padded, {"Content-Type": "application/json"}).status, 201
        )
        self.assertError(
            server.request("POST", "/api/workflows", padded + " ", {"Content-Type": "application/json"}), 413
        )

    def test_workspaces_stay_below_the_roots(self):  # pitfall A4
        server = self.serve(roots=[self.repository])
        made = self.create(server, {"name": "w", "trigger": "manual", "nodes": []})
        trigger = f"/api/workflows/{made['id']}/trigger"
        self.assertError(server.post(trigger, {"workspace": "/etc"}), 403, "--root")
        self.assertError(server.post(trigger, {"context": {"repositoryPath": "/etc"}}), 403)
        self.assertError(server.post(trigger, {"workspace": str(self.repository / "nope")}), 404)
        scan = self.create(
            server,
            {
                "name": "s",
                "trigger": "manual",
                "nodes": [{"id": "n", "agent": "security-scanner", "input": {"target": "/etc"}}],
            },
        )
        run = server.run(scan["id"])
        self.assertEqual((run["status"], by_node(run)["n"]["reason"]), ("FAILED", "workspace"))


class Life(Case):
    def test_a_full_disk_refuses_new_work_and_loses_nothing(self):
        # The data folder lies on a tiny file system in a mount namespace of the server's own.
        self.data.mkdir()
        line = f"mount -t tmpfs -o size=6m,mode=0700 none {self.data} && exec {COMMANDCENTER} serve --port 0"
        server = Server(
            self.data,
            [self.folder],
            command=["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f'{line} "$@"', "sh"],
        )
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        inside = pathlib.Path(f"/proc/{server.process.pid}/root{self.data}")
        made = self.create(
            server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "transform": {"t": "{{ context.t }}"}}]}
        )
        first = server.run(made["id"], {"context": {"t": "before"}})
        filler = inside / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        accepted = []
        for i in range(200):
            reply = server.post(f"/api/workflows/{made['id']}/trigger", {"context": {"t": "x" * 50_000}})
            if reply.status != 201:
                break
            accepted.append(reply.json["id"])
        self.assertError(reply, 503, "")
        for path in ("/health/db", "/health/ready", "/api/health"):
            self.assertEqual(server.get(path).status, 503, path)
        self.assertEqual(server.get(f"/api/workflows/runs/{first['id']}").json["status"], "SUCCESS")
        filler.unlink()
        again = server.run(made["id"], {"context": {"t": "after"}})
        self.assertEqual(again["status"], "SUCCESS")
        self.assertEqual(server.get("/health/db").status, 200)
        for run_id in accepted:
            self.assertEqual(server.get(f"/api/workflows/runs/{run_id}").json["status"], "SUCCESS")

    def test_sigterm_and_sigint_end_it_cleanly(self):  # pitfall B22
        for how in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(self.serve().stop(how), 0)

    def test_who_waits_for_a_run_learns_of_it_when_the_server_stops(self):
        server = self.serve()
        gate = {"id": "a", "transform": {}, "approvalRequired": True}
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [gate]})
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(server.request_unchecked, "POST", "/api/workflows/w/trigger?wait=true", {})
            wait_until(lambda: server.get("/api/approvals").json, "the gate")
            self.assertEqual(server.stop(), 0)
            reply = waiting.result()
        self.assertEqual((reply.status, reply.json["status"]), (201, "WAITING_APPROVAL"), reply.body)
        self.assertEqual(self.serve().get(f"/api/runs/{reply.json['id']}").json["status"], "WAITING_APPROVAL")

    def test_one_data_folder_has_one_server(self):
        self.serve()
        second = command("serve", "--port", "0", "--data", self.data, "--root", self.folder)
        self.assertEqual(second.returncode, 1)
        self.assertIn("used by another commandcenter", second.stderr)

    def test_a_taken_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            reply = command("serve", "--port", port, "--data", self.data, "--root", self.folder)
        self.assertEqual(reply.returncode, 1)
        self.assertIn(f"port {port}", reply.stderr)

    def test_other_machines_are_not_served(self):  # pitfall A15
        reply = command("serve", "--bind", "0.0.0.0", "--port", "0", "--data", self.data, "--root", self.folder)
        self.assertEqual(reply.returncode, 2)
        self.assertIn("127.0.0.1", reply.stderr)

    def test_only_the_loopback_is_served(self):
        server = self.serve()
        listening = pathlib.Path("/proc/net/tcp").read_text()
        lines = [line for line in listening.splitlines() if f":{server.port:04X} " in line and " 0A " in line]
        self.assertEqual([line.split()[1].split(":")[0] for line in lines], ["0100007F"])

    def test_unfinished_work_goes_on_after_kill_9(self):  # pitfall A6
        server = self.serve()
        harmless = self.register(
            server, "harmless", 'test -e /workspace/go || { echo up >&2; while :; do :; done; }; echo "{}"\n'
        )
        self.register(server, "effectful", "echo up >&2; while :; do :; done\n", effects="external")
        runs = {}
        for name in ("harmless", "effectful"):
            made = self.create(
                server, {"name": name, "trigger": "manual", "nodes": [{"id": "n", "agent": name, "input": {}}]}
            )
            runs[name] = server.post(f"/api/workflows/{made['id']}/trigger", {"workspace": str(self.repository)}).json[
                "id"
            ]
            server.events(runs[name], lambda event: event["event"] == "log")
        server.kill()
        (self.repository / "go").touch()
        server = self.serve()
        server.wait_for_status(runs["harmless"], "SUCCESS")
        server.wait_for_status(runs["effectful"], "FAILED")
        attempts = server.get(f"/api/workflows/runs/{runs['harmless']}").json["agentRuns"]
        self.assertEqual(
            [(a["attempt"], a["status"], a["reason"]) for a in attempts],
            [(1, "FAILED", "interrupted"), (2, "SUCCESS", None)],
        )
        lost = server.get(f"/api/workflows/runs/{runs['effectful']}").json
        self.assertEqual(by_node(lost)["n"]["reason"], "interrupted")
        self.assertTrue(harmless)


if __name__ == "__main__":
    unittest.main()
