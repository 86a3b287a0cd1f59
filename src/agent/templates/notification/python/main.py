"""Tells a message. Input: {"message": text, "level": word}; answer: {delivered, text}.

Log and errors: standard error.
"""

import json
import sys

LEVELS = ("info", "warning", "error")


class BadInput(Exception):
    """Something the caller can mend; the text says how."""


def format_message(request):
    if not isinstance(request, dict):
        raise BadInput('the input must be an object like {"message": "Built"}')
    message = request.get("message")
    level = request.get("level", "info")
    if not isinstance(message, str) or not message.strip():
        raise BadInput("the message is missing or blank: write what people should know")
    if level not in LEVELS:
        raise BadInput(f"the level is {level}; it must be one of {', '.join(LEVELS)}")
    return f"[{level.upper()}] {message}"


def deliver(text):
    """The log is kept with the run and shown while it runs; a message is one line of it."""
    print(" ".join(text.splitlines()), file=sys.stderr)


def main():
    try:
        text = format_message(json.load(sys.stdin))
    except (BadInput, ValueError) as error:
        # The last {"error": …} line of the log becomes the error of the node.
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return 1
    deliver(text)
    json.dump({"delivered": True, "text": text}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
