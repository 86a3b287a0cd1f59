"""Holds what the server answers against its own OpenAPI document.

Every exchange of every test goes through `Document.check`: the status must be a documented one, and the body must match
its schema to the letter; members that the schema does not name are errors here, though clients may ignore them. What a
test sent and the server accepted must match the documented body too.

Which documented answers occurred is written to the folder CC_API_COVERAGE when the process ends; test_document.py adds
them up over all suites.
"""

import atexit
import json
import os
import pathlib
import sys
import threading

import jsonschema


class Operation:
    def __init__(self, template, method, operation):
        self.template = template
        self.segments = template.split("/")
        self.method = method.upper()
        self.statuses = {int(status) for status in operation["responses"] if status != "default"}
        self.answers = operation["responses"]
        self.body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        self.original = operation.get("x-alias-of")
        self.name = f"{self.method} {template}"
        self.original_name = f"{self.method} {self.original or template}"  # aliases answer as their original does

    def rank(self, segments):
        """None when the path is another's; else lower is more literal, as the router prefers it."""
        if len(segments) != len(self.segments):
            return None
        rank = []
        for own, given in zip(self.segments, segments):
            if own.startswith("{") and given:
                rank.append(1)
            elif own == given:
                rank.append(0)
            else:
                return None
        return rank


def closed(schema):
    """The schema, but objects have no members that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if "properties" in result and "additionalProperties" not in result and result.get("type") == "object":
        result["additionalProperties"] = False
    return result


class Document:
    def __init__(self, document):
        self.document = document
        self.operations = [
            Operation(template, method, operation)
            for template, item in document["paths"].items()
            for method, operation in item.items()
        ]
        self.refused = document["components"]["responses"]["Refused"]
        self.validators = {}
        self.seen = set()
        self.lock = threading.Lock()

    def find(self, method, path):
        segments = path.partition("?")[0].rstrip("/").split("/")
        method = "GET" if method == "HEAD" else method
        ranked = [(one.rank(segments), one) for one in self.operations if one.method == method]
        ranked = [(rank, one) for rank, one in ranked if rank is not None]
        return min(ranked, key=lambda pair: pair[0])[1] if ranked else None

    def validate(self, key, schema, value, is_closed):
        if key not in self.validators:
            components = {"schemas": self.document["components"]["schemas"]}
            root = {"components": components, **schema}
            self.validators[key] = jsonschema.Draft202012Validator(closed(root) if is_closed else root)
        problems = [
            f"{'/'.join(map(str, error.absolute_path)) or 'the body'}: {error.message[:500]}"
            for error in self.validators[key].iter_errors(value)
        ]
        assert not problems, f"{key} differs from the API document: {problems}"

    def check(self, method, path, sent, reply):
        operation = self.find(method, path)
        assert reply.status < 500 or reply.status == 503, f"{method} {path} answers {reply.status}: {reply.body}"
        assert reply.headers.get("X-Request-Id"), f"{method} {path} has no X-Request-Id"
        if operation is None:
            assert method == "OPTIONS" or reply.status >= 400, f"{method} {path} is no documented operation"
            if reply.body and reply.status != 204:
                self.validate("an error", {"$ref": "#/components/schemas/Error"}, json.loads(reply.body), True)
            return
        if reply.status in operation.statuses:
            answer = operation.answers[str(reply.status)]
        else:
            assert reply.status in self.refused["x-statuses"], f"{operation.name} answers {reply.status}: {reply.body}"
            answer = self.refused
        with self.lock:
            self.seen |= {(operation.name, 0), (operation.original_name, reply.status)}
        if method == "HEAD" or reply.body is None:
            return
        kind = reply.headers.get("Content-Type", "").partition(";")[0]
        content = answer.get("content")
        if content is None:
            assert reply.body == "", f"{operation.name} answers {reply.status} with a body: {reply.body}"
            return
        name = f"{operation.name} {reply.status}"
        assert kind in content or "*/*" in content, f"{name}: the content type {kind} is not documented"
        if kind != "application/json" or kind not in content:
            return
        self.validate(name, content[kind]["schema"], json.loads(reply.body), True)
        if isinstance(sent, dict) and operation.body is not None and 200 <= reply.status < 300:
            self.validate(f"the body of {operation.name}", operation.body, sent, False)

    def remember(self):
        folder = os.environ.get("CC_API_COVERAGE")
        if not folder or not self.seen:
            return
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        name = pathlib.Path(sys.argv[-1]).stem
        (pathlib.Path(folder) / f"{name}.json").write_text(json.dumps(sorted(self.seen), indent=1))

    def never_seen(self, seen):
        """What the document says can be answered and none of `seen` shows."""
        missing = []
        for one in self.operations:
            if one.original is None:
                missing += [f"{one.name} {status}" for status in one.statuses if (one.name, status) not in seen]
            if (one.name, 0) not in seen:
                missing.append(f"{one.name} at all")
        return sorted(missing) + [
            f"{status} of any operation"
            for status in self.refused["x-statuses"]
            if not any(found == status for _, found in seen)
        ]


_document = None
_lock = threading.Lock()


def document_of(fetch):
    """The document of the executable under test; fetched from the first server of the process."""
    global _document
    with _lock:
        if _document is None:
            _document = Document(json.loads(fetch()))
            atexit.register(_document.remember)
        return _document
