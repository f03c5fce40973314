"""Letters to an agency: written from the public register and from what an inspector chose, and from nothing of a case.

They are printed and go by the office's own post: nothing leaves by this system. One that tells that somebody has
complained is written only while the complainant allows that, and the complainant is told (FIREWALL rule 14).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import transaction

from agencies.models import Agency, Licence
from complaints.cases.models import CaseRecord, Inspector, Office
from complaints.firewall import letters as mailbox
from complaints.firewall import records, referrals
from complaints.firewall.access import OpenCase, agency_of
from recruitment_watch import cldr

from . import evidence, letter_files, story, work
from .letter_files import Letter, Reader

MAY_WRITE = evidence.MAY_GATHER


class NotAllowed(PermissionError):
    """The complainant does not allow, as it stands now, what this letter would tell."""


class NoAgency(ValueError):
    """The case's agency is in no register, or a rule is none of its register."""


@transaction.atomic
def write(
    case: OpenCase, letter: Letter, *, language: str, standards: Collection[str], answer_by: date, by: Inspector
) -> CaseRecord:
    """Record in the case that this letter is written to its agency; to be printed from there.

    Raises NotAllowed, NoAgency; IllegalMove, Overtaken, CannotSeal; Case.DoesNotExist to who has lost the case.
    """
    records.begin(case, by, MAY_WRITE)
    agency = agency_of(case.cover)
    known = {one.code for one in referrals.standards_of(agency)} if agency else set()
    if agency is None or letter.reader is not Reader.AGENCY or not known.issuperset(standards):
        raise NoAgency
    if not may_say(case, letter):
        raise NotAllowed
    key = case.writing_key()
    if letter.says is not None:
        told = letter_files.get("agency-told")
        language_of_theirs = str(case.cover.get("language") or "")
        mailbox.write(case, told.text(language_of_theirs, {"office": case.office.name}), key)
    said = {
        "kind": "letter", "letter": letter.name, "language": letter.spoken(language), "text": "",
        "standards": sorted(set(standards)), "answer_by": answer_by.isoformat(),
    }  # fmt: skip
    return work.noted(case, by, said, key)


def may_say(case: OpenCase, letter: Letter) -> bool:
    """Tell whether the complainant allows, as it stands now, what the letter tells."""
    return letter.says is None or letter.says in story.told(case)


def written(
    letter: Letter, *, language: str, office: Office, agency: UUID, standards: Collection[str], answer_by: date
) -> str:
    """The letter's text. No case goes in here. Raises NoAgency."""
    found = Agency.objects.select_related("register").filter(pk=agency).first()
    if found is None or letter.reader is not Reader.AGENCY:
        raise NoAgency
    titles = [str(one) for one in referrals.standards_of(agency) if one.code in standards]
    numbers = Licence.objects.filter(agency=agency).order_by("-valid_from", "number").values_list("number", flat=True)
    spoken = letter.spoken(language)
    values = {
        "office": office.name,
        "agency": found.name,
        "register": found.register.name,
        "licence": numbers.first() or "–",
        "standards": "\n".join(f"- {one}" for one in titles) or "–",
        "answer_by": cldr.day(answer_by, spoken),
    }
    return letter.text(spoken, values)
