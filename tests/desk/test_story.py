"""What a person said, as the case room shows it: money with its totals, wishes, consent as it stands, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from complaints.cases import sealing, vocabulary
from complaints.cases.models import Attachment, Case, Inspector, Message
from complaints.desk import story
from complaints.firewall import access
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from complaints.intake.answers import Fee, FileAnswer
from complaints.vault import receipts
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import Desk, answers_about
from tests.factories import Cast

PHOTO = b"\xff\xd8\xff canary photo"
ORIGINAL = b"canary original <script>alert(1)</script>"


@pytest.fixture
def told(office: Cast, as_owner: Callable[..., Any], agency: Any, settings: Any) -> UUID:
    """A complaint with everything in it, released to the office."""
    from datetime import date

    from complaints.cases import routing
    from complaints.intake.actions import file_complaint
    from tests.desk.cast import release

    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"
    facts = [one for one in routing.offices_for("QA", on=date.today()) if one.id == office.office.pk]
    said = answers_about(
        agency, whose="knows", sector="domestic", promised="A shop", money="yes", papers=("passport",),
        wishes=("refund",), wish_words="An answer", told=("money",),
        fees=(
            Fee("a", "medical", amount="250", currency="QAR", whom="A clinic", proof="refused"),
            Fee("b", "other", words="tea money", amount="1000.50", currency="QAR", loan=True, rate="5 %"),
            Fee("c", "travel", amount="90", currency="shells"), Fee("d", "bribe"),
        ),
    )  # fmt: skip
    files = [
        (FileAnswer("x", "photo", "image/jpeg", 0, "ab" * 32), PHOTO),
        (FileAnswer("xo", "photo", "application/octet-stream", 0, "ab" * 32, original=True), ORIGINAL),
    ]
    case = uuid4()
    with as_owner():
        file_complaint(case_id=case, receipt=receipts.new_receipt(), answers=said, offices=facts, files=files)
        release(Case.objects.get(pk=case), 1)
    return case


@pytest.fixture
def page(desk: Callable[..., Desk], ana: Inspector) -> Desk:
    return desk(ana, 0)


def test_the_room_shows_all_of_it_with_totals_by_currency(page: Desk, told: UUID) -> None:
    shown = page.get("case", told).content.decode()
    for said in (
        "In a home", "A shop", "A medical test", "A clinic", "I asked, and they refused", "tea money", "5 %",
        "1,250.50 Qatari R", "90 shells", "Passport", "My money back", "An answer", "What was paid or is owed",
        "somebody else, and they know", "A photo", "ab" * 32,
    ):  # fmt: skip
        assert said in shown, said


def test_a_photo_is_shown_and_an_original_is_only_handed_over(page: Desk, told: UUID, as_owner: Any) -> None:
    shown = page.get("case", told).content.decode()
    ids = dict.fromkeys(part.split("/")[0] for part in shown.split("/files/")[1:])  # a photo is shown in the page too
    photo, original = (page.get("file", told, UUID(one)) for one in ids)
    assert photo.content == PHOTO and photo["Content-Type"] == "image/jpeg"
    assert original.content == ORIGINAL and original["Content-Type"] == "application/octet-stream"
    assert original["Content-Disposition"].startswith("attachment")
    for answer in (photo, original):
        assert "sandbox" in answer["Content-Security-Policy"] and answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_outsider_and_a_file_of_another_case_get_the_same_404(
    page: Desk, desk: Callable[..., Desk], charlie: Inspector, told: UUID, case: UUID, as_owner: Any
) -> None:
    with as_owner():
        row = Attachment.objects.filter(case=told).first()
        assert row
    assert desk(charlie, 0).get("file", told, row.pk).status_code == 404
    assert page.get("file", case, row.pk).status_code == 404
    assert page.get("file", told, uuid4()).status_code == 404


def test_opening_a_file_is_in_the_log(page: Desk, told: UUID, as_owner: Any) -> None:
    with as_owner():
        row = Attachment.objects.filter(case=told).first()
        assert row
        before = DisclosureDetail.objects.filter(case=told, verb="opened").count()
    page.get("file", told, row.pk)
    with as_owner():
        assert DisclosureDetail.objects.filter(case=told, verb="opened").count() == before + 1


def test_consent_is_shown_as_it_stands_now(
    page: Desk, told: UUID, ana: Inspector, vault: OpenVault, as_owner: Any
) -> None:
    opened = access.open_case(told, by=ana, vault=vault)
    row = uuid4()
    content = {"text": "", "at": "2026-11-26T10:00:00+00:00", "author": "complainant", "consent": {"agency": []}}
    box = sealing.seal_message(opened.body_keys[0], content, case=told, row=row, epoch=0)
    with as_owner():
        Message.objects.create(pk=row, case_id=told, direction="from", week=opened.case.week, box=box)
    shown = page.get("case", told).content.decode()
    assert "Changed what the agency may be told. From then on: nothing." in shown
    facts = shown.split("The agency may be told")[1].split("</div>")[0]
    assert "nothing" in facts and "What was paid" not in facts


@pytest.mark.parametrize("direction", ["from", "to", ""])
def test_no_office_gives_consent_in_the_persons_name(
    direction: str, told: UUID, ana: Inspector, vault: OpenVault
) -> None:
    """A desk that has fallen has the case's key while a vault is open, and may write messages: to the person."""
    before = story.told(access.open_case(told, by=ana, vault=vault))
    opened, row = access.open_case(told, by=ana, vault=vault), uuid4()
    forged = {"text": "", "at": "2099-11-26T10:00:00+00:00", "author": "complainant", "consent": {"agency": ["name"]}}
    box = sealing.seal_message(opened.body_keys[0], forged, case=told, row=row, epoch=0)
    message = Message(pk=row, case_id=told, direction=direction, week=opened.case.week, box=box)
    if direction == "to":
        message.save(force_insert=True)
    else:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            message.save(force_insert=True)
        assert constraint_of(refused.value) == "firewall_veto_voice"
    assert story.told(access.open_case(told, by=ana, vault=vault)) == before != [vocabulary.Told("name")]


def test_a_story_of_an_earlier_version_is_shown_too(page: Desk, case: UUID, ana: Inspector) -> None:
    assert "canary-story" in page.get("case", case).content.decode()


def test_the_register_is_asked_about_the_days_on_which_money_was_paid(
    page: Desk, office: Cast, file_case: Callable[..., UUID]
) -> None:
    """Licensed since 2020: not on the first day of payment, allowed on the last."""
    paid = [Fee(str(year), "recruitment", amount="5", currency="QAR", when=f"{year}-03") for year in (2021, 2019, 2020)]
    shown = page.get("case", file_case(office, fees=tuple(paid), when="2022-05")).content.decode()
    said = [f"When money was paid: on 1 March {year}" for year in (2019, 2021)]
    assert shown.index(said[0]) < shown.index(said[1]) < shown.index("<h3>Today</h3>")
    assert "On 1 March 2021 this agency was allowed to recruit." in shown
    assert "On 1 March 2019 this agency was allowed to recruit." not in shown and "1 March 2020" not in shown
