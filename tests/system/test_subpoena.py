"""The published page is the one that the live schema gives (FIREWALL proof 18)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from complaints.firewall import subpoena, subpoena_page
from recruitment_watch.embedded.home import PROJECT
from tests.harness import Workshop

DATABASES = ("casework", "register_copy", "register")


@pytest.fixture
def links(workshop: Workshop) -> Iterator[dict[str, psycopg.Connection]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(psycopg.connect(workshop.cluster(name).url(workshop.name(name))))
            for name in DATABASES
        }


def undeclared(name: str, link: psycopg.Connection) -> list[str]:
    schema = [(table, column) for table, column in link.execute(subpoena.SCHEMA)]
    return subpoena.undeclared(name, schema)


def test_the_published_page_equals_what_the_command_says_of_this_version() -> None:
    published = (PROJECT / "docs" / "subpoena.md").read_text()
    assert published == subpoena_page.facts_page(), "make it anew: manage.py subpoena --facts"


@pytest.mark.parametrize("name", DATABASES)
def test_every_table_and_column_of_the_live_databases_is_on_it(name: str, links: dict[str, psycopg.Connection]) -> None:
    assert undeclared(name, links[name]) == []


def test_a_table_that_nobody_wrote_about_is_found(links: dict[str, psycopg.Connection]) -> None:
    for name, link in links.items():
        link.execute("CREATE TABLE passports (number text)")
        assert undeclared(name, link) != [], name
        link.rollback()
