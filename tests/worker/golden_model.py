"""The golden table's own idea of who is asked, from which the table was made. It knows nothing of the product's code.

Another shape of thinking: each office is asked by itself, in sentences, whether and how soon it has a turn; then they
stand in line by that. No rules are read, no list is walked. `python -m tests.worker.golden_model` writes the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

HERE = Path(__file__).parent
SHIPPED, MINISTRY = HERE / "golden_shipped.tsv", HERE / "golden_ministry.tsv"
HEAD = ("work", "recruited", "reads", "sector", "about", "band", "ladder")

CATEGORIES = (
    "-", "fees", "deception", "contract_substitution", "documents_kept", "non_deployment", "unlicensed", "wages",
    "conditions", "abandonment", "coercion", "discrimination", "child", "retaliation", "data_misuse",
    "official_collusion", "service", "fees+service", "wages+official_collusion", "child+unlicensed",
)  # fmt: skip
SECTORS = (
    "-", "domestic", "care", "construction", "factory", "farm", "sea", "hospitality", "cleaning", "transport", "shop",
    "security", "other",
)  # fmt: skip
# Sectors that are alike to the rules share a line: "any" stands for all, "rest" for those without a line of their own.
SHIPPED_SECTORS, MINISTRY_SECTORS = ("any",), ("domestic", "sea", "rest")
PLACES = ("QA/North", "QA/South", "QA/East", "QA", "KW", "SA/Jeddah", "SA", "IN/Kerala", "NP", "AE")
RECRUITED = ("-", "QA", "NP", "PH", "BD")
MINISTRY_PLACES, MINISTRY_RECRUITED = ("QA/South", "QA/Port", "QA", "KW", "AE"), ("-", "NP")
LANGUAGES = ("-", "ne")


@dataclass(frozen=True)
class Place:
    """An office: `name` short, `country` and `region` ("" for the whole country), what it `reads`."""

    name: str
    country: str
    region: str = ""
    head: bool = False
    safe: bool = True
    reads: tuple[str, ...] = ("en",)


OFFICES = (
    Place("QA.head", "QA", head=True),
    Place("QA.1", "QA"),
    Place("QA.2", "QA", reads=("ne", "ar")),
    Place("QA.joint", "QA", safe=False),  # works with the police
    Place("QA.N1", "QA", "North"),
    Place("QA.N2", "QA", "North", reads=("zh", "ne")),
    Place("QA.S", "QA", "South"),
    Place("QA.S.lapsed", "QA", "South", safe=False),  # its attestation is over
    Place("QA.ships", "QA", "Port"),
    Place("KW.head", "KW", head=True),
    Place("SA.head.lapsed", "SA", head=True, safe=False),
    Place("SA.J", "SA", "Jeddah"),
    *(Place(f"IN.K{number}", "IN", "Kerala", reads=("ne",) if number == 7 else ("en",)) for number in range(1, 8)),
    Place("IN.head", "IN", head=True),
    Place("NP.head", "NP", head=True, reads=("ne",)),
    Place("NP.jobs", "NP", reads=("ne", "en")),
    Place("NP.west", "NP", "West", reads=("ne",)),
    Place("PH.unsafe", "PH", safe=False),
    Place("BD.jobs", "BD"),
    Place("OM.maids", "OM", reads=("en", "ne")),
)


@dataclass(frozen=True)
class Told:
    """A complaint; "-" where something is not said."""

    country: str
    region: str
    recruited: str
    language: str
    sector: str
    about: frozenset[str]
    band: int

    def speaks_of(self, *kinds: str) -> bool:
        return bool(self.about & {*kinds})

    @property
    def homes(self) -> bool:
        """What the ministry's office for domestic workers deals with."""
        return self.sector == "domestic" and self.speaks_of("conditions", "coercion", "child")

    @property
    def agreed(self) -> bool:
        """What the ministry's agreement with Nepal is about."""
        where = (self.country, self.region, self.recruited)
        return where == ("QA", "South", "NP") and self.band in (3, 4) and self.sector != "sea"


Turn = Callable[[Place, Told], int | None]  # how soon an office has a turn; None: never


def shipped_turn(office: Place, told: Told) -> int | None:
    """The shipped rules, in sentences."""
    if told.speaks_of("official_collusion"):
        return None  # an official is in it: nobody but the national head may know
    recruiting = told.speaks_of("fees", "deception", "contract_substitution", "non_deployment", "unlicensed")
    if office.country == told.country:
        if office.region:
            return 1 if office.region == told.region else None  # whoever is near comes first
        return 2
    origin = office.country == told.recruited and (not office.region or office.head)
    return 3 if origin and recruiting and told.band > 1 else None  # in danger only those who can go there


