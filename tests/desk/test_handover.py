"""Handing a case to an office outside: who may, to whom, what is in the parcel, and what the complainant reads."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import fastjsonschema
import pypdfium2
import pytest
from django.db import IntegrityError, connection, transaction
from nacl.signing import SigningKey

from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Attestation, Case, Departure, Holding, Inspector, Office
from complaints.cases.moves import Overtaken
from complaints.cases.states import Severity
from complaints.desk import actions, handover
from complaints.desk.handover import NotLet
from complaints.desk.parcels import package
from complaints.firewall import access, acknowledgements
from complaints.firewall.access import OpenCase
from complaints.firewall.departures import NotYours
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail, Parcel
from complaints.vault import padding, parcels
from complaints.vault.statements import Way
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from recruitment_watch.embedded.home import PROJECT
from tests.desk.cast import CONTACT, STORY, Desk, vault_of
from tests.desk.parcels import age_file
from tests.factories import Cast
from tests.outside import Outside, deliver_to, outside

AsOwner = Callable[[], AbstractContextManager[None]]
SCHEMA = fastjsonschema.compile(json.loads((PROJECT / "docs" / "schemas" / "parcel-1.json").read_text()))
pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def far(as_owner: AsOwner, registrar_privates: list[bytes]) -> Outside:
    with as_owner():
        return outside(registrar_privates, languages=["en"])


@pytest.fixture
def opened(case: UUID, ana: Inspector, vault: OpenVault) -> OpenCase:
    actions.acknowledge(access.open_case(case, by=ana, vault=vault), by=ana)
    return access.open_case(case, by=ana, vault=vault)


def give(case: OpenCase, to: Outside, **more: Any) -> Parcel:
    given = {"reason": "You can act there.", "files": (), **more}
    return handover.hand_over(case, by=case.member, to=to.office, **given)


def verbs() -> list[str]:
    return list(DisclosureDetail.objects.order_by("disclosure").values_list("verb", flat=True))


def test_a_parcel_holds_what_the_office_needs_and_nobody_s_name(
    opened: OpenCase, far: Outside, as_owner: AsOwner
) -> None:
    sealed = age_file(give(opened, far), as_owner)
    inside = far.open(sealed)
    assert set(inside) == {"letter.pdf", "letter.html", "case.json", "padding"}
    said = json.loads(inside["case.json"])
    SCHEMA(said)
    assert said["happened"] == STORY and said["agency"]["licence"] == "L-7"
    assert said["licence"][0] == {"on": "2024-05-01", "answer": "may", "list_of": ""}
    monday = date.today() - timedelta(days=date.today().weekday())  # of the day itself nothing is kept
    assert said["filed"] == clocks.quarter(monday) and said["may_be_told"] == []
    everything = b"".join(inside.values())
    for never in (CONTACT, "5550199", str(opened.case.pk), opened.case.reference, opened.case.week):
        assert never.encode() not in everything, never
    assert STORY in inside["letter.html"].decode() and said["acknowledge"]["code"] in inside["letter.html"].decode()


def test_the_letter_s_pdf_reads_like_its_page(opened: OpenCase, far: Outside, as_owner: AsOwner) -> None:
    inside = far.open(age_file(give(opened, far, reason="Because.\nTwo lines."), as_owner))
    with pypdfium2.PdfDocument(inside["letter.pdf"]) as document:
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    assert "canary-story" in text and "Golden Harvest" in text and "Two lines." in text


def test_the_standard_tool_opens_it(opened: OpenCase, far: Outside, as_owner: AsOwner, tmp_path: Path) -> None:
    key, sealed, plain = tmp_path / "key", tmp_path / "parcel.age", tmp_path / "parcel.zip"
    key.write_text(f"{far.identity}\n")
    sealed.write_bytes(age_file(give(opened, far), as_owner))
    subprocess.run(["age", "--decrypt", "-i", str(key), "-o", str(plain), str(sealed)], check=True)
    assert plain.read_bytes()[:2] == b"PK"


def test_parcels_without_attachments_are_all_as_long(opened: OpenCase, far: Outside, as_owner: AsOwner) -> None:
    one, other = give(opened, far), give(opened, far, reason="x" * 3000)
    with as_owner():
        assert len({len(bytes(row.box)) for row in Parcel.objects.all()}) == 1
    inside = [far.open(age_file(parcel, as_owner)) for parcel in (one, other)]
    assert len(inside[0]["case.json"]) != len(inside[1]["case.json"])  # the control: without padding they differ
    assert len(package.zipped({"a": bytes(10)})) == padding.padme(package.LEAST)
    for size in (900_000, 900_001, 901_000):
        made = len(package.zipped({"a": bytes(size)}))
        assert made == padding.padme(made) and size < made < size * 1.12


def test_the_complainant_and_the_colleagues_read_of_it_and_the_log_has_it_first(
    opened: OpenCase, far: Outside, ana: Inspector, vault: OpenVault
) -> None:
    give(opened, far, reason="The employer sits there.")
    again = access.open_case(opened.case.pk, by=ana, vault=vault)
    told = [str((one.content or {}).get("text")) for one in again.messages]
    assert any("Inspectorate of Borland in Bahrain" in text and "not get how to reach you" in text for text in told)
    noted = [one.content for one in again.records]
    assert noted[-1] is not None and noted[-1]["text"] == "The employer sits there."
    assert "handed_over" in verbs()
    link = DisclosureDetail.objects.get(verb="handed_over")
    assert (link.office, link.inspector, link.case_id) == (far.office, ana, opened.case.pk)


def test_only_who_speaks_for_the_office_hands_over(
    case: UUID, opened: OpenCase, far: Outside, ben: Inspector, office: Cast
) -> None:
    theirs = access.open_case(case, by=ben, vault=vault_of(office, 1))
    with pytest.raises(NotYours):
        give(theirs, far)
    assert not Parcel.objects.exists()


def end_mandate(to: Office) -> None:
    Office.objects.filter(pk=to.pk).update(mandate="joint_taskforce")


def end_attestation(to: Office) -> None:
    Attestation.objects.filter(office=to).update(withdrawn=True)


def leave(to: Office) -> None:
    case = Case.objects.get()
    Holding.objects.create(case=case, office=to, rung=2, box=b"x", week="2026-W48", severity=2, due=case.due)
    Departure.objects.create(case=case, office=to, week="2026-W48")


@pytest.mark.parametrize("how", [end_mandate, end_attestation, leave])
def test_the_database_lets_no_parcel_go_to_an_office_outside_rule_1_or_that_left(
    opened: OpenCase, far: Outside, as_owner: AsOwner, how: Callable[[Office], None]
) -> None:
    """By SQL alone, with everything else right; the control is the same insert before."""
    case = opened.case

    def insert() -> None:
        with transaction.atomic():
            Parcel.objects.bulk_create([
                Parcel(case=case, office=far.office, sender=opened.office, recipient=str(far.identity.to_public()),
                       box=b"x", week="2026-W48", acknowledgement_key=bytes(32))
            ])  # fmt: skip

    insert()
    with as_owner():
        how(far.office)
        fresh = Case.objects.get(pk=case.pk)
    case.state = fresh.state
    with pytest.raises(IntegrityError) as caught:
        insert()
    assert constraint_of(caught.value).startswith("firewall_veto_parcel")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"recipient": "age1another"}, "firewall_veto_parcel_recipient"),
        ({"state": "sent"}, "firewall_veto_parcel_changed"),
        ({"sender": "other"}, "firewall_veto_parcel_sender"),
    ],
)
def test_the_database_lets_nothing_else_through(
    opened: OpenCase, far: Outside, other: Cast, change: dict[str, str], constraint: str
) -> None:
    values: dict[str, Any] = {
        "case": opened.case, "office": far.office, "sender": opened.office, "box": b"x", "week": "2026-W48",
        "recipient": str(far.identity.to_public()), "acknowledgement_key": bytes(32), **change,
    }  # fmt: skip
    if change.get("sender"):
        values["sender"] = other.office
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Parcel(**values).save(force_insert=True)
    assert constraint_of(caught.value) == constraint


def test_the_gateway_offers_only_offices_with_mandate_attestation_and_delivery(
    opened: OpenCase, far: Outside, other: Cast, as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    assert handover.recipients(opened) == [far.office]  # `other` has no delivery
    tomorrow = date.today() + timedelta(days=1)
    with as_owner():
        deliver_to(far, registrar_privates, serial=2, starts_on=tomorrow)
    assert handover.recipients(opened) == [far.office]  # the older one is still in force
    with as_owner():
        deliver_to(far, registrar_privates, serial=3, way=Way.NONE)
    assert handover.recipients(opened) == []


def test_a_refusal_is_in_the_log_and_nothing_of_it_goes(
    opened: OpenCase, far: Outside, as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        deliver_to(far, registrar_privates, serial=2, way=Way.NONE)
    with pytest.raises(NotLet):
        give(opened, far)
    assert verbs()[-1] == "parcel_refused" and not Parcel.objects.exists()
    assert not opened.case.messages.exists()


def test_an_older_delivery_never_comes_back(far: Outside, as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        deliver_to(far, registrar_privates, serial=2, address="https://new.example/")
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            deliver_to(far, registrar_privates, serial=2, address="https://old.example/")
    assert constraint_of(caught.value) == "registrar_outdated"


def test_a_parcel_is_recalled_before_it_is_sent_and_not_after(
    opened: OpenCase, far: Outside, ana: Inspector, ben: Inspector, as_owner: AsOwner
) -> None:
    first, second = give(opened, far), give(opened, far)
    with pytest.raises(NotYours):
        handover.recall(first, by=ben)
    handover.recall(first, by=ana)
    with as_owner():
        row = Parcel.objects.get(pk=first.pk)
        assert (row.state, bytes(row.box)) == ("recalled", b"")
        Parcel.objects.filter(pk=second.pk).update(state="sent")
    with pytest.raises(Overtaken):
        handover.recall(second, by=ana)


def test_what_was_given_up_goes_again_while_the_office_may_have_it(
    opened: OpenCase, far: Outside, ana: Inspector, as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    parcel = give(opened, far)
    with pytest.raises(Overtaken):
        handover.resend(parcel, by=ana)  # it waits
    with as_owner():
        Parcel.objects.filter(pk=parcel.pk).update(attempts=12)
        Parcel.objects.filter(pk=parcel.pk).update(state="dead")
    handover.resend(parcel, by=ana)
    assert Parcel.objects.filter(pk=parcel.pk).values_list("state", "attempts", "due").get() == ("waiting", 0, None)
    with as_owner():
        Parcel.objects.filter(pk=parcel.pk).update(state="dead")
        deliver_to(far, registrar_privates, serial=2, way=Way.NONE)
    with pytest.raises(NotLet):
        handover.resend(parcel, by=ana)
    assert Parcel.objects.values_list("state", flat=True).get(pk=parcel.pk) == "dead"
    assert verbs()[-1] == "parcel_refused"


def test_withdrawing_takes_the_parcel(opened: OpenCase, far: Outside, as_owner: AsOwner) -> None:
    give(opened, far)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT public.mailbox_withdraw(tag) FROM complaints_receipt")
    assert not Parcel.objects.exists()


# --- acknowledging -------------------------------------------------------------------------------------------


def test_a_code_or_a_signature_says_that_it_has_arrived_and_twice_is_once(
    opened: OpenCase, far: Outside, as_owner: AsOwner
) -> None:
    one, two = give(opened, far), give(opened, far)
    code = far.case(age_file(one, as_owner))["acknowledge"]["code"]
    how = far.case(age_file(two, as_owner))["acknowledge"]
    assert not acknowledgements.by_code(two.pk, code), "another parcel's"
    assert acknowledgements.by_code(one.pk, code.lower().replace("-", " "))
    assert acknowledgements.by_code(one.pk, code)
    signature = sign(how)
    assert not acknowledgements.by_signature(one.pk, signature)
    assert acknowledgements.by_signature(two.pk, signature) and acknowledgements.by_signature(two.pk, signature)
    assert not acknowledgements.by_code(uuid4(), code) and not acknowledgements.by_signature(uuid4(), signature)
    with as_owner():
        rows = list(Parcel.objects.values_list("state", "box", "due"))
    assert [(state, bytes(box), due) for state, box, due in rows] == [("acknowledged", b"", None)] * 2
    assert verbs().count("parcel_acknowledged") == 2


def sign(how: dict[str, str]) -> bytes:
    """As a receiver's own program does it, from case.json alone."""
    return bytes(SigningKey(bytes.fromhex(how["seed"])).sign(how["text"].encode()).signature)


