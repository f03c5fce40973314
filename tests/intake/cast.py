"""Who and what the intake tests play with: an agency in the register's copy, and a person who fills in the form."""

from __future__ import annotations

import datetime
import html
import re
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client

from agencies import names
from agencies.models import Agency, AgencyName, Licence, LicenceEvent, Register
from complaints.intake.progress import DRAWER, Progress
from recruitment_watch import clock

COPY = "register_copy"
CANARY = "pelican-umbrella-7741"
STORY = f"They took 3,000 for a visa. {CANARY}"


def licensed_agency(name: str = "Sunrise Placement Co") -> Agency:
    """An agency of the home register, licensed in 2026 and suspended since 15 June 2026. Inside `as_owner()`."""
    home = Register(code="home", name="Home register", country="QA", is_home=True)
    home.save(using=COPY)
    agency = Agency(register_id=home.pk, name=name, country="QA")
    agency.save(using=COPY)
    AgencyName(agency_id=agency.pk, name=name, script="Latn", core=names.core(name)).save(using=COPY)
    licence = Licence(
        agency_id=agency.pk,
        register_id=home.pk,
        number="RA-0042",
        number_core=names.number_core("RA-0042"),
        valid_from=datetime.date(2026, 1, 1),
        valid_to=datetime.date(datetime.date.today().year + 1, 12, 31),
    )
    licence.save(using=COPY)
    for position, (state, since) in enumerate(
        [("ACTIVE", datetime.date(2026, 1, 1)), ("SUSP_DISC", datetime.date(2026, 6, 15))], start=1
    ):
        LicenceEvent(
            licence_id=licence.pk,
            position=position,
            to_state=state,
            decision_number=f"D-{position}",
            legal_basis="Act 1",
            reasons="Took fees from workers." if position == 2 else "",
            standards=["S1"] if position == 2 else [],
            decided_on=since,
            decided_by="An official",
            second_approver="Another" if position == 2 else "",
            second_approved_on=since if position == 2 else None,
            effective_from=since,
            recorded_at=clock.now(),
        ).save(using=COPY)
    return agency


@dataclass
class Person:
    """A complainant at a browser: `go` follows the form with these answers, page by page."""

    client: Client
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def url(self, page: str) -> str:
        return "/en/" if page == "start" else f"/en/{page}/"

    def get(self, page: str) -> HttpResponse:
        return cast(HttpResponse, self.client.get(self.url(page), secure=True))

    def post(self, page: str, data: dict[str, Any] | None = None) -> HttpResponse:
        """Send a form, and go where the answer waits for it (complaints.intake.shown)."""
        response = self.client.post(self.url(page), data or {}, secure=True)
        if response.status_code == 303:
            response = self.client.get(response["Location"], secure=True)
        return cast(HttpResponse, response)

    def answer(self, page: str) -> HttpResponse:
        """Look at a page, then answer it as a browser would: with its hidden fields."""
        shown = text(self.get(page))
        return self.post(page, hidden(shown) | self.answers.get(page, {}))

    def go(self, *, until: str = "check") -> list[str]:
        """Answer page after page until `until` is reached; the pages on the way."""
        page, way = "start", []
        while page != until:
            way.append(page)
            response = self.answer(page)
            assert response.status_code == 302, (page, text(response))
            page = page_of(response)
        return way

    def go_from(self, page: str) -> None:
        """Go on from this page to the last look."""
        while page != "check":
            page = page_of(self.answer(page))

    def receipt(self) -> str:
        """The 24 digits on the receipt's page."""
        return "".join(re.findall(r"<span>(\d{4})</span>", text(self.get("number"))))


def person(client: Client, **answers: dict[str, Any]) -> Person:
    usual: dict[str, dict[str, Any]] = {
        "start": {"country": "QA"},
        "from": {"recruited_in": "same"},
        "name": {"name": f"Agency {CANARY}"},
        "own": {"words": f"Agency {CANARY}"},
        "time": {"when_0": "05", "when_1": "2026"},
        "kind": {"categories": ["fees", "documents_kept"]},
        "now": {"danger": "no"},
        "whose": {"whose": "mine"},
        "work": {"sector": "domestic"},
        "given": {"promised": f"A shop, they said. {CANARY}"},
        "money": {"money": "yes"},
        "paid": {"item": "medical", "amount": "3,000", "currency": "QAR", "whom": f"A man called {CANARY}"},
        "kept": {"papers": ["passport"]},
        "wish": {"wishes": ["refund"], "wish_words": f"An answer. {CANARY}"},
        "tell": {"may": "no"},
        "group": {"group": "no"},
        "words": {"happened": STORY},
        "reach": {"reach": "yes"},
        "how": {"how": "call", "where": f"+974 5555 {CANARY}", "when": "Fridays"},
    }
    return Person(client, usual | answers)


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def page_of(response: HttpResponse) -> str:
    """The page that a redirect leads to, by its name in the address."""
    return response["Location"].partition("?")[0].removeprefix("/en/").strip("/") or "start"


def hidden(shown: str) -> dict[str, str]:
    """The hidden fields of a page, apart from the token."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", shown):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = value[1] if value else ""
    return found


def drafted(client: Client) -> Progress:
    """What the draft of this browser holds."""

    class Asked:
        COOKIES = {name: cookie.value for name, cookie in client.cookies.items()}

    entry = DRAWER.read(Asked())  # type: ignore[arg-type]  # only the cookies are read
    assert entry
    return Progress.from_dict(entry.content)
