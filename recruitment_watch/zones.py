"""The policy: which zone's role may do what to which table, and which triggers and functions must exist.

This file is the whole of it. `manage.py zone_policy --apply` makes a database so, `--check` finds any
difference; what is not granted here is refused by PostgreSQL, whatever the code above it says.
The words it is written in are in rights.py.
"""

from __future__ import annotations

from pathlib import Path

from .rights import ADD, ALL, READ, READ_ADD, WORK, Database, Rights, Trigger, append_only

HERE = Path(__file__).resolve().parents[1]

# What of the register is published, in the order of its foreign keys: this is what the copy holds.
PUBLISHED = (
    "agencies_register",
    "agencies_standard",
    "agencies_operator",
    "agencies_agency",
    "agencies_agencyname",
    "agencies_place",
    "agencies_licence",
    "agencies_licenceevent",
    "agencies_listedstatus",
    "agencies_helpentry",
    "agencies_operatorflag",
)
# What surrounds a licence, version by version: never changed, not copied.
AROUND = tuple(
    f"agencies_{name}"
    for name in (
        "condition", "points", "showcause", "appeal", "guarantee", "guaranteeentry", "branch", "subagent",
        "responsibleperson", "principal", "joborder", "operatorrelation", "warningnotice", "inquiry", "evidence",
    )
)  # fmt: skip

# What the board and the public said of applications and sanctions, and each step of one: never changed either.
BOARD_HISTORY = tuple(
    f"agencies_board_{name}"
    for name in (
        "appstep", "appdocument", "objection", "appanswer", "conflict", "vote", "boardadvice", "departure",
        "abusedisclosure",
    )
)  # fmt: skip

REGISTER = Database(
    alias="register",
    cluster="register",
    grants={
        "rw_public": {
            # Nothing in the register is ever deleted, and of what stands there only these columns change.
            "agencies_register": Rights(select=ALL, insert=ALL, update=("as_of", "whole")),
            "agencies_standard": READ_ADD,
            "agencies_operator": READ_ADD,
            "agencies_agency": Rights(select=ALL, insert=ALL, update=("name",)),
            "agencies_agencyname": READ_ADD,
            "agencies_place": Rights(
                select=ALL,
                insert=ALL,
                update=("source_key", "address", "district", "phones", "phones_raw", "email"),
            ),
            "agencies_licence": READ_ADD,
            "agencies_licenceevent": READ_ADD,
            "agencies_listedstatus": Rights(select=ALL, insert=ALL, update=("as_of",)),
            "agencies_helpentry": READ_ADD,
            "agencies_operatorflag": READ_ADD,
            **dict.fromkeys(AROUND, READ_ADD),
            "agencies_importbatch": READ_ADD,
            "agencies_rawrow": READ_ADD,
            "agencies_quarantine": READ_ADD,
            "agencies_auditentry": READ_ADD,
            # A referral is the inspectorate's word: the regulator may say what became of it, not change it.
            "agencies_referral": Rights(select=ALL, update=("state", "taken_by", "taken_in")),
            "agencies_board_*": Rights(select=ALL, insert=ALL, update=ALL),
            "agencies_board_proposedhelp": Rights(
                select=ALL,
                insert=ALL,
                update=("stage", "closed_by", "closed_by_user_id", "closed_at", "result_id"),
            ),
            "cms_*": WORK,
            "wagtail*": WORK,
            "taggit_*": WORK,
            "auth_*": WORK,
            "django_content_type": READ_ADD,
            "django_session": WORK,
            "django_migrations": READ,
        },
        "rw_register_out": {"agencies_referral": ADD},
        "rw_refresh": dict.fromkeys(PUBLISHED, READ),
    },
    sql=(HERE / "agencies" / "sql" / "append_only.sql", HERE / "agencies" / "sql" / "proposed_help.sql"),
    triggers=(
        *append_only("agencies_board_proposedhelp", "agencies_proposed_help_once"),
        *append_only("agencies_licenceevent", "agencies_append_only"),
        *append_only("agencies_helpentry", "agencies_append_only"),
        *append_only("agencies_rawrow", "agencies_append_only"),
        *append_only("agencies_auditentry", "agencies_append_only"),
        *(
            trigger
            for table in ("agencies_operatorflag", *AROUND, *BOARD_HISTORY)
            for trigger in append_only(table, "agencies_append_only")
        ),
    ),
)

