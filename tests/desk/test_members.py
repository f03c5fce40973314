"""The people of an office: joining, being let in, losing words, leaving, recusal; by pages and in the database."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from complaints.cases.models import (
    Case,
    Enrolment,
    EpochBox,
    Holding,
    Inspector,
    MemberKey,
    Membership,
    OfficeKey,
    OfficeKeyWrap,
    Recusal,
)
from complaints.firewall import access, disclosure, members, recusals, rewrapping
from complaints.firewall.access import VaultClosed
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from complaints.firewall.members import NotAllowed, SentByOutsider, SentByThem, WrongCode
from complaints.firewall.models import DisclosureDetail
from complaints.vault import members as vault
from complaints.vault.errors import VaultError, WrongPassphrase
from complaints.vault.primitives import keypair
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import STORY, Desk, browser, vault_of
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
Hands = Callable[..., Desk]
NEW_PASSWORD = "a long enough new password"


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def strong(page: str) -> list[str]:
    return re.findall(r"<strong[^>]*>([^<]+)</strong>", page)


def open_vault(member: Inspector, passphrase: str) -> OpenVault:
    """The member's vault as it is stored now, with these words."""
    private = vault.open_member(members._record(MemberKey.objects.get(inspector=member)), passphrase)
    keys: dict[UUID, dict[int, bytes]] = {}
    for wrap in OfficeKeyWrap.objects.filter(inspector=member).select_related("office_key"):
        key = wrap.office_key
        keys.setdefault(key.office_id, {})[key.generation] = vault.unwrap_office_key(
            private, bytes(wrap.box), office_id=key.office_id.bytes, generation=key.generation,
            office_public=bytes(key.public_key),
        )  # fmt: skip
    return OpenVault(member=member.pk, offices=keys)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_newcomer_is_invited_enrols_and_is_let_in(
    desk: Hands, ana: Inspector, ben: Inspector, office: Cast, case: UUID
) -> None:
    head, here = desk(ana, 0).client, office.office.pk
    invited = head.post(reverse("desk:invite", args=[here]), {"name": "Dana", "username": "dana", "role": "inspector"})
    (code,) = strong(text(invited))
    dana = Inspector.objects.get(username="dana")
    fresh = browser()
    enrolled = fresh.post(reverse("desk:enrol"), {"username": "dana", "code": code.lower(), "password": NEW_PASSWORD})
    passphrase, _recovery, words = strong(text(enrolled))
    assert len(passphrase.split()) == 6 and words == members.words_of(dana)
    again = fresh.post(reverse("desk:enrol"), {"username": "dana", "code": code, "password": NEW_PASSWORD})
    assert again.status_code == 422 and "used or too old" in text(again)
    assert not OfficeKeyWrap.objects.filter(inspector=dana).exists()
    page = text(head.get(reverse("desk:office", args=[here])))
    assert "Let Dana in" not in page and "You invited Dana" in page
    let_in = reverse("desk:let-in", args=[here, dana.pk])
    refused = head.post(let_in, {"sure": "on"})
    assert refused.status_code == 422 and "a colleague has to let them in" in text(refused)
    colleague = desk(ben, 1).client
    assert "Let Dana in" in text(colleague.get(reverse("desk:office", args=[here])))
    assert words in text(colleague.get(let_in))
    assert colleague.post(let_in, {"words_of_key": words}).status_code == 422
    genuine = bytes(MemberKey.objects.get(inspector=dana).public_key)
    MemberKey.objects.filter(inspector=dana).update(public_key=keypair()[0])  # between the look and the click
    swapped = colleague.post(let_in, {"sure": "on", "words_of_key": words})
    assert swapped.status_code == 422 and "compare anew" in text(swapped)
    assert not OfficeKeyWrap.objects.filter(inspector=dana).exists()
    MemberKey.objects.filter(inspector=dana).update(public_key=genuine)
    assert colleague.post(let_in, {"sure": "on", "words_of_key": words}).status_code == 302
    opened = access.open_case(case, by=dana, vault=open_vault(dana, passphrase))
    assert opened.body["happened"] == STORY
    verbs = DisclosureDetail.objects.filter(subject=dana).order_by("disclosure_id").values_list("verb", flat=True)
    assert list(verbs) == ["invited", "enrolled", "let_in"]


