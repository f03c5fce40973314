"""What each answer changes: a progress and what a form took give the next progress. Doing it twice is doing it once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language

from agencies.wording import status_context

from . import groups, readers, register, telltales
from .answers import AgencyAnswer, Contact, Fee, shallow
from .forms import MONEY_MAX
from .progress import Progress

Cleaned = Mapping[str, Any]
# Not what is said of an agency that is in no list: its telephone number is wanted.
TEXTS = ("promised", "happened", "wish_words")
READ_AGAIN = 10  # times at most, each of which takes something out
KEPT_MAX = 8
UNSHOWN: dict[str, Any] = {"shown": (), "shown_in": ""}  # nothing of the register's answer is kept


def place(progress: Progress, answer: Cleaned) -> Progress:
    country = answer["country"]
    if country == progress.answers.country:
        return progress
    changed = progress.says(country=country, region="", recruited_in="")
    return changed.with_(regions=readers.regions_of(country)).without("part", "from", "who")


def part(progress: Progress, answer: Cleaned) -> Progress:
    region = "" if answer["region"] == "elsewhere" else answer["region"]
    return progress.says(region=region).without("who")


def recruited(progress: Progress, answer: Cleaned) -> Progress:
    said = answer["recruited_in"]
    return progress.says(recruited_in=progress.answers.country if said == "same" else said).without("who")


def now(progress: Progress, answer: Cleaned) -> Progress:
    return progress.with_(now=answer["danger"]).says(in_danger=answer["danger"] == "yes").without("care")


def name(progress: Progress, answer: Cleaned) -> Progress:
    query = answer["name"]
    if query == progress.query and "name" in progress.answered:
        return progress
    found = tuple(shallow(one) for one in register.find(query))
    changed = progress.with_(query=query, found=found, picked="", **UNSHOWN)
    return changed.says(agency=AgencyAnswer(name=query), licence_on_day=None).without("list", "own", "then")


def no_name(progress: Progress) -> Progress:
    unknown = progress.with_(query="", found=(), picked="", **UNSHOWN).says(agency=AgencyAnswer(), licence_on_day=None)
    return unknown.without("list", "own", "then")


def listed(progress: Progress, answer: Cleaned) -> Progress:
    picked = answer["agency"]
    found = (register.Found(**one) for one in progress.found)
    agency = next((one.answer for one in found if one.id == picked), AgencyAnswer(name=progress.query))
    return _with_licence(progress.with_(picked=picked).says(agency=agency).without("own", "then"))


def own(progress: Progress, answer: Cleaned) -> Progress:
    return progress.says(agency=AgencyAnswer(name=answer["words"]))


def time(progress: Progress, answer: Cleaned) -> Progress:
    return _with_licence(progress.says(when=answer["when"] or None).without("then").has("time"))


def _with_licence(progress: Progress) -> Progress:
    """What the register says of the agency at that time, as soon as both are known: to be shown, and to be sealed."""
    said = progress.answers
    if not said.agency.id or "time" not in progress.answered:
        return progress.with_(**UNSHOWN).says(licence_on_day=None)
    found = register.statuses(said.agency.id, said.when)
    told = {"shown": tuple(status_context(one) for one in found), "shown_in": get_language() or "en"}
    kept = told if len(found) <= KEPT_MAX else UNSHOWN  # a draft has room for so many; more are looked up once more
    return progress.with_(**kept).says(licence_on_day=register.in_words(found))


def promised(progress: Progress, answer: Cleaned) -> Progress:
    return _with_text(progress, "promised", answer["promised"])


def happened(progress: Progress, answer: Cleaned) -> Progress:
    return _with_text(progress, "happened", answer["happened"])


# --- money ------------------------------------------------------------------------------------------------


def money(progress: Progress, answer: Cleaned) -> Progress:
    said = answer["money"]
    if said != "yes":
        return progress.says(money=said, fees=()).without("paid")
    return progress.says(money=said)


def new_id(_progress: Progress) -> dict[str, Any]:
    """What is added on this page gets its id with the page: sent twice, it is the same."""
    return {"id": secrets.token_hex(8)}


def paid(progress: Progress, answer: Cleaned) -> Progress:
    """Add one payment; blank, the list is whole. More than MONEY_MAX are not taken: the page offers no more."""
    if not answer.get("item"):
        return progress
    fee = Fee(
        id=answer["id"] or secrets.token_hex(8),
        item=answer["item"],
        words=answer["words"],
        amount=answer["amount"],
        currency=answer["currency"] or answer["other"],
        whom=answer["whom"],
        when=answer["when"] or "",
        proof=answer["proof"],
        loan=answer["loan"],
        rate=answer["rate"],
    )
    others = _without(progress.answers.fees, fee.id)
    return progress.says(fees=(*others, fee)) if len(others) < MONEY_MAX else progress


def no_fee(progress: Progress, fee: str) -> Progress:
    return progress.says(fees=_without(progress.answers.fees, fee))


def no_file(progress: Progress, file: str) -> Progress:
    return progress.says(files=_without(progress.answers.files, file))


def _without(rows: Iterable[Any], gone: str) -> tuple[Any, ...]:
    return tuple(one for one in rows if one.id != gone)


# --- what it is for, and who may learn it -----------------------------------------------------------------


def wish(progress: Progress, answer: Cleaned) -> Progress:
    return _with_text(progress.says(wishes=tuple(answer["wishes"])), "wish_words", answer["wish_words"])


def reach(progress: Progress, answer: Cleaned) -> Progress:
    if answer["reach"] == "no":
        return progress.with_(reach="no").says(contact=Contact()).without("how")
    return progress.with_(reach="yes")


def how(progress: Progress, answer: Cleaned) -> Progress:
    return progress.says(contact=Contact(**{name: answer[name] for name in ("how", "where", "when")}))


def tell(progress: Progress, answer: Cleaned) -> Progress:
    return progress.with_(may=answer["may"]).says(told=tuple(answer["told"]) if answer["may"] == "yes" else ())


def group(progress: Progress, answer: Cleaned) -> Progress:
    wanted = answer["group"]
    if wanted == "new":
        code = progress.answers.group if progress.group == "new" else groups.new_code()
        return progress.with_(group="new").says(group=code)
    return progress.with_(group=wanted).says(group=answer["own"] if wanted == "have" else "")


# --- numbers that could lead to somebody ------------------------------------------------------------------


def look(progress: Progress, answer: Cleaned) -> Progress:
    """Take out what was found, if the person wishes so; left in, it is not asked about again."""
    if answer["what"] != "out":
        return progress
    return progress.with_(tells=()).says(**{one: _cleared(getattr(progress.answers, one))[0] for one in TEXTS})


def tellings(progress: Progress) -> list[tuple[str, str]]:
    """What was found in the texts, each once: (what it looks like, the characters)."""
    return list(dict.fromkeys(row for one in TEXTS for row in _cleared(getattr(progress.answers, one))[1]))


def _with_text(progress: Progress, name: str, text: str) -> Progress:
    """The same with another text. It is looked through for numbers; of the others it is known what they have.

    Numbers that are new are asked about; what was left in on purpose is not asked about again.
    """
    found = bool(telltales.find(text))
    tells = tuple(one for one in TEXTS if (found if one == name else one in progress.tells))
    said = progress.says(**{name: text}).with_(tells=tells)
    return said.without("look") if found and text != getattr(progress.answers, name) else said


def _cleared(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A text without what gives away, and what that was.

    Where one number is gone, the word beside it may speak of the next: so it is read again, until nothing is found.
    """
    rows: list[tuple[str, str]] = []
    for _time in range(READ_AGAIN):
        found = telltales.find(text)
        if not found:
            break
        rows += [(str(one.kind.label), text[one.start : one.end]) for one in found]
        text = telltales.without(text, found)
    return text, rows
