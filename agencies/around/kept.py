"""The verbs that all things around a licence share: enter one, write its next version, ask what stands on a day."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, Final, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from agencies import names
from agencies.audit import record
from agencies.models import Kept
from agencies.models.kept import standing
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

K = TypeVar("K", bound=Kept)
_SHARED: Final = frozenset(
    {"id", "version", "effective_from", "recorded_at", "entered_by", "second_approver", "decision_number", "reasons"}
)


@transaction.atomic
def enter(
    model: type[K],
    *,
    verb: str,
    by: str,
    effective_from: datetime.date | None = None,
    second_approver: str = "",
    decision_number: str = "",
    reasons: str = "",
    **facts: Any,
) -> K:
    """Enter a thing, in force from a day (today when None). One audit row, named ``verb``."""
    _check_names(by, second_approver)
    row = model(
        effective_from=effective_from or clock.today(),
        recorded_at=clock.now(),
        entered_by=by,
        second_approver=second_approver,
        decision_number=decision_number,
        reasons=reasons.strip(),
        **facts,
    )
    _insert(row)
    record(verb, by=by, on=row, text=str(row)[:300])
    return row


@transaction.atomic
def follow(
    row: K,
    *,
    verb: str,
    by: str,
    effective_from: datetime.date | None = None,
    second_approver: str = "",
    decision_number: str = "",
    reasons: str = "",
    ended: bool = False,
    **changes: Any,
) -> K:
    """Write the next version of a thing. StateChanged when ``row`` is not its latest; DecisionRefused when it ended.

    What is not in ``changes`` stays as it was.
    """
    _check_names(by, second_approver)
    if row.ended:
        raise DecisionRefused(_("This has ended already. Enter it anew if it holds again."))
    facts = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in _SHARED}
    new = type(row)(
        **(facts | {"ended": ended}),
        version=row.version + 1,
        effective_from=effective_from or clock.today(),
        recorded_at=clock.now(),
        entered_by=by,
        second_approver=second_approver,
        decision_number=decision_number,
        reasons=reasons.strip(),
    )
    for name, value in changes.items():
        setattr(new, name, value)
    _insert(new)
    record(verb, by=by, on=new, text=str(new)[:300])
    return new


def end(row: K, *, verb: str, by: str, reasons: str, **given: Any) -> K:
    """From a day on (today when None) the thing stands no more. That it ended has reasons."""
    if not reasons.strip():
        raise DecisionRefused(_("Say why it ends."))
    return follow(row, verb=verb, by=by, reasons=reasons, ended=True, **given)


def latest(model: type[K], thing: uuid.UUID) -> K:
    """The last version of a thing. ``DoesNotExist`` where there is none."""
    found = model._default_manager.filter(thing=thing).order_by("-version").first()
    if found is None:
        raise model.DoesNotExist
    return found


def stands(model: type[K], *, on: datetime.date | None = None, **of: Model | uuid.UUID) -> list[K]:
    """What stands of one kind around one thing (``agency=…``, ``licence=…``). One query."""
    return standing(model._default_manager.filter(**of), on=on or clock.today())


def _insert(row: Kept) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "_version_once" in str(error):
            raise StateChanged(_("Somebody else changed this first. Look again.")) from error
        raise


def _check_names(by: str, second_approver: str) -> None:
    if not by.strip():
        raise DecisionRefused(_("It needs the name of who enters it."))
    if second_approver.strip() and names.fold_key(by) == names.fold_key(second_approver):
        raise DecisionRefused(_("The second approver must be another person."))
