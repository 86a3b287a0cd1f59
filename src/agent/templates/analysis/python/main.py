"""Counts to-do comments. Input: {"path": folder}; answer: {total, files, findings}. Log and errors: standard error."""

import json
import os
import re
import sys

COMMENT = re.compile(rb"(#|//|--|/\*)(.*\W)?todo\b", re.IGNORECASE)
SKIPPED_FOLDERS = {".git", "node_modules"}
MAX_FINDINGS = 1000


class BadInput(Exception):
    """Something the caller can mend; the text says how."""


def files_below(folder):
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def count(request, workspace):
    path = request.get("path", ".")
    if path.startswith("/") or ".." in path.split("/"):
        raise BadInput(f"path {path} must lie inside the repository: write it without .. and without a first /")
    start = os.path.join(workspace, path)
    if not os.path.isdir(start):
        raise BadInput(f"there is no folder {path} in the repository")
    print(f"counting in {path}", file=sys.stderr)

    files, findings, total = [], [], 0
    for path in sorted(files_below(start)):
        with open(path, "rb") as file:
            lines = [number for number, line in enumerate(file, 1) if COMMENT.search(line)]
        if not lines:
            continue
        name = os.fsencode(os.path.relpath(path, workspace)).decode("utf-8", "replace")
        files.append({"file": name, "count": len(lines)})
        total += len(lines)
        findings += [{"file": name, "line": line} for line in lines[: MAX_FINDINGS - len(findings)]]
    return {"total": total, "files": files, "findings": findings}


def main():
    try:
        request = json.load(sys.stdin)
        if not isinstance(request, dict) or not isinstance(request.get("path", ""), str):
            raise BadInput('the input must be an object like {"path": "src"}')
        answer = count(request, os.environ.get("AGENT_WORKSPACE", "."))
    except (BadInput, ValueError, OSError) as error:
        # The last {"error": …} line of the log becomes the error of the node.
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
