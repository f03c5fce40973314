"""The part of `make check` that needs Django, and what no tool of others checks: walls by AST, marks with a reason."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from recruitment_watch.embedded.home import PROJECT
from tests.harness import Workshop

ZONES = ("public", "intake", "desk", "worker")
# Where a name that is spelled out at run time would step round the import contracts.
WALLED = {"agencies": ("complaints", "cms"), "cms": ("complaints",), "complaints": ("cms",)}
CODE = (*WALLED, "recruitment_watch", "tests")
SILENCED = re.compile(r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[a-z, -]+\])?)\s*(?P<why># \w.*)?$")
DYNAMIC = frozenset({"get_model", "import_module", "__import__", "import_string", "get_app_config"})


def evasions(package: Path, forbidden: tuple[str, ...]) -> Iterator[str]:
    """Calls such as get_model("complaints.Case") or import_module("cms.x") in a package that may not name them."""
    for path in sorted(package.rglob("*.py")):
        yield from _evasions(path, forbidden)


def _evasions(path: Path, forbidden: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in DYNAMIC:
            continue
        words = [value for given in node.args for value in _words(given)]
        if not words:
            yield f"{path}:{node.lineno}: {called} with a name that cannot be read here"
        elif any(word.split(".")[0] in forbidden for word in words):
            yield f"{path}:{node.lineno}: {called}({words[0]!r}) goes round the wall"


def unexplained(folder: Path) -> Iterator[str]:
    """Marks that silence a tool for a line and do not say why behind it."""
    for path in sorted(folder.rglob("*.py")):
        if path.parent.name != "migrations":
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if (mark := SILENCED.search(line)) and mark["why"] is None:
                    yield f"{path}:{number}: {mark[0].strip()} without a reason"


def _words(node: ast.expr) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def main() -> int:
    found = [line for name, forbidden in WALLED.items() for line in evasions(PROJECT / name, forbidden)]
    print("\n".join(found) or "walls: nothing goes round the import contracts")
    bare = [line for name in CODE for line in unexplained(PROJECT / name)]
    print("\n".join(bare) or "marks: each that silences a tool says why")
    failed = bool(found or bare)
    workshop = Workshop.open("checks")
    try:
        workshop.clone("register", "casework", "register_copy")
        for zone in ZONES:
            environment = os.environ | workshop.environment(zone)
            environment |= {"RW_ZONE": zone, "RW_VAR": str(workshop.installation.folder)}
            for command in (
                ("check", "--deploy", "--fail-level", "WARNING", "--database", "default"),
                ("makemigrations", "--check", "--dry-run"),
                ("migrate", "--check"),
            ):
                done = subprocess.run(
                    [sys.executable, "manage.py", *command], cwd=PROJECT, env=environment,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                )  # fmt: skip
                print(f"{zone:7} {' '.join(command)}: {'ok' if done.returncode == 0 else 'FAILED'}")
                if done.returncode:
                    failed = True
                    print(done.stdout)
    finally:
        workshop.drop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
