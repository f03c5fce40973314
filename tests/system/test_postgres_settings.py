"""A server that would write down what it must not: every process refuses to start, with the line that mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from recruitment_watch import postgres_settings
from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.postgres import Cluster
from recruitment_watch.postgres_settings import NAMES, QUERY, SETTINGS, channel, faults, wrong
from tests.harness import Workshop
from tests.system.test_zone_policy import CASEWORK_ROLES, signed_in

GUNICORN = ("-m", "gunicorn", "recruitment_watch.wsgi:application", "--config", "python:recruitment_watch.gunicorn",
            "--bind", "127.0.0.1:0")  # fmt: skip
CELERY = ("-m", "celery", "-A", "recruitment_watch.celery")
REFUSED = "This process does not start"


def ask(link: psycopg.Connection) -> dict[str, str | None]:
    return dict(link.execute(QUERY, [list(NAMES)]).fetchall())


@pytest.mark.parametrize("role", CASEWORK_ROLES)
def test_the_embedded_servers_are_discreet_and_every_role_can_see_that(workshop: Workshop, role: str) -> None:
    with signed_in(workshop, "casework", role) as link:
        assert faults(lambda query, values: link.execute(query, values).fetchall()) == []
        known = {name for name, value in ask(link).items() if value is not None}
    libraries = {"pg_stat_statements.track", "auto_explain.log_min_duration", "pgaudit.log"}
    assert set(NAMES) - known == libraries, "a setting that the server does not know would never be found wrong"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_setting_with_another_value_is_found_and_the_sentence_mends_it(setting: postgres_settings.Setting) -> None:
    good = dict.fromkeys(NAMES) | {one.name: one.good[0] for one in SETTINGS}
    assert wrong(good) == []
    (sentence,) = wrong(good | {setting.name: "something else"})
    assert f"Set {setting.name} = '{setting.good[0]}'" in sentence


@pytest.mark.parametrize("prefix", ["%m [%p] ", "%t ", "%n", "%s", "%c", "%h", "%r", "%-10m", "%%%m"])
def test_a_prefix_with_a_time_or_an_address_is_found(prefix: str) -> None:
    assert len(wrong({"log_line_prefix": prefix})) == 1
    assert wrong({"log_line_prefix": "[%p] %u %%m "}) == []


def test_logs_whose_lines_always_have_a_time_are_found() -> None:
    assert len(wrong({"log_destination": "stderr, jsonlog"})) == 1


@pytest.mark.parametrize("value", ["0", "6min", "1h", "1d", "300001ms", "nonsense"])
def test_a_transaction_that_may_stand_idle_for_long_is_found(value: str) -> None:
    (sentence,) = wrong({"idle_in_transaction_session_timeout": value})
    assert "Set idle_in_transaction_session_timeout = '1min'" in sentence
    for good in ("1min", "5min", "30s", "500ms", "300000"):
        assert wrong({"idle_in_transaction_session_timeout": good}) == []


def test_the_server_ends_an_idle_transaction_of_every_role(workshop: Workshop) -> None:
    for role in CASEWORK_ROLES:
        with signed_in(workshop, "casework", role) as link:
            (said,) = link.execute("SELECT source FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'")
            assert said == ("user",), "set for the role itself, whatever stands in the server's file"


# A transaction that stands idle for longer than the server allows, as a migration that waits for its processor does.
WAITING = """
import select, django; django.setup()
from django.db import connection, transaction
with connection.cursor() as cursor, transaction.atomic():
    cursor.execute("SELECT current_setting('idle_in_transaction_session_timeout')")
    print(cursor.fetchone()[0])
    ear = select.poll(); ear.register(connection.connection.fileno(), select.POLLIN | select.POLLHUP)
    ear.poll(1500)  # until the server hangs up, or it would have
    cursor.execute("SELECT 'still ' || 'here'")
    print(cursor.fetchone()[0])
