"""The name under which an officer acts."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from agencies.refusals import DecisionRefused


def officer_name(user: User) -> str:
    """The name under which an officer decides. DecisionRefused for an account without a person's name."""
    name = user.get_full_name().strip()
    if not name:
        raise DecisionRefused(_("Enter your first and last name in your account: decisions are signed by name."))
    return name
