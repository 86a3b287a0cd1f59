"""A NATS server for tests, and as much of a client as they need."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time

DEADLINE_S = 30


def program():
    return shutil.which("nats-server") or "/usr/sbin/nats-server"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NatsServer:
    """On one port and folder; can be killed and started again."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [program(), "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                NatsClient(self).close()
                return self
            except OSError:
                if time.monotonic() > deadline:
                    raise

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


class Message:
    def __init__(self, subject, headers, payload, reply):
        self.subject = subject
        self.headers = headers
        self.payload = payload
        self.reply = reply

    @property
    def json(self):
        return json.loads(self.payload)


class NatsClient:
    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S)
        self.file = self.socket.makefile("rb")
        self.last_sid = 0
        self._line()  # INFO
        self._send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n')
        while self._line() != b"PONG":
            pass

    def close(self):
        self.file.close()
        self.socket.close()

    def _send(self, data):
        self.socket.sendall(data)

    def _line(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the NATS server closed the connection")
        return line.rstrip(b"\r\n")

    def subscribe(self, pattern):
        self.last_sid += 1
        self._send(f"SUB {pattern} {self.last_sid}\r\nPING\r\n".encode())
        held = []
        while True:
            got = self._next()
            if got == "PONG":
                break
            held.append(got)
        self.held = getattr(self, "held", []) + held

    def publish(self, subject, body, headers=None, reply=""):
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        if headers:
            head = b"NATS/1.0\r\n" + b"".join(f"{k}: {v}\r\n".encode() for k, v in headers.items()) + b"\r\n"
            total = len(head) + len(payload)
            self._send(f"HPUB {subject} {reply} {len(head)} {total}\r\n".encode() + head + payload + b"\r\n")
        else:
            self._send(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def _next(self):
        line = self._line()
        words = line.decode().split(" ")
        if words[0] == "PING":
            self._send(b"PONG\r\n")
            return self._next()
        if words[0] == "PONG":
            return "PONG"
        if words[0] not in ("MSG", "HMSG"):
            return self._next()
        head_size = int(words[-2]) if words[0] == "HMSG" else 0
        fixed = 5 if words[0] == "HMSG" else 4
        reply = words[3] if len(words) > fixed else ""
        data = self.file.read(int(words[-1]) + 2)[:-2]
        headers = {}
        for header in data[:head_size].decode().split("\r\n")[1:]:
            if ": " in header or ":" in header:
                key, _, value = header.partition(":")
                headers[key] = value.strip()
        return Message(words[1], headers, data[head_size:], reply)

    def next(self):
        """The next message, with a deadline."""
        if getattr(self, "held", None):
            return self.held.pop(0)
        while True:
            got = self._next()
            if got != "PONG":
                return got

    def until(self, condition):
        """All messages up to the first that fits."""
        seen = []
        while True:
            seen.append(self.next())
            if condition(seen[-1]):
                return seen

    def request(self, subject, body):
        inbox = f"_INBOX.{os.urandom(8).hex()}"
        self.subscribe(inbox)
        self.publish(subject, body, reply=inbox)
        return self.until(lambda message: message.subject == inbox)[-1].json

    def stream(self, name, count=None):
        """What a stream holds, from its first message to its last; waits until there are `count`."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            info = self.request(f"$JS.API.STREAM.INFO.{name}", {})
            have = info.get("state", {}).get("messages", 0)
            if have >= (count or 0) and "state" in info:
                break
            if time.monotonic() > deadline:
                raise AssertionError(f"the stream {name} has {have} of {count} messages: {info}")
        inbox = f"_INBOX.{os.urandom(8).hex()}"
        self.subscribe(inbox)
        self.publish(
            f"$JS.API.CONSUMER.CREATE.{name}",
            {"stream_name": name, "config": {"deliver_subject": inbox, "ack_policy": "none", "deliver_policy": "all"}},
        )
        messages = []
        while len(messages) < have:
            message = self.next()
            if "Nats-Msg-Id" in message.headers:
                messages.append(message)
        return messages
