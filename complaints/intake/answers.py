"""What a complainant has said, as the form collects it and as it is sealed.

Nothing here is ever asked for: immigration status, nationality, passport, visa, home address.
None of it can be printed by mistake: the classes have no telling repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self
from uuid import UUID

from complaints.vault.padding import TEXT_MAX

# What one person can write at once. The rest of a sealed body (JSON, the other fields) has room beside it.
HAPPENED_MAX = 10_000
HAPPENED_BYTES_MAX = TEXT_MAX - 2_600


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
class Answers:
    """The whole form.

    `country` ISO 3166 alpha-2; `when` "2026-05" or "2026" (ISO 8601, as exactly as it is known) or None;
    `licence_on_day` what the register answered for that time, in words, or None; `categories` values of
    `Category`; `language` the page's language code.
    """

    country: str
    region: str = ""
    agency: AgencyAnswer = field(default_factory=AgencyAnswer)
    when: str | None = None
    licence_on_day: str | None = None
    categories: tuple[str, ...] = ()
    in_danger: bool = False
    happened: str = ""
    contact: Contact = field(default_factory=Contact)
    sector: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        if self.agency.id is not None:
            UUID(self.agency.id)

    def cover(self) -> dict[str, object]:
        """The few facts by which an office sorts its cases."""
        return {
            "agency": asdict(self.agency),
            "categories": list(self.categories),
            "country": self.country,
            "danger": self.in_danger,
            "language": self.language,
            "region": self.region,
            "sector": self.sector,
        }

    def body(self) -> dict[str, object]:
        """What happened."""
        return {
            "fees": [],
            "happened": self.happened,
            "licence_on_day": self.licence_on_day,
            "when": self.when,
        }

    def identity(self) -> dict[str, object]:
        """How to reach the person; the same shape, empty, when they said nobody may."""
        return {"contact": asdict(self.contact) if self.contact else {}}

    def statistics(self) -> dict[str, object]:
        """Coarse facts for a frozen table: no agency, no words, nothing finer than a country."""
        return {
            "categories": list(self.categories),
            "country": self.country,
            "kind": "filed",
            "language": self.language,
        }

    def to_dict(self) -> dict[str, Any]:
        """For an encrypted draft."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Undo `to_dict`; a key that a later version no longer knows is left out."""
        known = {one.name: content[one.name] for one in fields(cls) if one.name in content}
        return cls(
            **known
            | {
                "agency": AgencyAnswer(**known.get("agency", {})),
                "categories": tuple(known.get("categories", ())),
                "contact": Contact(**known.get("contact", {})),
            }
        )

    def with_(self, **changes: Any) -> Self:
        """The same answers, some of them changed."""
        return replace(self, **changes)
