"""Configuration: from file, environment and flags, and what each setting changes."""

import json
import unittest

from harness import Case, by_node, command

GATED = {"name": "gated", "trigger": "manual", "nodes": [{"id": "g", "transform": {}, "approvalRequired": True}]}


def one_node(agent, **more):
    node = {"id": "n", "agentName": agent, "input": {}, **more}
    return {"name": f"use-{agent}", "trigger": "manual", "nodes": [node]}


class Effects(Case):
    """Pitfall B13: changing each setting changes behaviour."""

    def test_agent_timeout_seconds(self):
        server = self.serve(environment={"AGENT_TIMEOUT_SECONDS": "0.3"})
        self.register(server, "slow", "sleep 60\n")
        self.register(server, "own", "sleep 1; echo '{}'\n", manifest="timeout: 20s\n")
        self.create(server, one_node("slow"))
        node = by_node(server.run("use-slow"))["n"]
        self.assertEqual((node["status"], node["reason"]), ("FAILED", "timeout"))
        self.assertIn("300 ms", node["error"])
        self.create(server, one_node("own"))
        self.assertEqual(server.run("use-own")["status"], "SUCCESS", "the manifest's own limit comes first")

    def test_agent_max_memory_mb(self):
        # It holds what it took for a while: without cgroups, memory is looked at from outside, some times a second.
        script = "exec python3 -c 'import time; x = bytearray(100 << 20); time.sleep(2); print(\"{}\")'\n"
        for megabytes, status in ((64, "FAILED"), (400, "SUCCESS")):
            with self.subTest(megabytes):
                self.data = self.folder / f"data-{megabytes}"
                server = self.serve(environment={"AGENT_MAX_MEMORY_MB": str(megabytes)})
                self.register(server, f"hungry{megabytes}", script)
                self.create(server, one_node(f"hungry{megabytes}"))
                run = server.run(f"use-hungry{megabytes}")
                self.assertEqual(run["status"], status, run)

    def test_a_restart_with_another_value_changes_agents_registered_before(self):
        server = self.serve()
        self.register(server, "slow", "sleep 60\n")
        self.create(server, one_node("slow"))
        server.stop()
        server = self.serve("--set", "agents.timeout=200ms")
        self.assertEqual(by_node(server.run("use-slow"))["n"]["reason"], "timeout")

    def test_agent_tests_go_by_the_same_limits(self):
        folder = self.agent("slow", "sleep 60\n")
        reply = command("agents", "test", folder, "--json", environment={"AGENT_TIMEOUT_SECONDS": "0.3"})
        self.assertEqual(json.loads(reply.stdout)["reason"], "timeout", reply.stdout + reply.stderr)

    def test_the_ceilings_of_what_manifests_ask_for(self):  # feature 52
        server = self.serve("--set", "ceilings.memory=64MiB", "--set", "agents.memory=32MiB")
        greedy = self.agent("greedy", "echo '{}'\n", manifest="limits: {memory: 65MB}\n")
        reply = server.post("/api/agents", {"folder": str(greedy)})
        body = self.assertError(reply, 400)
        (problem,) = body["problems"]
        self.assertEqual((problem["path"], problem["line"]), ("limits.memory", 7))
        self.assertEqual(problem["message"], "65 MiB is more than this server allows, 64 MiB (ceilings.memory)")
        self.assertNotIn("greedy", [agent["name"] for agent in server.get("/api/agents?projectId=1").json])
        checked = server.post("/api/agents/validate", {"folder": str(greedy)}).json
        self.assertEqual((checked["valid"], checked["problems"]), (False, body["problems"]))
        tried = command("agents", "test", greedy, cwd=self.folder, environment={"COMMANDCENTER_DATA": str(self.data)})
        self.assertEqual(tried.returncode, 0, "this machine's own ceiling is higher")
        self.register(server, "modest", "echo '{}'\n", manifest="limits: {memory: 64MB}\n")
        self.create(server, one_node("modest"))
        server.stop()
        # Lowered, it holds for who is there already.
        server = self.serve("--set", "ceilings.memory=48MiB", "--set", "agents.memory=32MiB")
        node = by_node(server.run("use-modest"))["n"]
        self.assertEqual((node["status"], node["sandbox"]["limits"]["memoryBytes"]), ("SUCCESS", 48 << 20))

    def test_what_registering_a_folder_takes(self):
        server = self.serve()
        folder = str(self.agent("plain", "echo '{}'\n"))
        for wrong, words in (({"replace": "yes"}, "replace: expected true or false, got \"yes\""),
                             ({"projectId": "x"}, "projectId: expected a positive whole number"),
                             ({"projectId": -1}, "projectId: expected a positive whole number"),
                             ({"folder": [folder]}, "folder: expected the folder")):
            self.assertError(server.request_unchecked("POST", "/api/agents", {"folder": folder, **wrong}), 400, words)
        self.assertNotIn("plain", [agent["name"] for agent in server.get("/api/agents?projectId=1").json])

    def test_the_longest_body(self):
        server = self.serve("--set", "server.maxBody=4KiB")
        body = '{"contextJson": {}, "x": ""}'

        def status(length):
            text = body.replace('""', '"' + "x" * (length - len(body)) + '"')
            self.assertEqual(len(text), length)
            return server.request(
                "POST", "/api/workflows/gated/trigger", text, {"Content-Type": "application/json"}
            ).status

        self.create(server, GATED)
        self.assertEqual(status(4096), 201)
        self.assertEqual(status(4097), 413)

    def test_unfinished_runs(self):
        server = self.serve("--set", "engine.maxUnfinishedRuns=2")
        self.create(server, GATED)
        for _ in range(2):
            self.assertEqual(server.post("/api/workflows/gated/trigger").status, 201)
        self.assertError(server.post("/api/workflows/gated/trigger"), 503, "2")

    def test_agents_at_the_same_time(self):
        server = self.serve("--set", "engine.maxRunningNodes=1")
        self.register(server, "a", "sleep 0.2; echo '{}'\n")
        nodes = [{"id": f"n{i}", "agentName": "a", "input": {}} for i in range(3)]
        self.create(server, {"name": "w", "trigger": "manual", "nodes": nodes})
        runs = sorted(server.run("w")["agentRuns"], key=lambda node: node["startedAt"])
        for before, after in zip(runs, runs[1:]):
            self.assertLessEqual(before["finishedAt"], after["startedAt"])

    def test_roots_of_the_file(self):
        inside = self.folder / "inside"
        inside.mkdir()
        self.write("c.yaml", f"roots: [{inside}]\n")
        server = self.serve("--config", str(self.folder / "c.yaml"), roots=[inside])
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "transform": {}}]})
        reply = server.post("/api/workflows/w/trigger", {"workspace": str(self.repository)})
        self.assertError(reply, 403)


