"""Giving cases into somebody's hands: one verb, in the log, never to who is recused, and a page that names how many."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from complaints.cases.models import Case, Holding, Inspector, Recusal
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import State
from complaints.desk import assigning
from complaints.desk.assign_views import value_of
from complaints.desk.assigning import NotHere, Pick, Recused, assign
from complaints.firewall import recusals
from complaints.firewall.models import DisclosureDetail
from tests.desk.cast import Desk
from tests.factories import Cast


def pick_of(case: UUID) -> Pick:
    row = Holding.objects.get(case=case)
    return Pick(row.pk, row.assignee_id)


def log() -> list[tuple[object, ...]]:
    return list(DisclosureDetail.objects.filter(verb="assigned").values_list("inspector", "subject", "case"))


def test_a_case_is_given_and_the_log_says_by_whom_to_whom(ana: Inspector, ben: Inspector, case: UUID) -> None:
    assign(pick_of(case), to=ben, by=ana)
    assert Holding.objects.get(case=case).assignee == ben
    assert log() == [(ana.pk, ben.pk, case)]
    assign(pick_of(case), to=ana, by=ben)
    assert Holding.objects.get(case=case).assignee == ana


def test_who_may_not_have_it_does_not_get_it_and_nothing_is_logged(
    ana: Inspector, ben: Inspector, charlie: Inspector, case: UUID, as_owner: Callable
) -> None:
    pick = pick_of(case)
    with pytest.raises(NotHere):
        assign(pick, to=charlie, by=ana)
    with pytest.raises(Case.DoesNotExist):
        assign(pick, to=ana, by=charlie)
    with pytest.raises(Case.DoesNotExist):
        assign(Pick(uuid4()), to=ana, by=ana)
    with pytest.raises(Overtaken):
        assign(Pick(pick.holding, ben.pk), to=ana, by=ana)
    with as_owner():
        Recusal.objects.create(case_id=case, inspector=ben, week="2026-W48")
    with pytest.raises(Recused):
        assign(pick, to=ben, by=ana)
    with as_owner():
        Case.objects.filter(pk=case).update(state=State.CLOSED)
    with pytest.raises(IllegalMove):
        assign(pick, to=ana, by=ana)
    assert Holding.objects.get(case=case).assignee is None and log() == []


def test_the_veto_has_the_last_word_and_says_the_same(
    ben: Inspector, charlie: Inspector, case: UUID, as_owner: Callable
) -> None:
    """A recusal, or a leaving, between look and write: the writing part alone, which does not look."""
    row = Holding.objects.get(case=case)
    with pytest.raises(NotHere):
        assigning._put(row, pick_of(case), charlie)
    with as_owner():
        Recusal.objects.create(case_id=case, inspector=ben, week="2026-W48")
    with pytest.raises(Recused):
        assigning._put(row, pick_of(case), ben)
    assert Holding.objects.get(case=case).assignee is None


def test_many_are_given_after_a_page_that_names_how_many(
    ana: Inspector, ben: Inspector, office: Cast, file_case: Callable[..., UUID], desk: Callable[..., Desk],
    as_owner: Callable,
) -> None:  # fmt: skip
    cases = [file_case(office) for _ in range(4)]
    recused, taken = cases[2:]
    with as_owner():
        Recusal.objects.create(case_id=recused, inspector=ben, week="2026-W48")
    rows = list(Holding.objects.order_by("pk"))
    one, picks = desk(ana, 0), [value_of(row) for row in rows]
    here = "?show=open&hands=nobody"
    page = one.post("assign", pick=[*picks, picks[0], "nonsense"], here=here).content.decode()
    assert "Give 4 cases into somebody" in page and page.count('name="pick"') == 4
    assert all(str(case)[:8].upper() in page for case in cases)
    assert log() == [] and not Holding.objects.exclude(assignee=None).exists()
    assert one.post("assign", pick=picks, here=here, sure="1", to="").status_code == 422
    with as_owner():  # a colleague is faster with one of them
        Holding.objects.filter(case=taken).update(assignee=ana)
    answer = one.post("assign", pick=picks, here=here, sure="1", to=str(ben.pk))
    assert (answer.status_code, answer["Location"]) == (302, "/?show=open&hands=nobody")
    page = one.get("queue").content.decode()
    assert f"2 cases are in the hands of {ben.name} now." in page
    assert f"{ben.name} is recused from these, so they were not given: {str(recused)[:8].upper()}." in page
    assert f"they are as they were: {str(taken)[:8].upper()}." in page
    hands = dict(Holding.objects.values_list("case", "assignee"))
    assert hands == {cases[0]: ben.pk, cases[1]: ben.pk, recused: None, taken: ana.pk}
    assert len(log()) == 2


def test_of_all_that_is_ticked_only_what_one_may_see_is_named_counted_and_given(
    ana: Inspector, ben: Inspector, charlie: Inspector, office: Cast, other: Cast, file_case: Callable[..., UUID],
    desk: Callable[..., Desk],
) -> None:  # fmt: skip
    """Among her own: one from which she is recused, and one of another office, whose members she may not choose."""
    own, recused, theirs = file_case(office), file_case(office), file_case(other, country="BH")
    recusals.recuse(recused, by=ana)
    picks, hers = [value_of(row) for row in Holding.objects.order_by("pk")], desk(ana, 0)
    hidden = [str(one)[:8].upper() for one in (recused, theirs)]
    page = hers.post("assign", pick=picks).content.decode()
    assert "Give 1 case into" in page and str(own)[:8].upper() in page and page.count('name="pick"') == 1
    assert not any(one in page for one in hidden) and charlie.name not in page
    assert hers.post("assign", pick=picks, sure="1", to=str(ben.pk)).status_code == 302
    page = hers.get("queue").content.decode()
    assert f"1 case is in the hands of {ben.name} now." in page and not any(one in page for one in hidden)
    assert dict(Holding.objects.values_list("case", "assignee")) == {own: ben.pk, recused: None, theirs: None}
    assert log() == [(ana.pk, ben.pk, own)]


def test_nobody_elses_case_is_named_or_given_and_nobody_elsewhere_can_be_chosen(
    ana: Inspector, charlie: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    theirs, hers = desk(charlie, 0), desk(ana, 0)
    answer = theirs.post("assign", pick=[value_of(Holding.objects.get())], sure="1", to=str(charlie.pk))
    assert (answer.status_code, answer["Location"]) == (302, "/?show=open")
    assert hers.post("assign", pick=[value_of(Holding.objects.get())], sure="1", to=str(charlie.pk)).status_code == 422
    assert Holding.objects.get().assignee is None
    assert hers.get("assign").status_code == 302
