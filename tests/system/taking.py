"""A whole installation, worked with and then taken: what the attacker of proof 18 is given."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from recruitment_watch.embedded import demo
from recruitment_watch.embedded.databases import manage
from recruitment_watch.embedded.home import PROJECT
from tests.proof import FULL
from tests.system.stage import Stage
from tests.system.story import AGENCY, CANARY, Story
from tests.system.visitor import Visitor

# In every field of a complaint something that should be found nowhere.
LANGUAGE, REGION = "zh-hant", "Quillon Heights"
STORY, CONTACT, UNLISTED = "canary story of a drawer", "canary contact 5550199", "Marigold Unlisted Bureau"
CATEGORIES = ("contract_substitution", "data_misuse")
EVERYWHERE = [CANARY, STORY, CONTACT, UNLISTED, REGION, *CATEGORIES]
IN_CASEWORK = [AGENCY, "Lantern Gate", "Golden Ladder", LANGUAGE]

ANOTHER_OFFICE = """
import json
from datetime import timedelta
from pathlib import Path
from complaints.cases.models import Attestation, Inspector, Office
from complaints.firewall import ceremony
from complaints.vault import members
from recruitment_watch import clock
today = clock.today()
privates = [path.read_bytes() for path in sorted(Path({offline!r}).glob("registrar-*.key"))]
words = members.new_passphrase()
staff = []
for name, role in (("erin", "head"), ("fadi", "inspector")):
    person = Inspector(username=name, name=name.title())
    person.set_password("another password of a test")
    staff.append(ceremony.Member(person, members.enrol(words, members.new_recovery_code()), role))
office = Office(name="Inspectorate of another country (made up)", country="XB", mandate="labour_only", languages=["en"])
attestation = Attestation(quotation="No task under immigration law.", source="A law made up, s. 1",
    document_sha256=bytes(32), countersigned_by="A witness", signed_on=today, expires_on=today + timedelta(days=300))
ceremony.establish(office, attestation, staff, today=today, registrar_privates=privates[:2])
print(json.dumps({{"passphrase": words, "office": str(office.pk)}}))
"""

A_COMPLAINT = """
import json, uuid
from complaints.intake.actions import file_complaint
from complaints.intake import readers, receipts as ours
from complaints.intake.answers import AgencyAnswer, Answers, Contact, FileAnswer
from complaints.vault import receipts
from django.db import connection
from recruitment_watch import clock
receipt = receipts.new_receipt()
answers = Answers(country="XA", region={region!r}, agency=AgencyAnswer(name={unlisted!r}), categories={categories!r},
    happened={story!r}, contact=Contact(how="phone", where={contact!r}), language={language!r})
ladder = readers.for_answers(answers)
photo = FileAnswer("x", "photo", "image/jpeg", 0, "ab" * 32), {story!r}.encode() * 20
file_complaint(case_id=uuid.uuid4(), receipt=receipt, answers=answers, offices=ladder, files=[photo])
with connection.cursor() as cursor:
    tags = [ours.keys_of(one).tag for one in (receipt, receipts.new_receipt())]
    cursor.execute("SELECT public.mailbox_helper(%s, %s)", tags)
print(json.dumps({{"receipt": receipt}}))
"""


@dataclass
class Scene:
    """What came of it, kept apart from what the attacker is given: these are the controls."""

    stage: Stage
    receipt: str
    elsewhere: dict[str, str]  # the office on no ladder
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.stage.installation.folder


@contextmanager
def set_up(name: str) -> Iterator[Scene]:
    """An installation that was worked with; all of it stops at the end, also of a failure."""
    stage = Stage.fresh(name)
    try:
        yield _worked_with(stage)
    finally:
        stage.close()


def _worked_with(stage: Stage) -> Scene:
    """Offices, the demonstration's six complaints, one more with canaries in every field, two over HTTPS; worked on."""
    offline = stage.installation.folder / "offline"
    elsewhere = _python(stage, "desk", ANOTHER_OFFICE.format(offline=str(offline)), owner=True)
    demo.refresh(stage.installation)
    stage.command("intake", "load_demo_cases")
    code = A_COMPLAINT.format(region=REGION, unlisted=UNLISTED, categories=CATEGORIES, story=STORY, contact=CONTACT,
                              language=LANGUAGE)  # fmt: skip
    filed = _python(stage, "intake", code)
    stage.processes.start()
    story = Story(stage)
    story.grant_a_licence()
    story.file_a_complaint()
    story.file_a_complaint()
    story.until("every case is with its first office", lambda: story.holdings() == story.cases() == 9)
    work(story)
    half_way = stage.visitor("intake")
    half_way.get("/en/")
    half_way.submit({"country": "XA"})
    rare_rows(stage)
    return Scene(stage, str(filed["receipt"]), elsewhere, stage.notes)


