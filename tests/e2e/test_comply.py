"""commandcenter comply, and the compliance checker in a workflow: a verdict is no failure."""

import json
import pathlib
import subprocess
import unittest

import jsonschema
import spdx_rules
from harness import COMMANDCENTER, ROOT, Case, by_node, command

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


def licenses_of_the_list():
    build = pathlib.Path(COMMANDCENTER).resolve().parents[1]
    folder = build / "src/license-data/node_modules/spdx-license-list/licenses"
    return {path.stem for path in folder.glob("*.json")}


class BillsOfMaterials(Case):
    """Held against the official schema of CycloneDX, and against our reading of the specification of SPDX 2.3."""

    def setUp(self):
        super().setUp()
        subprocess.run(["sh", ROOT / "tests/sbom/install.sh"], check=True)
        packages = {
            "": {"name": "shop", "version": "1.0.0", "license": "MIT", "dependencies": {"@scope/a": "^1.0.0"}},
            "node_modules/@scope/a": {"version": "1.2.0", "license": "(MIT OR Apache-2.0)"},
            "node_modules/b": {"version": "2.0.0-beta+1", "license": "SEE LICENSE IN x", "dev": True},
            "node_modules/c": {"version": "3.0.0", "license": "GPL-2.0 WITH Classpath-exception-2.0"},
            "node_modules/d": {"version": "4.0.0", "license": "Custom: \"quoted\" <b>"},
            "node_modules/e": {"version": "", "license": "MIT"},
        }
        lock = {"name": "shop", "lockfileVersion": 3, "packages": packages}
        self.write("repository/package.json", json.dumps(packages[""]))
        self.write("repository/package-lock.json", json.dumps(lock))
        self.write("repository/api/requirements.txt", "requests==2.31.0\nMy_Package[extra]>=1\n")
        self.write("repository/go.mod", "module m\nrequire (\n\tgithub.com/a/b/v2 v2.0.1+incompatible\n)\n")
        self.write("repository/pom.xml", "<project><dependencies><dependency><groupId>o.g</groupId><artifactId>x"
                   "</artifactId><version>1</version><scope>test</scope></dependency></dependencies></project>")
        self.write("repository/Cargo.lock", '[[package]]\nname = "serde"\nversion = "1.0.0"\n')
        self.spdx, self.cyclonedx = self.folder / "spdx.json", self.folder / "cyclonedx.json"
        reply = command("comply", self.repository, "--scope", "licenses", "--spdx", self.spdx,
                        "--cyclonedx", self.cyclonedx)
        self.assertIn(reply.returncode, (0, 1), reply.stderr)

    @staticmethod
    def problems_of_cyclonedx(document):
        folder = ROOT / "tests/sbom/schemas"
        schemas = {path.name: json.loads(path.read_text()) for path in folder.glob("*.schema.json")}
        store = {"http://cyclonedx.org/schema/" + name: schema for name, schema in schemas.items()}
        schema = schemas["bom-1.5.SNAPSHOT.schema.json"]
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
        checker = jsonschema.Draft7Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker())
        return [error.message for error in checker.iter_errors(document)]

    def test_cyclonedx_fits_its_schema(self):
        document = json.loads(self.cyclonedx.read_text())
        self.assertEqual(self.problems_of_cyclonedx(document), [])
        self.assertEqual(len(document["components"]), 9)
        refs = [component["bom-ref"] for component in document["components"]]
        self.assertEqual(len(set(refs)), len(refs))
        self.assertLessEqual(set(document["dependencies"][0]["dependsOn"]), set(refs))
        document["components"][0]["type"] = "toy"
        self.assertNotEqual(self.problems_of_cyclonedx(document), [])

    def test_spdx_keeps_to_the_rules_of_the_specification(self):
        document = json.loads(self.spdx.read_text())
        known = licenses_of_the_list()
        self.assertEqual(spdx_rules.problems(document, known), [])
        declared = {package["name"]: package["licenseDeclared"] for package in document["packages"]}
        self.assertEqual(declared["@scope/a"], "MIT OR Apache-2.0")
        self.assertEqual((declared["b"], declared["d"]), ("NOASSERTION", "NOASSERTION"))
        # What is wrong is found.
        package, relationship = document["packages"][1], document["relationships"][1]
        for holder, name, value in (
            (document, "dataLicense", "MIT"), (document, "documentNamespace", "https://a/b#c"), (document, "name", ""),
            (document, "spdxVersion", "SPDX-2.2"), (document, "toy", 1), (document, "relationships", []),
            (document["creationInfo"], "created", "2026-01-01"), (document["creationInfo"], "creators", ["me"]),
            (package, "SPDXID", "SPDXRef-a_b"), (package, "SPDXID", "SPDXRef-Root"), (package, "filesAnalyzed", True),
            (package, "licenseDeclared", "MIT OR"), (package, "licenseDeclared", "Nonsense-1.0"),
            (package, "downloadLocation", "here"), (package["externalRefs"][0], "referenceCategory", "PURL"),
            (package["externalRefs"][0], "referenceLocator", "npm:a"), (relationship, "relationshipType", "NEEDS"),
            (relationship, "relatedSpdxElement", "SPDXRef-nobody"),
        ):
            kept = holder.get(name)
            holder[name] = value
            self.assertNotEqual(spdx_rules.problems(document, known), [], f"{name}: {value}")
            holder[name] = kept
            if kept is None:
                del holder[name]
        self.assertEqual(spdx_rules.problems(document, known), [])

    def test_both_describe_this_repository(self):
        reply = command("comply", ROOT / "web", "--scope", "licenses", "--spdx", self.spdx,
                        "--cyclonedx", self.cyclonedx)
        self.assertIn(reply.returncode, (0, 1), reply.stderr)
        document = json.loads(self.spdx.read_text())
        self.assertGreater(len(document["packages"]), 100)
        self.assertEqual(spdx_rules.problems(document, licenses_of_the_list()), [])
        self.assertEqual(self.problems_of_cyclonedx(json.loads(self.cyclonedx.read_text())), [])


if __name__ == "__main__":
    unittest.main()
