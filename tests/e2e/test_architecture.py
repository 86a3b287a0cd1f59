"""commandcenter diagram and audit, and their agents in a real workflow."""
import json
import pathlib
import re
import unittest

from harness import Case, command


class Architecture(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/package.json", '{"name": "shop"}')
        self.write("repository/src/server/app.js",
                   "import express from 'express'\nimport '../store/db.js'\nconst app = express()\n"
                   "app.get('/orders', list)\nfetch('https://api.example.com/rates')\n")
        self.write("repository/src/store/db.js", "import pg from 'pg'\nconst url = process.env.DATABASE_URL\n")
        self.write("repository/src/ui/page.js", "import '../store/db.js'\n")
        self.write("repository/old/export.xml", '<file path="a.py">\nimport os\n</file>\n<file path="b.py">\nimport')

    def draw(self, *arguments):
        return command("diagram", self.repository, *arguments)

    def test_formats(self):
        model = json.loads(self.draw("--format", "json").stdout)
        self.assertEqual([(edge["from"], edge["to"], edge["line"]) for edge in model["edges"]],
                         [("src/server/app.js", "src/store/db.js", 2), ("src/ui/page.js", "src/store/db.js", 1)])
        self.assertEqual([route["name"] for route in model["routes"]], ["/orders"])
        self.assertTrue(self.draw().stdout.split("\n")[1].startswith("flowchart"))
        self.assertTrue(self.draw("--format", "dot").stdout.startswith("digraph"))
        self.assertTrue(self.draw("--format", "svg").stdout.startswith("<svg"))
        self.assertTrue(self.draw("--format", "html").stdout.startswith("<!doctype html>"))
        self.assertEqual(self.draw("--format", "poem").returncode, 2)
        self.assertEqual(self.draw("--format", "json", "--threads", "1").stdout,
                         self.draw("--format", "json", "--threads", "7").stdout)

    def test_rules_are_findings(self):
        self.write("rules.yaml", "rules:\n  - name: ui-not-store\n    from: src/ui\n    to: src/store\n")
        reply = self.draw("--rules", self.folder / "rules.yaml", "--check", "json")
        self.assertEqual(reply.returncode, 1, reply.stderr)
        self.assertEqual([(f["file"], f["ruleId"]) for f in json.loads(reply.stdout)["findings"]],
                         [("src/ui/page.js", "architecture/ui-not-store")])

    def audit(self, *arguments):
        return command("audit", self.repository, "--output", self.folder / "pages", "--data", self.folder / "data",
                       *arguments)

    def test_audit_names_only_what_exists_and_is_idempotent(self):
        """Features 1 and 7: every file exists, running again changes nothing."""
        first = self.audit("--json")
        self.assertEqual(first.returncode, 0, first.stderr + first.stdout)
        report = json.loads(first.stdout)
        self.assertEqual(set(report["branches"].values()), {"SUCCESS"})
        pages = {"ARCHITECTURE.md", "CODEBASE_AUDIT.md", "CODE_HEALTH_REPORT.md", "INTEGRATION.md",
                 "LEGACY_ANALYSIS.md", "diagrams/architecture.mmd", "diagrams/architecture.svg"}
        self.assertLessEqual(pages, set(report["pages"]))
        self.assertEqual(report["written"], len(report["pages"]))
        folder = self.folder / "pages"
        for page in ("ARCHITECTURE.md", "CODEBASE_AUDIT.md", "CODE_HEALTH_REPORT.md", "INTEGRATION.md"):
            for name in re.findall(r"`([\w./-]+\.(?:js|json|xml))(?::\d+)?`", (folder / page).read_text()):
                self.assertTrue((pathlib.Path(self.repository) / name).exists(), f"{page}: {name}")
        self.assertIn("DATABASE_URL", (folder / "INTEGRATION.md").read_text())
        self.assertIn("the end is missing", (folder / "LEGACY_ANALYSIS.md").read_text())
        again = json.loads(self.audit("--json").stdout)
        self.assertEqual(again["written"], 0)

    def test_a_branch_that_deletes_everything_harms_nobody(self):
        """Feature 4: the others and the host stay as they are."""
        before = {p: p.read_bytes() for p in pathlib.Path(self.repository).rglob("*") if p.is_file()}
        server = self.serve()
        self.register(server, "vandal", "rm -rf /workspace/* /agent/* /* 2>/dev/null\nprintf '{}'\n")
        nodes = [{"id": "vandal", "agentName": "vandal", "action": "work", "input": {}},
                 {"id": "diagrams", "agentName": "architecture-diagrammer", "action": "diagram", "input": {}}]
        nodes += [{"id": action, "agentName": "repository-auditor", "action": action, "input": {}}
                  for action in ("structure", "integration", "health")]
        self.create(server, {"name": "torn", "trigger": "manual", "nodes": nodes})
        run = server.run("torn", {"workspace": str(self.repository)})
        states = {node["nodeId"]: node["status"] for node in run["agentRuns"]}
        for branch in ("diagrams", "structure", "integration", "health"):
            self.assertEqual(states[branch], "SUCCESS", run)
        self.assertEqual({p: p.read_bytes() for p in pathlib.Path(self.repository).rglob("*") if p.is_file()}, before)

    def test_credentials_are_told_without_their_value(self):
        """Feature 2."""
        self.write("env", "GITHUB_TOKEN=nonsense\nexport SMTP_PASSWORD='quiet-please'\n")
        reply = command("doctor", "--credentials", "--env-file", self.folder / "env", "--json")
        states = {entry["name"]: entry["state"] for entry in json.loads(reply.stdout)["credentials"]}
        self.assertEqual((reply.returncode, states["GITHUB_TOKEN"], states["SMTP_PASSWORD"]), (1, "invalid", "present"))
        self.assertNotIn("nonsense", reply.stdout)
        self.assertNotIn("quiet", reply.stdout)


if __name__ == "__main__":
    unittest.main()
