"""The worker zone: Celery's worker and beat. Moves keys that it cannot open; serves no page."""

from .casework import *
from .casework import DATABASES, EMBEDDED, database, env

DATABASES = {**DATABASES, "register_out": database("RW_REGISTER_OUT_URL")}

WORKER_LOCK = env.path("RW_WORKER_LOCK")
# Signs the weekly checkpoints of the disclosure log.
LOG_KEY = env.path("RW_LOG_KEY", WORKER_LOCK.with_name("log.key"))
# Signs what is sent to offices outside; docs/delivery.md says how they check it.
DELIVERY_KEY = env.path("RW_DELIVERY_KEY", WORKER_LOCK.with_name("delivery.key"))
DELIVERY_CA: str = env.str("RW_DELIVERY_CA", "")  # a bundle of certificates (PEM) instead of the system's own
# Addresses inside this network: never outside a demonstration or a test.
DELIVERY_INSIDE = EMBEDDED and env.bool("RW_DELIVERY_INSIDE", False)
# The mail server of this installation, for offices that get parcels by mail: smtps://user:password@host:465.
DELIVERY_MAIL = env.str("RW_DELIVERY_MAIL", "")
DELIVERY_FROM = env.str("RW_DELIVERY_FROM", "")
BROKER_URL = env.str("RW_BROKER_URL")
# Who vouches for a broker that is reached by amqps; without it, whom the system trusts.
BROKER_CA = env.path("RW_BROKER_CA", None)
TICK_SECONDS = env.float("RW_TICK_SECONDS", 5.0)
