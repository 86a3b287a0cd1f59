"""The commands about definitions, versions, logs and the machine."""

import http.server
import json
import re
import shutil
import sqlite3
import subprocess
import threading
import unittest

from harness import COMMANDCENTER, ROOT, Case, command

DIAMOND = """\
name: diamond
nodes:
  - {id: a, transform: {n: 1}}
  - {id: b, dependsOn: a, transform: {}}
  - {id: c, dependsOn: a, transform: {}, approval: true}
  - {id: d, dependsOn: [b, c], transform: {}, when: b.output.x > 1}
"""


class Definitions(Case):
    def test_graph_of_a_file_needs_no_server(self):
        file = self.write("w.yaml", DIAMOND)
        nowhere = {"COMMANDCENTER_SERVER": "http://127.0.0.1:9"}
        reply = command("workflows", "graph", file, environment=nowhere)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertEqual(
            [re.split(r"  +", line)[0] for line in reply.stdout.splitlines()],
            ["diamond", "●", "├─╮", "● │", "│ ●", "├─╯", "●"],
        )
        self.assertIn("(asks for approval)", reply.stdout)
        self.assertIn("(when b.output.x > 1)", reply.stdout)
        mermaid = command("workflows", "graph", file, "--format", "mermaid").stdout
        self.assertEqual(mermaid.count("-->"), 4)
        edges = json.loads(command("workflows", "graph", file, "--json").stdout)["edges"]
        self.assertIn({"from": "c", "to": "d"}, edges)
        self.assertEqual(command("workflows", "graph", "nobody", environment=nowhere).returncode, 3)

    def test_dot_is_what_graphviz_reads(self):
        text = command("workflows", "graph", self.write("w.yaml", DIAMOND), "--format", "dot").stdout
        self.assertEqual(text.count(" -> "), 4)
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True).stdout
            self.assertEqual(drawn.count("\nnode "), 4)

    def test_versions_diff_and_delete(self):
        server = self.serve()

        def cli(*arguments):
            return command("workflows", *arguments, "--server", server.url)

        cli("create", self.write("w.yaml", DIAMOND))
        changed = self.write("new.yaml", DIAMOND.replace("n: 1", "n: 2") + "  - {id: e, transform: {}}\n")
        reply = cli("diff", "diamond", "--file", changed)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertIn("~ node a\n      ~ transform.n: 1 → 2\n", reply.stdout)
        self.assertIn("+ node e (transform)", reply.stdout)
        self.assertIn("no difference", cli("diff", "diamond").stdout)
        self.assertEqual(server.request("PATCH", "/api/workflows/diamond", {"timeout": "1m"}).status, 200)
        self.assertIn('+ timeout: "1m"', cli("diff", "diamond").stdout)
        self.assertIn('- timeout: "1m"', cli("diff", "diamond", "2", "1").stdout)
        changes = json.loads(cli("diff", "diamond", "1", "2", "--json").stdout)
        self.assertEqual((changes["from"], changes["to"], len(changes["changes"])), (1, 2, 1))
        self.assertEqual(len(json.loads(cli("versions", "diamond", "--json").stdout)), 2)
        missing = cli("diff", "diamond", "7")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("the latest is 2", missing.stderr)
        run_id = server.post("/api/workflows/diamond/trigger").json["id"]
        server.post(f"/api/runs/{run_id}/cancel")
        server.wait_for_status(run_id, "CANCELLED")
        deleted = cli("delete", "diamond")
        self.assertEqual((deleted.returncode, deleted.stdout), (0, "Deleted workflow diamond; its runs stay\n"))
        self.assertEqual(server.get(f"/api/runs/{run_id}").json["status"], "CANCELLED")
        self.assertEqual(cli("show", "diamond").returncode, 2)
        self.assertEqual(cli("delete", "diamond").returncode, 2)

    def test_a_name_is_one_of_the_project_that_is_named(self):
        server = self.serve()
        file = self.write("w.yaml", "name: w\ntrigger: manual\nnodes:\n  - {id: a, transform: {n: 1}}\n")

        def cli(*arguments, project="2"):
            return command("--project", project, "workflows", *arguments, "--server", server.url)

        def owners():
            lists = [server.get(f"/api/workflows?projectId={project}").json for project in (1, 2)]
            return [(made["projectId"], made["version"]) for listed in lists for made in listed]

        for verb in ("show", "versions", "diff", "graph", "trigger", "delete"):
            cli("create", file, project="1")
            self.assertEqual(cli(verb, "w").returncode, 2, verb)
            self.assertEqual(owners(), [(1, 1)], verb)
        self.assertEqual(cli("create", file).returncode, 0)
        self.assertEqual(owners(), [(1, 1), (2, 1)])
        file.write_text(file.read_text().replace("n: 1", "n: 2"))
        self.assertIn("has version 2 now", cli("create", file, "--replace").stdout)
        self.assertEqual(owners(), [(1, 1), (2, 2)])
        self.assertIn("n: 1 → 2", cli("diff", "w").stdout)
        self.assertEqual(json.loads(cli("show", "w").stdout)["projectId"], 2)
        self.assertEqual(cli("trigger", "w", "--wait").returncode, 0)
        other = {"name": "v", "trigger": "manual", "nodes": []}
        named = server.post("/api/workflows?projectId=2", {**other, "projectId": 3})
        self.assertEqual(named.json["projectId"], 3, "what the text says counts")
        self.assertError(server.post("/api/workflows?projectId=x", other), 400, "projectId")
        self.assertEqual(cli("delete", "w").returncode, 0)
        self.assertEqual(owners(), [(1, 1)])

    def test_shown_approvals_have_the_resolved_input(self):
        server = self.serve()
        node = {"id": "g", "transform": {"text": "{{ context.x }}"}, "approvalRequired": True}
        self.create(server, {"name": "gated", "trigger": "manual", "nodes": [node]})
        server.post("/api/workflows/gated/trigger", {"context": {"x": "one\n\033[31mtwo"}})
        approval = server.get("/api/approvals").json[0]["id"]
        reply = command("approvals", "show", approval, "--server", server.url)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertIn("PENDING", reply.stdout)
        self.assertIn("    text:\n      one\n", reply.stdout)
        self.assertNotIn("\033", reply.stdout)
        self.assertIn(f"approvals approve {approval}", reply.stdout)
        self.assertEqual(command("approvals", "show", "nobody", "--server", server.url).returncode, 2)


