"""How good each judge is, which ones are left out, and what may be believed of what they say."""

from arena.board import Log
from arena.judging.figures import Against, Quality
from arena.judging.measured import Panel, by_rubric, rubric_in
from arena.judging.tested import below, tested

__all__ = ["Against", "Quality", "left_out", "qualities", "rubric_in", "validated"]


def qualities(log: Log) -> dict[str, Quality]:
    """What is known of each judge that a model or a person is, by name."""
    panel = Panel(log)
    return {judge: panel.quality(judge) for judge in panel.judges}


def left_out(log: Log) -> frozenset[str]:
    """The judges below the bar on enough canaries: they are shown, and nothing is settled by them."""
    asked_about = rubric_in(log)
    return below(tested(by_rubric(log.judgements, asked_about), log.canaries, asked_about), asked_about)


def validated(log: Log) -> dict[tuple[str, str], bool]:
    """By dimension and view of the rubric: whether what judges say there may stand beside what rules decide.

    It may where the judges that are not left out agree with each other, and their median agrees with the truth, as far
    as the rubric's bar asks. What rules cannot check nobody has validated yet.
    """
    panel = Panel(log)
    bar = panel.rubric.bar
    found: dict[tuple[str, str], bool] = {}
    for dimension in panel.rubric.dimensions:
        for view in dimension.views:
            agreed = panel.alpha(panel.reliable, dimension.name, view)
            against = panel.against(panel.settled(dimension.name, view), dimension.name, view)
            enough = against.violated.of + against.clean.of >= bar.opportunities
            found[dimension.name, view] = bool(
                enough
                and agreed is not None
                and agreed >= bar.alpha
                and against.balanced is not None
                and against.balanced >= bar.accuracy
            )
    return found
