"""An inspector's browser at the desk: signs in with both factors, opens the vault, clicks."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from tests import codes

from .forms import Form, fill, forms
from .wire import Answer, Line, Tally, encoded

REDIRECTS_MAX = 5
_CASE = re.compile(r'class="opens" href="([^"]*)"')
_FILE = re.compile(r'<a href="([^"]*/files/[^"]*)"')
_NEXT = re.compile(r'rel="next" href="([^"]*)"')


class Lost(RuntimeError):
    """A page is not what an inspector needs to go on; the message names it by address and status."""


class Sitting:
    """One inspector in one browser. Not for several threads at once."""

    def __init__(self, port: int, username: str, notes: Mapping[str, Any]) -> None:
        self.line, self.username, self.notes = Line(port, Tally()), username, notes
        self.here, self.text, self.seconds = "", "", 0.0  # of the page that was asked for last

    def sign_in(self) -> None:
        self.get("/sign-in/")
        self.submit({"username": self.username, "password": str(self.notes["password"])})
        self.submit({"code": codes.of_now(str(self.notes["secret"]), self.username)})

    def open_vault(self) -> None:
        self.get("/vault/")
        self.submit({"passphrase": str(self.notes["passphrase"])})

    def open_case(self, address: str) -> str:
        """The case's page; where it is asked first whether anything ties one to it, after saying no."""
        self.get(address)
        if any(form.action.endswith("/before/") for form in forms(self.text)):
            self.submit({}, action="/before/")
        return self.text

    def get(self, address: str) -> Answer:
        started = time.perf_counter()
        return self._arrived(address, self.line.get(address), started)

    def submit(self, said: Mapping[str, str], *, action: str = "") -> Answer:
        """Fill in the form that asks for all this, and send it."""
        form = next((one for one in forms(self.text) if one.action.endswith(action) and set(said) <= _names(one)), None)
        if form is None:
            raise Lost(f"no form for {', '.join(said) or action} at {self.here}")
        filled = fill(form, form.buttons[0], said)
        body, kind = encoded(filled.pairs, filled.files, in_parts=form.in_parts)
        address = urljoin(self.here, form.action or self.here)
        started = time.perf_counter()
        return self._arrived(address, self.line.post(address, body, kind), started)

    def cases(self) -> list[str]:
        """The addresses of the cases on a queue's page."""
        return [html.unescape(one) for one in _CASE.findall(self.text)]

    def files(self) -> list[str]:
        return [html.unescape(one) for one in _FILE.findall(self.text)]

    def next_page(self) -> str:
        found = _NEXT.search(self.text)
        return urljoin(self.here, html.unescape(found[1])) if found else "/"

    def close(self) -> None:
        self.line.close()

    def _arrived(self, address: str, answer: Answer, started: float) -> Answer:
        for _ in range(REDIRECTS_MAX):
            if answer.status not in (301, 302, 303):
                break
            address = urljoin(address, answer.headers["location"])
            answer = self.line.get(address)
        self.seconds = time.perf_counter() - started
        if answer.status != 200:
            raise Lost(f"{answer.status} at {address}")
        self.here = address
        self.text = answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
        return answer


def _names(form: Form) -> set[str]:
    return {control.name for control in form.controls}
