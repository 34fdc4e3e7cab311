import tomllib
from pathlib import Path

import pytest

from arena.calling.prices import Price
from arena.cups.cup import Cup, flag_cup, parse_cup, read_cup
from arena.cups.toml_lines import TomlLines
from arena.errors import ArenaError, PreflightError, UsageError
from arena.tournament import plan, run

CUP = """\
name = "cup"                  # 1
seed = 7                      # 2
deals = 2                     # 3
                              # 4
[[agents]]                    # 5
name = "alice"                # 6
kind = "random"               # 7
talk = 0.5                    # 8
                              # 9
[[agents]]                    # 10
name = "bob"                  # 11
kind = "honest"               # 12
                              # 13
[[games]]                     # 14
name = "ultimatum"            # 15
params = { pie = 50 }         # 16
                              # 17
[[games]]                     # 18
name = "werewolf"             # 19
seats = 7                     # 20
fill = ["honest", "random"]   # 21
                              # 22
[[variants]]                  # 23
name = "no-acts"              # 24
acts = "off"                  # 25
params = { talk_rounds = 1 }  # 26
                              # 27
[[judges]]                    # 28
kind = "procedural"           # 29
                              # 30
[limits]                      # 31
concurrency = 4               # 32
max_void_share = 0.25         # 33
"""


def test_a_file_says_all_there_is_to_say() -> None:
    cup = parse_cup(CUP)
    assert (cup.name, cup.seed, cup.deals, cup.schedule, cup.self_play) == ("cup", 7, 2, "round_robin", True)
    assert [(each.name, each.kind, dict(each.options)) for each in cup.agents] == [
        ("alice", "random", {"talk": 0.5}),
        ("bob", "honest", {}),
    ]
    assert [(entry.game.name, dict(entry.params), entry.seats) for entry in cup.games] == [
        ("ultimatum", {"pie": 50}, 2),
        ("werewolf", {}, 7),
    ]
    assert [(fill.name, fill.rated) for fill in cup.games[1].fill] == [("fill:honest", False), ("fill:random", False)]
    assert [(each.name, each.acts) for each in cup.variants] == [("base", "offered"), ("no-acts", "off")]
    assert [(each.name, each.kind) for each in cup.judges] == [("procedural", "procedural")]
    assert (cup.limits.concurrency, cup.limits.max_void_share) == (4, 0.25)


