"""Parcels on their way: what happens with each kind of receiver, over real sockets, under the worker's own role.

The table of docs/delivery.md is this test's own: a row that says something else than what happens fails it.
"""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pyrage
import pytest

from complaints.cases import clocks, pinned
from complaints.cases.clocks import Stage
from complaints.cases.models import Attestation, Case, Holding, Office
from complaints.cases.states import Severity
from complaints.escalation import carriers, delivery, retention
from complaints.escalation.carriers import NotDelivered
from complaints.escalation.delivery import Claimed
from complaints.firewall import acknowledgements
from complaints.firewall.models import DisclosureDetail, Parcel
from complaints.vault import contexts, padding, parcels
from complaints.vault import retention as layers
from complaints.vault.statements import Way
from recruitment_watch.embedded.home import PROJECT
from tests.factories import Cast
from tests.outside import Outside, deliver_to, outside
from tests.system import receiver
from tests.system.mail_sink import MailSink
from tests.system.receiver import Authority, Receiver, says
from tests.worker.cast import Filed, file_case, now

AsOwner = Callable[[], AbstractContextManager[None]]
CODE = parcels.new_code()
BODY = b"age-encryption.org/v1\n" + bytes(range(256)) * 40
NOW = now()
# Seconds: an answer that comes has time also on a busy machine; one that never does is waited for less.
PATIENCE = {"connect": 20.0, "whole": 20.0}
SHORT = PATIENCE | {"whole": 0.4}


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Authority:
    made = Authority(tmp_path)
    settings.DELIVERY_CA, settings.DELIVERY_INSIDE = str(made.bundle), True
    return made


@pytest.fixture
def far(as_owner: AsOwner, registrar_privates: list[bytes]) -> Outside:
    with as_owner():
        return outside(registrar_privates)


@dataclass
class Scene:
    """A case that an office holds, and the means to hand it over."""

    case: Filed
    office: Cast
    far: Outside
    as_owner: AsOwner
    privates: list[bytes]
    serial: int = 1

    def goes_to(self, address: str, way: Way = Way.HTTPS, **more: Any) -> None:
        self.serial += 1
        with self.as_owner():
            deliver_to(self.far, self.privates, serial=self.serial, way=way, address=address, **more)

    def parcel(self) -> UUID:
        """As the desk puts it there."""
        case = self.case.row
        parcel = Parcel(case=case, office=self.far.office, sender=self.office.office, week=clocks.week(NOW),
                        recipient=str(self.far.identity.to_public()))  # fmt: skip
        seed = parcels.acknowledgement_seed(CODE, parcel=parcel.pk.bytes)
        parcel.acknowledgement_key = parcels.public_of(seed)
        parcel.box = layers.wrap(
            pinned.week_keys().read(case.death_week), padding.pad_file(BODY), week=case.death_week,
            context=contexts.parcel(case.pk.bytes, parcel.pk.bytes),
        )  # fmt: skip
        with self.as_owner():
            parcel.save(force_insert=True)
        return parcel.pk

    def acknowledge(self, parcel: UUID) -> bool:
        with self.as_owner():
            return acknowledgements.by_code(parcel, CODE)


@pytest.fixture
def scene(offices: list[Cast], far: Outside, as_owner: AsOwner, registrar_privates: list[bytes]) -> Scene:
    with as_owner():
        case = file_case([offices[0]], at=NOW)
        Case.objects.filter(pk=case.pk).update(state="acknowledged", rung=1)
        Holding.objects.create(
            case_id=case.pk, office=offices[0].office, rung=1, box=b"x", week="2026-W48", severity=2, due=NOW
        )
    return Scene(case, offices[0], far, as_owner, registrar_privates)


def deliver(at: datetime = NOW, by: Callable[[Claimed], None] | None = None) -> dict[str, int]:
    return dict(delivery.deliver(at, weeks=pinned.week_keys(), by=by or partial(delivery.carry, **PATIENCE)))


def row(parcel: UUID) -> Parcel:
    return Parcel.objects.get(pk=parcel)


# --- Shows 4 -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A receiver, what is seen of it, and what is written about it in docs/delivery.md."""

    words: str
    what: str
    state: str  # after the first try
    kind: str = ""  # of the failure
    requests: int = 1
    then: str = "sent"  # after the second try, an hour or more later
    answers: tuple[receiver.Answer, ...] = ()
    certificate: str = "good"
    plain: bool = False


