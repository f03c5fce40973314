"""FIREWALL proof 5, the race: a mandate ends while a grant is being made, over real connections, many times.

Whoever comes first, in the end an office outside rule 1 holds nothing. The control is the same race against a copy of
the guard that does not lock what it has looked at.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from threading import Barrier, Thread
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.harness import Workshop
from tests.proof import Proof
from tests.system.test_zone_policy import as_owner, signed_in

MANDATES = ("labour_with_reporting_duty", "joint_taskforce", "immigration_enforcement", "unknown")
HOLDING = (
    "INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due) "
    "VALUES (%s, %s, %s, 1, '\\x00', '2026-W48', 2, now())"
)
UNLOCKED = 200  # races of the control: a grant survives in about one of six
WITHOUT_LOCKS = """
    CREATE OR REPLACE FUNCTION firewall_office_may_hold(office uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
        SELECT EXISTS (SELECT FROM public.complaints_office o JOIN public.complaints_attestation a ON a.office_id = o.id
            WHERE o.id = office AND o.mandate = 'labour_only' AND NOT a.withdrawn
              AND a.signed_on <= current_date AND a.expires_on > current_date) $$
"""


@pytest.mark.proof
def test_no_grant_survives_the_end_of_a_mandate(workshop: Workshop, proof: Callable[..., Proof]) -> None:
    p = proof(5, "a mandate ends while a case is given", bar="0 survivors", small=40, full=1000)
    survivors, refused = _races(workshop, p.size, p)
    workshop.clone("casework")
    with as_owner(workshop, "casework") as link:
        link.execute(WITHOUT_LOCKS)
    open_door, _ = _races(workshop, UNLOCKED, None)
    workshop.clone("casework")
    p.found(
        f"{survivors} of {p.size} survive ({refused} refused before)",
        control=f"{open_door} of {UNLOCKED} survive without the lock",
        held=survivors == 0 < open_door,
    )


@pytest.mark.proof
def test_no_parcel_waits_for_an_office_whose_mandate_has_ended(workshop: Workshop, proof: Callable[..., Proof]) -> None:
    """The same race with a parcel that the desk puts on its way."""
    p = proof(5, "a mandate ends while a parcel is made", bar="0 survivors", small=40, full=1000)
    survivors, refused = _races(workshop, p.size, p, _hand_over)
    workshop.clone("casework")
    with as_owner(workshop, "casework") as link:
        link.execute(WITHOUT_LOCKS)
    open_door, _ = _races(workshop, UNLOCKED, None, _hand_over)
    workshop.clone("casework")
    p.found(
        f"{survivors} of {p.size} survive ({refused} refused before)",
        control=f"{open_door} of {UNLOCKED} survive without the lock",
        held=survivors == 0 < open_door,
    )


@pytest.mark.proof
def test_no_mandate_but_one_is_given_anything_by_any_path(workshop: Workshop, proof: Callable[..., Proof]) -> None:
    everywhere = [*itertools.product((*MANDATES, "lapsed", "withdrawn", "none yet"), PATHS)]
    p = proof(5, "mandates by every path, as owner", bar="0 grants", small=1, full=1)
    given, open_paths = [], 0
    for how, path in everywhere:
        if _granted(workshop, how, path):
            given.append(f"{how} by {path}")
    for path in PATHS:
        open_paths += _granted(workshop, "labour_only", path)
    expected = sum(path not in ALWAYS_REFUSED for path in PATHS)
    p.found(
        f"{len(given)} of {len(everywhere)} given{''.join(f'; {one}' for one in given[:5])}",
        control=f"{open_paths} of {expected} paths that know offices are open inside rule 1",
        held=not given and open_paths == expected,
    )


PARCEL = (
    "INSERT INTO complaints_parcel (id, case_id, office_id, sender_id, recipient, state, box, attempts, week, "
    "acknowledgement_key) VALUES "
    "(gen_random_uuid(), '{case}', '{office}', '{sender}', 'age1{office}', 'waiting', '', 0, '2026-W48', '')"
)
PATHS = {
    "holding": "INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due) VALUES "
    "(gen_random_uuid(), '{case}', '{office}', 1, '', '2026-W48', 2, now())",
    "holding by select": "INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due) "
    "SELECT gen_random_uuid(), '{case}', id, 1, '', '2026-W48', 2, now() FROM complaints_office WHERE id = '{office}'",
    "holding by upsert": "INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due) "
    "VALUES (gen_random_uuid(), '{held}', '{safe}', 1, '', '2026-W48', 2, now()) "
    "ON CONFLICT (case_id, office_id) DO UPDATE SET office_id = '{office}'",
    "holding moved": "UPDATE complaints_holding SET office_id = '{office}' WHERE case_id = '{held}'",
    "holding, triggers off for a session": "SET LOCAL session_replication_role = replica; "
    "INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due) VALUES "
    "(gen_random_uuid(), '{case}', '{office}', 1, '', '2026-W48', 2, now())",
    "parcel": PARCEL.format(case="{held}", office="{office}", sender="{safe}"),
    "parcel, sent from outside": PARCEL.format(case="{outgoing}", office="{third}", sender="{office}"),
    "parcel moved": "UPDATE complaints_parcel SET office_id = '{office}', recipient = 'age1{office}', "
    "state = 'waiting' WHERE office_id = '{third}'",
    "parcel tried or sent again": "UPDATE complaints_parcel SET attempts = attempts + 1, state = 'waiting' "
    "WHERE office_id = '{office}'",
    "membership": "INSERT INTO complaints_membership (id, inspector_id, office_id, role, since) VALUES "
    "(gen_random_uuid(), '{person}', '{office}', 'inspector', current_date)",
    "membership moved": "UPDATE complaints_membership SET office_id = '{office}' WHERE inspector_id = '{member}'",
    "guest": "INSERT INTO complaints_casegrant "
    "(id, content_object_id, permission_id, user_id, office_id, until, voucher) "
    "SELECT gen_random_uuid(), '{held}', id, '{guest}', '{safe}', current_date, '' FROM auth_permission LIMIT 1",
    "generic user permission": "INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, permission_id, "
    "user_id) SELECT '{case}', content_type_id, id, '{member}' FROM auth_permission LIMIT 1",
    "generic group permission": "INSERT INTO guardian_groupobjectpermission (object_pk, content_type_id, "
    "permission_id, group_id) SELECT '{case}', content_type_id, id, {group} FROM auth_permission LIMIT 1",
    "into a group": "INSERT INTO complaints_inspector_groups (inspector_id, group_id) VALUES ('{member}', {group})",
    "a group's permission": "INSERT INTO auth_group_permissions (group_id, permission_id) "
    "SELECT {group}, id FROM auth_permission LIMIT 1",
}
ALWAYS_REFUSED = {
    "generic user permission", "generic group permission", "into a group", "a group's permission",
}  # fmt: skip


def _granted(workshop: Workshop, how: str, path: str) -> bool:
    """Whether the path gives the office anything; nothing of it stays."""
    with as_owner(workshop, "casework") as link:
        try:
            with link.transaction(force_rollback=True):
                names = {"case": _case(link), "held": _case(link), "safe": _office(link), "office": _office(link)}
                names["member"], names["person"] = _person(link), _person(link)
                link.execute(HOLDING, [uuid4(), names["held"], names["safe"]])
                link.execute(
                    "INSERT INTO complaints_membership (id, inspector_id, office_id, role, since) "
                    "VALUES (gen_random_uuid(), %s, %s, 'inspector', current_date)",
                    [names["member"], names["safe"]],
                )
                _parcels(link, names)
                names["guest"] = _person(link)
                link.execute(
                    "INSERT INTO complaints_membership (id, inspector_id, office_id, role, since) "
                    "VALUES (gen_random_uuid(), %s, %s, 'inspector', current_date)",
                    [names["guest"], names["office"]],
                )
                row = link.execute("INSERT INTO auth_group (name) VALUES ('g') RETURNING id").fetchone()
                assert row is not None
                _put_outside(link, names["office"], how)
                link.execute("SET CONSTRAINTS ALL IMMEDIATE")
                link.execute(PATHS[path].format(**names, group=row[0]))
        except psycopg.errors.CheckViolation:
            return False
    return True


def _parcels(link: psycopg.Connection, names: dict[str, UUID]) -> None:
    """Where parcels may go, one on its way to each of two offices, and a case that the office in question holds."""
    names |= {"third": _office(link), "outgoing": _case(link)}
    link.execute(HOLDING, [uuid4(), names["outgoing"], names["office"]])
    for office in ("third", "office"):
        _deliver_to(link, names[office])
        values = {"case": names["held"], "office": names[office], "sender": names["safe"]}
        link.execute(PARCEL.format(**values))


def _deliver_to(link: psycopg.Connection, office: UUID) -> None:
    link.execute(
        "INSERT INTO complaints_deliveryaddress (id, office_id, serial, recipient, way, address, starts_on) "
        "VALUES (gen_random_uuid(), %s, 1, %s, 'https', 'https://x.example/', current_date)",
        [office, f"age1{office}"],
    )


def _put_outside(link: psycopg.Connection, office: UUID, how: str) -> None:
    if how in MANDATES:
        link.execute("UPDATE complaints_office SET mandate = %s WHERE id = %s", [how, office])
    elif how == "lapsed":
        change = "signed_on = current_date - 300, expires_on = current_date"
        link.execute(f"UPDATE complaints_attestation SET {change} WHERE office_id = %s", [office])
    elif how == "withdrawn":
        link.execute("UPDATE complaints_attestation SET withdrawn = true WHERE office_id = %s", [office])
    elif how == "none yet":
        link.execute("UPDATE complaints_attestation SET signed_on = current_date + 1 WHERE office_id = %s", [office])


Giving = Callable[[psycopg.Connection, UUID, UUID], None]


def _give(link: psycopg.Connection, case: UUID, office: UUID) -> None:
    link.execute(HOLDING, [uuid4(), case, office])


def _hand_over(link: psycopg.Connection, case: UUID, office: UUID) -> None:
    query = "SELECT office_id FROM complaints_holding WHERE case_id = %s"
    (sender,) = link.execute(query, [case]).fetchone() or ("",)
    link.execute(PARCEL.format(case=case, office=office, sender=sender))


def _races(workshop: Workshop, count: int, p: Proof | None, give: Giving = _give) -> tuple[int, int]:
    """Races of a grant against the mandate's end; how many grants survive, how many were refused."""
    survivors = refused = 0
    role, query = "rw_worker", "SELECT count(*) FROM complaints_holding WHERE office_id = %s"
    if give is _hand_over:
        role, query = "rw_desk", "SELECT count(*) FROM complaints_parcel WHERE office_id = %s AND state = 'waiting'"
    with as_owner(workshop, "casework") as owner, signed_in(workshop, "casework", role) as giver:
        for number in range(count):
            if p is not None:
                p.at(number)
            case, office = _case(owner), _office(owner)
            _deliver_to(owner, office)
            if give is _hand_over:
                owner.execute(HOLDING, [uuid4(), case, _office(owner)])
            refused += _race(owner, giver, give, case, office)
            survivors += int((owner.execute(query, [office]).fetchone() or [0])[0])
    return survivors, refused


def _race(owner: psycopg.Connection, giver: psycopg.Connection, give: Giving, case: UUID, office: UUID) -> bool:
    start, said = Barrier(2), []
    before, after = random.random() * 0.004, random.random() * 0.002  # who comes first is left to chance

    def go() -> None:
        start.wait()
        try:
            with giver.transaction():
                giver.execute("SELECT pg_sleep(%s)", [before])
                give(giver, case, office)
                giver.execute("SELECT pg_sleep(%s)", [after])
        except psycopg.errors.CheckViolation:
            said.append("refused")

    giving = Thread(target=go)
    giving.start()
    start.wait()
    owner.execute("SELECT pg_sleep(%s)", [random.random() * 0.002])
    owner.execute("UPDATE complaints_office SET mandate = 'joint_taskforce' WHERE id = %s", [office])
    giving.join()
    return bool(said)


def _case(link: psycopg.Connection) -> UUID:
    case = uuid4()
    link.execute(
        "INSERT INTO complaints_case (id, week, state, severity, rung, due, death_week, epoch) "
        "VALUES (%s, '2026-W48', 'released', 2, 0, now() + interval '1 day', '2028-W47', 0)",
        [case],
    )
    return case


def _office(link: psycopg.Connection) -> UUID:
    office = uuid4()
    link.execute(
        "INSERT INTO complaints_office (id, name, country, region, mandate, national_head, languages, duties, "
        "timezone, holidays, hours, mandate_serial) "
        "VALUES (%s, 'Office', 'QA', '', 'labour_only', false, '{}', '', 'UTC', '', '', 1)",
        [office],
    )
    link.execute(
        "INSERT INTO complaints_attestation (id, office_id, quotation, source, document_sha256, countersigned_by, "
        "signed_on, expires_on, withdrawn) VALUES (gen_random_uuid(), %s, 'q', 's', '', 'w', current_date, "
        "current_date + 300, false)",
        [office],
    )
    return office


def _person(link: psycopg.Connection) -> UUID:
    person = uuid4()
    link.execute(
        "INSERT INTO complaints_inspector (id, username, name, password, is_active, session_generation) "
        "VALUES (%s, %s, 'Somebody', '', true, 0)",
        [person, person.hex],
    )
    return person
