"""The intake zone: form and mailbox. No session, no user, no private key."""

from .casework import *
from .casework import env

CSRF_COOKIE_NAME = "__Host-rw-intake-csrf"
DRAFT_COOKIE_NAME = "__Host-rw-draft"
MAILBOX_COOKIE_NAME = "__Host-rw-mailbox"

# Together they make a receipt worthless to whoever has only the database (FIREWALL rule 8).
PEPPER = env.str("RW_PEPPER")
RECEIPT_SALT = env.str("RW_RECEIPT_SALT")

# Attachments: how many are opened at once in a process, and how many seconds the next one waits for its turn.
FILES_AT_ONCE = env.int("RW_FILES_AT_ONCE", 2)
FILES_PATIENCE = env.float("RW_FILES_PATIENCE", 15.0)
