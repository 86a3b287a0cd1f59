"""commandcenter diagram and audit, and their agents in a real workflow."""
import json
import os
import pathlib
import re
import subprocess
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

    def test_links_lead_from_a_folder_that_is_not_there_yet(self):
        reply = command("audit", self.repository, "--data", self.folder / "data", cwd=self.folder)
        self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)
        pictures = self.folder / "audit/diagrams"
        self.assertEqual(command("diagram", self.repository, "--output", "picture.mmd", cwd=self.folder).returncode, 0)
        for picture in (pictures / "architecture.mmd", self.folder / "picture.mmd"):
            links = re.findall(r'click \S+ href "([^"#]+)', picture.read_text())
            self.assertTrue(links)
            for link in links:
                self.assertTrue((picture.parent / link).exists(), f"{picture}: {link}")

    def test_an_audit_does_not_write_into_what_it_reads(self):
        for output in ("audit", "a/b", self.repository / "c"):
            reply = command("audit", ".", "--output", output, "--data", self.folder / "data", cwd=self.repository)
            self.assertEqual(reply.returncode, 2, reply.stderr + reply.stdout)
            self.assertIn(f"{output} lies in the repository", reply.stderr)
            self.assertFalse((self.repository / output).exists())
        self.assertEqual(command("audit", self.repository, "--output", "").returncode, 2)

    def git(self, *arguments, date="2021-03-04T05:06:07Z"):
        dated = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", "-C", self.repository, *who, *arguments], check=True, capture_output=True, env=dated)

    def test_a_difference_is_drawn_and_only_new_breaches_are_findings(self):
        self.git("init", "-qb", "main")
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.write("repository/src/mail/send.js", "import '../ui/page.js'\n")
        self.write("repository/src/ui/page.js", "import '../store/db.js'\nimport '../mail/send.js'\n")
        model = json.loads(self.draw("--diff", "main", "--format", "json").stdout)
        difference = model["difference"]
        self.assertEqual([module["path"] for module in difference["modules"]["added"]], ["src/mail"])
        self.assertEqual([(e["from"], e["to"]) for e in difference["edges"]["added"]],
                         [("src/mail/send.js", "src/ui/page.js"), ("src/ui/page.js", "src/mail/send.js")])
        self.assertEqual(len(difference["cycles"]["added"]), 1)
        self.assertIn("added", [node.get("change") for node in model["views"][0]["nodes"]])
        self.assertIn("([\"+ mail", self.draw("--diff", "main").stdout)
        self.write("rules.yaml", "rules:\n  - {name: ui, from: src/ui, to: '**'}\n")
        check = self.draw("--diff", "main", "--rules", self.folder / "rules.yaml", "--check", "json")
        self.assertEqual([finding["line"] for finding in json.loads(check.stdout)["findings"]], [2])
        self.assertEqual(self.draw("--diff", "main..nowhere").returncode, 2)
        server = self.serve()
        self.create(server, {"name": "compare", "trigger": "manual", "nodes": [
            {"id": "draw", "agentName": "architecture-diagrammer", "action": "diagram", "input": {"diff": "HEAD"}}]})
        run = server.run("compare", {"workspace": str(self.repository)})
        output = run["agentRuns"][0]["outputJson"]
        self.assertEqual(output["difference"]["modules"], difference["modules"])

    def test_a_worktree_has_a_history_too(self):
        """Feature 9: a worktree has a file named .git; the history is in the repository that it belongs to."""
        self.write("repository/package.json", json.dumps({"name": "shop", "dependencies": {"pg": "8.0.0"}}, indent=1))
        self.git("init", "-qb", "main")
        self.git("add", ".")
        self.git("commit", "-qm", "old", date="2021-03-04T05:06:07Z")
        self.write("repository/src/new.js", "")
        self.git("add", ".")
        self.git("commit", "-qm", "new", date="2024-03-04T05:06:07Z")
        self.git("worktree", "add", self.folder / "tree")
        pages = self.folder / "pages"
        for written in (True, False):
            reply = command("audit", self.folder / "tree", "--output", pages, "--data", self.folder / "data", "--json")
            self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)
            self.assertEqual(json.loads(reply.stdout)["written"] > 0, written)
        self.assertIn("| 2021-03-04 | `package.json:", (pages / "CODE_HEALTH_REPORT.md").read_text())
        self.assertEqual(json.loads((pages / "data/health.json").read_text())["counts"]["oldDependencies"], 1)

    def test_the_pages_of_an_audit_say_what_the_agents_said(self):
        """Feature 1: numbers are those of the JSON, files and symbols are there; licences, headers, secrets, age."""
        self.write("repository/LICENSE", "Permission to use, copy, modify, and/or distribute this software for any "
                   "purpose with or without fee is hereby granted.\n")
        self.write("repository/package.json", json.dumps({"name": "shop", "license": "GPL-3.0-only",
                                                          "dependencies": {"pg": "8.0.0"}}, indent=1))
        self.write("repository/src/keys.js", "const password = 'kT7vq9zLxw2M'\n")
        self.write("repository/src/long.py", "def busy(x):\n" + "".join(f"    if x == {i}:\n        x += 1\n"
                                                                        for i in range(20)))
        self.git("init", "-qb", "main")
        self.git("add", ".")
        self.git("commit", "-qm", "old", date="2021-03-04T05:06:07Z")
        self.write("repository/src/new.js", "import './long.py'\n")
        self.git("add", ".")
        self.git("commit", "-qm", "new", date="2024-03-04T05:06:07Z")
        reply = self.audit("--json")
        self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)
        folder = self.folder / "pages"
        data = {name: json.loads((folder / f"data/{name}.json").read_text())
                for name in ("architecture", "structure", "integration", "health")}
        health = (folder / "CODE_HEALTH_REPORT.md").read_text()
        counts = data["health"]["counts"]
        self.assertEqual((counts["secrets"], counts["oldDependencies"], counts["complexFunctions"]), (1, 1, 1))
        for metric in data["health"]["metrics"]:
            number = int(metric["value"]) if metric["value"] == int(metric["value"]) else metric["value"]
            self.assertRegex(health, rf"\| {metric['name']} \| {number} \|")
        self.assertIn("| `pg` | `8.0.0` | unknown | 2021-03-04 | `package.json:", health)
        self.assertIn("Non-compliant license: GPL-3.0-only", health)
        self.assertIn("| Content-Security-Policy | missing | `src/server/app.js:", health)
        self.assertNotIn("kT7vq9zLxw2M", "".join(path.read_text() for path in folder.rglob("*") if path.is_file()))
        summary = data["structure"]["summary"]
        self.assertIn(f"{summary['files']} files, {summary['codeFiles']} of them code with {summary['lines']} lines",
                      (folder / "CODEBASE_AUDIT.md").read_text())
        # Every place that a page names is there, and so is the symbol beside it.
        places = 0
        for page in ("ARCHITECTURE.md", "CODEBASE_AUDIT.md", "CODE_HEALTH_REPORT.md", "INTEGRATION.md"):
            for row in (folder / page).read_text().splitlines():
                for name, line in re.findall(r"`([\w./-]+\.(?:js|json|xml|py)|LICENSE)(?::(\d+))?`", row):
                    lines = (pathlib.Path(self.repository) / name).read_text().splitlines()
                    self.assertLessEqual(int(line or 1), len(lines), f"{page}: {row}")
                    places += 1
        self.assertGreater(places, 10)
        (function,) = data["health"]["complexFunctions"]
        lines = (pathlib.Path(self.repository) / function["file"]).read_text().splitlines()
        self.assertIn(function["name"], lines[function["line"] - 1])
        for variable in data["integration"]["credentials"]:
            lines = (pathlib.Path(self.repository) / variable["file"]).read_text().splitlines()
            self.assertIn(variable["name"], lines[variable["line"] - 1])
        self.assertEqual(json.loads(self.audit("--json").stdout)["written"], 0)

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
