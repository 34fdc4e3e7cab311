"""People as judges: a blind sheet is drawn from what is stored, and read back when somebody has filled it in.

A row of the sheet is one seat of one match in one dimension and view, with the record as any judge is shown it. What a
person says is kept like what a model says, under the name `human:NAME`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from arena.board import Log
from arena.errors import UsageError
from arena.judge import Evidence, Verdict
from arena.judging.judgement import GIVEN, HUMAN, Judgement
from arena.judging.measuring.used import rubric_in
from arena.judging.people import spreadsheet
from arena.judging.people.drawn import Slot, picked, slots, voices
from arena.judging.people.spreadsheet import Line
from arena.judging.rubric import TOP, Rubric
from arena.judging.runs.items import rules_of
from arena.judging.sheets.asking import About
from arena.judging.sheets.fence import SIGHT, Call, Sheet, fences, sheet_of
from arena.judging.sheets.reply import stands
from arena.judging.sheets.shown import Source
from arena.store import Store
from arena.terminal import safe

COLUMNS = ("row", "question", "transcript", "score", "ply", "quote", "why")
"""What a sheet has; people fill in the last four."""
ANYBODY = "a person"
"""The seats are called alike for everybody, so that a sheet can be filled in by several."""
_FILLED = COLUMNS[3:]
_CAP = 24_000
"""Characters of a record; a spreadsheet cuts a cell at 32,767."""
_CODE = re.compile(r"R(\d{1,6})of(\d{1,6})-([0-9a-f]{10})-([0-9a-f]{4})")
_SCORE = re.compile(r"(\d{1,6})(?:[.,]0*)?")
_NAME = re.compile(r"[\w .@+-]{1,60}")
_MOST = 20
"""So many mistakes of a sheet are told at once."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was read of a sheet."""

    judgements: tuple[Judgement, ...]
    """What is new, now in the store."""
    before: int
    """Rows that were read before."""
    changed: tuple[str, ...]
    """Where a row was read before and says something else now: what was judged stays."""
    empty: int
    """Rows that nobody has filled in yet."""


def write_sheet(
    store: Store, tournament: str, number: int, path: Path, name: str, *, rubric: Rubric | None = None
) -> int:
    """Draw so many rows for a person and write them; returns how many there were to draw.

    What this person has judged already is left out. Raises `UsageError` where there is a file already or nothing is
    left to ask.
    """
    if number < 1:
        raise UsageError(f"a sheet has one row or more, got {number}")
    judge = judge_name(name)
    if path.exists():
        raise UsageError(f"{path}: is there already; name another file")
    log = cast("Log", store.log(tournament))
    asked = rubric or rubric_in(log)
    done = {
        (one.item, verdict.criterion, verdict.view)
        for one in log.judgements
        if one.judge == judge
        for verdict in one.verdicts
    }
    among = list(slots(log.results, asked))
    heard = voices(log, asked)
    drawn = picked(among, {slot: heard.state(slot) for slot in among}, number, [tournament, asked.sha256], done)
    if not drawn:
        raise UsageError(f"{tournament}: there is nothing that {name} could judge and has not judged")
    rows = [_row(store, tournament, asked, slot, place, len(drawn)) for place, slot in enumerate(drawn, 1)]
    try:
        path.write_bytes(spreadsheet.written(COLUMNS, rows))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    return len(drawn)


def read_sheet(store: Store, tournament: str, path: Path, name: str, *, rubric: Rubric | None = None) -> Filled:
    """Read what a person has filled in, and keep what is new of it; rows without an entry stay as they are.

    Raises `UsageError` with file and line for every mistake, and then keeps nothing.
    """
    judge = judge_name(name)
    log = cast("Log", store.log(tournament))
    asked = rubric or rubric_in(log)
    lines = spreadsheet.read(path, COLUMNS)
    known = {slot.code(tournament, asked): slot for slot in slots(log.results, asked)}
    mistakes: list[str] = []
    given: list[tuple[Line, Judgement]] = []
    rows: dict[int, Line] = {}
    totals: set[int] = set()
    empty = 0
    for line in lines:
        try:
            number, total, slot = _coded(line, known, tournament)
            if number in rows:
                raise UsageError(f"row {line.cells['row']} stands there twice; it is on line {rows[number].number} too")
            rows[number] = line
            totals.add(total)
            judgement = _judgement(store, line, slot, asked, judge)
        except UsageError as error:
            mistakes.append(f"{path}:{line.number}: {error}")
            continue
        if judgement is None:
            empty += 1
        else:
            given.append((line, judgement))
    if not mistakes:
        mistakes += _incomplete(path, rows, totals)
    if mistakes:
        more = f"\nand {len(mistakes) - _MOST} more" if len(mistakes) > _MOST else ""
        raise UsageError("\n".join(mistakes[:_MOST]) + more)
    return _keep(store, store.tournaments()[tournament], path, judge, given, empty)


