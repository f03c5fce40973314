"""Twelve canaries, the people who speak them, and the places where none may be found: FIREWALL proof 4."""

from __future__ import annotations

import base64
import io
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
from PIL import Image

from recruitment_watch.embedded.databases import manage
from tests.system.stage import Stage
from tests.system.story import Story
from tests.system.visitor import NotAsExpected, Visitor

NAMES = ("agency", "happened", "promised", "whom", "file", "where", "when", "message", "answer", "finding", "reason",
         "note", "place", "request", "password", "passphrase", "receipt")  # fmt: skip
STATIC = (400, 404, 405, 413, 500)  # pages that say nothing; the others give a form back to whoever typed it
TOLD = (NotAsExpected, httpx.HTTPError, OSError)


@dataclass
class Cast:
    """A complainant, an inspector and what they say, all of it to be found nowhere."""

    stage: Stage
    folder: Path
    canaries: dict[str, str]
    errors: Path
    headers: Path
    amina: Visitor | None = None
    half_in: dict[str, str] = field(default_factory=dict)  # cookies of amina, signed in and with her vault closed
    case: str = ""
    drafting: Visitor | None = None

    @classmethod
    def of(cls, stage: Stage, folder: Path) -> Cast:
        words = {name: f"zq{name[:2]}{secrets.token_hex(8)}" for name in NAMES}
        amina = stage.notes["inspectors"]["amina"]
        words |= {"password": amina["password"], "passphrase": amina["passphrase"]}
        return cls(stage, folder, words, folder / "errors", folder / "headers")

    def told(self) -> None:
        (self.folder / "canaries").write_text("\n".join(self.canaries.values()))

    def visitor(self, zone: str) -> Visitor:
        one = self.stage.visitor(zone)
        word = self.canaries["request"]
        one.client.headers.update({"User-Agent": word, "X-Forwarded-For": word, "From": f"{word}@example.org"})
        one.client.event_hooks["response"] = [self._seen]
        return one

    def _seen(self, response: httpx.Response) -> None:
        with self.headers.open("ab") as file:
            file.writelines(b"%s: %s\n" % pair for pair in response.headers.raw)
        if response.status_code in STATIC:
            with self.errors.open("ab") as file:
                file.write(response.read() + b"\n")

    # --- the complainant ------------------------------------------------------------------------------------

    def answered(self, until: str = "check") -> Visitor:
        """Somebody who has answered every question up to the page `until`."""
        say = self.canaries
        worker = self.visitor("intake")
        worker.get("/en/")
        said: dict[str, dict[str, Any]] = {
            "start": {"country": "XA"}, "from": {"recruited_in": "same"}, "now": {"danger": "no"},
            "whose": {"whose": "mine"},
            "name": {"name": "nobody of this name"}, "list": {"agency": "none"}, "own": {"words": say["agency"]},
            "time": {"when_0": "", "when_1": str(date.today().year)}, "kind": {"categories": ["fees"]},
            "given": {"promised": say["promised"]}, "words": {"happened": say["happened"]}, "money": {"money": "yes"},
            "paid": {"item": "other", "amount": "900", "currency": "USD", "whom": say["whom"]},
            "wish": {"wishes": ["refund"], "wish_words": say["promised"]},
            "reach": {"reach": "yes"}, "how": {"how": "message", "where": say["where"], "when": say["when"]},
            "tell": {"may": "no"}, "group": {"group": "new"}, "look": {"what": "in"},
        }  # fmt: skip
        if until in said:
            worker.walk(said, until=until)
            return worker
        worker.walk(said, until="files")
        self.add_file(worker)
        worker.walk(said, until=until)
        return worker

    def add_file(self, worker: Visitor) -> None:
        """A photo with a word in it that only its original keeps, and that is kept too."""
        worker.submit({"keep": "on"}, button="more", files={"file": ("x.jpg", photo_that_says(self.canaries["file"]))})

    def ready_to_answer(self) -> Visitor:
        return self.answered("words")

    def ready_to_add(self) -> Visitor:
        return self.answered("files")

    def ready_to_send(self) -> Visitor:
        """With the last look before them; the same draft again, as long as it was not sent."""
        if self.drafting is not None:
            with suppress(*TOLD):
                if self.drafting.get("/en/check/").url.endswith("/check/"):
                    return self.drafting
        self.drafting = self.answered()
        return self.drafting

    def file(self) -> str:
        """File one complaint whole, and give its receipt."""
        worker = self.answered()
        worker.submit()
        shown = worker.page.soup.select_one(".receipt") or worker.page.soup.find("main")
        assert shown is not None
        return " ".join(re.findall(r"\b\d{4}\b", shown.get_text(" "))[:6])

    def at_the_mailbox(self) -> Visitor:
        worker = self.visitor("intake")
        worker.get("/en/back/")
        return worker

    def in_the_mailbox(self) -> Visitor:
        worker = self.at_the_mailbox()
        worker.submit({"number": self.canaries["receipt"]})
        return worker

    def ready_to_change(self) -> Visitor:
        worker = self.in_the_mailbox()
        worker.get("/en/back/reach/")
        return worker

    # --- the inspector --------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """Signed in twice over: once with the vault open, once with it closed."""
        from tests import codes

        words = self.stage.notes["inspectors"]["amina"]
        amina = self.at_the_door()
        amina.submit({"username": "amina", "password": words["password"]})
        amina.submit({"code": codes.of_now(words["secret"])})
        self.half_in = dict(amina.client.cookies)
        amina.submit({"passphrase": words["passphrase"]})
        rows = amina.page.soup.select("main table tr")
        mine = [row for row in rows if self.canaries["agency"] in row.get_text(" ")]
        anchor = mine[0].select_one("a") if mine else None
        assert anchor is not None, amina.page.text
        self.case, self.amina = str(anchor["href"]), amina
        amina.get(self.case)
        amina.submit(action="/acknowledge/")

    def reply(self, amina: Visitor) -> None:
        """An answer, with a photo that has a word in it which only the original keeps."""
        photo = ("x.jpg", photo_that_says(self.canaries["file"]))
        amina.submit({"answer-text": self.canaries["answer"]}, files={"answer-file": photo})

    def at_the_door(self) -> Visitor:
        amina = self.visitor("desk")
        amina.get("/")
        return amina

    def before_the_vault(self) -> Visitor:
        amina = self.visitor("desk")
        amina.client.cookies.update(self.half_in)
        amina.get("/vault/")
        return amina

    def at_the_desk(self) -> Visitor:
        """With her vault open: what a fault let through may have opened it elsewhere, which closes it here."""
        assert self.amina is not None
        self.amina.get("/")
        if urlsplit(self.amina.page.url).path.startswith("/vault/"):
            self.amina.submit({"passphrase": self.canaries["passphrase"]})
        return self.amina

    def in_the_case(self, more: str = "") -> Visitor:
        amina = self.at_the_desk()
        amina.get(urljoin(self.case, more))
        return amina


