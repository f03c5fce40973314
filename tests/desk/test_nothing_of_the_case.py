"""What leaves an office on paper or for the regulator carries nothing of the case (issue 6, Shows 7; FIREWALL rule 14).

An inspection order, every letter to an agency and a referral are made from random cases in which each field is a word
that stands nowhere else. They must not hold one of these words, and must be the same for every case.
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import Agency
from complaints.cases import routing, vocabulary
from complaints.cases.models import Case, Inspector
from complaints.cases.severity import Category
from complaints.cases.states import Outcome
from complaints.desk import actions, agency_letters, evidence, letter_files, room_work, work
from complaints.desk.letter_files import BadLetter, Reader
from complaints.firewall import access, referrals
from complaints.firewall.access import OpenCase
from complaints.firewall.models import ReferralOutbox
from complaints.intake.answers import AgencyAnswer, Answers, Contact, Fee
from tests.desk.cast import Desk, file_and_release, vault_of
from tests.factories import Cast
from tests.proof import Proof

AsOwner = Callable[[], AbstractContextManager[None]]
DAY = date.today() + timedelta(days=30)
TYPED = {"employer": "Pearl Works", "place": "Port road 5", "day": DAY, "ground": "sector"}
TEXTS = ("region", "happened", "promised", "wish_words", "agency_name", "agency_licence", "whom", "fee_words", "rate",
         "where", "when_to_call", "note", "finding", "answer")  # fmt: skip


def some(choices: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices.values), max_size=4, unique=True).map(tuple)


SAID = st.fixed_dictionaries(
    {
        "salt": st.integers(100_000, 999_999),
        "words": st.lists(st.text(st.characters(categories=("Ll", "Lo", "Nd")), min_size=1, max_size=12), max_size=12),
        "when": st.sampled_from([None, "2019", "2021-03"]),
        "categories": some(Category),
        "sector": st.sampled_from(["", *vocabulary.Sector.values]),
        "whose": st.sampled_from(["", *vocabulary.Whose.values]),
        "papers": some(vocabulary.Paper),
        "wishes": some(vocabulary.Remedy),
        "language": st.sampled_from(["tl", "bn", "ar", "xx"]),
        "amount": st.decimals(1000, 9999, places=2).map(str),
        "in_danger": st.booleans(),
    }
)


AS_DRAWN = ("when", "categories", "sector", "whose", "papers", "wishes", "language", "in_danger")


def canary(field: str, salt: int) -> str:
    return f"canary{field.replace('_', '')}{salt}"


def answers(said: dict[str, Any], agency: Agency) -> Answers:
    """A whole form; every text has a word of its own in it."""
    word = {field: canary(field, said["salt"]) for field in TEXTS}
    fee = Fee("a", "other", words=word["fee_words"], amount=said["amount"], currency="QAR", whom=word["whom"],
              loan=True, rate=word["rate"])  # fmt: skip
    return Answers(
        country="QA",
        region=word["region"],
        agency=AgencyAnswer(str(agency.pk), word["agency_name"], "Their words", word["agency_licence"]),
        happened=" ".join([word["happened"], *said["words"]]),
        promised=word["promised"],
        wish_words=word["wish_words"],
        fees=(fee,),
        contact=Contact(how="phone", where=word["where"], when=word["when_to_call"]),
        told=(vocabulary.Told.COMPLAINT.value,),
        group="910203040506",
        **{name: said[name] for name in AS_DRAWN},
    )


def main_of(response: Any) -> str:
    """What is printed: the title and the main part, and no token of a form."""
    page = response.content.decode()
    assert response.status_code == 200, response.status_code
    title = re.search(r"<title>(.*?)</title>", page, re.S)
    main = re.search(r"<main.*?</main>", page, re.S)
    assert title and main
    return html.unescape(title[1] + main[0])


def works_the_case(case: UUID, office: Cast, said: dict[str, Any], agency: Agency) -> OpenCase:
    """Two members do all that leads out of the house, and write the rest into the case."""
    ana, ben = office.members
    hers = access.open_case(case, by=ana, vault=vault_of(office, 0))
    actions.acknowledge(hers, by=ana)
    actions.answer(hers, by=ana, text=canary("answer", said["salt"]))
    hers = access.open_case(case, by=ana, vault=vault_of(office, 0))
    work.note(hers, text=canary("note", said["salt"]), by=ana)
    actions.record_finding(hers, by=ana, standard="S-1", text=canary("finding", said["salt"]))
    evidence.plan_inspection(hers, by=ana, **TYPED)
    for letter in letter_files.for_(Reader.AGENCY):
        agency_letters.write(hers, letter, language="en", standards=["S-1"], answer_by=DAY, by=ana)
    proposed = referrals.propose(hers, by=ana, agency=agency.pk, standards=["S-1"], evidence_class="INSPECTION")
    referrals.approve(proposed, by=ben, case=access.open_case(case, by=ben, vault=vault_of(office, 1)))
    return access.open_case(case, by=ana, vault=vault_of(office, 0))


@pytest.mark.proof
def test_an_order_a_letter_and_a_referral_carry_no_field_of_a_case(
    proof: Callable[..., Proof], file_case: Callable[..., UUID], office: Cast, agency: Agency, as_owner: AsOwner,
    desk: Callable[..., Desk], ana: Inspector,
) -> None:  # fmt: skip
    p = proof(4, "orders, letters, referrals of random cases", bar="0 case fields in any", small=8, full=1000)
    facts = [one for one in routing.offices_for("QA", on=date.today()) if one.id == office.office.pk]
    client = desk(ana, 0).client
    printed: set[tuple[str, ...]] = set()
    counts = {"cases": 0, "leaks": 0, "controls": 0}

    @settings(max_examples=p.size, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(SAID)
    def run(said: dict[str, Any]) -> None:
        with as_owner():
            case = file_and_release(answers(said, agency), facts)
        opened = works_the_case(case, office, said, agency)
        shown = room_work.of(opened)
        pages = [main_of(client.post(reverse("desk:print-order"), shown["plans"][-1]["fields"]))]
        pages += [main_of(client.post(reverse("desk:print-letter"), one["fields"])) for one in shown["letters"]]
        with as_owner():
            row = ReferralOutbox.objects.values_list("agency", "standards", "evidence_class", "quarter").get()
            ReferralOutbox.objects.all().delete()
        out = [*pages, str(row)]
        secrets = [canary(field, said["salt"]) for field in TEXTS]
        row_of_case = Case.objects.get(pk=case)
        secrets += [str(case), case.hex, row_of_case.reference, row_of_case.week, said["amount"], "910203040506"]
        counts["leaks"] += sum(secret in one for secret in secrets for one in out)
        case_page = html.unescape(client.get(reverse("desk:case", args=[case])).content.decode())
        counts["controls"] += all(canary(field, said["salt"]) in case_page for field in ("happened", "note", "finding"))
        counts["cases"] += 1
        printed.add(tuple(out))
        p.at(counts["cases"])

    run()
    p.found(
        f"{counts['leaks']} fields in the papers of {counts['cases']} cases; {len(printed)} different set(s) of papers",
        control=f"the case page has them in {counts['controls']} of {counts['cases']}",
        held=counts["leaks"] == 0 and len(printed) == 1 and counts["controls"] == counts["cases"] >= min(p.size, 8),
    )


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
