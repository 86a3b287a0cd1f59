"""Agents from images of containers: their files, our sandbox (pitfalls B13, B14). The image is Debian's busybox."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import COMMANDCENTER, Case, by_node, command

ENGINE = shutil.which("podman") or shutil.which("docker")
BUSYBOX = "/bin/busybox"
IMAGE = f"localhost/commandcenter-test-{os.getpid()}:1"
ENTRY = r"""#!/bin/sh
if [ "$(cat)" = '{"hang":true}' ]; then sleep 100; fi
printf '{"image": "%s", "workspace": "%s", "host": "%s", "word": "%s", "user": "%s", "wrote": "%s", "net": "%s"}' \
  "$(cat /app/word)" "$(cat /workspace/inside)" "$(ls /usr /home /var 2>/dev/null)" "$WORD" "$(id -u)" \
  "$(echo x 2>/dev/null >/app/new && echo yes)" "$(ls /sys/class/net 2>/dev/null)"
"""


def make_image():
    """Why there is none, or None."""
    if ENGINE is None:
        return "neither podman nor docker is installed"
    if not os.path.exists(BUSYBOX):
        return "busybox-static is not installed"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in ("bin", "app"):
            (root / name).mkdir()
        shutil.copy(BUSYBOX, root / "bin/busybox")
        for applet in ("sh", "cat", "ls", "id", "sleep", "head", "tr"):
            (root / "bin" / applet).symlink_to("busybox")
        (root / "app/word").write_text("of the image")
        (root / "app/entry").write_text(ENTRY)
        (root / "app/entry").chmod(0o755)
        (root / "etc").symlink_to("/root")  # an image that would have us write to the host
        files = subprocess.run(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE, check=True).stdout
        changes = ["--change", 'ENTRYPOINT ["entry"]', "--change", "ENV PATH=/bin:/app", "--change", "ENV WORD=given"]
        made = subprocess.run([ENGINE, "import", *changes, "-", IMAGE], input=files, capture_output=True)
        return None if made.returncode == 0 else f"{ENGINE} cannot keep images here: {made.stderr.decode()[-300:]}"


class Images(Case):
    @classmethod
    def setUpClass(cls):
        reason = make_image()
        if reason:
            raise unittest.SkipTest(reason)
        cls.addClassCleanup(lambda: subprocess.run([ENGINE, "rmi", "-f", IMAGE], capture_output=True))

    def image_agent(self, name, manifest):
        (self.repository / "inside").write_text("mine")
        path = self.write(f"agents/{name}/agent.yaml",
                          f"name: {name}\nversion: 1.0.0\neffects: none\nruntime: oci\n"
                          f"{manifest}actions: [{{name: work}}]\n")
        return path.parent

    def start(self, name, manifest, *arguments, input=None, **node):
        self.server = self.serve(*arguments)
        reply = self.server.post("/api/agents", {"folder": str(self.image_agent(name, manifest))})
        self.assertEqual(reply.status, 201, reply.body)
        self.create(self.server, {"name": "flow", "trigger": "manual", "nodes": [
            {"id": "n", "agentName": name, "action": "work", "input": input or {}, **node}]})
        return by_node(self.server.run("flow", {"workspace": str(self.repository)}))["n"], reply.json

    def test_an_image_brings_the_files_and_we_the_walls(self):
        before = set(os.listdir("/root"))
        node, agent = self.start("boxed", f"image: {IMAGE}\n")
        self.assertEqual(node["status"], "SUCCESS", node)
        self.assertEqual(node["outputJson"], {"image": "of the image", "workspace": "mine", "host": "", "word": "given",
                                              "user": "1000", "wrote": "", "net": ""})
        self.assertEqual((agent["runtime"], agent["image"]), ("oci", IMAGE))
        self.assertEqual(node["sandbox"]["image"], IMAGE)
        self.assertEqual(node["sandbox"]["network"], "none")
        self.assertEqual(set(os.listdir("/root")), before)
        again = by_node(self.server.run("flow", {"workspace": str(self.repository)}))["n"]
        self.assertEqual(again["status"], "SUCCESS", again)

    def test_a_program_of_the_agents_folder_runs_in_the_image(self):
        script = self.write("agents/own/run.sh", "printf '{\"seen\": \"%s\"}' \"$(cat /app/word)\"\n")
        self.assertTrue(script.exists())
        node, _ = self.start("own", f"image: {IMAGE}\ncommand: [sh, ./run.sh]\n")
        self.assertEqual(node["outputJson"], {"seen": "of the image"}, node)

    def test_limits_have_the_same_names(self):
        node, _ = self.start("boxed", f"image: {IMAGE}\n", input={"hang": True}, timeout="1s")
        self.assertEqual((node["reason"], node["error"]), ("timeout", "ran longer than 1 s (limit timeout)"))
        self.server.stop()
        script = "sandbox: {limits: {memory: 32MB}}\n"
        script += "command: [sh, -c, 'x=$(head -c 99000000 /dev/zero | tr \"\\0\" x)']\n"
        self.data = self.folder / "other"
        node, _ = self.start("hog", f"image: {IMAGE}\n{script}")
        self.assertEqual(node["status"], "FAILED")
        self.assertEqual(node["reason"], "memory", node)

    def test_what_cannot_be_used_is_told(self):
        node, _ = self.start("gone", "image: localhost/no-such-image:1\n")
        self.assertEqual(node["reason"], "not_started", node)
        self.assertIn("localhost/no-such-image:1 is not on this machine", node["error"])
        self.server.stop()
        self.data = self.folder / "other"
        node, _ = self.start("far", "image: registry.example.org/a/b:1\n")
        self.assertIn("images of registry.example.org are not allowed here (images.registries)", node["error"])
        self.server.stop()
        self.data = self.folder / "third"
        allow = "--set=images.registries=registry.example.org"
        node, _ = self.start("far", "image: registry.example.org/a/b:1\n", allow)
        self.assertIn("is not on this machine and its manifest says pull: never", node["error"])
        self.server.stop()
        self.data = self.folder / "fourth"
        refused = "127.0.0.1:9"  # nobody listens there
        allow = f"--set=images.registries={refused}"
        node, _ = self.start("pulls", f"image: {refused}/a/b:1\npull: missing\n", allow)
        self.assertRegex(node["error"], rf"^the image {refused}/a/b:1 cannot be pulled: .*refused")
        for name in ("", "UPPER", "a b", "a@sha256:12", "-x", "a/", "/a", "a//b", "a:", "--privileged", "a;b", "a:-x"):
            folder = self.image_agent("bad", f"image: '{name}'\n")
            self.assertIn("image", command("agents", "test", folder).stderr, name)

    def told(self, manifest, *hidden):
        """What a person is told who tries the agent on a machine that lacks the programs."""
        folder = self.image_agent("tried", manifest)
        script = "".join(f"mount --bind /dev/null {program}; " for program in hidden)
        alone = ("unshare", "-m", "sh", "-c", script + 'exec "$0" "$@"') if hidden else ()
        tried = (COMMANDCENTER, "agents", "test", folder, "--workspace", self.repository, "--json")
        reply = subprocess.run([*alone, *tried], capture_output=True, text=True, timeout=60)
        self.assertEqual(reply.returncode, 1, reply.stderr)
        return json.loads(reply.stdout)["error"]

    def test_names_that_lead_nowhere(self):
        wrong = "sha256:" + 64 * "0"
        self.assertEqual(self.told(f"image: {IMAGE}@{wrong}\n"),
                         f"the image {IMAGE} is on this machine, but not with the digest {wrong}")
        self.assertRegex(self.told("image: no-such-image:1\npull: missing\n"),
                         "^the image no-such-image:1 is not on this machine, and without a registry .*cannot be")
        self.assertEqual(self.told(f"image: {IMAGE}\ncommand: [no-such-program, x]\n"),
                         "the image has no program no-such-program (looked for in /bin:/app)")

    @unittest.skipUnless(os.geteuid() == 0, "only root can hide programs")
    def test_what_the_machine_lacks(self):
        engines = [path for name in ("podman", "docker") for path in (f"/usr/bin/{name}", f"/usr/local/bin/{name}")
                   if os.path.exists(path)]
        self.assertEqual(self.told(f"image: {IMAGE}\n", *engines),
                         "the agent needs a container engine for its image: apt-get install podman")
        # An engine that goes on when nobody takes what it gives would be waited for.
        self.assertRegex(self.told(f"image: {IMAGE}\n", "/usr/bin/tar"),
                         "^the image cannot be unpacked: /usr/bin/tar cannot be started")


if __name__ == "__main__":
    unittest.main()
