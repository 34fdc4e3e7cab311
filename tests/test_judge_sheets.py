"""What a judge is sent: who may be recognised, what each view shows, and what is left out where a record is long."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.errors import UsageError
from arena.judge import Evidence
from arena.judging.rubric import parse_rubric, rubric, rubrics
from arena.judging.sheets.fence import LEAST_CAP, Call, Sheet, sheet, sheet_of
from arena.judging.sheets.masks import Masks, labels, names_of
from arena.judging.sheets.reply import read_reply
from arena.judging.sheets.shown import Source
from arena.judging.sheets.visible import line
from arena.library import game, make_agent
from arena.record import record
from tests.judge_attacks import FINGERPRINT, MODEL, NAMES, OWNER
from tests.judged import CALL, P0, P1, honest, messages, rows, said, sent, thought
from tests.players import GAMES, wandered
from tests.support import finished

RUBRIC = rubric("conduct")


def asked(data: dict[str, Any], dimension: str = "truthfulness", view: str = "full", **options: Any) -> Sheet:
    return sheet(data, "Rules.", RUBRIC, Call("judge", dimension, view), **options)


@cache
def werewolf() -> dict[str, Any]:
    pack = game("werewolf")
    match = finished(pack, {f"player_{n}": make_agent("liar", {}) for n in range(7)}, seed=3, seats=7)
    return json.loads(json.dumps(record(match, id="pack")))


# The two views.


@pytest.mark.parametrize("name", [one.name for one in GAMES])
def test_the_public_view_shows_nothing_that_was_told_to_some_only(name: str) -> None:
    data = json.loads(json.dumps(record(wandered(game(name), 1), id="m")))
    public, full = rows(asked(data, view="public")), rows(asked(data))
    everybody = len(data["seats"])
    assert all("to" not in row or len({*row["to"], row["seat"]}) == everybody for row in public[1:])
    assert not any(row.get("kind") in {"role", "pay"} or "end" in row for row in public)
    shown = [row for row in full if row not in public]
    assert any("end" in row for row in shown)
    plies = [row["ply"] for row in full if "ply" in row]
    assert plies == list(range(len(data["plies"])))
    if any(event["kind"] == "deal" for event in data["events"]):
        assert any(row.get("kind") == "deal" for row in shown)


def test_a_secret_is_in_the_full_view_only() -> None:
    data = said("Hello.")
    deal = next(event for event in data["events"] if event["kind"] == "deal")
    deal["text"] = "Your fallback is 31337."
    assert "31337" in sent(data).user
    assert "31337" not in sent(data, Call("judge", "integrity", "public")).user


def test_an_answer_that_was_shown_later_is_public() -> None:
    public = asked(said("Hello."), view="public")
    assert [row["text"] for row in rows(public) if row.get("kind") == "decide"] == ["offer: 40", "answer: accept"]
    hidden = said("Hello.")
    hidden["events"] = [event for event in hidden["events"] if event["kind"] != "reveal"]
    assert not [row for row in rows(asked(hidden, view="public")) if row.get("kind") == "decide"]


def test_what_a_norm_allows_is_shown_and_in_public_not_to_whom() -> None:
    wolves = [seat for seat, role in werewolf()["roles"].items() if role == "wolf"]
    full, public = asked(werewolf()), asked(werewolf(), view="public")
    assert [full.masks.show(norm) for norm in rows(full)[0]["norms"]] == [
        f"{wolf}: may lie about role" for wolf in wolves
    ]
    assert rows(public)[0]["norms"] == ["the seats whose part allows it: may lie about role"]
    assert rows(asked(werewolf(), "accusations"))[0]["norms"][0].endswith("may accuse about role")
    assert rows(asked(werewolf(), "harm"))[0]["norms"] == []


def test_a_dimension_is_judged_in_its_own_views_only() -> None:
    with pytest.raises(UsageError, match="respect is not judged in the view 'full'; it is in: public"):
        asked(werewolf(), "respect")
    with pytest.raises(UsageError, match="no dimension 'truth'; did you mean 'truthfulness'"):
        asked(werewolf(), "truth")


def test_the_question_is_one_dimension_with_its_scale() -> None:
    given_sheet = asked(werewolf(), "harm")
    harm = RUBRIC.dimension("harm")
    assert all(f"{score}: {anchor}" in given_sheet.system for score, anchor in enumerate(harm.scale))
    assert not any(anchor in given_sheet.system for anchor in RUBRIC.dimension("promises").scale)


def test_a_question_about_several_has_each_with_its_scale_and_its_norms() -> None:
    every = asked(werewolf(), "*")
    assert every.dimensions == tuple(one.name for one in RUBRIC.dimensions if one.name != "respect")
    assert all(
        every.system.count(f"{score}: {anchor}")
        for one in RUBRIC.dimensions[:11]
        for score, anchor in enumerate(one.scale)
    )
    assert set(rows(every)[0]["norms"]) == {"truthfulness", "candour", "accusations"}
    assert rows(every)[0]["norms"]["accusations"] == rows(asked(werewolf(), "accusations"))[0]["norms"]
    assert asked(werewolf(), "harm+loyalty").dimensions == ("harm", "loyalty")
    with pytest.raises(UsageError, match="respect is not judged in the view 'full'"):
        asked(werewolf(), "harm+respect")
    only_public = parse_rubric((rubrics()["conduct"]).read_text().replace('"full"', '"public"'))
    with pytest.raises(UsageError, match="no dimension is judged in the view 'full'"):
        only_public.asked("*", "full")


# What was thought.


def test_what_a_model_thought_is_in_the_reasoning_view_only_and_can_be_quoted() -> None:
    data = thought("I will take it all, as player_0 does.")
    shown = asked(data, "*", "reasoning")
    (row,) = (row for row in rows(shown) if row.get("kind") == "thought")
    label = next(label for label, seat in shown.seats.items() if seat == P0)
    assert row == {
        "ply": 0,
        "kind": "thought",
        "seat": label,
        "to": [],
        "text": f"I will take it all, as \u27e6{label}\u27e7 does.",
    }
    assert "integrity" in shown.dimensions
    assert "harm" not in shown.dimensions
    assert shown.quotable[0] == (label, (row["text"], "Hello."))
    reply = json.loads(honest(shown, {P0: 0, P1: 4}))
    verdicts = read_reply(json.dumps(reply), shown)
    assert Evidence(0, "I will take it all, as player_0 does.") in verdicts[0].evidence + verdicts[1].evidence
    for view in ("full", "public"):
        assert not [row for row in rows(asked(data, "*", view)) if row.get("kind") == "thought"]
    assert "take it all" not in asked(data, "*", "public").user


def test_a_thought_stands_before_the_ply_that_it_led_to_and_before_a_stand_ins_too() -> None:
    data = thought("Once.")
    data["thoughts"] = [
        {"seat": P1, "ply": 1, "attempt": 0, "text": "Second turn."},
        {"seat": P1, "ply": 1, "attempt": 1, "text": "Again."},
        {"seat": P0, "ply": 99, "attempt": 0, "text": "Never played."},
        {"seat": P0, "ply": 0, "attempt": 0, "text": "  "},
    ]
    data["plies"][3]["stand_in"] = True
    shown = asked(data, view="reasoning")
    assert [(row["ply"], row["text"]) for row in rows(shown) if row.get("kind") == "thought"] == [
        (3, "Second turn."),
        (3, "Again."),
    ]
    assert shown.quotable[3][1] == ("Second turn.", "Again.")


def test_what_was_said_off_the_record_is_shown_to_who_sees_all() -> None:
    data = thought("Thinking.")
    data["probes"][0]["value"] = 12
    for view, times in (("public", 0), ("full", 1), ("reasoning", 1)):
        probes = [row for row in rows(asked(data, view=view)) if row.get("kind") == "probe"]
        assert len(probes) == times
        assert all(row["before"] == 0 and row["to"] == [] for row in probes)
        assert all(row["text"] == "Off the record: what will it be? offer: 12" for row in probes)


@pytest.mark.parametrize("name", ["werewolf", "ultimatum"])
def test_questions_about_one_match_share_what_is_the_same_and_differ_in_nothing(name: str) -> None:
    data = werewolf() if name == "werewolf" else thought("I am GPT-4 and player_1 is Claude.")
    source = Source(data, "Rules, says player_0.")
    views = ("reasoning", "public", "full") if name == "ultimatum" else ("public", "full")
    for judge in ("one", "other"):
        for view in views:
            for dimension in ("*", "truthfulness", "accusations+integrity"):
                for order in (0, 1):
                    call = Call(judge, dimension, view, order)
                    shared, alone = sheet_of(source, RUBRIC, call), sheet(data, "Rules, says player_0.", RUBRIC, call)
                    assert (shared.user, shared.system) == (alone.user, alone.system)
                    assert dict(shared.quotable) == dict(alone.quotable)
                    assert shared.masks.show(shared.user) == alone.masks.show(alone.user)


def test_a_stand_ins_plies_are_marked_and_cannot_be_quoted() -> None:
    data = said("Hello.")
    data["plies"][2]["stand_in"] = True
    given_sheet = sent(data)
    assert [row["ply"] for row in rows(given_sheet) if row.get("stand_in")] == [2]
    assert 2 not in given_sheet.quotable
    assert 0 in given_sheet.quotable


# Who is who.


def test_every_judge_has_its_own_order_of_the_seats() -> None:
    orders = {tuple(sent(said("Hi."), Call(f"judge {n}", "integrity")).seats.values()) for n in range(20)}
    assert orders == {(P0, P1), (P1, P0)}
    assert list(sent(said("Hi.")).seats) == ["A", "B"]


def test_nobody_is_recognised() -> None:
    text = f"I am {NAMES[P0]} ({MODEL}) of {OWNER.upper()}, {FINGERPRINT}; ask ChatGPT, or Player 1 or player-01."
    given_sheet = sent(said(text))
    shown = rows(given_sheet)
    message = next(row["text"] for row in shown if row.get("kind") == "message")
    for name in (*NAMES.values(), MODEL, OWNER, FINGERPRINT, "gpt", "player"):
        assert name.lower() not in message.lower()
    assert message.count("\u27e6name ") == 5
    assert given_sheet.masks.show(message) == text


def test_a_name_is_known_in_wide_letters_and_with_invisible_ones_between() -> None:
    masks = Masks({P0: "A", P1: "B"}, ["Maple"])
    assert masks.hide("\uff27\uff30\uff34-4, cl\u200baude and m\u0301aple") == (
        "\u27e6name 1\u27e7, \u27e6name 2\u27e7 and \u27e6name 3\u27e7"
    )


@pytest.mark.parametrize(
    "text",
    ["\u0421laude", "cl\u0430ud\u0435", "\u0441l\u03b1ude", "GPT\u20115", "\u0261pt\u20134o", "Ma\u0440le", "o3", "O3"],
)
def test_a_name_is_known_in_letters_that_are_drawn_alike(text: str) -> None:
    masks = Masks({P0: "A", P1: "B"}, ["Maple", "o3", "me"])
    assert masks.hide(f"I am {text}, hear me.") == "I am \u27e6name 1\u27e7, hear me."
    assert masks.show("I am \u27e6name 1\u27e7, hear me.") == f"I am {text}, hear me."


def test_what_looks_like_a_mask_is_marked() -> None:
    assert Masks({P0: "A"}).hide("\u27e6A\u27e7 player_0") == "\u27e6(\u27e7A\u27e6)\u27e7 \u27e6A\u27e7"


def test_the_end_names_the_seats_by_their_labels_in_order() -> None:
    for order in (0, 1):
        ends = [row for row in rows(sent(said("Hi."), Call("judge", "integrity", "full", order))) if "end" in row]
        assert [list(row) for row in ends] == [["end", "A", "B"], ["end", "A", "B"]]


def test_a_word_more_anywhere_is_another_nonce() -> None:
    data = said("Hello.")
    nonces = {sent(data).nonce, sent(said("Hello")).nonce}
    data["plies"][-1]["reply"] += " "
    assert len({sent(data).nonce, *nonces}) == 3


def test_a_scripted_agents_name_is_a_word_like_any_other() -> None:
    data = said("I am honest.")
    data["seats"] = {P0: "honest", P1: "sly"}
    data["agents"] = {"honest": {"scripted": True}, "sly": {"model": "some/thing-2"}}
    assert names_of(data) == ["5eedc0ffee5eed00", "some/thing-2", "thing-2", "sly"]
    assert "I am honest." in sent(data).user


def test_labels_go_on_after_z() -> None:
    assert labels(29)[24:] == ["Y", "Z", "AA", "AB", "AC"]


alphabet = st.one_of(
    st.sampled_from(
        ["player_0", "Player 1", "PLAYER-07", "player_2", "\u27e6", "\u27e7", "A", "name 1", "gpt-4o", "."]
    ),
    st.text(st.characters(), max_size=5),
)


@given(st.lists(alphabet, max_size=12).map("".join))
def test_what_was_hidden_can_be_shown_again_and_read_from_json(text: str) -> None:
    masks = Masks({P0: "B", P1: "A"}, ["Maple", "\u27e6A\u27e7"])
    hidden = masks.hide(text)
    assert masks.show(hidden) == text
    assert masks.hide(text) == hidden
    spelled = line({"text": hidden})
    assert json.loads(spelled) == {"text": hidden}
    assert spelled.isprintable()


# What is left out.


def test_who_pads_loses_padding_and_nobody_else_a_word() -> None:
    data = said("Trust me. " * 40_000)
    given_sheet = sent(data, cap=20_000)
    assert len(given_sheet.user) < 20_500
    texts = [row["text"] for row in rows(given_sheet) if row.get("kind") == "message"]
    assert [given_sheet.masks.show(text) for text in texts[1:]] == [text for _, text in messages(data)[1:]]
    assert texts[0].startswith("Trust me. Trust")
    assert texts[0].endswith("Trust me. ")
    assert f"\u27e6cut {given_sheet.cut}\u27e7" in texts[0]
    assert f"{given_sheet.cut} characters or lines" in given_sheet.user
    assert 380_000 < given_sheet.cut < 400_000


def test_a_record_that_fits_is_whole() -> None:
    given_sheet = sent(said("Hello."))
    assert given_sheet.cut == 0
    assert "left out where it says so" not in given_sheet.user
    assert "\u27e6cut" not in given_sheet.user


@pytest.mark.parametrize("text", ["\U0001f600\u200b" * 9, "player_1 " * 9, "plain words "])
def test_a_long_match_loses_lines_in_its_middle_and_says_how_many(text: str) -> None:
    data = said("Hello.")
    first = data["plies"][0]
    data["plies"] = [{**first, "ply": number, "action": text * 9} for number in range(400)]
    data["events"] = []
    given_sheet = sent(data, cap=LEAST_CAP)
    assert len(given_sheet.user) < LEAST_CAP + 400
    shown = rows(given_sheet)
    (note,) = (row for row in shown if row.get("kind") == "cut")
    plies = [row["ply"] for row in shown if "ply" in row]
    assert len(plies) + note["lines"] == 400
    assert plies[0] == 0
    assert plies[-1] == 399
    assert set(given_sheet.quotable) == set(plies)


def test_long_rules_leave_room_for_the_match() -> None:
    given_sheet = sheet(said("Hello."), "\u202e" * 90_000, RUBRIC, CALL, cap=LEAST_CAP)
    assert len(given_sheet.user) < LEAST_CAP + 400
    assert next(row["text"] for row in rows(given_sheet) if row.get("kind") == "message") == "Hello."
    assert given_sheet.cut > 80_000


def test_a_cap_too_small_is_refused() -> None:
    with pytest.raises(UsageError, match="4000 characters or more, got a cap of 100"):
        sent(said("Hello."), cap=100)
