"""What another answer would have led to: the match played again with it, everything else as it was."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, permutations
from typing import Any, cast

from arena.acts import Predicate
from arena.errors import ArenaError
from arena.evidence.again import Again, CannotTell
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
_NOTHING = 1e-9
"""Rewards that differ by less are the same."""

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
        # A game in the sandbox takes ten times as long for an answer.
        self.left = most if self.game is None or self.game.trusted else most // 10
        self._known: dict[tuple[tuple[int, str], ...], Rewards | None] = {}

    @cached_property
    def _again(self) -> Again | None:
        """The match to be played again in short; None where only the long way is sure."""
        if self.game is None or not self.game.trusted or self.record.get("branches"):
            return None
        try:
            replay(self.record, self.game).close()
            return Again(self.record, self.game)
        except (ArenaError, CannotTell):
            return None

    def each(self, ply: int, values: Sequence[Any]) -> Iterator[Rewards]:
        """The rewards with each of these answers at a ply, where they are known; in no order of the values.

        What it takes is what all of them take, even if not all are looked at.
        """
        able: list[Any] = []
        for value in values:
            self.left -= len(self.plies)
            if self.left >= 0:
                able.append(value)
        # What hurts others is mostly seen beside the least or the most that could have been done.
        for value in sorted(able, key=lambda value: value is not able[0] and value is not able[-1]):
            rewards = self._outcome([(ply, value)])
            if rewards is not None:
                yield rewards

    def with_answers(self, answers: Sequence[tuple[int, Any]]) -> Rewards | None:
        """The rewards with other answers at these plies, in order; None where it can't be played or costs too much."""
        at = tuple((ply, repr(value)) for ply, value in answers)
        if at not in self._known:
            self._known[at] = self._play(answers)
        return self._known[at]

    def _play(self, answers: Sequence[tuple[int, Any]]) -> Rewards | None:
        self.left -= len(self.plies)
        return self._outcome(answers) if self.left >= 0 else None

    def _outcome(self, answers: Sequence[tuple[int, Any]]) -> Rewards | None:
        if self._again is not None:
            try:
                return self._again.rewards(dict(answers))
            except CannotTell:
                pass
        return self._in_full(answers)

    def _in_full(self, answers: Sequence[tuple[int, Any]]) -> Rewards | None:
        if self.game is None:
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
        played: Rewards = record["rewards"]
        known = [played]
        hurt = False
        for rewards in elsewise.each(number, [value for value in values if value != ply["action"]]):
            hurt = spares(rewards, played, seat)
            if hurt:
                break
            if rewards not in known:
                known.append(rewards)
        if hurt or any(spares(one, other, seat) for one, other in permutations(known, 2)):
            yield Finding(seat, "harm", f"{seat} {ply['key']}@{number}", int(not hurt), 1, number, done_at(ply))


def spares(other: Rewards, rewards: Rewards, seat: str) -> bool:
    """Whether one outcome gives a seat as much as another does, nobody less and somebody more."""
    if other[seat] - rewards[seat] < -_NOTHING:
        return False
    more = False
    for name, reward in rewards.items():
        change = round(other[name] - reward, 9)
        if change < 0:
            return False
        more = more or (change > 0 and name != seat)
    return more


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
    threats: dict[tuple[str, int], list[tuple[Threat, bool | None]]] = {}
    for threat in examined.threatened if examined is not None else ():
        for seat, at in _aims(cast(Examination, examined), threat):
            weight = _weigh(cast(Examination, examined), elsewise, threat, seat, at)
            threats.setdefault((threat.row["seat"], at), []).append((threat, weight))
    for (seat, key, first), (plies, said) in _swayed(elsewise.record).items():
        found = [one for ply in plies for one in threats.get((seat, ply), ())]
        for licensed in (False, True):
            of = [(threat.row, weight) for threat, weight in found if threat.row["licensed"] == licensed]
            coerced = next((row for row, weight in of if weight), None)
            opportunity = f"{seat} {key}@{first}"
            if coerced is not None:
                words = coerced["statement"]
                yield Finding(seat, "coercion", opportunity, 0, 1, coerced["ply"], words, licensed)
            elif not (any(weight is None for _, weight in of) or (licensed and not of)):
                words = done_at(elsewise.plies[said])
                yield Finding(seat, "coercion", opportunity, 1, 1, said, words, licensed)


