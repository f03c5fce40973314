"""The walls around the process that opens a file of a stranger: what it may not do, it cannot; without them it can."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from complaints.files.inside import sandbox
from complaints.files.kinds import Form
from complaints.files.room import PROJECT, Broken, Room
from tests.intake.samples import photo

HELD, DONE = 3, 0
# `here` is a folder of the test's own; `s` a socket made before the walls went up.
EVERYWHERE = {
    "open a file to write": "open(here + '/written', 'wb')",
    "open a file to read": "open(sys.executable, 'rb')",
    "make a socket": "socket.socket()",
    "make a local socket": "socket.socketpair()",
    "fork": "os.fork() or os._exit(0)",
}
LINUX = {
    "connect": "s.connect(('127.0.0.1', port))",
    "send": "s.sendto(b'x', ('127.0.0.1', port))",
    "run a program": "os.execv('/bin/true', ['true'])",
    "delete a file": "os.unlink(here + '/there')",
    "rename a file": "os.rename(here + '/there', here + '/elsewhere')",
    "list a folder": "os.listdir(here)",
    "trace": "refused(libc.ptrace(0, 0, 0, 0))",
    "look into its parent": "refused(libc.process_vm_readv(os.getppid(), None, 0, None, 0, 0))",
    "signal its parent": "os.kill(os.getppid(), 0)",
    "make memory that runs": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "make a file in memory": "os.memfd_create('x')",
    "start a thread": "_thread.start_new_thread(int, ())",
    "raise a limit": "resource.setrlimit(resource.RLIMIT_CPU, (600, 600))",
    "take its privileges up again": "os.setuid(os.getuid())",
}
PROBES = EVERYWHERE | (LINUX if sys.platform == "linux" else {})
SCRIPT = """
import ctypes, mmap, os, resource, socket, sys, _thread
sys.path.insert(0, sys.argv[1])
from complaints.files.inside import sandbox
walls, probe, here, port = sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace, libc.process_vm_readv
def refused(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
compiled = compile(probe, "probe", "eval")
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if walls == "up":
    sandbox.close_in()
try:
    eval(compiled)
except (OSError, ValueError, RuntimeError):  # setrlimit says ValueError for EPERM, a thread RuntimeError
    os._exit(3)
os._exit(0)
"""


def run(walls: str, probe: str, here: Path, port: int) -> int:
    command = [sys.executable, "-I", "-B", "-c", SCRIPT, str(PROJECT), walls, probe, str(here), str(port)]
    return subprocess.run(command, env={}, capture_output=True, check=False).returncode


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES.keys())
def test_a_way_out_is_shut_and_open_without_the_walls(probe: str, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    assert run("up", probe, tmp_path, 9) == HELD
    assert not (tmp_path / "written").exists()
    assert run("down", probe, tmp_path, 9) == DONE


def test_memory_beyond_the_bound_is_refused_and_had_without_the_walls() -> None:
    probe = f"bytearray({sandbox.MEMORY_BYTES})"
    script = SCRIPT.replace("except (", "except (MemoryError, ")
    command = [sys.executable, "-I", "-B", "-c", script, str(PROJECT)]
    ended = [subprocess.run([*command, walls, probe, "", "9"], env={}, check=False).returncode for walls in ("up", "")]
    assert ended == [HELD, DONE]


def test_every_limit_is_set_for_good() -> None:
    names = ("CORE", "FSIZE", "NOFILE", "NPROC", "CPU", "AS", "DATA")
    script = (
        "import json, resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "from complaints.files.inside import sandbox; sandbox.limit()\n"
        "print(json.dumps([resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in sys.argv[2:]]))"
    )
    command = [sys.executable, "-I", "-B", "-c", script, str(PROJECT), *names]
    said = subprocess.run(command, env={}, capture_output=True, check=True).stdout
    bounds = [0, 0, 3, 0, 7, 512 * 2**20, 512 * 2**20]
    assert json.loads(said) == [[bound, bound] for bound in bounds]


OTHERS = {  # calls that have to be refused, on x86-64 and on 64-bit Arm
    "openat": (257, 56), "openat2": (437, 437), "socket": (41, 198), "connect": (42, 203), "sendto": (44, 206),
    "execve": (59, 221), "execveat": (322, 281), "clone": (56, 220), "clone3": (435, 435), "ptrace": (101, 117),
    "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "io_uring_setup": (425, 425),
    "memfd_create": (319, 279), "process_vm_readv": (310, 270), "unlinkat": (263, 35), "dup": (32, 23),
    "prctl": (157, 167), "bpf": (321, 280), "mount": (165, 40), "ioctl": (16, 29), "fcntl": (72, 25),
}  # fmt: skip


def verdict(program: bytes, number: int, arch: int, third: int = 0) -> int:
    """What a filter says of a call: a BPF machine of four instructions (linux/filter.h)."""
    steps = [struct.unpack("=HBBI", program[at : at + 8]) for at in range(0, len(program), 8)]
    call = {0: number, 4: arch, 32: third}
    at = held = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            held = call[value]
        else:
            at += yes if (held == value if code == 0x15 else held & value) else no


@pytest.mark.parametrize(("machine", "column", "arch"), [("x86_64", 0, 0xC000003E), ("aarch64", 1, 0xC00000B7)])
def test_the_filter_of_either_processor_lets_nothing_out(machine: str, column: int, arch: int) -> None:
    program = sandbox.program(machine)
    allow, refuse = 0x7FFF0000, 0x00050001
    write, mmap, mprotect = (1, 64)[column], (9, 222)[column], (10, 226)[column]
    assert verdict(program, write, arch) == allow
    assert {verdict(program, call, arch, third=3) for call in (mmap, mprotect)} == {allow}
    assert {verdict(program, call, arch, third=5) for call in (mmap, mprotect)} == {refuse}
    assert {name for name, both in OTHERS.items() if verdict(program, both[column], arch) != refuse} == set()
    assert verdict(program, write, 0x40000003) == refuse  # the same call by the 32-bit door
    assert verdict(program, write | 0x40000000, arch) == refuse  # and by x32's
    kept = [number for number in range(500) if verdict(program, number, arch, third=3) == allow]
    assert len(kept) == 29


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGXCPU])
def test_a_process_that_dies_over_its_file_takes_nobody_with_it(how: signal.Signals) -> None:
    room = Room(Form.JPEG, 5)
    with pytest.raises(Broken), room:
        room.ready()
        os.kill(room.process.pid, how)
        room.answer(photo())
    assert room.process.returncode == -how
    assert room.used_up is (how is signal.SIGXCPU)
