"""What other systems call: Alertmanager, Grafana and GitHub with the bodies they really send, and addresses that
workflows choose. Alerts are delivered to a mock Slack by the real notifier in its sandbox."""

import concurrent.futures
import hashlib
import hmac
import json

from harness import Case, by_node

SLACK_PATH = "/services/T000/B000/secretsecret"


def alert(name="DiskFull", status="firing", starts_at="2026-03-01T10:00:00.000Z", severity="critical", **changes):
    """An entry of Alertmanager's `alerts`, as version 4 of its webhook sends it."""
    labels = {"alertname": name, "severity": severity, "component": "api", "instance": "10.0.0.7:9100"}
    body = {
        "status": status,
        "labels": labels,
        "annotations": {
            "summary": f"{name} on the api",
            "description": "Less than 5% left",
            "runbook_url": "https://r/1",
        },
        "startsAt": starts_at,
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-03-01T11:00:00.000Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=1",
        "fingerprint": hashlib.sha256(name.encode()).hexdigest()[:16],
    }
    body.update(changes)
    return {key: value for key, value in body.items() if value is not None}


def group(*alerts, status="firing"):
    return {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "commandcenter",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
    }


class Alerts(Case):
    def alerting(self, **environment):
        self.slack = self.receiver()
        return self.serve(environment={"ALERT_WEBHOOK_URL": self.slack.url + SLACK_PATH, **environment})

    def tell(self, server, *alerts, path="alertmanager", **body):
        reply = server.post(f"/api/webhooks/{path}", {**group(*alerts), **body})
        self.assertEqual(reply.status, 200, reply.body)
        for run in reply.json.get("workflowRuns", []):
            self.assertEqual(run["status"], "PENDING")
            server.wait_for_status(run["id"], "SUCCESS")
        return reply.json

    def messages(self):
        return ["\n".join(block["text"]["text"] for block in post["body"]["blocks"][1:]) for post in self.slack.posts]

    def test_one_notification_for_each_change_of_state(self):  # feature 92, pitfalls A11, B23
        server = self.alerting()
        self.assertEqual(server.post("/api/webhooks/alertmanager", group()).json, {"message": "No alerts to process"})
        reply = self.tell(server, alert())
        self.assertEqual((reply["message"], len(reply["workflowRuns"])), ("Processed 1 alerts", 1))
        for _ in range(3):  # repeats, also after a restart
            reply = self.tell(server, alert())
            self.assertEqual((reply["workflowRuns"], reply["repeated"]), ([], 1))
        server.kill()
        server = self.serve(environment={"ALERT_WEBHOOK_URL": self.slack.url + SLACK_PATH})
        self.assertEqual(self.tell(server, alert())["workflowRuns"], [])
        self.assertEqual(len(self.tell(server, alert(status="resolved"))["workflowRuns"]), 1)
        self.assertEqual(self.tell(server, alert(status="resolved"))["workflowRuns"], [])
        self.assertEqual(self.tell(server, alert())["workflowRuns"], [], "a late repetition of an alarm that is over")
        again = alert(starts_at="2026-03-02T10:00:00.000Z")
        self.assertEqual(len(self.tell(server, again)["workflowRuns"]), 1)
        self.assertEqual([post["path"] for post in self.slack.posts], [SLACK_PATH] * 3)
        first, second, third = self.messages()
        self.assertTrue(first.startswith("🔥 🔴 *DiskFull*\n*Status:* firing\n*Severity:* critical\n"), first)
        rest = "*Component:* api\n*Summary:* DiskFull on the api\n*Description:* Less than 5% left\n"
        self.assertIn(rest + "*Runbook:* https://r/1\n", first)
        self.assertTrue(second.startswith("✅ 🔴 *DiskFull*\n*Status:* resolved\n"), second)
        self.assertTrue(third.startswith("🔥"), third)

    def test_nothing_that_is_missing_makes_it_fail(self):  # pitfall A11
        server = self.alerting()
        bare = [
            alert("A", annotations=None),
            alert("B", labels=None, annotations=None, fingerprint=None, startsAt=None),
            alert("C", labels={"severity": "critical"}, fingerprint=None),
            {"status": "resolved"},
            "no object",
            alert("D", labels={"alertname": 7, "severity": ["page"]}, annotations={"summary": {"a": 1}}),
            alert("E", severity="PAGE"),
        ]
        reply = self.tell(server, *bare)
        self.assertEqual(len(reply["workflowRuns"]), 6)
        self.assertEqual(len(self.slack.posts), 3, "A, C and E are critical")
        self.assertTrue(any("*Summary:* No summary available" in message for message in self.messages()))
        self.assertEqual(self.tell(server, *bare)["workflowRuns"], [], "recognised without a fingerprint, too")
        self.assertError(server.post("/api/webhooks/alertmanager", {"alerts": {}}), 400, "alerts: expected a list")

    def test_a_group_of_fifty_at_fifty_senders(self):  # pitfall B23
        server = self.alerting()
        body = group(*(alert(f"Alert{i}") for i in range(50)))
        with concurrent.futures.ThreadPoolExecutor(50) as senders:
            replies = list(senders.map(lambda _: server.post("/api/webhooks/alertmanager", body), range(50)))
        self.assertEqual({reply.status for reply in replies}, {200})
        runs = [run["id"] for reply in replies for run in reply.json["workflowRuns"]]
        self.assertEqual((len(runs), len(set(runs))), (50, 50))
        for run in runs:
            server.wait_for_status(run, "SUCCESS")
        self.assertEqual(len(self.slack.posts), 50)
        self.assertEqual(len(set(self.messages())), 50)
        workflows = server.get("/api/workflows?projectId=1").json
        self.assertEqual([workflow["name"] for workflow in workflows], ["alert-notification"])

    def test_more_than_a_request_may_start(self):
        server = self.alerting()
        body = group(*(alert(f"Alert{i}", severity="warning") for i in range(1_001)))
        self.create(server, {"name": "alert-notification", "trigger": "webhook", "nodes": []})
        self.assertError(server.post("/api/webhooks/alertmanager", body), 503, "send it again")
        reply = server.post("/api/webhooks/alertmanager", body)
        self.assertEqual((reply.status, len(reply.json["workflowRuns"]), reply.json["repeated"]), (200, 1, 1_000))

    def test_the_run_and_what_it_hides(self):
        server = self.alerting()
        run = self.tell(server, alert())["workflowRuns"][0]["id"]
        detail = server.get(f"/api/runs/{run}").json
        self.assertEqual(detail["trigger"], "alertmanager_webhook")
        context = detail["contextJson"]
        self.assertEqual((context["channel"], context["severity"], context["component"]), ("slack", "critical", "api"))
        self.assertEqual(context["runbook_url"], "https://r/1")
        self.assertEqual(by_node(detail)["notify"]["inputJson"]["webhookUrl"], "target:alerts")
        for path in (f"/api/runs/{run}", f"/api/runs/{run}/logs", "/api/workflows/alert-notification"):
            self.assertNotIn("secretsecret", server.get(path).body)
        self.assertNotIn(b"secretsecret", (self.data / "commandcenter.db").read_bytes())
        warning = self.tell(server, alert("Slow", severity="warning"))["workflowRuns"][0]["id"]
        self.assertEqual(server.get(f"/api/runs/{warning}").json["contextJson"]["channel"], "console")

    def test_undeliverable_is_a_failed_run(self):  # pitfall A11
        server = self.serve()
        run = server.post("/api/webhooks/alertmanager", group(alert())).json["workflowRuns"][0]["id"]
        server.wait_for_status(run, "FAILED")
        self.assertIn("webhooks.alertUrl", server.get(f"/api/runs/{run}").json["error"])

    def test_a_workflow_that_may_not_start(self):
        server = self.alerting()
        self.create(server, {"name": "alert-notification", "trigger": "webhook", "nodes": [], "status": "ARCHIVED"})
        for path, body in (("alertmanager", group(alert())), ("grafana", {"state": "alerting", "ruleName": "R"})):
            self.assertError(server.post(f"/api/webhooks/{path}", body), 409, "ARCHIVED")

    def test_a_token(self):
        server = self.alerting(ALERT_WEBHOOK_TOKEN="let-me-in")
        for path, body in (("alertmanager", group(alert())), ("grafana", {"state": "ok", "ruleName": "R"})):
            self.assertError(server.post(f"/api/webhooks/{path}", body), 401, "token")
            wrong = {"Authorization": "Bearer let-me-on"}
            self.assertError(server.request("POST", f"/api/webhooks/{path}", body, wrong), 401)
            right = {"Authorization": "Bearer let-me-in"}
            self.assertEqual(server.request("POST", f"/api/webhooks/{path}", body, right).status, 200)
            self.assertEqual(server.post(f"/api/webhooks/{path}?token=let-me-in", body).status, 200)

    def test_grafana(self):
        server = self.alerting()
        rule = {
            "dashboardId": 1,
            "ruleId": 5,
            "ruleName": "Latency",
            "ruleUrl": "http://grafana/d/1",
            "state": "alerting",
            "message": "p95 is over 2 s",
            "evalMatches": [{"value": 3, "metric": "p95", "tags": {}}],
            "tags": {"team": "web"},
        }
        run = server.post("/api/webhooks/grafana", rule).json["workflowRunId"]
        server.wait_for_status(run, "SUCCESS")
        detail = server.get(f"/api/runs/{run}").json
        self.assertEqual((detail["trigger"], detail["contextJson"]["channel"]), ("grafana_webhook", "slack"))
        self.assertIsNone(server.post("/api/webhooks/grafana", rule).json["workflowRunId"])
        for state in ("ok", "alerting"):
            run = server.post("/api/webhooks/grafana", {**rule, "state": state}).json["workflowRunId"]
            server.wait_for_status(run, "SUCCESS")
        self.assertEqual([text.split()[0] for text in self.messages()], ["🔥", "✅", "🔥"])
        unified = {"receiver": "cc", "status": "firing", "orgId": 1, "title": "[FIRING:1]", "state": "alerting"}
        reply = self.tell(server, alert("Unified"), path="grafana", **unified)
        self.assertEqual(len(reply["workflowRuns"]), 1)
        self.assertEqual(self.tell(server, alert("Unified"), path="grafana", **unified)["repeated"], 1)
        self.assertError(server.post("/api/webhooks/grafana", {"hello": 1}), 400, "no alert of Grafana")


