"""Judges as files: rules of one's own, and what is wrong in an entry, with its line."""

from pathlib import Path

import pytest

import arena
from arena.errors import UsageError
from arena.judging.entry import judge_entry
from arena.store import open_store
from tests.asker import stored
from tests.shell import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_a_judge_that_is_rules_is_asked_nothing_and_another_file_judges_anew(here: Path, shell: Shell) -> None:
    arena.run(file_with(here, 'kind = "mine"\nhigh = 2'), "arena.db")
    mine = here / "judges" / "mine.py"
    first = {one.item: one for one in stored() if one.judge == "mine"}
    assert len(first) == 2
    assert all(one.verdicts[0].score == 0.5 for one in first.values())
    assert arena.judge("cup.toml").judges["mine"].before == 2
    mine.write_text(mine.read_text().replace("1 / high", "1 / high / 2"))
    assert arena.judge("cup.toml").judges["mine"].given == 2
    assert len([one for one in stored() if one.judge == "mine"]) == 4
    mine.write_text(mine.read_text().replace("1 / high", "1 / nothing"))
    ran = shell("judge", "cup.toml")
    assert (ran.code, "mine.py:6: the judge failed: NameError" in ran.err) == (2, True)


RULES = """from arena.judge import Verdict


{how} judge(record, high: int = 1):
    seat = "player_0"
    return [Verdict(record["id"], "mine", seat, "x", 1 / high, "because")]
"""


def file_with(folder: Path, judge: str, how: str = "def") -> str:
    (folder / "judges" / "mine.py").write_text(RULES.format(how=how))
    agents = '[[agents]]\nname = "a"\nkind = "honest"\n[[agents]]\nname = "b"\nkind = "liar"\n'
    head = f'name = "cup"\ndeals = 1\nself_play = false\n{agents}[[games]]\nname = "ultimatum"\n'
    (folder / "cup.toml").write_text(f"{head}[[judges]]\n{judge}\n")
    return "cup.toml"


def test_rules_may_have_to_be_waited_for(here: Path) -> None:
    arena.run(file_with(here, 'kind = "mine"', how="async def"), "arena.db")
    assert len([one for one in stored() if one.judge == "mine"]) == 2


