"""The register's admin pages: the whole permission matrix, two officers through the pages, referrals."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission
from wagtail.test.utils.form_data import nested_form_data, rich_text

from agencies.actions import name_standard
from agencies.board.applications import add_document
from agencies.board.disclosures import quarters_over
from agencies.board.help_proposals import propose_help
from agencies.board.measure_actions import propose_measure
from agencies.board.measures import MEASURES
from agencies.board.models import ProposedDecision, Stage
from agencies.board.roles import ROLES, Right, apply_roles
from agencies.licensing import State, status_on
from agencies.models import Agency, Licence, Referral, Register
from cms.models import GuidancePage
from cms.setup import ensure_site
from recruitment_watch import clock

from . import licensing_cast as cast
from .board_cast import before, seated_board, vote_on
from .help_cast import entered, facts
from .officers import Officers, officers
from .test_applications import applied
from .test_around import bond
from .test_around_admin import OUT
from .test_board import proposal

pytestmark = pytest.mark.django_db

Owner = Callable[[], AbstractContextManager[Any]]
#: Who may open what. Everybody else is sent away.
OFFICER, APPROVER, EDITOR, AUDITOR, REVIEWER = "grace", "henry", "edith", "amos", "wanda"
SEES = {OFFICER, APPROVER, AUDITOR}
GET = {
    "rw_register:index": SEES,
    "rw_register:agency": SEES,
    "rw_register:enter": {OFFICER},
    "rw_register:grant": {OFFICER},
    "rw_register:propose": {OFFICER},
    "rw_register:outcome": {OFFICER},
    "rw_register:correct": {OFFICER},
    "rw_register:history": SEES,
    "rw_due:index": SEES,
    "rw_around:index": SEES,
    "rw_around:agency": SEES,
    "rw_around:measure": SEES,
    "rw_around:do": {OFFICER},
    "rw_applications:index": SEES | {REVIEWER},
    "rw_applications:one": SEES | {REVIEWER},
    "rw_applications:document": SEES | {REVIEWER},
    "rw_decisions:index": SEES,
    "rw_decisions:decision": SEES,
    "rw_decisions:amend": {OFFICER},
    "rw_sanctions:index": SEES | {REVIEWER},
    "rw_sanctions:one": SEES | {REVIEWER},
    "rw_disclosures:index": SEES,
    "rw_disclosures:preview": SEES,
    "rw_referrals:index": {OFFICER, AUDITOR},
    "rw_referrals:referral": {OFFICER, AUDITOR},
    "rw_standards:index": SEES,
    "rw_standards:name": {OFFICER},
    "rw_directory:index": {OFFICER, APPROVER, EDITOR, AUDITOR},
    "rw_directory:entry": {OFFICER, APPROVER, EDITOR, AUDITOR},
    "rw_directory:proposal": {OFFICER, APPROVER, EDITOR, AUDITOR},
    "rw_directory:enter": {OFFICER, EDITOR},
    "rw_directory:change": {OFFICER, EDITOR},
    "rw_directory:withdraw": {OFFICER, EDITOR},
}
#: Who may do what: URL name, posted ``do``.
POST = {
    ("rw_decisions:decision", "approve"): {APPROVER},
    ("rw_decisions:decision", "withdraw"): {OFFICER, APPROVER},
    ("rw_decisions:decision", "depart"): {OFFICER},
    ("rw_decisions:amend", ""): {OFFICER},
    ("rw_sanctions:one", "vote"): {REVIEWER},
    ("rw_sanctions:one", "conflict"): {REVIEWER},
    ("rw_disclosures:preview", ""): {OFFICER},
    ("rw_applications:one", "vote"): {REVIEWER},
    ("rw_applications:one", "conflict"): {REVIEWER},
    ("rw_around:measure", "approve"): {APPROVER},
    ("rw_around:measure", "withdraw"): {OFFICER, APPROVER},
    ("rw_around:do", ""): {OFFICER},
    ("rw_register:outcome", ""): {OFFICER},
    ("rw_register:correct", ""): {OFFICER},
    ("rw_referrals:referral", "take"): {OFFICER},
    ("rw_referrals:referral", "close"): {OFFICER},
    ("rw_register:enter", ""): {OFFICER},
    ("rw_register:grant", ""): {OFFICER},
    ("rw_register:propose", ""): {OFFICER},
    ("rw_standards:name", ""): {OFFICER},
    ("rw_directory:enter", ""): {OFFICER, EDITOR},
    ("rw_directory:change", ""): {OFFICER, EDITOR},
    ("rw_directory:withdraw", ""): {OFFICER, EDITOR},
    ("rw_directory:proposal", "approve"): {APPROVER},
    ("rw_directory:proposal", "withdraw"): {OFFICER, APPROVER},
}
PEOPLE = (OFFICER, APPROVER, EDITOR, AUDITOR, REVIEWER, "outsider")


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.fixture
def licence(db: None) -> Licence:
    licence = cast.licence()
    name_standard(register=licence.register, code="S-1", title="Charges no fee", by=cast.GRACE)
    return licence


def referral(agency: Agency, as_owner: Owner, **given: Any) -> Referral:
    with as_owner():
        return Referral.objects.create(
            agency_id=agency.pk,
            agency_name=agency.name,
            standards=["S-1"],
            evidence_class=Referral.EvidenceClass.INSPECTION,
            quarter="2026-Q4",
            **given,
        )


@pytest.fixture
def addresses(people: Officers, licence: Licence, as_owner: Owner) -> dict[str, str]:
    waiting = proposal(people.grace, licence)
    arrived = referral(licence.agency, as_owner)
    helpline = entered()
    application = applied()
    paper = add_document(application, title="Deed", data=b"%PDF-1", by="x")
    measure = propose_measure(MEASURES["guarantee-call"], bond(licence.agency).thing, OUT, by=people.grace)
    keys: dict[str, list[Any]] = {
        "rw_register:agency": [licence.agency_id],
        "rw_register:grant": [licence.agency_id],
        "rw_register:propose": [licence.agency_id, licence.pk],
        "rw_register:outcome": [licence.agency_id, licence.pk],
        "rw_register:correct": [licence.agency_id, licence.pk],
        "rw_register:history": [licence.agency_id, licence.pk],
        "rw_due:index": ["expiring"],
        "rw_applications:one": [application.key],
        "rw_applications:document": [paper.pk],
        "rw_around:agency": [licence.agency_id],
        "rw_around:measure": [measure.pk],
        "rw_around:do": ["condition", licence.pk],
        "rw_decisions:decision": [waiting.pk],
        "rw_decisions:amend": [waiting.pk],
        "rw_sanctions:one": [before(waiting).key],
        "rw_disclosures:preview": [quarters_over()[0]],
        "rw_referrals:referral": [arrived.pk],
        "rw_directory:entry": [helpline.pk],
        "rw_directory:change": [helpline.pk],
        "rw_directory:withdraw": [helpline.pk],
        "rw_directory:proposal": [propose_help(facts("Another"), by=people.grace).pk],
    }
    return {name: reverse(name, args=keys.get(name)) for name in GET}


def enter(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def refused(response: Any) -> bool:
    """Wagtail sends people without the right to the admin's first page, or to the sign-in."""
    return response.status_code == 302 and response["Location"].split("?")[0] in (
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_login"),
    )