def test_nobody_lets_themselves_in_or_invites_without_being_head(
    desk: Hands, ana: Inspector, ben: Inspector, office: Cast
) -> None:
    here = office.office.pk
    assert desk(ben, 1).client.get(reverse("desk:invite", args=[here])).status_code == 404
    with pytest.raises(NotAllowed):
        members.invite(username="x", name="X", office=office.office, role="head", by=ben)
    OfficeKeyWrap.objects.filter(inspector=ben).delete()
    assert members.waiting(office.office) == [ben]
    with pytest.raises(VaultClosed):
        members.let_in(ben, office=office.office, by=ben, vault_of=None, compared="")
    with pytest.raises(NotAllowed):
        members.let_in(ben, office=office.office, by=ben, vault_of=_as(ben, vault_of(office, 0)), compared="")


def ghost_of(ana: Inspector, office: Cast, *, role: str = "head") -> Inspector:
    """A member whom Ana invited and in whose name she enrolled herself: nobody let them in."""
    code = members.invite(
        username="ghost", name="Ghost", office=office.office, role=role, by=ana, vault_of=vault_of(office, 0)
    )
    return members.enrol(username="ghost", code=code, password=NEW_PASSWORD)[0]


def test_a_head_without_an_open_vault_sends_nobody_a_code(
    desk: Hands, ana: Inspector, ben: Inspector, office: Cast
) -> None:
    her, here = desk(ana, 0), office.office.pk
    invite, reset = reverse("desk:invite", args=[here]), reverse("desk:reset", args=[here, ben.pk])
    dana = {"name": "Dana", "username": "dana", "role": "inspector"}
    assert "Invite a new member" in text(her.get("office", here))
    her.post("close-vault")
    page = text(her.get("office", here))
    assert "Invite a new member" not in page and "open vault" in page and "has lost words" not in page
    assert her.client.get(invite)["Location"].startswith(reverse("desk:vault"))
    assert "What you wrote is kept" in text(her.client.post(invite, dana))
    assert her.client.post(reset, {"sure": "on"})["Location"].startswith(reverse("desk:vault"))
    for act in (
        lambda: members.invite(username="x", name="X", office=office.office, role="head", by=ana),
        lambda: members.reset(ben, office=office.office, by=ana),
    ):
        with pytest.raises(VaultClosed):
            act()
    assert not Inspector.objects.filter(username__in=("dana", "x")).exists()
    assert OfficeKeyWrap.objects.filter(inspector=ben).exists()


def test_nobody_makes_up_a_colleague_through_one_whom_nobody_let_in(
    ana: Inspector, ben: Inspector, office: Cast
) -> None:
    """A head invites a head, enrols in that name, and has it invite or reset the one whom she then lets in."""
    ghost, here, mine = ghost_of(ana, office), office.office, vault_of(office, 0)
    for act in (
        lambda: members.invite(username="second", name="X", office=here, role="inspector", by=ghost),
        lambda: members.reset(ben, office=here, by=ghost),
    ):
        with pytest.raises(VaultClosed):
            act()
    # Even where such a head once did, as before this rule or by a row that somebody wrote.
    code = members.invite(username="second", name="X", office=here, role="inspector", by=None)
    second, _, _ = members.enrol(username="second", code=code, password=NEW_PASSWORD)
    disclosure.record(Verb.INVITED, by=ghost, office=here, subject=second)
    words = members.words_of(second)
    with pytest.raises(SentByOutsider):
        members.let_in(second, office=here, by=ana, vault_of=mine, compared=words)
    assert not OfficeKeyWrap.objects.filter(inspector=second).exists()
    # The control: once another colleague has let that head in, whom they invite can be let in.
    members.let_in(ghost, office=here, by=ben, vault_of=vault_of(office, 1), compared=members.words_of(ghost))
    members.let_in(second, office=here, by=ana, vault_of=mine, compared=words)
    assert OfficeKeyWrap.objects.filter(inspector=second).exists()


def test_who_sent_the_code_and_whose_key_was_exchanged_since_vouches_for_nobody(
    ana: Inspector, ben: Inspector, office: Cast, as_owner: AsOwner
) -> None:
    code = members.invite(
        username="dana", name="Dana", office=office.office, role="inspector", by=ana, vault_of=vault_of(office, 0)
    )
    dana, _, _ = members.enrol(username="dana", code=code, password=NEW_PASSWORD)
    genuine = bytes(MemberKey.objects.get(inspector=ana).public_key)
    his, words = vault_of(office, 1), members.words_of(dana)
    with as_owner():
        MemberKey.objects.filter(inspector=ana).update(public_key=keypair()[0])
    with pytest.raises(SentByOutsider):
        members.let_in(dana, office=office.office, by=ben, vault_of=his, compared=words)
    with as_owner():
        MemberKey.objects.filter(inspector=ana).update(public_key=genuine)
    members.let_in(dana, office=office.office, by=ben, vault_of=his, compared=words)


