"""How urgent a complaint is: the table of DOMAIN 3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.severity import BAND_OF, Category, band
from complaints.cases.states import Severity

categories = st.sets(st.sampled_from(Category.values))


def test_every_category_of_the_vocabulary_has_a_band_and_a_label() -> None:
    assert len(Category) == 16
    assert set(BAND_OF) == set(Category)
    assert all(category.label for category in Category)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["coercion"], Severity.S1),
        (["child"], Severity.S1),
        (["retaliation"], Severity.S1),
        (["fees"], Severity.S2),
        (["documents_kept"], Severity.S2),
        (["contract_substitution"], Severity.S2),
        (["unlicensed"], Severity.S2),
        (["wages"], Severity.S3),
        (["conditions"], Severity.S3),
        (["non_deployment"], Severity.S3),
        (["service"], Severity.S4),
        (["service", "wages", "fees"], Severity.S2),
        ([], Severity.S3),
    ],
)
def test_the_most_urgent_category_decides(chosen: list[str], expected: Severity) -> None:
    assert band(chosen) == expected


@given(chosen=categories)
def test_danger_or_a_minor_is_always_the_first_band(chosen: set[str]) -> None:
    assert band(chosen, in_danger=True) == band(chosen, minor=True) == Severity.S1


@given(chosen=categories, complainants=st.integers(1, 9))
def test_three_complainants_could_cost_a_licence_and_make_nothing_less_urgent(
    chosen: set[str], complainants: int
) -> None:
    alone, together = band(chosen), band(chosen, complainants=complainants)
    assert together == (min(alone, Severity.S2) if complainants >= 3 else alone)


@given(chosen=categories, more=categories)
def test_saying_more_never_makes_a_complaint_less_urgent(chosen: set[str], more: set[str]) -> None:
    if chosen:
        assert band(chosen | more) <= band(chosen)


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(ValueError, match="not a valid Category"):
        band(["nationality"])
