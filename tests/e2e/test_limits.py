"""How much the API takes from whom: limits by class, bodies that are not read, host names, event streams."""

import contextlib
import http.client
import json
import resource
import socket
import time
import unittest

from harness import DEADLINE_S, Case, Reply

PLAIN = {"name": "w", "trigger": "manual", "nodes": []}


class RateLimits(Case):
    def serve_limited(self, *arguments):
        """With the limits that users get, unlike the servers of the other tests."""
        return self.serve(*arguments, limited=True)

    def test_a_hundred_writes_pass_and_the_next_is_429(self):  # features 76, 77, 83
        server = self.serve_limited()
        for i in range(100):
            reply = server.request("DELETE", "/api/workflows/nope")
            self.assertEqual(reply.status, 404)
            self.assertEqual(reply.headers["RateLimit-Policy"], "100;w=60")
            self.assertEqual(reply.headers["RateLimit-Limit"], "100")
            self.assertEqual(reply.headers["RateLimit-Remaining"], str(99 - i))
            self.assertIn(int(reply.headers["RateLimit-Reset"]), range(1, 61))
            self.assertIsNone(reply.headers["Retry-After"])
        reply = server.request("DELETE", "/api/workflows/nope")
        body = self.assertError(reply, 429)
        self.assertEqual((body["error"], body["code"]), ("Too many requests, please try again later", "rate_limited"))
        self.assertEqual(reply.headers["RateLimit-Remaining"], "0")
        self.assertEqual(reply.headers["Retry-After"], reply.headers["RateLimit-Reset"])
        self.assertFalse([name for name in reply.headers if name.lower().startswith("x-ratelimit")])
        # The other classes go on: reads, triggers, events; health and pages are not counted at all.
        reply = server.get("/api/workflows?projectId=1")
        self.assertEqual((reply.status, reply.headers["RateLimit-Limit"]), (200, "1000"))
        reply = server.post("/api/workflows/nope/trigger")
        self.assertEqual((reply.status, reply.headers["RateLimit-Limit"]), (404, "500"))
        for path in ("/health", "/api/health", "/health/ready", "/docs"):  # feature 78, pitfall B19
            reply = server.get(path)
            self.assertEqual((reply.status, reply.headers["RateLimit-Limit"]), (200, None))

    def test_bodies_over_the_limit_are_not_read(self):  # pitfall B19
        server = self.serve_limited()
        for _ in range(100):
            server.request("DELETE", "/api/workflows/nope")
        head = b"POST /api/workflows HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connection:
            connection.sendall(head)  # and nothing else
            reply = http.client.HTTPResponse(connection)
            reply.begin()
            self.assertEqual((reply.status, reply.headers["Connection"]), (429, "close"))

    def test_malformed_requests_count_too(self):  # the limit comes before the parser
        server = self.serve_limited()
        for _ in range(100):
            reply = server.request("POST", "/api/workflows", "{", {"Content-Type": "application/json"})
            self.assertEqual(reply.status, 400)
        reply = server.request("POST", "/api/workflows", "{", {"Content-Type": "application/json"})
        self.assertEqual(reply.status, 429)

    def test_forwarded_addresses_count_from_trusted_proxies_only(self):  # pitfall B19, feature 78
        for arguments, statuses in (((), [404, 429]), (("--set", "server.trustedProxies=127.0.0.1"), [404, 404])):
            server = self.serve_limited("--set", "rateLimits.writes=1", *arguments)
            replies = [
                server.request("DELETE", "/api/workflows/x", headers={"X-Forwarded-For": f"198.51.100.{i}"})
                for i in range(2)
            ]
            self.assertEqual([reply.status for reply in replies], statuses)
            again = server.request("DELETE", "/api/workflows/x", headers={"X-Forwarded-For": "198.51.100.0"})
            self.assertEqual(again.status, 429)
            server.stop()

    def test_a_window_ends(self):
        server = self.serve_limited("--set", "rateLimits.writes=1", "--set", "rateLimits.window=1s")
        self.assertEqual(server.request("DELETE", "/api/workflows/x").status, 404)
        deadline = time.monotonic() + DEADLINE_S
        while server.request("DELETE", "/api/workflows/x").status == 429:
            self.assertLess(time.monotonic(), deadline)


