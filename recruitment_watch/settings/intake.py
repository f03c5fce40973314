"""The intake zone: form and mailbox. No session, no user, no private key."""

from .base import MIDDLEWARE
from .casework import *
from .casework import env

# Around all that may answer by itself (the redirect to a language, a refused form), but not around static files.
_after = MIDDLEWARE.index("whitenoise.middleware.WhiteNoiseMiddleware") + 1
MIDDLEWARE = [*MIDDLEWARE[:_after], "recruitment_watch.web.middleware.NoTrace", *MIDDLEWARE[_after:]]

CSRF_COOKIE_NAME = "__Host-rw-intake-csrf"
DRAFT_COOKIE_NAME = "__Host-rw-draft"
MAILBOX_COOKIE_NAME = "__Host-rw-mailbox"

# Together they make a receipt worthless to whoever has only the database (FIREWALL rule 8).
PEPPER = env.str("RW_PEPPER")
RECEIPT_SALT = env.str("RW_RECEIPT_SALT")
