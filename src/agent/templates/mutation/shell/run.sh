#!/bin/sh
# Proposes https for http links. Input: {"file": path};
# answer: {applied: false, changes: [{file, line, before, after}]}.
# The repository is read-only: the answer is the change. Log and errors: standard error.
set -eu
export LC_ALL=C

fail() { # the last {"error": …} line of the log becomes the error of the node
  printf '{"error": "%s"}\n' "$1" >&2
  exit 1
}

# The schema lets only plain characters into "file", so sed is enough to read it.
file=$(tr '\n' ' ' | sed -nE 's/^.*"file"[[:space:]]*:[[:space:]]*"([^"\\]*)".*$/\1/p')
case "/$file/" in
  // | */../* | //?*) fail "file $file must lie inside the repository: write it without .. and without a first /" ;;
esac
cd "${AGENT_WORKSPACE:-.}"
[ -f "./$file" ] || fail "there is no file $file in the repository"
# Lines that are no UTF-8 could not be told in JSON.
if LC_ALL=C.UTF-8 grep -qaxv '.*' "./$file"; then fail "file $file is not UTF-8 text"; fi
echo "looking for http links in $file" >&2

awk -v file="$file" -v limit=1000 '
  BEGIN {
    for (i = 1; i < 32; i++) escape[sprintf("%c", i)] = sprintf("\\u%04x", i)
  }
  function text(value, at, c, out) { # as a JSON string
    out = ""
    for (at = 1; at <= length(value); at++) {
      c = substr(value, at, 1)
      if (c == "\"" || c == "\\") c = "\\" c
      else if (c in escape) c = escape[c]
      out = out c
    }
    return "\"" out "\""
  }
  /http:\/\// {
    before = $0
    gsub(/http:\/\//, "https://")
    if (++count > limit) exit
    changes = changes (count == 1 ? "" : ",") "{\"file\":" text(file) ",\"line\":" FNR \
      ",\"before\":" text(before) ",\"after\":" text($0) "}"
  }
  END {
    if (count > limit) {
      printf "{\"error\": \"more than %d lines to change: propose them in smaller files\"}\n", limit >"/dev/stderr"
      exit 1
    }
    printf "{\"applied\":false,\"changes\":[%s]}\n", changes
  }' "./$file"
