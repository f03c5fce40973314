"""What may give a complainant away in a free text: found where it is likely, and nothing else touched."""

from __future__ import annotations

import re
import re._constants as ops
import re._parser as parser
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.intake import telltales
from complaints.intake.telltales import (
    Kind,
    Telltale,
    checks,
    context,
    find,
    letters,
    shapes,
    telephones,
    without,
    words,
)
from tests.intake.telltales_table import Score, lines, scores, sentences

LANGUAGES = {"en", "ar", "bn", "es", "fr", "hi", "id", "ne", "tl", "ur"}
# Any text, with lone surrogates; and texts made of what the patterns look for.
ANY = st.text(st.characters())
PIECES = (
    "passport ", "رقم ", "পাসপোর্ট ", "EB1234567", "784-1990-1234567-1", "+974", "55123456", "0", "<<", "P<UTO", "@",
    "İ", "ſ", "K", "ß", "²", "①", "٣", "९", "৭", "௧", "\u200f", "\ud800", " ", "-", ".", "(", "a.b@c.de", "12/03/2026",
)  # fmt: skip
LIKELY = st.lists(st.sampled_from(PIECES)).map("".join)


def told(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.kind) for one in find(text)]


@pytest.mark.parametrize("held", [False, True])
def test_found_and_false_alarms_over_all_sentences(held: bool) -> None:
    print(*lines(held=held), sep="\n")
    whole = scores(sentences(held=held))["all"]
    assert whole.recall >= 0.95, whole
    assert whole.alarms <= 0.05, whole
    assert whole.right_kind >= 0.95 * whole.found, whole


def test_the_scale_itself_counts_what_is_missed_and_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"language": "en", "text": "passport EB1234567, 3 years", "expected": [{"text": "B1234567", "kind": "visa"}]}
    assert scores([row])["all"] == Score(1, 1, 1, 0, 0)
    assert scores([row | {"expected": []}])["all"] == Score(1, 0, 0, 0, 1)
    assert scores([row | {"expected": [{"text": "3 years", "kind": "visa"}]}])["all"] == Score(1, 1, 0, 0, 1)


