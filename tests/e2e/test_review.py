"""commandcenter review and the agent code-reviewer, as scripts and people use them."""
import json
import os
import subprocess
import unittest
import xml.etree.ElementTree

from harness import Case, by_node, command

NOTE = "TO" + "DO"
SHOP = """export function pick(a, b) {
  if (a && b) { return 1; }
  for (const k of a) { if (k) { return k; } }
  return a ? 2 : 3;
}

export const twice = (n) => n * 2;
"""


class Review(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/src/shop.js", SHOP)
        self.write("repository/lib/rates.py", "def rate(n):\n    return 1 if n > 2 and n < 9 else 0\n")
        self.write("repository/node_modules/x/b.js", "function hidden() { return 1; }\n")

    def review(self, *arguments):
        return command("review", self.repository, *arguments)

    def test_functions_are_measured(self):  # features 31, 32, 35; pitfall C5
        output = self.folder / "out.json"
        reply = self.review("--format", "json", "--output", output, "--fail-on", "never")
        self.assertEqual((reply.returncode, reply.stdout), (0, ""), reply.stderr)
        review = json.loads(output.read_text())
        self.assertEqual(
            [(f["file"], f["name"], f["line"], f["cyclomatic"]) for f in review["functions"]],
            [("lib/rates.py", "rate", 1, 3), ("src/shop.js", "pick", 1, 6), ("src/shop.js", "twice", 7, 1)],
        )
        self.assertEqual(review["metrics"]["maxComplexity"], 6)
        self.assertAlmostEqual(review["metrics"]["avgComplexity"], 10 / 3)
        self.assertEqual(review["metrics"]["totalLines"], 11)  # a line end at the end begins a line
        self.assertEqual(review["summary"]["filesReviewed"], 2)

    def test_nothing_is_excluded_when_asked(self):
        review = json.loads(self.review("--no-default-excludes", "--json", "--fail-on", "never").stdout)
        self.assertIn("node_modules/x/b.js", [f["file"] for f in review["functions"]])

    def test_a_baseline_silences_what_is_known(self):
        self.write("repository/src/left.js", "debugger;\n")
        baseline = self.folder / "baseline.json"
        self.assertEqual(self.review("--write-baseline", baseline).returncode, 1)
        self.assertEqual(self.review("--baseline", baseline).returncode, 0)
        report = self.write("report.json", self.review("--format", "json").stdout)
        self.assertEqual(self.review("--baseline", report).returncode, 0)
        self.write("repository/src/more.js", "debugger;\n")
        found = json.loads(self.review("--baseline", baseline, "--json").stdout)["issues"]
        self.assertEqual([f["file"] for f in found], ["src/more.js"])

    def test_only_some_files(self):
        review = json.loads(self.review("--file-pattern", "lib/", "--json", "--fail-on", "never").stdout)
        self.assertEqual([f["name"] for f in review["functions"]], ["rate"])

    def test_mistakes_are_told(self):
        self.assertEqual(self.review("--type", "nonsense").returncode, 2)
        self.assertEqual(self.review("--format", "nonsense").returncode, 2)
        self.assertEqual(command("review", self.repository / "nowhere").returncode, 2)
        nameless = command("review", "-")
        self.assertEqual((nameless.returncode, nameless.stdout), (2, ""))
        self.assertIn("--stdin-name", nameless.stderr)
        for name in ("app.py", "notes.md"):
            self.assertEqual(command("review", "-", "--stdin-name", name).returncode, 0)

    def git(self, *arguments, date="2024-02-03T12:00:00Z"):
        subprocess.run(
            ["git", "-C", self.repository, "-c", "user.name=Ada", "-c", "user.email=a@b", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )

    def rules(self, *arguments):
        issues = json.loads(self.review("--json", *arguments).stdout)["issues"]
        return [(issue["ruleId"], issue["file"], issue["line"]) for issue in issues]

    def test_a_change_answers_for_itself_only(self):
        self.write("repository/src/old.js", "debugger;\nx();\n")
        self.git("init", "-q")
        self.git("add", "src", "lib")
        self.git("commit", "-qm", "one")
        self.write("repository/src/old.js", "debugger;\nx();\ndebugger;\n")
        self.assertEqual(self.rules("--since", "HEAD"), [("debugger-statement", "src/old.js", 3)])
        self.assertEqual(self.rules("--staged"), [])
        self.git("add", "src")
        self.assertEqual(self.rules("--staged"), [("debugger-statement", "src/old.js", 3)])
        self.assertEqual(len(self.rules()), 2)
        for place, count in (("src", 1), ("src/old.js", 1), ("lib", 0)):
            reply = command("review", self.repository / place, "--staged", "--json")
            self.assertEqual([issue["file"] for issue in json.loads(reply.stdout)["issues"]], ["src/old.js"] * count)
        self.assertEqual(command("review", "-", "--staged").returncode, 2)

    def test_the_history_tells_authors_and_hot_spots(self):
        self.git("init", "-q")
        for i in range(4):
            self.write("repository/src/shop.js", SHOP + f"// {NOTE}: {i}\n")
            self.git("add", "src")
            self.git("commit", "-qm", str(i))
        found = json.loads(self.review("--json", "--hot-spots", "--blame").stdout)["issues"]
        spot, note = found
        self.assertEqual((spot["ruleId"], spot["file"]), ("hot-spot", "src/shop.js"))
        self.assertIn("4 of the latest", spot["description"])
        self.assertEqual(note["ruleId"], "todo-comment")
        self.assertTrue(note["description"].endswith("(Ada, since 2024-02-03)"), note["description"])

    def test_what_a_finding_proposes_is_what_the_patcher_takes(self):  # feature 31
        self.write("repository/src/left.js", "start();\n  debugger;\nstop();\n")
        (issue,) = json.loads(self.review("--json").stdout)["issues"]
        self.assertEqual(issue["suggestion"], "Remove it.")
        fix = issue["fix"]
        reply = command(
            "patch",
            self.repository,
            "--operation",
            fix["operation"],
            "--file",
            fix["file"],
            "--old",
            fix["changes"]["oldValue"],
            "--new",
            fix["changes"]["newValue"],
            "--apply",
        )
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertEqual((self.repository / "src/left.js").read_text(), "start();\nstop();\n")
        self.assertEqual(self.review().returncode, 0)
        self.write("repository/src/left.js", "start();\n  debugger;\nstop();\n")
        report = self.write("report.json", self.review("--json").stdout)
        arguments = ("--operation", "apply-fixes", "--findings", report, "--apply")
        self.assertEqual(command("patch", self.repository, *arguments).returncode, 0)
        self.assertEqual((self.repository / "src/left.js").read_text(), "start();\nstop();\n")

    def test_other_formats(self):
        self.write("repository/src/left.js", "function run(text) {\n  return eval(text);\n}\n")
        run = json.loads(self.review("--format", "sarif").stdout)["runs"][0]
        rule = run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]
        self.assertIn("external/cwe/cwe-095", rule["properties"]["tags"])
        suite = xml.etree.ElementTree.fromstring(self.review("--format", "junit").stdout)
        self.assertEqual(len(suite.findall(".//failure")), 1)
        self.assertEqual(json.loads(self.review("--format", "gitlab").stdout)[0]["location"]["path"], "src/left.js")
        self.assertTrue(self.review("--format", "github").stdout.startswith("::error file=src/left.js,line=2"))
        self.assertIn("| high | src/left.js:2 |", self.review("--format", "markdown").stdout)
        self.assertIn("1 issue, max complexity 6, avg", self.review().stdout)

    def test_the_agent_reviews_in_a_workflow(self):  # features 31, 40
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "look",
                "trigger": "manual",
                "workspace": str(self.repository),
                "nodes": [{"id": "review", "agent": "code-reviewer", "action": "review", "input": {"type": "all"}}],
            },
        )
        run = server.run(made["id"])
        self.assertEqual(run["status"], "SUCCESS", run)
        output = by_node(run)["review"]["outputJson"]
        self.assertEqual([f["name"] for f in output["functions"]], ["rate", "pick", "twice"])
        self.assertEqual(output["summary"]["filesReviewed"], 2)


if __name__ == "__main__":
    unittest.main()
