"""A burglar: tries what is open by accident. Answers like the hostile agent: {"got": […]}, empty when nothing was.

It is started ahead, so before there is any input for it: what it does then, it does on nobody's behalf.
"""

import array
import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import signal
import socket
import stat
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
EARLY = []


def attempt(got, name, action):
    try:
        result = action()
    except (OSError, ValueError, OverflowError):
        return
    got.append(name if result is None else f"{name}: {result!r:.200}")


def open_for_writing(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))


def process_files(_):
    got = []
    for file in ["mem", "environ", "maps", "auxv", "stack", "syscall", "exe", "task/1/mem"]:
        attempt(got, f"/proc/1/{file}", lambda: open(f"/proc/1/{file}", "rb").read(16))
    for folder in ["cwd/.", "root/.", "map_files"]:
        attempt(got, f"/proc/1/{folder}", lambda: os.listdir(f"/proc/1/{folder}"))
    for link in ["cwd", "root", "exe", "ns/mnt", "ns/net", "fd/0", "fd/1", "fd/2"]:
        attempt(got, f"where /proc/1/{link} leads", lambda: os.readlink(f"/proc/1/{link}"))
    # The program that made the sandbox, and the one that this is: as containers were once left.
    for path in ["/proc/1/exe", "/proc/self/exe", "/usr/bin/bwrap", "/usr/bin/python3", "/agent/burgle.py"]:
        attempt(got, f"write {path}", lambda: open_for_writing(path))
    for file in ["setgroups", "uid_map", "gid_map", "projid_map", "timens_offsets", "loginuid", "attr/current",
                 "attr/exec", "sched", "autogroup"]:
        attempt(got, f"write {file}", lambda: os.write(os.open(f"/proc/self/{file}", os.O_WRONLY), b"0 0 1\n"))
    for kind in ["mnt", "net", "pid", "user", "ipc", "uts", "cgroup", "time"]:
        attempt(got, f"enter {kind}", lambda: LIBC.syscall(308, os.open(f"/proc/self/ns/{kind}", os.O_RDONLY), 0) == 0
                or (_ for _ in ()).throw(OSError()))
    return got


def descriptors(_):
    """Nothing is inherited but three pipes."""
    got = []
    listing = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    for name in os.listdir(listing):
        fd = int(name)
        with contextlib.suppress(OSError):
            kind = os.fstat(fd).st_mode
            if fd == listing:
                continue
            if fd > 2 or not stat.S_ISFIFO(kind):
                got.append(f"{fd}: {os.readlink(f'/proc/self/fd/{fd}')}")
    for fd in range(3):  # the other ends of the pipes are not this one's
        mode = os.O_WRONLY if fd == 0 else os.O_RDONLY
        for path in (f"/proc/1/fd/{fd}", f"/proc/1/task/1/fd/{fd}"):
            attempt(got, path, lambda: os.close(os.open(path, mode | os.O_NONBLOCK)))
    return got


def terminals(_):
    got = []
    letter = ctypes.create_string_buffer(b"x")
    for path in ["/dev/tty", "/dev/console", "/dev/tty0", "/dev/tty1", "/dev/vcs", "/dev/pts/0", "/proc/1/fd/0"]:
        def push(path=path):
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            fcntl.ioctl(fd, 0x5412, letter)  # TIOCSTI: types on somebody's terminal
        attempt(got, path, push)
    for fd in range(3):
        attempt(got, f"TIOCSTI {fd}", lambda: fcntl.ioctl(fd, 0x5412, letter))
        attempt(got, f"TIOCLINUX {fd}", lambda: fcntl.ioctl(fd, 0x541C, letter))
    return got


