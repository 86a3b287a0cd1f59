"""Agents that change files work on a copy; the engine writes what a person approved: once, whole, and back again."""

import hashlib
import os
import subprocess
import time
import unittest

from harness import Case, by_node, command

EDIT = """
set -e
printf 'one\\nTWO\\n' > a.txt
rm gone.txt
mkdir -p new/folder
printf new > new/folder/file
chmod +x run.sh
ln -s a.txt link
echo '{"touched": 5}'
"""


def tree(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            key = os.path.relpath(path, folder)
            if os.path.islink(path):
                found[key] = ("link", os.readlink(path))
            else:
                with open(path, "rb") as file:
                    found[key] = (oct(os.stat(path).st_mode & 0o111), file.read())
    return found


class Patches(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/a.txt", "one\ntwo\n")
        self.write("repository/gone.txt", "gone\n")
        self.write("repository/run.sh", "#!/bin/sh\n")
        self.write("repository/untouched.txt", "untouched\n")
        self.before = tree(self.repository)

    def start(self, server, script=EDIT, name="edit", manifest=""):
        self.register(server, name, script, effects="workspace", manifest=manifest)
        made = self.create(
            server,
            {
                "name": f"use-{name}",
                "trigger": "manual",
                "workspace": str(self.repository),
                "nodes": [
                    {"id": "fix", "agent": name, "input": {}},
                    {"id": "after", "transform": {"n": "{{ fix.output.touched ?? 0 }}"}, "dependsOn": ["fix"]},
                ],
            },
        )
        return server.post(f"/api/workflows/{made['id']}/trigger").json["id"]

    def approval(self, server, run_id):
        server.wait_for_status(run_id, "WAITING_APPROVAL")
        (approval,) = server.get(f"/api/approvals?workflowRunId={run_id}").json
        return approval

    def test_approved_changes_are_written_and_taken_back(self):  # pitfall A3, features 27, 28, 29, 81
        server = self.serve()
        run_id = self.start(server)
        approval = self.approval(server, run_id)
        self.assertEqual(tree(self.repository), self.before)
        preview = approval["preview"]
        self.assertEqual((preview["files"], preview["added"], preview["removed"]), (5, 3, 2))
        copy = self.folder / "copy"
        subprocess.run(["cp", "-a", self.repository, copy], check=True)
        subprocess.run(["git", "apply", "--check", "-"], cwd=copy, input=preview["patch"].encode(), check=True)
        subprocess.run(["git", "apply", "-"], cwd=copy, input=preview["patch"].encode(), check=True)

        self.assertError(server.post(f"/api/runs/{run_id}/rollback"), 409, "has not ended")
        self.assertEqual(server.post(f"/api/approvals/{approval['id']}/approve").status, 200)
        server.wait_for_status(run_id, "SUCCESS")
        self.assertEqual(tree(self.repository), tree(copy))
        run = server.get(f"/api/workflows/runs/{run_id}").json
        self.assertEqual(by_node(run)["after"]["outputJson"], {"n": 5})
        self.assertEqual(by_node(run)["fix"]["sandbox"]["patch"], {"files": 5, "added": 3, "removed": 2})

        self.assertEqual(command("runs", "rollback", run_id, "--server", server.url).returncode, 0)
        self.assertEqual(tree(self.repository), self.before)
        self.assertError(server.post(f"/api/runs/{run_id}/rollback"), 409, "taken back before")
        for alias in ("/api/workflows/runs", "/api/workflows/use-edit/runs"):
            self.assertError(server.post(f"{alias}/{run_id}/rollback"), 409, "taken back before")
        self.assertError(server.post("/api/runs/nothing/rollback"), 404)
        self.assertError(server.post(f"/api/runs/{run_id}/rollback", body="{"), 400)

    def test_a_large_patch_is_a_file_of_its_own(self):  # pitfall A3
        server = self.serve()
        run_id = self.start(server, """
head -c 6000000 /dev/urandom >noise; yes 'a line' | head -c 3000000 >long.txt
rm gone.txt; echo '{"touched": 3}'
""")
        preview = self.approval(server, run_id)["preview"]
        self.assertEqual(preview["files"], 3)
        self.assertTrue(preview["patch"].endswith("\n"))
        self.assertLessEqual(len(preview["patch"]), 256 << 10)
        whole = server.request("GET", "/api/artifacts/" + preview["artifact"]["hash"]).body.encode()
        self.assertGreater(len(whole), 8 << 20)
        self.assertEqual(len(whole), preview["artifact"]["sizeBytes"])
        self.assertEqual(hashlib.sha256(whole).hexdigest(), preview["artifact"]["hash"])
        self.assertTrue(whole.startswith(preview["patch"].encode()))
        copy = self.folder / "copy"
        subprocess.run(["cp", "-a", self.repository, copy], check=True)
        subprocess.run(["git", "apply", "-"], cwd=copy, input=whole, check=True)
        shown = command("approvals", "show", self.approval(server, run_id)["id"], "--server", server.url)
        self.assertIn("/api/artifacts/" + preview["artifact"]["hash"], shown.stdout)

        server.kill()  # the journal has it elsewhere, too
        server = self.serve()
        approval = self.approval(server, run_id)
        self.assertEqual(approval["preview"], preview)
        self.assertEqual(server.post(f"/api/approvals/{approval['id']}/approve").status, 200)
        server.wait_for_status(run_id, "SUCCESS")
        self.assertEqual(tree(self.repository), tree(copy))
        names = {row["name"] for row in server.get(f"/api/workflows/runs/{run_id}/artifacts").json["artifacts"]}
        self.assertEqual(names, {"changes.patch", "rollback.patch"})
        self.assertLess(os.path.getsize(self.data / "commandcenter.db"), 4 << 20)
        server.kill()
        server = self.serve()
        self.assertEqual(server.post(f"/api/runs/{run_id}/rollback").status, 200)
        self.assertEqual(tree(self.repository), self.before)

    def test_rejected_and_withdrawn_changes_are_not_written(self):
        server = self.serve()
        run_id = self.start(server)
        approval = self.approval(server, run_id)
        server.post(f"/api/approvals/{approval['id']}/reject", {"comment": "no"})
        server.wait_for_status(run_id, "FAILED")
        self.assertError(server.post(f"/api/runs/{run_id}/rollback"), 409, "changed no files")
        run_id = self.start(server, name="again")
        self.approval(server, run_id)
        server.post(f"/api/workflows/runs/{run_id}/cancel")
        server.wait_for_status(run_id, "CANCELLED")
        self.assertEqual(tree(self.repository), self.before)

    def test_a_workspace_that_changed_since_is_left_alone(self):
        server = self.serve()
        run_id = self.start(server)
        approval = self.approval(server, run_id)
        self.write("repository/a.txt", "mine\n")
        changed = tree(self.repository)
        server.post(f"/api/approvals/{approval['id']}/approve")
        server.wait_for_status(run_id, "FAILED")
        run = server.get(f"/api/workflows/runs/{run_id}").json
        self.assertIn("a.txt has changed since the patch was made", run["error"])
        self.assertEqual(tree(self.repository), changed)

    def test_a_rollback_over_later_work_is_refused(self):
        server = self.serve()
        run_id = self.start(server)
        server.post(f"/api/approvals/{self.approval(server, run_id)['id']}/approve")
        server.wait_for_status(run_id, "SUCCESS")
        self.write("repository/new/folder/file", "worked on")
        changed = tree(self.repository)
        self.assertError(server.post(f"/api/runs/{run_id}/rollback"), 409, "new/folder/file has changed")
        self.assertEqual(tree(self.repository), changed)
        self.write("repository/new/folder/file", "new")
        self.assertEqual(server.post(f"/api/runs/{run_id}/rollback").status, 200)
        self.assertEqual(tree(self.repository), self.before)

    def test_who_changes_nothing_asks_nobody_unless_it_is_a_risk(self):  # pitfall A7
        server = self.serve()
        run_id = self.start(server, 'cat a.txt > a.copy; rm a.copy; echo "{}"\n', name="idle")
        server.wait_for_status(run_id, "SUCCESS")
        run_id = self.start(server, 'echo "{}"\n', name="risk", manifest="riskLevel: APPROVAL_REQUIRED\n")
        approval = self.approval(server, run_id)
        self.assertEqual(approval["preview"]["patch"], "")
        server.post(f"/api/approvals/{approval['id']}/approve")
        server.wait_for_status(run_id, "SUCCESS")
        self.assertEqual(tree(self.repository), self.before)

    def test_what_a_patch_cannot_hold_fails_the_node(self):
        server = self.serve()
        run_id = self.start(server, 'mkfifo pipe; echo "{}"\n')
        server.wait_for_status(run_id, "FAILED")
        self.assertIn("pipe, which is neither a file nor a link", server.get(f"/api/runs/{run_id}").json["error"])
        run_id = self.start(server, 'mkdir .git; echo x > .git/hook; ln -s / root; echo "{}"\n', name="sly")
        patch = self.approval(server, run_id)["preview"]["patch"]
        self.assertNotIn("hook", patch)
        self.assertIn("new file mode 120000", patch)

    def test_without_isolation_it_is_a_copy_as_well(self):
        server = self.serve("--unsafe-no-sandbox")
        folder = self.agent("bare", "#!/bin/sh\n" + EDIT, effects="workspace")
        manifest = folder / "agent.yaml"
        manifest.write_text(manifest.read_text().replace("[sh, ./run.sh]", "[./run.sh, --]"))
        self.assertEqual(server.post("/api/agents", {"folder": str(folder)}).status, 201)
        node = {"id": "fix", "agent": "bare", "input": {}}
        made = self.create(
            server, {"name": "bare", "trigger": "manual", "workspace": str(self.repository), "nodes": [node]}
        )
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        approval = self.approval(server, run_id)
        self.assertEqual(tree(self.repository), self.before)
        server.post(f"/api/approvals/{approval['id']}/approve")
        server.wait_for_status(run_id, "SUCCESS")
        self.assertEqual(self.cli_rollback(server, run_id).returncode, 0)
        self.assertEqual(tree(self.repository), self.before)

    def test_the_patcher_waits_and_then_changes_the_file(self):  # pitfalls A7, C6, features 22, 81, 96
        self.write("repository/package.json", '{\n\t"dependencies": {"left-pad": "^1.0.0"}\n}')
        before = tree(self.repository)
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "update",
                "trigger": "manual",
                "workspace": str(self.repository),
                "nodes": [
                    {
                        "id": "patch",
                        "agent": "patcher",
                        "approvalRequired": False,
                        "input": {
                            "target": "/workspace",
                            "operation": "update-deps",
                            "file": "left-pad",
                            "changes": {"version": "^1.3.0"},
                            "dryRun": "{{ context.dryRun }}",
                        },
                    }
                ],
            },
        )
        for dry_run in (True, False):
            run_id = server.post(f"/api/workflows/{made['id']}/trigger", {"context": {"dryRun": dry_run}}).json["id"]
            approval = self.approval(server, run_id)
            self.assertEqual(approval["riskLevel"], "APPROVAL_REQUIRED")
            self.assertEqual(tree(self.repository), before)
            self.assertEqual(approval["preview"]["files"], 0 if dry_run else 1)
            server.post(f"/api/approvals/{approval['id']}/approve")
            server.wait_for_status(run_id, "SUCCESS")
            output = by_node(server.get(f"/api/workflows/runs/{run_id}").json)["patch"]["outputJson"]
            self.assertEqual(output["applied"], not dry_run)
        with open(self.repository / "package.json") as file:
            self.assertEqual(file.read(), '{\n\t"dependencies": {"left-pad": "^1.3.0"}\n}')
        self.assertEqual(output["patch"], approval["preview"]["patch"])

    def test_tests_have_their_say_before_a_person_is_asked(self):  # feature 22
        self.write("repository/lib.py", "def load():\n    return 1\n")
        self.write("repository/check.py", "import lib\nassert lib.fetch() == 1\n")
        before = tree(self.repository)
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "rename",
                "trigger": "manual",
                "workspace": str(self.repository),
                "nodes": [
                    {
                        "id": "patch",
                        "agent": "patcher",
                        "input": {
                            "operation": "simple-refactor",
                            "changes": {"oldValue": "load", "newValue": "{{ context.name }}"},
                            "check": {"command": "python3 check.py", "timeoutSeconds": 60},
                            "dryRun": False,
                        },
                    }
                ],
            },
        )
        run = server.run(made["id"], {"context": {"name": "wrong"}})
        self.assertEqual(run["status"], "FAILED")
        self.assertIn("the check failed on the patched copy with exit code 1", by_node(run)["patch"]["error"])
        self.assertEqual(server.get(f"/api/approvals?workflowRunId={run['id']}").json, [])
        run_id = server.post(f"/api/workflows/{made['id']}/trigger", {"context": {"name": "fetch"}}).json["id"]
        approval = self.approval(server, run_id)
        self.assertEqual(approval["preview"]["files"], 1, approval["preview"]["patch"])
        self.assertEqual(tree(self.repository), before)
        server.post(f"/api/approvals/{approval['id']}/approve")
        server.wait_for_status(run_id, "SUCCESS")
        output = by_node(server.get(f"/api/workflows/runs/{run_id}").json)["patch"]["outputJson"]
        self.assertEqual((output["check"]["exitCode"], output["parsedFiles"]), (0, 1))
        self.assertEqual((self.repository / "lib.py").read_text(), "def fetch():\n    return 1\n")
        self.write("undo.sh", output["rollbackScript"])
        subprocess.run(["sh", self.folder / "undo.sh"], cwd=self.repository, check=True, capture_output=True)
        self.assertEqual(tree(self.repository), before)

    def test_patch_as_a_command(self):
        self.write("repository/requirements.txt", "flask==1.0  # web\n")
        arguments = ("patch", self.repository, "--file", "flask", "--version", "2.3.1")
        shown = command(*arguments)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        subprocess.run(["git", "apply", "--check", "-"], cwd=self.repository, input=shown.stdout.encode(), check=True)
        with open(self.repository / "requirements.txt") as file:
            self.assertEqual(file.read(), "flask==1.0  # web\n")
        self.assertEqual(command(*arguments, "--apply").returncode, 0)
        with open(self.repository / "requirements.txt") as file:
            self.assertEqual(file.read(), "flask==2.3.1  # web\n")
        (self.repository / "app.yaml").write_text("python: 3.9\nport: 80\n")
        reply = command("patch", self.repository, "--operation", "config-update", "--file", "app.yaml", "--apply",
                        "--set", "python=3.10", "--set", "port=8080")
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertEqual((self.repository / "app.yaml").read_text(), 'python: "3.10"\nport: 8080\n')
        no_report = command("patch", self.repository, "--operation", "apply-fixes",
                            "--findings", self.write("notes.txt", "hello\n"))
        self.assertEqual(no_report.returncode, 2, no_report.stdout)
        self.assertIn("holds no findings", no_report.stderr)
        wrong = command("patch", self.repository, "--file", "django", "--version", "5")
        self.assertEqual(wrong.returncode, 2, wrong.stdout)
        self.assertIn('Patch failed: Dependency "django" not found in requirements.txt', wrong.stderr)

    def cli_rollback(self, server, run_id):
        return command("runs", "rollback", run_id, "--server", server.url)

    def test_kill_9_at_any_time_leaves_all_or_nothing(self):  # pitfall A6
        script = "for i in $(seq 200); do echo $i > file-$i; done; echo changed > a.txt; echo '{}'\n"
        for delay_ms in (0, 2, 5, 10, 20, 40):
            subprocess.run(["rm", "-rf", self.data, self.folder / "agents"], check=True)
            for name in os.listdir(self.repository):
                if name.startswith("file-"):
                    os.unlink(self.repository / name)
            self.write("repository/a.txt", "one\ntwo\n")
            server = self.serve()
            run_id = self.start(server, script)
            approval = self.approval(server, run_id)
            server.post(f"/api/approvals/{approval['id']}/approve")
            time.sleep(delay_ms / 1000)  # the moment of the crash, not a wait for anything
            server.kill()
            server = self.serve()
            server.wait_for_status(run_id, "SUCCESS")
            after = tree(self.repository)
            self.assertEqual(len(after), len(self.before) + 200)
            self.assertEqual(after["a.txt"][1], b"changed\n")
            self.assertEqual(server.post(f"/api/runs/{run_id}/rollback").status, 200)
            self.assertEqual(tree(self.repository), self.before)
            server.kill()


if __name__ == "__main__":
    unittest.main()
