"""`agents new`: every template in every language works before anybody has changed a line."""

import itertools
import json
import os
import pathlib
import subprocess
import unittest

from harness import COMMANDCENTER, DEADLINE_S, Case, by_node, command

INTERPRETERS = {"shell": "/usr/bin/sh", "python": "/usr/bin/python3", "node": "/usr/bin/node"}
PROGRAMS = {"shell": "run.sh", "python": "main.py", "node": "main.mjs"}
INPUTS = {"analysis": {}, "notification": {"message": 'All is "well"\n'}, "mutation": {"file": "links.txt"}}
LANGUAGES = [language for language, program in INTERPRETERS.items() if pathlib.Path(program).exists()]


def run_test(folder, **environment):
    return subprocess.run(
        ["sh", str(folder / "test.sh")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COMMANDCENTER": COMMANDCENTER, **environment},
    )


class Templates(Case):
    def new(self, template, language, name=None):
        folder = self.folder / (name or f"my-{template}-{language}")
        reply = command("agents", "new", folder, "--template", template, "--language", language)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        return folder

    def for_each(self, check):
        for template, language in itertools.product(INPUTS, LANGUAGES):
            with self.subTest(f"{template} in {language}"):
                check(template, language)

    def test_the_own_test_of_each_passes(self):
        def check(template, language):
            reply = run_test(self.new(template, language))
            self.assertEqual(reply.returncode, 0, reply.stdout + reply.stderr)
            self.assertEqual(reply.stdout.count("ok: "), 5, reply.stdout)

        self.for_each(check)

    def test_the_own_test_notices_a_broken_program(self):
        def check(template, language):
            folder = self.new(template, language)
            (folder / PROGRAMS[language]).write_text("")
            reply = run_test(folder)
            self.assertEqual(reply.returncode, 1, reply.stdout)
            self.assertIn("failed: ", reply.stdout)

        self.for_each(check)

    def test_each_is_registered_and_runs_in_a_workflow(self):
        server = self.serve()

        def check(template, language):
            folder = self.new(template, language)
            reply = command("agents", "register", folder, "--server", server.url)
            self.assertEqual(reply.returncode, 0, reply.stderr)
            node = {"id": "only", "agent": folder.name, "input": INPUTS[template]}
            self.create(server, {"projectId": 1, "name": f"with-{folder.name}", "trigger": "manual", "nodes": [node]})
            run = server.post(f"/api/workflows/with-{folder.name}/trigger", {"workspace": str(folder / "sample")}).json
            if template == "mutation":
                server.wait_for_status(run["id"], "WAITING_APPROVAL")
                approvals = server.get(f"/api/approvals?workflowRunId={run['id']}").json
                self.assertEqual(len(approvals), 1)
                self.assertEqual(server.post(f"/api/approvals/{approvals[0]['id']}/approve").status, 200)
            server.events(run["id"], lambda event: event["event"] == "end")
            detail = server.get(f"/api/workflows/runs/{run['id']}").json
            self.assertEqual(detail["status"], "SUCCESS", detail)
            self.check_output(template, by_node(detail)["only"]["outputJson"])

        self.for_each(check)

    def check_output(self, template, output):
        if template == "analysis":
            self.assertEqual(
                output,
                {
                    "total": 3,
                    "files": [{"file": "cart.rb", "count": 2}, {"file": "docs/notes.sql", "count": 1}],
                    "findings": [
                        {"file": "cart.rb", "line": 2},
                        {"file": "cart.rb", "line": 4},
                        {"file": "docs/notes.sql", "line": 3},
                    ],
                },
            )
        elif template == "notification":
            self.assertEqual(output, {"delivered": True, "text": '[INFO] All is "well"\n'})
        else:
            before = 'The "guide": http://example.org/guide\\latest'
            after = before.replace("http:", "https:")
            change = {"file": "links.txt", "line": 2, "before": before, "after": after}
            self.assertEqual(output, {"applied": False, "changes": [change]})

    def test_unusual_repositories(self):
        """The programs agree on file names, folders and texts that are awkward to write as JSON."""
        self.write('repository/a"b\\c.txt', "x\n# todo\n")
        self.write("repository/ä ö/n=1:2.txt", "// a tOdO, here\nmastodon # todos\nx = 1 /* todo */")
        self.write("repository/.git/config", "# todo\n")
        (self.repository / "bytes.bin").write_bytes(b"\xff# todo \x00\n")
        (self.repository / "link.txt").symlink_to("bytes.bin")
        expected = {
            "total": 4,
            "files": [
                {"file": 'a"b\\c.txt', "count": 1},
                {"file": "bytes.bin", "count": 1},
                {"file": "ä ö/n=1:2.txt", "count": 2},
            ],
            "findings": [
                {"file": 'a"b\\c.txt', "line": 2},
                {"file": "bytes.bin", "line": 1},
                {"file": "ä ö/n=1:2.txt", "line": 1},
                {"file": "ä ö/n=1:2.txt", "line": 3},
            ],
        }
        self.write("repository/tabs.txt", "a\thttp://x\x01http://y ü\r\nno\n")
        change = {"line": 1, "before": "a\thttp://x\x01http://y ü\r", "after": "a\thttps://x\x01https://y ü\r"}
        for language in LANGUAGES:
            with self.subTest(language):
                self.assertEqual(self.answer("analysis", language, "{}"), expected)
                answer = self.answer("mutation", language, '{"file": "./tabs.txt"}')
                self.assertEqual(answer["changes"], [{"file": "./tabs.txt", **change}])
                self.assertIn("UTF-8", self.answer("mutation", language, '{"file": "bytes.bin"}'))

    def answer(self, template, language, input):
        """What the agent answers over the repository; its error if it fails."""
        folder = self.folder / f"my-{template}-{language}"
        if not folder.exists():
            self.new(template, language)
        reply = command("agents", "test", folder, "--input", input, "--workspace", self.repository, "--json")
        result = json.loads(reply.stdout)
        return result["output"] if result["status"] == "SUCCESS" else result["error"]


class TheCommand(Case):
    def test_it_tells_what_was_made_and_what_to_type_next(self):
        reply = command("agents", "new", "count it", "--name", "counter", cwd=self.folder)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertEqual(
            sorted(path.name for path in (self.folder / "count it").iterdir()),
            ["README.md", "agent.yaml", "run.sh", "sample", "test.sh"],
        )
        self.assertIn("Made the agent counter in count it", reply.stdout)
        commands = reply.stdout.split("Next:\n")[1].splitlines()
        self.assertEqual(len(commands), 3)
        server = self.serve()
        for line in commands:  # typed as they stand
            typed = subprocess.run(
                line,
                shell=True,
                capture_output=True,
                text=True,
                timeout=DEADLINE_S,
                cwd=self.folder,
                env={**os.environ, "COMMANDCENTER_SERVER": server.url},
            )
            self.assertEqual(typed.returncode, 0, typed.stdout + typed.stderr)
        self.assertIn("counter", [agent["name"] for agent in server.get("/api/agents?projectId=1").json])

    def test_the_folder_may_be_the_current_one(self):
        folder = self.folder / "here"
        folder.mkdir()
        reply = command("agents", "new", ".", "--json", cwd=folder)
        self.assertEqual(json.loads(reply.stdout)["name"], "here", reply.stderr)
        self.assertIn('name: "here"', (folder / "agent.yaml").read_text())

    def test_what_it_refuses(self):
        self.write("full/mine.txt", "mine")
        self.write("file", "mine")
        cases = [
            (("full",), "full exists and is not empty"),
            (("file",), "file is not a folder"),
            (("not a name",), '"not a name" is no name for an agent'),
            (("fine", "--name", "a/b"), '"a/b" is no name for an agent'),
            (("fine", "--name", "n" * 101), "at most 100"),
            (("fine", "--template", "analisys"), "did you mean analysis?"),
            (("fine", "--language", "cobol"), "node, python, shell"),
        ]
        for arguments, part in cases:
            with self.subTest(part):
                reply = command("agents", "new", *arguments, cwd=self.folder)
                self.assertEqual(reply.returncode, 2)
                self.assertIn(part, reply.stderr)
        self.assertEqual([path.name for path in (self.folder / "full").iterdir()], ["mine.txt"])
        self.assertFalse((self.folder / "fine").exists())
        self.assertFalse((self.folder / "not a name").exists())


if __name__ == "__main__":
    unittest.main()
