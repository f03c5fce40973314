"""What a person said, put into words for the desk: whose story it is, money, papers, wishes, consent, files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from complaints.cases import vocabulary
from complaints.firewall import records
from complaints.firewall.access import OpenCase
from complaints.firewall.guests import GuestCase
from recruitment_watch import cldr

Fields = Mapping[str, Any]


def of(case: OpenCase | GuestCase) -> dict[str, Any]:
    """Context of `desk/_story.html`."""
    body, cover = case.body, getattr(case, "cover", {})
    return {
        "facts": [
            {"label": _("Who it happened to"), "value": _label(vocabulary.Whose, cover.get("whose"))},
            {"label": _("Kind of work"), "value": _label(vocabulary.Sector, cover.get("sector"))},
            {"label": _("What they keep"), "lines": _labels(vocabulary.Paper, body.get("papers"))},
            {"label": _("What the person wants"), "lines": _wishes(body.get("wants"))},
            {"label": _("The agency may be told"), "lines": consent(case) or [_("nothing")]},
        ],
        "promised": str(body.get("promised") or ""),
        "happened": str(body.get("happened") or ""),
        "fees": list(_fees(body.get("fees"))),
        "totals": _totals(body.get("fees")),
        "files": files(case),
        "language": str(cover.get("language") or ""),
        "translated": translations(case, "happened"),
        "promise_translated": translations(case, "promised"),
    }


def translations(case: OpenCase | GuestCase, of: str) -> list[dict[str, str]]:
    """What guest interpreters made of one text of the person's: {text, by}, in the order of writing."""
    found = [said for _row, said in records.of_kind(case, "translation") if said.get("of") == of]
    return [{"text": str(said.get("text") or ""), "by": str(said.get("by") or "")} for said in found]


def consent(case: OpenCase | GuestCase) -> list[str]:
    """What the agency may be told, in words; empty is nothing."""
    return [str(one.label) for one in told(case)]


def told(case: OpenCase | GuestCase) -> list[vocabulary.Told]:
    """What the agency may be told, as the person last said it; what an office writes changes nothing."""
    last = _mapping(case.body.get("consent")).get("agency")
    for said in case.messages:
        if said.message.direction != said.message.Direction.FROM_COMPLAINANT:
            continue
        changed = _mapping((said.content or {}).get("consent"))
        last = changed.get("agency", last)
    return [vocabulary.Told(one) for one in last if one in vocabulary.Told.values] if isinstance(last, list) else []


def files(case: OpenCase | GuestCase) -> list[dict[str, Any]]:
    """What the person attached, with the complaint first and then with each message, in words."""
    rows = [*_rows(case.body.get("files"))]
    for said in case.messages:
        if said.message.direction == said.message.Direction.FROM_COMPLAINANT:
            rows += _rows((said.content or {}).get("files"))
    return _in_words(rows)


def sent(case: OpenCase | GuestCase) -> list[dict[str, Any]]:
    """What offices sent with their messages. None of it is the person's, and none of it goes to anybody else."""
    theirs = [said for said in case.messages if said.message.direction == said.message.Direction.TO_COMPLAINANT]
    return [file for said in theirs for file in enclosed(said.content or {})]


def enclosed(content: Fields) -> list[dict[str, Any]]:
    """What came with one message."""
    return _in_words(_rows(content.get("files")))


def _in_words(rows: list[Fields]) -> list[dict[str, Any]]:
    return [
        {"id": UUID(str(row["id"])), "text": _described(row), "photo": row.get("media") == "image/jpeg", **_about(row)}
        for row in rows
    ]


def _about(row: Fields) -> dict[str, Any]:
    return {
        "media": str(row.get("media")),
        "count": int(row.get("count") or 0),
        "sha256": str(row.get("sha256")),
        "original": bool(row.get("original")),
    }


def _described(row: Fields) -> str:
    count = int(row.get("count") or 0)
    if row.get("original"):
        return _("The original, as it came: open it only where nothing can break")
    if row.get("kind") == "document":
        return ngettext("A document of %(count)d page", "A document of %(count)d pages", count) % {"count": count}
    if row.get("kind") == "recording":
        text = ngettext("A recording of %(count)d second", "A recording of %(count)d seconds", count)
        return text % {"count": count}
    return _("A photo")


def _fees(rows: object) -> Iterator[dict[str, Any]]:
    for row in _rows(rows):
        loan = _("borrowed: %(rate)s") % {"rate": row.get("rate")} if row.get("rate") else _("borrowed")
        yield {
            "what": _label(vocabulary.FeeItem, row.get("item")),
            "words": str(row.get("words") or ""),
            "amount": " ".join(filter(None, (str(row.get("amount") or ""), str(row.get("currency") or "")))),
            "whom": str(row.get("whom") or ""),
            "when": str(row.get("when") or ""),
            "proof": _label(vocabulary.ProofOfPayment, row.get("proof")),
            "loan": loan if row.get("loan") else "",
        }


def _totals(rows: object) -> list[str]:
    """The sum in each currency of what has an amount."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in _rows(rows):
        try:
            sums[str(row.get("currency") or "?")] += Decimal(str(row.get("amount")))
        except InvalidOperation:
            continue
    language = get_language() or "en"
    return [f"{amount:,} {cldr.currency(code, language)}" for code, amount in sorted(sums.items())]


def _wishes(wants: object) -> list[str]:
    said = _mapping(wants)
    return [*_labels(vocabulary.Remedy, said.get("items")), *filter(None, [str(said.get("words") or "")])]


def _label(choices: type[models.TextChoices], value: object) -> str:
    return str(dict(choices.choices).get(str(value or ""), ""))


def _labels(choices: type[models.TextChoices], values: object) -> list[str]:
    return [label for value in values if (label := _label(choices, value))] if isinstance(values, list) else []


def _rows(rows: object) -> list[Fields]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _mapping(value: object) -> Fields:
    return value if isinstance(value, dict) else {}