REGISTER_COPY = Database(
    alias="register_copy",
    cluster="casework",
    grants={
        **{role: dict.fromkeys(PUBLISHED, READ) for role in ("rw_intake", "rw_desk", "rw_worker")},
        "rw_refresh": dict.fromkeys(PUBLISHED, WORK),
    },
)
for _role in ("rw_intake", "rw_desk", "rw_worker"):
    REGISTER_COPY.grants[_role]["django_migrations"] = READ  # type: ignore[index]  # still being built

# What each zone may know of offices and their people.
_OFFICES = {
    "complaints_office": READ,
    "complaints_attestation": READ,
    "complaints_officekey": READ,
    "complaints_officecertificate": READ,
    "django_migrations": READ,
}

CASEWORK = Database(
    alias="casework",
    cluster="casework",
    grants={
        "rw_intake": {
            **_OFFICES,
            "complaints_case": ADD,
            "complaints_receipt": ADD,
            "complaints_content": ADD,
            "complaints_rung": ADD,
            "complaints_statisticswaiting": ADD,
            "complaints_attachment": ADD,
            "complaints_draft": WORK,
            "complaints_draftfile": WORK,
        },
        "rw_desk": {
            **_OFFICES,
            "complaints_registrar": READ,
            "complaints_registrarstatement": READ,
            "complaints_case": Rights(select=ALL, update=("state", "due", "severity")),
            "complaints_receipt": Rights(select=("case_id", "public_key")),
            "complaints_content": READ_ADD,
            "complaints_rung": Rights(select=("id", "case_id", "number", "public_key")),
            "complaints_holding": Rights(
                select=ALL, update=("assignee_id", "agency_index", "severity", "due", "box", "generation", "state")
            ),
            "complaints_epochbox": Rights(select=ALL, insert=ALL, update=("box",)),
            "complaints_identityholding": Rights(select=ALL, update=("box",)),
            "complaints_departure": READ_ADD,
            "complaints_recusal": READ_ADD,
            "complaints_patternmark": Rights(
                select=ALL, insert=ALL, update=("index", "generation", "weighed_week")
            ),
            "complaints_absence": Rights(select=ALL, insert=ALL, update=("until",), delete=True),
            "complaints_step": READ,
            "complaints_stuckcase": READ,
            "complaints_pulse": READ,
            "complaints_message": READ_ADD,
            "complaints_attachment": READ_ADD,
            "complaints_caserecord": READ_ADD,
            "complaints_officekey": READ_ADD,
            "complaints_inspector": Rights(
                select=ALL, insert=ALL, update=("password", "is_active", "session_generation")
            ),
            "complaints_membership": Rights(select=ALL, insert=ALL, update=("until", "role")),
            "complaints_memberkey": Rights(select=ALL, insert=ALL, update=ALL),
            "complaints_officekeywrap": WORK,
            "complaints_enrolment": WORK,
            "complaints_desksession": WORK,
            "complaints_look": Rights(select=ALL, insert=ALL, delete=True),
            "complaints_secondfactor": Rights(select=ALL, insert=ALL, update=("box",), delete=True),
            "complaints_approval": Rights(
                select=ALL, insert=ALL, update=("approved_by_id", "approved_week", "spent_week")
            ),
            "complaints_protectivedisclosure": Rights(select=ALL, insert=ALL, update=("told_week",)),
            "complaints_disclosurecheckpoint": READ,
            "complaints_deliveryaddress": READ,
            # It seals parcels and never reads one again.
            "complaints_parcel": Rights(
                select=("id", "case_id", "office_id", "sender_id", "recipient", "state", "attempts", "due", "week",
                        "acknowledgement_key"),
                insert=ALL,
                update=("state", "box", "attempts", "due"),
            ),
            "complaints_lawfuldemand": READ_ADD,
            "complaints_casegrant": Rights(select=ALL, insert=ALL, delete=True),
            "complaints_disclosure": READ_ADD,
            "complaints_disclosuredetail": READ_ADD,
            "django_content_type": READ,
            "auth_permission": READ,
        },
        "rw_worker": {
            **_OFFICES,
            "complaints_case": Rights(select=ALL, update=("state", "rung", "due", "death_week")),
            "complaints_rung": Rights(select=ALL, update=("box", "identity_box")),
            "complaints_holding": Rights(select=ALL, insert=ALL, update=("box", "due"), delete=True),
            "complaints_receipt": Rights(select=("case_id", "box"), update=("box",)),
            "complaints_epochbox": Rights(select=ALL, update=("box",)),
            "complaints_identityholding": Rights(select=ALL, insert=ALL, update=("box",)),
            "complaints_departure": READ_ADD,
            "complaints_pulse": Rights(select=ALL, insert=ALL, update=("at",)),
            "complaints_deliveryaddress": READ,
            "complaints_parcel": Rights(select=ALL, update=("state", "box", "attempts", "due")),
            "complaints_membership": READ,
            "complaints_approval": Rights(select=ALL, update=("spent_week",)),
            "complaints_disclosure": READ_ADD,
            "complaints_disclosuredetail": ADD,
            "complaints_disclosurecheckpoint": READ_ADD,
            "complaints_step": READ_ADD,
            "complaints_stuckcase": Rights(select=ALL, insert=ALL, update=ALL, delete=True),
            "complaints_referraloutbox": Rights(select=ALL, delete=True),
        },
    },
    sql=(
        HERE / "complaints" / "firewall" / "sql" / "veto.sql",
        HERE / "complaints" / "firewall" / "sql" / "mailbox.sql",
        HERE / "complaints" / "firewall" / "sql" / "approvals.sql",
        HERE / "complaints" / "firewall" / "sql" / "used_rungs.sql",
        HERE / "complaints" / "firewall" / "sql" / "departures.sql",
        HERE / "complaints" / "firewall" / "sql" / "leavers.sql",
        HERE / "complaints" / "firewall" / "sql" / "members.sql",
        HERE / "complaints" / "firewall" / "sql" / "recusal.sql",
        HERE / "complaints" / "firewall" / "sql" / "guests.sql",
        HERE / "complaints" / "firewall" / "sql" / "registrar.sql",
        HERE / "complaints" / "firewall" / "sql" / "parcels.sql",
        HERE / "complaints" / "firewall" / "sql" / "queue.sql",
        HERE / "complaints" / "firewall" / "sql" / "retention.sql",
        HERE / "complaints" / "firewall" / "sql" / "drafts.sql",
        HERE / "complaints" / "firewall" / "sql" / "closing.sql",
        HERE / "complaints" / "firewall" / "sql" / "statistics.sql",
    ),
    execute={
        "rw_intake": (
            "mailbox_case", "mailbox_steps", "mailbox_messages", "mailbox_append", "mailbox_withdraw",
            "mailbox_epochs", "mailbox_readers", "mailbox_new_epoch", "mailbox_departures",
            "mailbox_remove_office", "mailbox_disclosures", "mailbox_guests", "mailbox_body", "mailbox_attach",
            "mailbox_file",
            "mailbox_identity", "mailbox_answered", "mailbox_next_office", "mailbox_helper", "mailbox_has_helper",
            "helper_case", "helper_steps", "offices_with_two_members",
        ),
        "rw_desk": ("registrar_take", "referral_send", "offices_with_two_members"),
        "rw_worker": (
            "retention_bury", "retention_close_quiet", "offices_with_two_members", "guests_end_over", "drafts_sweep",
            "statistics_gather",
        ),
    },
    triggers=(
        Trigger(
            "veto_holding", "complaints_holding",
            "BEFORE INSERT OR UPDATE OF case_id, office_id, box, assignee_id ON complaints_holding",
            "firewall_veto_holding",
        ),
        Trigger(
            "veto_return", "complaints_holding",
            "BEFORE INSERT OR UPDATE OF case_id, office_id ON complaints_holding", "firewall_veto_return",
        ),
        Trigger(
            "recused", "complaints_recusal", "AFTER INSERT ON complaints_recusal", "firewall_recused",
        ),
        Trigger(
            "veto_recused_assignee", "complaints_holding",
            "BEFORE INSERT OR UPDATE OF case_id, assignee_id ON complaints_holding", "firewall_veto_recused_assignee",
        ),
        Trigger(
            "veto_recused_guest", "complaints_casegrant",
            "BEFORE INSERT OR UPDATE ON complaints_casegrant", "firewall_veto_recused_guest",
        ),
        Trigger(
            "veto_identity", "complaints_identityholding",
            "BEFORE INSERT OR UPDATE OF case_id, office_id, rung ON complaints_identityholding",
            "firewall_veto_identity",
        ),
        Trigger(
            "may_depart", "complaints_departure",
            "BEFORE INSERT OR UPDATE ON complaints_departure", "firewall_may_depart",
        ),
        Trigger(
            "departed", "complaints_departure",
            "AFTER INSERT OR UPDATE ON complaints_departure", "firewall_departed",
        ),
        Trigger(
            "veto_membership", "complaints_membership",
            "BEFORE INSERT OR UPDATE ON complaints_membership", "firewall_veto_membership",
        ),
        Trigger(
            "veto_casegrant", "complaints_casegrant",
            "BEFORE INSERT OR UPDATE ON complaints_casegrant", "firewall_veto_person",
        ),
        Trigger(
            "uninvited", "complaints_casegrant", "AFTER DELETE ON complaints_casegrant", "firewall_uninvited",
        ),
        Trigger(
            "leaver", "complaints_membership",
            "AFTER UPDATE OF until, office_id, inspector_id ON complaints_membership", "firewall_leaver",
        ),
        Trigger(
            "resealed", "complaints_holding",
            "AFTER UPDATE OF generation ON complaints_holding", "firewall_resealed",
        ),
        Trigger("passed_over", "complaints_case", "AFTER UPDATE OF rung ON complaints_case", "firewall_passed_over"),
        Trigger(
            "membership_ended", "complaints_membership",
            "AFTER UPDATE OF until, office_id, inspector_id ON complaints_membership", "firewall_membership_ended",
        ),
        Trigger(
            "veto_parcel", "complaints_parcel",
            "BEFORE INSERT OR UPDATE OF case_id, office_id, sender_id, recipient, state, attempts ON complaints_parcel",
            "firewall_veto_parcel",
        ),
        Trigger(
            "veto_approval", "complaints_approval",
            "BEFORE INSERT OR UPDATE ON complaints_approval", "firewall_veto_approval",
        ),
        *(
            Trigger(f"veto_{table}", table, f"BEFORE INSERT OR UPDATE ON {table}", "firewall_veto_always")
            for table in (
                "guardian_userobjectpermission", "guardian_groupobjectpermission",
                "complaints_inspector_groups", "auth_group_permissions",
            )
        ),
        Trigger(
            "veto_closing", "complaints_holding",
            "BEFORE UPDATE OF state ON complaints_holding", "firewall_veto_closing",
        ),
        Trigger(
            "veto_ended", "complaints_case", "BEFORE UPDATE OF state ON complaints_case", "firewall_veto_ended",
        ),
        Trigger("veto_voice", "complaints_message", "BEFORE INSERT ON complaints_message", "firewall_veto_voice"),
        Trigger("queue_follow", "complaints_case", "AFTER UPDATE OF state ON complaints_case", "queue_follow"),
        Trigger(
            "veto_severity", "complaints_case",
            "BEFORE UPDATE OF severity ON complaints_case", "firewall_veto_severity",
        ),
        Trigger(
            "veto_urgency", "complaints_holding",
            "BEFORE UPDATE OF severity ON complaints_holding", "firewall_veto_urgency",
        ),
        Trigger(
            "severity_repeated", "complaints_case",
            "AFTER UPDATE OF severity ON complaints_case", "firewall_severity_repeated",
        ),
        Trigger(
            "retention_week", "complaints_case",
            "BEFORE UPDATE OF death_week ON complaints_case", "retention_week",
        ),
        Trigger(
            "retention_withdrawn", "complaints_disclosuredetail",
            "BEFORE INSERT ON complaints_disclosuredetail", "retention_withdrawn",
        ),
        Trigger(
            "revoke_office", "complaints_office",
            "AFTER UPDATE OF mandate ON complaints_office", "firewall_revoke_office",
        ),
        Trigger(
            "revoke_attestation", "complaints_attestation",
            "AFTER UPDATE OR DELETE ON complaints_attestation", "firewall_revoke_office",
        ),
        *append_only("complaints_disclosure", "firewall_append_only"),
        *append_only("complaints_disclosurecheckpoint", "firewall_append_only"),
        *append_only("complaints_registrarstatement", "firewall_append_only"),
        *append_only("complaints_lawfuldemand", "firewall_append_only"),
    ),
)  # fmt: skip

DATABASES = {database.alias: database for database in (REGISTER, REGISTER_COPY, CASEWORK)}
