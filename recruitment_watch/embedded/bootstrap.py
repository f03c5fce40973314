"""Makes `.venv` and installs the lock into it. Standard library only: it runs before anything is installed.

With uv where there is one on the PATH; else pip from ensurepip, or the system's own pip, fetches the uv
that the lock pins by hash, and that uv does the rest. Where no uv can be had, pip installs everything.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements.txt"
VENV = PROJECT / ".venv"
STAMP = VENV / "installed"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit("Recruitment Watch needs Python 3.11 or newer; this is " + sys.version.split()[0])
    ready()
    # What Django reads of the translations is made here, from what people read.
    run(str(PYTHON), "-m", "recruitment_watch.catalogues", "compile")


def ready() -> None:
    """Install, unless it is installed already."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Installing what Recruitment Watch needs into .venv (about 500 MB, once) …", flush=True)
    if not PYTHON.exists() or _of_another_python():
        if VENV.is_symlink():  # another checkout's, which is not ours to empty
            VENV.unlink()
        venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt", clear=True).create(VENV)
    install()
    STAMP.write_text(wanted)


def _of_another_python() -> bool:
    """Whether .venv runs a Python that is not this one; where it is no link there is no telling."""
    return os.name != "nt" and PYTHON.resolve() != Path(sys.executable).resolve()


def install() -> None:
    uv = shutil.which("uv") or uv_of_the_lock()
    if uv:
        run(uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes", "-r", str(LOCK))
    else:
        run(*pip(), "install", "--quiet", "--require-hashes", "-r", str(LOCK))


def uv_of_the_lock() -> str | None:
    """Fetch the pinned uv into .venv with pip; None where that fails (no wheel for this machine, say)."""
    pinned = re.search(r"^uv==(?:[^\n]*\\\n)*[^\n]*", LOCK.read_text(), re.M)
    if pinned is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        only = Path(folder) / "uv.txt"
        only.write_text(pinned[0] + "\n")
        command = [*pip(), "install", "--quiet", "--require-hashes", "-r", str(only)]
        if subprocess.run(command, check=False).returncode:
            return None
    found = PYTHON.parent / "uv"
    return str(found) if found.exists() else None


def _works(*module: str) -> bool:
    command = [str(PYTHON), "-m", *module]
    return not subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def pip() -> list[str]:
    """A pip that installs into .venv: its own by ensurepip, else the system's with --python."""
    if _works("pip", "--version") or _works("ensurepip"):
        return [str(PYTHON), "-m", "pip"]
    system = shutil.which("pip3") or shutil.which("pip")
    if system:
        return [system, "--python", str(PYTHON)]
    sys.exit("There is neither uv nor pip. Install one of them (Debian: apt install python3-venv) and run this again.")


def run(*command: str) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(f"Installing failed ({done.returncode}); what it said is above. It can be run again.")


if __name__ == "__main__":
    main()
