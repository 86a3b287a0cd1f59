"""Files that are not as they should be: scan and review go on, say what they left out and why, within time and memory.

Exit codes: 0 nothing found, 1 findings, 2 failure; nothing else, whatever lies in the folder. Pitfall C8.
"""
import json
import os
import subprocess
import threading
import time
import unittest

from harness import COMMANDCENTER, Case, command

VALUE = "kT7vq9zLxw2M"
LEAK = f"password = '{VALUE}'\n"
NOBODY = 65534
MEMORY_MB = 400


class BadInput(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/good.py", LEAK)

    def bytes(self, path, content):
        target = self.repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def measured(self, *arguments):
        """Exit code, output, seconds and megabytes of a run."""
        process = subprocess.Popen([COMMANDCENTER, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        begin = time.monotonic()
        with process:
            out = process.stdout.read()
            errors = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertIn(process.returncode, (0, 1, 2), errors)
        return process.returncode, out, time.monotonic() - begin, usage.ru_maxrss / 1024

    def scan(self, *arguments):
        reply = command("scan", self.repository, "--json", "--no-cache", *arguments)
        self.assertIn(reply.returncode, (0, 1), reply.stderr)
        answer = json.loads(reply.stdout)
        return sorted({f["file"] for f in answer["findings"]}), {s["file"]: s["reason"] for s in answer["skippedFiles"]}

    def test_encodings(self):
        self.bytes("bom.py", b"\xef\xbb\xbf" + LEAK.encode())
        self.bytes("latin1.py", b"# caf\xe9\n" + LEAK.encode())
        self.bytes("utf16le.txt", b"\xff\xfe" + LEAK.encode("utf-16-le"))
        self.bytes("utf16be.txt", b"\xfe\xff" + LEAK.encode("utf-16-be"))
        self.bytes("crlf.py", LEAK.replace("\n", "\r\n").encode() * 2)
        self.bytes("binary.dat", b"\0\1\2" + LEAK.encode())
        self.bytes("half.txt", b"\xff\xfe" + LEAK.encode("utf-16-le")[:-1])
        found, skipped = self.scan()
        self.assertEqual(found, ["bom.py", "crlf.py", "good.py", "half.txt", "latin1.py", "utf16be.txt", "utf16le.txt"])
        self.assertEqual(skipped, {"binary.dat": "binary"})

    def test_names_of_any_bytes(self):
        for name in (b"new\nline.py", b"latin\xe9.py", b"quote\"'.py", b"-rf.py", b"\x1b[31m.py"):
            with open(os.path.join(os.fsencode(self.repository), name), "wb") as file:
                file.write(LEAK.encode())
        for form in ("human", "json", "sarif", "junit", "github", "gitlab", "markdown"):
            for verb in ("scan", "review"):
                reply = subprocess.run([COMMANDCENTER, verb, self.repository, "--format", form, "--no-cache"],
                                       capture_output=True)
                self.assertIn(reply.returncode, (0, 1), reply.stderr)
                self.assertNotIn(b"\x1b", reply.stdout, form)
                reply.stdout.decode("utf-8")
        self.assertEqual(len(self.scan()[0]), 6)

    def test_a_line_of_50_mb(self):
        self.bytes("long.js", b"var a = '" + b"abcdefghij" * 5_000_000 + b"';\n")
        found, skipped = self.scan()
        self.assertEqual((found, skipped), (["good.py"], {"long.js": "larger than 16 MiB"}))
        for verb in ("scan", "review"):
            code, out, seconds, megabytes = self.measured(
                verb, self.repository, "--json", "--no-cache", "--max-file-mib", "64")
            self.assertIn(code, (0, 1))
            json.loads(out)
            self.assertLess(seconds, 30, verb)
            self.assertLess(megabytes, MEMORY_MB, verb)

    def test_100000_brackets(self):
        names = ("a.js", "a.ts", "a.tsx", "a.py", "A.java", "a.go", "a.c", "a.cpp", "a.rs", "a.rb", "a.php", "a.cs",
                 "a.sh", "a.html", "a.json", "a.yaml")
        for pair in ("()", "[]", "{}"):
            for name in names:
                self.write(f"repository/{ord(pair[0])}/{name}",
                           f"eval(req.query.a) {pair[0] * 100_000}x{pair[1] * 100_000}\n")
                self.write(f"repository/open{ord(pair[0])}/{name}", "exec(request.args) " + pair[0] * 100_000)
        for verb in ("scan", "review"):
            code, out, seconds, megabytes = self.measured(verb, self.repository, "--json", "--no-cache")
            self.assertIn(code, (0, 1))
            json.loads(out)
            self.assertLess(seconds, 300, verb)
            self.assertLess(megabytes, MEMORY_MB, verb)

    def test_unreadable(self):
        self.bytes("closed.py", LEAK.encode())
        (self.repository / "folder").mkdir()
        (self.repository / "closed.py").chmod(0)
        (self.repository / "folder").chmod(0)
        self.addCleanup((self.repository / "folder").chmod, 0o755)
        self.folder.chmod(0o755)
        user = {"user": NOBODY} if os.geteuid() == 0 else {}
        reply = subprocess.run([COMMANDCENTER, "scan", self.repository, "--json", "--no-cache"], capture_output=True,
                               cwd="/", **user)
        self.assertEqual(reply.returncode, 1, reply.stderr)
        skipped = {s["file"]: s["reason"] for s in json.loads(reply.stdout)["skippedFiles"]}
        self.assertEqual(skipped, {"closed.py": "unreadable: permission denied",
                                   "folder": "unreadable: permission denied"})
        (self.repository / "good.py").unlink()
        reply = subprocess.run([COMMANDCENTER, "scan", self.repository, "--no-cache"], capture_output=True, cwd="/",
                               **user)
        self.assertEqual(reply.returncode, 0, reply.stderr)  # nothing found, and the output tells what was not read
        self.assertIn(b"closed.py: unreadable", reply.stdout)

    def test_vanishing(self):
        done = threading.Event()

        def churn():
            while not done.is_set():
                for i in range(50):
                    self.write(f"repository/churn/{i % 7}/{i}.py", LEAK)
                for i in range(50):
                    (self.folder / f"repository/churn/{i % 7}/{i}.py").unlink()
                for i in range(7):
                    (self.folder / f"repository/churn/{i}").rmdir()

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            for _ in range(10):
                self.assertIn("good.py", self.scan()[0])
        finally:
            done.set()
            thread.join()

    def test_links(self):
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "secret.py").write_text(LEAK)
        (self.repository / "loop").symlink_to(".")
        (self.repository / "a").symlink_to("b")
        (self.repository / "b").symlink_to("a")
        (self.repository / "out").symlink_to(outside)
        (self.repository / "out.py").symlink_to(outside / "secret.py")
        found, skipped = self.scan()
        self.assertEqual(found, ["good.py"])
        self.assertEqual(skipped, dict.fromkeys(["a", "b", "loop", "out", "out.py"], "symbolic link"))

    def test_what_is_named_is_read(self):
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "secret.py").write_text(LEAK)
        (outside / "more.py").symlink_to("secret.py")
        (self.repository / "out").symlink_to(outside)
        (self.repository / "out.py").symlink_to(outside / "secret.py")

        def report(place, *arguments):
            document = json.loads(command("scan", self.repository / place, "--json", *arguments).stdout)
            return [f["file"] for f in document["findings"]], [s["file"] for s in document["skippedFiles"]]

        for arguments in ((), (), ("--no-cache",)):  # the second time from what was kept
            self.assertEqual(report("out.py", *arguments), (["out.py"], []))
            self.assertEqual(report("out", *arguments), (["secret.py"], ["more.py"]))
            self.assertEqual(report("out/", *arguments), (["secret.py"], ["more.py"]))
            self.assertEqual(report("out/secret.py", *arguments), (["secret.py"], []))
            self.assertEqual(report("out/more.py", *arguments), (["more.py"], []))
        with open(outside / "secret.py", "rb") as file:
            reply = subprocess.run([COMMANDCENTER, "scan", "/dev/stdin"], stdin=file, capture_output=True)
        self.assertEqual(reply.returncode, 1, reply.stderr)
        (outside / "debug.js").write_text("debugger;\n")
        (self.repository / "debug.js").symlink_to(outside / "debug.js")
        issues = json.loads(command("review", self.repository / "debug.js", "--json").stdout)["issues"]
        self.assertEqual([issue["file"] for issue in issues], ["debug.js"])

        def violations(place):
            document = json.loads(command("comply", self.repository / place, "--scope", "secrets", "--json").stdout)
            return [v["file"] for v in document["violations"]]

        self.assertEqual(violations("out.py"), ["out.py"])
        self.assertEqual(violations("out"), ["secret.py"])
        diagram = json.loads(command("diagram", self.repository / "out", "--format", "json").stdout)
        self.assertEqual(diagram, json.loads(command("diagram", outside, "--format", "json").stdout))

    def test_what_is_named_and_cannot_be_read_is_a_failure(self):
        (self.repository / "broken").symlink_to("nowhere")
        (self.repository / "loop").symlink_to("loop")
        os.mkfifo(self.repository / "pipe")
        (self.repository / "to-pipe").symlink_to("pipe")
        self.bytes("closed.py", LEAK.encode())
        (self.repository / "closed").mkdir()
        (self.repository / "to-closed.py").symlink_to("closed.py")
        (self.repository / "closed.py").chmod(0)
        (self.repository / "closed").chmod(0)
        self.addCleanup((self.repository / "closed").chmod, 0o755)
        self.folder.chmod(0o755)
        user = {"user": NOBODY} if os.geteuid() == 0 else {}
        wrong = {
            "broken": "there is no ",
            "loop": "cannot be read: ",
            "pipe": "neither a file nor a folder",
            "to-pipe": "neither a file nor a folder",
            "closed.py": "cannot be read: Permission denied",
            "to-closed.py": "cannot be read: Permission denied",
            "closed": "cannot be read: Permission denied",
            "/dev/null": "neither a file nor a folder",
        }
        for verb, *arguments in (("scan", "--no-cache"), ("review", "--no-cache"), ("comply",)):
            for place, message in wrong.items():
                with self.subTest(verb=verb, place=place):
                    reply = subprocess.run([COMMANDCENTER, verb, self.repository / place, *arguments], text=True,
                                           stdin=subprocess.DEVNULL, capture_output=True, cwd="/", **user)
                    self.assertEqual((reply.returncode, reply.stdout), (2, ""), reply.stderr)
                    self.assertIn(message, reply.stderr)
            reply = subprocess.run([COMMANDCENTER, verb, "/dev/stdin"], input=LEAK, text=True, capture_output=True)
            self.assertEqual((reply.returncode, reply.stdout), (2, ""), reply.stderr)

    def test_a_change_that_is_a_link_is_not_followed(self):
        outside = self.folder / "secret.py"
        outside.write_text(LEAK)
        self.git("init", "-q")
        self.git("commit", "-qm", "one", "--allow-empty")
        (self.repository / "out.py").symlink_to(outside)
        self.assertEqual(self.scan("--since", "HEAD")[0], ["good.py"])
        self.git("add", "-A")
        self.assertEqual(self.scan("--staged")[0], ["good.py"])

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.repository, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
                       check=True, stdout=subprocess.DEVNULL)

    def test_broken_repositories(self):
        self.git("init", "-q")
        self.write("repository/.gitignore", "ignored/\n")
        self.write("repository/ignored/a.py", LEAK)
        self.git("add", "-A")
        self.git("commit", "-qm", "one")
        folder = self.repository / ".git"
        objects = [path for path in (folder / "objects").rglob("*") if path.is_file()]
        damages = {
            "an index of noise": lambda: (folder / "index").write_bytes(os.urandom(500)),
            "half an index": lambda: (folder / "index").write_bytes((folder / "index").read_bytes()[:40]),
            "no objects": lambda: [path.unlink() for path in objects],
            "a head of noise": lambda: (folder / "HEAD").write_bytes(b"\xff\xfe\0nothing"),
            "no head": lambda: (folder / "HEAD").unlink(),
        }
        for what, damage in damages.items():
            damage()
            with self.subTest(what):
                found, _ = self.scan()
                self.assertEqual(found, ["good.py"])
                self.assertIn(command("review", self.repository, "--no-cache", "--blame", "--hot-spots").returncode,
                              (0, 1))
                for way in (["--since", "HEAD"], ["--staged"], ["--history"]):
                    reply = command("scan", self.repository, *way)
                    self.assertIn(reply.returncode, (0, 1, 2), reply.stderr)
                    if reply.returncode == 2:
                        self.assertRegex(reply.stderr, r"^commandcenter: \S+")
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()
        folder.write_text("gitdir: /nowhere\n")
        self.assertEqual(self.scan()[0], ["good.py"])
        self.assertEqual(command("scan", self.repository, "--staged").returncode, 2)

    def test_deep_folders(self):
        deep = self.repository
        for _ in range(300):
            deep = deep / "d"
        deep.mkdir(parents=True)
        (deep / "a.py").write_text(LEAK)
        found, skipped = self.scan()
        self.assertEqual(found, ["good.py"])
        self.assertEqual(list(skipped.values()), ["deeper than 256 folders"])


if __name__ == "__main__":
    unittest.main()
