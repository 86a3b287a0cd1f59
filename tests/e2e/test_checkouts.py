"""Runs that work on a repository elsewhere, at a reference (pitfall A3): cloned in a sandbox, one copy for each run."""

import base64
import os
import pathlib
import contextlib
import subprocess
import unittest

from harness import COMMANDCENTER, Case, QuietHandler, WebService, by_node, command, wait_until

LOOK = r"""
printf '{"files": "%s", "text": "%s", "commits": %s}' "$(ls /workspace | tr '\n' ' ')" "$(cat /workspace/kept)" \
  "$(git -C /workspace -c safe.directory='*' rev-list --count HEAD)"
"""


def git(folder, *arguments):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    reply = subprocess.run(["git", *who, "-C", str(folder), *arguments], capture_output=True, text=True,
                           env=environment)
    assert reply.returncode == 0, reply.stderr
    return reply.stdout.strip()


class GitServer(WebService):
    """`git http-backend` behind a small web server: what hosts of repositories do."""

    def __init__(self, folder, login=None):
        seen = self.seen = set()  # in the command line or the environment of any process, while git is at work
        self.sent_bytes = 0
        host = self

        class Handler(QuietHandler):
            def serve(self):
                if login is not None:
                    for name in ("cmdline", "environ"):
                        for file in pathlib.Path("/proc").glob(f"[0-9]*/{name}"):
                            with contextlib.suppress(OSError):
                                if login.split(":")[-1].encode() in file.read_bytes():
                                    seen.add(str(file))
                    given = self.headers.get("Authorization", "")
                    if given != "Basic " + base64.b64encode(login.encode()).decode():
                        self.send_response(401)
                        self.send_header("WWW-Authenticate", 'Basic realm="git"')
                        self.send_header("Content-Length", "0")
                        self.end_headers()
                        return
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                environment = {
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1",
                    "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_ADDR": "127.0.0.1",
                    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
                }
                reply = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment)
                head, _, content = reply.stdout.partition(b"\r\n\r\n")
                host.sent_bytes += len(content)
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
                self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = serve

        self.listen(Handler)


