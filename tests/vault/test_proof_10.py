"""FIREWALL proof 10: what is stored tells by its length neither how much was said nor how long a ladder is."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from complaints.vault import contents
from complaints.vault.padding import MESSAGE_MAX, TEXT_MAX
from complaints.vault.primitives import encrypt, new_key
from tests.proof import Proof
from tests.vault.cast import Scene


@pytest.mark.proof
def test_texts_have_four_sizes_and_rungs_one(proof: Callable[..., Proof]) -> None:
    p = proof(10, "sizes of texts, messages and rungs", bar="<= 4, <= 4, 1", small=300, full=20_000)
    texts, messages, rows, bare = set(), set(), set(), set()
    for number in p.over(range(p.size)):
        key, case = new_key(), secrets.token_bytes(16)
        said = bytes(secrets.randbelow(TEXT_MAX + 1))
        texts.add(len(contents.seal_text(key, said, case=case, field="body", epoch=0)))
        messages.add(len(contents.seal_message(key, said[:MESSAGE_MAX], case=case, field="message/x", epoch=0)))
        bare.add(len(encrypt(key, said, ad=b"")))
        if number % 20 == 0:
            ladder = Scene.with_offices(1 + number // 20 % 6).ladder()
            rows |= {(len(rung.box), len(rung.identity_box), len(rung.public)) for rung in ladder}
    p.found(
        f"{len(texts)}, {len(messages)}, {len(rows)}",
        control=f"{len(bare)} sizes without the padding",
        held=len(texts) <= 4 and len(messages) <= 4 and len(rows) == 1 and len(bare) > 200,
    )