def test_each_page_opens_for_the_roles_that_may_see_it_and_for_nobody_else(
    client: Client, people: Officers, addresses: dict[str, str]
) -> None:
    opened: dict[str, set[str]] = {name: set() for name in GET}
    for who in PEOPLE:
        enter(client, getattr(people, who))
        for name, url in addresses.items():
            response = client.get(url)
            assert response.status_code == 200 or refused(response), (who, name, response.status_code)
            if response.status_code == 200:
                opened[name].add(who)
    assert opened == GET


@pytest.mark.parametrize(("name", "do"), POST)
@pytest.mark.parametrize("who", PEOPLE)
def test_each_deed_is_done_by_the_roles_that_may_do_it_and_by_nobody_else(
    client: Client, people: Officers, addresses: dict[str, str], who: str, name: str, do: str
) -> None:
    response = enter(client, getattr(people, who)).post(addresses[name], {"do": do})
    assert refused(response) == (who not in POST[name, do])


def test_anonymous_cannot_reach_any_page_of_the_admin(client: Client, addresses: dict[str, str]) -> None:
    for url in [*addresses.values(), reverse("wagtailadmin_home"), "/admin/pages/", "/admin/users/"]:
        response = client.get(url)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("wagtailadmin_login"))


def test_the_menu_offers_only_what_a_role_may_open(client: Client, people: Officers) -> None:
    offered = {}
    for who in (OFFICER, APPROVER, EDITOR, AUDITOR, REVIEWER):
        page = enter(client, getattr(people, who)).get(reverse("wagtailadmin_home")).content.decode()
        offered[who] = set(re.findall(r"/admin/register/(\w+)/", page)) - {"due"}
    every = {
        "agencies", "applications", "decisions", "sanctions", "around", "referrals", "disclosures", "standards",
        "directory",
    }  # fmt: skip
    assert offered == {
        OFFICER: every, APPROVER: every - {"referrals"}, EDITOR: {"directory"}, AUDITOR: every,
        REVIEWER: {"applications", "sanctions"},
    }  # fmt: skip


