"""What a person gets out of it: claimed, awarded, paid; how much, in which money, and who owes it (DOMAIN 3).

Money of different currencies is never added up nor converted. Each entry is sealed, and told to the person in a letter
in their own language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from complaints.cases.models import CaseRecord, Inspector
from complaints.cases.states import State
from complaints.cases.vocabulary import Remedy
from complaints.firewall import letters as mailbox
from complaints.firewall import records
from complaints.firewall.access import OpenCase
from recruitment_watch import cldr

from . import letter_files, work

MAY_RECORD = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.ASKED, State.DECIDED, State.CLOSED})
# What is to be had in money; the others are done or not.
IN_MONEY = frozenset({Remedy.REFUND, Remedy.WAGES, Remedy.COMPENSATION, Remedy.HOME})


class Stage(models.TextChoices):
    CLAIMED = "claimed", _("claimed")
    AWARDED = "awarded", _("awarded: it is owed")
    PAID = "paid", _("paid, or done")


class Owes(models.TextChoices):
    """Who owes it; several owe it together and each of them all of it."""

    AGENCY = "agency", _("the agency")
    OFFICERS = "officers", _("people who run the agency")
    PRINCIPAL = "principal", _("the employer for whom it recruited")


class Source(models.TextChoices):
    """From what it comes."""

    OWN = "own", _("their own money")
    BOND = "bond", _("the agency's guarantee (bond)")
    ESCROW = "escrow", _("money held by a third party")


class NotARemedy(ValueError):
    """An amount where there is none, none where there is one, or nobody who owes it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, opened. `amount` is None where it is not money."""

    id: UUID
    what: Remedy
    stage: Stage
    amount: Decimal | None
    currency: str
    owes: tuple[Owes, ...]
    source: Source
    text: str = field(repr=False)
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Total:
    """One currency's sums; `outstanding` is what was awarded and not paid."""

    currency: str
    claimed: Decimal
    awarded: Decimal
    paid: Decimal

    @property
    def outstanding(self) -> Decimal:
        return max(self.awarded - self.paid, Decimal(0))


@transaction.atomic
def record(
    case: OpenCase, *, what: Remedy, stage: Stage, amount: Decimal | None, currency: str, owes: Collection[Owes],
    source: Source, text: str, by: Inspector,
) -> CaseRecord:  # fmt: skip
    """Write down a remedy's stage, and tell the person in their language.

    Raises NotARemedy; IllegalMove, Overtaken, CannotSeal, TooLong; Case.DoesNotExist to who has lost the case.
    """
    records.begin(case, by, MAY_RECORD)
    if (what in IN_MONEY) != (amount is not None and amount > 0) or bool(currency) != (what in IN_MONEY) or not owes:
        raise NotARemedy
    key = case.writing_key()
    letter = told(case, what=what, stage=stage, amount=amount, currency=currency)
    mailbox.write(case, letter, key, outcome=stage is not Stage.CLAIMED)
    said = {
        "kind": "remedy", "what": what.value, "stage": stage.value, "amount": "" if amount is None else str(amount),
        "currency": currency, "owes": sorted(one.value for one in owes), "source": source.value, "text": text,
    }  # fmt: skip
    return work.noted(case, by, said, key)


def told(case: OpenCase, *, what: Remedy, stage: Stage, amount: Decimal | None, currency: str) -> str:
    """The letter of this stage, in the complainant's language."""
    letter = letter_files.get(f"remedy-{stage.value}")
    language = letter.spoken(str(case.cover.get("language") or ""))
    with override(language):
        named = str(what.label)
        shown = f"{amount:,} {cldr.currency(currency, language)}" if amount is not None else "–"
    return letter.text(language, {"office": case.office.name, "remedy": named, "amount": shown})


def entries(case: OpenCase) -> list[Entry]:
    """In the order of writing; what is damaged is left out."""
    found = []
    for row, said in records.of_kind(case, "remedy"):
        owes = said.get("owes")
        try:
            found.append(
                Entry(
                    row, Remedy(str(said["what"])), Stage(str(said["stage"])),
                    Decimal(str(said["amount"])) if said.get("amount") else None, str(said.get("currency") or ""),
                    tuple(Owes(one) for one in owes) if isinstance(owes, list) else (), Source(str(said["source"])),
                    str(said.get("text") or ""), str(said.get("by") or ""), str(said.get("at") or ""),
                )
            )  # fmt: skip
        except (KeyError, ValueError, InvalidOperation):
            continue
    return found


def totals(found: Iterable[Entry]) -> list[Total]:
    """By currency, in the order of their codes."""
    sums: dict[str, dict[Stage, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for one in found:
        if one.amount is not None:
            sums[one.currency][one.stage] += one.amount
    return [
        Total(currency, by[Stage.CLAIMED], by[Stage.AWARDED], by[Stage.PAID]) for currency, by in sorted(sums.items())
    ]
