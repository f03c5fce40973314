"""What all zones share. A zone's own module adds its apps, database, addresses and cookies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import Env

from recruitment_watch.embedded.home import PROJECT, home

ZONE = os.environ["RW_ZONE"]

# systemd gives production its variables; the embedded default keeps them in one file a zone.
env = Env()
for _name in (ZONE, "owner") if os.environ.get("RW_AS_OWNER") else (ZONE,):
    _file = home() / "env" / f"{_name}.env"
    if _file.exists():
        env.read_env(str(_file), recurse=False)

BASE_DIR = PROJECT
EMBEDDED = env.bool("RW_EMBEDDED", False)
SECRET_KEY = env.str("RW_SECRET_KEY")
DEBUG = False
ORIGINS = {zone: env.str(f"RW_{zone.upper()}_ORIGIN", "") for zone in ("public", "intake", "desk")}
ORIGIN = ORIGINS.get(ZONE, "")
ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or "localhost"]
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
DEMONSTRATION = EMBEDDED  # every page then says that the data is fictional

# Rehearsals move the clock; `check --deploy` refuses this outside the embedded default.
CLOCK_FILE: Path | None = Path(_told) if (_told := env.str("RW_CLOCK_FILE", "")) else None


def database(variable: str, **options: Any) -> dict[str, Any]:
    """One database entry from its URL; with RW_AS_OWNER the owner's URL, for migrating and checking.

    MAY_STAND_IDLE is our own backend's: a migration on a busy machine waits for its processor inside a transaction, and
    the limit that ends a zone's forgotten one would end it, half a day's work with it.
    """
    as_owner = bool(os.environ.get("RW_AS_OWNER"))
    if as_owner:
        variable = variable.replace("RW_", "RW_OWNER_", 1)
    config: dict[str, Any] = env.dj_db_url(variable)
    config["MAY_STAND_IDLE"] = as_owner
    config.setdefault("OPTIONS", {}).update(options)
    config["ENGINE"] = "recruitment_watch.postgresql"
    config["CONN_MAX_AGE"] = 60
    config["CONN_HEALTH_CHECKS"] = True
    return config


if DEMONSTRATION:
    # The demonstration's countries are made up, so that nobody takes it for a real office's word.
    COUNTRIES_OVERRIDE = {"XA": "Arland (made up)", "XB": "Borland (made up)"}

COMMON_APPS = [
    "recruitment_watch.apps.RecruitmentWatch",
    "agencies.apps.AgenciesConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django_countries",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "recruitment_watch.web.middleware.Policy",
    "recruitment_watch.web.middleware.Refusals",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "recruitment_watch.web.csrf.TokenCsrf",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def compressed(middleware: list[str]) -> list[str]:
    """With pages compressed: inside of the headers and the static files, around everything that makes a page."""
    place = middleware.index("whitenoise.middleware.WhiteNoiseMiddleware") + 1
    return [*middleware[:place], "recruitment_watch.web.middleware.Compressed", *middleware[place:]]


TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "recruitment_watch" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "recruitment_watch.web.context.zone",
            ],
        },
    }
]
FORM_RENDERER = "recruitment_watch.web.forms.Renderer"

ROOT_URLCONF = f"recruitment_watch.urls.{ZONE}"
WSGI_APPLICATION = "recruitment_watch.wsgi.application"
DATABASE_ROUTERS = ["recruitment_watch.router.ZoneRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
# A language is offered when its catalogue is whole, never before.
LANGUAGES = [("en", "English")]
FORMAT_MODULE_PATH = "recruitment_watch.formats"
LOCALE_PATHS = [BASE_DIR / "recruitment_watch" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = env.path("RW_STATIC", home() / "static" / ZONE)
STATICFILES_DIRS = [BASE_DIR / "recruitment_watch" / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Nothing leaves a trace that could be kept back: no cookie without TLS, no address in a referrer, no frame.
SECURE_SSL_REDIRECT = True
# Behind nginx (docs/deploy) TLS ends there and this header says so; without a proxy gunicorn ends it itself.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("RW_BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"  # intake and desk: none at all (web.middleware.NoTrace)
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_AGE = None  # gone when the browser closes
# Django's check knows its own middleware by name only; ours is a subclass, and rw.E002 sees to it.
SILENCED_SYSTEM_CHECKS = ["security.W003"]
CSRF_FAILURE_VIEW = "recruitment_watch.web.errors.stale_form"

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Uploads stay in memory; a form that is larger is refused before it is read.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
LARGEST_POST = DATA_UPLOAD_MAX_MEMORY_SIZE  # of any kind; the public zone takes pictures and allows more
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING_CONFIG = "recruitment_watch.logs.configure"
LOGGING = {"version": 1}  # without a value here Django never calls the function above
# Error reports: type, module, function, line (recruitment_watch.sentry). Where people speak, the address alone is
# not enough: a second setting has to say that it is meant.
SENTRY_DSN = env.str("RW_SENTRY_DSN", "")
if ZONE in ("intake", "desk") and not env.bool("RW_SENTRY_IN_CASEWORK", False):
    SENTRY_DSN = ""
