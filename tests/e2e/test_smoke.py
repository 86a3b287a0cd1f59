"""`commandcenter smoke` and `commandcenter load`: they pass on a server that works and fail on one that does not."""

import json
import os
import re
import subprocess
import unittest

from harness import COMMANDCENTER, Case, Server


class Trials(Case):
    def told(self, server, *words):
        done = subprocess.run(
            [COMMANDCENTER, *words, "--server", server.url], capture_output=True, text=True, timeout=180, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def test_a_server_that_works(self):  # features 79-82, 84
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        server = Server("data", [self.folder])  # a relative data folder is one, too
        self.addCleanup(server.kill)
        code, text = self.told(server, "smoke", "--json")
        report = json.loads(text)
        self.assertEqual([check["name"] for check in report["checks"] if not check["ok"]], [], text)
        self.assertEqual(code, 0)
        self.assertEqual(len(report["checks"]), 8)
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [], "nothing is left behind")
        # What somebody has made of the examples stays.
        server.post("/api/examples/find-secrets/run", {})
        self.assertEqual(self.told(server, "smoke")[0], 0)
        self.assertEqual([w["name"] for w in server.get("/api/workflows?projectId=1").json], ["Find secrets"])

    def test_a_server_that_is_broken(self):  # feature 84: the check fails when a part does
        code, text = self.told(type("Gone", (), {"url": "http://127.0.0.1:9"})(), "smoke")
        self.assertEqual(code, 3, text)
        code, text = self.told(type("Gone", (), {"url": "http://127.0.0.1:9"})(), "load")
        self.assertEqual(code, 3, text)
        self.assertIn("cannot be reached", text)
        # Somebody replaced the scanner by one that finds nothing.
        server = self.serve()
        self.agent("security-scanner", "echo '{\"findings\": [], \"summary\": {\"total\": 0}}'\n", action="scan")
        reply = server.post(
            "/api/agents", {"folder": str(self.folder / "agents" / "security-scanner"), "replace": True}
        )
        self.assertIn(reply.status, (200, 201), reply.body)
        code, text = self.told(server, "smoke")
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"FAILED +scan")

    def test_figures_under_load(self):  # features 41-46, 49, 50
        server = self.serve()
        report = self.folder / "baseline.md"
        code, text = self.told(server, "load", "--seconds", "1", "--report", str(report), "--commit", "abc1234")
        self.assertEqual(code, 0, text)
        baseline = report.read_text()
        self.assertIn("commit abc1234", baseline)
        self.assertRegex(baseline, r"Machine: .+ threads, Linux ")
        for scenario in ("single", "concurrent", "approval", "graph"):
            figures = r" \| ([\d.]+)" * 3
            row = re.search(rf"^\| {scenario} \| \d+ \| (\d+) \| 0{figures} ", baseline, re.M)
            self.assertTrue(row, baseline)
            self.assertGreater(int(row[1]), 0)
            self.assertLessEqual(float(row[2]), float(row[4]))
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [], "it cleans up after itself")

    def test_a_load_that_measures_nothing_fails(self):
        server = self.serve()
        self.agent("notifier", "exit 1\n", action="send")
        reply = server.post("/api/agents", {"folder": str(self.folder / "agents" / "notifier"), "replace": True})
        self.assertIn(reply.status, (200, 201), reply.body)
        code, text = self.told(server, "load", "concurrent", "--seconds", "1", "--json")
        self.assertEqual(code, 1, text)
        (scenario,) = json.loads(text)["scenarios"]
        self.assertIn("nothing was measured", scenario["problems"])
        self.assertEqual(server.get("/api/workflows?projectId=1").json, [])


if __name__ == "__main__":
    unittest.main()