def test_the_page_to_acknowledge_tells_a_stranger_nothing(
    opened: OpenCase, far: Outside, as_owner: AsOwner, client: Any
) -> None:
    one = give(opened, far)
    how = far.case(age_file(one, as_owner))["acknowledge"]
    assert how["address"].endswith(f"/received/{one.pk}/")
    mine, nobodys = f"/received/{one.pk}/", f"/received/{uuid4()}/"
    wrong = parcels.new_code()
    for data in ({"code": wrong}, {"code": "x"}, {"code": ""}, {"signature": base64.b64encode(bytes(64)).decode()}, {}):
        here, there = client.post(mine, data), client.post(nobodys, data)
        assert here.status_code == there.status_code == 422
        assert here.content == there.content
    assert client.get(mine).content == client.get(nobodys).content
    assert not client.get(mine).cookies
    done = client.post(mine, {"signature": base64.b64encode(sign(how)).decode()})
    assert done.status_code == 200 and b"can see that you have it" in done.content
    assert client.post(mine, {"code": how["code"]}).status_code == 200
    assert Parcel.objects.values_list("state", flat=True).get() == "acknowledged"


# --- pages ---------------------------------------------------------------------------------------------------


def test_a_head_looks_at_what_goes_and_hands_it_over(
    opened: OpenCase, far: Outside, ana: Inspector, ben: Inspector, desk: Callable[..., Desk], as_owner: AsOwner
) -> None:
    me, case = desk(ana, 0), opened.case.pk
    assert b"Your office has handed nothing over" in me.get("parcels").content
    assert b"Inspectorate of Borland" in me.get("hand-over", case).content
    assert me.post("hand-over", case, office=str(far.office.pk), reason="").status_code == 422
    given = {"office": str(far.office.pk), "reason": "They can act."}
    look = me.post("hand-over", case, **given)
    assert look.status_code == 200 and not Parcel.objects.exists()
    text = look.content.decode()
    assert STORY in text and "They can act." in text and "5550199" not in text
    assert me.post("hand-over", case, **given, sure="yes").status_code == 302
    listed = me.get("parcels").content.decode()
    assert "on its way" in listed and "It goes within minutes." in listed
    parcel = Parcel.objects.defer("box").get()
    assert b"Recall it" in me.get("parcel", parcel.pk).content
    other = desk(ben, 1)
    assert b"Recall it" not in other.get("parcel", parcel.pk).content
    assert other.post("parcel-recall", parcel.pk).status_code == 403
    assert other.get("hand-over", case).status_code == 403
    assert me.post("parcel-recall", parcel.pk).status_code == 302
    assert b"recalled" in me.get("parcel", parcel.pk).content