"""


FAULTS = (
    "import django; django.setup(); from recruitment_watch import postgres_settings as p; print(p.faults_of_zone())"
)


@contextmanager
def impatient(workshop: Workshop, limit: str = "300ms") -> Iterator[None]:
    """This run's own clone of casework, where an idle transaction is ended soon."""
    name = sql.Identifier(workshop.name("casework"))
    with psycopg.connect(workshop.cluster("casework").url("postgres"), autocommit=True) as link:
        link.execute(sql.SQL("ALTER DATABASE {} SET idle_in_transaction_session_timeout = {}").format(name, limit))
        try:
            yield
        finally:
            link.execute(sql.SQL("ALTER DATABASE {} RESET idle_in_transaction_session_timeout").format(name))


def owners(workshop: Workshop) -> dict[str, str]:
    """What an operator sets to migrate."""
    urls = {
        f"RW_OWNER_{database.upper()}_URL": workshop.cluster(database).url(workshop.name(database))
        for database in ("casework", "register_copy")
    }
    return urls | {"RW_AS_OWNER": "1", "DJANGO_SETTINGS_MODULE": "recruitment_watch.settings.desk"}


def test_a_migration_that_waits_for_the_processor_is_not_ended_and_a_zones_transaction_is(workshop: Workshop) -> None:
    with impatient(workshop):
        code, said = run(workshop, "desk", ("-u", "-c", WAITING), seconds=240, more=owners(workshop))
        assert (code, said.split("\n")[:2]) == (0, ["0", "still here"]), said
        zones = {"DJANGO_SETTINGS_MODULE": "recruitment_watch.settings.desk"}
        code, said = run(workshop, "desk", ("-u", "-c", WAITING), seconds=240, more=zones)  # the control
        assert code == 1 and said.startswith("300ms") and "still here" not in said


def test_the_owners_check_still_sees_what_the_server_says(workshop: Workshop) -> None:
    """As `check --deploy --database default` asks."""
    assert run(workshop, "desk", ("-c", FAULTS), seconds=240, more=owners(workshop)) == (0, "[]\n")
    with impatient(workshop, "0"):
        code, said = run(workshop, "desk", ("-c", FAULTS), seconds=240, more=owners(workshop))
    assert code == 0 and "Set idle_in_transaction_session_timeout = '1min'" in said


def test_leaving_this_machine_takes_a_connection_that_is_encrypted_and_verified() -> None:
    for address in (None, "127.0.0.1", "::1"):
        assert channel(address=address, encrypted=False, sslmode="") == []
    assert channel(address="10.0.0.7", encrypted=True, sslmode="verify-full") == []
    for encrypted, sslmode in ((False, "verify-full"), (True, "require"), (True, "")):
        (sentence,) = channel(address="10.0.0.7", encrypted=encrypted, sslmode=sslmode)
        assert "sslmode=verify-full" in sentence


def test_a_talkative_server_is_found_out_by_a_role_that_is_nobody() -> None:
    """A real one, with what only a restart can set."""
    folder = home() / "careless"
    shutil.rmtree(folder, ignore_errors=True)
    cluster = Cluster(folder, "secret", durable=False)
    try:
        cluster.start()
        conf = cluster.data / "postgresql.conf"
        with conf.open("a") as file:
            file.write("log_line_prefix = '%m [%p] '\nlog_error_verbosity = default\nlog_min_error_statement = error\n")
            file.write("log_parameter_max_length_on_error = -1\ntrack_commit_timestamp = on\nlog_lock_waits = on\n")
            file.write("track_activity_query_size = 1024\nlog_connections = 'all'\n")
            file.write("idle_in_transaction_session_timeout = 0\n")
        cluster.stop()
        cluster.start()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as link:
            link.execute("CREATE ROLE nobody_special LOGIN PASSWORD 'secret'")
        with psycopg.connect(cluster.url("postgres", user="nobody_special", password="secret")) as link:
            found = faults(lambda query, values: link.execute(query, values).fetchall())
        named = {sentence.split(" is ")[0] for sentence in found}
        assert named == {
            "log_line_prefix", "log_error_verbosity", "log_min_error_statement", "log_parameter_max_length_on_error",
            "track_commit_timestamp", "log_lock_waits", "track_activity_query_size", "log_connections",
            "idle_in_transaction_session_timeout",
        }  # fmt: skip
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def careless(workshop: Workshop, database: str) -> Iterator[None]:
    """This run's own clone with a wrong setting; nobody else's database sees it."""
    name = sql.Identifier(workshop.name(database))
    with psycopg.connect(workshop.cluster(database).url("postgres"), autocommit=True) as link:
        link.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(name))
        try:
            yield
        finally:
            link.execute(sql.SQL("ALTER DATABASE {} RESET log_statement").format(name))


