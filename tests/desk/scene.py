"""A case that three offices share, for whatever happens when one of them, or one of its members, goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID, uuid4

from complaints.cases import pinned
from complaints.cases.models import Case, Holding
from complaints.cases.states import State
from complaints.desk import actions
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from complaints.intake import mailbox
from complaints.intake import receipts as intake_receipts
from complaints.vault import contexts, retention, rungs
from tests.desk.cast import vault_of
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]


@dataclass
class Scene:
    """A case with three offices on its ladder, of which the first two have it, and its complainant."""

    case_id: UUID
    offices: tuple[Cast, Cast, Cast]
    receipt: str
    as_owner: AsOwner

    def open(self, office: int, number: int = 0) -> OpenCase:
        cast = self.offices[office]
        return access.open_case(self.case_id, by=cast.members[number], vault=vault_of(cast, number))

    def answer(self, office: int, text: str) -> None:
        case = self.open(office)
        if case.case.state == State.RELEASED:
            actions.acknowledge(case, by=case.member)
            case = self.open(office)
        actions.answer(case, by=case.member, text=text)

    def said(self, office: int) -> list[object]:
        return [one.content and one.content["text"] for one in self.open(office).messages]

    def complainant(self) -> mailbox.Mailbox:
        with self.as_owner():
            opened = mailbox.open_mailbox(intake_receipts.keys_of(self.receipt))
        assert opened is not None
        return opened

    def write(self, text: str) -> bool:
        opened = self.complainant()
        with self.as_owner():
            return mailbox.write(opened, message_id=uuid4(), text=text)

    def heard(self) -> list[str]:
        return [one.text for one in self.complainant().letters]

    @property
    def row(self) -> Case:
        return Case.objects.get(pk=self.case_id)

    def rung_private(self, office: int) -> bytes:
        """What an office has from its inner box besides the case's keys."""
        row = self.row
        holding = Holding.objects.get(case=row, office=self.offices[office].office)
        inner = retention.unwrap(
            pinned.week_keys().read(row.death_week), bytes(holding.box), week=row.death_week,
            context=contexts.holding(row.pk.bytes, holding.office_id.bytes),
        )  # fmt: skip
        secrets = vault_of(self.offices[office], 0).with_office(
            holding.office_id,
            lambda private: rungs.open_inner(
                office_private=private, inner_box=inner, case=row.pk.bytes, number=holding.rung
            ),
        )
        return secrets.rung_private
