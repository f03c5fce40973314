"""What the web process and the closed-in one say to each other, by pipe.

to it     LENGTH, then the file
from it   READY once its walls stand; then HEAD (reason or 0, pages or seconds, length) and the clean file
"""

from __future__ import annotations

import struct

READY = b"R"
LENGTH = struct.Struct(">Q")
HEAD = struct.Struct(">BIQ")
