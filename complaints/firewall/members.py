"""The people of an office: who joins, who is let in, who leaves, who has lost their words (FIREWALL rule 9).

A member's key is made from words that only they have seen. Joining therefore takes two steps: the newcomer enrols with
a code, and then a colleague with an open vault, who has compared six words with them in person, wraps the office's keys
to theirs and vouches for it. Nobody lets themselves in, and there is no escrow. Every step is in the log.

Nobody makes up a colleague alone: whoever can open an office's cases is one of its first two, or was sent their code by
one person who could open them and let in by another. A head who was never let in is no such person and sends nobody a
code. The operator's command counts as the one who sends. (Two who agree can make up a third, and go on from there.)
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, Q, QuerySet

from complaints.cases.models import (
    Absence,
    Case,
    Enrolment,
    Holding,
    Inspector,
    MemberKey,
    Membership,
    Office,
    OfficeKey,
    OfficeKeyWrap,
)
from complaints.cases.models.people import Role
from complaints.vault import members as vault
from complaints.vault.certificates import fingerprint_words
from complaints.vault.members import MemberRecord
from recruitment_watch import clock

from . import disclosure
from .access import VaultClosed, current_memberships
from .disclosure import Verb
from .keys import OpenVault
from .models import DisclosureDetail
from .trusted_keys import trusted

CODE_DAYS = 7


class NotAllowed(PermissionError):
    """This takes the head of the office; or a colleague, where somebody tries it for themselves."""


class SentByThem(NotAllowed):
    """Who invited a member, or had them enrol again, could have kept the code: somebody else lets that member in."""


class SentByOutsider(NotAllowed):
    """Who sent a member their code cannot open the office's cases: nobody who can stands behind the invitation."""


class OtherWords(ValueError):
    """The newcomer's key is not the one whose six words were compared."""


class WrongCode(ValueError):
    """No such enrolment: the code is wrong, used, or too old."""


class NameTaken(ValueError):
    """Somebody else has this user name."""


def colleagues(office: Office) -> QuerySet[Membership]:
    """Who works in the office today."""
    today = clock.today()
    current = Membership.objects.filter(office=office, since__lte=today, inspector__is_active=True)
    return current.exclude(until__lte=today).select_related("inspector").order_by("inspector__name")


def is_head(member: Inspector, office: Office) -> bool:
    return current_memberships(member).filter(office=office, role=Role.HEAD).exists()


def leads(member: Inspector, office: Office) -> bool:
    """Whether the person is lead inspector or head there."""
    return current_memberships(member).filter(office=office, role__in=(Role.LEAD, Role.HEAD)).exists()


def waiting(office: Office) -> list[Inspector]:
    """Members who have a key and cannot open the office's newest one yet.

    Not who has a code that is still to be used: their old key may have been made by whoever sent the code before.
    """
    newest = newest_key(office)
    if newest is None:
        return []
    wrapped = OfficeKeyWrap.objects.filter(office_key=newest).values("inspector")
    here = colleagues(office).filter(inspector__key__isnull=False, inspector__enrolment=None)
    return [one.inspector for one in here.exclude(inspector__in=wrapped)]


def newest_key(office: Office) -> OfficeKey | None:
    """The newest one that may be used: certified, or the office's first."""
    own = trusted([office.pk])[office.pk]
    return OfficeKey.objects.filter(office=office, generation=max(own)).first() if own else None


def sent_by(newcomer: Inspector) -> UUID | None:
    """Who invited them or had them enrol again, whichever came last, in any office: a code makes one key for all.

    None for the operator's command.
    """
    asked = DisclosureDetail.objects.filter(subject=newcomer, verb__in=(Verb.INVITED, Verb.RESET))
    return asked.order_by("-disclosure_id").values_list("inspector", flat=True).first()


def words_of(member: Inspector) -> str:
    """Six words that stand for the member's public key: to be compared in person, or by a voice that one knows."""
    return _words(bytes(member.key.public_key))