def test_a_key_made_with_an_earlier_code_is_let_in_by_nobody(ana: Inspector, ben: Inspector, office: Cast) -> None:
    """She has him enrol again and does it in his name; then the operator sends him another code."""
    here, mine = office.office, vault_of(office, 0)
    code = members.reset(ben, office=here, by=ana, vault_of=mine)
    members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)
    assert members.waiting(here) == [ben]
    code = members.reset(ben, office=here, by=None)
    words = members.words_of(Inspector.objects.get(pk=ben.pk))
    assert members.waiting(here) == []
    with pytest.raises(NotAllowed):
        members.let_in(ben, office=here, by=ana, vault_of=mine, compared=words)
    assert not Inspector.objects.get(pk=ben.pk).check_password(NEW_PASSWORD)
    members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)
    assert members.waiting(here) == [ben]  # the control: with the new code it is his own key


def test_who_had_a_colleague_enrol_again_in_another_office_lets_them_in_nowhere(
    ana: Inspector, ben: Inspector, office: Cast, other: Cast, as_owner: AsOwner
) -> None:
    with as_owner():
        for member, role in ((ana, "head"), (ben, "inspector")):
            Membership.objects.create(inspector=member, office=other.office, role=role, since=clock.today())
        theirs = vault_of(other, 0).offices
    mine = vault_of(office, 0)
    both = OpenVault(member=ana.pk, offices={**mine.offices, **theirs})
    code = members.reset(ben, office=other.office, by=ana, vault_of=both)
    members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)
    words = members.words_of(Inspector.objects.get(pk=ben.pk))
    with pytest.raises(SentByThem):
        members.let_in(ben, office=office.office, by=ana, vault_of=mine, compared=words)


def test_strangers_find_no_office(desk: Hands, charlie: Inspector, office: Cast, ben: Inspector) -> None:
    theirs = desk(charlie, 0).client
    for name, args in (
        ("office", []), ("invite", []), ("rewrap", []), ("let-in", [ben.pk]), ("leave", [ben.pk]), ("reset", [ben.pk])
    ):  # fmt: skip
        where = reverse(f"desk:{name}", args=[office.office.pk, *args])
        assert theirs.get(where).status_code == theirs.post(where, {"sure": "on"}).status_code == 404
    assert Membership.objects.get(inspector=ben).until is None


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_who_leaves_is_out_at_once_and_held_cases_go_under_the_new_key(
    desk: Hands, ana: Inspector, ben: Inspector, office: Cast, case: UUID, certify: Callable[..., None]
) -> None:
    his, her = desk(ben, 1), desk(ana, 0)
    assert STORY in text(his.get("case", case))
    Holding.objects.filter(case=case).update(assignee=ben)
    old = vault_of(office, 1)
    leave = reverse("desk:leave", args=[office.office.pk, ben.pk])
    assert "One member is left." in text(her.client.get(leave))
    assert her.client.post(leave, {"sure": "on"}).status_code == 302
    assert his.client.get(reverse("desk:queue")).status_code == 302  # signed out
    ben.refresh_from_db()
    assert not ben.is_active and not OfficeKeyWrap.objects.filter(inspector=ben).exists()
    assert Holding.objects.get(case=case).assignee is None
    assert list(OfficeKey.objects.filter(office=office.office).values_list("generation", flat=True)) == [1, 2]
    mine = vault_of(office, 0)
    assert set(mine.offices[office.office.pk]) == {1, 2}
    before = Holding.objects.get(case=case)
    assert rewrapping.stale(office.office).count() == 0 and rewrapping.batch(office.office, mine, by=ana) == (0, 0)
    certify(office, 2)
    assert rewrapping.stale(office.office).count() == 1
    assert rewrapping.batch(office.office, mine, by=ana) == (1, 0)
    after = Holding.objects.get(case=case)
    assert bytes(after.box) != bytes(before.box) and after.generation == 2
    assert after.agency_index and after.agency_index != before.agency_index
    assert access.open_case(case, by=ana, vault=mine).body["happened"] == STORY
    with pytest.raises(VaultError):
        access._secrets(after, old)  # what the leaver unwrapped once opens the old row and not the new one
    assert access._secrets(before, old).body


