"""The pages of the form in their order: one question each, and what each answer changes.

A page is shown when it is `needed` and not yet answered. An answer that others rest on makes those to be
asked again; so one rule leads on, back, and through a change from the last page: the first needed page
that is not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import forms, readers, register
from .answers import AgencyAnswer, Contact
from .progress import Progress

Cleaned = Mapping[str, Any]
FormMaker = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    `name` is its address and URL name; `number` the question it belongs to; `form` makes its form;
    `shows` the initial values; `takes` puts the cleaned answer into the progress; `needed` whether this
    person's way leads over it; `skips` what "I don't know" does, None where an answer is needed.
    """

    name: str
    number: int
    form: Callable[[Progress], FormMaker]
    shows: Callable[[Progress], dict[str, Any]]
    takes: Callable[[Progress, Cleaned], Progress]
    needed: Callable[[Progress], bool] = lambda _progress: True
    skips: Callable[[Progress], Progress] | None = None


def _take_place(progress: Progress, answer: Cleaned) -> Progress:
    country = answer["country"]
    if country == progress.answers.country:
        return progress
    regions = readers.regions_of(country) or ()
    return progress.with_(country=country, region="", regions=regions).without("part", "who")


def _take_part(progress: Progress, answer: Cleaned) -> Progress:
    region = "" if answer["region"] == "elsewhere" else answer["region"]
    return progress.with_(region=region).without("who")


def _take_name(progress: Progress, answer: Cleaned) -> Progress:
    query = answer["name"]
    if query == progress.query and "name" in progress.answered:
        return progress
    changed = progress.with_(query=query, found=bool(register.find(query)), picked="", agency=AgencyAnswer(name=query))
    return changed.without("list", "own", "then")


def _skip_name(progress: Progress) -> Progress:
    unknown = progress.with_(query="", found=False, picked="", agency=AgencyAnswer())
    return unknown.without("list", "own", "then")


def _take_list(progress: Progress, answer: Cleaned) -> Progress:
    picked = answer["agency"]
    agency = None if picked == "none" else register.agency(picked)
    if agency is None:
        return progress.with_(picked="none", agency=AgencyAnswer(name=progress.query)).without("own", "then")
    return progress.with_(picked=picked, agency=agency).without("own", "then")


def _take_when(progress: Progress, answer: Cleaned) -> Progress:
    return progress.with_(when=answer["when"] or None).without("then")


def _take_then(progress: Progress, _answer: Cleaned) -> Progress:
    agency = progress.answers.agency.id
    said = register.in_words(register.statuses(agency, progress.answers.when)) if agency else None
    return progress.with_(licence_on_day=said)


def _take_now(progress: Progress, answer: Cleaned) -> Progress:
    return progress.with_(now=answer["danger"], in_danger=answer["danger"] == "yes").without("care")


def _take_reach(progress: Progress, answer: Cleaned) -> Progress:
    if answer["reach"] == "no":
        return progress.with_(reach="no", contact=Contact()).without("how")
    return progress.with_(reach="yes")


def _seen(progress: Progress, _answer: Cleaned) -> Progress:
    return progress


def _nothing(_progress: Progress) -> dict[str, Any]:
    return {}


def _always(form: FormMaker) -> Callable[[Progress], FormMaker]:
    return lambda _progress: form


def _choose(progress: Progress) -> FormMaker:
    found = register.find(progress.query)
    return lambda *args, **kwargs: forms.Choose(*args, found=found, **kwargs)


def _part(progress: Progress) -> FormMaker:
    return lambda *args, **kwargs: forms.Part(*args, regions=progress.regions, **kwargs)


def _unlisted(progress: Progress) -> bool:
    return not progress.found or progress.picked == "none"


PAGES = (
    Page("start", 1, _always(forms.Place), lambda p: {"country": p.answers.country}, _take_place),
    Page(
        "part",
        1,
        _part,
        lambda p: {"region": p.answers.region or "elsewhere"} if "part" in p.answered else {},
        _take_part,
        needed=lambda p: bool(p.regions),
    ),
    Page("who", 1, _always(forms.Seen), _nothing, lambda p, said: p.with_(readers=said["version"])),
    Page("name", 2, _always(forms.Name), lambda p: {"name": p.query}, _take_name, skips=_skip_name),
    Page(
        "list",
        2,
        _choose,
        lambda p: {"agency": p.picked},
        _take_list,
        needed=lambda p: p.found,
    ),
    Page(
        "own",
        2,
        _always(forms.Own),
        lambda p: {"words": p.answers.agency.name},
        lambda p, said: p.with_(agency=AgencyAnswer(name=said["words"])),
        needed=lambda p: not p.found or p.picked == "none",
        skips=lambda p: p,
    ),
    Page(
        "time",
        3,
        _always(forms.When),
        lambda p: {"when": p.answers.when or ""},
        _take_when,
        skips=lambda p: _take_when(p, {"when": ""}),
    ),
    Page("then", 3, _always(forms.Seen), _nothing, _take_then, needed=lambda p: bool(p.answers.agency.id)),
    Page(
        "kind",
        4,
        _always(forms.Kind),
        lambda p: {"categories": list(p.answers.categories)},
        lambda p, said: p.with_(categories=tuple(said["categories"])),
        skips=lambda p: p.with_(categories=()),
    ),
    Page(
        "now",
        5,
        _always(forms.Now),
        lambda p: {"danger": p.now},
        _take_now,
        skips=lambda p: _take_now(p, {"danger": ""}),
    ),
    Page("care", 5, _always(forms.Seen), _nothing, _seen, needed=lambda p: p.now in ("yes", "unsure")),
    Page(
        "words",
        6,
        _always(forms.Happened),
        lambda p: {"happened": p.answers.happened},
        lambda p, said: p.with_(happened=said["happened"]),
    ),
    Page(
        "reach",
        7,
        _always(forms.Reach),
        lambda p: {"reach": p.reach},
        _take_reach,
        skips=lambda p: _take_reach(p, {"reach": "no"}),
    ),
    Page(
        "how",
        7,
        _always(forms.How),
        lambda p: {name: getattr(p.answers.contact, name) for name in ("how", "where", "when")},
        lambda p, said: p.with_(contact=Contact(**said)),
        needed=lambda p: p.reach == "yes",
    ),
)
BY_NAME = {page.name: page for page in PAGES}
QUESTIONS = PAGES[-1].number
CHECK = "check"


def onwards(progress: Progress) -> str:
    """The page to show next: the first that is needed and not answered; at the end, the last look."""
    return next((p.name for p in PAGES if p.needed(progress) and p.name not in progress.answered), CHECK)


def may_show(page: Page, progress: Progress) -> bool:
    """Whether everything that this page rests on has been answered."""
    return page.needed(progress) and all(
        one.name in progress.answered for one in PAGES[: PAGES.index(page)] if one.needed(progress)
    )


def before(name: str, progress: Progress) -> str | None:
    """The page that a person came from; None at the first."""
    end = PAGES.index(BY_NAME[name]) if name in BY_NAME else len(PAGES)
    return next((p.name for p in reversed(PAGES[:end]) if p.needed(progress)), None)
