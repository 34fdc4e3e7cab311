"""What a turn of a model costs in this process: a bare call, an AutoGen agent around it, a seat around that, a team.

    python -m benchmarks.calls

The endpoint runs in another process, answers at once and is not counted; every figure is processor time of this one.
Rounds alternate, figures are medians. Matches and group chats are of two, with the same rules and as many turns.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Unpack

from arena.chat.model import Model, ModelOptions
from arena.drive import play
from arena.library import game, load, make_agent
from arena.llm import Endpoint, complete
from arena.match import Match
from arena.turn import Turn
from benchmarks.timing import alternate, line

GAME = "matrix_game"
PARAMS = {"turns": 6}
CHATS = 12
"""At once, of two."""
MODEL = "scripted/random"


class Heard(Model):
    """A model's seat that keeps what it sent in each turn."""

    def __init__(self, **options: Unpack[ModelOptions]) -> None:
        super().__init__(**options)
        self.sent: list[list[dict[str, Any]]] = []

    async def act(self, turn: Turn) -> str:
        self.sent.append([*self.chat.ask(turn)])
        (answer,) = await self.sample(turn)
        return self.answered(answer)


@contextmanager
def elsewhere(*options: str) -> Generator[str]:
    """The scripted endpoint in a process of its own; gives its base URL."""
    with served(*options) as (url, _):
        yield url


@contextmanager
def served(*options: str) -> Generator[tuple[str, int]]:
    """The same; gives its base URL and its process."""
    serve = [sys.executable, "-m", "arena", "endpoint", "--port", "0", *options]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:  # noqa: S603  # ourselves
        try:
            yield (server.stdout.readline() if server.stdout else "").strip(), server.pid
        finally:
            server.terminate()


async def match_of(agents: Sequence[Any], seed: int = 0) -> int:
    """Play one match; how many turns it took."""
    match = Match(game(GAME), PARAMS, seed, id=f"bench-{seed}")
    await play(match, dict(zip(match.seats, agents, strict=True)))
    return len(match.plies)


def matches(kind: str, url: str, **options: Any) -> Callable[[], int]:
    """Many matches at once, both seats of one kind of agent over the model."""

    async def run() -> int:
        given = {"model": MODEL, "base_url": url, **options}
        tables = [[make_agent(kind, given) for _ in range(2)] for _ in range(CHATS)]
        return sum(await asyncio.gather(*(match_of(table, seed) for seed, table in enumerate(tables))))

    return lambda: asyncio.run(run())


def bare_calls(url: str, sent: Sequence[Sequence[Mapping[str, Any]]]) -> Callable[[], int]:
    """The same requests with nothing around them: each chat one after the other, many chats at once."""

    async def chat() -> int:
        for messages in sent:
            await complete(Endpoint(url, model=MODEL, provider="scripted"), messages)
        return len(sent)

    async def run() -> int:
        return sum(await asyncio.gather(*(chat() for _ in range(2 * CHATS))))

    return lambda: asyncio.run(run())


def bare_assistants(url: str, sent: Sequence[Sequence[Mapping[str, Any]]]) -> Callable[[], int]:
    """AssistantAgents with our client, told the same and asked by nobody but this loop."""
    autogen: Any = load("agents", "autogen")
    agents: Any = import_module("autogen_agentchat.agents")
    told: Any = import_module("autogen_agentchat.messages")

    async def chat() -> int:
        talk = autogen.Line(Model(model=MODEL, base_url=url), 50)
        talk.system = sent[0][0]["content"]
        agent = agents.AssistantAgent("assistant", autogen.Client(talk), system_message=None)
        for messages in sent:
            talk.begin()
            await agent.run(task=told.TextMessage(content=messages[-1]["content"], source=autogen.TABLE))
        return len(sent)

    async def run() -> int:
        return sum(await asyncio.gather(*(chat() for _ in range(2 * CHATS))))

    return lambda: asyncio.run(run())


