"""Runs that work on a repository elsewhere, at a reference (pitfall A3): cloned in a sandbox, one copy for each run."""

import http.server
import os
import subprocess
import threading
import unittest

from harness import Case, by_node, command, wait_until

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


class GitServer:
    """`git http-backend` behind a small web server: what hosts of repositories do."""

    def __init__(self, folder):
        class Handler(http.server.BaseHTTPRequestHandler):
            def serve(self):
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
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
                self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


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

    def start(self, *arguments, script=LOOK, **options):
        self.server = self.serve(*arguments)
        self.register(self.server, "look", script, **options)
        self.create(self.server, {"name": "flow", "trigger": "manual", "nodes": [
            {"id": name, "agentName": "look", "action": "work", "input": {}} for name in ("one", "two")]})

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
        for workspace in ("https://a.example/b#--upload-pack=x", "https://a.example/b#a:b"):
            node, _ = self.look(workspace)
            self.assertIn("is no branch, tag or commit", node["error"])


if __name__ == "__main__":
    unittest.main()
