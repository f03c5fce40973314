"""`.venv` is made by whatever Python is there; one that another checkout's link leads to is never emptied."""

from __future__ import annotations

from pathlib import Path

import pytest

from recruitment_watch.embedded import bootstrap

ANOTHER = Path("/bin/sh")  # stands for a Python that is not this one


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / ".venv"
    monkeypatch.setattr(bootstrap, "VENV", found)
    monkeypatch.setattr(bootstrap, "PYTHON", found / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", found / "installed")
    monkeypatch.setattr(bootstrap, "install", lambda: None)
    return found


def of_another_python(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(ANOTHER)
    (folder / "of before").touch()
    return folder


def test_one_of_another_python_is_made_anew_and_then_left_alone(venv: Path) -> None:
    of_another_python(venv)
    bootstrap.ready()
    assert not (venv / "of before").exists() and not bootstrap._of_another_python()
    (venv / "of now").touch()
    bootstrap.ready()
    assert (venv / "of now").exists()


def test_behind_a_link_it_is_another_checkout_s_and_stays_whole(venv: Path, tmp_path: Path) -> None:
    theirs = of_another_python(tmp_path / "theirs")
    venv.symlink_to(theirs)
    bootstrap.ready()
    assert (theirs / "of before").exists() and not venv.is_symlink()
    assert bootstrap.STAMP.exists() and not bootstrap._of_another_python()
