"""The cast of the desk's tests: Ana and Ben of the office that holds the case, Charlie of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from agencies.models import Agency, Licence, LicenceEvent, Register, Standard
from complaints.cases import routing
from complaints.cases.models import Case, Inspector
from complaints.firewall import access, ceremony
from complaints.firewall.access import OpenCase
from complaints.firewall.keys import OpenVault
from complaints.intake.actions import file_complaint
from complaints.intake.answers import FileAnswer
from complaints.vault import receipts, statements
from recruitment_watch import clock
from tests.desk.cast import Desk, answers_about, file_and_release, release, vault_of
from tests.desk.scene import Scene
from tests.factories import Cast, make_office

AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def office(as_owner: AsOwner, registrar_privates: list[bytes]) -> Cast:
    with as_owner():
        return make_office(registrar_privates=registrar_privates, name="Inspectorate of Doha")


@pytest.fixture
def other(as_owner: AsOwner, registrar_privates: list[bytes]) -> Cast:
    with as_owner():
        return make_office(registrar_privates=registrar_privates, name="Inspectorate of Manama", country="BH")


@pytest.fixture
def certify(as_owner: AsOwner, registrar_privates: list[bytes]) -> Callable[..., None]:
    """Two registrars sign for the office's key of this generation."""

    def sign(cast: Cast, generation: int) -> None:
        office = cast.office
        key, attestation = office.keys.get(generation=generation), office.attestations.get()
        said = ceremony.certificate_of(office, key, attestation, since=date.today())
        with as_owner():
            ceremony.take(statements.sign(said, *registrar_privates[:2]))

    return sign


@pytest.fixture
def ana(office: Cast) -> Inspector:
    return office.members[0]


@pytest.fixture
def ben(office: Cast) -> Inspector:
    return office.members[1]


@pytest.fixture
def charlie(other: Cast) -> Inspector:
    return other.members[0]


@pytest.fixture
def agency(as_owner: AsOwner) -> Agency:
    """An agency of the home register, licensed since 2020, with two standards to break."""
    with as_owner():
        copy = "register_copy"
        home = Register.objects.using(copy).create(code="home", name="Register of Qatar", country="QA", is_home=True)
        for code, title in (("S-1", "No fee is taken from a worker"), ("S-2", "No passport is kept")):
            Standard.objects.using(copy).create(register_id=home.pk, code=code, title=title)
        found = Agency.objects.using(copy).create(register_id=home.pk, name="Golden Harvest Manpower", country="QA")
        licence = Licence.objects.using(copy).create(
            agency_id=found.pk, register_id=home.pk, number="L-7", number_core="7",
            valid_from=date(2020, 1, 1), valid_to=date(date.today().year + 1, 12, 31),
        )  # fmt: skip
        LicenceEvent.objects.using(copy).create(
            licence_id=licence.pk, position=1, to_state="ACTIVE", decision_number="D-1", legal_basis="Law 1",
            reasons="Granted.", decided_on=date(2020, 1, 1), effective_from=date(2020, 1, 1),
            recorded_at="2020-01-01T00:00:00Z", decided_by="R. Registrar",
        )  # fmt: skip
    return found


@pytest.fixture
def file_case(as_owner: AsOwner, settings: Any, agency: Agency) -> Callable[..., UUID]:
    """File a complaint as intake does and release its first rung to `to` as the worker does; the case's id."""
    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"

    def file(to: Cast, *, files: Sequence[tuple[FileAnswer, bytes]] = (), **answers: object) -> UUID:
        facts = [one for one in routing.offices_for(str(to.office.country), on=date.today()) if one.id == to.office.pk]
        with as_owner():
            return file_and_release(answers_about(agency, **answers), facts, files)

    return file


@pytest.fixture
def case(file_case: Callable[..., UUID], office: Cast) -> UUID:
    return file_case(office)


@pytest.fixture
def vault(office: Cast) -> OpenVault:
    """Ana's."""
    return vault_of(office, 0)


@pytest.fixture
def hers(ana: Inspector, case: UUID, vault: OpenVault) -> OpenCase:
    """The case as Ana has it open."""
    return access.open_case(case, by=ana, vault=vault)


@pytest.fixture
def his(ben: Inspector, case: UUID, office: Cast) -> OpenCase:
    """The same as Ben has it."""
    return access.open_case(case, by=ben, vault=vault_of(office, 1))


@pytest.fixture
def desk() -> Callable[[Inspector, int], Desk]:
    """A browser in which somebody has signed in and opened the vault: `desk(ana, 0)`."""
    return Desk.of


@pytest.fixture
def move_clock(settings: Any, tmp_path: Path) -> Callable[..., None]:
    """`move_clock(minutes=16)`: application time goes on by so much; the database's stays."""

    def move(**by: float) -> None:
        settings.CLOCK_FILE = tmp_path / "clock"
        before = float(settings.CLOCK_FILE.read_text()) if settings.CLOCK_FILE.exists() else 0.0
        settings.CLOCK_FILE.write_text(str(before + timedelta(**by).total_seconds()))

    return move


@pytest.fixture
def scene(as_owner: AsOwner, registrar_privates: list[bytes], settings: Any, agency: Agency) -> Scene:
    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"
    with as_owner():
        casts = [make_office(registrar_privates=registrar_privates, name=name) for name in ("A", "B", "C")]
        facts = {one.id: one for one in routing.offices_for("QA", on=clock.today())}
        case_id, receipt = uuid4(), receipts.new_receipt()
        ladder = [facts[cast.office.pk] for cast in casts]
        file_complaint(case_id=case_id, receipt=receipt, answers=answers_about(agency), offices=ladder)
        for number in (1, 2):
            release(Case.objects.get(pk=case_id), number)
    return Scene(case_id, (casts[0], casts[1], casts[2]), receipt, as_owner)
