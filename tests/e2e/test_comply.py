"""commandcenter comply, and the compliance checker in a workflow: a verdict is no failure."""

import json
import subprocess
import unittest

import jsonschema
from harness import ROOT, Case, by_node, command

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


class BillsOfMaterials(Case):
    """Held against the official schema of CycloneDX, and against what SPDX 2.3 asks of a document."""

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

    def test_cyclonedx_fits_its_schema(self):
        folder = ROOT / "tests/sbom/schemas"
        schemas = {path.name: json.loads(path.read_text()) for path in folder.glob("*.schema.json")}
        store = {"http://cyclonedx.org/schema/" + name: schema for name, schema in schemas.items()}
        schema = schemas["bom-1.5.SNAPSHOT.schema.json"]
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
        checker = jsonschema.Draft7Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker())
        document = json.loads(self.cyclonedx.read_text())
        self.assertEqual([error.message for error in checker.iter_errors(document)], [])
        self.assertEqual(len(document["components"]), 9)
        refs = [component["bom-ref"] for component in document["components"]]
        self.assertEqual(len(set(refs)), len(refs))
        self.assertLessEqual(set(document["dependencies"][0]["dependsOn"]), set(refs))
        document["components"][0]["type"] = "toy"
        self.assertNotEqual(list(checker.iter_errors(document)), [])

    def test_spdx_has_what_the_specification_asks(self):
        document = json.loads(self.spdx.read_text())
        self.assertEqual(
            {name: document[name] for name in ("spdxVersion", "dataLicense", "SPDXID")},
            {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT"},
        )
        self.assertTrue(document["name"])
        self.assertRegex(document["documentNamespace"], r"^https://[^#\s]+$")
        self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for creator in document["creationInfo"]["creators"]:
            self.assertRegex(creator, r"^(Tool: .+-.+|Organization: .+|Person: .+)$")
        allowed = {
            "document": {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo",
                         "packages", "relationships"},
            "package": {"SPDXID", "name", "versionInfo", "downloadLocation", "filesAnalyzed", "licenseConcluded",
                        "licenseDeclared", "copyrightText", "externalRefs", "primaryPackagePurpose"},
        }
        self.assertLessEqual(set(document), allowed["document"])
        ids = [package["SPDXID"] for package in document["packages"]]
        self.assertEqual(len(set(ids)), len(ids))
        for package in document["packages"]:
            self.assertLessEqual(set(package), allowed["package"])
            self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.\-]+$")
            self.assertTrue(package["name"] and package["downloadLocation"])
            self.assertIs(package["filesAnalyzed"], False)
            for reference in package.get("externalRefs", []):
                self.assertEqual((reference["referenceCategory"], reference["referenceType"]),
                                 ("PACKAGE-MANAGER", "purl"))
                self.assertRegex(reference["referenceLocator"], r"^pkg:[a-z]+/\S+$")
        for relationship in document["relationships"]:
            self.assertIn(relationship["relationshipType"], ("DESCRIBES", "DEPENDS_ON", "DEV_DEPENDENCY_OF"))
            for end in (relationship["spdxElementId"], relationship["relatedSpdxElement"]):
                self.assertIn(end, {"SPDXRef-DOCUMENT", *ids})
        declared = {package["name"]: package["licenseDeclared"] for package in document["packages"]}
        self.assertEqual(declared["@scope/a"], "MIT OR Apache-2.0")
        self.assertEqual((declared["b"], declared["d"]), ("NOASSERTION", "NOASSERTION"))


if __name__ == "__main__":
    unittest.main()
