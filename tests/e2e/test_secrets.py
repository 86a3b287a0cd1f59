"""Secrets of agents: who gets them, and that nobody else ever sees one (pitfall B14; features 53, 63, 99)."""

import base64
import contextlib
import json
import os
import pathlib
import stat
import subprocess
import unittest

from harness import COMMANDCENTER, Case, by_node, command

VALUE = 'correct-horse "battery" staple'
SECOND = "quite-another-value-of-it"

# Tells it in every way that an accident would.
LOUD = """
cat "$AGENT_SECRETS/TOKEN" >&2; echo >&2
base64 "$AGENT_SECRETS/TOKEN" >&2
printf 'progress with %s\\n' "$(cat /run/secrets/TOKEN)" >&2
for piece in 1 2 3; do dd if=/run/secrets/TOKEN bs=7 skip=$piece count=1 2>/dev/null; done | tr -d '\\n' >/dev/null
head -c 9 /run/secrets/TOKEN >&2; tail -c +10 /run/secrets/TOKEN >&2; echo >&2
printf '{"length": %s, "raw": "%s", "coded": "%s"}' "$(wc -c </run/secrets/TOKEN)" \\
  "$(sed 's/"/\\\\"/g' /run/secrets/TOKEN)" "$(base64 -w0 /run/secrets/TOKEN)"
"""
NEEDS = "sandbox:\n  secrets: [TOKEN]\n"


