"""An office outside: a real HTTPS server with certificates of its own authority, which behaves as it is told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "localhost"
Answer = Callable[[ssl.SSLSocket, threading.Event], None]


@dataclass(frozen=True)
class Got:
    """One request, as it came."""

    line: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


class Authority:
    """A certificate authority in a folder; `bundle` is what a sender has to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test's authority")])
        made = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self._certificate = made.sign(self._key, hashes.SHA256())
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, kind: str = "good") -> Path:
        """A certificate with its key: good | wrong-host | expired | self-signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        host = "another.example" if kind == "wrong-host" else HOST
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        ended = datetime.now(UTC) - timedelta(days=1) if kind == "expired" else None
        built = self._builder(name, key, ended=ended, by=name if kind == "self-signed" else self._name)
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        signed = built.sign(key if kind == "self-signed" else self._key, hashes.SHA256())
        path = self.folder / f"{kind}.pem"
        path.write_bytes(
            signed.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, ended: datetime | None = None,
        by: x509.Name | None = None,
    ) -> x509.CertificateBuilder:  # fmt: skip
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(by or self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(ended or now + timedelta(days=10))
        )


def says(*answers: bytes) -> list[Answer]:
    """Answer each request in turn; the last answer is given again and again."""
    return [lambda wire, _over, text=text: wire.sendall(text) for text in answers]  # type: ignore[misc]  # a default


def ok() -> bytes:
    return b"HTTP/1.1 204 No Content\r\n\r\n"


def silence(_wire: ssl.SSLSocket, over: threading.Event) -> None:
    """Never answer, and never hang up."""
    over.wait()


def drip(wire: ssl.SSLSocket, over: threading.Event) -> None:
    """A byte now and then, and never a whole line."""
    while not over.wait(0.02):
        wire.sendall(b"H")


def endless(before: bytes) -> Answer:
    def pour(wire: ssl.SSLSocket, over: threading.Event) -> None:
        wire.sendall(before)
        while not over.is_set():
            wire.sendall(b"x" * 65536)

    return pour


class Receiver:
    """`with Receiver(certificate, answers) as it:` listens at `it.address`; `it.got` is what came."""

    def __init__(self, certificate: Path, answers: Sequence[Answer], *, plain: bool = False) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._answers, self._plain, self._over = list(answers), plain, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.got: list[Got] = []
        self.address = f"https://{HOST}:{self._server.getsockname()[1]}/parcels"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _peer = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(plain,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), plain:
            if self._plain:
                plain.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                return
            with self._context.wrap_socket(plain, server_side=True) as wire:
                self.got.append(_read(wire))
                self._answers[min(len(self.got), len(self._answers)) - 1](wire, self._over)


def _read(wire: ssl.SSLSocket) -> Got:
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += wire.recv(65536) or _gone()
    head, body = raw.split(b"\r\n\r\n", 1)
    line, *rest = head.decode("ascii").split("\r\n")
    headers = dict(one.split(": ", 1) for one in rest)
    while len(body) < int(headers["content-length"]):
        body += wire.recv(65536) or _gone()
    return Got(line, headers, body)


def _gone() -> bytes:
    raise ValueError("hung up")
