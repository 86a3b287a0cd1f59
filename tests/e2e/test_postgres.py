"""The server with its records in a real PostgreSQL: killed, restarted, beside another, and without its database."""

import unittest

import test_kill
from harness import Case, command, wait_until
from postgres import PostgresServer, program


def step(name):
    return {"name": name, "trigger": "manual", "nodes": [{"id": "a", "transform": {"n": "{{ context.n }}"}}]}


class WithPostgres:
    def setUp(self):
        super().setUp()
        self.postgres = PostgresServer().start()
        self.addCleanup(self.postgres.close)
        self.environment = {"COMMANDCENTER_DATABASE_URL": self.postgres.url}

    def serve(self, *arguments, **options):
        return super().serve(*arguments, environment=self.environment, **options)


@unittest.skipUnless(program("postgres"), "PostgreSQL is not installed")
class Killed(WithPostgres, test_kill.Kill):
    kills = 30
    test_kills_between_a_file_and_the_row_that_names_it = None
    test_kills_while_large_patches_are_made_approved_written_and_taken_back = None
    test_kills_while_old_runs_go_and_new_ones_name_the_same_files = None


@unittest.skipUnless(program("postgres"), "PostgreSQL is not installed")
class Kept(WithPostgres, Case):
    def test_records_are_in_the_database_and_outlive_the_data_folder(self):
        server = self.serve()
        self.create(server, step("plain"))
        run = server.run("plain", {"context": {"n": 7}})
        self.assertEqual(run["status"], "SUCCESS")
        self.assertEqual(self.postgres.ask("SELECT count(*) FROM commandcenter.runs"), "1")
        self.assertFalse((self.data / "commandcenter.db").exists())
        server.kill()
        self.data = self.folder / "another-machine"
        server = self.serve()
        self.assertEqual(server.get(f"/api/workflows/runs/{run['id']}").json["status"], "SUCCESS")
        self.assertEqual(server.run("plain", {"context": {"n": 8}})["status"], "SUCCESS")

    def test_a_database_that_crashes_is_waited_for(self):
        server = self.serve()
        self.create(server, step("plain"))
        before = server.run("plain", {"context": {"n": 1}})
        self.postgres.crash()
        refused = server.request_unchecked("POST", "/api/workflows/plain/trigger", {"context": {"n": 2}})
        self.assertEqual(refused.status, 503, refused.body)
        self.assertNotIn(str(self.postgres.folder), refused.body)
        self.postgres.start()
        wait_until(lambda: server.get("/api/health").status == 200, "the server is well again")
        after = server.run("plain", {"context": {"n": 3}})
        self.assertEqual(after["status"], "SUCCESS")
        runs = server.get("/api/workflows/runs").json["runs"]
        self.assertLessEqual({before["id"], after["id"]}, {run["id"] for run in runs})

    def test_a_second_server_is_kept_out_and_takes_over_when_the_first_is_gone(self):
        first = self.serve()
        self.create(first, step("plain"))
        run = first.run("plain", {"context": {"n": 1}})
        second = ["serve", "--port", "0", "--data", self.folder / "second"]
        refused = command(*second, environment=self.environment)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"in use by commandcenter {first.process.pid} on ", refused.stderr)
        first.kill()
        self.data = self.folder / "second"
        server = self.serve()
        self.assertEqual(server.get(f"/api/workflows/runs/{run['id']}").json["status"], "SUCCESS")

    def test_commands_say_where_the_records_are(self):
        where = ["--data", self.data]
        healthy = command("doctor", *where, environment=self.environment)
        self.assertIn("the database of store.url can be used", healthy.stdout)
        for words in (["backup", self.folder / "b.db"], ["restore", self.folder / "b.db"], ["check"]):
            reply = command(*words, *where, environment=self.environment)
            self.assertEqual(reply.returncode, 1, reply.stdout)
            self.assertIn("the records are kept in PostgreSQL", reply.stderr)
        self.assertFalse((self.folder / "b.db").exists())

    def test_the_password_is_shown_to_nobody(self):
        secret = {"COMMANDCENTER_DATABASE_URL": "postgres://me:Geheim77@127.0.0.1:1/x"}
        for words in (["serve", "--print-config"], ["serve", "--port", "0", "--data", self.data], ["doctor"]):
            reply = command(*words, environment=secret)
            self.assertNotIn("Geheim77", reply.stdout + reply.stderr)
        self.assertIn("cannot be reached", command("serve", "--data", self.data, environment=secret).stderr)


if __name__ == "__main__":
    unittest.main()
