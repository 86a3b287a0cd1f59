#!/bin/sh
# The first process of the virtual machine: mounts what is needed, runs one agent for each limit, and prints what came
# out between marks that run.py looks for.
if [ "$1" != again ]; then
  # Bubblewrap cannot leave the initial RAM disk by pivot_root, so everything moves to a file system first.
  mkdir /new
  mount -t tmpfs -o mode=0755,size=60% root /new
  cp -a /usr /bin /lib /lib64 /etc /work /init /new
  mkdir /new/proc /new/sys /new/dev /new/tmp /new/root
  exec switch_root /new /init again
fi
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /sys/fs/cgroup
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up 2>/dev/null
export PATH=/usr/bin HOME=/root

echo
echo "== doctor"
commandcenter doctor --data /tmp/doctor
echo "== idle groups: $(ls -d /sys/fs/cgroup/agents/*/ 2>/dev/null | wc -l)"
for agent in /work/*/; do
  echo "== run $(basename "$agent")"
  commandcenter agents test "$agent" --root /work
done
echo "== memory ever used: $(cat /sys/fs/cgroup/agents/memory.peak 2>/dev/null)"
echo "== groups left: $(ls -d /sys/fs/cgroup/agents/*/ 2>/dev/null | wc -l)"
echo "== end"
sync
poweroff -f