class Printing(Case):
    def print_config(self, *arguments, **environment):
        environment = {"COMMANDCENTER_DATA": str(self.data), **environment}
        return command("serve", "--print-config", *arguments, environment=environment)

    def test_values_and_where_they_come_from(self):
        file = self.write("c.yaml", "server:\n  maxBody: 1MiB\n  port: 9101\nlog: {level: warn}\n")
        reply = self.print_config("--config", file, "--port", "9103", PORT="9102", LOG_LEVEL="error")
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertRegex(reply.stdout, r"  port: 9103 +# flag --port\n")
        self.assertRegex(reply.stdout, r"  level: error +# environment LOG_LEVEL\n")
        self.assertRegex(reply.stdout, rf"  maxBody: 1MiB +# {file} line 2\n")
        self.assertRegex(reply.stdout, r"  drain: 10s +# default\n")
        self.assertFalse(self.data.exists(), "printing must not make a data folder")
        again = self.print_config("--config", self.write("again.yaml", reply.stdout), "--json")
        self.assertEqual(json.loads(again.stdout)["settings"]["server.port"]["value"], 9103)

    def test_a_bad_file_stops_everything_that_would_use_it(self):
        self.data.mkdir()
        (self.data / "commandcenter.yaml").write_text("server:\n  prot: 9003\n")
        workflow = self.write("w.yaml", "name: w\nnodes: [{id: n, transform: {}}]\n")
        for arguments in (("serve",), ("serve", "--print-config"), ("run", workflow)):
            reply = command(*arguments, "--data", self.data)
            self.assertEqual(reply.returncode, 2, reply.stdout)
            self.assertIn("line 2, column 3: server.prot: unknown key; did you mean server.port?", reply.stderr)
        doctor = command("doctor", "--data", self.data)
        self.assertEqual(doctor.returncode, 1)
        self.assertIn("server.prot", doctor.stdout)


if __name__ == "__main__":
    unittest.main()
