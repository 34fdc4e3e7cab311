"""What players write reaches terminals and files of figures harmless, and figures stay figures."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.terminal import as_json, as_rows, safe
from tests.support import dangerous

ATTACKS = [
    "\x1b[2J\x1b[1;1Hgone",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "tag\U000e0041\U000e0042",
    "line\r\u2028over\u2029write\x08\x08",
    "\ud800 alone",
    "\u3164\u115f\ufe00\U000e0100",
]
MARKUP = "[bold red]shout[/] [link=http://evil.example]x[/link] :smile:"


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_terminal_obeys_or_hides_is_written_out(attack: str) -> None:
    assert dangerous(safe(attack)) == []
    assert "\\" in safe(attack)


def test_escapes_are_readable() -> None:
    assert safe("a\x1bb\u202ec\U000e0041d\ud800\n\t") == "a\\x1bb\\u202ec\\U000e0041d\\ud800\\n\\t"


def test_line_ends_stay_where_lines_are_asked_for() -> None:
    assert safe("one\ntwo\r\n", lines=True) == "one\ntwo\\r\n"


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_stays_dangerous(text: str) -> None:
    assert dangerous(safe(text)) == []
    assert dangerous(safe(text, lines=True), lines=True) == []
    assert safe(safe(text)) == safe(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Sm", "Sc"], max_codepoint=0x24FF)))
def test_ordinary_text_in_any_script_is_left_alone(text: str) -> None:
    visible = text.replace("\u034f", "").replace("\u115f", "").replace("\u1160", "")
    assert safe(visible) == visible


@given(st.text(st.characters(exclude_categories=[])))
@pytest.mark.parametrize("form", ["text", "csv", "md", "json"])
def test_no_format_lets_a_dangerous_character_through(form: str, text: str) -> None:
    assert dangerous(as_rows([{"agent": text, "more": {"say": [text]}}], ["agent", "more"], form), lines=True) == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_gives_the_text_back(text: str) -> None:
    assert json.loads(as_json({"say": text}))["say"] == text


def cells(rows: list[dict[str, Any]], columns: list[str]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_rows(rows, columns, "csv"))))[1:]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\uff1d"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(start: str) -> None:
    assert cells([{"a": start + "1+1"}], ["a"]) == [["'" + start + "1+1"]]


def test_a_tab_or_return_in_front_is_quoted_and_shown() -> None:
    assert cells([{"a": "\t=1", "b": "\r=1"}], ["a", "b"]) == [["'\\t=1", "'\\r=1"]]


def test_numbers_in_csv_stay_numbers_to_the_last_digit() -> None:
    row = {"a": -5, "b": -0.1, "c": 1 / 3, "d": float("nan"), "e": None, "f": True}
    assert cells([row], list("abcdef")) == [["-5", "-0.1", repr(1 / 3), "", "", "true"]]


def test_json_has_null_for_what_it_cannot_say() -> None:
    assert json.loads(as_json({"a": [float("inf"), 1.5], "b": (1,)})) == {"a": [None, 1.5], "b": [1]}


def test_markdown_cells_hold_no_markup() -> None:
    line = as_rows([{"a": "<img src=x> | **b** [l](u) `c` _i_ tit_for_tat"}], ["a"], "md").splitlines()[2]
    assert line == r"| \<img src=x\> \| \*\*b\*\* \[l\](u) \`c\` \_i\_ tit_for_tat |"


def test_columns_are_as_wide_as_they_show() -> None:
    table = as_rows([{"a": "漢字", "n": 5}, {"a": "abcd", "n": -10.25}], ["a", "n"], "text")
    assert table == "a          n\n漢字       5\nabcd  -10.25"


SHOW = """
import os
os.environ["COLUMNS"] = "80"
from arena.terminal import write_rows
write_rows([{"agent": "\\x1b]8;;http://evil.example\\x1b\\\\click", "say": %r}], ["agent", "say"])
""" % (MARKUP + " " + "long " * 40)


def on_a_terminal(code: str, **env: str) -> str:
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-c", code], stdout=theirs, check=True, env={**os.environ, "TERM": "xterm", **env}
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
    finally:
        os.close(ours)
    return shown.decode()


def test_a_terminal_shows_markup_and_escapes_and_obeys_none() -> None:
    shown = on_a_terminal(SHOW, NO_COLOR="1")
    assert "[bold" in shown
    assert ":smile:" in shown
    assert "\\x1b]8;;" in shown
    assert "\x1b]8" not in shown
    assert set(re.findall("\x1b\\[([0-9;]*)m", shown)) <= {"0", "1"}
    assert max(len(line) for line in re.sub("\x1b\\[[0-9;]*m", "", shown).splitlines()) == 80


WIDE = """
import os
os.environ["COLUMNS"] = "80"
from arena.terminal import write_table
write_table(["#", "agent", *(f"figure{n}" for n in range(20))], [["1", "anna", *(f"{n}.25" for n in range(20))]])
"""


def test_figures_that_find_no_room_stand_in_a_further_table() -> None:
    shown = re.sub("\x1b\\[[0-9;]*m", "", on_a_terminal(WIDE))
    assert max(len(line) for line in shown.splitlines()) <= 80
    for number in range(20):
        assert f" {number}.25" in shown
    assert shown.count("anna") == shown.count("agent") > 1
