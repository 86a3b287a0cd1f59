"""The plug is pulled at random points, many times: nothing that was acknowledged is lost, and every run ends."""

import contextlib
import http.client
import json
import random
import threading
import unittest

from harness import Case, wait_until

KILLS = 200
CLIENTS = 3
LONGEST_LIFE_S = 0.06
LARGE_KILLS = 25
LONGEST_LARGE_LIFE_S = 0.15
PATCH_KILLS = 15
LONGEST_PATCH_LIFE_S = 0.4


class Client(threading.Thread):
    """Triggers runs and decides approvals until the server is gone; remembers what was acknowledged."""

    def __init__(self, port, seed, runs, decisions):
        super().__init__(daemon=True)
        self.port = port
        self.random = random.Random(seed)
        self.runs = runs
        self.decisions = decisions

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            while True:
                self.step(connection)

    def ask(self, connection, method, path, body=None):
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    def step(self, connection):
        workflow = self.random.choice(["plain", "gated", "agent"])
        status, reply = self.ask(connection, "POST", f"/api/workflows/{workflow}/trigger", {"context": {"n": 1}})
        if status == 201:
            self.runs[reply["id"]] = workflow
        if self.random.random() < 0.5:
            _, pending = self.ask(connection, "GET", "/api/approvals?status=PENDING")
            if pending:
                chosen = self.random.choice(pending)
                approve = self.random.random() < 0.5
                path = f"/api/approvals/{chosen['id']}/{'approve' if approve else 'reject'}"
                status, _ = self.ask(connection, "POST", path, {"comment": "x"})
                if status == 200:
                    self.decisions[chosen["workflowRunId"]] = "SUCCESS" if approve else "FAILED"


