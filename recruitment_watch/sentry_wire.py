"""How an error report travels: nothing around the report tells more than the report (FIREWALL rule 15).

The library's own envelope says to the millisecond when it was sent, which trace it belongs to and which version of
the library runs; its gzip header holds the second; its HTTP headers name the version twice. None of that leaves here.
Whoever runs the receiving server still sees when a report arrives, and from which address.
"""

from __future__ import annotations

from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import HttpTransport

WHO = "recruitment-watch"
UNCOMPRESSED = {"transport_compression_level": 0}


class BareTransport(HttpTransport):
    """Sends error events only, under an envelope that has a random id and nothing else."""

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event is None:
            return  # sessions, reports about reports, whatever a later version thinks of
        bare = Envelope(headers={"event_id": event["event_id"]})
        bare.add_event(event)
        super().capture_envelope(bare)

    def _update_headers(self, headers: dict[str, str]) -> None:
        self._auth.client = None
        headers.update({"User-Agent": WHO, "X-Sentry-Auth": self._auth.to_header()})