def in_child(function):
    """How a child that does it ends: a signal, or its exit code."""
    child = os.fork()
    if child == 0:
        os._exit(function() & 0x7F)
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def other_calling_ways(_):
    """The same system calls by other numbers: of x32, and of 32-bit programs."""
    got = []

    def x32():
        return 1 if LIBC.syscall(0x40000000 + 39) > 0 else 0  # getpid

    def by_interrupt():
        # mov eax, 20 (getpid of 32-bit programs); int 0x80; ret
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
        place = ctypes.addressof(ctypes.c_char.from_buffer(code))
        return 1 if ctypes.CFUNCTYPE(ctypes.c_int)(place)() > 0 else 0

    for name, function in (("x32", x32), ("int 0x80", by_interrupt)):
        ended = in_child(function)
        if ended == 1:
            got.append(name)
    for name, number, *arguments in [
        ("clone3", 435, ctypes.create_string_buffer(88), 88),
        ("clone, new time", 56, 0x80 | signal.SIGCHLD, 0, 0, 0, 0),
        ("clone, new cgroup", 56, 0x02000000 | signal.SIGCHLD, 0, 0, 0, 0),
        ("unshare, files", 272, 0x400),
        ("io_uring_register", 427, 0, 0, 0, 0),
        ("memfd_secret", 447, 0),
        ("pidfd of pid 1, its files", 438, os.pidfd_open(1), 0, 0),
        ("process_madvise", 440, 0, 0, 0, 0, 0),
        ("quotactl", 179, 0, 0, 0, 0),
        ("lookup_dcookie", 212, 0, 0, 0),
        ("uselib", 134, b"/lib"),
        ("modify_ldt", 154, 0x11, ctypes.create_string_buffer(16), 16),
        ("remap_file_pages", 216, 0, 0, 0, 0, 0),
    ]:
        result = LIBC.syscall(number, *arguments)
        if result == 0 and name.startswith("clone"):
            os._exit(0)
        if result >= 0:
            got.append(name)
    return got


def interfaces(_):
    """Its own network has nothing in it, and nothing can be added."""
    got = []
    for number, name in socket.if_nameindex():
        if name != "lo":
            got.append(f"interface {number} {name}")
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    link.settimeout(2)
    info = struct.pack("HH", 4 + 6, 1) + b"dummy\0" + b"\0\0"  # IFLA_INFO_KIND
    wrapped = struct.pack("HH", 4 + len(info), 18) + info
    body = struct.pack("BBHiII", 0, 0, 0, 0, 0, 0) + wrapped
    link.send(struct.pack("IHHII", 16 + len(body), 16, 0x605, 1, 0) + body)
    kind, error = struct.unpack_from("H", link.recv(4096), 4)[0], None
    if kind == 2:  # an error, or the word that there was none
        link.send(struct.pack("IHHII", 16 + len(body), 16, 0x605, 2, 0) + body)
        error = struct.unpack_from("i", link.recv(4096), 16)[0]
    if error == 0:
        got.append("a new interface")
    for protocol in (2, 4, 5, 6, 9, 10, 11, 12, 15, 16, 18, 20, 21):
        attempt(got, f"netlink {protocol}", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol).close())
    for family in (3, 4, 5, 9, 15, 21, 26, 27, 29, 30, 31, 32, 36, 37, 38, 39, 40, 41, 43, 44, 45):
        attempt(got, f"family {family}", lambda: socket.socket(family, socket.SOCK_DGRAM).close())
        attempt(got, f"family {family}, raw", lambda: socket.socket(family, socket.SOCK_RAW).close())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        attempt(got, "rename lo", lambda: fcntl.ioctl(any_socket, 0x8923, struct.pack("16s16s", b"lo", b"xx")))
        attempt(got, "bind to a device", lambda: any_socket.setsockopt(socket.SOL_SOCKET, 25, b"eth0\0"))
    return got


def settings(_):
    """Every setting of the kernel, tried for writing."""
    got = []
    for top, _, files in os.walk("/proc/sys"):
        for name in files:
            attempt(got, os.path.join(top, name), lambda: open_for_writing(os.path.join(top, name)))
    for path in ["/proc/sysrq-trigger", "/proc/kcore", "/proc/kallsyms", "/proc/timer_list", "/proc/mtrr",
                 "/proc/scsi/scsi", "/proc/acpi/wakeup", "/proc/irq/default_smp_affinity", "/proc/bus/pci/devices",
                 "/proc/fs/xfs/stat", "/proc/key-users", "/proc/asound/cards"]:
        attempt(got, f"write {path}", lambda: open_for_writing(path))
    addresses = ""
    with contextlib.suppress(OSError):
        addresses = open("/proc/kallsyms").read(4096)
    if any(int(line.split()[0], 16) for line in addresses.splitlines()[:-1]):
        got.append("addresses of the kernel")
    return got


