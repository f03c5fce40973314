"""What a column is, and what it gives away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column is, to somebody who takes the whole database."""

    FACT = "stands in clear"
    SEALED = "sealed box"
    HASH = "hash"
    RANDOM = "random number"
    KEY = "public key"
    CONFIG = "of the installation"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `sizes` are the byte lengths a sealed box or hash may have; none is any."""

    kind: Kind
    words: str
    facts: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()


def fact(words: str, *facts: str) -> Column:
    return Column(Kind.FACT, words, facts)


def sealed(words: str, *sizes: int, facts: tuple[str, ...] = ()) -> Column:
    return Column(Kind.SEALED, words, facts, sizes)


def hash_(words: str, *sizes: int) -> Column:
    return Column(Kind.HASH, words, (), sizes)


def key(words: str) -> Column:
    return Column(Kind.KEY, words, (), (32,))


def config(words: str, *facts: str) -> Column:
    return Column(Kind.CONFIG, words, facts)


BOX = 41  # what encryption adds
TEXT = tuple(step * 8192 + BOX for step in range(1, 5))
MESSAGE = tuple(step * 2048 + BOX for step in range(1, 5))
DRAFT = tuple(step * 2048 + BOX for step in range(1, 33))
ID = Column(Kind.RANDOM, "A random number; says neither when nor in which order.")
CASE = fact("Which case it belongs to, by its random number.", "cases")
WEEK = "The week, never the day."
