"""Random cases in which everything that can be said is said, and each piece of it can be found again anywhere.

Every text has a word of its own that stands nowhere else; what is chosen from a list is drawn, so that a paper that
carried it would differ from case to case.
"""

from __future__ import annotations

import base64
import html
import json
import unicodedata
from dataclasses import fields
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from hypothesis import strategies as st

from agencies.models import Agency
from complaints.cases import vocabulary
from complaints.cases.severity import Category
from complaints.intake.answers import AgencyAnswer, Answers, Contact, Fee, FileAnswer

# Places for words: in the form, and in what is written into the case afterwards.
WORDED = frozenset(
    {"region", "happened", "promised", "wish_words", "agency_name", "agency_register", "agency_licence", "licence_day",
     "whom", "fee_words", "rate", "where", "when_to_call", "file"}
)  # fmt: skip
WRITTEN = frozenset({"answer", "message", "note", "evidence", "finding", "raised", "why", "remedy"})
NAMES = tuple(sorted(WORDED | WRITTEN))
DRAWN = frozenset(
    {"country", "recruited_in", "when", "categories", "in_danger", "whose", "sector", "money", "papers", "wishes",
     "told", "language"}
)  # fmt: skip
# Fields of the form whose parts are made below.
MADE = frozenset({"agency", "fees", "files", "contact", "group"} | {"region", "happened", "promised", "wish_words"})
LETTERS = "abcdefghijkmnpqrstuvwxyz"


def some(choices: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices.values), max_size=4, unique=True).map(tuple)


def one_of(choices: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *choices.values])


SAID = st.fixed_dictionaries(
    {
        "salt": st.text(LETTERS, min_size=10, max_size=10),
        "group": st.integers(10**11, 10**12 - 1).map(str),
        "amount": st.decimals(1000, 9999, places=2).map(str),
        "more": st.lists(st.text(st.characters(categories=("Ll", "Lo", "Nd")), min_size=1, max_size=12), max_size=12),
        "fee": st.fixed_dictionaries({"item": one_of(vocabulary.FeeItem), "proof": one_of(vocabulary.ProofOfPayment)}),
        "country": st.sampled_from(["QA", "KW", "BH", "AE"]),
        "recruited_in": st.sampled_from(["", "NP", "PH", "BD"]),
        "when": st.sampled_from([None, "2019", "2021-03"]),
        "categories": some(Category),
        "in_danger": st.booleans(),
        "whose": one_of(vocabulary.Whose),
        "sector": one_of(vocabulary.Sector),
        "money": st.sampled_from(["", "yes", "no"]),
        "papers": some(vocabulary.Paper),
        "wishes": some(vocabulary.Remedy),
        "told": some(vocabulary.Told),
        "language": st.sampled_from(["tl", "bn", "ar", "xx"]),
    }
)


def word(name: str, said: dict[str, Any]) -> str:
    """The word of this place: letters alone, which no form of writing down changes."""
    return f"zq{name.replace('_', '')}{said['salt']}"


def text(name: str, said: dict[str, Any]) -> str:
    """What stands there: the word, with what HTML, JSON and addresses each write down in their own way."""
    return f"{word(name, said)} & <{said['salt'][:3]}> “é” ٣"


def answers(said: dict[str, Any], agency: Agency) -> Answers:
    """The whole form about this agency of a register."""
    there = {name: text(name, said) for name in WORDED}
    fee = Fee(
        "a", said["fee"]["item"], words=there["fee_words"], amount=said["amount"], currency="QAR", whom=there["whom"],
        when="2021", proof=said["fee"]["proof"], loan=True, rate=there["rate"],
    )  # fmt: skip
    return Answers(
        region=there["region"],
        agency=AgencyAnswer(str(agency.pk), there["agency_name"], there["agency_register"], there["agency_licence"]),
        licence_on_day=there["licence_day"],
        happened=" ".join([there["happened"], *said["more"]]),
        promised=there["promised"],
        fees=(fee,),
        wish_words=there["wish_words"],
        contact=Contact(how="phone", where=there["where"], when=there["when_to_call"]),
        group=said["group"],
        **{name: said[name] for name in DRAWN},
    )


def files(said: dict[str, Any]) -> list[tuple[FileAnswer, bytes]]:
    """What is attached to it."""
    about = FileAnswer(str(uuid4()), "photo", "image/jpeg", 0, word("file", said))
    return [(about, b"\xff\xd8\xff" + text("file", said).encode())]


def forgotten() -> set[str]:
    """Fields of the form that nobody has thought of here."""
    return {one.name for one in fields(Answers)} - DRAWN - MADE - {"licence_on_day"}


def found_in(blob: str | bytes, words: list[str]) -> set[str]:
    """Which of these words stand in it: as they are, or as HTML, JSON, an address, hexadecimal or base64 has them."""
    raw = blob.decode("utf-8", "replace") if isinstance(blob, bytes) else blob
    unescaped = unquote(html.unescape(raw))
    plain = "".join(unicodedata.normalize("NFKC", raw + "\n" + unescaped).casefold().split())
    return {one for one in words if one.casefold() in plain or any(form in raw for form in _forms(one))}


def _forms(word: str) -> list[str]:
    """Hexadecimal, and base64 wherever in a longer text the word begins."""
    data = word.encode()
    encoded = [base64.b64encode(b"\0" * at + data).decode()[(0, 2, 3)[at] :].rstrip("=")[:-1] for at in range(3)]
    return [data.hex(), *encoded, *(one.replace("+", "-").replace("/", "_") for one in encoded)]


def disguises(word: str) -> dict[str, str]:
    """The word as other forms have it: the control of `found_in`."""
    return {
        "JSON": json.dumps({"x": [word]}),
        "HTML": f"<p>&#{ord(word[0])};{word[1:]}</p>",
        "address": quote(word).replace(word[0], f"%{ord(word[0]):02X}", 1),
        "upper": word.upper(),
        "wrapped": word[:5] + "\n" + word[5:],
        "hexadecimal": f"id={word.encode().hex()}",
        "base64": base64.b64encode(f"..{word}..".encode()).decode(),
        "base64 of a letter more": base64.b64encode(f"...{word}..".encode()).decode(),
        "base64 of two more": base64.b64encode(f"....{word}..".encode()).decode(),
    }