def test_an_officer_proposes_and_another_approves_through_the_pages(
    client: Client, people: Officers, licence: Licence
) -> None:
    url = reverse("rw_register:propose", args=[licence.agency_id, licence.pk])
    form = {
        "to": State.SUSP_DISC,
        "standards": ["S-1"],
        "reasons": "Fees were found in the books.",
        "legal_basis": "s. 12",
        "decision_number": "D-9",
        "effective_from": "",
        "seen": "1",
    }
    enter(client, people.grace).post(url, form)
    waiting = ProposedDecision.objects.get()
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    assert "Another officer must approve it" in client.get(page).content.decode()
    assert "Approve and publish" not in client.get(page).content.decode()

    enter(client, people.henry)
    told = client.post(page, {"do": "approve"}, follow=True).content.decode()
    assert "The board has not advised on it yet" in told
    board = seated_board()
    for user in board.members.values():
        vote_on(waiting, user)
    assert "Approve and publish" in client.get(page).content.decode()
    told = client.post(page, {"do": "approve"}, follow=True).content.decode()
    assert "Approved" in told
    assert status_on(licence, clock.today()).state == State.SUSP_DISC

    told = enter(client, people.ivy).post(page, {"do": "approve"}, follow=True).content.decode()
    assert "Henry Mwangi closed this proposal first" in told


def test_a_proposer_who_is_also_an_approver_still_needs_another_officer(
    client: Client, people: Officers, licence: Licence
) -> None:
    people.grace.groups.add(Group.objects.get(name="Second approver"))
    waiting = proposal(people.grace, licence)
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    told = enter(client, people.grace).post(page, {"do": "approve"}, follow=True).content.decode()
    waiting.refresh_from_db()
    assert "Another officer must approve it" in told
    assert (waiting.stage, licence.events.count()) == (Stage.PROPOSED, 1)


def test_a_refused_proposal_keeps_what_was_typed(client: Client, people: Officers, licence: Licence) -> None:
    url = reverse("rw_register:propose", args=[licence.agency_id, licence.pk])
    cast.decide(licence, State.SUSP_DISC)
    form = {
        "to": State.REVOKED, "standards": ["S-1"], "reasons": "Typed with care.", "legal_basis": "s. 12",
        "decision_number": "D-9", "seen": "1",
    }  # fmt: skip
    told = enter(client, people.grace).post(url, form).content.decode()
    assert "Another decision was recorded since you looked" in told
    assert "Typed with care." in told
    assert not ProposedDecision.objects.exists()


