"""The pages about built-in agents: every command as it stands, with the output that they show. Pitfalls C1, E5."""

import os
import re
import subprocess
from pathlib import Path

from harness import COMMANDCENTER, ROOT, Case

FENCE = re.compile(r"```(sh|output)\n(.*?)```", re.DOTALL)


def as_pattern(text):
    """What the page shows, with `…` for anything within a line."""
    return "".join("[^\n]*" if piece == "…" else re.escape(piece) for piece in re.split("(…)", text))


class AgentPages(Case):
    def walk(self, page):
        """Runs the page's shell blocks in one folder; each output block must be what the block before it printed."""
        environment = {
            **os.environ,
            "PATH": f"{Path(COMMANDCENTER).resolve().parent}:{os.environ['PATH']}",
            "COMMANDCENTER_DATA": str(self.data),
        }
        script = ""
        compared = 0
        printed = ""
        for kind, text in FENCE.findall((ROOT / "docs/agents" / page).read_text()):
            if kind == "sh":
                before, script = script, script + text
                mark = "---here it begins---"
                run = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", f"{{ {before or ':'}\n}} >/dev/null 2>&1\necho {mark}\n{text}"],
                    cwd=self.fresh(),
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=120,
                )
                self.assertEqual(run.returncode, 0, f"{page}: {text}\n{run.stdout}")
                printed = run.stdout.split(mark + "\n", 1)[1]
            else:
                self.assertRegex(printed, rf"\A{as_pattern(text)}\Z", page)
                compared += 1
        return compared

    def fresh(self):
        self.count = getattr(self, "count", 0) + 1
        folder = self.folder / f"page{self.count}"
        folder.mkdir()
        return folder

    def test_compliance_checker(self):
        self.assertEqual(self.walk("compliance-checker.md"), 3)

    def test_code_reviewer(self):
        self.assertEqual(self.walk("code-reviewer.md"), 1)

    def test_repository_auditor(self):
        self.assertEqual(self.walk("repository-auditor.md"), 1)

    def test_security_scanner(self):
        self.assertEqual(self.walk("security-scanner.md"), 1)

    def test_notifier(self):
        self.assertEqual(self.walk("notifier.md"), 3)

    def test_patcher(self):  # features 23 to 29
        self.assertEqual(self.walk("patcher.md"), 5)

    def test_architecture_diagrammer(self):
        self.assertEqual(self.walk("architecture-diagrammer.md"), 3)