def _words(public: bytes) -> str:
    return " ".join(fingerprint_words(public))


# --- joining -------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    *, username: str, name: str, office: Office, role: str, by: Inspector | None, vault_of: OpenVault | None = None
) -> str:
    """Make a member, and the code with which they enrol; it is shown once and lasts a week.

    `by` is the head, with an open vault, or None for the operator's command, which an office's first head needs.
    Raises NotAllowed, VaultClosed, NameTaken; IntegrityError where rule 1 refuses the office.
    """
    if by is not None:
        _require_head(by, office, vault_of)
    if Inspector.objects.filter(username=username).exists():
        raise NameTaken(username)
    member = Inspector.objects.create(username=username, name=name, password=make_password(None))
    Membership.objects.create(inspector=member, office=office, role=role, since=clock.today())
    disclosure.record(Verb.INVITED, by=by, office=office, subject=member)
    return _new_code(member)


@transaction.atomic
def enrol(*, username: str, code: str, password: str) -> tuple[Inspector, str, str]:
    """Use a code up: set the password, make the member's key; the member, passphrase and recovery code.

    The last two exist nowhere else and are shown once. The first member of an office that has no key at all makes it.
    About a second. Raises WrongCode, also to who works in no office any more: a code brings nobody back.
    """
    row = Enrolment.objects.select_for_update().filter(inspector__username=username).first()
    known = bytes(row.code_hash) if row and row.expires > clock.today() else bytes(32)
    if not hmac.compare_digest(known, _hashed(code)) or row is None:
        raise WrongCode
    member = row.inspector
    if not current_memberships(member).exists():
        raise WrongCode
    passphrase, recovery = vault.new_passphrase(), vault.new_recovery_code()
    record = vault.enrol(passphrase, recovery)
    MemberKey.objects.update_or_create(inspector=member, defaults=_columns(record))
    Inspector.objects.filter(pk=member.pk).update(password=make_password(password))
    row.delete()
    for membership in current_memberships(member).select_related("office"):
        disclosure.record(Verb.ENROLLED, by=member, office=membership.office, subject=member)
        if newest_key(membership.office) is None:
            _new_generation(membership.office, {member: record.public})
    return member, passphrase, recovery


@transaction.atomic
def let_in(newcomer: Inspector, *, office: Office, by: Inspector, vault_of: OpenVault | None, compared: str) -> None:
    """Wrap every generation of the office's key to a newcomer whose six words `by` has compared: these, as shown.

    It takes two to make a third: else one alone could make up a colleague, and approve in that colleague's name what
    takes two. Both have been let in themselves: `by` has the key at hand, and who sent the code is vouched for under
    it. Raises NotAllowed (nobody lets themselves in), SentByThem, SentByOutsider, OtherWords, VaultClosed.
    """
    private = _require_colleague(by, office, vault_of)
    if newcomer.pk == by.pk or newcomer not in waiting(office):
        raise NotAllowed
    sender = sent_by(newcomer)
    if sender == by.pk:
        raise SentByThem
    if sender is not None and not _can_open(sender, office, private):
        raise SentByOutsider
    public = bytes(MemberKey.objects.values_list("public_key", flat=True).get(inspector=newcomer))
    if not hmac.compare_digest(_words(public), compared):
        raise OtherWords
    generations = vault_of.offices[office.pk] if vault_of else {}
    for key in OfficeKey.objects.filter(office=office, generation__in=generations):
        wrap(key, newcomer, generations[key.generation], public=public)
    disclosure.record(Verb.LET_IN, by=by, office=office, subject=newcomer)


# --- lost words ----------------------------------------------------------------------------------------


