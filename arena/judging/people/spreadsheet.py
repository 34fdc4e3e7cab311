"""CSV files that people fill in with whatever spreadsheet they have: none runs a cell, and what it saves is read."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arena.errors import UsageError
from arena.terminal import safe

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet takes a text that begins so for a formula; the last four are full-width forms."""
_SHIELD = "'"
_DELIMITERS = ",;\t"
_LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file that was filled in."""

    number: int
    """The line of the file on which it begins, from 1."""
    cells: Mapping[str, str]


def shielded(text: str) -> str:
    """The text as a cell that no spreadsheet runs; `plain` gives it back."""
    return _SHIELD + text if text.startswith((*FORMULA, _SHIELD)) else text


def plain(cell: str) -> str:
    """The text of a cell."""
    return cell[1:] if cell.startswith(_SHIELD) and cell[1:].startswith((*FORMULA, _SHIELD)) else cell


def written(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """The file: UTF-8 with the mark by which spreadsheets know it, every cell in quotes; a missing cell is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([shielded(row.get(column, "")) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def read(path: Path, columns: Sequence[str]) -> list[Line]:
    """The rows of a file that a spreadsheet has saved, empty ones left out.

    Any of `,` `;` and tab may stand between the cells, which may come in any order and among others. Raises
    `UsageError` with file and line for what is no such file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    return parsed(data, columns, path)


def parsed(data: bytes, columns: Sequence[str], path: Path) -> list[Line]:
    """The rows of a file's content; the path is what errors name."""
    text = _text(data, path)
    skipped = 0
    if text[:4].lower() == "sep=":
        # By which Excel is told what stands between the cells.
        text, skipped = text[text.find("\n") + 1 :], 1
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(_DELIMITERS, key=head.count)
    before = csv.field_size_limit(_LONGEST)
    try:
        return _lines(path, text, delimiter, columns, skipped)
    finally:
        csv.field_size_limit(before)


def _lines(path: Path, text: str, delimiter: str, columns: Sequence[str], skipped: int) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    found: list[Line] = []
    number = skipped + 1
    try:
        for cells in reader:
            begins, number = number, reader.line_num + skipped + 1
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                _check_header(f"{path}:{begins}", header, columns)
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                    raise UsageError(f"{path}:{begins}: has {len(cells)} cells, the first line has {len(header)}")
                row = dict(zip(header, cells, strict=False))
                found.append(Line(begins, {column: plain(row.get(column, "")) for column in columns}))
    except csv.Error as error:
        raise UsageError(f"{path}:{number}: is not CSV: {error}; save the sheet as CSV") from None
    if header is None:
        raise UsageError(f"{path}: is empty; its first line should be: {','.join(columns)}")
    return found


def _check_header(where: str, header: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        had = ", ".join(safe(name[:40]) for name in header)
        raise UsageError(f"{where}: there is no column {missing[0]!r}; the first line has: {had}")
    twice = [column for column in columns if header.count(column) > 1]
    if twice:
        raise UsageError(f"{where}: there are two columns {twice[0]!r}; delete one of them")


def _text(data: bytes, path: Path) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if data.startswith(b"PK"):
            raise UsageError(f"{path}: is a spreadsheet, not CSV; save the sheet as CSV") from None
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: is not UTF-8 text; save the sheet as CSV in UTF-8") from None
