#!/bin/sh
# Brings prometheus, promtool, prometheus-alertmanager and amtool to build/observability without installing them: as
# installed packages they would start services. apt checks what it downloads. Does nothing when they are there.
set -eu
cd "$(dirname "$0")/../.."
[ ! -x build/observability/usr/bin/amtool ] || exit 0
mkdir -p build/observability
cd build/observability
if ! apt-get -qq download prometheus prometheus-alertmanager 2>/dev/null; then
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  $as_root apt-get -qq update
  apt-get -qq download prometheus prometheus-alertmanager
fi
for package in ./*.deb; do
  dpkg-deb -x "$package" .
done
rm -f ./*.deb
