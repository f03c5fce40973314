"""The veto: no grant path leads to anybody outside rule 1 (FIREWALL rule 2; proof 5 at small size)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from guardian.models import GroupObjectPermission, UserObjectPermission

from complaints.cases.models import Attestation, Case, Holding, Inspector, Membership, Office
from complaints.cases.models.offices import Mandate
from complaints.firewall.models import CaseGrant
from tests.factories import Cast


@dataclass(frozen=True)
class Scene:
    """A case of an office inside rule 1, an office to be tried (`to`), and people."""

    case: Case
    to: Office
    theirs: Inspector  # member of `to` and of no other office
    anybody: Inspector
    group: Group
    permission: Permission


def _holding(scene: Scene) -> None:
    Holding.objects.create(
        case=scene.case, office=scene.to, rung=2, box=b"x", week="2026-W48",
        severity=scene.case.severity, due=scene.case.due,
    )  # fmt: skip


def _holding_moved(scene: Scene) -> None:
    Holding.objects.filter(case=scene.case).update(office=scene.to)


def _membership(scene: Scene) -> None:
    Membership.objects.create(inspector=scene.anybody, office=scene.to, since=date.today())


def _person(scene: Scene) -> None:
    CaseGrant.objects.create(
        user=scene.theirs, permission=scene.permission, content_object=scene.case,
        office=Holding.objects.get(case=scene.case).office, until=date.today(),
    )  # fmt: skip


def _generic(scene: Scene) -> None:
    UserObjectPermission.objects.create(user=scene.theirs, permission=scene.permission, content_object=scene.case)


def _generic_group(scene: Scene) -> None:
    GroupObjectPermission.objects.create(group=scene.group, permission=scene.permission, content_object=scene.case)


def _into_group(scene: Scene) -> None:
    scene.theirs.groups.add(scene.group)


def _group_permission(scene: Scene) -> None:
    scene.group.permissions.add(scene.permission)


BY_MANDATE = {
    "complaints_holding": _holding,
    "complaints_holding moved": _holding_moved,
    "complaints_membership": _membership,
    "complaints_casegrant": _person,
}
NEVER = {
    "guardian_userobjectpermission": _generic,
    "guardian_groupobjectpermission": _generic_group,
    "complaints_inspector_groups": _into_group,
    "auth_group_permissions": _group_permission,
}
PATHS = BY_MANDATE | NEVER


@pytest.fixture
def scene(case: UUID, other: Cast, ben: Inspector, as_owner: Callable) -> Scene:
    with as_owner():
        content_type = ContentType.objects.get_for_model(Case)
        permission, _ = Permission.objects.get_or_create(content_type=content_type, codename="view_case")
        group = Group.objects.create(name="A group")
    return Scene(Case.objects.get(pk=case), other.office, other.members[0], ben, group, permission)


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        yield
    state, constraint = error.value.args
    assert (state, constraint[:13]) in (("23514", "firewall_veto"), ("42501", "")), (state, constraint)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def without_triggers(table: str) -> Iterator[None]:
    with rolled_back(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield


def put_outside(office: Office, how: str) -> None:
    if how in Mandate.values:
        Office.objects.filter(pk=office.pk).update(mandate=how)
    elif how == "attestation ended":
        today = date.today()
        Attestation.objects.filter(office=office).update(signed_on=today - timedelta(days=9), expires_on=today)
    else:
        Attestation.objects.filter(office=office).update(withdrawn=True)


OUTSIDE = [*(one.value for one in Mandate if one != Mandate.LABOUR_ONLY), "attestation ended", "attestation withdrawn"]


@pytest.mark.parametrize("how", OUTSIDE)
def test_every_path_is_refused_to_the_desk_and_to_the_owner_alike(how: str, scene: Scene, as_owner: Callable) -> None:
    with as_owner():
        put_outside(scene.to, how)
    for grant in PATHS.values():
        with refused():
            grant(scene)
    with as_owner():
        for grant in PATHS.values():
            with refused():
                grant(scene)


def test_control_without_its_trigger_each_path_is_open(scene: Scene, as_owner: Callable) -> None:
    with as_owner():
        put_outside(scene.to, Mandate.IMMIGRATION_ENFORCEMENT.value)
        for name, grant in PATHS.items():
            with without_triggers(name.split()[0]):
                grant(scene)


def test_control_inside_rule_1_only_the_paths_that_know_offices_are_open(scene: Scene, as_owner: Callable) -> None:
    with as_owner():
        for grant in BY_MANDATE.values():
            with rolled_back():
                grant(scene)
        for grant in NEVER.values():
            with refused():
                grant(scene)


def test_the_desk_itself_cannot_even_name_the_generic_tables(scene: Scene) -> None:
    for grant in NEVER.values():
        with pytest.raises(ProgrammingError) as error, transaction.atomic():
            grant(scene)
        assert error.value.args[0] == "42501"


def test_only_a_member_of_the_office_is_given_its_case(scene: Scene, charlie: Inspector) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Holding.objects.filter(case=scene.case).update(assignee=charlie)
    assert error.value.args == ("23514", "firewall_veto_assignee")


def test_the_end_of_a_mandate_takes_the_holdings_with_it(scene: Scene, office: Cast, as_owner: Callable) -> None:
    with as_owner():
        put_outside(office.office, Mandate.JOINT_TASKFORCE.value)
        assert not Holding.objects.filter(case=scene.case).exists()
