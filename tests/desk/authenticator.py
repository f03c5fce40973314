"""A passkey in software: what a browser and its device answer to WebAuthn's two questions (ES256, no attestation)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, WITH_CREDENTIAL = 0x01, 0x40


class Passkey:
    def __init__(self, origin: str) -> None:
        self.origin, self.id = origin, secrets.token_bytes(16)
        self.private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: str) -> str:
        asked = json.loads(options)
        key = cbor.encode(ES256.from_cryptography_key(self.private.public_key()))
        credential = bytes(16) + len(self.id).to_bytes(2) + self.id + key
        data = self._data(asked["rp"]["id"], PRESENT | WITH_CREDENTIAL) + credential
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(asked, "webauthn.create", attestationObject=attested)

    def get(self, options: str) -> str:
        asked = json.loads(options)
        data = self._data(asked["rpId"], PRESENT)
        client = self._client(asked, "webauthn.get")
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(asked, "webauthn.get", authenticatorData=data, signature=signature)

    def _data(self, rp: str, flags: int) -> bytes:
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, asked: dict[str, Any], kind: str) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _answer(self, asked: dict[str, Any], kind: str, **parts: bytes) -> str:
        coded = {name: websafe_encode(part) for name, part in parts.items()}
        response = coded | {"clientDataJSON": websafe_encode(self._client(asked, kind))}
        own = websafe_encode(self.id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})
