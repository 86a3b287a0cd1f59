"""The notifier in workflows and as a command: delivered once, in order, or a node that failed. Pitfalls A11, C7."""

import json
import os
import random
import signal
import subprocess

from harness import COMMANDCENTER, Case, QuietHandler, WebService, by_node, command, wait_until

SECRET_PATH = "/services/T000/B000/notInAnyLog"


class Service(WebService):
    """Takes a message once for each idempotency key; fails as often as told, before or after it took the message."""

    def __init__(self, failing=0.0, seed=1):
        self.order = []
        self.keys = []
        self.bodies = []
        self.requests = 0
        taken = set()
        chance = random.Random(seed)
        service = self

        class Handler(QuietHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.requests += 1
                key = self.headers["Idempotency-Key"]
                fails, late = chance.random() < failing, chance.random() < 0.5
                if (not fails or late) and key not in taken:
                    taken.add(key)
                    service.keys.append(key)
                    service.bodies.append(body)
                    service.order.append(body.get("message"))
                self.send_response(503 if fails else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.listen(Handler)


class Notify(Case):
    def service(self, **options):
        service = Service(**options)
        self.addCleanup(service.close)
        return service

    def config(self, **more):
        return self.write("notify.json", json.dumps({"allowPrivate": True, "retry": {"firstBackoffMs": 1}, **more}))

    def notify(self, text, *arguments, environment=None):
        return subprocess.run(
            [COMMANDCENTER, "notify", *map(str, arguments)],
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **(environment or {})},
        )

    def test_a_killed_sender_loses_and_doubles_nothing(self):
        service = self.service(failing=0.2)
        config = self.config(channel="webhook", webhookUrl=service.url + SECRET_PATH)
        lines = "".join(json.dumps({"message": str(i), "id": f"m{i}"}) + "\n" for i in range(10_000))
        self.write("messages.jsonl", lines)
        arguments = [self.folder / "messages.jsonl", "--config", config, "--spool", self.folder / "spool"]
        for _ in range(3):
            enough = len(service.order) + 1_000
            sender = [COMMANDCENTER, "notify", *arguments]
            process = subprocess.Popen(sender, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_until(lambda: len(service.order) >= enough, "messages arrive")
            process.send_signal(signal.SIGKILL)
            process.wait()
        reply = self.notify("", *arguments, "--json")
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertEqual(service.order, [str(i) for i in range(10_000)])
        self.assertNotIn("notInAnyLog", reply.stdout + reply.stderr)
        for file in (self.folder / "spool").iterdir():
            self.assertNotIn("notInAnyLog", file.read_text())

    def test_the_result_of_a_run_is_told(self):
        service = self.service()
        self.write("repository/settings.py", "DB_PASSWORD = 'kT7vq9zLxw2M'\n")
        self.write(
            "scan.yaml",
            "name: scan\ntrigger: manual\nnodes:\n"
            "  - {id: scan, agent: security-scanner, input: {target: /workspace}}\n",
        )
        run = command("run", self.folder / "scan.yaml", "--repo", self.repository, "--data", self.data, "--json")
        secret = {"NOTIFY_WEBHOOK_URL": service.url + SECRET_PATH}
        reply = self.notify(run.stdout, "--channel", "webhook", "--allow-private", environment=secret)
        self.assertEqual(reply.returncode, 0, reply.stderr)
        self.assertIn("webhook delivered 127.0.0.1", reply.stdout)
        (body,) = service.bodies
        self.assertEqual(body["message"], "scan SUCCESS: 1 critical")
        self.assertEqual(body["annotations"][0]["path"], "settings.py")
        self.assertNotIn("kT7vq9zLxw2M", json.dumps(body))
        refused = self.notify(run.stdout, "--channel", "webhook", environment=secret)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("is a private address", refused.stderr)
        dry = self.notify("hello", "--channel", "slack", "--allow-private", "--dry-run", environment=secret)
        self.assertEqual(json.loads(dry.stdout)["body"]["blocks"][1]["text"]["text"], "hello")
        self.assertEqual(len(service.bodies), 1)

    def test_plain_text_and_findings_and_exit_codes(self):
        reply = self.notify("disk is full\n", "--severity", "warning")
        self.assertEqual((reply.returncode, reply.stdout), (0, "console delivered console\n"))
        self.assertIn("[WARNING] disk is full", reply.stderr)
        for silence in (self.notify(""), self.notify(" \n\n"), self.notify("[]"), self.notify("", "--message", "")):
            self.assertEqual((silence.returncode, silence.stdout), (2, ""))
            self.assertIn("there is nothing to say", silence.stderr)
        for channel, missing in (("slack", "webhookUrl"), ("email", "smtpUrl"), ("github", "githubToken")):
            reply = self.notify("x", "--channel", channel, environment={"NOTIFY_WEBHOOK_URL": ""})
            self.assertEqual((reply.returncode, reply.stdout), (2, ""))
            self.assertIn(missing, reply.stderr)
            self.assertIn("--config", reply.stderr)  # and no option that does not exist
        self.assertEqual(self.notify("x", "--channel", "pigeon").returncode, 2)
        lost = self.service(failing=1.0)
        config = self.config(channel="webhook", webhookUrl=lost.url, retry={"firstBackoffMs": 1, "maxTries": 2})
        reply = self.notify("x", "--config", config, "--spool", self.folder / "spool")
        self.assertEqual(reply.returncode, 1)
        self.assertIn("not delivered after 2 tries: HTTP 503", reply.stderr)

    def test_a_mistyped_key_of_the_configuration_is_refused(self):
        reply = self.notify("x", "--config", self.config(chanel="slack"))
        self.assertEqual((reply.returncode, reply.stdout), (2, ""))
        self.assertIn('does not know "chanel"; did you mean "channel"?', reply.stderr)

    def test_the_report_of_a_review_and_runs_of_the_api_are_told(self):
        def told(document):
            reply = self.notify(json.dumps(document))
            self.assertEqual(reply.returncode, 0, reply.stderr)
            return reply.stderr

        self.write("repository/a.py", "# TO" "DO: more\ntry:\n    f()\nexcept:\n    pass\n")
        review = json.loads(command("review", self.repository, "--no-cache", "--json").stdout)
        self.assertEqual(review["summary"]["total"], 2)
        self.assertIn("[WARNING] Review", told(review))
        self.assertIn("2 findings: 1 warning, 1 info", told(review))
        comply = {"violations": [{"rule": "secrets", "severity": "critical", "file": "a.py", "message": "m"}]}
        self.assertIn("1 finding: 1 critical", told(comply))
        scan = {"findings": [{"type": "SQL", "severity": "high", "file": "a.py", "line": 1, "description": "d"}]}
        self.assertIn("[ERROR] Scan: 1 finding: 1 high", told(scan))
        drawn = json.loads(command("diagram", self.repository, "--format", "json").stdout)
        self.assertIn("Architecture: 0 findings", told(drawn))
        run = {"id": "r1", "status": "WAITING_APPROVAL", "workflow": {"name": "nightly"}, "agentRuns": [
            {"nodeId": "look", "status": "SUCCESS", "outputJson": review},
            {"nodeId": "fix", "status": "WAITING_APPROVAL"}]}
        waiting = told(run)
        for part in ("[INFO]", "nightly, Run r1: WAITING_APPROVAL", "look SUCCESS: 1 warning, 1 info"):
            self.assertIn(part, waiting)
        failed = told({**run, "status": "FAILED", "error": "fix was rejected"})
        self.assertIn("[ERROR]", failed)
        self.assertIn("fix was rejected", failed)

    def workflow(self, server, inputs, **node):
        return self.create(
            server,
            {
                "name": "tell",
                "trigger": "manual",
                "nodes": [{"id": "tell", "agent": "notifier", "action": "send", "input": inputs, **node}],
            },
        )

    def test_a_workflow_tells_several_by_severity(self):
        chat, pager = self.service(failing=0.2), self.service()
        server = self.serve()
        made = self.workflow(
            server,
            {
                "destinations": [
                    {"name": "chat", "channel": "webhook", "webhookUrl": "{{ context.chat }}"},
                    {"name": "pager", "channel": "discord", "webhookUrl": "{{ context.pager }}"},
                ],
                "routes": [{"to": ["chat"]}, {"minSeverity": "critical", "to": ["pager"]}],
                "messages": "{{ context.messages }}",
                "allowPrivate": True,
            },
        )
        messages = [{"message": f"m{i}", "severity": "critical" if i == 3 else "info"} for i in range(20)]
        context = {"chat": chat.url + SECRET_PATH, "pager": pager.url, "messages": messages}
        run = server.run(made["id"], {"context": context})
        self.assertEqual(run["status"], "SUCCESS", run["error"])
        output = by_node(run)["tell"]["outputJson"]
        self.assertEqual(chat.order, [f"m{i}" for i in range(20)])
        self.assertEqual([body["embeds"][0]["description"] for body in pager.bodies], ["m3"])
        self.assertEqual(len(output["receipts"]), 21)
        self.assertEqual({receipt["status"] for receipt in output["receipts"]}, {"delivered"})
        self.assertNotIn("notInAnyLog", json.dumps(output))

    def test_an_address_is_a_secret_of_the_server(self):
        service, server = self.service(), self.serve()

        def secrets(*arguments, value=""):
            arguments = [COMMANDCENTER, "secrets", *arguments, "--server", server.url]
            subprocess.run(arguments, input=value, text=True, check=True)

        secrets("set", "HOOK", value=service.url + SECRET_PATH)
        chat = {"channel": "webhook", "webhookUrl": "secret:HOOK"}
        made = self.workflow(server, {"destinations": [chat], "message": "hello", "allowPrivate": True})
        run = server.run(made["id"])
        self.assertIn("commandcenter secrets grant HOOK notifier", by_node(run)["tell"]["error"])
        secrets("grant", "HOOK", "notifier")
        run = server.run(made["id"])
        self.assertEqual(run["status"], "SUCCESS", run["error"])
        self.assertEqual(service.order, ["hello"])
        self.assertEqual(by_node(run)["tell"]["inputJson"]["destinations"], [chat])
        self.assertEqual(by_node(run)["tell"]["sandbox"]["secrets"], ["HOOK"])
        for place in (f"/api/runs/{run['id']}", f"/api/runs/{run['id']}/logs", f"/api/workflows/{made['id']}"):
            self.assertNotIn("notInAnyLog", server.get(place).body)
        self.assertNotIn(b"notInAnyLog", (self.data / "commandcenter.db").read_bytes())

    def test_attempts_of_a_node_share_their_keys_and_a_lost_message_fails_it(self):
        service = self.service(failing=1.0, seed=3)
        server = self.serve()
        made = self.workflow(
            server,
            {
                "channel": "webhook",
                "webhookUrl": "{{ context.hook }}",
                "message": "once",
                "allowPrivate": True,
                "retry": {"maxTries": 2, "firstBackoffMs": 1},
            },
            retry={"attempts": 3, "backoff": "1ms"},
        )
        run = server.run(made["id"], {"context": {"hook": service.url + SECRET_PATH}})
        self.assertEqual(run["status"], "FAILED")
        self.assertIn("Webhook notification not delivered after 2 tries: HTTP 503", by_node(run)["tell"]["error"])
        self.assertEqual(service.requests, 6)
        self.assertEqual(service.order, ["once"], "six tries, one message")
        self.assertNotIn("notInAnyLog", by_node(run)["tell"]["error"])

    def test_addresses_that_strangers_chose_lead_nowhere(self):
        service = self.service()
        server = self.serve()
        made = self.workflow(server, {"channel": "webhook", "webhookUrl": "{{ context.hook }}", "message": "x"})
        for url in (service.url, "http://169.254.169.254/latest/meta-data/", "http://[::1]:1/"):
            run = server.run(made["id"], {"context": {"hook": url}})
            self.assertEqual(run["status"], "FAILED")
            self.assertIn("is a private address", by_node(run)["tell"]["error"])
        self.assertEqual(service.requests, 0)
