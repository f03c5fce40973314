"""What the attacker learns without opening anything: every clear column of the dump, and what it gives away."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from tests.system.loot import Loot, session_said

# What is the same in every installation, and was published with the software.
SOFTWARE = ("django_migrations", "django_content_type", "auth_permission")
LEARNED = Mapping[str, Callable[[], object]]


class Clear:
    """The dump's clear columns. Remembers which were looked at, so that one nobody thought of is told as well."""

    def __init__(self, loot: Loot) -> None:
        self.loot = loot
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, table: str, *names: str) -> list[tuple[str, ...]]:
        """The different values of some columns, where any of them says something."""
        name = table if table in self.loot.tables else f"complaints_{table}"
        self.seen |= {(name, one) for one in names}
        found = {tuple(row[one] for one in names) for row in self.loot.tables.get(name, [])}
        return sorted(one for one in found if any(one))

    def unexplained(self) -> Iterator[str]:
        """Columns that say something and that no probe asked for."""
        for table, rows in self.loot.tables.items():
            if table in SOFTWARE or not rows:
                continue
            for name in rows[0]:
                if name in ("row_place", "row_transaction") or (table, name) in self.seen:
                    continue
                if telling([row[name] for row in rows]):
                    yield f"unexplained: {table}.{name}"


def telling(values: list[str]) -> bool:
    """Whether a column's values say something: anything but random bytes, random numbers and nothing."""
    return any(value and not _random_looking(value) for value in values)


def _random_looking(value: str) -> bool:
    if re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", value):
        return True
    if not value.startswith("\\x"):
        return False
    raw = bytes.fromhex(value[2:])
    return len(raw) >= 16 and len(set(raw)) > min(len(raw), 200) // 3


def lengths(loot: Loot) -> set[tuple[str, int]]:
    """Tables whose boxes come in several sizes by what is in them."""
    found = set()
    for table in ("content", "message", "caserecord", "approval", "draft"):
        found |= {(table, len(row["box"])) for row in loot.rows(table)}
    return found


def probes(clear: Clear, ladder: set[str]) -> LEARNED:
    """A fact's name, and how it is learned. Names as published; what is found decides, not this list."""
    loot = clear.loot
    return {
        "cases": lambda: [clear(table, "case_id") for table in (
            "receipt", "content", "rung", "holding", "step", "epochbox", "identityholding", "departure", "recusal",
            "message", "caserecord", "approval", "stuckcase")] + clear("case", "id") + clear("content", "kind")
            + clear("rung", "number") + clear("casegrant", "content_object_id")
            + clear("attachment", "case_id") + clear("helperreceipt", "case_id"),
        "week-of-filing": lambda: clear("case", "week"),
        "state": lambda: clear("case", "state") + clear("holding", "state"),
        "severity": lambda: clear("case", "severity") + clear("holding", "severity"),
        "due": lambda: clear("case", "due") + clear("holding", "due"),
        "rung": lambda: clear("case", "rung"),
        "week-of-death": lambda: clear("case", "death_week"),
        "epoch": lambda: [clear(table, "epoch") for table in ("case", "content", "message", "caserecord", "approval")],
        "offices-asked": lambda: clear("step", "office_id", "outcome", "rung", "week")
                                 + clear("holding", "rung", "week"),
        "holders": lambda: clear("holding", "case_id", "office_id", "assignee_id", "generation"),
        "same-agency": lambda: same_agency(clear),
        "belongs-together": lambda: belongs_together(clear),
        "ladder": lambda: ladder,
        "departures": lambda: clear("departure", "office_id", "week"),
        "recusals": lambda: clear("recusal", "inspector_id", "week"),
        "guests": lambda: clear("casegrant", "id", "user_id", "office_id", "permission_id", "until"),
        "readers": lambda: clear("epochbox", "kind", "office_id", "inspector_id", "rung", "epoch"),
        "identity-given": lambda: clear("identityholding", "office_id", "rung", "week"),
        "messages": lambda: clear("message", "direction", "week"),
        "attachments": lambda: clear("attachment", "week", "epoch"),
        "file-sizes": lambda: {
            len(row["box"]) for table in ("attachment", "draftfile", "parcel") for row in loot.rows(table)},
        "parcels": lambda: clear("parcel", "id", "case_id", "office_id", "sender_id", "recipient", "state", "attempts",
                                 "due", "week"),
        "helpers": lambda: loot.rows("helperreceipt"),
        "records": lambda: clear("caserecord", "week"),
        "approvals": lambda: clear("approval", "purpose", "office_id", "asked_by_id", "asked_week", "approved_by_id",
                                   "approved_week", "spent_week") + clear("protectivedisclosure", "approval_id"),
        "told": lambda: clear("protectivedisclosure", "told_week"),
        "acts": lambda: clear("disclosuredetail", "disclosure_id", "case_id", "inspector_id", "office_id", "subject_id",
                              "verb", "week") + clear("disclosure", "number")
                        + clear("disclosurecheckpoint", "week", "number", "note")
                        + clear("look", "inspector_id", "week"),
        "alive": lambda: clear("pulse", "part", "at"),
        "stuck": lambda: clear("stuckcase", "fault", "tries", "week"),
        "sizes": lambda: lengths(loot),
        "order": lambda: len({row["row_transaction"] for row in loot.rows("case")}) > 1,
        "drafts": lambda: clear("draft", "expires") + clear("draftfile", "draft_id"),
        "statistics": lambda: clear("statisticsenvelope", "quarter") + clear("statisticswaiting", "week", "quarter"),
        "offices": lambda: [clear(table, *loot.rows(table)[0]) for table in (
            "office", "attestation", "officekey", "officecertificate", "registrarstatement", "registrar",
            "deliveryaddress")
            if loot.rows(table)],
        "members": lambda: clear("inspector", "id", "username", "name", "is_active", "session_generation", "password")
                           + clear("membership", "inspector_id", "office_id", "role", "since", "until")
                           + clear("memberkey", "inspector_id")
                           + clear("officekeywrap", "office_key_id", "inspector_id"),
        "absences": lambda: clear("absence", "office_id", "inspector_id", "cover_id", "since", "until"),
        "enrolments": lambda: clear("enrolment", "inspector_id", "expires"),
        "second-factors": lambda: clear("secondfactor", "inspector_id"),
        "sessions": lambda: clear("desksession", "session_key", "session_data", "expire_date")
                            and [session_said(row["session_data"]).get("_auth_user_id")
                                 for row in loot.rows("desksession")],
        "referrals": lambda: clear("referraloutbox", "id", "agency", "standards", "evidence_class", "quarter")
                             + [tuple(row.values()) for row in loot.others.get("register/agencies_referral", [])],
        "demands": lambda: clear("lawfuldemand", *(loot.rows("lawfuldemand") or [{}])[0]),
    }  # fmt: skip


