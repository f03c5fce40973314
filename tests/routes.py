"""FIREWALL proof 13: every address of every zone stands in this table, and every answer carries its headers.

A new address fails the zone's `test_proof_13.py` until somebody has written it down here and thought about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, clear_url_caches, get_resolver, path

# Below these beginnings the regulators' Wagtail has its own; whose code answers there is checked instead.
PREFIXES = {"public": ("admin/", "documents/", "_util/", "register/"), "intake": (), "desk": (), "worker": ()}
INTAKE = (
    " who part from now care whose name list own time then kind work given words money paid kept wish look files reach"
    " how tell group check wait number end off about more sizes paper paper/enter"
    " back back/next back/wait back/box back/file/<> back/far back/close back/away back/tell back/reach"
    " back/helper back/slip back/delete"
)
DESK = (
    " routing second-factor sign-in sign-in/second-step sign-in/set-up sign-out vault vault/close"
    " case/<>/files/<>"
    " case/<> case/<>/acknowledge case/<>/answer case/<>/finding case/<>/close case/<>/reopen"
    " assign indexing health case/<>/go-on case/<>/next-office case/<>/refer case/<>/hand-back case/<>/approve/<>"
    " case/<>/together case/<>/together/<>/ask case/<>/together/<>/approve case/<>/together/<>/finish case/<>/identity"
    " case/<>/before office/<>/workload office/<>/away office/<>/away/<>/back office/<>/<>/hand-on"
    " office/<>/numbers office/<>/numbers/sealed office/<>/numbers/<>/csv"
    " search"
    " patterns patterns/<> patterns/<>/assign patterns/<>/finding patterns/<>/refer patterns/<>/approve/<>"
    " enrol recover office office/<> office/<>/invite office/<>/rewrap office/<>/statement"
    " office/<>/<>/let-in office/<>/<>/leave"
    " office/<>/<>/reset case/<>/recuse"
    " case/<>/hold case/<>/hold/<>/approve case/<>/hold/<>/lift"
    " case/<>/hand-over parcels parcels/<> parcels/<>/resend parcels/<>/recall received/<>"
    " case/<>/work/<> case/<>/letters case/<>/letters/<> print/order print/letter"
    " case/<>/guests case/<>/guests/<>/end case/<>/as-guest case/<>/as-guest/note"
)
ROUTES = {
    "public": {"^((?:[\\w\\-]+/)*)$"},  # Wagtail's pages
    "intake": {f"en/{one}/" if one else "en/" for one in INTAKE.split(" ")} | {"en/paper/form.pdf"},
    "desk": {f"{one}/" if one else "" for one in DESK.split(" ")},
    "worker": set[str](),  # serves no page
}
# Whose code may answer: no zone has a route into another's room.
ANSWERED_BY = {
    "public": ("agencies.board.", "cms.", "wagtail.", "django."),
    "intake": ("complaints.intake.",),
    "desk": ("complaints.desk.",),
    "worker": (),
}
COOKIES = {
    "intake": {"__Host-rw-intake-csrf", "__Host-rw-draft", "__Host-rw-mailbox", "__Host-rw-answer"},
    "desk": {
        "__Host-rw-desk-session", "__Host-rw-desk-csrf", "__Host-rw-vault", "__Host-rw-halfway", "__Host-rw-known",
    },
}  # fmt: skip
METHODS = ("get", "head", "post", "options", "put", "patch", "delete", "trace")
EXACT = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# On no page: they would let a cache ask again, or say what answers here and since when.
NEVER = ("ETag", "Last-Modified", "Expires", "Server", "X-Powered-By", "Via", "Age", "Content-Disposition", "Refresh")
NEUTRAL_FILE = 'inline; filename="form.pdf"'


@dataclass(frozen=True, slots=True)
class Route:
    pattern: str
    callback: Callable[..., Any]

    @property
    def plain(self) -> str:
        """The pattern with its parts unnamed, as the table has it."""
        return re.sub(r"<[^>]*>", "<>", self.pattern)

    def address(self, part: object) -> str:
        """A path to it with `part` in every place that is open."""
        return "/" + re.sub(r"<[^>]*>", str(part), self.pattern)


def routes() -> list[Route]:
    """Every route of this process's zone, from Django's own resolver."""

    def walk(patterns: list[Any], before: str) -> Iterator[Route]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, before + str(one.pattern))
            elif isinstance(one, URLPattern):
                yield Route(before + str(one.pattern), one.callback)

    return list(walk(get_resolver().url_patterns, ""))


def unwritten(zone: str) -> list[str]:
    """Addresses that are not in the table, in the table only, or answered by another room's code."""
    found, written = routes(), ROUTES[zone]
    known = [route for route in found if route.pattern.startswith(PREFIXES[zone] or "\0")]
    rest = {route.plain for route in found if route not in known}
    wrong = [f"not written into tests/routes.py: {zone} {one!r}" for one in sorted(rest - written)]
    wrong += [f"written in tests/routes.py only: {zone} {one!r}" for one in sorted(written - rest)]
    for route in found:
        module = f"{route.callback.__module__}."
        if not module.startswith(ANSWERED_BY[zone]):
            wrong.append(f"{zone} {route.pattern!r} is answered by {module}")
    return wrong


