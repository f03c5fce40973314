"""A page's forms as a browser without a script sees them, and a plausible answer to each field.

Read with a few patterns instead of a parser: the load that a benchmark makes must cost little beside the zone.
They rest on what Django's widgets write: attributes in double quotes, values escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# By field name; a value that the page does not offer is passed over. Everything else: `_fallback`.
ANSWERS: Mapping[str, str | tuple[str, ...]] = {
    "country": "XA",
    "region": "elsewhere",
    "recruited_in": "same",
    "name": "Golden Ladder",
    "words": "Ladder, above the tea house. A man called Sam spoke to me.",
    "categories": ("fees", "contract_substitution"),
    "danger": "no",
    "whose": "mine",
    "sector": "domestic",
    "promised": "A kitchen, eight hours a day, a bed of my own, and three times what they paid in the end. " * 2,
    "money": "yes",
    "item": "recruitment",
    "papers": "passport",
    "wishes": ("refund", "documents"),
    "may": "no",
    "told": (),
    "group": "no",
    "happened": "They promised a job in a kitchen and took 900 for it. The contract was another one. " * 8,
    "reach": "yes",
    "how": "message",
    "where": "+000 555 0199",
    "when": "Fridays after eight in the evening",
    "amount": "900",
    "currency": "USD",
    "email": "somebody@example.org",
}
TEXT = "I do not know more about this."
NUMBER = "1"
SKIPS = ("skip", "none", "without", "no")

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
_CONTROL = re.compile(
    r"<(?:(input)\b([^>]*)>|(textarea)\b([^>]*)>(.*?)</textarea>|(select)\b([^>]*)>(.*?)</select>"
    r"|(button)\b([^>]*)>(.*?)</button>)",
    re.S,
)
_OPTION = re.compile(r"<option\b([^>]*)>", re.S)
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@dataclass(frozen=True, slots=True)
class Control:
    """One control: `kind` is an input's type, "textarea", "select" or "submit"; `options` the values of a select."""

    kind: str
    name: str
    value: str = ""
    checked: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is posted: where to ("" for the page itself), whether in parts, and its controls in order."""

    action: str
    in_parts: bool
    controls: tuple[Control, ...]

    @property
    def buttons(self) -> tuple[Control, ...]:
        """What can be pressed: the plain one first, then the ways round the question, then the rest."""
        found = [one for one in self.controls if one.kind == "submit"]
        return tuple(sorted(found, key=lambda one: (bool(one.name), one.name not in SKIPS)))


@dataclass(slots=True)
class Filled:
    """A form with its answers: what a browser would send, and the names of the files that it would send empty."""

    form: Form
    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def forms(page: str) -> list[Form]:
    """The forms of a page that are posted, in their order."""
    found = []
    for attributes, inside in _FORM.findall(page):
        said = _attributes(attributes)
        if said.get("method", "").lower() == "post":
            in_parts = said.get("enctype", "") == "multipart/form-data"
            found.append(Form(said.get("action", ""), in_parts, tuple(_controls(inside))))
    return found


def ways_on(page: str) -> list[tuple[Form, Control]]:
    """Every button of every form, the likeliest way on first: the form with the most questions, its plain button."""
    asked = sorted(forms(page), key=lambda one: -sum(c.kind not in ("hidden", "submit") for c in one.controls))
    return [(form, button) for form in asked for button in form.buttons]


def fill(form: Form, button: Control, answers: Mapping[str, str | tuple[str, ...]]) -> Filled:
    """Answer every field: from the table where it knows the name, as somebody in a hurry would where it does not."""
    filled, grouped = Filled(form), set()
    for control in form.controls:
        if control.kind == "submit" or not control.name:
            continue
        if control.kind == "file":
            filled.files.append(control.name)
        elif control.kind in ("radio", "checkbox"):
            if control.name not in grouped:
                grouped.add(control.name)
                filled.pairs += [(control.name, value) for value in _chosen(form, control, answers)]
        else:
            filled.pairs.append((control.name, _typed(control, answers)))
    if button.name:
        filled.pairs.append((button.name, button.value))
    return filled


def _chosen(form: Form, control: Control, answers: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    """The values of a group of radios or checkboxes, () none of them; the first one where nothing is known."""
    offered = [one for one in form.controls if one.name == control.name and one.kind == control.kind]
    values = [one.value for one in offered]
    wanted = answers.get(control.name)
    if wanted == ():
        return []
    known = [value for value in ((wanted,) if isinstance(wanted, str) else wanted or ()) if value in values]
    return known or [one.value for one in offered if one.checked] or values[:1]


def _typed(control: Control, answers: Mapping[str, str | tuple[str, ...]]) -> str:
    """The value of a field that has one."""
    if control.kind == "hidden":
        return control.value
    wanted = answers.get(control.name)
    known = wanted if isinstance(wanted, str) else None
    if control.kind == "select":
        usable = [one for one in control.options if one]
        return known if known is not None and known in control.options else (usable or [""])[0]
    if known is not None:
        return known
    return control.value or (NUMBER if control.kind == "number" else TEXT)


def _controls(inside: str) -> Iterator[Control]:
    for found in _CONTROL.finditer(inside):
        if found[1]:
            said = _attributes(found[2])
            kind = said.get("type", "text")
            if kind in ("button", "reset", "image"):
                continue
            value = said.get("value", "on" if kind in ("radio", "checkbox") else "")
            yield Control(kind, said.get("name", ""), value, checked="checked" in said)
        elif found[3]:
            yield Control("textarea", _attributes(found[4]).get("name", ""), html.unescape(found[5]).lstrip("\n"))
        elif found[6]:
            said = _attributes(found[7])
            options = tuple(_attributes(one).get("value", "") for one in _OPTION.findall(found[8]))
            yield Control("select", said.get("name", ""), options=options)
        else:
            said = _attributes(found[10])
            if said.get("type", "submit") == "submit" and "form" not in said:
                yield Control("submit", said.get("name", ""), said.get("value", ""))


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): html.unescape(value) for name, value in _ATTRIBUTE.findall(text)}
