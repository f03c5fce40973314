"""Every page of ours in the regulators' admin, in a real browser with its scripts, on a phone and on a desk: axe finds
nothing and nothing sticks out. Sign-in too, from the first time on.

Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser

from tests import codes
from tests.system.eyes import AXE, HEIGHT, RULES, SCREENSHOTS
from tests.system.regulators import sign_in
from tests.system.stage import Stage

WIDTHS = (320, 1280)
# What the pages are about, made by the verbs themselves in the public zone; the last line is what to visit.
MADE = """
import datetime, json
from dataclasses import replace
from decimal import Decimal
from django.contrib.auth.models import User
from django.urls import reverse
from agencies.around.conditions import impose_condition
from agencies.around.guarantee import lodge_guarantee
from agencies.around.kept import follow
from agencies.board.actions import propose
from agencies.board.applications import add_document, object_to, submit
from agencies.board.help_proposals import propose_help, withdraw_at_once
from agencies.board.measure_actions import propose_measure
from agencies.board.measures import MEASURES
from agencies.help_actions import facts_of
from agencies.licensing import State
from agencies.models import Agency, Guarantee, HelpEntry, Register
from recruitment_watch import clock

today = clock.today()
officer = User.objects.get(username="officer")
home = Register.objects.get(is_home=True)
agency = Agency.objects.get(name="Harbour Light Recruitment Ltd")
licence = agency.licences.get()
other = Agency.objects.get(name="Golden Ladder Manpower Services")
row = impose_condition(licence, text="Pay back the fees of eleven workers.", by="Olive Marrow",
    effective_from=today - datetime.timedelta(60))
follow(row, verb="give_more_time", by="Olive Marrow", deadline=today - datetime.timedelta(20), reasons="Asked for.")
bond = lodge_guarantee(agency, form=Guarantee.Form.BANK, guarantor="Coast Bank", minimum=Decimal(1000), currency="USD",
    amount=Decimal(900), by="Olive Marrow")
said = dict(reasons="Fees were found in the books.", legal_basis="s. 30", decision_number="D-1", standards=["ARL 12"])
waiting = propose(licence, State.SUSP_DISC, by=officer, **said)
application, code = submit(home, dict(kind="NEW", licence_number="", name="Sea Breeze Ltd", operator="A. Person",
    responsible="A. Person", address="1 Road", phone="555-0101", email="", work="Cleaners", guarantor="Coast Bank",
    guarantee_amount=Decimal(1000), guarantee_currency="USD"))
add_document(application, title="Deed", data=b"%PDF-1", by=application.reference)
object_to(application, name="B. Person", contact="555-0102", text="It owes wages.")
paid = {"amount": ["100"], "reasons": ["Wages owed."], "decision_number": ["C-1"]}
measure = propose_measure(MEASURES["guarantee-call"], bond.thing, paid, by=officer)
newcomer = User.objects.create(username="newcomer", first_name="Nora", last_name="Comer")
newcomer.set_password("a long enough password"); newcomer.groups.set(officer.groups.all()); newcomer.save()
help, changed, gone = HelpEntry.objects.standing()[:3]
asked = {
    "new": propose_help(replace(facts_of(help), name="Lamp House Legal Aid"), by=officer),
    "change": propose_help(replace(facts_of(changed), name="Under another name"), by=officer, entry=changed),
    "withdrawal": withdraw_at_once(gone, reason="It has closed.", by=officer),
}
keys = {"Agency": agency.pk, "Licence": licence.pk, "Register": home.pk, "Application": application.key,
    "Guarantee": bond.thing, "Condition": row.thing}
forms = [reverse("rw_around:do", args=[name, keys[model.__name__]])
    for name, one in sorted(MEASURES.items()) for model in one.on if model.__name__ in keys]
pages = {
    "home": "/admin/", "account": reverse("admin_recovery_codes"),
    "agencies": reverse("rw_register:index"), "enter": reverse("rw_register:enter"),
    "agency": reverse("rw_register:agency", args=[agency.pk]), "grant": reverse("rw_register:grant", args=[agency.pk]),
    **{name: reverse("rw_register:" + name, args=[agency.pk, licence.pk])
        for name in ("propose", "correct", "history")},
    "outcome": reverse("rw_register:outcome", args=[other.pk, other.licences.get().pk]),
    "long-history": reverse("rw_register:history", args=[other.pk, other.licences.get().pk]),
    **{"due-" + what: reverse("rw_due:index", args=[what]) for what in ("expiring", "conditions", "guarantees")},
    "decisions": reverse("rw_decisions:index"), "decision": reverse("rw_decisions:decision", args=[waiting.pk]),
    "measures": reverse("rw_around:index"), "around": reverse("rw_around:agency", args=[agency.pk]),
    "measure": reverse("rw_around:measure", args=[measure.pk]),
    "applications": reverse("rw_applications:index"),
    "application": reverse("rw_applications:one", args=[application.key]),
    "referrals": reverse("rw_referrals:index"), "standards": reverse("rw_standards:index"),
    "name-standard": reverse("rw_standards:name"), "directory": reverse("rw_directory:index"),
    "enter-help": reverse("rw_directory:enter"), "help": reverse("rw_directory:entry", args=[help.pk]),
    "change-help": reverse("rw_directory:change", args=[help.pk]),
    "withdraw-help": reverse("rw_directory:withdraw", args=[help.pk]),
    **{"help-" + name: reverse("rw_directory:proposal", args=[one.pk]) for name, one in asked.items()},
    **{"do-" + address.strip("/").split("/")[-2]: address for address in forms},
}
print(json.dumps({"pages": pages, "agency": str(agency.pk),
    "public": reverse("cms:licence", args=[other.pk, other.licences.get().pk])}))
