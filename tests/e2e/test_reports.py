"""The forms of a report, held against what those who read them ask for."""
import json
import subprocess
import unittest
import xml.etree.ElementTree

import jsonschema

from harness import ROOT, Case, by_node, command

VALUE = "kT7vq9zLxw2M"
SCHEMAS = ROOT / "tests/schemas"
PAGE = """import os
from flask import request

@app.route("/")
def page():
    name = request.args["name"]
    os.system("echo " + name)
    return "ok"
"""
SHOP = "async function f() {\n  const fs = require('fs');\n  fs.readFileSync('a');\n  debugger;\n}\n"


def sarif_schema():
    path = SCHEMAS / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
    if not path.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=SCHEMAS,
                       check=True)
    return json.loads(path.read_text())


class Reports(Case):
    @classmethod
    def setUpClass(cls):
        cls.schema = jsonschema.Draft4Validator(sarif_schema())

    def setUp(self):
        super().setUp()
        self.write("repository/src/a b#ü%.py", f"password = '{VALUE}'  # <&\"' ]]>\n")
        self.write("repository/src/page.py", PAGE)
        self.write("repository/src/shop.js", SHOP)
        self.write("repository/src/data.bin", "\0\1")

    def rendered(self, verb, form):
        reply = command(verb, self.repository, "--format", form, "--no-cache")
        self.assertEqual(reply.returncode, 1, reply.stderr)
        self.assertNotIn(VALUE, reply.stdout)
        return reply.stdout

    def check_sarif(self, text):
        log = json.loads(text)
        errors = [f"{list(error.absolute_path)}: {error.message}" for error in self.schema.iter_errors(log)]
        self.assertEqual(errors[:5], [])
        (run,) = log["runs"]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        for rule in rules:
            self.assertLessEqual(len(rule["properties"]["tags"]), 20)
            self.assertTrue(rule["shortDescription"]["text"])
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertLessEqual(len(result["locations"]), 1000)
            self.assertTrue(result["partialFingerprints"]["primaryLocationLineHash"])
            for flow in result.get("codeFlows", []):
                self.assertLessEqual(sum(len(thread["locations"]) for thread in flow["threadFlows"]), 10_000)
        return run

    def test_sarif_is_valid(self):
        run = self.check_sarif(self.rendered("scan", "sarif"))
        found = {result["ruleId"]: result for result in run["results"]}
        self.assertEqual(set(found), {"generic-password", "command/injection"})
        self.assertTrue(found["command/injection"]["codeFlows"])
        place = found["generic-password"]["locations"][0]["physicalLocation"]
        self.assertEqual(place["artifactLocation"]["uri"], "src/a%20b%23%C3%BC%25.py")
        (notice,) = run["invocations"][0]["toolExecutionNotifications"]
        self.assertIn("src/data.bin", notice["message"]["text"])
        tags = {tag for rule in run["tool"]["driver"]["rules"] for tag in rule["properties"]["tags"]}
        self.assertLessEqual({"external/cwe/cwe-798", "external/cwe/cwe-078", "security"}, tags)
        review = self.check_sarif(self.rendered("review", "sarif"))
        self.assertIn("debugger-statement", {result["ruleId"] for result in review["results"]})

    def test_sarif_stays_within_githubs_limits(self):
        self.write("repository/src/many.py", f"password = '{VALUE}'\n" * 25_010)
        run = self.check_sarif(self.rendered("scan", "sarif"))
        self.assertEqual(len(run["results"]), 25_000)
        notices = [notice["message"]["text"] for notice in run["invocations"][0]["toolExecutionNotifications"]]
        self.assertIn("12 more results were left out", notices[-1])

    def test_junit_has_the_shape_that_its_readers_ask_for(self):
        for verb, failures in (("scan", 2), ("review", None)):
            root = xml.etree.ElementTree.fromstring(self.rendered(verb, "junit"))
            self.assertEqual(root.tag, "testsuites")
            (suite,) = root
            cases = list(suite)
            self.assertLessEqual({"name", "tests", "failures", "errors", "time"}, set(suite.attrib))
            self.assertEqual(int(suite.get("tests")), len(cases))
            self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
            if failures is not None:
                self.assertEqual(int(suite.get("failures")), failures)
            for case in cases:
                self.assertEqual(case.tag, "testcase")
                self.assertLessEqual({"name", "classname"}, set(case.attrib))
                self.assertLessEqual({"message", "type"}, set(case.find("failure").attrib))
        clean = self.folder / "clean"
        clean.mkdir()
        (suite,) = xml.etree.ElementTree.fromstring(command("scan", clean, "--format", "junit").stdout)
        self.assertEqual((suite.get("failures"), len(suite)), ("0", 1))

    def test_gitlab_code_quality(self):
        for verb in ("scan", "review"):
            entries = json.loads(self.rendered(verb, "gitlab"))
            self.assertTrue(entries)
            for entry in entries:
                self.assertTrue(entry["description"] and entry["check_name"])
                self.assertIn(entry["severity"], ("info", "minor", "major", "critical", "blocker"))
                self.assertFalse(entry["location"]["path"].startswith(("/", "./")))
                self.assertGreaterEqual(entry["location"]["lines"]["begin"], 1)
            self.assertEqual(len({entry["fingerprint"] for entry in entries}), len(entries))

    def test_github_annotations(self):
        for line in self.rendered("scan", "github").splitlines():
            self.assertRegex(line, r"::(error|warning|notice) file=[^,:]+,line=\d+,endLine=\d+,col=\d+,title=.+?::.+")


class Pages(Case):
    def test_every_issue_is_on_one_page(self):  # pitfall C5
        self.write("repository/a.js", "".join(f"console.log({i});\n" for i in range(45)))
        whole = json.loads(command("review", self.repository, "--json").stdout)
        self.assertEqual(len(whole["issues"]), 45)
        self.assertNotIn("nextOffset", whole)
        offset, seen = 0, []
        while offset is not None:
            page = json.loads(command("review", self.repository, "--json", "--limit", 20, "--offset", offset).stdout)
            self.assertEqual(page["summary"]["total"], 45)
            self.assertLessEqual(len(page["issues"]), 20)
            seen += page["issues"]
            offset = page.get("nextOffset")
        self.assertEqual(seen, whole["issues"])

    def test_the_agent_pages_too(self):
        self.write("repository/a.js", "".join(f"console.log({i});\n" for i in range(5)))
        server = self.serve()
        made = self.create(server, {
            "name": "pages", "trigger": "manual", "workspace": str(self.repository),
            "nodes": [{"id": "r", "agent": "code-reviewer", "action": "review", "input": {"offset": 3, "limit": 1}}]})
        answer = by_node(server.run(made["id"]))["r"]["outputJson"]
        self.assertEqual([issue["code"] for issue in answer["issues"]], ["console.log(3);"])
        self.assertEqual((answer["offset"], answer["nextOffset"], answer["summary"]["total"]), (3, 4, 5))


if __name__ == "__main__":
    unittest.main()
