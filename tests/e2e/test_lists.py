"""Pages, filters, and requests that count once."""

import concurrent.futures
import datetime
import re
import sqlite3
import unittest
import urllib.parse

from harness import Case

STEP = [{"id": "n", "transform": {}}]


def next_page(reply):
    match = re.fullmatch(r'<([^>]+)>; rel="next"', reply.headers.get("Link", ""))
    return match and match.group(1)


class Pages(Case):
    def walk(self, server, path, member=None):
        """The ids of every page, and how many there were."""
        ids, pages = [], 0
        while path:
            reply = server.get(path)
            self.assertEqual(reply.status, 200, reply.body)
            ids += [item["id"] for item in (reply.json[member] if member else reply.json)]
            pages += 1
            path = next_page(reply)
        return ids, pages

    def test_every_list_comes_in_pages(self):
        server = self.serve()
        made = [self.create(server, {"name": f"w{i}", "trigger": "manual", "nodes": STEP})["id"] for i in range(5)]
        runs = [server.post("/api/workflows/w0/trigger").json["id"] for _ in range(7)]
        gate = {"id": "g", "transform": {}, "approvalRequired": True}
        self.create(server, {"name": "gated", "trigger": "manual", "nodes": [gate]})
        for _ in range(3):
            server.post("/api/workflows/gated/trigger")
        whole = [workflow["id"] for workflow in server.get("/api/workflows?projectId=1").json]
        self.assertEqual(whole[1:], made[::-1])
        self.assertEqual(self.walk(server, "/api/workflows?projectId=1&limit=2"), (whole, 3))
        self.assertEqual(self.walk(server, "/api/workflows?projectId=1&limit=6"), (whole, 1))
        self.assertEqual(self.walk(server, f"/api/workflows/{made[0]}/runs?limit=3"), (runs[::-1], 3))
        ids, pages = self.walk(server, "/api/runs?limit=4&status=SUCCESS", "runs")
        self.assertEqual((ids, pages), (runs[::-1], 2))
        approvals, pages = self.walk(server, "/api/approvals?limit=1")
        self.assertEqual((len(set(approvals)), pages), (3, 3))
        agents = [agent["id"] for agent in server.get("/api/agents?projectId=1").json]
        self.assertEqual(self.walk(server, "/api/agents?projectId=1&limit=1"), (agents, len(agents)))

    def test_a_page_of_large_rows_ends_early(self):
        server = self.serve()
        self.create(server, {"name": "w", "trigger": "manual", "nodes": STEP})
        gate = {"id": "g", "transform": {}, "approvalRequired": True}
        self.create(server, {"name": "gated", "trigger": "manual", "nodes": [gate]})
        runs = []
        for size_mib in (3, 3, 3, 9, 1):
            context = {"context": {"x": "y" * (size_mib << 20)}}
            runs.append(server.post("/api/workflows/w/trigger", context).json["id"])
        lists = {"/api/runs?workflow=w": "runs", "/api/runs?q=w": "runs", "/api/workflows/w/runs": None}
        for path, member in lists.items():
            self.assertEqual(self.walk(server, path, member), (runs[::-1], 4))  # 1, 9, 3 and 3, 3
        second = server.get(next_page(server.get("/api/workflows/w/runs"))).json  # always one, whole
        self.assertEqual([len(run["contextJson"]["x"]) for run in second], [9 << 20])
        for _ in range(3):
            server.post("/api/workflows/gated/trigger", {"context": {"x": "y" * (3 << 20)}})
        approvals, pages = self.walk(server, "/api/approvals")
        self.assertEqual((len(approvals), len(set(approvals)), pages), (3, 3, 2))

    def test_a_page_goes_on_when_its_last_row_is_gone(self):
        server = self.serve()
        for i in range(4):
            self.create(server, {"name": f"w{i}", "trigger": "manual", "nodes": []})
        first = server.get("/api/workflows?projectId=1&limit=2")
        for workflow in first.json:
            server.request("DELETE", f"/api/workflows/{workflow['id']}")
        rest = server.get(next_page(first)).json
        self.assertEqual([workflow["name"] for workflow in rest], ["w1", "w0"])

    def test_wrong_parameters(self):
        server = self.serve()
        self.create(server, {"name": "w", "trigger": "manual", "nodes": []})
        for path in ("/api/runs?", "/api/workflows?projectId=1&", "/api/agents?projectId=1&", "/api/approvals?"):
            for limit in ("0", "-1", "1001", "x", "", "5x", "99999999999999999999"):
                self.assertError(server.get(f"{path}limit={limit}"), 400, "limit")
        for path in ("/api/runs?", "/api/workflows?projectId=1&", "/api/approvals?", "/api/workflows/w/runs?"):
            for cursor in ("x", "x.y", "5", "%00", "."):
                self.assertIn(server.get(f"{path}cursor={cursor}").status, (400,))
        no_times = "2026-01-01T25:00:00Z", "2026-01-01+00:00", "2026-01-01T00:00:00"
        for time in ("x", "2026-02-30", *no_times, "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00%2B24:00"):
            for member in ("since", "until"):
                self.assertError(server.get(f"/api/runs?{member}={time}"), 400, "time")


