"""What agents reach of the network: what their manifest asks for and the operator allows (pitfall B14; feature 98)."""

import json
import unittest

from harness import Case, Server, by_node, command

ASK = """
import json, os, sys, urllib.request
given = json.load(sys.stdin)
got = []
for url in given["urls"]:
    try:
        request = urllib.request.Request(url, data=b"{}")
        got.append(urllib.request.urlopen(request, timeout=10).read().decode())
    except urllib.error.HTTPError as error:
        got.append(f"{error.code} {error.read().decode().strip()}")
    except OSError as error:
        got.append(f"failed: {error}")
print(json.dumps({"got": got}))
"""


class Network(Case):
    def start(self, network, allow):
        self.host = self.receiver()
        self.address = self.host.url.removeprefix("http://")
        config = self.write("allow.yaml", json.dumps({"network": {"allow": allow}}).replace("HOST", self.address))
        self.server = self.serve("--config", str(config))
        folder = self.write("agents/asks/ask.py", ASK).parent
        listed = json.dumps(network).replace("HOST", self.address)
        self.write(
            "agents/asks/agent.yaml",
            "name: asks\nversion: 1.0.0\neffects: none\ncommand: [python3, -I, ./ask.py]\n"
            f"sandbox:\n  network: {listed}\nactions:\n  - name: ask\n",
        )
        reply = self.server.post("/api/agents", {"folder": str(folder)})
        self.assertEqual(reply.status, 201, reply.body)
        self.create(self.server, {"name": "flow", "trigger": "manual", "nodes": [
            {"id": "ask", "agentName": "asks", "action": "ask", "input": {"urls": "{{ context.urls }}"}}]})
        return reply.json

    def ask(self, *urls):
        node = by_node(self.server.run("flow", {"context": {"urls": list(urls)}}))["ask"]
        self.assertEqual(node["status"], "SUCCESS", node)
        return node["outputJson"]["got"], node["sandbox"]

    def test_what_both_allow_is_reached_and_recorded(self):
        agent = self.start(["HOST"], ["HOST"])
        self.assertEqual(agent["network"], [self.address])
        other = self.receiver()
        got, record = self.ask(self.host.url + "/a", other.url + "/b")
        self.assertEqual(got[0], "ok")
        self.assertIn("403 commandcenter: " + other.url.removeprefix("http://"), got[1])
        self.assertIn("sandbox.network", got[1])
        self.assertEqual([post["path"] for post in self.host.posts], ["/a"])
        self.assertEqual(other.posts, [])
        self.assertEqual(record["network"], [self.address])
        first, second = record["connections"]
        host, port = self.address.split(":")
        self.assertEqual((first["host"], first["port"], first["verdict"]), (host, int(port), "allowed"))
        self.assertGreater(first["sentBytes"], 50)
        self.assertGreater(first["receivedBytes"], 50)
        self.assertEqual((second["verdict"], second["sentBytes"]), ("refused", 0))
        self.assertIn("sandbox.network", second["problem"])

    def test_private_addresses_must_be_listed_by_the_operator(self):
        self.start(["*"], ["*"])
        port = self.address.split(":")[1]
        # Without a list of the operator the loopback interface is the sandbox's own.
        got, record = self.ask(self.host.url, f"http://169.254.169.254:{port}/", f"http://[::ffff:127.0.0.1]:{port}/",
                               f"http://0.0.0.0:{port}/", "http://10.0.0.1/")
        self.assertIn("failed: ", got[0])
        for answer in got[1:]:
            self.assertIn("no public address", answer)
        self.assertEqual([line["verdict"] for line in record["connections"]], ["refused"] * 4)
        self.assertEqual(self.host.posts, [])

    def test_the_operator_has_the_last_word(self):
        self.start(["*"], [])
        got, _ = self.ask("http://example.org/", "https://example.org/")
        self.assertIn("network.allow", got[0])
        self.assertIn("403", got[1])

    def test_an_agent_that_asks_for_nothing_has_nothing(self):
        self.start([], ["*", "HOST"])
        got, record = self.ask(self.host.url)
        self.assertIn("failed: ", got[0])
        self.assertEqual(record["network"], "none")
        self.assertNotIn("connections", record)

    def test_lists_that_make_no_sense_are_refused(self):
        bad = self.agent("bad", "", manifest="sandbox: {network: ['https://a.example', 'ok.example:443', 5]}\n")
        reply = command("agents", "test", bad)
        self.assertIn("sandbox.network[0]", reply.stderr)
        self.assertIn("sandbox.network[2]", reply.stderr)
        self.assertNotIn("sandbox.network[1]", reply.stderr)
        with self.assertRaisesRegex(AssertionError, "network.allow: .*names no hosts"):
            Server(self.data, [self.folder], "--set=network.allow=a b")


if __name__ == "__main__":
    unittest.main()
