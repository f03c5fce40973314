"""Permissions of one person on one case, for a time: the only module that speaks to guardian (FIREWALL section 2).

A row alone gives nothing: it counts while the office that asked has the case, and while the person works inside rule 1
and nowhere outside it. All of that is asked again at every reading, so that nothing has to run for an end to count.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from complaints.cases import epochs
from complaints.cases.models import Case, Holding, Inspector, Membership, Office, Recusal
from complaints.vault.epochs import Maker
from recruitment_watch import clock

from .models import CaseGrant

LONGEST = timedelta(days=90)


class Capacity(models.TextChoices):
    """As what somebody is on a case: guardian's permissions on it. A lead is of the office; the others are guests."""

    LEAD = "lead_case", _("lead")
    INTERPRETER = "interpret_case", _("interpreter")
    SPECIALIST = "advise_case", _("specialist")


GUESTS = (Capacity.INTERPRETER, Capacity.SPECIALIST)


def live() -> QuerySet[CaseGrant]:
    """The permissions that count today."""
    today = clock.today()
    inside = Office.objects.may_hold(on=today)
    works = Membership.objects.filter(
        Q(until=None) | Q(until__gt=today), inspector=OuterRef("user"), inspector__is_active=True, since__lte=today
    )
    held = Holding.objects.filter(case=OuterRef("content_object"), office=OuterRef("office"))
    recused = Recusal.objects.filter(case=OuterRef("content_object"), inspector=OuterRef("user"))
    return CaseGrant.objects.filter(
        Exists(works.filter(office__in=inside)),
        ~Exists(works.exclude(office__in=inside)),
        Exists(held),
        ~Exists(recused),
        office__in=inside,
        until__gte=today,
    )


def live_grants(inspector: Inspector) -> QuerySet[CaseGrant]:
    """What somebody is invited to today as a guest, with case and office."""
    mine = live().filter(user=inspector, permission__codename__in=GUESTS)
    return mine.select_related("content_object", "office", "permission")


def grants_of(case: Case, *, office: Office) -> QuerySet[CaseGrant]:
    """Whom an office has on a case beyond its members' common right, and until when."""
    return (
        live().filter(content_object=case, office=office).select_related("user", "permission").order_by("until", "id")
    )


def leads(inspector: Inspector, case: Case, *, office: Office) -> bool:
    """Tell whether somebody leads a case for an office where they still work."""
    mine = grants_of(case, office=office).filter(user=inspector, permission__codename=Capacity.LEAD)
    return mine.filter(user__memberships__office=office).exists()


def guests_keys(case: Case, reader: Maker) -> dict[UUID, bytes]:
    """Guests' public keys by member, only those for whom an office that has the case has vouched to `reader`."""
    rows = live().filter(content_object=case, permission__codename__in=GUESTS, user__key__isnull=False)
    found = rows.values_list("user", "user__key__public_key", "voucher", "office")
    said = [(who, bytes(key), bytes(voucher), office) for who, key, voucher, office in found]
    return epochs.vouched(case.pk, said, reader=reader, holders=Office.objects.filter(holdings__case=case))


def give(case: Case, person: Inspector, capacity: Capacity, **more: object) -> CaseGrant:
    """Write the permission; what the person had on this case and has run out goes.

    Raises IntegrityError where the veto refuses.
    """
    CaseGrant.objects.filter(content_object=case, user=person, until__lt=clock.today()).delete()
    permission = Permission.objects.get(content_type__app_label="complaints", codename=capacity.value)
    return CaseGrant.objects.create(content_object=case, user=person, permission=permission, **more)  # type: ignore[no-any-return]  # guardian has no types
