"""Search: by number and by name, real dirt, the same hits with and without pg_trgm."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from agencies import names
from agencies.actions import name_row
from agencies.models import Agency, AgencyName, Register
from agencies.search import CUTOFF, Hit, search, twins

from . import licensing_cast as cast

NAMES = [
    "101 MOJO INT`L. CORPORATION",
    "1015 BRILLIANT MINDS INC",
    "1015 BRILLIANT MINDS INC.",
    "1ST AKCES MANPOWER INC (FORMERLY CHAYAN MAN PROMOTION PHILS INTERNATIONAL",
    "5 STAR RECRUITMENT &  MANPOWER CORPORATION",
    "A & C INTERNATIONAL RESOURCES INC",
    "Bengal Overseas Employment Limited",
    "JOLLYHELPER",
    "MAID SIS",
    "Señor Café Personnel S.A.",
    "Sunlight Employment Agency",
    "陽光女傭中心",
    "思賢人力資源有限公司",
    "مكتب الأمل للتوظيف",
    "สำนักงานจัดหางาน ดาว",
]
ASKED = {
    "101 mojo intl": "101 MOJO INT`L. CORPORATION",
    "101 Mojo Int\u2019l Corp.": "101 MOJO INT`L. CORPORATION",
    "akses manpower": "1ST AKCES MANPOWER INC",
    "chayan man": "CHAYAN MAN PROMOTION PHILS INTERNATIONAL",
    "five star 5 star": "5 STAR RECRUITMENT & MANPOWER CORPORATION",
    "a and c international resources": "A & C INTERNATIONAL RESOURCES INC",
    "overseas employment": "Bengal Overseas Employment Limited",
    "jolly helper": "JOLLYHELPER",
    "maid": "MAID SIS",
    "senor cafe": "Señor Café Personnel S.A.",
    "sunlight": "Sunlight Employment Agency",
    "SUNLIGHT\u00a0EMPLOYMENT": "Sunlight Employment Agency",
    "陽光": "陽光女傭中心",
    "思賢人力資源": "思賢人力資源有限公司",
    "الأمل للتوظيف": "مكتب الأمل للتوظيف",
    "จัดหางาน ดาว": "สำนักงานจัดหางาน ดาว",
}


def fill(using: str = "default") -> None:
    register = Register.objects.using(using).create(code="ph", name="List", country="PH")
    agencies = [Agency(register=register, name=names.tidy(n), country="PH") for n in NAMES]
    Agency.objects.using(using).bulk_create(agencies)
    kinds = AgencyName.Kind
    rows = []
    for agency in agencies:
        current, former = names.split_former(agency.name)
        rows += [
            name_row(agency, current, kinds.CURRENT),
            *(name_row(agency, f, kinds.FORMER) for f in former),
        ]
    AgencyName.objects.using(using).bulk_create(rows)


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ASKED)
def test_a_name_is_found_however_it_is_typed(asked: str) -> None:
    fill()
    assert ASKED[asked] == search(asked)[0].name


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "  ", "!!!", "zzzz qqqq", "%", "_", "' OR 1=1 --", "\x00", "\\"])
def test_nothing_like_it_finds_nothing(asked: str) -> None:
    fill()
    assert search(asked) == []


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["RA-0010", "ra 10", "0010", "10", "RA0010", "ra-00010"])
def test_a_licence_number_is_found_with_or_without_zeros_and_letters(asked: str) -> None:
    fill()
    licence = cast.licence(number="RA-0010")
    cast.licence(cast.agency("Other Office"), number="RA-0101")
    hit = search(asked)[0]
    assert (hit.agency_id, hit.number, hit.score, hit.register) == (
        licence.agency_id,
        "RA-0010",
        100.0,
        "home",
    )
    assert sum(h.number == "RA-0101" for h in search(asked)) == 0


@pytest.mark.django_db
def test_a_former_name_finds_the_agency_under_its_own() -> None:
    fill()
    hit = search("chayan man promotion")[0]
    assert hit.current.startswith("1ST AKCES MANPOWER INC")


@pytest.mark.django_db
def test_hits_are_best_first_once_an_agency_and_above_the_cutoff() -> None:
    fill()
    hits = search("brilliant minds international manpower")
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.agency_id for h in hits}) == len(hits)
    assert all(CUTOFF <= h.score <= 100 for h in hits)


@pytest.mark.django_db
def test_a_new_name_is_found_at_once_and_a_second_search_reads_no_names() -> None:
    fill()
    search("sunlight")
    with CaptureQueriesContext(connection) as queries:
        search("sunlight")
    assert len(queries) == 1
    cast.agency("Moonlight Bureau")
    assert search("moonlight bureau")[0].name == "Moonlight Bureau"


@pytest.mark.django_db
def test_other_names_of_the_same_number_are_not_taken_for_the_old_ones(as_owner: Any) -> None:
    fill()
    search("sunlight")
    with as_owner():
        AgencyName.objects.filter(name="Sunlight Employment Agency").delete()
    cast.agency("Moonlight Bureau")
    assert "Sunlight Employment Agency" not in {h.name for h in search("sunlight employment agency")}


@pytest.mark.django_db
def test_twins_are_named_and_strangers_are_not() -> None:
    fill()
    agency = Agency.objects.get(name="1015 BRILLIANT MINDS INC")
    assert [h.name for h in twins(agency)] == ["1015 BRILLIANT MINDS INC."]
    assert twins(Agency.objects.get(name="JOLLYHELPER")) == []


@given(st.text(max_size=60))
def test_any_text_has_a_core_when_it_has_a_letter_and_is_stable(text: str) -> None:
    core = names.core(text)
    assert bool(core) == bool(names.words(text))
    assert names.tidy(names.tidy(text)) == names.tidy(text)
    assert names.fold_key(text.upper().lower()) == names.fold_key(names.fold_key(text.upper().lower()))


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("101 MOJO INT`L. CORPORATION", "101 mojo"),
        ("A & C INTERNATIONAL RESOURCES INC", "a c"),
        ("Recruitment Agency Ltd.", "recruitment agency"),
        ("陽光女傭中心", "陽光"),
        ("REHABCARE PHILIPPINES, INC. ", "rehabcare philippines"),
        ("\xa0", ""),
    ],
)
def test_the_core_of_a_name(name: str, core: str) -> None:
    assert names.core(name) == core


@pytest.mark.parametrize(
    ("name", "current", "former"),
    [
        ("X INC (FORMERLY Y MANPOWER", "X INC", ["Y MANPOWER"]),
        ("X INC. (FOR:Y AGENCY, INC)", "X INC.", ["Y AGENCY, INC"]),
        ("X CORP (formerly Y)", "X CORP", ["Y"]),
        ("X AGENCY (FORAI) INCORPORATED", "X AGENCY (FORAI) INCORPORATED", []),
        ("X (HONG KONG) LIMITED", "X (HONG KONG) LIMITED", []),
    ],
)
def test_former_names_in_brackets(name: str, current: str, former: list[str]) -> None:
    assert names.split_former(name) == (current, former)


# --- the same where pg_trgm is there --------------------------------------------------------------------


@pytest.fixture
def both(django_db_blocker: Any) -> Iterator[tuple[str, str]]:
    """Two databases of a system PostgreSQL, filled alike: with the extension and its index, and without."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing = "No system PostgreSQL with pg_trgm here (Debian: postgresql)."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with tempfile.TemporaryDirectory() as name, server(found[-1].parent, Path(name)) as home:
        here = connections["default"].settings_dict | {
            "USER": "owner", "PASSWORD": "", "HOST": str(home), "PORT": "", "OPTIONS": {},
        }  # fmt: skip
        aliases = {"trigrams": "postgres", "plain": "template1"}
        connections.databases.update({alias: here | {"NAME": name} for alias, name in aliases.items()})
        try:
            with django_db_blocker.unblock():
                for alias in aliases:
                    call_command("migrate", "agencies", database=alias, verbosity=0)
                    fill(alias)
                sql = Path(__file__).parents[2] / "agencies" / "sql" / "trigrams.sql"
                with connections["trigrams"].cursor() as cursor:
                    cursor.execute(sql.read_text())
                yield "trigrams", "plain"
        finally:
            for alias in aliases:
                connections[alias].close()
                del connections.databases[alias]


