"""Makes a live database equal to its policy, and finds where it is not. Plain SQL, no ORM."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from .rights import Columns, Database, Rights, Trigger, _All
from .undeclared import ROLE_SETTINGS, settings_missing, undeclared
from .zones import DATABASES

Fact = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    signature: str
    returns: str
    body: str

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0]

    @property
    def language(self) -> str:
        return "plpgsql" if re.search(r"^\s*(DECLARE|BEGIN)\b", self.body, re.M) else "sql"


def functions(database: Database) -> list[Function]:
    """The functions that the policy's SQL files declare: `-- name: f(args) returns type`, then the body."""
    found = []
    for path in database.sql:
        for part in re.split(r"^-- name: ", path.read_text(), flags=re.M)[1:]:
            head, _, body = part.partition("\n")
            signature, _, returns = head.partition(" returns ")
            found.append(Function(signature.strip(), returns.strip(), "\n" + body.strip() + "\n"))
    return found


def apply(connection: psycopg.Connection, database: Database, passwords: dict[str, str]) -> None:
    """Create roles, revoke everything, grant what is declared, replace functions and triggers: one transaction."""
    with connection.transaction():
        _roles(connection, database, passwords)
        for function in functions(database):
            connection.execute(_create(function))
        for name, table, *_ in _live_triggers(connection):
            connection.execute(sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(name), sql.Identifier(table)))
        for trigger in database.triggers:
            connection.execute(_trigger(trigger))
        for statement in _grants(connection, database):
            connection.execute(statement)


def differences(connection: psycopg.Connection, database: Database) -> list[str]:
    """Every way in which the live database is not its policy, a line each; empty when it is."""
    lines = []
    for title, declared, live in (
        ("grant", _declared_grants(connection, database), _live_grants(connection, database)),
        ("function", _declared_functions(database), _live_functions(connection)),
        ("trigger", _declared_triggers(database), _live_triggers(connection)),
        ("role", _declared_roles(database), _live_roles(connection, database)),
    ):
        lines += [f"{title} missing: {' '.join(fact)}" for fact in sorted(declared - live)]
        lines += [f"{title} not declared: {' '.join(fact)}" for fact in sorted(live - declared)]
    lines += [f"setting missing: {' '.join(fact)}" for fact in sorted(settings_missing(connection, database.grants))]
    return lines + [
        f"{kind} not declared: {name}" for kind, name in sorted(undeclared(connection, _roles_of_cluster(database)))
    ]


def _roles_of_cluster(database: Database) -> set[str]:
    """Every role that may sign in to the server on which this database lies: roles belong to the server."""
    return {role for one in DATABASES.values() if one.cluster == database.cluster for role in one.grants}


# --- applying ------------------------------------------------------------------------------------------


def _roles(connection: psycopg.Connection, database: Database, passwords: dict[str, str]) -> None:
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role in database.grants:
        verb = "ALTER" if role in known else "CREATE"
        connection.execute(
            sql.SQL(
                verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}"
            ).format(sql.Identifier(role), sql.Literal(passwords[role]))
        )
        who, here = sql.Identifier(role), sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(who))
        connection.execute(sql.SQL("ALTER ROLE {} IN DATABASE {} RESET ALL").format(who, here))
        for name, value in ROLE_SETTINGS.items():
            statement = sql.SQL("ALTER ROLE {} SET {} = {}").format(who, sql.Identifier(name), sql.Literal(value))
            connection.execute(statement)


# Whatever the caller's session says of where names are looked for and of what day it is.
FIXED = "SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC'"
CONFIGURED = "search_path=pg_catalog, pg_temp;TimeZone=UTC"


def _create(function: Function) -> sql.Composed:
    return _own(
        f"CREATE OR REPLACE FUNCTION public.{function.signature} RETURNS {function.returns} "
        f"LANGUAGE {function.language} SECURITY DEFINER {FIXED} "
        f"AS $body${function.body}$body$"
    )


def _trigger(trigger: Trigger) -> sql.Composed:
    return _own(
        f"CREATE TRIGGER {trigger.name} {trigger.when} FOR EACH {trigger.each} "
        f"EXECUTE FUNCTION public.{trigger.function}(); "
        f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}"
    )


