"""Every column of casework's tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .columns import BOX, CASE, DRAFT, ID, MESSAGE, TEXT, WEEK, Column, Kind, config, fact, hash_, key, sealed

CASEWORK: Mapping[str, Mapping[str, Column]] = MappingProxyType(
    {
        "complaints_case": {
            "id": CASE,
            "week": fact("The week of filing; what is due may tell more.", "week-of-filing"),
            "state": fact("How far it has come; the queue and the clocks need it.", "state"),
            "severity": fact("One of four bands; decides which clock runs.", "severity"),
            "rung": fact("The last of its six steps that was taken.", "rung"),
            "due": fact("Rounded up: to the hour, the day or the week's end, by severity. The first one is the time of "
                        "filing and a known length.", "due"),
            "death_week": fact("Says which weekly file its boxes lie under.", "week-of-death"),
            "epoch": fact("Counts how often a new key became due: an office left the case, a guest or a member "
                          "of an office with it went, or it was sealed anew.", "epoch"),
        },
        "complaints_receipt": {
            "case_id": CASE,
            "tag": hash_("Finds the case for whoever has the receipt; made with a secret outside the database.", 16),
            "public_key": key("The complainant's; the private half is in no file, only their receipt yields it."),
            "box": sealed("All keys of the case, to the complainant alone.", 235),
        },
        "complaints_content": {
            "id": ID,
            "case_id": CASE,
            "kind": fact("Cover, story or identity: every case has all three.", "cases"),
            "epoch": fact("Which of the case's keys it lies under.", "epoch"),
            "box": sealed("What the complainant said, in four sizes.", *TEXT, facts=("sizes",)),
        },
        "complaints_rung": {
            "id": ID,
            "case_id": CASE,
            "number": fact("1 to 6; every case has all six.", "cases"),
            "box": sealed("Two locks: the worker's outside, one office's inside. Unused ones look alike.", 333,
                           facts=("ladder",)),
            "identity_box": sealed("The same for who complained.", 269, facts=("ladder",)),
            "public_key": key("The rung's own; the private half is inside its inner box."),
        },
        "complaints_holding": {
            "id": ID,
            "case_id": CASE,
            "office_id": fact("The office that holds the case; its queue needs it.", "holders"),
            "assignee_id": fact("The member who works it.", "holders"),
            "rung": fact("By which step the office came to it.", "offices-asked"),
            "box": sealed("The case's keys, to this office alone.", 236),
            "agency_index": Column(Kind.HASH, "The same for two cases of this office about one agency, and its own for "
                                   "a case about none that is in a register; made with the office's private key, so "
                                   "nobody else can compute it.", ("same-agency",), (16,)),
            "generation": fact("To which generation of the office's key it was sealed again.", "holders"),
            "week": fact(WEEK, "offices-asked"),
            "severity": fact("The case's, or more urgent where three or more belong together.", "severity"),
            "due": fact("The case's, or sooner where it is more urgent for this office.", "due"),
            "state": fact("Repeats the case's, or that this office has closed it.", "state"),
        },
        "complaints_patternmark": {
            "id": ID,
            "holding_id": fact("Which held case.", "belongs-together"),
            "office_id": fact("Of which office.", "belongs-together"),
            "place": fact("The first of a case's two marks, or the second; every case has both.", "belongs-together"),
            "index": Column(Kind.HASH, "The same where cases of this office belong together, by their agency or by a "
                            "group's code; made with the office's private key, so nobody else can compute it.",
                            ("belongs-together",), (16,)),
            "generation": fact("Under which generation of the office's key it was made.", "belongs-together"),
            "weighed_week": fact("In which week it was found to be one of three or more.", "belongs-together"),
        },
        "complaints_step": {
            "id": ID,
            "case_id": CASE,
            "rung": fact("Which of the six.", "offices-asked"),
            "outcome": fact("Given to an office, passed over by the veto, or nobody further.", "offices-asked"),
            "office_id": fact("Which office.", "offices-asked"),
            "week": fact(WEEK, "offices-asked"),
        },
        "complaints_epochbox": {
            "id": ID,
            "case_id": CASE,
            "epoch": fact("Which of the case's keys.", "epoch"),
            "kind": fact("Whether to the complainant, an office, a guest or a step still to come.", "readers"),
            "office_id": fact("To which office.", "readers"),
            "inspector_id": fact("To which guest.", "readers"),
            "rung": fact("To which step.", "readers"),
            "box": sealed("A later key of the case, to one reader alone, and who made it.", 255),
        },
        "complaints_identityholding": {
            "id": ID,
            "case_id": CASE,
            "office_id": fact("Which office was given it, after two members had asked.", "identity-given"),
            "rung": fact("By which step the office came to the case.", "identity-given"),
            "box": sealed("The key to who complained, to this office alone.", 172),
            "week": fact(WEEK, "identity-given"),
        },
        "complaints_departure": {
            "id": ID,
            "case_id": CASE,
            "office_id": fact("Which office; not why.", "departures"),
            "week": fact(WEEK, "departures"),
        },
        "complaints_recusal": {
            "id": ID,
            "case_id": CASE,
            "inspector_id": fact("Who may not see it.", "recusals"),
            "week": fact(WEEK, "recusals"),
        },
        "complaints_casegrant": {
            "id": ID,
            "content_object_id": CASE,
            "permission_id": fact("Whether as interpreter, specialist or lead.", "guests"),
            "user_id": fact("Who was invited.", "guests"),
            "office_id": fact("By which office.", "guests"),
            "until": fact("The last day.", "guests"),
            "voucher": hash_("The office's word for a guest's key, to each who may seal to it: they check it.", 0, 224),
        },
        "complaints_message": {
            "id": ID,
            "case_id": CASE,
            "direction": fact("From the complainant, or to them.", "messages"),
            "week": fact(WEEK, "messages"),
            "epoch": fact("Which of the case's keys it lies under.", "epoch"),
            "box": sealed("Text, author and exact time, in four sizes.", *MESSAGE, facts=("sizes",)),
        },
        "complaints_attachment": {
            "id": ID,
            "case_id": CASE,
            "week": fact(WEEK, "attachments"),
            "epoch": fact("Which of the case's keys it lies under.", "epoch"),
            "box": sealed("A photo, document or recording. Its kind is inside.", facts=("file-sizes",)),
        },
        "complaints_helperreceipt": {
            "case_id": fact("That a helper was given a receipt which opens nothing.", "helpers"),
            "tag": hash_("Of that receipt.", 16),
        },
        "complaints_caserecord": {
            "id": ID,
            "case_id": CASE,
            "week": fact(WEEK, "records"),
            "epoch": fact("Which of the case's keys it lies under.", "epoch"),
            "box": sealed("What the office wrote down (finding, note, task, plan, remedy): the kind is inside. "
                          "In four sizes.", *TEXT, facts=("sizes",)),
        },
        "complaints_approval": {
            "id": ID,
            "case_id": CASE,
            "office_id": fact("Whose members.", "approvals"),
            "purpose": fact("What it takes two members for.", "approvals"),
            "box": sealed("The reasons and particulars.", *MESSAGE, *TEXT, facts=("sizes",)),
            "epoch": fact("Which of the case's keys it lies under.", "epoch"),
            "asked_by_id": fact("Who asked.", "approvals"),
            "asked_week": fact(WEEK, "approvals"),
            "approved_by_id": fact("Who approved.", "approvals"),
            "approved_week": fact(WEEK, "approvals"),
            "spent_week": fact("When it was acted on, by week.", "approvals"),
        },
        "complaints_protectivedisclosure": {
            "approval_id": fact("Which approval.", "approvals"),
            "told_week": fact("When the complainant was told, by week.", "told"),
        },
        "complaints_stuckcase": {
            "id": ID,
            "case_id": CASE,
            "fault": fact("The kind of error, never its text.", "stuck"),
            "tries": fact("How often it was tried.", "stuck"),
            "week": fact(WEEK, "stuck"),
        },
        "complaints_pulse": {
            "part": config("Beat or worker; or that referrals cross.", "alive"),
            "at": config("To the minute: when it last did its round, whatever there was to do. Of referrals: the week "
                         "in which the worker last looked for some, whether or not one was there.", "alive"),
        },
        "complaints_statisticswaiting": {
            "id": ID,
            "week": fact("In which week it was filed; it waits here for others, a week at most.", "statistics"),
            "quarter": fact("Whose key it is sealed to.", "statistics"),
            "box": sealed("The same, as it was filed.", 1105),
        },
        "complaints_statisticsenvelope": {
            "id": ID,
            "quarter": fact("Whose key it is sealed to.", "statistics"),
            "box": sealed("Coarse facts without a case's number; one size.", 1105),
        },
        "complaints_draft": {
            "id": hash_("Derived from the key in the writer's browser."),
            "box": sealed("A form between two pages; only the writer's browser has the key.", *DRAFT,
                           facts=("sizes",)),
            "expires": fact("To the hour.", "drafts"),
        },
        "complaints_draftfile": {
            "id": hash_("Derived from the key in the writer's browser."),
            "draft_id": fact("Which form it was added to.", "drafts"),
            "box": sealed("A file of a form being filled in; only the writer's browser has the key.",
                           facts=("file-sizes",)),
        },
        "complaints_disclosure": {
            "number": config("A serial number: how many acts were logged.", "acts"),
            "previous": hash_("Chains the log.", 32),
            "commitment": hash_("Salted: says nothing without the detail, which dies with the case.", 32),
            "digest": hash_("Chains the log.", 32),
        },
        "complaints_disclosuredetail": {
            "disclosure_id": config("The entry of the log.", "acts"),
            "case_id": fact("In which case; the complainant may see who was in theirs.", "acts"),
            "inspector_id": fact("Who.", "acts"),
            "office_id": fact("Of which office.", "acts"),
            "subject_id": fact("To which member it was done.", "acts"),
            "verb": fact("What was done.", "acts"),
            "week": fact(WEEK, "acts"),
            "salt": Column(Kind.RANDOM, "Without it the entry says nothing.", (), (32,)),
        },
        "complaints_disclosurecheckpoint": {
            "week": config("The week it was signed."),
            "number": config("How many entries the log had.", "acts"),
            "digest": hash_("The log's last digest.", 32),
            "note": config("The signed note, which is published."),
        },
        "complaints_office": {
            name: config("Public: what a complainant is told of the office before a word is typed.", "offices")
            for name in ("id", "name", "country", "region", "mandate", "national_head", "languages", "duties",
                         "timezone", "holidays", "hours", "mandate_serial")
        },
        "complaints_attestation": {
            name: config("Public: why the office's mandate is what it says, and who countersigned.", "offices")
            for name in ("id", "office_id", "quotation", "source", "document_sha256", "countersigned_by", "signed_on",
                         "expires_on", "withdrawn")
        },
        "complaints_officekey": {
            "id": ID,
            "office_id": config("Whose key.", "offices"),
            "generation": config("Counts its keys.", "offices"),
            "public_key": key("An office's; the private half lies wrapped, below."),
        },
        "complaints_officecertificate": {
            name: config("Public: registrars' word that a key is this office's.", "offices")
            for name in ("id", "office_id", "generation", "signed", "not_after", "revoked")
        },
        "complaints_registrar": {
            "number": config("1 to 3."),
            "public_key": key("A registrar's; the private half is offline."),
        },
        "complaints_registrarstatement": {
            name: config("Public: a file that registrars signed, as it was taken in.", "offices")
            for name in ("id", "kind", "digest", "signed")
        },
        "complaints_inspector": {
            "id": config("A member's random number.", "members"),
            "username": config("To sign in with.", "members"),
            "name": config("As colleagues read it.", "members"),
            "password": hash_("Argon2: opens the desk's door together with a second factor, and no box."),
            "is_active": config("Whether they may sign in.", "members"),
            "session_generation": config("Counts how often all their sessions were ended.", "members"),
        },
        "complaints_inspector_groups": {
            name: config("Unused and empty.") for name in ("id", "inspector_id", "group_id")
        },
        "complaints_membership": {
            "id": ID,
            "inspector_id": config("Who.", "members"),
            "office_id": config("In which office.", "members"),
            "role": config("Inspector, lead or head.", "members"),
            "since": config("Since which day.", "members"),
            "until": config("To which day.", "members"),
        },
        "complaints_absence": {
            "id": ID,
            "office_id": config("In which office.", "absences"),
            "inspector_id": config("Who is away. Not why.", "absences"),
            "cover_id": config("Which colleague covers.", "absences"),
            "since": config("From which day.", "absences"),
            "until": config("To which day.", "absences"),
        },
        "complaints_memberkey": {
            "inspector_id": config("Whose.", "members"),
            "public_key": key("A member's."),
            "wrapped_private": sealed("The private half, under six generated words that are written down nowhere "
                                       "here.", 73),
            "salt": Column(Kind.RANDOM, "Of that derivation.", (), (16,)),
            "wrapped_recovery": sealed("The same under a recovery code of 120 bits.", 73),
            "recovery_salt": Column(Kind.RANDOM, "Of that derivation.", (), (16,)),
        },
        "complaints_officekeywrap": {
            "id": ID,
            "office_key_id": config("Which office's key.", "members"),
            "inspector_id": config("For which member.", "members"),
            "box": sealed("An office's private key, to one member alone.", 113),
            "voucher": hash_("The office's word for the member's key; only an open vault makes or checks it.", 32),
        },
        "complaints_enrolment": {
            "inspector_id": config("Who was invited.", "enrolments"),
            "code_hash": hash_("Of 120 random bits shown once.", 32),
            "expires": config("Until which day.", "enrolments"),
        },
        "complaints_secondfactor": {
            "inspector_id": config("Whose.", "second-factors"),
            "box": sealed("What the member's app or passkey is held against; one size. The desk's host has the key "
                           "(it opens no case).", 8192 + BOX),
        },
        "complaints_look": {
            "id": ID,
            "inspector_id": fact("The member who looked at a case; the disclosure log says so too.", "acts"),
            "mark": hash_("At which case, and as what it then stood; made with the member's private key, so that only "
                          "their own open vault knows it again.", 16),
            "week": fact(WEEK, "acts"),
        },
        "complaints_desksession": {
            "session_key": config("The name of a session. Who has it sees the desk's locked door.", "sessions"),
            "session_data": config("Which member, how many cases the queue has shown them; the keys of an open vault "
                                    "are in it, locked with a key that only that browser has.", "sessions"),
            "expire_date": config("To the hour.", "sessions"),
        },
        "complaints_referraloutbox": {
            name: fact("On its way to the regulator; nothing about a person, nothing finer than a quarter.",
                        "referrals")
            for name in ("id", "agency", "standards", "evidence_class", "quarter")
        },
        "complaints_deliveryaddress": {
            name: config("Public: where registrars say that an office outside gets parcels, and its key.", "offices")
            for name in ("id", "office_id", "serial", "recipient", "way", "address", "starts_on")
        },
        "complaints_parcel": {
            "id": Column(Kind.RANDOM, "A random number, which the other office knows the parcel by.", ("parcels",)),
            "case_id": fact("Which case it was written from, by its random number.", "parcels"),
            "office_id": fact("Which office outside gets it.", "parcels"),
            "sender_id": fact("Which office handed it over.", "parcels"),
            "recipient": config("The other office's key, which is public.", "parcels"),
            "state": fact("Waiting, sent, acknowledged, refused, given up or recalled.", "parcels"),
            "box": sealed("The parcel, to the office outside alone; gone once it has it.", facts=("file-sizes",)),
            "attempts": fact("How often it was tried.", "parcels"),
            "due": fact("When it is tried again, to the hour; once sent, by when it ought to be acknowledged, as "
                        "coarse as any clock of the case.", "parcels"),
            "week": fact(WEEK, "parcels"),
            "acknowledgement_key": key("Of the code inside the parcel, by which the other office says that it has it."),
        },
        "complaints_lawfuldemand": {
            name: config("The register of demands such as this one.", "demands")
            for name in ("id", "instead_of_id", "kind", "received_on", "authority", "basis", "asked", "given",
                         "contested", "answered_on")
        },
        "auth_group": {name: config("Unused and empty.") for name in ("id", "name")},
        "auth_group_permissions": {name: config("Unused and empty.") for name in ("id", "group_id", "permission_id")},
        "auth_permission": {
            name: config("The software's own list, the same everywhere.")
            for name in ("id", "name", "content_type_id", "codename")
        },
        "django_content_type": {
            name: config("The software's own list, the same everywhere.") for name in ("id", "app_label", "model")
        },
        "django_migrations": {
            name: config("When which version of the software was installed.")
            for name in ("id", "app", "name", "applied")
        },
        "guardian_groupobjectpermission": {
            name: config("Refused by the database: always empty.")
            for name in ("id", "object_pk", "content_type_id", "group_id", "permission_id")
        },
        "guardian_userobjectpermission": {
            name: config("Refused by the database: always empty.")
            for name in ("id", "object_pk", "content_type_id", "permission_id", "user_id")
        },
    }
)  # fmt: skip
