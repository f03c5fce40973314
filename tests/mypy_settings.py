"""Settings for the type checker alone: no secret, no database; RW_ZONE says which side of the wall."""

import os

for _name in ("RW_SECRET_KEY", "RW_PEPPER", "RW_RECEIPT_SALT", "RW_MFA_KEY"):
    os.environ.setdefault(_name, "for the type checker")
for _name in ("RW_REGISTER_URL", "RW_REGISTER_OUT_URL", "RW_CASEWORK_URL", "RW_REGISTER_COPY_URL"):
    os.environ.setdefault(_name, "postgresql://nobody@127.0.0.1/nothing")
for _name in ("RW_PINNED", "RW_RETENTION", "RW_WORKER_LOCK", "RW_BROKER_URL"):
    os.environ.setdefault(_name, "nowhere")

if os.environ["RW_ZONE"] == "public":
    from recruitment_watch.settings.public import *
else:  # casework as a whole: what its zones have, taken together
    from recruitment_watch.settings.desk import *
    from recruitment_watch.settings.intake import (
        ANSWER_COOKIE_NAME,
        DRAFT_COOKIE_NAME,
        MAILBOX_COOKIE_NAME,
        NOT_BEFORE,
        PEPPER,
        RECEIPT_SALT,
    )  # fmt: skip
    from recruitment_watch.settings.worker import (
        BROKER_CA,
        BROKER_URL,
        CHECKPOINTS,
        DELIVERY_CA,
        DELIVERY_FROM,
        DELIVERY_INSIDE,
        DELIVERY_KEY,
        DELIVERY_MAIL,
        LOG_KEY,
        TICK_SECONDS,
        WORKER_LOCK,
    )  # fmt: skip

    __all__ = [
        "ANSWER_COOKIE_NAME", "BROKER_CA", "BROKER_URL", "CHECKPOINTS", "DELIVERY_CA", "DELIVERY_FROM",
        "DELIVERY_INSIDE", "DELIVERY_KEY", "DELIVERY_MAIL", "DRAFT_COOKIE_NAME", "LOG_KEY",
        "MAILBOX_COOKIE_NAME", "NOT_BEFORE", "PEPPER", "RECEIPT_SALT", "TICK_SECONDS", "WORKER_LOCK",
    ]  # fmt: skip
