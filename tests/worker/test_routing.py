"""Who is asked, in which order: a small golden table, what holds for all tables, and what the query lets in."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.models import Attestation, Membership, Office, OfficeCertificate, OfficeKey, OfficeKeyWrap
from complaints.cases.routing import OfficeFacts, ladder, offices_for
from complaints.cases.states import Severity
from complaints.firewall import ceremony
from complaints.vault import statements
from complaints.vault.registrars import SignedStatement
from complaints.vault.statements import RevocationSaid
from tests.factories import make_office

AsOwner = Callable[[], AbstractContextManager[None]]


def office(name: str, country: str, region: str = "", *, head: bool = False, safe: bool = True) -> OfficeFacts:
    return OfficeFacts(id=uuid4(), name=name, country=country, region=region, may_hold=safe, national_head=head)


OFFICES = [
    office("Head", "QA", head=True),
    office("National 2", "QA"),
    office("National 1", "QA"),
    office("North 2", "QA", "North"),
    office("North 1", "QA", "North"),
    office("South", "QA", "South"),
    office("Reports to police", "QA", "South", safe=False),
    office("Only head", "KW", head=True),
    office("Unsafe head", "SA", head=True, safe=False),
    office("Port", "SA", "Jeddah"),
    *(office(f"Office {number}", "IN", "Kerala") for number in range(1, 8)),
    office("India", "IN", head=True),
]

GOLDEN = """\
country,region,band,ladder
QA,North,1,North 1 > North 2 > Head
QA,North,2,North 1 > North 2 > National 1 > National 2 > Head
QA,North,3,North 1 > North 2 > National 1 > National 2 > Head
QA,North,4,North 1 > North 2 > National 1 > National 2 > Head
QA,South,1,South > National 1 > Head
QA,South,2,South > National 1 > National 2 > Head
QA,South,3,South > National 1 > National 2 > Head
QA,South,4,South > National 1 > National 2 > Head
QA,,1,National 1 > National 2 > Head
QA,,2,National 1 > National 2 > Head
QA,,3,National 1 > National 2 > Head
QA,,4,National 1 > National 2 > Head
QA,East,1,National 1 > National 2 > Head
QA,East,2,National 1 > National 2 > Head
KW,,1,Only head
KW,North,4,Only head
SA,,1,
SA,Riyadh,2,
SA,Jeddah,2,Port
IN,Kerala,1,Office 1 > Office 2 > India
IN,Kerala,2,Office 1 > Office 2 > Office 3 > Office 4 > Office 5 > India
IN,Goa,2,India
NP,,1,
"""


@pytest.mark.parametrize("row", list(csv.DictReader(io.StringIO(GOLDEN))), ids=lambda row: "-".join(row.values()))
def test_golden_table(row: dict[str, str]) -> None:
    found = ladder(country=row["country"], region=row["region"], severity=Severity(int(row["band"])), offices=OFFICES)
    assert " > ".join(one.name for one in found) == row["ladder"]


facts = st.builds(
    office,
    st.text(max_size=3),
    st.sampled_from(["QA", "KW"]),
    st.sampled_from(["", "North", "South"]),
    head=st.booleans(),
    safe=st.booleans(),
)


@given(
    offices=st.lists(facts, max_size=12),
    country=st.sampled_from(["QA", "KW", "NP"]),
    region=st.sampled_from(["", "North"]),
    band=st.sampled_from(Severity),
)
def test_what_holds_for_every_ladder(offices: list[OfficeFacts], country: str, region: str, band: Severity) -> None:
    found = ladder(country=country, region=region, severity=band, offices=offices)
    assert all(one.may_hold and one.country == country for one in found)
    assert all(one.region in ("", region) or one.national_head for one in found)
    assert len({one.id for one in found}) == len(found) <= (3 if band == Severity.S1 else 6)
    heads = [one for one in offices if one.may_hold and one.country == country and one.national_head]
    assert bool(heads) == any(one.national_head for one in found)
    assert not any(one.national_head for one in found[:-1])
    assert (
        found == ladder(country=country, region=region, severity=band, offices=list(reversed(offices)))
        or len(heads) > 1
    )


def test_facts_say_no_unless_somebody_said_yes() -> None:
    quiet = replace(OFFICES[0], may_hold=OfficeFacts(id=uuid4(), name="", country="QA").may_hold)
    assert ladder(country="QA", region="", severity=Severity.S2, offices=[quiet]) == ()


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
