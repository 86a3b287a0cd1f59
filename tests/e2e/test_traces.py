"""Runs as traces: what a collector of OpenTelemetry gets over OTLP/HTTP (pitfall D9; feature 89)."""

import time
import unittest

from harness import Case, wait_until

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
# What it got in its environment is its output; the second action fails.
TELLING = 'test "$AGENT_ACTION" = work || { echo "no luck" >&2; exit 3; }\nprintf \'{"parent": "%s"}\' "$TRACEPARENT"\n'


def attributes(span):
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def spans_in(receiver):
    spans = []
    for post in receiver.posts:
        for resource in post["body"]["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                spans += scope["spans"]
    return spans


class Traces(Case):
    def start(self, collector, *arguments):
        server = self.serve(
            *arguments,
            environment={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url + "/", "OTEL_SERVICE_NAME": "hub"},
        )
        folder = self.agent("teller", TELLING, manifest="  - name: fail\n")
        self.assertEqual(server.post("/api/agents", {"folder": str(folder)}).status, 201)
        return server

    def wait_for_root(self, receiver, run_id):
        def root():
            for span in spans_in(receiver):
                if span["name"] == "workflow.execute" and attributes(span)["workflow.run.id"] == run_id:
                    return span
            return None

        wait_until(lambda: root() is not None, "the trace of the run")
        return root()

    def test_a_run_is_one_trace_of_nodes_decisions_and_agents(self):
        collector = self.receiver(statuses=[503])  # asked again
        server = self.start(collector, "--set", "server.traceUrl=https://traces.example/{traceId}")
        self.create(
            server,
            {
                "name": "traced",
                "trigger": "manual",
                "nodes": [
                    {"id": "good", "agent": "teller", "action": "work", "input": {}},
                    {"id": "gate", "transform": {}, "dependsOn": ["good"], "approval": True},
                    {"id": "bad", "agent": "teller", "action": "fail", "input": {}, "dependsOn": ["gate"]},
                ],
            },
        )
        run_id = server.post("/api/workflows/traced/trigger").json["id"]
        server.wait_for_status(run_id, "WAITING_APPROVAL")
        approval = server.get(f"/api/approvals?workflowRunId={run_id}").json[0]
        server.post(f"/api/approvals/{approval['id']}/approve", {"respondedBy": "Ada"})
        server.wait_for_status(run_id, "FAILED")
        wait_until(lambda: len(collector.posts) == 2, "the second try")
        self.assertEqual(collector.posts[0], collector.posts.pop())
        root = self.wait_for_root(collector, run_id)

        spans = [span for span in spans_in(collector) if span["traceId"] == root["traceId"]]
        self.assertEqual(len({span["spanId"] for span in spans}), len(spans), "none is told twice")
        self.assertNotIn("parentSpanId", root)
        self.assertEqual(root["status"]["code"], 2)
        self.assertEqual(attributes(root)["workflow.status"], "FAILED")
        nodes = {attributes(span)["workflow.node.id"]: span for span in spans if span["name"] == "workflow.node"}
        self.assertEqual(set(nodes), {"good", "gate", "bad"})
        for span in nodes.values():
            self.assertEqual(span["parentSpanId"], root["spanId"])
        agents = {attributes(span)["workflow.node.id"]: span for span in spans if span["name"] == "agent.execute"}
        self.assertEqual(set(agents), {"good", "bad"}, "a transform is no agent")
        for node, span in agents.items():
            self.assertEqual(span["parentSpanId"], nodes[node]["spanId"])
            self.assertLessEqual(int(nodes[node]["startTimeUnixNano"]), int(span["startTimeUnixNano"]))
            self.assertGreaterEqual(int(nodes[node]["endTimeUnixNano"]), int(span["endTimeUnixNano"]))
        self.assertEqual(agents["good"]["status"]["code"], 1)
        self.assertEqual(agents["bad"]["status"]["code"], 2, "an agent that failed is an error")
        self.assertEqual(attributes(agents["bad"])["error.type"], "exit")
        self.assertEqual(attributes(agents["bad"])["agent.name"], "teller")
        (decision,) = [span for span in spans if span["name"] == "workflow.approval"]
        self.assertEqual(decision["parentSpanId"], nodes["gate"]["spanId"])
        self.assertEqual(attributes(decision)["approval.status"], "APPROVED")
        resource = attributes(collector.posts[0]["body"]["resourceSpans"][0]["resource"])
        self.assertEqual(resource["service.name"], "hub")

        # The agent knew where it was, and the API tells the same.
        shown = server.get(f"/api/runs/{run_id}").json
        self.assertEqual((shown["trace"]["id"], shown["traceId"]), (root["traceId"], root["traceId"]))
        self.assertEqual(shown["trace"]["url"], f"https://traces.example/{root['traceId']}")
        output = next(one["outputJson"] for one in shown["agentRuns"] if one["nodeId"] == "good")
        self.assertEqual(output["parent"], f"00-{root['traceId']}-{agents['good']['spanId']}-01")
        sent = f"\ntrace_spans_sent_total {len(spans)}\n"
        wait_until(lambda: sent in server.get("/metrics").body, "the count of spans")

    def test_a_run_joins_the_trace_of_its_caller_and_hands_it_on(self):
        collector = self.receiver()
        server = self.start(collector)
        nodes = [{"id": "a", "transform": {"seen": "{{ context.traceparent ?? 'nothing' }}"}}]
        first = {"name": "first", "trigger": "manual", "nodes": nodes}
        then = {"name": "then", "trigger": {"on": ["workflow.completed.first"]}, "nodes": first["nodes"]}
        self.create(server, first)
        self.create(server, then)
        reply = server.request("POST", "/api/workflows/first/trigger", headers={"traceparent": PARENT})
        run_id = reply.json["id"]
        root = self.wait_for_root(collector, run_id)
        self.assertEqual((root["traceId"], root["parentSpanId"]), (PARENT[3:35], PARENT[36:52]))

        def followers():
            return [span for span in spans_in(collector) if attributes(span).get("workflow.name") == "then"]

        wait_until(lambda: len(followers()) == 1, "the workflow that follows")
        self.assertEqual(
            (followers()[0]["traceId"], followers()[0]["parentSpanId"]), (root["traceId"], root["spanId"])
        )
        # It is no part of what the run knows, here or there; the API shows which trace it is in.
        runs = {run["workflowName"]: run for run in server.get("/api/runs").json["runs"]}
        self.assertEqual({run["traceId"] for run in runs.values()}, {root["traceId"]})
        self.assertEqual(runs["first"]["contextJson"], {})
        self.assertNotIn("traceparent", runs["then"]["contextJson"])
        for run in runs.values():
            (attempt,) = server.get(f"/api/runs/{run['id']}/agent-runs").json
            self.assertEqual(attempt["outputJson"], {"seen": "nothing"})
        # What is no trace context is not one.
        reply = server.request("POST", "/api/workflows/first/trigger", headers={"traceparent": "00-1-2-01"})
        self.assertNotIn("parentSpanId", self.wait_for_root(collector, reply.json["id"]))

    def test_a_collector_that_is_away_or_refuses_holds_up_nothing(self):
        collector = self.receiver(statuses=[400])
        server = self.start(collector)
        self.create(server, {"name": "w", "trigger": "manual", "nodes": [{"id": "a", "transform": {}}]})
        server.run("w")
        wait_until(lambda: "trace_runs_dropped_total 1" in server.get("/metrics").body, "the refusal")
        self.assertIn("traces are not taken", server.errors())
        collector.close()
        for _ in range(20):
            self.assertEqual(server.run("w")["status"], "SUCCESS")
        begun = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_wrong_address_is_told_at_the_start(self):
        with self.assertRaisesRegex(AssertionError, "traces.endpoint"):
            self.serve("--set", "traces.endpoint=localhost:4318")


if __name__ == "__main__":
    unittest.main()