HERS = (
    "SELECT h.case_id FROM complaints_holding h JOIN complaints_membership m ON m.office_id = h.office_id "
    "JOIN complaints_inspector i ON i.id = m.inspector_id WHERE i.username = 'amina' ORDER BY h.case_id"
)


def work(story: Story) -> None:
    """An inspector opens two cases about one agency and answers one; so the log, messages and indexes have rows."""
    amina = story.inspector("amina")
    with story.stage.owner("casework") as link:
        cases = [str(row[0]) for row in link.execute(HERS)]
    for case in cases:
        amina.get(f"/case/{case}/")
    amina.submit(action="/acknowledge/")
    amina.submit({"answer-text": f"We have it. {CANARY}"})
    amina.submit({"finding-standard": "ARL 12", "finding-text": f"Seen at an inspection. {CANARY}"})
    amina.get(f"/case/{cases[-1]}/hand-over/")
    amina.submit({"office": amina.page.value("office"), "reason": f"They can act. {CANARY}"})
    amina.submit(action="/hand-over/")
    story.stage.command("desk", "lawful_demand", "record", "--kind", "court", "--authority", "District Court",
                        "--basis", "a law", "--asked", "all letters", "--given", "nothing")  # fmt: skip


# What the story does not bring about, one row each, as it would lie there: sealed columns get random bytes.
RARE = (
    "INSERT INTO complaints_approval (id, case_id, office_id, purpose, box, epoch, asked_by_id, asked_week, "
    "approved_by_id, approved_week, spent_week) SELECT gen_random_uuid(), h.case_id, h.office_id, 'protective', "
    "{box2089}, 0, m[1], '2026-W48', m[2], '2026-W48', '' FROM one_holding h, two_members WHERE true",
    "INSERT INTO complaints_protectivedisclosure (approval_id, told_week) "
    "SELECT id, '2026-W49' FROM complaints_approval",
    "INSERT INTO complaints_recusal (id, week, case_id, inspector_id) "
    "SELECT gen_random_uuid(), '2026-W48', h.case_id, m[1] FROM one_holding h, two_members",
    "INSERT INTO complaints_absence (id, office_id, inspector_id, cover_id, since, until) "
    "SELECT gen_random_uuid(), h.office_id, m[1], m[2], DATE '2026-12-01', DATE '2026-12-24' "
    "FROM one_holding h, two_members",
    "INSERT INTO complaints_identityholding (id, case_id, office_id, rung, box, week) "
    "SELECT gen_random_uuid(), case_id, office_id, 1, {box172}, '2026-W48' FROM one_holding",
    "INSERT INTO complaints_stuckcase (id, case_id, fault, tries, week) "
    "SELECT gen_random_uuid(), case_id, 'BadEnvelope', 2, '2026-W48' FROM one_holding",
    "INSERT INTO complaints_epochbox (id, case_id, epoch, kind, office_id, box) "
    "SELECT gen_random_uuid(), case_id, 1, 'office', office_id, {box255} FROM one_holding",
    "INSERT INTO complaints_epochbox (id, case_id, epoch, kind, inspector_id, box) "
    "SELECT gen_random_uuid(), case_id, 1, 'guest', m[1], {box255} FROM one_holding, two_members",
    "INSERT INTO complaints_departure (id, case_id, office_id, week) SELECT gen_random_uuid(), h.case_id, o.id, "
    "'2026-W48' FROM one_holding h, complaints_office o WHERE o.id <> h.office_id LIMIT 1",
    "INSERT INTO complaints_referraloutbox (id, agency, standards, evidence_class, quarter) "
    "VALUES (gen_random_uuid(), gen_random_uuid(), '{{ARL 12}}', 'documents', '2026-Q4')",
    "INSERT INTO complaints_enrolment (inspector_id, code_hash, expires) "
    "SELECT m[1], {hash32}, DATE '2026-12-24' FROM two_members",
)  # fmt: skip