PROCESSES = {
    "public": ("public", "register", GUNICORN),
    "intake": ("intake", "casework", GUNICORN),
    "desk": ("desk", "register_copy", GUNICORN),
    "worker": ("worker", "register", (*CELERY, "worker", "--pool", "solo", "--without-gossip", "--without-mingle")),
    "beat": ("worker", "casework", (*CELERY, "beat", "--pidfile=", "--schedule=/dev/null")),
    "check": ("desk", "casework", ("manage.py", "check", "--deploy", "--database", "default")),
}  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_to_start_with_a_sentence_and_a_code(workshop: Workshop, process: str) -> None:
    zone, database, arguments = PROCESSES[process]
    with careless(workshop, database):
        code, said = run(workshop, zone, arguments, seconds=60)
    assert code not in (0, None) and "Set log_statement = 'none' in postgresql.conf" in said
    if process != "check":
        assert (code, REFUSED in said) == (postgres_settings.BOOT_ERROR, True)


REQUIRE = "import django; django.setup(); from recruitment_watch import postgres_settings as p; p.require(patience=0.3)"


@pytest.mark.parametrize("zone", ["intake", "worker"])
def test_a_server_that_is_down_is_no_reason_never_to_start_again(workshop: Workshop, zone: str) -> None:
    """It may be coming up: the code is another than the one after which no unit starts a process again."""
    settings = {"DJANGO_SETTINGS_MODULE": f"recruitment_watch.settings.{zone}"}
    down = settings | {"RW_CASEWORK_URL": "postgresql://nobody@127.0.0.1:1/casework"}
    code, said = run(workshop, zone, ("-c", REQUIRE), seconds=60, more=down)
    assert code == postgres_settings.TRY_AGAIN and postgres_settings.NOT_UP in said
    with careless(workshop, "casework"):  # up, and wrong
        assert run(workshop, zone, ("-c", REQUIRE), seconds=60, more=settings)[0] == postgres_settings.BOOT_ERROR
    assert run(workshop, zone, ("-c", REQUIRE), seconds=60, more=settings)[0] == 0, "the control"


def test_the_same_processes_start_on_a_discreet_server(workshop: Workshop) -> None:
    """The control."""
    for process in ("desk", "beat", "check"):
        zone, _, arguments = PROCESSES[process]
        code, said = run(workshop, zone, arguments, seconds=6)
        assert code == (0 if process == "check" else None) and REFUSED not in said, said


@pytest.mark.parametrize("zone", ["public", "intake", "desk"])
def test_no_zone_stands_before_the_world_without_a_proxy(workshop: Workshop, zone: str) -> None:
    alone = {"RW_EMBEDDED": "0"}  # the workshop's own environment file says 1, which is the control below
    code, said = run(workshop, zone, GUNICORN, seconds=60, more=alone)
    assert code == postgres_settings.BOOT_ERROR and "set RW_BEHIND_PROXY=1" in said
    check = ("manage.py", "check", "--deploy")
    code, said = run(workshop, zone, check, seconds=60, more=alone)
    assert code == 1 and "rw.E005" in said
    for allowed in (alone | {"RW_BEHIND_PROXY": "1"}, {}):
        assert "rw.E005" not in run(workshop, zone, check, seconds=60, more=allowed)[1], "the control"


def run(
    workshop: Workshop, zone: str, arguments: tuple[str, ...], *, seconds: float, more: Mapping[str, str] | None = None
) -> tuple[int | None, str]:
    """Exit code, None while it still ran after so many seconds, and all it said."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RW_", "DJANGO_"))}
    environment |= workshop.environment(zone) | {"RW_ZONE": zone, "RW_VAR": str(workshop.installation.folder)}
    environment |= more or {}
    log = Path(workshop.installation.folder) / f"{workshop.run}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *arguments], cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL,
            stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    code = process.poll()
    process.terminate()
    process.wait(20)
    said = log.read_text(errors="replace")
    log.unlink()
    return code, said
