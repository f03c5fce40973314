"""`make story`: the main job from end to end, over HTTPS against running processes, as three people would do it.

A licensing officer grants a licence; a migrant complains about that agency on a network that breaks;
nobody answers in time; the next inspectorate gets the case; its inspector works it and refers the
agency; the regulator suspends it. Each step prints what it measured. Exit 0 only if all held.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import NoReturn
from urllib.parse import urlsplit

from tests import codes
from tests.system.stage import Stage, grep
from tests.system.visitor import NotAsExpected, Seen, Visitor

CANARY = "heliotrope lantern seventeen"
AGENCY = "Lantern Gate Employment Agency"
PATIENCE = 60.0
WORKDAYS_GONE = 6 * 86_400  # S2 waits two working days; six days pass over any weekend
WEEK = 7 * 86_400


class Story:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.began = time.monotonic()
        self.steps = 0
        self.receipt = ""
        self.agency = ""
        self.filed_on = date.today()

    def tell(self, words: str) -> None:
        self.steps += 1
        print(f"{self.steps:3}. {words}   [{time.monotonic() - self.began:5.1f} s]", flush=True)

    def until(self, what: str, probe: Callable[[], bool]) -> float:
        """Wait for other processes to do something; how long it took. Raises when they do not."""
        started = time.monotonic()
        while not probe():
            if time.monotonic() - started > PATIENCE:
                raise NotAsExpected(f"{what}: not within {PATIENCE:.0f} s")
            time.sleep(0.05)
        return time.monotonic() - started

    # --- the register -------------------------------------------------------------------------------------

    def import_two_registers(self) -> None:
        files = self.stage.registers()
        if not files.exists():
            holds(os.environ.get("CI") != "true", "the real registers lie beside the project", files)
            self.tell("The real registers are not on this machine: nothing to import")
            return
        lists = (
            ("hong-kong", "2021-12-28", ("hong_kong_eaa_2021-12-28.csv",), 3_293),
            ("philippines", "2026-07-14",
             ("dmw_licensed_agencies_page_1.json", "dmw_licensed_agencies_name_ABC.json"), 56),
        )  # fmt: skip
        for code, as_of, names, rows in lists:
            arguments = ("import_register", code, *(str(files / name) for name in names), "--as-of", as_of)
            first = _counts(self.stage.command("public", *arguments))
            again = _counts(self.stage.command("public", *arguments))
            holds(first["read"] == rows, f"{code}: {rows} rows read", first)
            holds(first["imported"] + first["quarantined"] == rows, f"{code}: none of them lost", first)
            holds(again["changed"] == 0, f"{code}: nothing changes the second time", again)
            self.tell(
                f"Imported {code}: read {first['read']}, imported {first['imported']}, "
                f"quarantined {first['quarantined']}; the second time changed {again['changed']}"
            )

    def grant_a_licence(self) -> None:
        officer = self.officer("officer")
        officer.get("/admin/register/agencies/enter/")
        officer.submit({"name": AGENCY, "address": "7 Rope Walk, Port Amber"})
        found = re.search(r"/agencies/([0-9a-f-]{36})/", officer.page.url)
        if found is None:
            raise NotAsExpected(f"entering an agency led to {officer.page.url}: {officer.page.text[:500]}")
        self.agency = found[1]
        officer.get(f"/admin/register/agencies/{self.agency}/grant/")
        today = date.today()
        officer.submit(
            {
                "number": "0077",
                "valid_from": (today - timedelta(days=30)).isoformat(),
                "valid_to": (today + timedelta(days=700)).isoformat(),
                "decision_number": "L/77",
                "legal_basis": "Arland Recruitment Act, s. 5",
            }
        )
        officer.page.says("0077")
        self.tell(f"Olive Marrow entered {AGENCY} and granted it licence 0077")

    def look_at_both_kinds_of_status(self) -> None:
        somebody = self.stage.visitor("public")
        somebody.get("/")
        somebody.submit({"q": "0077"})
        somebody.follow(AGENCY).says("may recruit today")
        self.tell(f"The status page says: {AGENCY} may recruit today; a made-up name is in no register")
        somebody.get("/register/?q=zzyzx+nobody+of+this+name").says("not in")
        with self.stage.owner("register") as link:
            row = link.execute(
                "SELECT a.id, a.name FROM agencies_agency a JOIN agencies_register r ON r.id = a.register_id "
                "WHERE r.country = 'HK' ORDER BY a.name LIMIT 1"
            ).fetchone()
        if row is None:
            return
        listed = somebody.get(f"/register/agency/{row[0]}/").says("28 December 2021")
        status = listed.soup.select_one("main .status") or listed.soup.find("main")
        assert status is not None
        holds("today" not in status.get_text().lower(), "an old list's page never says today", status.get_text())
        self.tell(f"Of {row[1]} it says what the list said on 28 December 2021, and never “today”")

    # --- the complaint ------------------------------------------------------------------------------------

    def file_a_complaint(self) -> None:
        self.until(
            "the register's copy shows the new agency",
            lambda: (
                self.stage.count("register_copy", "SELECT count(*) FROM agencies_agency WHERE id = %s", self.agency)
                == 1
            ),
        )
        before = self.cases()
        worker = self.stage.visitor("intake")
        worker.get("/en/")
        worker.submit({"country": "XA"})
        worker.submit({"recruited_in": "same"}).says("Southern District", "National Labour Inspection", "immigration")
        worker.submit({"version": worker.page.value("version")})
        today = self.filed_on
        worker.walk({"now": {"danger": "no"}, "name": {"name": "Lantern Gate"}}, until="list")
        worker.submit({"agency": worker.page.option("agency", AGENCY)})
        worker.submit({"when_0": f"{today.month:02}", "when_1": str(today.year)}).says(AGENCY)
        said = _first_status(worker.page)
        worker.walk(
            {
                "kind": {"categories": ["fees", "contract_substitution"]},
                "words": {"happened": f"They took 900 for the visa and said: {CANARY}. The contract was another one."},
                "money": {"money": "yes"},
                "paid": {"item": "papers", "amount": "900", "currency": "USD", "whom": CANARY},
                "reach": {"reach": "yes"},
                "how": {"how": "message", "where": f"+000 {CANARY}", "when": "Fridays"},
                "tell": {"may": "yes", "told": ["money"]},
            }
        )
        worker.page.says("Check your answers", CANARY)
        self.tell(f"A worker answered the questions; the register on that day: “{said}”")

        worker.submit_and_lose_the_answer()
        self.until("the complaint is stored", lambda: self.cases() == before + 1)
        worker.submit()  # the page is still there: press Send again
        worker.page.says("This is your receipt")
        shown = worker.page.soup.select_one(".receipt") or worker.page.soup.find("main")
        assert shown is not None
        digits = re.findall(r"\b\d{4}\b", shown.get_text(" "))[:6]
        holds(len(digits) == 6, "a receipt of six groups of four digits", digits)
        self.receipt = " ".join(digits)
        holds(self.cases() == before + 1, "stored once, though sent twice", self.cases())
        worker.submit({"number": self.receipt})
        self.tell("The answer was lost on the way and the form sent again: stored once, one receipt, read back")

    def come_back(self, *words: str) -> Visitor:
        worker = self.stage.visitor("intake")
        worker.get("/en/back/")
        worker.submit({"number": self.receipt})
        worker.page.says(*words)
        return worker

    def first_release(self) -> None:
        seconds = self.until("the first tick releases rung 1", lambda: self.holdings() >= 1)
        self.come_back("Southern District").page.says_not("National Labour Inspection")
        self.hang_up_rudely("intake")
        wrong = self.stage.visitor("intake")
        wrong.get("/en/back/")
        wrong.submit({"number": self.receipt[:-1] + str((int(self.receipt[-1]) + 1) % 10)})
        self.tell(f"Back with the receipt: the Southern District has it ({seconds:.1f} s after filing)")

    def nobody_answers(self) -> None:
        self.stage.move_clock(WORKDAYS_GONE)
        seconds = self.until("escalation to the second office", lambda: self.holdings() >= 2)
        worker = self.come_back("Southern District", "National Labour Inspection")
        worker.submit({"text": f"I am still here. {CANARY} again."})
        worker.page.says(CANARY)
        self.tell(f"Six days passed and nobody acknowledged: escalated in {seconds:.1f} s, and the worker sees it")

    def kill_the_worker(self) -> None:
        holdings, steps, before = self.rows("holding"), self.rows("step"), self.cases()
        with self.stage.owner("casework") as lock, lock.transaction():
            lock.execute("SELECT 1 FROM complaints_office FOR UPDATE")  # the tick will wait in its transaction
            self.stage.command("intake", "load_demo_cases")
            self.until("the worker is in the middle of a tick", self.worker_waits)
            self.stage.processes.kill("worker")
        filed = self.cases() - before
        holds(self.rows("holding") == holdings, "nothing half done by the killed tick", self.rows("holding"))
        self.stage.processes.start_worker()
        seconds = self.until("every case released", lambda: self.rows("holding") == holdings + filed)
        time.sleep(2.5)  # two more ticks: whoever would release again, would now
        holds(self.rows("holding") == holdings + filed, "no case released twice", self.rows("holding"))
        holds(self.rows("step") == steps + filed, "a step for each release and no more", self.rows("step"))
        self.tell(
            f"kill -9 in the middle of a tick over {filed} cases: none lost, none doubled, done {seconds:.1f} s later"
        )

    # --- the desk -----------------------------------------------------------------------------------------

    def work_the_case(self) -> None:
        chidi = self.inspector("chidi")
        case = chidi.get("/").link(self._reference(chidi))
        chidi.get(case).says(CANARY, AGENCY)
        chidi.submit(action="/acknowledge/")
        chidi.submit({"answer-text": "We have your complaint and work on it."})
        chidi.submit({"finding-standard": "ARL 12", "finding-text": "Receipts found at an inspection."})
        chidi.page.says("ARL 12")
        evidence = chidi.page.value("referral-evidence_class")
        chidi.submit({"referral-standards": ["ARL 12"], "referral-evidence_class": evidence})
        holds(self.rows("referraloutbox") == 0 and self.referrals() == 0, "one member refers nothing", None)
        self.come_back("We have your complaint and work on it.")
        self.tell("Chidi Moor opened, acknowledged, answered, recorded a finding and proposed a referral")

        dita = self.inspector("dita")
        dita.get(urlsplit(case).path)
        dita.submit(action="/approve/")
        time.sleep(2.5)  # two more ticks: whoever would send it at once, would now
        holds(self.rows("referraloutbox") == 1 and self.referrals() == 0, "it waits for the week to end", None)
        amina = self.inspector("amina")
        amina.get(urlsplit(case).path)
        self.stage.move_clock(WEEK)
        seconds = self.until("the referral crosses the wall", lambda: self.referrals() == 1)
        self.tell(f"Dita Lund approved; a week later the referral was in the regulator's cluster, {seconds:.1f} s on")

    def _reference(self, inspector: Visitor) -> str:
        """The words of the link in the queue's row about our agency."""
        for row in inspector.page.soup.find_all("tr"):
            if AGENCY in row.get_text(" "):
                anchor = row.find("a")
                assert anchor is not None
                return " ".join(anchor.get_text(" ").split())
        raise NotAsExpected(f"the queue does not show a case about {AGENCY}: {inspector.page.text[:800]}")

    # --- the regulator ------------------------------------------------------------------------------------

    def suspend(self) -> None:
        officer = self.officer("officer")
        officer.get("/admin/register/referrals/").says(AGENCY)
        officer.follow(AGENCY).says("ARL 12", "Q").says_not(CANARY, "Chidi", "Dita")
        officer.submit(button="do")
        officer.get(f"/admin/register/agencies/{self.agency}/")
        officer.follow("Propose a decision")
        officer.submit(
            {
                "to": "SUSP_DISC",
                "standards": ["ARL 12"],
                "reasons": "Fees were charged to workers: receipts were found at an inspection.",
                "legal_basis": "Arland Recruitment Act, s. 30",
                "decision_number": "S/77",
            }
        )
        officer.page.says("S/77")
        self.stage.visitor("public").get(f"/register/agency/{self.agency}/").says("may recruit today")
        for member in ("government", "employers", "workers"):
            voter = self.officer(member)
            voter.get("/admin/register/sanctions/").says("S/77")
            voter.follow(AGENCY)
            voter.submit({"advice": "FOR", "reasons": "The receipts are plain."}, button="do")
        self.stage.visitor("public").get(f"/register/agency/{self.agency}/").says("may recruit today").says_not("S/77")
        approver = self.officer("approver")
        approver.get("/admin/register/decisions/").says("S/77")
        approver.follow(AGENCY)
        approver.submit(button="do")
        self.tell("The referral is in the admin without a word about a person; the board advised, two officers decided")

    def read_the_status_page(self) -> None:
        somebody = self.stage.visitor("public")
        page = somebody.get(f"/register/agency/{self.agency}/")
        page.says("may not recruit", "S/77", "Olive Marrow", "Tomas Quill", "The receipts are plain.")
        page = somebody.get(f"/register/agency/{self.agency}/?on={self.filed_on.isoformat()}")
        day = page.soup.select_one("#day")
        assert day is not None
        words = " ".join(day.get_text(" ").split())
        holds("may not" not in words, "on the day of the complaint it had a licence", words)
        self.tell(f"The status page says so, and what it was on the day of the complaint: “{_first_status(page)}”")

    # --- the firewall -------------------------------------------------------------------------------------

    def look_for_the_canary(self) -> None:
        for database in ("register", "casework"):
            with self.stage.owner(database) as link:
                link.execute("CHECKPOINT")
        folder = self.stage.installation.folder
        found = grep(folder, _disguises(CANARY))
        controls = grep(folder / "pg-casework", [b"Southern District"]) | grep(
            folder / "pg-register", [AGENCY.encode()]
        )
        holds(not any(found.values()), "the complaint's words are in no file", found)
        holds(all(controls.values()), "the same search finds what is there in clear", controls)
        logs = [path for path in (folder / "logs").iterdir() if path.stem in ("intake", "desk")]
        holds(not any(b"127.0.0.1" in path.read_bytes() for path in logs), "no visitor's address is in a log", logs)
        public = self.stage.visitor("public")
        addresses = ("/", "/register/?q=lantern", f"/register/agency/{self.agency}/", f"/register/?q={CANARY}")
        texts = [public.get(address).soup.decode() for address in addresses[:3]]
        holds(not any(CANARY in text for text in texts), "and on no public page", None)
        files = sum(1 for path in folder.rglob("*") if path.is_file())
        self.tell(
            f"The complaint's words: in none of {files} files (both clusters, WAL, logs, broker), on no public page"
        )

    def hang_up_rudely(self, zone: str) -> None:
        """What makes a web server complain about a visitor: no TLS where TLS is spoken."""
        where = urlsplit(self.stage.installation.origin(zone))
        with socket.create_connection((str(where.hostname), int(where.port or 443)), timeout=10) as line:
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with suppress(ConnectionResetError):  # the zone may hang up first
                line.recv(1)

    # --- people and counts --------------------------------------------------------------------------------

    def officer(self, username: str) -> Visitor:
        visitor = self.stage.visitor("public")
        visitor.get("/admin/login/")
        visitor.submit({"username": username, "password": self.stage.notes["regulators"][username]})
        visitor.submit({"code": codes.of_now(self.stage.notes["authenticators"][username], username)})
        return visitor

    def inspector(self, username: str) -> Visitor:
        words = self.stage.notes["inspectors"][username]
        visitor = self.stage.visitor("desk")
        visitor.get("/")
        visitor.submit({"username": username, "password": words["password"]})
        visitor.submit({"code": codes.of_now(words["secret"])})
        visitor.submit({"passphrase": words["passphrase"]})
        return visitor

    def rows(self, table: str) -> int:
        return self.stage.count("casework", f"SELECT count(*) FROM complaints_{table}")

    def cases(self) -> int:
        return self.rows("case")

    def holdings(self) -> int:
        return self.rows("holding")

    def referrals(self) -> int:
        return self.stage.count("register", "SELECT count(*) FROM agencies_referral")

    def worker_waits(self) -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'rw_worker' AND wait_event_type = 'Lock'"
        return self.stage.count("casework", query) > 0


