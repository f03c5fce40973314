"""The intake zone: form and mailbox. No session, no user, no private key."""

from .base import compressed
from .casework import *
from .casework import DATABASES, MIDDLEWARE, env, planned_once
from .files import *

planned_once(DATABASES)

# A language is offered when its catalogue is whole (`recruitment_watch.catalogues check`), never before. Each is called
# by its own name on the first page; these are for whoever reads this.
LANGUAGES = [
    ("en", "English"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("es", "Spanish"),
    ("fr", "French"),
    ("hi", "Hindi"),
    ("id", "Indonesian"),
    ("ne", "Nepali"),
    ("tl", "Tagalog"),
    ("ur", "Urdu"),
]
MIDDLEWARE = compressed(MIDDLEWARE)
# Inside of what compresses pages and gives them headers, around all that can answer a post.
_PLACE = MIDDLEWARE.index("recruitment_watch.web.middleware.Refusals")
MIDDLEWARE = [*MIDDLEWARE[:_PLACE], "complaints.intake.shown.ShownOnAsking", *MIDDLEWARE[_PLACE:]]
# The receipt, and whatever an open mailbox shows: nobody else's words are ever compressed together with those.
UNCOMPRESSED = r"/[^/]+/(number|back)/"

CSRF_COOKIE_NAME = "__Host-rw-intake-csrf"
DRAFT_COOKIE_NAME = "__Host-rw-draft"
MAILBOX_COOKIE_NAME = "__Host-rw-mailbox"
ANSWER_COOKIE_NAME = "__Host-rw-answer"

# Together they make a receipt worthless to whoever has only the database (FIREWALL rule 8).
PEPPER = env.str("RW_PEPPER")
RECEIPT_SALT = env.str("RW_RECEIPT_SALT")

# A form is not sent sooner than this after it was begun: a person needs longer, a machine that floods is slowed.
NOT_BEFORE = env.int("RW_NOT_BEFORE_SECONDS", 8)
