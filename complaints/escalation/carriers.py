"""How bytes get to an office outside: one HTTPS post, or one mail. Of an answer only whether it was good is kept.

No redirect is followed, no certificate is taken on trust, no address inside a network is connected to. The address that
was checked is the one that is connected to: a name that answers differently the second time leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock_time
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from complaints.vault.parcels import is_web_address

CONNECT_SECONDS = 10.0
WHOLE_SECONDS = 60.0
ANSWER_MAX = 4096  # bytes of an answer that are read at all
PIECE = 64 * 1024
# The same in every mail, whatever it carries (FIREWALL rule 15).
SUBJECT = "A parcel for your office"
TEXT = "A sealed parcel for your office is attached. Open it with the key that your office made for this (age).\n"
FILE_NAME = "parcel.age"
OURSELVES = "recruitment-watch.invalid"


class NotDelivered(Exception):
    """It did not arrive, as far as can be known. `kind` says in one word why; never an answer's own words."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, on this machine's own steady clock, at which patience ends."""

    at: float

    @classmethod
    def in_(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds, more than nothing. Raises NotDelivered."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise NotDelivered("TooSlow")
        return seconds


def by_https(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    authorities: str = "",
    inside: bool = False,
    connect: float = CONNECT_SECONDS,
    whole: float = WHOLE_SECONDS,
) -> None:
    """Post `body`; returns only where the answer is 2xx. Raises NotDelivered.

    `authorities` a file of certificates (PEM) instead of the system's; `inside` allows private addresses; `connect` and
    `whole` seconds.
    """
    if not is_web_address(address):
        raise NotDelivered("NotAnAddress")
    parts, deadline = urlsplit(address), Deadline.in_(whole)
    host, port = parts.hostname or "", parts.port or 443
    context = ssl.create_default_context(cafile=authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    name = host if port == 443 else f"{host}:{port}"
    head = [f"POST {parts.path or '/'} HTTP/1.1", f"host: {name}", f"content-length: {len(body)}", "connection: close"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    try:
        plain = socket.create_connection(reachable(host, port, inside=inside), timeout=min(connect, deadline.left()))
        with plain, context.wrap_socket(plain, server_hostname=host) as wire:
            _write(wire, "\r\n".join([*head, "", ""]).encode("ascii") + body, deadline)
            status = _status(wire, deadline)
    except ssl.SSLCertVerificationError:
        kind = "BadCertificate"
    except TimeoutError:
        kind = "TooSlow"
    except OSError:
        kind = "NoConnection"
    else:
        kind = "" if 200 <= status < 300 else "Redirected" if 300 <= status < 400 else f"Answered{status}"
    if kind:
        raise NotDelivered(kind)


def reachable(host: str, port: int, *, inside: bool) -> tuple[str, int]:
    """One of the host's addresses, if every one of them is on the open internet. Raises NotDelivered."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        found = []
    addresses = [str(one[4][0]) for one in found]
    if not addresses:
        raise NotDelivered("NoAddress")
    if not inside and not all(is_open(one) for one in addresses):
        raise NotDelivered("InsideAddress")
    return addresses[0], port


def is_open(address: str) -> bool:
    """Whether an IP address is on the open internet: not private, loopback, link-local, reserved or a group's."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (mapped is None or is_open(str(mapped)))


def _write(wire: ssl.SSLSocket, raw: bytes, deadline: Deadline) -> None:
    view = memoryview(raw)
    while view:
        wire.settimeout(deadline.left())
        view = view[wire.send(view[:PIECE]) :]


def _status(wire: ssl.SSLSocket, deadline: Deadline) -> int:
    """The status of the final answer: interim ones (1xx) are passed over. Raises NotDelivered."""
    read = b""
    while True:
        while read.startswith(b"HTTP/1.1 1") and b"\r\n\r\n" in read:
            read = read.split(b"\r\n\r\n", 1)[1]
        line, ended, _rest = read.partition(b"\r\n")
        if ended and not line.startswith(b"HTTP/1.1 1"):
            parts = line.split(b" ")
            if len(parts) < 2 or parts[0] not in (b"HTTP/1.1", b"HTTP/1.0") or not parts[1].isdigit():
                raise NotDelivered("NoAnswer")
            return int(parts[1])
        if len(read) >= ANSWER_MAX:
            raise NotDelivered("NoAnswer")
        wire.settimeout(deadline.left())
        piece = wire.recv(ANSWER_MAX - len(read))
        if not piece:
            raise NotDelivered("NoAnswer")
        read += piece


def by_mail(address: str, body: bytes, *, mail: str, sender: str, authorities: str = "") -> None:
    """Send the parcel as a file by this installation's own mail server. Raises NotDelivered.

    `mail` smtps://user:password@host:port, or smtp:// for a server on this very machine.
    """
    if not mail or not sender:
        raise NotDelivered("NoMailServer")
    parts = urlsplit(mail)
    host, message = parts.hostname or "", letter(address, body, sender=sender)
    try:
        with _server(parts.scheme, host, parts.port, authorities) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message, from_addr=sender, to_addrs=[address])
    except (OSError, smtplib.SMTPException) as error:
        kind = f"Mail{type(error).__name__}"
    else:
        return
    raise NotDelivered(kind)


def letter(address: str, body: bytes, *, sender: str) -> EmailMessage:
    """The mail: nothing in it but the attached file says which parcel it is, or anything of it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, address, SUBJECT
    message["Date"] = format_datetime(datetime.combine(datetime.now(UTC).date(), clock_time(), UTC))
    message.set_content(TEXT)
    message.add_attachment(body, maintype="application", subtype="octet-stream", filename=FILE_NAME)
    return message


def _server(scheme: str, host: str, port: int | None, authorities: str) -> smtplib.SMTP:
    if scheme == "smtps":
        context = ssl.create_default_context(cafile=authorities or None)
        return smtplib.SMTP_SSL(host, port or 465, OURSELVES, timeout=WHOLE_SECONDS, context=context)
    if scheme == "smtp" and host in ("127.0.0.1", "localhost", "::1"):
        return smtplib.SMTP(host, port or 25, OURSELVES, timeout=WHOLE_SECONDS)
    raise NotDelivered("NoMailServer")