def ministry_turn(office: Place, told: Told) -> int | None:
    """The rules of a made-up ministry (golden_ministry.toml), in sentences."""
    if told.speaks_of("official_collusion"):
        return None
    if told.sector == "sea" and told.country == "QA":  # whoever knows ships comes first, also in danger
        if office.name == "QA.ships":
            return 1
        return 2 if office.country == "QA" and not office.region else None
    if told.agreed:
        # An agreement with Nepal: its offices take part in the ordinary ones from the south, and nobody else does.
        return 1 if office.country == "NP" and not office.region else None
    if told.homes:
        # A house is not inspected: the office for domestic workers, which may lie abroad, and the whole country's.
        if office.name == "OM.maids":
            return 1
        return 2 if office.country == told.country and not office.region else None
    return shipped_turn(office, told)


def room(told: Told, *, ministry: bool) -> int:
    """How many are asked at most, the last one among them."""
    if ministry and told.homes and not told.agreed:
        return 2
    return 3 if told.band == 1 else 6


def last_of(told: Told) -> Place | None:
    """The national head of the country of work; where nobody there is safe, of the country of recruitment."""
    safe = [one for one in OFFICES if one.safe]
    there = [one for one in safe if one.country == told.country]
    candidates = there or [one for one in safe if one.country == told.recruited]
    return next((one for one in candidates if one.head), None)


def ladder(told: Told, turn: Turn, *, ministry: bool) -> str:
    """The short names of who is asked, first to last; "nobody"."""
    last = last_of(told)
    line = sorted(
        (soon, told.language.split("-")[0] not in office.reads, office.name)
        for office in OFFICES
        if office.safe and office != last and not (office.head and office.country == told.country)
        for soon in [turn(office, told)]
        if soon is not None
    )
    free = room(told, ministry=ministry) - (last is not None)
    names = [name for *_, name in line][:free] + ([last.name] if last else [])
    return " ".join(names) or "nobody"


def sectors_of(line: str) -> list[str]:
    """The sectors that a line of the table stands for."""
    if line == "any":
        return list(SECTORS)
    return [one for one in SECTORS if one not in MINISTRY_SECTORS] if line == "rest" else [line]


def told_by(row: tuple[str, ...], sector: str) -> Told:
    """The complaint of a row, its sector spelled out."""
    work, recruited, language, _line, about, band, *_ladder = row
    country, _slash, region = work.partition("/")
    return Told(country, region, recruited, language, sector, frozenset(about.split("+")), int(band))


def combinations(*, ministry: bool) -> Iterator[tuple[str, ...]]:
    """Every combination of the inputs, in the table's order."""
    places, recruited = (MINISTRY_PLACES, MINISTRY_RECRUITED) if ministry else (PLACES, RECRUITED)
    lines = MINISTRY_SECTORS if ministry else SHIPPED_SECTORS
    return product(places, recruited, LANGUAGES, lines, CATEGORIES, "1234")


def rows(*, ministry: bool) -> Iterator[tuple[str, ...]]:
    """The same, each with its ladder."""
    turn = ministry_turn if ministry else shipped_turn
    for given in combinations(ministry=ministry):
        found = {ladder(told_by(given, one), turn, ministry=ministry) for one in sectors_of(given[3])}
        assert len(found) == 1, f"these sectors are not alike: {given}"
        yield (*given, found.pop())


def text(*, ministry: bool) -> str:
    """The table as it is kept: under a heading of comments, a blank line wherever a place or a recruitment begins."""
    written, before = [*LEGEND, "\t".join(HEAD)], None
    for row in rows(ministry=ministry):
        if row[:2] != before:
            before = row[:2]
            written.append("")
        written.append("\t".join(row))
    return "\n".join(written) + "\n"


LEGEND = (
    "# Who is asked, first to last. work: where the work is; recruited, reads: in which country, in which language.",
    '# QA.N, QA.S, SA.J, IN.K: offices of a part of the country; .head: the national head; "-": not said.',
    "# sector any, rest: a line for all sectors, or all that have no line of their own, because they are alike.",
)
TABLES = {SHIPPED: False, MINISTRY: True}  # whether the ministry's rules hold

if __name__ == "__main__":
    for path, ministry in TABLES.items():
        path.write_text(text(ministry=ministry))
