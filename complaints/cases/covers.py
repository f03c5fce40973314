"""What an opened cover says of the agency and the group: asked by whoever sorts cases."""

from __future__ import annotations

from uuid import UUID

from agencies import names

from .sealing import Sealed


def agency_of(cover: Sealed) -> UUID | None:
    """The agency's id in the register, None for one described in the complainant's own words."""
    agency = cover.get("agency")
    found = agency.get("id") if isinstance(agency, dict) else None
    try:
        return UUID(str(found)) if found else None
    except ValueError:
        return None


def own_words(cover: Sealed) -> str:
    """The agency's name as the person wrote it, "" where it is one of a register or none was given."""
    agency = cover.get("agency")
    named = str(agency.get("name") or "") if isinstance(agency, dict) else ""
    return names.tidy(named) if agency_of(cover) is None else ""


def group_of(cover: Sealed) -> str:
    """The group's code, twelve digits, or ""."""
    return str(cover.get("group") or "")