def test_the_sentences_are_many_in_every_language_and_half_of_them_give_nobody_away() -> None:
    rows = sentences(held=False) + sentences(held=True)
    assert len(rows) >= 360 and {row["language"] for row in rows} == LANGUAGES
    for language in LANGUAGES:
        assert sum(row["language"] == language for row in rows) >= 30, language
    assert 0.4 <= sum(not row["expected"] for row in rows) / len(rows) <= 0.6
    assert 0.3 <= len(sentences(held=True)) / len(rows) <= 0.36
    for row in rows:
        for expected in row["expected"]:
            assert row["text"].count(expected["text"]) == 1 and Kind(expected["kind"])


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("It is EB1234567.", "EB1234567", Kind.PASSPORT),
        ("my passport 08123456 is with him", "08123456", Kind.PASSPORT),
        ("BX 0123456 is my passport", "BX 0123456", Kind.PASSPORT),
        ("Passport No. A1234567", "A1234567", Kind.PASSPORT),
        ("passport:\nA1234567", "A1234567", Kind.PASSPORT),
        ("visa number 1301234567", "1301234567", Kind.VISA),
        ("entry permit 201/2024/1234567", "201/2024/1234567", Kind.VISA),
        ("petition WAC2190012345", "WAC2190012345", Kind.VISA),
        ("784-1991-5548946-3", "784-1991-5548946-3", Kind.NATIONAL_ID),
        ("784 1991 5548946 3", "784 1991 5548946 3", Kind.NATIONAL_ID),
        ("he wrote 2566087876 there", "2566087876", Kind.NATIONAL_ID),  # iqama, Luhn
        ("he wrote 288031426114 there", "288031426114", Kind.NATIONAL_ID),  # Kuwait
        ("he wrote 29052401234 there", "29052401234", Kind.NATIONAL_ID),  # Qatar, Nepali
        ("9999 3160 5307", "9999 3160 5307", Kind.NATIONAL_ID),  # Aadhaar, Verhoeff
        ("3201234505900003", "3201234505900003", Kind.NATIONAL_ID),  # NIK
        ("1-6093-68137-18-1", "1-6093-68137-18-1", Kind.NATIONAL_ID),  # Thailand
        ("900214-14-5677", "900214-14-5677", Kind.NATIONAL_ID),  # Malaysia
        ("M717191(4)", "M717191(4)", Kind.NATIONAL_ID),
        ("W580786A", "W580786A", Kind.NATIONAL_ID),
        ("G6125852W", "G6125852W", Kind.NATIONAL_ID),
        ("M4336423W", "M4336423W", Kind.NATIONAL_ID),
        ("HEGG560427MVZRRL04", "HEGG560427MVZRRL04", Kind.NATIONAL_ID),
        ("35202-1234567-1", "35202-1234567-1", Kind.NATIONAL_ID),
        ("1234-5678-9012-3456", "1234-5678-9012-3456", Kind.NATIONAL_ID),
        ("27-01-70-12345", "27-01-70-12345", Kind.NATIONAL_ID),
        ("987-65-4320", "987-65-4320", Kind.NATIONAL_ID),
        ("A 099-000-123", "A 099-000-123", Kind.NATIONAL_ID),
        ("X1234567L", "X1234567L", Kind.NATIONAL_ID),
        ("12/OUKAMA(N)123456", "12/OUKAMA(N)123456", Kind.NATIONAL_ID),
        ("NID 5512345678", "5512345678", Kind.NATIONAL_ID),
        ("my civil id 1234567890", "1234567890", Kind.NATIONAL_ID),
        ("call 55123456", "55123456", Kind.PHONE),
        ("01712345678 took it", "01712345678", Kind.PHONE),
        ("+974 5512 3456", "+974 5512 3456", Kind.PHONE),
        ("0097455123456", "0097455123456", Kind.PHONE),
        ("(202) 555-0143", "(202) 555-0143", Kind.PHONE),
        ("06.39.98.12.34", "06.39.98.12.34", Kind.PHONE),
        ("a.b-c@mail.example.org.", "a.b-c@mail.example.org", Kind.EMAIL),
        ("ram at example dot com", "ram at example dot com", Kind.EMAIL),
        ("P<UTOSANTOSA<<MARIA<CLARA<<<<", "P<UTOSANTOSA<<MARIA<CLARA<<<<", Kind.MRZ),
        ("EB01234566UTO9002144F2811017ABCDEFGHIJKLMN04", "EB01234566UTO9002144F2811017ABCDEFGHIJKLMN04", Kind.MRZ),
    ],
)
def test_each_kind_is_found(text: str, number: str, kind: Kind) -> None:
    assert told(text) == [(number, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "I paid 3,500 riyal", "BDT 450000", "4,50,000 taka", "Rp 25.000.000", "25000000 rupiah", "12345678 VND",
        "rp3500000", "USD4500.00", "visa cost me 352750 and they kept it", "350000 for passport and visa",
        "12/03/2026", "2026-05-14", "১২ মার্চ ২০২৬", "14.05.2026 06:30", "20260514", "born 12051990", "2019-2023",
        "١٢/\u200f٣/\u200f٢٠٢٦", "from 0600-1800", "23:45", "in 2021 2022 2023", "34 years, 3 children",
        "14 hours, 45 km, 1095 days", "room 204 flat 1204 bus 27 flight QR641", "flight EK0345678",
        "RL-0010", "POEA-123-LB-041512-R", "B-0312/MUM/PER/1000+/5/8421/2011", "licence 54321", "Licence No. 20184567",
        "licence A1234567", "লাইসেন্স নম্বর ০১২৩৪৫৬৭", "ترخيص رقم ٢٠١٨٤٥٦٧", "commercial registration 1010123456",
        "for 24 months", "hotline 16008", "helpline 1800113090", "case CASE-2026-00417", "contract 2024556789",
        "receipt no 0045871", "25.285447, 51.531040", "5000 2000 3000", "passport since 12 March 2025",
        "", " ", "-", "\ud800",
    ],
)  # fmt: skip
def test_what_a_complaint_is_made_of_is_left_alone(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "nought", "0٠۰०০੦૦୦௦౦೦൦෦๐໐༠၀០᠐０𝟎", ids=lambda nought: f"{ord(nought):x}"
)  # every script with digits that migrants write in, and some more
def test_the_digits_of_every_script_are_read_and_places_stay_right(nought: str) -> None:
    number = "".join(chr(ord(nought) + int(digit)) for digit in "01712345678")
    assert told(f"İßſ 😀 {number} ok") == [(number, Kind.PHONE)]
    passport = "EB" + number[:7]
    assert told(f"पासपोर्ट {passport}।") == [(passport, Kind.PASSPORT)]


def test_fullwidth_letters_and_marks_of_direction() -> None:
    assert told("ＥＢ１２３４５６７") == [("ＥＢ１２３４５６７", Kind.PASSPORT)]
    assert told("هاتفي \u200e+974 5512 3456\u200f") == [("+974 5512 3456", Kind.PHONE)]
    assert told("06\u00a039\u202f98\u00a012\u00a034") == [("06\u00a039\u202f98\u00a012\u00a034", Kind.PHONE)]
    assert told("784‑1991‑5548946‑3") == [("784‑1991‑5548946‑3", Kind.NATIONAL_ID)]


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (checks.luhn, "784199155489463"),
        (checks.luhn, "2566087876"),
        (checks.verhoeff, "999931605307"),
        (checks.kuwait, "288031426114"),
        (checks.thailand, "1609368137181"),
        (checks.hong_kong, "m7171914"),
        (checks.singapore, "g6125852w"),
        (checks.singapore, "m4336423w"),
        (checks.spain, "x1234567l"),
        (checks.spain, "12345678z"),
        (checks.curp, "hegg560427mvzrrl04"),
        (checks.china, "11010519491231002x"),
        (checks.france, "290059912345603"),
        (lambda line: checks.icao(line[:-1], line[-1]), "l898902c36"),
    ],
)
def test_a_check_digit_takes_the_right_number_and_no_neighbour(check: Any, number: str) -> None:
    assert check(number)
    last = number[-1]
    others = "0123456789" if last.isdigit() else "abcdefghjklmnpqrtuwxyz"
    assert [x for x in others if check(number[:-1] + x)] == ([last] if last in others else [])


