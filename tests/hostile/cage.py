"""Runs a command in throw-away namespaces: mounts, processes, network and IPC of its own.

A hostile agent that gets out of the sandbox under test, even as root, is still in here. Whoever is not root gets a user
namespace around it, with the same user. With --as-nobody root gives its rights up inside, so that both can be tested.

    cage.py [--as-nobody] COMMAND [ARGUMENT…]      exit code 77 when this machine lets no namespaces be made
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
NOBODY = 65534
MOVED = "/srv"
SCRATCH = "/mnt"  # all that the tests write, so that they can see what is left
SKIPPED = 77
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        print(f"cage: {what}: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        sys.exit(SKIPPED)


def enter_namespaces():
    user, group = os.getuid(), os.getgid()
    flags = NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET
    if user == 0:
        check(LIBC.unshare(flags), "unshare")
        return
    check(LIBC.unshare(flags | NEWUSER), "unshare")
    with open("/proc/self/setgroups", "w") as file:
        file.write("deny")
    with open("/proc/self/uid_map", "w") as file:
        file.write(f"{user} {user} 1")
    with open("/proc/self/gid_map", "w") as file:
        file.write(f"{group} {group} 1")


def furnish():
    check(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    check(LIBC.mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")
    check(LIBC.mount(b"scratch", SCRATCH.encode(), b"tmpfs", 0, b"mode=1777"), "a scratch folder")
    os.environ["TMPDIR"] = SCRATCH
    with socket.socket() as any_socket:  # the loopback is down in a new network
        request = struct.pack("16sh14x", b"lo", 1)
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS, IFF_UP


def move_in():
    """The tests and the executable where nobody may walk to them, which is not so below somebody's home."""
    check(LIBC.mount(b"tests", MOVED.encode(), b"tmpfs", 0, b"mode=0755"), "a folder for the tests")
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for name in ("hostile", "e2e"):
        shutil.copytree(os.path.join(tests, name), os.path.join(MOVED, "tests", name))
    os.environ["COMMANDCENTER"] = shutil.copy(os.environ["COMMANDCENTER"], MOVED)
    subprocess.run(["chmod", "-R", "a+rX", MOVED], check=True)
    os.chdir(os.path.join(MOVED, "tests", "hostile"))


def run(command, as_nobody):
    child = os.fork()
    if child == 0:
        if as_nobody and os.getuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.environ["HOME"] = SCRATCH
        os.execvp(command[0], command)
    # The first process of the namespace: it collects the orphans.
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def main():
    arguments = sys.argv[1:]
    as_nobody = arguments[0] == "--as-nobody"
    command = arguments[1:] if as_nobody else arguments
    enter_namespaces()
    first = os.fork()
    if first == 0:
        furnish()
        if as_nobody and os.getuid() == 0:
            move_in()
        os._exit(run(command, as_nobody) & 0xFF)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.kill(first, signal.SIGKILL))
    _, status = os.waitpid(first, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
