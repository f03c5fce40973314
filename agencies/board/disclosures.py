"""Each quarter's disclosure of abuses found: counted from what the regulator itself decided, previewed, then frozen.

Nothing is read here but decisions that are published already, and inquiries of the regulator's own. Of the second
only rounded numbers leave, and none below ``SMALLEST``: an inquiry that found nothing stands on no page, and a small
number of them could point at somebody who had spoken. There is no sum, from which one could be told by the other.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections import Counter
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.audit import record
from agencies.board.models import AbuseDisclosure, AppStage, AppStep
from agencies.licensing import ADVERSE, NEEDS_STANDARDS, EventKind, State
from agencies.models import Inquiry, LicenceEvent, OperatorFlag, Points, Register, Standard, WarningNotice
from agencies.models.referral import QUARTER
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

#: Guarded numbers below this are not told, and the others are rounded to the next step (FIREWALL.md rule 13).
SMALLEST: Final = 10
STEP: Final = 5
#: Quarters offered for a preview.
OFFERED: Final = 8
Figures = dict[str, Any]


def days_of(quarter: str) -> tuple[datetime.date, datetime.date]:
    """First and last day of a quarter like 2026-Q3. DecisionRefused for anything else."""
    if not re.fullmatch(QUARTER, quarter):
        raise DecisionRefused(_("Write the quarter like this: 2026-Q3."))
    year, number = int(quarter[:4]), int(quarter[-1])
    after = datetime.date(year + number // 4, number % 4 * 3 + 1, 1)
    return datetime.date(year, number * 3 - 2, 1), after - datetime.timedelta(days=1)


def quarters_over(count: int = OFFERED) -> list[str]:
    """The last quarters that are over, newest first."""
    day, found = clock.today(), []
    for _n in range(count):
        day = day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1) - datetime.timedelta(days=1)
        found.append(f"{day.year}-Q{(day.month + 2) // 3}")
    return found


def figures(register: Register, quarter: str) -> Figures:
    """What there is to tell of a quarter, as JSON. DecisionRefused where the quarter is not over."""
    first, last = days_of(quarter)
    if last >= clock.today():
        raise DecisionRefused(_("This quarter is not over."))
    sanctions = _sanctions(register, first, last)
    standards: Counter[str] = Counter(code for one in sanctions for code in one["standards"])
    within = {"recorded_at__date__gte": first, "recorded_at__date__lte": last}
    begun = {"version": 1, **within}
    titles = dict(Standard.objects.filter(register=register).values_list("code", "title"))
    ended = Inquiry.objects.filter(licence__register=register, ended=True, **within)
    return {
        "sanctions": sanctions,
        "by_state": [list(pair) for pair in sorted(Counter(one["state"] for one in sanctions).items())],
        "by_standard": [[code, titles.get(code, ""), number] for code, number in sorted(standards.items())],
        "taken_back": _taken_back(register, first, last),
        "refused": AppStep.objects.filter(
            new=AppStage.REFUSED, application__register=register, at__date__gte=first, at__date__lte=last
        ).count(),
        "points": Points.objects.filter(licence__register=register, **begun).count(),
        "barred": OperatorFlag.objects.filter(kind=OperatorFlag.Kind.DEBARRED, **begun).count(),
        "warnings": WarningNotice.objects.filter(register=register, **begun).count(),
        "inquiries_found": guarded(ended.filter(outcome=Inquiry.Outcome.FOUND).count()),
        "inquiries_nothing": guarded(ended.filter(outcome=Inquiry.Outcome.NOTHING).count()),
    }


def guarded(number: int) -> int | None:
    """A number that could point at somebody: rounded to the next step; None where it is small, or nothing."""
    return None if number < SMALLEST else (number + STEP // 2) // STEP * STEP


def digest(given: Figures) -> str:
    """What two equal sets of figures have in common: so that what was previewed is what is published."""
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def disclose(
    register: Register, quarter: str, *, by: str, seen: str, note: str = "", reasons: str = ""
) -> AbuseDisclosure:
    """Publish a quarter's figures, as previewed: ``seen`` is their digest. Again with other ones needs ``reasons``.

    StateChanged where a decision came in since the preview, or somebody else published it at the same time.
    """
    if not by.strip():
        raise DecisionRefused(_("It needs the name of who enters it."))
    found = figures(register, quarter)
    if digest(found) != seen:
        raise StateChanged(_("The figures have changed since you looked. Look again."))
    before = disclosed(register, quarter)
    if before is not None and not reasons.strip():
        raise DecisionRefused(_("This quarter is published. Say why it is changed."))
    try:
        with transaction.atomic():
            row = AbuseDisclosure.objects.create(
                register=register, quarter=quarter, version=before.version + 1 if before else 1, figures=found,
                note=note.strip(), reasons=reasons.strip(), published_by=by, published_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise StateChanged(_("Somebody else published it at the same moment.")) from error
    record("disclose_abuses", by=by, on=row, text=f"{quarter} {row.version}")
    return row


def disclosed(register: Register, quarter: str) -> AbuseDisclosure | None:
    """What stands published of a quarter: its last version."""
    return AbuseDisclosure.objects.filter(register=register, quarter=quarter).order_by("-version").first()


def _sanctions(register: Register, first: datetime.date, last: datetime.date) -> list[dict[str, Any]]:
    """Decisions published in these days that found a breach, in their last wording, by agency and number.

    Who is suspended while it is investigated has not been found to have broken anything, and is not here.
    """
    wanted = [state for state in ADVERSE if state != State.SUSP_PREVENTIVE]
    events = LicenceEvent.objects.filter(
        licence__register=register, kind=EventKind.DECISION, published_on__gte=first, published_on__lte=last
    ).select_related("licence__agency")
    licences = {event.licence_id for event in events}
    later = list(LicenceEvent.objects.filter(licence__in=licences).exclude(kind=EventKind.DECISION))
    worded = {one.corrects_id: one for one in later if one.corrects_id}
    found = []
    for event in events:
        wording = event
        while wording.pk in worded:
            wording = worded[wording.pk]
        if wording.to_state in wanted and (wording.standards or wording.to_state in NEEDS_STANDARDS):
            found.append(
                {
                    "agency": event.licence.agency.name,
                    "agency_id": str(event.licence.agency_id),
                    "state": wording.to_state,
                    "standards": sorted(wording.standards),
                    "number": wording.decision_number,
                    "on": event.published_on.isoformat() if event.published_on else "",
                    "undone": _undone(event, later),
                }
            )
    return sorted(found, key=lambda one: (one["agency"], one["number"]))


def _undone(event: LicenceEvent, later: list[LicenceEvent]) -> str:
    """APPEAL or STAY where a court has taken the decision back, for good or for now; empty where it stands."""
    over = {one.overturns_id for one in later if one.kind == EventKind.STAY_ENDED}
    against = [one for one in later if one.overturns_id == event.pk and one.pk not in over]
    kinds = {one.kind for one in against}
    return str(EventKind.APPEAL if EventKind.APPEAL in kinds else EventKind.STAY if EventKind.STAY in kinds else "")


def _taken_back(register: Register, first: datetime.date, last: datetime.date) -> list[dict[str, str]]:
    """Decisions that were overturned on appeal in these days, whenever they were taken."""
    rows = LicenceEvent.objects.filter(
        licence__register=register, kind=EventKind.APPEAL, published_on__gte=first, published_on__lte=last
    ).select_related("licence__agency", "overturns")
    return sorted(
        (
            {
                "agency": row.licence.agency.name,
                "agency_id": str(row.licence.agency_id),
                "number": row.overturns.decision_number if row.overturns else "",
            }
            for row in rows
        ),
        key=lambda one: (one["agency"], one["number"]),
    )
