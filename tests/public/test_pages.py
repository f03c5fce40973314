"""The public pages of the register, as a person without an account gets them."""

from __future__ import annotations

import datetime
import html
import re
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from wagtail.models import Page, Site

from agencies.actions import name_standard
from agencies.licensing import FRESH_DAYS, EventKind, State
from agencies.models import Agency, ListedStatus, Place, Register
from cms.models import GuidancePage, HomePage, RegisterPage
from cms.setup import ensure_site
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import day

pytestmark = pytest.mark.django_db

LIVE: dict[str, Any] = {"valid_from": cast.START, "valid_to": clock.today() + datetime.timedelta(days=400)}


def words(response: Any) -> str:
    """The page's text as it is read, without its marks."""
    page = response.content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def page_of(client: Client, agency: Agency, **asked: str) -> str:
    return words(client.get(reverse("cms:agency", args=[agency.pk]), asked))


def listed(age: int, *, state: State = State.ACTIVE, said: str = "Valid License", **given: Any) -> Agency:
    """An agency of a foreign list that is ``age`` days old."""
    as_of = clock.today() - datetime.timedelta(days=age)
    register, _ = Register.objects.get_or_create(
        code="xx", defaults={"name": "Elsewhere list", "country": "PH", "regulator": "Elsewhere Office"}
    )
    Register.objects.filter(pk=register.pk).update(as_of=as_of)
    agency = Agency.objects.create(register=register, name="Far Placement Inc", country="PH")
    place = Place.objects.create(agency=agency, register=register, address="1 Far Street")
    ListedStatus.objects.create(
        agency=agency, place=place, register=register, first_as_of=as_of, as_of=as_of, words=said, state=state,
        batch_id=uuid.uuid4(), recorded_at=clock.now(), **given,
    )  # fmt: skip
    return agency


# --- the answer -----------------------------------------------------------------------------------------


def test_a_licensed_agency_may_recruit_today(client: Client) -> None:
    said = page_of(client, cast.licence(**LIVE).agency)
    assert "This agency may recruit today." in said
    assert "RA-0010" in said
    assert "Licensed since 1 January 2026." in said


def test_a_suspended_agency_says_so_why_and_what_it_was_on_an_earlier_day(client: Client) -> None:
    licence = cast.licence(**LIVE)
    name_standard(register=licence.register, code="S-1", title="Charges no fee to a worker", by=cast.GRACE)
    cast.decide(licence, State.SUSP_DISC, effective_from=day(10))
    said = page_of(client, licence.agency)
    assert "This agency may not recruit today." in said
    assert "Suspended because it broke a rule since 11 January 2026." in said
    assert "Fees were charged to workers." in said
    assert "S-1 Charges no fee to a worker" in said
    before = page_of(client, licence.agency, on=day(9).isoformat())
    assert "On 10 January 2026 this agency was allowed to recruit." in before
    assert "This agency may not recruit today." in before


def test_history_keeps_every_decision_with_number_law_reasons_and_names(client: Client) -> None:
    licence = cast.licence(**LIVE)
    hit = cast.decide(licence, State.SUSP_DISC, effective_from=day(10))
    cast.decide(
        licence, State.ACTIVE, kind=EventKind.APPEAL, overturns=hit, effective_from=day(20),
        decision_number="T-3", reasons="The notice was too short.", legal_basis="Tribunal Act s. 9",
    )  # fmt: skip
    said = page_of(client, licence.agency)
    assert "This agency may recruit today." in said
    for part in (
        "Decision D-1 of", "Decision D-2 of", "Decision T-3 of", "Fees were charged to workers.",
        "Rules broken: S-1.", "Recruitment Act s. 12", "Tribunal Act s. 9", "Approved by Henry Mwangi.",
        "Overturned on appeal on", "The notice was too short.",
    ):  # fmt: skip
        assert part in said, part


@pytest.mark.parametrize("state", [State.ACTIVE, State.REVOKED])
def test_a_foreign_list_older_than_30_days_never_says_today(client: Client, state: State) -> None:
    agency = listed(FRESH_DAYS + 1, state=state)
    on = clock.today().isoformat()
    search = words(client.get(reverse("cms:register"), {"q": agency.name}))
    for said in (page_of(client, agency), page_of(client, agency, on=on), search):
        assert not re.search(r"\btoday\b", said, re.I), said
        assert "list" in said
    assert "Ask the regulator what holds now: Elsewhere Office." in page_of(client, agency)


