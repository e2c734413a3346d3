"""Run a command under the system call filter of a systemd unit, where no systemd runs.

    python tests/system_calls.py deploy/systemd/landrelease.service -- landrelease doctor

Without arguments it says what this machine lacks for that.

The lines ``SystemCallFilter=`` and ``SystemCallErrorNumber=`` of the unit are read, the groups in
them taken apart by ``systemd-analyze syscall-filter``, and the filter is loaded by libseccomp, the
library that systemd itself loads it with (systemd.exec(5), seccomp_rule_add(3)). What the other
lines of the unit forbid is not in force.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_NO_NEW_PRIVILEGES = 38


def lacking() -> str:
    """What this machine lacks to load a filter; nothing when it has all."""
    if not sys.platform.startswith("linux"):
        return "system call filters are of Linux"
    if shutil.which("systemd-analyze") is None:
        return "systemd-analyze is not installed (apt install systemd)"
    if ctypes.util.find_library("seccomp") is None:
        return "libseccomp is not installed (apt install libseccomp2)"
    return ""


def allowed_by(unit: Path) -> tuple[set[str], int]:
    """Names of the calls that a unit allows, and the error that others get.

    A first list without ``~`` says what is allowed; lists with it take away.
    """
    text = unit.read_text(encoding="utf-8")
    lines = re.findall(r"^SystemCallFilter=(.*)$", text, re.MULTILINE)
    (number,) = re.findall(r"^SystemCallErrorNumber=(\w+)$", text, re.MULTILINE)
    groups = _groups()
    assert lines, "the unit filters nothing"
    assert not lines[0].startswith("~"), "the unit names only what is forbidden"
    allowed: set[str] = set()
    for line in lines:
        names = {
            call for word in line.removeprefix("~").split() for call in _calls_of(word, groups)
        }
        allowed = allowed - names if line.startswith("~") else allowed | names
    # systemd never takes away what it needs itself to start the command.
    return allowed | _calls_of("@default", groups) | {"execve"}, getattr(errno, number)


def load(allowed: set[str], error: int) -> None:
    """Put this process, and all that it starts, under a filter. There is no way back."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp"), use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
    ]  # fmt: skip
    if ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    context = library.seccomp_init(_ERRNO | error)
    for name in sorted(allowed):
        number = library.seccomp_syscall_resolve_name(name.encode())
        # Calls of other machines have a negative number here.
        if number >= 0 and library.seccomp_rule_add(context, _ALLOW, number, 0) != 0:
            raise OSError(f"no rule can be made for {name}")
    if library.seccomp_load(context) != 0:
        raise OSError("the filter was not loaded")


def _groups() -> dict[str, set[str]]:
    said = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    groups: dict[str, set[str]] = {}
    name = ""
    for line in said.splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = set()
        elif name and line.startswith(" ") and not line.strip().startswith("#"):
            groups[name].add(line.strip())
    return groups


def _calls_of(word: str, groups: dict[str, set[str]]) -> set[str]:
    if not word.startswith("@"):
        return {word}
    return {call for each in groups[word] for call in _calls_of(each, groups)}


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(lacking() or 0)
    where, dashes, *command = sys.argv[1:]
    assert dashes == "--"
    load(*allowed_by(Path(where)))
    os.execvp(command[0], command)