@dataclass(frozen=True, slots=True)
class Answer:
    what: str
    response: Any


def every_method(who: str, client: Client, part: object) -> Iterator[Answer]:
    """Each address of the zone by each method, as the person whose browser `client` is."""
    for route in routes():
        for method in METHODS:
            address = route.address(part)
            yield Answer(f"{who}: {method} {address}", getattr(client, method)(address))


def refusals(client: Client, form: str, host: str) -> Iterator[Answer]:
    """Every kind of no: of the server, the middleware, Django and ourselves. `form` takes a post."""
    strict = Client(HTTP_HOST=host, enforce_csrf_checks=True)
    yield Answer("no such page", client.get("/nowhere/at/all/"))
    yield Answer("too large", client.post(form, {"x": "x" * (settings.LARGEST_POST + 1)}))
    yield Answer("too many fields", client.post(form, {f"f{n}": "" for n in range(2_000)}))
    yield Answer("wrong method", client.put(form))
    yield Answer("no token", strict.post(form, {}, secure=True))
    yield Answer("another site's form", strict.post(form, {}, secure=True, HTTP_SEC_FETCH_SITE="cross-site"))
    yield Answer("another host", Client(HTTP_HOST="evil.example").get("/", secure=True))
    yield Answer("a host that is none", Client(HTTP_HOST="a b\r\nc").get("/", secure=True))
    yield Answer("without TLS", Client(HTTP_HOST=host).get(form, secure=False))
    yield Answer("without a slash", client.get(form.rstrip("/")))
    yield Answer("a path that climbs", client.get("/static/../../etc/passwd"))
    yield Answer("no such static file", client.get("/static/nothing.css"))
    yield Answer("asked for what is newer", client.get(form, HTTP_IF_MODIFIED_SINCE="Mon, 01 Jan 2024 00:00:00 GMT"))
    yield Answer("broken form", client.post(form, b"\xff\xfe", content_type="multipart/form-data; boundary=x"))


def broken(client: Client, form: str, monkeypatch: Any) -> Answer:
    """A fault in our own code, before any view."""

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("injected")

    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(URLResolver, "resolve", fault)
        return Answer("a fault", client.get(form))


def lacking(answer: Answer, zone: str) -> list[str]:
    """What this answer lacks, or has and must not; empty when it is as it should be."""
    response, wrong = answer.response, []
    for name, value in EXACT.items():
        if response.headers.get(name) != value:
            wrong.append(f"{name}: {response.headers.get(name)}")
    policy = response.headers.get("Content-Security-Policy", "")
    for needed in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        if needed not in policy:
            wrong.append(f"Content-Security-Policy without {needed}")
    if re.search(r"unsafe|https?:|data:|\*", policy):
        wrong.append(f"Content-Security-Policy: {policy}")
    # The paper form alone is a file, and its name says nothing; the same words on any other answer are wrong.
    neutral = {"Content-Disposition"} if response.headers.get("Content-Disposition") == NEUTRAL_FILE else set()
    if neutral and response.headers.get("Content-Type") != "application/pdf":
        wrong.append("a file's name on a page")
    wrong += [f"{name}: {response.headers[name]}" for name in NEVER if name in response.headers and name not in neutral]
    for cookie in response.cookies.values():
        locked = cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/"
        gone = cookie["max-age"] == 0
        if cookie.key not in COOKIES[zone] or cookie["domain"] or not (locked or gone):
            wrong.append(f"cookie {cookie.OutputString()}")
    return [f"{answer.what} ({response.status_code}): {one}" for one in wrong]


def side_door(zone: str, urls: Any, monkeypatch: Any) -> bool:
    """The control for the table: whether a route that nobody wrote down is found. `urls` is the zone's module."""
    with monkeypatch.context() as patched:
        patched.setattr(urls, "urlpatterns", [*urls.urlpatterns, path("side-door/", side_door)])
        clear_url_caches()
        found = unwritten(zone)
    clear_url_caches()
    return any("side-door" in line for line in found)


def prove(p: Any, zone: str, seen: list[Answer], *, door: bool, bare: list[Answer]) -> None:
    """Put the row into the table. `bare` are answers without the middleware, all of which must be found."""
    wrong = [lines for answer in seen if (lines := lacking(answer, zone))]
    found = sum(bool(lacking(answer, zone)) for answer in bare)
    table, all_routes = unwritten(zone), len(routes())
    kinds = sorted({answer.response.status_code for answer in seen})
    mend = [*table, *(line for lines in wrong for line in lines)][:5]
    p.found(
        f"{all_routes - len(table)} of {all_routes} routes, {len(seen) - len(wrong)} of {len(seen)} answers "
        f"({', '.join(map(str, kinds))}){''.join(f'; {line}' for line in mend)}",
        control=f"{'a' if door else 'NO'} side door found; {found} of {len(bare)} found without the middleware",
        held=not (wrong or table) and door and found == len(bare) > 0,
    )