AGAIN = "tried again, at most 12 times in about three days; then given up, and the lead sees it"
OK = receiver.ok()
KINDS = [
    Kind("takes it", "sent; by when it ought to be acknowledged is shown", "sent", then="", answers=(*says(OK),)),
    Kind("is down", AGAIN, "waiting", "NoConnection", requests=0, then="waiting"),
    Kind("never answers", f"given 60 seconds, then {AGAIN}", "waiting", "TooSlow", then="waiting",
         answers=(receiver.silence,)),
    Kind("answers a byte at a time", f"given 60 seconds in all, then {AGAIN}", "waiting", "TooSlow", then="waiting",
         answers=(receiver.drip,)),
    Kind("answers 500, later 200", "tried again after an hour or so under the same number; then sent", "waiting",
         "Answered500", answers=(*says(b"HTTP/1.1 500 Oh\r\n\r\n", OK),)),
    Kind("answers twice", "the first answer counts", "sent", then="",
         answers=(*says(OK + b"HTTP/1.1 500 Oh\r\n\r\n"),)),
    Kind("sends an endless body", "the answer's first line counts; no more than 4 KiB are read", "sent", then="",
         answers=(receiver.endless(b"HTTP/1.1 200 OK\r\n\r\n"),)),
    Kind("sends an endless first line", AGAIN, "waiting", "NoAnswer", then="waiting",
         answers=(receiver.endless(b"HTTP/1.1 "),)),
    Kind("hangs up without an answer", AGAIN, "waiting", "NoAnswer", then="waiting",
         answers=(lambda _wire, _over: None,)),
    Kind("redirects", f"not followed: nothing goes anywhere else; {AGAIN}", "waiting", "Redirected", then="waiting",
         answers=(*says(b"HTTP/1.1 307 There\r\nlocation: https://localhost/\r\n\r\n"),)),
    Kind("has a certificate for another name", f"not one byte of the parcel goes; {AGAIN}", "waiting", "BadCertificate",
         requests=0, then="waiting", certificate="wrong-host"),
    Kind("has a certificate that has expired", f"not one byte of the parcel goes; {AGAIN}", "waiting", "BadCertificate",
         requests=0, then="waiting", certificate="expired"),
    Kind("has signed its certificate itself", f"not one byte of the parcel goes; {AGAIN}", "waiting", "BadCertificate",
         requests=0, then="waiting", certificate="self-signed"),
    Kind("speaks without TLS", f"not one byte of the parcel goes; {AGAIN}", "waiting", "NoConnection", requests=0,
         then="waiting", plain=True),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.words.replace(" ", "-"))
def test_what_happens_with_a_receiver_that(kind: Kind, scene: Scene, authority: Authority) -> None:
    certificate = authority.issue(kind.certificate)
    faults: list[str] = []

    def by(claimed: Claimed) -> None:
        try:
            delivery.carry(claimed, **(SHORT if kind.kind == "TooSlow" else PATIENCE))
        except NotDelivered as error:
            faults.append(error.kind)
            raise

    with Receiver(certificate, kind.answers or says(OK), plain=kind.plain) as there:
        if kind.words == "is down":
            there.close()
        scene.goes_to(there.address)
        parcel = scene.parcel()
        assert deliver(NOW, by) == {kind.state: 1}
        found = row(parcel)
        assert (found.state, found.attempts, faults[-1:]) == (kind.state, 1, [kind.kind] if kind.kind else [])
        assert len(there.got) == kind.requests
        assert deliver(NOW, by) == {}, "nothing is due"
        if kind.then:
            assert found.due is not None and found.due.minute == found.due.second == 0
            assert deliver(found.due - timedelta(seconds=1), by) == {}
            assert deliver(found.due, by) == {kind.then: 1}
            assert len({one.headers["webhook-id"] for one in there.got}) <= 1
        else:
            assert found.due == clocks.due(Stage.ACKNOWLEDGE, Severity.S2, NOW, scene.far.office)
    if not kind.kind:
        check_signed(there.got[-1], parcel)


