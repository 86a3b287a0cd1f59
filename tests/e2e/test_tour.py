"""The README's tour, executed as written."""

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
    def test_every_command_of_the_tour_works_as_written(self):
        text = (ROOT / "README.md").read_text()
        tour = text[text.index("## Five-minute tour") : text.index("## More")]
        blocks = re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 6)
        place = self.folder / "project"
        shutil.copytree(ROOT / "examples", place / "examples")
        (place / "build/release").mkdir(parents=True)
        (place / "build/release/bin").symlink_to(Path(COMMANDCENTER).parent)
        port = free_port()
        environment = {
            **os.environ,
            "PORT": str(port),
            "COMMANDCENTER_SERVER": f"http://127.0.0.1:{port}",
            "COMMANDCENTER_DATA": str(self.data),
            "LOG_LEVEL": "error",
        }
        process = subprocess.Popen(
            [
                "bash",
                "-euo",
                "pipefail",
                "-c",
                "trap 'for job in $(jobs -p); do kill $job; done' EXIT\n" + "\n".join(blocks) + "\nwait\n",
            ],
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
        for part in (
            "Created workflow approval",
            "Approved node",
            "SUCCESS",
            "Registered file-counter",
            '"status":"SUCCESS"',
            '"status":"ok"',
        ):
            self.assertIn(part, output)


if __name__ == "__main__":
    unittest.main()
