"""The translations: one catalogue a language, its strings taken from the code, compiled at set-up.

    python -m recruitment_watch.catalogues update   # new strings into every catalogue, gone ones out
    python -m recruitment_watch.catalogues check    # nothing missing, unsure or with other placeholders
    python -m recruitment_watch.catalogues compile  # what Django reads; `make setup` does it

A language is a folder under `locale/`; adding one is adding a catalogue. It needs no program besides Python: the
strings of templates are found by Django's own `templatize`, all else by Babel. Each catalogue says in its head whether
a native speaker has signed it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parents[1]
LOCALE = PROJECT / "recruitment_watch" / "locale"
# What a complainant can come to see, and the letter to an office outside. The other rooms are in English until theirs
# are taken in here too.
SOURCES = (
    "complaints/intake/**/*.py", "complaints/files/*.py", "complaints/desk/parcels/*.py",
    "complaints/templates/intake/*.html",
    "complaints/cases/vocabulary.py",
    "complaints/cases/severity.py", "complaints/cases/clocks.py", "agencies/wording.py", "agencies/directory.py",
    "agencies/models/help.py", "agencies/states.py", "recruitment_watch/web/*.py",
    "recruitment_watch/templates/**/*.html",
)  # fmt: skip
KEYWORDS = {
    **dict.fromkeys(("_", "_l", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
DRAFTED = "machine-drafted; not yet signed by a native speaker"
# CLDR's name of a language that we call otherwise; its plural rules are taken from there.
PLURALS = {"tl": "fil"}


def languages() -> list[str]:
    """The languages that have a catalogue, by their code in addresses ("zh-hans")."""
    return sorted(one.parents[1].name.replace("_", "-").lower() for one in LOCALE.glob("*/LC_MESSAGES/django.po"))


def path(language: str) -> Path:
    head, _dash, tail = language.partition("-")
    return LOCALE / (f"{head}_{tail.title()}" if tail else head) / "LC_MESSAGES" / "django.po"


def strings() -> Catalog:
    """All strings of the sources."""
    if not settings.configured:
        settings.configure()  # `templatize` asks for nothing that is set there
    found = Catalog(charset="utf-8", fuzzy=False)
    for source in sorted({one for pattern in SOURCES for one in PROJECT.glob(pattern)}):
        text = source.read_text()
        if source.suffix == ".html":
            # What is left of the page around the strings is no Python: each line has to stand by itself.
            text = "\n".join(line.strip() for line in templatize(text).splitlines())
        for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            found.add(message, locations=[(str(source.relative_to(PROJECT)), line)], context=context)
    return found


def read(language: str) -> Catalog:
    with path(language).open("rb") as file:
        return read_po(file, locale=PLURALS.get(language, language.replace("-", "_")))


def update() -> None:
    """New strings in, gone ones out, in every catalogue; what is translated stays."""
    template = strings()
    for language in languages():
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        write(language, catalogue)


def write(language: str, catalogue: Catalog) -> None:
    path(language).parent.mkdir(parents=True, exist_ok=True)
    with path(language).open("wb") as file:
        write_po(file, catalogue, width=110, omit_header=False, ignore_obsolete=True, include_lineno=False)


def faults() -> Iterator[str]:
    """What keeps a language from being offered."""
    template = strings()
    for language in languages():
        yield from (f"{language}: {one}" for one in _faults(template, read(language)))


def _faults(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    for wanted in template:
        if not wanted.id:
            continue
        message = catalogue.get(wanted.id if isinstance(wanted.id, str) else wanted.id[0], wanted.context)
        said = message.string if message else ""
        if message is None or message.fuzzy or not said or (not isinstance(said, str) and not all(said)):
            yield f"not translated: {wanted.id!r}"
            continue
        yield from (f"{error}: {wanted.id!r}" for error in message.check(catalogue))
    if "sign" not in catalogue.header_comment:
        yield "its head does not say whether a native speaker has signed it"


def compile_all() -> None:
    """Write what Django reads beside each catalogue that is newer."""
    for language in languages():
        source = path(language)
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            with target.open("wb") as file:
                write_mo(file, read(language))


def main() -> int:
    """Do what is asked on the command line."""
    asked = sys.argv[1:]
    if asked == ["update"]:
        update()
    elif asked == ["compile"]:
        compile_all()
    elif asked == ["check"]:
        found = list(faults())
        print("\n".join(found) or f"catalogues: {', '.join(languages()) or 'none'} whole")
        return 1 if found else 0
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
