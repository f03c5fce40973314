"""Foreign registers: one small adapter a list, one engine for all."""

from __future__ import annotations

from typing import Final

from agencies.registers.base import Adapter
from agencies.registers.hong_kong import HongKong
from agencies.registers.philippines import Philippines

ADAPTERS: Final[dict[str, Adapter]] = {adapter.code: adapter for adapter in (HongKong(), Philippines())}

__all__ = ["ADAPTERS", "Adapter"]
