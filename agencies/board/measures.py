"""What officers do around a licence, one row a measure: on what, by which form, through which verb, by how many.

Where ``two`` is set one officer proposes and another approves: then the verb runs, under both names.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _say
from django.utils.translation import gettext_lazy as _

from agencies.around import conditions, guarantee, inquiries, operators, overlays, people
from agencies.around.kept import latest
from agencies.board import application_forms, applications, inquiry_forms, outcome
from agencies.board import measure_forms as forms
from agencies.board.models import Application
from agencies.licensing import State
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
    LicenceEvent,
    Operator,
    OperatorFlag,
    Points,
    Principal,
    Register,
    ResponsiblePerson,
    ShowCause,
    SubAgent,
    WarningNotice,
)

Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that an officer may do. ``run(subject, by=…, **cleaned)``, with ``second_approver`` where two act."""

    slug: str
    title: str | Promise
    on: tuple[type[Model], ...]
    form: type[forms.MeasureForm]
    run: Run
    two: bool = False
    #: What the officer is told once, from what the verb gave back.
    tells: Callable[[Any], str] | None = None

    def subject(self, key: uuid.UUID) -> Model:
        """The subject by its key: of a thing its last version. ``DoesNotExist`` where there is none."""
        for model in self.on:
            try:
                if issubclass(model, Kept):
                    return latest(model, key)
                return model._default_manager.get(**{"key" if model is Application else "pk": key})
            except model.DoesNotExist:  # type: ignore[attr-defined]  # every model has one
                continue
        raise self.on[0].DoesNotExist  # type: ignore[attr-defined]  # every model has one


def agency_of(subject: Model) -> Agency | None:
    """The agency that a measure is about; None for a warning, or an operator without one."""
    if isinstance(subject, Agency):
        return subject
    if isinstance(subject, Operator):
        return subject.agencies.order_by("name", "pk").first()
    if isinstance(subject, OperatorFlag):
        return agency_of(subject.operator)
    if isinstance(subject, Licence | Application):
        return subject.agency
    for name in ("agency", "licence"):
        if (found := getattr(subject, name, None)) is not None:
            return agency_of(found)
    return None


def _appeal(licence: Licence, *, event: str, **given: Any) -> Model:
    return overlays.file_appeal(LicenceEvent.objects.get(pk=event, licence=licence), **given)


def _relate(operator: Operator, *, other: str, kind: str, **given: Any) -> Model:
    from agencies.models import OperatorRelation

    return operators.relate(operator, Operator.objects.get(pk=other), OperatorRelation.Kind(kind), **given)


def _warn(register: Register, **given: Any) -> Model:
    return operators.warn_of(register=register, **given)


def _upheld(row: Appeal, *, to: str, **given: Any) -> Model:
    return overlays.uphold_appeal(row, to=State(to), **given)


def _ends(row: Appeal, *, outcome: str, **given: Any) -> Model:
    return overlays.end_appeal(row, Appeal.Outcome(outcome), **given)


def _letter(asked: inquiries.Asked) -> str:
    return _say(
        "Write into the letter: reference %(reference)s, code %(code)s, answer at %(address)s."
        " The code is shown this once."
    ) % {
        "reference": asked.inquiry.reference,
        "code": asked.code,
        "address": settings.ORIGIN + reverse("cms:inquiry_back"),
    }


