"""commandcenter scan, as scripts and people use it."""
import json
import subprocess
import unittest
import xml.etree.ElementTree

from harness import Case, command

VALUE = "kT7vq9zLxw2M"


class Scan(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/src/a.py", f"password = '{VALUE}'\n")
        self.write("repository/node_modules/x/b.js", f"const password = '{VALUE}'\n")

    def scan(self, *arguments):
        return command("scan", self.repository, *arguments)

    def test_exit_codes_tell_findings_from_failure(self):
        self.assertEqual(self.scan().returncode, 1)
        self.assertEqual(self.scan("--fail-on", "never").returncode, 0)
        self.assertEqual(self.scan("--format", "nonsense").returncode, 2)
        self.assertEqual(command("scan", self.repository / "nowhere").returncode, 2)
        clean = self.folder / "clean"
        clean.mkdir()
        self.assertEqual(command("scan", clean).returncode, 0)

    def test_json_goes_to_a_file_and_holds_no_secret(self):
        output = self.folder / "out.json"
        reply = self.scan("--format", "json", "--output", output)
        self.assertEqual((reply.returncode, reply.stdout), (1, ""), reply.stderr)
        text = output.read_text()
        self.assertNotIn(VALUE, text)
        found = json.loads(text)["findings"]
        self.assertEqual([(f["file"], f["line"], f["cwe"], f["ruleId"]) for f in found],
                         [("src/a.py", 1, "CWE-798", "generic-password")])

    def test_nothing_is_excluded_when_asked(self):
        found = json.loads(self.scan("--no-default-excludes", "--json").stdout)["findings"]
        self.assertEqual([f["file"] for f in found], ["node_modules/x/b.js", "src/a.py"])

    def test_types_narrow_what_is_looked_for(self):
        self.write("repository/src/hash.py", "import hashlib\nprint(hashlib.md5(open('a').read()).hexdigest())\n")

        def files(*arguments):
            return [f["file"] for f in json.loads(self.scan("--json", *arguments).stdout)["findings"]]

        self.assertEqual(files(), ["src/a.py", "src/hash.py"])
        self.assertEqual(files("--type", "secrets"), ["src/a.py"])
        self.assertEqual(files("--type", "weak-crypto"), ["src/hash.py"])
        self.assertEqual(files("--type", "secrets,weak-crypto"), ["src/a.py", "src/hash.py"])
        self.assertEqual(files("--type", "xss", "--type", "sql-injection"), [])
        wrong = self.scan("--type", "passwords")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn('unknown type "passwords"; expected secrets, ', wrong.stderr)

    def test_comments_for_reviews_are_not_unused(self):
        self.write("repository/src/b.js", "f(1); // commandcenter-ignore: console-log\n"
                                          "f(2); // commandcenter-ignore: generic-password\n")
        unused = json.loads(self.scan("--json", "--report-unused").stdout)["unusedSuppressions"]
        self.assertEqual([(u["file"], u["line"]) for u in unused], [("src/b.js", 2)])

    def test_sarif_names_the_weakness(self):
        run = json.loads(self.scan("--format", "sarif").stdout)["runs"][0]
        rule = run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]
        self.assertIn("external/cwe/cwe-798", rule["properties"]["tags"])
        place = run["results"][0]["locations"][0]["physicalLocation"]
        self.assertEqual((place["artifactLocation"]["uri"], place["region"]["startLine"]), ("src/a.py", 1))

    def test_each_rule_has_a_page(self):
        page = command("rules", "show", "sql/concatenation")
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertTrue(page.stdout.startswith("# SQL Injection\n"))
        for section in ("## Why", "## Found", "## Not found", "## What to do"):
            self.assertIn(section, page.stdout)
        secrets = command("rules", "show", "github-pat").stdout
        self.assertIn("# Secrets", secrets)
        self.assertNotIn("CC_WRITE_RULES", secrets)  # for developers
        self.assertIn("`commandcenter rules show tokens`", secrets)
        self.assertIn("| `github-pat` |", command("rules", "show", "tokens").stdout)
        rules = json.loads(command("rules", "list", "--json").stdout)
        self.assertIn("empty-catch", [rule["id"] for rule in rules])
        unknown = command("rules", "show", "nothing")
        self.assertNotEqual(unknown.returncode, 0)
        self.assertIn("rules list", unknown.stderr)
        run = json.loads(self.scan("--format", "sarif").stdout)["runs"][0]
        self.assertIn("## What to do", run["tool"]["driver"]["rules"][0]["help"]["markdown"])

    def test_other_formats_parse(self):
        suite = xml.etree.ElementTree.fromstring(self.scan("--format", "junit").stdout)
        self.assertEqual(len(suite.findall(".//failure")), 1)
        self.assertEqual(json.loads(self.scan("--format", "gitlab").stdout)[0]["location"]["path"], "src/a.py")
        self.assertTrue(self.scan("--format", "github").stdout.startswith("::error file=src/a.py,line=1"))
        self.assertIn("| critical | src/a.py:1 |", self.scan("--format", "markdown").stdout)

    def test_a_baseline_silences_what_is_known(self):
        baseline = self.folder / "baseline.json"
        self.assertEqual(self.scan("--write-baseline", baseline).returncode, 1)
        self.assertEqual(self.scan("--baseline", baseline).returncode, 0)
        self.write("repository/src/c.py", f"secret_key = '{VALUE}q8'\n")
        found = json.loads(self.scan("--baseline", baseline, "--json").stdout)["findings"]
        self.assertEqual([f["file"] for f in found], ["src/c.py"])
        every = json.loads(self.scan("--baseline", baseline, "--no-suppressions", "--json").stdout)["findings"]
        self.assertEqual(len(every), 2)

    def test_a_baseline_that_is_none_is_refused(self):
        nothing = self.write("nothing.json", "{}")
        for path in (self.repository / "src/a.py", nothing, self.folder):
            reply = self.scan("--baseline", path)
            self.assertEqual((reply.returncode, reply.stdout), (2, ""), path)
            self.assertIn(str(path), reply.stderr)
        self.assertIn("nothing.json is no baseline; expected our JSON, ", self.scan("--baseline", nothing).stderr)
        report = self.write("gitlab.json", self.scan("--format", "gitlab").stdout)
        self.assertEqual(self.scan("--baseline", report).returncode, 0)

    def test_fixes_are_what_the_patcher_takes(self):  # feature 36
        self.write("repository/app.py", "import requests, hashlib\n\n\ndef get(url):\n"
                   "    return requests.get(url, verify=False), hashlib.md5(url)\n")
        self.write("repository/server.js", "res.cookie('session', id, { httpOnly: false });\n")
        report = self.write("report.json", command("scan", self.repository, "--format", "json").stdout)
        arguments = ("patch", self.repository, "--operation", "apply-fixes", "--findings", report)
        before = (self.repository / "app.py").read_text()
        dry = command(*arguments)
        self.assertIn("-    return requests.get(url, verify=False), hashlib.md5(url)", dry.stdout)
        self.assertEqual((self.repository / "app.py").read_text(), before)
        self.assertEqual(command(*arguments, "--apply").returncode, 0)
        self.assertIn("verify=True), hashlib.sha256(url)", (self.repository / "app.py").read_text())
        left = json.loads(command("scan", self.repository, "--format", "json").stdout)["findings"]
        left = {finding["ruleId"] for finding in left}
        self.assertFalse(left & {"tls/no-verification", "crypto/weak-hash", "cookie/not-http-only"}, left)

    def test_staged_lines_and_history(self):
        def git(*arguments):
            subprocess.run(["git", "-C", self.repository, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
                           check=True, stdout=subprocess.DEVNULL)

        git("init", "-q")
        git("add", "src")
        git("commit", "-qm", "one")
        self.write("repository/src/a.py", "x = 1\n")
        git("add", "src")
        self.assertEqual(self.scan("--staged").returncode, 0)
        self.assertEqual(self.scan("--history").returncode, 1)
        self.write("repository/src/new.py", f"password = '{VALUE}'\n")
        self.assertEqual(self.scan("--staged").returncode, 0)
        self.assertEqual(self.scan("--since", "HEAD").returncode, 1)
        git("add", "src")
        self.assertEqual(self.scan("--staged").returncode, 1)

    def test_changes_and_history_below_what_is_named(self):
        def git(*arguments):
            subprocess.run(["git", "-C", self.repository, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
                           check=True, stdout=subprocess.DEVNULL)

        def files(place, *arguments):
            reply = command("scan", self.repository / place, "--json", *arguments)
            return [f["file"] for f in json.loads(reply.stdout)["findings"]]

        git("init", "-q")
        git("commit", "-qm", "one", "--allow-empty")
        self.write("repository/src/deep/b.py", f"x = 1\npassword = '{VALUE}'\n")
        self.write("repository/srcs/c.py", f"x = 2\npassword = '{VALUE}'\n")
        git("add", "src", "srcs")
        for modes in (("--staged",), ("--since", "HEAD"), ("--history",)):
            if modes == ("--history",):
                git("commit", "-qm", "two")
            with self.subTest(modes=modes):
                self.assertEqual(files("src", *modes), ["src/a.py", "src/deep/b.py"])
                self.assertEqual(files("src/deep/", *modes), ["src/deep/b.py"])
                self.assertEqual(files("src/a.py", *modes), ["src/a.py"])
                self.assertEqual(files("srcs", *modes), ["srcs/c.py"])
                self.assertEqual(files(".git", *modes), files(".", *modes))
                self.assertIn("srcs/c.py", files(".", *modes))
                inside = command("scan", "--json", *modes, cwd=self.repository / "srcs")
                self.assertEqual([f["file"] for f in json.loads(inside.stdout)["findings"]], ["srcs/c.py"])
                refused = command("scan", "-", *modes)
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                self.assertIn("standard input", refused.stderr)

    def test_changes_below_a_folder_are_held_against_files_beside_them(self):
        self.write("repository/web/show.js", "exports.show = (res, text) => res.send(text);\n")
        subprocess.run(["git", "-C", self.repository, "init", "-q"], check=True)
        subprocess.run(["git", "-C", self.repository, "add", "web"], check=True)
        self.write("repository/web/app.js", "const { show } = require('./show');\n"
                   "app.get('/', (req, res) => show(res, req.query.q));\n")
        subprocess.run(["git", "-C", self.repository, "add", "web"], check=True)

        def found(place):
            reply = command("scan", self.repository / place, "--json", "--type", "xss", "--staged")
            return [(f["file"], f["line"]) for f in json.loads(reply.stdout)["findings"]]

        self.assertIn(("web/app.js", 2), found("."))
        self.assertEqual(found("web"), found("."))

    def test_a_file_and_standard_input(self):
        self.assertEqual(command("scan", self.repository / "src/a.py").returncode, 1)

    def test_flaws_in_tests_are_found_where_they_are_asked_for(self):
        named = self.write("repository/e2e/a.test.js", "app.get('/', (req, res) => res.send(req.query.q));\n")

        def files(path, *arguments):
            reply = command("scan", path, "--json", "--type", "xss", *arguments)
            return [f["file"] for f in json.loads(reply.stdout)["findings"]]

        self.assertEqual(files(self.repository), [])
        self.assertEqual(files(self.repository, "--no-default-excludes"), ["e2e/a.test.js"])
        self.assertEqual(files(named), ["a.test.js"], "named itself")
        self.assertEqual(files(self.repository), [], "what was seen then is not taken for this")


if __name__ == "__main__":
    unittest.main()
