"""Agents as people write them, in the sandbox they run in; and what the built-in ones deliver."""

import json
import os
import shutil
import unittest

from harness import COMMANDCENTER, Case, Server, by_node, command, wait_until, processes_with


class InTheSandbox(Case):
    def try_agent(self, script, *arguments, manifest="", input="{}"):
        folder = self.agent("probe", script, manifest=manifest)
        reply = command(
            "agents",
            "test",
            folder,
            "--input",
            input,
            "--root",
            self.folder,
            "--workspace",
            self.repository,
            "--json",
            *arguments,
        )
        return reply, json.loads(reply.stdout)

    def test_input_comes_in_three_ways_and_the_answer_goes_out(self):
        script = (
            'read -r line; printf \'{"stdin":%s,"variable":%s,"action":"%s"}\' "$line" "$AGENT_INPUT" "$AGENT_ACTION"\n'
        )
        reply, run = self.try_agent(script, input='{"n":1}')
        self.assertEqual((reply.returncode, run["status"]), (0, "SUCCESS"), run["error"])
        self.assertEqual(run["output"], {"stdin": {"n": 1}, "variable": {"n": 1}, "action": "work"})
        self.assertEqual(run["limits"]["timeoutMs"], 300_000)

    def test_nothing_of_the_host_is_visible(self):  # pitfall A4
        (self.repository / "inside.txt").write_text("mine")
        (self.folder / "secret.txt").write_text("not mine")
        script = (
            'test "$(cat /workspace/inside.txt)" = mine || exit 1\n'
            f"for path in /etc/shadow /root {self.folder}/secret.txt {self.data} /sys/class; do\n"
            '  if cat "$path" >/dev/null 2>&1 || ls "$path" 2>/dev/null | grep -q .; then\n'
            '    echo "saw $path" >&2; exit 2\n'
            "  fi\n"
            "done\n"
            "if echo x > /workspace/new 2>/dev/null; then echo wrote >&2; exit 3; fi\n"
            "echo x > /tmp/fine || exit 4\n"
            "test $(ls -d /proc/[0-9]* | wc -l) -lt 8 || exit 5\n"
            "env | cut -d= -f1 | sort | tr '\\n' ' ' >&2\n"
            "echo '{}'\n"
        )
        reply, run = self.try_agent(script)
        self.assertEqual(run["status"], "SUCCESS", run)
        names = set(run["log"][-1].split())
        self.assertLessEqual(
            names,
            {
                "AGENT_ACTION",
                "AGENT_INPUT",
                "AGENT_NAME",
                "AGENT_WORKSPACE",
                "HOME",
                "LANG",
                "PATH",
                "PWD",
                "TMPDIR",
                "OLDPWD",
                "SHLVL",
                "_",
            },
        )
        self.assertFalse((self.repository / "new").exists())

    def test_there_is_no_network(self):  # pitfall B14
        receiver = self.receiver()
        port = receiver.url.rsplit(":", 1)[1]
        script = (
            "python3 -c \"import socket; socket.create_connection(('127.0.0.1', %s), 2)\" 2>/dev/null && exit 1\n"
            'echo "{}"\n' % port
        )
        _, run = self.try_agent(script)
        self.assertEqual(run["status"], "SUCCESS", run)

    def test_the_program_alone_can_run_agents(self):  # pitfall A13
        """As it is installed: one file, in a folder of its own, with nothing in its environment."""
        installed = self.folder / "installed" / "commandcenter"
        installed.parent.mkdir()
        shutil.copy(COMMANDCENTER, installed)
        clean = ("env", "-i", f"PATH={os.environ['PATH']}")
        server = Server(self.data, [self.folder], command=(*clean, str(installed), "serve", "--port", "0"))
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        for path in ("/health", "/api/health", "/health/ready"):
            self.assertEqual(server.get(path).status, 200, path)
        (self.repository / "app.py").write_text("print(1)\n")
        self.create(server, {"name": "scan", "trigger": "manual", "nodes": [
            {"id": "scan", "agentName": "security-scanner", "action": "scan", "input": {"target": "/workspace"}}]})
        run = server.run("scan", {"workspace": str(self.repository)})
        self.assertEqual(run["status"], "SUCCESS", run)
        server.stop()

    def test_steps_start_at_once(self):  # pitfall B12
        """Nothing is installed when an agent runs: there is no network to get it from, and no time."""
        server = self.serve()
        self.create(server, {"name": "tell", "trigger": "manual", "nodes": [
            {"id": "tell", "agentName": "notifier", "action": "notify",
             "input": {"channel": "console", "message": "x"}}]})
        self.create(server, {"name": "scan", "trigger": "manual", "nodes": [
            {"id": "scan", "agentName": "security-scanner", "action": "scan", "input": {"target": "/workspace"}}]})
        scan = by_node(server.run("scan", {"workspace": str(self.repository)}))["scan"]
        self.assertEqual(scan["status"], "SUCCESS", scan)
        self.assertLess(scan["durationMs"], 5_000)
        times_ms = sorted(by_node(server.run("tell"))["tell"]["durationMs"] for _ in range(20))
        self.assertLess(times_ms[18], 1_000, times_ms)

        # The next scan is started before it is asked for, and sees the repository as it is then.
        def ahead():
            return server.get("/api/health").json["executor"]["startedAhead"]

        wait_until(lambda: ahead()["waiting"] == 1, "one waits for its input")
        self.write("repository/later.py", "print()\n")
        found = by_node(server.run("scan", {"workspace": str(self.repository)}))["scan"]
        self.assertEqual(found["outputJson"]["scannedFiles"], scan["outputJson"]["scannedFiles"] + 1)
        self.assertEqual(ahead()["used"], 1)
        self.assertEqual(server.stop(), 0)
        idle = self.serve("--set=agents.startAhead=0")
        idle.run("scan", {"workspace": str(self.repository)})
        self.assertEqual(idle.get("/api/health").json["executor"]["startedAhead"],
                         {"most": 0, "waiting": 0, "used": 0, "retired": 0})

    def test_limits_end_an_agent_with_their_name(self):  # pitfall B13
        limits = "sandbox: {limits: {timeout: 1s, stdout: 64KB, log: 64KB, memory: 64MB}}\n"
        cases = {
            "timeout": "while :; do :; done\n",
            "stdout": "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n",
            "log": "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2; done\n",
        }
        for limit, script in cases.items():
            with self.subTest(limit):
                reply, run = self.try_agent(script, manifest=limits)
                self.assertEqual((reply.returncode, run["status"], run["reason"]), (1, "FAILED", limit), run["error"])
                self.assertIn(limit if limit != "stdout" else "output", run["error"])
        _, run = self.try_agent("python3 -c 'x = bytearray(500_000_000)'\n", manifest=limits)
        self.assertEqual(run["status"], "FAILED")

    def test_interpreters_work_under_the_default_limits(self):
        for name, line in {
            "python3": "import json; print(json.dumps({'ok': True}))",
            "node": "console.log(JSON.stringify({ok: true}))",
        }.items():
            if not command_exists(name):
                continue
            with self.subTest(name):
                flag = "-c" if name == "python3" else "-e"
                _, run = self.try_agent(f'exec {name} {flag} "{line}"\n')
                self.assertEqual((run["status"], run["output"]), ("SUCCESS", {"ok": True}), run["error"])

    def test_a_manifest_is_checked_with_every_problem_at_once(self):
        folder = self.agent("broken", "true\n")
        (folder / "agent.yaml").write_text(
            "name: broken\nverson: 1.0.0\ncommand: ./missing.sh\nriskLevel: LOW\n"
            "actions:\n  - name: go\n    inputSchema: {type: 5}\n"
        )
        reply = command("agents", "test", folder)
        self.assertEqual(reply.returncode, 2)
        for part in (
            "version is missing",
            'did you mean "version"',
            "./missing.sh is not in the agent's folder",
            "LOW",
            "line 2",
        ):
            self.assertIn(part, reply.stderr)

    def test_agents_die_with_the_server(self):
        server = self.serve()
        marker = f"marker-{id(self)}-{self.folder.name}"
        sleeper = f"sh -c 'sleep 1000; : {marker}'"
        self.register(server, "longer", f"echo up >&2; {sleeper} & {sleeper}\n")
        made = self.create(
            server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "agent": "longer", "input": {}}]}
        )
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        server.events(run_id, lambda event: event["event"] == "log")
        wait_until(lambda: len(processes_with(marker)) >= 2, "both processes of the agent run")
        server.kill()
        wait_until(lambda: not processes_with(marker), "the agents of a killed server are gone")

    def test_a_registered_agent_does_not_change_under_its_workflows(self):
        server = self.serve()
        self.register(server, "steady", "echo '{\"v\":1}'\n")
        made = self.create(
            server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "agent": "steady", "input": {}}]}
        )
        (self.folder / "agents/steady/run.sh").write_text("echo '{\"v\":2}'\n")
        self.assertEqual(by_node(server.run(made["id"]))["n"]["outputJson"], {"v": 1})
        self.assertEqual(
            server.post("/api/agents", {"folder": str(self.folder / "agents/steady"), "replace": True}).status, 201
        )
        self.assertEqual(by_node(server.run(made["id"]))["n"]["outputJson"], {"v": 2})


