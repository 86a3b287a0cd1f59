"""Proposes https for http links. Input: {"file": path}.

The answer is {applied: false, changes: [{file, line, before, after}]}: the repository is read-only.
Log and errors: standard error.
"""

import json
import os
import sys

MAX_CHANGES = 1000


class BadInput(Exception):
    """Something the caller can mend; the text says how."""


def read_lines(file, workspace):
    if not file or file.startswith("/") or ".." in file.split("/"):
        raise BadInput(f"file {file} must lie inside the repository: write it without .. and without a first /")
    path = os.path.join(workspace, file)
    if not os.path.isfile(path):
        raise BadInput(f"there is no file {file} in the repository")
    try:
        with open(path, encoding="utf-8", newline="") as text:
            return text.read().split("\n")
    except UnicodeDecodeError:
        raise BadInput(f"file {file} is not UTF-8 text") from None


def propose(file, workspace):
    changes = []
    for number, before in enumerate(read_lines(file, workspace), 1):
        after = before.replace("http://", "https://")
        if after != before:
            changes.append({"file": file, "line": number, "before": before, "after": after})
    if len(changes) > MAX_CHANGES:
        raise BadInput(f"more than {MAX_CHANGES} lines to change: propose them in smaller files")
    return {"applied": False, "changes": changes}


def main():
    try:
        request = json.load(sys.stdin)
        if not isinstance(request, dict) or not isinstance(request.get("file"), str):
            raise BadInput('the input must be an object like {"file": "README.md"}')
        print(f"looking for http links in {request['file']}", file=sys.stderr)
        answer = propose(request["file"], os.environ.get("AGENT_WORKSPACE", "."))
    except (BadInput, ValueError, OSError) as error:
        # The last {"error": …} line of the log becomes the error of the node.
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
