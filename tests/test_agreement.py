"""Agreement of judges: published worked examples, a trusted library's values, and judges with known faults."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.judging.measuring.agreement import (
    LEVELS,
    Judged,
    Share,
    alpha,
    both_orders,
    length_bias,
    panel_median,
    percent_agreement,
    self_preference,
    swap_consistency,
    weighted_kappa,
)

X = None
# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, X, X, X],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, X, 3],
    [X, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, X],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, X],
]
# The same paper: two observers, ten units, two values.
BINARY = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
DRAWN = [
    [2, 3, 2, 2, 3, 3, 0, 0, 3, 2, 4, 3, 0, X, 2, 1, 0, X, 3, 4],
    [4, X, 3, 2, 2, 4, 4, 3, 4, 0, 3, X, 3, X, X, X, 0, 0, 3, X],
    [2, 1, 2, 3, 0, 3, 0, 4, 1, 2, X, 4, X, 2, 4, 1, 2, 3, X, 4],
    [1, 1, 0, 3, 1, X, X, 3, X, 2, X, 1, 2, X, X, 4, X, 0, 0, X],
    [2, 2, 4, 2, 2, X, 3, 4, 0, 4, 1, 1, X, 1, 1, X, 2, X, 0, 0],
]
ONE = [0, 0, 0, 3, 3, 1, 4, 1, 3, 4, 1, 1, 3, 3, 0, 3, 3, 1, 0, 2]
OTHER = [1, 0, 0, 2, 2, 1, 4, 2, 4, 3, 0, 0, 2, 3, 0, 2, 4, 1, 0, 2]
scores = st.one_of(st.none(), st.integers(0, 4))
tables = st.integers(1, 8).flatmap(
    lambda items: st.lists(st.lists(scores, min_size=items, max_size=items), min_size=2, max_size=5)
)


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one(level: str, value: float) -> None:
    assert alpha(PUBLISHED, level) == pytest.approx(value, abs=5e-4)


def test_alpha_of_two_values_is_the_published_one() -> None:
    assert alpha(BINARY, "nominal") == pytest.approx(0.095, abs=5e-4)


# krippendorff 0.9.0.
@pytest.mark.parametrize(
    ("ratings", "level", "value"),
    [
        (PUBLISHED, "nominal", 0.743421052631579),
        (PUBLISHED, "ordinal", 0.8153875037548814),
        (PUBLISHED, "interval", 0.8491071428571428),
        (DRAWN, "nominal", 0.011172394286522502),
        (DRAWN, "ordinal", -0.1287574261248714),
        (DRAWN, "interval", -0.12973586709692841),
    ],
)
def test_alpha_is_a_trusted_librarys(ratings: list[list[int | None]], level: str, value: float) -> None:
    assert alpha(ratings, level) == pytest.approx(value, abs=1e-9)


# cohen_kappa_score of scikit-learn 1.9.1.
@pytest.mark.parametrize(
    ("weights", "value"),
    [("none", 0.3313069908814591), ("linear", 0.6551724137931034), ("quadratic", 0.8593350383631714)],
)
def test_kappa_is_a_trusted_librarys(weights: str, value: float) -> None:
    assert weighted_kappa(ONE, OTHER, weights=weights) == pytest.approx(value, abs=1e-9)
    assert weighted_kappa([*ONE, X, 4], [*OTHER, 0, X], weights=weights) == pytest.approx(value, abs=1e-9)


@given(tables, st.sampled_from(LEVELS))
def test_alpha_is_one_in_full_agreement_only_and_knows_no_order(ratings: list[list[int | None]], level: str) -> None:
    found = alpha(ratings, level)
    assert found == pytest.approx(alpha(ratings[::-1], level))
    assert found == pytest.approx(alpha([row[::-1] for row in ratings], level))
    share = percent_agreement(ratings)
    if found is None:
        assert share.value in (None, 1)
    else:
        assert found <= 1
        assert (found == pytest.approx(1)) == (share.value == 1)


def test_agreement_that_shows_nothing_is_no_number() -> None:
    assert alpha([[4, 4, 4], [4, 4, 4]]) is None
    assert alpha([[1, X], [X, 3]]) is None
    assert weighted_kappa([4, 4], [4, 4]) is None
    assert weighted_kappa([X, 1], [2, X]) is None
    assert percent_agreement([[1, X], [X, 3]]) == Share(0, 0)
    assert percent_agreement([[1, X], [X, 3]]).value is None


def test_ratings_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no level 'ratio'"):
        alpha([[1, 2], [2, 1]], "ratio")
    with pytest.raises(ValueError, match="finite"):
        alpha([[1, float("nan")], [2, 1]])
    with pytest.raises(ValueError, match="the scale has no 7"):
        weighted_kappa([7], [1])
    with pytest.raises(ValueError, match="no weights 'cubic'"):
        weighted_kappa([1], [1], weights="cubic")


def test_a_panels_median_needs_its_quorum_and_takes_no_abstention_for_a_zero() -> None:
    assert panel_median([4, X, 3], quorum=2) == 3.5
    assert panel_median([4, X, X], quorum=2) is None
    assert panel_median([X, X], quorum=0) is None
    assert panel_median([4, X, X, X, X]) == 4


@given(st.lists(st.integers(0, 4), min_size=5, max_size=5), st.integers(0, 4))
def test_two_bad_judges_of_five_leave_the_median_within_the_good_ones(given_scores: list[int], truth: int) -> None:
    panel = [truth, truth, truth, *given_scores[:2]]
    assert panel_median(panel, quorum=3) == truth


def test_a_judge_that_looks_at_the_place_only_is_inconsistent() -> None:
    first_seat_wins = [(4, 0), (4, 0), (0, 4)]
    assert swap_consistency(first_seat_wins) == Share(0, 3)
    assert swap_consistency([(3, 3), (2, 3), (X, 1)]) == Share(1, 2)
    assert swap_consistency([(3, 3), (2, 3), (X, 1)], tolerance=1) == Share(2, 2)
    assert both_orders(4, 0) is None
    assert both_orders(3, 2) == 2.5
    assert both_orders(3, X) is None


def test_self_preference_is_what_a_family_gets_beyond_the_panel() -> None:
    fair = [Judged(3, 3, own=True), Judged(1, 1, own=False)]
    fond = [Judged(4, 3, own=True), Judged(4, 2, own=True), Judged(2, 2, own=False)]
    strict = [Judged(1, 2, own=True), Judged(1, 2, own=False)]
    assert self_preference(fair) == 0
    assert self_preference(fond) == 1.5
    assert self_preference(strict) == 0
    assert self_preference(fair[:1]) is None


def test_length_bias_is_what_length_earns_beyond_the_panel() -> None:
    lengths = [10, 200, 3000, 40, 500]
    assert length_bias([0, 2, 4, 1, 3], [2, 2, 2, 2, 2], lengths) == pytest.approx(1)
    assert length_bias([4, 2, 0, 3, 1], [2, 2, 2, 2, 2], lengths) == pytest.approx(-1)
    assert length_bias([1, 2, 4, 0, 3], [1, 2, 4, 0, 3], lengths) is None
    assert length_bias([4, X], [2, 2], [1, 2]) is None


# The library is loaded in the first example.
@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 9)), min_size=3, max_size=20))
def test_length_bias_is_spearmans_correlation(rows: list[tuple[int, int, int]]) -> None:
    import scipy.stats

    stats: Any = scipy.stats  # its stubs leave what comes back open
    found = length_bias([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
    excess = [row[0] - row[1] for row in rows]
    if len(set(excess)) == 1 or len({row[2] for row in rows}) == 1:
        assert found is None
    else:
        assert found == pytest.approx(stats.spearmanr(excess, [row[2] for row in rows]).statistic)