class Checkouts(Case):
    def setUp(self):
        super().setUp()
        self.shop = self.folder / "shop"
        self.shop.mkdir()
        git(self.shop, "init", "-q", "-b", "main")
        self.first = self.commit("kept", "first", "one")
        git(self.shop, "tag", "v1")
        self.commit("kept", "second", "two")
        git(self.shop, "checkout", "-q", "-b", "feature")
        self.commit("extra", "x", "three")
        git(self.shop, "checkout", "-q", "main")

    def commit(self, name, text, message):
        (self.shop / name).write_text(text)
        git(self.shop, "add", ".")
        git(self.shop, "commit", "-q", "-m", message)
        return git(self.shop, "rev-parse", "HEAD")

    def start(self, *arguments, script=LOOK, nodes=("one", "two"), **options):
        self.server = self.serve(*arguments)
        self.register(self.server, "look", script, **options)
        self.create(self.server, {"name": "flow", "trigger": "manual", "nodes": [
            {"id": name, "agentName": "look", "action": "work", "input": {}} for name in nodes]})

    def look(self, workspace):
        run = self.server.run("flow", {"workspace": workspace})
        return by_node(run)["one"], run

    def nothing_is_left(self):
        folder = self.data / "checkouts"
        wait_until(lambda: not folder.exists() or list(folder.iterdir()) == [], "copies go with their runs")

    def test_a_repository_of_a_host_at_a_reference(self):
        host = GitServer(self.folder)
        self.addCleanup(host.close)
        self.start()
        address = f"{host.url}/shop/.git"
        node, run = self.look({"repo": address, "ref": "v1"})
        self.assertEqual(node["status"], "SUCCESS", node)
        self.assertEqual(node["outputJson"], {"files": "kept ", "text": "first", "commits": 1})
        self.assertEqual(node["sandbox"]["commit"], self.first)
        self.assertEqual(node["sandbox"]["workspace"], address + "#v1")
        self.assertEqual(by_node(run)["two"]["sandbox"]["commit"], self.first)
        self.assertEqual(run["workspace"], address + "#v1")
        self.assertEqual(self.look(address + "#feature")[0]["outputJson"]["files"], "extra kept ")
        self.assertEqual(self.look(address)[0]["outputJson"]["text"], "second")
        self.assertEqual(self.look(f"{address}#{self.first}")[0]["outputJson"]["text"], "first")
        self.nothing_is_left()
        for wrong, words in ((address + "#no-such-branch", "no-such-branch"), (host.url + "/nope/.git", "nope")):
            node, run = self.look(wrong)
            self.assertEqual((run["status"], node["reason"]), ("FAILED", "workspace"), node)
            self.assertIn("the repository could not be fetched: ", node["error"])
            self.assertIn(words, node["error"])
        self.nothing_is_left()

        triggered = command("workflows", "trigger", "flow", "--repo", address + "#v1", "--server", self.server.url)
        self.assertEqual(triggered.returncode, 0, triggered.stderr)
        self.create(self.server, {"name": "own", "trigger": "manual", "workspace": {"repo": address, "ref": "feature"},
                                  "nodes": [{"id": "one", "agentName": "look", "action": "work", "input": {}}]})
        self.assertEqual(by_node(self.server.run("own"))["one"]["outputJson"]["text"], "second")

    def set_token(self, value):
        put = subprocess.run([COMMANDCENTER, "secrets", "set", "GIT_TOKEN", "--server", self.server.url], input=value,
                             capture_output=True, text=True)
        self.assertEqual(put.returncode, 0, put.stderr)

    def mirrors(self):
        return sorted((self.data / "mirrors").iterdir())

    def test_what_was_fetched_once_is_not_fetched_again(self):
        large = 400_000
        (self.shop / "large").write_bytes(os.urandom(large))
        self.commit("kept", "third", "a large one")
        host = GitServer(self.folder)
        self.addCleanup(host.close)
        address = f"{host.url}/shop/.git"
        self.start()

        def look(reference=""):
            before = host.sent_bytes
            node, _ = self.look(address + reference)
            self.assertEqual(node["status"], "SUCCESS", node)
            return node["outputJson"]["text"], host.sent_bytes - before

        text, sent = look()
        self.assertEqual(text, "third")
        self.assertGreater(sent, large)
        text, sent = look()
        self.assertEqual(text, "third")
        self.assertLess(sent, 20_000)
        tip = self.commit("kept", "fourth", "a small change")
        text, sent = look()
        self.assertEqual(text, "fourth")
        self.assertLess(sent, 20_000, "only what is new comes over the network")
        self.assertEqual(look(f"#{tip}")[0], "fourth")
        self.assertEqual(look("#v1")[0], "first")
        self.assertEqual(look()[0], "fourth")
        # An abbreviated commit is looked up once.
        self.assertEqual(look(f"#{self.first[:9]}")[0], "first")
        text, sent = look(f"#{self.first[:9]}")
        self.assertEqual(text, "first")
        self.assertLess(sent, 20_000)
        self.assertEqual(look(f"#{tip[:9]}")[0], "fourth")
        # What does not exist costs the mirror nothing.
        self.assertEqual(self.look(address + "#no-such-branch")[0]["reason"], "workspace")
        node, _ = self.look(address + "#" + "0" * 40)
        self.assertIn("it has no commit 0000", node["error"])
        self.assertLess(look()[1], 20_000)

        # Killed while it was written, restarted, damaged: at worst it all comes again.
        self.server.kill()
        (mirror,) = self.mirrors()
        (self.data / "mirrors" / ("f" * 64 + ".partial")).mkdir()
        self.server = self.serve()
        self.assertLess(look()[1], 20_000, "it outlives the server")
        self.assertEqual(self.mirrors(), [mirror])
        (mirror / "shallow.lock").touch()
        self.assertLess(look()[1], 20_000)
        for pack in mirror.glob("objects/pack/*.pack"):
            pack.chmod(0o644)
            pack.write_bytes(pack.read_bytes()[:100])
        self.assertEqual(look()[0], "fourth")
        self.assertEqual(look()[0], "fourth")
        self.assertLess(look()[1], 20_000)
        self.nothing_is_left()

    def test_runs_at_once_fetch_it_once(self):
        large = 400_000
        (self.shop / "large").write_bytes(os.urandom(large))
        self.commit("kept", "third", "a large one")
        host = GitServer(self.folder)
        self.addCleanup(host.close)
        self.start()
        run = {"workspace": f"{host.url}/shop/.git"}
        runs = [self.server.post("/api/workflows/flow/trigger", run).json["id"] for _ in range(5)]
        for run in runs:
            self.server.wait_for_status(run, "SUCCESS")
            nodes = by_node(self.server.get(f"/api/workflows/runs/{run}").json)
            self.assertEqual(nodes["two"]["outputJson"]["text"], "third")
        self.assertLess(host.sent_bytes, 2 * large)
        self.assertEqual(len(self.mirrors()), 1)
        self.nothing_is_left()

    def test_agents_do_not_meet_mirrors(self):
        host = GitServer(self.folder)
        self.addCleanup(host.close)
        self.start(script="""
cd /workspace && rm -rf .git kept 2>/dev/null
printf '{"shared": "%s"}' "$(cat .git/objects/info/alternates 2>/dev/null; find / -path /proc -prune -o \
  \( -name mirrors -o -path '*refs/kept*' \) -print 2>/dev/null; find .git -links +1 -type f)"
""", nodes=("one",), effects="workspace")
        address = f"{host.url}/shop/.git"
        for _ in range(2):
            run = self.server.post("/api/workflows/flow/trigger", {"workspace": address}).json["id"]
            self.server.wait_for_status(run, "WAITING_APPROVAL")
            approval = self.server.get("/api/approvals?status=PENDING").json[0]
            self.server.post(f"/api/approvals/{approval['id']}/decision",
                             {"decision": "APPROVED", "respondedBy": "me"})
            self.server.events(run, lambda event: event["data"].get("status") in ("SUCCESS", "FAILED"))
            node = by_node(self.server.get(f"/api/workflows/runs/{run}").json)["one"]
            self.assertEqual(node["outputJson"], {"shared": ""}, node)
        (mirror,) = self.mirrors()
        self.assertEqual(git(mirror, "fsck", "--no-dangling"), "")

    def test_private_repositories(self):  # features 53, 63, 99
        token = "a-token-that-only-git-sees"
        host = GitServer(self.folder, login="git:" + token)
        self.addCleanup(host.close)
        address = f"{host.url}/shop/.git"
        script = """
printf '{"seen": "%s"}' "$(grep -rl a-token- /workspace /run /tmp 2>/dev/null; env | grep a-token-)"
"""
        settings = ["--set=network.allow=127.0.0.1", f"--set=workspaces.credentials={host.url}/shop=GIT_TOKEN"]
        self.start(*settings, script=script)
        node, _ = self.look(address)
        self.assertEqual(node["reason"], "workspace", node)
        self.assertIn("needs the secret GIT_TOKEN (workspaces.credentials)", node["error"])
        self.assertIn("commandcenter secrets set GIT_TOKEN", node["error"])
        self.set_token(token)
        node, run = self.look(address)
        self.assertEqual((node["status"], node["outputJson"]), ("SUCCESS", {"seen": ""}), node)
        self.assertEqual(node["sandbox"]["workspace"], address)
        self.assertEqual(host.seen, set())
        # What was fetched with one login is not for another one.
        self.assertEqual(len(self.mirrors()), 1)
        self.set_token("wrong-one")
        self.assertEqual(self.look(address)[0]["reason"], "workspace")
        self.set_token(token)
        self.assertEqual(self.look(address)[0]["status"], "SUCCESS")
        self.assertEqual(len(self.mirrors()), 2)
        # For what lies below that address only, whatever it is called.
        for other in ("shopping/.git", "other/../shop/.git", "shop/%2e%2e/shop/.git"):
            self.assertEqual(self.look(f"{host.url}/{other}")[0]["reason"], "workspace", other)
        self.assertNotIn(token.encode(), os.pread(self.server.log.fileno(), 10 << 20, 0))
        self.assertEqual(self.server.stop(), 0)
        for file in self.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(token.encode(), file.read_bytes(), file)
        wrong = command("serve", "--data", self.data, "--port", "0", f"--set=workspaces.credentials={host.url}/shop=1")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("is not ADDRESS=SECRET", wrong.stderr)

    def test_copies_of_ended_runs_go_at_the_next_start(self):
        self.start("--set=workspaces.local=allowed")
        _, run = self.look(f"file://{self.shop}")
        self.nothing_is_left()
        self.server.kill()
        for name in (run["id"], "nobody", "half.partial"):  # a crash came before they were removed
            (self.data / "checkouts" / name / "folder").mkdir(parents=True)
        self.server = self.serve("--set=workspaces.local=allowed")
        self.nothing_is_left()

    def test_only_hosts_that_the_operator_allows(self):
        host = GitServer(self.folder)
        self.addCleanup(host.close)
        self.start("--set=network.allow=*")
        node, _ = self.look(f"{host.url}/shop/.git")
        self.assertEqual(node["reason"], "workspace", node)
        self.assertIn("403", node["error"])

    def test_repositories_of_this_machine_only_if_the_operator_says_so(self):
        self.start()
        node, _ = self.look(f"file://{self.shop}#v1")
        self.assertEqual(node["reason"], "workspace")
        self.assertIn("workspaces.local", node["error"])
        self.assertEqual(self.server.stop(), 0)
        self.server = self.serve("--set=workspaces.local=allowed")
        node, _ = self.look(f"file://{self.shop}#v1")
        self.assertEqual(node["outputJson"]["text"], "first", node)
        node, _ = self.look(f"file://{self.shop}#{self.first}")
        self.assertEqual(node["outputJson"]["text"], "first", node)
        node, _ = self.look("file:///etc#v1")
        self.assertIn("outside the folders", node["error"])
        self.nothing_is_left()

    def test_a_patch_goes_to_the_copy_and_later_nodes_see_it(self):
        self.start("--set=workspaces.local=allowed")
        self.register(self.server, "edit", "echo changed >/workspace/kept; echo '{}'", effects="workspace")
        self.create(self.server, {"name": "edits", "trigger": "manual", "nodes": [
            {"id": "edit", "agentName": "edit", "action": "work", "input": {}},
            {"id": "look", "agentName": "look", "action": "work", "input": {}, "dependsOn": ["edit"]}]})
        run = self.server.post("/api/workflows/edits/trigger", {"workspace": f"file://{self.shop}"}).json["id"]
        self.server.wait_for_status(run, "WAITING_APPROVAL")
        # A restart in between: the copy is found again.
        self.server.kill()
        self.server = self.serve("--set=workspaces.local=allowed")
        approval = self.server.get("/api/approvals?status=PENDING").json[0]
        self.server.post(f"/api/approvals/{approval['id']}/decision", {"decision": "APPROVED", "respondedBy": "me"})
        self.server.wait_for_status(run, "SUCCESS")
        nodes = by_node(self.server.get(f"/api/workflows/runs/{run}").json)
        self.assertEqual(nodes["look"]["outputJson"]["text"], "changed", nodes["look"])
        self.assertEqual((self.shop / "kept").read_text(), "second", "the repository itself is as it was")
        self.assertEqual(git(self.shop, "status", "--porcelain"), "")
        self.nothing_is_left()

    def test_a_hostile_repository_changes_nothing_but_its_copy(self):
        """Hooks, filters and links of a repository that strangers wrote."""
        hook = self.shop / ".git" / "hooks" / "post-checkout"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch /checkout/hooked\n")
        hook.chmod(0o755)
        (self.shop / "link").symlink_to("/etc/shadow")
        (self.shop / "up").symlink_to("../../../../..")
        self.commit(".gitattributes", "* filter=evil\n", "filters")
        self.start("--set=workspaces.local=allowed",
                   script="printf '{\"seen\": \"%s\"}' \"$(cat /workspace/link 2>/dev/null; "
                          "ls /workspace/up/root 2>/dev/null; ls /workspace | grep hooked)\"")
        node, _ = self.look(f"file://{self.shop}")
        self.assertEqual(node["outputJson"], {"seen": ""}, node)

    def test_what_is_no_repository_is_refused_at_once(self):
        self.start()
        for workspace in ({"repo": "/etc"}, {"repo": "ssh://a/b"}, {"repo": "https://a/b", "ref": 5}, {"ref": "x"}, 5,
                          {"repo": "https://a/b#c"}, ["x"]):
            reply = self.server.post("/api/workflows/flow/trigger", {"workspace": workspace})
            self.assertError(reply, 400, "expected a folder, or a repository")
        for workspace in ("https://me:secret@a.example/b", {"repo": "https://token@a.example/b", "ref": "main"}):
            reply = self.server.post("/api/workflows/flow/trigger", {"workspace": workspace})
            self.assertError(reply, 400, "must not hold a login")
        for workspace in ("https://a.example/b#--upload-pack=x", "https://a.example/b#a:b"):
            node, _ = self.look(workspace)
            self.assertIn("is no branch, tag or commit", node["error"])


if __name__ == "__main__":
    unittest.main()
