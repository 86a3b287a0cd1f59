"""The command line: what people type, what they see, how it ends."""

import json
import os
import pty
import re
import subprocess
import unittest

from harness import COMMANDCENTER, ROOT, Case, command

NOTIFY = """\
name: two-steps
nodes:
  - id: first
    transform: {n: "{{ context.n }}"}
  - id: tell
    agent: notifier
    action: send
    dependsOn: [first]
    input: {channel: console, message: "n is {{ first.output.n }}"}
"""


class Local(Case):
    def test_run_shows_progress_findings_and_the_notification(self):
        self.write("repository/app.js", "const password = 'kT7vq9zLxw2M';\n")
        reply = command("run", ROOT / "examples/scan-and-notify.yaml", "--repo", self.repository, "--data", self.data)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        for part in (
            "scan",
            "started",
            "SUCCESS in",
            "Findings of scan: 1",
            "app.js:1",
            "Notification sent by notify to console",
            "1 finding",
            "Run ",
        ):
            self.assertIn(part, reply.stdout)
        self.assertNotIn("kT7vq9zLxw2M", reply.stdout)
        self.assertNotIn("\033", reply.stdout)

    def test_run_as_json(self):
        file = self.write("w.yaml", NOTIFY)
        reply = command("run", file, "--data", self.data, "--context", '{"n": 7}', "--json")
        self.assertEqual(reply.returncode, 0, reply.stderr)
        run = json.loads(reply.stdout)
        self.assertEqual((run["status"], run["agentRuns"][1]["input"]["message"]), ("SUCCESS", "n is 7"))

    def test_a_failed_run_has_its_own_exit_code(self):
        file = self.write("w.yaml", NOTIFY)
        reply = command("run", file, "--data", self.data)
        self.assertEqual(reply.returncode, 1)
        self.assertIn("context.n", reply.stdout)
        self.assertIn("FAILED", reply.stdout)

    def test_run_and_serve_share_one_journal(self):
        file = self.write("w.yaml", NOTIFY)
        reply = command("run", file, "--data", self.data, "--context", '{"n": 1}', "--json")
        run_id = json.loads(reply.stdout)["id"]
        self.assertEqual(self.serve().get(f"/api/workflows/runs/{run_id}").json["status"], "SUCCESS")

    def test_workflows_come_from_standard_input_too(self):
        reply = command("validate", "-", typed=NOTIFY)
        self.assertEqual((reply.returncode, reply.stdout), (0, "-: valid, 2 nodes\n"), reply.stderr)
        reply = command("validate", "-", typed="name: [\n")
        self.assertEqual(reply.returncode, 2)
        self.assertIn("-: line 2", reply.stderr)

    def test_a_server_that_cannot_be_one_is_wrong_usage(self):
        reply = command("runs", "list", "--server", "nonsense")
        self.assertEqual(reply.returncode, 2)
        self.assertIn("--server nonsense: the URL is malformed", reply.stderr)
        self.assertEqual(command("runs", "list", "--server", "http://127.0.0.1:1").returncode, 3)

    def test_validate_names_line_column_and_the_nearest_key(self):
        file = self.write(
            "bad.yaml", NOTIFY.replace("dependsOn", "dependson").replace("agent: notifier", "agent: notifer")
        )
        reply = command("validate", file)
        self.assertEqual(reply.returncode, 2)
        self.assertRegex(reply.stderr, r"line 8, column \d+: nodes\[1\]\.dependson: .*dependsOn")
        self.assertIn('there is no agent "notifer"; did you mean "notifier"?', reply.stderr)
        self.assertEqual(command("validate", self.folder).returncode, 2)
        reply = command("validate", ROOT / "examples/scan-and-notify.yaml")
        self.assertEqual((reply.returncode, reply.stderr), (0, ""))
        reply = command("validate", self.write("broken.yaml", "name: [\n"))
        self.assertEqual(reply.returncode, 2)
        self.assertIn("line 2", reply.stderr)

    def test_run_tells_every_mistake_at_once_with_its_place(self):
        server = self.serve()
        folder = self.agent("mine", 'echo "{}"\n')
        self.assertEqual(command("agents", "register", folder, "--server", server.url).returncode, 0)
        server.stop()
        lines = [
            "name: bad",
            "nodes:",
            "  - {id: a, agent: mine}",
            "  - {id: b, agent: nobody}",
            '  - {id: c, transform: {x: "{{ q.output.y }}"}}',
        ]
        for wrong_form, places in (("", ["4", "5"]), (", timeout: 5 parsecs", ["4", "4", "5"])):
            text = "\n".join(lines).replace("nobody", "nobody" + wrong_form)
            file = self.write("bad.yaml", text)
            reply = command("run", file, "--data", self.data)
            self.assertEqual((reply.returncode, reply.stdout), (2, ""))
            head, *told = reply.stderr.splitlines()
            self.assertEqual(head, f"{file}: {len(places)} problems")
            self.assertEqual([re.match(r"  line (\d), column \d+: nodes\[", line).group(1) for line in told], places)

    def test_every_shipped_example_is_valid(self):
        for example in sorted((ROOT / "examples").glob("*.yaml")):
            self.assertEqual(command("validate", example).returncode, 0, example)

    def test_without_words_it_says_what_can_be_asked_and_every_verb_is_in_a_group(self):
        bare = command()
        self.assertEqual((bare.returncode, bare.stdout), (2, ""))
        self.assertEqual(bare.stderr, command("--help").stdout)
        self.assertIn("\nRepositories:\n", bare.stderr)
        self.assertNotIn("\nSubcommands:\n", bare.stderr, "a verb has no group")

    def test_mistakes_end_with_a_sentence_and_code_2(self):
        file = self.write("w.yaml", NOTIFY)
        for arguments, part in {
            ("run", "nowhere.yaml"): "nowhere.yaml",
            ("run", file, "--repo", "/nowhere/at/all", "--data", self.data): "/nowhere/at/all",
            ("run", file, "--context", "[1]", "--data", self.data): "--context",
            ("serve", "--root", "/nowhere/at/all", "--data", self.data): "/nowhere/at/all",
            ("agents", "test", self.folder): "agent.yaml",
            ("runs",): "",
            ("no-such-verb",): "no-such-verb",
        }.items():
            with self.subTest(arguments):
                reply = command(*arguments, cwd=self.folder)
                self.assertEqual(reply.returncode, 2, reply.stderr + reply.stdout)
                self.assertIn(part, reply.stderr + reply.stdout)

    def test_a_damaged_database_is_named_and_left_alone(self):
        self.data.mkdir()
        database = self.data / "commandcenter.db"
        database.write_bytes(b"this is no database, and long enough to be looked at " * 100)
        before = database.read_bytes()
        reply = command("run", self.write("w.yaml", NOTIFY), "--data", self.data)
        self.assertEqual(reply.returncode, 1, reply.stderr)
        self.assertIn(str(self.data), reply.stderr)
        self.assertEqual(database.read_bytes(), before)

    def test_without_bubblewrap_nothing_runs_unless_it_is_insisted_on(self):
        # In a mount namespace of its own, where the program is hidden behind an empty file.
        file = self.write("w.yaml", NOTIFY)
        nothing = self.write("nothing", "")
        hide = f"mount --bind {nothing} $(readlink -f $(command -v bwrap)) && exec "
        line = f"{COMMANDCENTER} run {file} --data {self.data} --context '{{\"n\": 1}}'"

        def run_hidden(more=""):
            return subprocess.run(
                ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f"{hide}{line} {more}"],
                capture_output=True,
                text=True,
                timeout=60,
            )

        reply = run_hidden()
        self.assertEqual(reply.returncode, 1, reply.stdout)
        self.assertIn("bubblewrap", reply.stderr)
        self.assertIn("--unsafe-no-sandbox", reply.stderr)
        reply = run_hidden("--unsafe-no-sandbox")
        self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)

    def test_what_is_missing_or_mistyped_is_wrong_usage(self):
        for arguments, part in (
            (["help", "foo"], "there is no command foo"),
            (["foo", "--help"], "there is no command foo"),
            (["patch", self.repository], "update-deps needs --version"),
        ):
            with self.subTest(arguments=arguments):
                reply = command(*arguments)
                self.assertEqual((reply.returncode, reply.stdout), (2, ""), reply.stderr)
                self.assertIn(part, reply.stderr)
        for arguments in (["help"], ["help", "runs"], ["help", "runs", "show"], ["--server", "x", "runs", "--help"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(command(*arguments).returncode, 0)
        self.assertIn("Sets agents.isolation to none", re.sub(r"\s+", " ", command("serve", "--help").stdout))

    def test_doctor_and_version(self):
        reply = command("doctor", "--data", self.data, "--json")
        self.assertEqual((reply.returncode, json.loads(reply.stdout)["healthy"]), (0, True))
        self.assertRegex(command("version").stdout, r"^commandcenter \d+\.\d+\.\d+\n$")

    def test_output_that_cannot_be_written_is_a_failure(self):
        self.write("repository/app.py", "print(1)\n")
        self.write("leaky/app.js", "const password = 'kT7vq9zLxw2M';\n")
        file = self.write("w.yaml", NOTIFY)
        for arguments, code in (
            (["scan", self.repository], 2),
            (["scan", self.folder / "leaky"], 2),
            (["review", self.repository], 2),
            (["comply", self.repository], 2),
            (["rules", "list"], 1),
            (["diagram", self.repository], 1),
            (["version"], 1),
            (["--help"], 1),
            (["run", file, "--data", self.data, "--context", '{"n": 1}'], 1),
        ):
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                reply = subprocess.run(
                    [COMMANDCENTER, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
                )
                self.assertEqual(reply.returncode, code, reply.stderr)
                self.assertIn("standard output cannot be written", reply.stderr)

    def test_who_reads_only_the_beginning_hears_no_complaint(self):
        line = f"set -o pipefail; {COMMANDCENTER} config reference | head -n 1; {COMMANDCENTER} rules list | true"
        reply = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
        self.assertEqual(reply.stderr, "")
        ignored = subprocess.run(  # as under a parent that ignores SIGPIPE: the write fails instead
            ["bash", "-c", f"trap '' PIPE; {COMMANDCENTER} rules list | true; exit ${{PIPESTATUS[0]}}"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual((ignored.returncode, ignored.stderr), (0, ""))

    def test_colours_where_a_terminal_has_them_and_nobody_objects(self):
        file = self.write("w.yaml", NOTIFY)

        def is_coloured(**environment):
            ours, theirs = pty.openpty()
            with os.fdopen(ours, "rb", buffering=0) as screen:
                try:
                    subprocess.run(
                        [COMMANDCENTER, "workflows", "graph", file],
                        stdout=theirs,
                        timeout=60,
                        check=True,
                        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment},
                    )
                    return b"\033[" in screen.read(4096)
                finally:
                    os.close(theirs)

        self.assertTrue(is_coloured())
        self.assertFalse(is_coloured(NO_COLOR="1"))
        self.assertFalse(is_coloured(TERM="dumb"))


class Remote(Case):
    def cli(self, server, *arguments):
        reply = command(*arguments, "--server", server.url)
        return reply

    def test_the_way_from_file_to_finished_run(self):
        server = self.serve()
        file = self.write("w.yaml", NOTIFY)
        self.assertIn("Created workflow two-steps", self.cli(server, "workflows", "create", file).stdout)
        self.assertIn("two-steps", self.cli(server, "workflows", "list").stdout)
        self.assertEqual(json.loads(self.cli(server, "workflows", "show", "two-steps").stdout)["name"], "two-steps")
        reply = self.cli(server, "workflows", "trigger", "two-steps", "--context", '{"n": 5}', "--wait")
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertIn("SUCCESS", reply.stdout)
        run_id = re.search(r"Run (\S+):", reply.stdout).group(1)
        self.assertIn(run_id, self.cli(server, "runs", "list").stdout)
        self.assertIn("tell", self.cli(server, "runs", "show", run_id).stdout)
        self.assertIn("n is 5", self.cli(server, "runs", "logs", run_id).stdout)
        failed = self.cli(server, "workflows", "trigger", "two-steps", "--wait")
        self.assertEqual(failed.returncode, 1)
        for follow in ([], ["--follow"]):
            no_node = self.cli(server, "runs", "logs", run_id, "--node", "zz", *follow)
            self.assertEqual((no_node.returncode, no_node.stdout), (2, ""))
            self.assertIn("has no node zz; its nodes are first, tell", no_node.stderr)
        no_status = self.cli(server, "runs", "list", "--status", "failed")
        self.assertEqual(no_status.returncode, 2)
        self.assertIn("expected PENDING, RUNNING, WAITING_APPROVAL, SUCCESS, FAILED, CANCELLED", no_status.stderr)
        failed_id = re.search(r"Run (\S+):", failed.stdout).group(1)
        latest = self.cli(server, "runs", "list", "--limit", "1")
        self.assertEqual([line.split()[0] for line in latest.stdout.splitlines()], ["RUN", failed_id])
        self.assertIn("--limit", latest.stderr, "that there are more is said")
        for every in ("2", "1000"):
            shown = self.cli(server, "runs", "list", "--workflow", "two-steps", "--limit", every)
            self.assertEqual((len(shown.stdout.splitlines()), shown.stderr), (3, ""))
        self.assertIn("no runs", self.cli(server, "runs", "list", "--workflow", "other").stdout)
        for wrong in ("0", "1001", "x"):
            self.assertEqual(self.cli(server, "runs", "list", "--limit", wrong).returncode, 2, wrong)
        self.assertIn("repeats", self.cli(server, "runs", "retry", failed_id).stdout)

    def test_agents(self):
        server = self.serve()
        folder = self.agent("mine", 'echo "{}"\n')
        self.assertIn("Registered mine 1.0.0", self.cli(server, "agents", "register", folder).stdout)
        again = self.cli(server, "agents", "register", folder)
        self.assertEqual(again.returncode, 2)
        self.assertIn("already exists", again.stderr)
        self.assertEqual(self.cli(server, "agents", "register", folder, "--replace").returncode, 0)
        self.assertIn("mine", self.cli(server, "agents", "list").stdout)
        self.assertEqual(json.loads(self.cli(server, "agents", "show", "mine").stdout)["effects"], "none")
        self.assertEqual(self.cli(server, "agents", "show", "nobody").returncode, 2)

    def test_approvals(self):
        server = self.serve()
        self.create(
            server,
            {"name": "gated", "trigger": "manual", "nodes": [{"id": "g", "transform": {}, "approvalRequired": True}]},
        )
        for verb, arguments, status in (("approve", [], "SUCCESS"), ("reject", ["--reason", "no"], "FAILED")):
            run_id = server.post("/api/workflows/gated/trigger").json["id"]
            approval = json.loads(self.cli(server, "approvals", "list", "--json").stdout)[0]["id"]
            self.assertRegex(self.cli(server, "approvals", "list").stdout, rf"{approval} +gated +g ")
            self.assertEqual(self.cli(server, "approvals", verb, approval, *arguments, "--by", "ann").returncode, 0)
            server.wait_for_status(run_id, status)
            self.assertEqual(self.cli(server, "approvals", verb, approval, *arguments).returncode, 2)

    def test_cancel_and_watch(self):
        server = self.serve()
        self.create(
            server,
            {"name": "gated", "trigger": "manual", "nodes": [{"id": "g", "transform": {}, "approvalRequired": True}]},
        )
        run_id = server.post("/api/workflows/gated/trigger").json["id"]
        self.assertIn("being cancelled", self.cli(server, "runs", "cancel", run_id).stdout)
        watched = self.cli(server, "runs", "watch", run_id)
        self.assertEqual(watched.returncode, 1)
        self.assertIn("CANCELLED", watched.stdout)

    def test_no_server(self):
        reply = command("runs", "list", "--server", "http://127.0.0.1:9")
        self.assertEqual(reply.returncode, 3)
        self.assertIn("commandcenter serve", reply.stderr)

    def test_whoever_answers_otherwise_is_no_commandcenter(self):
        file = self.write("w.yaml", NOTIFY)
        verbs = [
            "agents list",
            "agents show x",
            f"agents register {self.agent('mine', 'true')}",
            "agents register --builtin",
            "workflows list",
            "workflows show x",
            f"workflows create {file}",
            f"workflows create {file} --replace",
            "workflows trigger x",
            "workflows trigger x --wait",
            "workflows graph x",
            "workflows versions x",
            "workflows diff x",
            "workflows delete x",
            "runs list",
            "runs show x",
            "runs why x",
            "runs logs x",
            "runs logs x --follow",
            "runs watch x",
            "runs cancel x",
            "runs retry x",
            "runs rerun x --from a",
            "runs rollback x",
            "approvals list",
            "approvals show x",
            "approvals approve x",
            "approvals reject x --reason no",
            "secrets list",
            "secrets set x",
            "secrets rotate x",
            "secrets grant x y",
            "secrets revoke x y",
            "secrets delete x",
            "events publish x",
            "events watch",
        ]
        strangers = [
            self.stranger("<html>Please log in</html>"),
            self.stranger("", "text/plain"),
            self.stranger('"ok"', "application/json"),
            self.stranger('{"status": "ok"}', "application/json"),
            self.stranger('{"id": 7, "runs": [7], "logs": {}, "agentRuns": null}', "application/json"),
        ]
        for stranger in strangers:
            for verb in verbs:
                for arguments in ([], ["--json"]):
                    with self.subTest(verb=verb, stranger=strangers.index(stranger), arguments=arguments):
                        reply = self.cli(stranger, *verb.split(), *arguments)
                        self.assertEqual((reply.returncode, reply.stdout), (1, ""), reply.stderr)
                        self.assertIn("is no commandcenter", reply.stderr)
                        self.assertEqual(len(reply.stderr.splitlines()), 1, reply.stderr)

    def test_smoke_and_load_fail_where_no_commandcenter_answers(self):
        for body in ("<html>Please log in</html>", '{"status": "ok"}', '{"status": "ok", "examples": [7]}'):
            stranger = self.stranger(body)
            for verb in ("smoke", "load single --seconds 1"):
                with self.subTest(verb=verb, body=body):
                    self.assertEqual(self.cli(stranger, *verb.split()).returncode, 1)

    def test_a_variable_that_nobody_set_is_no_id(self):
        for verb in ("runs show", "runs watch", "runs cancel", "approvals show", "approvals approve", "workflows show"):
            with self.subTest(verb=verb):
                reply = command(*verb.split(), "")
                self.assertEqual((reply.returncode, reply.stdout), (2, ""), reply.stderr)
                self.assertIn("must not be empty", reply.stderr)


if __name__ == "__main__":
    unittest.main()
