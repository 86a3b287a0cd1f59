"""commandcenter review and the agent code-reviewer, as scripts and people use them."""
import json
import subprocess
import unittest

from harness import Case, by_node, command

SHOP = """function pick(a, b) {
  if (a && b) { return 1; }
  for (const k of a) { if (k) { return k; } }
  return a ? 2 : 3;
}

export const twice = (n) => n * 2;
"""


class Review(Case):
    def setUp(self):
        super().setUp()
        self.write("repository/src/shop.js", SHOP)
        self.write("repository/lib/rates.py", "def rate(n):\n    return 1 if n > 2 and n < 9 else 0\n")
        self.write("repository/node_modules/x/b.js", "function hidden() { return 1; }\n")

    def review(self, *arguments):
        return command("review", self.repository, *arguments)

    def test_functions_are_measured(self):  # features 31, 32, 35; pitfall C5
        output = self.folder / "out.json"
        reply = self.review("--format", "json", "--output", output, "--fail-on", "never")
        self.assertEqual((reply.returncode, reply.stdout), (0, ""), reply.stderr)
        review = json.loads(output.read_text())
        self.assertEqual(
            [(f["file"], f["name"], f["line"], f["cyclomatic"]) for f in review["functions"]],
            [("lib/rates.py", "rate", 1, 3), ("src/shop.js", "pick", 1, 6), ("src/shop.js", "twice", 7, 1)],
        )
        self.assertEqual(review["metrics"]["maxComplexity"], 6)
        self.assertAlmostEqual(review["metrics"]["avgComplexity"], 10 / 3)
        self.assertEqual(review["metrics"]["totalLines"], 11)  # a line end at the end begins a line
        self.assertEqual(review["summary"]["filesReviewed"], 2)

    def test_nothing_is_excluded_when_asked(self):
        review = json.loads(self.review("--no-default-excludes", "--json", "--fail-on", "never").stdout)
        self.assertIn("node_modules/x/b.js", [f["file"] for f in review["functions"]])

    def test_only_some_files(self):
        review = json.loads(self.review("--file-pattern", "lib/", "--json", "--fail-on", "never").stdout)
        self.assertEqual([f["name"] for f in review["functions"]], ["rate"])

    def test_mistakes_are_told(self):
        self.assertEqual(self.review("--type", "nonsense").returncode, 2)
        self.assertEqual(self.review("--format", "nonsense").returncode, 2)
        self.assertEqual(command("review", self.repository / "nowhere").returncode, 2)

    def test_the_agent_reviews_in_a_workflow(self):  # features 31, 40
        server = self.serve()
        made = self.create(
            server,
            {
                "name": "look",
                "trigger": "manual",
                "workspace": str(self.repository),
                "nodes": [{"id": "review", "agent": "code-reviewer", "action": "review", "input": {"type": "all"}}],
            },
        )
        run = server.run(made["id"])
        self.assertEqual(run["status"], "SUCCESS", run)
        output = by_node(run)["review"]["outputJson"]
        self.assertEqual([f["name"] for f in output["functions"]], ["rate", "pick", "twice"])
        self.assertEqual(output["summary"]["filesReviewed"], 2)


if __name__ == "__main__":
    unittest.main()
