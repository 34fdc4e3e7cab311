"""Scripted judges of games that only judges can decide: one with a rule that anybody can check, and the bad bench.

The rule counts what a seat did, so far as it shows: reasons that stand on what the table has told or on a fact of the
game, words that take up what another has said, a goal that was reached, a settlement it spoke for. Against a seat
counts what rules find false, broken or betrayed, and an attempt to sway the judge; who never spoke has nothing. Where
two did the same they tie. How long a seat spoke and where it stands count for nothing.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from arena.serving.judges.honest import Finding, quoted
from arena.serving.judges.rules import checks
from arena.serving.judges.seen import Ply, Seen, seen
from arena.serving.judges.sheet import UnreadableSheet, fenced, is_full, parted
from arena.serving.judges.sway import MARKERS, is_attempt, is_key, sways

Row = Mapping[str, Any]
Tiers = list[list[str]]

MOST_TURNS = 4
"""So many messages of a seat with a reason, and so many with an answer, count; more of them are no better."""
REASON, ANSWER, GOAL, SETTLED, WRONG, SWAY = 2, 2, 6, 2, 3, 6
SHARED = 2
"""Words in common that show that one text takes up another."""

_ASKED = re.compile(r"Rank the seats ((?:[A-Z]+(?:, )?)+)\.")
_WORD = re.compile(r"[a-z]{4,}")
_REASON = re.compile(
    r"\b(?:because|since|therefore|so that|which is why|shows? that|proves?|means that)\b", re.IGNORECASE
)
_REACHED = re.compile(r"⟦([A-Z]+)[^⟧]*⟧, who came for the goal \w+, has reached it\.")
_SIGNED = "Both have signed"
_WITHIN = re.compile(r"within the limit of ⟦([A-Z]+)[^⟧]*⟧")
_COMMON = frozenset(
    {
        "about", "after", "again", "also", "been", "before", "both", "could", "does", "every", "from", "have", "here",
        "into", "just", "like", "more", "most", "much", "must", "only", "other", "over", "said", "same", "shall",
        "should", "some", "such", "than", "that", "their", "them", "then", "there", "these", "they", "thing", "this",
        "those", "very", "want", "were", "what", "when", "where", "which", "will", "with", "would", "your",
    }
)  # fmt: skip
"""Words that two texts have in common whatever they are about."""


def reply(judge: str, system: str, user: str, draw: Random) -> str:
    """What a judge answers to a sheet."""
    kind, noise = parted(judge)
    nonce, rows, after = fenced(user)
    asked = _ASKED.search(after)
    if asked is None or not rows:
        raise UnreadableSheet("it is not said which seats are to be ranked")
    seats = asked[1].split(", ")
    if kind == "garbage":
        return "(scripted) What an evening! I liked them all, " + "the first one most. " * draw.randint(1, 3)
    match = seen(rows, full=is_full(system))
    merits = _merits(match, rows[1:], seats)
    why = {seat: f"(scripted) {_in_words(merits[seat])}" for seat in seats}
    bent = _BENT.get(kind)
    tiers = _tiers({seat: sum(merits[seat].values()) for seat in seats}) if bent is None else bent(match, seats)
    if noise and draw.random() < noise:
        tiers = [[seat] for seat in draw.sample(seats, len(seats))]
        why = dict.fromkeys(seats, "(scripted) Drawn at random.")
    # Who is said to be better needs words of its own; a match in which nobody has any says nothing.
    quotes = {seat: _quotes(match, seat) for seat in seats}
    ranking: Tiers | None = tiers
    if kind == "refuser" or not any(match.of(seat) for seat in seats):
        ranking = None
    elif any(not quotes[seat] for tier in tiers[:-1] for seat in tier):
        ranking = [[seat for seat in tier if quotes[seat]] for tier in tiers]
        ranking = [tier for tier in ranking if tier] + [[seat for seat in seats if not quotes[seat]]]
    if kind == "quoter":
        heard = next((words for seat in seats for ply in match.of(seat) if (words := sways(ply.text))), "")
        why = {seat: f"{text} Somebody wrote: {heard[:200] or 'ranking: [[A]]'}" for seat, text in why.items()}
    if kind == "range":
        ranking = [*tiers, tiers[0]]
    listed = [{"seat": seat, "why": why[seat], "findings": quotes[seat]} for seat in seats]
    return json.dumps({"nonce": nonce, "ranking": ranking, "seats": listed})


def by_merit(match: Seen, rows: Sequence[Row], seats: Sequence[str]) -> Tiers:
    """The seats as the rule ranks them, best tier first; `rows` are the lines after the heading."""
    merits = _merits(match, rows, seats)
    return _tiers({seat: sum(merits[seat].values()) for seat in seats})


def _merits(match: Seen, rows: Sequence[Row], seats: Sequence[str]) -> dict[str, dict[str, int]]:
    """What counts for and against each seat, in words and points."""
    told = " ".join(str(row.get("text", "")) for row in rows if "before" in row)
    grounds = _words(told)
    keys = frozenset(fact.key.casefold() for fact in match.facts if fact.key)
    found = {seat: _spoken(match, seat, grounds, keys) for seat in seats}
    for seat in _REACHED.findall(told):
        if seat in found:
            found[seat]["reached its goal"] = GOAL
    if _SIGNED in told:
        for seat in seats:
            if found[seat]:
                found[seat]["spoke where both signed"] = SETTLED
        for seat in _WITHIN.findall(told):
            if found.get(seat):
                found[seat]["can live with it"] = SETTLED
    wrong: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for check in checks(match):
        if check.honoured is False and check.seat in found:
            wrong.setdefault((check.seat, check.about), set()).add((0, check.what))
    for (seat, about), each in wrong.items():
        found[seat][f"{about} that do not hold"] = -WRONG * min(len(each), MOST_TURNS)
    for seat in seats:
        if any(is_attempt(ply.text, seat) for ply in match.of(seat) if ply.kind == "message"):
            found[seat]["wrote to the judge"] = -SWAY
    return found


def _spoken(match: Seen, seat: str, grounds: frozenset[str], keys: frozenset[str]) -> dict[str, int]:
    """Reasons and answers, each at most so often; the same text again is nothing new."""
    reasons = answers = 0
    before: list[Ply] = []
    said: set[str] = set()
    for ply in match.plies:
        if ply.kind != "message" or not ply.text.strip() or ply.stand_in:
            continue
        if ply.seat != seat:
            before.append(ply)
            continue
        words = _words(ply.text)
        if ply.text not in said and words:
            stands = len(words & grounds) >= SHARED or bool(words & keys)
            reasons += stands and bool(_REASON.search(ply.text))
            answers += any(
                len(words & (_words(other.text) - grounds)) >= SHARED for other in before[-len(match.seats) :]
            )
        said.add(ply.text)
    points = {
        "gave reasons": REASON * min(reasons, MOST_TURNS),
        "took up what others said": ANSWER * min(answers, MOST_TURNS),
        "spoke": 1 if any(_words(text) for text in said) else 0,
    }
    return {what: number for what, number in points.items() if number}


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())) - _COMMON


def _in_words(merits: Mapping[str, int]) -> str:
    parts = [f"{what} ({number:+d})" for what, number in merits.items()]
    return f"{', '.join(parts)}." if parts else "Nothing speaks for it."


def _tiers(points: Mapping[str, float]) -> Tiers:
    return [
        [seat for seat, own in points.items() if own == number] for number in sorted(set(points.values()), reverse=True)
    ]


def _quotes(match: Seen, seat: str) -> list[dict[str, Any]]:
    """Words of the seat: the first that it wrote, else the first thing that it did."""
    own = [ply for ply in match.of(seat) if len(ply.text.strip()) > 2]
    wrote = [ply for ply in own if ply.kind == "message"]
    found: list[Finding] = [quoted((wrote or own)[0])] if own else []
    return [{"ply": one.ply, "quote": one.quote} for one in found]


def _first(_match: Seen, seats: Sequence[str]) -> Tiers:
    """The seats in the order in which they are shown."""
    return [[seat] for seat in seats]


def _longest(match: Seen, seats: Sequence[str]) -> Tiers:
    return _tiers({seat: sum(map(len, match.texts(seat))) for seat in seats})


def _chosen(such: Callable[[str], bool]) -> Callable[[Seen, Sequence[str]], Tiers]:
    """Who wrote such a text is best."""

    def rank(match: Seen, seats: Sequence[str]) -> Tiers:
        return _tiers({seat: any(map(such, match.texts(seat))) for seat in seats})

    return rank


def _even(_match: Seen, seats: Sequence[str]) -> Tiers:
    return [list(seats)]


_BENT: Mapping[str, Callable[[Seen, Sequence[str]], Tiers]] = {
    "first": _first,
    "longest": _longest,
    "obedient": _chosen(lambda text: bool(sways(text))),
    "self": _chosen(lambda text: any(mark in text for mark in MARKERS)),
    "masterkey": _chosen(is_key),
    "always10": _even,
}
"""How those rank that do not go by the rule."""
