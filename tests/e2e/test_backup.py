"""Backup and restore with the real executable, and what is deleted by age (feature 68)."""

import shutil
import subprocess
import unittest

from harness import COMMANDCENTER, Case, Server, command


class Backup(Case):
    def test_what_is_restored_elsewhere_goes_on_working(self):
        server = self.serve()
        self.register(server, "echo", "printf '{\"got\": %s}' \"$AGENT_INPUT\"")
        self.create(
            server,
            {
                "projectId": 1,
                "name": "flow",
                "trigger": "manual",
                "nodes": [{"id": "a", "agent": "echo", "action": "work", "input": {"n": "{{ context.n }}"}}],
            },
        )
        before = server.run("flow", {"context": {"n": 1}})
        self.assertEqual(before["status"], "SUCCESS", before)
        file = self.folder / "backup.db"
        reply = command("backup", file, "--data", self.data)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertIn("1 runs", reply.stdout)
        self.assertEqual(command("check", "--data", self.data).returncode, 0)
        server.run("flow", {"context": {"n": 2}})

        refused = command("restore", file, "--data", self.data)
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("is not empty", refused.stderr)
        refused = command("restore", file, "--data", self.data, "--force")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("is used by another commandcenter", refused.stderr)
        refused = command("backup", file, "--data", self.data)
        self.assertEqual(refused.returncode, 1)
        server.stop()
        shutil.rmtree(self.data)

        elsewhere = self.folder / "elsewhere"
        reply = command("restore", file, "--data", elsewhere)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        restored = Server(elsewhere, [self.folder])
        self.addCleanup(restored.log.close)
        self.addCleanup(restored.kill)
        runs = restored.get("/api/workflows/runs").json["runs"]
        self.assertEqual([run["id"] for run in runs], [before["id"]])
        self.assertEqual(restored.get(f"/api/runs/{before['id']}").json["agentRuns"], before["agentRuns"])
        again = restored.run("flow", {"context": {"n": 3}})  # the agent's files came along, to another folder
        self.assertEqual(again["status"], "SUCCESS", again)

    def test_a_full_disk_is_that_of_the_backup(self):
        server = self.serve()
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "transform": {"t": 1}}]})
        server.run("w")
        small = self.folder / "small"
        small.mkdir()
        line = f'mount -t tmpfs -o size=64k none {small} && exec {COMMANDCENTER} backup {small}/b.db --data {self.data}'
        reply = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line], capture_output=True, text=True
        )
        self.assertEqual(reply.returncode, 1, reply.stdout)
        self.assertIn(f"the disk of {small} is full", reply.stderr)

    def test_a_backup_of_nothing_and_a_file_that_is_none(self):
        reply = command("backup", self.folder / "b.db", "--data", self.folder / "none")
        self.assertEqual(reply.returncode, 2)
        self.assertIn("there is no database", reply.stderr)
        other = self.write("other", "not a backup")
        reply = command("restore", other, "--data", self.data)
        self.assertEqual(reply.returncode, 2)
        self.assertIn("is not a backup", reply.stderr)
        self.assertFalse(self.data.exists())


if __name__ == "__main__":
    unittest.main()
