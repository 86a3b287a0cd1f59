"""Workflows that the clock starts, with the real clock: that they start, once for each slot, and over restarts. What
needs days or other clocks is in src/trigger/scheduler_test.cpp."""

from harness import Case, command, wait_until


def scheduled(name, trigger, **changes):
    node = {"id": "echo", "transform": {"slot": "{{ context.schedule.slot }}"}}
    return {"name": name, "trigger": trigger, "nodes": [node], **changes}


class Schedules(Case):
    def slots(self, server, workflow):
        """The slots of the workflow's runs, newest first."""
        runs = server.get(f"/api/workflows/{workflow}/runs").json
        self.assertEqual({run["trigger"] for run in runs} - {"schedule"}, set())
        return [run["contextJson"]["schedule"]["slot"] for run in runs]

    def wait_for_slots(self, server, workflow, count):
        wait_until(lambda: len(self.slots(server, workflow)) >= count, f"{count} runs of the schedule")

    def test_each_slot_once_over_restarts(self):  # feature 114
        server = self.serve()
        workflow = self.create(server, scheduled("w", {"every": "1s", "missed": "skip"}))["id"]
        self.wait_for_slots(server, workflow, 2)
        server.kill()
        server = self.serve()
        before = len(self.slots(server, workflow))
        self.wait_for_slots(server, workflow, before + 2)
        slots = self.slots(server, workflow)
        self.assertEqual(len(slots), len(set(slots)))
        self.assertEqual(slots, sorted(slots, reverse=True))
        for run in server.get(f"/api/workflows/{workflow}/runs").json:
            server.wait_for_status(run["id"], "SUCCESS")

    def test_changes_count_at_once(self):
        server = self.serve()
        yearly = self.create(server, scheduled("w", {"schedule": "0 0 1 1 *", "timezone": "Europe/Berlin"}))
        detail = server.get(f"/api/workflows/{yearly['id']}").json
        self.assertRegex(detail["nextRunAt"], r"-12-31T23:00:00.000Z$")
        self.assertEqual(server.get("/api/workflows?projectId=1").json[0]["nextRunAt"], detail["nextRunAt"])
        change = {"trigger": {"type": "schedule", "every": "1s"}}
        self.assertEqual(server.request("PATCH", f"/api/workflows/{yearly['id']}", change).status, 200)
        self.wait_for_slots(server, yearly["id"], 1)
        server.request("PATCH", f"/api/workflows/{yearly['id']}", {"status": "ARCHIVED"})
        self.assertIsNone(server.get(f"/api/workflows/{yearly['id']}").json["nextRunAt"])
        count = len(self.slots(server, yearly["id"]))
        clock = self.create(server, scheduled("clock", {"every": "1s"}))["id"]
        self.wait_for_slots(server, clock, 2)
        self.assertEqual(len(self.slots(server, yearly["id"])), count, "an archived workflow starts no more")

    def test_refusals(self):
        server = self.serve()
        for trigger, part in (
            ({"schedule": "0 9 * * 8"}, "at character 9"),
            ({"schedule": "0 9 * * 1", "timezone": "Europe/Atlantis"}, "there is no time zone"),
            ({"every": "10ms"}, "every"),
            ({"every": "1m", "missed": "sometimes"}, "missed"),
        ):
            self.assertError(server.post("/api/workflows", scheduled("w", trigger)), 400, part)
        workflow = self.create(server, scheduled("w", "manual"))["id"]
        change = {"trigger": {"every": "5m", "timezone": "Nowhere/City"}}
        self.assertError(server.request("PATCH", f"/api/workflows/{workflow}", change), 400, "there is no time zone")

    def test_preview(self):
        server = self.serve()
        reply = server.get("/api/schedule/preview?schedule=30+9+*+*+MON&timezone=America/New_York&count=3")
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual((len(reply.json["times"]), reply.json["timezone"]), (3, "America/New_York"))
        self.assertRegex(reply.json["times"][0], r"T1[34]:30:00.000Z$")
        self.assertEqual(len(server.get("/api/schedule/preview?schedule=@every+15m").json["times"]), 5)
        error = self.assertError(server.get("/api/schedule/preview?schedule=0+25+*+*+*"), 400, "at character 3")
        self.assertEqual(error["column"], 3)
        self.assertError(server.get("/api/schedule/preview?schedule=@daily&timezone=Mars/Base"), 400, "no time zone")
        self.assertError(server.get("/api/schedule/preview?schedule=@daily&count=101"), 400, "count")
        self.assertError(server.get("/api/schedule/preview"), 400, "five fields")

    def test_the_list_shows_when(self):
        server = self.serve()
        self.create(server, scheduled("w", {"schedule": "0 0 1 1 *"}))
        done = command("--server", server.url, "workflows", "list")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("-01-01T00:00:00.000Z", done.stdout)
