"""The real executable, driven as a user would: over HTTP and through its command line.

Every test gets folders of its own; servers listen on a free port of 127.0.0.1 and are ended by pid. Nothing here
sleeps for a fixed time: waiting means asking the server to answer when something has happened, or reading a stream
with a deadline.
"""

import atexit
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from api_document import document_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMANDCENTER = os.environ.get("COMMANDCENTER", str(ROOT / "build/release/bin/commandcenter"))
DEADLINE_S = 30
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="commandcenter-caches-")  # not the user's
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """`commandcenter serve` on a free port."""

    def __init__(
        self,
        data,
        roots,
        *arguments,
        environment=None,
        command=(COMMANDCENTER, "serve", "--port", "0"),
        limited=False,
    ):
        command = [*command, "--data", str(data), "--log-level", "warn"]
        if not limited:  # tests ask more often than any client may
            command += [f"--set=rateLimits.{kind}=0" for kind in ("reads", "writes", "triggers", "webhooks")]
        words = [str(argument) for argument in arguments]
        if not any("network.allow" in word or word == "--config" for word in words):  # what tests receive, they do here
            command += ["--set=network.allow=*", "--set=network.allow=127.0.0.0/8"]
        if not any("metrics.port" in word for word in words):
            command += ["--set=metrics.port=0"]
        for root in roots:
            command += ["--root", str(root)]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command + list(arguments),
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        line = self._first_line()
        match = re.search(r"http://[^:]+:(\d+)", line)
        if not match:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not start: {line!r} {self.errors()}")
        self.port = int(match.group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def _first_line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_S)
        return self.process.stdout.readline().decode() if ready else ""

    def errors(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def request(self, method, path, body=None, headers=None):
        """One exchange; what comes back must be as the API document says."""
        reply = self.request_unchecked(method, path, body, headers)
        self.check(method, path, body, reply)
        return reply

    def check(self, method, path, body, reply):
        document_of(lambda: self.request_unchecked("GET", "/api/openapi.json").body).check(method, path, body, reply)

    def request_unchecked(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        reply = Reply(response.status, response.headers, response.read().decode())
        connection.close()
        return reply

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body=None):
        return self.request("POST", path, {} if body is None else body)

    def run(self, workflow, body=None, timeout_s=DEADLINE_S):
        """Triggers, waits for the end, and returns the run's detail."""
        reply = self.post(f"/api/workflows/{workflow}/trigger?wait=true&timeoutSeconds={timeout_s}", body)
        assert reply.status == 201, reply.body
        return self.get(f"/api/workflows/runs/{reply.json['id']}").json

    def events(self, run_id, until, last_event_id=None):
        """Reads a run's event stream until `until(event)` is true; returns all events read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        connection.request("GET", f"/api/workflows/runs/{run_id}/events", headers=headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        head = Reply(response.status, response.headers, None)
        self.check("GET", f"/api/workflows/runs/{run_id}/events", None, head)
        seen = []
        event = {}
        while True:
            line = response.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                event["id"] = int(line[4:])
            elif line.startswith("event: "):
                event["event"] = line[7:]
            elif line.startswith("data: "):
                event["data"] = json.loads(line[6:])
            elif line == "" and event:
                seen.append(event)
                if until(event) or event.get("event") == "end":
                    connection.close()
                    return seen
                event = {}
            elif line == "":
                connection.close()
                return seen

    def wait_for_status(self, run_id, status):
        return self.events(run_id, lambda event: event["data"].get("status") == status)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=DEADLINE_S)
        self.process.stdout.close()
        self.log.close()
        return code


def command(*arguments, environment=None, cwd=None, timeout_s=120, typed=""):
    return subprocess.run(
        [COMMANDCENTER, *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
    )


class QuietHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


class WebService:
    """Listens at `url` until it is closed."""

    def listen(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Receiver(WebService):
    """A web service that remembers what was posted to it and answers from a list of statuses, then 200."""

    def __init__(self, statuses=()):
        self.posts = []
        remaining = list(statuses)
        posts = self.posts

        class Handler(QuietHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                posts.append({"path": self.path, "body": json.loads(body)})
                self.send_response(remaining.pop(0) if remaining else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        self.listen(Handler)


class Stranger(WebService):
    """A web service that is no commandcenter, and gives the same answer to every request."""

    def __init__(self, body, content_type="text/html", status=200):
        class Handler(QuietHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PUT = do_DELETE = answer

        self.listen(Handler)


class Case(unittest.TestCase):
    """Folders of its own, and whatever it starts is ended."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="commandcenter-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"
        self.repository = self.folder / "repository"
        self.repository.mkdir()

    def serve(self, *arguments, roots=None, environment=None, limited=False):
        server = Server(self.data, roots or [self.folder], *arguments, environment=environment, limited=limited)

        def end():
            if server.process.poll() is None:
                server.kill()
            server.log.close()

        self.addCleanup(end)
        return server

    def receiver(self, statuses=()):
        receiver = Receiver(statuses)
        self.addCleanup(receiver.close)
        return receiver

    def stranger(self, *arguments):
        stranger = Stranger(*arguments)
        self.addCleanup(stranger.close)
        return stranger

    def write(self, path, text, executable=False):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        if executable:
            target.chmod(0o755)
        return target

    def agent(self, name, script, manifest="", action="work", effects="none"):
        """A folder with an agent made of a shell script."""
        self.write(f"agents/{name}/run.sh", script, executable=True)
        self.write(
            f"agents/{name}/agent.yaml",
            f"name: {name}\nversion: 1.0.0\neffects: {effects}\ncommand: [sh, ./run.sh]\n"
            f"actions:\n  - name: {action}\n{manifest}",
        )
        return self.folder / "agents" / name

    def register(self, server, name, script, **options):
        folder = self.agent(name, script, **options)
        reply = server.post("/api/agents", {"folder": str(folder)})
        self.assertEqual(reply.status, 201, reply.body)
        return reply.json

    def create(self, server, definition):
        reply = server.post("/api/workflows", definition)
        self.assertEqual(reply.status, 201, reply.body)
        return reply.json

    def assertError(self, reply, status, part=""):
        self.assertEqual(reply.status, status, reply.body)
        body = reply.json
        self.assertIn("error", body)
        self.assertIn("code", body)
        self.assertIn("requestId", body)
        self.assertIn(part, body["error"])
        return body


def by_node(run):
    return {node["nodeId"]: node for node in run["agentRuns"]}


def processes_with(marker):
    """Pids of the processes that have the marker in their command line."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        with contextlib.suppress(OSError):
            if marker.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def wait_until(condition, what):
    """Polls a condition nobody announces (a process that ends), up to the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {DEADLINE_S} s: {what}")
        pause.wait(0.01)
