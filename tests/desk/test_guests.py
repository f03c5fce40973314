"""Guests of a case: asked in with words compared, they read the story and no more, for a time, and then nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction

from complaints.cases import sealing
from complaints.cases.models import (
    Case,
    CaseRecord,
    EpochBox,
    Holding,
    Inspector,
    MemberKey,
    Membership,
    Message,
    Office,
    Recusal,
)
from complaints.desk import actions
from complaints.firewall import access, departures, grants, guests, members
from complaints.firewall.grants import Capacity
from complaints.firewall.models import CaseGrant, DisclosureDetail
from complaints.vault import epochs
from complaints.vault.epochs import Maker
from complaints.vault.primitives import keypair, new_key, public_of
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import CONTACT, STORY, Desk, vault_of
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
Hands = Callable[..., Desk]
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def text(response: Any) -> str:
    return str(response.content.decode())


def ask_in(her: Desk, case: UUID, guest: Inspector, capacity: str = "interpret_case", days: str = "28") -> Any:
    """Both steps: the form, and the words compared."""
    typed = {"username": guest.username, "capacity": capacity, "days": days}
    compare = her.post("guests", case, **typed)
    words = members.words_of(guest)
    assert compare.status_code == 200 and words in text(compare) and not CaseGrant.objects.exists()
    return her.post("guests", case, **typed, words_of_key=words, sure="on")


def invite(
    cast: Cast, case: UUID, person: Inspector, as_: Capacity = Capacity.INTERPRETER, days: int = 28
) -> CaseGrant:
    opened = access.open_case(case, by=cast.members[0], vault=vault_of(cast, 0))
    compared = members.words_of(person) if as_ in grants.GUESTS else ""
    return guests.invite(
        opened, person=person, as_=as_, until=date.today() + timedelta(days=days), by=opened.member, compared=compared
    )


def test_a_guest_reads_the_story_and_writes_a_note_and_does_nothing_else(
    desk: Hands, ana: Inspector, charlie: Inspector, case: UUID
) -> None:
    her, guest = desk(ana, 0), desk(charlie, 0)
    assert guest.get("as-guest", case).status_code == 404
    assert ask_in(her, case, charlie).status_code == 302
    assert charlie.name in text(her.get("case", case))
    assert Case.objects.get(pk=case).reference in text(guest.get("queue"))
    page = guest.get("as-guest", case)
    assert page.status_code == 200 and STORY in text(page)
    assert CONTACT not in text(page) and "Golden Harvest" not in text(page)
    said = guest.post("guest-note", case, text="canary-note: she says five thousand rial")
    assert said.status_code == 302 and "canary-note" in text(guest.get("as-guest", case))
    assert "canary-note" in text(her.get("case", case))
    for name in ("case", "answer", "finding", "refer", "together", "guests", "hand-back", "identity", "hold"):
        assert guest.get(name, case).status_code in (404, 405), name
        assert guest.post(name, case, text="x").status_code in (404, 405), name
    verbs = list(DisclosureDetail.objects.filter(case=case).values_list("verb", "inspector"))
    assert ("guest_invited", ana.pk) in verbs and ("opened_as_guest", charlie.pk) in verbs
    assert ("noted", charlie.pk) in verbs


def test_a_note_that_is_too_long_is_kept_and_refused(
    desk: Hands, ana: Inspector, charlie: Inspector, case: UUID
) -> None:
    her, guest = desk(ana, 0), desk(charlie, 0)
    ask_in(her, case, charlie)
    long = guest.post("guest-note", case, text="canary-long " + "x" * 40_000)
    assert long.status_code == 422 and "canary-long" in text(long)
    assert guest.post("guest-note", case, text="").status_code == 422


@pytest.mark.parametrize("end", ["button", "until", "attestation", "departure", "left", "recused", "deactivated"])
def test_when_an_invitation_is_over_nothing_opens(
    end: str, office: Cast, other: Cast, case: UUID, as_owner: AsOwner, move_clock: Callable[..., None]
) -> None:
    guest, vault = other.members[0], vault_of(other, 0)
    grant = invite(office, case, guest)
    assert guests.open_as_guest(case, by=guest, vault=vault).body["happened"] == STORY
    assert access.visible_cases(guest).count() == 1
    opened = access.open_case(case, by=office.members[0], vault=vault_of(office, 0))
    with as_owner():
        if end == "button":
            guests.end(grant, case=opened, by=opened.member)
        elif end == "until":
            move_clock(days=29)
        elif end == "attestation":
            other.office.attestations.update(withdrawn=True)
        elif end == "departure":
            departures.leave(opened, by=opened.member)
        elif end == "left":
            Membership.objects.filter(inspector=guest).update(until=date.today())
        elif end == "recused":
            Recusal.objects.create(case=opened.case, inspector=guest, week="2026-W48")
        else:
            Inspector.objects.filter(pk=guest.pk).update(is_active=False)
    assert access.visible_cases(guest).count() == 0
    with pytest.raises(Case.DoesNotExist):
        guests.open_as_guest(case, by=guest, vault=vault)
    if end in ("button", "departure", "left", "recused"):
        assert not EpochBox.objects.filter(case=case, inspector=guest).exists()
        assert Case.objects.get(pk=case).epoch > 0  # what is written from now on has another key


def test_the_next_key_is_sealed_to_a_guest_who_was_vouched_for_and_to_no_row(
    office: Cast, other: Cast, case: UUID, as_owner: AsOwner
) -> None:
    """The second guest goes, so the next writer makes a key; meanwhile somebody has exchanged a public key in a row."""
    real, gone = other.members
    invite(office, case, real)
    invite(office, case, gone)
    opened = access.open_case(case, by=office.members[0], vault=vault_of(office, 0))
    guests.end(CaseGrant.objects.get(user=gone), case=opened, by=opened.member)
    opened = access.open_case(case, by=office.members[0], vault=vault_of(office, 0))
    assert set(grants.guests_keys(opened.case, opened.maker)) == {real.pk}
    actions.acknowledge(opened, by=opened.member)
    opened = access.open_case(case, by=office.members[0], vault=vault_of(office, 0))
    actions.answer(opened, by=opened.member, text="canary-after")
    vault = vault_of(other, 0)
    read = guests.open_as_guest(case, by=real, vault=vault)
    assert [one.content and one.content["text"] for one in read.messages] == ["canary-after"]
    assert max(read.body_keys) == Case.objects.get(pk=case).epoch > 0
    public, _ = keypair()
    with as_owner():
        MemberKey.objects.filter(inspector=real).update(public_key=public)
    assert grants.guests_keys(opened.case, opened.maker) == {}
    with as_owner():
        CaseGrant.objects.filter(user=real).update(voucher=b"v" * 224)
    assert grants.guests_keys(opened.case, opened.maker) == {}


def test_who_has_left_the_case_vouches_for_nobody(office: Cast, other: Cast, case: UUID, as_owner: AsOwner) -> None:
    """With every key that the office ever had of the case, and the right to write the rows (a ghost of its own)."""
    of_office = vault_of(office, 0).index_key(office.office.pk)
    true = access.open_case(case, by=office.members[0], vault=vault_of(office, 0))
    ghost = other.members[0]
    public = bytes(MemberKey.objects.get(inspector=ghost).public_key)
    gone = uuid4().bytes
    for by, private, counts in ((office.office.pk.bytes, of_office, True), (gone, of_office, False),
                                (office.office.pk.bytes, new_key(), False)):  # fmt: skip
        voucher = epochs.vouch(
            Maker.with_key(by, private), [bytes.fromhex(str(true.cover["complainant"])), public_of(of_office)],
            case=case.bytes, member_id=ghost.pk.bytes, public=public,
        )  # fmt: skip
        with as_owner():
            CaseGrant.objects.all().delete()
            permission = Permission.objects.get(codename="interpret_case")
            CaseGrant.objects.create(id=uuid4(), content_object_id=case, user=ghost, office=office.office,
                                     until=date.today(), permission=permission, voucher=voucher)  # fmt: skip
        assert set(grants.guests_keys(true.case, true.maker)) == ({ghost.pk} if counts else set())


def test_who_may_invite_whom(office: Cast, other: Cast, case: UUID, as_owner: AsOwner) -> None:
    ana, ben = office.members
    opened = access.open_case(case, by=ben, vault=vault_of(office, 1))
    soon, words = date.today() + timedelta(days=7), members.words_of(other.members[0])
    charlie = other.members[0]
    with pytest.raises(guests.NotYours):  # neither head nor lead
        guests.invite(opened, person=charlie, as_=Capacity.INTERPRETER, until=soon, by=ben, compared=words)
    invite(office, case, ben, Capacity.LEAD)  # now he leads the case
    guests.invite(opened, person=charlie, as_=Capacity.SPECIALIST, until=soon, by=ben, compared=words)
    with pytest.raises(guests.InvitedAlready):
        invite(office, case, charlie)
    with pytest.raises(guests.NotInvitable):  # of the office, so no guest
        invite(office, case, ana)
    with pytest.raises(guests.NotInvitable):  # of another office, so no lead
        invite(office, case, other.members[1], Capacity.LEAD)
    with pytest.raises(guests.OtherWords):
        guests.invite(opened, person=other.members[1], as_=Capacity.INTERPRETER, until=soon, by=ben, compared="a b c")
    with pytest.raises(IntegrityError) as error:
        invite(office, case, other.members[1], days=91)
    assert constraint_of(error.value) == "firewall_veto_person_until"


def test_the_veto_on_a_row_that_no_verb_would_write(office: Cast, other: Cast, case: UUID, as_owner: AsOwner) -> None:
    """As owner: an office that has not the case invites nobody, and who works outside rule 1 as well is no guest."""
    permission = Permission.objects.get(codename="interpret_case")

    def give(**changes: Any) -> str:
        row = {"user": other.members[0], "office": office.office, "until": date.today(), "permission": permission}
        try:
            with as_owner(), transaction.atomic():
                CaseGrant.objects.create(id=uuid4(), content_object_id=case, **row | changes)
                transaction.set_rollback(True)
        except IntegrityError as error:
            return constraint_of(error)
        return "given"

    assert give() == "given"
    assert give(office=other.office) == "firewall_veto_person_office"
    assert give(until=date.today() - timedelta(days=1)) == "firewall_veto_person_until"
    with as_owner():
        Office.objects.filter(pk=other.office.pk).update(mandate="joint_taskforce")
    assert give() == "firewall_veto_person"


def test_a_mandates_end_ends_its_members_invitations_for_good(
    office: Cast, other: Cast, case: UUID, as_owner: AsOwner
) -> None:
    invite(office, case, other.members[0])
    with as_owner():
        Office.objects.filter(pk=other.office.pk).update(mandate="joint_taskforce")
    assert not CaseGrant.objects.exists() and not EpochBox.objects.filter(kind="guest").exists()
    assert Case.objects.get(pk=case).epoch == 1 and Holding.objects.filter(case=case).exists()


def test_invitations_that_ran_out_are_cleared_away(office: Cast, other: Cast, case: UUID, as_owner: AsOwner) -> None:
    invite(office, case, other.members[0])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT public.guests_end_over()")
        assert cursor.fetchone() == (0,)
        cursor.execute("ALTER TABLE complaints_casegrant DISABLE TRIGGER veto_casegrant")
        CaseGrant.objects.update(until=date.today() - timedelta(days=1))
        cursor.execute("ALTER TABLE complaints_casegrant ENABLE ALWAYS TRIGGER veto_casegrant")
        cursor.execute("SELECT public.guests_end_over()")
        assert cursor.fetchone() == (1,)
    assert not EpochBox.objects.filter(kind="guest").exists()


def test_the_page_says_why_not(desk: Hands, ana: Inspector, ben: Inspector, charlie: Inspector, case: UUID) -> None:
    her = desk(ana, 0)
    assert her.post("guests", case, username="nobody", capacity="interpret_case", days="7").status_code == 422
    assert her.post("guests", case, username=ben.username, capacity="lead_case", days="7").status_code == 302
    assert her.post("guests", case, username=ben.username, capacity="lead_case", days="7").status_code == 409
    unsure = her.post(
        "guests", case, username=charlie.username, capacity="advise_case", days="90",
        words_of_key=members.words_of(charlie),
    )  # fmt: skip
    assert unsure.status_code == 422 and not CaseGrant.objects.filter(user=charlie).exists()
    other_words = her.post(
        "guests", case, username=charlie.username, capacity="advise_case", days="90", words_of_key="a b c", sure="on"
    )
    assert other_words.status_code == 409 and not CaseGrant.objects.filter(user=charlie).exists()
    grant = CaseGrant.objects.get(user=ben)
    assert her.post("guest-end", case, grant.pk).status_code == 302 and not CaseGrant.objects.exists()
    assert her.post("guest-end", case, grant.pk).status_code == 404


def test_a_guests_copy_is_their_own(office: Cast, other: Cast, case: UUID) -> None:
    """Charlie's colleague, with the office's keys and her own, opens nothing; a body key is what the copy holds."""
    invite(office, case, other.members[0])
    body = access.open_case(case, by=office.members[0], vault=vault_of(office, 0)).body_keys[0]
    box = EpochBox.objects.get(kind="guest")
    assert body not in bytes(box.box) and box.epoch == 0
    with pytest.raises(Case.DoesNotExist):
        guests.open_as_guest(case, by=other.members[1], vault=vault_of(other, 1))
    assert sealing.open_body(body, bytes(box.case.contents.get(kind="body").box), case=case)["happened"] == STORY


def test_an_interpreters_translation_stands_beside_the_words_sealed_as_a_note_is(
    desk: Hands, ana: Inspector, charlie: Inspector, case: UUID, as_owner: AsOwner
) -> None:
    her, guest = desk(ana, 0), desk(charlie, 0)
    ask_in(her, case, charlie)
    page = text(guest.get("as-guest", case))
    assert 'value="happened"' in page and 'value="promised"' not in page  # nothing was promised in this story
    assert guest.post("guest-note", case, text="canary-nothing", of="promised").status_code == 422
    done = guest.post("guest-note", case, text="canary-translated: five thousand", of="happened")
    assert done.status_code == 302
    shown = text(her.get("case", case))
    words = shown.partition('id="said"')[2].partition("</section>")[0]
    assert words.index(STORY) < words.index(f"Translated by {charlie.name}") < words.index("canary-translated")
    assert "canary-translated" not in shown.partition('id="findings"')[2].partition("</section>")[0]
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(encode(box, 'escape'), '') FROM complaints_caserecord")
        assert "canary" not in str(cursor.fetchone())
    assert CaseRecord.objects.get(case=case).epoch == 0


def test_a_specialist_translates_nothing(office: Cast, other: Cast, case: UUID) -> None:
    invite(office, case, other.members[0], Capacity.SPECIALIST)
    read = guests.open_as_guest(case, by=other.members[0], vault=vault_of(other, 0))
    with pytest.raises(guests.NotTranslatable):
        guests.translate(read, by=read.member, of="happened", text="x")
    guests.note(read, by=read.member, text="x")  # the control


def test_a_message_of_the_person_is_translated_below_it(
    office: Cast, other: Cast, case: UUID, desk: Hands, ana: Inspector, as_owner: AsOwner
) -> None:
    said = uuid4()
    opened = access.open_case(case, by=ana, vault=vault_of(office, 0))
    content = {"text": "canary-message: tulong", "at": "2026-11-20T10:00+00:00", "author": "complainant"}
    box = sealing.seal_message(opened.body_keys[0], content, case=case, row=said, epoch=0)
    with as_owner():
        Message.objects.create(id=said, case_id=case, direction="from", week="2026-W47", box=box)
    invite(office, case, other.members[0])
    read = guests.open_as_guest(case, by=other.members[0], vault=vault_of(other, 0))
    guests.translate(read, by=read.member, of=str(said), text="canary-in-english: help")
    shown = text(desk(ana, 0).get("case", case))
    assert shown.index("canary-message") < shown.index("Translated by") < shown.index("canary-in-english")
