"""What a predicate leaves of a spec, against listing every value."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from arena.acts import Predicate
from arena.evidence.predicate import fits_part, follows, nearest, possible, size, telling
from arena.game import Allocation, Choice, Number, Ranking

SPECS: tuple[tuple[Any, tuple[str | None, ...]], ...] = (
    (Number(0, 12), (None,)),
    (Number(-3, 3), (None,)),
    (Number(5, 5), (None,)),
    (Choice("a", "b", "c", "d"), (None,)),
    (Choice("a"), (None,)),
    (Ranking("a", "b", "c"), (None,)),
    (Allocation({"x": 3, "y": 2}), (None, "x", "y")),
    (Allocation({"x": 4, "y": 3, "z": 2}, 6), (None, "x", "z")),
)


def _predicates(values: list[Any]) -> st.SearchStrategy[Predicate]:
    one = st.sampled_from(values)
    some = st.lists(one, min_size=1, max_size=3)
    parts = [st.tuples(st.sampled_from(["=", "!="]), one), st.tuples(st.sampled_from(["in", "not in"]), some)]
    if type(values[0]) is int:
        parts.append(st.tuples(st.sampled_from([">=", "<="]), st.integers(-5, 15)))
    return st.lists(st.one_of(*parts).map(list), min_size=1, max_size=2)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, str | None, Predicate, list[tuple[str | None, Predicate]]]:
    spec, parts = draw(st.sampled_from(SPECS))

    def predicate(part: str | None) -> Predicate:
        return draw(_predicates([value if part is None else value[part] for value in spec.values()]))

    part = draw(st.sampled_from(parts))
    where = draw(st.lists(st.sampled_from(parts), max_size=2))
    return spec, part, predicate(part), [(each, predicate(each)) for each in where]


@given(cases())
def test_a_predicate_follows_where_listing_all_values_says_so(
    case: tuple[Any, str | None, Predicate, list[tuple[str | None, Predicate]]],
) -> None:
    spec, part, predicate, known = case
    left = [value for value in spec.values() if all(fits_part(fact, value, where) for where, fact in known)]
    if not left:
        return
    holding = [fits_part(predicate, value, part) for value in left]
    listed = "true" if all(holding) else "unknown" if any(holding) else "false"
    assert follows(spec.data(), part, predicate, known) == listed


@given(cases())
def test_how_much_is_ruled_out_is_what_listing_all_values_says(
    case: tuple[Any, str | None, Predicate, list[tuple[str | None, Predicate]]],
) -> None:
    spec, part, predicate, _ = case
    values = spec.values()
    kept = [value for value in values if fits_part(predicate, value, part)]
    assert size(spec.data()) == len(values)
    assert telling(spec.data(), part, predicate) == (3 * (len(values) - len(kept)) >= len(values))
    assert possible(spec.data(), part, predicate) == bool(kept)


@given(cases(), st.data())
def test_the_nearest_answer_keeps_the_word_and_none_is_nearer(
    case: tuple[Any, str | None, Predicate, list[tuple[str | None, Predicate]]], data: st.DataObject
) -> None:
    spec, part, predicate, _ = case
    value = data.draw(st.sampled_from(spec.values()))
    found = nearest(spec.data(), part, predicate, value)
    if not possible(spec.data(), part, predicate):
        assert found is None
        return
    assert fits_part(predicate, found, part)
    if fits_part(predicate, value, part):
        assert found == value
    elif type(value) is int:
        able = [other for other in spec.values() if fits_part(predicate, other, part)]
        assert abs(found - value) == min(abs(other - value) for other in able)


def test_large_specs_are_never_listed() -> None:
    wide = ["number", 0, 10**12]
    assert telling(wide, None, [["<=", 10**11]])
    assert not telling(wide, None, [["<=", 9 * 10**11]])
    assert follows(wide, None, [[">=", 5]], [(None, [[">=", 6]])]) == "true"
    many: list[Any] = ["allocation", dict.fromkeys("abcdefghij", 100), 100]
    assert telling(many, "a", [[">=", 50]])
    assert not telling(many, "a", [["<=", 50]])
    assert follows(many, None, [["=", dict.fromkeys("abcdefghij", 10)]], [("a", [["=", 11]])]) == "unknown"
    order: list[Any] = ["ranking", *"abcdefghijkl"]
    assert telling(order, None, [["=", [*"abcdefghijkl"]]])
    assert not telling(order, None, [["!=", [*"abcdefghijkl"]]])
