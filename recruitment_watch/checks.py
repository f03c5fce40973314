"""What must be so before a zone serves (`manage.py check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register

from . import postgres_settings


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


@register(Tags.security, deploy=True)
def nothing_answers_before_the_headers(app_configs: Any, **kwargs: Any) -> list[Error]:
    outermost = "recruitment_watch.web.middleware.NoTrace"
    if settings.ZONE in ("intake", "desk") and settings.MIDDLEWARE[0] != outermost:
        return [Error(f"{outermost} is not the first in MIDDLEWARE: an answer could be kept.", id="rw.E004")]
    return []


WITHOUT_A_PROXY = (
    "RW_BEHIND_PROXY is not set. Outside the embedded default a proxy that takes whole requests in stands before this "
    "zone (docs/deploy/nginx.conf), or a few slow senders could stop it: put one there and set RW_BEHIND_PROXY=1."
)


def stands_alone() -> bool:
    """Whether this zone would be served to the world without a buffering proxy in front."""
    return settings.ZONE != "worker" and not settings.EMBEDDED and settings.SECURE_PROXY_SSL_HEADER is None


@register(Tags.security, deploy=True)
def a_proxy_stands_before(app_configs: Any, **kwargs: Any) -> list[Error]:
    """What the process also asks when it starts (recruitment_watch.wsgi)."""
    return [Error(WITHOUT_A_PROXY, id="rw.E005")] if stands_alone() else []


@register(Tags.database, deploy=True)
def servers_are_discreet(app_configs: Any, **kwargs: Any) -> list[Error]:
    """With `check --deploy --database default`: what every process also checks when it starts."""
    return [
        Error(sentence, id="rw.E003") for sentence in postgres_settings.faults_of_zone(kwargs.get("databases") or [])
    ]