def test_an_officer_enters_an_agency_and_grants_it_a_licence(client: Client, people: Officers) -> None:
    cast.home_register()
    enter(client, people.grace).post(reverse("rw_register:enter"), {"name": "Lake Placement Ltd"})
    agency = Agency.objects.get(name="Lake Placement Ltd")
    today = clock.today()
    form = {
        "number": "RA-77",
        "valid_from": today.isoformat(),
        "valid_to": today.replace(year=today.year + 2, day=1).isoformat(),
        "decision_number": "D-1",
        "legal_basis": "s. 4",
    }
    url = reverse("rw_register:grant", args=[agency.pk])
    assert "would end before it begins" in client.post(url, form | {"valid_to": "2000-01-01"}).content.decode()
    client.post(url, form)
    licence = agency.licences.get()
    assert status_on(licence, today).state == State.ACTIVE
    assert licence.events.get().decided_by == "Grace Otieno"


def test_nothing_is_decided_about_an_agency_of_a_foreign_list(
    client: Client, people: Officers, licence: Licence, as_owner: Owner
) -> None:
    foreign = Register.objects.create(code="xx", name="Elsewhere", country="HK")
    agency = Agency.objects.create(register=foreign, name="Elsewhere Ltd", country="HK")
    response = enter(client, people.grace).get(reverse("rw_register:grant", args=[agency.pk]))
    assert response.status_code == 404


def test_a_referral_says_agency_standards_evidence_and_quarter_and_nothing_more(
    client: Client, people: Officers, licence: Licence, as_owner: Owner
) -> None:
    arrived = referral(licence.agency, as_owner)
    enter(client, people.grace)
    page = client.get(reverse("rw_referrals:referral", args=[arrived.pk])).content.decode()
    main = page[page.index("<main") : page.index("</main")]
    terms = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", main, re.S)
    said = {term: re.sub(r"<.*?>", "", text).strip() for term, text in terms}
    assert said == {
        "Agency": licence.agency.name,
        "Standards broken": "S-1 Charges no fee",
        "Kind of evidence": "An inspection",
        "Quarter": "2026-Q4",
        "State": "Received",
    }
    columns = {field.name for field in Referral._meta.get_fields()}
    assert columns == {
        "id", "agency_id", "agency_name", "standards", "evidence_class", "quarter", "state", "taken_by", "taken_in",
    }  # fmt: skip


def test_referrals_are_listed_by_quarter_and_name_and_never_by_arrival(
    client: Client, people: Officers, licence: Licence, as_owner: Owner
) -> None:
    for name in ("Zebra", "Mango", "Acacia"):
        row = referral(licence.agency, as_owner)
        with as_owner():
            Referral.objects.filter(pk=row.pk).update(agency_name=name)
    page = enter(client, people.amos).get(reverse("rw_referrals:index")).content.decode()
    assert [page.index(name) for name in ("Acacia", "Mango", "Zebra")] == sorted(
        page.index(name) for name in ("Acacia", "Mango", "Zebra")
    )


def test_an_officer_takes_a_referral_once_and_closes_it(
    client: Client, people: Officers, licence: Licence, as_owner: Owner
) -> None:
    arrived = referral(licence.agency, as_owner)
    page = reverse("rw_referrals:referral", args=[arrived.pk])
    enter(client, people.grace).post(page, {"do": "take"})
    arrived.refresh_from_db()
    assert (arrived.state, arrived.taken_by) == (Referral.State.TAKEN, "Grace Otieno")
    assert "first" in client.post(page, {"do": "take"}, follow=True).content.decode()
    client.post(page, {"do": "close"})
    arrived.refresh_from_db()
    assert arrived.state == Referral.State.CLOSED


def test_roles_describe_themselves_and_applying_them_again_changes_nothing(db: None) -> None:
    def held() -> tuple[set[Any], set[Any]]:
        return (
            set(Group.permissions.through.objects.values_list("id", "group_id", "permission_id")),
            set(GroupPagePermission.objects.values_list("id", "group_id", "permission_id")),
        )

    apply_roles()
    before = held()
    apply_roles()
    assert held() == before
    assert all(str(role.says).endswith(".") for role in ROLES)
    assert Permission.objects.filter(content_type__app_label="agencies_board").count() == len(Right) - 1
    for role in ROLES:
        names = Group.objects.get(name=role.name).permissions.values_list("content_type__app_label", "codename")
        assert {".".join(pair) for pair in names} == set(role.rights)


