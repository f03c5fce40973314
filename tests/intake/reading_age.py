"""How old a reader has to be for an English text: the Flesch-Kincaid grade and five years.

Grade = 0.39 × words a sentence + 11.8 × syllables a word - 15.59 (Kincaid, Fishburne, Rogers and Chissom, "Derivation
of new readability formulas", Naval Technical Training Command, 1975). A grade of American schools is the reader's age
less five. Syllables are counted by groups of vowels, with the usual endings that are not spoken: within one in twenty
words of a dictionary's count. A package that counts with a dictionary (textstat) fetches it when it first runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
SENTENCE = re.compile(r"[.!?:…]+(?=\s|$|[”\"')])")
VOWELS = re.compile(r"[aeiouy]+")
# Two vowels that are spoken one after the other.
APART = re.compile(r"i(?:a(?!l\b|n\b)|o(?!u|n)|um)|[^aeiouqg]ua|creat|y[aio]|ying|uing|eing")
SILENT = re.compile(r"(?:[^aeiouyl]e|[^aeiouytd]ed|[^aeiouysxzcgh]es)$")


def syllables(word: str) -> int:
    """The syllables of an English word; at least one."""
    plain = re.sub(r"['’].*", "", word.lower())
    found = len(VOWELS.findall(plain)) + len(APART.findall(plain))
    if found > 1 and SILENT.search(plain) and not plain.endswith(("le", "les")):
        found -= 1
    return max(found, 1)


def reading_age(blocks: Iterable[str]) -> float:
    """The age of blocks of text: paragraphs, list items, headings, labels. The end of a block ends a sentence."""
    words = sentences = spoken = 0
    for block in blocks:
        for sentence in SENTENCE.split(block):
            found = WORD.findall(sentence)
            if found:
                sentences += 1
                words += len(found)
                spoken += sum(syllables(one) for one in found)
    return 0.39 * words / sentences + 11.8 * spoken / words - 15.59 + 5 if words else 0.0