@contextmanager
def server(bin_: Path, home: Path) -> Iterator[Path]:
    """A throw-away PostgreSQL in ``home``, run as nobody where we are root."""
    user = "nobody" if os.geteuid() == 0 else None
    data = home / "data"
    data.mkdir()
    if user:
        for folder in (home, data):
            shutil.chown(folder, user)

    def do(command: str, *given: str) -> None:
        full = [str(bin_ / command), "-D", str(data), *given]
        subprocess.run(full, check=True, user=user, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    do("initdb", "-U", "owner", "--auth=trust", "-E", "UTF8", "--locale=C")
    do("pg_ctl", "-l", str(home / "log"), "-o", f"-k {home} -c listen_addresses= -c fsync=off", "-w", "start")
    try:
        yield home
    finally:
        do("pg_ctl", "-m", "immediate", "stop")


def shape(hits: list[Hit]) -> list[tuple[str, float, str]]:
    return [(h.name, h.score, h.register) for h in hits]


def test_the_same_hits_with_and_without_trigrams(both: tuple[str, str], django_db_blocker: Any) -> None:
    with_trigrams, without = both
    with django_db_blocker.unblock():
        for asked in (*ASKED, "zzzz qqqq", "%", "brilliant minds"):
            assert shape(search(asked, using=with_trigrams)) == shape(search(asked, using=without)), asked
        agency = Agency.objects.using(with_trigrams).get(name="1015 BRILLIANT MINDS INC")
        with CaptureQueriesContext(connections[with_trigrams]) as queries:
            assert [h.name for h in twins(agency)] == ["1015 BRILLIANT MINDS INC."]
        assert any("<%" in q["sql"] for q in queries)
