"""What is in a parcel, whatever somebody wrote: by the published schema, in every language, and nothing that was not
meant for another office (issue 5, Shows 6)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import fastjsonschema
import pypdfium2
import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints.cases import vocabulary
from complaints.cases.models import Attachment, Case, Holding, Inspector, Office
from complaints.cases.severity import Category
from complaints.desk import actions, handover, story
from complaints.desk.parcels import content, letter, package, printed
from complaints.desk.parcels.letter import Acknowledgement
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from complaints.intake.answers import AgencyAnswer, Answers, Contact, Fee, FileAnswer
from complaints.vault import parcels
from complaints.vault.epochs import Maker
from recruitment_watch import catalogues
from recruitment_watch.embedded.home import PROJECT
from tests.desk.parcels import age_file
from tests.outside import outside

AsOwner = Callable[[], AbstractContextManager[None]]
SCHEMA = fastjsonschema.compile(json.loads((PROJECT / "docs" / "schemas" / "parcel-1.json").read_text()))
SECRETS = ("canary contact 5550199", "canary when to call", "910203040506")  # contact, when, the group's code
UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


def labels(choices: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices.values), max_size=4, unique=True).map(tuple)


FEES = st.builds(
    Fee, id=st.just("f"), item=st.sampled_from(vocabulary.FeeItem.values), words=WORDS,
    amount=st.sampled_from(["", "12.50"]),
    currency=st.sampled_from(["QAR", "seashells", ""]), whom=WORDS, when=st.sampled_from(["", "2024", "2024-05"]),
    proof=st.sampled_from(["", *vocabulary.ProofOfPayment.values]), loan=st.booleans(), rate=WORDS,
)  # fmt: skip
FILES = st.builds(
    FileAnswer, id=st.uuids(version=4).map(str), kind=st.sampled_from(["photo", "document", "recording"]),
    media=st.sampled_from(["image/jpeg", "application/pdf", "audio/ogg", "application/x-anything"]),
    count=st.integers(0, 50), sha256=st.just("ab" * 32), original=st.booleans(),
)  # fmt: skip
ANSWERS = st.builds(
    Answers, country=st.sampled_from(["QA", "AE", ""]), region=WORDS,
    agency=st.builds(AgencyAnswer, id=st.none(), name=WORDS, register=WORDS, licence=WORDS),
    when=st.sampled_from([None, "2024", "2024-05", "never"]), licence_on_day=st.none(), categories=labels(Category),
    in_danger=st.booleans(), whose=st.sampled_from(["", *vocabulary.Whose.values]),
    sector=st.sampled_from(["", *vocabulary.Sector.values]), promised=WORDS, happened=WORDS,
    fees=st.lists(FEES, max_size=3).map(tuple), papers=labels(vocabulary.Paper), wishes=labels(vocabulary.Remedy),
    wish_words=WORDS, files=st.lists(FILES, max_size=3).map(tuple), told=labels(vocabulary.Told),
    contact=st.just(Contact(how="phone", where=SECRETS[0], when=SECRETS[1])), group=st.just(SECRETS[2]),
    language=st.sampled_from(["tl", "bn", "ar", "xx"]),
)  # fmt: skip


def opened(answers: Answers) -> OpenCase:
    """A case as its holder has it open, of one who wrote this."""
    case = Case(pk=uuid4(), week="2026-W41", severity=2, state="in_work", death_week="2028-W41")
    office = Office(name="Inspectorate of Doha", country="QA")
    holding = Holding(case=case, office=office, rung=1)
    return OpenCase(
        case=case, holding=holding, member=Inspector(name="Ana"), cover=answers.cover(), body=answers.body(),
        messages=(), records=(), body_keys={}, maker=Maker(b"", list),
    )  # fmt: skip


def drafted(answers: Answers, language: str = "en") -> content.Content:
    to = Office(name="Inspectorate of Borland", country="BH", languages=[language])
    case = opened(answers)
    every = {one.row for one in content.attachable(case)}
    return content.of(case, reference=uuid4(), to=to, reason="They can act.", files=every)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS, st.sampled_from(letter.OURS))
def test_no_parcel_says_what_was_not_meant_for_another_office(answers: Answers, language: str) -> None:
    """The control: the same search finds what is meant to be there."""
    draft = drafted(answers, language)
    how = Acknowledgement("https://desk.example/received/x/", parcels.new_code())
    with override(language):
        page = package.html(letter.parts(draft, how))
    raw = package.case_json(draft, how)
    said = json.loads(raw)
    SCHEMA(said)
    for never in (*SECRETS, "2026-W41", "original.bin"):
        assert never not in page and never not in raw.decode()
    assert said["may_be_told"] == list(answers.told) and said["happened"] == answers.happened
    assert said["filed"] == "2026-Q4" and "They can act." in page
    originals = [one for one in answers.files if one.original or one.media == "application/x-anything"]
    assert len(said["attachments"]) == len(answers.files) - len(originals)


STORY = {
    "en": "They kept my passport and asked for 2,400 more.",
    "bn": "তারা আমার পাসপোর্ট রেখে দিয়েছে এবং আরও টাকা চেয়েছে।",
    "ar": "أخذوا جواز سفري وطلبوا المزيد من المال.",
    "hi": "उन्होंने मेरा पासपोर्ट रख लिया और पैसे माँगे।",
}


@pytest.mark.parametrize("language", letter.OURS)
def test_every_language_has_its_letters_whatever_script_the_story_is_in(language: str) -> None:
    """Set RW_LOOK to a folder to look at the sheets."""
    told = "\n".join(STORY.values())
    long = " ".join([told] * 40)
    fee = Fee("1", "bribe", "টিপস", "12.50", "BDT", "عميل")
    agency = AgencyAnswer(name="Golden Harvest")
    answers = Answers(country="QA", agency=agency, happened=long, categories=("fees",), when="2024-05", fees=(fee,))
    draft = drafted(answers, language)
    with override(language):
        sheets = printed.pdf(letter.parts(draft, Acknowledgement("https://desk.example/received/x/", "AAAAA-BBBBB")))
    if folder := os.environ.get("RW_LOOK"):
        Path(folder, f"letter-{language}.pdf").write_bytes(sheets)
    with pypdfium2.PdfDocument(sheets) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
        assert len(document) > 2
    assert "AAAAA-BBBBB" in text and "Golden Harvest" in text and text.count("They kept my passport") >= 40
    assert ("en", *catalogues.languages()) == letter.OURS


def test_letters_that_no_font_has_are_told_of() -> None:
    for happened, lacks in (("ጉዳዬ ይህ ነው", True), ("my story", False)):
        with pypdfium2.PdfDocument(
            printed.pdf(letter.parts(drafted(Answers(country="QA", happened=happened)), None))
        ) as pdf:
            text = "".join(page.get_textpage().get_text_bounded() for page in pdf)
        assert ("Some letters cannot be printed here" in text) is lacks
    with override("en"):
        assert "ጉዳዬ" in package.html(letter.parts(drafted(Answers(country="QA", happened="ጉዳዬ ይህ ነው")), None))


def test_what_somebody_wrote_is_text_and_no_page() -> None:
    wicked = "<script>alert(1)</script><img src=x onerror=y>"
    page = package.html(letter.parts(drafted(Answers(country="QA", happened=wicked)), None))
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_chosen_attachments_go_and_an_original_never(
    file_case: Callable[..., UUID], office: Any, ana: Inspector, vault: Any, as_owner: AsOwner, registrar_privates: Any
) -> None:
    photo = FileAnswer(str(uuid4()), "photo", "image/jpeg", 0, "cd" * 32)
    other = FileAnswer(str(uuid4()), "recording", "audio/ogg", 40, "ce" * 32)
    original = replace(photo, id=str(uuid4()), original=True)
    files = [(one, f"canary {one.kind} {one.original}".encode()) for one in (photo, other, original)]
    case = file_case(office, files=files)
    with as_owner():
        far = outside(registrar_privates)
    actions.acknowledge(access.open_case(case, by=ana, vault=vault), by=ana)
    held = access.open_case(case, by=ana, vault=vault)
    chosen = {one["id"] for one in story.files(held) if one["photo"]}  # the photo and its original
    assert len(chosen) == 2
    parcel = handover.hand_over(held, by=ana, to=far.office, reason="Look.", files=chosen)
    inside = far.open(age_file(parcel, as_owner))
    assert inside["attachments/1.jpg"] == b"canary photo False"
    assert [one for one in inside if one.startswith("attachments/")] == ["attachments/1.jpg"]
    (said,) = json.loads(inside["case.json"])["attachments"]
    assert said["original_sha256"] == "cd" * 32
    with as_owner():
        Attachment.objects.filter(pk__in=chosen).update(box=b"damaged")
    with pytest.raises(handover.FileLost):
        handover.hand_over(held, by=ana, to=far.office, reason="Look.", files=chosen)