class Secrets(Case):
    def secrets(self, *arguments, value=None):
        return subprocess.run(
            [COMMANDCENTER, "secrets", *arguments, "--server", self.server.url],
            input=value, capture_output=True, text=True, timeout=60,
        )

    def tell(self, *arguments, value=None):
        reply = self.secrets(*arguments, value=value)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertNotIn(VALUE, reply.stdout + reply.stderr)
        return reply.stdout

    def flow(self, *agents):
        self.create(
            self.server,
            {
                "name": "flow",
                "trigger": "manual",
                "nodes": [{"id": name, "agentName": name, "action": "work", "input": {}} for name in agents],
            },
        )

    def test_an_agent_gets_what_it_was_granted_and_nobody_else_sees_it(self):
        self.server = self.serve()
        self.register(self.server, "loud", LOUD, manifest=NEEDS)
        self.register(self.server, "other", 'test -e /run/secrets && exit 1; env | grep -c SECRET >&2; echo "{}"\n')
        self.flow("loud", "other")

        reply = self.server.post("/api/workflows/flow/trigger", {})
        self.assertError(reply, 400, "agent loud needs the secret TOKEN, which is not set: commandcenter secrets set")
        self.tell("set", "TOKEN", value=VALUE + "\n")
        self.assertIn("secrets.key", self.server.errors(), "the server says that it made a key")
        reply = self.server.post("/api/workflows/flow/trigger", {})
        self.assertError(reply, 400, "which it was not granted: commandcenter secrets grant TOKEN loud")
        self.assertEqual(self.server.get("/api/workflows/flow/runs").json, [], "no run has begun")
        self.tell("grant", "TOKEN", "loud")
        self.assertIn("loud", self.tell("list"))

        run = self.server.run("flow")
        nodes = by_node(run)
        self.assertEqual(run["status"], "SUCCESS", nodes)
        self.assertEqual(nodes["loud"]["outputJson"]["length"], len(VALUE))
        self.assertEqual(nodes["loud"]["outputJson"]["raw"], "***")
        self.assertEqual(nodes["loud"]["sandbox"]["secrets"], ["TOKEN"])
        self.assertNotIn("secrets", nodes["other"]["sandbox"])

        # A new value needs no restart.
        self.tell("rotate", "TOKEN", value=SECOND)
        self.assertEqual(by_node(self.server.run("flow"))["loud"]["outputJson"]["length"], len(SECOND))
        self.tell("revoke", "TOKEN", "loud")
        self.assertError(self.server.post("/api/workflows/flow/trigger", {}), 400, "not granted")

        self.assert_nowhere()

    def assert_nowhere(self):
        """A scan over what is stored, served and logged."""
        needles = [form for value in (VALUE, SECOND) for form in (
            value.encode(), json.dumps(value).encode()[1:-1], base64.b64encode(value.encode())[:-4],
            value.encode().hex().encode())]
        seen = {"log": self.server.errors().encode()}
        for path in ["/api/secrets", "/api/agents?projectId=1", "/api/workflows/runs", "/api/health", "/api/approvals"]:
            seen[path] = self.server.get(path).body.encode()
        for run in self.server.get("/api/workflows/flow/runs").json:
            for part in ("", "/logs", "/agent-runs"):
                path = f"/api/workflows/runs/{run['id']}{part}"
                seen[path] = self.server.get(path).body.encode()
            seen["events"] = json.dumps(self.server.events(run["id"], lambda _: False)).encode()
        reply = command("backup", self.folder / "backup", "--data", self.data)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        for file in [self.folder / "backup", *self.data.rglob("*")]:
            if file.is_file():
                seen[str(file)] = file.read_bytes()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            if int(process.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                seen[f"command line of {process.name}"] = (process / "cmdline").read_bytes()
        self.assertTrue(any(b"***" in text for text in seen.values()), "what was masked is there")
        for where, text in seen.items():
            for needle in needles:
                self.assertNotIn(needle, text, where)
        key = self.data / "secrets.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertNotIn(key.read_bytes().strip(), (self.folder / "backup").read_bytes(), "backups hold no key")

    def test_a_variable_only_where_the_manifest_insists(self):
        self.server = self.serve()
        script = 'printf \'{"length": %s, "value": "%s"}\' "${#MY_TOKEN}" "$MY_TOKEN"\n'
        self.register(self.server, "loud", script, manifest="sandbox:\n  secrets: [{name: TOKEN, env: MY_TOKEN}]\n")
        self.flow("loud")
        self.write("value", SECOND)
        self.tell("set", "TOKEN", "--file", str(self.folder / "value"))
        self.tell("grant", "TOKEN", "loud")
        output = by_node(self.server.run("flow"))["loud"]["outputJson"]
        self.assertEqual(output, {"length": len(SECOND), "value": "***"})

    def test_a_grant_taken_back_while_a_run_waits_holds_no_longer(self):
        self.server = self.serve()
        self.register(self.server, "loud", LOUD, manifest=NEEDS)
        self.create(self.server, {"name": "flow", "trigger": "manual", "nodes": [
            {"id": "loud", "agentName": "loud", "action": "work", "input": {}, "approvalRequired": True}]})
        self.tell("set", "TOKEN", value=VALUE)
        self.tell("grant", "TOKEN", "loud")
        run = self.server.post("/api/workflows/flow/trigger", {}).json["id"]
        self.server.wait_for_status(run, "WAITING_APPROVAL")
        self.tell("revoke", "TOKEN", "loud")
        approval = self.server.get(f"/api/workflows/flow/runs/{run}/approvals").json[0]["id"]
        self.server.post(f"/api/approvals/{approval}/decision", {"decision": "APPROVED", "respondedBy": "me"})
        self.server.wait_for_status(run, "FAILED")
        node = by_node(self.server.get(f"/api/workflows/runs/{run}").json)["loud"]
        self.assertEqual(node["reason"], "secrets", node)
        self.assertIn("not granted", node["error"])

    def test_names_values_and_projects(self):
        server = self.server = self.serve()
        put = lambda path, body: server.request("PUT", path, body)  # noqa: E731
        self.assertError(put("/api/secrets/a-b", {"value": VALUE}), 400, "cannot name a secret")
        self.assertError(put("/api/secrets/T", {"value": "tiny"}), 400, "4 bytes; a secret has 6 to 65536")
        for body in ({}, {"value": 5}, {"value": VALUE, "valueBase64": "eA=="}, {"valueBase64": "***"}):
            self.assertError(put("/api/secrets/T", body), 400, "expected one of value")
        made = put("/api/secrets/T?projectId=2", {"value": VALUE})
        self.assertEqual((made.status, made.json["projectId"], made.json["agents"]), (201, 2, []))
        self.assertEqual(put("/api/secrets/T?projectId=2", {"value": VALUE}).status, 200)
        self.assertEqual(server.get("/api/secrets").json, [])
        self.assertEqual(len(server.get("/api/secrets?projectId=2").json), 1)
        self.assertError(server.post("/api/secrets/T/rotate", {"value": VALUE}), 404, "Secret not found")
        self.assertError(server.post("/api/secrets/T/rotate?projectId=2", {"value": "x"}), 400)
        self.assertEqual(server.post("/api/secrets/T/rotate?projectId=2", {"value": SECOND}).status, 200)
        self.assertError(put("/api/secrets/T/agents/notifier", None), 404, "Secret not found")
        put("/api/secrets/OWN", {"value": VALUE})
        self.assertEqual(put("/api/secrets/OWN/agents/notifier", None).json["agents"], ["notifier"])
        self.assertEqual(put("/api/secrets/OWN/agents/notifier", None).status, 200, "twice is once")
        self.assertEqual(server.request("DELETE", "/api/secrets/OWN/agents/notifier").json["agents"], [])
        self.assertEqual(server.request("DELETE", "/api/secrets/OWN/agents/notifier").status, 200)
        self.assertEqual(server.request("DELETE", "/api/secrets/OWN").status, 204)
        self.assertError(put("/api/secrets/T/agents/nobody?projectId=2", None), 404, "Agent not found")
        self.assertError(server.request("DELETE", "/api/secrets/T/agents/nobody?projectId=2"), 404, "Agent not found")
        self.assertError(server.request("DELETE", "/api/secrets/T"), 404)
        self.assertEqual(server.request("DELETE", "/api/secrets/T?projectId=2").status, 204)
        self.assertNotEqual(self.secrets("rotate", "NOPE", value=VALUE).returncode, 0)
        bad = self.agent("bad", "", manifest="sandbox: {secrets: [a-b]}\n")
        self.assertIn("sandbox.secrets[0]", command("agents", "test", bad).stderr)

    def test_a_project_that_cannot_be_read_is_none(self):
        server = self.serve()
        for project in (1, 2):
            made = server.request("PUT", f"/api/secrets/KEEP?projectId={project}", {"value": VALUE})
            self.assertEqual(made.status, 201, made.body)
        before = [server.get(f"/api/secrets?projectId={project}").json for project in (1, 2)]
        for project in ("two", "2x", "0", "-3", "1.5", "%2B2", "99999999999999999999", ""):
            for method, path, body in (
                ("GET", "", None),
                ("PUT", "/KEEP", {"value": SECOND}),
                ("POST", "/KEEP/rotate", {"value": SECOND}),
                ("DELETE", "/KEEP", None),
                ("PUT", "/KEEP/agents/notifier", None),
                ("DELETE", "/KEEP/agents/notifier", None),
            ):
                with self.subTest(f"{method} {path} {project}"):
                    reply = server.request(method, f"/api/secrets{path}?projectId={project}", body)
                    self.assertError(reply, 400, f'projectId: "{project.replace("%2B", "+")}"')
        self.assertEqual([server.get(f"/api/secrets?projectId={project}").json for project in (1, 2)], before)

    def test_the_key_may_come_from_the_environment(self):
        self.server = self.serve(environment={"COMMANDCENTER_SECRETS_KEY": "ab" * 32})
        self.tell("set", "TOKEN", value=VALUE)
        self.assertFalse((self.data / "secrets.key").exists())
        self.assertEqual(self.server.stop(), 0)
        self.server = self.serve()
        reply = self.secrets("set", "MORE", value=VALUE)
        self.assertIn("there is no key for the secrets", reply.stderr)

    def test_another_key_for_all_of_them(self):  # feature 63
        self.server = self.serve()
        self.register(self.server, "loud", 'printf \'{"length": %s}\' "$(wc -c </run/secrets/TOKEN)"', manifest=NEEDS)
        self.flow("loud")
        self.tell("set", "TOKEN", value=VALUE)
        self.tell("grant", "TOKEN", "loud")
        before = (self.data / "secrets.key").read_bytes()
        busy = command("secrets", "rekey", "--data", self.data)
        self.assertNotEqual(busy.returncode, 0, busy.stdout)
        self.assertEqual(self.server.stop(), 0)
        made = command("secrets", "rekey", "--data", self.data)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("1 secrets are sealed with the new key", made.stdout)
        self.assertNotEqual((self.data / "secrets.key").read_bytes(), before)
        self.assertEqual(stat.S_IMODE((self.data / "secrets.key").stat().st_mode), 0o600)
        self.assertEqual(sorted(path.name for path in self.data.glob("secrets.key*")), ["secrets.key"])
        self.server = self.serve()
        run = self.server.run("flow", {})
        self.assertEqual(by_node(run)["loud"]["outputJson"], {"length": len(VALUE)}, run)

        # One that comes from elsewhere is brought along.
        self.assertEqual(self.server.stop(), 0)
        (self.folder / "key").write_text("cd" * 32)
        os.chmod(self.folder / "key", 0o600)
        moved = command("secrets", "rekey", "--to", self.folder / "key", "--data", self.data)
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.server = self.serve(environment={"COMMANDCENTER_SECRETS_KEY": "cd" * 32})
        self.assertEqual(by_node(self.server.run("flow", {}))["loud"]["status"], "SUCCESS")

    def test_an_agent_is_tried_with_secrets(self):
        folder = self.agent("loud", LOUD, manifest=NEEDS)
        (self.folder / "value").write_text(VALUE + "\n")
        missing = command("agents", "test", folder)
        self.assertIn("add --secret TOKEN=FILE", missing.stderr)
        for given, environment in ((f"TOKEN={self.folder / 'value'}", {}), ("TOKEN", {"TOKEN": VALUE})):
            tried = command("agents", "test", folder, "--secret", given, "--json", environment=environment)
            self.assertEqual(tried.returncode, 0, tried.stderr)
            self.assertEqual(json.loads(tried.stdout)["output"]["length"], len(VALUE))
            self.assertNotIn(VALUE, tried.stdout + tried.stderr)
        self.assertIn("has no variable", command("agents", "test", folder, "--secret", "NOT_THERE").stderr)
        short = self.write("short", "abc")
        self.assertIn("a secret has 6 to", command("agents", "test", folder, "--secret", f"TOKEN={short}").stderr)


if __name__ == "__main__":
    unittest.main()
