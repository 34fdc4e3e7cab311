"""Games, agents, judges and boards are found by name; looking executes nothing, a broken file breaks only itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from arena import library
from arena.errors import UsageError

GAME = '''"""Say yes."""

from arena.game import Choice, Table

AGENTS = 2
TAGS = ("mine",)


async def play(table: Table, pie: int = 3) -> dict[str, float]:
    return {agent: float(pie) for agent in table.agents}
'''


def test_a_game_in_the_working_directory_is_found_and_not_trusted(here: Path) -> None:
    (here / "games" / "yes.py").write_text(GAME)
    game = library.game("yes")
    assert (game.origin, game.trusted, game.least, game.most, game.tags) == ("user", False, 2, 2, ("mine",))
    assert library.defaults(game) == {"pie": 3}
    assert "yes" in library.names("games")
    assert library.select_games(["tag:mine"]) == [game]


def test_built_in_games_are_there_from_any_folder(here: Path) -> None:
    game = library.game("ultimatum")
    assert (game.origin, game.trusted) == ("built-in", True)
    assert not list((here / "games").iterdir())


def test_the_same_bytes_are_the_built_in_game(here: Path) -> None:
    (here / "games" / "ultimatum.py").write_text(library.game("ultimatum").source)
    assert library.game("ultimatum").trusted


def test_other_bytes_under_a_built_in_name_are_refused_with_both_paths(here: Path) -> None:
    built_in = library.game("ultimatum").path
    mine = here / "games" / "ultimatum.py"
    mine.write_text(GAME)
    with pytest.raises(UsageError) as caught:
        library.game("ultimatum")
    assert str(mine) in str(caught.value)
    assert built_in in str(caught.value)
    good, broken = library.listing()
    assert "ultimatum" not in good
    assert str(mine) in broken["ultimatum"]


def test_what_is_dropped_beside_the_built_in_games_is_not_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_in = Path(library.game("ultimatum").path)
    clone = tmp_path / "clone"
    (clone / "arena").mkdir(parents=True)
    (clone / "games").mkdir()
    (clone / "games" / "ultimatum.py").write_text(built_in.read_text())
    (clone / "games" / "dropped.py").write_text(GAME)
    monkeypatch.setattr(library, "__file__", str(clone / "arena" / "library.py"))
    for folder in (tmp_path, clone):
        monkeypatch.chdir(folder)
        assert (library.game("dropped").origin, library.game("dropped").trusted) == ("user", False)
        assert library.game("ultimatum").trusted


def test_every_game_that_ships_is_named_as_built_in() -> None:
    shipped = Path(library.game("ultimatum").path).parent
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=shipped, capture_output=True, text=True, check=False)
    names = {Path(line).stem for line in tracked.stdout.splitlines() if "/" not in line}
    if not names:
        pytest.skip("not a git checkout")
    assert names == library.BUILT_IN


def test_generated_games_are_never_trusted(here: Path) -> None:
    (here / "games" / "generated").mkdir()
    (here / "games" / "generated" / "fresh.py").write_text(GAME)
    game = library.game("fresh")
    assert (game.origin, game.trusted) == ("generated", False)


def test_a_game_can_be_named_by_its_file(here: Path) -> None:
    (here / "elsewhere.py").write_text(GAME)
    assert library.game("./elsewhere.py").name == "elsewhere"
    assert library.game(library.game("ultimatum").path).trusted
    with pytest.raises(UsageError, match=r"missing\.py: cannot be read"):
        library.game("./missing.py")


def test_listing_and_reading_execute_nothing(here: Path) -> None:
    bomb = "raise SystemExit('executed')\n"
    (here / "games" / "bomb.py").write_text(GAME + bomb)
    (here / "agents" / "bomb.py").write_text("def agent():\n    ...\n" + bomb)
    (here / "judges" / "bomb.py").write_text(bomb)
    assert library.game("bomb").name == "bomb"
    assert library.agent_file("bomb").name == "bomb"
    assert "bomb" in library.names("judges")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def play(:\n", "bad.py:1: not Python"),
        ("AGENTS = 2\n", "there is none"),
        ("AGENTS = 2\nasync def play(): ...\n", "bad.py:2: `play` takes the table first"),
        ("async def play(table): ...\n", "AGENTS must be a number or"),
        ("AGENTS = (3, 2)\nasync def play(table): ...\n", "got (3, 2)"),
        ("AGENTS = True\nasync def play(table): ...\n", "got True"),
        ("AGENTS = len('ab')\nasync def play(table): ...\n", "bad.py:1: AGENTS must be a literal"),
        ("AGENTS = 2\nTAGS = 'talk'\nasync def play(table): ...\n", "TAGS must be strings in a tuple, got 'talk'"),
        ("AGENTS = 2\nSCORING = 'points'\nasync def play(table): ...\n", "got 'points'"),
        ("AGENTS = 2\nasync def play(table, n=10 ** 3): ...\n", "bad.py:2: the default of 'n' must be a literal"),
        ("AGENTS = 2\0", "bad.py"),
        ("(" * 5000, "bad.py"),
    ],
)
def test_a_broken_game_says_where_and_leaves_the_others_alone(here: Path, source: str, message: str) -> None:
    (here / "games" / "bad.py").write_text(source)
    with pytest.raises(UsageError) as caught:
        library.game("bad")
    assert message in str(caught.value)
    good, broken = library.listing()
    assert "ultimatum" in good
    assert message in broken["bad"]


def test_a_file_that_is_no_text_is_an_error_of_that_file(here: Path) -> None:
    (here / "games" / "bad.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"bad\.py: is not UTF-8"):
        library.game("bad")


def test_an_unknown_name_brings_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'ultimatum'"):
        library.game("ultimatim")
    with pytest.raises(UsageError, match="did you mean 'negotiation'"):
        library.select_games(["tag:negotiaton"])


def test_a_changed_file_is_read_again(here: Path) -> None:
    path = here / "games" / "yes.py"
    path.write_text(GAME)
    before = library.game("yes")
    path.write_text(GAME.replace("pie: int = 3", "pie: int = 44"))
    assert library.defaults(library.game("yes")) == {"pie": 44}
    assert library.game("yes").sha256 != before.sha256


AGENT = """MEMORY = True


