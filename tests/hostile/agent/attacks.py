"""A hostile agent. Each action is one attempt to get out, or to take more than it was given.

What it achieved is its answer: {"got": […]}; an empty list means that the walls held. It runs in the sandbox under
test, and the whole test in namespaces of its own (cage.py), so that an attempt that succeeds hurts nobody.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)


def attempt(got, name, action):
    """Runs an attempt that is expected to fail, and notes it when it does not."""
    try:
        result = action()
    except (OSError, ValueError, subprocess.SubprocessError):
        return
    got.append(name if result is None else f"{name}: {result!r:.200}")


def read_some(path):
    with open(path, "rb") as file:
        return file.read(64)


def read(given):
    got = []
    for path in given["paths"]:
        attempt(got, path, lambda: os.listdir(path)[:5] if os.path.isdir(path) else read_some(path))
    for pid in {1, *given["pids"]} - {os.getpid()}:
        for file in ["environ", "mem", "maps", "root/etc/shadow", "cwd/.", "fd/0", "fd/1"]:
            attempt(got, f"/proc/{pid}/{file}", lambda: read_some(f"/proc/{pid}/{file}"))
    return got


def search(given):
    """Everything that can be read, looked through for two words that only the server and other runs know."""
    words = [(a + b).encode() for a, b in given["halves"]]
    got = []
    for name, value in os.environb.items():
        if name != b"AGENT_INPUT" and any(word in value for word in words):
            got.append(f"environment {name.decode()}")
    for top, folders, files in os.walk("/"):
        if top == "/":
            folders[:] = [f for f in folders if f not in ("usr", "proc", "lib", "lib64", "bin", "sbin")]
        for name in files:
            with contextlib.suppress(OSError):
                path = os.path.join(top, name)
                if not os.path.isfile(path) or os.path.getsize(path) > 1 << 20:
                    continue
                if any(word in open(path, "rb").read() for word in words):
                    got.append(path)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        for name in ("environ", "cmdline"):
            with contextlib.suppress(OSError):
                if any(w in open(f"/proc/{pid}/{name}", "rb").read() for w in words):
                    got.append(f"/proc/{pid}/{name}")
    return got


def hidden(given):
    """A folder within the workspace that is not for agents."""
    got = []
    for path in given["paths"]:
        got += [os.path.join(path, name) for name in os.listdir(path)]
        attempt(got, "write " + path, lambda: open(path + "/planted", "w").close())
        attempt(got, "remove " + path, lambda: os.rmdir(path))
        attempt(got, "rename " + path, lambda: os.rename(path, path + "-elsewhere"))
        attempt(got, "chmod " + path, lambda: os.chmod(path, 0o777))
        got += os.listdir(path + "/./../" + os.path.basename(path))
    return got


def write(given):
    got = []
    for folder in ["/", "/usr", "/usr/bin", "/etc", "/bin", "/lib", "/dev", "/proc", "/workspace", "/agent", "/sys",
                   "/var", "/home", "/root", "/run", "/opt", *given["folders"]]:
        attempt(got, folder, lambda: open(folder + "/planted", "w").close())
        attempt(got, folder + "/", lambda: os.mkdir(folder + "/planted-folder"))
    for path in ["/workspace/kept", "/agent/attacks.py", "/etc/passwd", "/usr/bin/env", "/proc/sys/kernel/hostname",
                 "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/oom_score_adj",
                 "/proc/self/uid_map", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda"]:
        attempt(got, path, lambda: open(path, "r+b").write(b"x"))
        attempt(got, "remove " + path, lambda: os.remove(path))
        attempt(got, "chmod " + path, lambda: os.chmod(path, 0o777))
    attempt(got, "device", lambda: os.mknod("/tmp/device", 0o60666, os.makedev(254, 0)))
    return got


def links(given):
    got = []
    for number, target in enumerate(["/etc/shadow", *given["targets"]]):
        up = "/workspace/" + "../" * 12 + target.lstrip("/")
        attempt(got, up, lambda: read_some(up))
        link = f"/tmp/link{number}"
        os.symlink(target, link)
        attempt(got, link, lambda: read_some(link))
        attempt(got, "via /proc/self/root " + target, lambda: read_some("/proc/self/root" + target))
        attempt(got, "via /proc/self/cwd " + target, lambda: read_some("/proc/self/cwd/" + "../" * 12 + target))
    attempt(got, "hard link to the workspace", lambda: os.link("/workspace/kept", "/tmp/hard"))
    attempt(got, "hard link into the workspace", lambda: os.link("/agent/attacks.py", "/workspace/hard"))
    attempt(got, "rename out of the workspace", lambda: os.rename("/workspace/kept", "/tmp/kept"))
    # A link that the repository itself holds leads nowhere else either.
    attempt(got, "link of the workspace", lambda: read_some("/workspace/outside"))
    return got


def network(given):
    got = []

    def connect(host, port):
        socket.create_connection((host, port), 2).close()

    for host, port in [["127.0.0.1", given["port"]], ["::1", given["port"]], ["169.254.169.254", 80], ["10.0.0.1", 80],
                       ["1.1.1.1", 443]]:
        attempt(got, f"{host}:{port}", lambda: connect(host, port))
    attempt(got, "DNS", lambda: socket.getaddrinfo("example.com", 80))

    def datagram():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.sendto(b"x", ("8.8.8.8", 53))

    attempt(got, "datagram", datagram)
    for name in given["local"]:
        attempt(got, name, lambda: socket.socket(socket.AF_UNIX).connect(name.replace("@", "\0")))
    for family, kind, protocol in [(socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 3),
                                   (40, 1, 0), (38, 5, 0), (socket.AF_NETLINK, socket.SOCK_RAW, 9)]:
        attempt(got, f"socket({family}, {kind}, {protocol})", lambda: socket.socket(family, kind, protocol).close())
    return got


def privileged_calls(_):
    """System calls by number (x86-64); each must fail."""
    got = []
    path, empty = b"/tmp", b""
    calls = {
        "mount": (165, b"none", path, b"tmpfs", 0, None),
        "umount": (166, path, 2),
        "pivot_root": (155, path, path),
        "chroot": (161, path),
        "unshare(user)": (272, 0x10000000),
        "unshare(mount)": (272, 0x20000),
        "clone(user)": (56, 0x10000011, 0, 0, 0, 0),
        "setns": (308, os.open("/proc/self/ns/net", os.O_RDONLY), 0),
        "ptrace": (101, 16, 1, 0, 0),
        "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
        "pidfd_getfd": (438, os.pidfd_open(1), 0, 0),
        "bpf": (321, 0, 0, 0),
        "perf_event_open": (298, 0, 0, -1, -1, 0),
        "keyctl": (250, 0, -3, 1, 0),
        "add_key": (248, b"user", b"x", b"x", 1, -3),
        "userfaultfd": (323, 0),
        "io_uring_setup": (425, 8, ctypes.create_string_buffer(200)),
        "init_module": (175, empty, 0, empty),
        "kexec_load": (246, 0, 0, 0, 0),
        "reboot": (169, 0xFEE1DEAD, 672274793, 0, 0),
        "swapon": (167, path, 0),
        "sethostname": (170, b"mine", 4),
        "settimeofday": (164, ctypes.create_string_buffer(16), 0),
        "iopl": (172, 3),
        "personality": (135, 0x0040000),
        "open_by_handle_at": (304, -100, ctypes.create_string_buffer(200), 0),
        "fsopen": (430, b"tmpfs", 0),
        "open_tree": (428, -100, path, 1),
        "memfd_create": (319, b"x", 0),
        "shmget": (29, 0, 4096, 0o1600),
        "setuid(0)": (105, 0),
    }
    for name, (number, *arguments) in calls.items():
        if LIBC.syscall(number, *arguments) >= 0:
            got.append(name)
    return got


def signals(given):
    got = []
    for pid in set(given["pids"]) - {1, os.getpid()}:
        attempt(got, f"signal to {pid}", lambda: os.kill(pid, signal.SIGKILL))
    # All that it may send to. The namespace's first process, and whatever runs beside, must not notice.
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)
    attempt(got, "kill pid 1", lambda: (os.kill(1, signal.SIGKILL), os.kill(1, 0), time.sleep(0.1))[2])
    return [entry for entry in got if not entry.startswith("kill pid 1")]


def setuid(_):
    got = []
    for program in ["/usr/bin/su", "/usr/bin/sudo", "/usr/bin/mount", "/usr/bin/newgrp", "/usr/bin/passwd"]:
        with contextlib.suppress(OSError):
            run = subprocess.run([program, "-c", "id -u"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
            if run.stdout.strip() == b"0":
                got.append(program)
    with contextlib.suppress(OSError):
        os.chmod(open("/tmp/id", "wb").name, 0o4755)
        subprocess.run(["cp", "/usr/bin/id", "/tmp/id"], check=False)
        os.chmod("/tmp/id", 0o6755)
        run = subprocess.run(["/tmp/id", "-u"], capture_output=True, text=True)
        if run.stdout.strip() != "1000":
            got.append("own setuid program: " + run.stdout)
    for call in (os.setuid, os.setgid, os.seteuid):
        attempt(got, call.__name__, lambda: call(0))
    return got


def fork_bomb(_):
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def thread_bomb(_):
    while True:
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=time.sleep, args=(600,)).start()


def memory_hog(_):
    blocks = []
    while True:
        blocks.append(b"x" * 1_000_000)


def memory_by_many(_):
    for _ in range(10):
        if os.fork() == 0:
            block = b"x" * 30_000_000
            time.sleep(600)
            sys.exit(len(block))
    time.sleep(600)


def shared_memory_hog(_):
    area = mmap.mmap(-1, 300_000_000)
    while area.tell() < 300_000_000:
        area.write(b"x" * 1_000_000)
    time.sleep(600)


def disk_fill(_):
    with contextlib.suppress(OSError):
        for number in range(1000):
            with open(f"/tmp/fill{number}", "wb") as file:
                file.write(b"x" * 1_000_000)
    time.sleep(600)


def large_file(_):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    with open("/tmp/large", "wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)


def inodes(_):
    number = 0
    while True:
        with contextlib.suppress(OSError):
            os.close(os.open(f"/tmp/{number}", os.O_CREAT))
        number += 1


def flood(descriptor, block):
    for _ in range(10_000):  # ten gigabytes
        os.write(descriptor, block)


def flood_answer(_):
    flood(1, b"x" * 1_000_000)


def flood_log(_):
    flood(2, b"many lines\n" * 90_000)


def endless_line(_):
    flood(2, b"x" * 1_000_000)


def control_characters(_):
    os.write(2, b"\x1b[2J\x1b]0;owned\x07\x1b[31mred\x00\x08\x7f\xff\xfe \xe2\x80\xae reversed\r\nplain\n")
    return []


def ignore_signals(_):
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    time.sleep(600)


def daemonize(marker, keep_pipes):
    if os.fork() > 0:
        return
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    if not keep_pipes:
        os.closerange(0, 100)
    os.execv("/bin/sh", ["/bin/sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done", marker])


def daemon(given):
    daemonize(given["marker"], False)
    return []


def keep_pipe_open(given):
    daemonize(given["marker"], True)
    return []


def close_all(given):
    os.closerange(0, 1000)
    time.sleep(given["seconds"])
    os._exit(0)


def answer(given):
    os.write(1, bytes.fromhex(given["hex"]) * given.get("times", 1))
    os._exit(0)


def neighbour(_):
    """The well-behaved one beside them."""
    assert open("/workspace/kept").read() == "kept\n"
    with open("/tmp/own", "w") as file:
        file.write("x" * 100_000)
    children = [subprocess.Popen(["true"]) for _ in range(3)]
    print(json.dumps({"ok": all(child.wait() == 0 for child in children)}))
    sys.exit(0)


def main():
    given = json.load(sys.stdin).get("given", {})
    got = globals()[os.environ["AGENT_ACTION"]](given)
    print(json.dumps({"got": got}))


main()