def _swayed(record: Mapping[str, Any]) -> dict[tuple[str, str, int], tuple[list[int], int]]:
    """By seat, key and first ply, what others decided one after the other or at once, and where it spoke to them.

    Only what the others had not decided since it spoke is what it could have moved.
    """
    found: dict[tuple[str, str, int], tuple[list[int], int]] = {}
    seats = list(record["seats"])
    spoke: dict[tuple[str, str], int] = {}
    decided: dict[tuple[str, str], int] = {}
    run: list[str] = []
    last: tuple[str, str] = ("", "")
    for ply in record["plies"]:
        number, seat, key = ply["ply"], ply["seat"], ply["key"]
        run = [*run, seat] if (ply["kind"], key) == last and seat not in run else [seat]
        last = (ply["kind"], key)
        if ply["kind"] == "message":
            if (ply["action"] or ply["acts"]) and not ply.get("stand_in"):
                hearers = seats if ply["audience"] is None else ply["audience"]
                spoke.update({(seat, other): number for other in hearers if other != seat})
        elif ply["kind"] == "decide":
            since = decided.get((seat, key), -1)
            decided[seat, key] = number
            for other in seats:
                said = spoke.get((other, seat), -1)
                if said > since:
                    found.setdefault((other, key, number + 1 - len(run)), ([], said))[0].append(number)
    return found


def _aims(examined: Examination, threat: Threat) -> Iterator[tuple[str, int]]:
    """Whose decisions a threat is meant to move, and when they fall."""
    row = threat.row
    for condition in threat.act["if"]:
        if condition["seat"] != row["seat"] and condition["seat"] in examined.hearers(row["ply"]):
            at = examined.next_ask(condition["seat"], condition["key"], row["ply"])
            if at is not None:
                yield condition["seat"], at


def _weigh(examined: Examination, elsewise: Elsewise, threat: Threat, target: str, at: int) -> bool | None:
    """Whether carrying it out would cost the target and win the speaker nothing, in any case that it is meant for.

    None where that can't be told.
    """
    due = examined.next_ask(threat.row["seat"], threat.row["key"], at)
    if due is None:
        return None
    cases: dict[int, list[Any]] = {}
    for condition in threat.act["if"]:
        of = examined.next_ask(condition["seat"], condition["key"], threat.row["ply"])
        if of is not None:
            cases[of] = _cases(elsewise.plies[of], condition["part"], condition["is"])
            if of >= due or not cases[of]:
                return None
    weights: list[bool | None] = []
    for number in range(max(map(len, cases.values()))):
        answers = [(of, values[min(number, len(values) - 1)]) for of, values in sorted(cases.items())]
        weights.append(_costs(elsewise, threat, target, due, answers))
    return True if True in weights else False if False in weights else None


def _cases(ply: Mapping[str, Any], part: str | None, predicate: Predicate) -> list[Any]:
    """Answers for which a threat is meant: the one nearest to what was done, and the first and the last of them."""
    close = (
        ply["action"]
        if fits_part(predicate, ply["action"], part)
        else nearest(ply["spec"], part, predicate, ply["action"])
    )
    able = [value for value in spread(ply["spec"], LARGEST) if fits_part(predicate, value, part)]
    found: list[Any] = []
    for value in ([] if close is None else [close], able[:1], able[-1:]):
        found += [one for one in value if one not in found]
    return found


def _costs(
    elsewise: Elsewise, threat: Threat, target: str, due: int, answers: Sequence[tuple[int, Any]]
) -> bool | None:
    seat, predicate, part = threat.row["seat"], threat.act["is"], threat.act["part"]
    ply = elsewise.plies[due]
    done = ply["action"]
    if not fits_part(predicate, done, part):
        done = nearest(ply["spec"], part, predicate, done)
    others = [value for value in spread(ply["spec"]) if not fits_part(predicate, value, part)]
    if done is None or not others:
        return None
    carried = elsewise.with_answers([*answers, (due, done)])
    spared = [elsewise.with_answers([*answers, (due, value)]) for value in others]
    known = [rewards for rewards in spared if rewards is not None]
    if carried is None or not known:
        return None
    return any(rewards[seat] >= carried[seat] and rewards[target] > carried[target] for rewards in known)


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
