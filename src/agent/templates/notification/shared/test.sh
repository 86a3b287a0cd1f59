#!/bin/sh
# Runs the agent in its sandbox with sample/ as its workspace and checks what it answers. Exit code 0: all is well.
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

expect 'delivers' '*"status":"SUCCESS"*"delivered":true,"text":"\[INFO]Built"*' '{"message": "Built"}'
expect 'writes it to its log' '*"log":*"\[INFO]Built"*' '{"message": "Built"}'
expect 'keeps quotes and line ends' '*"text":"\[WARNING]Thedisk\\"data\\"isnearlyfull\\n93%used"*' \
  "@$here/sample/message.json"
expect 'refuses a blank message' '*"status":"FAILED"*blank*' '{"message": "  "}'
expect 'refuses a level it does not know' '*"status":"FAILED"*level*' '{"message": "Built", "level": "loud"}'
