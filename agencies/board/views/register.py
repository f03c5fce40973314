"""Agencies and licences in the admin: find, look, enter an agency, grant a licence, propose a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from agencies.actions import grant_licence, name_standard, register_agency
from agencies.around.inquiries import found_by
from agencies.around.kept import stands
from agencies.board.actions import open_states, propose
from agencies.board.forms import AgencyForm, GrantForm, ProposalForm, StandardForm
from agencies.board.models import ProposedDecision
from agencies.board.roles import Right
from agencies.board.signing import officer_name
from agencies.extract import extract, moment
from agencies.licensing import SUSPENDED, Answer, State, answer_for, answers_for, status_on, statuses_on
from agencies.models import Agency, Condition, Licence, LicenceEvent, Standard
from agencies.refusals import DecisionRefused
from agencies.search import search
from agencies.wording import licence_timeline, sentence
from recruitment_watch import clock

from .base import Asked, Checked, Crumb, Shown, home_agency_or_404, home_register_or_404, officer

LIST: tuple[Crumb, ...] = ((_("Agencies and licences"), "rw_register:index"),)
#: Rows of the list; whoever wants another agency searches for it.
ROWS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list."""

    agency: Agency
    answer: Answer
    number: str

    @property
    def words(self) -> str:
        return sentence(self.answer)


class AgencyList(Shown):
    """Search over all registers; without a query, the first agencies of the home register by name."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/agencies.html"
    page_title = _("Agencies and licences")
    header_icon = "folder-open-inverse"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET.get("q", "").replace("\0", "").strip()
        rows = self._rows(query)
        columns = [
            TitleColumn(
                "agency", label=_("Agency"), get_url=lambda row: reverse("rw_register:agency", args=[row.agency.pk])
            ),
            Column("words", label=_("Answer today")),
            Column("number", label=_("Licence number")),
            Column("register", label=_("Register"), accessor=lambda row: row.agency.register.name),
        ]
        return super().get_context_data(
            query=query,
            table=Table(columns, rows, caption=gettext("Agencies")) if rows else None,
            full=not query and len(rows) == ROWS,
            may_enter=self.may(Right.GRANT_LICENCE),
            **kwargs,
        )

    def _rows(self, query: str) -> list[Row]:
        agencies: list[Agency]
        every = Agency.objects.select_related("register", "operator")
        if query:
            keys = [hit.agency_id for hit in search(query, limit=ROWS)]
            found = every.in_bulk(keys)
            agencies = [found[key] for key in keys if key in found]
        else:
            agencies = list(every.filter(register__is_home=True).order_by("name", "pk")[:ROWS])
        answers = answers_for(agencies)
        return [Row(agency, answers[agency.pk], answers[agency.pk].number) for agency in agencies]


class AgencyPage(Shown):
    """One agency: today's answer, its licences with their histories, and what an officer may do."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/agency.html"
    header_icon = "folder-open-inverse"
    above = LIST

    @cached_property
    def agency(self) -> Agency:
        every = Agency.objects.select_related("register", "operator")
        return get_object_or_404(every, pk=self.kwargs["key"])

    def get_page_title(self) -> str:
        return self.agency.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        licences: QuerySet[Licence] = self.agency.licences.prefetch_related("events").order_by("-valid_from")
        proposals = ProposedDecision.objects.filter(licence__agency=self.agency).order_by("-proposed_at")
        home = self.agency.register.is_home
        answer = answer_for(self.agency)
        statuses = statuses_on(licences, clock.today())
        return super().get_context_data(
            agency=self.agency,
            answer=answer,
            sentence=sentence(answer),
            licences=[
                {
                    "licence": licence,
                    "state": status.state.label
                    if (status := statuses[licence.pk]).state
                    else gettext("Not yet in force"),
                    "events": licence_timeline(licence.events.all()),
                }
                for licence in licences
            ],
            proposals=proposals,
            may_grant=home and self.may(Right.GRANT_LICENCE),
            may_propose=home and self.may(Right.PROPOSE_DECISION),
            **kwargs,
        )


class OfAgency(Checked):
    """A form about one agency of the home register."""

    kwargs: dict[str, Any]

    @cached_property
    def agency(self) -> Agency:
        return home_agency_or_404(self.kwargs["key"])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        *above, last = super().get_breadcrumbs_items()
        url = reverse("rw_register:agency", args=[self.agency.pk])
        return [*above, {"url": url, "label": self.agency.name}, last]

    def get_success_url(self) -> str:
        return reverse("rw_register:agency", args=[self.agency.pk])


