"""Measures that take two officers: one proposes, another approves, and only then the verb runs, all or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from agencies.audit import record
from agencies.board.measures import MEASURES, Measure
from agencies.board.models import Application, ProposedMeasure, Stage
from agencies.board.signing import officer_name
from agencies.models import Kept
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

_ONE_OPEN: Final = "agencies_board_measure_one_open"


def take_measure(measure: Measure, subject: Model, given: Mapping[str, Any], *, by: User) -> Any:
    """Run a measure that one officer may take. What its verb gives back."""
    if measure.two:
        raise DecisionRefused(_("This takes a second officer."))
    return measure.run(subject, by=officer_name(by), **_said(given))


@transaction.atomic
def propose_measure(measure: Measure, key: uuid.UUID, typed: Mapping[str, list[str]], *, by: User) -> ProposedMeasure:
    """Propose a measure that takes two. ``typed`` is the form as it was filled in; it has to be right.

    One open proposal of a kind a subject. DecisionRefused with the form's words where it is not right.
    """
    name = officer_name(by)
    subject = measure.subject(key)
    _cleaned(measure, subject, typed)
    try:
        with transaction.atomic():
            proposal = ProposedMeasure.objects.create(
                measure=measure.slug,
                subject=key,
                typed={field: list(values) for field, values in typed.items()},
                seen=_version(subject),
                proposed_by=name,
                proposed_by_user=by,
                proposed_at=clock.now(),
            )
    except IntegrityError as error:
        if _ONE_OPEN in str(error):
            raise DecisionRefused(_("The same waits for a second officer already.")) from None
        raise
    record("propose_measure", by=name, on=proposal, text=f"{measure.slug} {key}")
    return proposal


@transaction.atomic
def approve_measure(proposal: ProposedMeasure, *, by: User) -> Any:
    """Approve what another officer proposed, and do it. StateChanged: closed by somebody else, or overtaken."""
    name = officer_name(by)
    # The row's lock makes officers who approve at once go one after the other.
    waiting = ProposedMeasure.objects.select_for_update().get(pk=proposal.pk)
    if waiting.stage != Stage.PROPOSED:
        raise StateChanged(_("Another officer closed this proposal first."))
    if waiting.proposed_by_user_id == by.pk:
        raise DecisionRefused(_("You proposed this. Another officer must approve it."))
    measure = MEASURES[waiting.measure]
    subject = measure.subject(waiting.subject)
    if _version(subject) != waiting.seen:
        raise StateChanged(_("It has changed since this was proposed. Withdraw the proposal and look again."))
    cleaned = _cleaned(measure, subject, waiting.typed)
    done = measure.run(subject, by=waiting.proposed_by, second_approver=name, **cleaned)
    ProposedMeasure.objects.filter(pk=waiting.pk).update(
        stage=Stage.APPROVED, closed_by=name, closed_by_user=by, closed_at=clock.now()
    )
    record("approve_measure", by=name, on=waiting, text=waiting.measure)
    proposal.refresh_from_db()
    return done


@transaction.atomic
def withdraw_measure(proposal: ProposedMeasure, *, by: User) -> None:
    """Take a proposal back (its proposer) or turn it down (a second officer). It stays on record."""
    name = officer_name(by)
    changed = ProposedMeasure.objects.filter(pk=proposal.pk, stage=Stage.PROPOSED).update(
        stage=Stage.WITHDRAWN, closed_by=name, closed_by_user=by, closed_at=clock.now()
    )
    if changed != 1:
        raise StateChanged(_("Another officer closed this proposal first."))
    record("withdraw_measure", by=name, on=proposal, text=proposal.measure)
    proposal.refresh_from_db()


def form_of(proposal: ProposedMeasure) -> Any:
    """The form as it was filled in, to be shown."""
    measure = MEASURES[proposal.measure]
    return measure.form(_data(proposal.typed), subject=measure.subject(proposal.subject))


def _version(subject: Model) -> int:
    """What the proposer must have seen for the proposal to hold; 0 where nothing of the kind is counted.

    Of an application each step and each answer of the agency: no refusal is approved that has not read the answer.
    """
    if isinstance(subject, Application):
        return subject.steps.count() + subject.answers.count()
    return subject.version if isinstance(subject, Kept) else 0


def _cleaned(measure: Measure, subject: Model, typed: Mapping[str, list[str]]) -> dict[str, Any]:
    form = measure.form(_data(typed), subject=subject)
    if not form.is_valid():
        raise DecisionRefused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return _said(form.cleaned_data)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left open: the verbs have defaults for that."""
    return {name: value for name, value in given.items() if value not in (None, "")}


def _data(typed: Mapping[str, list[str]]) -> Any:
    from django.http import QueryDict

    data = QueryDict(mutable=True)
    for field, values in typed.items():
        data.setlist(field, list(values))
    return data
