"""Conduct with the acts counted that messages only say in words, and as verdicts of who read them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from arena.board import DIMENSIONS, Log, Result
from arena.conduct import rows, summary
from arena.judge import Evidence, Verdict
from arena.judging.extraction.extend import in_full, readings, with_acts
from arena.judging.extraction.vocabulary import readable
from arena.judging.judgement import EXTRACT, Judgement
from arena.ratings.conduct import Tally, tally

Record = Mapping[str, Any]
_TYPED = ("acts", "acted")


def summary_read(
    record: Record, judgements: Iterable[Judgement], *, reader: str | None = None, leave_out: Collection[str] = ()
) -> dict[int, dict[str, Any]] | None:
    """As `arena.conduct.summary`, with acts that were read out of texts; None where nobody read all messages.

    `acts` and `acted` are those that were typed, as before; `extracted` has the seat's acts that were read out, and
    `untyped` its messages that held one and typed none. A match without a message is read as it stands.
    """
    read = in_full(record, readings(record, judgements, reader, leave_out))
    if not read and readable(record):
        return None
    whole = with_acts(record, read)
    found = summary(record)
    more = summary(whole) if read else found
    seats = list(record["seats"])
    for number, seat in enumerate(seats):
        own = [ply["acts"] for ply in whole["plies"] if ply["seat"] == seat and ply["kind"] == "message"]
        extracted = [[act for act in acts if act.get("source") == "extracted"] for acts in own]
        found[number] = {
            **more[number],
            **{name: found[number][name] for name in _TYPED},
            "extracted": sum(map(len, extracted)),
            "untyped": sum(bool(new) and len(new) == len(acts) for new, acts in zip(extracted, own, strict=True)),
        }
    return found


@dataclass(frozen=True, slots=True)
class Read:
    """The matches of a log as their texts were read."""

    results: tuple[Result, ...]
    """Those that were read in full, with their conduct as `summary_read` gives it."""
    unread: tuple[Result, ...]
    """Those with a message that nobody read; they count for nothing here."""


def results_read(
    log: Log, results: Sequence[Result] | None = None, *, reader: str | None = None, leave_out: Collection[str] = ()
) -> Read:
    """The matches of a log, or those of its results, that were read in full; none where no extractor was at work."""
    by_item: dict[str, list[Judgement]] = {}
    canaries = {one.id for one in log.canaries}
    for one in log.judgements:
        if one.judge.startswith(EXTRACT) and one.item not in canaries:
            by_item.setdefault(one.item, []).append(one)
    found: list[Result] = []
    unread: list[Result] = []
    for result in log.results if results is None else results:
        if result.outcome == "void":
            continue
        given = by_item.get(result.id, [])
        counted = (
            summary_read(log.record(result.id), given, reader=reader, leave_out=leave_out)
            if by_item and (given or _silent(result))
            else None
        )
        if counted is None:
            unread.append(result)
        else:
            found.append(replace(result, conduct=counted))
    return Read(tuple(found), tuple(unread))


def _silent(result: Result) -> bool:
    return not any(seat.get("messages") for seat in result.conduct.values())


def tally_extracted(
    log: Log,
    results: Sequence[Result] | None = None,
    *,
    role: str | None = None,
    reader: str | None = None,
    leave_out: Collection[str] = (),
) -> dict[str, Tally]:
    """As `arena.ratings.conduct.tally`, over the matches, or those of these results, whose texts were read in full."""
    return tally(results_read(log, results, reader=reader, leave_out=leave_out).results, role=role)


def verdicts(record: Record, judgements: Iterable[Judgement]) -> list[Verdict]:
    """One verdict for each extractor, seat and dimension: honoured over opportunities, typed and extracted together.

    None without an opportunity, and without counts where the extractor has not read all messages.
    """
    given = list(judgements)
    found: list[Verdict] = []
    for judge, read in readings(record, given).items():
        full = in_full(record, {judge: read})
        if full:
            found += _verdicts(record, judge, with_acts(record, full))
            continue
        left = len(readable(record)) - len(read)
        told = f"{left} of {len(readable(record))} messages are not read"
        found += [
            Verdict(record["id"], judge, seat, dimension, None, told)
            for seat in record["seats"]
            for dimension in DIMENSIONS
        ]
    return found


def _verdicts(record: Record, judge: str, whole: Record) -> list[Verdict]:
    judged = [row for row in rows(whole) if row["counted"] and not row["licensed"]]
    quotes = {
        (ply["ply"], act["text"][1:-1]): act["quote"]
        for ply in whole["plies"]
        for act in ply["acts"]
        if act.get("source") == "extracted"
    }
    found: list[Verdict] = []
    for seat in record["seats"]:
        for dimension in DIMENSIONS:
            own = [row for row in judged if (row["seat"], row["dimension"]) == (seat, dimension)]
            opportunities = {row["opportunity"] for row in own}
            violated = [row for row in own if row["honoured"] is False]
            honoured = len(opportunities) - len({row["opportunity"] for row in violated})
            # Where nothing was violated, what was kept is shown: the words that were read as acts.
            shown = violated or [row for row in own if row["source"] == "extracted"]
            evidence = tuple(
                Evidence(row["ply"], quotes.get((row["ply"], row["statement"]), row["statement"])) for row in shown
            )
            told = f"{honoured} of {len(opportunities)} honoured" if opportunities else "no opportunity"
            score = honoured / len(opportunities) if opportunities else None
            counts = (honoured, len(opportunities))
            found.append(Verdict(record["id"], judge, seat, dimension, score, told, evidence, counts=counts))
    return found
