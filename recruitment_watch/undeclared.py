"""What a zone's database has none of: whatever can step round its tables, grants, triggers and functions.

A rule rewrites a statement before any trigger sees it; a row policy hides rows from a check; a setting of a role
makes its next session another one; a membership, a login, a publication or a foreign server is a door of its own.
The policy declares none of these, so whatever is there is a difference. Objects that PostgreSQL or an extension
brought are left out by their object id (below 16,384 nothing was made by a person) or by their dependence.

A role may change its own settings and its own password: PostgreSQL has no way to forbid that. It is found here and
undone by `--apply`; a password is not seen.
"""

from __future__ import annotations

from collections.abc import Collection

import psycopg

Fact = tuple[str, ...]

# No transaction stands open and idle for longer: what was true when it began is asked again (sql/veto.sql), and its
# locks hold up everybody. A session may set its own otherwise; the server's default is checked by every process too.
IDLE_SETTING = "idle_in_transaction_session_timeout"
ROLE_SETTINGS = {IDLE_SETTING: "1min"}

EXTENSIONS = ("plpgsql", "pg_trgm")  # the second is the search's, where an operator has it (agencies/sql/trigrams.sql)
MADE = "oid >= 16384"
THIS = "(SELECT oid FROM pg_database WHERE datname = current_database())"
OWNERS = "(SELECT datdba FROM pg_database WHERE datname = current_database() UNION SELECT 10::oid)"  # 10: initdb's


def _alone(catalog: str) -> str:
    """Made by a person and no extension's part."""
    return f"""x.oid >= 16384 AND NOT EXISTS (SELECT 1 FROM pg_depend d
        WHERE d.classid = '{catalog}'::regclass AND d.objid = x.oid AND d.deptype = 'e')"""


