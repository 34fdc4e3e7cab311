"""What a broken promise did, measured against the promised answer played instead; checked by enumeration."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from arena.conduct import rows, summary
from arena.evidence.effects import kind
from arena.library import game
from tests.scripted import Scripted, played
from tests.support import write_game

ACTIONS = {
    "prisoners_dilemma": ("cooperate", "defect"),
    "stag_hunt": ("stag", "hare"),
    "chicken": ("swerve", "straight"),
    "battle_of_the_sexes": ("concert", "match"),
    "matching_pennies": ("heads", "tails"),
    "coordination": ("left", "right"),
}
# Both the first action, first and second, second and first, both the second.
PAID = {
    "prisoners_dilemma": ((3, 3), (0, 5), (5, 0), (1, 1)),
    "stag_hunt": ((4, 4), (0, 3), (3, 0), (2, 2)),
    "chicken": ((3, 3), (1, 5), (5, 1), (0, 0)),
    "battle_of_the_sexes": ((3, 2), (0, 0), (0, 0), (2, 3)),
    "matching_pennies": ((1, -1), (-1, 1), (-1, 1), (1, -1)),
    "coordination": ((1, 1), (0, 0), (0, 0), (1, 1)),
}


def expected(own: float, whole: float) -> str:
    """The classification once more, as a table over the two signs."""
    signs = ((own > 0) - (own < 0), (whole > 0) - (whole < 0))
    return {
        (1, 1): "win-win", (1, 0): "selfish", (1, -1): "selfish",
        (0, 1): "altruistic", (0, 0): "neutral", (0, -1): "sabotaging",
        (-1, 1): "altruistic", (-1, 0): "altruistic", (-1, -1): "sabotaging",
    }[signs]  # fmt: skip


@pytest.mark.parametrize("name", ACTIONS)
def test_every_broken_word_of_the_normal_form_games(name: str) -> None:
    actions = ACTIONS[name]
    paid = dict(zip(product(actions, actions), PAID[name], strict=True))
    for said, other in product(actions, actions):
        done = actions[1 - actions.index(said)]
        data = played(
            game("matrix_game"),
            Scripted(announce_action=[said], action=[done]),
            Scripted(action=[other]),
            params={"game": name, "turns": 1},
        )
        (row,) = rows(data, game("matrix_game"))
        changes = [paid[done, other][seat] - paid[said, other][seat] for seat in (0, 1)]
        assert (row["result"], row["effect"]) == ("broken", expected(changes[0], sum(changes)))


@pytest.mark.parametrize("name", ACTIONS)
def test_announce_then_act_is_classed_in_every_profile_of_the_normal_form_games(name: str) -> None:
    """Sixteen matches a game: both announce, both act; each that strays is classed by both signs, ties included."""
    actions, paid = ACTIONS[name], dict(zip(product(ACTIONS[name], ACTIONS[name]), PAID[name], strict=True))
    matrix, strayed = game("matrix_game"), 0
    for said, done in product(product(actions, actions), product(actions, actions)):
        scripts = [Scripted(announce_action=[one], action=[other]) for one, other in zip(said, done, strict=True)]
        data = played(matrix, *scripts, params={"game": name, "turns": 1})
        found = {row["seat"]: row for row in rows(data, matrix)}
        assert list(found) == ["player_0", "player_1"]
        for number, seat in enumerate(found):
            kept = (said[0], done[1]) if number == 0 else (done[0], said[1])
            changes = [now - then for now, then in zip(paid[done], paid[kept], strict=True)]
            wanted = (
                ("kept", None) if said[number] == done[number] else ("broken", expected(changes[number], sum(changes)))
            )
            assert (found[seat]["result"], found[seat]["effect"]) == wanted, (said, done, seat)
            strayed += wanted[0] == "broken"
        cells = {number: one["cells"]["promises"] for number, one in summary(data).items()}
        assert cells == {number: [int(said[number] == done[number]), 1] for number in (0, 1)}
    assert strayed == 16


def test_all_five_kinds_come_up_over_the_normal_form_games_and_small_payoffs() -> None:
    payoffs = product(range(-2, 3), repeat=2)
    found = {kind(own, own + others) for own, others in payoffs}
    assert found == {"win-win", "selfish", "altruistic", "sabotaging", "neutral"}
    for own, whole in product(range(-3, 4), repeat=2):
        assert kind(own, whole) == expected(own, whole)
    assert kind(0.1 + 0.2 - 0.3, 0.0) == "neutral"


def test_later_answers_are_kept_and_one_that_no_longer_fits_is_the_stand_ins(tmp_path: Path) -> None:
    body = """
coins = Number(0, 10)
await table.talk("player_0", about={"give": coins})
give = await table.ask("player_0", "give", coins)
table.reveal("give", "player_0")
back = await table.ask("player_1", "back", Number(0, give))
if give > 8:
    thanks = await table.ask("player_1", "thanks", Choice("yes", "no"))
    return {"player_0": back, "player_1": 100}
return {"player_0": 10 - give + back, "player_1": 3 * give - back}
"""
    written = write_game(tmp_path, body)
    promise = {"promise": {"give": {">=": 6}}}
    data = played(written, Scripted(say=[[promise]], give=[2]), Scripted(back=[2]))
    # As it was: 10 and 4. As promised, 6 given and the same 2 back: 6 and 16.
    assert rows(data, written)[0]["effect"] == "selfish"
    data = played(written, Scripted(say=[[{"promise": {"give": 9}}]], give=[2]), Scripted(back=[2]))
    assert rows(data, written)[0]["effect"] == "selfish"
    down = played(written, Scripted(say=[[{"promise": {"give": {"<=": 3}}}]], give=[8]), Scripted(back=[8]))
    # As it was: 10 and 16. As promised, 3 given and a stand-in's 0 to 3 back: at most 10, and 16 together.
    assert rows(down, written)[0]["effect"] in {"win-win", "altruistic"}


def test_the_effect_is_unknown_without_the_game_as_it_was_played(tmp_path: Path) -> None:
    data = played(game("matrix_game"), Scripted(announce_action=["cooperate"], action=["defect"]), Scripted())
    assert rows(data)[0]["effect"] is None
    other = write_game(tmp_path, "await table.announce('action', spec=Choice('a', 'b'))\nreturn {}")
    assert rows(data, other)[0]["effect"] is None
    assert summary(data)[0]["cells"] == {"promises": [0, 1]}


def test_only_broken_promises_have_an_effect() -> None:
    data: dict[str, Any] = played(
        game("matrix_game"),
        Scripted(announce_action=["defect"], action=["defect"]),
        Scripted(say=[[{"claim": {"action": "defect"}}]]),
        params={"turns": 1},
    )
    assert all(row["effect"] is None for row in rows(data, game("matrix_game")))
