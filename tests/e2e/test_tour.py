"""What the README and the guides tell people to type, executed as written."""

import os
import re
import shutil
import signal
import socket
import subprocess
import unittest
from pathlib import Path

from harness import COMMANDCENTER, ROOT, Case


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Tour(Case):
    def walk(self, text):
        """Runs the shell blocks of a page as one script; returns what it printed."""
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 6)
        place = self.folder / "project"
        shutil.copytree(ROOT / "examples", place / "examples")
        (place / "build/release").mkdir(parents=True)
        (place / "build/release/bin").symlink_to(Path(COMMANDCENTER).parent)
        port = free_port()
        environment = {
            **os.environ,
            "PATH": f"{Path(COMMANDCENTER).resolve().parent}:{os.environ['PATH']}",
            "PORT": str(port),
            "COMMANDCENTER_SERVER": f"http://127.0.0.1:{port}",
            "COMMANDCENTER_DATA": str(self.data),
            "LOG_LEVEL": "error",
        }
        end = "trap 'for job in $(jobs -p); do kill $job; done' EXIT\n"
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", end + "\n".join(blocks) + "\nwait\n"],
            cwd=place,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=120)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        self.assertEqual(process.returncode, 0, output)
        return output

    def assertParts(self, output, parts):
        at = 0
        for part in parts:
            found = output.find(part, at)
            self.assertGreaterEqual(found, 0, f"not there, or not in this order: {part}\n\n{output}")
            at = found

    def test_every_command_of_the_tour_works_as_written(self):
        text = (ROOT / "README.md").read_text()
        output = self.walk(text[text.index("## Five-minute tour") : text.index("## More")])
        for part in (
            "something was found: exit code 1",
            "max complexity",
            "Created workflow approval",
            "Approved node",
            "SUCCESS",
            "Registered file-counter",
            '"status":"SUCCESS"',
            '"status":"ok"',
        ):
            self.assertIn(part, output)

    def test_the_guide_to_workflows(self):  # feature 67, pitfall E5
        output = self.walk((ROOT / "docs/guide/workflows.md").read_text())
        self.assertNotIn("{{", output.replace("{{ context.not_there }} failed", ""))
        self.assertParts(
            output,
            (
                "simple-scan.yaml: valid, 1 node",
                "Findings of scan: 1",
                'did you mean "security-scanner"?',
                "exit code 2",
                "1 findings, the first in settings.py",
                '"text": "Hello Ann"',
                "Run ",
                "scan-and-tell: version 1 → version 2",
                "+ timeout: \"10m\"",
                "scan-and-tell: version 2 → scan-and-tell.yaml",
                "- timeout: \"10m\"",
                "├─╮",
                "SKIPPED",
                "2 critical findings",
                "plan-b",
                "message: Release 1.4.0 is out",
                "Approved node",
                "it matches 1 workflows",
                "it matches 0 workflows",
            ),
        )

    def test_the_guide_to_agents(self):  # feature 66
        output = self.walk((ROOT / "docs/guide/agents.md").read_text())
        self.assertParts(
            output,
            (
                "line-counter",
                "todo-counter SUCCESS",
                '"total": 1',
                "word: ",
                "exit code 1",
                "word must not be blank",
                "exit code 1",
                "Registered todo-counter 1.0.0",
                "Created workflow todos",
                "1 left in app.py",
                "SUCCESS",
                "Registered todo-counter 1.1.0",
            ),
        )


if __name__ == "__main__":
    unittest.main()
