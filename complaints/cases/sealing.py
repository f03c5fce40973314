"""The sealed contents of a case, by name: which key, which field, which padding.

One place, because both rooms that write must agree: intake seals what desk opens, and the other way round.
Contents are mappings (their shapes stand at each function); `key` is 32 bytes. Opening raises BadEnvelope.
The cover and the identity stay under their first keys; all else has the epoch of the body key it lies under.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from complaints.vault import contents

Sealed = dict[str, object]


def seal_cover(key: bytes, content: Mapping[str, object], *, case: UUID) -> bytes:
    """{agency: {id|null, name, register, licence}, categories, country, region, sector, language, whose, group, ladder,
    complainant}.

    `ladder` is the `vault.rungs.ladder_digest` of the six rungs, `complainant` their public key, both hexadecimal: who
    makes a new epoch believes these and not the rows.
    """
    return contents.seal_text(key, contents.pack(content), case=case.bytes, field="cover", epoch=0)


def open_cover(key: bytes, box: bytes, *, case: UUID) -> Sealed:
    return contents.unpack(contents.open_text(key, box, case=case.bytes, field="cover", epoch=0))


def seal_attachment(key: bytes, data: bytes, *, case: UUID, row: UUID, epoch: int) -> bytes:
    """A file's bytes; `row` is the Attachment's id. What it is stands in the body or message that came with it."""
    return contents.seal_file(key, data, case=case.bytes, field=f"file/{row}", epoch=epoch)


def open_attachment(key: bytes, box: bytes, *, case: UUID, row: UUID, epoch: int) -> bytes:
    return contents.open_file(key, box, case=case.bytes, field=f"file/{row}", epoch=epoch)


def seal_body(key: bytes, content: Mapping[str, object], *, case: UUID, epoch: int = 0) -> bytes:
    """{happened, promised, when: "2026-05" | "2026" | null, licence_on_day: text | null, money: yes | no | "",
    fees: [], papers: [], wants: {items, words}, files: [], consent: {agency: [], contact}}; the lists as
    `complaints.intake.answers` says. Of a field that an earlier version did not ask for there is none.
    """
    return contents.seal_text(key, contents.pack(content), case=case.bytes, field="body", epoch=epoch)


def open_body(key: bytes, box: bytes, *, case: UUID, epoch: int = 0) -> Sealed:
    return contents.unpack(contents.open_text(key, box, case=case.bytes, field="body", epoch=epoch))


def seal_identity(key: bytes, content: Mapping[str, object], *, case: UUID) -> bytes:
    """{contact: {how, where, when} or {}}."""
    return contents.seal_text(key, contents.pack(content), case=case.bytes, field="identity", epoch=0)


def open_identity(key: bytes, box: bytes, *, case: UUID) -> Sealed:
    return contents.unpack(contents.open_text(key, box, case=case.bytes, field="identity", epoch=0))


def seal_message(key: bytes, content: Mapping[str, object], *, case: UUID, row: UUID, epoch: int) -> bytes:
    """{text, at: ISO 8601 date-time, author: "complainant" | the office's name, files: [], consent?: {agency: []}};
    `row` is the Message's id. With `consent` it says what the agency may be told from then on; with `left` it is a
    question, and so many working days were left of the office's clock.
    """
    return contents.seal_message(key, contents.pack(content), case=case.bytes, field=f"message/{row}", epoch=epoch)


def open_message(key: bytes, box: bytes, *, case: UUID, row: UUID, epoch: int) -> Sealed:
    opened = contents.open_message(key, box, case=case.bytes, field=f"message/{row}", epoch=epoch)
    return contents.unpack(opened)


def seal_record(key: bytes, content: Mapping[str, object], *, case: UUID, row: UUID, epoch: int) -> bytes:
    """{kind, text, at, by} and by kind:

    finding {standard, evidence: [ids]}; evidence {class, day}; inspection {employer, place, day, ground}; remedy {what,
    stage, amount, currency, owes: [], source}; letter {letter, language, answer_by, standards: []}; closing {outcome};
    severity {was, becomes}; handed_over {office}; link {case: id}; office_note; task {day, whom: id, name}; task_done
    {task: id}; of a guest: note, and translation {of: happened | promised | a message's id}. `row` is the CaseRecord's
    id.
    """
    return contents.seal_text(key, contents.pack(content), case=case.bytes, field=f"record/{row}", epoch=epoch)


def open_record(key: bytes, box: bytes, *, case: UUID, row: UUID, epoch: int) -> Sealed:
    return contents.unpack(contents.open_text(key, box, case=case.bytes, field=f"record/{row}", epoch=epoch))


def seal_approval(key: bytes, content: Mapping[str, object], *, case: UUID, row: UUID, epoch: int) -> bytes:
    """{agency, agency_name, standards, evidence_class} of a referral; `row` is the Approval's id."""
    return contents.seal_message(key, contents.pack(content), case=case.bytes, field=f"approval/{row}", epoch=epoch)


def open_approval(key: bytes, box: bytes, *, case: UUID, row: UUID, epoch: int) -> Sealed:
    opened = contents.open_message(key, box, case=case.bytes, field=f"approval/{row}", epoch=epoch)
    return contents.unpack(opened)
