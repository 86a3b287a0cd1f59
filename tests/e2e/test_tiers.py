"""What a person is told about isolation: by doctor, at the start, by health and in the run record (pitfalls A4, B13;
features 52, 97). What this machine has is taken away in a mount namespace, or a user namespace, of the test's own."""

import json
import os
import subprocess
import unittest

from harness import COMMANDCENTER, DEADLINE_S, Case, Server, by_node, command

NO_BUBBLEWRAP = ("unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$(command -v bwrap)" && exec "$0" "$@"')
NO_NAMESPACES = ("unshare", "-rUm", "sh", "-c", 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$@"')
WITHOUT = {
    NO_BUBBLEWRAP: "bubblewrap is not installed: apt-get install bubblewrap",
    NO_NAMESPACES: "the kernel refuses user namespaces: sysctl -w user.max_user_namespaces=15000",
}
TELL = {"name": "tell", "trigger": "manual", "nodes": [
    {"id": "n", "agentName": "notifier", "action": "notify", "input": {"channel": "console", "message": "x"}}]}


class Tiers(Case):
    def ask(self, wall, *words):
        return subprocess.run([*wall, COMMANDCENTER, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=DEADLINE_S)

    def isolation(self, reply):
        return json.loads(reply.stdout)["checks"][0]

    def record(self, server):
        self.create(server, TELL)
        node = by_node(server.run("tell"))["n"]
        self.assertEqual(node["status"], "SUCCESS", node)
        return node["sandbox"]["sandbox"]

    def test_what_there_is_is_told_alike_everywhere(self):
        check = self.isolation(command("doctor", "--data", self.data, "--json"))
        server = self.serve()
        executor = server.get("/api/health").json["executor"]
        self.assertIn(executor["tier"], ("full", "namespaces"))
        self.assertTrue(check["ok"])
        self.assertTrue(check["detail"].startswith(f"tier {executor['tier']}: bubblewrap "), check)
        self.assertIn(executor["detail"], check["detail"])
        self.assertEqual(self.record(server), executor["tier"])

    def test_the_record_shows_the_limits_that_hold(self):
        server = self.serve()
        self.register(server, "modest", "echo '{}'\n", manifest="limits: {cpu: 50, memory: 64MB, processes: 20}\n")
        node = {"id": "n", "agentName": "modest", "input": {}}
        self.create(server, {"name": "use", "trigger": "manual", "nodes": [node]})
        record = by_node(server.run("use"))["n"]["sandbox"]
        limits = record["limits"]
        self.assertEqual((limits["memoryBytes"], limits["processes"]), (64 << 20, 20))
        self.assertEqual(limits["cpuPercent"], 50 if record["sandbox"] == "full" else 0)

    @unittest.skipUnless(os.geteuid() == 0, "only root can hide programs")
    def test_without_isolation_nothing_starts(self):
        flow = self.write("tell.json", json.dumps(TELL))
        for wall, reason in WITHOUT.items():
            check = self.isolation(self.ask(wall, "doctor", "--data", self.data, "--json"))
            self.assertEqual((check["ok"], check["required"], check["detail"]), (False, True, f"tier none: {reason}"))
            words = f"agents cannot be isolated on this machine: {reason}. To run them unprotected all the same, add "
            for asked in (("serve", "--port", "0", "--data", self.data), ("run", flow, "--data", self.data),
                          ("agents", "test", "notifier", "--input", '{"channel": "console", "message": "x"}')):
                reply = self.ask(wall, *asked)
                self.assertEqual(reply.returncode, 1, asked)
                self.assertIn(words + "--unsafe-no-sandbox", reply.stderr)
            self.assertFalse((self.data / "commandcenter.db").exists(), "nothing was stored")

    def test_unprotected_only_if_the_operator_insists(self):
        server = Server(self.data, [self.folder], "--unsafe-no-sandbox")
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        executor = server.get("/api/health").json["executor"]
        self.assertEqual((executor["tier"], executor["backend"]), ("none", "none"))
        self.assertIn("--unsafe-no-sandbox", executor["detail"])
        self.assertEqual(self.record(server), "none")
        environment = {"COMMANDCENTER_CONFIG": str(self.write("open.yaml", "agents: {isolation: none}\n"))}
        check = self.isolation(command("doctor", "--data", self.folder / "other", "--json", environment=environment))
        self.assertEqual((check["ok"], check["required"]), (False, False))
        self.assertIn("tier none: switched off (agents.isolation: none)", check["detail"])


if __name__ == "__main__":
    unittest.main()