def rare_rows(stage: Stage) -> None:
    with stage.owner("casework") as link:
        link.execute("CREATE TEMP TABLE one_holding AS SELECT case_id, office_id FROM complaints_holding LIMIT 1")
        link.execute("CREATE TEMP TABLE two_members AS SELECT array_agg(inspector_id) AS m FROM complaints_memberkey")
        for statement in RARE:
            table = statement.split()[2]
            link.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
            boxes = {f"box{size}": _hex(b"\x01" + secrets.token_bytes(size - 1)) for size in (172, 255, 2089)}
            link.execute(statement.format(hash32=_hex(secrets.token_bytes(32)), **boxes).encode())
        _a_guest(link)


def _a_guest(link: psycopg.Connection) -> None:
    link.execute("ALTER TABLE complaints_casegrant DISABLE TRIGGER USER")
    link.execute(
        "INSERT INTO complaints_casegrant (id, content_object_id, permission_id, user_id, office_id, until, voucher) "
        "SELECT gen_random_uuid(), h.case_id, p.id, m[1], h.office_id, DATE '2026-12-24', "
        f"{_hex(secrets.token_bytes(224))} "
        "FROM one_holding h, two_members, auth_permission p WHERE p.codename = 'interpret_case' LIMIT 1".encode()
    )


# --- taking it ----------------------------------------------------------------------------------------------


def take(scene: Scene, loot: Path) -> None:
    """Dumps, the worker's lock, weekly files, pinned and other keys, credentials, one password; no pepper."""
    shutil.rmtree(loot, ignore_errors=True)
    for database in ("casework", "register_copy", "register"):
        _dump(scene.stage, database, loot / "dumps" / database)
    for name in ("keys", "weeks", "words"):
        (loot / name).mkdir()
    for path in scene.stage.installation.retention.glob("*.key"):
        shutil.copy(path, loot / "weeks")
    for path in (scene.folder / "worker").glob("*.key"):
        shutil.copy(path, loot / "keys")
    for path in scene.stage.installation.pinned.rglob("*.pub"):
        (loot / "keys" / f"pinned-{path.parent.name}-{path.stem}.key").write_bytes(path.read_bytes()[:32])
    # As vault passphrases each of these costs seconds to try: in `make test` the likeliest alone.
    (loot / "words" / "password.txt").write_text(scene.notes["inspectors"]["amina"]["password"])
    if FULL:
        secret = scene.stage.installation.secret
        roles = ("register_rw_public", "casework_rw_intake", "casework_rw_desk", "casework_rw_worker")
        words = [*map(secret, (*roles, "public_secret_key")), *scene.notes["regulators"].values()]
        (loot / "words" / "credentials.txt").write_text("\n".join(words))
    # Every office's private key but those of the cases' ladders: the members of the one elsewhere were made to talk.
    (loot / "words" / "elsewhere.txt").write_text(scene.elsewhere["passphrase"])
    (loot / "canaries.txt").write_text("\n".join(EVERYWHERE))
    (loot / "casework_canaries.txt").write_text("\n".join(IN_CASEWORK))


def attack(loot: Path) -> dict[str, Any]:
    """Let the attacker loose, as a process that is given the folder and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.attacker", str(loot)],
        cwd=PROJECT, env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def sign_in(scene: Scene, username: str, code: str) -> Visitor:
    """With a password and even the code of the app, but without the six words."""
    visitor = scene.stage.visitor("desk")
    visitor.get("/")
    visitor.submit({"username": username, "password": scene.notes["inspectors"][username]["password"]})
    visitor.submit({"code": code})
    return visitor


def _dump(stage: Stage, database: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    with stage.owner(database) as link:
        tables = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            query = sql.SQL(
                "COPY (SELECT ctid::text AS row_place, xmin::text AS row_transaction, t.* FROM {} t) "
                "TO STDOUT (FORMAT csv, HEADER)"
            ).format(sql.Identifier(table))
            with (folder / f"{table}.csv").open("wb") as file, link.cursor().copy(query) as copy:
                for part in copy:
                    file.write(part)


def _python(stage: Stage, zone: str, code: str, *, owner: bool = False) -> dict[str, Any]:
    """Run a few lines with a zone's settings: under its own role, or as the owner for a ceremony."""
    arguments: Sequence[str] = ("shell", "--no-imports", "-c", code)
    said = manage(stage.installation, *arguments, zone=zone) if owner else stage.command(zone, *arguments)
    return dict(json.loads(said.strip().splitlines()[-1]))


def _hex(raw: bytes) -> str:
    return f"'\\x{raw.hex()}'::bytea"