def _own(text: str) -> sql.Composed:
    """Our own files' text as a statement; psycopg's types rightly ask for a literal."""
    return sql.Composed([sql.SQL(text)])


def doors(name: str, database: Database) -> Iterator[sql.Composed]:
    """Who may enter a database at all. A clone of a template does not inherit this, unlike everything inside."""
    here = sql.Identifier(name)
    yield sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(here)
    for role in database.grants:
        who = sql.Identifier(role)
        yield sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(here, who)
        yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(here, who)


def _grants(connection: psycopg.Connection, database: Database) -> Iterator[sql.SQL | sql.Composed]:
    yield from doors(connection.info.dbname, database)
    yield sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    yield sql.SQL("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
    for function in LARGE_OBJECTS:
        yield _own(f"REVOKE ALL ON FUNCTION pg_catalog.{function} FROM PUBLIC")
    for role, tables in database.grants.items():
        who = sql.Identifier(role)
        yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(who)
        yield sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(who)
        yield sql.SQL("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM {}").format(who)
        for table, column in _granted_columns(connection, role):
            yield sql.SQL("REVOKE ALL ({}) ON {} FROM {}").format(sql.Identifier(column), sql.Identifier(table), who)
        yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(who)
        for table, rights in _expanded(connection, tables):
            yield from _table_grants(who, table, rights)
        for function in (database.execute or {}).get(role, ()):
            yield sql.SQL("GRANT EXECUTE ON FUNCTION public.{} TO {}").format(sql.Identifier(function), who)


def _table_grants(who: sql.Identifier, table: str, rights: Rights) -> Iterator[sql.Composed]:
    for verb, columns in _verbs(rights):
        some: sql.Composable = (
            sql.SQL("")
            if isinstance(columns, _All)
            else sql.SQL(" ({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
        )
        yield sql.SQL("GRANT {}{} ON {} TO {}").format(sql.SQL(verb), some, sql.Identifier(table), who)


def _verbs(rights: Rights) -> Iterator[tuple[str, Columns]]:
    every = (("SELECT", rights.select), ("INSERT", rights.insert), ("UPDATE", rights.update))
    yield from ((verb, columns) for verb, columns in every if columns != ())
    if rights.delete:
        yield "DELETE", _All()


def _expanded(connection: psycopg.Connection, tables: object) -> Iterator[tuple[str, Rights]]:
    """Declared rights by table of the live database; an exact name stands above a beginning with `*`."""
    assert isinstance(tables, dict)
    live = [name for (name,) in connection.execute("SELECT relname FROM pg_class WHERE " + OUR_TABLES + " ORDER BY 1")]
    for name, rights in tables.items():
        if not name.endswith("*"):
            yield name, rights
    for table in live:
        beginnings = [name for name in tables if name.endswith("*") and table.startswith(name[:-1])]
        if table not in tables and beginnings:
            yield table, tables[max(beginnings, key=len)]


# --- what is declared, and what is there ------------------------------------------------------------------

# A store beside all tables, which no grant or trigger of ours would see.
LARGE_OBJECTS = ("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)")

OUR_TABLES = "relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace"


def _declared_grants(connection: psycopg.Connection, database: Database) -> set[Fact]:
    facts: set[Fact] = set()
    for role, tables in database.grants.items():
        facts |= {(role, "CONNECT", "on database"), (role, "USAGE", "on schema")}
        for table, rights in _expanded(connection, tables):
            for verb, columns in _verbs(rights):
                if isinstance(columns, _All):
                    facts.add((role, verb, table))
                else:
                    facts |= {(role, verb, f"{table}.{column}") for column in columns}
        facts |= {(role, "EXECUTE", name) for name in (database.execute or {}).get(role, ())}
    return facts


def _live_grants(connection: psycopg.Connection, database: Database) -> set[Fact]:
    """Every privilege anybody but the owner has: on tables, columns, sequences, functions, schema and database."""
    query = f"""
        WITH acl AS (
            SELECT 'on database' AS object, coalesce(datacl, acldefault('d', datdba)) AS items, datdba AS owner
              FROM pg_database WHERE datname = current_database()
            UNION ALL SELECT 'on schema', coalesce(nspacl, acldefault('n', nspowner)), nspowner
              FROM pg_namespace WHERE nspname = 'public'
            UNION ALL SELECT relname::text, relacl, relowner FROM pg_class WHERE {OUR_TABLES} OR
              (relkind = 'S' AND relnamespace = 'public'::regnamespace)
            UNION ALL SELECT c.relname || '.' || a.attname, a.attacl, c.relowner
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND {OUR_TABLES}
            UNION ALL SELECT proname::text, coalesce(proacl, acldefault('f', proowner)), proowner
              FROM pg_proc p WHERE {OUR_FUNCTIONS}
            UNION ALL SELECT proname::text, coalesce(proacl, acldefault('f', proowner)), proowner
              FROM pg_proc WHERE oid::regprocedure::text = ANY(%s)
        )
        SELECT coalesce(r.rolname, 'PUBLIC'), x.privilege_type, acl.object
          FROM acl, aclexplode(acl.items) x LEFT JOIN pg_roles r ON r.oid = x.grantee
         WHERE x.grantee <> acl.owner
    """
    normal = [function.replace(", ", ",") for function in LARGE_OBJECTS]
    return {tuple(row) for row in connection.execute(query, [normal])}


def _granted_columns(connection: psycopg.Connection, role: str) -> list[tuple[str, str]]:
    query = f"""
        SELECT DISTINCT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid,
          aclexplode(a.attacl) x JOIN pg_roles r ON r.oid = x.grantee WHERE r.rolname = %s AND {OUR_TABLES}
    """
    return connection.execute(query, [role]).fetchall()


OUR_FUNCTIONS = """pronamespace = 'public'::regnamespace AND NOT EXISTS
    (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"""


def _declared_functions(database: Database) -> set[Fact]:
    return {(f.name, f.language, "definer", CONFIGURED, _digest(f.body)) for f in functions(database)}


def _digest(body: str) -> str:
    return "body " + hashlib.sha256(body.encode()).hexdigest()[:16]


def _live_functions(connection: psycopg.Connection) -> set[Fact]:
    query = f"""
        SELECT proname, lanname, CASE WHEN prosecdef THEN 'definer' ELSE 'invoker' END,
               coalesce(array_to_string(proconfig, ';'), ''), prosrc
          FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE {OUR_FUNCTIONS}
    """
    return {(*row[:-1], _digest(row[-1])) for row in connection.execute(query)}


def _declared_triggers(database: Database) -> set[Fact]:
    return {(t.name, t.table, _plain(f"{t.when} FOR EACH {t.each} {t.function}"), "always") for t in database.triggers}


def _live_triggers(connection: psycopg.Connection) -> set[Fact]:
    query = """
        SELECT tgname, c.relname, pg_get_triggerdef(t.oid), CASE tgenabled WHEN 'A' THEN 'always' ELSE 'not always' END
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace
    """
    return {(name, table, _plain(text.partition(name)[2]), how) for name, table, text, how in connection.execute(query)}


def _plain(definition: str) -> str:
    """A trigger's definition without the decoration that differs between what we write and what PostgreSQL prints."""
    text = definition.replace("EXECUTE FUNCTION", "").replace("public.", "").replace("()", "")
    head, _, tail = text.partition(" ON ")
    timing, _, events = head.strip().partition(" ")
    sorted_events = " OR ".join(sorted(re.split(r"\s+OR\s+", events)))
    return " ".join(f"{timing} {sorted_events} ON {tail}".split())


def _declared_roles(database: Database) -> set[Fact]:
    return {(role, "login only, of no other role") for role in database.grants}


def _live_roles(connection: psycopg.Connection, database: Database) -> set[Fact]:
    query = """
        SELECT rolname, CASE WHEN rolcanlogin AND NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication
                 OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid))
               THEN 'login only, of no other role' ELSE 'more than login' END
          FROM pg_roles r WHERE rolname = ANY(%s)
    """
    return {tuple(row) for row in connection.execute(query, [list(database.grants)])}
