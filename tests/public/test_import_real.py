"""The real lists, where they are: every row is imported or quarantined, and again changes nothing."""

from __future__ import annotations

import datetime
import os
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from agencies import wording
from agencies.licensing import Verdict, answers_for
from agencies.models import Agency, AgencyName, ImportBatch, ListedStatus, Place, RawRow, Register

pytestmark = pytest.mark.django_db

LISTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "registers"
HONG_KONG = LISTS / "hong_kong_eaa_2021-12-28.csv"
PHILIPPINES = (LISTS / "dmw_licensed_agencies_page_1.json", LISTS / "dmw_licensed_agencies_name_ABC.json")
TODAY = datetime.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def lists() -> None:
    if not HONG_KONG.exists():
        missing = f"The real lists are not here ({HONG_KONG.parent.name} beside the project)."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


def load(form: str, *files: Path, as_of: str) -> str:
    out = StringIO()
    given = [form, *map(str, files), "--as-of", as_of, "--by", "test"]
    call_command("import_register", *given, stdout=out, stderr=StringIO())
    return out.getvalue().strip().splitlines()[-1]


def hong_kong() -> str:
    return load("hong-kong", HONG_KONG, as_of="2021-12-28")


def philippines(*files: Path) -> str:
    return load("philippines", *(files or PHILIPPINES), as_of="2026-07-14")


def rows_in_all_tables() -> dict[str, int]:
    return {m.__name__: m._default_manager.count() for m in apps.get_app_config("agencies").get_models()}


def test_hong_kong_every_row_and_again_none() -> None:
    assert hong_kong() == "hk: read=3293 imported=3293 quarantined=0 changed=3293"
    before = rows_in_all_tables()
    assert hong_kong() == "hk: read=3293 imported=3293 quarantined=0 changed=0"
    assert rows_in_all_tables() == before
    assert before["RawRow"] == before["Place"] == before["ListedStatus"] == 3293


def test_hong_kong_branches_share_an_agency_and_chinese_names_stand_alone() -> None:
    hong_kong()
    sunlight = Agency.objects.get(name="Sunlight Employment Agency")
    assert sunlight.places.count() == 14
    assert set(sunlight.names.values_list("name", "script")) == {
        ("Sunlight Employment Agency", "Latn"),
        ("陽光女傭中心", "Hani"),
    }
    only_chinese = Agency.objects.get(name="期柏有限公司")
    place = only_chinese.places.get()
    assert (place.phones_raw, place.phones) == ("68817831 / 96685783", ["+85268817831", "+85296685783"])
    assert Agency.objects.count() == 3046
    assert not Place.objects.filter(district="\xa0").exists()


def test_hong_kong_of_2021_never_says_today() -> None:
    hong_kong()
    answers = answers_for(Agency.objects.select_related("register", "operator"), today=TODAY)
    assert Counter(a.kind for a in answers.values()) == {"list_said": 3046}
    said = {wording.sentence(a) for a in answers.values()}
    assert said == {"On 28 December 2021 the list said that this agency may recruit."}


@pytest.mark.parametrize("order", [1, -1])
def test_philippines_one_page_after_the_other_in_any_order(order: int) -> None:
    ends = {
        "ph: read=50 imported=50 quarantined=0 changed=50",
        "ph: read=6 imported=6 quarantined=0 changed=6",
    }
    pages = PHILIPPINES[::order]
    assert {philippines(page) for page in pages} == ends
    before = rows_in_all_tables()
    assert {philippines(page)[-9:] for page in pages} == {"changed=0"}
    assert rows_in_all_tables() == before
    assert not ListedStatus.objects.filter(no_longer_listed=True).exists()


def test_philippines_both_at_once_and_what_the_list_says_of_each() -> None:
    assert philippines() == "ph: read=56 imported=56 quarantined=0 changed=56"
    words = Counter(ListedStatus.objects.values_list("words", flat=True))
    assert words["Cancelled"] + words["Delisted"] == 28
    agencies = Agency.objects.select_related("register", "operator")
    answers = answers_for(agencies, today=TODAY)
    dead = {s.agency_id for s in ListedStatus.objects.filter(words__in=["Cancelled", "Delisted"])}
    assert {answers[key].verdict for key in dead} == {Verdict.MAY_NOT}
    assert all("may not recruit" in wording.sentence(answers[key]) for key in dead)
    assert {a.as_of for a in answers.values()} == {datetime.date(2026, 7, 14)}
    assert Counter(s.state for s in ListedStatus.objects.filter(words="Forever Banned")) == {"REVOKED": 2}
    assert ListedStatus.objects.filter(debarred_permanently=True).count() == 2


def test_philippines_twins_stay_apart_and_differ() -> None:
    philippines()
    expired = Agency.objects.select_related("register").get(name="1015 BRILLIANT MINDS INC")
    licensed = Agency.objects.select_related("register").get(name="1015 BRILLIANT MINDS INC.")
    answers = answers_for([expired, licensed], today=datetime.date(2026, 7, 20))
    assert answers[expired.pk].verdict == Verdict.MAY_NOT
    assert answers[licensed.pk].verdict == Verdict.MAY


def test_philippines_former_names_and_both_spellings_of_the_mail_column() -> None:
    philippines()
    former = set(AgencyName.objects.filter(kind="FORMER").values_list("name", flat=True))
    assert "SMITH BELL MANPOWER" in former
    assert not any("FORAI" in name for name in former)
    mails = dict(Place.objects.values_list("agency__name", "email"))
    assert mails["1ST NORTHERN INTERNATIONAL PLACEMENT INC"] == "office8406@1stnortherninternational.com"
    assert mails["ABCA INTERNATIONAL CORPORATION"] == "office0626@yahoo.com"
    assert mails["5A S INTERNATIONAL AGENCY CORPORATION"] == ""


def test_the_raw_rows_are_what_stood_in_the_file() -> None:
    philippines(PHILIPPINES[1])
    row = RawRow.objects.order_by("line").first()
    assert row is not None
    assert row.payload["name"].startswith("ABC GLOBAL EMPLOYMENT & MANPOWER SERVICES INC (FORMERLY")
    line = PHILIPPINES[1].read_text().splitlines()[row.line - 1]
    assert line.strip() == "{"
    batch = ImportBatch.objects.get()
    assert (batch.read, batch.run_by, batch.whole) == (6, "test", False)
    assert Register.objects.get(code="ph").as_of == datetime.date(2026, 7, 14)
