"""The points of bargaining theory against their definitions, spelled out by brute force on random small games."""

from fractions import Fraction
from random import Random

import pytest

from arena.bargaining import Point, egalitarian, kalai_smorodinsky, nash, pareto, share_beyond, splits, utilitarian

GAMES_DRAWN = 1000


def draw(seed: int) -> tuple[list[Point], Point]:
    """The outcomes of a small game of two or three seats, and what each has without an agreement."""
    rng = Random(seed)
    seats = rng.choice((2, 2, 3))
    if seats == 2 and rng.random() < 0.5:
        counts = [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
        values = [[rng.randint(0, 9) for _ in counts] for _ in range(2)]
        return splits(counts, *values), (0.0, 0.0)
    low = rng.choice((0, -5))
    points: list[Point] = [tuple(float(rng.randint(low, 12)) for _ in range(seats)) for _ in range(rng.randint(1, 25))]
    disagreement = tuple(float(rng.randint(low, 4)) for _ in range(seats))
    # One that all prefer to nothing, so that there is something to agree on.
    return [*points, tuple(one + rng.randint(0, 6) for one in disagreement)], disagreement


def exact(point: Point) -> tuple[Fraction, ...]:
    return tuple(Fraction(one) for one in point)


def over(point: Point, disagreement: Point) -> tuple[Fraction, ...]:
    return tuple(a - b for a, b in zip(exact(point), exact(disagreement), strict=True))


def first(best: list[Point]) -> Point:
    """Of several equally good ones: the larger sum, then what is better for the earlier seats."""
    return min(best, key=lambda point: (-sum(point), [-one for one in point]))


def test_points_agree_with_brute_force_on_a_thousand_small_games() -> None:
    for seed in range(GAMES_DRAWN):
        points, nothing = draw(seed)
        front = [
            point
            for point in sorted(set(points))
            if not any(
                all(a >= b for a, b in zip(other, point, strict=True))
                and any(a > b for a, b in zip(other, point, strict=True))
                for other in points
            )
        ]
        assert pareto(points) == front, seed
        most = max(sum(exact(point)) for point in points)
        assert utilitarian(points) == first([point for point in points if sum(exact(point)) == most]), seed

        worst = max(min(point) for point in points)
        level = [point for point in points if min(point) == worst]
        assert min(egalitarian(points)) == worst, seed
        assert sorted(egalitarian(points)) == max(sorted(point) for point in level), seed

        able = [point for point in points if all(gain >= 0 for gain in over(point, nothing))]
        products: dict[Point, Fraction] = {}
        for point in able:
            product = Fraction(1)
            for gain in over(point, nothing):
                product *= gain
            products[point] = product
        best = max(products.values())
        assert nash(points, nothing) == first([point for point in able if products[point] == best]), seed

        hopes = [max(over(point, nothing)[seat] for point in able) for seat in range(len(nothing))]

        def shares(point: Point, hopes: list[Fraction] = hopes, nothing: Point = nothing) -> list[Fraction]:
            gains = over(point, nothing)
            return sorted(gain / hope if hope else Fraction(1) for gain, hope in zip(gains, hopes, strict=True))

        wanted = max(shares(point) for point in able)
        assert kalai_smorodinsky(points, nothing) == first([point for point in able if shares(point) == wanted]), seed


def test_what_theory_says_of_the_points_holds() -> None:
    for seed in range(GAMES_DRAWN):
        points, nothing = draw(seed)
        front = pareto(points)
        assert front
        assert utilitarian(points) in front
        assert egalitarian(points) in front
        able = [point for point in points if min(over(point, nothing)) >= 0]
        assert nash(points, nothing) in pareto(able)
        assert kalai_smorodinsky(points, nothing) in pareto(able)
        scaled = [(4 * point[0] + 3, *point[1:]) for point in points]
        stretched = (4 * nothing[0] + 3, *nothing[1:])
        best = nash(points, nothing)
        if all(gain > 0 for gain in over(best, nothing)):
            # What one seat's numbers are counted in moves neither.
            chosen = nash(scaled, stretched)
            unscaled = ((chosen[0] - 3) / 4, *chosen[1:])
            assert _product(unscaled, nothing) == _product(best, nothing)


def _product(point: Point, nothing: Point) -> Fraction:
    product = Fraction(1)
    for gain in over(point, nothing):
        product *= gain
    return product


@pytest.mark.parametrize(
    ("got", "beyond"),
    [((10, 7), (0.0, 0.0)), ((8, 8), (0.0, 0.0)), ((4, 10), (0.0, 1.0)), ((6, 9), (0.0, 0.5)), ((0, 0), (0.0, 0.0))],
)
def test_what_a_seat_took_beyond_the_fair_splits(got: Point, beyond: Point) -> None:
    points = splits((2, 3, 1), (2, 2, 0), (0, 1, 7))
    assert share_beyond(points, got) == pytest.approx(beyond)


def test_a_pie_is_fairly_split_in_half_of_what_is_to_be_won() -> None:
    pie = [(100.0 - offer, float(offer)) for offer in range(101)]
    assert share_beyond(pie, (35, 65), (0, 30)) == (0.0, 0.0)
    assert share_beyond(pie, (70, 30), (0, 30)) == (1.0, 0.0)
    assert share_beyond(pie, (30, 70), (0, 30)) == (0.0, pytest.approx(1 / 7))
    assert share_beyond([(0.0, 0.0)], (0.0, 0.0)) == (0.0, 0.0)