class Filters(Case):
    def test_each_filter(self):
        server = self.serve()
        self.create(server, {"name": "Alpha build", "trigger": {"on": ["a.b"]}, "nodes": STEP})
        needy = [{"id": "n", "transform": {"x": "{{ context.x }}"}}]
        self.create(server, {"name": "beta", "trigger": "manual", "nodes": needy})
        good = server.run(urllib.parse.quote("Alpha build"))
        failed = server.run("beta")
        event = server.post("/api/events", {"type": "a.b"}).json["workflowRuns"][0]["id"]
        server.wait_for_status(event, "SUCCESS")

        def found(query):
            return [run["id"] for run in server.get(f"/api/runs?{query}").json["runs"]]

        self.assertEqual(found(""), [event, failed["id"], good["id"]])
        self.assertEqual(found("status=FAILED"), [failed["id"]])
        self.assertEqual(found("trigger=event:a.b"), [event])
        self.assertEqual(found("workflow=beta"), [failed["id"]])
        self.assertEqual(found(f"workflow={good['workflowId']}"), [event, good["id"]])
        self.assertEqual(found("q=ALPHA"), [event, good["id"]])
        self.assertEqual(found("q=nothing"), [])
        self.assertEqual(found(f"q={failed['id'][:-2]}"), [failed["id"]])
        self.assertEqual(found("q=alpha&status=SUCCESS&trigger=manual"), [good["id"]])
        self.assertEqual(found(f"since={failed['startedAt']}")[-1], failed["id"])
        self.assertEqual(found(f"until={failed['startedAt']}"), [good["id"]])
        self.assertEqual(found("since=2020-01-01&until=2020-01-02"), [])
        at = datetime.datetime.fromisoformat(failed["startedAt"])
        for hours, minutes in ((0, 0), (5, 30), (-11, 0)):  # the same instant, as clients elsewhere write it
            zone = datetime.timezone(datetime.timedelta(hours=hours, minutes=minutes))
            text = at.astimezone(zone).isoformat(timespec="microseconds")
            self.assertEqual(found(f"until={text}"), [good["id"]], text)  # a + that was not encoded is understood
            self.assertEqual(found(f"until={urllib.parse.quote(text)}"), [good["id"]], text)
        self.assertEqual(found("q=alpha&limit=1"), [event])

    def test_rare_runs_are_found_by_an_index(self):
        """However many runs there are, what is rare must not be looked for among all of them."""
        self.serve().stop()
        with sqlite3.connect(next(self.data.glob("*.db"))) as database:
            for condition, index in {
                "status='FAILED' AND status<>'SUCCESS'": "runs_unsuccessful",
                "trigger_name='retry' AND trigger_name<>'manual'": "runs_by_trigger",
                "workflow_id='w'": "runs_by_workflow",
            }.items():
                order = "ORDER BY started_at_ms DESC, id DESC LIMIT 50"
                query = f"EXPLAIN QUERY PLAN SELECT * FROM runs WHERE {condition} {order}"
                plan = str(database.execute(query).fetchall())
                self.assertIn(index, plan)
                self.assertNotIn("TEMP B-TREE", plan)


