"""FIREWALL proof 11: no attachment breaks who takes it, costs too much, or brings anything along that nobody sees."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import av
import pypdfium2 as pdfium
import pytest
from PIL import Image

from complaints.files.cleaning import Cleaner
from complaints.files.inside import sandbox
from complaints.files.kinds import Kind, form_of
from complaints.files.outcomes import Busy, Clean, Outcome, Refused
from complaints.files.room import PROJECT, Usage
from tests.intake.anatomy import beside
from tests.intake.canaries import PLACES, Carrier, corpus, traces
from tests.intake.samples import all_forms
from tests.proof import Proof

SECONDS, MEBIBYTES = 10.0, 512


# --- 2,000 mutated files ----------------------------------------------------------------------------------


def mutated(size: int) -> Iterator[bytes]:
    """Files that were whole once: every form and every hiding place in turn, each broken in one to three ways.

    The first bytes stay, or the file would be turned away before anything opens it.
    """
    dice = random.Random(11)
    whole = [*all_forms().values(), *(carrier.data for carrier in corpus(len(PLACES)))]
    for at in range(size):
        data, other = bytearray(whole[at % len(whole)]), dice.choice(whole)
        for _time in range(dice.randint(1, 3)):
            dice.choice(BREAKS)(data, other, dice)
        yield bytes(data)


def _flip(data: bytearray, _other: bytes, dice: random.Random) -> None:
    for _time in range(dice.choice((1, 1, 4, 40))):
        data[dice.randrange(16, max(17, len(data)))] ^= 1 << dice.randrange(8)


def _cut(data: bytearray, _other: bytes, dice: random.Random) -> None:
    del data[max(17, dice.randrange(len(data))) :]


def _drop(data: bytearray, _other: bytes, dice: random.Random) -> None:
    at = dice.randrange(16, max(17, len(data)))
    del data[at : min(at + dice.choice((1, 7, 300)), max(at, len(data) - 1))]


def _double(data: bytearray, _other: bytes, dice: random.Random) -> None:
    at = dice.randrange(16, max(17, len(data)))
    data[at:at] = data[at : at + dice.choice((4, 64, 2000))] * dice.choice((1, 50))


def _splice(data: bytearray, other: bytes, dice: random.Random) -> None:
    at = dice.randrange(16, max(17, len(data)))
    data[at : at + 200] = other[dice.randrange(len(other)) :][:400]


def _vast(data: bytearray, _other: bytes, dice: random.Random) -> None:
    """A number where a length or a size may stand: the largest, the smallest, a plausible one."""
    at = dice.randrange(16, max(17, len(data)))
    data[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4), b"\0\0\xff\xff", b"9999"))


BREAKS = (_flip, _cut, _drop, _double, _splice, _vast)


@pytest.mark.proof
def test_no_broken_file_breaks_who_takes_it(proof: Callable[..., Proof]) -> None:
    p = proof(11, "mutated files", bar="0 crashes, ≤ 10 s, ≤ 512 MiB", small=60, full=2000)
    spent: list[Usage] = []
    at_it, lock = Cleaner(at_once=2, patience=600, observe=spent.append), Lock()
    outcomes: list[Outcome] = []
    again: list[Outcome] = []  # Busy: on a full machine a process may not stand ready in time, and has seen nothing

    def one(data: bytes) -> None:
        outcome = at_it.clean(data)  # raises: the caller crashed
        while isinstance(outcome, Busy) and len(again) < p.size // 20:
            again.append(outcome)
            outcome = at_it.clean(data)
        with lock:
            outcomes.append(outcome)
            p.at(len(outcomes))

    with ThreadPoolExecutor(2) as people:
        crashes = sum(done.exception() is not None for done in [people.submit(one, data) for data in mutated(p.size)])
    cleaned = [outcome for outcome in outcomes if isinstance(outcome, Clean)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    slowest, most = max(used.seconds for used in spent), max(used.peak_bytes for used in spent) >> 20
    held = crashes == 0 and slowest <= SECONDS and most <= MEBIBYTES and len(cleaned) + len(refused) == p.size
    reached = len(spent) - len(again) > p.size * 0.95 and len(cleaned) > p.size // 10 and len(refused) > p.size // 10
    control, counted = walls_removed()
    p.found(
        f"{crashes} crashes, {slowest:.1f} s, {most} MiB; {len(cleaned)} clean, {len(refused)} refused"
        f" ({len(again)} asked to come again, and did)",
        control=control,
        held=held and reached and counted,
    )


def walls_removed() -> tuple[str, bool]:
    """What the meter shows of a process without walls that takes more than it may; with them it takes nothing."""
    want = (MEBIBYTES + 64) << 20
    without, with_walls = _peak("pass", want), _peak("sandbox.close_in()", want)
    counted = without[0] == 0 and without[1] > MEBIBYTES and with_walls[0] != 0 and with_walls[1] <= MEBIBYTES
    return f"without walls {without[1]} MiB, with them refused", counted


def _peak(walls: str, want: int) -> tuple[int, int]:
    """Exit code and most memory (MiB) of a process that fills `want` bytes."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        f"from complaints.files.inside import sandbox; {walls}\n"
        f"b'x' * {want}"
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", script, str(PROJECT)], env={}, stderr=subprocess.DEVNULL
    )
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) >> 20


