"""Sheets that people fill in: no cell is run by a spreadsheet, and what a spreadsheet saves is read."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.errors import UsageError
from arena.judging.people.spreadsheet import FORMULA, parsed, plain, read, shielded, written

COLUMNS = ("row", "text", "score")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NASTY = [
    *(f"{sign}1+1" for sign in FORMULA),
    "'",
    "''",
    "'=1",
    "it's",
    '"quoted";\r\nand, more',
    "\ufeff",
    " ",
    "é ⟦A⟧",
]


@given(TEXTS | st.sampled_from(NASTY))
@settings(deadline=None)
def test_a_cell_is_harmless_and_comes_back(text: str) -> None:
    assert not shielded(text).startswith(FORMULA)
    assert plain(shielded(text)) == text


@given(TEXTS.filter(lambda text: not text.startswith("'")))
@settings(deadline=None)
def test_what_a_person_types_is_what_is_read(text: str) -> None:
    assert plain(text) == text


@given(st.lists(st.tuples(TEXTS | st.sampled_from(NASTY), TEXTS), max_size=5))
@settings(deadline=None)
def test_a_file_comes_back_with_the_lines_on_which_its_rows_begin(cells: list[tuple[str, str]]) -> None:
    rows = [{"row": f"R{number}", "text": text, "score": score} for number, (text, score) in enumerate(cells)]
    data = written(COLUMNS, rows)
    found = parsed(data, COLUMNS, Path("sheet.csv"))
    assert [dict(line.cells) for line in found] == rows
    lines = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(lines[line.number - 1].startswith(f'"{line.cells["row"]}"') for line in found)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_save_is_read(tmp_path: Path, delimiter: str, end: str, quoting: int, encoding: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]  # one of csv's constants
    writer.writerows([("Row", "score", "mine", "TEXT "), ("R1", "3", "x", f'one{end}two; "and", three')])
    writer.writerow(("", "", "", ""))
    writer.writerow(("R2", "", "", "ümläut"))
    path = tmp_path / "sheet.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    first, second = read(path, COLUMNS)
    assert first.cells == {"row": "R1", "score": "3", "text": f'one{end}two; "and", three'}
    assert (first.number, second.number) == (2, 5)
    assert second.cells["text"] == "ümläut"


def test_a_line_that_names_the_delimiter_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"sep=;\r\nrow;text;score\r\nR1;a, b;\r\n")
    (line,) = read(path, COLUMNS)
    assert (line.number, line.cells["text"]) == (3, "a, b")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty; its first line should be: row,text,score"),
        (b"row,text\nR1,x\n", "sheet.csv:1: there is no column 'score'; the first line has: row, text"),
        (b"row,text,score,score\n", "sheet.csv:1: there are two columns 'score'; delete one of them"),
        (b'row,text,score\nR1,"x,3\n', "sheet.csv:2: is not CSV: unexpected end of data"),
        (b"row,text,score\nR1,x,3,4\n", "sheet.csv:2: has 4 cells, the first line has 3"),
        (b"row,text,score\nR1,\xfcml,3\n", "sheet.csv:2: is not UTF-8 text; save the sheet as CSV in UTF-8"),
        (b"PK\x03\x04\xff\xff", "is a spreadsheet, not CSV"),
    ],
)
def test_what_is_no_sheet_is_told_with_its_line(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"sheet\.csv") as caught:
        read(path, COLUMNS)
    assert told in str(caught.value)
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.csv", COLUMNS)
