"""Every answer that the API document documents occurs in some test.

Runs after the other suites (ctest sees to that), which leave what they saw in the folder CC_API_COVERAGE.
"""

import json
import os
import pathlib
import unittest

from harness import Case
from api_document import Document


class Coverage(Case):  # feature 70, pitfall E5
    def test_every_documented_answer_occurs(self):
        document = Document(self.serve().get("/api/openapi.json").json)
        files = list(pathlib.Path(os.environ["CC_API_COVERAGE"]).glob("*.json"))
        seen = {(name, status) for file in files for name, status in json.loads(file.read_text())}
        self.assertEqual(document.never_seen(seen), [])


if __name__ == "__main__":
    unittest.main()