class BuiltIn(Case):
    def test_a_delivered_message_holds_the_real_numbers(self):  # feature 80
        slack = self.receiver(statuses=[429, 500])
        self.write("repository/config.py", 'api_key = "AKIA2E0A8F3B244C9986x"\npassword = "kT7vq9zLxw2M"\n')
        self.write("repository/.git/config", "password = not-scanned\n")
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "notify",
                "trigger": "manual",
                "nodes": [
                    {
                        "id": "scan",
                        "agent": "security-scanner",
                        "action": "scan",
                        "input": {"repositoryPath": "{{ context.repositoryPath }}"},
                    },
                    {
                        "id": "tell",
                        "agent": "notifier",
                        "action": "send",
                        "dependsOn": ["scan"],
                        "input": {
                            "channel": "slack",
                            "webhookUrl": "{{ context.hook }}",
                            "allowPrivate": True,
                            "message": "{{ scan.output.summary.total }} findings",
                            "metadata": {"total": "{{ nodes.scan.output.summary.total }}"},
                            "severity": "{{ scan.output.summary.critical > 0 ? 'critical' : 'info' }}",
                        },
                    },
                ],
            },
        )
        run = server.run(
            made["id"],
            {"context": {"repositoryPath": str(self.repository), "hook": slack.url + "/services/T/B/secret"}},
        )
        self.assertEqual(run["status"], "SUCCESS", run["error"])
        nodes = by_node(run)
        total = nodes["scan"]["outputJson"]["summary"]["total"]
        self.assertEqual(total, 2, nodes["scan"]["outputJson"]["findings"])
        self.assertEqual({f["file"] for f in nodes["scan"]["outputJson"]["findings"]}, {"config.py"})  # pitfall A3
        self.assertEqual(len(slack.posts), 3)  # two refusals, then delivered
        header, section = slack.posts[-1]["body"]["blocks"]
        self.assertEqual(section["text"]["text"], "2 findings")
        self.assertIn("CRITICAL", header["text"]["text"])
        self.assertEqual(nodes["tell"]["inputJson"]["metadata"], {"total": 2})
        self.assertNotIn("kT7vq9zLxw2M", json.dumps(run))  # pitfall C3
        self.assertNotIn("{{", json.dumps([n["inputJson"] for n in run["agentRuns"]]))

    def test_a_message_that_cannot_be_delivered_fails_its_node(self):  # pitfall A11
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "lost",
                "trigger": "manual",
                "nodes": [
                    {
                        "id": "tell",
                        "agent": "notifier",
                        "action": "send",
                        "input": {
                            "channel": "slack",
                            "message": "x",
                            "webhookUrl": "{{ context.hook }}",
                            "allowPrivate": True,
                        },
                    }
                ],
            },
        )
        refusing = self.receiver(statuses=[404])
        run = server.run(made["id"], {"context": {"hook": refusing.url + "/secret-path"}})
        self.assertEqual(run["status"], "FAILED")
        self.assertNotIn("secret-path", by_node(run)["tell"]["error"])


def command_exists(name):
    import shutil

    return shutil.which(name, path="/usr/local/bin:/usr/bin:/bin") is not None


if __name__ == "__main__":
    unittest.main()
