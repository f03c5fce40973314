"""Who complained: under a lock of its own, which opens for an office on the word of two of its members (rule 10).

The approval is not acted on here: the worker's next tick takes its lock off and hands the inner box over
(complaints.escalation.identity). The complainant sees that it happened.
"""

from __future__ import annotations

from complaints.cases import pinned, sealing
from complaints.cases.models import Content, IdentityHolding
from complaints.cases.sealing import Sealed
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import VaultError

from . import disclosure
from .access import OpenCase, Unreadable, VaultClosed, require_visible
from .disclosure import Verb
from .keys import OpenVault


def is_released(case: OpenCase) -> bool:
    """Tell whether the office can open it now."""
    return IdentityHolding.objects.filter(case=case.case, office=case.office).exists()


def see(case: OpenCase, *, vault: OpenVault | None) -> Sealed:
    """Open who complained, after that is in the log and committed.

    Raises IdentityHolding.DoesNotExist where two members have not asked or the worker has not come by yet, VaultClosed,
    Unreadable; RuntimeError inside a transaction.
    """
    require_visible(case, case.member)
    released = IdentityHolding.objects.get(case=case.case, office=case.office)
    if vault is None or vault.member != case.member.pk or not vault.holds(case.office.pk):
        raise VaultClosed
    disclosure.record_first(Verb.IDENTITY_SEEN, by=case.member, office=case.office, case=case.case)
    row = case.case
    try:
        inner = retention.unwrap(
            pinned.week_keys().read(row.death_week), bytes(released.box), week=row.death_week,
            context=contexts.identity_holding(row.pk.bytes, case.office.pk.bytes),
        )  # fmt: skip
        key = vault.with_office(
            case.office.pk,
            lambda private: rungs.open_identity_inner(
                office_private=private, inner_box=inner, case=row.pk.bytes, number=released.rung
            ),
        )
        box = row.contents.get(kind=Content.Kind.IDENTITY).box
        return sealing.open_identity(key, bytes(box), case=row.pk)
    except (VaultError, Content.DoesNotExist):
        pass
    raise Unreadable("who complained does not open")
