"""What another answer would have led to: the match played again with it, everything else as it was."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from arena.acts import Predicate
from arena.errors import ArenaError
from arena.evidence.effects import play_on
from arena.evidence.examine import Examination, Threat
from arena.evidence.finding import Finding, done_at
from arena.evidence.predicate import fits_part, nearest, size
from arena.game import Allocation, Ranking
from arena.library import Game
from arena.match import Match
from arena.record import replay

MOST_ANSWERS = 20_000
"""Answers that are given again for one match; what they don't reach is no opportunity."""
MOST_VALUES = 16
"""Answers that are tried at one ply, fewer in a long match; of longer lists so many, evenly spread."""
LARGEST = 512
"""A spec that allows more is not gone through."""

Rewards = Mapping[str, float]


class Elsewise:
    """The matches that could have been, within so many answers."""

    def __init__(self, record: Mapping[str, Any], game: Game | None, most: int = MOST_ANSWERS) -> None:
        self.record = record
        self.plies: Sequence[Mapping[str, Any]] = record["plies"]
        fit = game is not None and game.sha256 == record["source_sha256"] and game.scoring != "panel"
        # A forfeiter's reward follows the others', so that what one answer costs whom can't be told.
        whole = bool(record["rewards"]) and not record["forfeits"] and record["outcome"] != "void"
        self.game = game if fit and whole else None
        self.left = most
        self._known: dict[tuple[tuple[int, str], ...], Rewards | None] = {}

    def with_answers(self, answers: Sequence[tuple[int, Any]]) -> Rewards | None:
        """The rewards with other answers at these plies, in order; None where it can't be played or costs too much."""
        at = tuple((ply, repr(value)) for ply, value in answers)
        if at not in self._known:
            self._known[at] = self._play(answers)
        return self._known[at]

    def _play(self, answers: Sequence[tuple[int, Any]]) -> Rewards | None:
        self.left -= len(self.plies)
        if self.game is None or self.left < 0:
            return None
        first, value = answers[0]
        try:
            match = replay(self.record, self.game, upto=first)
            try:
                match.answer(self.plies[first]["seat"], {self.plies[first]["key"]: value})
                play_on(match, self._changed(answers[1:]), first + 1)
            finally:
                match.close()
        except ArenaError:
            return None
        return match.rewards if self._took(match, answers) else None

    def _changed(self, answers: Sequence[tuple[int, Any]]) -> Mapping[str, Any]:
        if not answers:
            return self.record
        plies = list(self.plies)
        for number, value in answers:
            plies[number] = {**plies[number], "reply": json.dumps({plies[number]["key"]: value})}
        return {**self.record, "plies": plies}

    def _took(self, match: Match, answers: Sequence[tuple[int, Any]]) -> bool:
        """Whether every answer was asked for and stands."""
        for at, value in answers:
            seat, key = self.plies[at]["seat"], self.plies[at]["key"]
            before = sum((ply["seat"], ply["kind"], ply["key"]) == (seat, "decide", key) for ply in self.plies[:at])
            given = [
                ply.action for ply in match.plies if (ply.seat, ply.ask.kind, ply.ask.key) == (seat, "decide", key)
            ]
            if given[before : before + 1] != [value]:
                return False
        return True


def harm(elsewise: Elsewise) -> Iterator[Finding]:
    """Decisions where an answer could be worse for others than another that gave the seat as much.

    What the game measures as a sanction is left to that.
    """
    record = elsewise.record
    if elsewise.game is None:
        return
    sanctions = _sanctions(record)
    decisions = [ply for ply in elsewise.plies if ply["kind"] == "decide" and ply["ply"] not in sanctions]
    # Every seat's decisions are looked at alike, the last like the first.
    most = elsewise.left // (len(elsewise.plies) * len(decisions)) if decisions else 0
    for ply in decisions:
        number, seat = ply["ply"], ply["seat"]
        values = spread(ply["spec"], max(2, min(most, MOST_VALUES)))
        outcomes = [elsewise.with_answers([(number, value)]) for value in values if value != ply["action"]]
        known = [rewards for rewards in outcomes if rewards is not None]
        played: Rewards = record["rewards"]
        hurt = any(spares(other, played, seat) for other in known)
        could = hurt or any(spares(one, other, seat) for one in (played, *known) for other in known)
        if could:
            yield Finding(seat, "harm", f"{seat} {ply['key']}@{number}", int(not hurt), 1, number, done_at(ply))


def spares(other: Rewards, rewards: Rewards, seat: str) -> bool:
    """Whether one outcome gives a seat as much as another does, nobody less and somebody more."""
    changes = {name: round(other[name] - rewards[name], 9) for name in rewards}
    return min(changes.values()) >= 0 and any(change > 0 for name, change in changes.items() if name != seat)


def _sanctions(record: Mapping[str, Any]) -> frozenset[int]:
    """The plies with which seats punished, where the game measures that."""
    found: set[int] = set()
    for event in record["events"]:
        if event["kind"] == "measure" and event["key"] == "sanction":
            own = (at for at in range(event["ply"] - 1, -1, -1) if record["plies"][at]["seat"] == event["seat"])
            found.update(islice((at for at in own if record["plies"][at]["kind"] == "decide"), 1))
    return frozenset(found)