def judge_name(name: str) -> str:
    """What a person's judgements are kept under."""
    if not _NAME.fullmatch(name) or name != name.strip():
        raise UsageError(f"a person who judges cannot be named {name[:60]!r}; use letters, digits and - . @ +")
    return HUMAN + name


# Writing.


def _row(store: Store, tournament: str, rubric: Rubric, slot: Slot, number: int, total: int) -> dict[str, str]:
    shown = _sheet(store, rubric, slot)
    (label,) = (label for label, seat in shown.seats.items() if seat == slot.seat)
    dimension = rubric.dimension(slot.dimension)
    scale = "\n".join(f"{score}: {anchor}" for score, anchor in enumerate(dimension.scale))
    question = (
        f"How did seat {label} behave? {dimension.text}\n{scale}\nnone: the record does not show enough to say.\n"
        f"You see what {SIGHT[slot.view]}."
    )
    code = slot.code(tournament, rubric)
    return {
        "row": f"R{number}of{total}-{code}-{_check(number, total, code)}",
        "question": question,
        "transcript": "\n".join(_transcript(shown)),
    }


def _sheet(store: Store, rubric: Rubric, slot: Slot) -> Sheet:
    record = store.record(slot.match)
    source = Source(record, rules_of(record, store.source(record["source_sha256"])))
    return sheet_of(source, rubric, Call(ANYBODY, slot.dimension, slot.view), _CAP)


def _transcript(shown: Sheet) -> Iterator[str]:
    """The record as a person reads it: one thing a line, so that no text can pass for another's."""
    begins, ends = fences(shown.nonce)
    lines = shown.user.split("\n")
    heading, *body = (json.loads(line) for line in lines[lines.index(begins) + 1 : lines.index(ends)])
    yield f"Game: {safe(heading['game'])}. Seats: {', '.join(heading['seats'])}."
    yield "Rules:"
    for line in heading["rules"].split("\n"):
        # Set in, so that none of them can pass for what happened.
        if line.strip():
            yield f"    {safe(line)}"
    for norm in heading["norms"]:
        yield f"Allowed: {safe(norm)}"
    for row in body:
        yield _told(row)


def _told(row: Mapping[str, Any]) -> str:
    if "ply" not in row and "before" not in row:
        return safe(", ".join(f"{key} {value}" for key, value in row.items()))
    who = str(row.get("seat", "table"))
    heard = "" if "to" not in row else f" (to {', '.join(row['to'])} only)" if row["to"] else " (unseen by others)"
    kind = " (a stand-in)" if row.get("stand_in") else "" if row["kind"] in ("message", "tell") else f" ({row['kind']})"
    acts = "".join(f" {safe(act)}" for act in row.get("acts", ()))
    place = f"ply {row['ply']}, " if "ply" in row else ""
    if "ply" not in row and who != "table":
        who = f"table, of {who}"
    return f"{place}{who}{heard}{kind}: {safe(row['text'])}{acts}"


def _check(number: int, total: int, code: str) -> str:
    return sha256(f"{number}/{total}/{code}".encode()).hexdigest()[:4]


# Reading.


def _coded(line: Line, known: Mapping[str, Slot], tournament: str) -> tuple[int, int, Slot]:
    """The number of a row, how many there are, and what it asks."""
    text = line.cells["row"].strip()
    found = _CODE.fullmatch(text)
    if found is None or found[4] != _check(int(found[1]), int(found[2]), found[3]):
        raise UsageError(f"the cell in column row was changed: {safe(text[:60])!r}; copy it from the sheet as written")
    slot = known.get(found[3])
    if slot is None:
        raise UsageError(f"row {text} is of another tournament or rubric, not of {tournament}; see --tournament")
    return int(found[1]), int(found[2]), slot


