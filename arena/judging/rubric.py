"""What a panel is asked: a file of dimensions, each with its scale, and the bar that their numbers have to pass."""

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from arena.board import BESIDE, DIMENSIONS
from arena.cups.toml_lines import TomlLines, not_toml
from arena.cups.toml_section import Section
from arena.errors import UsageError, unknown

VIEWS = ("public", "full", "reasoning")
"""What everybody at the table could see; all that happened; all that, and what models thought before they replied."""
ALL = "*"
"""In place of a dimension: all that are judged in a view."""
LICENCES = ("lie", "accuse", "break", "threaten", "leak")
"""The norms of a game that a dimension can make allowance for."""
ORDERS = 2
"""Seats are shown in one order and in the other, so that a judge that goes by place contradicts itself."""
TOP = 4
"""The best score; the worst is 0."""
LOW, HIGH = 2, 3
"""An offence is scored so at most, and conduct that is none so at least."""
QUARTERS = tuple(step / 4 for step in range(4 * TOP + 1))
"""What two orders and a median of judges can come to."""

OTHERS = ("rank", "extract", "meta", "procedural", "outcome")
"""How questions begin that are by no rubric."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FILE = re.compile(r"[\w .+-]{1,80}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One question to a judge."""

    name: str
    text: str
    scale: tuple[str, ...]
    """What each score from 0 to 4 stands for."""
    views: tuple[str, ...] = VIEWS
    licence: tuple[str, ...] = ()
    """The acts that a norm of the game can allow here."""
    checked_by: str = ""
    """The dimension in which rules decide the same, where there is one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a number has to show before it stands beside what rules have decided."""

    quorum: int = 3
    opportunities: int = 10
    alpha: float = 0.667
    accuracy: float = 0.9


@dataclass(frozen=True, slots=True)
class Rubric:
    """One rubric file."""

    name: str
    about: str
    dimensions: tuple[Dimension, ...]
    bar: Bar
    sha256: str
    """Of the file's text: verdicts by another rubric are other verdicts."""
    text: str = field(default="", repr=False)
    """The file's own."""

    @property
    def tag(self) -> str:
        """How the ids of its questions begin, as in `conduct@1a2b3c4d`: its name and the beginning of its hash."""
        return f"{self.name}@{self.sha256[:8]}"

    def dimension(self, name: str) -> Dimension:
        """The dimension of a name; a `UsageError` names the nearest where there is none."""
        for one in self.dimensions:
            if one.name == name:
                return one
        raise unknown("dimension", name, [one.name for one in self.dimensions], where=self.name)

    def asked(self, dimension: str, view: str) -> tuple[Dimension, ...]:
        """The dimensions of one question: that of a name, several joined by `+`, or by `*` all those of the view.

        Raises `UsageError` for one that is not judged in the view.
        """
        if dimension == ALL:
            found = tuple(one for one in self.dimensions if view in one.views)
            if not found:
                raise UsageError(f"{self.name}: no dimension is judged in the view {view!r}")
            return found
        found = tuple(map(self.dimension, dimension.split("+")))
        for one in found:
            if view not in one.views:
                raise UsageError(f"{one.name} is not judged in the view {view!r}; it is in: {', '.join(one.views)}")
        return found


def rubrics() -> dict[str, Path]:
    """The rubric files by name: the working directory's `judges/rubrics/`, then the built-in ones."""
    package = Path(__file__).parent.parent
    inside = package / "builtin"
    found: dict[str, Path] = {}
    for home in (Path.cwd(), inside if inside.is_dir() else package.parent):
        for path in sorted((home / "judges" / "rubrics").glob("*.toml")):
            found.setdefault(path.stem, path)
    return found


def rubric(name: str | Path) -> Rubric:
    """Read and check a rubric by its name or its path; a `UsageError` names file and line."""
    known = rubrics()
    path = Path(name) if Path(name).suffix == ".toml" else known.get(str(name))
    if path is None:
        raise unknown("rubric", str(name), list(known))
    if path.stem in OTHERS or not _FILE.fullmatch(path.stem):
        raise UsageError(f"{path}: a rubric cannot be named {path.stem[:80]!r}; give the file another name")
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


@lru_cache(maxsize=16)
def _read(path: Path, _modified: int) -> Rubric:
    try:
        return parse_rubric(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from None


def parse_rubric(text: str, file: str = "rubric.toml") -> Rubric:
    """A rubric from its text; `file` is what errors name, and its stem names the rubric."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(not_toml(file, text, str(error))) from None
    section = Section(data, TomlLines(file, text), ())
    about = _said(section, "about")
    views = _some(section, "views", VIEWS) or VIEWS
    bar = _bar(section.table("bar"))
    dimensions = _dimensions(section, views)
    section.end()
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return Rubric(Path(file).stem, about, dimensions, bar, digest, text)


def _bar(section: Section) -> Bar:
    usual = Bar()
    bar = Bar(
        quorum=section.number("quorum", usual.quorum, least=1),
        opportunities=section.number("opportunities", usual.opportunities, least=1),
        alpha=section.share("alpha", usual.alpha),
        accuracy=section.share("accuracy", usual.accuracy),
    )
    section.end()
    return bar


def _dimensions(section: Section, views: tuple[str, ...]) -> tuple[Dimension, ...]:
    found: dict[str, Dimension] = {}
    for entry in section.tables("dimensions"):
        one = _dimension(entry, views)
        if one.name in found:
            raise UsageError(f"{entry.at('name')}: there are two dimensions {one.name!r}; rename one of them")
        found[one.name] = one
    if not found:
        raise UsageError(f"{section.at('dimensions')}: a rubric needs at least one entry headed [[dimensions]]")
    return tuple(found.values())


def _dimension(section: Section, views: tuple[str, ...]) -> Dimension:
    name = _said(section, "name")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{section.at('name')}: a dimension's name is lower case without spaces, got {name[:60]!r}")
    if name == "rank":
        # What verdicts on who did best are called.
        raise UsageError(f"{section.at('name')}: a dimension cannot be named {name!r}; rename it")
    found = Dimension(
        name=name,
        text=_said(section, "text"),
        scale=tuple(section.words("scale")),
        views=_some(section, "views", VIEWS) or views,
        licence=_some(section, "licence", LICENCES),
        checked_by=section.choice("checked_by", ("", *DIMENSIONS, *BESIDE)),
    )
    section.end()
    if len(found.scale) != TOP + 1 or not all(anchor.strip() for anchor in found.scale):
        raise UsageError(
            f"{section.at('scale')}: scale must say what each score from 0 to {TOP} stands for, {TOP + 1} texts;"
            f" {name!r} has {sum(bool(anchor.strip()) for anchor in found.scale)}"
        )
    if len(set(found.scale)) < len(found.scale):
        raise UsageError(f"{section.at('scale')}: scale of {name!r} says the same of two scores")
    return found


def _said(section: Section, key: str) -> str:
    text = section.text(key, required=True)
    if not text.strip():
        raise UsageError(f"{section.at(key)}: {key} is empty")
    return text


def _some(section: Section, key: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Some of a few words, each once, in the order in which they are known."""
    words = section.words(key)
    for word in words:
        if word not in options:
            raise unknown(key, word, list(options), where=section.at(key))
    return tuple(option for option in options if option in words)
