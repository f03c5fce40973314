"""Letter templates: files with front matter, one a language, under version control (`letters/<name>.<language>.md`).

    ---
    for: complainant | agency
    title: what the desk calls it
    says: complaint          (agency only) what the complainant must have agreed to before it may go; left out: nothing
    checked: machine-drafted; not yet signed by a native speaker
    ---
    Text with {fields} of the closed list of its readers.

The closed lists are the wall: in a letter to an agency there is no field that could carry a person, a case or a story.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from complaints.cases.vocabulary import Told

FOLDER = Path(__file__).parent / "letters"
FIELD = re.compile(r"\{([a-z_]+)\}")
HEAD = re.compile(r"---\n(.*?)\n---\n(.*)", re.S)


class Reader(StrEnum):
    COMPLAINANT = "complainant"
    AGENCY = "agency"


# office: its name. agency, licence, register: as the public register has them. standards: the rules by their titles.
# answer_by: a day that the inspector chose. remedy, amount: what the complainant is told of theirs.
FIELDS: Mapping[Reader, frozenset[str]] = {
    Reader.COMPLAINANT: frozenset({"office", "remedy", "amount"}),
    Reader.AGENCY: frozenset({"office", "agency", "licence", "register", "standards", "answer_by"}),
}
HEADS = {Reader.COMPLAINANT: {"for", "title", "checked"}, Reader.AGENCY: {"for", "title", "checked", "says"}}


class BadLetter(ValueError):
    """A file that is no letter of ours, or values that are not exactly its fields."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in all its languages; English is always there."""

    name: str
    reader: Reader
    says: Told | None
    titles: Mapping[str, str]
    texts: Mapping[str, str]

    @property
    def title(self) -> str:
        return self.titles["en"]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(FIELD.findall(self.texts["en"]))

    def spoken(self, language: str) -> str:
        """This language if there is a file in it; else English."""
        return language if language in self.texts else "en"

    def text(self, language: str, values: Mapping[str, str]) -> str:
        """The letter with its fields filled in. Raises BadLetter for a value that is missing or not on the list."""
        if not self.fields <= set(values) <= FIELDS[self.reader]:
            raise BadLetter(self.name)
        return FIELD.sub(lambda field: values[field[1]], self.texts[self.spoken(language)])


@cache
def all_letters() -> Mapping[str, Letter]:
    """Every letter by name. Raises BadLetter for a file that does not hold together."""
    names = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.md")})
    return {name: _read(name) for name in names}


def get(name: str) -> Letter:
    """Raises KeyError for no letter of ours."""
    return all_letters()[name]


def for_(reader: Reader) -> list[Letter]:
    return [one for one in all_letters().values() if one.reader is reader]


def _read(name: str) -> Letter:
    heads: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    for path in FOLDER.glob(f"{name}.*.md"):
        language = path.name.split(".")[1]
        heads[language], texts[language] = _parted(path)
    if "en" not in texts:
        raise BadLetter(name)
    reader, says = Reader(heads["en"]["for"]), heads["en"].get("says")
    wanted = frozenset(FIELD.findall(texts["en"]))
    for language, head in heads.items():
        same = all(head.get(one) == heads["en"].get(one) for one in ("for", "says"))
        if not same or not set(head) <= HEADS[reader] or frozenset(FIELD.findall(texts[language])) != wanted:
            raise BadLetter(f"{name}.{language}")
    if not wanted <= FIELDS[reader]:
        raise BadLetter(name)
    titles = {language: head["title"] for language, head in heads.items()}
    return Letter(name, reader, Told(says) if says else None, titles, texts)


def _parted(path: Path) -> tuple[dict[str, str], str]:
    found = HEAD.fullmatch(path.read_text())
    if found is None:
        raise BadLetter(path.name)
    head = dict(line.split(": ", 1) for line in found[1].splitlines())
    return head, found[2].strip()