def same_agency(clear: Clear) -> list[str]:
    """Indexes that stand at two cases of one office."""
    clear("holding", "agency_index")
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for row in clear.loot.rows("holding"):
        if row["agency_index"]:
            seen[row["office_id"], row["agency_index"]] += 1
    return [index for (_, index), count in seen.items() if count > 1]


def belongs_together(clear: Clear) -> list[str]:
    """Marks that stand at two cases of one office."""
    clear("patternmark", "holding_id", "office_id", "place", "index", "generation", "weighed_week")
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for row in clear.loot.rows("patternmark"):
        seen[row["office_id"], row["index"]] += 1
    return [index for (_, index), count in seen.items() if count > 1]


def canaries_in(loot: Loot) -> list[str]:
    """Where words stand that should stand nowhere: in clear, inside bytes, inside a session's row."""
    found = set()
    for table, rows in loot.tables.items():
        for where, reading, text in _readings(table, rows):
            found |= {
                f"{where}: {word}" for word in loot.canaries + loot.casework_canaries if _says(reading, word, text)
            }
    for table, rows in loot.others.items():
        for where, reading, text in _readings(table, rows):
            found |= {f"{where}: {word}" for word in loot.canaries if _says(reading, word, text)}
    return sorted(found)


def _readings(table: str, rows: list[dict[str, str]]) -> Iterator[tuple[str, str, bool]]:
    """Every value, and what is in it where it is bytes or a session; True where it is text."""
    for row in rows:
        for name, value in row.items():
            is_bytes = value.startswith("\\x")
            yield f"{table}.{name}", bytes.fromhex(value[2:]).decode("latin-1") if is_bytes else value, not is_bytes
            if name == "session_data" and table.startswith("complaints_"):
                yield f"{table}.{name}", json.dumps(session_said(value)), True


def _says(reading: str, word: str, text: bool) -> bool:
    """Short words only as words of a text: among random bytes any two letters are found."""
    if len(word) < 5:
        return text and re.search(rf"\b{re.escape(word)}\b", reading) is not None
    return word in reading


def something(found: object) -> bool:
    return any(map(bool, found)) if isinstance(found, list) else bool(found)