@dataclass(frozen=True)
class Step:
    """Something that a person does: what comes before, and the doing itself."""

    zone: str
    before: Callable[[Cast], Any]
    do: Callable[[Cast, Any], Any]


def _some_name(cast: Cast, amina: Visitor) -> None:
    amina.submit({"username": secrets.token_hex(6), "password": cast.canaries["password"]})


STEPS = {
    "answer": Step("intake", Cast.ready_to_answer, lambda c, w: w.submit({"happened": c.canaries["happened"]})),
    "add": Step("intake", Cast.ready_to_add, lambda c, w: c.add_file(w)),
    "reach": Step("intake", Cast.ready_to_change, lambda c, w: w.submit({"how": "call", "where": c.canaries["where"]})),
    "look": Step("intake", Cast.ready_to_send, lambda c, w: w.get("/en/check/")),
    "send": Step("intake", Cast.ready_to_send, lambda c, w: w.submit()),
    "back": Step("intake", Cast.at_the_mailbox, lambda c, w: w.submit({"number": c.canaries["receipt"]})),
    "write": Step("intake", Cast.in_the_mailbox, lambda c, w: w.submit({"text": c.canaries["message"]})),
    "door": Step("desk", Cast.at_the_door, _some_name),
    "second": Step("desk", Cast.at_the_door,
                   lambda c, w: w.submit({"username": "amina", "password": c.canaries["password"]})),
    "vault": Step("desk", Cast.before_the_vault, lambda c, w: w.submit({"passphrase": c.canaries["passphrase"]})),
    "read": Step("desk", Cast.at_the_desk, lambda c, w: w.get(c.case)),
    "reply": Step("desk", Cast.in_the_case, lambda c, w: c.reply(w)),
    "find": Step("desk", Cast.in_the_case,
                 lambda c, w: w.submit({"finding-standard": "ARL 12", "finding-text": c.canaries["finding"]})),
    "note": Step("desk", lambda c: c.in_the_case("work/note/"), lambda c, w: w.submit({"text": c.canaries["note"]})),
    "plan": Step("desk", lambda c: c.in_the_case("work/inspection/"),
                 lambda c, w: w.submit({"employer": c.canaries["place"], "place": c.canaries["place"],
                                        "day": date.today().isoformat(), "ground": "sample"})),
    "ask": Step("desk", lambda c: c.in_the_case("together/"),
                lambda c, w: w.submit(dict.fromkeys(("protective-to", "protective-said", "protective-why"),
                                                    c.canaries["reason"]))),
    "file": Step("worker", lambda c: None, lambda c, w: c.file()),
    "wait": Step("worker", lambda c: None, lambda c, w: None),
}  # fmt: skip
# Where it breaks, and what brings somebody there.
POINTS = {
    "complaints.vault.drafts:lock": "answer",
    "complaints.vault.drafts:unlock": "answer",
    "complaints.intake.takes:_with_text": "answer",
    "complaints.intake.attachments:take": "add",
    "complaints.intake.attachments:put_beside": "add",
    "complaints.vault.drafts:lock_file": "add",
    "complaints.intake.attached:sealed": "send",
    "complaints.intake.mailbox:set_contact": "reach",
    "complaints.intake.summary:facts": "look",
    "complaints.intake.actions:file_complaint": "send",
    "complaints.intake.actions:_store": "send",
    "complaints.vault.contents:pack": "send",
    "complaints.cases.sealing:seal_body": "send",
    "complaints.vault.receipts:derive": "back",
    "complaints.intake.mailbox:open_mailbox": "back",
    "complaints.vault.complainant:open_for_complainant": "back",
    "complaints.cases.sealing:seal_message": "write",
    "complaints.desk.entrance:_judged": "door",
    "complaints.vault.second_factor:unlock": "second",
    "complaints.desk.vault_session:_keys": "vault",
    "complaints.firewall.access:_opened": "read",
    "complaints.vault.contents:unpack": "read",
    "complaints.files.taking:cleaned": "reply",
    "complaints.cases.attachments:sealed": "reply",
    "complaints.desk.actions:answer": "reply",
    "complaints.firewall.disclosure:record": "reply",
    "complaints.desk.actions:record_finding": "find",
    "complaints.desk.work:note": "note",
    "complaints.firewall.records:write_down": "note",
    "complaints.desk.evidence:plan_inspection": "plan",
    "complaints.firewall.approvals:ask": "ask",
    "complaints.vault.rungs:release": "file",
    "complaints.firewall.egress:release": "file",
    "complaints.escalation.tick:escalate": "wait",
    "complaints.escalation.referrals:deliver": "wait",
}


