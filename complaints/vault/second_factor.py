"""A member's second factor: codes of an authenticator app, passkeys, recovery codes; at rest one box of one size.

What is in the box cannot be told from outside: not which kind of factor, not how many, not how many recovery
codes are left. No time is kept, neither of enrolling nor of use (FIREWALL rule 5): a code is remembered as
spent in the process's memory only, for the 90 seconds in which it could be used again.

    box     encrypt(derive(key, "second-factor"), JSON padded to 8 KiB, ad = bind("second-factor", member id))
    code    RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits, one step to either side
    recovery codes: ten of 60 bits, base32 in three groups of four; in the box lie their SHA-256
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from complaints.vault.contents import pack, unpack
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.padding import pad_fixed, unpad
from complaints.vault.primitives import bind, decrypt, derive, encrypt

BOX_BYTES = 8 * 1024
PASSKEYS = 5  # at most, so that they fit
SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
GROUPS, GROUP_LETTERS = 3, 4
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Factors:
    """`secret` in base32 or ''; `passkeys` as WebAuthn's attested credential data; `codes` as SHA-256."""

    secret: str = field(default="", repr=False)
    passkeys: tuple[bytes, ...] = ()
    codes: tuple[bytes, ...] = field(default=(), repr=False)


def lock(key: bytes, factors: Factors, *, member: bytes) -> bytes:
    """Return the box of one member (16 bytes of id). Raises VaultError with more than PASSKEYS passkeys."""
    if len(factors.passkeys) > PASSKEYS:
        raise VaultError("passkeys: too many")
    said = {
        "secret": factors.secret,
        "passkeys": [base64.b64encode(one).decode() for one in factors.passkeys],
        "codes": [code.hex() for code in factors.codes],
    }
    return encrypt(derive(key, "second-factor"), pad_fixed(pack(said), BOX_BYTES), ad=bind("second-factor", member))


def unlock(key: bytes, box: bytes, *, member: bytes) -> Factors:
    """Undo `lock`. Raises BadEnvelope for another key, another member's box, or damage."""
    said: dict[str, Any] = unpack(unpad(decrypt(derive(key, "second-factor"), box, ad=bind("second-factor", member))))
    try:
        return Factors(
            secret=str(said["secret"]),
            passkeys=tuple(base64.b64decode(one) for one in said["passkeys"]),
            codes=tuple(bytes.fromhex(code) for code in said["codes"]),
        )
    except (KeyError, TypeError, ValueError):
        pass
    raise BadEnvelope("second factor")


# --- codes of an authenticator app --------------------------------------------------------------------


def new_secret() -> str:
    """Return 160 random bits in base32, 32 letters without padding."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the six digits of one step of 30 seconds (RFC 4226 section 5.3 with the step as counter)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, *, seconds: float) -> int | None:
    """Return the step whose code this is, of now and its two neighbours; `seconds` since 1970, or None."""
    typed = "".join(code.split())
    now, found = int(seconds) // STEP_SECONDS, None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed.encode("utf-8", "surrogatepass")):
            found = step
    return found


def address(secret: str, *, issuer: str, account: str) -> str:
    """Return the `otpauth://` address that authenticator apps read from the square (Key Uri Format)."""
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(account, safe='')}?{query}"


# --- recovery codes -----------------------------------------------------------------------------------


def new_codes() -> list[str]:
    """Return ten recovery codes such as `k3fa-27qx-mmbc`."""
    return ["-".join(_letters() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def hashed(codes: list[str]) -> tuple[bytes, ...]:
    return tuple(_digest(code) for code in codes)


def without(factors: Factors, code: str) -> Factors | None:
    """Return the factors with this recovery code taken out, or None where it is not one of them."""
    wanted = _digest(code)
    kept = tuple(one for one in factors.codes if not hmac.compare_digest(one, wanted))
    return replace(factors, codes=kept) if len(kept) < len(factors.codes) else None


def _letters() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LETTERS))


def _digest(code: str) -> bytes:
    """However it was typed: capitals, spaces and hyphens do not matter."""
    typed = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(bind("recovery-code", typed)).digest()
