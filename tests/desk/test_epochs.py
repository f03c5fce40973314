"""After an office has left a case: who reads on, who does not, and that nothing is written before that is so."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from complaints.cases import epochs as epochs_of_cases
from complaints.cases import pinned, routing, sealing
from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Case, Departure, EpochBox, Holding, Message, Office, OfficeCertificate, Rung
from complaints.cases.moves import Overtaken
from complaints.cases.states import State
from complaints.desk import actions
from complaints.firewall import ceremony, departures
from complaints.firewall.access import OpenCase
from complaints.intake import mailbox
from complaints.vault import epochs, statements
from complaints.vault.certificates import Mandate
from complaints.vault.epochs import Maker, Place, Recipient
from complaints.vault.errors import VaultError
from complaints.vault.primitives import keypair
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import release, vault_of
from tests.desk.scene import Scene


@pytest.mark.django_db(transaction=True, databases="__all__")
class TestDepartures:
    def test_who_stays_reads_on_and_who_left_does_not(self, scene: Scene) -> None:
        scene.answer(0, "first, from A")
        left = scene.open(0)
        departures.leave(left, by=left.member)
        with pytest.raises(Case.DoesNotExist):
            scene.open(0)
        scene.answer(1, "second, from B")
        assert scene.write("third, from the complainant")
        everything = ["first, from A", "second, from B", "third, from the complainant"]
        assert sorted(map(str, scene.said(1))) == everything == sorted(scene.heard())
        assert sorted(Message.objects.values_list("epoch", flat=True)) == [0, 1, 1]

    def test_what_the_office_that_left_still_has_opens_nothing_written_later(self, scene: Scene) -> None:
        left = scene.open(0)
        office_keys = vault_of(scene.offices[0], 0).offices[scene.offices[0].office.pk].values()
        rung_private = scene.rung_private(0)
        departures.leave(left, by=left.member)
        scene.answer(1, "not for A")
        (later,) = Message.objects.filter(epoch=1)
        boxes = list(EpochBox.objects.filter(epoch=1))
        assert _opened_by([*office_keys, rung_private], left.body_keys[0], scene.row, boxes) == []
        with pytest.raises(VaultError):
            sealing.open_message(left.body_keys[0], bytes(later.box), case=scene.case_id, row=later.pk, epoch=1)
        control = vault_of(scene.offices[1], 0).offices[scene.offices[1].office.pk].values()
        assert len(_opened_by([*control], left.body_keys[0], scene.row, boxes)) == 1

    def test_an_office_that_comes_later_reads_all_of_it(self, scene: Scene) -> None:
        scene.answer(0, "first, from A")
        left = scene.open(0)
        departures.leave(left, by=left.member)
        scene.answer(1, "second, from B")
        with scene.as_owner():
            release(scene.row, 3)
        assert set(scene.said(2)) == {"first, from A", "second, from B"}
        scene.answer(2, "third, from C")
        assert "third, from C" in scene.said(1) and "third, from C" in scene.heard()

    def test_two_departures_before_anybody_writes_are_one_new_key(self, scene: Scene) -> None:
        for office in (0, 1):
            left = scene.open(office)
            departures.leave(left, by=left.member)
        row = scene.row
        assert (row.epoch, row.state) == (2, State.RELEASED) and row.due <= clock.now()
        assert scene.write("to nobody yet")
        assert set(EpochBox.objects.values_list("epoch", flat=True)) == {2}
        with scene.as_owner():
            release(scene.row, 3)
        assert scene.said(2) == ["to nobody yet"]

    def test_a_mandate_s_end_is_a_departure(self, scene: Scene, registrar_privates: list[bytes]) -> None:
        office = Office.objects.get(pk=scene.offices[0].office.pk)
        office.mandate = Mandate.JOINT_TASKFORCE.value
        ceremony.take(statements.sign(ceremony.mandate_of(office, serial=2), *registrar_privates[:2]))
        assert Departure.objects.get().office == office and scene.row.epoch == 1
        scene.answer(1, "not for A")
        assert not EpochBox.objects.filter(office=office).exists()

    def test_an_office_that_left_never_gets_it_again(self, scene: Scene) -> None:
        left = scene.open(0)
        departures.leave(left, by=left.member)
        with scene.as_owner(), pytest.raises(IntegrityError) as refused, transaction.atomic():
            Holding.objects.create(
                case_id=scene.case_id, office=left.office, rung=1, box=b"x", week=left.case.week,
                severity=left.case.severity, due=left.case.due,
            )  # fmt: skip
        assert constraint_of(refused.value) == "firewall_veto_return"

    def test_a_writer_who_was_overtaken_writes_nothing(self, scene: Scene) -> None:
        stale, left = scene.open(1), scene.open(0)
        actions.acknowledge(stale, by=stale.member)
        stale = scene.open(1)
        departures.leave(left, by=left.member)
        with pytest.raises(Overtaken):
            actions.answer(stale, by=stale.member, text="under the old key")
        opened = scene.complainant()
        scene.answer(1, "B was faster")
        with scene.as_owner():
            assert not mailbox.write(opened, message_id=uuid4(), text="made the same epoch too")
        assert scene.heard() == ["B was faster"]

    def test_nothing_is_sealed_to_a_key_that_is_not_vouched_for(self, scene: Scene) -> None:
        left = scene.open(0)
        departures.leave(left, by=left.member)
        with scene.as_owner():
            Rung.objects.filter(case=scene.case_id, number=5).update(public_key=keypair()[0])
        with pytest.raises(VaultError):
            scene.answer(1, "to a ghost")
        opened = scene.complainant()
        with scene.as_owner(), pytest.raises(VaultError):
            mailbox.write(opened, message_id=uuid4(), text="to a ghost")
        with scene.as_owner():
            OfficeCertificate.objects.filter(office=scene.offices[1].office).update(revoked=True)
        with pytest.raises(CannotSeal):
            scene.answer(1, "to an office without a certificate")
        assert not EpochBox.objects.exists() and not Message.objects.exists()

    def test_who_left_cannot_make_the_key_under_which_the_next_thing_is_written(self, scene: Scene) -> None:
        """With the key before, every public key, the weekly file and the right to write to the table."""
        left, of_a = scene.open(0), vault_of(scene.offices[0], 0).index_key(scene.offices[0].office.pk)
        departures.leave(left, by=left.member)
        for maker in (scene.offices[0].office.pk.bytes, scene.offices[1].office.pk.bytes, b""):
            with scene.as_owner():
                EpochBox.objects.all().delete()
            theirs = _forge(scene, left, Maker.with_key(maker, of_a))
            with pytest.raises(CannotSeal):
                scene.answer(1, "come to the office on Monday")
            assert not scene.write("I live at the pier")
            assert not Message.objects.exists() and theirs
        with scene.as_owner():
            EpochBox.objects.all().delete()
        scene.answer(1, "come to the office on Monday")  # the control
        assert scene.write("I live at the pier") and Message.objects.count() == 2

    def test_who_left_cannot_change_a_key_that_was_made(self, scene: Scene) -> None:
        left, of_a = scene.open(0), vault_of(scene.offices[0], 0).index_key(scene.offices[0].office.pk)
        departures.leave(left, by=left.member)
        scene.answer(1, "under the true key")
        with scene.as_owner():
            EpochBox.objects.all().delete()
        _forge(scene, left, Maker.with_key(scene.offices[0].office.pk.bytes, of_a))
        with pytest.raises(CannotSeal):
            scene.answer(1, "under a key of A's")
        assert not scene.write("and I")

    def test_a_key_made_before_a_new_generation_is_written_under_after_it(
        self, scene: Scene, registrar_privates: list[bytes]
    ) -> None:
        left = scene.open(0)
        departures.leave(left, by=left.member)
        scene.answer(1, "made by B's first key")
        makers = epochs_of_cases.makers(scene.row, Office.objects.filter(holdings__case=scene.case_id), complainant=b"")
        with scene.as_owner():
            OfficeCertificate.objects.filter(office=scene.offices[1].office).update(not_after=clock.today())
        again = epochs_of_cases.makers(scene.row, Office.objects.filter(holdings__case=scene.case_id), complainant=b"")
        assert makers == again and len(makers or {}) == 2

    def test_only_who_speaks_for_the_office_hands_a_case_back(self, scene: Scene) -> None:
        inspector = scene.open(0, number=1)
        with pytest.raises(departures.NotYours):
            departures.leave(inspector, by=inspector.member)
        assert not Departure.objects.exists()


def _forge(scene: Scene, left: OpenCase, maker: Maker) -> bytes:
    """Rows of the epoch that is asked for, as whoever had the case before would make them; the key in them."""
    row = scene.row
    holder = scene.offices[1].office
    facts = {one.id: one.public_key for one in routing.offices_for("QA", on=clock.today())}
    keys = Rung.objects.filter(case=row).order_by("number").values_list("public_key", flat=True)
    made = epochs.new_epoch(
        place=Place(row.pk.bytes, row.epoch, row.death_week, pinned.week_keys().read(row.death_week)),
        previous_body=left.body_keys[0], maker=maker, complainant=bytes.fromhex(str(left.cover["complainant"])),
        offices={holder.pk.bytes: facts[holder.pk]}, guests={}, rungs=[bytes(key) for key in keys],
        released=range(1, row.rung + 1),
        digest=bytes.fromhex(str(left.cover["ladder"])),
    )  # fmt: skip
    EpochBox.objects.bulk_create(epochs_of_cases._row(row, made.number, box) for box in made.boxes)
    return made.body


def _opened_by(privates: list[bytes], body: bytes, case: Case, boxes: list[EpochBox]) -> list[EpochBox]:
    """Which boxes any of these keys opens, with the weekly file at hand."""
    place = Place(case.pk.bytes, 1, case.death_week, pinned.week_keys().read(case.death_week))
    found = []
    for box in boxes:
        for private in privates:
            try:
                epochs.open_body(
                    private, bytes(box.box), place=place, kind=Recipient(box.kind), recipient=box.recipient,
                    previous_body=body,
                )  # fmt: skip
            except VaultError:
                continue
            found.append(box)
    return found
