"""Who may do what in the register's admin: permissions, and roles that describe themselves.

A role becomes a Django group of the same name; ``apply_roles`` makes the groups equal to this file.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.models import GroupPagePermission, Page


class Right(StrEnum):
    """Permissions of the register's admin, as ``user.has_perm`` takes them."""

    ENTER_ADMIN = "wagtailadmin.access_admin"
    SEE_REGISTER = "agencies_board.see_register"
    GRANT_LICENCE = "agencies_board.grant_licence"
    PROPOSE_DECISION = "agencies_board.propose_decision"
    APPROVE_DECISION = "agencies_board.approve_decision"
    SEE_APPLICATIONS = "agencies_board.see_applications"
    REVIEW_APPLICATIONS = "agencies_board.review_applications"
    SEE_SANCTIONS = "agencies_board.see_sanctions"
    KEEP_AROUND = "agencies_board.keep_around"
    SEE_REFERRALS = "agencies_board.see_referrals"
    TAKE_REFERRALS = "agencies_board.take_referrals"
    SEE_DIRECTORY = "agencies_board.see_directory"
    KEEP_DIRECTORY = "agencies_board.keep_directory"
    APPROVE_DIRECTORY = "agencies_board.approve_directory"
    DISCLOSE_ABUSES = "agencies_board.disclose_abuses"


class Role:
    """A kind of officer: the group's name, what the officer does in one sentence, and the rights for it."""

    name: ClassVar[str]
    says: ClassVar[str | Promise]
    rights: ClassVar[frozenset[Right]]
    #: Rights on every page of the site ("add", "change", "publish").
    pages: ClassVar[frozenset[str]] = frozenset()


class LicensingOfficer(Role):
    name = "Licensing officer"
    says = _(
        "Grants licences, proposes decisions on them and addresses of help, keeps what surrounds them, works on"
        " referrals from inspectorates, leads inquiries, and publishes what was found each quarter."
    )
    rights = frozenset(Right) - {Right.APPROVE_DECISION, Right.APPROVE_DIRECTORY, Right.REVIEW_APPLICATIONS}


class SecondApprover(Role):
    name = "Second approver"
    says = _(
        "Approves or turns down what others proposed: decisions, what surrounds a licence, addresses of help; and"
        " publishes the pages that editors wrote. Sees no referral."
    )
    rights = frozenset(
        {
            Right.ENTER_ADMIN,
            Right.SEE_REGISTER,
            Right.APPROVE_DECISION,
            Right.SEE_APPLICATIONS,
            Right.SEE_SANCTIONS,
            Right.SEE_DIRECTORY,
            Right.APPROVE_DIRECTORY,
        }
    )
    # To publish in Wagtail takes the right to open the page, which is the right to change it.
    pages = frozenset({"change", "publish"})


class Reviewer(Role):
    """What the three parties of the board share. The vote hangs on a seat, which no role gives."""

    rights = frozenset({Right.ENTER_ADMIN, Right.SEE_APPLICATIONS, Right.SEE_SANCTIONS, Right.REVIEW_APPLICATIONS})


class GovernmentReviewer(Reviewer):
    name = "Reviewer: government"
    says = _("Votes on applications and sanctions for the government, with a seat on the board. Decides nothing alone.")


class EmployersReviewer(Reviewer):
    name = "Reviewer: employers"
    says = _("Votes on applications and sanctions for the employers, with a seat on the board. Decides nothing alone.")


class WorkersReviewer(Reviewer):
    name = "Reviewer: workers"
    says = _("Votes on applications and sanctions for the workers, with a seat on the board. Decides nothing alone.")


class Editor(Role):
    name = "Editor"
    says = _("Writes the site's pages, which another publishes, and proposes addresses of help. No part in licences.")
    rights = frozenset({Right.ENTER_ADMIN, Right.SEE_DIRECTORY, Right.KEEP_DIRECTORY})
    # What leads people to the form of complaint is not published by the account that writes every day.
    pages = frozenset({"add", "change"})


class Auditor(Role):
    name = "Auditor"
    says = _(
        "Sees the register, its decisions, applications, sanctions before the board, the referrals and the directory of"
        " help. Changes nothing."
    )
    rights = frozenset(
        {
            Right.ENTER_ADMIN,
            Right.SEE_REGISTER,
            Right.SEE_REFERRALS,
            Right.SEE_DIRECTORY,
            Right.SEE_APPLICATIONS,
            Right.SEE_SANCTIONS,
        }
    )


ROLES: Final[tuple[type[Role], ...]] = (
    LicensingOfficer,
    SecondApprover,
    GovernmentReviewer,
    EmployersReviewer,
    WorkersReviewer,
    Editor,
    Auditor,
)


@transaction.atomic
def apply_roles() -> dict[str, Group]:
    """Make the groups equal to ``ROLES``; run again, it changes nothing. Groups by name."""
    known = {f"{p.content_type.app_label}.{p.codename}": p for p in _permissions()}
    groups = {}
    for role in ROLES:
        group, _made = Group.objects.get_or_create(name=role.name)
        group.permissions.set([known[right] for right in role.rights])
        _apply_pages(group, role)
        groups[role.name] = group
    return groups


def _permissions() -> list[Permission]:
    codenames = [right.partition(".")[2] for right in Right]
    return list(Permission.objects.filter(codename__in=codenames).select_related("content_type"))


def _apply_pages(group: Group, role: type[Role]) -> None:
    root = Page.get_first_root_node()
    wanted = {f"{verb}_page" for verb in role.pages}
    GroupPagePermission.objects.filter(group=group).exclude(page=root, permission__codename__in=wanted).delete()
    held = set(GroupPagePermission.objects.filter(group=group).values_list("permission__codename", flat=True))
    for verb in role.pages:
        if f"{verb}_page" not in held:
            GroupPagePermission.objects.create(group=group, page=root, permission_type=verb)
