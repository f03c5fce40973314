"""An office that has left a case: with a later copy, the worker's lock and the weekly file, its step opens nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings

from complaints.cases import pinned, sealing
from complaints.cases.models import Content, Office, Rung
from complaints.firewall import ceremony, departures
from complaints.intake import mailbox
from complaints.vault import rungs, statements
from complaints.vault.certificates import Mandate
from complaints.vault.errors import BadEnvelope, VaultError
from tests.desk.cast import CONTACT, STORY, vault_of
from tests.desk.scene import Scene

Goes = Callable[[Scene, list[bytes]], None]


def opened(scene: Scene, number: int) -> tuple[object, object]:
    """Story and contact by the step of this number, as an order to the operator and to its office would open them.

    Raises VaultError.
    """
    case, cast = scene.row, scene.offices[number - 1]
    (private,) = vault_of(cast, 0).offices[cast.office.pk].values()
    with scene.as_owner():
        rung = Rung.objects.get(case=case, number=number)
        boxes = {one.kind: bytes(one.box) for one in Content.objects.filter(case=case)}
    locks = {
        "worker_private": settings.WORKER_LOCK.read_bytes(), "week_key": pinned.week_keys().read(case.death_week),
        "case": case.pk.bytes, "number": number, "week": case.death_week,
    }  # fmt: skip
    at = {"office_private": private, "case": case.pk.bytes, "number": number}
    keys = rungs.open_inner(inner_box=rungs.release(box=bytes(rung.box), **locks).inner_box, **at)
    inner = rungs.release_identity(box=bytes(rung.identity_box), **locks).inner_box
    identity = rungs.open_identity_inner(inner_box=inner, **at)
    body = sealing.open_body(keys.body, boxes["body"], case=case.pk)
    contact = sealing.open_identity(identity, boxes["identity"], case=case.pk)["contact"]
    assert isinstance(contact, dict)
    return body["happened"], contact["where"]


def rows(scene: Scene) -> dict[int, tuple[bytes, bytes, bytes]]:
    with scene.as_owner():
        found = Rung.objects.filter(case=scene.case_id)
        return {one.number: (bytes(one.box), bytes(one.identity_box), bytes(one.public_key)) for one in found}


def hands_it_back(scene: Scene, registrars: list[bytes]) -> None:
    left = scene.open(0)
    departures.leave(left, by=left.member)


def is_taken_off(scene: Scene, registrars: list[bytes]) -> None:
    opened_ = scene.complainant()
    with scene.as_owner():
        assert mailbox.remove(opened_, scene.offices[0].office.pk)


def becomes_joint(scene: Scene, registrars: list[bytes]) -> None:
    office = Office.objects.get(pk=scene.offices[0].office.pk)
    office.mandate = Mandate.JOINT_TASKFORCE.value
    ceremony.take(statements.sign(ceremony.mandate_of(office, serial=2), *registrars[:2]))


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("goes", [hands_it_back, is_taken_off, becomes_joint])
def test_the_step_of_an_office_that_has_left_opens_nothing(
    scene: Scene,
    registrar_privates: list[bytes],
    goes: Goes,
) -> None:
    assert opened(scene, 1) == (STORY, CONTACT)  # the control: before, and though nobody has approved anything
    before = rows(scene)
    goes(scene, registrar_privates)
    after = rows(scene)
    with pytest.raises(VaultError):
        opened(scene, 1)
    for old, new in zip(before[1][:2], after[1][:2], strict=True):
        assert len(old) == len(new) and new[:1] == old[:1] and new != old
        with pytest.raises(BadEnvelope):
            rungs.release(
                worker_private=settings.WORKER_LOCK.read_bytes(), box=new, case=scene.case_id.bytes, number=1,
                week_key=pinned.week_keys().read(scene.row.death_week), week=scene.row.death_week,
            )  # fmt: skip
    assert after[1][2] == before[1][2]  # the step's public key stays: the ladder's digest is over all six
    assert {number: after[number] for number in range(2, 7)} == {number: before[number] for number in range(2, 7)}
    assert opened(scene, 2) == (STORY, CONTACT)  # who has the case keeps what a release of the contact takes
    scene.answer(1, "the others go on")
    assert scene.heard() == ["the others go on"]
