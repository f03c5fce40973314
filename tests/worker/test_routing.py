"""Who is asked, in which order: what holds for all rules and offices, and what the query lets in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases import rulebook
from complaints.cases.models import Attestation, Membership, Office, OfficeCertificate, OfficeKey, OfficeKeyWrap
from complaints.cases.models.offices import Mandate
from complaints.cases.routing import OfficeFacts, ladder, offices_for, possible, route, unserved
from complaints.cases.rules import SECTORS, Asks, Matter, Rule, Rules, Selector, When
from complaints.cases.severity import band
from complaints.cases.states import Severity
from complaints.firewall import ceremony
from complaints.vault import statements
from complaints.vault.registrars import SignedStatement
from complaints.vault.statements import RevocationSaid
from tests.factories import make_office

AsOwner = Callable[[], AbstractContextManager[None]]
SHIPPED = rulebook.read(rulebook.SHIPPED.read_text())
NAMED = [uuid4() for _ in range(3)]  # rules may name these


def office(name: str, country: str, region: str = "", *, head: bool = False, safe: bool = True) -> OfficeFacts:
    return OfficeFacts(id=uuid4(), name=name, country=country, region=region, may_hold=safe, national_head=head)


# --- any rules, any offices -----------------------------------------------------------------------------------

COUNTRIES, REGIONS, READ = ["QA", "NP", "KW"], ["", "North"], ["", "ne", "zh-hans"]


def some(values: list[object]) -> st.SearchStrategy[frozenset[object]]:
    """No condition, or a few values."""
    return st.just(frozenset()) | st.frozensets(st.sampled_from(values), min_size=1, max_size=2)


facts = st.builds(
    OfficeFacts,
    id=st.sampled_from(NAMED) | st.uuids(version=4),
    name=st.text(max_size=2),
    country=st.sampled_from(COUNTRIES),
    region=st.sampled_from([*REGIONS, "South"]),
    may_hold=st.booleans(),
    national_head=st.booleans(),
    languages=st.lists(st.sampled_from(["ne", "zh"]), max_size=1).map(tuple),
)
offices_of_any_kind = st.lists(facts, max_size=14, unique_by=lambda one: one.id).filter(
    lambda offices: all(
        sum(one.national_head and one.country == country for one in offices) <= 1 for country in COUNTRIES
    )
)
selectors = st.sampled_from(
    [Selector(Asks.REGION), Selector(Asks.COUNTRY), Selector(Asks.RECRUITMENT)]
    + [Selector(Asks.OFFICE, one) for one in NAMED]
)
conditions = st.builds(
    When,
    countries=some(["QA", "NP"]),
    recruited_in=some(["NP"]),
    sectors=some(["sea", "domestic"]),
    categories=some(["fees", "service"]),
    severities=some(list(Severity)),
)


def rule(when: When, ask: list[Selector], most: int) -> Rule:
    return Rule("a rule", when, tuple(ask), most)


asks = st.lists(selectors, max_size=4, unique_by=str)
rules_of_any_kind = st.builds(
    lambda some, last: Rules((*some, last)),
    st.lists(st.builds(rule, conditions, asks, st.integers(1, 6)), max_size=4),
    st.builds(rule, st.just(When()), asks, st.integers(1, 6)),
)
matters_of_any_kind = st.builds(
    lambda categories, danger, **rest: Matter(
        categories=categories, severity=band(categories, in_danger=danger), **rest
    ),
    st.frozensets(st.sampled_from(["fees", "service", "official_collusion", "child"]), max_size=3),
    st.booleans(),
    country=st.sampled_from(COUNTRIES),
    region=st.sampled_from(REGIONS),
    recruited_in=st.sampled_from(["", *COUNTRIES]),
    sector=st.sampled_from(SECTORS),
    language=st.sampled_from(READ),
)


@given(rules=rules_of_any_kind, offices=offices_of_any_kind, matter=matters_of_any_kind)
def test_whatever_the_rules_say(rules: Rules, offices: list[OfficeFacts], matter: Matter) -> None:
    found = ladder(matter, rules=rules, offices=offices)
    safe = [one for one in offices if one.may_hold]
    abroad = matter.recruited_in if not any(one.country == matter.country for one in safe) else matter.country
    heads = [one for one in safe if one.national_head and one.country == abroad]
    assert all(one.may_hold for one in found)
    assert len(set(found)) == len(found) <= (3 if matter.severity == Severity.S1 else 6)
    assert not heads or found[-1] == heads[0]
    assert not any(one.national_head and one.country == matter.country for one in found[:-1])
    decided = rules.rule_for(matter)
    assert len(found) <= max(decided.most, len(heads))
    named = {one.office for one in decided.ask}
    may_cross = {Selector(Asks.RECRUITMENT)} & set(decided.ask)
    for one in found:
        if one.country != matter.country and one.id not in named:
            assert one.country == matter.recruited_in and (may_cross or one in heads)
        if one.region not in ("", matter.region):
            assert one.id in named or one.national_head
    assert found == ladder(matter, rules=rules, offices=list(reversed(offices)))


@given(rules=rules_of_any_kind, offices=offices_of_any_kind, matter=matters_of_any_kind)
def test_whoever_gets_it_was_named_before_a_word_was_typed(
    rules: Rules, offices: list[OfficeFacts], matter: Matter
) -> None:
    found = ladder(matter, rules=rules, offices=offices)
    assert {*found} <= {*possible(matter, rules=rules, offices=offices)}


@given(rules=rules_of_any_kind, offices=offices_of_any_kind, matter=matters_of_any_kind)
def test_where_nobody_is_asked_the_form_knows_it_before(
    rules: Rules, offices: list[OfficeFacts], matter: Matter
) -> None:
    """What is told about a category or sector holds for every complaint about it; and the other way about."""
    gaps = unserved(matter, rules=rules, offices=offices)
    if (matter.categories and matter.categories <= {*gaps.categories}) or matter.sector in gaps.sectors:
        assert ladder(matter, rules=rules, offices=offices) == ()
    assert gaps.wholly == (possible(matter, rules=rules, offices=offices) == ())


def test_the_likeliest_reader_is_named_first_and_the_head_last() -> None:
    north, whole, head, nepal = (
        office("North", "QA", "North"), office("Whole", "QA"), office("A head", "QA", head=True), office("N", "NP"),
    )  # fmt: skip
    named = possible(Matter("QA", "North", "NP"), rules=SHIPPED, offices=[head, nepal, whole, north])
    assert named == (north, whole, nepal, head)


def test_a_complaint_about_an_official_where_no_head_is_safe_goes_to_nobody_and_that_is_known() -> None:
    offices = [office("Whole", "QA")]
    about = Matter("QA", categories=frozenset({"official_collusion"}), severity=Severity.S2)
    assert ladder(about, rules=SHIPPED, offices=offices) == ()
    assert unserved(about, rules=SHIPPED, offices=offices).categories == ("official_collusion",)


def test_the_country_of_recruitment_is_asked_only_where_it_is_another() -> None:
    rules = rulebook.read('[[rule]]\nname = "abroad"\nask = ["recruitment"]\n')
    offices = [
        office("Doha", "QA"),
        office("Head", "QA", head=True),
        office("Nepal", "NP"),
        office("West", "NP", "West"),
    ]
    for recruited, expected in (("QA", ["Head"]), ("", ["Head"]), ("KW", ["Head"]), ("NP", ["Nepal", "Head"])):
        assert [one.name for one in ladder(Matter("QA", "", recruited), rules=rules, offices=offices)] == expected


def test_the_reason_for_each_office_is_said() -> None:
    offices = [office(f"{number}", "QA") for number in range(7)] + [office("Head", "QA", head=True)]
    found = route(Matter("QA"), rules=SHIPPED, offices=offices)
    assert found.rule.name == "everything else"
    assert [(one.office.name, str(one.by)) for one in found.asked] == [
        *((f"{number}", "country") for number in range(5)), ("Head", "None"),
    ]  # fmt: skip
    assert [one.office.name for one in found.no_room] == ["5", "6"]


@pytest.mark.parametrize(
    ("said", "reads", "does"),
    [("zh-hans", "zh", True), ("zh", "zh-hant", True), ("ne", "NE", True), ("ne", "en", False), ("", "en", False)],
)
def test_languages_are_compared_by_what_people_read(said: str, reads: str, does: bool) -> None:
    assert replace(office("", "QA"), languages=(reads,)).reads(said) is does


def test_facts_say_no_unless_somebody_said_yes() -> None:
    quiet = OfficeFacts(id=uuid4(), name="", country="QA")
    assert ladder(Matter("QA"), rules=SHIPPED, offices=[quiet]) == ()


# --- the query: under the worker's role, on the real tables -------------------------------------------------


def names(country: str = "QA", *, on: date | None = None) -> list[str]:
    return [one.name for one in offices_for(country, on=on or date.today())]


def test_an_office_certified_by_two_registrars_is_found_with_its_key(
    as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="North", region="North", holidays="QA")
    (found,) = offices_for("QA", on=date.today())
    key = OfficeKey.objects.get(office=cast.office)
    assert (found.id, found.name, found.region, found.holidays) == (cast.office.pk, "North", "North", "QA")
    assert found.may_hold
    assert found.public_key == bytes(key.public_key)
    assert len(found.fingerprint) == 6
    assert names("KW") == []


def test_one_registrar_is_not_enough(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="North")
        row = OfficeCertificate.objects.get(office=cast.office)
        signed = SignedStatement.from_bytes(bytes(row.signed))
        assert names() == ["North"]
        one = SignedStatement(signed.body, signed.signatures[:1]).to_bytes()  # what the owner alone could put there
        OfficeCertificate.objects.filter(pk=row.pk).update(signed=one)
    assert names() == []


def test_an_office_in_which_one_member_is_left_is_on_no_ladder(
    as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="North")
    assert names() == ["North"]
    with as_owner():
        OfficeKeyWrap.objects.filter(inspector=cast.members[1]).delete()
    assert names() == []


def test_a_member_who_has_left_does_not_count(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="North")
        Membership.objects.filter(inspector=cast.members[1]).update(until=date.today())
    assert names() == []


def test_a_revoked_certificate_takes_the_office_off_the_ladder(
    as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="North")
        signed = SignedStatement.from_bytes(bytes(OfficeCertificate.objects.get(office=cast.office).signed))
        said = RevocationSaid(cast.office.pk.bytes, hashlib.sha256(signed.body).digest(), date.today())
        ceremony.take(statements.sign(said, *registrar_privates[:2]))
    assert names() == []


def test_a_certificate_and_an_attestation_end_by_themselves(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="North")
    today = date.today()
    assert names(on=today + timedelta(days=89)) == ["North"]
    assert names(on=today + timedelta(days=90)) == []
    assert names(on=today - timedelta(days=1)) == []


def test_a_newer_key_without_a_certificate_takes_the_office_off_new_ladders(
    as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates)
        OfficeKey.objects.create(office=cast.office, generation=2, public_key=bytes(32))
    assert names() == []


@pytest.mark.parametrize("change", [{"mandate": "joint_taskforce"}, {"country": "KW"}])
def test_a_changed_row_is_not_believed(
    as_owner: AsOwner, registrar_privates: list[bytes], change: dict[str, str]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates)
        Office.objects.filter(pk=cast.office.pk).update(**change)
    assert names("QA") == names("KW") == []


def test_a_new_name_in_the_row_changes_nothing_that_is_shown(
    as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="North")
        Office.objects.filter(pk=cast.office.pk).update(name="Your friends")
    assert names() == ["North"]


def test_a_certificate_falls_with_the_attestation_it_rests_on(
    as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates)
        old = Attestation.objects.get(office=cast.office)
        Attestation.objects.filter(pk=old.pk).update(withdrawn=True)
        old.pk, old.quotation = uuid4(), "Another law."
        old.save(force_insert=True)
    assert Office.objects.may_hold(on=date.today()).exists()
    assert names() == []


# --- from the tables to the ladder ----------------------------------------------------------------------------

GOLDEN_MANDATES = {
    Mandate.LABOUR_ONLY: "North > Head",
    Mandate.LABOUR_WITH_REPORTING_DUTY: "Head",
    Mandate.JOINT_TASKFORCE: "Head",
    Mandate.IMMIGRATION_ENFORCEMENT: "Head",
    Mandate.UNKNOWN: "Head",
}


@pytest.mark.parametrize("mandate", Mandate)
@pytest.mark.parametrize("asked_by", ["region", "country", "recruitment", "office"])
def test_one_mandate_alone_is_asked_whatever_a_rule_says(
    as_owner: AsOwner, registrar_privates: list[bytes], mandate: Mandate, asked_by: str
) -> None:
    where = {"region": ("QA", "North"), "country": ("QA", ""), "recruitment": ("NP", ""), "office": ("OM", "")}
    country, region = where[asked_by]
    with as_owner():
        north = make_office(registrar_privates=registrar_privates, name="North", country=country, region=region).office
        make_office(registrar_privates=registrar_privates, name="Head", national_head=True)
        Office.objects.filter(pk=north.pk).update(mandate=mandate)
    said = f"office:{north.pk}" if asked_by == "office" else asked_by
    rules = rulebook.read(f'[[rule]]\nname = "it"\nask = ["{said}"]\n')
    offices = offices_for("QA", "NP", on=date.today(), named=rules.offices)
    found = ladder(Matter("QA", "North", "NP"), rules=rules, offices=offices)
    assert " > ".join(one.name for one in found) == GOLDEN_MANDATES[mandate]


def test_both_countries_and_the_named_offices_are_one_query(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        named = make_office(registrar_privates=registrar_privates, name="Ships", country="OM").office
        for name, country in (("Doha", "QA"), ("Kathmandu", "NP"), ("Kuwait", "KW")):
            make_office(registrar_privates=registrar_privates, name=name, country=country)
    with CaptureQueriesContext(connection) as queries:
        found = offices_for("QA", "NP", on=date.today(), named=[named.pk])
    assert [one.name for one in found] == ["Doha", "Kathmandu", "Ships"]
    assert len(queries) == 1