def test_a_code_brings_nobody_back_who_has_left(
    ana: Inspector, ben: Inspector, office: Cast, as_owner: AsOwner
) -> None:
    here, mine = office.office, vault_of(office, 0)
    members.reset(ben, office=here, by=ana, vault_of=mine)
    members.leave(ben, office=here, by=ana, vault_of=mine)
    assert not Enrolment.objects.exists()
    code = members._new_code(ben)  # as a row would be that outlived its membership
    for active in (True, False):
        with as_owner():
            Inspector.objects.filter(pk=ben.pk).update(is_active=active)
        with pytest.raises(WrongCode):
            members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)
        assert Inspector.objects.get(pk=ben.pk).is_active is active
    with as_owner():
        Inspector.objects.filter(pk=ben.pk).update(is_active=True)
        Membership.objects.create(inspector=ben, office=here, since=clock.today())
    assert members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)[0] == ben  # the control


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_sealing_anew_is_logged_first_and_leaves_a_recused_members_case_to_a_colleague(
    desk: Hands, ana: Inspector, ben: Inspector, office: Cast, case: UUID, file_case: Callable[..., UUID],
    certify: Callable[..., None],
) -> None:  # fmt: skip
    here, hers, his = office.office, file_case(office), vault_of(office, 1)
    members.new_generation(here, by=ana, vault_of=vault_of(office, 0))
    certify(office, 2)
    recusals.recuse(case, by=ana)
    mine, log = vault_of(office, 0), DisclosureDetail.objects.filter(verb="resealed")
    with pytest.raises(VaultClosed):
        rewrapping.batch(here, his, by=ana)
    assert rewrapping.batch(here, mine, by=ana) == (1, 0)
    assert rewrapping.batch(here, mine, by=ana) == (0, 0)
    generations = dict(Holding.objects.values_list("case", "generation"))
    assert generations == {case: None, hers: 2}
    assert list(log.values_list("inspector", "office", "case")) == [(ana.pk, here.pk, None)]
    page = text(desk(ana, 0).get("rewrap", here.pk))
    assert "One case is not for you" in page and "All of them" not in page
    assert rewrapping.batch(here, vault_of(office, 1), by=ben) == (1, 0)
    assert log.count() == 2 and rewrapping.stale(here).count() == 0


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_epochs_and_index_go_under_the_new_key_too(
    ana: Inspector, office: Cast, case: UUID, as_owner: AsOwner, certify: Callable[..., None]
) -> None:
    with as_owner():
        Case.objects.filter(pk=case).update(epoch=1)
    opened = access.open_case(case, by=ana, vault=vault_of(office, 0))
    with transaction.atomic():
        key = opened.writing_key()
    members.new_generation(office.office, by=ana, vault_of=vault_of(office, 0))
    mine = vault_of(office, 0)
    certify(office, 2)
    before = bytes(EpochBox.objects.get(kind="office").box)
    assert rewrapping.batch(office.office, mine, by=ana) == (1, 0)
    assert bytes(EpochBox.objects.get(kind="office").box) != before
    newest = OpenVault(member=ana.pk, offices={office.office.pk: {2: mine.offices[office.office.pk][2]}})
    assert access.open_case(case, by=ana, vault=newest).body_keys[1] == key


