"""What was taken: dumps, keys, words. Read from a folder and from nowhere else."""

from __future__ import annotations

import base64
import csv
import json
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

csv.field_size_limit(2**31 - 1)
Row = dict[str, str]


@dataclass
class Loot:
    tables: dict[str, list[Row]]
    others: dict[str, list[Row]]  # of the register and its copy
    keys: dict[str, bytes]
    weeks: dict[str, bytes]
    words: list[str]
    receipts: list[str]
    canaries: list[str]  # words to look for everywhere
    casework_canaries: list[str]  # words that the public register may say, and casework not
    pepper: str = ""
    salt: str = ""

    @classmethod
    def taken_from(cls, folder: Path) -> Loot:
        dumps: dict[str, dict[str, list[Row]]] = defaultdict(dict)
        for path in sorted((folder / "dumps").glob("*/*.csv")):
            with path.open(newline="") as file:
                dumps[path.parent.name][path.stem] = list(csv.DictReader(file))
        others = {
            f"{name}/{table}": rows for name in dumps if name != "casework" for table, rows in dumps[name].items()
        }
        return cls(
            tables=dumps["casework"], others=others, keys=_keys(folder / "keys"), weeks=_keys(folder / "weeks"),
            words=[line for path in sorted((folder / "words").glob("*.txt")) for line in _lines(path)],
            receipts=_lines(folder / "receipts.txt"), canaries=_lines(folder / "canaries.txt"),
            casework_canaries=_lines(folder / "casework_canaries.txt"),
            pepper="".join(_lines(folder / "pepper.txt")), salt="".join(_lines(folder / "salt.txt")),
        )  # fmt: skip

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(f"complaints_{table}", [])


def session_said(data: str) -> dict[str, object]:
    """A session row's JSON: Django signs it and does not encrypt it."""
    packed = data.split(":")[0]
    raw = base64.urlsafe_b64decode(packed.lstrip(".") + "=" * (-len(packed.lstrip(".")) % 4)) if data else b"{}"
    return dict(json.loads(zlib.decompress(raw) if data.startswith(".") else raw))


def _keys(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes()[:32] for path in sorted(folder.glob("*.key"))}


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def bytes_of(text: str) -> bytes:
    """As COPY writes bytes: \\x and hexadecimal."""
    return bytes.fromhex(text[2:])
