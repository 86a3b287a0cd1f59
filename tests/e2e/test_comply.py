"""commandcenter comply, and the compliance checker in a workflow: a verdict is no failure."""

import json
import unittest

from harness import Case, by_node, command

VALUE = "kT7vq9zLxw2M"

WORKFLOW = """
name: gate
nodes:
  - id: check
    agent: compliance-checker
    input: {scope: all}
  - id: tell
    agent: notifier
    dependsOn: check
    when: "!check.output.summary.passed"
    input: {channel: console, message: "{{ check.output.summary.critical }} critical"}
"""


class Comply(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/package.json", '{"name": "x", "license": "GPL-3.0-only"}\n')
        self.write("repository/app.js", f"const app = require('express')();\nconst password = '{VALUE}';\n")

    def test_a_policy_that_is_not_met_is_a_verdict(self):  # pitfall A14, features 17 and 40
        self.write("gate.yaml", WORKFLOW)
        reply = command("run", self.folder / "gate.yaml", "--data", self.data, "--json", "--repo", self.repository)
        self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)
        nodes = by_node(json.loads(reply.stdout))
        output = nodes["check"]["output"]
        self.assertEqual(nodes["check"]["status"], "SUCCESS")
        self.assertFalse(output["summary"]["passed"])
        self.assertEqual({v["rule"] for v in output["violations"]}, {"licenses", "security-headers", "secrets"})
        self.assertEqual(nodes["tell"]["input"]["message"], "2 critical")
        self.assertNotIn(VALUE, reply.stdout)

    def test_exit_codes_and_formats(self):  # feature 19
        self.assertEqual(command("comply", self.repository).returncode, 1)
        self.assertEqual(command("comply", self.repository, "--scope", "security-headers").returncode, 0)
        self.assertEqual(command("comply", self.repository, "--scope", "security-headers", "--strict").returncode, 1)
        self.assertEqual(command("comply", self.repository, "--scope", "nonsense").returncode, 2)
        self.assertEqual(command("comply", self.repository / "nowhere").returncode, 2)
        report = json.loads(command("comply", self.repository, "--json").stdout)
        self.assertEqual([h["state"] for h in report["headers"]], ["missing"] * 6)
        run = json.loads(command("comply", self.repository, "--format", "sarif").stdout)["runs"][0]
        self.assertEqual(len(run["results"]), report["summary"]["total"])

    def test_licences_of_files(self):  # feature 18
        self.write("repository/lib/a.c", "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n")
        report = json.loads(command("comply", self.repository, "--json").stdout)
        self.assertEqual(report["licenses"], [{"file": "lib/a.c", "spdx": "MIT OR Apache-2.0"}])

    def test_bills_of_materials(self):
        self.write(
            "repository/composer.lock", '{"packages": [{"name": "v/a", "version": "1.0", "license": ["MIT"]}]}\n'
        )
        spdx, cyclonedx = self.folder / "spdx.json", self.folder / "cyclonedx.json"
        command("comply", self.repository, "--spdx", spdx, "--cyclonedx", cyclonedx)
        self.assertEqual(json.loads(spdx.read_text())["packages"][1]["licenseDeclared"], "MIT")
        self.assertEqual(json.loads(cyclonedx.read_text())["components"][0]["purl"], "pkg:composer/v/a@1.0")


if __name__ == "__main__":
    unittest.main()
