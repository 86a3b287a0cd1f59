"""Every version of a workflow, and what changed between two. Pitfall B9."""

import unittest

from harness import Case

FIRST = {
    "name": "w",
    "trigger": "MANUAL",
    "nodes": [{"id": "a", "transform": {"n": 1}}, {"id": "b", "transform": {}, "dependsOn": ["a"]}],
}


class Versions(Case):
    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.create(self.server, FIRST)
        reply = self.server.request(
            "PATCH",
            "/api/workflows/w",
            {"timeout": "5m", "nodes": [{"id": "a", "transform": {"n": 2}}, {"id": "c", "transform": {}}]},
        )
        self.assertEqual(reply.status, 200, reply.body)

    def test_each_is_kept(self):
        listed = self.server.get("/api/workflows/w/versions").json
        self.assertEqual([(one["version"], one["current"]) for one in listed], [(1, False), (2, True)])
        first = self.server.get("/api/workflows/w/versions/1").json
        self.assertEqual([node["id"] for node in first["definition"]["nodes"]], ["a", "b"])  # pitfall B8
        self.assertEqual(self.server.get("/api/workflows/w/versions/current").json, listed[1])
        again = {**first["definition"], "name": "copy"}
        self.assertEqual(self.server.post("/api/workflows", again).status, 201, "a version is a definition")

    def test_what_changed(self):
        reply = self.server.get("/api/workflows/w/versions/1/diff/2").json
        self.assertEqual((reply["from"], reply["to"]), (1, 2))
        changes = {(change["kind"], change["path"]): (change["before"], change["after"]) for change in reply["changes"]}
        self.assertEqual(changes.pop(("changed", "nodes.a.transform.n")), (1, 2))
        self.assertEqual(changes.pop(("added", "timeout")), (None, "5m"))
        self.assertEqual(changes.pop(("added", "nodes.c"))[0], None)
        self.assertEqual(changes.pop(("removed", "nodes.b"))[1], None)
        self.assertEqual(changes, {})
        back = self.server.get("/api/workflows/w/versions/current/diff/1").json
        self.assertIn(("removed", "timeout"), [(change["kind"], change["path"]) for change in back["changes"]])
        self.assertEqual(self.server.get("/api/workflows/w/versions/2/diff/2").json["changes"], [])

    def test_what_is_not_there(self):
        for path, status, part in (
            ("/api/workflows/nobody/versions", 404, "not found"),
            ("/api/workflows/nobody/versions/1", 404, "not found"),
            ("/api/workflows/w/versions/3", 404, "the latest is 2"),
            ("/api/workflows/w/versions/0", 400, "from 1 to 2"),
            ("/api/workflows/w/versions/1x", 400, "1x"),
            ("/api/workflows/w/versions/9999999999999999999999", 400, "from 1 to 2"),
            ("/api/workflows/w/versions/1/diff/3", 404, "the latest is 2"),
            ("/api/workflows/w/versions/1/diff/latest", 400, "current"),
            ("/api/workflows/nobody/versions/1/diff/2", 404, "not found"),
        ):
            with self.subTest(path):
                self.assertError(self.server.get(path), status, part)


if __name__ == "__main__":
    unittest.main()
