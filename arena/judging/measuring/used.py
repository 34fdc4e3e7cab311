"""The rubrics by which matches were judged, and what was judged by each."""

from collections.abc import Iterable

from arena.board import Log
from arena.errors import unknown
from arena.judging.entry import rubric_of
from arena.judging.judgement import Judgement
from arena.judging.rubric import Rubric, rubric, rubrics
from arena.judging.runs.items import LAST


def used_rubrics(log: Log) -> list[Rubric]:
    """Every rubric of these judges or by which anything was judged: that of the judge that was entered last first.

    Judges of judgements come after those who score. Of a rubric that no judge has any more only the built-in ones and
    those in `judges/rubrics/` can still be found.
    """
    entries = list(log.judges.values())[::-1]
    entries.sort(key=lambda detail: detail.get("kind") in LAST)
    found = {one.sha256: one for detail in entries if (one := rubric_of(detail)) is not None}
    used = {one.question.partition("/")[0] for one in log.judgements}
    used -= {one.tag for one in found.values()}
    names = {name.partition("@")[0] for name in used}
    for name in rubrics():
        if name in names and (one := rubric(name)).tag in used:
            found[one.sha256] = one
    return list(found.values())


def rubric_in(log: Log, name: str | None = None) -> Rubric:
    """The rubric of that name by which these matches were judged; without a name the one that was used last."""
    found = used_rubrics(log)
    if name is None:
        return found[0] if found else rubric("conduct")
    for one in found:
        if one.name == name:
            return one
    raise unknown("rubric by which these matches were judged", name, [one.name for one in found])


def by_rubric(judgements: Iterable[Judgement], asked_about: Rubric) -> list[Judgement]:
    """The judgements by a rubric."""
    return [one for one in judgements if one.question.startswith(f"{asked_about.tag}/")]


def others_in(log: Log, asked_about: Rubric) -> list[str]:
    """Notes on the other rubrics, where there are any."""
    names = list(dict.fromkeys(one.name for one in used_rubrics(log) if one.name != asked_about.name))
    if not names:
        return []
    more = " or ".join(f"--option rubric={name}" for name in names)
    return [f"judged by the rubric {asked_about.name}; for what was judged by another: {more}"]
