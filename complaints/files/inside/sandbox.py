"""Walls around a process that is about to open a file of a stranger.

Everywhere: resource limits. No descriptor beyond the three it has (so no file, no socket), no byte into any file, no
child, no core, a bound on memory and on the processor's time.

On Linux also: no new privileges, nobody else may look into its memory, it ends with the process that asked for it, and
of the kernel's several hundred calls it keeps the thirty below (seccomp, a filter of our own through prctl). All others
answer EPERM: opening, connecting, starting, tracing, signalling, and memory that could be run. Where the processor
is x86-64 or 64-bit Arm, a kernel that refuses the filter means that no file is opened (OSError).

On other systems (a developer's Mac) and other processors the resource limits are all there is, and macOS does not
bound memory by them: for trying, not for real complaints.

Sources: seccomp(2), prctl(2), linux/seccomp.h, linux/filter.h, asm/unistd_64.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys

MEMORY_BYTES = 512 * 2**20
CPU_SECONDS = 7

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_FILTER_MODE = 2
_EPERM, _ALLOW = 0x00050000 | 1, 0x7FFF0000  # SECCOMP_RET_ERRNO with its number, SECCOMP_RET_ALLOW
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF: LD|W|ABS, JMP|JEQ|K, JMP|JSET|K, RET|K
_NUMBER_AT, _ARCH_AT, _THIRD_ARGUMENT_AT = 0, 4, 32  # offsets in struct seccomp_data, low words (both little-endian)
_PROT_EXEC = 4

_COLUMNS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the table, AUDIT_ARCH_…
_KEPT = {  # call: (x86-64, 64-bit Arm)
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62),
    "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216), "madvise": (28, 233),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "futex": (202, 98), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "getpid": (39, 172), "gettid": (186, 178), "getrusage": (98, 165),
    "gettimeofday": (96, 169), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "getrandom": (318, 278), "rseq": (334, 293), "restart_syscall": (219, 128),
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
_KEPT_UNLESS_TO_RUN = {"mmap": (9, 222), "mprotect": (10, 226)}


def close_in() -> None:
    """Put the walls up around this process, for good. Everything it will import has to be imported before.

    Raises OSError or ValueError where a wall that this system has does not stand.
    """
    limit()
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _prctl(_PR_SET_DUMPABLE, 0)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        if (machine := os.uname().machine) in _COLUMNS:
            _filter_calls(program(machine))


def limit() -> None:
    """The walls of every system. Both bounds of each, so that none can be raised again."""
    linux = sys.platform == "linux"
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 3,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CPU: CPU_SECONDS,
    } | ({resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_DATA: MEMORY_BYTES} if linux else {})
    for what, most in bounds.items():
        resource.setrlimit(what, (most, most))


def program(machine: str) -> bytes:
    """The filter for a processor ("x86_64" or "aarch64"): a list of struct sock_filter, 8 bytes each."""
    column, arch = _COLUMNS[machine]
    steps = [(_LOAD, 0, 0, _ARCH_AT), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _EPERM), (_LOAD, 0, 0, _NUMBER_AT)]
    for numbers in _KEPT.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ALLOW)]
    for numbers in _KEPT_UNLESS_TO_RUN.values():
        steps += [
            (_EQUAL, 0, 4, numbers[column]),
            (_LOAD, 0, 0, _THIRD_ARGUMENT_AT),
            (_ANY_BIT, 0, 1, _PROT_EXEC),
            (_RETURN, 0, 0, _EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    steps.append((_RETURN, 0, 0, _EPERM))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _filter_calls(instructions: bytes) -> None:
    held = ctypes.create_string_buffer(instructions, len(instructions))
    whole = struct.pack("HP", len(instructions) // 8, ctypes.addressof(held))  # struct sock_fprog
    _prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.cast(ctypes.c_char_p(whole), ctypes.c_void_p).value or 0)


def _prctl(what: int, *values: int) -> None:
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0)[:4]]
    if ctypes.CDLL(None, use_errno=True).prctl(what, *arguments) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