def _judgement(store: Store, line: Line, slot: Slot, rubric: Rubric, judge: str) -> Judgement | None:
    """What a person says of a slot; None where nothing is filled in."""
    cells = {column: line.cells[column].strip() for column in _FILLED}
    if not any(cells.values()):
        return None
    score = _score(cells["score"])
    evidence: tuple[Evidence, ...] = ()
    why = cells["why"]
    if cells["quote"] or cells["ply"] or why:
        shown = _sheet(store, rubric, slot)
        why = shown.masks.show(why)
        if cells["quote"] or cells["ply"]:
            evidence = (_evidence(shown, slot, cells["ply"], cells["quote"]),)
    share = None if score is None else score / TOP
    verdict = Verdict(slot.match, judge, slot.seat, slot.dimension, share, why, evidence, slot.view)
    question = About(rubric.tag, slot.dimension, slot.view, 0).id
    return Judgement(slot.match, judge, question, GIVEN, (verdict,))


def _score(text: str) -> int | None:
    if text.lower() == "none":
        return None
    found = _SCORE.fullmatch(text)
    if found is None or int(found[1]) > TOP:
        said = f"got {safe(text[:40])!r}" if text else "it is empty and the row is not"
        raise UsageError(f"score must be a whole number from 0 to {TOP}, or none: {said}")
    return int(found[1])


def _evidence(shown: Sheet, slot: Slot, ply: str, quote: str) -> Evidence:
    if not quote:
        raise UsageError(f"ply {safe(ply[:20])} is named and nothing is quoted; quote the words, or empty the cell ply")
    own = {number: texts for number, (label, texts) in shown.quotable.items() if shown.seats[label] == slot.seat}
    if not ply:
        place = next((number for number, texts in own.items() if _quoted(quote, texts)), None)
        if place is None:
            raise UsageError(f"the seat says these words nowhere: {safe(quote[:60])!r}")
        return Evidence(place, shown.masks.show(quote))
    found = _SCORE.fullmatch(ply)
    number = int(found[1]) if found else -1
    if number not in own:
        whose = shown.quotable[number][0] if number in shown.quotable else ""
        said = f"ply {number} is of seat {whose}" if whose else f"there is no ply {safe(ply[:20])}"
        raise UsageError(f"{said}; the seat asked about has: {', '.join(map(str, own)) or 'none'}")
    if not _quoted(quote, own[number]):
        raise UsageError(f"these words do not stand in ply {number}: {safe(quote[:60])!r}")
    return Evidence(number, shown.masks.show(quote))


def _quoted(quote: str, texts: tuple[str, ...]) -> bool:
    return any(stands(quote, text) or stands(quote, safe(text)) for text in (*texts, " ".join(texts)))


def _incomplete(path: Path, rows: Mapping[int, Line], totals: set[int]) -> list[str]:
    """What is missing of a sheet of which every row could be read."""
    if not rows:
        return [f"{path}: has no rows"]
    if len(totals) > 1:
        return [f"{path}: has rows of several sheets; read each by itself"]
    missing = [number for number in range(1, max(totals) + 1) if number not in rows]
    if not missing:
        return []
    after = max((number for number in rows if number < missing[0]), default=None)
    line = rows[after].number if after else 1
    listed = ", ".join(f"R{number}" for number in missing[:5]) + (" and more" if len(missing) > 5 else "")
    return [f"{path}:{line}: {listed} of {max(totals)} rows is missing after this line; rows may stay empty, not go"]


def _keep(
    store: Store, tournament: int, path: Path, judge: str, given: list[tuple[Line, Judgement]], empty: int
) -> Filled:
    there = {one.key: one for one in store.judgements(tournament) if one.judge == judge}
    new = [one for _, one in given if one.key not in there]
    changed = tuple(
        f"{path}:{line.number}: row {line.cells['row']} was read before and said something else; that stays"
        for line, one in given
        if one.key in there and there[one.key].body() != one.body()
    )
    store.judge(tournament, new)
    return Filled(tuple(new), len(given) - len(new), changed, empty)
