"""What surrounds a licence, in the admin: one page of all that stands, one form a measure, two officers at need."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn

from agencies.around.guarantee import holdings
from agencies.around.kept import stands
from agencies.around.operators import flags_of, relations_of, warnings_standing
from agencies.board.measure_actions import approve_measure, form_of, propose_measure, take_measure, withdraw_measure
from agencies.board.measures import MEASURES, Measure, agency_of, measures_on
from agencies.board.models import Application, ProposedMeasure, Stage
from agencies.board.roles import Right
from agencies.models import (
    Agency,
    Appeal,
    Branch,
    Condition,
    Evidence,
    Guarantee,
    Inquiry,
    JobOrder,
    Kept,
    Licence,
    Operator,
    Points,
    Principal,
    Register,
    ResponsiblePerson,
    ShowCause,
    SubAgent,
)

from .base import Asked, Crumb, Shown, home_agency_or_404, officer, tell

LIST: tuple[Crumb, ...] = ((_("Agencies and licences"), "rw_register:index"),)
AROUND: tuple[Crumb, ...] = ((_("Measures"), "rw_around:index"),)
OF_LICENCE: tuple[type[Kept], ...] = (Condition, Points, ShowCause, Inquiry, Evidence, Appeal)
OF_AGENCY: tuple[type[Kept], ...] = (Guarantee, Branch, SubAgent, ResponsiblePerson, Principal, JobOrder)


def _links(model: type[Model], key: Any) -> list[dict[str, Any]]:
    return [{"url": reverse("rw_around:do", args=[m.slug, key]), "title": m.title} for m in measures_on(model)]


def _line(row: Kept, text: str = "") -> dict[str, Any]:
    return {"text": text or str(row), "since": row.effective_from, "by": row.entered_by, "row": row,
            "links": _links(type(row), row.thing)}  # fmt: skip


class AroundAgency(Shown):
    """All that stands around one agency today, with what an officer may do about each."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/around.html"
    header_icon = "folder-open-inverse"
    above = LIST

    @cached_property
    def agency(self) -> Agency:
        return home_agency_or_404(self.kwargs["key"])

    def get_page_title(self) -> str:
        return gettext("What surrounds %(agency)s") % {"agency": self.agency.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        agency = self.agency
        licences = list(agency.licences.order_by("-valid_from", "pk"))
        return super().get_context_data(
            agency=agency,
            may=self.may(Right.KEEP_AROUND),
            licences=[
                {
                    "licence": one,
                    "groups": [self._group(model, licence=one) for model in OF_LICENCE],
                    "links": _links(Licence, one.pk),
                }
                for one in licences
            ],
            groups=[self._group(model, agency=agency) for model in OF_AGENCY],
            short=[one for one in holdings(agency.pk) if one.short],
            links=_links(Agency, agency.pk),
            operator=self._operator(),
            **kwargs,
        )

    def _group(self, model: type[Kept], **of: Any) -> dict[str, Any]:
        return {"title": model._meta.verbose_name_plural, "rows": [_line(row) for row in stands(model, **of)]}

    def _operator(self) -> dict[str, Any] | None:
        operator = self.agency.operator
        if operator is None:
            return None
        return {
            "name": operator.name,
            "flags": [_line(flag) for flag in flags_of([operator.pk])[operator.pk]],
            "relations": [f"{r.operator.name}: {r.get_kind_display()}: {r.other.name}" for r in relations_of(operator)],
            "links": _links(Operator, operator.pk),
        }


class MeasureList(Shown):
    """Measures that wait for a second officer, and the warnings that stand."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/measures.html"
    page_title = _("Measures and warnings")
    header_icon = "warning"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = list(ProposedMeasure.objects.filter(stage=Stage.PROPOSED).order_by("proposed_at", "pk")[:200])
        home = Register.objects.filter(is_home=True).first()
        columns = [
            TitleColumn(
                "measure", label=_("Measure"), accessor=lambda row: MEASURES[row.measure].title,
                get_url=lambda row: reverse("rw_around:measure", args=[row.pk]),
            ),
            Column("proposed_by", label=_("Proposed by")),
            DateColumn("proposed_at", label=_("Proposed")),
        ]  # fmt: skip
        return super().get_context_data(
            table=Table(columns, waiting, caption=gettext("Waiting for a second officer")) if waiting else None,
            warnings=[_line(one) for one in warnings_standing()],
            links=_links(Register, home.pk) if home else [],
            may=self.may(Right.KEEP_AROUND),
            **kwargs,
        )


class Do(Asked):
    """One measure: its form, and then the verb, or the proposal to a second officer."""

    right = Right.KEEP_AROUND
    submit_label = _("Do it")

    @cached_property
    def measure(self) -> Measure:
        try:
            return MEASURES[self.kwargs["what"]]
        except KeyError:
            raise Http404 from None

    @cached_property
    def subject(self) -> Model:
        try:
            subject = self.measure.subject(self.kwargs["key"])
        except ObjectDoesNotExist:
            raise Http404 from None
        agency = agency_of(subject)
        register = agency.register if agency else getattr(subject, "register", subject)
        if isinstance(register, Register) and not register.is_home:
            raise Http404
        return subject

    #: What the verb has to tell, this once.
    told = ""

    @property
    def done(self) -> str:  # type: ignore[override]  # it depends on the measure
        if self.told:
            return self.told
        if self.measure.two:
            return gettext("Proposed. It has no effect until a second officer approves it.")
        return gettext("Done.")

    def get_page_title(self) -> str:
        return str(self.measure.title)

    def get_form_class(self) -> Any:
        return self.measure.form

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "subject": self.subject}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        agency = agency_of(self.subject)
        about = [agency.name] if agency and agency.pk != self.subject.pk else []
        return super().get_context_data(before=": ".join([*about, str(self.subject)]), **kwargs)

    def run(self, given: dict[str, Any]) -> None:
        by = officer(self.request)
        if self.measure.two:
            typed = {
                name: values for name, values in self.request.POST.lists() if name in self.measure.form.base_fields
            }
            propose_measure(self.measure, self.kwargs["key"], typed, by=by)
        else:
            made = take_measure(self.measure, self.subject, given, by=by)
            self.told = self.measure.tells(made) if self.measure.tells else ""

    def get_success_url(self) -> str:
        if isinstance(self.subject, Application):
            return reverse("rw_applications:one", args=[self.subject.key])
        agency = agency_of(self.subject)
        return reverse("rw_around:agency", args=[agency.pk]) if agency else reverse("rw_around:index")


class MeasurePage(Shown):
    """One measure that waits for a second officer. POST ``do`` = approve | withdraw."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/measure.html"
    header_icon = "tasks"
    above = AROUND

    @cached_property
    def proposal(self) -> ProposedMeasure:
        return get_object_or_404(ProposedMeasure, pk=self.kwargs["key"])

    @property
    def own(self) -> bool:
        return self.proposal.proposed_by_user_id == officer(self.request).pk

    def get_page_title(self) -> str:
        return str(MEASURES[self.proposal.measure].title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposal, form = self.proposal, form_of(self.proposal)
        waits = proposal.stage == Stage.PROPOSED
        agency = agency_of(form.subject)
        facts = [(field.label, ", ".join(proposal.typed.get(field.name, []))) for field in form]
        return super().get_context_data(
            proposal=proposal,
            agency=agency,
            subject=form.subject,
            facts=[(label, said) for label, said in facts if said],
            own=self.own,
            waits=waits,
            may_approve=waits and self.may(Right.APPROVE_DECISION) and not self.own,
            may_withdraw=waits and (self.own or self.may(Right.APPROVE_DECISION)),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        by, proposal = officer(request), self.proposal
        if request.POST.get("do") == "approve":
            if not self.may(Right.APPROVE_DECISION):
                raise PermissionDenied
            tell(request, lambda: approve_measure(proposal, by=by), gettext("Approved and done."))
        elif request.POST.get("do") == "withdraw":
            if not (self.own or self.may(Right.APPROVE_DECISION)):
                raise PermissionDenied
            said = gettext("The proposal is closed. It stays on record.")
            tell(request, lambda: withdraw_measure(proposal, by=by), said)
        return redirect("rw_around:measure", key=proposal.pk)
