"""The plug is pulled at named moments of a large patch (pitfalls A3, A6, B14): while it is noted down, between the
files that are swapped, before the acknowledgement; when it is made, written and taken back. See plug.c for how."""

import contextlib
import hashlib
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from harness import DEADLINE_S, ROOT, Case, wait_until

PLUG = os.environ.get("CC_PLUG", str(ROOT / "build/release/tests/libcc_plug.so"))
SCRIPT = """
head -c 5000000 /dev/urandom >noise; yes 'a line' | head -c 1000000 >>text; rm old; mkdir -p deep/er
echo new >deep/er/file; ln -s text link; chmod +x tool; echo '{}'
"""
SMALLEST_PATCH_BYTES = 4 << 20

NOTED = "rename:.journal"
SWAP = "renameat:.commandcenter-"
MAKING = {
    "before the patch is a file": "rename:/artifacts/",
    "when the patch is a file that nobody names": "rename:/artifacts/:1:after",
    "before the row that names it": "rename:/artifacts/,fdatasync:-wal",
}
WRITING = {  # of one order: a patch, or what takes it back
    "in the middle of the journal": "write:.journal",
    "before the journal is on the disk": "fsync:.journal",
    "before the journal has its name": NOTED,
    "when the journal has its name": NOTED + ":1:after",
    "before the journal's folder is on the disk": NOTED + ",fsync:/changes",
    "in the middle of the first file": NOTED + ",write:.commandcenter-",
    "before the first swap": f"{NOTED},{SWAP}",
    "after the first swap": f"{NOTED},{SWAP}:1:after",
    "between swaps": f"{NOTED},{SWAP}:3",
    "after a removal": NOTED + ",unlinkat:old:1:after",
    "when all is swapped and not flushed": NOTED + ",fsync:/repository",
    "before the outcome is recorded": NOTED + ",fsync:/repository,fdatasync:-wal",
    "when the outcome is recorded and not told": NOTED + ",fsync:/repository,fdatasync:-wal:1:after",
    "before the journal goes": NOTED + ",unlink:.journal",
    "when the journal is gone": NOTED + ",unlink:.journal:1:after",
}
BEFORE_ANY_SWAP = list(WRITING)[:7]


def tree(folder):
    """Of each file, link and folder: its mode, and what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        held = None
        if path.is_symlink():
            held = os.readlink(path)
        elif path.is_file():
            held = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = (oct(path.lstat().st_mode), held)
    return found


@unittest.skipUnless(os.path.exists(PLUG), f"{PLUG} is not built")
class Moments(Case):
    def setUp(self):
        super().setUp()
        self.number = 0

    def fresh(self):
        """A repository and a data folder that nothing has happened to."""
        self.number += 1
        self.data = self.folder / f"data{self.number}"
        self.repository = self.folder / str(self.number) / "repository"
        self.repository.mkdir(parents=True)
        (self.repository / "old").write_text("old\n" * 100_000)
        (self.repository / "text").write_text("first\n")
        (self.repository / "tool").write_text("#!/bin/sh\n")
        self.before = tree(self.repository)

    def serve_until(self, moment):
        return self.serve(environment={"LD_PRELOAD": PLUG, "PLUG": moment,
                                       "ASAN_OPTIONS": "verify_asan_link_order=0"})

    def trigger(self, server):
        self.register(server, "grow", SCRIPT, effects="workspace")
        self.create(server, {"name": "grow", "trigger": "manual", "nodes": [{"id": "n", "agent": "grow", "input": {}}]})
        return server.post("/api/workflows/grow/trigger", {"workspace": str(self.repository)}).json["id"]

    def approval(self, server, run):
        """What waits for a person, and the tree that approving it promises."""
        server.wait_for_status(run, "WAITING_APPROVAL")
        (approval,) = server.get(f"/api/approvals?workflowRunId={run}").json
        patch = server.request("GET", "/api/artifacts/" + approval["preview"]["artifact"]["hash"]).body.encode()
        self.assertGreater(len(patch), SMALLEST_PATCH_BYTES)
        copy = self.folder / f"copy{self.number}"
        shutil.copytree(self.repository, copy, symlinks=True)
        subprocess.run(["git", "apply", "-"], cwd=copy, input=patch, check=True)
        return approval["id"], tree(copy)

    def dies(self, server, path):
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.post(path)
        self.assertEqual(server.process.wait(DEADLINE_S), -signal.SIGKILL, "the moment came")
        server.process.stdout.close()

    def assertWhole(self, *trees):
        """Each file is as it was or as it shall be; what is half written lies under another name."""
        for name, held in tree(self.repository).items():
            if held[1] is None or pathlib.Path(name).name.startswith(".commandcenter-"):
                continue  # a folder, which comes before its first file
            self.assertIn(held, [known[name] for known in trees if name in known], name)

    def assertNothingLeft(self, server):
        wait_until(lambda: not list((self.data / "changes").glob("*.journal*")), "no journal is left")
        self.assertEqual([p for p in self.repository.rglob(".commandcenter-*")], [])
        named = {row["hash"] for run in server.get("/api/workflows/runs").json["runs"]
                 for row in server.get(f"/api/runs/{run['id']}/artifacts").json["artifacts"]}
        kept = {file.name for file in (self.data / "artifacts").rglob("*") if file.is_file()}
        self.assertEqual(kept, named)

    def test_while_it_is_made(self):
        for name, moment in MAKING.items():
            with self.subTest(name):
                self.fresh()
                server = self.serve_until(moment)
                run = self.trigger(server)
                self.assertEqual(server.process.wait(DEADLINE_S), -signal.SIGKILL, "the moment came")
                server.process.stdout.close()
                self.assertEqual(tree(self.repository), self.before)
                server = self.serve()
                approval, after = self.approval(server, run)
                server.post(f"/api/approvals/{approval}/approve")
                server.wait_for_status(run, "SUCCESS")
                self.assertEqual(tree(self.repository), after)
                server.kill()
                self.assertNothingLeft(self.serve())

    def test_while_it_is_written(self):
        for name, moment in WRITING.items():
            with self.subTest(name):
                self.fresh()
                server = self.serve_until(moment)
                run = self.trigger(server)
                approval, after = self.approval(server, run)
                self.dies(server, f"/api/approvals/{approval}/approve")
                self.assertWhole(self.before, after)
                if name in BEFORE_ANY_SWAP:
                    self.assertWhole(self.before)
                server = self.serve()
                server.wait_for_status(run, "SUCCESS")
                self.assertEqual(tree(self.repository), after)
                self.assertNothingLeft(server)
                self.assertEqual(server.post(f"/api/runs/{run}/rollback").status, 200)
                self.assertEqual(tree(self.repository), self.before)

    def test_while_it_is_taken_back(self):
        for name, moment in WRITING.items():
            with self.subTest(name):
                self.fresh()
                server = self.serve()
                run = self.trigger(server)
                approval, after = self.approval(server, run)
                server.post(f"/api/approvals/{approval}/approve")
                server.wait_for_status(run, "SUCCESS")
                server.kill()
                moment = moment.replace("unlinkat:old", "unlinkat:noise")
                self.dies(self.serve_until(moment), f"/api/runs/{run}/rollback")
                self.assertWhole(self.before, after)
                server = self.serve()  # it was promised, so it goes on by itself
                again = f"/api/runs/{run}/rollback"
                wait_until(lambda: "taken back before" in server.post(again).json["error"], "it is told as done")
                self.assertEqual(tree(self.repository), self.before)
                self.assertNothingLeft(server)


if __name__ == "__main__":
    unittest.main()
