"""Addresses of help for the tests: a helpline that speaks two languages, and whatever differs from it."""

from __future__ import annotations

import datetime
from typing import Any

from agencies.help_actions import HelpFacts, Kind, enter_help
from agencies.models import HelpEntry
from recruitment_watch import clock

EDITH, HENRY = "Edith Wanjiru", "Henry Mwangi"


def days_ago(number: int) -> datetime.date:
    return clock.today() - datetime.timedelta(days=number)


def facts(name: str = "Workers' Helpline", **given: Any) -> HelpFacts:
    usual: dict[str, Any] = {
        "country": "KE",
        "kind": Kind.HOTLINE,
        "source": "Called by the regulator",
        "checked_on": days_ago(10),
        "phones": ("555-0101",),
        "languages": ("en", "sw"),
    }
    return HelpFacts(name=name, **(usual | given))


def entered(name: str = "Workers' Helpline", **given: Any) -> HelpEntry:
    return enter_help(facts(name, **given), by=EDITH, second_approver=HENRY)
