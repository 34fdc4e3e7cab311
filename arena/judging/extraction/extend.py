"""A record with the acts that were read out of its texts beside the typed ones."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from arena.evidence.predicate import follows
from arena.identity import canonical
from arena.judging.extraction.question import question_id
from arena.judging.extraction.vocabulary import readable, vocabulary
from arena.judging.judgement import EXTRACT, GIVEN, Judgement
from arena.turn import Vocabulary

Act = Mapping[str, Any]
Record = Mapping[str, Any]
Readings = Mapping[str, Mapping[int, Sequence[Act]]]
"""Who read which message how: extractor to ply to entries of `act` and `quote`."""

_KINDS = {"disclose": "claim", "threat": "promise"}
"""Words about a fact are held against its proof too, and in words alone a threat and a promise look alike."""


def readings(
    record: Record, judgements: Iterable[Judgement], reader: str | None = None, leave_out: Collection[str] = ()
) -> Readings:
    """What each extractor (or only this one) read out of this record; what it failed to read is not there."""
    plies = {question_id(ply): ply for ply in readable(record)}
    found: dict[str, dict[int, Sequence[Act]]] = {}
    for one in sorted(judgements, key=lambda one: one.key):
        if (
            one.item == record["id"]
            and one.status == GIVEN
            and one.judge.startswith(EXTRACT)
            and one.judge not in leave_out
            and reader in (None, one.judge)
            and one.question in plies
        ):
            found.setdefault(one.judge, {})[plies[one.question]] = one.data["acts"]
    return found


def in_full(record: Record, read: Readings) -> Readings:
    """Those extractors that read every message of the record."""
    plies = set(readable(record))
    return {judge: by_ply for judge, by_ply in read.items() if by_ply.keys() >= plies}


def extended(
    record: Record, judgements: Iterable[Judgement], *, reader: str | None = None, leave_out: Collection[str] = ()
) -> dict[str, Any]:
    """A copy of the record in which acts read out of a message stand behind its typed ones, `source` "extracted".

    They are those of one extractor, or those that more than half of the extractors who read the message found in it.
    What a message typed already, or what follows from that, is not added; what no value can make true together with
    an act that it typed has the words of that act under `contradicts`.
    """
    return with_acts(record, readings(record, judgements, reader, leave_out))


def with_acts(record: Record, read: Readings) -> dict[str, Any]:
    """The same from readings that were picked already."""
    plies = list(record["plies"])
    for number in sorted({ply for by_ply in read.values() for ply in by_ply}):
        agreed = _agreed([by_ply[number] for by_ply in read.values() if number in by_ply])
        if agreed:
            ply, words = plies[number], vocabulary(record, number)
            added = [entry for one in agreed if (entry := _beside(one, ply["acts"], words)) is not None]
            plies[number] = {**ply, "acts": [*ply["acts"], *added]}
    return {**record, "plies": plies}


def _agreed(given: Sequence[Sequence[Act]]) -> list[Act]:
    """What more than half of those who read one message found in it, in the order of the first to have it."""
    votes: dict[str, list[Act]] = {}
    for entries in given:
        for key, one in {_key(entry["act"]): entry for entry in reversed(entries)}.items():
            votes.setdefault(key, []).append(one)
    order = list(dict.fromkeys(_key(entry["act"]) for entries in given for entry in entries))
    return [votes[key][0] for key in order if 2 * len(votes[key]) > len(given)]


def _key(act: Act) -> str:
    return canonical({name: value for name, value in act.items() if name != "text"})


def _beside(entry: Act, own: Sequence[Act], words: Vocabulary) -> dict[str, Any] | None:
    """An act as it is added beside those that its message typed; None where they say it already."""
    act = entry["act"]
    same = [one for one in own if _same_subject(one, act)]
    marked = {**act, "source": "extracted", "quote": entry["quote"]}
    told = [_told(one, act, words) for one in same]
    if "false" in told:
        return {**marked, "contradicts": same[told.index("false")]["text"][1:-1]}
    return None if "true" in told else marked


def _same_subject(typed: Act, act: Act) -> bool:
    kinds = (_KINDS.get(one["act"], one["act"]) for one in (typed, act))
    return len({*kinds}) == 1 and (typed["seat"], typed["key"]) == (act["seat"], act["key"])


def _told(typed: Act, act: Act, words: Vocabulary) -> str:
    """Whether an act follows from a typed one (`true`), cannot be so with it (`false`), or neither (`unknown`)."""
    if act["act"] == "release":
        return "true"
    conditions = _conditions(typed)
    if conditions and conditions != _conditions(act):
        return "unknown"
    spec = (words.claim if act["act"] == "claim" else words.promise)[act["key"]]
    predicate = [["=", typed["value"]]] if typed["act"] == "disclose" else typed["is"]
    verdict = follows(list(spec.data()), act["part"], act["is"], [(typed.get("part"), predicate)])
    # What was promised without a condition and otherwise on one can both be meant: the last word is the condition's.
    return "unknown" if verdict == "false" and conditions != _conditions(act) else verdict


def _conditions(act: Act) -> list[str]:
    return sorted(canonical(one) for one in act.get("if", ()))
