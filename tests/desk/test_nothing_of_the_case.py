"""What keeps papers from a case: what is refused, what is never filled in, and letters with closed lists of fields.

That nothing of random cases stands in any of them is proved in tests/desk/test_papers.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from complaints.cases.models import Inspector
from complaints.cases.states import Outcome
from complaints.desk import actions, agency_letters, evidence, letter_files
from complaints.desk.letter_files import BadLetter, Reader
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from tests.desk.cast import Desk, vault_of
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
DAY = date.today() + timedelta(days=30)
TYPED = {"employer": "Pearl Works", "place": "Port road 5", "day": DAY, "ground": "sector"}


def main_of(response: Any) -> str:
    """What is printed: the title and the main part, and no token of a form."""
    page = response.content.decode()
    assert response.status_code == 200, response.status_code
    title = re.search(r"<title>(.*?)</title>", page, re.S)
    main = re.search(r"<main.*?</main>", page, re.S)
    assert title and main
    return html.unescape(title[1] + main[0])


@pytest.fixture
def opened(file_case: Callable[..., UUID], office: Cast, ana: Inspector) -> OpenCase:
    case = file_case(office, happened="They took five thousand rial from me at the port in May.")
    found = access.open_case(case, by=ana, vault=vault_of(office, 0))
    actions.acknowledge(found, by=ana)
    return found


@pytest.mark.parametrize(
    "typed",
    [
        {"employer": "see {reference}"},
        {"place": "case {id}"},
        {"place": "where they TOOK five thousand, rial from a man"},
    ],
)
def test_an_order_that_tells_of_the_case_is_refused(typed: dict[str, str], opened: OpenCase, ana: Inspector) -> None:
    names = {"reference": opened.case.reference.lower(), "id": str(opened.case.pk)}
    given = TYPED | {name: value.format(**names) for name, value in typed.items()}
    with pytest.raises(evidence.TellsOfTheCase):
        evidence.plan_inspection(opened, by=ana, **given)
    evidence.plan_inspection(opened, by=ana, **TYPED)  # the control


def test_the_form_of_an_order_is_never_filled_in(opened: OpenCase, ana: Inspector, desk: Callable[..., Desk]) -> None:
    page = desk(ana, 0).get("work", opened.case.pk, "inspection").content.decode()
    form = page.partition("<main")[2]
    assert "Golden Harvest" not in form and " checked" not in form
    values = [one for one in re.findall(r'<input[^>]*\svalue="([^"]*)"', form) if one not in evidence.Ground.values]
    assert all(len(one) > 40 for one in values), values  # nothing but the form's token


def test_a_paper_is_made_of_its_own_fields_and_needs_them_all(ana: Inspector, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    for name in ("print-order", "print-letter"):
        assert one.get(name)["Location"] == "/"
        assert one.post(name, employer="Pearl Works").status_code == 404


def test_a_paper_in_the_name_of_another_office_is_not_found(
    ana: Inspector, office: Cast, other: Cast, desk: Callable[..., Desk]
) -> None:
    one, given = desk(ana, 0), {**TYPED, "day": DAY.isoformat()}
    assert one.post("print-order", **given, office=str(office.office.pk)).status_code == 200
    assert one.post("print-order", **given, office=str(other.office.pk)).status_code == 404


def test_the_agency_is_told_of_a_complaint_only_while_the_person_allows_it(
    opened: OpenCase, ana: Inspector, office: Cast, file_case: Callable[..., UUID], desk: Callable[..., Desk]
) -> None:
    """The control: who allows it is told that it was done, in their language."""
    letter = letter_files.get("put-it-right")
    given: dict[str, Any] = {"language": "en", "standards": ["S-1"], "answer_by": DAY, "by": ana}
    with pytest.raises(agency_letters.NotAllowed):
        agency_letters.write(opened, letter, **given)
    page = desk(ana, 0).get("letter", opened.case.pk, "put-it-right").content.decode()
    assert "The person does not allow that" in page
    allowed = access.open_case(file_case(office, told=("complaint",)), by=ana, vault=vault_of(office, 0))
    actions.acknowledge(allowed, by=ana)
    agency_letters.write(allowed, letter, **given)
    again = access.open_case(allowed.case.pk, by=ana, vault=vault_of(office, 0))
    assert "Sinulatan" in str((again.messages[-1].content or {})["text"])


def test_a_letter_to_the_agency_through_the_page(opened: OpenCase, ana: Inspector, desk: Callable[..., Desk]) -> None:
    one, case = desk(ana, 0), opened.case.pk
    assert "Request for records" in one.get("letters", case).content.decode()
    assert one.post("letter", case, "ask-for-records", language="fr").status_code == 422
    done = one.post("letter", case, "ask-for-records", language="fr", standards=["S-1"], answer_by=DAY.isoformat())
    assert done.status_code == 302
    shown = one.get("case", case).content.decode()
    assert "Request for records" in shown
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown.partition("print/letter")[2]))
    paper = main_of(one.client.post(reverse("desk:print-letter"), fields))
    assert "Golden Harvest Manpower" in paper and "S-1 No fee is taken from a worker" in paper and "L-7" in paper
    assert "Demande de documents" in paper and str(DAY.day) in paper


def test_a_letter_to_the_person_stands_in_the_message_form_in_their_language(
    opened: OpenCase, ana: Inspector, desk: Callable[..., Desk]
) -> None:
    page = desk(ana, 0).get("letter", opened.case.pk, "received").content.decode()
    assert "Nabasa na namin ang reklamo ninyo." in page and "We have read your complaint." in page
    assert f'action="/case/{opened.case.pk}/answer/"' in page


class TestTheFiles:
    def test_every_letter_to_a_person_is_there_in_every_language_of_the_form(self) -> None:
        from recruitment_watch import catalogues

        for letter in letter_files.for_(Reader.COMPLAINANT):
            assert set(letter.texts) == {"en", *catalogues.languages()}, letter.name

    def test_every_outcome_has_its_letter(self) -> None:
        for outcome in Outcome.values:
            assert letter_files.get(f"closed-{outcome.replace('_', '-')}").fields == frozenset()

    def test_every_translation_says_whether_a_native_speaker_has_signed_it(self) -> None:
        for path in letter_files.FOLDER.glob("*.md"):
            assert ".en." in path.name or "native speaker" in path.read_text().split("---")[1], path.name

    def test_a_letter_to_an_agency_has_no_field_that_could_carry_somebody(self) -> None:
        closed = letter_files.FIELDS[Reader.AGENCY]
        assert closed == {"office", "agency", "licence", "register", "standards", "answer_by"}

    @pytest.mark.parametrize(
        "text",
        ["for: agency\ntitle: x\n---\n{story}", "for: agency\ntitle: x\n---\n{amount}", "for: agency\nfree: x\n---\nx",
         "for: agency\ntitle: x\nsays: everything\n---\nx"],
    )  # fmt: skip
    def test_a_file_with_another_field_is_no_letter(self, text: str, tmp_path: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr(letter_files, "FOLDER", tmp_path)
        (tmp_path / "bad.en.md").write_text(f"---\n{text}\n")
        with pytest.raises((BadLetter, ValueError, KeyError)):
            letter_files._read("bad")
        (tmp_path / "good.en.md").write_text("---\nfor: agency\ntitle: x\n---\n{office}\n")
        assert letter_files._read("good").fields == {"office"}  # the control

    def test_values_are_exactly_its_fields(self) -> None:
        letter = letter_files.get("ask-for-records")
        whole = dict.fromkeys(letter.fields, "x")
        assert letter.text("en", whole)
        for values in ({**whole, "story": "x"}, {name: "x" for name in whole if name != "agency"}):
            with pytest.raises(BadLetter):
                letter.text("en", values)
