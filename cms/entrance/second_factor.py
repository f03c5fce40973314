"""An officer's second factor in the database: set up, check, renew, reset.

The key (RW_MFA_KEY) is on this zone's host and in no database. Signing in with a code writes nothing here; a
recovery code, which is used up, does. Each verb that changes a row writes an audit row in its transaction.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from agencies.audit import record
from cms.entrance import box as pure
from cms.entrance.box import Factors
from cms.entrance.models import SecondFactor
from recruitment_watch.tries import Spent

_SPENT = Spent()


def has_one(user: User) -> bool:
    return SecondFactor.objects.filter(user=user).exists()


def mark_of(user: User) -> str:
    """What a session that was opened with this account's second factor carries; '' for an account without one."""
    found = SecondFactor.objects.filter(user=user).values_list("pk", flat=True).first()
    return str(found or "")


def of(user: User) -> Factors | None:
    """The account's factors, or None before they are set up. Unreadable for a row that is not this account's."""
    row = SecondFactor.objects.filter(user=user).first()
    return _opened(row) if row else None


@transaction.atomic
def set_up(user: User, *, secret: str) -> list[str] | None:
    """Keep an account's factor; the recovery codes, to be shown once. None where there was one already."""
    codes = pure.new_codes()
    locked = pure.lock(settings.MFA_KEY, Factors(secret, pure.hashed(codes)), account=user.pk)
    row, made = SecondFactor.objects.get_or_create(user=user, defaults={"box": locked})
    if not made:
        return None
    record("set_up_second_factor", by=user.get_username(), on=row)
    return codes


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """New recovery codes, to be shown once; those before are worth nothing any more."""
    codes = pure.new_codes()
    row = SecondFactor.objects.select_for_update().get(user=user)
    _keep(row, Factors(_opened(row).secret, pure.hashed(codes)))
    record("renew_recovery_codes", by=user.get_username(), on=row)
    return codes


def is_code(user: User, secret: str, typed: str) -> bool:
    """Whether this is the app's code of now, not used before. By the real clock: the officer's phone has no other."""
    step = pure.step_of(secret, typed, seconds=time.time())
    return step is not None and _SPENT.spend(user.pk, secret, step)


def check(user: User, typed: str) -> bool:
    """Whether ``typed`` is the app's code of now or a recovery code; that one is used up by it."""
    factors = of(user)
    if factors is None:
        return False
    if is_code(user, factors.secret, typed):
        return True
    if pure.without(factors, typed) is None:
        return False
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().get(user=user)
        left = pure.without(_opened(row), typed)
        if left is None:
            return False  # somebody used it a moment ago
        _keep(row, left)
        record("use_recovery_code", by=user.get_username(), on=row)
    return True


@transaction.atomic
def reset(user: User, *, by: str, reasons: str) -> bool:
    """Take an account's second factor away: its sessions end, and it sets up another one at the next sign-in.

    False where there was none. The audit row says who did it and why.
    """
    row = SecondFactor.objects.select_for_update().filter(user=user).first()
    if row is None:
        return False
    record("reset_second_factor", by=by, on=row, text=f"{user.get_username()}: {reasons}"[:300])
    row.delete()
    return True


def _opened(row: SecondFactor) -> Factors:
    return pure.unlock(settings.MFA_KEY, bytes(row.box), account=row.user_id)


def _keep(row: SecondFactor, factors: Factors) -> None:
    locked = pure.lock(settings.MFA_KEY, factors, account=row.user_id)
    SecondFactor.objects.filter(pk=row.pk).update(box=locked)
