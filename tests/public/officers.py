"""The cast of the admin's tests: one officer of each role, and somebody who is none."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from agencies.board.roles import Auditor, Editor, LicensingOfficer, Role, SecondApprover, WorkersReviewer, apply_roles


@dataclass(frozen=True, slots=True)
class Officers:
    """``outsider`` has an account and no role."""

    grace: User
    henry: User
    ivy: User
    edith: User
    amos: User
    wanda: User
    outsider: User


def officers() -> Officers:
    groups = apply_roles()

    def person(first: str, last: str, role: type[Role] | None) -> User:
        user = User.objects.create(username=first.lower(), first_name=first, last_name=last)
        if role:
            user.groups.set([groups[role.name]])
        return user

    return Officers(
        grace=person("Grace", "Otieno", LicensingOfficer),
        henry=person("Henry", "Mwangi", SecondApprover),
        ivy=person("Ivy", "Njeri", SecondApprover),
        edith=person("Edith", "Wanjiru", Editor),
        amos=person("Amos", "Kiprono", Auditor),
        wanda=person("Wanda", "Achieng", WorkersReviewer),
        outsider=person("Otto", "Kamau", None),
    )
