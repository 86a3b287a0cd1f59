#!/bin/sh
# Brings the official JSON schemas of CycloneDX to tests/sbom/schemas, where the test of bills of materials looks for
# them. They are taken from the npm package that carries them, packed by npm and checked, not installed. Does nothing
# when they are there.
set -eu
package=@cyclonedx/cyclonedx-library
version=6.13.1
sha256=de9ac3e6e59be24d0b5345d98761304ff2c55458bd31888771d7e932fc531533

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
schemas=$here/schemas
if [ -f "$schemas/VERSION" ] && [ "$(cat "$schemas/VERSION")" = "$version" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
if ! npm pack --silent "$package@$version" >/dev/null; then
  echo "install.sh: npm could not fetch $package $version; check the network" >&2
  exit 1
fi
archive=$(ls ./*.tgz)
echo "$sha256  $archive" | sha256sum --check --quiet
tar -xzf "$archive"
rm -rf "$schemas"
mkdir -p "$schemas"
cp package/LICENSE package/res/schema/*.schema.json "$schemas/"
echo "$version" > "$schemas/VERSION"