def devices(_):
    got = []
    allowed = {"null", "zero", "full", "random", "urandom", "tty", "pts", "ptmx", "console", "shm", "fd", "stdin",
               "stdout", "stderr", "core"}
    got += [f"/dev/{name}" for name in os.listdir("/dev") if name not in allowed]
    for folder in ("/tmp", "/dev/shm", "/dev", "/workspace"):
        for name, kind, device in (("mem", stat.S_IFCHR, (1, 1)), ("disk", stat.S_IFBLK, (254, 0)),
                                   ("fuse", stat.S_IFCHR, (10, 229)), ("kvm", stat.S_IFCHR, (10, 232))):
            path = f"{folder}/{name}"
            attempt(got, path, lambda: os.mknod(path, kind | 0o666, os.makedev(*device)))
    for path in ("/dev/random", "/dev/urandom"):
        with contextlib.suppress(OSError):
            fd = os.open(path, os.O_RDWR)
            attempt(got, f"entropy of {path}", lambda: fcntl.ioctl(fd, 0x5206, b""))  # RNDCLEARPOOL
    return got


def attributes(_):
    got = []
    with open("/tmp/own", "w"):
        pass
    for name in ("security.capability", "trusted.overlay.opaque"):
        attempt(got, name, lambda: os.setxattr("/tmp/own", name, struct.pack("<IIIII", 0x02000000, 0xFF, 0, 0, 0)))
    for path in ("/workspace/kept", "/agent/burgle.py", "/usr/bin/env"):
        attempt(got, f"xattr of {path}", lambda: os.setxattr(path, "user.planted", b"x"))
        attempt(got, f"times of {path}", lambda: os.utime(path, (0, 0)))
        attempt(got, f"owner of {path}", lambda: os.chown(path, 1000, 1000))
        attempt(got, f"flags of {path}", lambda: fcntl.ioctl(os.open(path, os.O_RDONLY), 0x40086602,
                                                             array.array("L", [0x10])))  # FS_IOC_SETFLAGS, immutable
        attempt(got, f"freeze {path}", lambda: fcntl.ioctl(os.open(path, os.O_RDONLY), 0xC0045877, 0))
    return got


