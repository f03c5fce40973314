"""The desk zone: the inspectors' queue and case room. Keys only while a member's vault is open."""

from csp.constants import SELF

from .base import CONTENT_SECURITY_POLICY, TEMPLATES
from .casework import *
from .casework import DATABASES, INSTALLED_APPS, MIDDLEWARE, env, planned_once
from .files import *

planned_once(DATABASES)

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.messages"]
MIDDLEWARE = [
    *MIDDLEWARE,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]

CONTENT_SECURITY_POLICY["DIRECTIVES"]["media-src"] = [SELF]  # recordings are listened to in the case room

SESSION_ENGINE = "complaints.desk.sessions"
SESSION_COOKIE_NAME = "__Host-rw-desk-session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-rw-desk-csrf"
VAULT_COOKIE_NAME = "__Host-rw-vault"
HALFWAY_COOKIE_NAME = "__Host-rw-halfway"
KNOWN_COOKIE_NAME = "__Host-rw-known"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "desk:sign-in"
LOGIN_REDIRECT_URL = "desk:queue"
LOGOUT_REDIRECT_URL = "desk:sign-in"

# Opens the members' second factors; on the desk's host and in no database.
MFA_KEY = env.str("RW_MFA_KEY")
