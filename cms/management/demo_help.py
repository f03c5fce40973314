"""The demonstration's directory of help: made-up addresses in made-up countries (docs/decisions/0006).

The numbers are of the range 555-0100 to 555-0199, which reaches nobody: no emergency number that exists may
stand here, because somebody will touch it to see what happens.
"""

from __future__ import annotations

from datetime import date, timedelta

from agencies.help_actions import Free, HelpFacts, Kind, Papers

_SOURCE = "Made up for the demonstration"
_HARBOUR = "Harbour Street 1, Port Amber (made up)"


def demo_help(today: date) -> list[HelpFacts]:
    """Arland (XA) has something of most kinds, Borland (XB) little; one entry is old enough to say so."""
    recent, old = today - timedelta(days=20), today - timedelta(days=500)
    return [
        HelpFacts(
            "XA", Kind.EMERGENCY, "Arland emergency number (made up)", _SOURCE, recent,
            phones=("555-0199",), languages=("en",), hours="Day and night", free=Free.YES,
        ),
        HelpFacts(
            "XA", Kind.HOTLINE, "Arland helpline for migrant workers (made up)", _SOURCE, recent,
            phones=("555-0101", "555-0102"), languages=("en", "ar", "bn", "hi", "ne", "tl"), hours="Day and night",
            free=Free.YES, papers=Papers.SAYS_NOT,
        ),
        HelpFacts(
            "XA", Kind.UNION, "Domestic Workers' Union of Arland (made up)", _SOURCE, recent,
            phones=("555-0110",), website="https://union.arland.example/", visit=_HARBOUR, languages=("en", "id", "tl"),
            hours="Sundays, 10 to 6", free=Free.YES, papers=Papers.SAYS_NOT,
        ),
        HelpFacts(
            "XA", Kind.CENTRE, "Southern Migrant Resource Centre (made up)", _SOURCE, old,
            region="Southern District", phones=("555-0120",), visit=_HARBOUR, languages=("en", "ne", "si"),
            hours="Monday to Friday, 9 to 5",
        ),
        HelpFacts(
            "XA", Kind.CONSULATE, "Labour office of the Embassy of Borland (made up)", _SOURCE, recent,
            phones=("555-0130",), languages=("en", "es"), hours="Monday to Thursday, 9 to 1",
        ),
        HelpFacts(
            "XB", Kind.EMERGENCY, "Borland emergency number (made up)", _SOURCE, recent,
            phones=("555-0198",), languages=("en",), hours="Day and night", free=Free.YES,
        ),
        HelpFacts(
            "XB", Kind.MIGRANTS, "Borland Friends of Migrants (made up)", _SOURCE, recent,
            phones=("555-0150",), languages=("en", "fr", "am"), hours="Every day, 8 to 8", free=Free.YES,
            papers=Papers.SAYS_NOT,
        ),
    ]  # fmt: skip
