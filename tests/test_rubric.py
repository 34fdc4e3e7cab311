"""Rubric files: what they hold, where they are found, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from arena.board import BESIDE, DIMENSIONS
from arena.errors import UsageError
from arena.judging.rubric import LICENCES, VIEWS, parse_rubric, rubric, rubrics

GOOD = """\
about = "How it went."
views = ["full"]

[bar]
quorum = 2

[[dimensions]]
name = "candour"
text = "Whether it said what it knew."
licence = ["lie"]
checked_by = "claims"
scale = ["a", "b", "c", "d", "e"]

[[dimensions]]
name = "tone"
text = "Whether it was civil."
views = ["public"]
scale = [
  "v",
  "w",
  "x",
  "y",
  "z",
]
"""


def test_the_rubric_of_conduct_covers_what_rules_decide_and_makes_every_allowance() -> None:
    found = rubric("conduct")
    assert found.name == "conduct"
    assert len({one.name for one in found.dimensions}) == len(found.dimensions) >= 10
    checked = {one.checked_by for one in found.dimensions} - {""}
    assert set(DIMENSIONS) <= checked <= {*DIMENSIONS, *BESIDE}
    assert {act for one in found.dimensions for act in one.licence} == set(LICENCES)
    assert all(len(set(one.scale)) == 5 and all(one.scale) and one.text for one in found.dimensions)
    assert found.bar.opportunities == 10


def test_a_rubric_says_what_it_says() -> None:
    found = parse_rubric(GOOD, "here/mine.toml")
    candour, tone = found.dimensions
    assert (found.name, found.about) == ("mine", "How it went.")
    assert (candour.views, candour.licence, candour.checked_by) == (("full",), ("lie",), "claims")
    assert (tone.views, tone.licence, tone.checked_by) == (("public",), (), "")
    assert tone.scale == ("v", "w", "x", "y", "z")
    assert (found.bar.quorum, found.bar.alpha) == (2, 0.667)
    assert found.dimension("tone") is tone
    assert found.sha256 != parse_rubric(GOOD + "\n").sha256


def test_views_are_both_unless_the_file_says() -> None:
    assert parse_rubric(GOOD.replace('views = ["full"]\n', "")).dimensions[0].views == VIEWS


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('about = "How it went."', "", "r.toml: the file needs the key 'about'"),
        ('about = "How it went."', 'about = " "', "r.toml:1: about is empty"),
        ('views = ["full"]', 'views = ["ful"]', "r.toml:2: no views 'ful'; did you mean 'full'?"),
        ("[bar]", "[bar", "r.toml:4: not TOML: "),
        ("quorum = 2", "quorum = 0", "r.toml:5: quorum must be 1 or more, got 0"),
        ("quorum = 2", "quorom = 2", "r.toml:5: no key 'quorom'; did you mean 'quorum'?"),
        ("quorum = 2", "alpha = 1.5", "r.toml:5: alpha must be from 0 to 1, got 1.5"),
        ('"tone"', '"candour"', "r.toml:15: there are two dimensions 'candour'; rename one of them"),
        ('"tone"', '"Tone of voice"', "r.toml:15: a dimension's name is lower case without spaces"),
        ('licence = ["lie"]', 'licence = ["lying"]', "r.toml:10: no licence 'lying'; did you mean 'lie'?"),
        ('"claims"', '"claim"', "r.toml:11: no checked_by 'claim'; did you mean 'claims'?"),
        ('  "z",\n', "", "r.toml:18: scale must say what each score from 0 to 4 stands for, 5 texts; 'tone' has 4"),
        ('  "z",\n', '  "",\n', "r.toml:18: scale must say what each score from 0 to 4 stands for"),
        ('  "z",\n', '  "y",\n', "r.toml:18: scale of 'tone' says the same of two scores"),
        ('  "z",\n', "  4,\n", "r.toml:18: scale is a list of names, got 4 in it"),
        ("scale = [\n", "skale = [\n", "r.toml:18: no key 'skale'; did you mean 'scale'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, said: str) -> None:
    assert before in GOOD
    with pytest.raises(UsageError) as found:
        parse_rubric(GOOD.replace(before, after, 1), "r.toml")
    assert str(found.value).startswith(said)


def test_a_rubric_without_dimensions_is_none() -> None:
    with pytest.raises(UsageError, match="at least one entry headed"):
        parse_rubric('about = "x"')


def test_a_file_of_ones_own_comes_before_the_built_in_one(here: Path) -> None:
    assert rubric("conduct").about != "How it went."
    folder = here / "judges" / "rubrics"
    folder.mkdir()
    (folder / "conduct.toml").write_text(GOOD)
    (folder / "mine.toml").write_text(GOOD)
    assert list(rubrics()) == ["conduct", "mine"]
    assert rubric("conduct").about == rubric(folder / "mine.toml").about == "How it went."


def test_a_rubric_that_is_not_there_is_named_with_the_nearest(here: Path) -> None:
    with pytest.raises(UsageError, match="no rubric 'conduckt'; did you mean 'conduct'"):
        rubric("conduckt")
    with pytest.raises(UsageError, match=r"gone\.toml: cannot be read: No such file"):
        rubric("gone.toml")
    (here / "latin.toml").write_bytes(b'about = "\xe9"')
    with pytest.raises(UsageError, match=r"is not UTF-8 text: .* at byte 9"):
        rubric("latin.toml")
    with pytest.raises(UsageError, match="conduct: no dimension 'respekt'; did you mean 'respect'"):
        rubric("conduct").dimension("respekt")
