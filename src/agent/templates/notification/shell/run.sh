#!/bin/sh
# Tells a message. Input: {"message": text, "level": word}; answer: {delivered, text}. Log and errors: standard error.
set -eu
input=$(tr '\n' ' ')

fail() { # the last {"error": …} line of the log becomes the error of the node
  printf '{"error": "%s"}\n' "$1" >&2
  exit 1
}

# The text of a member, as JSON spells it: its escapes stay, and go into the answer as they are. That needs no parser,
# and is right because the schema allows only these two members, and inside a text every quote has a backslash.
member() {
  printf '%s' "$input" | sed -nE 's/^.*"'"$1"'"[[:space:]]*:[[:space:]]*"(([^"\\]|\\.)*)".*$/\1/p'
}

message=$(member message)
level=$(member level | tr '[:lower:]' '[:upper:]')
case $message in
  *[!\ ]*) ;;
  *) fail 'the message is missing or blank: write what people should know' ;;
esac
case ${level:=INFO} in
  INFO | WARNING | ERROR) ;;
  *) fail 'the level must be info, warning or error' ;;
esac

# Deliver it. The log is kept with the run and shown while it runs.
printf '%s\n' "[$level] $message" >&2

printf '{"delivered": true, "text": "%s"}\n' "[$level] $message"
