"""A case that is kept on while somebody has it open: nothing new is put under the file of the week that has come."""

from __future__ import annotations

import pytest
from django.db import connection

from complaints.cases import pinned
from complaints.cases.models import Case, Departure, EpochBox, Message
from complaints.cases.moves import Overtaken
from complaints.desk import actions
from complaints.vault import retention
from tests.desk.scene import Scene


@pytest.fixture
def waiting(scene: Scene) -> Scene:
    """A case that an office has left, so that the next writer makes a new key for all who read on."""
    scene.answer(0, "Hello.")
    with scene.as_owner():
        Departure.objects.create(case_id=scene.case_id, office=scene.offices[1].office, week="2026-W48")
    return scene


def _keep_on(kept: Scene) -> None:
    """As the worker would, of a case whose week has come; its boxes do not matter here."""
    week = retention.weeks_after(kept.row.death_week, 26)
    pinned.week_keys().ensure(week)
    with kept.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE complaints_case DISABLE TRIGGER retention_week")
        Case.objects.filter(pk=kept.case_id).update(death_week=week)
        cursor.execute("ALTER TABLE complaints_case ENABLE ALWAYS TRIGGER retention_week")


@pytest.mark.parametrize("kept_on", [True, False])
def test_an_inspector_makes_no_key_under_a_week_that_has_come(waiting: Scene, kept_on: bool) -> None:
    case = waiting.open(0)
    if kept_on:
        _keep_on(waiting)
        with pytest.raises(Overtaken):
            actions.answer(case, by=case.member, text="Too early")
    else:
        actions.answer(case, by=case.member, text="In time")
    with waiting.as_owner():
        assert EpochBox.objects.filter(case=waiting.case_id).exists() != kept_on
        assert Message.objects.filter(case=waiting.case_id).count() == (1 if kept_on else 2)


@pytest.mark.parametrize("kept_on", [True, False])
def test_a_complainant_makes_no_key_under_a_week_that_has_come(
    waiting: Scene, kept_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = waiting.complainant()
    if kept_on:
        _keep_on(waiting)
    monkeypatch.setattr(waiting.__class__, "complainant", lambda _self: opened)  # the page that is open already
    assert waiting.write("More") != kept_on
    with waiting.as_owner():
        assert EpochBox.objects.filter(case=waiting.case_id).exists() != kept_on