class Replacing(Case):
    def test_create_replace_makes_a_version_only_of_a_change(self):
        server = self.serve()
        file = self.write("w.yaml", DIAMOND)

        def create(*arguments):
            return command("workflows", "create", file, *arguments, "--server", server.url)

        self.assertIn("Created workflow diamond", create("--replace").stdout)
        self.assertEqual(create().returncode, 2)
        self.assertIn("unchanged (version 1)", create("--replace").stdout)
        file.write_text(DIAMOND.replace("n: 1", "n: 2"))
        self.assertIn("has version 2 now", create("--replace").stdout)
        file.write_text(DIAMOND.replace("dependsOn: a", "dependsOn: x"))
        broken = create("--replace")
        self.assertEqual(broken.returncode, 2)
        self.assertIn("line 4", broken.stderr)

    def test_built_in_agents_are_there_again_and_again(self):  # feature 38, pitfall E7
        server = self.serve()
        for _ in range(2):
            reply = command("agents", "register", "--builtin", "--server", server.url, "--json")
            self.assertEqual(reply.returncode, 0, reply.stderr)
            self.assertEqual({agent["state"] for agent in json.loads(reply.stdout)}, {"unchanged"})
        folder = self.agent("mine", "echo '{}'\n")
        self.assertIn("would be registered", command("agents", "register", folder, "--dry-run").stdout)
        self.assertNotIn("mine", command("agents", "list", "--server", server.url).stdout)
        self.assertEqual(command("agents", "register", "--server", server.url).returncode, 2)

    def test_an_upgrade_of_a_built_in_agent_is_a_new_version(self):  # feature 39
        first = self.serve()
        agents = {agent["name"]: agent for agent in first.get("/api/agents?projectId=1").json}
        notifier = agents["notifier"]
        first.stop()
        # What an older program left behind.
        database = sqlite3.connect(next(self.data.glob("*.db")))
        (document,) = database.execute("SELECT document FROM agents WHERE name = 'notifier'").fetchone()
        old = document.replace(f'"version":"{notifier["version"]}"', '"version":"0.9.0"')
        self.assertNotEqual(old, document)
        database.execute("UPDATE agents SET document = ? WHERE name = 'notifier'", (old,))
        database.commit()
        database.close()
        for _ in range(2):  # the second start changes nothing
            server = self.serve()
            upgraded = {agent["name"]: agent for agent in server.get("/api/agents?projectId=1").json}["notifier"]
            self.assertEqual((upgraded["id"], upgraded["version"]), (notifier["id"], notifier["version"]))
            versions = server.get(f"/api/agents/{notifier['id']}/versions").json["versions"]
            self.assertEqual(len(versions), 2, versions)
            server.stop()

    def test_a_server_of_another_version_is_told_before_it_is_upgraded(self):  # feature 39
        server = self.serve()
        agents = server.get("/api/agents?projectId=1").json
        for agent in agents:
            if agent["name"] == "notifier":
                agent["version"] = "0.9.0"
        older = self.answers("/api/agents", [agent for agent in agents if agent["name"] != "patcher"])
        shown = command("agents", "register", "--builtin", "--dry-run", "--server", older, "--json")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        states = {agent["name"]: agent["state"] for agent in json.loads(shown.stdout)}
        self.assertIn("the server has version 0.9.0", states["notifier"])
        self.assertIn("missing", states["patcher"])
        self.assertEqual(states["code-reviewer"], "unchanged")
        self.assertEqual(command("agents", "register", "--builtin", "--server", older).returncode, 1)

    def answers(self, path, body):
        """A server that has one answer."""
        text = json.dumps(body).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path.startswith(path) else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        fake = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=fake.serve_forever, daemon=True).start()
        self.addCleanup(fake.server_close)
        self.addCleanup(fake.shutdown)
        return f"http://127.0.0.1:{fake.server_address[1]}"

    def test_verbs_of_old_scripts(self):  # feature 115
        server = self.serve()
        node = {"id": "n", "transform": {"x": "{{context.x}}"}}
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [node]})
        self.assertIn("notifier", command("agent:list", "--server", server.url).stdout)
        self.assertIn("w", command("workflow:list", "--server", server.url).stdout)
        reply = command("workflow:run", "w", '{"x": 7}', "--wait", "--server", server.url)
        self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)


