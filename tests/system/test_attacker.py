"""FIREWALL proof 18: who takes everything reads nothing, and learns what we have published and no more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recruitment_watch.embedded.databases import manage
from recruitment_watch.embedded.home import PROJECT
from tests import codes
from tests.system import taking
from tests.system.taking import CONTACT, EVERYWHERE, STORY, Scene
from tests.system.visitor import NotAsExpected


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with taking.set_up("attacker") as found:
        yield found


@pytest.fixture(scope="module")
def loot(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loot") / "all"
    taking.take(scene, folder)
    return folder


def published() -> set[str]:
    """The facts that docs/subpoena.md says can be learned."""
    page = (PROJECT / "docs" / "subpoena.md").read_text()
    section = page.partition("## What can be learned")[2].partition("\n## ")[0]
    return set(re.findall(r"^- `([a-z-]+)`:", section, re.M))


def with_more(loot: Path, name: str) -> Path:
    """A copy of the loot, to put something into."""
    copy = loot.parent / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(loot, copy)
    for path in (copy / "words").glob("[cp]*.txt"):  # that passwords open no vault was tried once
        path.unlink()
    return copy


@pytest.mark.proof
def test_proof_18_who_takes_everything_reads_nothing_and_learns_what_is_published(
    scene: Scene, loot: Path, proof: Callable[..., Any]
) -> None:
    p = proof(18, "everything taken but a path", bar="opens 0; learns what is published", small=9, full=9)
    found = taking.attack(loot)
    p.at(5)
    assert found["tries"] > 100_000 and found["boxes"] > 200, found
    assert found["read"] == {}
    assert found["case_keys"] == 0
    assert found["canaries"] == []
    learned = set(found["learned"])
    assert learned == published(), (learned - published(), published() - learned)

    opened = controls(scene, loot)
    p.found(
        f"0 opened in {found['tries']:,} tries with {found['keys']} keys; {len(learned)} facts, all published",
        control=f"a receipt reads {opened['receipt']} texts, a ladder's office {opened['office']}",
        held=True,
    )


def controls(scene: Scene, loot: Path) -> dict[str, int]:
    """The same attacker, given a usable path, reads: else the zero above would say nothing."""
    receipt = with_more(loot, "receipt")
    (receipt / "receipts.txt").write_text(scene.receipt)
    environment = scene.stage.installation.environment()["intake"]
    (receipt / "pepper.txt").write_text(environment["RW_PEPPER"])
    (receipt / "salt.txt").write_text(environment["RW_RECEIPT_SALT"])
    by_receipt = taking.attack(receipt)["read"]
    assert all(any(words in text for text in by_receipt.values()) for words in (STORY, CONTACT)), by_receipt

    office = with_more(loot, "office")
    (office / "words" / "bao.txt").write_text(scene.notes["inspectors"]["bao"]["passphrase"])
    by_office = taking.attack(office)["read"]
    assert any(STORY in text for text in by_office.values())
    dark = with_more(office, "dark")
    shutil.rmtree(dark / "weeks")
    assert taking.attack(dark)["read"] == {}, "the same keys without the weekly files"
    return {"receipt": len(by_receipt), "office": len(by_office)}


def test_with_the_pepper_and_without_a_receipt_it_reads_nothing_either(scene: Scene, loot: Path) -> None:
    more = with_more(loot, "pepper")
    environment = scene.stage.installation.environment()["intake"]
    (more / "pepper.txt").write_text(environment["RW_PEPPER"])
    (more / "salt.txt").write_text(environment["RW_RECEIPT_SALT"])
    found = taking.attack(more)
    assert (found["read"], found["case_keys"]) == ({}, 0)


def test_the_receipt_without_the_pepper_opens_nothing(scene: Scene, loot: Path) -> None:
    more = with_more(loot, "no-pepper")
    (more / "receipts.txt").write_text(scene.receipt)
    assert taking.attack(more)["read"] == {}


def test_control_what_lies_there_unsealed_is_found_and_what_is_new_is_told(loot: Path) -> None:
    more = with_more(loot, "unsealed")
    path = more / "dumps" / "casework" / "complaints_stuckcase.csv"
    head, row = path.read_text().splitlines()[:2]
    path.write_text(f"{head},passport\n{row},about {STORY}\n")
    found = taking.attack(more)
    assert f"complaints_stuckcase.passport: {STORY}" in found["canaries"]
    assert "unexplained: complaints_stuckcase.passport" in found["learned"]


def test_with_a_members_password_and_code_but_not_the_six_words_nothing_is_read(scene: Scene) -> None:
    words = scene.notes["inspectors"]["bao"]
    with scene.stage.owner("casework") as link:
        cases = [row[0] for row in link.execute("SELECT id FROM complaints_case")]
    intruder = taking.sign_in(scene, "bao", codes.of_now(words["secret"], "bao"))
    seen = [intruder.page.text]
    for address in ("/", *(f"/case/{case}/" for case in cases)):
        try:
            seen.append(intruder.get(address).text)
        except NotAsExpected:  # refused
            seen.append(intruder.page.text)
    assert len(seen) == 2 + len(cases)
    assert not [word for word in EVERYWHERE for text in seen if word in text]
    # The control: the same person with the six words reads.
    intruder.get("/vault/")
    intruder.submit({"passphrase": words["passphrase"]})
    assert any(STORY in _tolerant(intruder, f"/case/{case}/") for case in cases)


def _tolerant(visitor: Any, address: str) -> str:
    try:
        return str(visitor.get(address).text)
    except NotAsExpected:
        return ""


def test_the_command_says_the_same_of_this_live_installation(scene: Scene, tmp_path: Path) -> None:
    said = manage(scene.stage.installation, "subpoena", "--out", str(tmp_path))
    assert "Wrote" in said
    page = (tmp_path / "subpoena.md").read_text()
    assert set(re.findall(r"^- `([a-z-]+)`:", page.partition("\n## What nobody")[0], re.M)) == published()
    assert "Keys of cases that came out: 0." in page
    assert not [word for word in EVERYWHERE if word in page]
