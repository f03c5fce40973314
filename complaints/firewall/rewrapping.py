"""After a new generation: the cases that an office holds, sealed anew to it from an open vault, a batch at a time.

Until that is done for a case, the key that a leaver once had still opens its box, for whoever has a copy of the
database too. Rungs that are not released yet stay under the generation they were sealed to. Nothing is sealed to a
key before registrars have certified it: a row alone would make anybody a recipient of every case. It opens covers and
keys in memory, so each batch is in the log first, and whoever is recused from a case leaves it to a colleague.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from complaints.cases import pinned, routing, sealing
from complaints.cases.models import Content, EpochBox, Holding, IdentityHolding, Inspector, Office, OfficeKey
from complaints.cases.sealing import Sealed
from complaints.vault import contexts, epochs, retention, rungs
from complaints.vault.epochs import Place, Recipient
from complaints.vault.errors import VaultError
from complaints.vault.rungs import RungSecrets
from recruitment_watch import clock

from . import disclosure
from . import epochs as reading
from .access import VaultClosed, index_of, visible_holdings
from .disclosure import Verb
from .keys import OpenVault

BATCH = 50


def stale(office: Office) -> QuerySet[Holding]:
    """Holdings whose boxes are not known to be under the newest generation; none before a second one is certified."""
    newest = _target(office)
    if newest is None or newest.generation < 2:
        return Holding.objects.none()
    older = Q(generation=None) | Q(generation__lt=newest.generation)
    return Holding.objects.filter(older, office=office)


def stale_for(office: Office, member: Inspector) -> QuerySet[Holding]:
    """Those of them that this member may do: nobody seals a case anew from which they are recused."""
    return stale(office).filter(pk__in=visible_holdings(member).values("pk"))


def _target(office: Office) -> OfficeKey | None:
    """The key to seal to: the one that registrars certify today."""
    certified = routing.certified_keys(Office.objects.filter(pk=office.pk), on=clock.today())[office.pk]
    return OfficeKey.objects.filter(office=office, public_key=certified).first() if certified else None


def batch(office: Office, vault: OpenVault, *, by: Inspector) -> tuple[int, int]:
    """Seal up to BATCH held cases anew; how many were, and how many are left to `by`. In the log before one is opened.

    One that does not open is left as it is. Raises KeyError where the vault does not hold the newest generation: it was
    made after the vault was opened; VaultClosed where it is not theirs; RuntimeError inside a transaction.
    """
    if vault.member != by.pk:
        raise VaultClosed
    newest = _target(office)
    todo = list(stale_for(office, by).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if newest is None or not todo:
        return 0, 0
    index_key = vault.offices[office.pk][newest.generation]
    disclosure.record_first(Verb.RESEALED, by=by, office=office)
    done = 0
    # Locked and read anew one by one: the worker may be keeping a case on, under another week's file.
    locked = Holding.objects.select_related("case").select_for_update(of=("self", "case"))
    for key in todo:
        try:
            with transaction.atomic():
                if (holding := locked.filter(pk=key).first()) is not None:
                    _reseal(holding, newest, vault, index_key)
                    done += 1
        except VaultError:
            Holding.objects.filter(pk=key).update(generation=newest.generation)  # opens for nobody anyway
    return done, stale_for(office, by).count()


def _reseal(holding: Holding, newest: OfficeKey, vault: OpenVault, index_key: bytes) -> None:
    case, office = holding.case, holding.office_id
    week_key, public = pinned.week_keys().read(case.death_week), bytes(newest.public_key)
    mine, context = case.pk.bytes, contexts.holding(case.pk.bytes, office.bytes)
    inner = retention.unwrap(week_key, bytes(holding.box), week=case.death_week, context=context)
    secrets = vault.with_office(
        office,
        lambda private: rungs.open_inner(office_private=private, inner_box=inner, case=mine, number=holding.rung),
    )
    sealed = rungs.seal_inner(
        case=mine, number=holding.rung, office_public=public,
        cover=secrets.cover, body=secrets.body, rung_private=secrets.rung_private,
    )  # fmt: skip
    cover = sealing.open_cover(secrets.cover, bytes(case.contents.get(kind=Content.Kind.COVER).box), case=case.pk)
    Holding.objects.filter(pk=holding.pk).update(
        box=retention.wrap(week_key, sealed, week=case.death_week, context=context),
        generation=newest.generation,
        agency_index=index_of(holding, cover, index_key),
    )
    _reseal_epochs(holding, vault, secrets, cover, public, week_key)
    _reseal_identity(holding, vault, public, week_key)


def _reseal_epochs(
    holding: Holding, vault: OpenVault, secrets: RungSecrets, cover: Sealed, public: bytes, week_key: bytes
) -> None:
    case, office = holding.case, holding.office_id
    keys = reading.body_keys(holding, vault, cover=cover, body=secrets.body, rung_private=secrets.rung_private)
    made = sorted(keys)
    for box in case.epoch_boxes.filter(kind=EpochBox.Kind.OFFICE, office=office, epoch__in=keys):
        before = made[made.index(box.epoch) - 1]
        anew = epochs.seal_body(
            public, keys[box.epoch], place=Place(case.pk.bytes, box.epoch, case.death_week, week_key),
            kind=Recipient.OFFICE, recipient=office.bytes, previous_body=keys[before],
            maker=reading.maker(holding, vault),
        )  # fmt: skip
        EpochBox.objects.filter(pk=box.pk).update(box=anew.box)


def _reseal_identity(holding: Holding, vault: OpenVault, public: bytes, week_key: bytes) -> None:
    case, office = holding.case, holding.office_id
    context = contexts.identity_holding(case.pk.bytes, office.bytes)
    for row in IdentityHolding.objects.filter(case=case, office=office):
        inner = retention.unwrap(week_key, bytes(row.box), week=case.death_week, context=context)
        number = row.rung

        def opening(private: bytes, inner: bytes = inner, number: int = number) -> bytes:
            return rungs.open_identity_inner(office_private=private, inner_box=inner, case=case.pk.bytes, number=number)

        identity = vault.with_office(office, opening)
        sealed = rungs.seal_identity_inner(case=case.pk.bytes, number=number, office_public=public, identity=identity)
        box = retention.wrap(week_key, sealed, week=case.death_week, context=context)
        IdentityHolding.objects.filter(pk=row.pk).update(box=box)