def test_a_key_that_nobody_vouched_for_gets_no_new_generation(
    ana: Inspector, ben: Inspector, office: Cast, as_owner: AsOwner
) -> None:
    """Somebody who can write to the database puts a key of their own into a member's row."""
    with as_owner():
        MemberKey.objects.filter(inspector=ben).update(public_key=keypair()[0])
    key = members.new_generation(office.office, by=ana, vault_of=vault_of(office, 0))
    assert [wrap.inspector for wrap in key.wraps.all()] == [ana]


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_key_that_a_row_offers_is_no_office_key(
    ana: Inspector, ben: Inspector, office: Cast, case: UUID, desk: Hands, certify: Callable[..., None]
) -> None:
    """As the desk's role, with no vault open: a generation of one's own, wrapped to every member like a genuine one."""
    here, (public, private) = office.office, keypair()
    ghost = OfficeKey.objects.create(office=here, generation=2, public_key=public)
    for member in (ana, ben):
        members.wrap(ghost, member, private, public=bytes(MemberKey.objects.get(inspector=member).public_key))
    before = bytes(Holding.objects.get(case=case).box)
    her = desk(ana, 0)
    assert STORY in text(her.get("case", case))
    page = text(her.client.get(reverse("desk:office", args=[here.pk])))
    assert "sealed to the new key" not in page
    her.client.post(reverse("desk:rewrap", args=[here.pk]))
    assert rewrapping.batch(here, vault_of(office, 0), by=ana) == (0, 0)
    assert bytes(Holding.objects.get(case=case).box) == before
    assert members.newest_key(here) != ghost and members.waiting(here) == []
    certify(office, 2)  # the control: what registrars sign is taken in and sealed to
    assert members.newest_key(here) == ghost
    assert rewrapping.batch(here, vault_of(office, 0), by=ana) == (1, 0)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_new_words_with_the_recovery_code(
    ana: Inspector, ben: Inspector, office: Cast, desk: Hands, capsys: Any
) -> None:
    with pytest.raises(NotAllowed):
        members.reset(ben, office=office.office, by=ben)
    code = members.reset(ben, office=office.office, by=ana, vault_of=vault_of(office, 0))
    members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)
    with pytest.raises(SentByThem):  # she could have enrolled in his name
        members.let_in(ben, office=office.office, by=ana, vault_of=vault_of(office, 0), compared=members.words_of(ben))
    call_command("member", "again", ben.username, "--office", str(office.office.pk))
    code = capsys.readouterr().out.splitlines()[-1]
    _, old, recovery = members.enrol(username=ben.username, code=code, password=NEW_PASSWORD)
    words = members.words_of(Inspector.objects.get(pk=ben.pk))
    members.let_in(ben, office=office.office, by=ana, vault_of=vault_of(office, 0), compared=words)
    with pytest.raises(WrongPassphrase):
        members.recover(ben, vault.new_recovery_code())
    new = members.recover(ben, recovery.replace("-", " ").lower())
    assert new != old and open_vault(ben, new).holds(office.office.pk)
    with pytest.raises(WrongPassphrase):
        open_vault(ben, old)
    told = DisclosureDetail.objects.filter(subject=ben).order_by("disclosure_id").values_list("verb", flat=True)
    assert list(told) == ["reset", "enrolled", "reset", "enrolled", "let_in", "recovered"]
    assert "made new words with the recovery code" in text(
        desk(ana, 0).client.get(reverse("desk:office", args=[office.office.pk]))
    )


def test_a_recused_member_sees_nothing_and_is_given_nothing(
    desk: Hands, ana: Inspector, ben: Inspector, case: UUID, as_owner: AsOwner
) -> None:
    his: Client = desk(ben, 1).client
    Holding.objects.filter(case=case).update(assignee=ben)
    where = reverse("desk:recuse", args=[case])
    assert where in text(his.get(reverse("desk:queue")))
    assert his.post(where, {}).status_code == 422
    assert his.post(where, {"sure": "on"}).status_code == 302
    assert his.get(reverse("desk:case", args=[case])).status_code == 404
    assert where not in text(his.get(reverse("desk:queue")))
    assert Holding.objects.get(case=case).assignee is None
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Holding.objects.filter(case=case).update(assignee=ben)
    assert constraint_of(refused.value) == "firewall_veto_recused"
    assert Holding.objects.filter(case=case).update(assignee=ana) == 1  # the control
    assert access.visible_cases(ana).count() == 1


def test_the_last_one_who_could_read_it_is_told(ana: Inspector, ben: Inspector, case: UUID) -> None:
    assert recusals.recuse(case, by=ben)
    assert not recusals.recuse(case, by=ana)
    assert Recusal.objects.count() == 2


def test_the_first_head_comes_by_command(office: Cast, capsys: Any) -> None:
    call_command("member", "enrol", "erin", "--name", "Erin", "--office", str(office.office.pk))
    code = capsys.readouterr().out.splitlines()[-1]
    member, _, _ = members.enrol(username="erin", code=code, password=NEW_PASSWORD)
    assert members.is_head(member, office.office) and members.waiting(office.office) == [member]
    with pytest.raises(CommandError, match="already"):
        call_command("member", "enrol", "erin", "--name", "Erin", "--office", str(office.office.pk))


def test_an_office_outside_rule_1_gets_no_member(office: Cast, as_owner: AsOwner) -> None:
    with as_owner():
        office.office.attestations.update(withdrawn=True)
    with pytest.raises(CommandError, match="firewall refused"):
        call_command("member", "enrol", "erin", "--name", "Erin", "--office", str(office.office.pk))


def _as(member: Inspector, other: OpenVault) -> OpenVault:
    return OpenVault(member=member.pk, offices=other.offices)