def round_robins(client: Callable[[], Any], sent: Sequence[Sequence[Mapping[str, Any]]]) -> Callable[[], int]:
    """AutoGen's own group chats of two over a client of AutoGen's, as many turns as a match has."""
    agents: Any = import_module("autogen_agentchat.agents")
    teams: Any = import_module("autogen_agentchat.teams")
    turns = 2 * len(sent)

    async def chat(model: Any) -> int:
        system, task = sent[0][0]["content"], sent[0][-1]["content"]
        pair = [agents.AssistantAgent(name, model, system_message=system) for name in ("one", "two")]
        done = await teams.RoundRobinGroupChat(pair, max_turns=turns).run(task=task)
        return len(done.messages) - 1

    async def run() -> int:
        model = client()
        try:
            return sum(await asyncio.gather(*(chat(model) for _ in range(CHATS))))
        finally:
            await model.close()

    return lambda: asyncio.run(run())


def stub() -> Any:
    """A client of AutoGen's that answers without a call."""
    models: Any = import_module("autogen_core.models")
    autogen: Any = load("agents", "autogen")

    class Stub(autogen.Client):
        async def create(self, *_: Any, **__: Any) -> Any:
            usage = models.RequestUsage(0, 0)
            return models.CreateResult(finish_reason="stop", content='{"say": ""}', usage=usage, cached=False)

    return Stub(None)


def openai_client(url: str) -> Callable[[], Any] | None:
    """AutoGen's client for OpenAI's protocol; None where autogen-ext is not installed."""
    try:
        library: Any = import_module("autogen_ext.models.openai")
    except ImportError:
        return None
    info = {"vision": False, "function_calling": True, "json_output": True, "family": "unknown"}
    info["structured_output"] = True
    return lambda: library.OpenAIChatCompletionClient(model=MODEL, base_url=url, api_key="none", model_info=info)


def main() -> None:
    with elsewhere() as url:
        heard = Heard(model=MODEL, base_url=url)
        asyncio.run(match_of([heard, make_agent("random", {})]))
        sent = heard.sent
        line("turns of a seat in a match", str(len(sent)))
        line("characters in its last request", f"{sum(len(one['content']) for one in sent[-1]):,}")
        work = {
            "bare": bare_calls(url, sent),
            "assistant": bare_assistants(url, sent),
            "seat": matches("autogen", url),
            "committee": matches("autogen", url, team="round_robin"),
            "llm": matches("llm", url),
            "stub": round_robins(stub, sent),
        }
        theirs = openai_client(url)
        if theirs is not None:
            work["team"] = round_robins(theirs, sent)
        spent = alternate(work, rounds=3)
    milliseconds = {name: seconds * 1000 for name, seconds in spent.items()}
    line("a bare call, per turn", f"{milliseconds['bare']:.2f} ms")
    line("a turn of an `llm` seat in a match", f"{milliseconds['llm']:.2f} ms")
    line("a turn of a bare AssistantAgent with our client", f"{milliseconds['assistant']:.2f} ms")
    line("a turn of an AssistantAgent seat in a match", f"{milliseconds['seat']:.2f} ms")
    line("  beyond the call", f"{milliseconds['seat'] - milliseconds['bare']:.2f} ms")
    line("  beyond the bare AssistantAgent", f"{milliseconds['seat'] - milliseconds['assistant']:.2f} ms")
    line("a turn of a committee of three, which takes three calls", f"{milliseconds['committee']:.2f} ms")
    line("turns per CPU second: `llm` seats", f"{1 / spent['llm']:,.0f}")
    line("  RoundRobinGroupChat of two, no call at all", f"{1 / spent['stub']:,.0f}")
    if "team" in spent:
        line("  RoundRobinGroupChat of two, AutoGen's OpenAI client", f"{1 / spent['team']:,.0f}")
        line("  `llm` seats beside it", f"{spent['team'] / spent['llm']:.1f} x")
    else:
        line("  RoundRobinGroupChat of two, AutoGen's OpenAI client", "not installed")


if __name__ == "__main__":
    main()
