"""The intake zone: form and mailbox. No session, no user, no private key."""

from .base import compressed
from .casework import *
from .casework import MIDDLEWARE, env

MIDDLEWARE = compressed(MIDDLEWARE)
# The receipt, and whatever an open mailbox shows: nobody else's words are ever compressed together with those.
UNCOMPRESSED = r"/[^/]+/(number|back)/"

CSRF_COOKIE_NAME = "__Host-rw-intake-csrf"
DRAFT_COOKIE_NAME = "__Host-rw-draft"
MAILBOX_COOKIE_NAME = "__Host-rw-mailbox"

# Together they make a receipt worthless to whoever has only the database (FIREWALL rule 8).
PEPPER = env.str("RW_PEPPER")
RECEIPT_SALT = env.str("RW_RECEIPT_SALT")
