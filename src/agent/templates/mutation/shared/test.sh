#!/bin/sh
# Runs the agent in its sandbox over sample/ and checks what it answers. Exit code 0: all is well.
# COMMANDCENTER names the executable if it is not on the PATH.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
commandcenter=${COMMANDCENTER:-commandcenter}

# expect WHAT PATTERN INPUT: the result, without white space, has to match the shell pattern.
expect() {
  result=$("$commandcenter" agents test "$here" --input "$3" --workspace "$here/sample" --json | tr -d '[:space:]')
  # shellcheck disable=SC2254
  case $result in
    $2) echo "ok: $1" ;;
    *)
      echo "failed: $1; the result was: $result"
      exit 1
      ;;
  esac
}

expect 'proposes a change' '*"status":"SUCCESS"*"applied":false,"changes":\[{"file":"links.txt","line":2,*' \
  '{"file": "links.txt"}'
expect 'tells before and after' '*"before":"The\\"guide\\":http://*"after":"The\\"guide\\":https://*' \
  '{"file": "links.txt"}'
expect 'leaves the rest alone' '*"after":"The\\"guide\\":https://example.org/guide\\\\latest"}]}*' \
  '{"file": "links.txt"}'
expect 'refuses a file that is not there' '*"status":"FAILED"*nowhere.txt*' '{"file": "nowhere.txt"}'
expect 'refuses to leave the repository' '*"status":"FAILED"*inside*' '{"file": "../etc/passwd"}'