def test_a_fresh_foreign_list_says_today_and_gives_its_date(client: Client) -> None:
    said = page_of(client, listed(FRESH_DAYS))
    assert "This agency may recruit today." in said
    assert "The list of" in said


def test_the_answer_is_told_in_words_and_by_shape_not_by_colour_alone(client: Client) -> None:
    agency = cast.licence(**LIVE).agency
    page = client.get(reverse("cms:agency", args=[agency.pk])).content.decode()
    status = re.search(r'<div class="status is-may">.*?</div>\s*</div>', page, re.S)
    assert status and "<svg" in status[0] and "This agency may recruit today." in status[0]


@pytest.mark.parametrize(
    ("asked", "told"), [("nonsense", "Write the day like this"), ("2999-01-01", "has not come yet")]
)
def test_a_day_that_is_none_is_asked_again_in_plain_words(client: Client, asked: str, told: str) -> None:
    agency = cast.licence(**LIVE).agency
    said = page_of(client, agency, on=asked)
    assert told in said and "This agency may recruit today." in said


def test_name_twins_warn_of_one_another_with_their_own_answers(client: Client) -> None:
    one = cast.licence(cast.agency("Harbour Lights Recruitment"), "RA-1", **LIVE)
    two = cast.licence(cast.agency("Harbour Light Recruitment"), "RA-2", **LIVE)
    cast.decide(two, State.REVOKED, effective_from=day(3))
    said = page_of(client, one.agency)
    assert "nearly the same name" in said
    assert re.search(r"Harbour Light Recruitment.*This agency may not recruit today", said)
    alone = cast.licence(cast.agency("Quite Another Name"), "RA-3", **LIVE)
    assert "nearly the same name" not in page_of(client, alone.agency)


# --- searching ------------------------------------------------------------------------------------------


def test_search_finds_by_name_and_by_number_with_the_answer_in_words(client: Client) -> None:
    cast.licence(cast.agency("Harbour Lights Recruitment"), "RA-0451", **LIVE)
    for query in ("harbour lights", "ra 451"):
        said = words(client.get(reverse("cms:register"), {"q": query}))
        assert "Harbour Lights Recruitment" in said
        assert "This agency may recruit today." in said


@pytest.mark.parametrize("query", ["No Such Agency", "<script>alert(1)</script>", "999999", "x\0y", "ا" * 300])
def test_an_unknown_name_gets_a_page_that_explains_itself(client: Client, query: str) -> None:
    cast.licence(**LIVE)
    response = client.get(reverse("cms:register"), {"q": query})
    assert response.status_code == 200
    assert b"<script>" not in response.content
    if "\0" not in query and len(query) < 201:
        said = words(response)
        assert f"“{query}” is not in this register." in said
        assert "What this means" in said and "What you can do" in said


def test_an_empty_question_is_not_a_mistake(client: Client) -> None:
    response = client.get(reverse("cms:register"), {"q": "  "})
    assert "Write the name of the agency" in words(response)
    assert "not in this register" not in words(response)


def test_an_agency_that_is_not_there_is_a_plain_404(client: Client) -> None:
    response = client.get(reverse("cms:agency", args=[uuid.uuid4()]))
    assert response.status_code == 404
    assert b"There is no such page" in response.content


# --- what every page owes -------------------------------------------------------------------------------


def every_page(client: Client) -> dict[str, Any]:
    ensure_site(settings.ORIGIN)
    agency = cast.licence(**LIVE).agency
    urls = {
        "home": "/",
        "guidance": "/how-to-complain/",
        "register": reverse("cms:register"),
        "found": reverse("cms:register") + "?q=coast",
        "unknown": reverse("cms:register") + "?q=zzzz",
        "agency": reverse("cms:agency", args=[agency.pk]),
    }
    return {name: client.get(url) for name, url in urls.items()}


def test_every_public_page_has_a_title_of_its_own_and_one_first_heading(client: Client) -> None:
    pages = {name: r.content.decode() for name, r in every_page(client).items()}
    titles = {name: re.search(r"<title>(.*?)</title>", page, re.S) for name, page in pages.items()}
    assert len({title[1] for title in titles.values() if title}) == len(pages)
    assert all(page.count("<h1") == 1 for page in pages.values())


def test_public_pages_carry_the_strict_policy_no_script_and_no_cookie(client: Client) -> None:
    for name, response in every_page(client).items():
        assert "default-src 'none'" in response["Content-Security-Policy"], name
        assert "script" not in response["Content-Security-Policy"], name
        assert b"<script" not in response.content and b"style=" not in response.content, name
        assert not response.cookies and "Cookie" not in response.get("Vary", ""), name
        assert "max-age=60" in response["Cache-Control"], name


