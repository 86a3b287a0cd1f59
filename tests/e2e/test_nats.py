"""Events to and from other systems over a real NATS server, and what happens when it is away."""

import http.client
import json
import subprocess
import time
import unittest

from harness import COMMANDCENTER, DEADLINE_S, Case, Reply, by_node, command, wait_until
from nats import NatsClient, NatsServer, program

STREAM = "COMMANDCENTER"


def echo(name, trigger="MANUAL", **changes):
    """A workflow without agents."""
    node = {"id": "echo", "transform": {"context": "{{ context }}"}}
    return {"name": name, "trigger": trigger, "nodes": [node], **changes}


class NatsCase(Case):
    def setUp(self):
        super().setUp()
        self.nats = NatsServer(self.folder / "nats")
        self.addCleanup(self.nats.kill)

    def serve_with_nats(self):
        server = self.serve(environment={"NATS_URL": self.nats.url})
        return server

    def connected(self, server):
        wait_until(lambda: server.get("/health/nats").json["status"] == "connected", "connected to NATS")
        return server

    def client(self):
        client = NatsClient(self.nats)
        self.addCleanup(client.close)
        return client

    def published(self, server, after=0):
        """Everything that was published so far, as the server itself tells it: (position, part, subject)."""
        last = server.run("last")["id"]
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_S)
        connection.request("GET", f"/api/events/stream?after={after}")
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        server.check("GET", "/api/events/stream", None, Reply(200, response.headers, None))
        events = []
        while True:
            line = response.readline().decode()
            if not line.startswith("data: "):
                continue
            event = json.loads(line[6:])
            events.append(event)
            if event["subject"] == "hub.workflow.1.success" and event["payload"]["workflowRunId"] == last:
                connection.close()
                return [(e["position"], e["part"], e["subject"]) for e in events]

    def in_stream(self, count):
        messages = self.client().stream(STREAM, count)
        rows = []
        for message in messages:
            _, position, part = message.headers["Nats-Msg-Id"].rsplit(".", 2)
            self.assertEqual(message.headers["Commandcenter-Position"], position)
            rows.append((int(position), int(part), message.subject))
        return rows


