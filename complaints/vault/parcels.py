"""A parcel for an office outside: its age file, the code by which it is acknowledged, the signature it travels under.

The file is age's own format (age-encryption.org/v1) with one X25519 recipient, so that the standard tool opens it. The
code is 24 characters of Crockford's base 32 (120 bits) and one to check them; with the parcel's reference it makes an
Ed25519 key pair, of which only the public half is stored. A delivery is signed as Standard Webhooks says, with Ed25519.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from urllib.parse import urlsplit

import pyrage
from nacl import bindings
from nacl.exceptions import CryptoError

from complaints.vault.errors import VaultError
from complaints.vault.primitives import CASE_BYTES, KEY_BYTES, derive, require

CODE_CHARACTERS = 24
GROUP = 5
SIGNATURE_BYTES = 64
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("ILO", "110")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9/._~%-]*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


class WrongCode(VaultError):
    """Not a code as they are made: a sign too few or too many, or one mistyped."""


# --- addresses -----------------------------------------------------------------------------------------------


def require_recipient(recipient: str) -> str:
    """Return an age X25519 recipient if it is one. Raises VaultError."""
    try:
        pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        found = False
    else:
        found = True
    if not found:
        raise VaultError("recipient: not an age X25519 recipient")
    return recipient


def is_web_address(address: str) -> bool:
    """Whether this is https, a host and perhaps a port and a path, and nothing else: no user, query or fragment."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    netloc = host if port is None else f"{host}:{port}"
    plain = parts.scheme == "https" and not parts.query and not parts.fragment and parts.netloc.lower() == netloc
    return plain and bool(_HOST.fullmatch(host)) and bool(_PATH.fullmatch(parts.path or "/")) and len(address) <= 300


def is_mail_address(address: str) -> bool:
    """Whether this is one plain mail address."""
    return bool(_MAIL.fullmatch(address)) and len(address) <= 254


# --- the file ------------------------------------------------------------------------------------------------


def seal(content: bytes, *, recipient: str) -> bytes:
    """Return an age file (binary) with `content`, for one recipient. Raises VaultError."""
    require_recipient(recipient)
    return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)]))


# --- the acknowledgement -------------------------------------------------------------------------------------


def new_code() -> str:
    """Return a fresh code: five groups of five characters, the last one checks the others."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARACTERS))
    whole = drawn + _check(drawn)
    return "-".join(whole[at : at + GROUP] for at in range(0, len(whole), GROUP))


def read_code(typed: str) -> str:
    """Return what was typed as the 24 characters that count. Case, spaces, dashes and I, L, O do not matter.

    Raises WrongCode.
    """
    kept = "".join(one for one in typed.upper().translate(_LOOKALIKES) if one.isalnum())
    code, check = kept[:CODE_CHARACTERS], kept[CODE_CHARACTERS:]
    if len(code) != CODE_CHARACTERS or not set(code) <= set(_ALPHABET) or _check(code) != check:
        raise WrongCode("not a code")
    return code


def acknowledgement_seed(code: str, *, parcel: bytes) -> bytes:
    """Return the 32-byte Ed25519 seed of a code; `parcel` is the reference's 16 bytes. Raises WrongCode."""
    return derive(read_code(code).encode(), "parcel/acknowledgement", require("parcel", parcel, CASE_BYTES))


def public_of(seed: bytes) -> bytes:
    """Return the public half (32 bytes) of an Ed25519 seed."""
    return bytes(bindings.crypto_sign_seed_keypair(require("seed", seed, KEY_BYTES))[0])


def acknowledgement_text(parcel: bytes) -> bytes:
    """Return what a receiver signs to say that it has the parcel."""
    reference = require("parcel", parcel, CASE_BYTES).hex()
    return f"recruitment-watch/parcel-received/1\n{reference}\n".encode()


def is_acknowledged(public: bytes, signature: bytes, *, parcel: bytes) -> bool:
    """Tell whether the signature (64 bytes) over the text above is this key's."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + acknowledgement_text(parcel), public)
    except CryptoError:
        return False
    return True


def is_same(one: bytes, other: bytes) -> bool:
    """Compare without telling where they differ."""
    return hmac.compare_digest(one, other)


def _check(code: str) -> str:
    """The weighted sum mod 31, which is prime: another one for any wrong sign (but 0 for Z) or exchanged neighbours."""
    total = sum((place + 1) * _ALPHABET.index(one) for place, one in enumerate(code))
    return _ALPHABET[total % 31]


# --- on the way ----------------------------------------------------------------------------------------------


def webhook_text(reference: str, timestamp: int, body: bytes) -> bytes:
    """Return what Standard Webhooks signs: id, seconds since 1970, body, with dots between."""
    return f"{reference}.{timestamp}.".encode() + body


def webhook_signature(seed: bytes, *, reference: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: "v1a," and the base64 of the Ed25519 signature."""
    _public, secret = bindings.crypto_sign_seed_keypair(require("seed", seed, KEY_BYTES))
    signed = bindings.crypto_sign(webhook_text(reference, timestamp, body), secret)
    return "v1a," + base64.b64encode(signed[:SIGNATURE_BYTES]).decode()


def webhook_key(public: bytes) -> str:
    """Return the public key as Standard Webhooks writes it: "whpk_" and its base64."""
    return "whpk_" + base64.b64encode(require("public", public, KEY_BYTES)).decode()


def is_signed(public: bytes, value: str, *, reference: str, timestamp: int, body: bytes) -> bool:
    """Tell whether one of the signatures in `value` (they are separated by spaces) is this key's."""
    for one in value.split():
        version, _comma, encoded = one.partition(",")
        if version != "v1a":
            continue
        try:
            signature = base64.b64decode(encoded, validate=True)
            bindings.crypto_sign_open(signature + webhook_text(reference, timestamp, body), public)
        except (ValueError, CryptoError):
            continue
        return True
    return False
