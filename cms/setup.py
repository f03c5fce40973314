"""The site as it stands on the first day: a home page, the register, and how to complain."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, Site

from cms.models import GuidancePage, HomePage, RegisterPage

_HOME: Final = _(
    "<p>Nobody may take money from you for a job. The employer pays.</p>"
    "<p>Look here before you sign or pay: may this agency recruit?</p>"
)
_REGISTER: Final = _("<p>Here you see whether an agency has a licence, and whether it had one on the day you paid.</p>")
_NOT_LISTED: Final = _(
    "<p>Do not pay, and do not give anybody your passport or papers.</p>"
    "<p>Ask the labour ministry of your country, or a trade union, or a migrant resource centre.</p>"
)
_COMPLAIN: Final = _(
    "<h2>You can complain</h2>"
    "<p>You can complain when an agency took money, lied about the work, changed the contract, kept your"
    " papers, or did not pay. You need no account. You do not have to say who you are.</p>"
    "<h2>Who reads it</h2>"
    "<p>Only a labour inspectorate. Before you write anything, the form says which one.</p>"
    "<h2>What nobody asks</h2>"
    "<p>Nobody asks whether you have a visa, where you are from, or where you live.</p>"
    "<h2>Your receipt</h2>"
    "<p>At the end you get a number of 24 digits. Write it down. With it you come back and read the answer."
    " Without it nobody can open your complaint for you.</p>"
)


@transaction.atomic
def ensure_site(origin: str) -> HomePage:
    """Make what is missing of the site at ``origin`` ("https://host:port"). Run again, it changes no page.

    Pages that editors have changed, moved or unpublished stay as they are.
    """
    address = urlsplit(origin)
    root = Page.get_first_root_node() or _root()
    home: HomePage | None = HomePage.objects.first()
    if home is None:
        home = HomePage(title=str(_("Recruitment Watch")), slug="rw-home", intro=str(_HOME))
        root.add_child(instance=home)
    if not RegisterPage.objects.exists():
        home.add_child(
            instance=RegisterPage(
                title=str(_("Licence register")),
                slug="register",
                show_in_menus=True,
                intro=str(_REGISTER),
                not_listed=str(_NOT_LISTED),
            )
        )
    if not GuidancePage.objects.exists():
        home.add_child(
            instance=GuidancePage(
                title=str(_("How to complain")), slug="how-to-complain", show_in_menus=True, body=str(_COMPLAIN)
            )
        )
    _ensure_address(home, host=address.hostname or "localhost", port=address.port or 443)
    return home


def _ensure_address(home: HomePage, *, host: str, port: int) -> None:
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    stale_welcome = site.root_page if site.root_page_id and site.root_page_id != home.pk else None
    site.hostname, site.port, site.root_page = host, port, home.page_ptr
    site.site_name = str(_("Recruitment Watch"))
    site.save()
    # Wagtail's own first page has nothing to say to anybody.
    if stale_welcome is not None and type(stale_welcome.specific) is Page:
        stale_welcome.delete()


def _root() -> Page:
    Locale.objects.get_or_create(language_code="en")
    return Page.add_root(title="Root")
