"""Everything that is held, column by column, in words fit to publish: what each is, and what it gives away.

`manage.py subpoena` holds a live database against this list and fails for whatever stands on one side only, so that
no column comes into being without a word about it. A clear column either names the facts that it gives away, which
are listed first, or says why it gives away nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .casework import CASEWORK
from .columns import Column, Kind

__all__ = ["CASEWORK", "FACTS", "GROUPS", "Column", "Kind", "group_of"]

# What can be learned without opening a box. The attacker of tests/system must learn these and nothing else.
FACTS: Mapping[str, str] = MappingProxyType(
    {
        "cases": "That complaints exist, how many, and which rows belong to the same one. Their numbers are random.",
        "week-of-filing": "In which week each was filed.",
        "state": "How far each has come: filed, with an office, worked on, closed.",
        "severity": "One of four bands: danger, could cost the licence, wages and conditions, service; and whether an "
        "office has it for more urgent than its complainant is told, because three or more belong together.",
        "due": "When an office must have answered: to the hour in danger, to the day where a licence is at stake, "
        "else to the week's end. The first of these clocks has a known length, so it tells when somebody filed: in "
        "danger the hour, where a licence is at stake the working day, else no more than the week.",
        "rung": "How many of its six steps a case has gone.",
        "week-of-death": "In which week it will be destroyed, and so whether it was kept on.",
        "epoch": "How often somebody who could read a case has gone: an office, a guest, or a member of an office "
        "that has it; and how often it was sealed anew after that.",
        "offices-asked": "Which offices were given a case or passed over, in which week; and so in which country it "
        "happened, or which part of it.",
        "holders": "Which offices hold it now, and which member it is assigned to.",
        "same-agency": "Inside one office, which cases are about the same agency. Not about which one.",
        "belongs-together": "Inside one office, which cases belong together: by one agency, also one that is in no "
        "register, or by one group's code; which of the two; and since when three or more do. Not which agency or "
        "code.",
        "ladder": "Which offices stand on the steps still to come: the worker's lock and the weekly files open a "
        "step's outer lock, which holds an office's number. What is inside stays locked.",
        "departures": "That an office no longer has a case, since which week. Not why.",
        "recusals": "That a member may not see a case of their own office.",
        "guests": "Which person was invited to help with a case, by which office, until when.",
        "readers": "To whom later keys of a case are sealed.",
        "identity-given": "That an office was given the key to who complained, in which week.",
        "messages": "How many messages went which way in which week.",
        "attachments": "How many photos, documents or recordings a case has, from either side, of which week.",
        "file-sizes": "How large a photo, document, recording or parcel is, to about a tenth (PADMÉ).",
        "helpers": "That a complainant gave a helper a receipt by which they see how far the case is.",
        "records": "How many entries the office made, in which week.",
        "approvals": "What two members agreed on (refer, learn who complained, keep, protect a life), who they were, "
        "in which week.",
        "told": "In which week a complainant was told of a disclosure that protected a life.",
        "acts": "Which member opened, answered or did what with which case, in which week: the disclosure log.",
        "alive": "Whether the worker and its clock run, and in which minute they last did; whatever there was to do.",
        "stuck": "That the machine could not move a case on, and the kind of its error.",
        "sizes": "How long a text is, to the next of four steps.",
        "parcels": "Which office handed a case to which office outside, in which week, how often that was tried, "
        "when it is tried again (to the hour), and whether it was acknowledged. Not what is in it.",
        "order": "In which order rows came into being, and roughly when: from the database's own files.",
        "drafts": "How many forms are being filled in, to the hour.",
        "statistics": "How many statistics envelopes each quarter has; of those that wait, the week of filing.",
        "offices": "The inspectorates: names, countries, mandates, what was attested, their public keys.",
        "members": "Who works in which inspectorate, since when, in which role.",
        "absences": "Which member of an inspectorate is away, from when to when, and who covers. Not why.",
        "enrolments": "Which member was invited and has not come yet.",
        "second-factors": "Which members have set up a second factor.",
        "sessions": "Which members are signed in at the desk, to the hour.",
        "referrals": "That an agency was referred to the regulator: which, for which breach, on what kind of "
        "evidence, in which quarter. Nothing about a person.",
        "demands": "Which authorities demanded data from us before, and what they got.",
    }
)
# The licence register's tables, told by the group: none of them knows of a complaint (the zones see to it).
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "agencies_referral": "What an inspectorate referred: agency, breach, kind of evidence, quarter; what the "
        "regulator did with it. Nothing about a person. Gives away referrals.",
        "agencies_board_": "The regulators' decisions on their way; nothing about a complaint.",
        "agencies_inquiry": "What the regulator itself looked into at an agency, and what it found. Names no referral.",
        "agencies_evidence": "What the regulator itself saw, read or heard in an inquiry; nothing from a complaint.",
        "agencies_showcause": "What an agency was asked before a decision, and what it answered.",
        "agencies_helpentry": "Who can help in which country: published, and copied whole, so that nobody learns what "
        "was asked.",
        "agencies_": "The register of licences, which is published, and how it was imported.",
        "cms_secondfactor": "Which of the regulators' staff have set up a second factor.",
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
