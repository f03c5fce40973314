"""A case goes to an office outside: from the desk, by the real worker, to a real HTTPS server, and is acknowledged."""

from __future__ import annotations

import base64
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyrage
import pytest
from nacl.signing import SigningKey

from complaints.vault import parcels, statements
from complaints.vault.statements import DeliverySaid, Way
from recruitment_watch.embedded import demo
from tests.system import receiver
from tests.system.receiver import Authority, Receiver, says
from tests.system.stage import Stage
from tests.system.story import Story
from tests.system.visitor import Visitor

OFFICE = "Seafarers' Inspectorate of Arland (made up)"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def story(authority: Authority) -> Iterator[Story]:
    stage = Stage.fresh("delivery")
    stage.processes.more |= {"RW_DELIVERY_CA": str(authority.bundle), "RW_DELIVERY_INSIDE": "1"}
    try:
        demo.refresh(stage.installation)
        stage.command("intake", "load_demo_cases")
        stage.processes.start()
        yield Story(stage)
    finally:
        stage.close()


def registrars_sign(stage: Stage, folder: Path, address: str) -> pyrage.x25519.Identity:
    """A new key and address for the office outside; the operator takes the file in."""
    identity = pyrage.x25519.Identity.generate()
    with stage.owner("casework") as link:
        (office,) = link.execute("SELECT id FROM complaints_office WHERE name = %s", [OFFICE]).fetchone() or ("",)
    said = DeliverySaid(
        office_id=uuid.UUID(str(office)).bytes, serial=2, recipient=str(identity.to_public()), way=Way.HTTPS,
        address=address, starts_on=date.today(),
    )  # fmt: skip
    keys = [path.read_bytes() for path in sorted((stage.installation.folder / "offline").glob("registrar-*.key"))]
    signed = folder / "delivery.signed"
    signed.write_bytes(statements.sign(said, *keys[:2]).to_bytes())
    assert "delivery taken in" in stage.command("desk", "office", "take", str(signed))
    return identity


def hand_over(amina: Visitor, case: str) -> None:
    amina.get(f"/case/{case}/")
    amina.submit(action="/acknowledge/")
    amina.follow("Hand the case to an office outside")
    amina.submit({"office": amina.page.value("office"), "reason": "It happened on a ship."})
    amina.page.says("It happened on a ship.", "This and nothing else")
    amina.submit(action="/hand-over/")
    amina.page.says("The parcel is on its way", OFFICE)


def test_a_case_goes_to_an_office_outside_and_is_acknowledged(
    story: Story, authority: Authority, tmp_path: Path
) -> None:
    with Receiver(authority.issue(), says(receiver.ok())) as there:
        identity = registrars_sign(story.stage, tmp_path, there.address)
        story.until("a case is with its first office", lambda: story.holdings() == story.cases() > 0)
        with story.stage.owner("casework") as link:
            (case,) = link.execute("SELECT id FROM complaints_case ORDER BY id LIMIT 1").fetchone() or ("",)
        amina = story.inspector("amina")
        hand_over(amina, str(case))
        query = "SELECT count(*) FROM complaints_parcel WHERE state = %s"
        story.until("the worker has sent it", lambda: story.stage.count("casework", query, "sent") == 1)
    (got,) = there.got
    words = story.stage.command("worker", "delivery_key").strip()
    public = base64.b64decode(words.removeprefix("whpk_"))
    said = got.headers
    assert parcels.is_signed(
        public, said["webhook-signature"], reference=said["webhook-id"], timestamp=int(said["webhook-timestamp"]),
        body=got.body,
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(got.body, [identity]))) as archive:
        how = json.loads(archive.read("case.json"))["acknowledge"]
    nobody = story.stage.visitor("desk")
    nobody.get(how["address"])
    nobody.submit({"code": parcels.new_code()}, expect=422)
    nobody.page.says("does not fit")
    signature = SigningKey(bytes.fromhex(how["seed"])).sign(how["text"].encode()).signature
    nobody.client.post(how["address"], data={"signature": base64.b64encode(signature).decode()}).raise_for_status()
    amina.get("/parcels/").says("acknowledged: they have it")
    nobody.get(how["address"])
    nobody.submit({"code": how["code"]})
    nobody.page.says("Thank you")
    assert story.stage.count("casework", "SELECT count(*) FROM complaints_parcel WHERE box <> ''") == 0
