from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import drafts, members, sessions, words
from complaints.vault.errors import BadEnvelope, TooLong, VaultError, WrongContext, WrongPassphrase
from complaints.vault.members import MemberRecord
from complaints.vault.primitives import Cost, keypair, new_key, public_of
from tests.vault.cast import QUICK, Office

PASSPHRASE = "abacus t-shirt lunar opal quiet zoom"


@pytest.fixture(scope="module")
def code() -> str:
    return members.new_recovery_code()


@pytest.fixture(scope="module")
def record(code: str) -> MemberRecord:
    return members.enrol(PASSPHRASE, code, cost=QUICK)


def test_the_list_is_effs_and_has_77_bits_in_six_words() -> None:
    assert len(set(words.word_list())) == 7776 == 6**5
    passphrase = members.new_passphrase().split(" ")
    assert len(passphrase) == 6
    assert set(passphrase) <= set(words.word_list())
    assert members.new_passphrase() != members.new_passphrase()


def test_hyphens_do_not_matter_and_cost_one_word_of_the_list() -> None:
    typed = {members._typed_passphrase(word) for word in words.word_list()}
    assert len(typed) == 7775  # "yo-yo" and "yoyo"


@given(st.integers(0, 7776**6 - 1))
def test_words_stand_for_a_number(number: int) -> None:
    index = words.word_list().index
    back = 0
    for word in words.words_for(number, count=6):
        back = back * 7776 + index(word)
    assert back == number


@pytest.mark.parametrize(
    "typed",
    [PASSPHRASE, PASSPHRASE.upper(), f"  {PASSPHRASE.replace(' ', '  ')}\n", PASSPHRASE.replace("-", "")],
)
def test_the_passphrase_opens_however_it_is_typed(record: MemberRecord, typed: str) -> None:
    assert public_of(members.open_member(record, typed, cost=QUICK)) == record.public


def test_the_recovery_code_opens_the_same_key(record: MemberRecord, code: str) -> None:
    private = members.open_member(record, PASSPHRASE, cost=QUICK)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code)
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("0", "O").replace("1", "l")):
        assert members.recover_member(record, typed, cost=QUICK) == private


@pytest.mark.parametrize("typed", ["", "abacus", "\ud800", "abacus t-shirt lunar opal zoom quiet"])
def test_anything_else_is_a_wrong_passphrase(record: MemberRecord, code: str, typed: str) -> None:
    for open_it in (members.open_member, members.recover_member):
        with pytest.raises(WrongPassphrase):
            open_it(record, typed, cost=QUICK)
    with pytest.raises(WrongPassphrase):  # neither secret stands for the other
        members.open_member(record, code, cost=QUICK)


def test_an_exchanged_public_key_is_noticed(record: MemberRecord) -> None:
    exchanged = MemberRecord(
        public=keypair()[0],
        wrapped_private=record.wrapped_private,
        salt=record.salt,
        wrapped_recovery=record.wrapped_recovery,
        recovery_salt=record.recovery_salt,
    )
    with pytest.raises(WrongPassphrase):
        members.open_member(exchanged, PASSPHRASE, cost=QUICK)


def test_a_new_passphrase_ends_the_old_one_and_leaves_recovery(record: MemberRecord, code: str) -> None:
    private = members.open_member(record, PASSPHRASE, cost=QUICK)
    changed = members.change_passphrase(record, private, "six other words", cost=QUICK)
    assert members.open_member(changed, "six other words", cost=QUICK) == private
    assert members.recover_member(changed, code, cost=QUICK) == private
    with pytest.raises(WrongPassphrase):
        members.open_member(changed, PASSPHRASE, cost=QUICK)
    with pytest.raises(WrongContext):
        members.change_passphrase(record, new_key(), "six other words", cost=QUICK)


def test_a_record_prints_nothing_but_its_public_key(record: MemberRecord) -> None:
    assert repr(record) == f"MemberRecord(public={record.public!r})"


