"""`manage.py routing preview|coverage`: who would get a complaint, why, and from where nobody would."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_countries import countries

from complaints.cases import rulebook
from complaints.cases.rules import Matter
from complaints.cases.severity import Category, band
from complaints.cases.states import Severity
from complaints.cases.vocabulary import Sector
from complaints.firewall import who_gets
from complaints.firewall.who_gets import Covered
from recruitment_watch import clock


class Command(BaseCommand):
    help = "Say who would get a complaint, and from where nobody would. Nothing is looked up in any complaint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        preview = verbs.add_parser("preview", help="who would get this, in order, and who would not, and why")
        preview.add_argument("--country", required=True, help="of work: two letters (ISO 3166)")
        preview.add_argument("--region", default="", help="the part of the country, in the offices' own words")
        preview.add_argument("--recruited-in", default="", help="the country of recruitment")
        preview.add_argument("--sector", choices=Sector.values, default="")
        preview.add_argument("--category", choices=Category.values, action="append", default=[], help="may be repeated")
        preview.add_argument("--severity", type=int, choices=Severity.values, help="else what the categories make it")
        preview.add_argument("--language", default="", help="the complainant's: en, ne, zh-hans …")
        coverage = verbs.add_parser("coverage", help="countries and sectors without a safe office; what ends soon")
        coverage.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            self._preview(**options) if verb == "preview" else self._coverage(as_json=options["json"])
        except rulebook.RulesFault as fault:
            raise CommandError("\n".join([f"{rulebook.path()}:", *fault.sentences])) from None

    def _preview(self, country: str, category: list[str], severity: int | None, **said: Any) -> None:
        for code in {country, said["recruited_in"]} - {"", *countries.countries}:
            raise CommandError(f"“{code}” is no country: give its two letters (ISO 3166), as in QA.")
        matter = Matter(
            country=country,
            region=said["region"],
            recruited_in=said["recruited_in"],
            sector=said["sector"],
            categories=frozenset(category),
            severity=Severity(severity) if severity else band(category),
            language=said["language"],
        )
        found = who_gets.preview(matter, on=clock.today())
        self.stdout.write(f"Rule “{found.route.rule.name}” of {rulebook.path()}, S{matter.severity}")
        if not found.route.asked:
            self.stdout.write("Nobody would get it.")
        for number, one in enumerate(found.route.asked, start=1):
            self.stdout.write(f"{number:2}. {_place(one.office)}: {who_gets.why(one, matter)}")
        if found.left_out:
            self.stdout.write("Not asked:")
        for left in found.left_out:
            self.stdout.write(f"    {_place(left.office)}: {' '.join(str(one) for one in left.why)}")

    def _coverage(self, *, as_json: bool) -> None:
        found = who_gets.coverage(on=clock.today())
        if as_json:
            self.stdout.write(json.dumps(_as_data(found), indent=1))
            return
        nobody = [one for one in found.countries if one.unserved.wholly]
        gaps = [one for one in found.countries if one not in nobody and _gaps(one)]
        whole = [one for one in found.countries if one not in nobody and one not in gaps]
        self._list(f"From {len(nobody)} countries nobody would get one, but for parts that are named:", nobody)
        self._list(f"From {len(gaps)} not everything has somebody:", gaps)
        self._list(f"From {len(whole)} everything has somebody:", whole)
        self.stdout.write(f"Of all others, {found.others_served} have somebody and {found.others_unserved} nobody.")
        for one in found.endings:
            self.stderr.write(f"{_place(one.office)}: its {one.what} ends on {one.on}. Have it renewed.")

    def _list(self, title: str, rows: list[Covered]) -> None:
        for line in (title, *(f"  {_line(one)}" for one in rows)):
            self.stdout.write(line)


def _place(office: Any) -> str:
    where = ", ".join(filter(None, (str(office.country), office.region)))
    return f"{office.name} ({where})"


def _gaps(covered: Covered) -> list[str]:
    """What nobody gets there, in words."""
    gaps = covered.unserved
    about = [str(Category(one).label) for one in gaps.categories if one]
    work = [str(Sector(one).label) for one in gaps.sectors if one]
    return [*about, *work]


def _line(covered: Covered) -> str:
    words = [f"{countries.name(covered.country)} ({covered.country}): {covered.offices} safe offices"]
    if covered.regions and covered.unserved.wholly:
        words.append(f"only in {', '.join(covered.regions)}")
    elif gaps := _gaps(covered):
        words.append(f"nobody for: {'; '.join(gaps)}" if not covered.unserved.wholly else "nobody")
    return ", ".join(words)


def _as_data(found: who_gets.Coverage) -> dict[str, Any]:
    rows = [asdict(one) | {"nobody": one.unserved.wholly} for one in found.countries]
    return {
        "on": clock.today().isoformat(),
        "countries": rows,
        "others": {"somebody": found.others_served, "nobody": found.others_unserved},
        "ends_soon": [
            {"office": str(one.office.pk), "name": one.office.name, "what": one.what, "on": one.on.isoformat()}
            for one in found.endings
        ],
    }
