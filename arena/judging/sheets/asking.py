"""Questions about conduct: which there are for one match, how each is named, and how it is put to a judge."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from arena.errors import UsageError, unknown
from arena.judging.question import Reading
from arena.judging.rubric import ALL, ORDERS, OTHERS, VIEWS, Rubric
from arena.judging.sheets.fence import CAP, Call, Sheet, sheet_of
from arena.judging.sheets.reply import read_reply
from arena.judging.sheets.shown import Source
from arena.judging.sheets.view import has_thoughts


class About(NamedTuple):
    """What the id of a question about conduct says."""

    rubric: str
    """Its name and the beginning of its hash, as in `conduct@1a2b3c4d`."""
    dimension: str
    """A name, several joined by `+`, or `*` for all of the view."""
    view: str
    order: int

    @property
    def id(self) -> str:
        """As `Judgement.question` has it."""
        return f"{self.rubric}/{self.dimension}/{self.view}/{self.order}"


def about(question: str) -> About | None:
    """What a question's id says; None where it is not about conduct."""
    rubric, _, rest = question.partition("/")
    parts = rest.split("/")
    name, at, _ = rubric.partition("@")
    if not at or name in OTHERS or len(parts) != 3 or parts[1] not in VIEWS or parts[2] not in ("0", "1"):
        return None
    return About(rubric, parts[0], parts[1], int(parts[2]))


@dataclass(frozen=True, slots=True)
class SheetAsked:
    """One request that sends a sheet."""

    sheet: Sheet
    orders: int
    """In how many orders of the seats the judge is asked."""
    reader: Callable[[str, Sheet, int], Reading]
    """What makes a reply to this sheet, asked in so many orders, a reading."""

    @property
    def system(self) -> str:
        """What is asked, and how to answer it."""
        return self.sheet.system

    @property
    def user(self) -> str:
        """The record between its fences."""
        return self.sheet.user

    def read(self, reply: str, /) -> Reading:
        """What the reply says; raises `JudgeError` for anything that is not what was asked for."""
        return self.reader(reply, self.sheet, self.orders)


@dataclass(frozen=True, slots=True)
class ConductQuestion:
    """One dimension, or several, of one match, in one view and order, to one judge."""

    source: Source
    """Shared by all questions about one match: what is the same for them is made once."""
    rubric: Rubric
    judge: str
    dimension: str
    view: str
    order: int = 0
    orders: int = ORDERS
    cap: int = CAP

    @property
    def item(self) -> str:
        """The match, or the canary."""
        return self.source.item

    @property
    def id(self) -> str:
        """As in `conduct@1a2b3c4d/truthfulness/full/0`."""
        return About(self.rubric.tag, self.dimension, self.view, self.order).id

    def ask(self, attempt: int, /) -> SheetAsked:
        """The request, with a number of its own for each attempt."""
        call = Call(self.judge, self.dimension, self.view, self.order, attempt)
        return SheetAsked(sheet_of(self.source, self.rubric, call, self.cap), self.orders, _read)


def conduct_questions(
    source: Source,
    rubric: Rubric,
    judge: str,
    *,
    views: Sequence[str] | None = None,
    dimensions: Sequence[str] | None = None,
    orders: int = ORDERS,
    together: bool = True,
) -> Iterator[ConductQuestion]:
    """What one judge is asked about one match: by view, then by dimension, then by order.

    The reasoning view is asked for only where a model returned what it thought. With `together` one question covers
    all dimensions of a view, or all of those given.
    """
    if orders not in (1, ORDERS):
        raise UsageError(f"orders: seats are shown in 1 order or in {ORDERS}, got {orders!r}")
    for view in asked_views(source.record, rubric, views):
        for dimension in asked_dimensions(rubric, view, dimensions, together=together):
            for order in range(orders):
                yield ConductQuestion(source, rubric, judge, dimension, view, order, orders)


def asked_views(record: Mapping[str, Any], rubric: Rubric, views: Sequence[str] | None) -> list[str]:
    """Those of the given views, else of the rubric's, in which there is something to see; in the usual order."""
    for view in views or ():
        if view not in VIEWS:
            raise unknown("view", view, list(VIEWS), where="views")
    wanted = views or [view for one in rubric.dimensions for view in one.views]
    return [view for view in VIEWS if view in wanted and (view != "reasoning" or has_thoughts(record))]


def asked_dimensions(rubric: Rubric, view: str, dimensions: Sequence[str] | None, *, together: bool) -> list[str]:
    """How each question of a view names what it is about; none where nothing of it is judged in the view."""
    chosen = None if dimensions is None else {rubric.dimension(name).name for name in dimensions}
    known = [one.name for one in rubric.dimensions if view in one.views]
    wanted = [name for name in known if chosen is None or name in chosen]
    if not together or len(wanted) < 2:
        return wanted
    return [ALL if wanted == known else "+".join(wanted)]


def _read(reply: str, sheet: Sheet, orders: int) -> Reading:
    """The verdicts, with the orders the judge is asked in, how the seats were shown, and how much was left out."""
    verdicts = read_reply(reply, sheet)
    data: dict[str, Any] = {"orders": orders, "seats": list(sheet.seats.values())}
    if sheet.cut:
        data["cut"] = sheet.cut
    return Reading(verdicts, data)
