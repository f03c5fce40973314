"""FIREWALL proof 12: ten ways round the import wall, seeded into a copy of the tree, and each is caught."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recruitment_watch.embedded.home import PROJECT
from tests.checks import CODE, WALLED, evasions, unexplained
from tests.proof import Proof

PACKAGES = ("agencies", "cms", "complaints", "recruitment_watch")
BY_CONTRACT = {
    "agencies/names.py": "from complaints.models import Case",
    "agencies/search.py": "def late() -> None:\n    import complaints.cases.models",
    "cms/models.py": "from complaints.intake.models import Draft",
    "cms/apps.py": "import complaints as helper",
    "complaints/vault/padding.py": "from django.conf import settings",
    "complaints/intake/models.py": "from complaints.desk.models import DeskSession",
    "complaints/escalation/models.py": "from cms.models import HomePage",
}
BY_AST = {
    "agencies/names.py": "from django.apps import apps\nfound = apps.get_model('complaints.Case')",
    "cms/apps.py": "import importlib\nfound = importlib.import_module('complaints.models')",
    "agencies/search.py": "found = __import__('complaints' + '.models')",
}


def test_the_tree_as_it_stands_has_no_way_round() -> None:
    assert [line for name, forbidden in WALLED.items() for line in evasions(PROJECT / name, forbidden)] == []


MARK = "value = 1  " + "# type" + ": ignore[misc]"  # put together here, so that this line is no mark itself


@pytest.mark.parametrize(("line", "bare"), [(MARK, 1), (f"{MARK}  # because of it", 0), ("value = 1  # nothing", 0)])
def test_a_mark_that_silences_a_tool_has_to_say_why(line: str, bare: int, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(f"{line}\n")
    assert len(list(unexplained(tmp_path))) == bare
    assert [found for name in CODE for found in unexplained(PROJECT / name)] == []


@pytest.mark.proof
def test_every_seeded_evasion_is_caught(tmp_path: Path, proof: Callable[..., Proof]) -> None:
    ways = [*((_broken, place) for place in BY_CONTRACT), *((_spelled_out, place) for place in BY_AST)]
    p = proof(12, "imports round the wall, seeded into a copy", bar="10 of 10 caught", small=10, full=10)
    caught = sum(tried(tmp_path / str(n), place) for n, (tried, place) in enumerate(p.over(ways)))
    clean = _lint(_copied(tmp_path / "clean"))
    p.found(
        f"{caught} of {len(ways)} caught",
        control="the tree as it stands passes" if clean else "the tree as it stands is broken",
        held=caught == len(ways) == 10 and clean,
    )


def _copied(where: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, where / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(PROJECT / "pyproject.toml", where)
    return where


def _lint(where: Path) -> bool:
    """Whether every import contract holds in this tree."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or "BROKEN" in done.stdout, done.stdout
    return done.returncode == 0


def _broken(where: Path, place: str) -> bool:
    with (_copied(where) / place).open("a") as source:
        source.write(f"\n\n{BY_CONTRACT[place]}\n")
    return not _lint(where)


def _spelled_out(where: Path, place: str) -> bool:
    package = place.split("/")[0]
    target = where / place
    target.parent.mkdir(parents=True)
    target.write_text((PROJECT / place).read_text() + f"\n\n{BY_AST[place]}\n")
    return len(list(evasions(where / package, WALLED[package]))) == 1
