"""The EFF long list: 7,776 words, 12.9 bits each, for passphrases and fingerprints.

Bonneau, "EFF's New Wordlists for Random Passphrases", 2016; the file comes with `xkcdpass`.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from importlib import resources

from complaints.vault.errors import VaultError

COUNT = 7776
# Another list would turn every printed fingerprint into a different one, silently.
LIST_SHA256 = "6d557f0693958fb5e650b68b5bee585eb82cf4da32965505c789e924743bc522"


@cache
def word_list() -> tuple[str, ...]:
    """Return the 7,776 words in the list's order. Raises VaultError if the file is another one."""
    raw = resources.files("xkcdpass").joinpath("static/eff-long").read_bytes()
    words = tuple(raw.decode("ascii").split())
    if len(words) != COUNT or hashlib.sha256(raw).hexdigest() != LIST_SHA256:
        raise VaultError("the word list is not the expected one")
    return words


def random_words(count: int) -> str:
    """Return `count` words chosen independently, with single spaces between them."""
    words = word_list()
    return " ".join(secrets.choice(words) for _ in range(count))


def words_for(number: int, *, count: int) -> tuple[str, ...]:
    """Return `number` modulo 7,776^count, written in words, most significant first."""
    words = word_list()
    chosen = []
    for _ in range(count):
        number, index = divmod(number, COUNT)
        chosen.append(words[index])
    return tuple(reversed(chosen))
