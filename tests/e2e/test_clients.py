"""Each known client's requests, as it sends them (contract: client dialects)."""

import unittest

from harness import Case, by_node

SCANNER = {
    "projectId": 1,
    "name": "security-scanner",
    "type": "SCRIPT",
    "description": "Scans",
    "entryPath": "agents/security-scanner/index.ts",
    "version": "1.0.0",
    "riskLevel": "AUTO",
    "capabilities": [{"name": "scan", "inputSchema": {}, "outputSchema": {}}],
}


class Scripts(Case):
    """register-agents, create-workflow and trigger-workflow of the reference. Pitfall E7."""

    def test_the_way_they_go(self):
        server = self.serve()
        notifier = {**SCANNER, "name": "notifier", "entryPath": "agents/notifier/index.ts"}
        notifier["capabilities"] = [{"name": "send", "inputSchema": {}, "outputSchema": {}}]
        for body in (SCANNER, notifier):
            self.assertEqual(server.post("/api/agents", body).status, 201)
        agents = {agent["name"]: agent["id"] for agent in server.get("/api/agents?projectId=1").json}
        nodes = [
            {
                "agentId": agents["security-scanner"],
                "action": "scan",
                "inputsJson": {"repositoryPath": "{{ context.repositoryPath }}"},
                "dependsOn": [],
                "approvalRequired": False,
                "_symbolicId": "scan-node",
            },
            {
                "agentId": agents["notifier"],
                "action": "send",
                "inputsJson": {"channel": "console", "message": "{{ nodes.scan-node.output.summary.total }} found"},
                "dependsOn": ["node-0"],
                "approvalRequired": False,
                "_symbolicId": "notify-node",
            },
        ]
        body = {"projectId": 1, "name": "scripted", "description": "", "trigger": {"type": "manual"}, "nodes": nodes}
        created = server.post("/api/workflows", body)
        self.assertEqual(created.status, 201, created.body)
        self.assertEqual(created.json["nodes"][1]["dependsOn"], [created.json["nodes"][0]["id"]])
        self.write("repository/a.py", "password = 'kT7vq9zLxw2M'\n")
        run = server.run(created.json["id"], {"context": {"repositoryPath": str(self.repository)}})
        self.assertEqual(run["status"], "SUCCESS", run)
        self.assertEqual([node["inputJson"].get("message") for node in run["agentRuns"]], [None, "1 found"])  # A2

    def test_an_unknown_agent_is_a_clear_400(self):
        server = self.serve()
        node = {"agentName": "notifer", "action": "send", "inputsJson": {}}
        body = {"name": "w", "trigger": "MANUAL", "nodes": [node]}
        problem = self.assertError(server.post("/api/workflows", body), 400)
        self.assertIn("notifier", str(problem))
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [])


class LoadScripts(Case):
    """The k6 scripts of the reference. Pitfall E2."""

    def test_single_and_concurrent_workflow(self):
        server = self.serve()
        body = {
            "name": "load-1",
            "trigger": "MANUAL",
            "nodes": [
                {"id": "a", "agentName": "notifier", "input": {"channel": "console", "message": "hi"}},
                {"id": "b", "agentName": "notifier", "input": {"channel": "console", "message": "{{a.status}}"}},
            ],
            "edges": [{"from": "a", "to": "b"}],
        }
        created = server.post("/api/workflows", body)
        self.assertEqual(created.status, 201, created.body)
        triggered = server.post(f"/api/workflows/{created.json['id']}/trigger", {"input": {"n": 1}})
        self.assertEqual(triggered.status, 201)
        run_id = triggered.json["id"]
        server.wait_for_status(run_id, "SUCCESS")
        run = server.get(f"/api/workflows/{created.json['id']}/runs/{run_id}").json
        self.assertEqual((run["status"], run["contextJson"]), ("SUCCESS", {"n": 1}))

    def test_approval_latency(self):
        server = self.serve()
        body = {
            "name": "approval",
            "trigger": "MANUAL",
            "nodes": [
                {
                    "id": "gate",
                    "agentName": "notifier",
                    "input": {"channel": "console", "message": "hi"},
                    "approvalRequired": True,
                    "riskLevel": "APPROVAL_REQUIRED",
                }
            ],
            "edges": [],
        }
        workflow = server.post("/api/workflows", body).json["id"]
        run_id = server.post(f"/api/workflows/{workflow}/trigger", {"input": {}}).json["id"]
        server.wait_for_status(run_id, "WAITING_APPROVAL")
        run = f"/api/workflows/{workflow}/runs/{run_id}"
        approvals = server.get(f"{run}/approvals").json
        waiting = server.get("/api/approvals?status=PENDING_APPROVAL").json
        self.assertEqual([one["id"] for one in approvals], [one["id"] for one in waiting])
        reply = server.post(f"{run}/approvals/{approvals[0]['id']}/approve", {"comment": "load test"})
        self.assertEqual(reply.status, 200, reply.body)
        server.wait_for_status(run_id, "SUCCESS")


