"""How good each judge is, which ones are left out, and what may be believed of what they say."""

from dataclasses import replace

from arena.board import Log
from arena.judging.extraction.readers import reader_qualities, readers_below
from arena.judging.measuring.figures import Quality
from arena.judging.measuring.measured import Panel, below_bar
from arena.judging.measuring.used import rubric_in
from arena.judging.meta.known import meta_figures


def qualities(log: Log, rubric: str | None = None, *, panel: Panel | None = None) -> dict[str, Quality]:
    """What is known of each judge that a model or a person is, by name; `rubric` names another than the last one.

    `panel` is that of the log and rubric, where it was made before.
    """
    panel = panel or Panel(log, rubric)
    found = {judge: panel.quality(judge) for judge in panel.judges}
    ratings, comparing = meta_figures(log)
    for judge, rated in ratings.items():
        if judge in found:
            found[judge] = replace(found[judge], meta=rated.rating)
    for judge, one in comparing.items():
        if judge in found:
            unfit = not one.passes(panel.rubric.bar)
            found[judge] = replace(
                found[judge], canaries=one.accuracy, swap=one.consistency, abstained=one.abstained, left_out=unfit
            )
    unfit_readers = readers_below(log, panel.rubric.bar)
    for judge, one in reader_qualities(log).items():
        if judge in found:
            found[judge] = replace(
                found[judge],
                canaries=one.texts,
                precision=one.precision.value,
                recall=one.recall.value,
                left_out=judge in unfit_readers,
            )
    return found


def left_out(log: Log) -> frozenset[str]:
    """The judges below the bar on enough canaries: they are shown, and nothing is settled by them."""
    return below_bar(log) | readers_below(log, rubric_in(log).bar)


def validated(log: Log, rubric: str | None = None, *, panel: Panel | None = None) -> dict[tuple[str, str], bool]:
    """By dimension and view of the rubric: whether what judges say there may stand beside what rules decide.

    It may where the judges that are not left out agree with each other, and their median agrees with what rules decide,
    or with what people say, on enough seats and as far as the rubric's bar asks.
    """
    panel = panel or Panel(log, rubric)
    alpha = panel.rubric.bar.alpha
    return {
        (dimension.name, view): (agreed := panel.alpha(panel.reliable, dimension.name, view)) is not None
        and agreed >= alpha
        and (_by_rules(panel, dimension.name, view) or _by_people(panel, dimension.name, view))
        for dimension in panel.rubric.dimensions
        for view in dimension.views
    }


def _by_rules(panel: Panel, dimension: str, view: str) -> bool:
    """Whether the median tells offences from decent conduct where rules decide, canaries included."""
    bar = panel.rubric.bar
    against = panel.against(panel.settled(dimension, view), dimension, view)
    enough = against.violated.of + against.clean.of >= bar.opportunities
    return enough and against.balanced is not None and against.balanced >= bar.accuracy


def _by_people(panel: Panel, dimension: str, view: str) -> bool:
    """Whether people agree with the median as far as the judges have to agree among themselves."""
    bar = panel.rubric.bar
    seats, agreed = panel.with_people(dimension, view)
    return seats >= bar.opportunities and agreed is not None and agreed >= bar.alpha