def test_a_file_sets_budgets_and_prices() -> None:
    assert parse_cup(CUP).limits.max_calls is parse_cup(CUP).limits.max_cost_usd is None
    more = 'max_calls = 0\nmax_cost_usd = 5\nmax_time = 90\n[prices."a/b"]\ninput = 1\noutput = 2.5\ncached = 0\n'
    cup = parse_cup(CUP + more)
    assert (cup.limits.max_calls, cup.limits.max_cost_usd, cup.limits.max_time) == (0, 5.0, 90.0)
    assert cup.prices == {"a/b": Price(1.0, 2.5, 0.0)}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("deals = 2 ", "deal = 2 ", "cup.toml:3: no key 'deal'; did you mean 'deals'?"),
        ("deals = 2 ", "deals = 0 ", "cup.toml:3: deals must be 1 or more, got 0"),
        ("deals = 2 ", 'deals = "2" ', "cup.toml:3: deals must be a whole number, got '2'"),
        ("deals = 2 ", "deals = true", "cup.toml:3: deals must be a whole number, got True"),
        ("seed = 7 ", "seed = 7.5", "cup.toml:2: seed must be a whole number, got 7.5"),
        ("seed = 7 ", 'schedule = "swis"', "cup.toml:2: no schedule 'swis'; did you mean 'swiss'?"),
        ('name = "cup" ', "", "cup.toml: the file needs the key 'name'"),
        ('name = "cup" ', 'nmae = "cup"', "cup.toml:1: no key 'nmae'; did you mean 'name'?"),
        ('kind = "random"', 'kind = "randm"', "cup.toml:7: no agent 'randm'; did you mean 'random'?"),
        ('kind = "random"', 'knid = "random"', "cup.toml:7: no key 'knid'; did you mean 'kind'?"),
        ("talk = 0.5", "tlak = 0.5", "cup.toml:8: no key 'tlak'; did you mean 'talk'?"),
        ('name = "bob"', 'name = "alice"', "cup.toml:12: there is an agent 'alice' already"),
        ('name = "ultimatum"', 'name = "ultimatim"', "cup.toml:15: no game 'ultimatim'; did you mean 'ultimatum'?"),
        ("pie = 50", "pies = 50", "cup.toml:16: ultimatum: no parameter 'pies'; did you mean 'pie'?"),
        ("pie = 50", 'pie = "big"', "cup.toml:16: ultimatum: parameter 'pie' takes int"),
        ("seats = 7 ", "seats = 99", "cup.toml:20: werewolf is for 5 to "),
        ("seats = 7 ", "seat = 7", "cup.toml:20: no key 'seat'; did you mean 'seats'?"),
        ('fill = ["honest", "random"]', 'fill = ["honets"]', "cup.toml:21: no agent 'honets'; did you mean 'honest'?"),
        (
            'fill = ["honest", "random"]',
            "",
            "cup.toml:19: werewolf has 7 seats and there are 2 agents; add agents, set",
        ),
        ('acts = "off"', 'acts = "of"', "cup.toml:25: no acts 'of'; did you mean 'off'?"),
        ('acts = "off"', "probes = 1", "cup.toml:25: probes must be entries headed [[probes]], got 1"),
        ('acts = "off"', "faults = 1", "cup.toml:25: faults must be a table, got 1"),
        ("talk_rounds = 1", "talk_round = 1", "cup.toml:26: no parameter 'talk_round'; did you mean 'talk_rounds'?"),
        ("talk_rounds = 1", "talk_rounds = 1.5", "cup.toml:26: ultimatum: parameter 'talk_rounds' takes int"),
        ('kind = "procedural"', 'kind = "procedural"\ncanaries = 0.1', "cup.toml:30: canaries are for judges that ask"),
        ('kind = "procedural"', 'kind = "outcom"', "cup.toml:29: no judge 'outcom'; did you mean 'outcome'?"),
        ("concurrency = 4", "concurency = 4", "cup.toml:32: no key 'concurency'; did you mean 'concurrency'?"),
        ("concurrency = 4", "max_calls = -1", "cup.toml:32: max_calls must be 0 or more, got -1"),
        (
            "concurrency = 4",
            "[prices.gpt-5.1]\ninput = 1\noutput = 2",
            'cup.toml:32: a name with a dot in it is written in quotes: [prices."gpt-5.1"]',
        ),
        ("concurrency = 4", "max_calls = 1.5", "cup.toml:32: max_calls must be a whole number, got 1.5"),
        ("concurrency = 4", "max_call = 9", "cup.toml:32: no key 'max_call'; did you mean 'max_calls'?"),
        ("concurrency = 4", "max_cost_usd = -1.0", "cup.toml:32: max_cost_usd must be 0 or more, got -1.0"),
        ("concurrency = 4", "max_time = nan", "cup.toml:32: max_time must be 0 or more, got nan"),
        ("concurrency = 4", '[prices."m"]\ninput = 1', "cup.toml:32: a price needs input and output, in USD"),
        (
            "concurrency = 4",
            '[prices."m"]\ninput = 1\noutput = 1\ncashed = 1',
            "cup.toml:35: no key 'cashed'; did you mean 'cached'?",
        ),
        ("concurrency = 4", "[prices]\nm = 1", 'cup.toml:33: prices has tables headed [prices."NAME"], got m = 1'),
        ("max_void_share = 0.25", "max_void_share = 2", "cup.toml:33: max_void_share must be from 0 to 1, got 2"),
        ("[[judges]]", "[[judge]]", "cup.toml:28: no key 'judge'; did you mean 'judges'?"),
        ("[[agents]]", "[agents]", "cup.toml:10: not TOML: "),
        ("seed = 7 ", "seed = ", "cup.toml:2: not TOML: "),
        ("max_void_share = 0.25", 'max_void_share = """', "cup.toml:33: not TOML: "),
        ('name = "ultimatum"', 'name = "ultimatum"\nseats = 3', "cup.toml:16: ultimatum is for 2 agents, not 3"),
        (
            "deals = 2 ",
            "deals = 1000000000 ",
            "cup.toml: asks for about 22,000,000,000 matches; 2,000,000 are the most",
        ),
        ('name = "bob"', 'name = "fill:bob"', "cup.toml:11: an agent cannot be named 'fill:bob'"),
        ('name = "bob"', 'name = "b\\u001b[2Jb"', "cup.toml:11: an agent cannot be named"),
        ("talk = 0.5", "talk = 1979-05-27", "cup.toml:8: talk must be a text, number, true or false"),
        ("talk = 0.5", "talk = nan", "cup.toml:8: talk must be a text, number, true or false, got nan"),
    ],
)
def test_a_mistake_is_shown_with_its_line_and_the_nearest_name(old: str, new: str, message: str) -> None:
    assert old in CUP
    with pytest.raises(UsageError) as raised:
        parse_cup(CUP.replace(old, new, 1), "cup.toml")
    assert message in str(raised.value)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.toml: cannot be read: .*arena init"):
        read_cup(tmp_path / "no.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe4"')
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        read_cup(tmp_path / "latin.toml")


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    (tmp_path / "cup.toml").write_text(CUP, encoding="utf-8-sig")
    assert read_cup(tmp_path / "cup.toml").name == "cup"


def test_the_same_agent_twice_in_flags_is_told_how_to_be_named() -> None:
    with pytest.raises(UsageError, match="twice; name them apart, as in one=honest,two=honest"):
        flag_cup(["honest", "honest"], ["ultimatum"])
    assert [each.name for each in flag_cup(["one=honest", "two=honest"], ["ultimatum"]).agents] == ["one", "two"]


@pytest.mark.parametrize("more", [{"deals": 10**9}, {"repetitions": 10**9}, {"deals": 10**30}])
def test_more_matches_than_could_be_held_are_refused_at_once(more: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=r"matches; 2,000,000 are the most; lower deals or repetitions"):
        flag_cup(["honest", "liar"], ["ultimatum"], **more)  # pyright: ignore[reportArgumentType]  # only numbers are given


def test_a_key_is_found_wherever_it_stands() -> None:
    text = '''title = """
[[agents]]
name = "no"
"""
list = [
  1,  # name = 3
  [2, 3],
]
a.b = 1
[[agents]]
name = "x = [ # no"
options = { one = 1, "two" = 2, three = { four = "{ five = 5" } }
[[agents]]
"name" = 'y'
[agents.options]
one = 1
[ limits ]
most = 2
'''
    tomllib.loads(text)
    lines = TomlLines("f", text)
    found = [("title",), ("list",), ("a", "b"), ("agents", 0), ("agents", 0, "name"), ("agents", 0, "options", "two")]
    assert [lines.at(*path) for path in found] == ["f:1", "f:5", "f:9", "f:10", "f:11", "f:12"]
    more = [("agents", 1, "name"), ("agents", 1, "options"), ("agents", 1, "options", "one"), ("limits", "most")]
    assert [lines.at(*path) for path in more] == ["f:14", "f:15", "f:16", "f:18"]
    assert lines.at("agents", 0, "kind") == "f:10"
    assert lines.at("nothing") == "f"


def test_a_tag_stands_for_its_games_and_a_named_one_goes_before() -> None:
    head = CUP[: CUP.index("[[games]]")]
    tagged = parse_cup(head + '[[games]]\nname = "tag:cheap-talk"\nfill = ["silent"]\n')
    names = [entry.game.name for entry in tagged.games]
    assert "ultimatum" in names
    assert len(set(names)) == len(names)
    more = '[[games]]\nname = "ultimatum"\n[[games]]\nname = "tag:cheap-talk"\nfill = ["silent"]\n'
    both = parse_cup(head + more)
    assert sorted(entry.game.name for entry in both.games) == sorted(names)
    with pytest.raises(UsageError, match=r"cup\.toml:17: ultimatum is there already, at cup\.toml:15"):
        parse_cup(head + '[[games]]\nname = "ultimatum"\n\n[[games]]\nname = "ultimatum"\n'.replace("\n\n", "\n"))
    with pytest.raises(UsageError, match=r"cup\.toml:15: no tag 'cheap-tlak'; did you mean 'cheap-talk'"):
        parse_cup(head + '[[games]]\nname = "tag:cheap-tlak"\n')


def test_a_variant_named_base_replaces_the_plain_condition() -> None:
    cup = parse_cup(CUP.replace('name = "no-acts"', 'name = "base"'))
    assert [(each.name, each.acts) for each in cup.variants] == [("base", "off")]


def test_a_held_out_seed_stays_out_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARENA_SEED", raising=False)
    with pytest.raises(UsageError, match=r"cup\.toml:2: seed: a held-out tournament"):
        parse_cup(CUP.replace("deals = 2", "heldout = true"))
    held = CUP.replace("seed = 7", "heldout = true")
    with pytest.raises(UsageError, match=r"cup\.toml:2: heldout = true takes the seed from \$ARENA_SEED"):
        parse_cup(held)
    monkeypatch.setenv("ARENA_SEED", "11")
    assert (parse_cup(held).seed, parse_cup(held).heldout) == (11, True)


def test_flags_are_a_tournament_too() -> None:
    cup = flag_cup(["honest", "x=random"], ["ultimatum", "tag:cheap-talk"], deals=3, fill=["random"])
    assert [(each.name, each.kind) for each in cup.agents] == [("honest", "honest"), ("x", "random")]
    assert cup.games[0].game.name == "ultimatum"
    assert cup.deals == 3
    with pytest.raises(UsageError, match="no agent 'honets'; did you mean 'honest'"):
        flag_cup(["honets"], ["ultimatum"])
    with pytest.raises(UsageError, match="no provider 'opnai'; did you mean 'openai'"):
        flag_cup(["opnai/gpt-5"], ["ultimatum"])
    with pytest.raises(UsageError, match="there is an agent 'honest' twice"):
        flag_cup(["honest", "honest"], ["ultimatum"])
    with pytest.raises(UsageError, match=r"werewolf has 5 seats and there are 2 agents; .* --fill random"):
        flag_cup(["honest", "liar"], ["werewolf"])
    with pytest.raises(UsageError, match="no agents"):
        flag_cup([], ["ultimatum"])


def test_a_dry_run_counts_what_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = plan(parse_cup(CUP))
    # Both orders and two of each with itself, two deals, two variants; one table of seven rotations, which lacks them.
    assert next((row.game, row.seats, row.matches, row.done) for row in rows) == ("ultimatum", 2, 16, 0)
    assert rows[1].matches in {14, 28}
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_stops_before_the_first_match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "agents"
    folder.mkdir()
    (folder / "distant.py").write_text("def agent(model='m', api_key_env=None, base_url=None):\n    return None\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    text = CUP.replace('kind = "random"', 'kind = "distant"').replace("talk = 0.5", 'api_key_env = "NO_SUCH_KEY"')
    cup: Cup = parse_cup(text)
    with pytest.raises(
        PreflightError, match=r"agent 'alice' takes its key from \$NO_SUCH_KEY, which is not set"
    ) as raised:
        run(cup, str(tmp_path / "a.db"))
    assert isinstance(raised.value, ArenaError)
    assert raised.value.code == 3
    assert not (tmp_path / "a.db").exists()
    with pytest.raises(
        UsageError, match=r"cup\.toml:8: api_key: keys are not kept in files|cup\.toml:8: no key 'api_key'"
    ):
        parse_cup(text.replace('api_key_env = "NO_SUCH_KEY"', 'api_key = "sk-1"'))


def test_an_address_that_is_none_is_shown_with_its_line(tmp_path: Path) -> None:
    text = CUP.replace('kind = "random"', 'kind = "llm"').replace("talk = 0.5", 'model = "m"\nbase_url = "localhost"')
    with pytest.raises(UsageError, match=r"^cup\.toml:7: .*base_url\) starts with http"):
        run(parse_cup(text), str(tmp_path / "a.db"))
