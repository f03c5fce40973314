"""The file of rules: every mistake in it is found before a complaint meets it, and said in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.checks import run_checks
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases import rulebook
from complaints.cases.rules import GRAVITIES, NOT_SAID, SECTORS, Matter, Rule, When, unreachable
from complaints.cases.states import Severity
from recruitment_watch.embedded.home import PROJECT

LAST = '[[rule]]\nname = "the rest"\nask = ["country"]\n'


def faults(text: str) -> str:
    with pytest.raises(rulebook.RulesFault) as found:
        rulebook.read(text)
    return " ".join(found.value.sentences)


def before_the_last(lines: str) -> str:
    return f'[[rule]]\nname = "mine"\nask = []\nwhen.sectors = ["sea"]\n{lines}\n{LAST}'


MISTAKES = {
    "rule = 3": "[[rule]] tables",
    "": "[[rule]] tables",
    "rule = []": "at least one",
    "[[rule": "This is no TOML",
    LAST + "[other]\n": "nothing else",
    '[[rule]]\nask = []\n': "needs a name",
    '[[rule]]\nname = " "\nask = []\n': "needs a name",
    '[[rule]]\nname = "it"\n': "needs ask, a list",
    '[[rule]]\nname = "it"\nask = "region"\n': "needs ask, a list",
    '[[rule]]\nname = "it"\nask = ["regoin"]\n': "'regoin': say region, country, recruitment or office:<its id>",
    '[[rule]]\nname = "it"\nask = ["office"]\n': "ask has 'office'",
    '[[rule]]\nname = "it"\nask = ["office:7"]\n': "ask has 'office:7'",
    '[[rule]]\nname = "it"\nask = ["region:7"]\n': "ask has 'region:7'",
    '[[rule]]\nname = "it"\nask = [7]\n': "ask has 7",
    '[[rule]]\nname = "it"\nask = ["region", "region"]\n': "ask has 'region' twice",
    '[[rule]]\nname = "it"\nask = []\nmost = 7\n': "most is 7: say a number from 1 to 6",
    '[[rule]]\nname = "it"\nask = []\nmost = 0\n': "most is 0",
    '[[rule]]\nname = "it"\nask = []\nmost = true\n': "most is True",
    '[[rule]]\nname = "it"\nask = []\nwhom = 1\n': "“whom” is not known: a rule has name, when, ask or most",
    '[[rule]]\nname = "it"\nask = []\nwhen = 1\n': "when is no table",
    before_the_last('when.nationality = ["NP"]'): "when.nationality is not known: say countries, regions",
    before_the_last('when.categories = ["fee"]'): "when.categories has 'fee': say abandonment, child",
    before_the_last('when.categories = []'): "when.categories is no list with something in it",
    before_the_last('when.categories = "fees"'): "when.categories is no list",
    before_the_last('when.severities = [5]'): "when.severities has 5: say 1, 2, 3 or 4",
    before_the_last('when.severities = ["1"]'): "when.severities has '1'",
    before_the_last('when.severities = [true]'): "when.severities has True",
    before_the_last('when.countries = ["Qatar"]'): "when.countries has 'Qatar': say a country's two letters",
    before_the_last('when.recruited_in = ["XQ"]'): "when.recruited_in has 'XQ'",
    before_the_last('when.countries = [["QA"]]'): "when.countries has ['QA']",
    before_the_last('when.regions = ["North"]'): "when.regions needs when.countries",
    before_the_last('when.countries = ["QA"]\nwhen.regions = [""]'): "when.regions has ''",
    '[[rule]]\nname = "sea"\nask = []\nwhen.sectors = ["boats"]\n' + LAST: "when.sectors has 'boats': say care",
    '[[rule]]\nname = "it"\nask = []\nwhen.sectors = ["sea"]\n': "The last rule, “it”, has conditions",
    LAST + LAST: "Two rules are called “the rest”",
    LAST + LAST.replace("the rest", "late"): "No complaint can come to rule “late”",
    before_the_last("").replace('["sea"]', '["sea"]\nwhen.categories = ["fees"]\nwhen.severities = [4]'):
        "No complaint can come to rule “mine”",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_said_in_a_sentence(text: str) -> None:
    assert MISTAKES[text] in faults(text)


def test_every_mistake_is_said_at_once_with_the_rule_it_is_in() -> None:
    said = faults('[[rule]]\nname = "a"\nask = ["x"]\nmost = 9\n[[rule]]\nask = []\n')
    assert "Rule 1 “a”: most is 9" in said and "Rule 1 “a”: ask has 'x'" in said and "Rule 2: it needs a name" in said


def test_two_rules_together_can_hide_a_third() -> None:
    text = "".join(
        f'[[rule]]\nname = "{name}"\nask = []\nwhen.severities = {bands}\n'
        for name, bands in (("a", [1, 2]), ("b", [3, 4]))
    )
    hidden = '[[rule]]\nname = "hidden"\nask = []\nwhen.sectors = ["sea"]\n'
    assert "rule “hidden”" in faults(text + hidden + LAST)


rules = st.lists(
    st.builds(
        lambda sectors, categories, severities, countries: When(
            countries=countries, sectors=sectors, categories=categories, severities=severities
        ),
        st.just(frozenset()) | st.just(frozenset(SECTORS[1:])) | st.just(frozenset({"sea", "farm"})),
        st.just(frozenset()) | st.frozensets(st.sampled_from(["fees", "service"]), min_size=1),
        st.just(frozenset()) | st.frozensets(st.sampled_from(Severity), min_size=1),
        st.just(frozenset()) | st.just(frozenset({"QA"})),
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


@given(rules)
def test_what_cannot_be_reached_is_what_trying_everything_does_not_reach(conditions: list[When]) -> None:
    found = [Rule(str(number), one) for number, one in enumerate(conditions)]
    reached = set()
    for country in ("QA", "KW"):
        for sector in SECTORS:
            for category, severity in GRAVITIES:
                matter = Matter(country, "", "", sector, frozenset({category} - {NOT_SAID}), severity)
                reached.add(next((one.name for one in found if one.when.fits(matter)), None))
    assert {one.name for one in unreachable(found)} == {one.name for one in found} - reached


def test_the_shipped_rules_are_whole() -> None:
    shipped = rulebook.read(rulebook.SHIPPED.read_text())
    assert [one.name for one in shipped.rules][-1] == "everything else"
    assert shipped.rules[-1].when == When()
    assert not shipped.offices


def test_names_and_comments_do_not_change_what_rules_say() -> None:
    one = rulebook.read(LAST)
    assert one.digest == rulebook.read("# a comment\n" + LAST.replace("the rest", "all")).digest
    assert one.digest != rulebook.read(LAST.replace("country", "region")).digest
    assert one.digest != rulebook.read(LAST + "most = 5\n").digest


# --- when a process starts ------------------------------------------------------------------------------------


def said_at_start(databases: list[str] | None = None) -> list[str]:
    return [str(one.msg) for one in run_checks(tags=["start"], databases=databases)]


def test_the_shipped_file_passes_the_check() -> None:
    assert said_at_start(["default"]) == []


def test_a_file_with_a_mistake_does_not(settings: Any, tmp_path: Path) -> None:
    settings.ROUTING_RULES = tmp_path / "rules.toml"
    assert "cannot be read" in said_at_start()[0]
    settings.ROUTING_RULES = tmp_path / "others.toml"
    (tmp_path / "others.toml").write_text('[[rule]]\nname = "it"\nask = ["regoin"]\n')
    (said,) = said_at_start()
    assert str(tmp_path / "others.toml") in said and "regoin" in said


def test_an_office_that_is_not_there_is_named(settings: Any, tmp_path: Path) -> None:
    settings.ROUTING_RULES = tmp_path / "rules.toml"
    nobody = uuid4()
    (tmp_path / "rules.toml").write_text(LAST.replace("country", f"office:{nobody}"))
    assert said_at_start() == []  # without a database nobody can know
    (said,) = said_at_start(["default"])
    assert f"there is no office {nobody}" in said and "office list" in said


def test_a_process_with_wrong_rules_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[[rule")
    done = subprocess.run(
        [sys.executable, "-c", "import recruitment_watch.wsgi"],
        cwd=PROJECT,
        env=os.environ | {"RW_ROUTING_RULES": str(tmp_path / "rules.toml"), "RW_BEHIND_PROXY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3 and "This is no TOML" in done.stderr and "does not start" in done.stderr
