"""Hostile agents against the real server (pitfalls A3, A4, B13, B14; features 52, 64, 96, 97, 98).

Each attack must be contained, end with words that a person understands, leave nothing behind, and not disturb the
well-behaved run beside it. Runs in namespaces of its own, see cage.py.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import Server, by_node, command, processes_with, wait_until  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SECRET = ("hunter", "two-of-the-server")
PRIVATE = ("private", "of-another-run")


def mounts():
    return sorted(line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


def pids():
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


class Hostile(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.repository = cls.folder / "repository"
        cls.other = cls.folder / "other"
        for folder in (cls.repository, cls.other):
            folder.mkdir()
            (folder / "kept").write_text("kept\n")
        (cls.repository / "outside").symlink_to("/etc/shadow")
        (cls.other / "private").write_text("".join(PRIVATE))
        os.chmod(cls.other / "private", 0o600)
        cls.before = {"mounts": mounts(), "pids": pids(), "temporary": set(os.listdir(tempfile.gettempdir()))}
        cls.server = Server(
            cls.folder / "data",
            [cls.folder],
            environment={"DATABASE_URL": "".join(SECRET), "HOME": str(cls.folder)},
        )
        cls.addClassCleanup(cls.end)
        for agent in ("agent", "mutant", "burglar"):
            cls.register(agent)

    @classmethod
    def register(cls, agent):
        shutil.copytree(HERE / agent, cls.folder / agent)
        registered = cls.server.post("/api/agents", {"folder": str(cls.folder / agent)})
        assert registered.status == 201, registered.body
        manifest = (HERE / agent / "agent.yaml").read_text()
        for action in re.findall(r"- {name: (\w+),", manifest):
            reply = cls.server.post(
                "/api/workflows",
                {
                    "name": action.replace("_", "-"),
                    "trigger": "manual",
                    "nodes": [
                        {
                            "id": "attack",
                            "agentName": registered.json["name"],
                            "action": action,
                            "input": {"given": "{{ context.given }}"},
                        }
                    ],
                },
            )
            assert reply.status == 201, reply.body

    @classmethod
    def end(cls):
        if cls.server.process.poll() is None:
            cls.server.kill()

    def run_action(self, action, given, workspace=None):
        body = {"workspace": str(workspace or self.repository), "context": {"given": given}}
        return self.server.run(action.replace("_", "-"), body, timeout_s=90)

    def attack(self, action, **given):
        """Runs the attack beside a neighbour that must not notice; returns the attack's node."""
        beside = {}

        def neighbour():
            beside["run"] = self.run_action("neighbour", {}, self.other)

        thread = threading.Thread(target=neighbour)
        thread.start()
        run = self.run_action(action, given)
        thread.join()
        self.assertEqual(beside["run"]["status"], "SUCCESS", beside["run"])
        self.assertEqual(self.server.get("/api/health").status, 200)
        node = by_node(run)["attack"]
        node["logs"] = "".join(
            entry["text"] for entry in self.server.get(f"/api/workflows/runs/{run['id']}/logs").json["logs"]
        )
        return node

    def assertHeld(self, action, **given):
        node = self.attack(action, **given)
        self.assertEqual(node["status"], "SUCCESS", node)
        self.assertEqual(node["outputJson"], {"got": []})

    def assertEnded(self, limit, words, action, **given):
        node = self.attack(action, **given)
        self.assertEqual((node["status"], node["reason"]), ("FAILED", limit), node)
        self.assertEqual(node["error"], words)

    # ---- what it may see -----------------------------------------------------------------------------------------

    def test_reads_nothing_of_the_host(self):
        home = os.path.expanduser("~")
        self.assertHeld(
            "read",
            paths=["/etc/shadow", "/etc/gshadow", "/root", "/home", home, "/var/lib", "/sys", "/run", "/dev/mem",
                   "/dev/kmsg", "/dev/vda", "/dev/sda", "/proc/kcore", "/proc/kmsg", "/etc/ssl/private", "/boot",
                   str(self.folder), str(self.folder / "data"), str(self.other)],
            pids=[self.server.process.pid, os.getpid()],
        )

    def test_finds_no_secret_of_the_server_nor_of_other_runs(self):
        with open(self.folder / "credentials", "w") as file:
            file.write("".join(SECRET))
        os.chmod(self.folder / "credentials", 0o600)
        self.assertHeld("search", halves=[SECRET, PRIVATE])

    def test_the_servers_data_is_not_part_of_a_workspace(self):
        (self.folder / ".commandcenter").mkdir()
        (self.folder / ".commandcenter" / "commandcenter.db").write_text("".join(SECRET))
        given = {"paths": ["/workspace/data", "/workspace/.commandcenter"]}
        node = by_node(self.run_action("hidden", given, self.folder))["attack"]
        self.assertEqual((node["status"], node["outputJson"]), ("SUCCESS", {"got": []}), node)
        run = self.run_action("hidden", {"paths": ["/workspace"]}, self.folder / "data")
        node = by_node(run)["attack"]
        self.assertEqual(node["reason"], "not_started", node)
        self.assertIn("the server's data folder", node["error"])

    def test_writes_nothing_but_its_scratch(self):
        self.assertHeld("write", folders=[str(self.folder), str(self.folder / "data"), str(self.repository)])
        self.assertEqual(sorted(os.listdir(self.repository)), ["kept", "outside"])
        self.assertEqual((self.repository / "kept").read_text(), "kept\n")

    def test_links_and_dots_lead_nowhere(self):
        self.assertHeld("links", targets=[str(self.other / "private"), str(self.folder / "data" / "commandcenter.db")])
        self.assertEqual((self.repository / "kept").read_text(), "kept\n")

    # ---- whom it may reach ---------------------------------------------------------------------------------------

    def test_reaches_no_network_and_no_socket(self):
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0hostile-test")
        abstract.listen(1)
        named = socket.socket(socket.AF_UNIX)
        named.bind(str(self.folder / "socket"))
        named.listen(1)
        try:
            self.assertHeld("network", port=self.server.port, local=["@hostile-test", str(self.folder / "socket")])
        finally:
            abstract.close()
            named.close()
            os.remove(self.folder / "socket")

    def test_privileged_calls_fail(self):
        self.assertHeld("privileged_calls")

    def test_signals_reach_nobody_else(self):
        self.assertHeld("signals", pids=[self.server.process.pid, os.getpid()])
        self.assertIsNone(self.server.process.poll())

    def test_setuid_programs_give_nothing(self):
        self.assertHeld("setuid")

    # ---- doors that nobody thinks of -------------------------------------------------------------------------------

    def test_burglars(self):
        for action in ("process_files", "descriptors", "terminals", "other_calling_ways", "interfaces", "settings",
                       "devices", "attributes", "priorities", "watchers", "leftovers", "control_groups"):
            with self.subTest(action):
                self.assertHeld(action)

    def test_sandboxes_do_not_meet(self):
        body = {"workspace": str(self.repository), "context": {"given": {"seconds": 5}}}
        host = self.server.post("/api/workflows/expect-visitors/trigger", body).json["id"]

        def listens():
            logs = self.server.get(f"/api/workflows/runs/{host}/logs").json["logs"]
            return "open\n" in "".join(entry["text"] for entry in logs)

        wait_until(listens, "it listens")
        self.assertHeld("visit")
        self.server.wait_for_status(host, "SUCCESS")
        node = by_node(self.server.get(f"/api/workflows/runs/{host}").json)["attack"]
        self.assertEqual(node["outputJson"], {"got": []})

    def test_memory_that_is_no_process_s(self):
        for action in ("buffers", "tcp_buffers"):
            self.assertEnded("memory", "used more than 96 MiB of memory (limit memory)", action)

    def test_who_is_started_ahead_gains_nothing(self):
        before = self.server.get("/api/health").json["executor"]["startedAhead"]["used"]
        for _ in range(3):
            node = self.attack("speak_early")
            self.assertEqual((node["status"], node["outputJson"]), ("SUCCESS", {"got": []}), node)
            self.assertEqual(node["logs"], "said before there was a run\n")
        self.assertGreater(self.server.get("/api/health").json["executor"]["startedAhead"]["used"], before)

    # ---- how much it may take ------------------------------------------------------------------------------------

    def test_fork_bomb(self):
        words = "had more than 40 processes and threads at once (limit processes)"
        self.assertEnded("processes", words, "fork_bomb")
        self.assertEnded("processes", words, "thread_bomb")

    def test_memory_hogs(self):
        words = "used more than 96 MiB of memory (limit memory)"
        for action in ("memory_hog", "memory_by_many", "shared_memory_hog"):
            self.assertEnded("memory", words, action)

    def test_disk_hogs(self):
        self.assertEnded("scratch", "filled the 8 MiB of /tmp (limit scratch)", "disk_fill")
        self.assertEnded("file_size", "wrote a file of more than 4 MiB (limit file_size)", "large_file")
        words = "made more than 2000 files in /tmp or /dev/shm (limit scratch_files)"
        self.assertEnded("scratch_files", words, "inodes")

    def test_floods(self):
        self.assertEnded("stdout", "wrote more than 1 MiB to standard output (limit stdout)", "flood_answer")
        self.assertEnded("log", "wrote more than 1 MiB to its log (limit log)", "flood_log")
        self.assertEnded("log", "wrote more than 1 MiB to its log (limit log)", "endless_line")

    # ---- how it ends ---------------------------------------------------------------------------------------------

    def test_who_ignores_signals_is_ended_by_the_time_limit(self):
        self.server.post(
            "/api/workflows",
            {
                "name": "hangs",
                "trigger": "manual",
                "nodes": [{"id": "attack", "agentName": "hostile", "action": "ignore_signals", "input": {"given": {}},
                           "timeout": "1s"}],
            },
        )
        run = self.server.run("hangs", {"workspace": str(self.repository)})
        node = by_node(run)["attack"]
        self.assertEqual((node["reason"], node["error"]), ("timeout", "ran longer than 1 s (limit timeout)"))

    def test_daemons_die_with_it(self):
        for action in ("daemon", "keep_pipe_open"):
            marker = f"hostile-{action}-{os.getpid()}"
            node = self.attack(action, marker=marker)
            self.assertEqual(node["status"], "SUCCESS", node)
            self.assertEqual(processes_with(marker), [])

    def test_closing_everything_is_no_answer(self):
        node = self.attack("close_all", seconds=0)
        self.assertEqual(node["reason"], "output_invalid", node)
        self.assertIn("printed nothing on standard output", node["error"])

    def test_control_characters_reach_no_terminal(self):
        node = self.attack("control_characters")
        self.assertEqual(node["status"], "SUCCESS")
        self.assertIn("plain", node["logs"])
        shown = command("agents", "test", HERE / "agent", "--action", "control_characters",
                        "--workspace", self.repository, "--root", self.folder)
        for text in (shown.stdout, shown.stderr):
            self.assertIn("plain", shown.stdout + shown.stderr)
            self.assertEqual([c for c in text if ord(c) < 32 and c not in "\n\t" or ord(c) == 127], [], repr(text))

    def test_answers_that_are_none(self):
        cases = [
            (b"", 1, "printed nothing"),
            (b"no json", 1, "not one JSON document"),
            (b'{"a": 1} {"b": 2}', 1, "not one JSON document"),
            (b'{"a": 1}\n', 2, "not one JSON document"),
            (b'{"a": "\xff\xfe"}', 1, "not one JSON document"),
            (b'{"a": 1e999}', 1, ""),
            (b"[", 50_000, "not one JSON document"),
            (b'{"a": ', 50_000, "not one JSON document"),
            (b"[1]", 1, "does not fit its schema"),
            (b"\0", 1, "not one JSON document"),
            (b'{"a":[' + b"[]," * 100_000 + b"]}", 1, "not one JSON document"),
            (b'{"a": "\\ud800"}', 1, ""),
        ]
        for text, times, words in cases:
            node = self.attack("answer", hex=text.hex(), times=times)
            self.assertEqual((node["status"], node["reason"]), ("FAILED", "output_invalid"), (text, node))
            self.assertIn(words, node["error"], text)

    def test_numbers_at_the_edge_stay_exact(self):
        for number in (9223372036854775807, -9223372036854775808, 18446744073709551615):
            node = self.attack("answer", hex=json.dumps({"n": number}).encode().hex())
            self.assertEqual(node["outputJson"], {"n": number})

    # ---- what an approved patch reaches ------------------------------------------------------------------------------

    def mutate(self, action, workspace):
        """Approves whatever the agent proposes; returns the run."""
        body = {"workspace": str(workspace), "context": {"given": {}}}
        run = self.server.post(f"/api/workflows/{action}/trigger", body).json["id"]
        stops = ("WAITING_APPROVAL", "SUCCESS", "FAILED")
        self.server.events(run, lambda event: event["data"].get("status") in stops)
        for approval in self.server.get(f"/api/workflows/runs/{run}").json["approvals"]:
            decision = {"decision": "APPROVED", "respondedBy": "test"}
            self.server.post(f"/api/approvals/{approval['id']}/decision", decision)
            self.server.events(run, lambda event: event["data"].get("status") in ("SUCCESS", "FAILED"))
        return self.server.get(f"/api/workflows/runs/{run}").json

    def tree(self, folder):
        return {str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.read_text()
                for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file()}

    def test_patches_lead_nowhere_else(self):
        outside, inside = self.folder / "outside", self.folder / "inside"
        for folder in (outside, inside, inside / "folder", inside / ".git"):
            folder.mkdir()
        (outside / "theirs").write_text("theirs\n")
        os.link(outside / "theirs", inside / "linked")
        (inside / "kept").write_text("kept\n")
        (inside / "target").write_text(str(outside))
        (inside / "folder" / "file").write_text("file\n")
        beside = set(os.listdir(self.folder))

        run = self.mutate("linked", inside)
        self.assertEqual(run["status"], "SUCCESS", run)
        self.assertEqual((inside / "linked").read_text(), "theirs\nevil\n")
        self.assertEqual((inside / "twin").read_text(), "kept\nevil\n")
        for action in ("doors", "through", "git", "names", "whiteout", "special"):
            run = self.mutate(action, inside)
            self.assertEqual(self.tree(outside), {"theirs": "theirs\n"}, action)
            self.assertEqual(os.listdir(inside / ".git"), [], action)
            self.assertFalse((inside / "deep").exists(), action)
            self.assertFalse((inside / ".GIT").exists(), action)
        self.assertEqual(run["status"], "FAILED")
        # What git would do at the next command of a person: the files are text like any other until then, and no
        # command was run when they were written.
        run = self.mutate("instructions", inside)
        self.assertEqual(run["status"], "SUCCESS", run)
        self.assertIn("!touch", (inside / ".gitmodules").read_text())
        # Rights and attributes beyond "may be run" stay where they were made.
        run = self.mutate("rights", inside)
        self.assertEqual(run["status"], "SUCCESS", run)
        for name, mode in (("tool", 0o755), ("open", 0o644), ("given", 0o755)):
            self.assertEqual((inside / name).stat().st_mode & 0o7777, mode, name)
            self.assertEqual(os.listxattr(inside / name), [], name)
        self.assertEqual((inside / "shared").stat().st_mode & 0o7022, 0)
        self.assertEqual(set(os.listdir(self.folder)) - beside, set())
        before = self.tree(inside)
        node = by_node(self.mutate("fill", inside))["attack"]
        self.assertEqual((node["reason"], node["error"]),
                         ("layer", "wrote more than 8 MiB to the workspace (limit layer)"))
        self.assertEqual(self.tree(inside), before)

    def test_what_no_patch_can_hold(self):
        folder = self.folder / "holder"
        folder.mkdir()
        (folder / "kept").write_text("kept\n")
        for action, words in (
            ("sparse", "the files that the agent changed have more than 268435456 bytes together"),
            ("socket", "the agent left door, which is neither a file nor a link"),
            ("special", "the agent left pipe, which is neither a file nor a link"),
        ):
            node = by_node(self.mutate(action, folder))["attack"]
            self.assertEqual((node["status"], node["reason"]), ("FAILED", "patch"), (action, node))
            self.assertIn(words, node["error"], action)
            self.assertEqual(os.listdir(folder), ["kept"], action)
        # A name of two lines, or one that is no text, is a name all the same.
        for action in ("newline", "bytes", "escape"):
            self.assertEqual(self.mutate(action, folder)["status"], "SUCCESS", action)
        names = [b"\x1b]0;title\x07\x1b[2J", b"kept", b"odd\xff\xfe", b"two\nlines"]
        self.assertEqual(sorted(os.listdir(os.fsencode(folder))), names)
        self.assertEqual(self.server.get("/api/health").status, 200)

    def test_artifacts_have_no_paths(self):
        for name in ("..", "../commandcenter.db", "..%2fcommandcenter.db", "%2e%2e%2fsecrets.key", "a" * 63, "A" * 64,
                     "/etc/shadow", "%00" * 64):
            self.assertIn(self.server.request_unchecked("GET", "/api/artifacts/" + name).status, (400, 404), name)

    # ---- what it leaves ------------------------------------------------------------------------------------------

    def test_zz_leaves_nothing_behind(self):
        """Last by name: after all of them."""
        wait_until(lambda: len(processes_with("attacks.py")) == 0, "no attacker is left")
        self.assertEqual(mounts(), self.before["mounts"])
        self.assertEqual(set(os.listdir(tempfile.gettempdir())) - self.before["temporary"], set())
        self.assertEqual(self.server.stop(), 0)
        wait_until(lambda: pids() - self.before["pids"] == set(), f"processes are left: {pids() - self.before['pids']}")


if __name__ == "__main__":
    unittest.main()