class Once(Case):
    def post(self, server, path, body, key):
        return server.request("POST", path, body, {"Idempotency-Key": key})

    def test_a_trigger_counts_once(self):
        server = self.serve()
        self.create(server, {"name": "w", "trigger": "manual", "nodes": STEP})
        path, body = "/api/workflows/w/trigger", {"context": {"a": 1}}
        first = self.post(server, path, body, "k1")
        again = self.post(server, path, body, "k1")
        self.assertEqual((first.status, again.status), (201, 201))
        self.assertEqual((again.body, again.headers["Location"]), (first.body, first.headers["Location"]))
        self.assertEqual((first.headers["Idempotent-Replayed"], again.headers["Idempotent-Replayed"]), (None, "true"))
        self.assertNotEqual(self.post(server, path, body, "k2").json["id"], first.json["id"])
        reused = self.assertError(self.post(server, path, {"context": {"a": 2}}, "k1"), 422, "Idempotency-Key")
        self.assertEqual(reused["code"], "idempotency_key_reused")
        self.assertEqual(len(server.get("/api/workflows/w/runs").json), 2)
        server.kill()
        server = self.serve()
        self.assertEqual(self.post(server, path, body, "k1").json, first.json)
        self.assertEqual(len(server.get("/api/workflows/w/runs").json), 2)

    def test_the_same_name_in_another_project_is_another_request(self):
        server = self.serve()
        for project in (1, 2):
            self.create(server, {"name": "w", "projectId": project, "trigger": "manual", "nodes": STEP})
        first = self.post(server, "/api/workflows/w/trigger", {}, "k")
        self.assertError(self.post(server, "/api/workflows/w/trigger?projectId=2", {}, "k"), 422, "Idempotency-Key")
        self.assertEqual(self.post(server, "/api/workflows/w/trigger?projectId=1", {}, "k").json, first.json)
        second = self.post(server, "/api/workflows/w/trigger?projectId=2", {}, "k2")
        self.assertNotEqual(second.json["id"], first.json["id"])

    def test_at_the_same_time(self):
        server = self.serve()
        self.create(server, {"name": "w", "trigger": "manual", "nodes": STEP})
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            replies = list(pool.map(lambda _: self.post(server, "/api/workflows/w/trigger", {}, "k"), range(64)))
        self.assertEqual({reply.status for reply in replies}, {201})
        self.assertEqual(len({reply.json["id"] for reply in replies}), 1)
        self.assertEqual(len(server.get("/api/workflows/w/runs").json), 1)

    def test_creating_and_retrying_count_once(self):
        server = self.serve()
        body = {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "transform": {"x": "{{ context.x }}"}}]}
        first = self.post(server, "/api/workflows", body, "k1")
        again = self.post(server, "/api/workflows", body, "k1")
        self.assertEqual((first.status, again.status, again.json), (201, 201, first.json))
        self.assertError(self.post(server, "/api/workflows", {**body, "name": "v"}, "k1"), 422)
        run = server.run("w")
        path = f"/api/runs/{run['id']}/retry"
        self.assertError(self.post(server, path, {}, "k1"), 422)  # a key is good for one request
        retries = [self.post(server, path, {}, "k2") for _ in range(2)]
        self.assertEqual([reply.status for reply in retries], [202, 202])
        self.assertEqual(retries[0].json, retries[1].json)
        self.assertError(self.post(server, path, {"from": "beginning"}, "k2"), 422)
        self.assertError(self.post(server, path.replace("/retry", "/rerun"), {}, "k2"), 422)
        self.assertEqual(len(server.get("/api/workflows/w/runs").json), 2)
        other = {**body, "name": "gone"}
        made = self.post(server, "/api/workflows", other, "k3")
        path = f"/api/workflows/{made.json['id']}"
        changed = server.request("PATCH", path, {"name": "later", "description": "new", "status": "DRAFT", "nodes": []})
        self.assertEqual(changed.json["version"], 2)
        for end in ("changed", "deleted"):  # the answer is the first one, whatever became of the workflow
            again = self.post(server, "/api/workflows", other, "k3")
            self.assertEqual((again.status, again.json, again.headers["ETag"]), (201, made.json, '"1"'), end)
            self.assertEqual(again.headers["Location"], made.headers["Location"])
            if end == "changed":
                self.assertEqual(server.request("DELETE", "/api/workflows/later").status, 204)
        self.assertError(server.get(path), 404)

    def test_what_was_refused_may_be_mended_under_its_key(self):
        server = self.serve()
        wrong = {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "agent": "nobody"}]}
        self.assertError(self.post(server, "/api/workflows", wrong, "k"), 400)
        self.assertEqual(self.post(server, "/api/workflows", {**wrong, "nodes": []}, "k").status, 201)
        for key in ("", "x" * 256, "a b"):
            self.assertError(self.post(server, "/api/workflows/w/trigger", {}, key), 400, "Idempotency-Key")


if __name__ == "__main__":
    unittest.main()
