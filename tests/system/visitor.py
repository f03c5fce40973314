"""A person with a browser that has no script: follows links, fills in forms, keeps cookies. Over HTTPS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup, Tag

Fields = Mapping[str, str | list[str]]


class NotAsExpected(AssertionError):
    """A page is not what a person would need to go on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as a person sees it."""

    status: int
    url: str
    soup: BeautifulSoup

    @property
    def text(self) -> str:
        main = self.soup.find("main") or self.soup
        return " ".join(main.get_text(" ").split())

    @property
    def heading(self) -> str:
        first = self.soup.find("h1")
        return " ".join(first.get_text(" ").split()) if first else ""

    def says(self, *words: str) -> Seen:
        """The page itself, if it says all of this; raises NotAsExpected with what it says instead."""
        for one in words:
            if one not in self.text:
                raise NotAsExpected(f"{self.url} does not say {one!r}. It says: {self.text[:1500]}")
        return self

    def says_not(self, *words: str) -> Seen:
        for one in words:
            if one in self.text:
                raise NotAsExpected(f"{self.url} says {one!r}, which it must not")
        return self

    def form(self, *names: str, action: str = "") -> Tag:
        """The form that has all these fields (and whose address contains `action`)."""
        for form in self.soup.find_all("form"):
            has = {field.get("name") for field in form.find_all(["input", "select", "textarea", "button"])}
            if set(names) <= has and action in str(form.get("action") or ""):
                return form
        raise NotAsExpected(f"{self.url} ({self.heading}) has no form with {names or action}: {self.text[:800]}")

    def option(self, name: str, words: str) -> str:
        """The value of the choice in `name` whose label says `words`."""
        for field in self.soup.find_all("input", attrs={"name": name}):
            label = self.soup.find("label", attrs={"for": str(field.get("id"))})
            if label and words in label.get_text(" "):
                return str(field["value"])
        for option in self.soup.select(f'select[name="{name}"] option'):
            if words in option.get_text(" "):
                return str(option["value"])
        raise NotAsExpected(f"{self.url}: no choice of {name} says {words!r}")

    def value(self, name: str) -> str:
        """The value of the first field of this name."""
        field = self.soup.find("input", attrs={"name": name})
        if field is None:
            raise NotAsExpected(f"{self.url} has no field {name!r}")
        return str(field["value"])

    def link(self, words: str) -> str:
        for anchor in self.soup.find_all("a"):
            if words in " ".join(anchor.get_text(" ").split()):
                return urljoin(self.url, str(anchor["href"]))
        raise NotAsExpected(f"{self.url} has no link that says {words!r}")


class Visitor:
    """One person. Forms are sent as a browser without a script would send them."""

    def __init__(self, origin: str, certificate: Path) -> None:
        self.origin = origin
        self.trust = ssl.create_default_context(cafile=str(certificate))
        self.client = httpx.Client(base_url=origin, verify=self.trust, follow_redirects=True, timeout=60)
        self.page = Seen(0, origin, BeautifulSoup("", "html.parser"))

    def get(self, address: str, *, expect: int = 200) -> Seen:
        """The page; where an inspector is asked first whether anything ties them to a case, after saying no."""
        seen = self._seen(self.client.get(address), expect)
        if seen.soup.find("form", action=lambda where: where is not None and where.endswith("/before/")):
            self.submit(action="/before/")
            seen = self._seen(self.client.get(address), expect)
        return seen

    def follow(self, words: str) -> Seen:
        return self.get(self.page.link(words))

    def submit(
        self,
        fields: Fields | None = None,
        *,
        action: str = "",
        button: str = "",
        expect: int = 200,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Seen:
        """Fill in the form that has these fields and send it, with files by field: their names and bytes."""
        method, url, data = self._filled(dict(fields or {}), action, button)
        if method == "get":
            return self._seen(self.client.get(url, params=data), expect)
        return self._seen(self.client.post(url, data=data, files=files, headers=self._as_browser()), expect)

    def walk(self, said: Mapping[str, Fields], *, until: str = "check") -> Seen:
        """Answer the form page by page, from where we are until the page `until`; `said` by page.

        What is not said is skipped, or sent as it stands.
        """
        for _ in range(40):
            page = urlsplit(self.page.url).path.rstrip("/").rpartition("/")[2]
            page = "start" if len(page) == 2 else page
            if page == until:
                return self.page
            form = self.page.form("csrfmiddlewaretoken")
            skip = form.find("button", attrs={"name": "skip"}) is not None and page not in said
            self.submit(said.get(page), button="skip" if skip else "")
        raise NotAsExpected(f"the form does not come to {until}: {self.page.url}")

    def submit_and_lose_the_answer(self, fields: Fields | None = None) -> None:
        """Send the form and hang up before a byte of the answer is read: the network broke in between."""
        _, url, data = self._filled(dict(fields or {}), "", "")
        body = urlencode(data, doseq=True).encode()
        where = urlsplit(url)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)
        head = (
            f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nOrigin: null\r\nCookie: {cookies}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        address = (str(where.hostname), int(where.port or 443))
        with (
            socket.create_connection(address, timeout=60) as plain,
            self.trust.wrap_socket(plain, server_hostname=where.hostname) as line,
        ):
            line.sendall(head.encode() + body)

    def _filled(self, fields: dict[str, Any], action: str, button: str) -> tuple[str, str, dict[str, Any]]:
        form = self.page.form(*fields, action=action)
        data: dict[str, Any] = {}
        for field in form.find_all(["input", "textarea", "select"]):
            name, kind = str(field.get("name") or ""), field.get("type", "")
            if not name or name in fields or kind in ("submit", "button", "file"):
                continue
            if kind in ("radio", "checkbox"):
                if field.has_attr("checked"):
                    data.setdefault(name, []).append(field.get("value", "on"))
            elif field.name == "textarea":
                data[name] = field.get_text()
            elif field.name == "select":
                chosen = field.find("option", selected=True) or field.find("option")
                data[name] = chosen.get("value", "") if chosen else ""
            else:
                data[name] = field.get("value", "")
        data |= fields
        if button:
            pressed = form.find("button", attrs={"name": button})
            if pressed is None:
                raise NotAsExpected(f"{self.page.url}: the form has no button {button!r}")
            data[button] = pressed.get("value", "")
        method = str(form.get("method") or "get").lower()
        return method, urljoin(self.page.url, str(form.get("action") or self.page.url)), data

    def _as_browser(self) -> dict[str, str]:
        # What chromium sends with a form from a page under `Referrer-Policy: no-referrer`.
        return {"Origin": "null", "Sec-Fetch-Site": "same-origin"}

    def _seen(self, response: httpx.Response, expect: int) -> Seen:
        self.page = Seen(response.status_code, str(response.url), BeautifulSoup(response.text, "html.parser"))
        if response.status_code != expect:
            raise NotAsExpected(f"{response.url} answered {response.status_code}: {self.page.text[:800]}")
        return self.page