class Yes:
    def act(self, turn):
        return "yes"


def agent(word, *, loud=False):
    made = Yes()
    made.word = word
    return made
"""


def test_what_an_agent_file_says_about_itself(here: Path) -> None:
    (here / "agents" / "yes.py").write_text(AGENT)
    file = library.agent_file("yes")
    assert (file.memory, file.privileged, file.scripted, file.open) == (True, False, False, False)
    assert (file.parameters, file.required) == (("word", "loud"), ("word",))
    assert library.make_agent("yes", {"word": "aye"}).word == "aye"
    assert library.make_agent("yes", {"word": "aye"}) is not library.make_agent("yes", {"word": "aye"})


def test_options_of_an_agent_are_checked_before_it_is_made(here: Path) -> None:
    (here / "agents" / "yes.py").write_text(AGENT)
    with pytest.raises(UsageError, match="agent 'yes': no option 'lowd'; did you mean 'loud'"):
        library.make_agent("yes", {"word": "aye", "lowd": True})
    with pytest.raises(UsageError, match="needs the option 'word'"):
        library.make_agent("yes", {})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def agent(", r"agents/bad\.py:1: not Python"),
        ("import no_such_library\n\ndef agent():\n    ...\n", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("agents = 1\n", "an agent file has `def agent"),
    ],
)
def test_an_agent_file_that_cannot_be_used_says_why(here: Path, source: str, message: str) -> None:
    (here / "agents" / "bad.py").write_text(source)
    assert "bad" in library.agent_kinds()
    with pytest.raises(UsageError, match=message):
        library.make_agent("bad", {})


def test_other_distributions_offer_games_without_being_imported(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path_factory.mktemp("site")
    (site / "guest").mkdir()
    (site / "guest" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (site / "guest" / "tea.py").write_text(GAME)
    (site / "guest-1.dist-info").mkdir()
    (site / "guest-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1\n")
    entries = "[arena.games]\ntea_time = guest.tea\ngone = guest.nothing\n"
    (site / "guest-1.dist-info" / "entry_points.txt").write_text(entries)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    library.forget()
    try:
        game = library.game("tea_time")
        assert (game.name, game.origin, game.trusted) == ("tea_time", "user", False)
        assert "guest" not in sys.modules
        assert "gone" in library.listing()[1]
    finally:
        library.forget()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (GAME.replace("return", "table.talk()\n    return"), r"mine.py:10: `table.talk\(…\)` waits for answers"),
        (GAME.replace("return", "x = [t.ask(1) for t in ()]\n    return"), ""),
        (GAME + "\n\nasync def more(t: Table) -> None:\n    t.ask_all(t.agents, 'x', Choice('a'))\n", "mine.py:14"),
        (GAME.replace("return", "await gather(*[table.ask(a, 'x', 1) for a in ()])\n    return"), "ask_all"),
        ('"""Doc."""\n\nimport asyncio\n' + GAME, "mine.py:3: a game waits for its table only"),
        ('"""Doc."""\n\nfrom asyncio import gather\n' + GAME, "mine.py:3: a game waits for its table only"),
        (GAME.replace("pie: int = 3", "pie: int"), "mine.py:9: parameter 'pie' of `play` needs a default"),
        (GAME.replace("pie: int = 3", "*, pie: int"), "mine.py:9: parameter 'pie' of `play` needs a default"),
        ("\0", "mine.py: not Python"),
    ],
)
def test_what_the_text_of_a_game_can_be_faulted_for_is_said_with_its_line(here: Path, source: str, said: str) -> None:
    (here / "games" / "mine.py").write_text(source)
    if said:
        with pytest.raises(UsageError, match=said):
            library.game("mine")
        assert "mine" in library.listing()[1]
    else:
        assert library.game("mine").name == "mine"


def test_a_byte_order_mark_is_no_mistake(here: Path) -> None:
    (here / "games" / "mine.py").write_bytes(b"\xef\xbb\xbf" + GAME.encode())
    assert library.game("mine").source == GAME
