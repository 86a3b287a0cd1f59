#!/bin/sh
# Brings the official JSON-Schema-Test-Suite to tests/json-schema/suite, where core/schema's suite test looks for it.
# It is taken from the Debian package that carries it, downloaded by apt and checked, not installed. Needs no root;
# does nothing when the suite is there.
set -eu
package=libtest-json-schema-acceptance-perl
version=1.019-1
sha256=846786933dfb7b6b1890878c1b86f50593bda3946d770f8770647c3449999fa2

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
suite=$here/suite
if [ -f "$suite/VERSION" ] && [ "$(cat "$suite/VERSION")" = "$version" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
# An old or empty package list does not know where the package lies.
if ! apt-get -qq download "$package=$version" 2>/dev/null; then
  $as_root apt-get -qq update || true
  if ! apt-get -qq download "$package=$version"; then
    echo "install.sh: apt-get could not download $package $version; check the network and the package sources" >&2
    exit 1
  fi
fi
deb=$(ls ./*.deb)
echo "$sha256  $deb" | sha256sum --check --quiet
dpkg-deb -x "$deb" unpacked
rm -rf "$suite"
mkdir -p "$suite"
share=unpacked/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance
cp -R "$share/tests" "$share/remotes" "$suite/"
cp "unpacked/usr/share/doc/$package/copyright" "$suite/"
echo "$version" > "$suite/VERSION"
echo "JSON-Schema-Test-Suite is in $suite"
