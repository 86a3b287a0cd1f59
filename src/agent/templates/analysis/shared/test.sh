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

expect 'counts every file' '*"status":"SUCCESS"*"total":3,*"file":"cart.rb","count":2*' '{}'
expect 'tells the places' '*"file":"cart.rb","line":2*"file":"docs/notes.sql","line":3*' '{}'
expect 'looks at one folder only' '*"status":"SUCCESS"*"total":1,*' '{"path": "docs"}'
expect 'refuses a folder that is not there' '*"status":"FAILED"*nowhere*' '{"path": "nowhere"}'
expect 'refuses to leave the repository' '*"status":"FAILED"*inside*' '{"path": "../etc"}'
