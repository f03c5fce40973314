"""An office's own work on a case: each verb sealed, logged by one name, and shown to nobody outside the office."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from complaints.cases.models import Case, CaseRecord, Holding, Inspector, Message, Recusal
from complaints.cases.moves import Overtaken
from complaints.cases.vocabulary import Remedy
from complaints.desk import actions, evidence, remedies, work
from complaints.desk.remedies import Owes, Source, Stage
from complaints.firewall import access, guests
from complaints.firewall.access import OpenCase
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import STORY, Desk, vault_of
from tests.desk.test_guests import invite
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
TOMORROW, FAR = (date.today() + timedelta(days=days) for days in (1, 137))
NOTE, TASK, LINKED = "canary-note: call the port", "canary-task: fetch the ledger", "canary-link: the same agent"
SEEN = "canary-evidence: payslips of twelve workers"


@pytest.fixture
def opened(ana: Inspector, case: UUID, vault: OpenVault) -> OpenCase:
    found = access.open_case(case, by=ana, vault=vault)
    actions.acknowledge(found, by=ana)
    return found


def again(case: OpenCase, vault: OpenVault) -> OpenCase:
    return access.open_case(case.case.pk, by=case.member, vault=vault)


def verbs() -> list[str]:
    return list(DisclosureDetail.objects.order_by("disclosure_id").values_list("verb", flat=True))


def test_a_case_goes_into_a_colleagues_hands(
    opened: OpenCase, ana: Inspector, ben: Inspector, case: UUID, vault: OpenVault
) -> None:
    work.assign(again(opened, vault), to=ben, by=ana)
    assert Holding.objects.get(case=case).assignee == ben
    row = DisclosureDetail.objects.order_by("-disclosure_id")[0]
    assert (row.verb, row.inspector, row.subject) == ("assigned", ana, ben)


def test_it_goes_to_nobody_who_may_not_see_it(
    opened: OpenCase, ana: Inspector, ben: Inspector, charlie: Inspector, case: UUID, as_owner: AsOwner
) -> None:
    with as_owner():
        Recusal.objects.create(case_id=case, inspector=ben, week="2026-W48")
    for who in (ben, charlie):
        with pytest.raises(work.NotAMember):
            work.assign(opened, to=who, by=ana)
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Holding.objects.filter(case=case).update(assignee=who)  # past the verb
        assert constraint_of(refused.value).startswith("firewall_veto")
    assert Holding.objects.get(case=case).assignee == ana


def test_of_two_who_assign_from_the_same_page_the_first_does(
    opened: OpenCase, ana: Inspector, ben: Inspector, vault: OpenVault
) -> None:
    first, late = again(opened, vault), again(opened, vault)
    work.assign(first, to=ben, by=ana)
    with pytest.raises(Overtaken):
        work.assign(late, to=ana, by=ana)


def test_notes_and_tasks_are_the_offices_and_no_guests(
    opened: OpenCase, ana: Inspector, ben: Inspector, office: Cast, other: Cast, vault: OpenVault
) -> None:
    work.note(opened, text=NOTE, by=ana)
    work.add_task(opened, text=TASK, day=TOMORROW, whom=ben, by=ana)
    invite(office, opened.case.pk, other.members[0])
    read = guests.open_as_guest(opened.case.pk, by=other.members[0], vault=vault_of(other, 0))
    assert read.records == ()
    (task,) = work.tasks(again(opened, vault))
    assert (task.text, task.day, task.whom, task.done, task.late) == (TASK, TOMORROW, ben.name, False, False)
    assert verbs().count("noted") == 2


def test_a_task_is_done_once(opened: OpenCase, ana: Inspector, vault: OpenVault) -> None:
    task = work.add_task(opened, text=TASK, day=TOMORROW, whom=None, by=ana)
    work.finish_task(again(opened, vault), task=task.pk, by=ana)
    (done,) = work.tasks(again(opened, vault))
    assert done.done
    for unknown in (task.pk, uuid4()):
        with pytest.raises(work.NoSuchTask):
            work.finish_task(again(opened, vault), task=unknown, by=ana)


def test_a_task_is_given_to_nobody_outside(opened: OpenCase, ana: Inspector, charlie: Inspector) -> None:
    with pytest.raises(work.NotAMember):
        work.add_task(opened, text=TASK, day=TOMORROW, whom=charlie, by=ana)


def test_two_cases_are_linked_from_either_side_once(
    opened: OpenCase, ana: Inspector, office: Cast, vault: OpenVault, file_case: Callable[..., UUID]
) -> None:
    second = file_case(office)
    reference = str(second)[:8]
    other = work.open_other(opened, reference=reference, vault=vault)
    work.link(opened, other, text=LINKED, by=ana)
    for one, far in ((opened, second), (other, opened.case.pk)):
        ((linked, why),) = work.links(again(one, vault))
        assert (linked.pk, why) == (far, LINKED)
    with pytest.raises(work.NotLinked):
        work.link(again(other, vault), again(opened, vault), text=LINKED, by=ana)
    assert DisclosureDetail.objects.filter(case=second, verb="noted").exists()


def test_only_a_case_of_this_office_is_found_to_link(
    opened: OpenCase, vault: OpenVault, other: Cast, office: Cast, file_case: Callable[..., UUID], agency: Any
) -> None:
    theirs = file_case(other, country="BH")
    for reference in (str(theirs)[:8], str(opened.case.pk)[:8], "00000000", "zzzzzzzz"):
        with pytest.raises(work.NotLinked):
            work.open_other(opened, reference=reference, vault=vault)


def test_a_finding_rests_on_evidence_of_this_case(opened: OpenCase, ana: Inspector, vault: OpenVault) -> None:
    seen = evidence.gather(opened, kind="DOCUMENTS", day=date.today(), text=SEEN, by=ana)
    with pytest.raises(actions.UnknownEvidence):
        actions.record_finding(again(opened, vault), by=ana, standard="S-1", text="x", evidence=[uuid4()])
    actions.record_finding(again(opened, vault), by=ana, standard="S-1", text="Found.", evidence=[seen.pk])
    said = again(opened, vault).records[-1].content or {}
    assert (said["kind"], said["evidence"]) == ("finding", [str(seen.pk)])


def money(case: OpenCase, stage: Stage, amount: str, currency: str = "QAR", what: Remedy = Remedy.REFUND) -> CaseRecord:
    return remedies.record(
        case, what=what, stage=stage, amount=Decimal(amount), currency=currency, owes=[Owes.AGENCY, Owes.PRINCIPAL],
        source=Source.BOND, text="", by=case.member,
    )  # fmt: skip


def test_money_is_added_up_by_currency_and_never_converted(opened: OpenCase, vault: OpenVault) -> None:
    for stage, amount, currency in (
        (Stage.CLAIMED, "5000.50", "QAR"), (Stage.AWARDED, "4000", "QAR"), (Stage.PAID, "1500.25", "QAR"),
        (Stage.AWARDED, "100", "PHP"),
    ):  # fmt: skip
        money(again(opened, vault), stage, amount, currency)
    totals = remedies.totals(remedies.entries(again(opened, vault)))
    assert [(one.currency, one.claimed, one.awarded, one.paid, one.outstanding) for one in totals] == [
        ("PHP", 0, 100, 0, 100),
        ("QAR", Decimal("5000.50"), 4000, Decimal("1500.25"), Decimal("2499.75")),
    ]


def test_the_person_reads_of_a_remedy_in_their_language(opened: OpenCase, vault: OpenVault) -> None:
    """The story of this cast is in Tagalog."""
    money(opened, Stage.AWARDED, "4000")
    said = again(opened, vault).messages[-1].content or {}
    assert "Napagpasyahan" in str(said["text"]) and "4,000" in str(said["text"]) and "{" not in str(said["text"])


@pytest.mark.parametrize(
    "change",
    [{"amount": None}, {"currency": ""}, {"amount": Decimal(0)}, {"what": Remedy.APOLOGY}, {"owes": []}],
    ids=["no amount", "no money", "nothing", "not in money", "nobody owes"],
)
def test_what_is_no_remedy_is_not_recorded(change: dict[str, Any], opened: OpenCase, ana: Inspector) -> None:
    given: dict[str, Any] = {
        "what": Remedy.REFUND, "stage": Stage.PAID, "amount": Decimal(5), "currency": "QAR", "owes": [Owes.AGENCY],
        "source": Source.OWN, "text": "", "by": ana,
    }  # fmt: skip
    with pytest.raises(remedies.NotARemedy):
        remedies.record(opened, **given | change)
    assert not (CaseRecord.objects.exists() or Message.objects.exists())


def test_no_row_holds_what_anybody_wrote_and_an_office_that_left_reads_nothing_new(
    opened: OpenCase, ana: Inspector, vault: OpenVault, as_owner: AsOwner, office: Cast, file_case: Callable[..., UUID]
) -> None:
    """Also in the epoch after somebody has left: each verb asks once for its key, and makes it."""
    canaries = (NOTE, TASK, LINKED, SEEN, "canary-employer", "canary-place", "canary-paid")
    for epoch in (0, 1, 2, 3, 4, 5):  # a new key is due before every verb
        with as_owner():
            Case.objects.filter(pk=opened.case.pk).update(epoch=epoch)
        now = again(opened, vault)
        if epoch == 0:
            work.note(now, text=NOTE, by=ana)
        elif epoch == 1:
            work.add_task(now, text=TASK, day=FAR, whom=None, by=ana)
        elif epoch == 2:
            other = work.open_other(now, reference=str(file_case(office))[:8], vault=vault)
            work.link(now, other, text=LINKED, by=ana)
        elif epoch == 3:
            evidence.gather(now, kind="INSPECTION", day=date.today(), text=SEEN, by=ana)
        elif epoch == 4:
            evidence.plan_inspection(
                now, employer="canary-employer", place="canary-place", day=FAR, ground="sample", by=ana
            )
        else:
            remedies.record(
                now, what=Remedy.REFUND, stage=Stage.PAID, amount=Decimal("731.19"), currency="QAR",
                owes=[Owes.AGENCY], source=Source.OWN, text="canary-paid", by=ana,
            )  # fmt: skip
    assert set(CaseRecord.objects.filter(case=opened.case).values_list("epoch", flat=True)) == {0, 1, 2, 3, 4, 5}
    assert len({len(bytes(one.box)) for one in CaseRecord.objects.all()}) == 1  # padded: all look alike
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'complaints_%'")
        dump = b""
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(convert_to(t::text, 'UTF8'), '') FROM {table} t")
            dump += bytes(cursor.fetchone()[0] or b"")
    for canary in (*canaries, STORY, "731.19", FAR.isoformat()):
        for written in (canary.encode(), canary.encode().hex().encode()):
            assert written not in dump, canary
    assert ana.name.encode() in dump  # the control: what is in clear is found


# --- through the pages -----------------------------------------------------------------------------------

FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "assign": ({}, ""),
    "note": ({"text": NOTE}, NOTE),
    "task": ({"text": TASK, "day": TOMORROW.isoformat()}, TASK),
    "raise": ({"to": "1", "text": "He threatens her."}, "He threatens her."),
    "evidence": ({"kind": "DOCUMENTS", "day": date.today().isoformat(), "text": SEEN}, SEEN),
    "inspection": (
        {"employer": "Pearl Works", "place": "Port road 5", "day": TOMORROW.isoformat(), "ground": "sector"},
        "Pearl Works",
    ),
    "remedy": (
        {"what": "refund", "stage": "paid", "amount": "12.50", "currency": "QAR", "owes": ["agency"], "source": "own"},
        "12.50",
    ),
}


@pytest.mark.parametrize("what", FORMS)
def test_each_verb_through_its_page(
    what: str, ana: Inspector, ben: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one = desk(ana, 0)
    one.post("acknowledge", case)
    given, shown = FORMS[what]
    if what == "assign":
        given, shown = {"to": str(ben.pk)}, ben.name
    page = one.get("work", case, what)
    assert page.status_code == 200 and f'action="/case/{case}/work' not in page.content.decode()
    refused = one.post("work", case, what, **({"text": "Kept words"} if what not in ("assign", "inspection") else {}))
    assert refused.status_code == (422 if what != "note" else 302)
    done = one.post("work", case, what, **given)
    assert done.status_code == 302, done.content.decode()
    assert shown in one.get("case", case).content.decode()


def test_a_mistake_keeps_what_was_typed(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    one.post("acknowledge", case)
    for what, given in (
        ("task", {"text": "My careful words", "day": "2020-01-01"}),
        ("evidence", {"text": "My careful words", "kind": "DOCUMENTS", "day": "2099-01-01"}),
        ("link", {"text": "My careful words", "reference": "no"}),
        ("remedy", {"text": "My careful words", "what": "apology", "stage": "paid", "amount": "5", "owes": ["agency"],
                    "source": "own"}),
        ("note", {"text": "My careful words" + "x" * 40_000}),
    ):  # fmt: skip
        answer = one.post("work", case, what, **given)
        page = answer.content.decode()
        assert answer.status_code == 422 and "My careful words" in page and "<title>Error: " in page, what
    assert not CaseRecord.objects.exists()


def test_a_verb_that_there_is_not_is_not_found(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    assert desk(ana, 0).get("work", case, "erase").status_code == 404


def test_a_task_is_done_with_its_button(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    one.post("work", case, "task", text=TASK, day=TOMORROW.isoformat())
    task = CaseRecord.objects.get(case=case).pk
    assert str(task) in one.get("case", case).content.decode()
    assert one.post("work", case, "done", task=str(task)).status_code == 302
    assert one.post("work", case, "done", task=str(task)).status_code == 409
    assert f"<s>{TASK}</s>" in one.get("case", case).content.decode()


def test_two_cases_are_linked_through_the_page(
    ana: Inspector, case: UUID, office: Cast, file_case: Callable[..., UUID], desk: Callable[..., Desk]
) -> None:
    one, second = desk(ana, 0), file_case(office)
    reference = str(second)[:8].upper()
    assert one.post("work", case, "link", reference=reference, text=LINKED).status_code == 302
    assert f"/case/{second}/" in one.get("case", case).content.decode()
    assert f"/case/{case}/" in one.get("case", second).content.decode()
    assert one.post("work", case, "link", reference=reference, text=LINKED).status_code == 409
