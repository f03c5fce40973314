"""What the officer decides on an application that the board has advised on. The board advises, the officer decides."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from agencies import names
from agencies.actions import grant_licence, register_agency
from agencies.around.conditions import impose_condition
from agencies.around.people import name_responsible
from agencies.board.applications import close, move
from agencies.board.models import Advice, Application, AppStage
from agencies.board.review import advice_on
from agencies.models import Agency, Operator, ResponsiblePerson
from agencies.refusals import DecisionRefused
from recruitment_watch import clock


@transaction.atomic
def grant_application(
    application: Application,
    *,
    number: str,
    valid_from: datetime.date,
    valid_to: datetime.date,
    decision_number: str,
    legal_basis: str,
    by: str,
    reasons: str = "",
    departure: str = "",
    provisional: bool = False,
    conditions: Sequence[str] = (),
    deadline: datetime.date | None = None,
) -> Application:
    """Grant it, with conditions where there are any: the agency, its licence, its people and the step, or nothing.

    ``departure`` is published, and needed where the board advised otherwise.
    """
    imposed = [text.strip() for text in conditions if text.strip()]
    _check_departure(application, Advice.CONDITIONS if imposed else Advice.GRANT, departure)
    agency = application.agency or _entered(application, by=by)
    licence = grant_licence(
        agency=agency, number=number, valid_from=valid_from, valid_to=valid_to, decision_number=decision_number,
        legal_basis=legal_basis, by=by, provisional=provisional, reasons=reasons,
    )  # fmt: skip
    event = licence.events.get(position=1)
    for text in imposed:
        impose_condition(
            licence, text=text, deadline=deadline, by=by, event=event, effective_from=max(valid_from, clock.today()),
            decision_number=decision_number,
        )  # fmt: skip
    return move(
        application, AppStage.GRANTED_WITH_CONDITIONS if imposed else AppStage.GRANTED, by=by, reasons=reasons,
        departure=departure.strip(), decision_number=decision_number, agency=agency, licence=licence,
    )  # fmt: skip


@transaction.atomic
def give_notice(
    application: Application,
    *,
    reasons: str,
    standards: Sequence[str],
    answer_by: datetime.date,
    decision_number: str,
    by: str,
) -> Application:
    """Say that it is to be refused, and why, so that the agency can answer first."""
    if advice_on(application) is None:
        raise DecisionRefused(_("The board has not advised on it yet."))
    if answer_by <= clock.today():
        raise DecisionRefused(_("Give the agency a day to answer that is still to come."))
    if not reasons.strip() or not standards:
        raise DecisionRefused(_("A refusal needs its reasons and the standards that it rests on."))
    return move(
        application, AppStage.NOTICE_TO_REFUSE, by=by, reasons=reasons, standards=list(standards),
        answer_by=answer_by, decision_number=decision_number,
    )  # fmt: skip


@transaction.atomic
def refuse(
    application: Application,
    *,
    reasons: str,
    decision_number: str,
    by: str,
    second_approver: str,
    departure: str = "",
) -> Application:
    """Refuse it, by two officers, after the agency could answer. The standards are those of the notice."""
    if not second_approver.strip() or names.fold_key(by) == names.fold_key(second_approver):
        raise DecisionRefused(_("A decision against an agency needs a second approver, another person."))
    notice = application.steps.filter(new=AppStage.NOTICE_TO_REFUSE).last()
    if application.stage != AppStage.NOTICE_TO_REFUSE or notice is None:
        raise DecisionRefused(_("Give notice first, so that the agency can answer."))
    assert notice.answer_by is not None  # a constraint holds it
    if clock.today() <= notice.answer_by:
        raise DecisionRefused(_("The agency may answer until %(day)s.") % {"day": notice.answer_by.isoformat()})
    _check_departure(application, Advice.REFUSE, departure)
    return close(
        application, AppStage.REFUSED, by=by, second_approver=second_approver, reasons=reasons,
        departure=departure.strip(), decision_number=decision_number, standards=notice.standards,
    )  # fmt: skip


def _check_departure(application: Application, outcome: Advice, departure: str) -> None:
    advice = advice_on(application)
    if advice is None:
        raise DecisionRefused(_("The board has not advised on it yet."))
    if advice.advice != outcome and not departure.strip():
        raise DecisionRefused(
            _("The board advised “%(advice)s”. Give the reasons for departing from it: they are published.")
            % {"advice": advice.get_advice_display()}
        )


def _entered(application: Application, *, by: str) -> Agency:
    """The agency of a new application, with its operator and who answers for it."""
    country = application.register.country
    operator = Operator.objects.create(name=names.tidy(application.operator)[:300], country=country)
    agency = register_agency(
        register=application.register, name=application.name, operator=operator, address=application.address,
        phones=[application.phone], email=application.email, by=by,
    )  # fmt: skip
    lines: Any = (line.strip() for line in application.responsible.splitlines())
    for name in filter(None, lines):
        name_responsible(agency, name=name[:200], part=ResponsiblePerson.Part.DIRECTOR, by=by)
    return agency