# A kind of thing, and a query for all that there are of it: one column each, text.
NONE_OF: tuple[tuple[str, str], ...] = (
    (
        "rule",
        "SELECT rulename || ' on ' || ev_class::regclass FROM pg_rewrite x "
        f"WHERE rulename <> '_RETURN' AND {_alone('pg_rewrite')}",
    ),
    ("row policy", "SELECT polname || ' on ' || polrelid::regclass FROM pg_policy"),
    (
        "row security",
        "SELECT oid::regclass::text FROM pg_class WHERE (relrowsecurity OR relforcerowsecurity) AND " + MADE,
    ),
    ("event trigger", "SELECT evtname::text FROM pg_event_trigger"),
    ("extension", "SELECT extname::text FROM pg_extension WHERE extname <> ALL (%(extensions)s)"),
    (
        "schema",
        f"SELECT nspname::text FROM pg_namespace x WHERE nspname !~ '^pg_(toast_)?temp_' AND {_alone('pg_namespace')}",
    ),
    (
        "view or foreign table",
        f"SELECT oid::regclass::text FROM pg_class x WHERE relkind IN ('v', 'm', 'f') AND {_alone('pg_class')}",
    ),
    (
        "function outside public",
        "SELECT oid::regprocedure::text FROM pg_proc x "
        f"WHERE pronamespace <> 'public'::regnamespace AND {_alone('pg_proc')}",
    ),
    (
        "second function of its name",
        f"SELECT proname::text FROM pg_proc x WHERE {_alone('pg_proc')} GROUP BY proname HAVING count(*) > 1",
    ),
    ("operator", f"SELECT oid::regoperator::text FROM pg_operator x WHERE {_alone('pg_operator')}"),
    ("cast", f"SELECT castsource::regtype || ' to ' || casttarget::regtype FROM pg_cast x WHERE {_alone('pg_cast')}"),
    (
        "type",
        "SELECT oid::regtype::text FROM pg_type x "
        f"WHERE typtype IN ('d', 'e', 'r', 'm', 'b') AND typcategory <> 'A' AND {_alone('pg_type')}",
    ),
    ("collation", f"SELECT collname::text FROM pg_collation x WHERE {_alone('pg_collation')}"),
    ("language", f"SELECT lanname::text FROM pg_language x WHERE {_alone('pg_language')}"),
    ("publication", "SELECT pubname::text FROM pg_publication"),
    ("subscription", f"SELECT subname::text FROM pg_subscription WHERE subdbid = {THIS}"),
    ("logical replication slot", "SELECT slot_name::text FROM pg_replication_slots WHERE slot_type = 'logical'"),
    ("foreign data wrapper", "SELECT fdwname::text FROM pg_foreign_data_wrapper"),
    ("foreign server", "SELECT srvname::text FROM pg_foreign_server"),
    ("default grant", "SELECT pg_get_userbyid(defaclrole) || ' ' || defaclobjtype::text FROM pg_default_acl"),
    (
        "grant of a setting",
        "SELECT coalesce(r.rolname, 'PUBLIC') || ' ' || g.privilege_type || ' ' || parname FROM pg_parameter_acl, "
        f"aclexplode(paracl) g LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE g.grantee NOT IN {OWNERS}",
    ),
    (
        "grant on the system's own",
        f"""SELECT coalesce(r.rolname, 'PUBLIC') || ' ' || g.privilege_type || ' ' || o.name FROM (
              SELECT oid::regprocedure::text AS name, proacl AS now, 'pg_proc'::regclass AS class, oid FROM pg_proc
              UNION ALL SELECT oid::regclass::text, relacl, 'pg_class'::regclass, oid FROM pg_class
                WHERE relnamespace <> 'information_schema'::regnamespace
              UNION ALL SELECT nspname, nspacl, 'pg_namespace'::regclass, oid FROM pg_namespace
                WHERE nspname NOT IN ('public', 'information_schema')
              UNION ALL SELECT lanname, lanacl, 'pg_language'::regclass, oid FROM pg_language) o,
            aclexplode(o.now) g LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE o.oid < 16384 AND g.grantee NOT IN {OWNERS} AND NOT EXISTS (
              SELECT 1 FROM pg_init_privs i, aclexplode(i.initprivs) was WHERE i.classoid = o.class AND i.objoid = o.oid
                AND i.objsubid = 0 AND was.grantee = g.grantee AND was.privilege_type = g.privilege_type)
            AND NOT (g.grantee = 0 AND g.privilege_type = 'EXECUTE' AND o.class = 'pg_proc'::regclass AND NOT EXISTS (
              SELECT 1 FROM pg_init_privs i WHERE i.classoid = o.class AND i.objoid = o.oid))""",
    ),
    (
        "owner",
        f"""SELECT pg_get_userbyid(o.owner) || ' of ' || o.name FROM (
              SELECT oid::regclass::text AS name, relowner AS owner, oid FROM pg_class
              UNION ALL SELECT oid::regprocedure::text, proowner, oid FROM pg_proc
              UNION ALL SELECT nspname, nspowner, oid FROM pg_namespace) o
            WHERE o.owner NOT IN {OWNERS} AND pg_get_userbyid(o.owner) <> 'pg_database_owner'""",
    ),
    (
        "login role",
        f"SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND oid NOT IN {OWNERS} "
        "AND NOT (rolname = ANY (%(roles)s))",
    ),
    (
        "membership",
        f"""SELECT pg_get_userbyid(m.member) || ' in ' || pg_get_userbyid(m.roleid) FROM pg_auth_members m
            WHERE (m.roleid >= 16384 OR m.member >= 16384) AND m.member NOT IN {OWNERS}""",
    ),
    (
        "setting",
        f"""SELECT coalesce(r.rolname, 'everybody') || ' ' || one FROM pg_db_role_setting s
            LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) one
            WHERE s.setdatabase IN (0, {THIS}) AND NOT (s.setdatabase = 0 AND r.rolname = ANY (%(roles)s)
              AND one = ANY (%(settings)s))""",
    ),
)


def undeclared(connection: psycopg.Connection, roles: Collection[str]) -> set[Fact]:
    """Everything of the kinds above that is there: (kind, name). `roles` are the declared ones of this cluster."""
    values = {
        "roles": list(roles),
        "extensions": list(EXTENSIONS),
        "settings": [f"{name}={value}" for name, value in ROLE_SETTINGS.items()],
    }
    return {(kind, name) for kind, query in NONE_OF for (name,) in connection.execute(query, values)}


def settings_missing(connection: psycopg.Connection, roles: Collection[str]) -> set[Fact]:
    """Declared settings that a role does not have."""
    rows = connection.execute(
        "SELECT rolname, unnest(setconfig) FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole "
        "WHERE setdatabase = 0 AND rolname = ANY (%s)",
        [list(roles)],
    )
    live: set[Fact] = {(role, setting) for role, setting in rows}
    wanted: set[Fact] = {(role, f"{name}={value}") for role in roles for name, value in ROLE_SETTINGS.items()}
    return wanted - live