class Editor(Case):
    """The user interface of the reference. Pitfall A12."""

    def test_ids_of_the_drawing_are_kept(self):
        server = self.serve()
        nodes = [
            {"id": "notifier-1763000000001", "agentName": "notifier", "action": "send", "position": {"x": 1, "y": 2},
             "inputsJson": {"channel": "console", "message": "one"}, "dependsOn": [], "approvalRequired": False},
            {"id": "notifier-1763000000002", "agentName": "notifier", "action": "send", "position": {"x": 3, "y": 4},
             "inputsJson": {"channel": "console", "message": "two"}, "dependsOn": ["notifier-1763000000001"],
             "approvalRequired": False},
        ]
        trigger = {"event": "manual", "pattern": "manual"}
        body = {"projectId": 1, "name": "drawn", "trigger": trigger, "nodes": nodes}
        workflow = server.post("/api/workflows", body)
        self.assertEqual(workflow.status, 201, workflow.body)
        shown = server.get(f"/api/workflows/{workflow.json['id']}").json
        self.assertEqual(shown["nodes"][1]["dependsOn"], ["notifier-1763000000001"])
        self.assertEqual([node["position"] for node in shown["nodes"]], [node["position"] for node in nodes])
        changed = server.request("PATCH", f"/api/workflows/{shown['id']}", {"name": "redrawn", "nodes": shown["nodes"]})
        self.assertEqual(changed.status, 200, changed.body)
        self.assertEqual([node["id"] for node in changed.json["nodes"]], [node["id"] for node in nodes])  # pitfall B8
        run = server.run("redrawn", {"contextJson": {}})
        self.assertEqual({node["status"] for node in by_node(run).values()}, {"SUCCESS"})

    def test_an_edge_to_nowhere_is_a_400_with_its_place(self):  # pitfall B7
        server = self.serve()
        node = {"agentName": "notifier", "action": "send", "inputsJson": {"channel": "console", "message": "one"}}
        body = {"name": "drawn", "trigger": "MANUAL", "nodes": [node, {**node, "dependsOn": ["notifier-1763"]}]}
        self.assertIn("nodes[1].dependsOn[0]", str(self.assertError(server.post("/api/workflows", body), 400)))
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [])
        body["nodes"][1]["dependsOn"] = ["node-0"]
        self.assertEqual(server.post("/api/workflows", body).status, 201, "the name is free")


class Limits(Case):
    """Each at the limit and one past it."""

    def test_nodes_of_a_workflow(self):
        server = self.serve()
        for count, status in ((500, 201), (501, 400)):
            nodes = [{"id": f"n{i}", "transform": {}} for i in range(count)]
            reply = server.post("/api/workflows", {"name": f"w{count}", "trigger": "manual", "nodes": nodes})
            self.assertEqual(reply.status, status, reply.body[:300])
        self.assertIn("500", reply.json["error"] + str(reply.json["problems"]))

    def test_the_input_of_a_node(self):
        server = self.serve()
        node = {"id": "n", "transform": {"x": "{{ context.x }}"}}
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [node]})
        room = (1 << 20) - len('{"x":""}')
        for length, status in ((room, "SUCCESS"), (room + 1, "FAILED")):
            run = server.run("w", {"context": {"x": "x" * length}})
            self.assertEqual(run["status"], status, (run["error"] or "")[:300])
        self.assertRegex(by_node(run)["n"]["error"], r"1048576|1 MiB|1,048,576")


if __name__ == "__main__":
    unittest.main()