def check_signed(got: receiver.Got, parcel: UUID) -> None:
    """As a receiver does it: the library's own check is in tests/vault."""
    said = got.headers
    assert got.line == "POST /parcels HTTP/1.1" and got.body == BODY and said["webhook-id"] == str(parcel)
    args = {"reference": said["webhook-id"], "timestamp": int(said["webhook-timestamp"])}
    assert parcels.is_signed(pinned.delivery_public(), said["webhook-signature"], body=got.body, **args)
    for wrong in ({"body": got.body + b"x"}, {"body": got.body, "timestamp": args["timestamp"] + 1}):
        assert not parcels.is_signed(pinned.delivery_public(), said["webhook-signature"], **{**args, **wrong})
    assert set(said) == {
        "host", "content-length", "connection", "content-type", "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip


ACKNOWLEDGED = {
    "acknowledges twice": "counted once; the sealed file is deleted at the first",
    "acknowledges before it answers": "acknowledged; whatever it answers then changes nothing",
    "lies about receipt: answers 200, never acknowledges":
        "sent; when the time to acknowledge is over, the lead sees it and may send it again under the same number",
}  # fmt: skip


def test_one_that_acknowledges_twice_or_before_it_answers(scene: Scene, authority: Authority) -> None:
    with Receiver(authority.issue(), says(OK)) as there:
        scene.goes_to(there.address)
        one, two = scene.parcel(), scene.parcel()

        def early(claimed: Claimed) -> None:
            delivery.carry(claimed, **PATIENCE)
            assert scene.acknowledge(claimed.reference)

        deliver(NOW, early)
    assert [row(key).state for key in (one, two)] == ["acknowledged"] * 2
    assert scene.acknowledge(one) and row(one).state == "acknowledged" and bytes(row(one).box) == b""
    with scene.as_owner():
        assert DisclosureDetail.objects.filter(verb="parcel_acknowledged").count() == 2


def test_one_that_lies_about_receipt(scene: Scene, authority: Authority) -> None:
    with Receiver(authority.issue(), says(OK)) as there:
        scene.goes_to(there.address)
        parcel = scene.parcel()
        deliver()
        found = row(parcel)
        assert found.due is not None and bytes(found.box), "kept until somebody says that they have it"
        assert deliver(found.due + timedelta(days=30)) == {}, "not sent again by itself"
        with scene.as_owner():  # as the lead does at the desk (tests/desk/test_handover.py)
            Parcel.objects.filter(pk=parcel).update(state="waiting", attempts=0, due=None)
        assert deliver(found.due) == {"sent": 1}
    assert [one.headers["webhook-id"] for one in there.got] == [str(parcel)] * 2


def test_the_table_in_the_documents_is_this_one() -> None:
    page = (PROJECT / "docs" / "delivery.md").read_text()
    for words, what in [*((kind.words, kind.what) for kind in KINDS), *ACKNOWLEDGED.items()]:
        assert f"| {words} | {what} |" in page
    table = page.split("| it … | what happens |\n|---|---|\n")[1].split("\n\n")[0]
    assert len(table.splitlines()) == len(KINDS) + len(ACKNOWLEDGED)


# --- tries ---------------------------------------------------------------------------------------------------


def refuse(claimed: Claimed) -> None:
    raise NotDelivered("Answered500")


def test_it_is_tried_twelve_times_and_then_given_up(scene: Scene) -> None:
    parcel, at, tries = scene.parcel(), NOW, 0
    while row(parcel).state == "waiting":
        assert deliver(at, refuse) == ({"waiting": 1} if tries < delivery.TRIES - 1 else {"dead": 1})
        tries += 1
        at = row(parcel).due or at
    assert (row(parcel).state, tries, row(parcel).due) == ("dead", delivery.TRIES, None)
    assert timedelta(hours=12) < at - NOW < timedelta(days=7)


def test_the_waits_grow_with_full_jitter_and_say_no_finer_time_than_an_hour() -> None:
    highest = [delivery.next_try(NOW, n, drawn=lambda low, high: high) - NOW for n in range(1, 12)]
    lowest = [delivery.next_try(NOW, n, drawn=lambda low, high: low) - NOW for n in range(1, 12)]
    assert all(wait <= timedelta(hours=1, minutes=5) for wait in lowest)
    assert highest[0] <= timedelta(hours=2) and highest[-1] >= delivery.LONGEST_WAIT
    middle = sum((delivery.next_try(NOW, n, drawn=lambda low, high: high / 2) - NOW for n in range(1, 12)), timedelta())
    assert timedelta(days=2) < middle < timedelta(days=4)
    assert all((NOW + wait).minute == (NOW + wait).second == 0 for wait in highest + lowest)


def test_a_worker_that_dies_between_sending_and_recording_sends_the_same_again(
    scene: Scene, authority: Authority
) -> None:
    def die(claimed: Claimed) -> None:
        delivery.carry(claimed, **PATIENCE)
        raise SystemExit

    with Receiver(authority.issue(), says(OK)) as there:
        scene.goes_to(there.address)
        parcel = scene.parcel()
        with pytest.raises(SystemExit):
            deliver(NOW, die)
        due = row(parcel).due
        assert (row(parcel).state, row(parcel).attempts) == ("waiting", 1) and due is not None
        assert due - NOW >= delivery.SHORTEST_WAIT > timedelta(seconds=carriers.WHOLE_SECONDS)
        assert deliver(due) == {"sent": 1}
    assert [one.headers["webhook-id"] for one in there.got] == [str(parcel)] * 2
    assert there.got[0].body == there.got[1].body


def test_one_whose_worker_died_in_the_last_try_is_given_up(scene: Scene) -> None:
    parcel = scene.parcel()
    with scene.as_owner():
        Parcel.objects.filter(pk=parcel).update(attempts=delivery.TRIES, due=NOW)
    assert deliver(NOW, refuse) == {"dead": 1}


def test_a_parcel_that_does_not_open_stalls_no_other(scene: Scene) -> None:
    broken, good = scene.parcel(), scene.parcel()
    with scene.as_owner():
        Parcel.objects.filter(pk=broken).update(box=b"\x01damaged")
    assert deliver(NOW, lambda claimed: None) == {"dead": 1, "sent": 1}
    assert row(good).state == "sent"


def test_what_was_recalled_or_withdrawn_while_it_was_sent_stays_so(scene: Scene) -> None:
    recalled = scene.parcel()

    def recall(claimed: Claimed) -> None:
        with scene.as_owner():
            Parcel.objects.filter(pk=claimed.reference).update(state="recalled", box=b"", due=None)

    deliver(NOW, recall)
    assert row(recalled).state == "recalled"
    scene.parcel()

    def withdraw(claimed: Claimed) -> None:
        with scene.as_owner():
            Parcel.objects.filter(pk=claimed.reference).delete()

    assert deliver(NOW, withdraw) == {"recalled": 1}


# --- rule 1, at the moment of sending ------------------------------------------------------------------------


def lapsed(scene: Scene) -> None:
    Attestation.objects.filter(office=scene.far.office).update(
        signed_on=NOW.date() - timedelta(days=300), expires_on=NOW.date()
    )


def mandate(scene: Scene) -> None:
    Office.objects.filter(pk=scene.far.office.pk).update(mandate="joint_taskforce")


def sender(scene: Scene) -> None:
    Holding.objects.filter(case=scene.case.pk).delete()


def another_key(scene: Scene) -> None:
    scene.goes_to("https://x.example/", identity=pyrage.x25519.Identity.generate())


def over(scene: Scene) -> None:
    scene.goes_to("", way=Way.NONE)


@pytest.mark.parametrize("how", [lapsed, mandate, sender, another_key, over])
def test_nothing_goes_to_an_office_that_may_not_have_it_any_more(how: Callable[[Scene], None], scene: Scene) -> None:
    """The control is `test_what_happens_with_a_receiver_that[takes-it]`: with nothing changed it goes."""
    went: list[UUID] = []
    parcel = scene.parcel()
    if how in (another_key, over):
        how(scene)
    else:
        with scene.as_owner():
            how(scene)
    deliver(NOW, lambda claimed: went.append(claimed.reference))
    assert went == [] and row(parcel).state == "refused"


@pytest.mark.parametrize("whose", ["the sender's", "the receiver's"])
def test_an_attestation_that_ends_by_application_time_ends_it_too(scene: Scene, whose: str) -> None:
    """No job has to run, and the database's own clock need not have come to that day."""
    parcel, later = scene.parcel(), NOW + timedelta(days=20)
    office = scene.office.office if whose == "the sender's" else scene.far.office
    with scene.as_owner():
        Attestation.objects.filter(office=office).update(expires_on=later.date())
    assert deliver(later, lambda claimed: None) == {"refused": 1}
    with scene.as_owner():
        assert DisclosureDetail.objects.filter(verb="parcel_refused").count() == 1
    assert row(parcel).due is None


def test_the_log_has_it_before_it_goes(scene: Scene) -> None:
    scene.parcel()
    seen: list[list[str]] = []

    def look(claimed: Claimed) -> None:
        with scene.as_owner():
            seen.append(list(DisclosureDetail.objects.values_list("verb", flat=True)))

    deliver(NOW, look)
    assert seen == [["parcel_sent"]]


# --- addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["https://localhost:1/", "https://127.0.0.1/", "https://169.254.169.254/latest", "http://a.example/"]
)
def test_nothing_is_sent_inside_a_network_or_without_tls(address: str) -> None:
    with pytest.raises(NotDelivered) as caught:
        carriers.by_https(address, b"x", {}, inside=False)
    assert caught.value.kind == ("NotAnAddress" if address.startswith("http:") else "InsideAddress")


