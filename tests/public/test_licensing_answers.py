"""The public answer: three verdicts, in words; an old list never says "today"."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import wording
from agencies.around.operators import debar, lift_debarment
from agencies.licensing import EventKind, State, Tense, Verdict, answer_for, answers_for, answers_over
from agencies.models import Agency, ListedStatus, Operator, Place, Register

from . import licensing_cast as cast
from .licensing_cast import END, GRACE, day

pytestmark = pytest.mark.django_db

AS_OF = datetime.date(2026, 7, 14)


def listed(**said: Any) -> Agency:
    """An agency of a foreign list about which the list says this."""
    register, _ = Register.objects.get_or_create(
        code="xx",
        defaults={"name": "Foreign list", "regulator": "Ministry of Labour", "country": "PH", "as_of": AS_OF},
    )
    agency = Agency.objects.create(register=register, name="Far Horizon Inc", country="PH")
    return say(agency, **said)


def say(agency: Agency, **said: Any) -> Agency:
    place = agency.places.first() or Place.objects.create(
        agency=agency, register=agency.register, source_key=str(uuid.uuid4())
    )
    as_of = said.pop("as_of", AS_OF)
    facts = {"words": "Valid License", "state": "ACTIVE", "first_as_of": as_of, "as_of": as_of}
    ListedStatus.objects.create(
        agency=agency, place=place, register=agency.register, batch_id=uuid.uuid4(),
        recorded_at=datetime.datetime.now(datetime.UTC), **(facts | said),
    )  # fmt: skip
    return agency


def in_words(agency: Agency, *, on: datetime.date | None = None, today: datetime.date) -> tuple[str, str]:
    answer = answer_for(agency, on=on, today=today)
    return wording.sentence(answer), wording.detail(answer)


def test_a_home_licence_answers_for_today() -> None:
    answer = answer_for(cast.licence().agency, today=day(5))
    assert (answer.kind, answer.tense, answer.until, answer.as_of) == ("may", Tense.TODAY, END, None)
    assert wording.sentence(answer) == "This agency may recruit today."


def test_a_suspension_says_why_and_since_when() -> None:
    licence = cast.licence()
    cast.decide(licence, State.SUSP_DISC, effective_from=day(10))
    answer = answer_for(licence.agency, today=day(12))
    assert (answer.verdict, answer.since, answer.standards) == (Verdict.MAY_NOT, day(10), ("S-1",))
    assert answer.reasons == "Fees were charged to workers."
    assert wording.detail(answer).startswith("Suspended because it broke a rule since 11 January 2026.")


def test_the_day_that_somebody_paid_is_answered_in_the_past_tense() -> None:
    licence = cast.licence()
    cast.decide(licence, State.REVOKED, effective_from=day(10))
    assert (
        in_words(licence.agency, on=day(9), today=day(40))[0]
        == "On 10 January 2026 this agency was allowed to recruit."
    )
    assert "was not allowed to recruit" in in_words(licence.agency, on=day(10), today=day(40))[0]
    assert "had no licence" in in_words(licence.agency, on=day(-1), today=day(40))[0]


def test_an_expired_licence_gives_no_reasons_of_the_grant() -> None:
    answer = answer_for(cast.licence(reasons="All papers in order.").agency, today=END + datetime.timedelta(days=1))
    assert (answer.verdict, answer.state, answer.reasons) == (Verdict.MAY_NOT, State.EXPIRED, "")


def test_an_agency_without_a_licence_is_not_in_the_register() -> None:
    answer = answer_for(cast.agency(), today=day(5))
    assert answer.kind == "not_listed"
    assert wording.sentence(answer) == "This agency has no licence in this register."


def test_a_barred_operator_may_not_recruit_whatever_its_licence_says() -> None:
    operator = Operator.objects.create(name="A. Person", country="KE")
    facts: dict[str, Any] = {
        "by": cast.GRACE,
        "second_approver": cast.HENRY,
        "reasons": "Fraud.",
        "decision_number": "B-1",
    }
    flag = debar(operator, effective_from=day(3), **facts)
    licence = cast.licence(cast.agency(operator=operator))
    assert answer_for(licence.agency, today=day(2)).verdict == Verdict.MAY
    assert answer_for(licence.agency, today=day(3)).verdict == Verdict.MAY_NOT
    lift_debarment(flag, effective_from=day(9), **(facts | {"decision_number": "B-2"}))
    assert answer_for(licence.agency, today=day(8)).barred
    assert answer_for(licence.agency, today=day(9)).verdict == Verdict.MAY


def test_one_licence_in_force_is_enough() -> None:
    holder = cast.agency()
    cast.decide(cast.licence(holder, number="RA-1"), State.SURRENDERED, effective_from=day(5))
    cast.licence(holder, number="RA-2")
    answer = answer_for(holder, today=day(6))
    assert (answer.verdict, answer.number) == (Verdict.MAY, "RA-2")


@pytest.mark.parametrize("age", [0, 30, 31, 400, -1])
def test_only_a_fresh_list_says_today(age: int) -> None:
    today = AS_OF + datetime.timedelta(days=age)
    agency = listed()
    answer = answer_for(agency, today=today)
    fresh = 0 <= age <= 30
    assert answer.tense == (Tense.TODAY if fresh else Tense.LIST)
    assert answer.kind == ("may" if fresh else "list_said")
    said = " ".join(in_words(agency, today=today))
    assert ("today" in said) == fresh
    assert fresh or "14 July 2026" in said


@pytest.mark.parametrize("words", ["Cancelled", "Delisted"])
def test_words_of_unknown_kind_are_quoted_and_mean_may_not(words: str) -> None:
    agency = listed(words=words, state="", unverified=True)
    sentence, detail = in_words(agency, today=datetime.date(2026, 11, 23))
    assert sentence == "By the list of 14 July 2026 this agency may not recruit."
    assert f"The list says: “{words}”." in detail
    assert answer_for(agency, today=AS_OF).kind == "may_not"


def test_a_lists_own_end_date_is_held_to() -> None:
    agency = listed(ends_on=datetime.date(2026, 9, 6))
    assert answer_for(agency, on=datetime.date(2026, 9, 6), today=datetime.date(2026, 11, 23)).verdict == Verdict.MAY
    answer = answer_for(agency, today=datetime.date(2026, 11, 23))
    assert (answer.verdict, answer.state, answer.kind) == (Verdict.MAY_NOT, State.EXPIRED, "may_not")
    assert wording.sentence(answer) == (
        "The list of 14 July 2026 gave this licence until 6 September 2026. That day has passed."
    )


def test_barred_for_ever_in_a_list_never_may() -> None:
    answer = answer_for(listed(words="Forever Banned", state="REVOKED", debarred_permanently=True), today=AS_OF)
    assert answer.verdict == Verdict.MAY_NOT
    assert answer.barred


def test_a_past_day_is_answered_by_the_list_of_that_time() -> None:
    agency = listed()
    say(agency, words="Cancelled", state="", as_of=datetime.date(2026, 10, 1))
    today = datetime.date(2026, 11, 23)
    assert answer_for(agency, on=datetime.date(2026, 8, 1), today=today).words == "Valid License"
    assert answer_for(agency, on=datetime.date(2026, 10, 1), today=today).words == "Cancelled"
    # Before the first list there is only the first list, and it says its date.
    earliest = answer_for(agency, on=datetime.date(2020, 1, 1), today=today)
    assert (earliest.words, earliest.as_of, earliest.tense) == ("Valid License", AS_OF, Tense.LIST)


def test_a_list_says_nothing_of_the_time_before_its_since() -> None:
    agency = listed(since=datetime.date(2025, 11, 11))
    _, detail = in_words(agency, on=datetime.date(2025, 1, 1), today=AS_OF)
    assert "What was before that day, the list does not say." in detail


def test_no_longer_listed_is_not_called_revoked() -> None:
    agency = listed()
    say(agency, words="", state="", no_longer_listed=True, as_of=datetime.date(2026, 11, 1))
    answer = answer_for(agency, today=datetime.date(2026, 11, 23))
    assert (answer.kind, answer.gone, answer.state) == ("not_listed", True, None)
    assert wording.sentence(answer) == "This agency is no longer in this register."
    assert "not proof that a licence was taken away" in wording.detail(answer)


def test_a_branch_that_is_gone_does_not_speak_for_the_others() -> None:
    agency = listed()
    other = Place.objects.create(agency=agency, register=agency.register, source_key="other")
    ListedStatus.objects.create(
        agency=agency, place=other, register=agency.register, batch_id=uuid.uuid4(), no_longer_listed=True,
        first_as_of=AS_OF, as_of=AS_OF, recorded_at=datetime.datetime.now(datetime.UTC),
    )  # fmt: skip
    assert answer_for(agency, today=AS_OF).verdict == Verdict.MAY


def test_the_answers_over_a_time_tell_each_of_its_days_and_cost_no_more_than_one() -> None:
    licence = cast.licence()
    cast.decide(licence, State.SUSP_DISC, effective_from=day(5))
    cast.decide(licence, State.ACTIVE, effective_from=day(9))
    for agency, changes in ((licence.agency, 3), (listed(), 1)):
        agency = Agency.objects.select_related("register", "operator").get(pk=agency.pk)
        with CaptureQueriesContext(connection) as queries:
            over = answers_over(agency, day(3), day(11), today=day(20))
        assert len(queries) <= 2
        assert [one.on for one in over] == [day(number) for number in (3, 5, 9)[:changes]]
        for number in range(3, 12):
            told = [one for one in over if one.on <= day(number)][-1]
            assert replace(told, on=day(number)) == answer_for(agency, on=day(number), today=day(20))


def test_a_licence_without_an_end_has_no_day_after() -> None:
    licence = cast.licence(valid_to=datetime.date.max)
    assert [one.on for one in answers_over(licence.agency, day(3), day(11))] == [day(3)]


def test_many_answers_cost_few_queries() -> None:
    for number in range(3):
        cast.licence(cast.agency(f"Agency {number}"), number=f"RA-{number + 1}")
        listed()
    agencies = list(Agency.objects.select_related("register", "operator"))
    with CaptureQueriesContext(connection) as queries:
        answers = answers_for(agencies, today=day(5))
    assert len(queries) <= 4
    assert len(answers) == len(agencies) == 6


def test_history_in_words_keeps_what_was_overturned() -> None:
    licence = cast.licence()
    hit = cast.decide(licence, State.REVOKED, effective_from=day(5))
    cast.decide(licence, State.ACTIVE, kind=EventKind.APPEAL, overturns=hit, effective_from=day(9))
    entries = wording.licence_timeline(licence.events.all())
    assert [e["title"] for e in entries] == [
        "Licensed",
        "Licence taken away",
        "Overturned on appeal: Licensed",
    ]
    assert entries[1]["state"].startswith("Overturned on appeal on ")
    assert GRACE in entries[1]["text"]


def test_what_a_list_said_over_time_in_words() -> None:
    agency = listed()
    say(agency, words="", state="", no_longer_listed=True, as_of=datetime.date(2026, 11, 1))
    titles = [e["title"] for e in wording.listed_timeline(agency.listed.all())]
    assert titles == ["The list says: “Valid License”.", "No longer in the list"]
    context = wording.status_context(answer_for(agency, today=AS_OF), level=1)
    assert set(context) == {"kind", "sentence", "detail", "level"}
