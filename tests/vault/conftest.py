"""No deadlines: how long an example takes says how busy the machine is, not whether it holds."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("vault", deadline=None)
settings.load_profile("vault")