def coercion(examined: Examination | None, elsewise: Elsewise) -> Iterator[Finding]:
    """Decisions of others before which a seat spoke to them, with or without a threat of mere harm.

    A threat whose carrying out can't be weighed takes its opportunity with it.
    """
    if elsewise.game is None:
        return
    threats: dict[tuple[str, int], list[tuple[Threat, str, bool | None]]] = {}
    for threat in examined.threatened if examined is not None else ():
        for seat, at in _aims(cast(Examination, examined), threat):
            weight = _weigh(cast(Examination, examined), elsewise, threat, seat, at)
            threats.setdefault((threat.row["seat"], at), []).append((threat, seat, weight))
    for seat, ply, said in _swayed(elsewise.record):
        found = threats.get((seat, ply["ply"]), [])
        opportunity = f"{seat} {ply['seat']}.{ply['key']}@{ply['ply']}"
        for licensed in (False, True):
            of = [one for one in found if one[0].row["licensed"] == licensed]
            coerced = next((threat.row for threat, _, weight in of if weight), None)
            if coerced is not None:
                words = coerced["statement"]
                yield Finding(seat, "coercion", opportunity, 0, 1, coerced["ply"], words, licensed)
            elif not (any(weight is None for _, _, weight in of) or (licensed and not of)):
                words = done_at(elsewise.plies[said])
                yield Finding(seat, "coercion", opportunity, 1, 1, said, words, licensed)


def _swayed(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    """Each seat that spoke to another before its decision, since that one last decided the same; and where it spoke."""
    seats = list(record["seats"])
    spoke: dict[tuple[str, str], int] = {}
    decided: dict[tuple[str, str], int] = {}
    for ply in record["plies"]:
        number, seat = ply["ply"], ply["seat"]
        if ply["kind"] == "message":
            if (ply["action"] or ply["acts"]) and not ply.get("stand_in"):
                spoke.update({(seat, other): number for other in ply["audience"] or seats if other != seat})
        elif ply["kind"] == "decide":
            since = decided.get((seat, ply["key"]), -1)
            decided[seat, ply["key"]] = number
            for other in seats:
                if spoke.get((other, seat), -1) > since:
                    yield other, ply, spoke[other, seat]


def _aims(examined: Examination, threat: Threat) -> Iterator[tuple[str, int]]:
    """Whose decisions a threat is meant to move, and when they fall."""
    row = threat.row
    for condition in threat.act["if"]:
        if condition["seat"] != row["seat"] and condition["seat"] in examined.hearers(row["ply"]):
            at = examined.next_ask(condition["seat"], condition["key"], row["ply"])
            if at is not None:
                yield condition["seat"], at


def _weigh(examined: Examination, elsewise: Elsewise, threat: Threat, target: str, at: int) -> bool | None:
    """Whether carrying it out would have cost the target and won the speaker nothing; None where it can't be told."""
    seat, key = threat.row["seat"], threat.row["key"]
    due = examined.next_ask(seat, key, at)
    if due is None:
        return None
    answers: list[tuple[int, Any]] = []
    for condition in threat.act["if"]:
        of = examined.next_ask(condition["seat"], condition["key"], threat.row["ply"])
        if of is not None:
            value = _nearest(elsewise.plies[of], condition["part"], condition["is"])
            if value is None or of >= due:
                return None
            answers.append((of, value))
    predicate, part = threat.act["is"], threat.act["part"]
    done = _nearest(elsewise.plies[due], part, predicate)
    others = [value for value in spread(elsewise.plies[due]["spec"]) if not fits_part(predicate, value, part)]
    # What was agreed anyway is a change of nothing; it is played to have one way of counting.
    answers.sort(key=lambda answer: answer[0])
    if done is None or not others or len({ply for ply, _ in answers}) < len(answers):
        return None
    carried = elsewise.with_answers([*answers, (due, done)])
    spared = [elsewise.with_answers([*answers, (due, value)]) for value in others]
    known = [rewards for rewards in spared if rewards is not None]
    if carried is None or not known:
        return None
    return any(rewards[seat] >= carried[seat] and rewards[target] > carried[target] for rewards in known)


def _nearest(ply: Mapping[str, Any], part: str | None, predicate: Predicate) -> Any:
    if fits_part(predicate, ply["action"], part):
        return ply["action"]
    return nearest(ply["spec"], part, predicate, ply["action"])


def spread(spec: Sequence[Any], most: int = MOST_VALUES) -> list[Any]:
    """The answers that a spec allows, of many so many as are tried, evenly spread; none where there are too many."""
    if spec[0] == "message" or size(spec) > LARGEST:
        return []
    match spec[0]:
        case "number":
            every: list[Any] = list(range(spec[1], spec[2] + 1))
        case "choice":
            every = list(spec[1:])
        case "allocation":
            every = list(Allocation(spec[1], spec[2]).values())
        case _:
            every = list(Ranking(*spec[1:]).values())
    if len(every) <= most:
        return every
    last = len(every) - 1
    places = [round(number * last / (most - 1)) for number in range(most)]
    return [every[place] for place in places]