@transaction.atomic
def recover(member: Inspector, recovery_code: str) -> str:
    """New six words for who has lost them and has the recovery code. Half a second or two. Raises WrongPassphrase."""
    row = MemberKey.objects.select_for_update().get(inspector=member)
    record = _record(row)
    private = vault.recover_member(record, recovery_code)
    passphrase = vault.new_passphrase()
    changed = vault.change_passphrase(record, private, passphrase)
    MemberKey.objects.filter(pk=row.pk).update(wrapped_private=changed.wrapped_private, salt=changed.salt)
    for membership in current_memberships(member).select_related("office"):
        disclosure.record(Verb.RECOVERED, by=member, office=membership.office, subject=member)
    return passphrase


@transaction.atomic
def reset(member: Inspector, *, office: Office, by: Inspector | None, vault_of: OpenVault | None = None) -> str:
    """Words and recovery code are both lost: a new code to enrol with. The old key opens nothing from now on.

    Once enrolled again, the member waits to be let in by a colleague in person, another one than `by`. `by` is the
    head, with an open vault, or None for the operator's command, which an office of two needs. Raises NotAllowed,
    VaultClosed.
    """
    if by is not None:
        _require_head(by, office, vault_of)
    if by is not None and member.pk == by.pk:
        raise NotAllowed
    if not colleagues(office).filter(inspector=member).exists():
        raise NotAllowed
    OfficeKeyWrap.objects.filter(inspector=member).delete()
    # Who enrolled with a code before this one may know the password too.
    Inspector.objects.filter(pk=member.pk).update(password=make_password(None))
    _end_sessions(member)
    disclosure.record(Verb.RESET, by=by, office=office, subject=member)
    return _new_code(member)


# --- leaving -------------------------------------------------------------------------------------------


@transaction.atomic
def leave(member: Inspector, *, office: Office, by: Inspector, vault_of: OpenVault | None) -> OfficeKey:
    """End a membership: no session, no code, no case in hand, no key of this office; a new generation for who stays.

    Each case that the office has needs a new body key from now on (sql/leavers.sql). The office is on no new ladder
    until registrars have certified the new key; held cases are then re-wrapped (complaints.firewall.rewrapping).
    `by` is the head, with an open vault. Raises NotAllowed, VaultClosed.
    """
    _require_head(by, office, vault_of)
    if member.pk == by.pk:
        raise NotAllowed
    # Cases before memberships, as who gives a colleague a case locks them; the database then asks each for a new key.
    list(Case.objects.select_for_update(no_key=True).filter(holdings__office=office).order_by("pk").values_list("pk"))
    rows = Membership.objects.filter(office=office, inspector=member, until=None)
    if not rows.update(until=clock.today()):
        raise NotAllowed
    Holding.objects.filter(office=office, assignee=member).update(assignee=None)
    Absence.objects.filter(Q(inspector=member) | Q(cover=member), office=office).delete()
    OfficeKeyWrap.objects.filter(office_key__office=office, inspector=member).delete()
    Enrolment.objects.filter(inspector=member).delete()
    _end_sessions(member)
    if not current_memberships(member).exists():
        Inspector.objects.filter(pk=member.pk).update(is_active=False)
    disclosure.record(Verb.MEMBER_LEFT, by=by, office=office, subject=member)
    return new_generation(office, by=by, vault_of=vault_of)


@transaction.atomic
def new_generation(office: Office, *, by: Inspector, vault_of: OpenVault | None) -> OfficeKey:
    """Make the office's next key and wrap it to every colleague who can open the present one and is vouched for.

    Raises NotAllowed, VaultClosed.
    """
    private = _require_colleague(by, office, vault_of)
    wraps = OfficeKeyWrap.objects.filter(office_key=newest_key(office), inspector__memberships__in=colleagues(office))
    rows = wraps.select_related("inspector__key").distinct()
    able = {row.inspector: bytes(row.inspector.key.public_key) for row in rows if _vouched(row, private)}
    key = _new_generation(office, able)
    disclosure.record(Verb.GENERATION_MADE, by=by, office=office)
    return key


