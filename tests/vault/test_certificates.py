"""FIREWALL proof 8: swapped, unsigned, expired and wrong-mandate keys are refused, all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.vault import certificates, registrars
from complaints.vault.certificates import Mandate, OfficeCertificate, SignedCertificate
from complaints.vault.errors import BadEnvelope, CertificateRefused, Refusal
from complaints.vault.primitives import keypair
from complaints.vault.registrars import RegistrarKey, Signature, Statement

TODAY = date(2026, 11, 23)
REGISTRARS = [registrars.registrar_key(bytes([number] * 32)) for number in (1, 2, 3)]
ROOTS = [one.public for one in REGISTRARS]
STRANGER = registrars.registrar_key(bytes([9] * 32))
GOOD = OfficeCertificate(
    office_id=bytes(range(16)),
    office_name="Inspection du travail, Genève",
    country="CH",
    public_key=keypair()[0],
    mandate=Mandate.LABOUR_ONLY,
    attestation_hash=bytes(32),
    generation=1,
    not_before=TODAY - timedelta(days=10),
    not_after=TODAY + timedelta(days=80),
)


def _signed(certificate: OfficeCertificate, *by: RegistrarKey) -> SignedCertificate:
    return certificates.sign(certificate, *(one.private for one in by))


def _reason(signed: SignedCertificate, roots: list[bytes] | None = None) -> Refusal | None:
    try:
        certificates.verify(signed, ROOTS if roots is None else roots, today=TODAY)
    except CertificateRefused as refused:
        return refused.reason
    return None


def _attacks() -> list[tuple[str, SignedCertificate, Refusal]]:
    one, two, three = REGISTRARS
    good = _signed(GOOD, one, two)
    swapped = replace(GOOD, public_key=keypair()[0])
    rest = [
        ("key swapped", replace(good, body=swapped.to_bytes()), Refusal.BAD_SIGNATURE),
        ("unsigned", replace(good, signatures=()), Refusal.UNSIGNED),
        ("one registrar", _signed(GOOD, one), Refusal.TOO_FEW),
        ("one registrar twice", _signed(GOOD, one, one), Refusal.TOO_FEW),
        ("one registrar and a stranger", _signed(GOOD, one, STRANGER), Refusal.TOO_FEW),
        ("strangers only", _signed(GOOD, STRANGER, STRANGER), Refusal.TOO_FEW),
        ("swapped, one registrar resigned", _mixed(swapped, one, two), Refusal.BAD_SIGNATURE),
        ("signed as another kind of statement", _other_kind(one, two), Refusal.BAD_SIGNATURE),
        ("names exchanged under signatures", _names_exchanged(good), Refusal.BAD_SIGNATURE),
        ("expired", _between(-90, -1), Refusal.EXPIRED),
        ("not yet valid", _between(1, 50), Refusal.NOT_YET_VALID),
        ("valid for 91 days", _between(-1, 90), Refusal.TOO_LONG),
        ("a key of small order", _signed(replace(GOOD, public_key=bytes(32)), one, three), Refusal.WEAK_KEY),
        ("not a certificate", _raw(b'{"a":1}'), Refusal.UNREADABLE),
        ("not canonical", _raw(GOOD.to_bytes().replace(b":", b": ", 1)), Refusal.UNREADABLE),
        ("an id too short", _raw(GOOD.to_bytes().replace(b"000102", b"0001", 1)), Refusal.UNREADABLE),
    ]
    others = [
        (f"mandate {mandate}", _signed(replace(GOOD, mandate=mandate), one, two), Refusal.MANDATE)
        for mandate in Mandate
        if mandate is not Mandate.LABOUR_ONLY
    ]
    return rest + others


def _mixed(certificate: OfficeCertificate, one: RegistrarKey, two: RegistrarKey) -> SignedCertificate:
    new, old = _signed(certificate, one), _signed(GOOD, two)
    return replace(new, signatures=new.signatures + old.signatures)


def _other_kind(*by: RegistrarKey) -> SignedCertificate:
    body = GOOD.to_bytes()
    signatures = tuple(registrars.sign(Statement.MANDATE, body, one.private) for one in by)
    return SignedCertificate(body=body, signatures=signatures)


def _names_exchanged(good: SignedCertificate) -> SignedCertificate:
    one, two = good.signatures
    return replace(good, signatures=(Signature(one.registrar, two.value), Signature(two.registrar, one.value)))


def _between(first: int, last: int) -> SignedCertificate:
    dates = replace(GOOD, not_before=TODAY + timedelta(days=first), not_after=TODAY + timedelta(days=last))
    return _signed(dates, *REGISTRARS[:2])


def _raw(body: bytes) -> SignedCertificate:
    signatures = tuple(registrars.sign(Statement.OFFICE_CERTIFICATE, body, one.private) for one in REGISTRARS[:2])
    return SignedCertificate(body=body, signatures=signatures)


def test_a_certificate_of_two_registrars_is_accepted_whichever_two() -> None:
    for one, two in ((0, 1), (0, 2), (1, 2), (2, 0)):
        signed = _signed(GOOD, REGISTRARS[one], REGISTRARS[two])
        assert certificates.verify(signed, ROOTS, today=TODAY) == GOOD
    assert _reason(certificates.countersign(_signed(GOOD, REGISTRARS[0]), REGISTRARS[2].private)) is None
    assert _reason(_signed(GOOD, *REGISTRARS, STRANGER)) is None


@pytest.mark.parametrize(("signed", "reason"), [pytest.param(*rest, id=name) for name, *rest in _attacks()])
def test_proof_8_every_attack_is_refused(signed: SignedCertificate, reason: Refusal) -> None:
    assert _reason(signed) is reason


def test_proof_8_control_without_verification_they_are_read_like_any_other() -> None:
    read = 0
    for _, signed, reason in _attacks():
        if reason is not Refusal.UNREADABLE:
            read += bool(OfficeCertificate.from_bytes(signed.body))
    assert read == len(_attacks()) - 3


def test_proof_8_control_without_the_quorum_one_registrar_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "QUORUM", 1)
    assert _reason(_signed(GOOD, REGISTRARS[0])) is None


@settings(max_examples=300)
@given(st.data())
def test_proof_8_every_changed_byte_is_refused(data: st.DataObject) -> None:
    raw = _signed(GOOD, *REGISTRARS[:2]).to_bytes()
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = bytes([*raw[:at], raw[at] ^ data.draw(st.integers(1, 255)), *raw[at + 1 :]])
    try:
        signed = SignedCertificate.from_bytes(changed)
    except BadEnvelope:
        return
    assert _reason(signed) is not None


@given(st.binary(max_size=300))
def test_any_bytes_are_a_statement_or_refused(raw: bytes) -> None:
    try:
        signed = SignedCertificate.from_bytes(raw)
    except BadEnvelope:
        return
    assert signed.to_bytes() == raw
    assert _reason(signed) is not None


def test_both_days_are_included() -> None:
    signed = _signed(GOOD, *REGISTRARS[:2])
    for today in (GOOD.not_before, GOOD.not_after):
        assert certificates.verify(signed, ROOTS, today=today) == GOOD
    for today in (GOOD.not_before - timedelta(days=1), GOOD.not_after + timedelta(days=1)):
        with pytest.raises(CertificateRefused):
            certificates.verify(signed, ROOTS, today=today)


def test_another_offices_genuine_certificate_or_an_older_generation_will_not_do() -> None:
    signed = _signed(GOOD, *REGISTRARS[:2])
    assert certificates.verify(signed, ROOTS, today=TODAY, office_id=GOOD.office_id, generation=1)
    with pytest.raises(CertificateRefused, match=Refusal.WRONG_OFFICE):
        certificates.verify(signed, ROOTS, today=TODAY, office_id=bytes(16))
    with pytest.raises(CertificateRefused, match=Refusal.WRONG_GENERATION):
        certificates.verify(signed, ROOTS, today=TODAY, generation=2)


def test_no_pinned_registrars_means_no_certificate() -> None:
    assert _reason(_signed(GOOD, *REGISTRARS), roots=[]) is Refusal.TOO_FEW
    assert _reason(_signed(GOOD, *REGISTRARS), roots=ROOTS[:1] * 3) is Refusal.TOO_FEW


def test_a_certificate_survives_the_file() -> None:
    signed = _signed(GOOD, *REGISTRARS)
    assert SignedCertificate.from_bytes(signed.to_bytes()) == signed
    assert OfficeCertificate.from_bytes(signed.body) == GOOD


def test_a_quorum_is_two_different_pinned_registrars() -> None:
    kind = Statement.OFFICE_CERTIFICATE
    assert registrars.has_quorum(kind, _signed(GOOD, *REGISTRARS[:2]), ROOTS)
    assert not registrars.has_quorum(kind, _signed(GOOD, REGISTRARS[0], REGISTRARS[0]), ROOTS)
    assert not registrars.has_quorum(Statement.MANDATE, _signed(GOOD, *REGISTRARS[:2]), ROOTS)


def test_registrars_keys_are_new_and_their_seeds_not_printed() -> None:
    one, two = registrars.new_registrar_key(), registrars.new_registrar_key()
    assert one != two
    assert "private" not in repr(one)


def test_a_fingerprint_is_six_words_and_a_neighbouring_key_has_others() -> None:
    key = bytes(range(32))
    words = certificates.fingerprint_words(key)
    assert len(words) == 6
    assert certificates.fingerprint_words(bytes([1, *key[1:]])) != words
