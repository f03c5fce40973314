"""What a complainant has said, as the form collects it and as it is sealed.

Nothing here is ever asked for: immigration status, nationality, passport, visa, home address.
None of it can be printed by mistake: the classes have no telling repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

# What one person can write at once, in letters and in bytes as it is sealed. All of a body together has to fit into
# `complaints.vault.padding.TEXT_MAX` (32 KiB): 19,000 + 5,000, ten payments of 600, and 2,700 for the rest.
HAPPENED_MAX = 10_000
HAPPENED_BYTES_MAX = 19_000
PROMISED_MAX = 2_000
PROMISED_BYTES_MAX = 5_000
WISH_BYTES_MAX = 900


def shallow(row: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots as they are: `asdict` copies every value, and a draft is written often."""
    return {name: getattr(row, name) for name in row.__slots__}


@dataclass(frozen=True, slots=True, repr=False)
class AgencyAnswer:
    """The agency: `id` (a UUID as text) when it was found in a register, else only the person's own words."""

    id: str | None = None
    name: str = ""
    register: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Whether, how and when the office may reach the person. Sealed under the identity key alone."""

    how: str = ""
    where: str = ""
    when: str = ""

    def __bool__(self) -> bool:
        return bool(self.how or self.where or self.when)


@dataclass(frozen=True, slots=True, repr=False)
class Fee:
    """One payment.

    `item` a `FeeItem`, `words` what they called it; `amount` "1234.50" or ""; `currency` ISO 4217 or the money's name;
    `when` "2026-05", "2026" or ""; `proof` a `ProofOfPayment` or ""; `rate` of the loan, in words.
    """

    id: str
    item: str
    words: str = ""
    amount: str = ""
    currency: str = ""
    whom: str = ""
    when: str = ""
    proof: str = ""
    loan: bool = False
    rate: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class FileAnswer:
    """One attached file, as it lies cleaned and encrypted beside the draft.

    `id` a UUID as text; `kind` photo | document | recording; `media` its media type; `count` pages or seconds; `of` the
    page it was added on; `sha256` of the original, hexadecimal; `original` whether this is the original, as it came.
    """

    id: str
    kind: str
    media: str
    count: int
    sha256: str
    of: str = "files"
    original: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """The whole form.

    `country` of work and `recruited_in` ISO 3166 alpha-2, the latter "" where it is not said; `when` "2026-05" or
    "2026" (ISO 8601, as exactly as it is known) or None; `licence_on_day` what the register answered for that time, in
    words, or None; `categories`, `whose`, `sector`, `papers`, `wishes`, `told` values of `complaints.cases.severity`
    and `vocabulary`; `money` yes | no | "" (not said); `group` twelve digits or ""; `language` the page's
    language code.
    """

    country: str
    region: str = ""
    recruited_in: str = ""
    agency: AgencyAnswer = field(default_factory=AgencyAnswer)
    when: str | None = None
    licence_on_day: str | None = None
    categories: tuple[str, ...] = ()
    in_danger: bool = False
    whose: str = ""
    sector: str = ""
    promised: str = ""
    happened: str = ""
    money: str = ""
    fees: tuple[Fee, ...] = ()
    papers: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    wish_words: str = ""
    files: tuple[FileAnswer, ...] = ()
    contact: Contact = field(default_factory=Contact)
    told: tuple[str, ...] = ()
    group: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        if self.agency.id is not None:
            UUID(self.agency.id)

    def cover(self) -> dict[str, object]:
        """The few facts by which an office sorts its cases."""
        return {
            "agency": shallow(self.agency),
            "categories": list(self.categories),
            "country": self.country,
            "danger": self.in_danger,
            "group": self.group,
            "language": self.language,
            "recruited_in": self.recruited_in,
            "region": self.region,
            "sector": self.sector,
            "whose": self.whose,
        }

    def body(self) -> dict[str, object]:
        """What happened, and what may be done with it."""
        return {
            "consent": {"agency": list(self.told), "contact": bool(self.contact)},
            "fees": [shallow(fee) for fee in self.fees],
            "files": [shallow(one) for one in self.files],
            "happened": self.happened,
            "licence_on_day": self.licence_on_day,
            "money": self.money,
            "papers": list(self.papers),
            "promised": self.promised,
            "wants": {"items": list(self.wishes), "words": self.wish_words},
            "when": self.when,
        }

    def identity(self) -> dict[str, object]:
        """How to reach the person; the same shape, empty, when they said nobody may."""
        return {"contact": shallow(self.contact) if self.contact else {}}

    def statistics(self) -> dict[str, object]:
        """Coarse facts for a frozen table: no agency, no words, nothing finer than a country."""
        return {
            "categories": list(self.categories),
            "country": self.country,
            "kind": "filed",
            "language": self.language,
            "sector": self.sector,
        }

    def to_dict(self) -> dict[str, Any]:
        """For an encrypted draft."""
        return shallow(self) | {
            "agency": shallow(self.agency),
            "contact": shallow(self.contact),
            "fees": [shallow(fee) for fee in self.fees],
            "files": [shallow(one) for one in self.files],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Undo `to_dict`; a key that a later version no longer knows is left out."""
        known = {name: content[name] for name in cls.__slots__ if name in content}
        for name in ("categories", "papers", "wishes", "told"):
            known[name] = tuple(known.get(name, ()))
        known["agency"] = AgencyAnswer(**known.get("agency", {}))
        known["contact"] = Contact(**known.get("contact", {}))
        known["fees"] = tuple(Fee(**one) for one in known.get("fees", ()))
        known["files"] = tuple(FileAnswer(**one) for one in known.get("files", ()))
        return cls(**known)

    def with_(self, **changes: Any) -> Self:
        """The same answers, some of them changed."""
        return type(self)(**shallow(self) | changes)  # `replace` looks at every field's kind first