def priorities(_):
    got = []
    attempt(got, "nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -5))
    attempt(got, "real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
    attempt(got, "input and output first", lambda: LIBC.syscall(251, 1, 0, (1 << 13) | 0) == 0 or
            (_ for _ in ()).throw(OSError()))
    import resource
    for which in ("NOFILE", "NPROC", "FSIZE", "DATA", "CORE", "MEMLOCK", "MSGQUEUE", "RTPRIO", "NICE"):
        number = getattr(resource, f"RLIMIT_{which}")
        soft, hard = resource.getrlimit(number)
        if hard != resource.RLIM_INFINITY:
            attempt(got, f"raise {which}", lambda: resource.setrlimit(number, (hard + 1, hard + 1)))
        if resource.getrlimit(number)[1] > hard >= 0:
            got.append(f"raised {which}")
    return [entry for entry in got if not entry.startswith("raise CORE")]


def watchers(_):
    """What the host and other sandboxes do with files that all can read."""
    got = []
    for name, number, *arguments in [("inotify_init", 253), ("inotify_init1", 294, 0),
                                     ("inotify_add_watch", 254, 0, b"/usr/bin", 0xFFF), ("fanotify_init", 300, 0, 0)]:
        if LIBC.syscall(number, *arguments) >= 0:
            got.append(name)
    for path in ("/workspace/kept", "/agent/burgle.py", "/usr/bin/env", "/workspace", "/usr/bin", "/etc"):
        fd = os.open(path, os.O_RDONLY)
        for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
            attempt(got, f"lease of {path}", lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, kind) and None)
            # The kernel looks at the lower half of the command only.
            if LIBC.syscall(72, fd, ctypes.c_long((1 << 40) | fcntl.F_SETLEASE), kind) == 0:
                got.append(f"lease of {path}, with more bits")
        attempt(got, f"notices of {path}", lambda: fcntl.fcntl(fd, fcntl.F_NOTIFY, 0x3F) and None)
        os.close(fd)
    return got


def leftovers(_):
    """What those who started it may have left: variables, memory, locks, timers, signals, groups, a working folder."""
    got = []
    known = {"PATH", "HOME", "TMPDIR", "LANG", "PWD", "LC_CTYPE"}
    got += [name for name in os.environ if name not in known and not name.startswith("AGENT_")]
    with open("/proc/self/environ", "rb") as file:
        got += [text.decode() for text in file.read().split(b"\0") if text.split(b"=")[0].decode() not in known
                and text and not text.startswith(b"AGENT_")]
    with open("/proc/self/maps") as maps:
        mapped = {line.split()[5] for line in maps if len(line.split()) > 5}
    got += [path for path in mapped if not path.startswith(("/usr/", "[", "/etc/ld.so.cache"))]
    if os.getcwd() != "/workspace" or os.getgroups() not in ([], [1000], [65534]):
        got.append(f"{os.getcwd()} {os.getgroups()}")
    status = open("/proc/self/status").read()
    for line in ("SigBlk:\t0000000000000000", "SigPnd:\t0000000000000000", "ShdPnd:\t0000000000000000",
                 "CapPrm:\t0000000000000000", "CapAmb:\t0000000000000000", "CapBnd:\t0000000000000000",
                 "NoNewPrivs:\t1", "Seccomp:\t2", "TracerPid:\t0"):
        if line not in status:
            got.append(line)
    if open("/proc/locks").read():
        got.append("locks")
    return got


def control_groups(_):
    got = []
    with open("/proc/self/mountinfo") as mounted:
        got += [line for line in mounted if " - cgroup" in line or " - sysfs" in line or " - debugfs" in line]
    for path in ("/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory.max", "/sys/kernel", "/sys"):
        attempt(got, path, lambda: os.stat(path) and None)
    for line in open("/proc/self/cgroup"):
        if ".." in line:
            got.append(line)
    for kind in (b"cgroup", b"cgroup2", b"sysfs", b"proc", b"overlay", b"tmpfs"):
        if LIBC.mount(kind, b"/tmp", kind, 0, None) == 0:
            got.append(f"mounted {kind}")
    return got


def tcp_buffers(_):
    """The same by connections, whose buffers the kernel enlarges for whoever reads fast."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in range(30):
        if os.fork() == 0:
            break
    block = b"x" * (1 << 20)
    kept = []
    with contextlib.suppress(OSError):
        door = socket.create_server(("127.0.0.1", 0), backlog=128)
        while True:
            ours = socket.create_connection(door.getsockname())
            theirs, _ = door.accept()
            kept += [ours, theirs]
            ours.setblocking(False)
            theirs.setblocking(False)
            for turn in range(20):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        ours.send(block)
                with contextlib.suppress(BlockingIOError):
                    while turn < 19 and theirs.recv(1 << 20):
                        pass
    signal.pause()


def buffers(_):
    """Memory that is no process's: what waits in sockets that nobody reads."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    block = b"x" * 65536
    for _ in range(30):
        if os.fork() == 0:
            break
    kept = []
    with contextlib.suppress(OSError):
        while True:
            pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            kept.append(pair)
            for end in pair:
                end.setblocking(False)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
                with contextlib.suppress(BlockingIOError):
                    while True:
                        end.send(block)
    signal.pause()


MEETING = [(socket.AF_INET, ("127.0.0.1", 4711)), (socket.AF_INET, ("0.0.0.0", 4712)), (socket.AF_UNIX, "\0meeting"),
           (socket.AF_UNIX, "/tmp/meeting"), (socket.AF_UNIX, "/dev/shm/meeting")]


def expect_visitors(given):
    """Listens everywhere it can, until the other one has been there."""
    got, doors = [], []
    for family, place in MEETING:
        door = socket.socket(family)
        door.bind(place)
        door.listen()
        door.settimeout(given["seconds"] / len(MEETING))
        doors.append((door, place))
    print("open", file=sys.stderr, flush=True)
    for door, place in doors:
        with contextlib.suppress(TimeoutError):
            door.accept()
            got.append(f"a visitor at {place}")
    return got


def visit(_):
    got = []
    for family, place in MEETING:
        attempt(got, f"visited {place}", lambda: socket.socket(family).connect(place))
    return got


def speak_early(_):
    return EARLY


def main():
    # Before there is input: what it sees is what it was promised, and nobody is told what it says.
    EARLY.extend(name for name in ("AGENT_INPUT", "AGENT_IDEMPOTENCY_KEY") if name in os.environ)
    print("said before there was a run", file=sys.stderr, flush=True)
    given = json.load(sys.stdin).get("given", {})
    print(json.dumps({"got": globals()[os.environ["AGENT_ACTION"]](given)}))


main()
