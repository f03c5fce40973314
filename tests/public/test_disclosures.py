"""Each quarter's disclosure: what is in it, what never is, that it is frozen, and that it is what was previewed."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from agencies.actions import name_standard
from agencies.around.inquiries import find_nothing, open_inquiry
from agencies.board import disclosures
from agencies.board.disclosures import SMALLEST, days_of, digest, disclose, figures, guarded, quarters_over
from agencies.board.models import AbuseDisclosure
from agencies.licensing import EventKind, State
from agencies.models import AuditEntry, Licence, Register
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

from . import licensing_cast as cast
from .board_cast import sanction
from .licensing_cast import GRACE, HENRY
from .officers import officers
from .test_board_admin import referral
from .test_licence_law import on_day
from .test_pages import words

pytestmark = pytest.mark.django_db

QUARTER = quarters_over()[0]
FIRST, LAST = days_of(QUARTER)
LIVE: dict[str, Any] = {
    "valid_from": FIRST - datetime.timedelta(days=400),
    "valid_to": LAST + datetime.timedelta(days=900),
}


@pytest.fixture
def register(db: None) -> Register:
    register = cast.home_register()
    for code in ("S-1", "S-2"):
        name_standard(register=register, code=code, title=f"Duty {code}", by=GRACE)
    return register


def licence(name: str, number: str) -> Licence:
    return cast.licence(cast.agency(name), number, **LIVE)


def publish(register: Register, **given: Any) -> AbuseDisclosure:
    facts: dict[str, Any] = {"by": GRACE, "seen": digest(figures(register, QUARTER))}
    return disclose(register, QUARTER, **(facts | given))


def page(client: Client) -> str:
    return words(client.get(reverse("cms:disclosure", args=[QUARTER])))


def test_a_quarter_has_its_days() -> None:
    assert days_of("2026-Q1") == (datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))
    assert days_of("2024-Q4") == (datetime.date(2024, 10, 1), datetime.date(2024, 12, 31))
    for wrong in ("2026-Q5", "2026", "2026-Q1 ", "x"):
        with pytest.raises(DecisionRefused):
            days_of(wrong)
    assert len(set(quarters_over())) == disclosures.OFFERED
    assert all(days_of(one)[1] < clock.today() for one in quarters_over())


def test_a_quarter_that_is_not_over_is_not_told(register: Register) -> None:
    today = clock.today()
    with pytest.raises(DecisionRefused, match="not over"):
        figures(register, f"{today.year}-Q{(today.month + 2) // 3}")


def test_it_tells_the_breaches_that_were_decided_in_the_quarter_and_no_other(
    register: Register, tmp_path: Path
) -> None:
    one, two, three = licence("Alpha", "RA-1"), licence("Beta", "RA-2"), licence("Gamma", "RA-3")
    with on_day(FIRST - datetime.timedelta(days=1), tmp_path):
        cast.decide(licence("Early", "RA-4"), State.SUSP_DISC, decision_number="EARLY")
    with on_day(FIRST, tmp_path):
        cast.decide(one, State.SUSP_DISC, decision_number="D-1", standards=["S-1", "S-2"])
        cast.decide(three, State.SUSP_PREVENTIVE, decision_number="LOOKED-AT", standards=["S-1"])
    with on_day(LAST, tmp_path):
        cast.decide(two, State.REVOKED, decision_number="D-2", standards=["S-1"])
        cast.decide(licence("Paper", "RA-5"), State.SUSP_ADMIN, decision_number="PAPERS")
    cast.decide(licence("Late", "RA-6"), State.REVOKED, decision_number="LATE")
    told = figures(register, QUARTER)
    assert [(x["agency"], x["state"], x["number"]) for x in told["sanctions"]] == [
        ("Alpha", "SUSP_DISC", "D-1"),
        ("Beta", "REVOKED", "D-2"),
    ]
    assert told["by_standard"] == [["S-1", "Duty S-1", 2], ["S-2", "Duty S-2", 1]]
    assert told["by_state"] == [["REVOKED", 1], ["SUSP_DISC", 1]]


def test_what_was_corrected_or_undone_is_told_as_it_now_stands(register: Register, tmp_path: Path) -> None:
    from agencies.actions import correct

    one, two = licence("Alpha", "RA-1"), licence("Beta", "RA-2")
    with on_day(FIRST, tmp_path):
        wrong = cast.decide(one, State.SUSP_DISC, decision_number="D-1")
        hit = cast.decide(two, State.REVOKED, decision_number="D-2")
    with on_day(LAST, tmp_path):
        correct(wrong, to=None, by=GRACE, second_approver=HENRY, reasons="Another firm.", decision_number="C-1")
        cast.decide(two, State.ACTIVE, kind=EventKind.APPEAL, overturns=hit, decision_number="A-1")
    told = figures(register, QUARTER)
    assert [(x["agency"], x["undone"]) for x in told["sanctions"]] == [("Beta", EventKind.APPEAL)]
    assert [(x["agency"], x["number"]) for x in told["taken_back"]] == [("Beta", "D-2")]


def test_nothing_that_is_undecided_and_nothing_of_a_referral_is_in_it(
    register: Register, tmp_path: Path, as_owner: Any, client: Client
) -> None:
    before = figures(register, QUARTER)
    one = licence("Alpha", "RA-1")
    with on_day(FIRST, tmp_path):
        sanction(officers().grace, one, decision_number="WAITS")
        row = referral(one.agency, as_owner)
        open_inquiry(one, standards=["S-1"], reasons="INNER", by=GRACE)
    with as_owner():
        type(row).objects.filter(pk=row.pk).update(quarter=QUARTER)
    assert figures(register, QUARTER) == before
    publish(register)
    said = client.get(reverse("cms:disclosure", args=[QUARTER])).content.decode()
    assert "WAITS" not in said and "INNER" not in said and "eferral" not in said
    read = Path(disclosures.__file__).read_text()
    assert "Referral" not in read and "Evidence" not in read and "ShowCause" not in read


@pytest.mark.parametrize(
    ("number", "told"), [(0, None), (1, None), (9, None), (10, 10), (12, 10), (13, 15), (27, 25), (28, 30)]
)
def test_a_small_number_is_not_told_and_a_larger_one_is_rounded(number: int, told: int | None) -> None:
    assert guarded(number) == told


@pytest.mark.parametrize("number", [1, SMALLEST - 1, SMALLEST])
def test_inquiries_that_found_nothing_are_told_only_in_numbers_that_point_at_nobody(
    register: Register, tmp_path: Path, client: Client, number: int
) -> None:
    holder = licence("Alpha", "RA-1")
    with on_day(LAST, tmp_path):
        for _n in range(number):
            find_nothing(open_inquiry(holder, standards=["S-1"], reasons="x", by=GRACE), reasons="In order.", by=GRACE)
    row = publish(register)
    assert row.figures["inquiries_nothing"] == (None if number < SMALLEST else SMALLEST)
    assert "fewer than 10, or none" in page(client)
    assert ("about 10" in page(client)) == (number == SMALLEST)
    assert "Alpha" not in page(client)


def test_what_is_published_is_what_was_previewed(register: Register, tmp_path: Path) -> None:
    seen = digest(figures(register, QUARTER))
    with on_day(LAST, tmp_path):
        cast.decide(licence("Alpha", "RA-1"), State.REVOKED, decision_number="D-1")
    with pytest.raises(StateChanged, match="changed since you looked"):
        publish(register, seen=seen)
    assert not AbuseDisclosure.objects.exists()
    row = publish(register)
    assert AuditEntry.objects.filter(verb="disclose_abuses", object_id=row.pk).count() == 1


def test_a_published_quarter_is_frozen_and_changed_only_with_reasons(
    register: Register, tmp_path: Path, client: Client, as_owner: Any
) -> None:
    publish(register, note="A quiet quarter.")
    with on_day(LAST, tmp_path):
        cast.decide(licence("Alpha", "RA-1"), State.REVOKED, decision_number="D-1")
    assert "Alpha" not in page(client) and "A quiet quarter." in page(client)
    with pytest.raises(DecisionRefused, match="why it is changed"):
        publish(register)
    publish(register, reasons="A decision was entered late.")
    assert "Alpha" in page(client) and "A decision was entered late." in page(client)
    with as_owner():
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            AbuseDisclosure.objects.update(note="x")
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            AbuseDisclosure.objects.all()._raw_delete("default")


def test_an_officer_previews_and_publishes_through_the_pages(
    register: Register, tmp_path: Path, client: Client
) -> None:
    people = officers()
    with on_day(LAST, tmp_path):
        cast.decide(licence("Alpha", "RA-1"), State.REVOKED, decision_number="D-1")
    url = reverse("rw_disclosures:preview", args=[QUARTER])
    assert client.get(reverse("cms:disclosure", args=[QUARTER])).status_code == 404
    client.force_login(people.amos)
    shown = client.get(url)
    assert "Alpha" in shown.content.decode() and "Publish this quarter" not in shown.content.decode()
    seen = digest(figures(register, QUARTER))
    client.post(url, {"seen": seen})
    assert not AbuseDisclosure.objects.exists()
    client.force_login(people.grace)
    assert seen in client.get(url).content.decode()
    assert QUARTER in client.get(reverse("rw_disclosures:index")).content.decode()
    client.post(url, {"seen": seen, "note": "We looked into the books."})
    said = page(client)
    assert "We looked into the books." in said and "Alpha" in said and "Licence taken away" in said
    assert QUARTER in words(client.get(reverse("cms:disclosures")))
    assert client.get(reverse("rw_disclosures:preview", args=["2999-Q1"])).status_code == 404
    assert client.get(reverse("rw_disclosures:preview", args=["nonsense"])).status_code == 404


def test_the_command_shows_and_publishes(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("disclose_abuses", QUARTER)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(figures(register, QUARTER)))
    assert not AbuseDisclosure.objects.exists()
    with pytest.raises(CommandError):
        call_command("disclose_abuses", QUARTER, publish=True)
    call_command("disclose_abuses", QUARTER, publish=True, by=GRACE)
    assert AbuseDisclosure.objects.get().published_by == GRACE
