#!/bin/sh
# functions.sh ARCHIVE LIBRARY...: the functions of the libraries that the archive calls, as lines for lazy.h.
set -eu
archive=$1
shift
called=$(mktemp)
trap 'rm -f "$called"' EXIT
nm -u "$archive" | sed -n 's/^ *[Uw] //p' | sort -u >"$called"
echo '#include "lazy.h"'
for library in "$@"; do
  name=$(objdump -p "$library" | sed -n 's/^ *SONAME *//p')
  [ -n "$name" ] || { echo "$library has no name (SONAME)" >&2; exit 1; }
  nm -D --defined-only "$library" | sed -n 's/^[0-9a-f]* [TWi] //p' | sed 's/@.*//' | sort -u | comm -12 - "$called" |
    sed "s/.*/LAZY(\"$name\", &);/"
done
