"""What somebody who has left an office can still open, with all that they had and a later copy of the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from complaints.cases import pinned, sealing
from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Case, EpochBox, Holding, Inspector, Membership, Message, OfficeCertificate
from complaints.desk import actions
from complaints.firewall import access, guests, members, rewrapping
from complaints.vault import epochs
from complaints.vault.epochs import Place, Recipient
from complaints.vault.errors import VaultError
from recruitment_watch import clock
from tests.desk.cast import STORY, release, vault_of
from tests.desk.scene import Scene
from tests.desk.test_guests import invite
from tests.factories import Cast

Certify = Callable[..., None]


@dataclass
class Leaver:
    """A member of the first office, with its key, the case's first body key and the key of the office's step."""

    scene: Scene
    privates: list[bytes]
    body: bytes

    @classmethod
    def of(cls, scene: Scene) -> Leaver:
        cast = scene.offices[0]
        office_keys = vault_of(cast, 1).offices[cast.office.pk].values()
        return cls(scene, [*office_keys, scene.rung_private(0)], scene.open(0, number=1).body_keys[0])

    def leaves(self) -> None:
        cast = self.scene.offices[0]
        members.leave(cast.members[1], office=cast.office, by=cast.members[0], vault_of=vault_of(cast, 0))

    def body_keys(self, boxes: list[EpochBox]) -> list[bytes]:
        """Their body key, and those that any of their keys gets out of a copy of the boxes, by any way there is."""
        row, found = self.scene.row, [self.body]
        week_key = pinned.week_keys().read(row.death_week)
        for box in sorted(boxes, key=lambda one: one.epoch):
            place = Place(row.pk.bytes, box.epoch, row.death_week, week_key)
            for private in self.privates:
                for before in tuple(found):
                    try:
                        found.append(
                            epochs.open_body(
                                private, bytes(box.box), place=place, kind=Recipient(box.kind),
                                recipient=box.recipient, previous_body=before,
                            )
                        )  # fmt: skip
                    except VaultError:
                        continue
        return found

    def reads(self, *copies: EpochBox) -> list[str]:
        """All messages that they can read now, with the copies they have of boxes."""
        return sorted(
            text for row in Message.objects.all() for key in self.body_keys(list(copies)) if (text := _text(key, row))
        )


def _text(key: bytes, row: Message) -> str:
    try:
        return str(sealing.open_message(key, bytes(row.box), case=row.case_id, row=row.pk, epoch=row.epoch)["text"])
    except VaultError:
        return ""


@pytest.mark.django_db(transaction=True, databases="__all__")
class TestLeavers:
    def test_what_is_written_after_a_member_left_is_under_a_key_they_never_had(
        self,
        scene: Scene,
        certify: Certify,
    ) -> None:
        leaver, here = Leaver.of(scene), scene.offices[0]
        scene.answer(0, "before, from A")
        assert scene.row.epoch == 0
        assert leaver.reads() == ["before, from A"]  # the control: until they leave, it opens
        leaver.leaves()
        assert scene.row.epoch == 1  # though nobody has left the case
        assert scene.write("between, from the complainant")  # days before registrars meet
        scene.answer(1, "between, from B")
        scene.answer(0, "between, from A")
        assert leaver.reads() == ["before, from A"]  # by the body key that they have
        taken = list(EpochBox.objects.all())  # a copy from between, which is under the old key of the office
        certify(here, 2)
        assert rewrapping.batch(here.office, vault_of(here, 0), by=here.members[0]) == (1, 0)
        assert scene.row.epoch == 2
        assert scene.write("after, from the complainant")
        scene.answer(0, "after, from A")
        assert leaver.reads(*EpochBox.objects.all()) == ["before, from A"]  # with every key, and a copy of today
        assert not any(text.startswith("after") for text in leaver.reads(*taken, *EpochBox.objects.all()))
        with scene.as_owner():
            release(scene.row, 3)
        for said in (scene.said(0), scene.said(1), scene.said(2), scene.heard()):
            assert len(said) == 6 and all(said)  # everybody else reads all of it

    def test_an_office_whose_new_key_nobody_has_certified_makes_one_that_the_others_believe(
        self,
        scene: Scene,
    ) -> None:
        Leaver.of(scene).leaves()
        scene.answer(0, "made by A")
        assert scene.write("the person goes on under it")
        scene.answer(1, "so does B")
        assert len(scene.heard()) == 3 and all(scene.heard())

    def test_there_is_no_way_back_behind_a_key_that_registrars_signed(
        self,
        scene: Scene,
        certify: Certify,
    ) -> None:
        leaver, here = Leaver.of(scene), scene.offices[0]
        leaver.leaves()
        certify(here, 2)
        with scene.as_owner():
            OfficeCertificate.objects.filter(office=here.office, generation=2).update(revoked=True)
        assert not scene.write("to the key that they had")
        with pytest.raises(CannotSeal):
            scene.answer(1, "to the key that they had")
        assert not EpochBox.objects.exists() and not Message.objects.exists()

    def test_every_way_in_which_a_membership_ends_asks_for_new_keys(
        self,
        scene: Scene,
    ) -> None:
        here, there = scene.offices[0], scene.offices[2]
        member = Membership.objects.get(office=here.office, inspector=here.members[1])
        with scene.as_owner():
            Membership.objects.filter(pk=member.pk).update(role="lead")
            assert scene.row.epoch == 0
            Membership.objects.filter(pk=member.pk).update(until=clock.today())
            assert scene.row.epoch == 1
            other = Membership.objects.get(office=scene.offices[1].office, inspector=scene.offices[1].members[1])
            Membership.objects.filter(pk=other.pk).update(office=there.office)
            assert scene.row.epoch == 2
            third = Membership.objects.filter(office=there.office).exclude(pk=other.pk).first()
            assert third is not None
            Membership.objects.filter(pk=third.pk).update(until=clock.today())
            assert scene.row.epoch == 2  # an office on the ladder that does not have the case


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_only_the_cases_of_that_office_need_a_new_key_and_in_as_many_statements_for_many(
    file_case: Callable[..., UUID], office: Cast, other: Cast, django_assert_max_num_queries: Callable,
    ana: Inspector, ben: Inspector,
) -> None:  # fmt: skip
    theirs = [file_case(office) for _number in range(6)]
    elsewhere = file_case(other)
    with django_assert_max_num_queries(45):
        members.leave(ben, office=office.office, by=ana, vault_of=vault_of(office, 0))
    assert dict(Case.objects.values_list("pk", "epoch")) == {**dict.fromkeys(theirs, 1), elsewhere: 0}
    assert Holding.objects.count() == 7


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_guest_waits_for_the_new_key_and_then_reads_and_writes_on(
    office: Cast, other: Cast, case: UUID, ana: Inspector, ben: Inspector
) -> None:
    guest, vault = other.members[0], vault_of(other, 0)
    invite(office, case, guest)
    members.leave(ben, office=office.office, by=ana, vault_of=vault_of(office, 0))
    waiting = guests.open_as_guest(case, by=guest, vault=vault)
    assert waiting.body["happened"] == STORY
    with pytest.raises(CannotSeal):
        guests.note(waiting, by=guest, text="too early")
    actions.acknowledge(access.open_case(case, by=ana, vault=vault_of(office, 0)), by=ana)
    actions.answer(access.open_case(case, by=ana, vault=vault_of(office, 0)), by=ana, text="makes the new key")
    # Registrars have not certified the office's new key yet: its old one makes the case's, and everybody knows that.
    guests.note(guests.open_as_guest(case, by=guest, vault=vault), by=guest, text="under the new key")
    notes = [one.content for one in access.open_case(case, by=ana, vault=vault_of(office, 0)).records]
    assert "under the new key" in [str((note or {}).get("text")) for note in notes]
