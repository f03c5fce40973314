"""Search of agencies by name or licence number, on any database that holds the register.

Likeness is scored in one place, over candidates: all names (kept per process) or, where PostgreSQL has
``pg_trgm`` and the register is large, the nearest by trigram. The same hits come out either way.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from rapidfuzz import fuzz, process

from agencies import names
from agencies.models import Agency, AgencyName, Licence

#: Below this likeness (0 to 100) a name is not a hit.
CUTOFF: Final = 62.0
#: From here on two names are called twins.
TWIN: Final = 92.0
#: Longest query that is read; a name in the lists has at most 120 characters.
MAX_QUERY: Final = 200
_CANDIDATES: Final = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """An agency found: the name that matched, likeness 0 to 100, code of its register.

    ``number`` is the licence number where that matched; ``current`` the agency's own name, which differs
    from ``name`` when a former name matched.
    """

    agency_id: uuid.UUID
    name: str
    score: float
    register: str
    current: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class _Name:
    agency_id: uuid.UUID
    name: str
    core: str
    plain: str
    tight: str
    register: str
    current: str


@dataclass(frozen=True, slots=True)
class _Index:
    stamp: tuple[int, int]
    names: tuple[_Name, ...]
    trigrams: bool


#: By database alias. Replaced whole, so that threads need no lock.
_indexes: dict[str, _Index] = {}


def search(text: str, *, using: str = DEFAULT_DB_ALIAS, limit: int = 20) -> list[Hit]:
    """Agencies whose licence number or name is like ``text``, best first, one hit an agency."""
    query = names.tidy(text[:MAX_QUERY])
    plain = names.plain(query)
    if not plain:
        return []
    hits = by_number(query, using=using)
    seen = {hit.agency_id for hit in hits}
    for name, score in _ranked(query, plain, candidates(query, using=using), CUTOFF):
        if name.agency_id not in seen:
            seen.add(name.agency_id)
            hits.append(Hit(name.agency_id, name.name, score, name.register, name.current))
    return hits[:limit]


def by_number(text: str, *, using: str = DEFAULT_DB_ALIAS) -> list[Hit]:
    """Agencies that hold or held a licence of this number; zeros in front and the letters may be left out."""
    number = names.number_core(text)
    if not any(c.isdigit() for c in number):
        return []
    rows = Licence.objects.using(using).select_related("agency", "register").order_by("number", "-valid_from")
    match = rows.filter(number_core__regex=rf"^[a-z]*{number}$" if number.isdigit() else rf"^{number}$")
    found = {row.agency_id: row for row in match}
    return [
        Hit(key, row.agency.name, 100.0, row.register.code, row.agency.name, row.number) for key, row in found.items()
    ]


def twins(agency: Agency, *, limit: int = 5) -> list[Hit]:
    """Other agencies whose name could be taken for this one's: shown as a warning beside the answer."""
    using = agency._state.db or DEFAULT_DB_ALIAS
    found: dict[uuid.UUID, Hit] = {}
    own = AgencyName.objects.using(using).filter(agency_id=agency.pk)
    for text in {n.name for n in own} | {names.split_former(agency.name)[0]}:
        core = names.core(text)
        for name in candidates(text, using=using):
            score = fuzz.ratio(core, name.core)
            if name.agency_id != agency.pk and score >= TWIN and len(core) > 3:
                hit = Hit(name.agency_id, name.name, score, name.register, name.current)
                found[name.agency_id] = max(hit, found.get(name.agency_id, hit), key=lambda h: h.score)
    return sorted(found.values(), key=lambda h: (-h.score, h.name))[:limit]


def candidates(text: str, *, using: str) -> Sequence[_Name]:
    """Names worth scoring against ``text``: the nearest by trigram, or all where there is no such index."""
    index = _index(using)
    core = names.core(text)
    common = names.SECTOR_WORDS.issuperset(core.split())  # words of the trade only, which no core holds
    if common or names.unspaced(text) or not index.trigrams:
        return index.names
    with connections[using].cursor() as cursor:
        # Wider than the scores' cut-off, so that the same hits come out as over all names.
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', '0.2', false),"
            " set_config('pg_trgm.word_similarity_threshold', '0.35', false)"
        )
        cursor.execute(
            "SELECT DISTINCT agency_id FROM agencies_agencyname WHERE core %% %s OR %s <%% core OR core LIKE %s",
            [core, core, f"%{core}%"],
        )
        near = {key for (key,) in cursor.fetchall()}
    return [name for name in index.names if name.agency_id in near]


def _ranked(query: str, plain: str, among: Sequence[_Name], cutoff: float) -> list[tuple[_Name, float]]:
    """Names with their scores, best first: likeness of the whole name and of its telling part."""
    core = names.core(query)
    scorer = fuzz.partial_ratio if names.unspaced(query) else fuzz.token_set_ratio
    near = process.extract(plain, [n.plain for n in among], scorer=scorer, score_cutoff=cutoff - 12, limit=_CANDIDATES)
    scored = [(among[i], _score(core, plain, among[i])) for _, _, i in near]
    return sorted(
        [(n, s) for n, s in scored if s >= cutoff],
        key=lambda pair: (-pair[1], pair[0].name, str(pair[0].agency_id)),
    )


def _score(core: str, plain: str, name: _Name) -> float:
    telling = max(fuzz.ratio(core, name.core), 0.95 * fuzz.token_set_ratio(core, name.core))
    if names.unspaced(core):
        telling = max(telling, 0.97 * fuzz.partial_ratio(core, name.core))
    whole = fuzz.token_sort_ratio(plain, name.plain)
    score = 0.75 * telling + 0.25 * whole
    if set(plain.split()) <= set(name.plain.split()):
        score = max(score, 70 + 0.3 * whole)  # every word asked for is there, be it a common one
    tight = fuzz.ratio(plain.replace(" ", ""), name.tight)
    return round(max(score, tight if tight >= TWIN else 0.0), 2)  # the same but for its spaces


def _name(agency_id: uuid.UUID, name: str, core: str, register: str, current: str) -> _Name:
    plain = names.plain(name)
    return _Name(agency_id, name, core, plain, plain.replace(" ", ""), register, current)


def _index(using: str) -> _Index:
    """All names of one database, read again when the table's stamp has moved.

    The stamp is the number of names and a mix of their keys: a name is never changed in place.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(bit_xor(uuid_hash_extended(id, 0)), 0),"
            " EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') FROM agencies_agencyname"
        )
        count, mix, trigrams = cursor.fetchone()
    index = _indexes.get(using)
    if index is None or index.stamp != (count, mix) or index.trigrams != trigrams:
        rows = AgencyName.objects.using(using).order_by("name", "id")
        values = rows.values_list("agency_id", "name", "core", "agency__register__code", "agency__name")
        index = _Index((count, mix), tuple(_name(*row) for row in values), trigrams)
        _indexes[using] = index
    return index
