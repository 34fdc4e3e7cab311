"""People as judges: the sheet is blind and spread, comes back as it was filled in, and every mistake is told."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.board import Log
from arena.errors import UsageError
from arena.judge import Verdict
from arena.judging.judgement import GIVEN, Judgement
from arena.judging.people.agreed import agreement
from arena.judging.people.drawn import CLEAN, DISPUTED, OPEN, VIOLATED, Slot, picked, slots, voices
from arena.judging.people.human import COLUMNS, read_sheet, write_sheet
from arena.judging.rubric import rubric
from arena.store import Store, open_store
from tests.cups import write_cup
from tests.logs import MadeUp, made_up
from tests.shell import Shell

RUBRIC = rubric("conduct")
NAMED = f"conduct@{RUBRIC.sha256[:8]}"
Row = dict[str, str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a few matches of honest and lying agents in it."""
    from arena import api

    folder = tmp_path_factory.mktemp("kept")
    (folder / "cup.toml").write_text(write_cup(("honest", "liar"), ("ultimatum", "buyer_seller"), 2))
    api.run(folder / "cup.toml", store=str(folder / "kept.db"))
    return folder / "kept.db"


@pytest.fixture
def store(kept: Path, tmp_path: Path) -> Path:
    """The same, for one test to write into."""
    copy = tmp_path / "arena.db"
    copy.write_bytes(kept.read_bytes())
    return copy


def opened(path: Path, do: Callable[[Store], Any]) -> Any:
    with open_store(str(path)) as store:
        return do(store)


def log_of(store: Store) -> Log:
    return cast("Log", store.log("cup"))


def drawn(store: Path, number: int, name: str = "ann") -> tuple[Path, list[Row]]:
    path = store.parent / f"{name}.csv"
    opened(store, lambda one: write_sheet(one, "cup", number, path, name))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return path, [{key: value.removeprefix("'") for key, value in row.items()} for row in csv.DictReader(file)]