@unittest.skipUnless(program(), "nats-server is not installed")
class Inbound(NatsCase):
    def test_each_real_producers_message_starts_exactly_the_matching_workflows(self):
        """Pitfall A8, feature 103: subjects and envelopes as their producers send them, with and without type."""
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        patterns = {
            "indexed": "graph.indexed.*",
            "symbols": "graph.symbol.>",
            "tasks": "graph.task.created",
            "updated": "graph.updated.7",
            "nodes": "graph.node.*",
            "edges": "graph.edge.*",
            "invalidated": "graph.invalidated",
            "files": "graph.file.*",
            "health": "hub.*.health.>",
            "audit": "audit.>",
            "status": "hub.health.status",
            "elsewhere": "custom.*.made",
        }
        ids = {
            self.create(server, echo(name, {"type": "event", "pattern": pattern}))["id"]: name
            for name, pattern in patterns.items()
        }
        ids[self.create(server, echo("files-too", {"on": ["graph.file.updated", "graph.file.>"]}))["id"]] = "files-too"
        self.create(server, echo("draft", {"on": [">"]}, status="DRAFT"))
        self.create(server, echo("other-project", {"on": ["graph.>"]}, projectId=2))
        client = self.client()
        client.subscribe("workflow.started.>")
        plain = {"payload": {"a": 1}, "correlation_id": "c1"}
        full = {
            "event_id": "e1",
            "timestamp": "2026-01-31T09:05:00Z",
            "subject": "graph.node.created",
            "origin": "graph",
            "payload": {"a": 1},
            "correlation_id": "c2",
        }
        messages = [
            ("graph.indexed.42", plain, {"indexed"}),
            ("graph.symbol.added", plain, {"symbols"}),
            ("graph.symbol.changed", plain, {"symbols"}),
            ("graph.task.created", plain, {"tasks"}),
            ("graph.updated.7", plain, {"updated"}),
            ("graph.updated.8", plain, set()),
            ("graph.node.created", full, {"nodes"}),
            ("graph.edge.deleted", {**full, "event_id": "e2"}, {"edges"}),
            ("graph.invalidated", plain, {"invalidated"}),
            ("graph.file.updated", {"type": "graph.file.updated", "payload": {"a": 1}}, {"files", "files-too"}),
            ("graph.file.updated", plain, {"files", "files-too"}),
            ("graph.anything", {"type": "graph.file.updated", "payload": {"a": 1}}, {"files", "files-too"}),
            ("hub.h1.health.api", plain, {"health"}),
            ("hub.h1.health.summary", plain, {"health"}),
            ("hub.health.status", plain, {"status"}),
            ("audit.result.security", {"a": 1}, {"audit"}),
            ("custom.x.made", plain, {"elsewhere"}),
        ]
        wait_until(
            lambda: "custom.*.made" in server.get("/health/nats").json["subscriptions"], "the workflow's own pattern"
        )
        delays_ms = []
        for subject, body, wanted in messages:
            with self.subTest(subject=subject, body=body):
                sent = time.monotonic()
                client.publish(subject, body, {"Correlation-ID": "c1"})
                started = {}
                for _ in wanted:
                    message = client.next()
                    delays_ms.append((time.monotonic() - sent) * 1000)
                    self.assertEqual(message.subject, f"workflow.started.{message.json['workflowId']}")
                    started[ids.get(message.json["workflowId"])] = message
                self.assertEqual(set(started), wanted)
                for message in started.values():
                    run_id = message.json["workflowRunId"]
                    server.wait_for_status(run_id, "SUCCESS")
                    context = server.get(f"/api/runs/{run_id}").json["contextJson"]
                    self.assertEqual(context["event"], {"a": 1})
                    self.assertEqual(message.headers["Commandcenter-Depth"], "1")
        delays_ms.sort()
        self.assertLess(delays_ms[len(delays_ms) // 2], 100, delays_ms)
        # One run for each, and none for those that match nothing or are of another project.
        self.assertEqual(len(server.get("/api/workflows/runs").json["runs"]), sum(len(m[2]) for m in messages))

    def test_what_is_no_event_disturbs_nobody_and_the_same_event_starts_one_run(self):
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.create(server, echo("w", {"on": ["graph.>"]}))
        client = self.client()
        client.subscribe("workflow.started.>")
        for bad in (b"\x00\xff", b"{", b"[]", b'"text"', b'{"type": 5}', b'{"type": "graph.*", "payload": {}}'):
            client.publish("graph.bad", bad)
        client.publish("graph.deep", {"payload": {}, "depth": 99})
        client.publish("graph.deep", {"payload": {}}, {"Commandcenter-Depth": "9"})
        for _ in range(3):
            client.publish("graph.same", {"event_id": "one", "payload": {"n": 1}})
        client.publish("graph.last", {"payload": {"n": 2}})
        self.assertEqual([client.next().json["trigger"] for _ in range(2)], ["event:graph.same", "event:graph.last"])

    def test_listening_to_everything_hears_nothing_of_nats_itself(self):
        """Each answer to what the server publishes came in as an event, which started a run, which was published."""
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.create(server, echo("auditor", {"on": [">"]}))
        wait_until(lambda: ">" in server.get("/health/nats").json["subscriptions"], "subscribed")
        client = self.client()
        for count in (1, 2):
            client.publish("any.thing", {"payload": {}})
            wait_until(lambda: len(server.get("/api/runs?status=SUCCESS").json["runs"]) >= count, "the run")
            wait_until(lambda: server.get("/health/nats").json["waiting"] == 0, "everything is published")
        runs = server.get("/api/runs").json["runs"]
        self.assertEqual([run["trigger"] for run in runs], ["event:any.thing"] * 2)

    def test_orders_by_name(self):
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.create(server, echo("Nightly scan.v2"))
        client = self.client()
        client.subscribe("workflow.completed.>")
        client.publish("workflow.trigger.Nightly%20scan%2Ev2", {"context": {"branch": "main"}})
        message = client.next()
        self.assertEqual(message.subject, "workflow.completed.Nightly%20scan%2Ev2")
        self.assertEqual(message.json["status"], "SUCCESS")
        self.assertEqual(message.json["results"][0]["output"], {"context": {"branch": "main"}})
        client.publish("workflow.trigger.x", {"workflowName": "Nightly scan.v2", "context": {"n": 2}})
        self.assertEqual(client.next().json["results"][0]["output"], {"context": {"n": 2}})
        client.publish("workflow.execute", {"workflowName": "Nightly scan.v2", "input": {"n": 3}})
        self.assertEqual(client.next().json["results"][0]["output"], {"context": {"n": 3}})


@unittest.skipUnless(program(), "nats-server is not installed")
class Outbound(NatsCase):
    def test_a_subscriber_sees_the_complete_story_of_a_run_in_order(self):
        """Feature 116; contract: the fields of workflow.approval.requested, with resolved inputs and masked secrets."""
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.register(server, "worker", 'printf \'{"done": true}\'')
        self.create(
            server,
            {
                "name": "gated",
                "trigger": "MANUAL",
                "nodes": [
                    {
                        "id": "work",
                        "agentName": "worker",
                        "action": "work",
                        "input": {"who": "{{ context.who }}", "apiToken": "abc"},
                        "approvalRequired": True,
                    },
                    {"id": "after", "transform": {"x": "{{ work.output.done }}"}, "dependsOn": ["work"]},
                ],
            },
        )
        client = self.client()
        for pattern in ("workflow.>", "agent.>", "hub.>"):
            client.subscribe(pattern)
        reply = server.post("/api/workflows/gated/trigger", {"contextJson": {"who": "me"}})
        run_id = reply.json["id"]
        seen = client.until(lambda m: m.subject == "hub.approval.1.requested")
        request = next(m for m in seen if m.subject == "workflow.approval.requested").json
        self.assertEqual(
            list(request), ["approvalId", "workflowRunId", "nodeId", "agentName", "action", "inputsPreview"]
        )
        self.assertEqual((request["workflowRunId"], request["nodeId"]), (run_id, "work"))
        self.assertEqual((request["agentName"], request["action"]), ("worker", "work"))
        self.assertEqual(json.loads(request["inputsPreview"]), {"who": "me", "apiToken": "***"})
        self.assertIn('\n  "who"', request["inputsPreview"])
        server.post(f"/api/approvals/{request['approvalId']}/approve", {"comment": "fine"})
        seen += client.until(lambda m: m.subject == "hub.workflow.1.success")
        self.assertEqual(
            [m.subject for m in seen],
            [
                "workflow.started." + seen[0].json["workflowId"],
                "workflow.approval.requested",
                "hub.approval.1.requested",
                "workflow.approval.decided",
                "hub.approval.1.approved",
                "workflow.node.started",
                "workflow.node.completed",
                "agent.executed.worker",
                "agent.result.worker",
                "hub.agent.1.executed",
                "workflow.node.completed",
                "workflow.completed.gated",
                "workflow.run.completed",
                "hub.workflow.1.success",
            ],
        )
        decided = seen[3].json
        self.assertEqual((decided["decision"], decided["notes"]), ("APPROVED", "fine"))
        executed = seen[7].json
        self.assertEqual((executed["output"], executed["status"]), ({"done": True}, "SUCCESS"))
        completed = seen[11].json
        self.assertEqual((completed["workflowRunId"], completed["status"]), (run_id, "SUCCESS"))
        self.assertEqual(
            [(r["agentName"], r["output"]) for r in completed["results"]],
            [("worker", {"done": True}), (None, {"x": True})],
        )

    def test_failures_are_told(self):
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.register(server, "breaks", 'echo oops >&2; exit 3')
        self.create(
            server,
            {
                "name": "fails",
                "trigger": "MANUAL",
                "nodes": [
                    {"id": "a", "agentName": "breaks", "action": "work", "input": {}},
                    {"id": "b", "transform": {}, "dependsOn": ["a"]},
                ],
            },
        )
        client = self.client()
        client.subscribe("*.>")
        server.run("fails")
        seen = client.until(lambda m: m.subject == "hub.workflow.1.failed")
        subjects = [m.subject for m in seen]
        for subject in ("workflow.node.failed", "workflow.node.skipped", "hub.agent.1.error", "workflow.failed.fails"):
            self.assertIn(subject, subjects)
        self.assertIn("error", seen[subjects.index("workflow.failed.fails")].json)

    def test_nats_killed_again_and_again_while_runs_go_on(self):
        """Pitfalls A6, B20: everything is in the stream, in order, each once."""
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.create(server, echo("last"))
        self.create(server, echo("flood", {"type": "manual"}))
        for i in range(60):
            if i % 12 == 4:
                self.nats.kill()
            if i % 12 == 9:
                self.nats.start()
            self.assertEqual(server.run("flood")["status"], "SUCCESS")
        self.nats.kill()
        self.assertEqual(server.run("flood")["status"], "SUCCESS")
        wait_until(lambda: server.get("/health/nats").status == 503, "health says so")
        health = server.get("/health/nats").json
        self.assertGreater(health["waiting"], 0)
        self.assertEqual(server.get("/health/ready").status, 200)
        self.nats.start()
        published = self.published(server)
        self.assertEqual(self.in_stream(len(published)), published)

    def test_the_server_killed_while_it_publishes_repeats_nothing_in_the_stream(self):
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.create(server, echo("last"))
        for _ in range(4):
            for _ in range(10):
                server.post("/api/workflows/last/trigger")
            server.kill()
            server = self.connected(self.serve_with_nats())
        published = self.published(server)
        self.assertEqual(self.in_stream(len(published)), published)

    def test_started_without_nats_a_gate_works_and_everything_comes_later(self):
        """Pitfall B20: an outage never fails a gate."""
        server = self.serve_with_nats()
        health = server.get("/api/health")
        self.assertEqual((health.status, health.json["nats"]), (503, False))
        self.create(server, echo("last"))
        self.create(
            server,
            {"name": "gate", "trigger": "MANUAL", "nodes": [{"id": "g", "transform": {}, "approvalRequired": True}]},
        )
        run_id = server.post("/api/workflows/gate/trigger").json["id"]
        server.wait_for_status(run_id, "WAITING_APPROVAL")
        approval = server.get(f"/api/approvals?workflowRunId={run_id}").json[0]["id"]
        server.post(f"/api/approvals/{approval}/approve")
        server.wait_for_status(run_id, "SUCCESS")
        self.nats.start()
        self.connected(server)
        published = self.published(server)
        self.assertEqual(self.in_stream(len(published)), published)
        self.assertEqual(server.get("/api/health").json["nats"], True)

    def test_a_frozen_nats_slows_nobody(self):
        self.nats.start()
        server = self.connected(self.serve_with_nats())
        self.create(server, echo("last"))
        self.nats.freeze()
        began = time.monotonic()
        for _ in range(20):
            self.assertEqual(server.run("last")["status"], "SUCCESS")
        self.assertLess(time.monotonic() - began, 15)
        self.nats.thaw()
        published = self.published(server)
        self.assertEqual(self.in_stream(len(published)), published)


class WithoutNats(NatsCase):
    def test_nothing_configured_is_not_down(self):
        server = self.serve()
        self.assertEqual(server.get("/health/nats").json["status"], "disabled")
        health = server.get("/api/health")
        self.assertEqual((health.status, health.json["nats"], health.json["natsStatus"]), (200, False, "disabled"))

    def test_a_workflow_starts_when_another_ends_also_after_a_crash_and_a_loop_ends(self):
        """Pitfall B20: A starts B starts A stops at the depth limit."""
        server = self.serve()
        self.create(server, echo("A", {"on": ["workflow.completed.B"]}))
        self.create(server, echo("B", {"on": ["workflow.completed.A"]}))
        server.run("A")
        wait_until(lambda: len(self.runs(server)) == 9, "nine runs")
        server.kill()
        server = self.serve()
        self.create(server, echo("C", {"on": ["workflow.completed.last"]}))
        self.create(server, echo("last"))
        server.run("last")
        wait_until(lambda: len(self.runs(server)) == 11, "C runs")
        runs = self.runs(server)
        self.assertEqual(sorted(r["workflowName"] for r in runs), ["A"] * 5 + ["B"] * 4 + ["C", "last"])
        newest = server.get(f"/api/runs/{next(r['id'] for r in runs if r['workflowName'] == 'C')}").json
        self.assertEqual(newest["contextJson"]["eventDepth"], 1)
        self.assertEqual(newest["contextJson"]["event"]["workflowName"], "last")
        self.assertEqual(by_node(newest)["echo"]["status"], "SUCCESS")

    def test_listening_to_everything_starts_no_storm(self):
        """Pitfall B20: a run that hears several events of each run would be a tree of runs, up to the depth limit."""
        server = self.serve()
        self.create(server, echo("self", {"on": ["workflow.>", "agent.>"]}))
        server.run("self")
        wait_until(lambda: len(self.runs(server)) == 9, "nine runs")
        loop = next(r["workflowId"] for r in self.runs(server))
        self.assertEqual(server.request("DELETE", f"/api/workflows/{loop}").status, 204)
        before = len(self.runs(server))
        self.create(server, echo("auditor", {"on": [">"]}))
        self.create(server, echo("barrier", {"on": ["workflow.completed.auditor"]}))
        for count in (1, 2):
            self.assertEqual(server.post("/api/events", {"type": "any.thing"}).json["matched"], 1)
            wait_until(lambda: len(self.runs(server)) == before + 2 * count, "an auditor and a barrier")

    def runs(self, server):
        return [r for r in server.get("/api/workflows/runs").json["runs"] if r["status"] == "SUCCESS"]

    def test_the_stream_of_events_resumes(self):
        server = self.serve()
        self.create(server, echo("last"))
        server.run("last")
        everything = self.published(server)
        self.assertEqual(everything, sorted(everything))
        first = everything[0][0]
        wanted = [event for event in everything if event[0] > first]
        self.assertTrue(wanted)
        self.assertEqual(self.published(server, after=first)[: len(wanted)], wanted)
        self.assertError(server.get("/api/events/stream?pattern=a..b"), 400, "a..b")
        self.assertError(server.get("/api/events/stream?after=x"), 400, "position")

    def test_command_line(self):
        server = self.serve()
        self.create(server, echo("last"))
        watch = subprocess.Popen(
            [COMMANDCENTER, "events", "watch", "workflow.completed.>", "--after=0", "--server", server.url, "--json"],
            stdout=subprocess.PIPE,
        )
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        run_id = server.run("last")["id"]
        event = json.loads(watch.stdout.readline())
        self.assertEqual((event["subject"], event["payload"]["workflowRunId"]), ("workflow.completed.last", run_id))
        refused = command("events", "watch", "a..b", "--server", server.url)
        self.assertEqual(refused.returncode, 2)
        wrong = command("serve", "--port", "0", "--data", self.data / "x", environment={"NATS_URL": "http://x"})
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("nats://", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