# --- 200 files that carry what nobody sees ----------------------------------------------------------------


@pytest.mark.proof
def test_nothing_comes_along_that_nobody_sees(proof: Callable[..., Proof]) -> None:
    p = proof(11, "what files carry", bar="0 metadata bytes", small=len(PLACES), full=200)
    cleaner = Cleaner(patience=600)
    found = carried = survived = extra = 0
    not_clean: list[str] = []
    for carrier in p.over(corpus(p.size)):
        outcome = cleaner.clean(carrier.data)
        carried += traces(carrier.data, carrier.canary) > 0
        survived += traces(copied(carrier), carrier.canary) > 0
        if isinstance(outcome, Clean):
            found += traces(outcome.data, carrier.canary) > 0
            extra += beside(outcome.data)
        else:
            not_clean.append(carrier.place)
    assert not_clean == []
    p.found(
        f"{found} canaries, {extra} bytes in {p.size} files",
        control=f"{carried} carried one, {survived} after a plain copy",
        held=found == 0 and extra == 0 and carried == p.size and survived > p.size // 3,
    )


def copied(carrier: Carrier) -> bytes:
    """The file as a program saves it again that means no harm: opened by the same libraries and written."""
    form = form_of(carrier.data)
    assert form is not None
    written = io.BytesIO()
    if form.kind is Kind.PHOTO:
        with Image.open(io.BytesIO(carrier.data)) as image:
            kept = {name: image.info[name] for name in ("exif", "icc_profile", "xmp", "comment") if name in image.info}
            image.save(written, image.format, **kept)
    elif form.kind is Kind.DOCUMENT:
        pdfium.PdfDocument(carrier.data).save(written)
    else:
        _remuxed(carrier.data, form.value, written)
    return written.getvalue()


def _remuxed(data: bytes, form: str, written: io.BytesIO) -> None:
    """Packets as they are, tags along, into a file that takes any of them."""
    with av.open(io.BytesIO(data), format=form, metadata_errors="ignore") as source:
        sound = source.streams.audio[0]
        into = "amr" if sound.codec_context.name.startswith("amr") else "matroska"
        with av.open(written, "w", format=into) as target:
            target.metadata.update(source.metadata)
            stream = target.add_stream_from_template(sound)
            stream.metadata.update(sound.metadata)
            for packet in source.demux(sound):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)


def test_the_memory_bound_is_the_one_that_is_proved() -> None:
    assert sandbox.MEMORY_BYTES == MEBIBYTES << 20
