"""Passkeys as a second factor: WebAuthn's two ceremonies by Yubico's library, for our own origin and no other.

The credential's use counter is not kept: it would have to be written at every sign-in, and most passkeys send 0.
Where the desk is reached by a number instead of a name (the demonstration), browsers offer no passkeys.
"""

from __future__ import annotations

import json
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from complaints.cases.models import Inspector
from complaints.vault.second_factor import Factors

from . import second_factor

LARGEST = 1_000  # bytes of one credential; five of them fit into the box


def offered() -> bool:
    """Whether a browser could make one for this desk: it has a name, not a number."""
    host = urlsplit(settings.ORIGIN).hostname or ""
    with suppress(ValueError):
        ip_address(host)
        return False
    return bool(host)


def ask_to_make(member: Inspector, factors: Factors | None = None) -> tuple[str, dict[str, Any]]:
    """The options for the browser as JSON, and the state to keep for `made`."""
    user = PublicKeyCredentialUserEntity(id=member.pk.bytes, name=member.username, display_name=member.name)
    options, state = _server().register_begin(
        user, _credentials(factors or Factors()),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.DISCOURAGED,
    )  # fmt: skip
    return json.dumps(dict(options.public_key)), dict(state)


def made(state: dict[str, Any], answer: str) -> bytes | None:
    """The new credential to keep, or None where the answer is not one to our question."""
    try:
        credential = _server().register_complete(state, json.loads(answer)).credential_data
    except Exception:
        return None  # what a stranger sends breaks the library's parsers in many ways; all mean no
    return bytes(credential) if credential and len(credential) <= LARGEST else None


def ask_to_use(factors: Factors) -> tuple[str, dict[str, Any]]:
    """The options for the browser as JSON, and the state to keep for `used`."""
    options, state = _server().authenticate_begin(
        _credentials(factors), user_verification=UserVerificationRequirement.DISCOURAGED
    )
    return json.dumps(dict(options.public_key)), dict(state)


def used(state: dict[str, Any], factors: Factors, answer: str) -> bool:
    """Whether one of the member's passkeys signed our question, for the first time."""
    try:
        _server().authenticate_complete(state, _credentials(factors), json.loads(answer))
    except Exception:
        return False  # see `made`
    return second_factor.spend(str(state["challenge"]))


def _credentials(factors: Factors) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(one) for one in factors.passkeys]


def _server() -> Fido2Server:
    host = urlsplit(settings.ORIGIN).hostname
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name="Recruitment Watch"),
        verify_origin=lambda said: said == settings.ORIGIN,
    )
