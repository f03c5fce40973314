"""What one request leaves for the next of the same sitting, carried by the page itself and locked to the open vault.

Half-finished work (a search, a count) is neither put into an address nor stored: it goes back and forth in a hidden
field, which only this sitting's vault opens. Nobody reads small numbers out of the page's source, and no row says what
was looked for.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress

from complaints.firewall.keys import OpenVault
from complaints.vault.contents import pack, unpack
from complaints.vault.errors import VaultError
from complaints.vault.primitives import bind, decrypt, derive, encrypt

LONGEST = 400_000  # letters of a hidden field that are looked at


def lock(content: Mapping[str, object], *, vault: OpenVault, purpose: str) -> str:
    """The content (JSON) as text for a hidden field."""
    box = encrypt(_key(vault), pack(content), ad=bind("carried", purpose, vault.member.bytes))
    return base64.urlsafe_b64encode(box).decode()


def unlock(text: str, *, vault: OpenVault, purpose: str) -> dict[str, object] | None:
    """Undo `lock`; None for anything else: another sitting's, another purpose's, changed, or nothing."""
    if not text or len(text) > LONGEST:
        return None
    with suppress(VaultError, ValueError):
        return unpack(
            decrypt(_key(vault), base64.urlsafe_b64decode(text), ad=bind("carried", purpose, vault.member.bytes))
        )
    return None


def _key(vault: OpenVault) -> bytes:
    return derive(vault.sitting, "carried-key")
