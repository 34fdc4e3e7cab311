"""What rules say of a match: as they judged it, else as was counted when it ended."""

from collections.abc import Iterable, Iterator

from arena.board import Result
from arena.judging.judgement import GIVEN, PROCEDURAL, Judgement
from arena.match import seat_names


def ruled(result: Result, judgements: Iterable[Judgement]) -> Iterator[tuple[str, str, float]]:
    """Seat, dimension as rules call it, and the share that was honoured, wherever there was an opportunity.

    `judgements` are those of this match; where several versions of the rules judged it, the last of them counts.
    """
    if result.outcome == "void":
        return
    judged = [one for one in judgements if one.judge == PROCEDURAL and one.status == GIVEN]
    if judged:
        for verdict in judged[-1].verdicts:
            if verdict.score is not None:
                yield verdict.seat, verdict.criterion, verdict.score
        return
    seats = seat_names(len(result.agents))
    for place, of in result.conduct.items():
        for name, (honoured, chances) in {**of.get("cells", {}), **of.get("beside", {})}.items():
            if chances:
                yield seats[place], name, honoured / chances