def test_the_admin_is_kept_by_no_cache_and_loads_nothing_from_elsewhere(
    client: Client, people: Officers, addresses: dict[str, str]
) -> None:
    enter(client, people.grace)
    for url in [reverse("wagtailadmin_home"), *addresses.values()]:
        response = client.get(url)
        assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        loads = re.findall(
            r"""<(?:script|img|iframe|link)[^>]+(?:src|href)=["'](https?:)?//""", response.content.decode()
        )
        assert not loads, url


@pytest.mark.parametrize("rows", [3, 12])
def test_lists_of_the_admin_cost_the_same_however_many_rows(
    client: Client, people: Officers, django_assert_max_num_queries: Any, rows: int, as_owner: Owner
) -> None:
    for number in range(rows):
        licence = cast.licence(cast.agency(f"Agency {number}"), f"RA-1{number:03}")
        proposal(people.grace, licence)
        referral(licence.agency, as_owner)
        entered(f"Helpline {number}")
    enter(client, people.grace)
    for name in ("rw_register:index", "rw_decisions:index", "rw_referrals:index", "rw_directory:index"):
        with django_assert_max_num_queries(14):
            client.get(reverse(name))


def test_an_editor_sees_a_preview_in_the_admin_which_nobody_else_may_frame(client: Client, people: Officers) -> None:
    page = ensure_site(settings.ORIGIN).get_children().type(GuidancePage).get()
    form = nested_form_data(
        {"title": "Seen before it is published", "slug": page.slug, "body": rich_text("<p>New</p>")}
    )
    form["comments-TOTAL_FORMS"] = form["comments-INITIAL_FORMS"] = "0"
    url = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    assert enter(client, people.edith).post(url, form).json()["is_valid"]
    response = client.get(url)
    assert "Seen before it is published" in response.content.decode()
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert (response["X-Frame-Options"], response["Cache-Control"]) == ("SAMEORIGIN", "private, no-store")


def test_what_leads_people_to_the_form_is_written_by_an_editor_and_published_by_another(
    client: Client, people: Officers
) -> None:
    page = ensure_site(settings.ORIGIN).get_children().type(GuidancePage).get().specific
    trap = '<p><a href="https://complain.evil.example/en/">Complain here</a></p>'
    form = nested_form_data({"title": page.title, "slug": page.slug, "body": rich_text(trap)})
    form |= {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0", "action-publish": "1"}
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    enter(client, people.edith).post(edit, form)
    assert "complain.evil" not in client.get(page.url).content.decode()
    page.refresh_from_db()
    assert page.has_unpublished_changes and "complain.evil" not in page.body
    for unpublish in (reverse(f"wagtailadmin_pages:{name}", args=[page.pk]) for name in ("unpublish", "delete")):
        client.post(unpublish)
    page.refresh_from_db()
    assert page.live
    form["body"] = rich_text("<p>Read again by another</p>")
    enter(client, people.henry).post(edit, form)
    page.refresh_from_db()
    assert "Read again by another" in page.body and not page.has_unpublished_changes


def test_nobody_changes_the_name_under_which_they_decide(client: Client) -> None:
    apply_roles()
    olive = User.objects.create_user("olive", first_name="Olive", last_name="Marrow")
    olive.groups.set(Group.objects.filter(name="Licensing officer"))
    client.force_login(olive)
    page = client.get("/admin/account/")
    assert page.status_code == 200
    assert "first_name" not in page.content.decode()
    client.post("/admin/account/", {"name_email-first_name": "Honourable", "name_email-last_name": "Minister"})
    olive.refresh_from_db()
    assert olive.get_full_name() == "Olive Marrow"
