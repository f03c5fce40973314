"""Real gunicorn, held up by those who speak slowly: everybody else is answered meanwhile."""

from __future__ import annotations

import os
import selectors
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from gunicorn.config import Config

from recruitment_watch import gunicorn, listening
from tests.harness import Workshop
from tests.system.test_raw_requests import HOST, OURS, Seen, say, served

GUNICORNS_OWN = (*OURS, "--worker-class", "gthread", "--threads", "8")
PAGES = {"intake": b"/en/about/", "desk": b"/sign-in/"}
# With the token's cookie, or the post would be refused before its body is read.
FORM = (
    b"POST /sign-in/ HTTP/1.1\r\n%sContent-Type: application/x-www-form-urlencoded\r\nOrigin: https://127.0.0.1\r\n"
    b"Cookie: __Host-rw-desk-csrf=%s\r\n" % (HOST, b"a" * 32)
)
LINES = 40  # more than there are threads
PATIENCE = 6  # seconds for an ordinary page: less than the time that a slow line is given

# What each slow line says before it falls silent, and whether it speaks TLS.
SLOW = {
    "one byte of a handshake": (b"\x16", False),
    "nothing after the handshake": (b"", True),
    "half a header": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX", True),
    "one byte of a body": (b"%sContent-Length: 1000\r\n\r\na" % FORM, True),
    "one byte of a second request": (b"GET / HTTP/1.1\r\n%s\r\nG" % HOST, True),
    "a whole request, and it stays": (b"GET / HTTP/1.1\r\n%sConnection: close\r\n\r\n" % HOST, True),
    "a chunk that never comes": (b"POST / HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n9\r\n" % HOST, True),
}


@contextmanager
def line(port: int, *, tls: bool = True) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        if not tls:
            yield plain
            return
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
            yield wrapped


def ordinary(port: int, zone: str) -> int | None:
    """The status that an ordinary page is answered with in time; None if it is not."""
    with suppress(OSError):
        raw = say(port, b"GET %s HTTP/1.1\r\n%s\r\n" % (PAGES[zone], HOST), seconds=PATIENCE)
        return Seen.of(raw).status if raw else None
    return None


def processes_of(port: int) -> list[int]:
    """Those that were begun to answer on this port."""
    said = f"127.0.0.1:{port}\0".encode()
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if said in _read(path)]


def _read(path: Path) -> bytes:
    with suppress(OSError):  # it has ended meanwhile
        return path.read_bytes()
    return b""


def hung_up(held: socket.socket) -> bool:
    """Whether the other side ends it, within 20 seconds, without having said anything."""
    try:
        return held.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("zone", PAGES)
def test_an_ordinary_page_is_answered_while_slow_lines_are_held(workshop: Workshop, zone: str) -> None:
    with served(workshop, zone) as (port, log):
        for name, (said, tls) in SLOW.items():
            with ExitStack() as held:
                for _ in range(LINES):
                    held.enter_context(line(port, tls=tls)).sendall(said)
                assert [ordinary(port, zone) for _ in range(3)] == [200] * 3, name
            assert ordinary(port, zone) == 200, f"{name}: afterwards"
        assert log.read_text() == "", "nobody is written down"


@pytest.mark.parametrize("name", ["one byte of a handshake", "half a header", "one byte of a body"])
def test_the_control_gunicorns_own_worker_is_stopped_by_eight(workshop: Workshop, name: str) -> None:
    said, tls = SLOW[name]
    with served(workshop, "desk", GUNICORNS_OWN) as (port, _):
        assert ordinary(port, "desk") == 200
        with ExitStack() as held:
            for _ in range(8):
                held.enter_context(line(port, tls=tls)).sendall(said)
            assert ordinary(port, "desk") is None


@pytest.fixture
def hurried(tmp_path: Path) -> tuple[str, ...]:
    """Our configuration with shorter times and few places."""
    file = tmp_path / "hurried.py"
    file.write_text(
        "from recruitment_watch.gunicorn import *\nfrom recruitment_watch import listening\n"
        "listening.HEAD_SECONDS, listening.SILENCE_SECONDS = 2.0, 4.0\nworker_connections = 60\nthreads = 4\n"
    )
    return ("--config", str(file))


