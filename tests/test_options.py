"""What an agent's file says that it takes is checked before anything is played, and nothing is executed for it."""

from pathlib import Path
from typing import Any

import pytest

from arena import library
from arena.cups.cup import read_cup
from arena.errors import UsageError
from arena.library import make_agent

MINE = """
from typing import Literal, TypedDict, Unpack

raise SystemExit("this file was executed")


class Base(TypedDict, total=False):
    depth: int


class Mine(Base):
    mood: Literal["calm", "cross"]
    weights: "dict[str, float] | None"


def agent(scale: float, name: "str | None" = None, *, loud: bool = False, other: list[int] = [], **more: Unpack[Mine]):
    ...
"""
URL = "http://127.0.0.1:1/v1"


def check(kind: str, **options: Any) -> None:
    library.check_options(library.agent_file(kind), options)


def test_what_a_model_takes_is_what_every_kind_over_it_takes() -> None:
    file = library.agent_file("llm")
    assert not file.open
    assert file.required == ("model",)
    assert {"model", "base_url", "api_key_env", "temperature", "persona", "wording", "extra"} <= set(file.parameters)


def test_keys_of_a_typed_dict_are_read_and_not_run(here: Path) -> None:
    (here / "agents" / "mine.py").write_text(MINE)
    file = library.agent_file("mine")
    assert file.parameters == ("scale", "name", "loud", "other", "depth", "mood", "weights")
    assert file.required == ("scale", "mood", "weights")
    assert not file.open
    check("mine", scale=1, name=None, loud=True, other="anything", mood="calm", weights={"a": 1.0}, depth=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "hot"}, "agent 'mine': scale takes a number, got 'hot'"),
        ({"scale": float("nan")}, "scale takes a number, got nan"),
        ({"scale": True}, "scale takes a number, got True"),
        ({"name": 3}, "name takes text, got 3"),
        ({"loud": 1}, "loud takes true or false, got 1"),
        ({"depth": 1.5}, r"depth takes a whole number, got 1\.5"),
        ({"mood": "crosss"}, "no mood 'crosss'; did you mean 'cross'"),
        ({"mood": 4}, "mood takes one of calm, cross, got 4"),
        ({"weights": [1]}, r"weights takes a table, got \[1\]"),
        ({"weigths": None}, "no option 'weigths'; did you mean 'weights'"),
        ({"mood": "calm", "weights": None}, "needs the option 'scale'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(here: Path, options: dict[str, Any], message: str) -> None:
    (here / "agents" / "mine.py").write_text(MINE)
    with pytest.raises(UsageError, match=message):
        check("mine", **options)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('temperature = "hot"', r"cup\.toml:6: temperature takes a number, got 'hot'"),
        ("temprature = 0.3", r"cup\.toml:6: no key 'temprature'; did you mean 'temperature'"),
        ('structured = "shema"', r"cup\.toml:6: no structured 'shema'; did you mean 'schema'"),
        ("seeded = 3", r"cup\.toml:6: seeded takes true or false, got 3"),
        ('extra = "top_k"', r"cup\.toml:6: extra takes a table, got 'top_k'"),
    ],
)
def test_a_cup_is_told_the_line_of_an_option(here: Path, line: str, message: str) -> None:
    cup = here / "cup.toml"
    cup.write_text(
        f'name = "c"\n[[agents]]\nname = "m"\nkind = "llm"\nmodel = "vllm/m"\n{line}\n[[agents]]\nkind = "honest"\n'
        '[[games]]\nname = "ultimatum"\n'
    )
    with pytest.raises(UsageError, match=message):
        read_cup(cup)


@pytest.mark.parametrize("name", ["messages", "model", "stream", "n"])
def test_what_the_arena_puts_into_a_request_itself_is_no_extra(name: str) -> None:
    with pytest.raises(UsageError, match=f"extra: {name!r} is"):
        make_agent("llm", {"model": "m", "base_url": URL, "extra": {name: 1}})
