"""Large outputs as artifacts, progress, heartbeat, revisions of agents, and the limits of what an agent says."""

import json
import unittest

from harness import Case, by_node

MIB = 1 << 20


def flow(agent, name="flow", **node):
    return {
        "projectId": 1,
        "name": name,
        "trigger": "manual",
        "nodes": [{"id": "a", "agent": agent, "action": "work", "input": {}, **node}],
    }


class Artifacts(Case):
    def test_an_output_over_one_mebibyte_is_an_artifact(self):
        server = self.serve()
        filler = f"head -c {2 * MIB} /dev/zero | tr '\\0' x"
        self.register(server, "large", f"printf '{{\"n\": 1, \"text\": \"'; {filler}; printf '\"}}'")
        definition = flow("large")
        definition["nodes"].append({"id": "b", "dependsOn": ["a"], "transform": {"n": "{{ a.output.n + 1 }}"}})
        self.create(server, definition)
        run = server.run("flow")
        self.assertEqual(run["status"], "SUCCESS", run)
        nodes = by_node(run)
        self.assertEqual(nodes["b"]["outputJson"], {"n": 2})
        named = nodes["a"]["outputJson"]["$artifact"]
        listed = server.get(f"/api/runs/{run['id']}/artifacts").json["artifacts"]
        self.assertEqual([(item["hash"], item["name"]) for item in listed], [(named["hash"], "output.json")])
        for alias in ("/api/workflows/runs", "/api/workflows/flow/runs"):
            self.assertEqual(server.get(f"{alias}/{run['id']}/artifacts").json["artifacts"], listed)
        reply = server.get(f"/api/artifacts/{named['hash']}")
        self.assertEqual(reply.status, 200)
        self.assertEqual(json.loads(reply.body)["text"], "x" * 2 * MIB)
        self.assertEqual(len(reply.body), named["sizeBytes"])
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("attachment", reply.headers["Content-Disposition"])
        known = {"If-None-Match": reply.headers["ETag"]}
        again = server.request("GET", f"/api/artifacts/{named['hash']}", headers=known)
        self.assertEqual((again.status, again.body), (304, ""))
        for bad in ("0" * 64, "..%2f..%2flock", "x"):
            self.assertError(server.get(f"/api/artifacts/{bad}"), 404)
        self.assertError(server.get("/api/runs/none/artifacts"), 404)
        other = self.create(server, flow("large", "other"))
        self.assertError(server.get(f"/api/workflows/{other['id']}/runs/{run['id']}/artifacts"), 400)

    def test_an_answer_of_sixteen_mebibytes_fits_and_one_byte_more_does_not(self):
        server = self.serve()
        for name, size in (("fits", 16 * MIB), ("over", 16 * MIB + 1)):
            self.register(server, name, f"printf '\"'; head -c {size - 2} /dev/zero | tr '\\0' x; printf '\"'")
            self.create(server, flow(name, name))
        run = server.run("fits")
        self.assertEqual(run["status"], "SUCCESS", run["error"])
        self.assertEqual(by_node(run)["a"]["outputJson"]["$artifact"]["sizeBytes"], 16 * MIB)
        failed = by_node(server.run("over"))["a"]
        self.assertEqual((failed["status"], failed["reason"]), ("FAILED", "stdout"), failed["error"])

    def test_a_log_of_its_limit_fits_and_one_line_more_does_not(self):
        server = self.serve()
        limits = "sandbox: {limits: {log: 1MB}}\n"  # 64 MB by default, by the same code
        for name, lines in (("fits", 1024), ("over", 1025)):
            script = f"yes {'x' * 1023} | head -n {lines} >&2; echo '{{}}'"
            folder = self.agent(name, script)
            manifest = folder / "agent.yaml"
            manifest.write_text(manifest.read_text() + limits)
            self.assertEqual(server.post("/api/agents", {"folder": str(folder)}).status, 201)
            self.create(server, flow(name, name))
        self.assertEqual(server.run("fits")["status"], "SUCCESS")
        failed = by_node(server.run("over"))["a"]
        self.assertEqual((failed["status"], failed["reason"]), ("FAILED", "log"), failed["error"])


class Working(Case):
    def test_progress_shows_while_the_agent_runs(self):
        server = self.serve()
        gate = self.folder / "repository"
        self.register(
            server,
            "slow",
            "while [ ! -e /workspace/go ]; do\n"
            "  echo '{\"progress\": 0.25, \"message\": \"reading\"}' >&2; sleep 0.1\ndone\n"
            "echo 'a line' >&2\necho '{}'",
        )
        self.create(server, flow("slow"))
        started = server.post("/api/workflows/flow/trigger", {"workspace": str(gate)}).json
        events = server.events(started["id"], lambda event: event.get("event") == "progress")
        self.assertEqual(events[-1]["data"]["fraction"], 0.25)
        self.assertEqual(events[-1]["data"]["message"], "reading")
        node = by_node(server.get(f"/api/runs/{started['id']}").json)["a"]
        self.assertEqual(node["progress"], {"fraction": 0.25, "message": "reading"})
        (gate / "go").write_text("")
        server.wait_for_status(started["id"], "SUCCESS")
        logs = server.get(f"/api/runs/{started['id']}/logs").json["logs"]
        self.assertEqual(logs[0]["text"], "a line\n")

    def test_a_silent_agent_is_killed_after_its_heartbeat(self):
        server = self.serve()
        folder = self.agent("silent", "echo started >&2; sleep 600")
        manifest = folder / "agent.yaml"
        manifest.write_text(manifest.read_text() + "heartbeatSeconds: 1\n")
        self.assertEqual(server.post("/api/agents", {"folder": str(folder)}).status, 201)
        self.create(server, flow("silent"))
        node = by_node(server.run("flow"))["a"]
        self.assertEqual((node["status"], node["reason"]), ("FAILED", "heartbeat"), node)
        self.assertIn("heartbeatSeconds", node["error"])

    def test_every_revision_of_an_agent_is_kept(self):
        server = self.serve()
        agent = self.register(server, "worker", "echo '{}'")
        self.assertEqual(server.request("PATCH", f"/api/agents/{agent['id']}", {"version": "2.0.0"}).status, 200)
        versions = server.get(f"/api/agents/{agent['id']}/versions").json["versions"]
        self.assertEqual([(item["revision"], item["version"]) for item in versions], [(1, "1.0.0"), (2, "2.0.0")])
        self.assertEqual(versions[0]["agent"]["name"], "worker")
        self.assertError(server.get("/api/agents/none/versions"), 404)


if __name__ == "__main__":
    unittest.main()
