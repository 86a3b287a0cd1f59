"""The approval gate: pushed, guarded, durable."""

import concurrent.futures
import time
import unittest

from harness import Case, by_node


def gated(name, **more):
    return {
        "name": name,
        "trigger": "manual",
        "nodes": [
            {"id": "gate", "transform": {"amount": "{{ context.amount }}"}, "approvalRequired": True, **more},
            {"id": "after", "transform": {"done": "{{ gate.output.amount }}"}, "dependsOn": ["gate"]},
        ],
    }


class Approvals(Case):
    def start(self, server, name="gated", **more):
        made = self.create(server, gated(name, **more))
        run_id = server.post(f"/api/workflows/{made['id']}/trigger", {"context": {"amount": 3}}).json["id"]
        approvals = server.get(f"/api/approvals?workflowRunId={run_id}").json
        self.assertEqual(len(approvals), 1)
        return run_id, approvals[0]

    def test_who_decides_sees_no_secret_and_the_node_gets_it(self):
        server = self.serve()
        token = "ghp_x7Kq2mVb9TzR4wLs8NcJ5yHd3FgP6aE1uXoQ"
        given = {"note": f"deploy with {token}", "apiToken": "hush-hush", "amount": 3, "maxTokens": 4096}
        node = {"id": "gate", "transform": {name: f"{{{{ context.{name} }}}}" for name in given}}
        made = self.create(server, {"name": "w", "trigger": "manual", "nodes": [{**node, "approvalRequired": True}]})
        run_id = server.post(f"/api/workflows/{made['id']}/trigger", {"context": given}).json["id"]
        shown = {"note": "deploy with ghp_****oQ", "apiToken": "***", "amount": 3, "maxTokens": 4096}
        (listed,) = server.get(f"/api/approvals?workflowRunId={run_id}").json
        for approval in (
            listed,
            server.get(f"/api/approvals/{listed['id']}").json,
            server.get(f"/api/runs/{run_id}").json["approvals"][0],
            server.get(f"/api/runs/{run_id}/approvals").json[0],
            server.post(f"/api/approvals/{listed['id']}/approve").json,
        ):
            self.assertEqual((approval["input"], approval["hash"]), (shown, listed["hash"]))
        server.wait_for_status(run_id, "SUCCESS")
        run = server.get(f"/api/runs/{run_id}").json
        self.assertEqual(by_node(run)["gate"]["outputJson"], given)
        (in_list,) = server.get("/api/runs").json["runs"]
        (of_workflow,) = server.get("/api/workflows/w/runs").json
        again = server.get("/api/approvals").json[0]["workflowRun"]
        for one in (run, in_list, of_workflow, again):  # nor does who looks at the run
            self.assertEqual(one["contextJson"], shown)
        (of_agent,) = server.get(f"/api/workflows/runs/{run_id}/agent-runs").json
        self.assertEqual((by_node(run)["gate"]["inputJson"], of_agent["inputJson"]), (shown, shown))
        rerun = server.post(f"/api/runs/{run_id}/rerun", {"from": "beginning"}).json["id"]
        (asked,) = server.get(f"/api/approvals?workflowRunId={rerun}").json
        self.assertEqual(server.post(f"/api/approvals/{asked['id']}/approve").status, 200)
        server.wait_for_status(rerun, "SUCCESS")
        repeated = server.get(f"/api/runs/{rerun}").json
        self.assertEqual(by_node(repeated)["gate"]["outputJson"], given, "it was repeated with what was given")

    def test_approving_lets_the_run_go_on(self):
        server = self.serve()
        run_id, approval = self.start(server)
        self.assertEqual(server.get(f"/api/workflows/runs/{run_id}").json["status"], "WAITING_APPROVAL")
        self.assertEqual(approval["status"], "PENDING")
        self.assertEqual(approval["input"], {"amount": 3})
        self.assertEqual(approval["workflowRun"]["workflow"]["name"], "gated")
        self.assertEqual(approval["node"]["id"], "gate")
        reply = server.post(
            f"/api/approvals/{approval['id']}/decision", {"decision": "APPROVED", "respondedBy": "ann", "notes": "fine"}
        )
        self.assertEqual(
            (reply.status, reply.json["status"], reply.json["respondedBy"], reply.json["notes"]),
            (200, "APPROVED", "ann", "fine"),
        )
        server.wait_for_status(run_id, "SUCCESS")

    def test_rejecting_fails_the_run_with_the_reason(self):
        server = self.serve()
        run_id, approval = self.start(server)
        reply = server.post(f"/api/approvals/{approval['id']}/reject", {"comment": "too much"})
        self.assertEqual((reply.status, reply.json["status"]), (200, "REJECTED"))
        server.wait_for_status(run_id, "FAILED")
        run = server.get(f"/api/workflows/runs/{run_id}").json
        self.assertIn("Workflow node rejected: too much", run["error"])
        self.assertEqual(by_node(run)["after"]["status"], "SKIPPED")

    def test_an_approval_survives_kill_9_and_the_run_goes_on_at_once(self):  # pitfalls A6, B2
        server = self.serve()
        self.register(server, "ok", 'echo "{}"\n')
        made = self.create(
            server,
            {
                "name": "k",
                "trigger": "manual",
                "nodes": [{"id": "n", "agent": "ok", "input": {}, "approvalRequired": True}],
            },
        )
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        self.assertEqual(server.get(f"/api/workflows/runs/{run_id}").json["status"], "WAITING_APPROVAL")
        server.kill()
        server = self.serve()
        approval = server.get(f"/api/approvals?status=PENDING_APPROVAL&workflowRunId={run_id}").json[0]
        decided = time.monotonic()
        self.assertEqual(server.post(f"/api/approvals/{approval['id']}/approve").status, 200)
        server.wait_for_status(run_id, "SUCCESS")
        self.assertLess(time.monotonic() - decided, 2)

    def test_of_many_decisions_exactly_one_wins(self):  # pitfall B3, feature 101
        server = self.serve()
        run_id, approval = self.start(server)
        path = f"/api/approvals/{approval['id']}/decision"

        def decide(i):
            return server.post(path, {"decision": "APPROVED" if i % 2 else "REJECTED", "respondedBy": f"u{i}"})

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            replies = list(pool.map(decide, range(100)))
        winners = [reply for reply in replies if reply.status == 200]
        self.assertEqual(len(winners), 1)
        for reply in replies:
            if reply.status != 200:
                self.assertEqual(
                    self.assertError(reply, 400, "Approval already processed")["status"], winners[0].json["status"]
                )
        server.wait_for_status(run_id, "SUCCESS" if winners[0].json["status"] == "APPROVED" else "FAILED")

    def test_two_gates_wait_together(self):  # pitfall B4
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "two",
                "trigger": "manual",
                "nodes": [
                    {"id": "a", "transform": {}, "approvalRequired": True},
                    {"id": "b", "transform": {}, "approvalRequired": True},
                ],
            },
        )
        run_id = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        first, second = server.get(f"/api/workflows/runs/{run_id}/approvals").json
        other = server.post(f"/api/workflows/{made['id']}/trigger").json["id"]
        for path, status, text in (  # an approval is decided where it belongs, or not at all
            (f"/api/workflows/{made['id']}/runs/{other}/approvals/{first['id']}/approve", 404, "Approval not found"),
            (f"/api/workflows/nope/runs/{run_id}/approvals/{first['id']}/reject", 400, "does not belong"),
            (f"/api/workflows/{made['id']}/runs/nope/approvals/{first['id']}/reject", 404, "run not found"),
        ):
            self.assertError(server.post(path, {"comment": "x"}), status, text)
        server.post(f"/api/workflows/{made['id']}/runs/{run_id}/approvals/{first['id']}/approve", {"comment": "x"})
        self.assertEqual(server.get(f"/api/workflows/runs/{run_id}").json["status"], "WAITING_APPROVAL")
        server.post(f"/api/approvals/{second['id']}/respond", {"decision": "APPROVED", "respondedBy": "bob"})
        server.wait_for_status(run_id, "SUCCESS")

    def test_a_risky_agent_always_waits(self):  # pitfall A7
        server = self.serve()
        folder = self.agent("risky", 'echo "{}"\n')
        (folder / "agent.yaml").write_text((folder / "agent.yaml").read_text() + "riskLevel: APPROVAL_REQUIRED\n")
        self.assertEqual(server.post("/api/agents", {"folder": str(folder)}).status, 201)
        for flag in ({}, {"approvalRequired": False}, {"approvalRequired": True}):
            with self.subTest(flag):
                made = self.create(
                    server,
                    {
                        "name": f"risk-{flag}",
                        "trigger": "manual",
                        "nodes": [{"id": "n", "agent": "risky", "input": {}, **flag}],
                    },
                )
                run = server.post(f"/api/workflows/{made['id']}/trigger").json
                self.assertEqual(server.get(f"/api/workflows/runs/{run['id']}").json["status"], "WAITING_APPROVAL")

    def test_an_approval_expires(self):
        server = self.serve()
        run_id, approval = self.start(server, approval={"required": True, "expires": "300ms"}, approvalRequired=True)
        server.wait_for_status(run_id, "FAILED")
        expired = server.get(f"/api/approvals?workflowRunId={run_id}").json[0]
        self.assertEqual((expired["status"], expired["respondedBy"]), ("REJECTED", None))
        self.assertError(server.post(f"/api/approvals/{approval['id']}/approve"), 400, "already processed")

    def test_wrong_decisions_are_refused_in_order(self):
        server = self.serve()
        _, approval = self.start(server)
        path = f"/api/approvals/{approval['id']}/decision"
        self.assertError(server.post(path, {}), 400, "Decision must be APPROVED or REJECTED")
        self.assertError(
            server.post(path, {"decision": "MAYBE", "respondedBy": "x"}), 400, "Decision must be APPROVED or REJECTED"
        )
        self.assertError(server.post(path, {"decision": "APPROVED"}), 400, "respondedBy is required")
        good = {"decision": "APPROVED", "respondedBy": "x"}
        self.assertError(server.post(path, {**good, "notes": 5}), 400, "notes: expected text")
        self.assertError(server.post(path, {**good, "notes": "n" * 10_001}), 400, "at most 10000")
        self.assertError(server.post(path, {**good, "respondedBy": "n" * 201}), 400, "at most 200")
        short = path.replace("/decision", "/reject")
        self.assertError(server.post(short, {"comment": 5}), 400, "comment: expected text")
        for by in (" ", "\t\n", "ann\x1b[2K", "a\nb", "a\0", "\x7f", "a\x85b"):
            self.assertError(server.post(path, {**good, "respondedBy": by}), 400, "respondedBy: ")
            self.assertError(server.post(short, {"respondedBy": by}), 400, "respondedBy: ")
        for by in ("  ", ""):
            self.assertError(server.post(short, {"respondedBy": by}), 400, "respondedBy: is blank")
        self.assertEqual(server.get(f"/api/approvals/{approval['id']}").json["status"], "PENDING")
        self.assertEqual(server.post(short, {"respondedBy": "  Zoë Å. "}).json["respondedBy"], "Zoë Å.")
        self.assertError(
            server.post("/api/approvals/nope/decision", {"decision": "APPROVED", "respondedBy": "x"}),
            404,
            "Approval not found",
        )
        self.assertError(server.get("/api/approvals?status=SOMETIMES"), 400, "SOMETIMES")


if __name__ == "__main__":
    unittest.main()
