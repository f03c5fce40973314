"""The public zone: register, status pages, the regulators' admin. Nothing in it leads to a complaint."""

from csp.constants import NONE, SELF

from .base import *
from .base import COMMON_APPS, MIDDLEWARE, TEMPLATES, compressed, database, env

DATABASES = {"default": database("RW_REGISTER_URL")}

INSTALLED_APPS = [
    *COMMON_APPS,
    "agencies.board.apps.Board",
    "cms.apps.Cms",
    "wagtail.contrib.settings",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.users",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.sessions",
    "django.contrib.messages",
]

UNCOMPRESSED = r"/admin/"  # what is searched for there stands beside what is not public
MIDDLEWARE = [
    *compressed(MIDDLEWARE),
    "cms.middleware.AdminHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cms.entrance.gate.SecondFactorGate",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]

LARGEST_POST = 20_971_520  # editors add pictures and documents

SESSION_COOKIE_NAME = "__Host-rw-public-session"
CSRF_COOKIE_NAME = "__Host-rw-public-csrf"
HALFWAY_COOKIE_NAME = "__Host-rw-public-halfway"
MFA_KEY = env.str("RW_MFA_KEY")  # opens the officers' second factors; on this zone's host and in no database

WAGTAIL_SITE_NAME = "Recruitment Watch"
WAGTAILADMIN_BASE_URL = env.str("RW_PUBLIC_ORIGIN", "")
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAIL_FINISH_WORKFLOW_ACTION = "agencies.board.workflow.finish"  # a review of an application publishes nothing
WAGTAILADMIN_NOTIFICATION_INCLUDE_SUPERUSERS = False  # there is no mail here
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_PASSWORD_RESET_ENABLED = False  # there is no mail here; an administrator sets a new one
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_FRONTEND_LOGIN_URL = "/admin/login/"  # Wagtail's other door asks for a password alone
WAGTAIL_I18N_ENABLED = False

# Wagtail's admin brings its own scripts and styles, all from here; the public pages do not get this policy.
# Without 'unsafe-inline' the calendar beside Wagtail's own date fields does not open: one types the day.
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:", "blob:"],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [SELF],
}
