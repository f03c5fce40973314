"""The pages of the form in their order: one question each, and what each answer changes.

A page is shown when it is `needed` and not yet answered. An answer that others rest on makes those to be
asked again; so one rule leads on, back, and through a change from the last page: the first needed page
that is not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from . import forms, takes
from .progress import Progress
from .register import Found

Cleaned = Mapping[str, Any]
FormMaker = Callable[..., Any]
Act = Callable[[Progress, str], Progress]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    `name` is its address and URL name; `number` the question it belongs to; `form` makes its form;
    `shows` the initial values; `takes` puts the cleaned answer into the progress; `needed` whether this
    person's way leads over it; `skips` what "I don't know" does, None where an answer is needed.
    `acts` are further buttons by name: what each does with its value, after which this page is shown again.
    """

    name: str
    number: int
    form: Callable[[Progress], FormMaker]
    shows: Callable[[Progress], dict[str, Any]]
    takes: Callable[[Progress, Cleaned], Progress]
    needed: Callable[[Progress], bool] = lambda _progress: True
    skips: Callable[[Progress], Progress] | None = None
    acts: Mapping[str, Act] = field(default_factory=dict)


def _always(form: FormMaker) -> Callable[[Progress], FormMaker]:
    return lambda _progress: form


def _choose(progress: Progress) -> FormMaker:
    return partial(forms.Choose, found=[Found(**one) for one in progress.found])


def _part(progress: Progress) -> FormMaker:
    return partial(forms.Part, regions=progress.regions)


def _nothing(_progress: Progress) -> dict[str, Any]:
    return {}


def _text(form: FormMaker, page: str) -> Callable[[Progress], FormMaker]:
    """A text that may be spoken instead: not asked for where a recording of this page is there."""
    return lambda p: partial(form, spoken=any(one.of == page for one in p.answers.files))


def _recruited(progress: Progress) -> dict[str, Any]:
    said = progress.answers.recruited_in
    return {"recruited_in": "same" if said and said == progress.answers.country else said}


def _same(progress: Progress) -> Progress:
    return progress


PAGES = (
    Page("start", 1, _always(forms.Place), lambda p: {"country": p.answers.country}, takes.place),
    Page(
        "part", 1, _part,
        lambda p: {"region": p.answers.region or "elsewhere"} if "part" in p.answered else {},
        takes.part,
        needed=lambda p: bool(p.regions),
    ),
    Page(
        "from", 1, _always(forms.Recruited), _recruited, takes.recruited,
        skips=lambda p: takes.recruited(p, {"recruited_in": ""}),
    ),
    Page("who", 1, _always(forms.Seen), _nothing, lambda p, said: p.with_(readers=said["version"])),
    Page(
        "now", 2, _always(forms.Now), lambda p: {"danger": p.now}, takes.now,
        skips=lambda p: takes.now(p, {"danger": ""}),
    ),
    Page("care", 2, _always(forms.Seen), _nothing, lambda p, _said: p, needed=lambda p: p.now in ("yes", "unsure")),
    Page(
        "whose", 3, _always(forms.Whose),
        lambda p: {"whose": p.answers.whose}, lambda p, said: p.says(whose=said["whose"]),
        skips=lambda p: p.says(whose=""),
    ),
    Page("name", 4, _always(forms.Name), lambda p: {"name": p.query}, takes.name, skips=takes.no_name),
    Page("list", 4, _choose, lambda p: {"agency": p.picked}, takes.listed, needed=lambda p: bool(p.found)),
    Page(
        "own", 4, _text(forms.Own, "own"),
        lambda p: {"words": p.answers.agency.name, **takes.new_id(p)}, takes.own,
        needed=lambda p: not p.found or p.picked == "none",
        skips=_same,
        acts={"remove": takes.no_file},
    ),
    Page(
        "time", 5, _always(forms.When),
        lambda p: {"when": p.answers.when or ""}, takes.time,
        skips=lambda p: takes.time(p, {"when": ""}),
    ),
    Page("then", 5, _always(forms.Seen), _nothing, lambda p, _said: p, needed=lambda p: bool(p.answers.agency.id)),
    Page(
        "kind", 6, _always(forms.Kind),
        lambda p: {"categories": list(p.answers.categories)},
        lambda p, said: p.says(categories=tuple(said["categories"])),
        skips=lambda p: p.says(categories=()),
    ),
    Page(
        "work", 7, _always(forms.Work),
        lambda p: {"sector": p.answers.sector}, lambda p, said: p.says(sector=said["sector"]),
        skips=lambda p: p.says(sector=""),
    ),
    Page(
        "given", 8, _text(forms.Promised, "given"),
        lambda p: {"promised": p.answers.promised, **takes.new_id(p)}, takes.promised,
        skips=lambda p: takes.promised(p, {"promised": ""}),
        acts={"remove": takes.no_file},
    ),
    Page(
        "words", 9, _text(forms.Happened, "words"),
        lambda p: {"happened": p.answers.happened, **takes.new_id(p)}, takes.happened,
        acts={"remove": takes.no_file},
    ),
    Page(
        "money", 10, _always(forms.Money),
        lambda p: {"money": p.answers.money}, takes.money,
        skips=lambda p: takes.money(p, {"money": ""}),
    ),
    Page(
        "paid", 10, _always(forms.Paid), takes.new_id, takes.paid,
        needed=lambda p: p.answers.money == "yes",
        skips=_same,
        acts={"remove": takes.no_fee},
    ),
    Page(
        "kept", 11, _always(forms.Kept),
        lambda p: {"papers": list(p.answers.papers)}, lambda p, said: p.says(papers=tuple(said["papers"])),
        skips=lambda p: p.says(papers=()),
    ),
    Page(
        "wish", 12, _always(forms.Wish),
        lambda p: {"wishes": list(p.answers.wishes), "wish_words": p.answers.wish_words}, takes.wish,
        skips=lambda p: takes.wish(p, {"wishes": (), "wish_words": ""}),
    ),
    Page("look", 12, _always(forms.Look), _nothing, takes.look, needed=lambda p: bool(p.tells)),
    Page(
        "files", 13, _always(forms.AddFile), takes.new_id, lambda p, _said: p,
        skips=_same,
        acts={"remove": takes.no_file},
    ),
    Page(
        "reach", 14, _always(forms.Reach),
        lambda p: {"reach": p.reach}, takes.reach,
        skips=lambda p: takes.reach(p, {"reach": "no"}),
    ),
    Page(
        "how", 14, _always(forms.How),
        lambda p: {name: getattr(p.answers.contact, name) for name in ("how", "where", "when")},
        takes.how,
        needed=lambda p: p.reach == "yes",
    ),
    Page(
        "tell", 15, _always(forms.Tell),
        lambda p: {"may": p.may, "told": list(p.answers.told)}, takes.tell,
        skips=lambda p: takes.tell(p, {"may": "no", "told": ()}),
    ),
    Page(
        "group", 16, _always(forms.Group),
        lambda p: {"group": p.group, "code": p.answers.group if p.group == "have" else ""}, takes.group,
        skips=lambda p: takes.group(p, {"group": "no", "own": ""}),
    ),
)  # fmt: skip
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
