"""The shipped examples run to the result that the guide states. Feature 67, pitfall E5."""

import json
import unittest

from harness import ROOT, Case, by_node, command


class Examples(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/settings.py", "DB_PASSWORD = 'kT7vq9zLxw2M'\n")
        self.write("repository/db.js", "db.query('SELECT * FROM t WHERE id=' + id)\n")

    def run_example(self, name, *arguments):
        reply = command(
            "run", ROOT / f"examples/{name}.yaml", "--data", self.data, "--json", "--repo", self.repository, *arguments
        )
        self.assertEqual(reply.returncode, 0, reply.stderr + reply.stdout)
        return json.loads(reply.stdout)

    def test_simple_scan(self):  # feature 79
        run = self.run_example("simple-scan")
        findings = by_node(run)["scan"]["output"]["findings"]
        self.assertEqual({finding["file"] for finding in findings}, {"settings.py", "db.js"})
        self.assertNotIn("kT7vq9zLxw2M", json.dumps(run))

    def test_scan_and_notify(self):  # feature 80
        nodes = by_node(self.run_example("scan-and-notify"))
        self.assertEqual(nodes["summary"]["output"]["total"], 2)
        self.assertTrue(nodes["notify"]["input"]["message"].startswith("2 findings (1 critical, 1 high"))

    def test_parallel_analysis(self):
        nodes = by_node(self.run_example("parallel-analysis"))
        report = nodes["report"]["output"]
        self.assertEqual(report, {"secrets": 1, "injection": 1, "scripting": 0, "total": 2})
        self.assertEqual(nodes["tell"]["input"]["message"], "2 findings: 1 secrets, 1 injections, 0 scripts")
        for file in ("settings.py", "db.js"):
            (self.repository / file).unlink()
        self.assertEqual(by_node(self.run_example("parallel-analysis"))["tell"]["status"], "SKIPPED")

    def test_approval_workflow(self):  # feature 81
        server = self.serve()
        definition = (ROOT / "examples/approval-workflow.yaml").read_text()
        reply = server.request("POST", "/api/workflows", definition, {"Content-Type": "application/yaml"})
        self.assertEqual(reply.status, 201, reply.body)
        for decision, status, announced in (("approve", "SUCCESS", True), ("reject", "FAILED", False)):
            body = {"context": {"release": "1.4.0"}}
            run_id = server.post("/api/workflows/approval-workflow/trigger", body).json["id"]
            server.wait_for_status(run_id, "WAITING_APPROVAL")
            approval = server.get(f"/api/approvals?status=PENDING&workflowRunId={run_id}").json[0]
            self.assertEqual(approval["input"]["message"], "Release 1.4.0 is out")
            server.post(f"/api/approvals/{approval['id']}/{decision}", {"comment": "so be it"})
            server.wait_for_status(run_id, status)
            run = server.get(f"/api/workflows/runs/{run_id}").json
            self.assertEqual(by_node(run)["record"]["outputJson"]["announced"], announced)


if __name__ == "__main__":
    unittest.main()
