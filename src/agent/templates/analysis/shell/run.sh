#!/bin/sh
# Counts to-do comments. Input: {"path": folder}; answer: {total, files, findings}. Log and errors: standard error.
set -eu
export LC_ALL=C
tab=$(printf '\t')

fail() { # the last {"error": …} line of the log becomes the error of the node
  printf '{"error": "%s"}\n' "$1" >&2
  exit 1
}

# The schema lets only plain characters into "path", so sed is enough to read it.
input=$(tr '\n' ' ')
case $input in '{'*'}'*) ;; *) fail 'the input must be an object like {\"path\": \"src\"}' ;; esac
path=$(printf '%s' "$input" | sed -nE 's/^.*"path"[[:space:]]*:[[:space:]]*"([^"\\]*)".*$/\1/p')
case "/$path/" in
  */../* | //?*) fail "path $path must lie inside the repository: write it without .. and without a first /" ;;
esac
cd "${AGENT_WORKSPACE:-.}"
[ -d "./$path" ] || fail "there is no folder $path in the repository"
echo "counting in ${path:-the whole repository}" >&2

# One line "file<tab>line" for each comment. Names with control characters are left out.
found=$(mktemp)
trap 'rm -f "$found"' EXIT
find "./$path" \( -name .git -o -name node_modules \) -prune -o -type f ! -path '*[[:cntrl:]]*' -exec awk '
  /(#|\/\/|--|\/\*)(.*[^A-Za-z0-9_])?[Tt][Oo][Dd][Oo]([^A-Za-z0-9_]|$)/ { printf "%s\t%d\n", FILENAME, FNR }
  ' {} + >"$found" || fail "some files cannot be read; the lines above name them"

sed -E 's,^(\./+)+,,; s,//+,/,g' "$found" | sort -t "$tab" -k1,1 -k2,2n | awk -F '\t' -v limit=1000 '
  function text(value, at, c, out) { # as a JSON string
    for (at = 1; at <= length(value); at++) {
      c = substr(value, at, 1)
      out = out (c == "\"" || c == "\\" ? "\\" : "") c
    }
    return "\"" out "\""
  }
  function close_file() {
    if (count) files = files (files == "" ? "" : ",") "{\"file\":" text(file) ",\"count\":" count "}"
  }
  $1 != file { close_file(); file = $1; count = 0 }
  {
    count++
    if (++total <= limit)
      findings = findings (findings == "" ? "" : ",") "{\"file\":" text($1) ",\"line\":" $2 "}"
  }
  END {
    close_file()
    printf "{\"total\":%d,\"files\":[%s],\"findings\":[%s]}\n", total, files, findings
  }'
