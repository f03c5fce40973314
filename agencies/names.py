"""Names made comparable: for search, for name-twins, for matching rows of lists. Pure functions.

Real dirt that this answers to: a backtick for an apostrophe (``INT`L.``), no-break spaces, doubled spaces,
"(FORMERLY …" cut off by the list, legal forms with and without stops, names only in Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_APOSTROPHES: Final = dict.fromkeys(map(ord, "`'\u00b4\u2018\u2019\u02bc\u2032"))


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Company forms say nothing about who it is.
LEGAL_FORMS: Final = _set("""
    inc incorporated incorporation corp corporation co company ltd limited llc llp plc pte pvt private
    sdn bhd gmbh sarl srl pty opc
""")
#: Words that half the names of this trade carry.
SECTOR_WORDS: Final = _set("""
    agency agencies recruitment recruiting recruiters manpower employment placement placements personnel
    overseas services service international intl resources resource human hr consultancy consultant
    consultants consulting centre center maid maids helper helpers promotion promotions management
    solutions staffing the and of for
""")
_CJK_FILLER: Final = re.compile("股份有限公司|有限公司|公司|僱傭|雇傭|僱佣|女傭|家傭|中心|服務|顧問|人力資源|介紹所")
#: Thai, Lao, Burmese, Khmer; Japanese, Chinese, Korean.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_FORMERLY: Final = re.compile(r"\(\s*(?:formerly|former|for)\b[\s.:]*([^()]*)\)?", re.IGNORECASE)
_SCRIPTS: Final = (
    ("CJK UNIFIED", "Hani"),
    ("HIRAGANA", "Jpan"),
    ("KATAKANA", "Jpan"),
    ("HANGUL", "Kore"),
    ("ARABIC", "Arab"),
    ("BENGALI", "Beng"),
    ("DEVANAGARI", "Deva"),
    ("TAMIL", "Taml"),
    ("SINHALA", "Sinh"),
    ("THAI", "Thai"),
    ("KHMER", "Khmr"),
    ("MYANMAR", "Mymr"),
    ("ETHIOPIC", "Ethi"),
    ("CYRILLIC", "Cyrl"),
    ("LATIN", "Latn"),
)


def tidy(text: str) -> str:
    """As it is to be shown: NFC, no control characters, single spaces (no-break ones too), trimmed.

    Not NFKC: that would take the Thai vowel am apart and rewrite full-width letters of a name.
    """
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cf") else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def fold_key(text: str) -> str:
    """The strict form: only case, width and spacing go. "ACME INC" and "ACME INC." stay two names."""
    return " ".join(unicodedata.normalize("NFKC", tidy(text)).casefold().split())


def words(text: str) -> list[str]:
    """Lower-case words without Latin accents, apostrophes and punctuation; legal forms still there."""
    folded = fold_key(text.translate(_APOSTROPHES)).replace("&", " and ")
    letters = "".join(map(_letter, unicodedata.normalize("NFKD", folded)))
    return unicodedata.normalize("NFC", letters).split()


def _letter(char: str) -> str:
    """Letters, digits and marks (Indic and Thai vowels) stay, Latin accents go, all else is a space."""
    if char.isalnum():
        return char
    if "\u0300" <= char <= "\u036f":
        return ""
    return char if unicodedata.category(char)[0] == "M" else " "


def plain(text: str) -> str:
    """For likeness: words without legal forms. "A & C Resources, Inc." → "a and c resources"."""
    found = words(text)
    return " ".join([w for w in found if w not in LEGAL_FORMS] or found)


def core(text: str) -> str:
    """What tells this name from others: no legal forms, no words of the trade; never empty for a real name.

    Characters of Chinese, Japanese and Korean stay, less the trade's words in Chinese.
    """
    found = words(text)
    kept = [w for w in found if w not in LEGAL_FORMS and w not in SECTOR_WORDS]
    bare = _CJK_FILLER.sub("", " ".join(kept)).strip()
    return " ".join(bare.split()) or plain(text)


def unspaced(text: str) -> bool:
    """Whether there are letters of a script that does not part its words by spaces."""
    return bool(_UNSPACED.search(text))


def script_of(text: str) -> str:
    """ISO 15924 code of the script that most letters are in; Zyyy when there is none."""
    counts: dict[str, int] = {}
    for char in text:
        if char.isalpha():
            name = unicodedata.name(char, "")
            code = next((code for start, code in _SCRIPTS if name.startswith(start)), "Zzzz")
            counts[code] = counts.get(code, 0) + 1
    return max(counts, key=lambda c: counts[c], default="Zyyy")


def split_former(name: str) -> tuple[str, list[str]]:
    """Current name, and former names given in brackets, cut off or not: "X INC (FORMERLY Y" → X INC, [Y]."""
    former = [tidy(found) for found in _FORMERLY.findall(name)]
    current = tidy(_FORMERLY.sub(" ", name))
    return current or tidy(name), [f for f in former if f]


def number_core(text: str) -> str:
    """A licence number for comparing: "RL-0010", "rl 10" → "rl10". Leading zeros of each run of digits go."""
    runs = re.findall(r"\d+|[^\W\d_]+", fold_key(text))
    return "".join(run.lstrip("0") or "0" if run.isdigit() else run for run in runs)