def test_what_somebody_searched_for_is_kept_by_no_shared_cache(client: Client) -> None:
    pages = every_page(client)
    private = {name for name, response in pages.items() if "private" in response["Cache-Control"]}
    assert private == {"register", "found", "unknown"}


def test_a_page_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    url = reverse("cms:agency", args=[cast.licence(**LIVE).agency.pk])
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_the_way_to_complain_tells_intake_nothing(client: Client) -> None:
    for name, response in every_page(client).items():
        links = re.findall(
            rf'<a[^>]*href="({re.escape(settings.ORIGINS["intake"])}[^"]*)"([^>]*)>', response.content.decode()
        )
        if name in ("home", "guidance", "unknown", "agency"):
            assert links, name
        for url, rest in links:
            assert url == settings.ORIGINS["intake"] + "/"
            assert 'rel="noreferrer"' in rest


def test_each_page_names_its_own_address_and_only_search_results_stay_out_of_indexes(client: Client) -> None:
    pages = {name: r.content.decode() for name, r in every_page(client).items()}
    named = {name: re.findall(r'rel="canonical" href="([^"]*)"', page) for name, page in pages.items()}
    assert named["home"] == [f"{settings.ORIGIN}/"]
    assert all(len(urls) == 1 and urls[0].startswith(f"{settings.ORIGIN}/") for urls in named.values()), named
    assert {name for name, page in pages.items() if "noindex" in page} == {"found", "unknown"}


# --- cost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agencies", [2, 15])
def test_search_costs_the_same_however_many_it_finds(
    client: Client, django_assert_num_queries: Any, agencies: int
) -> None:
    for number in range(agencies):
        cast.licence(cast.agency(f"Harbour Lights {number}"), f"RA-1{number:03}", **LIVE)
    url = reverse("cms:register")
    client.get(url, {"q": "harbour lights"})  # the names are read once a process
    with django_assert_num_queries(7):
        assert client.get(url, {"q": "harbour lights"}).content.count(b'role="row"') == agencies + 1


@pytest.mark.parametrize("events", [1, 9])
def test_a_status_page_costs_the_same_however_long_the_history(
    client: Client, django_assert_num_queries: Any, events: int
) -> None:
    licence = cast.licence(**LIVE)
    for number in range(events):
        to = State.ACTIVE if number % 2 else State.SUSP_DISC
        cast.decide(licence, to, effective_from=day(number + 1), decision_number=f"D-{number + 10}")
    url = reverse("cms:agency", args=[licence.agency_id])
    client.get(url)
    with django_assert_num_queries(21):
        client.get(url)


# --- the wall -------------------------------------------------------------------------------------------


def views(resolver: URLResolver) -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += views(entry)
        elif isinstance(entry, URLPattern):
            view = getattr(entry.callback, "view_class", entry.callback)
            found.append(f"{view.__module__}.{getattr(view, '__qualname__', '')}")
    return found


def test_no_route_of_the_public_zone_leads_to_complaints_and_they_are_not_installed() -> None:
    routes = views(get_resolver())
    assert len(routes) > 50 and not [route for route in routes if "complaints" in route]
    assert not apps.is_installed("complaints")
    assert {"complaints", "guardian"}.isdisjoint(app.label for app in apps.get_app_configs())
    assert set(settings.DATABASES) == {"default"}


# --- the site's tree ------------------------------------------------------------------------------------


def test_the_site_is_made_once_and_editors_changes_stay() -> None:
    home = ensure_site("https://register.example:8443")
    GuidancePage.objects.update(title="Complaints, and how")
    before = set(Page.objects.values_list("pk", "title", "path", "live"))
    assert ensure_site("https://register.example:8443") == home
    assert set(Page.objects.values_list("pk", "title", "path", "live")) == before
    assert (HomePage.objects.count(), RegisterPage.objects.count(), GuidancePage.objects.count()) == (1, 1, 1)
    site = Site.objects.get()
    assert (site.hostname, site.port, site.root_page_id, site.is_default_site) == (
        "register.example", 8443, home.pk, True,
    )  # fmt: skip


def test_the_register_stays_at_its_address_whatever_an_editor_calls_its_page(client: Client) -> None:
    ensure_site(settings.ORIGIN)
    page = RegisterPage.objects.get()
    page.slug = "elsewhere"
    page.save()
    response = client.get("/elsewhere/")
    assert (response.status_code, response["Location"]) == (302, reverse("cms:register"))
    assert client.get(reverse("cms:register")).status_code == 200