def photo_that_says(word: str) -> bytes:
    """A photo with a comment."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, "JPEG", comment=word.encode())
    return file.getvalue()


# --- where to look ------------------------------------------------------------------------------------------


def disguises(word: str) -> list[bytes]:
    """A word as it is, and as machines write it: UTF-16, hexadecimal, base64 at each alignment, escaped, in a URL."""
    plain = {word, word.replace(" ", ""), word.replace(" ", "+"), quote(word), word.replace(" ", "-")}
    raws = [one.encode() for one in plain]
    found = [*raws, word.encode("utf-16-le")]
    for raw in (word.encode(), word.replace(" ", "").encode()):
        found += [raw.hex().encode(), raw.hex().upper().encode()]
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + raw)
            found.append(coded[4 if shift else 0 : -4])
    return list(dict.fromkeys(found))


class Search:
    """Looks for every canary in bytes, in all its disguises."""

    def __init__(self, canaries: dict[str, str]) -> None:
        self.needles = [(name, needle) for name, word in canaries.items() for needle in disguises(word)]

    def among(self, blobs: Iterator[bytes]) -> set[str]:
        """Names of the canaries found."""
        found: set[str] = set()
        for blob in blobs:
            found |= {name for name, needle in self.needles if name not in found and needle in blob}
        return found


def files(*places: Path) -> Iterator[bytes]:
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                with suppress(FileNotFoundError):
                    yield path.read_bytes()


def heap(cluster: Path) -> Iterator[bytes]:
    """A cluster's files but the write-ahead log and what the server says."""
    for path in sorted((cluster / "data").iterdir()):
        if path.name != "pg_wal":
            yield from files(path)


def process_table(stage: Stage) -> Iterator[bytes]:
    """Arguments and environment of every process of the installation."""
    groups = {process.pid for process in stage.processes.running.values()}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            if folder.name.isdigit() and group in groups:
                yield (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()


def activity(stage: Stage) -> Iterator[bytes]:
    for database in ("casework", "register"):
        with stage.owner(database) as link:
            for row in link.execute("SELECT query, application_name, client_hostname FROM pg_stat_activity"):
                yield repr(row).encode()


def public_pages(stage: Stage, most: int) -> Iterator[bytes]:
    """What a stranger can read, following links from the first page."""
    stranger, start = stage.visitor("public"), stage.installation.origin("public")
    waiting, seen = [f"{start}/", f"{start}/sitemap.xml", f"{start}/robots.txt", f"{start}/register/?q=golden"], set()
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = stranger.client.get(address)
        yield answer.content
        for link in re.findall(r'href="([^"#]+)"', answer.text):
            target = urljoin(address, link)
            if urlsplit(target).netloc == urlsplit(start).netloc and "/static/" not in target:
                waiting.append(target)


def exports(stage: Stage, folder: Path) -> Iterator[bytes]:
    """What the commands that publish or check give out."""
    folder.mkdir(exist_ok=True)
    yield stage.command("desk", "lawful_demand", "list").encode()
    yield stage.command("desk", "disclosure_log", "verify").encode()
    with suppress(subprocess.CalledProcessError):  # so it ends where something lies unsealed, as in the control
        yield manage(stage.installation, "subpoena", "--out", str(folder)).encode()
    yield from files(folder, stage.installation.folder / "checkpoints")


def until_released(story: Story) -> None:
    story.until("the worker has released it", lambda: story.holdings() >= 1)


CORE = not Path("/proc/sys/kernel/core_pattern").read_text().startswith("|")
