"""Workflows that start from events, through the HTTP API and the command line."""

import datetime
import json
import sqlite3

from harness import Case, by_node, command


def listener(name, trigger, **changes):
    """A workflow without agents, whose one node hands on what the run knows."""
    node = {"id": "echo", "transform": {"context": "{{ context }}"}}
    return {"name": name, "trigger": trigger, "nodes": [node], **changes}


class Events(Case):
    def publish(self, server, body, status=202):
        reply = server.post("/api/events", body)
        self.assertEqual(reply.status, status, reply.body)
        return reply.json

    def started(self, server, body):
        """Ids of the workflows that the event started."""
        reply = self.publish(server, body)
        self.assertEqual(reply["matched"], len(reply["workflowRuns"]))
        return {run["workflowId"] for run in reply["workflowRuns"]}

    def test_every_trigger_form_fires_and_the_run_knows_its_event(self):
        server = self.serve()
        forms = [
            {"type": "event", "pattern": "graph.file.updated"},
            {"event": "graph.file.updated", "pattern": "graph.file.updated"},
            {"on": ["audit.>", "graph.*.updated"]},
        ]
        wanted = {self.create(server, listener(f"w{i}", form))["id"] for i, form in enumerate(forms)}
        for i, form in enumerate(["MANUAL", "EVENT", "webhook", {"type": "event", "pattern": "graph.*"}]):
            self.create(server, listener(f"other{i}", form))
        self.create(server, listener("draft", {"on": ["graph.>"]}, status="DRAFT"))
        self.create(server, listener("elsewhere", {"on": ["graph.>"]}, projectId=2))

        event = {"type": "graph.file.updated", "payload": {"filePath": "a.ts"}, "id": "e1"}
        reply = self.publish(server, event)
        self.assertEqual((reply["eventId"], reply["matched"]), ("e1", 3))
        self.assertEqual({run["workflowId"] for run in reply["workflowRuns"]}, wanted)
        for started in reply["workflowRuns"]:
            self.assertEqual(started["status"], "PENDING")
            server.wait_for_status(started["id"], "SUCCESS")
            run = server.get(f"/api/runs/{started['id']}").json
            self.assertEqual((run["status"], run["trigger"]), ("SUCCESS", "event:graph.file.updated"))
            context = run["contextJson"]
            self.assertEqual(list(context), ["event", "timestamp", "source", "eventDepth"])
            self.assertEqual((context["event"], context["source"]), ({"filePath": "a.ts"}, "api"))
            self.assertEqual(by_node(run)["echo"]["outputJson"]["context"]["event"], {"filePath": "a.ts"})
        self.assertEqual(len(server.get("/api/runs?trigger=event:graph.file.updated").json["runs"]), 3)

    def test_a_producer_without_type(self):
        server = self.serve()
        workflow = self.create(server, listener("health", {"on": ["hub.*.health.>"]}))["id"]
        envelope = {
            "event_id": "e7",
            "timestamp": "2026-01-31T09:05:00Z",
            "subject": "hub.h1.health.summary",
            "origin": "hub",
            "payload": {"up": False},
            "correlation_id": "c1",
        }
        reply = self.publish(server, envelope)
        self.assertEqual((reply["eventId"], [run["workflowId"] for run in reply["workflowRuns"]]), ("e7", [workflow]))
        context = server.get(f"/api/runs/{reply['workflowRuns'][0]['id']}").json["contextJson"]
        self.assertEqual((context["timestamp"], context["source"]), ("2026-01-31T09:05:00Z", "hub"))

    def test_filters(self):
        server = self.serve()
        filters = {"filePath": ["src/**/*.ts", "*.md"], "branch": "main"}
        workflow = self.create(server, listener("w", {"on": ["graph.>"], "filters": filters}))["id"]

        def started(payload):
            return self.started(server, {"type": "graph.file.updated", "payload": payload})

        self.assertEqual(started({"filePath": "src/a/b.ts", "branch": "main"}), {workflow})
        self.assertEqual(started({"filePath": "README.md", "branch": "main"}), {workflow})
        self.assertEqual(started({"filePath": "src/a/b.ts", "branch": "dev"}), set())
        self.assertEqual(started({"filePath": "lib/b.ts", "branch": "main"}), set())
        self.assertEqual(started({"filePath": "README.md"}), set())

    def test_the_same_event_starts_nothing_twice(self):
        server = self.serve()
        self.create(server, listener("w", {"on": ["a.b"]}))
        event = {"type": "a.b", "id": "e1"}
        self.assertEqual(len(self.publish(server, event)["workflowRuns"]), 1)
        first = server.get("/api/runs").json["runs"][0]["id"]
        again = self.publish(server, event)
        self.assertEqual((again["eventId"], again["matched"], again["duplicate"]), ("e1", 1, True))
        self.assertEqual([run["id"] for run in again["workflowRuns"]], [first])
        server.kill()
        server = self.serve()  # pitfall B20: over a restart too
        self.assertTrue(self.publish(server, event)["duplicate"])
        self.assertEqual(len(server.get("/api/runs").json["runs"]), 1)
        self.assertEqual(len(self.publish(server, {**event, "id": "e2"})["workflowRuns"]), 1)
        self.assertEqual(len(self.publish(server, {"type": "a.b"})["workflowRuns"]), 1)
        self.assertEqual(len(server.get("/api/runs").json["runs"]), 3)

    def test_a_loop_ends(self):
        server = self.serve()
        self.create(server, listener("w", {"on": ["a"]}))
        reply = self.publish(server, {"type": "a", "depth": 8})
        run = server.get(f"/api/runs/{reply['workflowRuns'][0]['id']}").json
        self.assertEqual(run["contextJson"]["eventDepth"], 8)
        self.assertError(server.post("/api/events", {"type": "a", "depth": 9}), 400, "depth: 9 is beyond 8")

    def test_a_row_that_cannot_be_read_disturbs_nobody(self):
        server = self.serve()
        broken = self.create(server, listener("broken", {"on": ["a"]}))["id"]
        worse = self.create(server, listener("worse", {"on": ["a"]}))["id"]
        fine = self.create(server, listener("fine", {"on": ["a"]}))["id"]
        server.stop()
        with sqlite3.connect(self.data / "commandcenter.db") as database:
            document = json.dumps({**listener("broken", {"type": "event", "pattern": "graph.("})})
            database.execute("UPDATE workflows SET document = ? WHERE id = ?", (document, broken))
            database.execute("UPDATE workflows SET document = '{' WHERE id = ?", (worse,))
        database.close()
        server = self.serve()
        self.assertEqual(self.started(server, {"type": "a"}), {fine})
        self.assertEqual(self.started(server, {"type": "a"}), {fine})
        self.assertEqual(server.errors().count("the trigger of a workflow cannot be used"), 2)
        self.assertIn(broken, server.errors())

    def test_a_workflow_that_cannot_run_any_more_leaves_a_failed_run(self):  # pitfall A10
        server = self.serve()
        agent = self.register(server, "worker", "echo '{}'")
        node = {"id": "n", "agent": "worker", "action": "work"}
        self.create(server, {"name": "w", "trigger": {"on": ["a"]}, "nodes": [node]})
        changed = [{"name": "other", "inputSchema": {}, "outputSchema": {}}]
        reply = server.request("PATCH", f"/api/agents/{agent['id']}", {"capabilities": changed})
        self.assertEqual(reply.status, 200, reply.body)
        reply = self.publish(server, {"type": "a", "id": "e1"})
        self.assertEqual(len(reply["workflowRuns"]), 1)
        run = server.get(f"/api/runs/{reply['workflowRuns'][0]['id']}").json
        self.assertEqual((run["status"], run["trigger"], run["agentRuns"]), ("FAILED", "event:a", []))
        self.assertIn("cannot run any more", run["error"])
        self.assertIn("work", run["error"])
        self.assertTrue(self.publish(server, {"type": "a", "id": "e1"})["duplicate"])
        reply = server.request(
            "PATCH", f"/api/agents/{agent['id']}", {"capabilities": [{**changed[0], "name": "work"}]}
        )
        self.assertEqual(reply.status, 200, reply.body)
        again = server.post(f"/api/runs/{run['id']}/retry").json["workflowRunId"]
        server.wait_for_status(again, "SUCCESS")

    def test_a_concurrency_key_that_cannot_be_evaluated_leaves_a_failed_run(self):  # pitfall A10
        server = self.serve()
        concurrency = {"limit": 1, "key": "{{ context.payload.branch }}", "policy": "cancel-previous"}
        self.create(server, {**listener("w", {"on": ["a"]}), "concurrency": concurrency})
        [fine] = self.publish(server, {"type": "a", "payload": {"branch": "main"}})["workflowRuns"]
        reply = self.publish(server, {"type": "a", "payload": {}})
        self.assertNotIn("notStarted", reply)
        run = server.get(f"/api/runs/{reply['workflowRuns'][0]['id']}").json
        self.assertEqual(run["status"], "FAILED")
        self.assertIn("concurrency.key", run["error"])
        server.wait_for_status(fine["id"], "SUCCESS")

    def test_from_event_to_started_agent(self):  # pitfall A8, feature 117
        server = self.serve()
        self.register(server, "worker", "echo '{}'")
        node = {"id": "n", "agent": "worker", "action": "work"}
        self.create(server, {"name": "w", "trigger": {"on": ["a"]}, "nodes": [node]})

        def round_ms():
            """The 95th percentile of 20 events."""
            waits = []
            for _ in range(20):
                sent = datetime.datetime.now(datetime.timezone.utc)
                run = self.publish(server, {"type": "a"})["workflowRuns"][0]["id"]
                server.wait_for_status(run, "SUCCESS")
                started = server.get(f"/api/runs/{run}").json["agentRuns"][0]["startedAt"]
                started = datetime.datetime.fromisoformat(started.replace("Z", "+00:00"))
                waits.append((started - sent) / datetime.timedelta(milliseconds=1))
            return sorted(waits)[18]

        rounds = []  # other tests may keep the machine busy: one quiet round is enough
        while not rounds or (rounds[-1] >= 100 and len(rounds) < 5):
            rounds.append(round_ms())
        self.assertLess(rounds[-1], 100, f"p95 in ms, by round: {rounds}")

    def test_changes_of_a_workflow_count_at_once(self):
        server = self.serve()
        workflow = self.create(server, listener("w", {"on": ["a"]}))["id"]
        self.assertEqual(self.started(server, {"type": "a"}), {workflow})
        reply = server.request("PATCH", f"/api/workflows/{workflow}", {"trigger": {"on": ["b"]}})
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(self.started(server, {"type": "a"}), set())
        self.assertEqual(self.started(server, {"type": "b"}), {workflow})
        server.request("PATCH", f"/api/workflows/{workflow}", {"status": "ARCHIVED"})
        self.assertEqual(self.started(server, {"type": "b"}), set())

    def test_answered_runs_survive_a_crash(self):
        server = self.serve()
        self.create(server, listener("w", {"on": ["a"]}))
        runs = [self.publish(server, {"type": "a"})["workflowRuns"][0]["id"] for _ in range(5)]
        server.kill()
        server = self.serve()
        for run in runs:
            server.wait_for_status(run, "SUCCESS")
            self.assertEqual(server.get(f"/api/runs/{run}").json["status"], "SUCCESS")

    def test_refusals(self):
        server = self.serve()
        for body, part in (
            ({}, "type: is missing"),
            ([], "must be a JSON object"),
            ({"type": "graph.*"}, "is a pattern"),
            ({"type": "a b"}, "not allowed"),
            ({"type": "a", "payload": "x"}, "payload: expected an object, got string"),
            ({"type": "a", "id": 1}, "id: expected text"),
            ({"type": "a", "projectId": "one"}, "projectId:"),
            ({"type": "a", "projectId": 0}, "projectId:"),
        ):
            self.assertError(server.post("/api/events", body), 400, part)
        self.assertError(server.post("/api/events", {"type": "a", "payload": {"x": "y" * (1 << 20)}}), 413, "payload")

    def test_command_line(self):
        server = self.serve()
        workflow = self.create(server, listener("w", {"on": ["a.b"]}))["id"]
        publish = ("--server", server.url, "events", "publish", "a.b")
        done = command(*publish, "--payload", '{"n": 1}', "--id", "e1", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        reply = json.loads(done.stdout)
        self.assertEqual((reply["eventId"], reply["workflowRuns"][0]["workflowId"]), ("e1", workflow))
        done = command(*publish)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("matches 1 workflow", done.stdout)
        self.assertIn("Started run ", done.stdout)
        self.assertIn("handled before", command(*publish, "--id", "e1").stdout)
        self.assertEqual(command(*publish, "--payload", "[]").returncode, 2)
        self.assertEqual(command("--server", server.url, "events", "publish", "a.*").returncode, 2)
