"""The worker zone: Celery's worker and beat. Moves keys that it cannot open; serves no page."""

from .casework import *
from .casework import DATABASES, database, env

DATABASES = {**DATABASES, "register_out": database("RW_REGISTER_OUT_URL")}

WORKER_LOCK = env.path("RW_WORKER_LOCK")
# Signs the weekly checkpoints of the disclosure log.
LOG_KEY = env.path("RW_LOG_KEY", WORKER_LOCK.with_name("log.key"))
BROKER_URL = env.str("RW_BROKER_URL")
# Who vouches for a broker that is reached by amqps; without it, whom the system trusts.
BROKER_CA = env.path("RW_BROKER_CA", None)
TICK_SECONDS = env.float("RW_TICK_SECONDS", 5.0)
