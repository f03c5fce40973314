"""Everything that is held, column by column, in words fit to publish: what each is, and what it gives away.

`manage.py subpoena` holds a live database against this list and fails for whatever stands on one side only, so that
no column comes into being without a word about it. A clear column either names the facts that it gives away, which
are listed first, or says why it gives away nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a column is, to somebody who takes the whole database."""

    FACT = "stands in clear"
    SEALED = "sealed box"
    HASH = "hash"
    RANDOM = "random number"
    KEY = "public key"
    CONFIG = "of the installation"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `sizes` are the byte lengths a sealed box or hash may have; none is any."""

    kind: Kind
    words: str
    facts: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()


# What can be learned without opening a box. The attacker of tests/system must learn these and nothing else.
FACTS: Mapping[str, str] = MappingProxyType(
    {
        "cases": "That complaints exist, how many, and which rows belong to the same one. Their numbers are random.",
        "week-of-filing": "In which week each was filed. Never the day.",
        "state": "How far each has come: filed, with an office, worked on, closed.",
        "severity": "One of four bands: danger, could cost the licence, wages and conditions, service.",
        "due": "When an office must have answered: to the hour in danger, to the day where a licence is at stake, "
        "else to the week's end.",
        "rung": "How many of its six steps a case has gone.",
        "week-of-death": "In which week it will be destroyed, and so whether it was kept on.",
        "epoch": "How often an office has left a case, or a guest's office its mandate.",
        "offices-asked": "Which offices were given a case or passed over, in which week; and so in which country it "
        "happened, or which part of it.",
        "holders": "Which offices hold it now, and which member it is assigned to.",
        "same-agency": "Inside one office, which cases are about the same agency. Not about which one.",
        "ladder": "Which offices stand on the steps still to come: the worker's lock and the weekly files open a "
        "step's outer lock, which holds an office's number. What is inside stays locked.",
        "departures": "That an office no longer has a case, since which week. Not why.",
        "recusals": "That a member may not see a case of their own office.",
        "guests": "Which person was invited to help with a case, by which office, until when.",
        "readers": "To whom later keys of a case are sealed.",
        "identity-given": "That an office was given the key to who complained, in which week.",
        "messages": "How many messages went which way in which week.",
        "attachments": "How many photos, documents or recordings came with a case, in which week.",
        "file-sizes": "How large a photo, document or recording is, to about a tenth (PADMÉ).",
        "helpers": "That a complainant gave a helper a receipt by which they see how far the case is.",
        "records": "How many entries the office made, in which week.",
        "approvals": "What two members agreed on (refer, learn who complained, keep, protect a life), who they were, "
        "in which week.",
        "told": "In which week a complainant was told of a disclosure that protected a life.",
        "acts": "Which member opened, answered or did what with which case, in which week: the disclosure log.",
        "stuck": "That the machine could not move a case on, and the kind of its error.",
        "sizes": "How long a text is, to the next of four steps.",
        "order": "In which order rows came into being, and roughly when: from the database's own files.",
        "drafts": "How many forms are being filled in, to the hour.",
        "statistics": "How many statistics envelopes each quarter has.",
        "offices": "The inspectorates: names, countries, mandates, what was attested, their public keys.",
        "members": "Who works in which inspectorate, since when, in which role.",
        "enrolments": "Which member was invited and has not come yet.",
        "second-factors": "Which members have set up a second factor.",
        "sessions": "Which members are signed in at the desk, to the hour.",
        "referrals": "That an agency was referred to the regulator: which, for which breach, on what kind of "
        "evidence, in which quarter. Nothing about a person.",
        "demands": "Which authorities demanded data from us before, and what they got.",
    }
)


def _fact(words: str, *facts: str) -> Column:
    return Column(Kind.FACT, words, facts)


def _sealed(words: str, *sizes: int, facts: tuple[str, ...] = ()) -> Column:
    return Column(Kind.SEALED, words, facts, sizes)


def _hash(words: str, *sizes: int) -> Column:
    return Column(Kind.HASH, words, (), sizes)


def _key(words: str) -> Column:
    return Column(Kind.KEY, words, (), (32,))


def _config(words: str, *facts: str) -> Column:
    return Column(Kind.CONFIG, words, facts)


_BOX = 41  # what encryption adds
TEXT = tuple(step * 8192 + _BOX for step in range(1, 5))
MESSAGE = tuple(step * 2048 + _BOX for step in range(1, 5))
DRAFT = tuple(step * 2048 + _BOX for step in range(1, 33))
_ID = Column(Kind.RANDOM, "A random number; says neither when nor in which order.")
_CASE = _fact("Which case it belongs to, by its random number.", "cases")
_WEEK = "The week, never the day."

CASEWORK: Mapping[str, Mapping[str, Column]] = MappingProxyType(
    {
        "complaints_case": {
            "id": _CASE,
            "week": _fact("The week of filing, never the day.", "week-of-filing"),
            "state": _fact("How far it has come; the queue and the clocks need it.", "state"),
            "severity": _fact("One of four bands; decides which clock runs.", "severity"),
            "rung": _fact("The last of its six steps that was taken.", "rung"),
            "due": _fact("Rounded up: to the hour, the day or the week's end, by severity.", "due"),
            "death_week": _fact("Says which weekly file its boxes lie under.", "week-of-death"),
            "epoch": _fact("Counts how often a new key became due because an office left.", "epoch"),
        },
        "complaints_receipt": {
            "case_id": _CASE,
            "tag": _hash("Finds the case for whoever has the receipt; made with a secret outside the database.", 16),
            "public_key": _key("The complainant's; the private half is in no file, only their receipt yields it."),
            "box": _sealed("All keys of the case, to the complainant alone.", 235),
        },
        "complaints_content": {
            "id": _ID,
            "case_id": _CASE,
            "kind": _fact("Cover, story or identity: every case has all three.", "cases"),
            "epoch": _fact("Which of the case's keys it lies under.", "epoch"),
            "box": _sealed("What the complainant said, in four sizes.", *TEXT, facts=("sizes",)),
        },
        "complaints_rung": {
            "id": _ID,
            "case_id": _CASE,
            "number": _fact("1 to 6; every case has all six.", "cases"),
            "box": _sealed("Two locks: the worker's outside, one office's inside. Unused ones look alike.", 333,
                           facts=("ladder",)),
            "identity_box": _sealed("The same for who complained.", 269, facts=("ladder",)),
            "public_key": _key("The rung's own; the private half is inside its inner box."),
        },
        "complaints_holding": {
            "id": _ID,
            "case_id": _CASE,
            "office_id": _fact("The office that holds the case; its queue needs it.", "holders"),
            "assignee_id": _fact("The member who works it.", "holders"),
            "rung": _fact("By which step the office came to it.", "offices-asked"),
            "box": _sealed("The case's keys, to this office alone.", 236),
            "agency_index": Column(Kind.HASH, "The same for two cases of this office about one agency; made with the "
                                   "office's private key, so nobody else can compute it.", ("same-agency",), (16,)),
            "generation": _fact("To which generation of the office's key it was sealed again.", "holders"),
            "week": _fact(_WEEK, "offices-asked"),
            "severity": _fact("Repeats the case's.", "severity"),
            "due": _fact("Repeats the case's.", "due"),
        },
        "complaints_step": {
            "id": _ID,
            "case_id": _CASE,
            "rung": _fact("Which of the six.", "offices-asked"),
            "outcome": _fact("Given to an office, or passed over because the veto refused it.", "offices-asked"),
            "office_id": _fact("Which office.", "offices-asked"),
            "week": _fact(_WEEK, "offices-asked"),
        },
        "complaints_epochbox": {
            "id": _ID,
            "case_id": _CASE,
            "epoch": _fact("Which of the case's keys.", "epoch"),
            "kind": _fact("Whether to the complainant, an office, a guest or a step still to come.", "readers"),
            "office_id": _fact("To which office.", "readers"),
            "inspector_id": _fact("To which guest.", "readers"),
            "rung": _fact("To which step.", "readers"),
            "box": _sealed("A later key of the case, to one reader alone.", 207),
        },
        "complaints_identityholding": {
            "id": _ID,
            "case_id": _CASE,
            "office_id": _fact("Which office was given it, after two members had asked.", "identity-given"),
            "rung": _fact("By which step the office came to the case.", "identity-given"),
            "box": _sealed("The key to who complained, to this office alone.", 172),
            "week": _fact(_WEEK, "identity-given"),
        },
        "complaints_departure": {
            "id": _ID,
            "case_id": _CASE,
            "office_id": _fact("Which office; not why.", "departures"),
            "week": _fact(_WEEK, "departures"),
        },
        "complaints_recusal": {
            "id": _ID,
            "case_id": _CASE,
            "inspector_id": _fact("Who may not see it.", "recusals"),
            "week": _fact(_WEEK, "recusals"),
        },
        "complaints_casegrant": {
            "id": _ID,
            "content_object_id": _CASE,
            "permission_id": _fact("Whether as interpreter, specialist or lead.", "guests"),
            "user_id": _fact("Who was invited.", "guests"),
            "office_id": _fact("By which office.", "guests"),
            "until": _fact("The last day.", "guests"),
            "voucher": _hash("The office's word for a guest's key; only who reads the case makes or checks it.", 0, 32),
        },
        "complaints_message": {
            "id": _ID,
            "case_id": _CASE,
            "direction": _fact("From the complainant, or to them.", "messages"),
            "week": _fact(_WEEK, "messages"),
            "epoch": _fact("Which of the case's keys it lies under.", "epoch"),
            "box": _sealed("Text, author and exact time, in four sizes.", *MESSAGE, facts=("sizes",)),
        },
        "complaints_attachment": {
            "id": _ID,
            "case_id": _CASE,
            "week": _fact(_WEEK, "attachments"),
            "epoch": _fact("Which of the case's keys it lies under.", "epoch"),
            "box": _sealed("A photo, document or recording. Its kind is inside.", facts=("file-sizes",)),
        },
        "complaints_helperreceipt": {
            "case_id": _fact("That a helper was given a receipt which opens nothing.", "helpers"),
            "tag": _hash("Of that receipt.", 16),
        },
        "complaints_caserecord": {
            "id": _ID,
            "case_id": _CASE,
            "week": _fact(_WEEK, "records"),
            "epoch": _fact("Which of the case's keys it lies under.", "epoch"),
            "box": _sealed("A finding or note of the office, in four sizes.", *TEXT, facts=("sizes",)),
        },
        "complaints_approval": {
            "id": _ID,
            "case_id": _CASE,
            "office_id": _fact("Whose members.", "approvals"),
            "purpose": _fact("What it takes two members for.", "approvals"),
            "box": _sealed("The reasons and particulars.", *MESSAGE, *TEXT, facts=("sizes",)),
            "epoch": _fact("Which of the case's keys it lies under.", "epoch"),
            "asked_by_id": _fact("Who asked.", "approvals"),
            "asked_week": _fact(_WEEK, "approvals"),
            "approved_by_id": _fact("Who approved.", "approvals"),
            "approved_week": _fact(_WEEK, "approvals"),
            "spent_week": _fact("When it was acted on, by week.", "approvals"),
        },
        "complaints_protectivedisclosure": {
            "approval_id": _fact("Which approval.", "approvals"),
            "told_week": _fact("When the complainant was told, by week.", "told"),
        },
        "complaints_stuckcase": {
            "id": _ID,
            "case_id": _CASE,
            "fault": _fact("The kind of error, never its text.", "stuck"),
            "tries": _fact("How often it was tried.", "stuck"),
            "week": _fact(_WEEK, "stuck"),
        },
        "complaints_statisticsenvelope": {
            "id": _ID,
            "quarter": _fact("Whose key it is sealed to.", "statistics"),
            "box": _sealed("Coarse facts without a case's number; one size.", 1105),
        },
        "complaints_draft": {
            "id": _hash("Derived from the key in the writer's browser."),
            "box": _sealed("A form between two pages; only the writer's browser has the key.", *DRAFT,
                           facts=("sizes",)),
            "expires": _fact("To the hour.", "drafts"),
        },
        "complaints_draftfile": {
            "id": _hash("Derived from the key in the writer's browser."),
            "draft_id": _fact("Which form it was added to.", "drafts"),
            "box": _sealed("A file of a form being filled in; only the writer's browser has the key.",
                           facts=("file-sizes",)),
        },
        "complaints_disclosure": {
            "number": _config("A serial number: how many acts were logged.", "acts"),
            "previous": _hash("Chains the log.", 32),
            "commitment": _hash("Salted: says nothing without the detail, which dies with the case.", 32),
            "digest": _hash("Chains the log.", 32),
        },
        "complaints_disclosuredetail": {
            "disclosure_id": _config("The entry of the log.", "acts"),
            "case_id": _fact("In which case; the complainant may see who was in theirs.", "acts"),
            "inspector_id": _fact("Who.", "acts"),
            "office_id": _fact("Of which office.", "acts"),
            "subject_id": _fact("To which member it was done.", "acts"),
            "verb": _fact("What was done.", "acts"),
            "week": _fact(_WEEK, "acts"),
            "salt": Column(Kind.RANDOM, "Without it the entry says nothing.", (), (32,)),
        },
        "complaints_disclosurecheckpoint": {
            "week": _config("The week it was signed."),
            "number": _config("How many entries the log had.", "acts"),
            "digest": _hash("The log's last digest.", 32),
            "note": _config("The signed note, which is published."),
        },
        "complaints_office": {
            name: _config("Public: what a complainant is told of the office before a word is typed.", "offices")
            for name in ("id", "name", "country", "region", "mandate", "national_head", "languages", "duties",
                         "timezone", "holidays", "mandate_serial")
        },
        "complaints_attestation": {
            name: _config("Public: why the office's mandate is what it says, and who countersigned.", "offices")
            for name in ("id", "office_id", "quotation", "source", "document_sha256", "countersigned_by", "signed_on",
                         "expires_on", "withdrawn")
        },
        "complaints_officekey": {
            "id": _ID,
            "office_id": _config("Whose key.", "offices"),
            "generation": _config("Counts its keys.", "offices"),
            "public_key": _key("An office's; the private half lies wrapped, below."),
        },
        "complaints_officecertificate": {
            name: _config("Public: registrars' word that a key is this office's.", "offices")
            for name in ("id", "office_id", "generation", "signed", "not_after", "revoked")
        },
        "complaints_registrar": {
            "number": _config("1 to 3."),
            "public_key": _key("A registrar's; the private half is offline."),
        },
        "complaints_registrarstatement": {
            name: _config("Public: a file that registrars signed, as it was taken in.", "offices")
            for name in ("id", "kind", "digest", "signed")
        },
        "complaints_inspector": {
            "id": _config("A member's random number.", "members"),
            "username": _config("To sign in with.", "members"),
            "name": _config("As colleagues read it.", "members"),
            "password": _hash("Argon2: opens the desk's door together with a second factor, and no box."),
            "is_active": _config("Whether they may sign in.", "members"),
            "session_generation": _config("Counts how often all their sessions were ended.", "members"),
        },
        "complaints_inspector_groups": {
            name: _config("Unused and empty.") for name in ("id", "inspector_id", "group_id")
        },
        "complaints_membership": {
            "id": _ID,
            "inspector_id": _config("Who.", "members"),
            "office_id": _config("In which office.", "members"),
            "role": _config("Inspector, lead or head.", "members"),
            "since": _config("Since which day.", "members"),
            "until": _config("To which day.", "members"),
        },
        "complaints_memberkey": {
            "inspector_id": _config("Whose.", "members"),
            "public_key": _key("A member's."),
            "wrapped_private": _sealed("The private half, under six generated words that are written down nowhere "
                                       "here.", 73),
            "salt": Column(Kind.RANDOM, "Of that derivation.", (), (16,)),
            "wrapped_recovery": _sealed("The same under a recovery code of 120 bits.", 73),
            "recovery_salt": Column(Kind.RANDOM, "Of that derivation.", (), (16,)),
        },
        "complaints_officekeywrap": {
            "id": _ID,
            "office_key_id": _config("Which office's key.", "members"),
            "inspector_id": _config("For which member.", "members"),
            "box": _sealed("An office's private key, to one member alone.", 113),
            "voucher": _hash("The office's word for the member's key; only an open vault makes or checks it.", 32),
        },
        "complaints_enrolment": {
            "inspector_id": _config("Who was invited.", "enrolments"),
            "code_hash": _hash("Of 120 random bits shown once.", 32),
            "expires": _config("Until which day.", "enrolments"),
        },
        "complaints_secondfactor": {
            "inspector_id": _config("Whose.", "second-factors"),
            "box": _sealed("What the member's app or passkey is held against; one size. The desk's host has the key "
                           "(it opens no case).", 8192 + _BOX),
        },
        "complaints_desksession": {
            "session_key": _config("The name of a session. Who has it sees the desk's locked door.", "sessions"),
            "session_data": _config("Which member, how many cases the queue has shown them; the keys of an open vault "
                                    "are in it, locked with a key that only that browser has.", "sessions"),
            "expire_date": _config("To the hour.", "sessions"),
        },
        "complaints_referraloutbox": {
            name: _fact("On its way to the regulator; nothing about a person, nothing finer than a quarter.",
                        "referrals")
            for name in ("id", "agency", "standards", "evidence_class", "quarter")
        },
        "complaints_lawfuldemand": {
            name: _config("The register of demands such as this one.", "demands")
            for name in ("id", "instead_of_id", "kind", "received_on", "authority", "basis", "asked", "given",
                         "contested", "answered_on")
        },
        "auth_group": {name: _config("Unused and empty.") for name in ("id", "name")},
        "auth_group_permissions": {name: _config("Unused and empty.") for name in ("id", "group_id", "permission_id")},
        "auth_permission": {
            name: _config("The software's own list, the same everywhere.")
            for name in ("id", "name", "content_type_id", "codename")
        },
        "django_content_type": {
            name: _config("The software's own list, the same everywhere.") for name in ("id", "app_label", "model")
        },
        "django_migrations": {
            name: _config("When which version of the software was installed.")
            for name in ("id", "app", "name", "applied")
        },
        "guardian_groupobjectpermission": {
            name: _config("Refused by the database: always empty.")
            for name in ("id", "object_pk", "content_type_id", "group_id", "permission_id")
        },
        "guardian_userobjectpermission": {
            name: _config("Refused by the database: always empty.")
            for name in ("id", "object_pk", "content_type_id", "permission_id", "user_id")
        },
    }
)  # fmt: skip

# The licence register's tables, told by the group: none of them knows of a complaint (the zones see to it).
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "agencies_referral": "What an inspectorate referred: agency, breach, kind of evidence, quarter; what the "
        "regulator did with it. Nothing about a person. Gives away referrals.",
        "agencies_board_": "The regulators' decisions on their way; nothing about a complaint.",
        "agencies_helpentry": "Who can help in which country: published, and copied whole, so that nobody learns what "
        "was asked.",
        "agencies_": "The register of licences, which is published, and how it was imported.",
        "cms_": "The public pages.",
        "wagtail": "The public pages, their images, history and editors.",
        "taggit_": "Words on public pages.",
        "auth_": "The regulators' staff: names, password hashes, roles.",
        "django_": "The software's own lists; the regulators' sessions.",
    }
)


def group_of(table: str) -> str | None:
    """The group a table of the register belongs to; the longest name that fits."""
    fitting = [name for name in GROUPS if table == name or (name.endswith(("_", "wagtail")) and table.startswith(name))]
    return max(fitting, key=len, default=None)