class Mistakes(Case):
    """What is mistyped is named, with what was probably meant, in two lines."""

    def test_each_names_what_was_meant(self):
        for line, part in {
            "wrkflows list": "there is no command wrkflows; did you mean workflows?",
            "workflows lst": "there is no command lst; did you mean list?",
            "--json workflows lst": "there is no command lst; did you mean list?",
            "--server http://x workflows lst": "there is no command lst; did you mean list?",
            "serve --prot 1": "commandcenter serve has no option --prot; did you mean --port?",
            "serve --prot=1": "commandcenter serve has no option --prot; did you mean --port?",
            "runs show": "commandcenter runs show: RUN is required",
            "workflows": "commandcenter workflows:",
            "serve --port abc": '--port: expected a whole number from 0 to 65535, got "abc"',
            "serve --bind 0.0.0.0": "127.0.0.1",
            "serve --root /nowhere/at/all": "/nowhere/at/all",
            "validate broken.yaml": "line 2",
        }.items():
            with self.subTest(line):
                self.write("broken.yaml", "name: [\n")
                reply = command(*line.split(), cwd=self.folder)
                self.assertEqual(reply.returncode, 2, reply.stdout + reply.stderr)
                self.assertIn(part, reply.stderr)
                self.assertLessEqual(len(reply.stderr.splitlines()), 3, reply.stderr)


    def test_help_is_a_word_too(self):
        for words in ((), ("runs",), ("runs", "why")):
            asked, known = command("help", *words), command(*words, "--help")
            self.assertEqual((asked.returncode, asked.stdout), (0, known.stdout))