"""
REFERRAL = (
    "INSERT INTO agencies_referral (id, agency_id, agency_name, standards, evidence_class, quarter, state, taken_by, "
    "taken_in) VALUES (gen_random_uuid(), %s, 'Harbour Light Recruitment Ltd', '{ARL 12}', 'INSPECTION', '2026-Q1', "
    "'RECEIVED', '', '') RETURNING id"
)


class Looking:
    """A browser with script, and what is wrong with each page that it was shown."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.context = browser.new_context(ignore_https_errors=True, locale="en")
        self.context.set_default_timeout(60_000)
        self.page, self.origin = self.context.new_page(), origin
        self.axe, self.wrong, self.seen = Path(AXE_FILE_PATH).read_text(), list[str](), list[str]()
        self.strangers: list[str] = []
        self.page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.strangers.append(url)

    def go(self, name: str, path: str) -> None:
        answer = self.page.goto(self.origin + path)
        assert answer is not None and answer.status == 200, f"{name}: {answer and answer.status}"
        self.look(name)

    def look(self, name: str) -> None:
        self.seen.append(name)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.wait_for_load_state("networkidle")
            self.page.evaluate(self.axe)
            self.wrong += [f"{name} at {width}: {one}" for one in self.page.evaluate(AXE, RULES)]
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self.wrong.append(f"{name} at {width}: {wide} px wide")
            if SCREENSHOTS:
                self.page.screenshot(path=f"{SCREENSHOTS}/admin-{name}-{width}.png", full_page=True)


@pytest.fixture
def looking(browser: Browser, stage: Stage) -> Iterator[Looking]:
    opened = Looking(browser, stage.installation.origin("public"))
    yield opened
    opened.context.close()


def test_no_page_of_ours_in_the_admin_has_anything_that_axe_finds(stage: Stage, looking: Looking) -> None:
    made = json.loads(stage.command("public", "shell", "-c", MADE).strip().splitlines()[-1])
    with stage.owner("register") as link:
        row = link.execute(REFERRAL, [made["agency"]]).fetchone()
    assert row is not None
    pages = made["pages"] | {"referral": f"/admin/register/referrals/{row[0]}/"}
    page = looking.page
    _the_first_time(looking)
    looking.context.clear_cookies()
    sign_in(page, stage, "officer")
    for name, path in pages.items():
        looking.go(name, path)
    for name, path in (("propose", pages["propose"]), ("enter", pages["enter"])):  # with its mistakes shown
        page.goto(looking.origin + path)
        page.locator('main form[method="post"] button[type="submit"]').last.click()
        looking.look(f"{name}-error")
    looking.context.clear_cookies()
    sign_in(page, stage, "approver")
    looking.go("decision-approver", pages["decision"])
    looking.go("public-licence", made["public"])
    assert looking.wrong == [], "\n".join(looking.wrong)
    assert looking.strangers == []
    assert len(looking.seen) > 45


def _the_first_time(looking: Looking) -> None:
    """An account without a second factor is led to set one up, and nowhere else."""
    page = looking.page
    looking.go("sign-in", "/admin/login/")
    page.fill('input[name="username"]', "newcomer")
    page.fill('input[name="password"]', "wrong")
    page.locator('main button[type="submit"]').click()
    looking.look("sign-in-error")
    page.fill('input[name="username"]', "newcomer")
    page.fill('input[name="password"]', "a long enough password")
    page.locator('main button[type="submit"]').click()
    looking.look("set-up")
    page.fill('input[name="code"]', "000000")
    page.locator('main button[type="submit"]').click()
    looking.look("set-up-error")
    page.goto(looking.origin + "/admin/")
    assert urlsplit(page.url).path == "/admin/login/"
    page.goto(looking.origin + "/admin/login/set-up/")
    secret = page.locator("main code").inner_text().replace(" ", "").strip()
    page.fill('input[name="code"]', codes.of_now(secret, "newcomer"))
    page.locator('main button[type="submit"]').click()
    looking.look("recovery-codes")
    looking.context.clear_cookies()
    page.goto(looking.origin + "/admin/login/")
    page.fill('input[name="username"]', "newcomer")
    page.fill('input[name="password"]', "a long enough password")
    page.locator('main button[type="submit"]').click()
    looking.look("second-step")


def test_axe_does_find_what_is_wrong(looking: Looking) -> None:
    """The control: a picture without words."""
    looking.go("sign-in", "/admin/login/")
    looking.page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    looking.look("spoilt")
    assert any("image-alt" in one for one in looking.wrong)