def test_several_numbers_in_one_message_keep_their_kinds() -> None:
    text = (
        "I paid 3,500 riyal on 12/03/2026 to RL-0010, 01712345678; passport BX0123456, iqama 2566087876, a@example.org"
    )
    assert told(text) == [
        ("01712345678", Kind.PHONE),
        ("BX0123456", Kind.PASSPORT),
        ("2566087876", Kind.NATIONAL_ID),
        ("a@example.org", Kind.EMAIL),
    ]


def test_a_word_speaks_of_one_number_and_not_of_the_next() -> None:
    assert told("عندي جواز N0123456 ورقمي 0791234567") == [("N0123456", Kind.PASSPORT), ("0791234567", Kind.PHONE)]


def test_a_country_of_work_brings_its_number_plan() -> None:
    assert find("he has 611 1234") == []
    assert [one.kind for one in find("he has 611 1234", "IS")] == [Kind.PHONE]
    kept = telephones._plans.cache_info().currsize
    assert find("call 55123456", "no such country") == find("call 55123456")
    assert telephones._plans.cache_info().currsize == kept  # what is no country is not kept


def test_removal_leaves_a_mark_and_everything_else() -> None:
    text = "My passport EB1234567, mail a@example.org, paid 500."
    assert without(text, find(text)) == "My passport [number removed], mail [email removed], paid 500."
    assert without(text, []) == text
    assert find(without(text, find(text))) == []


def test_removal_takes_places_in_any_order_and_overlapping() -> None:
    places = [Telltale(4, 6, Kind.PHONE), Telltale(0, 3, Kind.PASSPORT), Telltale(2, 5, Kind.VISA)]
    assert without("abcdefgh", places) == "[number removed]gh"


def test_every_kind_has_a_plain_name() -> None:
    names = {str(kind.label) for kind in Kind}
    assert len(names) == len(Kind) and all(name.islower() or "ID" in name for name in names)


def test_a_telltale_carries_a_place_and_never_what_stands_there() -> None:
    assert "1234567" not in repr(find("EB1234567"))


@given(ANY | LIKELY)
def test_nothing_outside_the_places_changes_for_any_text(text: str) -> None:
    places = find(text)
    assert len(letters.plain(text)) == len(text)
    at, rest = 0, without(text, places)
    for one in places:
        assert at <= one.start < one.end <= len(text)
        kept = text[at : one.start]
        assert rest.startswith(kept)
        rest = rest[len(kept) :]
        mark = "[email removed]" if one.kind is Kind.EMAIL else "[number removed]"
        assert rest.startswith(mark)
        rest, at = rest[len(mark) :], one.end
    assert rest == text[at:]


@given(st.sampled_from(shapes.BEGIN_WITH_DIGIT + shapes.BEGIN_WITH_LETTER), st.data())
def test_no_check_fails_on_what_its_pattern_takes(shape: shapes.Shape, data: st.DataObject) -> None:
    drawn = data.draw(st.from_regex(shape.pattern, fullmatch=True, alphabet=st.characters(codec="ascii")))
    assert shape.holds is None or shape.holds(drawn) in (True, False)


def test_no_pattern_repeats_without_bound_or_inside_a_long_repeat() -> None:
    patterns = list(_patterns(telltales, checks, context, letters, shapes, telephones, words))
    assert len(patterns) > 40
    assert {pattern.pattern for pattern in patterns if _worst(pattern) > 1_000} == set()


@pytest.mark.parametrize("bad", ["(a+)+b", "a*", "(a{0,50}b?){0,50}"])
def test_the_bound_itself_catches_what_runs_away(bad: str) -> None:
    assert _worst(re.compile(bad)) > 1_000


def _patterns(*modules: ModuleType) -> Iterator[re.Pattern[str]]:
    for module in modules:
        for value in vars(module).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, re.Pattern):
                    yield one
                elif isinstance(one, shapes.Shape):
                    yield one.pattern
    yield from telephones._plans("")


def _worst(pattern: re.Pattern[str]) -> int:
    """How often a part may be repeated at most, repeats within repeats multiplied."""
    return _repeats(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))


def _repeats(parsed: Any) -> int:
    worst = 1
    for code, argument in parsed:
        if code in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            _least, most, inner = argument
            worst = max(worst, (10**9 if most is ops.MAXREPEAT else int(most)) * _repeats(inner))
        else:
            worst = max(worst, *(_repeats(inner) for inner in _inner(code, argument)), 1)
    return worst


def _inner(code: Any, argument: Any) -> list[Any]:
    if code is ops.BRANCH:
        return list(argument[1])
    if code is ops.SUBPATTERN:
        return [argument[-1]]
    if code in (ops.ASSERT, ops.ASSERT_NOT):
        return [argument[1]]
    return []
