"""Judges of judgements: models that say which of two judgements of a match its record supports better."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Unpack

from arena.judge import Verdict
from arena.judging.judgement import META
from arena.judging.member import MemberOptions, member
from arena.judging.meta.compare import Comparison, Pair, asked_of, pairs
from arena.judging.meta.known import Known, decided, known_of, places_known
from arena.judging.rubric import Rubric
from arena.judging.rubric import rubric as find_rubric
from arena.judging.sheets.shown import Source
from arena.judging.task import Material, Task


def questions(
    material: Material,
    *,
    models: Sequence[str],
    rubric: str = "conduct",
    share: float = 0.25,
    checked: float = 0.1,
    **request: Unpack[MemberOptions],
) -> Iterator[Task]:
    """Pairs of judges that answered the same question about one match, each in both orders, to each model.

    `share` of the pairs are asked about. Two that come to the same tie, and where rules know the truth they decide:
    neither is asked about, but for the share `checked` of those that rules decide. Of these only what rules know is
    shown, so that the answers show how good these models are.
    """
    asked = find_rubric(rubric)
    chosen = [pair for pair in pairs(material.judgements) if _is_about(pair, asked.tag)]
    known = known_of(material.judgements)
    wanted = list(_wanted(chosen, known, asked, share, checked))
    if not wanted:
        return
    source = Source(material.record, material.rules)
    for model in models:
        judge = member(model, **request)
        for pair, of in wanted:
            for order in (0, 1):
                yield Task(Comparison(source, asked, pair, META + model, order, of), judge)


def judge(record: dict[str, Any], **options: Any) -> list[Verdict]:
    """Nothing: of a match alone there are no judgements to compare."""
    del record, options
    return []


def _wanted(
    chosen: Iterable[Pair], known: Known, asked: Rubric, share: float, checked: float
) -> Iterator[tuple[Pair, str]]:
    """What is asked about: a pair, and what the two were asked where only what rules know of it is shown."""
    for pair in chosen:
        if decided(pair.a, pair.b, known, asked) is None:
            if not pair.same and pair.drawn(share, "asked"):
                yield pair, ""
        elif pair.drawn(checked, "checked"):
            places = places_known(pair, known, asked)
            part = pair.narrowed(lambda verdict, places=places: (verdict.seat, verdict.criterion) in places)
            yield part, pair.question


def _is_about(pair: Pair, rubric: str) -> bool:
    return pair.ranking or asked_of(pair.question)[0] == rubric
