"""The vault opens with six words, in halves, for a while (FIREWALL rule 9)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.core import signing
from django.urls import reverse

from complaints.cases.models import Inspector
from complaints.desk.models import DeskSession
from complaints.desk.sessions import SessionStore
from complaints.firewall.keys import OpenVault
from complaints.vault import sessions
from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import new_key
from recruitment_watch import clock
from tests.desk.cast import STORY, Desk, browser
from tests.factories import Cast, passphrase

VAULT = reverse("desk:vault")


def row() -> DeskSession:
    return DeskSession.objects.get()


def is_open(one: Desk, case: UUID) -> bool:
    response = one.get("case", case)
    assert response.status_code == 200 or response["Location"].startswith(VAULT)
    return response.status_code == 200 and STORY in response.content.decode()


def test_the_cookie_is_for_this_host_over_tls_and_not_for_scripts(ana: Inspector, desk: Callable[..., Desk]) -> None:
    cookie = desk(ana, 0).client.cookies[settings.VAULT_COOKIE_NAME]
    assert settings.VAULT_COOKIE_NAME.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert (cookie["domain"], cookie["expires"], cookie["max-age"]) == ("", "", "")


def test_a_dump_of_the_session_row_opens_nothing_without_the_cookie(
    ana: Inspector, desk: Callable[..., Desk], vault: OpenVault, office: Cast
) -> None:
    one = desk(ana, 0)
    stored = row().get_decoded()
    dump = json.dumps(stored).encode() + row().session_data.encode()
    box = base64.b64decode(stored["vault"])
    cookie = one.client.cookies[settings.VAULT_COOKIE_NAME].value
    cookie_key = base64.b64decode(signing.loads(cookie, salt="complaints.desk.vault")[0])
    private = vault.index_key(office.office.pk)
    for secret in (private, cookie_key):
        for written in (secret, secret.hex().encode(), base64.b64encode(secret)):
            assert written not in dump + box
    identity = f"{row().session_key}/{ana.pk}/{stored['vault_until']}"
    with pytest.raises(BadEnvelope):
        sessions.unlock(new_key(), box, session_id=identity)
    # The control: with the cookie's key the same bytes open.
    assert private in sessions.unlock(cookie_key, box, session_id=identity).values()


def test_neither_half_opens_without_the_other(
    ana: Inspector, ben: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one, two = desk(ana, 0), desk(ben, 1)
    assert is_open(one, case) and is_open(two, case)
    hers, his = (each.client.cookies[settings.VAULT_COOKIE_NAME].value for each in (one, two))
    one.client.cookies[settings.VAULT_COOKIE_NAME] = his
    assert not is_open(one, case)
    del two.client.cookies[settings.VAULT_COOKIE_NAME]
    assert not is_open(two, case)
    two.client.cookies[settings.VAULT_COOKIE_NAME] = hers
    assert not is_open(two, case)


def test_the_session_row_holds_no_time_finer_than_the_hour(ana: Inspector, desk: Callable[..., Desk]) -> None:
    desk(ana, 0).get("queue")
    assert set(row().get_decoded()) <= {
        "_auth_user_id", "_auth_user_backend", "_auth_user_hash", "vault", "vault_until", "listed"
    }  # fmt: skip
    assert row().get_decoded()["vault_until"] in (until := int(time.time()) // 3600 + 1, until + 1)  # hours since 1970
    assert (row().expire_date.minute, row().expire_date.second, row().expire_date.microsecond) == (0, 0, 0)


def test_fifteen_idle_minutes_close_the_vault_and_delete_the_locked_keys(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], move_clock: Callable[..., None]
) -> None:
    one = desk(ana, 0)
    for _ in range(3):  # 39 minutes in all, never 15 without a click
        move_clock(minutes=13)
        assert is_open(one, case)
    before = one.client.cookies[settings.VAULT_COOKIE_NAME].value
    move_clock(minutes=15)
    assert not is_open(one, case)
    assert "vault" not in row().get_decoded()
    one.client.cookies[settings.VAULT_COOKIE_NAME] = before
    move_clock(minutes=-10)
    assert not is_open(one, case)


@pytest.mark.parametrize("how", ["signs in", "opens a vault"])
def test_a_vault_whose_browser_never_comes_back_is_emptied_by_the_next_who(
    how: str, ana: Inspector, ben: Inspector, case: UUID, desk: Callable[..., Desk], move_clock: Callable[..., None]
) -> None:
    one, other = desk(ana, 0), browser()
    mine, backend = row().pk, "django.contrib.auth.backends.ModelBackend"
    other.force_login(ben, backend=backend)
    move_clock(minutes=14)
    assert is_open(one, case)

    def come() -> set[str]:
        if how == "signs in":
            browser().force_login(ben, backend=backend)
        else:
            assert other.post(VAULT, {"passphrase": passphrase(1)}).status_code == 302
        return set(DeskSession.objects.get(pk=mine).get_decoded())

    assert "vault" in come() and is_open(one, case)  # the control
    move_clock(minutes=76)
    assert not {"vault", "vault_until", "listed"} & come()


def test_sessions_that_are_over_are_deleted_when_one_is_made(
    ana: Inspector, ben: Inspector, desk: Callable[..., Desk]
) -> None:
    desk(ana, 0)
    old = row().pk
    DeskSession.objects.filter(pk=old).update(expire_date=clock.now() - timedelta(minutes=1))
    browser().force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    assert DeskSession.objects.count() == 1 and not DeskSession.objects.filter(pk=old).exists()


def test_no_kept_cookie_opens_an_old_row_even_where_the_hour_in_it_is_changed(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], move_clock: Callable[..., None]
) -> None:
    one = desk(ana, 0)
    cookie = one.client.cookies[settings.VAULT_COOKIE_NAME].value
    key = base64.b64decode(signing.loads(cookie, salt="complaints.desk.vault")[0])
    stored, session = row().get_decoded(), SessionStore(row().session_key)
    opened = sessions.unlock(
        key, base64.b64decode(stored["vault"]), session_id=f"{session.session_key}/{ana.pk}/{stored['vault_until']}"
    )
    assert opened
    move_clock(minutes=90)
    # A cookie with a later end, signed as the desk signs; first with the row as it is, then with its hour moved.
    far = int(time.time()) // 60 + 1_000
    for until in (stored["vault_until"], stored["vault_until"] + 5):
        DeskSession.objects.update(session_data=session.encode({**stored, "vault_until": until}))
        value = signing.dumps([base64.b64encode(key).decode(), far, far], salt="complaints.desk.vault")
        one.client.cookies[settings.VAULT_COOKIE_NAME] = value
        assert not is_open(one, case)


def test_eight_hours_are_the_most(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], move_clock: Callable[..., None]
) -> None:
    one = desk(ana, 0)
    for _ in range(47):
        move_clock(minutes=10)
        one.get("queue")
    assert is_open(one, case)
    move_clock(minutes=10)
    assert not is_open(one, case)


def test_a_cookie_whose_times_were_changed_counts_for_nothing(
    ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one = desk(ana, 0)
    cookie = one.client.cookies[settings.VAULT_COOKIE_NAME].value
    one.client.cookies[settings.VAULT_COOKIE_NAME] = signing.dumps(
        signing.loads(cookie, salt="complaints.desk.vault"), salt="another"
    )
    assert not is_open(one, case)


def test_closing_the_vault_closes_it_for_every_copy_of_the_cookie(
    ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one = desk(ana, 0)
    copied = one.client.cookies[settings.VAULT_COOKIE_NAME].value
    assert one.post("close-vault").status_code == 302
    one.client.cookies[settings.VAULT_COOKIE_NAME] = copied
    assert not is_open(one, case)


def test_signing_out_leaves_neither_session_nor_cookie(ana: Inspector, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    left = one.post("sign-out")
    assert not DeskSession.objects.exists()
    for name in (settings.VAULT_COOKIE_NAME, settings.SESSION_COOKIE_NAME):
        assert (left.cookies[name].value, left.cookies[name]["max-age"]) == ("", 0)
    assert left.cookies[settings.VAULT_COOKIE_NAME]["secure"]


def test_wrong_words_open_nothing_and_are_not_shown_again(ana: Inspector, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    one.post("close-vault")
    wrong = one.post("vault", passphrase="abacus abdomen zebra zoom yoyo yodel")
    page = wrong.content.decode()
    assert (wrong.status_code, "These are not your six words" in page, "abdomen" in page) == (422, True, False)
    assert "vault" not in row().get_decoded()


def test_who_is_in_no_live_office_has_nothing_to_open(
    ana: Inspector, desk: Callable[..., Desk], as_owner: Callable, office: Cast
) -> None:
    from complaints.cases.models import Attestation

    one = desk(ana, 0)
    one.post("close-vault")
    with as_owner():
        Attestation.objects.filter(office=office.office).update(withdrawn=True)
    refused = one.post("vault", passphrase=passphrase(0))
    assert refused.status_code == 422
    assert "There is no key for you to open" in refused.content.decode()