class WhoMayAsk(Case):
    def test_only_its_own_names_reach_it(self):  # a name made to point here must not
        server = self.serve("--set", "server.hostNames=hub.example")
        for host in ("localhost", "LOCALHOST:9002", "127.0.0.1:1", "[::1]:80", "192.0.2.7", "hub.example:9002"):
            self.assertEqual(server.request("GET", "/api/runs", headers={"Host": host}).status, 200, host)
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "hub.example.evil", "[::1"):
            self.assertError(server.request("GET", "/api/runs", headers={"Host": host}), 403)

    def test_pages_of_other_sites_are_refused_by_origin_and_relation(self):
        server = self.serve()
        ways = ({"Origin": "null"}, {"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "cross-site"})
        for headers in (*ways, {"Sec-Fetch-Site": "same-site"}):
            self.assertError(server.request("POST", "/api/workflows", PLAIN, headers), 403)
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": server.url}):
            reply = server.request("POST", "/api/workflows", {**PLAIN, "name": str(headers)}, headers)
            self.assertEqual(reply.status, 201)

    def test_every_answer_has_the_security_headers(self):
        server = self.serve()
        for method, path in (("GET", "/api/runs"), ("GET", "/nope"), ("GET", "/docs"), ("POST", "/api/agents")):
            reply = server.request(method, path)
            self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(reply.headers["X-Frame-Options"], "DENY")
            self.assertIn("default-src 'none'", reply.headers["Content-Security-Policy"])
            self.assertNotIn("unsafe", reply.headers["Content-Security-Policy"])
            self.assertEqual(reply.headers["Cache-Control"], "no-cache" if path == "/docs" else "no-store")


kStreams = 1000  # what server.maxEventStreams is unless somebody says otherwise


class EventStreams(Case):
    def open(self, server, run_id, headers=None):
        return self.open_path(server, f"/api/runs/{run_id}/events", headers)

    def open_path(self, server, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_S)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers or {})
        return connection, connection.getresponse()

    def assert_beats(self, response):
        beats = 0
        while beats < 3:
            line = response.readline().decode()
            self.assertNotEqual(line, "")
            beats += line == ":\n"

    def waiting_run(self, server):
        node = {"id": "gate", "transform": {}, "approvalRequired": True}
        made = self.create(server, {"name": "gated", "trigger": "manual", "nodes": [node]})
        return server.post(f"/api/workflows/{made['id']}/trigger").json["id"]

    def test_one_more_than_the_limit_is_503(self):
        server = self.serve("--set", "server.maxEventStreams=3")
        run_id = self.waiting_run(server)
        streams = [self.open(server, run_id) for _ in range(3)]
        self.assertEqual([response.status for _, response in streams], [200, 200, 200])
        reply = server.get(f"/api/runs/{run_id}/events")
        self.assertError(reply, 503, "3")
        self.assertEqual(reply.headers["Retry-After"], "1")
        for part in streams[0]:  # its place is free again
            part.close()
        deadline = time.monotonic() + DEADLINE_S
        while self.open(server, run_id)[1].status == 503:
            self.assertLess(time.monotonic(), deadline)

    def test_streams_of_all_kinds_share_the_places(self):
        server = self.serve("--set", "server.maxEventStreams=2")
        run_id = self.waiting_run(server)
        everything = "/api/events/stream"
        _, first = self.open(server, run_id)  # kept: a response that nobody holds ends its stream
        self.assertEqual(first.status, 200)
        connection, response = self.open_path(server, everything)
        self.assertEqual(response.status, 200)
        for path in (everything, f"/api/runs/{run_id}/events"):
            self.assertError(server.get(path), 503, "2")
        response.close()
        connection.close()  # its place is free again
        deadline = time.monotonic() + DEADLINE_S
        while self.open_path(server, everything)[1].status == 503:
            self.assertLess(time.monotonic(), deadline)

    def test_where_to_resume_is_the_id_of_an_event(self):
        server = self.serve()
        run_id = self.waiting_run(server)
        for path in ("/api/events/stream", f"/api/runs/{run_id}/events"):
            for wrong in ("abc", "-1", "1x", "1.5", "9" * 19):
                reply = server.request("GET", path, headers={"Last-Event-ID": wrong})
                self.assertError(reply, 400, f'Last-Event-ID: "{wrong}"')
        self.assertError(server.get("/api/events/stream?after=x"), 400, 'after: "x"')

    def test_a_thousand_clients_and_not_one_more(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 2 * kStreams:
            self.skipTest(f"this system gives a process {hard} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * kStreams), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        server = self.serve()
        run_id = self.waiting_run(server)
        streams = [self.open(server, run_id) for _ in range(kStreams)]
        self.assertEqual({response.status for _, response in streams}, {200})
        self.assertError(server.get(f"/api/runs/{run_id}/events"), 503, str(kStreams))
        self.assertEqual(server.get("/api/health").status, 200)

    def test_a_silent_stream_has_heartbeats(self):
        server = self.serve("--set", "server.heartbeat=100ms")
        run_id = self.waiting_run(server)
        _, response = self.open(server, run_id)
        self.assert_beats(response)
        approval = server.get(f"/api/approvals?workflowRunId={run_id}").json[0]["id"]
        server.post(f"/api/approvals/{approval}/approve")
        self.assertIn("event: end", response.read().decode())

    def test_a_silent_stream_of_everything_has_heartbeats(self):
        server = self.serve("--set", "server.heartbeat=100ms")
        self.assert_beats(self.open_path(server, "/api/events/stream")[1])

    def test_it_goes_on_after_the_last_event_seen(self):
        server = self.serve()
        made = self.create(server, {"name": "w", "trigger": "manual", "nodes": [{"id": "n", "transform": {}}]})
        run = server.run(made["id"])
        whole = server.events(run["id"], lambda event: False)
        ids = [event["id"] for event in whole if "id" in event]
        self.assertEqual(ids, sorted(ids))
        for i in range(len(ids)):
            rest = server.events(run["id"], lambda event: False, last_event_id=ids[i])
            self.assertEqual([event["id"] for event in rest if "id" in event], ids[i + 1 :])
            self.assertEqual(rest[-1]["event"], "end")

    def test_it_ends_cleanly_when_the_server_stops(self):  # pitfall B22
        server = self.serve()
        _, response = self.open(server, self.waiting_run(server))
        response.readline()
        self.assertEqual(server.stop(), 0)
        response.read()  # raises when the stream was cut instead of ended


class SlowClients(Case):  # feature 55
    def test_health_answers_while_many_hang(self):
        server = self.serve()
        with contextlib.ExitStack() as stack:
            for i in range(500):
                connection = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S)
                stack.callback(connection.close)
                connection.sendall((b"GET /api/runs HTTP/1.1\r\nHost:", b"POST /api/events HTTP/1.1\r\n", b"")[i % 3])
            begun = time.monotonic()
            self.assertEqual(server.get("/health").status, 200)
            self.assertLess(time.monotonic() - begun, 1)

    def test_slow_requests_and_idle_connections_end(self):
        server = self.serve("--set", "server.readTimeout=200ms", "--set", "server.idleTimeout=200ms")
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connection:
            connection.sendall(b"POST /api/workflows HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            reply = Reply(answer.status, answer.headers, answer.read().decode())
            server.check("POST", "/api/workflows", None, reply)
            self.assertError(reply, 408, "200 ms")
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connection:
            self.assertEqual(connection.recv(1), b"")

    def test_the_body_limit_is_exact_in_chunks_too(self):  # feature 74
        server = self.serve()
        limit = 10_485_760
        text = json.dumps(PLAIN).encode()

        def chunks(size):
            yield text
            yield from [b" " * 65_536] * ((size - len(text)) // 65_536)
            yield b" " * ((size - len(text)) % 65_536)

        for size, status in ((limit, 201), (limit + 1, 413)):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_S)
            headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
            connection.request("POST", "/api/workflows", chunks(size), headers, encode_chunked=True)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read().decode())
            server.check("POST", "/api/workflows", None, reply)
            self.assertEqual(reply.status, status, reply.body)
            connection.close()


if __name__ == "__main__":
    unittest.main()
