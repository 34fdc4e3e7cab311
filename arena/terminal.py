"""What reaches a terminal or a file of figures: text made harmless, and tables.

Games, agents and models write names and messages. Their control characters, invisible characters and markup are shown,
never obeyed.
"""

import csv
import io
import json
import math
import os
import re
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO, cast

# Printable by Python's reckoning, invisible on a screen: fillers, joiners, blanks, variation selectors.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
# A spreadsheet takes a text that begins so for a formula and runs it; the last four are full-width forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A column of words is no narrower, unless they are shorter.
_WORDS = 24
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FIGURE = re.compile(r"-|[<>]?[-+]?[\d.,]+(e[-+]?\d+)?%?(( of |-)\d+)?")
_MARKDOWN = re.compile(r"[\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w)")


def safe(text: str, *, lines: bool = False) -> str:
    r"""Write out what a terminal obeys or hides, as `\x1b` or `\u202e`; with `lines`, line ends stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _harmless(char) or (lines and char == "\n") else _visible(char) for char in text)


def cell(value: Any) -> str:
    """One value as a person reads it in a table."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            if not math.isfinite(value):
                return "-"
            return f"{value:.2g}" if 0 < abs(value) < 0.01 else f"{value:.2f}"
        case str():
            return safe(value)
        case int():
            return str(value)
        case _:
            return safe(json.dumps(value, ensure_ascii=False))


def as_json(value: Any) -> str:
    """JSON in plain ASCII, two spaces deep; what JSON cannot say (NaN, infinity) is null."""
    return json.dumps(_finite(value), indent=2, allow_nan=False).replace("\x7f", "\\u007f")


def as_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], format: str = "text") -> str:
    """Rows as `text`, `json`, `csv` or `md`; JSON keeps every field, the others these columns."""
    if format == "json":
        return as_json(list(rows))
    if format == "csv":
        return _csv(rows, columns)
    return as_table(columns, [[cell(row.get(column)) for column in columns] for row in rows], format)


def as_table(header: Sequence[str], body: Sequence[Sequence[str]], format: str = "text") -> str:
    """Cells that are text already, as `text` or `md`."""
    names, lines = [safe(name) for name in header], [[safe(text) for text in row] for row in body]
    return _markdown(names, lines) if format == "md" else _plain(names, lines)


def write_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], format: str = "text") -> None:
    """Print rows on stdout; as text on a terminal, fitted to its width."""
    if format == "text":
        write_table(columns, [[cell(row.get(column)) for column in columns] for row in rows])
    else:
        write(as_rows(rows, columns, format))


def write_table(header: Sequence[str], body: Sequence[Sequence[str]], format: str = "text") -> None:
    """Print cells that are text already."""
    if format == "text" and sys.stdout.isatty():
        _rich(header, body)
    else:
        write(as_table(header, body, format))


def stream_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as CSV as they come; there may be more than fit into memory."""
    _write_csv(sys.stdout, rows, columns)


def stream_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as a JSON list as they come, one a line."""
    before = "[\n"
    for row in rows:
        sys.stdout.write(f"{before}{as_json_line(row)}")
        before = ",\n"
    sys.stdout.write("[]\n" if before == "[\n" else "\n]\n")


def write(text: str) -> None:
    """Data, already harmless, on stdout."""
    sys.stdout.write(text + "\n")


def say(text: str) -> None:
    """Talk, on stderr, so that stdout holds nothing but data."""
    sys.stderr.write(safe(text, lines=True) + "\n")
    sys.stderr.flush()


def note(text: str) -> None:
    """Talk in whole sentences, on stderr; on a terminal, lines break between words."""
    if sys.stderr.isatty():
        columns = os.environ.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() else os.get_terminal_size(sys.stderr.fileno()).columns
        width = max(width, 20) if width else 80
        text = textwrap.fill(safe(text), width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    say(text)


def _harmless(char: str) -> bool:
    if char.isprintable():
        return not INVISIBLE.match(char)
    return unicodedata.category(char) == "Zs"


def _visible(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in cast(Sequence[Any], value)]
    return value


def _csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    out = io.StringIO()
    _write_csv(out, rows, columns)
    return out.getvalue().removesuffix("\n")


def _write_csv(out: TextIO, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_csv_text(column) for column in columns])
    writer.writerows([_csv_cell(row.get(column)) for column in columns] for row in rows)


def _csv_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if math.isfinite(value) else ""
        case str():
            return _csv_text(value)
        case _:
            return _csv_text(as_json_line(value))


def as_json_line(value: Any) -> str:
    """JSON in plain ASCII on one line."""
    return json.dumps(_finite(value), allow_nan=False).replace("\x7f", "\\u007f")


def _csv_text(text: str) -> str:
    harmless = safe(text)
    return f"'{harmless}" if text[:1] in _FORMULA or text.lstrip()[:1] in _FORMULA else harmless


def _markdown(header: list[str], body: list[list[str]]) -> str:
    lines = [[_MARKDOWN.sub(r"\\\g<0>", text) for text in row] for row in [header, *body]]
    lines.insert(1, ["---"] * len(header))
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _plain(header: list[str], body: list[list[str]]) -> str:
    lines = [header, *body]
    widths = [max(_width(row[index]) for row in lines) for index in range(len(header))]
    figures = _figures(header, body)
    out: list[str] = []
    for row in lines:
        texts: list[str] = []
        for text, width, at_right in zip(row, widths, figures, strict=True):
            blank = " " * (width - _width(text))
            texts.append(blank + text if at_right else text + blank)
        out.append("  ".join(texts).rstrip())
    return "\n".join(out)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _figures(header: Sequence[str], body: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns hold figures only, and so stand at the right."""
    return [bool(body) and all(_FIGURE.fullmatch(row[index]) for row in body) for index in range(len(header))]


def _rich(header: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    """Tables as wide as the terminal: words fold, figures that find no room stand in a further table below."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    names, lines = [safe(name) for name in header], [[safe(text) for text in row] for row in body]
    figures = _figures(names, lines)
    for group in _groups(names, lines, figures, console.width):
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
        for index in group:
            right = figures[index]
            table.add_column(Text(names[index]), justify="right" if right else "left", overflow="fold", no_wrap=right)
        for row in lines:
            table.add_row(*(Text(row[index]) for index in group))
        console.print(table)


def _groups(header: list[str], body: list[list[str]], figures: list[bool], room: int) -> list[list[int]]:
    """Which columns stand in each table; the words that tell the rows apart stand in all."""
    keys = _keys(body, figures)
    widths = [max(_width(row[index]) for row in [header, *body]) for index in range(len(header))]
    least = [width if right else min(width, _WORDS) for width, right in zip(widths, figures, strict=True)]
    groups: list[list[int]] = [[]]
    for index in range(len(header)):
        taken = sum(least[each] + 2 for each in groups[-1])
        if not set(groups[-1]) <= {*keys} and taken + least[index] > room:
            groups.append([*keys])
        if index not in groups[-1]:
            groups[-1].append(index)
    return groups


def _keys(body: list[list[str]], figures: list[bool]) -> list[int]:
    """The first column of words, and those beside it as long as rows look alike."""
    words = [index for index, right in enumerate(figures) if not right] or [0]
    for size in range(1, len(words) + 1):
        if words[size - 1] - words[0] != size - 1:
            break
        if len({tuple(row[index] for index in words[:size]) for row in body}) == len(body):
            return words[:size]
    return words[:1]