def test_a_name_with_one_inside_address_among_others_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was looked at is what is connected to: the name is asked once."""
    asked: list[str] = []

    def answer(host: str, port: object, **_: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (ip, port)) for ip in ("93.184.215.14", "10.0.0.8")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(NotDelivered, match="InsideAddress"):
        carriers.by_https("https://two.example/", b"x", {}, inside=False)
    assert asked == ["two.example"]


# --- mail ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[Path]:
    kept = tmp_path / "mail"
    with ExitStack() as stack:
        server = stack.enter_context(MailSink(kept))
        settings.DELIVERY_MAIL, settings.DELIVERY_FROM = f"smtp://127.0.0.1:{server.port}", "desk@home.example"
        yield kept


def test_by_mail_every_parcel_looks_the_same_but_for_its_file(scene: Scene, sink: Path) -> None:
    scene.goes_to("parcels@far.example", way=Way.MAIL)
    parcel = scene.parcel()
    assert deliver() == {"sent": 1} and row(parcel).state == "sent"
    raw = sink.read_bytes()
    start = raw.index(b"data\r\n") + 6
    message = email.message_from_bytes(raw[start : raw.index(b"\r\n.\r\n", start)], policy=email.policy.default)
    (attached,) = message.iter_attachments()
    assert attached.get_content() == BODY and attached.get_filename() == "parcel.age"
    assert message["Subject"] == carriers.SUBJECT and message["To"] == "parcels@far.example"
    assert set(message.keys()) == {"From", "To", "Subject", "Date", "MIME-Version", "Content-Type"}
    assert str(message["Date"]).endswith("00:00:00 +0000")
    text = raw.replace(attached.as_bytes(), b"")
    for never in (str(parcel), parcel.hex, str(scene.case.pk), socket.gethostname()):
        assert never.encode() not in text


@pytest.mark.parametrize("mail", ["", "smtp://mail.example:25", "smtp://127.0.0.1:1"])
def test_without_a_mail_server_that_is_ours_it_waits(scene: Scene, settings: Any, mail: str) -> None:
    settings.DELIVERY_MAIL, settings.DELIVERY_FROM = mail, "desk@home.example"
    scene.goes_to("parcels@far.example", way=Way.MAIL)
    scene.parcel()
    assert deliver() == {"waiting": 1}


# --- retention -----------------------------------------------------------------------------------------------


def test_a_parcel_is_kept_on_with_its_case(scene: Scene) -> None:
    """In the case's week the worker puts it under the later week's file; what is inside is the same."""
    with scene.as_owner():
        scene.case = file_case([scene.office], at=NOW - timedelta(weeks=layers.RETENTION_WEEKS))
        case = scene.case.row
        office, key = scene.office.office, pinned.week_keys().read(case.death_week)
        context = contexts.holding(case.pk.bytes, office.pk.bytes)
        box = layers.wrap(key, b"inner", week=case.death_week, context=context)
        Holding.objects.create(case=case, office=office, rung=1, box=box, week=case.week, severity=2, due=NOW)
    parcel = scene.parcel()
    before = bytes(row(parcel).box)
    assert retention._move_on(case.pk, pinned.week_keys(), NOW.date())
    assert scene.case.row.death_week > case.death_week and bytes(row(parcel).box) != before
    went: list[bytes] = []
    assert deliver(NOW, lambda claimed: went.append(claimed.body)) == {"sent": 1} and went == [BODY]
