"""FIREWALL rule 15: what error reports carry, read from the wire by a server that speaks Sentry's protocol."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recruitment_watch.embedded.home import PROJECT
from tests.harness import Workshop
from tests.system.sentry_sink import Sink, parsed, undone
from tests.system.test_raw_requests import say, served

CANARY = "gentian8832"
FAULTS = str(PROJECT / "tests" / "system" / "faults")
WEB_FAULT = "recruitment_watch.web.middleware:_announced"
TASK_FAULT = "complaints.escalation.tick:tick"
COMMAND_FAULT = "recruitment_watch.policy:verify"
# An event: these keys and no other, at every depth.
ALLOWED = {
    "event_id", "timestamp", "platform", "level", "tags", "zone", "exception", "values", "type", "module",
    "stacktrace", "frames", "function", "lineno",
}  # fmt: skip
FINER = re.compile(rb"\d\d:(?!00:00)\d\d:\d\d|:\d\d\.\d+|\b\d{10}\b|sent_at|sentry_timestamp")


def told(sink: Sink, fault: str, **more: str) -> dict[str, str]:
    return {
        "PYTHONPATH": FAULTS, "RW_SENTRY_DSN": sink.dsn, "RW_SENTRY_IN_CASEWORK": "yes", "RW_FAULTS": fault,
        "RW_FAULTS_CANARY": CANARY, **more,
    }  # fmt: skip


def provoke(port: int) -> None:
    """A post whose every part carries the canary; it is answered with the static page, or led to it."""
    body = b"narrative=body-%s" % CANARY.encode()
    raw = say(port, (
        f"POST /path-{CANARY}/?q=query-{CANARY} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: c=cookie-{CANARY}\r\n"
        f"User-Agent: agent-{CANARY}\r\nX-Word: header-{CANARY}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body)  # fmt: skip
    # Intake shows it at an address that is asked for, which is the one that was posted to (complaints.intake.shown).
    status, said = raw.split(b" ", 2)[1], re.sub(rb"\r\nLocation: [^\r]*", b"", raw)
    assert status in (b"500", b"303") and CANARY.encode() not in said, raw[:200]


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys(one) for one in value.values()))
    return set().union(*(keys(one) for one in value)) if isinstance(value, list) else set()


def bare(sink: Sink, zone: str, function: str) -> None:
    """All that the sink holds is reports of that zone's fault, and nothing else at all."""
    seen = sink.bytes()
    assert sink.events(), "nothing was reported"
    assert CANARY.encode() not in seen
    assert not FINER.search(seen), FINER.search(seen)
    for one in sink.received:
        assert set(one.envelope) == {"event_id"}
        assert [item.headers["type"] for item in one.items] == ["event"]
        assert set(one.items[0].headers) == {"type", "content_type", "length"}
        assert {name.lower() for name in one.headers} <= {
            "host", "accept-encoding", "content-length", "content-type", "user-agent", "x-sentry-auth",
        }  # fmt: skip
        assert one.headers["User-Agent"] == "recruitment-watch"
        assert one.headers["X-Sentry-Auth"] == "Sentry sentry_key=0123456789abcdef, sentry_version=7"
    for event in sink.events():
        assert keys(event) <= ALLOWED and event["tags"] == {"zone": zone}
        *behind, raised = event["exception"]["values"]
        assert raised["type"] == "RuntimeError"
        assert {"function": function, "module": "sitecustomize"}.items() <= raised["stacktrace"]["frames"][-1].items()
        assert raised["stacktrace"]["frames"][-1]["lineno"] > 0
        assert "DataError" in [one["type"] for one in behind] and all("stacktrace" not in one for one in behind)