ENTRIES: Final = (Branch, SubAgent, ResponsiblePerson, Principal, JobOrder)
MEASURES: Final[dict[str, Measure]] = {
    one.slug: one
    for one in (
        Measure("condition", _("Impose a condition"), (Licence,), forms.ConditionForm, conditions.impose_condition),
        Measure("condition-met", _("The condition is met"), (Condition,), forms.Why, conditions.meet_condition),
        Measure("condition-later", _("Give more time"), (Condition,), forms.MoreTime, conditions.extend_condition),
        Measure(
            "condition-waived", _("Give the condition up"), (Condition,), forms.Decided, conditions.waive_condition,
            two=True,
        ),
        Measure("points", _("Give points"), (Licence,), forms.PointsForm, overlays.give_points),
        Measure("points-struck", _("Strike points off"), (Points,), forms.Why, overlays.strike_points, two=True),
        Measure("question", _("Ask the holder"), (Licence,), forms.ShowCauseForm, overlays.ask_to_show_cause),
        Measure("question-answer", _("Note the answer"), (ShowCause,), forms.AnswerForm, overlays.note_answer),
        Measure("question-closed", _("Close the question"), (ShowCause,), forms.Why, overlays.close_show_cause),
        Measure("appeal", _("Record an appeal"), (Licence,), forms.AppealForm, _appeal),
        Measure("appeal-ended", _("Dismissed or withdrawn"), (Appeal,), forms.AppealEnds, _ends),
        Measure("appeal-upheld", _("Upheld"), (Appeal,), forms.AppealUpheld, _upheld, two=True),
        Measure("guarantee", _("Lodge a guarantee"), (Agency,), forms.LodgeForm, guarantee.lodge_guarantee),
        Measure("guarantee-top-up", _("Money came in"), (Guarantee,), forms.AmountForm, guarantee.top_up),
        Measure(
            "guarantee-call", _("Call the guarantee"), (Guarantee,), forms.OutForm, guarantee.call_guarantee, two=True
        ),
        Measure(
            "guarantee-back", _("Give money back"), (Guarantee,), forms.OutForm, guarantee.release_guarantee, two=True
        ),
        Measure("branch", _("Enter a branch"), (Agency,), forms.BranchForm, people.open_branch),
        Measure("sub-agent", _("Register a sub-agent"), (Agency,), forms.SubAgentForm, people.register_sub_agent),
        Measure("person", _("Name a responsible person"), (Agency,), forms.ResponsibleForm, people.name_responsible),
        Measure("principal", _("Accredit a principal"), (Agency,), forms.PrincipalForm, people.accredit_principal),
        Measure("order", _("Approve a job order"), (Principal,), forms.OrderForm, people.approve_job_order),
        Measure("ended", _("It stands no more"), ENTRIES, forms.Why, people.end_entry),
        Measure("name", _("The agency has a new name"), (Agency,), forms.NameForm, operators.rename_agency),
        Measure("bar", _("Bar from recruiting"), (Operator,), forms.DebarForm, operators.debar, two=True),
        Measure(
            "bar-lifted", _("Lift the bar"), (OperatorFlag,), forms.Decided, operators.lift_debarment, two=True
        ),
        Measure("dissolved", _("It is dissolved"), (Operator,), forms.DissolvedForm, operators.note_dissolved),
        Measure("related", _("It belongs together with another"), (Operator,), forms.RelateForm, _relate),
        Measure("warning", _("Warn of somebody unlicensed"), (Register,), forms.WarnForm, _warn, two=True),
        Measure(
            "warning-over", _("Withdraw the warning"), (WarningNotice,), forms.Why, operators.withdraw_warning,
            two=True,
        ),
        Measure("inquiry", _("Open an inquiry"), (Licence,), inquiry_forms.OpenForm, inquiries.open_inquiry),
        Measure(
            "inquiry-evidence", _("Add evidence of our own"), (Inquiry,), inquiry_forms.EvidenceForm,
            inquiries.add_evidence,
        ),
        Measure(
            "inquiry-asked", _("Give the holder notice"), (Inquiry,), inquiry_forms.NoticeForm, inquiries.ask_holder,
            tells=_letter,
        ),
        Measure("inquiry-answer", _("Note the answer"), (Inquiry,), forms.AnswerForm, inquiries.record_answer),
        Measure(
            "inquiry-found", _("A breach was found"), (Inquiry,), inquiry_forms.FoundForm, inquiries.find_breach
        ),
        Measure(
            "inquiry-nothing", _("Nothing was found"), (Inquiry,), inquiry_forms.NothingForm, inquiries.find_nothing
        ),
        Measure("evidence-struck", _("It does not count"), (Evidence,), forms.Why, inquiries.strike_evidence),
        Measure("app-more", _("Ask for what is missing"), (Application,), forms.Why, applications.ask_for_more),
        Measure(
            "app-review", _("Complete: put it before the board"), (Application,), application_forms.Nothing,
            applications.start_review,
        ),
        Measure("app-grant", _("Grant it"), (Application,), application_forms.GrantForm, outcome.grant_application),
        Measure(
            "app-notice", _("Give notice of a refusal"), (Application,), application_forms.NoticeForm,
            outcome.give_notice,
        ),
        Measure(
            "app-refused", _("Refuse it"), (Application,), application_forms.RefuseForm, outcome.refuse, two=True
        ),
        Measure(
            "app-answer", _("Note its answer to the notice"), (Application,), application_forms.ReplyForm,
            applications.record_reply,
        ),
        Measure("app-lapsed", _("Close it: nothing came"), (Application,), forms.Why, applications.lapse),
    )
}  # fmt: skip


def measures_on(model: type[Model]) -> list[Measure]:
    """What can be done with such a subject."""
    return [one for one in MEASURES.values() if model in one.on]
