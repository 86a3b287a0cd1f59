"""The OpenAPI document: complete, true to the routes, and shown at /docs."""

import json
import re
import unittest

from harness import ROOT, Case
from api_document import Document


class TheDocument(Case):  # feature 70, pitfall E5
    def test_it_is_valid_and_complete(self):
        document = self.serve().get("/api/openapi.json").json
        self.assertTrue(document["openapi"].startswith("3.1"))
        schemas = document["components"]["schemas"]
        for name in set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))):
            self.assertIn(name, schemas)
        ids = []
        for path, item in document["paths"].items():
            for method, operation in item.items():
                with self.subTest(f"{method} {path}"):
                    ids.append(operation["operationId"])
                    self.assertTrue(operation["summary"] and operation["tags"])
                    named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
                    self.assertEqual(named, set(re.findall(r"{(\w+)}", path)))
                    if "requestBody" in operation:
                        self.assertIn("400", operation["responses"])
        self.assertEqual(len(ids), len(set(ids)))

    def test_the_page_asks_nobody_else(self):
        server = self.serve()
        page = server.get("/docs")
        self.assertEqual((page.status, page.headers.get_content_type()), (200, "text/html"))
        parts = re.findall(r'(?:src|href)="([^"]+)"', page.body)
        self.assertEqual(len(parts), 2)
        for text in [page.body] + [server.get(part).body for part in parts]:
            self.assertNotRegex(text, r"https?://|@import|eval\(|innerHTML")
        self.assertError(server.get("/docs/nothing.js"), 404)

    def test_a_body_that_is_no_json_is_400_everywhere(self):  # pitfall B18
        server = self.serve()
        operations = Document(server.get("/api/openapi.json").json).operations
        for operation in operations:
            if operation.body is None:
                continue
            path = re.sub(r"{\w+}", "x", operation.template)
            # Whose a webhook is is found out, and its signature verified, before the body is read.
            refused = 403 if path == "/api/webhooks/github" else 404 if path.startswith("/api/hooks/") else None
            for body in ("{", "[]", "\x00", '"text"', "5", '{"a":' * 100):
                with self.subTest(f"{operation.name} {body[:9]}"):
                    reply = server.request(operation.method, path, body, {"Content-Type": "application/json"})
                    self.assertError(reply, refused or 400)
            reply = server.request(operation.method, path, "a=1", {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertError(reply, refused or 415)

    def test_the_routes_in_the_text_exist(self):  # pitfall E5
        document = Document(self.serve().get("/api/openapi.json").json)
        for name in ("README.md", "docs/formats/api.md", "docs/formats/command-line.md"):
            text = (ROOT / name).read_text()
            for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE)(?:,? [A-Z]+)* `(/[^`?\s\[]+)", text):
                with self.subTest(f"{name}: {method} {path}"):
                    self.assertIsNotNone(document.find(method, path))


if __name__ == "__main__":
    unittest.main()
