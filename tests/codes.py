"""An authenticator app for tests: the code of now, and never one that it gave before."""

from __future__ import annotations

import time

from complaints.vault.second_factor import STEP_SECONDS, code_at

_given: dict[tuple[str, str], int] = {}


def of_now(secret: str, who: str = "") -> str:
    """A code that is good now and was not given for `who`; the server takes one step to either side."""
    now = int(time.time()) // STEP_SECONDS
    step = max(now, _given.get((secret, who), 0) + 1)
    while step > int(time.time()) // STEP_SECONDS + 1:  # the fourth in one minute has to wait, as a person would
        time.sleep(0.2)
    _given[secret, who] = step
    return code_at(secret, step)
