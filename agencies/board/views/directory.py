"""The directory of help in the admin: who can be called in which country, proposed, changed and withdrawn.

What waits for a second officer has pages of its own (``help_proposals``).
"""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn

from agencies.board.help_forms import HelpForm, WithdrawForm
from agencies.board.help_proposals import propose_help, withdraw_at_once
from agencies.board.models import ProposedHelp, Stage
from agencies.board.roles import Right
from agencies.directory import papers_sentence
from agencies.help_actions import HelpFacts, facts_of
from agencies.models import HelpEntry
from agencies.models.help import BEFORE_TWO
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
        held = set(HelpEntry.objects.kept().values_list("country", flat=True))
        country = self.request.GET.get("country", "")
        rows = HelpEntry.objects.kept().order_by("checked_on", "country", "name")
        if country in held:
            rows = rows.filter(country=country)
        columns = [
            TitleColumn("name", label=_("Name"), get_url=lambda row: reverse("rw_directory:entry", args=[row.pk])),
            Column("country", label=_("Country"), accessor=lambda row: country_name(row.country)),
            Column("kind", label=_("Kind"), accessor="get_kind_display"),
            Column("papers", label=_("Papers and immigration"), accessor="get_papers_display"),
            Column("checked_on", label=_("Checked on")),
            Column("approved_by", label=_("Approved by"), accessor=approver),
        ]
        found = list(rows[:ROWS])
        return super().get_context_data(
            table=Table(columns, found, caption=gettext("Addresses of help")) if found else None,
            full=len(found) == ROWS,
            country=country,
            countries=sorted(((code, country_name(code)) for code in held), key=lambda pair: pair[1]),
            gone=HelpEntry.objects.newest().filter(withdrawn=True).order_by("-entered_at")[:ROWS],
            may_keep=self.may(Right.KEEP_DIRECTORY),
            waiting=self._waiting(),
            **kwargs,
        )

    def _waiting(self) -> Table | None:
        rows = list(ProposedHelp.objects.filter(stage=Stage.PROPOSED).select_related("entry").order_by("proposed_at"))
        columns = [
            TitleColumn(
                "name",
                label=_("Name"),
                accessor=str,
                get_url=lambda row: reverse("rw_directory:proposal", args=[row.pk]),
            ),
            Column("change", label=_("What waits"), accessor="get_change_display"),
            Column("proposed_by", label=_("Proposed by")),
            DateColumn("proposed_at", label=_("Proposed")),
        ]
        return Table(columns, rows[:ROWS], caption=gettext("Waiting")) if rows else None


def country_name(code: str) -> str:
    return str(countries.name(code) or code)


def approver(entry: HelpEntry) -> str:
    """Who approved it; for an entry of a time when one person was enough, that nobody did."""
    if entry.approved_by == BEFORE_TWO:
        return gettext("Nobody yet: shown to nobody. Change it, or say that it was checked again.")
    return entry.approved_by


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
            approved_by=approver(entry),
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
    """Propose an address of help."""

    right = Right.KEEP_DIRECTORY
    form_class = HelpForm
    page_title = _("Propose an address of help")
    submit_label = _("Propose it")
    done = _("Proposed. Nobody is shown it before another officer approves it.")
    above = LIST

    def get_initial(self) -> dict[str, Any]:
        return {"papers": HelpEntry.Papers.UNKNOWN, "checked_on": clock.today()}

    def run(self, given: dict[str, Any]) -> None:
        propose_help(HelpFacts(**given), by=officer(self.request))

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
    """Propose what is so now, or that it was checked again: once approved, a new row takes the entry's place."""

    right = Right.KEEP_DIRECTORY
    form_class = HelpForm
    page_title = _("Change an address of help")
    submit_label = _("Propose this in its place")
    done = _("Proposed. What stands there holds until another officer approves it.")
    above = LIST

    def get_initial(self) -> dict[str, Any]:
        facts = facts_of(self.entry)
        return {name: getattr(facts, name) for name in facts.__slots__} | {"checked_on": clock.today()}

    def run(self, given: dict[str, Any]) -> None:
        propose_help(HelpFacts(**given), entry=self.entry, by=officer(self.request))


class WithdrawHelp(_OfEntry, Asked):
    """Take an entry out of what people see, at once; another officer confirms it later."""

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
        withdraw_at_once(self.entry, reason=given["reason"], by=officer(self.request))