def test_a_parcel_that_nobody_acknowledges_is_seen_and_sent_again(
    opened: OpenCase, far: Outside, ana: Inspector, desk: Callable[..., Desk], as_owner: AsOwner,
    move_clock: Callable[..., None],
) -> None:  # fmt: skip
    parcel = give(opened, far)
    due = clocks.due(Stage.ACKNOWLEDGE, Severity(opened.case.severity), clock.now(), far.office)
    with as_owner():
        Parcel.objects.filter(pk=parcel.pk).update(attempts=1)
        Parcel.objects.filter(pk=parcel.pk).update(state="sent", due=due)
    assert b"It ought to be acknowledged" in desk(ana, 0).get("parcels").content
    assert desk(ana, 0).post("parcel-resend", parcel.pk).status_code == 409
    move_clock(seconds=(due - clock.now()).total_seconds() + 1)
    me = desk(ana, 0)
    assert b"Not acknowledged in time" in me.get("parcels").content and b"needs you" in me.get("parcels").content
    assert me.post("parcel-resend", parcel.pk).status_code == 302
    assert Parcel.objects.values_list("state", flat=True).get() == "waiting"


def test_another_office_s_parcels_are_not_there(
    opened: OpenCase, far: Outside, charlie: Inspector, desk: Callable[..., Desk]
) -> None:
    parcel = give(opened, far)
    assert desk(charlie, 0).get("parcel", parcel.pk).status_code == 404
    assert desk(charlie, 0).post("parcel-recall", parcel.pk).status_code == 404