def signature_of(secret, text):
    return "sha256=" + hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class GitHub(Case):
    SECRET = "it is a secret to everybody"

    def deliver(self, server, kind, body, delivery="d1", secret=SECRET, **headers):
        text = json.dumps(body)
        signature = signature_of(secret, text)
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": signature,
            **headers,
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        return server.request("POST", "/api/webhooks/github", text, headers)

    def listen(self, server, name, trigger):
        node = {"id": "echo", "transform": {"branch": "{{ context.event.branch }}"}}
        return self.create(server, {"name": name, "trigger": trigger, "nodes": [node]})["id"]

    PUSH = {
        "ref": "refs/heads/main",
        "before": "0" * 40,
        "after": "f" * 40,
        "compare": "https://github.com/o/r/compare/0...f",
        "repository": {"full_name": "o/r", "clone_url": "https://github.com/o/r.git"},
        "sender": {"login": "ada"},
        "commits": [
            {"id": "f" * 40, "message": "One\n\nmore", "author": {"name": "Ada"}, "added": ["src/a.ts"]},
            {"id": "e" * 40, "message": "Two", "removed": ["docs/x.md"], "modified": ["src/a.ts"]},
        ],
    }

    def test_a_push_starts_what_its_branch_and_files_fit(self):
        server = self.serve(environment={"GITHUB_WEBHOOK_SECRET": self.SECRET})
        filters = {"branch": "main", "filePath": "src/**"}
        wanted = self.listen(server, "sources", {"on": ["github.push"], "filters": filters})
        self.listen(server, "docs", {"on": ["github.push"], "filters": {**filters, "filePath": "*.md"}})
        self.listen(server, "release", {"on": ["github.push"], "filters": {"branch": "release"}})
        self.assertEqual(self.deliver(server, "ping", {"zen": "…"}).json, {"message": "pong"})
        reply = self.deliver(server, "push", self.PUSH)
        self.assertEqual(reply.status, 202, reply.body)
        self.assertEqual([run["workflowId"] for run in reply.json["workflowRuns"]], [wanted])
        run = reply.json["workflowRuns"][0]["id"]
        server.wait_for_status(run, "SUCCESS")
        detail = server.get(f"/api/runs/{run}").json
        event = detail["contextJson"]["event"]
        self.assertEqual(detail["trigger"], "event:github.push")
        self.assertEqual((event["branch"], event["repository"]), ("main", "o/r"))
        self.assertEqual(event["filePath"], ["docs/x.md", "src/a.ts"])
        self.assertEqual(event["commits"][0], {"id": "f" * 40, "message": "One", "author": "Ada"})
        self.assertEqual(event["github"], self.PUSH)
        again = self.deliver(server, "push", self.PUSH)
        self.assertTrue(again.json["duplicate"])
        self.assertEqual(len(self.deliver(server, "push", self.PUSH, delivery="d2").json["workflowRuns"]), 1)

    def test_a_pull_request(self):
        server = self.serve(environment={"GITHUB_WEBHOOK_SECRET": self.SECRET})
        wanted = self.listen(
            server, "review", {"on": ["github.pull_request"], "filters": {"action": ["opened", "synchronize"]}}
        )
        request = {
            "title": "Faster",
            "html_url": "https://github.com/o/r/pull/7",
            "base": {"ref": "main", "sha": "a" * 40},
            "head": {"ref": "faster", "sha": "b" * 40, "repo": {"full_name": "ada/r"}},
            "user": {"login": "ada"},
            "draft": False,
            "merged": False,
        }
        body = {"action": "opened", "number": 7, "pull_request": request, "repository": {"full_name": "o/r"}}
        reply = self.deliver(server, "pull_request", body)
        self.assertEqual([run["workflowId"] for run in reply.json["workflowRuns"]], [wanted])
        event = server.get(f"/api/runs/{reply.json['workflowRuns'][0]['id']}").json["contextJson"]["event"]
        self.assertEqual((event["branch"], event["headBranch"], event["after"]), ("main", "faster", "b" * 40))
        self.assertEqual(self.deliver(server, "pull_request", {**body, "action": "closed"}, "d2").json["matched"], 0)

    def test_what_is_refused(self):
        server = self.serve(environment={"GITHUB_WEBHOOK_SECRET": self.SECRET})
        self.assertError(self.deliver(server, "push", self.PUSH, secret="wrong"), 401, "X-Hub-Signature-256")
        unsigned = self.deliver(server, "push", self.PUSH, **{"X-Hub-Signature-256": None})
        self.assertError(unsigned, 401, "X-Hub-Signature-256")
        self.assertError(self.deliver(server, "push", self.PUSH, **{"X-GitHub-Event": None}), 400, "X-GitHub-Event")
        for broken in ('{"ref": ', "[1]"):  # who may deliver comes before what is delivered
            headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=00"}
            reply = server.request("POST", "/api/webhooks/github", broken, headers)
            self.assertError(reply, 401, "X-Hub-Signature-256")
            headers["X-Hub-Signature-256"] = signature_of(self.SECRET, broken)
            self.assertError(server.request("POST", "/api/webhooks/github", broken, headers), 400, "JSON")
        self.assertEqual(self.deliver(server, "issues", {}).json["matched"], 0)
        for odd in ({}, {"ref": 7, "commits": 3}, {"commits": [1, {"added": "x"}]}):
            self.assertEqual(self.deliver(server, "push", odd, f"odd{odd}").status, 202)
            self.assertEqual(self.deliver(server, "pull_request", odd, f"odder{odd}").status, 202)
        server.stop()
        server = self.serve()
        self.assertError(self.deliver(server, "push", self.PUSH), 403, "webhooks.githubSecret")
        server.stop()
        server = self.serve("--set", "webhooks.github=unsigned")
        self.assertEqual(self.deliver(server, "push", self.PUSH, **{"X-Hub-Signature-256": None}).status, 202)