@pytest.mark.parametrize("zone", ["public", "intake", "desk"])
def test_a_page_that_fails_is_reported_by_type_and_place_alone(workshop: Workshop, zone: str) -> None:
    with Sink() as sink, served(workshop, zone, more=told(sink, WEB_FAULT)) as (port, _):
        provoke(port)
        sink.wait()
        bare(sink, zone, "fails")
    with Sink() as sink, served(workshop, zone, more=told(sink, WEB_FAULT, RW_FAULTS_STOCK="1")) as (port, _):
        provoke(port)
        sink.wait(2)  # the first is from asking whether it is up
        seen = sink.bytes()
    parts = [part for part in ("message", "local", "query", "path", "cookie", "header", "agent", "note")
             if f"{part}-{CANARY}".encode() in seen]  # fmt: skip
    assert {"message", "local", "query", "path", "cookie", "header"} <= set(parts), parts
    assert FINER.search(seen), "the control finds no time either"


@pytest.mark.parametrize("zone", ["intake", "desk"])
def test_where_people_speak_an_address_alone_turns_nothing_on(workshop: Workshop, zone: str) -> None:
    with Sink() as sink:
        with served(workshop, zone, more=told(sink, WEB_FAULT, RW_SENTRY_IN_CASEWORK="no")) as (port, _):
            provoke(port)
            time.sleep(1)
        assert sink.received == []


@contextmanager
def worker(workshop: Workshop, folder: Path, more: Mapping[str, str]) -> Iterator[None]:
    """A Celery worker with a broker of its own, given one tick."""
    environment = worker_environment(workshop) | {"RW_BROKER_URL": f"sqla+sqlite:///{folder / 'broker'}"}
    celery = (sys.executable, "-W", "ignore", "-m", "celery", "-A", "recruitment_watch.celery")
    log = folder / "worker.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*celery, "worker", "--concurrency", "1", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"],
            cwd=PROJECT, env=environment | more, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip
    try:
        subprocess.run([*celery, "call", "tick"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
        yield
    finally:
        process.terminate()
        process.wait(30)


def worker_environment(workshop: Workshop) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RW_", "DJANGO_"))}
    return kept | workshop.environment("worker") | {"RW_ZONE": "worker", "RW_VAR": str(workshop.installation.folder)}


def test_a_task_that_fails_is_reported_by_type_and_place_alone(workshop: Workshop, tmp_path: Path) -> None:
    with Sink() as sink, worker(workshop, tmp_path, told(sink, TASK_FAULT, RW_SENTRY_IN_CASEWORK="no")):
        sink.wait()
        bare(sink, "worker", "fails")
    with Sink() as sink, worker(workshop, tmp_path, told(sink, TASK_FAULT, RW_FAULTS_STOCK="1")):
        sink.wait()
        seen = sink.bytes()
    assert all(f"{part}-{CANARY}".encode() in seen for part in ("message", "local"))


def test_a_command_that_fails_is_reported_by_type_and_place_alone(workshop: Workshop) -> None:
    code = "import django; django.setup(); from recruitment_watch import clock; clock.now()"
    environment = worker_environment(workshop) | {"DJANGO_SETTINGS_MODULE": "recruitment_watch.settings.worker"}
    for stock in ("", "1"):
        with Sink() as sink:
            more = told(sink, "recruitment_watch.clock:today", RW_FAULTS_STOCK=stock)
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", code.replace("now", "today")], cwd=PROJECT,
                env=environment | more, capture_output=True, check=False,
            )  # fmt: skip
            sink.wait(seconds=5)
            assert done.returncode == 1
            if stock:
                assert f"local-{CANARY}".encode() in sink.bytes()
            else:
                bare(sink, "worker", "fails")


def test_the_sink_reads_every_form_of_an_envelope() -> None:
    """Payloads with and without a length, with and without a last line end, and each encoding."""
    event = json.dumps({"a": "b\nc"}).encode()
    for tail in (b"", b"\n"):
        body = b'{"event_id":"1"}\n{"type":"event","length":%d}\n%s\n{"type":"x"}\n{"n":1}' % (len(event), event) + tail
        header, items = parsed(body)
        assert header == {"event_id": "1"} and [item.payload for item in items] == [event, b'{"n":1}']
    assert {undone(gzip.compress(b"w"), "gzip"), undone(zlib.compress(b"w"), "deflate"), undone(b"w", "")} == {b"w"}
    with pytest.raises(ValueError):
        undone(b"w", "rot13")