def test_who_takes_too_long_is_hung_up_on(workshop: Workshop, hurried: tuple[str, ...]) -> None:
    with served(workshop, "desk", hurried) as (port, _):
        for name in ("one byte of a handshake", "half a header", "one byte of a body"):
            said, tls = SLOW[name]
            with line(port, tls=tls) as held:
                held.sendall(said)
                assert hung_up(held), name


def test_a_long_body_is_taken_for_as_long_as_it_keeps_coming(workshop: Workshop, hurried: tuple[str, ...]) -> None:
    size, pieces = 200_000, 16
    head = b"%sContent-Length: %d\r\n\r\n" % (FORM, size)
    with served(workshop, "desk", hurried) as (port, _):
        with line(port) as slow:
            slow.sendall(head)
            for _ in range(pieces):  # eight seconds in all, more than either limit
                slow.settimeout(0.5)
                with pytest.raises(TimeoutError):  # neither answered nor hung up on
                    slow.recv(1)
                slow.settimeout(20)
                slow.sendall(b"x" * (size // pieces))
            assert Seen.of(slow.recv(65_536)).status == 403, "answered at its end: the form's token is not in it"
        with line(port) as stuck:
            stuck.sendall(head + b"x" * (size // 2))
            assert Seen.of(stuck.recv(65_536)).status == 403, "the control: no thread waits for the rest"


def test_where_every_place_is_taken_the_longest_speaker_gives_up_its_own(
    workshop: Workshop, hurried: tuple[str, ...]
) -> None:
    said, _ = SLOW["one byte of a body"]
    with served(workshop, "desk", hurried) as (port, _), ExitStack() as held:
        first = held.enter_context(line(port))
        first.sendall(said)
        for _ in range(70):
            held.enter_context(line(port)).sendall(said)
        assert ordinary(port, "desk") == 200
        assert hung_up(first)


def test_a_line_that_is_hung_up_on_at_this_turn_of_the_loop_is_counted_once() -> None:
    """What it has said meanwhile stands in the same list of events, and is heard no more."""
    ours, theirs = socket.socketpair()
    with theirs, selectors.DefaultSelector() as poller:
        worker = listening.ListeningWorker.__new__(listening.ListeningWorker)
        worker.waiting, worker.nr_conns, worker.poller = set(), 5, poller
        conn = listening.Connection(Config(), ours, None, None)
        worker.enqueue_req(conn)
        theirs.send(b"G")
        events = poller.select(0)
        worker._drop(conn)
        assert [key.data(key.fileobj) for key, _event in events] == [None]
        assert worker.nr_conns == 4


def answered(held: socket.socket, path: bytes) -> int:
    """Ask for a page on a line that is kept, read all of the answer; its status."""
    held.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (path, HOST))
    raw = b""
    while b"\r\n\r\n" not in raw or len(raw) < raw.index(b"\r\n\r\n") + 4 + int(Seen.of(raw).headers["content-length"]):
        piece = held.recv(65_536)
        assert piece, "hung up on in the middle"
        raw += piece
    return Seen.of(raw).status


def test_kept_lines_are_answered_again_and_again_and_hung_up_on_when_nothing_comes(workshop: Workshop) -> None:
    with served(workshop, "intake") as (port, log), ExitStack() as held:
        lines = [held.enter_context(line(port)) for _ in range(LINES)]
        for _time in range(10):
            assert {answered(one, PAGES["intake"]) for one in lines} == {200}
        lines[0].sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (PAGES["intake"], HOST) * 2)  # the second comes with the first
        assert answered(lines[1], PAGES["intake"]) == 200
        assert all(map(hung_up, lines[1:]))
        assert ordinary(port, "intake") == 200
        assert log.read_text() == ""


def test_the_limits_are_what_the_documents_say() -> None:
    limits = (listening.HEAD_SECONDS, listening.SILENCE_SECONDS, listening.GATHER)
    assert limits == (10, 30, 65_536) and gunicorn.threads < LINES


def test_a_zone_s_threads_take_a_core_from_nobody_in_the_middle_of_their_work(workshop: Workshop) -> None:
    """Those that answer, not the one that watches over them (docs/decisions/0029)."""
    with served(workshop, "intake") as (port, _log):
        assert ordinary(port, "intake") == 200
        policies = sorted(map(os.sched_getscheduler, processes_of(port)))
    assert policies == [os.SCHED_OTHER, os.SCHED_BATCH, os.SCHED_BATCH]
