"""The directory of help in the admin: who can be called in which country, entered, changed and withdrawn."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from agencies.board.actions import officer_name
from agencies.board.help_forms import HelpForm, WithdrawForm
from agencies.board.roles import Right
from agencies.directory import papers_sentence
from agencies.help_actions import HelpFacts, enter_help, facts_of, replace_help, withdraw_help
from agencies.models import HelpEntry
from recruitment_watch import cldr, clock

from .base import Asked, Checked, Crumb, Shown, officer

LIST: Final[tuple[Crumb, ...]] = ((_("Directory of help"), "rw_directory:index"),)
#: Rows of the list; whoever wants others chooses a country.
ROWS: Final = 200


class HelpList(Shown):
    """Standing entries of all countries or of one, those first whose check is longest ago."""

    right = Right.SEE_DIRECTORY
    template_name = "agencies_board/directory.html"
    page_title = _("Directory of help")
    header_icon = "help"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = set(HelpEntry.objects.standing().values_list("country", flat=True))
        country = self.request.GET.get("country", "")
        rows = HelpEntry.objects.standing().order_by("checked_on", "country", "name")
        if country in held:
            rows = rows.filter(country=country)
        columns = [
            TitleColumn("name", label=_("Name"), get_url=lambda row: reverse("rw_directory:entry", args=[row.pk])),
            Column("country", label=_("Country"), accessor=lambda row: country_name(row.country)),
            Column("kind", label=_("Kind"), accessor="get_kind_display"),
            Column("papers", label=_("Papers and immigration"), accessor="get_papers_display"),
            Column("checked_on", label=_("Checked on")),
        ]
        found = list(rows[:ROWS])
        return super().get_context_data(
            table=Table(columns, found, caption=gettext("Addresses of help")) if found else None,
            full=len(found) == ROWS,
            country=country,
            countries=sorted(((code, country_name(code)) for code in held), key=lambda pair: pair[1]),
            gone=HelpEntry.objects.newest().filter(withdrawn=True).order_by("-entered_at")[:ROWS],
            may_keep=self.may(Right.KEEP_DIRECTORY),
            **kwargs,
        )


def country_name(code: str) -> str:
    return str(countries.name(code) or code)


class HelpPage(Shown):
    """One entry as it stands, and what it was before."""

    right = Right.SEE_DIRECTORY
    template_name = "agencies_board/help_entry.html"
    header_icon = "help"
    above = LIST

    @cached_property
    def entry(self) -> HelpEntry:
        return get_object_or_404(HelpEntry, pk=self.kwargs["key"])

    def get_page_title(self) -> str:
        return self.entry.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entry = self.entry
        newest = not HelpEntry.objects.filter(replaces=entry).exists()
        return super().get_context_data(
            entry=entry,
            country=country_name(entry.country),
            languages=[cldr.own_name(code) for code in entry.languages],
            papers=papers_sentence(entry.kind, entry.papers),
            newest=newest,
            earlier=self._earlier(),
            may_keep=newest and not entry.withdrawn and self.may(Right.KEEP_DIRECTORY),
            **kwargs,
        )

    def _earlier(self) -> list[HelpEntry]:
        """What this entry replaced, newest first."""
        found: list[HelpEntry] = []
        before = self.entry.replaces
        while before is not None:
            found.append(before)
            before = before.replaces
        return found


class EnterHelp(Asked):
    """Enter an address of help."""

    right = Right.KEEP_DIRECTORY
    form_class = HelpForm
    page_title = _("Enter an address of help")
    submit_label = _("Enter it")
    done = _("The address is in the directory.")
    above = LIST

    def get_initial(self) -> dict[str, Any]:
        return {"papers": HelpEntry.Papers.UNKNOWN, "checked_on": clock.today()}

    def run(self, given: dict[str, Any]) -> None:
        enter_help(HelpFacts(**given), by=officer_name(officer(self.request)))

    def get_success_url(self) -> str:
        return reverse("rw_directory:index")


class _OfEntry(Checked):
    """A form about an entry that still stands."""

    kwargs: dict[str, Any]

    @cached_property
    def entry(self) -> HelpEntry:
        entry = get_object_or_404(HelpEntry, pk=self.kwargs["key"])
        if entry.withdrawn:
            raise Http404
        return entry

    def get_success_url(self) -> str:
        return reverse("rw_directory:index")


class ChangeHelp(_OfEntry, Asked):
    """Say what is so now, or that it was checked again: a new row takes the entry's place."""

    right = Right.KEEP_DIRECTORY
    form_class = HelpForm
    page_title = _("Change an address of help")
    submit_label = _("Put this in its place")
    done = _("Changed. What stood there before is kept.")
    above = LIST

    def get_initial(self) -> dict[str, Any]:
        facts = facts_of(self.entry)
        return {name: getattr(facts, name) for name in facts.__slots__} | {"checked_on": clock.today()}

    def run(self, given: dict[str, Any]) -> None:
        replace_help(self.entry, HelpFacts(**given), by=officer_name(officer(self.request)))


class WithdrawHelp(_OfEntry, Asked):
    """Take an entry out of what people see."""

    right = Right.KEEP_DIRECTORY
    form_class = WithdrawForm
    page_title = _("Withdraw an address of help")
    submit_label = _("Withdraw it")
    done = _("Withdrawn. Nobody is shown it any more.")
    above = LIST

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {"name": self.entry.name, "country": country_name(self.entry.country)}
        return super().get_context_data(before=gettext("%(name)s, %(country)s") % facts, **kwargs)

    def run(self, given: dict[str, Any]) -> None:
        withdraw_help(self.entry, reason=given["reason"], by=officer_name(officer(self.request)))
