"""A filled-in paper, typed in by a helper: the form's own questions on one page, taken as the form's pages take them.

What is empty on the paper is skipped as "I don't know" would. What one page cannot ask (which agency of the list it
is, what to do about danger, files) is asked afterwards, by the form itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.intake import pages, takes
from complaints.intake.answers import HAPPENED_BYTES_MAX, HAPPENED_MAX, Fee, shallow
from complaints.intake.forms import too_much
from complaints.intake.pages import Page
from complaints.intake.progress import Progress
from recruitment_watch import cldr

from .questions import PAYMENTS

# In the order of the paper. Country, part and readers come before it, on pages of their own.
ONCE = ("now", "whose", "name", "own", "time", "kind", "work", "given", "words", "kept", "money")
AFTER = ("wish", "tell", "group", "reach", "how")
# A "no", though what follows on a "yes" was filled in: the question that has to be looked at, and the field.
FOLLOWS = {"money": ("paid", "money"), "reach": ("how", "reach")}


@dataclass(slots=True)
class Part:
    """One page of the form on this page. `payment` counts the rows of the table; `blank` means nothing was typed."""

    page: Page
    form: Any
    payment: int = 0
    blank: bool = True

    @property
    def name(self) -> str:
        return self.page.name

    @property
    def number(self) -> str:
        """Which payment it is, for its heading."""
        return cldr.count(self.payment, get_language() or "en")

    @property
    def said(self) -> dict[str, Any]:
        return {} if self.blank else dict(self.form.cleaned_data)


def shown(progress: Progress) -> list[Part]:
    """The page with what is known already."""

    def make(page: Page, prefix: str, payment: int) -> Part:
        known = _of_row(progress, payment) if payment else page.shows(progress)
        return Part(page, _form(page, progress, prefix, initial=known), payment)

    return _each(make)


def typed(progress: Progress, data: Mapping[str, Any]) -> list[Part]:
    """The page as it was typed. What is blank and may be is no bound form: it has no mistakes."""

    def make(page: Page, prefix: str, payment: int) -> Part:
        form = _form(page, progress, prefix, data)
        if not _is_blank(form):
            return Part(page, form, payment, blank=False)
        # A row of the table keeps its id, so that typed twice it is there once.
        kept = {"id": data.get(f"{prefix}-id", "")[:16]} if payment else {}
        return Part(page, _form(page, progress, prefix, initial=kept), payment)

    parts = _each(make)
    for part in parts:
        if part.blank and _is_needed(part.name, parts):
            part.form, part.blank = _form(part.page, progress, part.name, data), False
    return parts


def take(progress: Progress, parts: list[Part]) -> Progress | None:
    """The progress with all of it; None where something has to be mended, which the forms then say."""
    valid = [part.form.is_valid() for part in parts if not part.blank]
    if not all(valid) or _contradicts(parts):
        return None
    told = {part.name: part for part in parts}
    known = _agency(progress, told["name"].said.get("name", ""), told["own"].said.get("words", ""))
    story = told["words"]
    if known.found and (about := told["own"].said.get("words", "")) and about not in story.said["happened"]:
        # Which one it is will be asked; what else is known of it would have no place there.
        joined = f"{story.said['happened']}\n\n{about}".strip()
        if too_much(joined, HAPPENED_MAX, HAPPENED_BYTES_MAX) > 0:
            told["own"].form.add_error("words", _("This is too long: say it in fewer words."))
            return None
        story.form.cleaned_data["happened"] = joined
    for part in parts:
        if part.name not in ("name", "own"):
            known = _taken(known, part)
    return known if known.answers.money == "yes" and not known.answers.fees else known.has("paid")


def _taken(progress: Progress, part: Part) -> Progress:
    """One page's answer, or that it was left out."""
    if part.payment:
        return takes.paid(progress, part.said) if not part.blank else takes.no_fee(progress, part.form.initial["id"])
    if not part.blank:
        return part.page.takes(progress, part.said).has(part.name)
    return part.page.skips(progress).has(part.name) if part.page.skips else progress


def _agency(progress: Progress, name: str, about: str) -> Progress:
    """The agency, looked for by its name; where no list has it, all that was written about it."""
    looked = (takes.name(progress, {"name": name}) if name else takes.no_name(progress)).has("name")
    if looked.found:
        return looked
    words = about if name in about else "\n".join(filter(None, (name, about)))
    return takes.own(looked, {"words": words}).has("own")


# --- which forms ------------------------------------------------------------------------------------------


def _each(make: Callable[[Page, str, int], Part]) -> list[Part]:
    rows = [make(pages.BY_NAME["paid"], f"paid{row}", row) for row in range(1, PAYMENTS + 1)]
    return [
        *(make(pages.BY_NAME[name], name, 0) for name in ONCE),
        *rows,
        *(make(pages.BY_NAME[name], name, 0) for name in AFTER),
    ]


def _form(page: Page, progress: Progress, prefix: str, data: Any = None, initial: Any = None) -> Any:
    form = page.form(progress)(data, prefix=prefix, initial=initial)
    form.heading = None  # the page has one heading of its own
    if "voice" in form.fields:  # paper does not speak, and files are asked for later
        del form.fields["voice"], form.fields["id"]
    return form


def _is_blank(form: Any) -> bool:
    return not any(field.data for field in form.visible_fields())


def _is_needed(name: str, parts: list[Part]) -> bool:
    """Whether a blank page has to be answered: always, as the story, or because of what was said beside it."""
    if name in FOLLOWS:
        return any(part.name == FOLLOWS[name][0] and not part.blank for part in parts)
    if name == "how":
        return any(part.name == "reach" and part.form.data.get("reach-reach") == "yes" for part in parts)
    return name == "words"


def _contradicts(parts: list[Part]) -> bool:
    """Whether "no" was said to something that is then told all the same; the question says so."""
    wrong = False
    for part in parts:
        follows, field = FOLLOWS.get(part.name, ("", ""))
        if part.said.get(field) == "no" and any(one.name == follows and not one.blank for one in parts):
            part.form.add_error(field, _("You chose “No” and also ticked something below. Choose one of the two."))
            wrong = True
    return wrong


def _of_row(progress: Progress, payment: int) -> dict[str, Any]:
    """What is known of a payment, as its form takes it; for a row that is free, its id alone."""
    fees: tuple[Fee, ...] = progress.answers.fees
    if payment > len(fees):
        return takes.new_id(progress)
    fee = fees[payment - 1]
    listed = fee.currency in cldr.CURRENCIES
    return shallow(fee) | {"currency": fee.currency if listed else "", "other": "" if listed else fee.currency}