@pytest.mark.parametrize(
    ("judge", "message"),
    [
        ('kind = "panel"\nmodels = ["m"]\nshare = 0', "cup.toml:15: share must be above 0 and at most 1, got 0"),
        ('kind = "panell"', "cup.toml:13: no judge 'panell'; did you mean 'panel'?"),
        ('kind = "mine"\nhihg = 2', "cup.toml:14: no key 'hihg'; did you mean 'high'?"),
        ('kind = "mine"\nhigh = "2"', "cup.toml:14: high takes a whole number, got '2'"),
        ('kind = "panel"', "cup.toml:13: judge 'panel': needs the key 'models'"),
        ('kind = "panel"\nmodels = []', "cup.toml:14: models is empty"),
        (
            'kind = "panel"\nmodels = ["opnai/x"]',
            "cup.toml:14: model 'opnai/x', without a base_url: no provider 'opnai'",
        ),
        ('kind = "panel"\nmodels = ["openai/"]', "cup.toml:14: models: 'openai/' names no model"),
        ('kind = "panel"\nmodels = ["openai/x"]\nviews = ["pubic"]', "cup.toml:15: no view 'pubic'"),
        ('kind = "panel"\nmodels = ["openai/x"]\ndimensions = ["x"]', "cup.toml:15: no dimension 'x'"),
        ('kind = "panel"\nmodels = ["openai/x"]\nrubric = "condct"', "cup.toml:15: no rubric 'condct'"),
        ('kind = "panel"\nmodels = ["openai/x"]\norders = 3', "cup.toml:15: orders must be 1 or 2, got 3"),
        ('kind = "panel"\nmodels = ["openai/x"]\nquorum = 0', "cup.toml:15: quorum must be a whole number from 1"),
        ('kind = "panel"\nmodels = ["openai/x"]\napi_key = "k"', "cup.toml:15: api_key: keys are not kept in files"),
        ('kind = "panel"\nmodels = ["openai/x"]\ncanaries = 2', "cup.toml:15: canaries must be from 0 to 1, got 2"),
        ('kind = "panel"\nmodels = ["openai/x"]\ntimeout = 0', "cup.toml:15: timeout must be more than 0 seconds"),
        ('kind = "panel"\nmodels = ["openai/x"]\nretries = -1', "cup.toml:15: retries must be 0 or more, got -1"),
        ('kind = "panel"\nmodels = ["openai/x"]\nmax_tokens = 0', "cup.toml:15: max_tokens must be 1 or more, got 0"),
        ('kind = "panel"\nmodels = ["openai/x"]\nextra = { n = 2 }', "cup.toml:15: extra: 'n' is not for options"),
        ('kind = "meta"\nmodels = ["openai/x"]\nchecked = 7', "cup.toml:15: checked must be from 0 to 1, got 7"),
        ('kind = "procedural"\nmost = 7', "cup.toml:14: no key 'most'"),
        ('kind = "outcome"\nmodels = ["openai/x"]', "cup.toml:14: no key 'models'"),
        (
            'kind = "panel"\nmodels = ["procedural"]\nbase_url = "http://h/v1"',
            "cup.toml:14: models: 'procedural' is what other judges are called",
        ),
        (
            'kind = "panel"\nmodels = ["human:ann"]\nbase_url = "http://h/v1"',
            "cup.toml:14: models: 'human:ann' is what other judges are called",
        ),
        ('kind = "mine"\n[[judges]]\nkind = "mine"', "cup.toml:15: there is a judge 'mine' already, at cup.toml:13"),
    ],
)
def test_a_mistake_in_the_file_is_shown_with_its_line(here: Path, judge: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        arena.judge(file_with(here, judge))
    assert message in str(raised.value)


@pytest.mark.parametrize("kind", ["panel", "extract", "meta"])
def test_every_kind_that_asks_models_takes_the_same_request(kind: str) -> None:
    options = {"temperature": 0, "top_p": 0.5, "max_tokens": 300, "timeout": 20, "retries": 1, "extra": {"seed": 3}}
    assert judge_entry(kind, {"models": ["openai/x"], **options}).options["timeout"] == 20
    with pytest.raises(UsageError, match="no key 'deadline'"):
        judge_entry(kind, {"models": ["openai/x"], "deadline": 20})


def test_flags_and_a_file_do_not_mix(here: Path, shell: Shell) -> None:
    ran = shell("judge", file_with(here, 'kind = "mine"'), "--models", "openai/x")
    assert (ran.code, "--models is for judging without a file" in ran.err) == (2, True)


OWN = """from arena.judge import Evidence, Verdict


def judge(record, high: int = 1):
    m = record["id"]
    return {given}
"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("None", "must give a list of arena.judge.Verdict, got None"),
        ("['good']", "must give a list of arena.judge.Verdict, got 'good' in it"),
        ("[Verdict(m, 'mine', 'player_0', 'x', float('nan'), '')]", "from 0 to 1 or None, got nan"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 2, '')]", "a score must be a number from 0 to 1 or None, got 2"),
        ("[Verdict(m, 'mine', 'player_0', 'x', True, '')]", "a score must be a number from 0 to 1 or None, got True"),
        ("[Verdict(m, 'mine', 'player_9', 'x', 1, '')]", "no seat 'player_9'; the seats are player_0, player_1"),
        ("[Verdict('m', 'mine', 'player_0', 'x', 1, '')]", "a verdict is on another match, 'm'"),
        ("[Verdict(m, 'panel', 'player_0', 'x', 1, '')]", "a verdict is in the name of another judge, 'panel'"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 1, object())]", "an explanation must be a text"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 1, '', (3,))]", "evidence must be a tuple of arena.judge.Evidence"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 1, '', (Evidence(999, 'x'),))]", "evidence names ply 999"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 1, '', (), 'all')]", "no view 'all'"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 1, '', counts=(5, 2))]", "counts must be honoured and opportunities"),
        ("[Verdict(m, 'mine', 'player_0', 'x', 1, '')] * 2", "two verdicts on player_0 x"),
        ("exit(5)", "mine.py:6: the judge failed: SystemExit: 5"),
    ],
)  # fmt: skip
def test_what_a_judge_of_ones_own_gives_is_kept_only_where_it_is_a_verdict(
    here: Path, given: str, message: str
) -> None:
    file = file_with(here, 'kind = "procedural"')
    arena.run(file, "arena.db")
    (here / "judges" / "mine.py").write_text(OWN.format(given=given))
    before = stored()
    with pytest.raises(UsageError) as raised:
        arena.judge(file_kept(here, 'kind = "mine"'))
    assert message in str(raised.value)
    assert "mine.py" in str(raised.value)
    assert stored() == before


def file_kept(folder: Path, judge: str) -> str:
    """The same file with another judge, whose own file stays as it is."""
    text = (folder / "cup.toml").read_text().partition("[[judges]]")[0]
    (folder / "cup.toml").write_text(f"{text}[[judges]]\n{judge}\n")
    return "cup.toml"


def test_rules_with_other_options_are_other_rules(here: Path) -> None:
    two = 'kind = "mine"\nname = "low"\n[[judges]]\nkind = "mine"\nname = "high"\nhigh = 4'
    arena.run(file_with(here, two), "arena.db")
    given = sorted(one.verdicts[0].score or 0 for one in stored() if one.judge == "mine")
    assert given == [0.25, 0.25, 1, 1]


def test_a_judge_that_spoils_its_record_spoils_no_other_ones(here: Path) -> None:
    arena.run(file_with(here, 'kind = "procedural"'), "arena.db")
    by_rules = [one for one in stored() if one.judge == "procedural"]
    spoiling = file_kept(here, 'kind = "mine"\n[[judges]]\nkind = "procedural"')
    (here / "judges" / "mine.py").write_text("def judge(record):\n    record['plies'].clear()\n    return []\n")
    (here / "arena.db").unlink()
    arena.run(spoiling, "arena.db")
    assert [one for one in stored() if one.judge == "procedural"] == by_rules


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"# \xe9\n", "mine.py: is not UTF-8 text: "),
        (b"def judge(record):\n    return []\n\x00", "mine.py: not Python: "),
        (b"def judge(:\n", "mine.py:1: not Python: "),
    ],
)
def test_a_file_that_is_no_python_is_told(here: Path, source: bytes, message: str) -> None:
    file = file_with(here, 'kind = "mine"')
    (here / "judges" / "mine.py").write_bytes(source)
    with pytest.raises(UsageError) as raised:
        arena.judge(file)
    assert message in str(raised.value)


def test_what_a_judge_of_ones_own_called_rank_says_is_no_ranking(here: Path) -> None:
    (here / "judges" / "rank.py").write_text("def judge(record):\n    return []\n")
    agents = '[[agents]]\nname = "a"\nkind = "honest"\n[[agents]]\nname = "b"\nkind = "liar"\n'
    head = f'name = "cup"\ndeals = 1\nself_play = false\n{agents}[[games]]\nname = "jury"\n'
    (here / "cup.toml").write_text(f'{head}[[judges]]\nkind = "rank"\n')
    arena.run("cup.toml", "arena.db")
    with open_store("arena.db") as store:
        assert {one.outcome for one in store.log("cup").results} == {"unjudged"}


@pytest.mark.parametrize("name", ["rank", "extract", "a@b"])
def test_a_rubric_cannot_be_named_as_other_questions_are(here: Path, name: str) -> None:
    (here / "judges" / "rubrics").mkdir()
    (here / "judges" / "rubrics" / f"{name}.toml").write_text("about = 'x'")
    with pytest.raises(UsageError) as raised:
        arena.judge(file_with(here, f'kind = "panel"\nmodels = ["openai/x"]\nrubric = "{name}"'))
    assert f"{name}.toml: a rubric cannot be named {name!r}; give the file another name" in str(raised.value)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--canaries", "nan"], "'nan' is no number"),
        (["--max-cost", "nan"], "'nan' is no number"),
        (["--max-cost", "inf"], "'inf' is no number"),
        (["--set", "temperature=NaN"], "temperature takes a number, got 'NaN'"),
        (["--set", "name=x"], "no key 'name'; there are: "),
    ],
)
def test_a_mistake_in_flags_is_told(here: Path, shell: Shell, flags: list[str], message: str) -> None:
    arena.run(file_with(here, 'kind = "procedural"'), "arena.db")
    ran = shell("judge", "--models", "openai/x", *flags)
    assert (ran.code, message in ran.err) == (2, True)


def test_a_panel_under_its_quorum_is_told_before_it_is_paid(here: Path, shell: Shell) -> None:
    two = 'kind = "panel"\nmodels = ["scripted/judge-honest", "scripted/judge-quoter"]'
    told = "rubric 'conduct': 2 models judge by it, and 3 have to give a score"
    assert told in shell("run", file_with(here, two), "--dry-run").err
    assert told not in shell("run", file_with(here, f"{two}\nquorum = 2"), "--dry-run").err
    arena.run(file_with(here, 'kind = "procedural"'), "arena.db")
    assert told in shell("judge", "--models", "scripted/judge-honest,scripted/judge-quoter", "--max-calls", "0").err
