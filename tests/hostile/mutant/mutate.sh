# Each action is one way in which a patch could lead out of the repository.
cd /workspace || exit 1
case $AGENT_ACTION in
linked) # a file of the repository that is a file of somebody else, too; and one that becomes two
  echo evil >>linked
  ln kept twin && echo evil >>twin ;;
doors) # doors for those who come later
  ln -s /etc/shadow door
  ln -s ../.. up
  rm -rf folder && ln -s "$(cat target)" folder ;;
through) # through the doors
  echo evil >door 2>/dev/null
  echo evil >up/planted 2>/dev/null
  echo evil >folder/planted 2>/dev/null ;;
git)
  mkdir -p .git/hooks deep/.git
  echo evil >.git/hooks/post-checkout
  echo evil >deep/.git/config
  echo '[core] fsmonitor = evil' >.gitmodules ;;
names)
  mkdir -p .GIT/hooks && echo evil >.GIT/hooks/post-checkout ;;
whiteout) # what an overlay takes for a file that is gone, and for a folder that hides another
  python3 -I -c 'import os, stat
for change in (lambda: os.mknod("white", stat.S_IFCHR, 0),
               lambda: os.setxattr("folder", "user.overlay.opaque", b"y"),
               lambda: os.setxattr("folder", "user.overlay.redirect", b"/../outside"),
               lambda: os.setxattr("kept", "user.overlay.metacopy", b"")):
  try:
    change()
  except OSError:
    pass' ;;
sparse) # large without taking any of the disk
  for i in 1 2 3 4 5 6; do truncate -s 60M "sparse$i"; done ;;
socket)
  python3 -I -c 'import socket; socket.socket(socket.AF_UNIX).bind("/workspace/door")' ;;
newline)
  echo evil >"$(printf 'two\nlines')" ;;
bytes) # no text in any encoding
  echo evil >"$(printf 'odd\377\376')" ;;
escape) # a name that would rule a terminal
  echo evil >"$(printf '\033]0;title\007\033[2J')" ;;
rights) # more than a patch says
  printf '#!/bin/sh\n' >tool && chmod 6777 tool
  echo text >open && chmod 0666 open
  cp tool given && chmod 6755 given
  mkdir shared && chmod 3777 shared && echo text >shared/file
  python3 -I -c 'import os, struct
entries = [(1, 7, 0xFFFFFFFF), (2, 7, 0), (4, 7, 0xFFFFFFFF), (16, 7, 0xFFFFFFFF), (32, 7, 0xFFFFFFFF)]
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
for name, value in (("system.posix_acl_access", acl), ("user.planted", b"x"), ("security.capability", b"x" * 20)):
  for path in ("tool", "open", "given"):
    try:
      os.setxattr(path, name, value)
    except OSError:
      pass' ;;
instructions) # for the git of whoever works here next
  printf '* filter=evil diff=evil merge=evil\n' >.gitattributes
  printf '[submodule "evil"]\n\tpath = evil\n\turl = ../..\n' >.gitmodules
  printf '\tupdate = !touch %s/planted\n' "$(cat target)" >>.gitmodules ;;
special)
  mkfifo pipe ;;
fill)
  i=0; while [ $i -lt 64 ]; do head -c 1000000 /dev/zero >big$i; i=$((i + 1)); sleep 0.1; done ;;
esac
echo '{}'