class Kill(Case):
    kills = KILLS

    def test_two_hundred_kills_lose_nothing_acknowledged(self):  # pitfall A6, feature 105
        server = self.serve()
        self.register(server, "ok", 'echo "{}"\n')
        step = {"transform": {"n": "{{ context.n }}"}}
        self.create(
            server,
            {
                "name": "plain",
                "trigger": "manual",
                "nodes": [{"id": "a", **step}, {"id": "b", "dependsOn": ["a"], **step}],
            },
        )
        self.create(
            server, {"name": "gated", "trigger": "manual", "nodes": [{"id": "a", "approvalRequired": True, **step}]}
        )
        self.create(server, {"name": "agent", "trigger": "manual", "nodes": [{"id": "a", "agent": "ok", "input": {}}]})
        server.kill()

        chance = random.Random(20)
        runs, decisions = {}, {}
        tick = threading.Event()
        for _ in range(self.kills):
            server = self.serve()
            clients = [Client(server.port, chance.random(), runs, decisions) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            tick.wait(chance.random() * LONGEST_LIFE_S)
            server.kill()
            for client in clients:
                client.join()

        self.assertGreater(len(runs), self.kills // 4)
        server = self.serve()

        def moving():
            states = ("PENDING", "RUNNING")
            return any(server.get(f"/api/workflows/runs?status={state}").json["runs"] for state in states)

        wait_until(lambda: not moving(), "recovered runs have ended")
        statuses = {}
        for run_id, workflow in runs.items():
            reply = server.get(f"/api/workflows/runs/{run_id}")
            self.assertEqual(reply.status, 200, f"acknowledged run {run_id} is gone")
            run = reply.json
            statuses[run["status"]] = statuses.get(run["status"], 0) + 1
            if workflow == "gated":
                self.assertEqual(
                    run["status"], decisions.get(run_id, run["status"]), "an acknowledged decision is honoured"
                )
                if run["status"] == "WAITING_APPROVAL":
                    self.assertEqual([a["status"] for a in run["approvals"]], ["PENDING"])
            elif run["status"] == "FAILED":  # a harmless attempt is repeated, but not for ever
                self.assertEqual(workflow, "agent")
                self.assertIn("times in a row", run["error"])
            else:
                self.assertEqual(run["status"], "SUCCESS", run["error"])
        self.assertGreater(statuses.get("SUCCESS", 0), 0)

    def test_kills_between_a_file_and_the_row_that_names_it(self):
        """Large outputs are files before there is a row: whatever comes between, what is named is whole, and nothing
        that is named by nobody stays."""
        size = (1 << 20) + 1000
        server = self.serve()
        own = f"head -c {size} /dev/urandom | base64 -w0 | head -c {size}"
        self.register(server, "own", f"printf '\"'; {own}; printf '\"'")
        self.register(server, "same", f"printf '\"'; head -c {size} /dev/zero | tr '\\0' x; printf '\"'")
        nodes = [{"id": agent, "agent": agent, "input": {}} for agent in ("own", "same")]
        self.create(server, {"name": "large", "trigger": "manual", "nodes": nodes})
        folder = self.data / "artifacts"
        chance = random.Random(21)
        tick = threading.Event()
        runs = []
        for _ in range(LARGE_KILLS):
            with contextlib.suppress(OSError, http.client.HTTPException):
                runs += [server.post("/api/workflows/large/trigger").json["id"] for _ in range(2)]
            tick.wait(chance.random() * LONGEST_LARGE_LIFE_S)
            server.kill()
            server = self.serve()
        for run in runs:
            server.events(run, lambda event: event["data"].get("status") in ("SUCCESS", "FAILED"))
        server.kill()
        server = self.serve()  # what the last kill left is swept at the start
        named = set()
        for run in runs:
            for artifact in server.get(f"/api/runs/{run}/artifacts").json["artifacts"]:
                named.add(artifact["hash"])
                reply = server.get(f"/api/artifacts/{artifact['hash']}")
                self.assertEqual(reply.status, 200)
                self.assertEqual(len(reply.body), artifact["sizeBytes"])
            run = server.get(f"/api/workflows/runs/{run}").json
            if run["status"] != "SUCCESS":
                self.assertIn("times in a row", run["error"])
        self.assertGreater(len(named), len(runs) // 2)
        self.assertEqual({file.name for file in folder.rglob("*") if file.is_file()}, named)


    def test_kills_while_large_patches_are_made_approved_written_and_taken_back(self):  # pitfalls A3, A6, B14
        """A patch too large for a row, and its reverse, are files. Whatever dies at whichever step, a tree is as it was
        or whole as it was approved, nothing that is named is missing, and nothing else stays."""
        lines, words = 120_000, "a line that belongs to "
        server = self.serve()
        script = f"head -1 name >made; yes '{words}it' | head -n {lines} >>made; rm old; echo '{{}}'"
        self.register(server, "grow", script, effects="workspace")
        nodes = [{"id": "n", "agent": "grow", "input": {}}]
        self.create(server, {"name": "grow", "trigger": "manual", "nodes": nodes})
        chance = random.Random(4)
        tick = threading.Event()
        trees = {}

        def die():
            nonlocal server
            tick.wait(chance.random() * LONGEST_PATCH_LIFE_S)
            server.kill()
            server = self.serve()

        def ask(method, path, body=None):
            with contextlib.suppress(OSError, http.client.HTTPException):
                return server.request(method, path, body)
            return None

        for number in range(PATCH_KILLS):
            place = self.folder / f"tree{number}"
            place.mkdir()
            (place / "name").write_text(f"{number}\n")
            (place / "old").write_text("old\n" * 100_000)
            run = server.post("/api/workflows/grow/trigger", {"workspace": str(place)}).json["id"]
            trees[run] = place
            die()
            server.events(run, lambda event: event["data"].get("status") in ("WAITING_APPROVAL", "SUCCESS", "FAILED"))
            for approval in server.get(f"/api/approvals?workflowRunId={run}").json:
                ask("POST", f"/api/approvals/{approval['id']}/approve", {})
            die()
            server.events(run, lambda event: event["data"].get("status") in ("WAITING_APPROVAL", "SUCCESS", "FAILED"))
            if number % 2 == 0:
                ask("POST", f"/api/runs/{run}/rollback", {})
                die()
        server.kill()
        server = self.serve()
        named = set()
        written = 0
        for number, (run, place) in enumerate(trees.items()):
            detail = server.get(f"/api/workflows/runs/{run}").json
            if detail["status"] == "FAILED":
                self.assertIn("times in a row", detail["error"])
            was = sorted(file.name for file in place.iterdir())
            if was == ["made", "name"]:
                written += 1
                self.assertEqual(detail["status"], "SUCCESS", detail)
                text = (place / "made").read_text()
                self.assertEqual(text, f"{number}\n" + f"{words}it\n" * lines)
            else:
                self.assertEqual(was, ["name", "old"])
                self.assertEqual((place / "old").stat().st_size, 400_000)
            for artifact in server.get(f"/api/runs/{run}/artifacts").json["artifacts"]:
                named.add(artifact["hash"])
                reply = server.request("GET", f"/api/artifacts/{artifact['hash']}")
                self.assertEqual((reply.status, len(reply.body)), (200, artifact["sizeBytes"]))
        self.assertGreater(written, 0)
        self.assertGreater(len(named), PATCH_KILLS)
        kept = {file.name for file in (self.data / "artifacts").rglob("*") if file.is_file()}
        self.assertEqual(kept, named)
        # What is written can still be taken back, from the reverse that was kept.
        for run, place in trees.items():
            if (place / "made").exists():
                self.assertEqual(server.post(f"/api/runs/{run}/rollback").status, 200)
                self.assertEqual(sorted(file.name for file in place.iterdir()), ["name", "old"])
        self.assertEqual(list((self.data / "changes" / "layers").glob("*")), [])

    def test_kills_while_old_runs_go_and_new_ones_name_the_same_files(self):  # pitfall A6
        """Retention removes a file with the last row that names it, while agents are making the same file again."""
        size = (1 << 20) + 1000
        old = ("--set", "engine.keepFinished=1ms")
        server = self.serve(*old)
        self.register(server, "same", f"printf '\"'; head -c {size} /dev/zero | tr '\\0' x; printf '\"'")
        nodes = [{"id": "a", "agent": "same", "input": {}}]
        self.create(server, {"name": "same", "trigger": "manual", "nodes": nodes})
        chance = random.Random(7)
        tick = threading.Event()
        made = []
        for _ in range(LARGE_KILLS):
            with contextlib.suppress(OSError, http.client.HTTPException):
                made += [server.post("/api/workflows/same/trigger").json["id"] for _ in range(2)]
            tick.wait(chance.random() * LONGEST_LARGE_LIFE_S)
            server.kill()
            server = self.serve(*old)  # which looks for old runs at once
        server.kill()
        server = self.serve()
        made.append(server.post("/api/workflows/same/trigger").json["id"])
        server.wait_for_status(made[-1], "SUCCESS")
        left = [run for run in made if server.get(f"/api/workflows/runs/{run}").status == 200]
        self.assertLess(len(left), len(made), "old runs went")
        named = set()
        for run in left:
            server.events(run, lambda event: event["data"].get("status") in ("SUCCESS", "FAILED"))
            for artifact in server.get(f"/api/runs/{run}/artifacts").json["artifacts"]:
                named.add(artifact["hash"])
                self.assertEqual(server.get(f"/api/artifacts/{artifact['hash']}").status, 200)
        self.assertEqual(len(named), 1)
        kept = {file.name for file in (self.data / "artifacts").rglob("*") if file.is_file()}
        self.assertEqual(kept, named)


if __name__ == "__main__":
    unittest.main()
