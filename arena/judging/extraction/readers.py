"""How well extractors find the acts of planted texts, and which of them are not believed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.acts import read_act
from arena.board import Log
from arena.evidence.predicate import follows
from arena.identity import canonical
from arena.judging.extraction.extend import readings
from arena.judging.extraction.planted import KIND
from arena.judging.extraction.vocabulary import readable, vocabulary
from arena.judging.judgement import EXTRACT, Canary, Judgement
from arena.judging.measuring.agreement import Share
from arena.judging.rubric import Bar
from arena.ratings.stats import wilson
from arena.turn import Vocabulary


@dataclass(frozen=True, slots=True)
class ReaderQuality:
    """How an extractor did on planted texts."""

    precision: Share
    """Of the acts that it read, those that are there."""
    recall: Share
    """Of the acts that are there, those that it read; a text that it failed to read holds none for it."""
    texts: Share
    """The texts that it read without a fault of either kind."""
    failed: int
    """Texts for which its replies were no answer."""


def measured(canaries: Iterable[Canary], judgements: Iterable[Judgement]) -> dict[str, ReaderQuality]:
    """By extractor, over the planted texts that were put to it."""
    given: dict[str, list[Judgement]] = {}
    for one in judgements:
        if one.judge.startswith(EXTRACT):
            given.setdefault(one.item, []).append(one)
    counts: dict[str, list[int]] = {}
    for canary in canaries:
        if canary.kind.startswith(KIND):
            judges = sorted({one.judge for one in given.get(canary.id, ())})
            found = readings(canary.record, given.get(canary.id, ()))
            for judge in judges:
                _count(canary, found.get(judge), counts.setdefault(judge, [0] * 6))
    return {
        judge: ReaderQuality(Share(right, read), Share(right, there), Share(clean, texts), failed)
        for judge, (right, read, there, clean, texts, failed) in sorted(counts.items())
    }


def _count(canary: Canary, read: Mapping[int, Sequence[Mapping[str, Any]]] | None, counts: list[int]) -> None:
    (ply,) = readable(canary.record)
    words = vocabulary(canary.record, ply)
    speaker = canary.record["plies"][ply]["seat"]
    left = [read_act(act, speaker, words) for act in canary.truth["acts"]]
    there = len(left)
    right = 0
    found = [] if read is None else [entry["act"] for entry in read[ply]]
    for act in found:
        same = next((one for one in left if alike(one, act, words)), None)
        if same is not None:
            left.remove(same)
            right += 1
    clean = read is not None and right == there == len(found)
    for place, number in enumerate((right, len(found), there, clean, 1, read is None)):
        counts[place] += number


def alike(one: Mapping[str, Any], other: Mapping[str, Any], words: Vocabulary) -> bool:
    """Whether two acts say the same, in whatever operators."""
    if any(one.get(name) != other.get(name) for name in ("act", "seat", "key", "part")):
        return False
    parts = [_subjects(act) for act in (one, other)]
    return parts[0].keys() == parts[1].keys() and all(
        _equal(predicate, parts[1][at], at, words, claimed=one["act"] == "claim") for at, predicate in parts[0].items()
    )


At = tuple[str, str, str | None, bool]


def _subjects(act: Mapping[str, Any]) -> dict[At, Any]:
    """What an act and its conditions are about, with what they say of it; the last tells conditions from the act."""
    found: dict[At, Any] = {}
    if "is" in act:
        found[act["seat"], act["key"], act["part"], False] = act["is"]
    for one in act.get("if", ()):
        found[one["seat"], one["key"], one["part"], True] = one["is"]
    return found


def _equal(one: Any, other: Any, at: At, words: Vocabulary, *, claimed: bool) -> bool:
    if canonical(one) == canonical(other):
        return True
    _, key, part, condition = at
    keys = words.claim if claimed or (condition and key not in words.promise) else words.promise
    spec = list(keys[key].data())
    return all(follows(spec, part, a, [(part, b)]) == "true" for a, b in ((one, other), (other, one)))


def reader_qualities(log: Log) -> dict[str, ReaderQuality]:
    """By extractor, how it did on the texts that were planted among the matches of a log."""
    return measured(log.canaries, log.judgements)


def readers_below(log: Log, bar: Bar) -> frozenset[str]:
    """The extractors that surely miss or make up more than the bar allows: even their intervals end under it."""
    return frozenset(
        judge
        for judge, one in reader_qualities(log).items()
        if one.texts.of >= bar.opportunities
        and any(
            share.of and wilson(share.count / share.of, share.of)[1] < bar.accuracy
            for share in (one.precision, one.recall)
        )
    )
