"""What complainants are promised on the page is what docs/for-complainants.md publishes, word for word."""

from __future__ import annotations

import html
import re

from django.test import Client

from recruitment_watch.embedded.home import PROJECT


def test_the_page_says_what_is_published(client: Client) -> None:
    page = client.get("/en/about/").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    said = [_plain(text) for text in re.findall(r"<(?:h1|h2|p|li)>(.*?)</(?:h1|h2|p|li)>", main, re.S)]
    assert said[:-1] == _published()  # the last is the link to the first question


def test_the_form_leads_there_and_back_without_a_draft(client: Client) -> None:
    start = client.get("/en/").content.decode()
    assert "/en/about/" in start
    about = client.get("/en/about/")
    assert about.status_code == 200 and "Set-Cookie" not in about.headers
    assert 'href="/en/"' in about.content.decode()


def _published() -> list[str]:
    lines = (PROJECT / "docs" / "for-complainants.md").read_text().splitlines()
    return [re.sub(r"^(#+|-) ", "", line) for line in lines if line]


def _plain(fragment: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", fragment)).split())