class Hooks(Case):
    TOKEN = "0123456789abcdef"

    def hooked(self, server, name, trigger, **changes):
        node = {"id": "echo", "transform": {"what": "{{ context.webhook }}"}}
        return self.create(server, {"name": name, "trigger": trigger, "nodes": [node], **changes})["id"]

    def test_a_call_starts_the_workflow(self):
        server = self.serve()
        for path in ("deploy", "a/b", "a/b/c", "a/b/c/d"):
            workflow = self.hooked(server, path.replace("/", "-"), {"type": "webhook", "path": path})
            reply = server.post(f"/api/hooks/{path}", {"ref": "v1"})
            self.assertEqual(reply.status, 201, reply.body)
            server.wait_for_status(reply.json["id"], "SUCCESS")
            run = server.get(f"/api/runs/{reply.json['id']}").json
            self.assertEqual((run["workflowId"], run["trigger"]), (workflow, "webhook"))
            self.assertEqual(run["contextJson"], {"webhook": {"ref": "v1"}, "path": path})
        self.assertError(server.post("/api/hooks/other", {}), 404, "other")
        self.assertError(server.request("POST", "/api/hooks/deploy", "{"), 400, "JSON")
        self.assertError(server.post("/api/hooks/deploy", {"x": "y" * (1 << 20)}), 413)
        self.assertError(server.request("POST", "/api/hooks/deploy", "[1]"), 400, "object")

    def test_a_call_that_comes_again_with_its_key_starts_nothing(self):
        server = self.serve()
        self.hooked(server, "deploy", {"path": "deploy"})

        def call(body, key="k"):
            return server.request("POST", "/api/hooks/deploy", body, {"Idempotency-Key": key})

        first, again = call('{"n": 1}'), call('{"n": 1}')
        self.assertEqual((again.status, again.json["id"]), (201, first.json["id"]))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertError(call('{"n": 2}'), 422, "Idempotency-Key")
        self.assertNotEqual(call('{"n": 1}', "other").json["id"], first.json["id"])

    def test_tokens_and_signatures(self):
        server = self.serve()
        self.hooked(server, "t", {"path": "t", "token": self.TOKEN})
        self.hooked(server, "s", {"path": "s", "secret": self.TOKEN})
        self.assertError(server.post("/api/hooks/t", {}), 401, "token")
        self.assertError(server.request("POST", "/api/hooks/t", "{}", {"X-Webhook-Token": "x"}), 401)
        self.assertEqual(server.request("POST", "/api/hooks/t", "{}", {"X-Webhook-Token": self.TOKEN}).status, 201)
        for scheme in ("Bearer", "bearer"):
            bearer = {"Authorization": f"{scheme} {self.TOKEN}"}
            self.assertEqual(server.request("POST", "/api/hooks/t", "{}", bearer).status, 201)
        self.assertEqual(server.post(f"/api/hooks/t?token={self.TOKEN}", {}).status, 201)
        self.assertError(server.post("/api/hooks/s", {}), 401, "X-Hub-Signature-256")
        signature = signature_of(self.TOKEN, '{"a":1}')
        self.assertEqual(
            server.request("POST", "/api/hooks/s", '{"a":1}', {"X-Hub-Signature-256": signature}).status, 201
        )
        self.assertError(server.request("POST", "/api/hooks/s", '{"a":2}', {"X-Hub-Signature-256": signature}), 401)
        for broken in ("{", "[1]"):
            self.assertError(server.request("POST", "/api/hooks/t", broken), 401, "token")
            self.assertError(server.request("POST", "/api/hooks/s", broken), 401, "X-Hub-Signature-256")
            signed = {"X-Hub-Signature-256": signature_of(self.TOKEN, broken)}
            self.assertError(server.request("POST", "/api/hooks/s", broken, signed), 400, "JSON")

    def test_a_path_belongs_to_one_workflow(self):
        server = self.serve()
        first = self.hooked(server, "first", {"path": "deploy"})
        body = {"name": "second", "trigger": {"path": "/deploy"}, "nodes": []}
        self.assertError(server.post("/api/workflows", body), 409, "belongs to another workflow")
        second = self.hooked(server, "second", "manual")
        change = {"trigger": {"path": "deploy"}}
        self.assertError(server.request("PATCH", f"/api/workflows/{second}", change), 409, "another workflow")
        self.assertEqual(server.request("PATCH", f"/api/workflows/{first}", {"status": "DRAFT"}).status, 200)
        self.assertError(server.post("/api/hooks/deploy", {}), 409, "DRAFT")
        self.assertEqual(server.request("DELETE", f"/api/workflows/{first}").status, 204)
        self.assertError(server.post("/api/hooks/deploy", {}), 404)
        self.assertEqual(server.request("PATCH", f"/api/workflows/{second}", change).status, 200)
        self.assertEqual(server.post("/api/hooks/deploy", {}).status, 201)
