"""Pages that are put together once: each person's own gaps in them, whole when unpacked, and nobody's receipt kept."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from complaints.intake import prepared
from complaints.intake.prepared import ID, TOKEN, Prepared
from tests.factories import make_office

from .cast import person, text

TAKES_GZIP = {"accept-encoding": "gzip"}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Prepared]:
    kept: dict[Any, Prepared] = {}
    monkeypatch.setattr(prepared, "_PAGES", kept)
    return kept


def receipt_on(shown: Any) -> list[str]:
    return re.findall(r"<span>(\d{4})</span>", text(shown))


def kept_words(kept: dict[Any, Prepared]) -> bytes:
    return b"".join(part for one in kept.values() for part in (*one.words, *map(unpacked, one.packed)))


def unpacked(piece: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(piece)


def test_a_question_unpacks_to_what_goes_unpacked_but_for_its_gaps(client: Client, nothing_kept: Any) -> None:
    plain, packed = (client.get("/en/", secure=True, headers=how) for how in ({"accept-encoding": "br"}, TAKES_GZIP))
    assert packed["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain
    without_gaps = [re.sub(rb'value="\w{64}"', b"", page) for page in (plain.content, gzip.decompress(packed.content))]
    assert without_gaps[0] == without_gaps[1] and b"</html>" in without_gaps[0]
    assert len(packed.content) < len(plain.content) / 2
    assert len(nothing_kept) == 1


def test_each_gets_a_token_of_their_own_and_none_of_it_is_kept(nothing_kept: Any) -> None:
    tokens = set()
    for _visit in range(3):
        page = gzip.decompress(Client().get("/en/", secure=True, headers=TAKES_GZIP).content).decode()
        tokens |= set(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page))
        assert TOKEN not in page and ID not in page
    assert len(tokens) == 3
    assert not any(token.encode() in kept_words(nothing_kept) for token in tokens)


def test_no_receipt_is_in_what_is_kept_of_its_page(offices: Any, nothing_kept: Any) -> None:
    """The control: words of the page are, so that the search would find it."""
    receipts = []
    for _person in range(2):
        client = Client()
        someone = person(client)
        someone.go()
        someone.answer("check")
        shown = client.get("/en/number/", secure=True)
        receipts.append(receipt_on(shown))
        assert receipt_on(client.get("/en/number/", secure=True)) == receipts[-1]
    assert [len(one) for one in receipts] == [6, 6] and receipts[0] != receipts[1]
    words = kept_words(nothing_kept)
    assert b"It is stored. This is your receipt" in words
    assert not any(f"<span>{group}</span>".encode() in words for one in receipts for group in one)


def test_who_will_read_this_is_kept_for_the_same_readers_and_not_by_the_place(
    offices: Any, as_owner: Any, registrar_privates: list[bytes], nothing_kept: Any
) -> None:
    """The control: one office more, and it is another page."""

    def shown(recruited_in: str) -> str:
        someone = person(Client(), **{"from": {"recruited_in": recruited_in}})
        someone.go(until="who")
        return re.sub(r'value="\w{64}"', "", text(someone.get("who")))

    def kept() -> int:
        return sum("'who'" in str(key) for key in nothing_kept)

    pages = {shown(country) for country in ("same", "NP", "KE")}
    assert len(pages) == 1 and "Doha Labour Inspection" in pages.pop() and kept() == 1
    assert not any(country in str(key) for key in nothing_kept for country in ("'QA'", "'NP'", "'KE'"))
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="One Office More")
    assert "One Office More" in shown("same") and kept() == 2


def test_what_fills_a_gap_is_words_and_never_markup(rf: Any) -> None:
    page = Prepared.of("<p>gap</p>", ["gap"])
    assert page.filled(rf.get("/"), {"gap": "<b>&"}).content == b"<p>&lt;b&gt;&amp;</p>"


def test_what_stands_in_a_gap_is_never_compressed_together_with_the_page(rf: Any) -> None:
    """Words that are in the page already make it no shorter, and any others no longer (docs/decisions/0017)."""
    page = Prepared.of("<p>a secret of sixteen</p><p>gap</p>", ["gap"])
    sent = [
        page.filled(rf.get("/", headers=TAKES_GZIP), {"gap": said}) for said in ("a secret of sixt", "x9Qz-4Lk_v7Tb2Wm")
    ]
    assert len({len(one.content) for one in sent}) == 1
    assert [gzip.decompress(one.content)[-20:-4] for one in sent] == [b"a secret of sixt", b"x9Qz-4Lk_v7Tb2Wm"]


def test_the_token_s_cookie_goes_once_to_each_browser(client: Client, offices: Any) -> None:
    name = settings.CSRF_COOKIE_NAME
    assert name in client.get("/en/", secure=True).cookies
    assert name not in client.get("/en/", secure=True).cookies
    client.cookies[name] = "no token at all"
    assert name in client.get("/en/", secure=True).cookies