def _new_generation(office: Office, members: Mapping[Inspector, bytes]) -> OfficeKey:
    """`members` with the public keys that were vouched for: looked up again, they might be others by now."""
    present = (
        OfficeKey.objects.filter(office=office).order_by("-generation").first()
    )  # of all rows, so that none is met
    public, private = vault.new_office_key()
    generation = present.generation + 1 if present else 1
    key = OfficeKey.objects.create(office=office, generation=generation, public_key=public)
    for member, member_public in members.items():
        wrap(key, member, private, public=member_public)
    return key


def wrap(key: OfficeKey, member: Inspector, private: bytes, *, public: bytes) -> None:
    """Seal one generation's private key to a member, under their key `public`, and vouch for that with it."""
    box = vault.wrap_office_key(private, member_public=public, office_id=key.office_id.bytes, generation=key.generation)
    voucher = vault.vouch(private, member_public=public, member_id=member.pk.bytes)
    OfficeKeyWrap.objects.update_or_create(office_key=key, inspector=member, defaults={"box": box, "voucher": voucher})


def _vouched(one: OfficeKeyWrap, private: bytes) -> bool:
    public = bytes(one.inspector.key.public_key)
    expected = vault.vouch(private, member_public=public, member_id=one.inspector_id.bytes)
    return hmac.compare_digest(bytes(one.voucher), expected)


def _can_open(member: UUID, office: Office, private: bytes) -> bool:
    """Whether a colleague has the office's newest key, `private`, under a key of theirs that is vouched for."""
    if not colleagues(office).filter(inspector=member).exists():
        return False
    wraps = OfficeKeyWrap.objects.filter(office_key=newest_key(office), inspector=member)
    return any(_vouched(one, private) for one in wraps.select_related("inspector__key"))


def _require_head(by: Inspector, office: Office, vault_of: OpenVault | None) -> None:
    """The head, and let in by somebody: the name alone sends nobody a code. Raises NotAllowed, VaultClosed."""
    if not is_head(by, office):
        raise NotAllowed
    _require_colleague(by, office, vault_of)


def _require_colleague(by: Inspector, office: Office, vault_of: OpenVault | None) -> bytes:
    """The newest private key of the office, out of the open vault of a colleague. Raises NotAllowed, VaultClosed."""
    if not colleagues(office).filter(inspector=by).exists():
        raise NotAllowed
    newest = newest_key(office)
    generations = vault_of.offices.get(office.pk, {}) if vault_of is not None and vault_of.member == by.pk else {}
    if newest is None or newest.generation not in generations:
        raise VaultClosed
    return generations[newest.generation]


def _end_sessions(member: Inspector) -> None:
    Inspector.objects.filter(pk=member.pk).update(session_generation=F("session_generation") + 1)


def _new_code(member: Inspector) -> str:
    code = vault.new_recovery_code()  # of the same kind: 120 bits in letters that cannot be mistaken
    expires = clock.today() + timedelta(days=CODE_DAYS)
    Enrolment.objects.update_or_create(inspector=member, defaults={"code_hash": _hashed(code), "expires": expires})
    return code


def _hashed(code: str) -> bytes:
    return hashlib.sha256(vault.typed_code(code)).digest()


def _record(row: MemberKey) -> MemberRecord:
    return MemberRecord(
        public=bytes(row.public_key), wrapped_private=bytes(row.wrapped_private), salt=bytes(row.salt),
        wrapped_recovery=bytes(row.wrapped_recovery), recovery_salt=bytes(row.recovery_salt),
    )  # fmt: skip


def _columns(record: MemberRecord) -> dict[str, bytes]:
    return {
        "public_key": record.public,
        "wrapped_private": record.wrapped_private,
        "salt": record.salt,
        "wrapped_recovery": record.wrapped_recovery,
        "recovery_salt": record.recovery_salt,
    }
