#!/bin/sh
# Brings the kernel of linux-image-cloud-amd64 to build/vm/boot without installing it.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/vm
cd build/vm
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p')
apt-get -qq download "$package"
dpkg -x "$package"_*.deb .
ls boot/vmlinuz-*
