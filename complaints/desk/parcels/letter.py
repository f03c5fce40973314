"""A parcel's letter, in the language of the moment: the same words for the PDF, the HTML and the desk's preview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from agencies import wording
from complaints.cases import vocabulary
from complaints.cases.models import Office
from complaints.cases.severity import Category
from complaints.cases.states import Severity
from complaints.desk import room
from recruitment_watch import catalogues, cldr

from .content import Attached, Content

OURS = ("en", *catalogues.languages())


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands below it: sentences of ours, facts, and words that are the person's own.

    `facts` are a label and lines each. `theirs` are in a language that the letter need not be in.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), repr=False)
    theirs: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """How the office says that it has the parcel: at this address, by this code. Both are inside the seal only."""

    address: str
    code: str = field(repr=False)


def language_of(office: Office) -> str:
    """The first of an office's languages that we can write in; English where there is none."""
    return next((one for one in office.languages if one in OURS), "en")


def title() -> str:
    return _("A complaint about recruitment, for your office")


def parts(content: Content, acknowledgement: Acknowledgement | None) -> list[Part]:
    """The whole letter below its title; without the acknowledgement it is a preview."""
    said = content.said
    found = [
        _first(content),
        _receipt(content, acknowledgement),
        Part(_("Why you get it"), theirs=said["reason"]),
        Part(_("In short"), facts=_kept(_overview(said))),
        Part(_("The agency"), facts=_kept(_agency(content))),
        Part(_("What happened"), theirs=said["happened"]),
        Part(_("What was promised"), theirs=said["promised"]),
        Part(_("What was paid or is owed"), facts=tuple(_fees(said["fees"]))),
        Part(_("What the person wants"), facts=_kept(_wants(said["wants"])), theirs=said["wants"]["words"]),
        Part(_("What is attached"), facts=tuple((one.name, (described(one),)) for one in content.files)),
    ]
    return [one for one in found if one.sentences or one.facts or one.theirs]


def described(one: Attached) -> str:
    """ "a photo", "a document of 3 pages"."""
    if one.kind == "photo":
        return _("a photo")
    if one.kind == "document":
        text = ngettext("a document of %(count)s page", "a document of %(count)s pages", one.count)
    else:
        text = ngettext("a recording of %(count)s second", "a recording of %(count)s seconds", one.count)
    return text % {"count": one.count}


def _first(content: Content) -> Part:
    named = {"sender": content.sender.name, "receiver": content.to.name}
    told = _labels(vocabulary.Told, content.said["may_be_told"])
    return Part(
        _("How to treat it"),
        sentences=(
            _("%(sender)s hands this complaint to %(receiver)s.") % named,
            _(
                "It was made in confidence. It must not reach the immigration authorities, the police, the employer or "
                "the agency. Nobody may learn from you that it exists, except as it says below."
            ),
            _("Who complained stands nowhere in it. If you need to know more, ask %(sender)s.") % named,
        ),
        facts=((_("The agency may be told"), told or (_("Nothing"),)),),
    )


def _receipt(content: Content, how: Acknowledgement | None) -> Part:
    facts = [(_("Number of this parcel"), (str(content.reference),))]
    if how is not None:
        facts += [(_("Address"), (how.address,)), (_("Code"), (how.code,))]
    sentence = _("Please say that you have it. Open this address and type the code; you need no account.")
    return Part(_("Say that you have it"), sentences=(sentence,), facts=tuple(facts))


def _overview(said: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    band, language = Severity[said["urgency"]], get_language() or "en"
    yield _("What it is about"), _labels(Category, said["categories"])
    yield _("How urgent"), (f"{band.name}: {_urgency(band)}",)
    if said["danger"]:
        yield _("Danger"), (_("The person says that they are in danger now."),)
    work = said["work"]
    country = cldr.country(work["country"], language) if work["country"] else ""
    yield _("Where the work is"), tuple(filter(None, (country, work["region"])))
    yield _("Kind of work"), _labels(vocabulary.Sector, [work["sector"]])
    yield _("When it happened"), tuple(filter(None, (_when(said["when"], language),)))
    yield _("Who it happened to"), _labels(vocabulary.Whose, [said["person"]["whose"]])
    spoken = said["person"]["language"]
    yield _("Language of the person"), (str(cldr.locale(language).languages.get(spoken) or spoken),) if spoken else ()
    yield _("Papers that are kept from the person"), _labels(vocabulary.Paper, said["papers"])
    yield _("Sent in the quarter"), (said["filed"],)


def _urgency(band: Severity) -> str:
    """The band's name, in the letter's language (the desk's own has one only)."""
    return {
        Severity.S1: _("danger"),
        Severity.S2: _("could cost the licence"),
        Severity.S3: _("wages and conditions"),
        Severity.S4: _("service"),
    }[band]


def _agency(content: Content) -> Iterator[tuple[str, tuple[str, ...]]]:
    agency, language = content.said["agency"], get_language() or "en"
    yield _("Name"), (agency["name"],)
    yield _("Register"), (agency["register"],)
    yield _("Licence number"), (agency["licence"],)
    for answer in content.answers:
        label = _("The register, for %(day)s") % {"day": cldr.day(answer.on, language)}
        yield label, (wording.sentence(answer),)


def _fees(fees: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    language = get_language() or "en"
    for fee in fees:
        label = " – ".join(filter(None, (*_labels(vocabulary.FeeItem, [fee["item"]]), fee["words"])))
        proof = " ".join(_labels(vocabulary.ProofOfPayment, [fee["proof"]]))
        yield (
            label,
            tuple(
                filter(
                    None,
                    (
                        f"{fee['amount']} {fee['currency']}".strip(),
                        _("paid to: %(whom)s") % {"whom": fee["to"]} if fee["to"] else "",
                        _when(fee["when"], language),
                        _("receipt: %(answer)s") % {"answer": proof} if proof else "",
                        _("paid with borrowed money") if fee["loan"] else "",
                        _("interest: %(rate)s") % {"rate": fee["rate"]} if fee["rate"] else "",
                    ),
                )
            ),
        )


def _wants(wants: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield _("Chosen"), _labels(vocabulary.Remedy, wants["items"])


def _when(said: str, language: str) -> str:
    first, last = room.span(said)
    if first is None or last is None:
        return said
    return cldr.month(first, language) if first.month == last.month else str(first.year)


def _labels(choices: type[models.TextChoices], values: Any) -> tuple[str, ...]:
    known = dict(choices.choices)
    return tuple(str(known[one]) for one in values if one in known)


def _kept(facts: Iterator[tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Those that say something."""
    return tuple((label, lines) for label, lines in facts if any(lines))