def test_the_default_cost_is_the_published_one() -> None:
    assert Cost(memory=256 * 2**20, passes=3) == members.COST
    record = members.enrol(PASSPHRASE, members.new_recovery_code(), cost=QUICK)
    with pytest.raises(WrongPassphrase):  # a record of another cost does not open by accident
        members.open_member(record, PASSPHRASE)


def test_an_office_key_opens_for_its_member_office_and_generation_only() -> None:
    (public, private), (member_public, member_private) = members.new_office_key(), keypair()
    office, other = Office(), Office()
    box = members.wrap_office_key(private, member_public=member_public, office_id=office.id, generation=2)

    def unwrap(
        member: bytes = member_private,
        office_id: bytes = office.id,
        generation: int = 2,
        office_public: bytes = public,
    ) -> bytes:
        return members.unwrap_office_key(
            member, box, office_id=office_id, generation=generation, office_public=office_public
        )

    assert len(box) == 113
    assert unwrap() == private
    with pytest.raises(BadEnvelope):
        unwrap(member=new_key())
    with pytest.raises(WrongContext):
        unwrap(office_id=other.id)
    with pytest.raises(WrongContext):
        unwrap(generation=1)
    with pytest.raises(WrongContext):  # anybody can seal a key to a member
        unwrap(office_public=other.key.public)


def test_a_blind_index_is_one_per_agency_and_office() -> None:
    one, two = new_key(), new_key()
    agencies = [bytes([number] * 16) for number in range(50)]
    indexes = {members.blind_index(key, agency) for key in (one, two) for agency in agencies}
    assert len(indexes) == 100
    assert {len(index) for index in indexes} == {16}
    assert members.blind_index(one, agencies[0]) == members.blind_index(one, agencies[0])


@given(st.dictionaries(st.text(max_size=12), st.binary(min_size=32, max_size=32), max_size=8))
def test_a_session_opens_with_its_own_cookie_and_row_only(keys: dict[str, bytes]) -> None:
    cookie = sessions.new_cookie_key()
    keys = {name.encode("utf-8", "replace").decode(): key for name, key in keys.items()}
    box = sessions.lock(cookie, keys, session_id="row 1")
    assert sessions.unlock(cookie, box, session_id="row 1") == keys
    for other, row in ((sessions.new_cookie_key(), "row 1"), (cookie, "row 2")):
        with pytest.raises(BadEnvelope):
            sessions.unlock(other, box, session_id=row)


def test_a_session_holds_keys_and_nothing_else() -> None:
    with pytest.raises(VaultError):
        sessions.lock(sessions.new_cookie_key(), {"member": b"short"}, session_id="row")


@given(st.binary(max_size=5000))
def test_a_draft_opens_with_its_own_cookie_only(data: bytes) -> None:
    cookie = sessions.new_cookie_key()
    box = drafts.lock(drafts.place(cookie), data)
    assert (len(box) - 41) % 2048 == 0
    assert drafts.unlock(drafts.place(cookie), box) == data
    with pytest.raises(BadEnvelope):
        drafts.unlock(drafts.place(sessions.new_cookie_key()), box)


def test_a_drafts_row_id_tells_nothing_of_its_key() -> None:
    cookie = sessions.new_cookie_key()
    row = drafts.draft_id(cookie)
    assert row.version == 4
    assert row == drafts.draft_id(cookie) != drafts.draft_id(sessions.new_cookie_key())
    assert not set(re.findall("..", row.hex)) >= set(re.findall("..", cookie[:16].hex()))


def test_a_draft_has_an_end() -> None:
    assert drafts.unlock(drafts.place(bytes(32)), drafts.lock(drafts.place(bytes(32)), bytes(drafts.DRAFT_MAX)))
    with pytest.raises(TooLong):
        drafts.lock(drafts.place(bytes(32)), bytes(drafts.DRAFT_MAX + 1))
