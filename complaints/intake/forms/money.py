"""What was paid: one item at a time, in any currency, under any name, because a label does not matter (ILO 2019)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.cases import vocabulary
from recruitment_watch import cldr
from recruitment_watch.web.forms import ForTheReader, MonthYearField, OneOf, QuestionForm, Radios, Words

from .fields import WORD, line, too_much

MONEY_MAX = 10  # items; more fit into the story


def _currencies() -> Iterator[tuple[str, Words]]:
    yield "", _("Choose")
    yield from cldr.currency_choices(get_language() or "en")


class Money(QuestionForm):
    """Whether there was money at all."""

    heading = "money"
    money = OneOf(
        label=_("Did you pay for the job, or do you owe money for it?"),
        help_text=_("To anybody, under any name. Also when it is taken out of your pay."),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=Radios(),
    )


class Amount(forms.CharField):
    """A sum as people write it: digits of any script, with or without separators. Its value is "1234.50".

    A last group of three digits after a comma or a full stop is thousands, fewer are the smaller coin.
    """

    def to_python(self, value: Any) -> str:
        text = "".join(_plain(char) for char in super().to_python(value) or "")
        if not text:
            return ""
        whole, mark, rest = text.rpartition("." if text.rfind(".") > text.rfind(",") else ",")
        if mark and len(rest) != 3:
            text, fraction = re.sub(r"[.,]", "", whole), rest
        else:
            text, fraction = re.sub(r"[.,]", "", text), ""
        if not text.isdigit() or len(text) > 12 or len(fraction) > 2 or (fraction and not fraction.isdigit()):
            raise ValidationError(_("Write the sum in digits, for example 3000."), code="amount")
        return str(int(text)) + (f".{fraction}" if fraction else "")


def _plain(char: str) -> str:
    """One character of a sum: a digit of any script as ASCII, a separator, or itself."""
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(int(digit))
    if char in "٬،﹐，'’" or char == ",":
        return ","
    if char in "٫．.":
        return "."
    return "" if char.isspace() or unicodedata.category(char) in ("Cf", "Zs") else char


class Paid(QuestionForm):
    """One item. `id` is made with the page, so that an item sent twice stands there once."""

    id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)
    item = OneOf(
        label=_("What was it for?"),
        help_text=_("Any name they gave it will do."),
        choices=[("", _("Choose")), *vocabulary.FeeItem.choices],
        widget=forms.Select(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Choose what it was for. If you don't know, choose the last line.")},
    )
    words = line(_("What did they call it?"), length=60, required=False)
    amount = Amount(
        label=_("How much?"),
        required=False,
        widget=forms.TextInput(attrs=WORD | {"inputmode": "decimal", "class": "digits"}),
    )
    currency = OneOf(
        label=_("In which money?"),
        choices=ForTheReader(_currencies),
        required=False,
        widget=forms.Select(attrs={"autocomplete": "off"}),
    )
    other = line(_("If it is not in the list, its name"), length=30, required=False)
    whom = line(
        _("Who did you pay?"), hint=_("The agency, an agent, the employer, an official."), length=80, required=False
    )
    when = MonthYearField(label=_("When?"), required=False, back=15)
    proof = OneOf(
        label=_("Did you get a receipt for it?"),
        choices=vocabulary.ProofOfPayment.choices,
        required=False,
        widget=Radios(),
    )
    loan = forms.BooleanField(label=_("I borrowed money for this"), required=False)
    rate = line(_("From whom, and at what interest?"), length=60, required=False)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in: the list above is whole then."""
        asked = ("item", "words", "amount", "currency", "other", "whom", "when_0", "when_1", "proof", "loan", "rate")
        return not any(self.data.get(self.add_prefix(name)) for name in asked)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("amount") and not (said.get("currency") or said.get("other")):
            self.add_error("currency", _("Choose the money, or write its name."))
        for name in ("words", "whom", "rate", "other"):
            if too_much(said.get(name) or "", 80, 160) > 0:
                self.add_error(name, _("This is too long: say it in fewer words."))
        return said
