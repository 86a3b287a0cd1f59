"""Every version of a workflow, and what changed between two. Pitfall B9."""

import concurrent.futures
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

    def test_two_who_save_learn_of_each_other(self):
        path = "/api/workflows/w"
        read = self.server.get(path)
        self.assertEqual((read.headers["ETag"], read.json["version"]), ('"2"', 2))
        mine = {"If-Match": read.headers["ETag"]}
        for method, last in (("PUT", 2), ("PATCH", 3)):
            mine = {"If-Match": f'"{last}"'}
            saved = self.server.request(method, path, {"description": f"mine {last}"}, mine)
            self.assertEqual((saved.status, saved.headers["ETag"]), (200, f'"{last + 1}"'), saved.body)
            late = self.server.request(method, path, {"description": "theirs"}, mine)
            body = self.assertError(late, 412, f"has version {last + 1}")
            now = self.server.get(path).json
            self.assertEqual(
                (body["code"], body["currentVersion"], body["currentUpdatedAt"]),
                ("outdated", last + 1, now["updatedAt"]),
            )
            self.assertEqual((late.headers["ETag"], now["description"]), (f'"{last + 1}"', f"mine {last}"))
        for tags in ('"1", "4"', "*", 'W/"6"'):
            change = {"description": f"with {tags}"}
            self.assertEqual(self.server.request("PUT", path, change, {"If-Match": tags}).status, 200, tags)
        self.assertEqual(self.server.request("PUT", path, {"description": "whatever it is"}).status, 200)
        tag = self.server.get(path).headers["ETag"]
        late = self.server.request("DELETE", path, headers={"If-Match": '"1"'})
        self.assertEqual((self.assertError(late, 412)["code"], late.headers["ETag"]), ("outdated", tag))
        self.assertEqual(self.server.get(path).headers["ETag"], tag, "it is still there")
        self.assertEqual(self.server.request("DELETE", path, headers={"If-Match": tag}).status, 204)

    def test_of_many_who_save_at_once_exactly_one_does(self):
        def save(n):
            return self.server.request("PUT", "/api/workflows/w", {"description": str(n)}, {"If-Match": '"2"'}).status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(save, range(16)))
        self.assertEqual(statuses, [200] + 15 * [412])
        self.assertEqual(self.server.get("/api/workflows/w").json["version"], 3)

    def test_what_changes_nothing_makes_no_version(self):
        path = "/api/workflows/w"
        scan = {"id": "scan", "agent": "security-scanner", "input": {}}
        nodes = [{**scan, "timeout": "60s", "position": {"x": 1, "y": 2}}]
        before = self.server.request("PUT", path, {"nodes": nodes}).json
        self.assertEqual(before["version"], 3)
        shown = self.server.get(path).json
        self.assertEqual(shown["nodes"][0]["action"], "scan", "it is spelt out")
        for what in ({}, {"name": "w"}, {"nodes": nodes}, {"nodes": [{**nodes[0], "timeout": "1m"}]}, shown):
            for method in ("PUT", "PATCH"):
                same = self.server.request(method, path, what)
                self.assertEqual((same.status, same.json, same.headers["ETag"]), (200, before, '"3"'), what)
        self.assertEqual(len(self.server.get(path + "/versions").json), 3)
        self.assertEqual(self.server.request("PUT", path, {"description": "new"}).json["version"], 4)

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
