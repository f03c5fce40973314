"""FIREWALL proof 12: ten ways round the import wall, seeded into a copy of the tree, and each is caught."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recruitment_watch.embedded.home import PROJECT
from tests.checks import WALLED, evasions

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


@pytest.mark.parametrize("place", BY_CONTRACT)
def test_an_import_through_the_wall_breaks_a_contract(tmp_path: Path, place: str) -> None:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    with (tmp_path / place).open("a") as source:
        source.write(f"\n\n{BY_CONTRACT[place]}\n")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


@pytest.mark.parametrize("place", BY_AST)
def test_a_name_spelled_out_at_run_time_is_found(tmp_path: Path, place: str) -> None:
    package = place.split("/")[0]
    target = tmp_path / place
    target.parent.mkdir(parents=True)
    target.write_text((PROJECT / place).read_text() + f"\n\n{BY_AST[place]}\n")
    assert len(list(evasions(tmp_path / package, WALLED[package]))) == 1
