"""A member's second factor in the database: set up, check, renew, reset. Only the desk can open the box.

The key (RW_MFA_KEY) is on the desk's host and in no database: who has only the tables learns that a member has
a second factor, and nothing of it. Signing in with a code or a passkey writes nothing here, so no row version
and no WAL record says when somebody signed in; a recovery code, which is used up, does.
"""

from __future__ import annotations

import time
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.db.models import F

from complaints.cases.models import Inspector, Membership
from complaints.cases.models.people import Role
from complaints.firewall import access, disclosure
from complaints.vault import second_factor as pure
from complaints.vault.second_factor import Factors
from recruitment_watch.tries import Spent

from .models import SecondFactor

_SPENT = Spent()


class Refused(Exception):
    """Only the head of an office resets a colleague's second factor, and nobody their own."""


def of(member: Inspector) -> Factors | None:
    """The member's factors, or None before they set one up. Raises BadEnvelope for a row that is not theirs."""
    row = SecondFactor.objects.filter(inspector=member).first()
    return _opened(row) if row else None


def has_one(member: Inspector) -> bool:
    return SecondFactor.objects.filter(inspector=member).exists()


def set_up(member: Inspector, *, secret: str = "", passkey: bytes = b"") -> list[str] | None:
    """Keep a member's first factor; the recovery codes, to be shown once. None where there was one already."""
    codes = pure.new_codes()
    factors = Factors(secret=secret, passkeys=(passkey,) if passkey else (), codes=pure.hashed(codes))
    box = pure.lock(_key(), factors, member=member.pk.bytes)
    _row, made = SecondFactor.objects.get_or_create(inspector=member, defaults={"box": box})
    return codes if made else None


def add(member: Inspector, *, secret: str = "", passkey: bytes = b"") -> None:
    """Another app (in place of the one before) or another passkey (the oldest of six goes)."""
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().get(inspector=member)
        factors = _opened(row)
        passkeys = (*factors.passkeys, passkey)[-pure.PASSKEYS :] if passkey else factors.passkeys
        _keep(row, replace(factors, secret=secret or factors.secret, passkeys=passkeys))


def renew_codes(member: Inspector) -> list[str]:
    """New recovery codes, to be shown once; those before are worth nothing any more."""
    codes = pure.new_codes()
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().get(inspector=member)
        _keep(row, replace(_opened(row), codes=pure.hashed(codes)))
    return codes


def is_code(member: Inspector, secret: str, typed: str) -> bool:
    """Whether this is the app's code of now, not used before. By the real clock: the member's phone has no other."""
    step = pure.step_of(secret, typed, seconds=time.time())
    return step is not None and _SPENT.spend("code", member.pk.bytes, secret, step)


def check(member: Inspector, factors: Factors, typed: str) -> bool:
    """Whether `typed` is the app's code of now or a recovery code; that one is used up by it."""
    if factors.secret and is_code(member, factors.secret, typed):
        return True
    if pure.without(factors, typed) is None:
        return False
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().get(inspector=member)
        left = pure.without(_opened(row), typed)
        if left is None:
            return False  # somebody used it a moment ago
        _keep(row, left)
    return True


def spend(challenge: str) -> bool:
    """Whether a passkey's challenge is answered for the first time."""
    return _SPENT.spend("challenge", challenge)


def reset(member: Inspector, *, by: Inspector) -> None:
    """Take a colleague's second factor away: they set up a new one when they next sign in; their sessions end.

    In the log with who did it to whom, where the office reads it. Raises Refused.
    """
    with transaction.atomic():
        office = _common_office(member, head=by)
        if office is None or member.pk == by.pk:
            raise Refused
        SecondFactor.objects.filter(inspector=member).delete()
        Inspector.objects.filter(pk=member.pk).update(session_generation=F("session_generation") + 1)
        disclosure.record(disclosure.Verb.SECOND_FACTOR_RESET, by=by, office=office.office, subject=member)


def _common_office(member: Inspector, *, head: Inspector) -> Membership | None:
    """The head's membership of an office in which the other one works too."""
    theirs = access.current_memberships(member).values("office")
    mine = access.current_memberships(head).filter(role=Role.HEAD, office__in=theirs)
    return mine.select_related("office").first()


def _opened(row: SecondFactor) -> Factors:
    return pure.unlock(_key(), bytes(row.box), member=row.inspector_id.bytes)


def _keep(row: SecondFactor, factors: Factors) -> None:
    box = pure.lock(_key(), factors, member=row.inspector_id.bytes)
    SecondFactor.objects.filter(pk=row.pk).update(box=box)


def _key() -> bytes:
    return settings.MFA_KEY.encode()