class EnterAgency(Asked):
    """Enter an agency in the home register. It has no licence by that."""

    right = Right.GRANT_LICENCE
    form_class = AgencyForm
    page_title = _("Enter an agency")
    submit_label = _("Enter the agency")
    done = _("The agency is in the register. It has no licence yet.")
    above = LIST
    entered: Agency

    def run(self, given: dict[str, Any]) -> None:
        self.entered = register_agency(
            register=home_register_or_404(),
            name=given["name"],
            address=given["address"],
            phones=[given["phone"]] if given["phone"] else [],
            email=given["email"],
            by=officer_name(officer(self.request)),
        )

    def get_success_url(self) -> str:
        return reverse("rw_register:agency", args=[self.entered.pk])


class Grant(OfAgency, Asked):
    """Grant a licence: one officer suffices for what is not against the agency."""

    right = Right.GRANT_LICENCE
    form_class = GrantForm
    page_title = _("Grant a licence")
    submit_label = _("Grant the licence")
    done = _("The licence is granted and published.")
    above = LIST

    def run(self, given: dict[str, Any]) -> None:
        grant_licence(agency=self.agency, by=officer_name(officer(self.request)), **given)


class Propose(OfAgency, Asked):
    """Propose a decision on a licence; another officer approves it."""

    right = Right.PROPOSE_DECISION
    form_class = ProposalForm
    page_title = _("Propose a decision")
    submit_label = _("Propose it to a second officer")
    done = _("Proposed. It has no effect until a second officer approves it.")
    above = LIST

    @cached_property
    def licence(self) -> Licence:
        return get_object_or_404(self.agency.licences, pk=self.kwargs["licence_key"])

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.licence.events.count(), "inquiry": self.request.GET.get("inquiry", "")}

    def get_form_kwargs(self) -> dict[str, Any]:
        states = open_states(self.licence)
        lifting = State.ACTIVE in states and status_on(self.licence, clock.today()).state in SUSPENDED
        conditions = stands(Condition, licence=self.licence) if lifting else []
        more = {
            "states": states,
            "register": self.agency.register,
            "conditions": conditions,
            "inquiries": found_by(self.licence),
        }
        return {**super().get_form_kwargs(), **more}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {"number": self.licence.number, "agency": self.agency.name}
        return super().get_context_data(before=gettext("Licence %(number)s of %(agency)s.") % facts, **kwargs)

    def run(self, given: dict[str, Any]) -> None:
        propose(self.licence, State(given.pop("to")), by=officer(self.request), **given)


class History(Shown):
    """The whole history of a licence, with what is not published, as one page for paper and for a court."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/extract.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        every = Licence.objects.select_related("agency__register", "agency__operator")
        licence = get_object_or_404(every, pk=self.kwargs["licence_key"], agency=self.kwargs["key"])
        proposals = {row.event_id: row for row in ProposedDecision.objects.filter(licence=licence, event__isnull=False)}

        def proposed(event: LicenceEvent) -> list[dict[str, Any]]:
            row = proposals.get(event.pk)
            said = [(gettext("Proposed"), row.proposed_at), (gettext("Approved"), row.closed_at)] if row else []
            return [{"label": label, "value": moment(at)} for label, at in said if at]

        found = extract(licence, whole=True, more=proposed)
        address = settings.ORIGIN + reverse("cms:licence", args=[licence.agency_id, licence.pk])
        return {**kwargs, "extract": found, "drawn_up": moment(found.drawn_up), "address": address, "view": self}


class StandardList(Shown):
    """The standards that decisions name."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/standards.html"
    page_title = _("Standards")
    header_icon = "list-ul"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(Standard.objects.filter(register__is_home=True).order_by("code"))
        columns = [
            Column("code", label=_("Code")),
            Column("title", label=_("Duty")),
            Column("source", label=_("Law or convention")),
        ]
        return super().get_context_data(
            table=Table(columns, rows, caption=gettext("Standards")) if rows else None,
            may_name=self.may(Right.GRANT_LICENCE),
            **kwargs,
        )


class NameStandard(Asked):
    """Enter a standard."""

    right = Right.GRANT_LICENCE
    form_class = StandardForm
    page_title = _("Name a standard")
    submit_label = _("Enter the standard")
    done = _("The standard can be named in decisions now.")
    above = ((_("Standards"), "rw_standards:index"),)

    def run(self, given: dict[str, Any]) -> None:
        try:
            name_standard(register=home_register_or_404(), by=officer_name(officer(self.request)), **given)
        except IntegrityError as error:
            raise DecisionRefused(gettext("There is a standard with this code already.")) from error

    def get_success_url(self) -> str:
        return reverse("rw_standards:index")