class Logs(Case):
    def test_follow_shows_every_line_once_and_ends_with_the_run(self):
        server = self.serve()
        self.register(server, "early", "echo early >&2; echo '{}'\n")
        self.register(server, "late", "for i in 1 2 3; do echo late $i >&2; done; echo '{}'\n")
        nodes = [
            {"id": "first", "agentName": "early", "input": {}},
            {"id": "second", "agentName": "late", "input": {}, "dependsOn": ["first"], "approvalRequired": True},
        ]
        self.create(server, {"name": "w", "trigger": "manual", "nodes": nodes})
        run_id = server.post("/api/workflows/w/trigger").json["id"]
        server.wait_for_status(run_id, "WAITING_APPROVAL")
        follower = subprocess.Popen(
            [COMMANDCENTER, "runs", "logs", run_id, "--follow", "--server", server.url],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(follower.stdout.readline(), "first│ early\n")
        server.post(f"/api/approvals/{server.get('/api/approvals').json[0]['id']}/approve", {"comment": "go"})
        rest = follower.communicate(timeout=30)[0]
        self.assertEqual(rest, "second│ late 1\nsecond│ late 2\nsecond│ late 3\n")
        self.assertEqual(follower.returncode, 0)
        again = command("runs", "logs", run_id, "--follow", "--node", "second", "--server", server.url)
        self.assertEqual(again.stdout, rest)


class Machine(Case):
    def test_disk_check(self):
        reply = command("disk-check", "--data", self.data, "--json")
        self.assertIn(reply.returncode, (0, 1), reply.stderr)
        figures = json.loads(reply.stdout)
        self.assertEqual(reply.returncode == 0, figures["believable"])
        for name in ("fdatasync", "commit"):
            self.assertGreater(figures[name]["p50Us"], 0)
            self.assertGreaterEqual(figures[name]["p99Us"], figures[name]["p50Us"])
        self.assertFalse(self.data.exists(), "it leaves nothing behind")
        self.assertIn("runs a second", command("disk-check", "--data", self.data).stdout)
        self.assertEqual(command("disk-check", "--data", "/proc/nowhere").returncode, 2)

    def complete(self, shell, *words):
        script = command("completion", shell).stdout
        if shell == "bash":
            line = " ".join(f"'{word}'" for word in words)
            program = (
                f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _commandcenter; "
                "printf '%s\\n' ${COMPREPLY[@]}"
            )
            return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True).stdout.split()
        raise AssertionError(shell)

    def test_completion(self):
        self.assertEqual(self.complete("bash", "commandcenter", "wor"), ["workflows"])
        self.assertIn("graph", self.complete("bash", "commandcenter", "workflows", ""))
        self.assertEqual(self.complete("bash", "commandcenter", "--json", "workflows", "dif"), ["diff"])
        self.assertEqual(self.complete("bash", "commandcenter", "workflows", "graph", "--form"), ["--format"])
        self.assertNotIn("agent-exec", self.complete("bash", "commandcenter", ""))
        for shell in ("zsh", "fish"):
            script = command("completion", shell).stdout
            self.assertIn("workflows", script)
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=script, text=True, check=True)
        self.assertEqual(command("completion", "tcsh").returncode, 2)


if __name__ == "__main__":
    unittest.main()