def holds(true: bool, what: str, shown: object) -> None:
    if not true:
        raise NotAsExpected(f"does not hold: {what}. Seen: {shown}")


def _counts(output: str) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", output.strip().splitlines()[-1])}


def _first_status(page: Seen) -> str:
    found = page.soup.select("#day .status") or page.soup.select("main .status")
    return " ".join(found[0].get_text(" ").split()) if found else page.text[:80]


def _disguises(words: str) -> list[bytes]:
    """The words in clear, in UTF-16, in hexadecimal and in base64 at each of its three alignments."""
    raw = words.encode()
    found = [raw, raw.hex().encode()]
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        found.append(coded[4 if shift else 0 : -4])
    return found


@contextmanager
def played(name: str) -> Iterator[Story]:
    """A story with everything running; all of it is stopped afterwards, also after Ctrl-C."""

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    print("Setting the stage: two clusters, tables, policy, a made-up register, a key ceremony …", flush=True)
    stage = Stage.fresh(name)
    try:
        story = Story(stage)
        stage.processes.start()
        story.tell("Four zones run: three web servers, worker, beat, the register's refresh")
        yield story
    finally:
        stage.close()


def main() -> int:
    started = time.monotonic()
    try:
        with played("story") as story:
            story.import_two_registers()
            story.grant_a_licence()
            story.look_at_both_kinds_of_status()
            story.file_a_complaint()
            story.first_release()
            story.nobody_answers()
            story.kill_the_worker()
            story.work_the_case()
            story.suspend()
            story.read_the_status_page()
            story.look_for_the_canary()
    except NotAsExpected as fault:
        print(f"\nThe story broke: {fault}", file=sys.stderr)
        return 1
    print(f"The story held, every step, in {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
