"""What must be so before a zone serves (`manage.py check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def clock_stands(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.CLOCK_FILE and not settings.EMBEDDED:
        return [Error("RW_CLOCK_FILE moves the clock outside the embedded default: unset it.", id="rw.E001")]
    return []


@register(Tags.security, deploy=True)
def forms_are_protected(app_configs: Any, **kwargs: Any) -> list[Error]:
    if "recruitment_watch.web.csrf.TokenCsrf" not in settings.MIDDLEWARE:
        return [Error("TokenCsrf is not in MIDDLEWARE: another site could send our forms.", id="rw.E002")]
    return []
