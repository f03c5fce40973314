"""Which of an office's keys are its own: those that registrars signed for, and not what a database row offers.

Whoever can write to the database can put a row with a key of theirs beside an office's, wrapped to every member as the
genuine ones are. Nothing may be sealed to it, and no vault takes it in (FIREWALL rule 7). A certificate that has ended
still says whose key it was; only the first key, which is there before any certificate can be, needs none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from complaints.cases import pinned
from complaints.cases.models import OfficeCertificate, OfficeKey
from complaints.vault import certificates
from complaints.vault.certificates import SignedCertificate
from complaints.vault.errors import VaultError

FIRST = 1


def trusted(offices: Iterable[UUID]) -> dict[UUID, dict[int, bytes]]:
    """By office, the public keys (X25519) of its generations that may be used at all. Two queries."""
    wanted = list(offices)
    signed = _signed(wanted)
    found: dict[UUID, dict[int, bytes]] = {office: {} for office in wanted}
    for key in OfficeKey.objects.filter(office__in=wanted):
        public = bytes(key.public_key)
        said = signed[key.office_id].get(key.generation)
        if said == public or (said is None and key.generation == FIRST):
            found[key.office_id][key.generation] = public
    return found


def _signed(offices: list[UUID]) -> dict[UUID, dict[int, bytes]]:
    """What registrars signed, whenever that was."""
    found: dict[UUID, dict[int, bytes]] = defaultdict(dict)
    for row in OfficeCertificate.objects.filter(office__in=offices):
        with suppress(VaultError):
            signed = SignedCertificate.from_bytes(bytes(row.signed))
            said = certificates.OfficeCertificate.from_bytes(signed.body)
            certificates.verify(signed, pinned.roots(), today=said.not_before, office_id=row.office_id.bytes)
            found[row.office_id][said.generation] = said.public_key
    return found
