"""Limits that only cgroup v2 can set, in a throw-away virtual machine: Debian's kernel under qemu, without KVM.

    run.py KERNEL COMMANDCENTER        (vmlinuz of linux-image-cloud-amd64)

The initial RAM disk is made of this machine's own files: busybox, bubblewrap, the executable, and the libraries they
need.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BOOT_DEADLINE_S = 600  # against hanging; it takes one to two minutes
APPLETS = ("sh mount mkdir ip ls wc cat sync poweroff basename cp switch_root head tr sleep true yes timeout").split()
KERNEL = sys.argv[1] if len(sys.argv) > 1 else ""
COMMANDCENTER = sys.argv[2] if len(sys.argv) > 2 else ""

AGENTS = {
    "memory": ("memory: 64MB", "x=$(head -c 90000000 /dev/zero | tr '\\0' x); echo '{}'"),
    "processes": ("processes: 20", "bomb() { bomb | bomb & }; bomb; sleep 30; echo '{}'"),
    "share": ("cpu: 20", "timeout 4 yes >/dev/null; times >&2; echo '{}'"),
    # On a kernel that is years older, the root folder is made once, too.
    "fine": ("memory: 64MB", "case $(cat /proc/self/mountinfo) in *' - tmpfs stage '*) echo '{\"ok\": true}';; esac"),
}


def libraries(program):
    out = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"(/\S+\.so\S*)", out))


def make_disk(folder):
    root = folder / "root"
    for name in ("usr/bin", "usr/lib", "usr/lib64", "proc", "sys", "dev", "tmp", "etc", "root", "work"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    programs = {shutil.which("busybox"): "busybox", shutil.which("bwrap"): "bwrap", COMMANDCENTER: "commandcenter"}
    needed = set()
    for program, name in programs.items():
        shutil.copy(program, root / "usr/bin" / name)
        needed |= libraries(program)
    for library in needed:
        target = root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)
    for applet in APPLETS:
        (root / "usr/bin" / applet).symlink_to("busybox")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    shutil.copy(HERE / "init.sh", root / "init")
    (root / "init").chmod(0o755)
    for name, (limit, script) in AGENTS.items():
        agent = root / "work" / name
        agent.mkdir()
        (agent / "run.sh").write_text(script + "\n")
        (agent / "agent.yaml").write_text(
            f"name: {name}\nversion: 1.0.0\neffects: none\ncommand: [sh, ./run.sh]\n"
            f"sandbox: {{limits: {{{limit}}}}}\nactions: [{{name: work}}]\n"
        )
    names = subprocess.run(["find", ".", "-print0"], cwd=root, capture_output=True, check=True).stdout
    disk = folder / "initrd"
    with open(disk, "wb") as file:
        subprocess.run(["cpio", "--null", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=root, input=names,
                       stdout=file, check=True)
    return disk


def boot(disk):
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "1024", "-smp", "1", "-nographic",
               "-no-reboot", "-nodefaults", "-serial", "stdio", "-kernel", KERNEL, "-initrd", str(disk),
               "-append", "console=ttyS0 quiet panic=-1"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=BOOT_DEADLINE_S,
                          check=True).stdout.decode(errors="replace")


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="commandcenter-vm-") as folder:
            cls.console = boot(make_disk(pathlib.Path(folder)))
        parts = re.split(r"^== (?:run )?", cls.console.replace("\r", ""), flags=re.M)
        cls.parts = {part.split("\n")[0].split(":")[0]: part for part in parts}
        if os.environ.get("CC_VM_CONSOLE"):
            print(cls.console)

    def test_the_full_tier_is_found(self):
        self.assertIn("tier full: bubblewrap", self.parts["doctor"], self.console)
        self.assertIn("counted by the kernel (cgroup v2)", self.parts["doctor"], self.console)

    def test_memory_is_counted_by_the_kernel(self):
        self.assertIn("used more than 64 MiB of memory (limit memory)", self.parts["memory"], self.console)

    def test_a_fork_bomb_is_contained(self):
        self.assertIn("had more than 20 processes and threads at once (limit processes)", self.parts["processes"])

    def test_a_share_of_the_processor_is_no_more(self):
        seconds = [float(text) for text in re.findall(r"0m([0-9.]+)s", self.parts["share"])]
        self.assertIn("SUCCESS", self.parts["share"], self.console)
        self.assertGreater(sum(seconds), 0, self.console)
        self.assertLess(sum(seconds), 2, "20 % of four seconds, and some for the start")

    def test_others_run(self):
        self.assertIn("SUCCESS", self.parts["fine"], self.console)

    def test_no_group_is_left(self):
        self.assertIn("groups left: 0", self.console)
        self.assertIn("end", self.parts)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
