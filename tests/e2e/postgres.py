"""A PostgreSQL server for tests, behind a socket in a folder of its own; can be killed and started again."""

import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

DEADLINE_S = 30


def program(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else shutil.which(name)


class PostgresServer:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="commandcenter-postgres-"))
        self.url = f"host={self.folder} user=tester dbname=postgres"
        self.process = None
        self.user = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        made = [program("initdb"), "-D", self.folder / "data", "-U", "tester", "-A", "trust", "-N"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.user)

    def start(self):
        self.process = subprocess.Popen(
            [program("postgres"), "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **self.user,
        )
        deadline = time.monotonic() + DEADLINE_S
        while subprocess.run([program("pg_isready"), "-q", "-h", self.folder], check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise AssertionError("PostgreSQL does not start")
        return self

    def crash(self):
        """Without a checkpoint: what is on the disk has to do."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None

    def close(self):
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, sql):
        command = [program("psql"), "-h", self.folder, "-U", "tester", "-d", "postgres", "-Atqc", sql]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd="/").stdout.strip()
