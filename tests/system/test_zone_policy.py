"""FIREWALL proofs 1 and 2: live databases equal the policy; every role can do what it should, and no more."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from recruitment_watch import policy
from recruitment_watch.embedded.installation import ROLES
from recruitment_watch.embedded.postgres import OWNER
from recruitment_watch.zones import DATABASES
from tests.harness import CLUSTER_OF, Workshop
from tests.proof import Proof

REFUSED = "42501"  # insufficient_privilege

# What each casework role may do to each table as a whole, written down apart from zones.py: the letters are
# Select, Insert, Update, Delete; lower case means some columns only. A table that is not here is nobody's.
EXPECTED = {
    #                               intake  desk    worker
    "complaints_office":           ("S",    "S",    "S"),
    "complaints_attestation":      ("S",    "S",    "S"),
    "complaints_officekey":        ("S",    "SI",   "S"),
    "complaints_officecertificate":("S",    "S",    "S"),
    "complaints_case":             ("I",    "Su",   "Su"),
    "complaints_receipt":          ("I",    "s",    "su"),
    "complaints_content":          ("I",    "SI",   ""),
    "complaints_rung":             ("I",    "s",    "Su"),
    "complaints_holding":          ("",     "Su",   "SIuD"),
    "complaints_step":             ("",     "S",    "SI"),
    "complaints_message":          ("",     "SI",   ""),
    "complaints_attachment":       ("I",    "SI",   ""),
    "complaints_helperreceipt":    ("",     "",     ""),
    "complaints_caserecord":       ("",     "SI",   ""),
    "complaints_statisticsenvelope":("",    "",     ""),
    "complaints_statisticswaiting":("I",    "",     ""),
    "complaints_draft":            ("SIUD", "",     ""),
    "complaints_draftfile":        ("SIUD", "",     ""),
    "complaints_desksession":      ("",     "SIUD", ""),
    "complaints_secondfactor":     ("",     "SIuD", ""),
    "complaints_look":             ("",     "SID",  ""),
    "complaints_inspector":        ("",     "SIu",  ""),
    "complaints_membership":       ("",     "SIu",  "S"),
    "complaints_memberkey":        ("",     "SIU",  ""),
    "complaints_officekeywrap":    ("",     "SIUD", ""),
    "complaints_approval":         ("",     "SIu",  "Su"),
    "complaints_casegrant":        ("",     "SID",  ""),
    "complaints_disclosure":       ("",     "SI",   "SI"),
    "complaints_disclosuredetail": ("",     "SI",   "I"),
    "complaints_epochbox":         ("",     "SIu",  "Su"),
    "complaints_identityholding":  ("",     "Su",   "SIu"),
    "complaints_departure":        ("",     "SI",   "SI"),
    "complaints_recusal":          ("",     "SI",   ""),
    "complaints_patternmark":      ("",     "SIu",  ""),
    "complaints_absence":          ("",     "SIuD", ""),
    "complaints_enrolment":        ("",     "SIUD", ""),
    "complaints_registrar":        ("",     "S",    ""),
    "complaints_registrarstatement":("",    "S",    ""),
    "complaints_protectivedisclosure":("",  "SIu",  ""),
    "complaints_disclosurecheckpoint":("",  "S",    "SI"),
    "complaints_lawfuldemand":     ("",     "SI",   ""),
    "complaints_referraloutbox":   ("",     "",     "SD"),
    "complaints_deliveryaddress":  ("",     "S",    "S"),
    "complaints_parcel":           ("",     "sIu",  "Su"),
    "complaints_stuckcase":        ("",     "S",    "SIUD"),
    "complaints_pulse":            ("",     "S",    "SIu"),
    "guardian_userobjectpermission":("",    "",     ""),
    "guardian_groupobjectpermission":("",   "",     ""),
    "auth_group":                  ("",     "",     ""),
    "auth_group_permissions":      ("",     "",     ""),
    "complaints_inspector_groups": ("",     "",     ""),
}  # fmt: skip
CASEWORK_ROLES = ("rw_intake", "rw_desk", "rw_worker")
VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}


@contextmanager
def signed_in(
    workshop: Workshop, database: str, role: str, password: str | None = None
) -> Iterator[psycopg.Connection]:
    cluster = workshop.cluster(database)
    secret = password if password is not None else workshop.installation.secret(f"{CLUSTER_OF[database]}_{role}")
    with psycopg.connect(cluster.url(workshop.name(database), user=role, password=secret), autocommit=True) as link:
        yield link


@contextmanager
def as_owner(workshop: Workshop, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(workshop.cluster(database).url(workshop.name(database)), autocommit=True) as link:
        yield link


TAMPERINGS = (
    ("GRANT SELECT ON complaints_draft TO rw_desk", "grant not declared: rw_desk SELECT complaints_draft"),
    ("GRANT SELECT (tag) ON complaints_receipt TO rw_desk", "rw_desk SELECT complaints_receipt.tag"),
    ("GRANT SELECT ON complaints_case TO PUBLIC", "grant not declared: PUBLIC SELECT complaints_case"),
    ("REVOKE INSERT ON complaints_case FROM rw_intake", "grant missing: rw_intake INSERT complaints_case"),
    ("GRANT EXECUTE ON FUNCTION mailbox_case TO rw_desk", "grant not declared: rw_desk EXECUTE mailbox_case"),
    ("GRANT rw_worker TO rw_desk", "role not declared: rw_desk more than login"),
    ("ALTER ROLE rw_desk CREATEROLE", "role not declared: rw_desk more than login"),
    ("DROP TRIGGER veto_holding ON complaints_holding", "trigger missing: veto_holding"),
    ("ALTER TABLE complaints_holding DISABLE TRIGGER veto_holding", "veto_holding complaints_holding"),
    ("ALTER TABLE complaints_holding ENABLE TRIGGER veto_holding", "not always"),
    (
        "CREATE OR REPLACE FUNCTION firewall_office_may_hold(office uuid) RETURNS boolean LANGUAGE sql "
        "SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT true'",
        "function not declared: firewall_office_may_hold",
    ),
    ("CREATE FUNCTION peep() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'", "function not declared: peep"),
    # What steps round tables, grants, triggers and functions.
    ("CREATE RULE r AS ON INSERT TO complaints_departure DO INSTEAD NOTHING", "rule not declared: r on complaints_de"),
    ("CREATE POLICY p ON complaints_case USING (false)", "row policy not declared: p on complaints_case"),
    ("ALTER TABLE complaints_case ENABLE ROW LEVEL SECURITY", "row security not declared: complaints_case"),
    ("CREATE VIEW peep AS SELECT 1", "view or foreign table not declared: peep"),
    ("CREATE SCHEMA aside", "schema not declared: aside"),
    (
        "CREATE FUNCTION pg_catalog.peep() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "function outside public not declared: peep()",
    ),
    (
        "CREATE FUNCTION mailbox_withdraw(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "second function of its name not declared: mailbox_withdraw",
    ),
    (
        "CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)",
        "operator not declared: ===(text,text)",
    ),
    ("CREATE CAST (text AS uuid) WITH INOUT AS IMPLICIT", "cast not declared: text to uuid"),
    ("CREATE DOMAIN mandate AS text", "type not declared: mandate"),
    (
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
        "event trigger not declared: e",
    ),
    ("CREATE PUBLICATION everything FOR ALL TABLES", "publication not declared: everything"),
    (
        "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)",
        "subscription not declared: s",
    ),
    (
        "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far",
        "foreign server not declared: away",
    ),
    ("CREATE ROLE guest LOGIN", "login role not declared: guest"),
    (
        "CREATE ROLE group_of; GRANT pg_read_all_data TO group_of",
        "membership not declared: group_of in pg_read_all_data",
    ),
    ("GRANT pg_write_all_data TO rw_desk", "membership not declared: rw_desk in pg_write_all_data"),
    ("GRANT SELECT ON complaints_case TO pg_monitor", "grant not declared: pg_monitor SELECT complaints_case"),
    ("GRANT SET ON PARAMETER session_replication_role TO rw_desk", "grant of a setting not declared: rw_desk SET"),
    ("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO rw_desk", "system's own not declared: rw_desk EXECUTE pg_read"),
    ("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC", "system's own not declared: PUBLIC EXECUTE pg_read"),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO rw_desk", "default grant not declared: rw_owner r"),
    ("GRANT CREATE ON SCHEMA public TO rw_desk; ALTER TABLE complaints_case OWNER TO rw_desk", "rw_desk of complaints"),
    (
        "ALTER ROLE rw_desk SET default_transaction_isolation = 'serializable'",
        "setting not declared: rw_desk default_transaction_isolation=serializable",
    ),
    ("ALTER ROLE rw_desk SET idle_in_transaction_session_timeout = 0", "setting missing: rw_desk idle_in_transaction"),
    ("ALTER ROLE ALL SET search_path = aside", "setting not declared: everybody search_path=aside"),
)


def test_what_a_role_set_for_itself_is_found_and_undone(workshop: Workshop) -> None:
    """PostgreSQL lets every role do that, as it lets every role change its own password."""
    declared = DATABASES["casework"]
    passwords = {role: workshop.installation.secret(f"casework_{role}") for role in declared.grants}
    name = sql.Identifier(workshop.name("casework"))
    setting = sql.SQL("ALTER ROLE rw_desk IN DATABASE {} SET default_transaction_isolation = 'serializable'")
    with signed_in(workshop, "casework", "rw_desk") as theirs:
        theirs.execute(setting.format(name))
    with as_owner(workshop, "casework") as link:
        assert policy.differences(link, declared) == [
            "setting not declared: rw_desk default_transaction_isolation=serializable"
        ]
        policy.apply(link, declared, passwords)
        assert policy.differences(link, declared) == []


@pytest.mark.proof
def test_a_live_database_equals_its_policy_and_every_tampering_is_a_difference(
    workshop: Workshop, proof: Callable[..., Proof]
) -> None:
    p = proof(1, "live databases against zones.py", bar="0 differences", small=1, full=1)
    lines = []
    for alias, declared in DATABASES.items():
        with as_owner(workshop, alias) as link:
            lines += policy.differences(link, declared)
    missed = [tampering for tampering, found in TAMPERINGS if not _is_found(workshop, tampering, found)]
    p.found(
        f"{len(lines)} differences in {len(DATABASES)} databases{''.join(f'; {line}' for line in lines[:5])}",
        control=f"{len(TAMPERINGS) - len(missed)} of {len(TAMPERINGS)} tamperings found",
        held=not (lines or missed),
    )


def _is_found(workshop: Workshop, tampering: str, found: str) -> bool:
    with as_owner(workshop, "casework") as link, link.transaction(force_rollback=True):
        link.execute(tampering)
        return any(found in line for line in policy.differences(link, DATABASES["casework"]))


@pytest.mark.proof
def test_every_verb_of_every_role_is_as_written_down_here(workshop: Workshop, proof: Callable[..., Proof]) -> None:
    p = proof(2, "every verb under every zone's role", bar="as written down, >= 50 probes", small=1, full=1)
    probes, surprises, refused = 0, [], 0
    for column, role in enumerate(CASEWORK_ROLES):
        with signed_in(workshop, "casework", role) as link:
            for table, letters in EXPECTED.items():
                for letter, verb in VERBS.items():
                    allowed = letter in letters[column]
                    probes += 1
                    refused += not allowed
                    if _may(link, workshop, table, verb) != allowed:
                        surprises.append(f"{role} {verb} {table}: expected {'allowed' if allowed else 'refused'}")
    p.found(
        f"{probes - len(surprises)} of {probes} as expected{''.join(f'; {line}' for line in surprises[:5])}",
        control=f"{probes - refused} allowed ones go through, {refused} are refused",
        held=not surprises and 50 <= refused < probes,
    )


def test_no_casework_table_is_left_out_of_the_expectation(workshop: Workshop) -> None:
    with as_owner(workshop, "casework") as link:
        tables = {name for (name,) in link.execute("SELECT relname FROM pg_class WHERE " + policy.OUR_TABLES)}
    open_to_all = {"django_migrations", "django_content_type", "auth_permission"}
    assert tables - open_to_all == set(EXPECTED)


def test_the_public_role_is_not_known_to_the_casework_cluster(workshop: Workshop) -> None:
    secret = workshop.installation.secret("register_rw_public")
    for database, role in itertools.product(("casework", "register_copy"), ("rw_public", "rw_register_out")):
        with pytest.raises(psycopg.OperationalError), signed_in(workshop, database, role, secret):
            pass


@pytest.mark.proof
def test_nobody_signs_in_with_no_password_a_wrong_one_or_anothers(
    workshop: Workshop, proof: Callable[..., Proof]
) -> None:
    p = proof(2, "signing in as another role, or as owner", bar=">= 50 probes, 0 let in", small=1, full=1)
    everybody = [(cluster, role) for cluster, roles in ROLES.items() for role in (*roles, OWNER)]
    probes = let_in = 0
    for cluster, role in everybody:
        others = [workshop.installation.secret(f"{c}_{r}") for c, r in everybody if r not in (role, OWNER)]
        for password in ("", "wrong", *others):
            probes += 1
            let_in += _signs_in(workshop, cluster, role, password)
    home = {("casework", "rw_refresh"): "register_copy"}  # the only database there that it may enter
    own = [
        _signs_in(workshop, home.get((cluster, role), cluster), role, None)
        for cluster, role in everybody
        if role != OWNER
    ]
    p.found(
        f"{let_in} of {probes} let in",
        control=f"{sum(own)} of {len(own)} let in with their own password",
        held=not let_in and probes >= 50 and all(own),
    )


def _signs_in(workshop: Workshop, cluster: str, role: str, password: str | None) -> bool:
    try:
        with signed_in(workshop, cluster, role, password):
            return True
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize("role", CASEWORK_ROLES)
def test_no_role_becomes_another(workshop: Workshop, role: str) -> None:
    with signed_in(workshop, "casework", role) as link:
        for other in {*CASEWORK_ROLES, "rw_refresh", OWNER, "pg_read_all_data"} - {role}:
            for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}"):
                with pytest.raises(psycopg.Error) as refused:
                    link.execute(sql.SQL(statement).format(sql.Identifier(other)))
                assert refused.value.sqlstate == REFUSED


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE loot (x int)",
        "CREATE TEMP TABLE loot (x int)",
        "ALTER TABLE complaints_holding DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "COPY complaints_office TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT lo_import('/etc/passwd')",
        "TRUNCATE complaints_disclosure",
    ],
)
@pytest.mark.parametrize("role", CASEWORK_ROLES)
def test_what_an_owner_may_no_zone_may(workshop: Workshop, role: str, statement: str) -> None:
    with signed_in(workshop, "casework", role) as link, pytest.raises(psycopg.Error) as refused:
        link.execute(statement)
    assert refused.value.sqlstate == REFUSED


def _may(link: psycopg.Connection, workshop: Workshop, table: str, verb: str) -> bool:
    """Whether the role may do it to whole rows; nothing is changed, because no row is concerned."""
    name = sql.Identifier(table)
    statements = {
        "SELECT": sql.SQL("SELECT * FROM {} LIMIT 0"),
        "INSERT": sql.SQL("INSERT INTO {} VALUES (DEFAULT)"),
        "DELETE": sql.SQL("DELETE FROM {} WHERE false"),
        "UPDATE": sql.SQL("UPDATE {} SET {} WHERE false"),
    }
    columns = _columns(workshop, table)
    every = sql.SQL(", ").join(sql.SQL("{0} = NULL").format(sql.Identifier(column)) for column in columns)
    try:
        with link.transaction(force_rollback=True):
            link.execute(statements[verb].format(name, every) if verb == "UPDATE" else statements[verb].format(name))
    except psycopg.Error as error:
        return error.sqlstate != REFUSED  # anything else came after the privilege check
    return True


def _columns(workshop: Workshop, table: str) -> list[str]:
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attidentity = ''"
    )
    with as_owner(workshop, "casework") as link:
        return [name for (name,) in link.execute(query, [table])]