def saved(path: Path, rows: Sequence[Row], delimiter: str = ",") -> None:
    """As a spreadsheet saves it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(COLUMNS)
    writer.writerows([row[column] for column in COLUMNS] for row in rows)
    path.write_bytes(text.getvalue().encode())


def read(store: Path, path: Path, name: str = "ann") -> Any:
    return opened(store, lambda one: read_sheet(one, "cup", path, name))


def quotable(row: Row) -> tuple[str, str] | None:
    """A ply of the seat that a row asks about, and words of it."""
    (label,) = re.findall(r"How did seat ([A-Z]) behave", row["question"])
    found = re.search(rf"^ply (\d+), {label}[^:\n]*: (.{{3,}})$", row["transcript"], re.MULTILINE)
    return (found[1], found[2][:40]) if found else None


# What is drawn.


def test_a_sheet_is_blind_and_says_what_is_asked(store: Path) -> None:
    _, rows = drawn(store, 30)
    assert len(rows) == 30
    names = opened(store, lambda one: [*log_of(one).agents, *(result.id for result in log_of(one).results)])
    for row in rows:
        assert not any(re.search(rf"\b{name}\b", "".join(row.values())) for name in names if name != "honest")
        assert not any(row[column] for column in COLUMNS[3:])
        assert re.search(r"0: .*\n1: .*\n2: .*\n3: .*\n4: .*\nnone: ", row["question"])
        assert row["transcript"].startswith(("Game: ultimatum", "Game: buyer_seller"))
        assert all(len(cell) < 32_767 for cell in row.values())


def test_the_public_view_keeps_what_was_dealt_to_itself(store: Path) -> None:
    _, rows = drawn(store, 60)
    public = [row for row in rows if "everybody at the table could see" in row["question"]]
    assert 0 < len(public) < len(rows)
    assert not any("(deal)" in row["transcript"] or "end rewards" in row["transcript"] for row in public)
    assert any("(deal)" in row["transcript"] for row in rows)


def test_rows_are_spread_and_always_the_same() -> None:
    among = [
        Slot(f"m{number}", game, seat, dimension, "full")
        for number in range(40)
        for game in ("one", "two")
        for seat in ("player_0", "player_1")
        for dimension in ("promises", "harm")
    ]
    state = {slot: (VIOLATED, CLEAN, CLEAN, CLEAN, OPEN)[index % 5] for index, slot in enumerate(among)}
    found = picked(among, state, 36, "about")
    assert found == picked(among[::-1], state, 36, "about") != picked(among, state, 36, "other")
    assert Counter(state[slot] for slot in found) == {VIOLATED: 12, CLEAN: 12, OPEN: 12}
    assert max(Counter((state[slot], slot.game, slot.dimension) for slot in found).values()) <= 4
    assert len({(slot.match, slot.dimension) for slot in found}) == 36
    done = {(slot.match, slot.dimension, slot.view) for slot in found}
    assert not done & {(slot.match, slot.dimension, slot.view) for slot in picked(among, state, 40, "about", done)}
    assert len(picked(among, state, 1000, "about")) == 80


def verdict(item: str, judge: str, score: float | None, order: int = 0, seat: str = "player_0") -> Judgement:
    said = Verdict(item, judge, seat, "promises", score, "So.", view="full")
    return Judgement(item, judge, f"{NAMED}/promises/full/{order}", GIVEN, (said,), data={"orders": 2})


def panel(item: str, *scores: float) -> list[Judgement]:
    return [verdict(item, f"judge {n}", score, order) for n, score in enumerate(scores) for order in (0, 1)]


def test_what_rules_and_judges_make_of_a_seat_is_told_apart() -> None:
    results = [made_up(n, ("a", "b"), (1, 2)) for n in range(5)]
    cells = {0: {"cells": {"promises": [0, 2]}}}
    results[3] = made_up(3, ("a", "b"), (1, 2), conduct=cells)
    results[4] = made_up(4, ("a", "b"), (1, 2), conduct=cells)
    said = [*panel("cup 0", 1, 1, 1), *panel("cup 1", 0, 0.25, 0), *panel("cup 2", 0, 1), *panel("cup 3", 1, 1, 1)]
    log = MadeUp(results, judgements=said)
    heard = voices(log, RUBRIC)
    found = [heard.state(Slot(f"cup {n}", "duel", "player_0", "promises", "full")) for n in range(5)]
    assert found == [CLEAN, VIOLATED, DISPUTED, DISPUTED, VIOLATED]
    assert heard.state(Slot("cup 0", "duel", "player_1", "promises", "full")) == OPEN


def test_void_matches_are_not_asked_about() -> None:
    results = [made_up(0, ("a", "b")), made_up(1, ("a", "b"), outcome="void")]
    assert {slot.match for slot in slots(results, RUBRIC)} == {"cup 0"}


# There and back.


def test_what_is_filled_in_is_kept_and_read_once(store: Path) -> None:
    path, rows = drawn(store, 12)
    filled = 0
    for number, row in enumerate(rows):
        if number % 3 == 2:
            continue
        place = quotable(row)
        row["score"] = ("0", "4", "none", "3.0")[number % 4]
        row["why"] = "=1+1; it kept\nits word"
        if place:
            row["ply"], row["quote"] = place
        filled += 1
    saved(path, rows)
    found = read(store, path)
    assert (len(found.judgements), found.before, found.empty) == (filled, 0, 4)
    kept_now = opened(store, lambda one: [each for each in log_of(one).judgements if each.judge == "human:ann"])
    assert sorted(one.key for one in kept_now) == sorted(one.key for one in found.judgements)
    for one in kept_now:
        (said,) = one.verdicts
        assert one.question == f"{NAMED}/{said.criterion}/{said.view}/0"
        assert said.score in (0, 1, None, 0.75)
        assert said.explanation == "=1+1; it kept\nits word"
        record = opened(store, lambda store, match=said.match: store.record(match))
        assert all(record["plies"][each.ply]["seat"] == said.seat for each in said.evidence)
    assert sum(len(one.verdicts[0].evidence) for one in kept_now) > 3
    again = read(store, path)
    assert (len(again.judgements), again.before, again.changed) == (0, filled, ())
    rows[0]["score"] = "1"
    rows[2]["score"] = "2"
    saved(path, rows, ";")
    more = read(store, path)
    assert (len(more.judgements), more.before, more.empty) == (1, filled, 3)
    assert re.fullmatch(
        rf"{re.escape(str(path))}:2: row \S+ was read before and said something else; that stays", *more.changed
    )
    # What was judged is not drawn again, and another person is asked the same.
    path.unlink()
    _, second = drawn(store, 1000)
    assert not {row["row"].split("-")[1] for row in second} & {row["row"].split("-")[1] for row in rows if row["score"]}
    _, others = drawn(store, 12, "bob")
    assert [row["row"] for row in others] == [row["row"] for row in rows]
    assert [row["transcript"] for row in others] == [row["transcript"] for row in rows]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["0", "1", "2", "3", "4", "none", "NONE", "4.0", " 3 ", ""]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
        ),
        min_size=8,
        max_size=8,
    ),
    st.sampled_from(",;\t"),
)
@settings(deadline=None, max_examples=30)
def test_whatever_a_person_writes_comes_back(
    kept: Path, tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], delimiter: str
) -> None:
    store = tmp_path_factory.mktemp("any") / "arena.db"
    store.write_bytes(kept.read_bytes())
    path, rows = drawn(store, 8)
    for row, (score, why) in zip(rows, cells, strict=True):
        row["score"], row["why"] = score, why if score.strip() else ""
    saved(path, rows, delimiter)
    found = read(store, path)
    wanted = Counter(
        None if score.strip().lower() == "none" else float(score) / 4 for score, _ in cells if score.strip()
    )
    assert Counter(one.verdicts[0].score for one in found.judgements) == wanted
    assert found.empty == sum(not score.strip() for score, _ in cells)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"score": "5"}, "score must be a whole number from 0 to 4, or none: got '5'"),
        ({"score": "good"}, "score must be a whole number from 0 to 4, or none: got 'good'"),
        ({"score": "-1"}, "score must be a whole number from 0 to 4, or none: got '-1'"),
        ({"score": "9" * 5000}, "score must be a whole number from 0 to 4, or none: got '9999"),
        ({"score": "3", "ply": "9" * 5000, "quote": "so"}, "there is no ply 9999"),
        ({"score": "2.5"}, "score must be a whole number from 0 to 4, or none: got '2.5'"),
        ({"why": "It lied."}, "score must be a whole number from 0 to 4, or none: it is empty and the row is not"),
        ({"score": "1", "ply": "0"}, "ply 0 is named and nothing is quoted"),
        ({"score": "1", "ply": "999", "quote": "Hello"}, "there is no ply 999; the seat asked about has: "),
        ({"score": "1", "quote": "I never said this, did I?"}, "the seat says these words nowhere"),
        ({"row": "R1of8-0123456789-abcd"}, "the cell in column row was changed: 'R1of8-0123456789-abcd'"),
        ({"row": "1"}, "the cell in column row was changed: '1'"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_kept(store: Path, change: Row, told: str) -> None:
    path, rows = drawn(store, 8)
    rows[0] |= {"score": "4"}
    rows[3] |= change
    saved(path, rows)
    lines = path.read_text().split("\n")
    line = next(number for number, text in enumerate(lines, 1) if text.startswith(f"{rows[3]['row']},"))
    with pytest.raises(UsageError) as caught:
        read(store, path)
    assert str(caught.value).startswith(f"{path}:{line}: {told}")
    assert opened(store, lambda one: log_of(one).judgements) == []


def test_words_of_another_seat_or_ply_are_no_quote(store: Path) -> None:
    path, rows = drawn(store, 20)
    row = next(row for row in rows if quotable(row))
    place = quotable(row)
    assert place is not None
    (label,) = re.findall(r"How did seat ([A-Z]) behave", row["question"])
    other = re.search(rf"^ply (\d+), (?!{label})([A-Z])", row["transcript"], re.MULTILINE)
    assert other is not None
    row |= {"score": "4", "ply": other[1], "quote": place[1]}
    saved(path, rows)
    with pytest.raises(UsageError, match=f"ply {other[1]} is of seat {other[2]}; the seat asked about has: "):
        read(store, path)
    row |= {"ply": place[0], "quote": "Nobody said this anywhere."}
    saved(path, rows)
    with pytest.raises(UsageError, match=f"these words do not stand in ply {place[0]}"):
        read(store, path)
    row |= {"ply": "", "quote": place[1]}
    saved(path, rows)
    (one,) = read(store, path).judgements
    assert one.verdicts[0].evidence


def test_rows_may_stay_empty_but_not_go(store: Path) -> None:
    path, rows = drawn(store, 6)
    saved(path, [*rows[:2], *rows[3:]])
    with pytest.raises(UsageError, match=r"ann\.csv:\d+: R3 of 6 rows is missing after this line"):
        read(store, path)
    saved(path, rows[:-1])
    with pytest.raises(UsageError, match="R6 of 6 rows is missing"):
        read(store, path)
    saved(path, [*rows, rows[0]])
    with pytest.raises(UsageError, match=r"stands there twice; it is on line 2 too"):
        read(store, path)
    saved(path, rows[::-1])
    assert read(store, path).empty == 6


def test_a_sheet_of_another_tournament_is_refused(store: Path) -> None:
    path, rows = drawn(store, 3)
    with open_store(str(store)) as one:
        one.enter("other", {}, [], {})
        with pytest.raises(UsageError, match="is of another tournament or rubric, not of other; see --tournament"):
            read_sheet(one, "other", path, "ann")
    assert rows


def test_no_file_is_overwritten_and_names_are_names(store: Path) -> None:
    path, _ = drawn(store, 3)
    with open_store(str(store)) as one:
        with pytest.raises(UsageError, match="is there already; name another file"):
            write_sheet(one, "cup", 3, path, "ann")
        with pytest.raises(UsageError, match="a person who judges cannot be named"):
            write_sheet(one, "cup", 3, store.parent / "x.csv", "a/b|c")


# How far people agree.


def told_by(item: str, score: float | None, name: str = "ann") -> Judgement:
    return verdict(item, f"human:{name}", score)


def test_people_are_held_against_the_panels_median_and_against_rules() -> None:
    truth = [n % 2 for n in range(20)]
    results = [
        made_up(n, ("a", "b"), (1, 2), conduct={0: {"cells": {"promises": [right, 1]}}})
        for n, right in enumerate(truth)
    ]
    said = [one for n, right in enumerate(truth) for one in panel(f"cup {n}", right, right, 0.5)]
    people = [
        told_by(f"cup {n}", None if n == 19 else 0.75 if n == 1 else float(right)) for n, right in enumerate(truth)
    ]
    found = {(one.dimension, one.against): one for one in agreement(MadeUp(results, judgements=[*said, *people]))}
    assert list(found) == [("promises", "panel"), ("promises", "rules")]
    with_panel, with_rules = found["promises", "panel"], found["promises", "rules"]
    assert (with_panel.same.count, with_panel.same.of) == (18, 19)
    assert (with_rules.same.count, with_rules.same.of) == (19, 19)
    assert 0.7 < with_panel.low < 18 / 19 < with_panel.high < 1
    assert with_rules.low > 0.8
    for one in found.values():
        assert one.kappa is not None
        assert one.kappa_low is not None
        assert one.kappa_high is not None
        assert 0.9 < one.kappa_low <= one.kappa <= one.kappa_high <= 1
    assert with_rules.data()["n"] == 19


def test_who_always_says_the_same_has_no_kappa_and_nobody_no_agreement() -> None:
    results = [made_up(n, ("a", "b"), (1, 2), conduct={0: {"cells": {"promises": [1, 1]}}}) for n in range(3)]
    people = [told_by(f"cup {n}", 1.0) for n in range(3)]
    (one,) = agreement(MadeUp(results, judgements=people))
    assert (one.same.value, one.kappa, one.kappa_low) == (1, None, None)
    assert agreement(MadeUp(results, judgements=panel("cup 0", 1, 1, 1))) == []


# From the command line.


def test_the_same_command_writes_the_sheet_and_reads_it(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(store.parent)
    monkeypatch.delenv("ARENA_STORE", raising=False)
    arena = Shell(capsys)
    wrote = arena("judge", "--human", "10", "--as", "ann", "--sheet", "ann.csv")
    assert (wrote.code, wrote.out) == (0, "")
    assert "ann.csv: 10 rows of cup, for ann" in wrote.err
    assert "then read it with: arena judge --human 10 --as ann --sheet ann.csv" in wrote.err
    nothing = arena("judge", "--human", "10", "--as", "ann", "--sheet", "ann.csv")
    assert "0 new, 0 read before, 10 still empty" in nothing.err
    with Path("ann.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["score"] = "4"
    saved(Path("ann.csv"), rows)
    ran = arena("judge", "--human", "10", "--as", "ann", "--sheet", "ann.csv", "--json")
    data = json.loads(ran.out)
    assert (data["new"], data["before"], data["empty"]) == (10, 0, 0)
    assert {one["against"] for one in data["agreement"]} == {"rules"}
    rows[4]["score"] = "nine"
    saved(Path("ann.csv"), rows)
    wrong = arena("judge", "--human", "10", "--as", "ann", "--sheet", "ann.csv")
    assert wrong.code == 2
    assert re.search(r"error: ann\.csv:\d+: score must be a whole number from 0 to 4, or none: got 'nine'", wrong.err)
    models = arena("judge", "--human", "10", "--models", "openai/x")
    assert "--models is for judges that are models, not for --human" in models.err
    assert "--human N writes a sheet of N rows" in arena("judge", "--sheet", "none.csv").err
