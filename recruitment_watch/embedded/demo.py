"""`make demo`: everything on this machine, with made-up data. The second start finds what the first one made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from complaints.vault.second_factor import address

from .databases import fingerprint, manage, prepare
from .home import PROJECT
from .installation import Installation
from .processes import NotReady, Processes

console = Console(highlight=False, soft_wrap=True)


def load(installation: Installation, step: Callable[[str], None], *, cases: bool = True) -> dict[str, Any]:
    """Fill new databases with the demonstration; what to sign in with, and a receipt where there are cases."""
    step("Making the tables and the policy")
    prepare(installation)
    step("Loading a made-up register, holding the key ceremony, establishing two inspectorates")
    keys = ("--worker-lock", str(installation.worker_lock), "--offline", str(installation.folder / "offline"))
    with ThreadPoolExecutor() as pool:
        register = pool.submit(run, installation, "public", "load_demo_register")
        casework = pool.submit(manage, installation, "load_demo_casework", *keys)
        found = _said(register.result()) | _said(casework.result())
    if cases:
        step("Copying the published register to casework")
        refresh(installation)
        step("Filing made-up complaints")
        found |= _said(run(installation, "intake", "load_demo_cases"))
    return found


def run(installation: Installation, zone: str, *arguments: str) -> str:
    """One management command under its zone's own role; its output. CalledProcessError with the output shown."""
    environment = os.environ | {"RW_VAR": str(installation.folder), "RW_ZONE": zone}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(PROJECT / "manage.py"), *arguments],
        env=environment, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise subprocess.CalledProcessError(done.returncode, done.args)
    return done.stdout


def refresh(installation: Installation) -> str:
    environment = os.environ | {"RW_VAR": str(installation.folder)}
    return subprocess.run(
        [sys.executable, "-m", "recruitment_watch.register_refresh"],
        env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip


def main() -> int:
    started = time.monotonic()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    installation = Installation.here()
    processes = Processes(installation)
    try:
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
        ) as progress:
            bar = progress.add_task("Starting two PostgreSQL clusters")
            notes = start(installation, processes, lambda words: said(progress, bar, words))
        if not stopped.is_set():
            tell(installation, notes, time.monotonic() - started)
        while not stopped.wait(1.0):
            if fallen := processes.fallen():
                console.print(f"Stopped by itself: {', '.join(fallen)}. Its log is in {processes.logs}.")
                return 1
        return 0
    except NotReady as fault:
        console.print(f"It did not start: {fault}. Start it again; what was made is kept.")
        return 1
    finally:
        console.print("\nStopping …")
        processes.stop()
        installation.stop()
        console.print("Stopped. Nothing of it runs any more.")


def said(progress: Progress, bar: TaskID, words: str) -> None:
    """A step, in the bar at a terminal, as a line in a file."""
    progress.update(bar, description=words)
    if not console.is_terminal:
        console.print(words, "…")


def start(installation: Installation, processes: Processes, step: Callable[[str], None]) -> dict[str, Any]:
    installation.start()
    kept = installation.folder / "demo.json"
    shape = installation.folder / "shape"
    notes = json.loads(kept.read_text()) if kept.exists() else {}
    if not notes:
        notes = load(installation, step)
        _keep(kept, json.dumps(notes))
        shape.write_text(fingerprint())
    elif shape.read_text() != fingerprint():
        step("Bringing the tables and the policy up to date")
        prepare(installation)
        shape.write_text(fingerprint())
    step("Starting the zones")
    processes.choose_ports()
    processes.start()
    return dict(notes)


def tell(installation: Installation, notes: dict[str, Any], seconds: float) -> None:
    console.print(f"[bold]Recruitment Watch[/bold] runs on this machine ({seconds:.1f} s). All data is made up.\n")
    console.print(f"  Licence register     {installation.origin('public')}/")
    console.print(f"  Complaint form       {installation.origin('intake')}/en/")
    console.print(f"  Inspectors' desk     {installation.origin('desk')}/")
    console.print(f"  Regulators' admin    {installation.origin('public')}/admin/\n")
    console.print("  Regulators (user, password; below it what an authenticator app reads)")
    for name, password in notes["regulators"].items():
        console.print(f"    {name:9} {password}")
        if secret := notes.get("authenticators", {}).get(name):  # an older installation sets it up at sign-in
            console.print(f"              {address(secret, issuer='Recruitment Watch', account=name)}")
    console.print("  Inspectors (user, password, vault passphrase, office; below it what an authenticator app reads)")
    for name, words in notes["inspectors"].items():
        console.print(f"    {name:9} {words['password']}   {words['passphrase']}   {words['office']}")
        console.print(f"              {address(words['secret'], issuer='Recruitment Watch', account=name)}")
    console.print("  Without such an app: .venv/bin/python manage.py demo_code amina says the code of now,")
    console.print("  and … manage.py officer_code officer that of a regulator.")
    console.print(f"\n  A receipt to come back with: {notes['receipt']}")
    console.print("  An agency to look up: Golden Ladder. A country to complain from: Arland;")
    console.print("  or Borland, where no office is safe.")
    console.print("  The Seafarers' Inspectorate is an office outside: what is sealed for it goes nowhere here.")
    console.print("  A case comes to the second office when the first has not acknowledged it in time.\n")
    console.print("  The certificate is this machine's own: the browser asks you to accept it, once for each address.")
    console.print("  To start afresh, stop, and delete", installation.folder)
    console.print("  Ctrl-C stops everything.")


def _said(output: str) -> dict[str, Any]:
    """A command's last line, as the JSON that it is."""
    return dict(json.loads(output.strip().splitlines()[-1]))


def _keep(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
