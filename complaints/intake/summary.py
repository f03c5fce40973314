"""All answers in words: for the last look, and where a page shows what was added so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.cases import vocabulary
from complaints.cases.routing import OfficeFacts
from complaints.cases.severity import Category
from complaints.vault import receipts
from recruitment_watch import cldr

from . import attachments, words
from .answers import Answers, Fee, FileAnswer
from .forms import How, Now
from .progress import Progress
from .shell import url


def facts(progress: Progress, ladder: Sequence[OfficeFacts]) -> list[dict[str, Any]]:
    """All answers, for the last look; each with the way to change it."""
    said = progress.answers
    return [*_place(progress, ladder), *_agency(said), *_story(said), *_consent(progress)]


def fees(rows: Sequence[Fee]) -> list[dict[str, str]]:
    """What was paid, one line each, with its id to take it out again."""
    return [{"id": fee.id, "text": fee_line(fee)} for fee in rows]


def fee_line(fee: Fee) -> str:
    """ "A medical test: 250 Qatari Riyal, May 2026"."""
    what = fee.words or _label(vocabulary.FeeItem, fee.item)
    language = get_language() or "en"
    parts = [
        " ".join(filter(None, (cldr.digits(fee.amount, language), cldr.currency(fee.currency, language)))),
        fee.whom,
        words.when(fee.when) if fee.when else "",
    ]
    rest = ", ".join(filter(None, parts))
    return _("%(what)s: %(rest)s") % {"what": what, "rest": rest} if rest else what


def files(rows: Sequence[FileAnswer]) -> list[dict[str, str]]:
    """What was added, one line each, with its id to take it out again."""
    return [{"id": one.id, "text": attachments.described(one)} for one in rows]


def _place(progress: Progress, ladder: Sequence[OfficeFacts]) -> list[dict[str, Any]]:
    said = progress.answers
    place = ", ".join(filter(None, (said.region, words.country(said.country))))
    return [
        _fact(_("Where the work is"), "start", value=place),
        _fact(_("Where you were recruited"), "from", value=words.country(said.recruited_in) or _("Not said")),
        _fact(_("Who will read this"), "who", lines=[office.name for office in ladder] or [_("Nobody")]),
        _fact(_("Danger now"), "now", value=_choice(Now.base_fields["danger"], progress.now)),
        _fact(_("Who it happened to"), "whose", value=_label(vocabulary.Whose, said.whose)),
    ]


def _agency(said: Answers) -> list[dict[str, Any]]:
    return [
        _fact(_("The agency"), "name", value=said.agency.name or _("Not known, or not said")),
        _fact(_("When"), "time", value=words.when(said.when)),
        *([_fact(_("Its licence then"), "time", value=said.licence_on_day)] if said.licence_on_day else []),
        _fact(_("What it is about"), "kind", lines=_labels(Category, said.categories)),
        _fact(_("The work"), "work", value=_label(vocabulary.Sector, said.sector)),
    ]


def _story(said: Answers) -> list[dict[str, Any]]:
    wishes = [*(_labels(vocabulary.Remedy, said.wishes) if said.wishes else []), said.wish_words]
    money = [fee_line(fee) for fee in said.fees] or [_("No")] if said.money else []
    return [
        _fact(_("What was promised"), "given", value=said.promised or _spoken(said, "given")),
        _fact(_("What happened"), "words", value=said.happened or _spoken(said, "words")),
        _fact(_("Money"), "money", lines=money if said.money != "yes" or said.fees else [_("Yes")]),
        _fact(_("What they keep"), "kept", lines=_labels(vocabulary.Paper, said.papers)),
        _fact(_("What you want"), "wish", lines=[one for one in wishes if one] or [_("Not said")]),
        _fact(_("What you add"), "files", lines=[one["text"] for one in files(said.files)] or [_("Nothing")]),
    ]


def _consent(progress: Progress) -> list[dict[str, Any]]:
    said = progress.answers
    told = _labels(vocabulary.Told, said.told) if said.told else [_("Nothing")]
    code = [_fact(_("Code of your group"), "group", value=receipts.show(said.group))] if said.group else []
    return [*_contact(progress), _fact(_("What the agency may be told"), "tell", lines=told), *code]


def _contact(progress: Progress) -> list[dict[str, Any]]:
    if progress.reach != "yes":
        return [_fact(_("Contact"), "reach", value=_("Only here, with my receipt"))]
    contact = progress.answers.contact
    lines = [_choice(How.base_fields["how"], contact.how), contact.where, contact.when]
    return [_fact(_("Contact"), "reach", lines=[line for line in lines if line])]


def _spoken(said: Answers, page: str) -> str:
    return ", ".join(attachments.described(one) for one in said.files if one.of == page)


def _fact(label: str, page: str, **value: Any) -> dict[str, Any]:
    return {"label": label, "url": url(page), **value}


def _label(choices: type[models.TextChoices], value: str) -> str:
    try:
        return str(choices(value).label)
    except ValueError:
        return _("Not said")


def _labels(choices: type[models.TextChoices], values: Sequence[str]) -> list[str]:
    return [_label(choices, value) for value in values] or [_("Not said")]


def _choice(field: Any, value: str) -> str:
    return str(dict(field.choices).get(value, "")) or _("Not said")
