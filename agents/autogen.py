"""An AutoGen agent or team in one seat: a committee, one assistant with tools and memory, or one of your own.

All of them call their model through `arena.llm`, with its retries, budget and journal. What a team says among itself
stays in the seat; its last word is the seat's reply.
"""

import asyncio
import inspect
import logging
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from functools import lru_cache, wraps
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Unpack, cast

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskRunner
from autogen_agentchat.conditions import SourceMatchTermination
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_core import CancellationToken, FunctionCall
from autogen_core.memory import ListMemory, MemoryContent, MemoryMimeType
from autogen_core.model_context import BufferedChatCompletionContext
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FinishReasons,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from arena.calling.place import Call, call
from arena.chat.arithmetic import arithmetic
from arena.chat.aside import aside
from arena.chat.model import Model, ModelOptions, Thought
from arena.chat.prompt import FAULTS, LEFT_OUT
from arena.errors import AgentError, ArenaError, ContextExceeded, InvalidAction, UsageError, unknown
from arena.library import run_source
from arena.llm import Answer, complete
from arena.turn import Turn

TABLE = "table"
"""Who says, in an AutoGen chat, what the match puts to the seat."""
RULES = "rules"
CHAIR = "chair"

MEMBERS = """\
You are {name}, one of a committee that plays this seat together: {names}. What you say among yourselves stands
between [aside] and [/aside], and nobody else hears it."""
ADVISE = """\
You are {name}. Tell the others in at most three sentences what the committee should answer to what it was asked last, \
and why. Do not write the answer itself: {chair} writes it."""
DECIDE = "You have the last word: weigh what the others said, and write the committee's answer in the form asked for."
CHOOSE = """\
You lead a committee's talk. Its members:
{roles}

What was said last:
{history}

Who should speak next? Answer with one name and nothing else: one of {participants}. chair ends the talk."""
SINGLE = "You may call the tools you have before you answer."

# AutoGen logs with its traceback what is raised here anyway; with a handler of its own, Python prints none of it.
for _name in ("autogen_core", "autogen_agentchat"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Ended(Exception):
    """A call of the model failed, or there was one too many; what it was is with the seat."""


class Line:
    """One seat's line to its model: where its calls come from, what they add up to, and what went wrong."""

    def __init__(self, model: Model, most_calls: int) -> None:
        self.system = ""
        """The rules of the match and the seat, with which every request begins."""
        self.failed: BaseException | None = None
        self.failing = asyncio.Event()
        self.last: Answer | None = None
        self.turn: Turn | None = None
        self._model = model
        self._most = most_calls
        self._longest: int | None = None
        """How many characters the model can read, once it had too many."""
        self._calls = 0
        self._here: Call | None = None
        self._common: Mapping[str, Any] = {}
        self._form: Mapping[str, Any] = {}

    def begin(self, turn: Turn | None = None) -> None:
        """A turn begins, and calls are its own from now on; outside of a match there is none."""
        self._calls, self._here, self.failed, self.last = 0, call.get(), None, None
        self.turn = turn
        self.failing = asyncio.Event()
        if turn is not None:
            self._common = self._model.common(turn)
            self._form = self._model.form(turn)

    async def ask(self, messages: list[dict[str, Any]], options: Mapping[str, Any], *, replies: bool) -> Answer:
        """Call the model; `replies`: its answer may be the seat's reply, and is asked for in the form of one."""
        if self.failed is not None:
            raise Ended(str(self.failed))
        # AutoGen's tasks may have begun before this turn, or outside of any.
        token = call.set(self._here)
        try:
            self._calls += 1
            if self._calls > self._most:
                raise AgentError(
                    f"asked the model more than {self._most} times in one turn; end the team's talk sooner "
                    "(max_turns, termination_condition) or raise most_calls"
                )
            given = {**(self._form if replies else {}), **self._common, **options}
            answer = await self._complete(messages, given)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # the seat raises it again; a pause is no `Exception`
            self.failed = error
            self.failing.set()
            raise Ended(str(error)) from None
        finally:
            call.reset(token)
        self._model.used.add(answer)
        self.last = answer
        return answer

    async def _complete(self, messages: list[dict[str, Any]], options: Mapping[str, Any]) -> Answer:
        """Send the messages, and again without the oldest of them where they are more than the model can read."""
        model = self._model
        messages = shortened(messages, self._longest)
        try:
            return await complete(model.where, messages, options, deadline=model.timeout)
        except ContextExceeded:
            self._longest = sum(map(_size, messages)) // 2
            fewer = shortened(messages, self._longest)
            if fewer is messages:
                raise
            if self._here is not None:
                # It was the agent's to cope with, and it does.
                self._here.failed = None
        model.shortened += 1
        return await complete(model.where, fewer, options, deadline=model.timeout)


class Seat:
    """An AutoGen agent or team that plays one seat of one match."""

    def __init__(self, model: Model, line: Line, runner: TaskRunner, *, own: bool) -> None:
        self._model = model
        self._line = line
        self._runner = runner
        self._own = own
        self.thoughts: list[Thought] = []
        """What the model thought before its replies; the rest of a deliberation is in the requests."""

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to."""
        return self._model.usage

    async def act(self, turn: Turn) -> str:
        """Put the turn to the agent or team, and give back its last word."""
        task = self._task(turn)
        line, cancel = self._line, CancellationToken()
        line.begin(turn)
        running = asyncio.ensure_future(self._runner.run(task=task, cancellation_token=cancel))
        failing = asyncio.ensure_future(line.failing.wait())
        try:
            await asyncio.wait({running, failing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            failing.cancel()
            if not running.done():
                await _end(running, cancel)
        if line.failed is not None:
            # What AutoGen made of it, or whether it went on without it, does not matter.
            raise line.failed
        told = {message.id for message in task}
        said = [one for one in running.result().messages if isinstance(one, BaseChatMessage) and one.id not in told]
        reply = _plain(said[-1].to_text()) if said else ""
        # The chat only writes what the table says; a reply without a word still ends what it has said so far.
        self._model.chat.answered(reply if reply.strip() else "(no answer)")
        last = line.last
        if last is not None and _plain(last.text) == reply:
            if last.reasoning:
                self.thoughts.append(Thought(turn.ply, turn.attempt, last.reasoning))
            if last.fault:
                raise InvalidAction(FAULTS.get(last.fault, FAULTS["unreadable"]), reply=reply)
        if not reply.strip():
            raise InvalidAction(FAULTS["empty"], reply=reply)
        return reply

    def _task(self, turn: Turn) -> list[BaseChatMessage]:
        first = not self._line.system
        messages = self._model.chat.ask(turn)
        self._line.system = messages[0]["content"]
        news: list[BaseChatMessage] = [TextMessage(content=messages[-1]["content"], source=TABLE)]
        if first and self._own:
            # One of your own need not call our client, which puts the rules before everything.
            news.insert(0, TextMessage(content=self._line.system, source=RULES))
        return news


async def _end(running: "asyncio.Future[Any]", cancel: CancellationToken) -> None:
    """Stop a run; one that will not stop is left behind, since nothing it does reaches the match any more."""
    cancel.cancel()
    running.cancel()
    await asyncio.wait({running}, timeout=5)
    if running.done() and not running.cancelled():
        running.exception()


class Client(ChatCompletionClient):
    """A model as AutoGen calls one, and `arena.llm` behind it; each request begins with the rules of the match."""

    component_type = "model"

    def __init__(self, line: Line, closing: str = "", *, apart: bool = False, replies: bool = False) -> None:
        """`closing` ends every request; `apart`: what is sent is no part of the match; `replies`: the answer may be."""
        self._line = line
        self._closing = closing
        self._apart = apart
        self._replies = replies
        self._prompt_tokens = 0
        self._completion_tokens = 0
        self._last = RequestUsage(0, 0)

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        written = as_chat(self._line.system, messages, self._closing, apart=self._apart)
        options = {**_options(tools, tool_choice, json_output), **(extra_create_args or {})}
        asked = asyncio.ensure_future(self._line.ask(written, options, replies=self._replies))
        if cancellation_token is not None:
            cancellation_token.link_future(asked)
        try:
            answer = await asked
        finally:
            asked.cancel()
        return self._result(answer)

    def _result(self, answer: Answer) -> CreateResult:
        usage = RequestUsage(answer.prompt_tokens or 0, answer.completion_tokens or 0)
        self._last = usage
        self._prompt_tokens += usage.prompt_tokens
        self._completion_tokens += usage.completion_tokens
        calls = [
            FunctionCall(id=one.id, name=one.name, arguments=_plain(one.arguments or "{}")) for one in answer.tool_calls
        ]
        text = _plain(answer.text)
        finish: FinishReasons = _FINISH.get(answer.finish, "unknown")
        if calls:
            return CreateResult(
                finish_reason="function_calls", content=calls, usage=usage, cached=False, thought=text or None
            )
        thought = _plain(answer.reasoning) or None
        return CreateResult(finish_reason=finish, content=text, usage=usage, cached=False, thought=thought)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        result = await self.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )
        if isinstance(result.content, str) and result.content:
            yield result.content
        yield result

    async def close(self) -> None:
        """Nothing: the connections are the event loop's."""

    def actual_usage(self) -> RequestUsage:
        return self._last

    def total_usage(self) -> RequestUsage:
        return RequestUsage(self._prompt_tokens, self._completion_tokens)

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """About what English takes: a token for four characters."""
        return sum(len(str(message.content)) + 3 for message in messages) // 4

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """As if there were room for 128,000; what a model holds is not known here."""
        return max(0, 128_000 - self.count_tokens(messages))

    @property
    def capabilities(self) -> Any:
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=True,
            json_output=True,
            family="unknown",
            structured_output=True,
            multiple_system_messages=True,
        )


_FINISH: Mapping[str, FinishReasons] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}


def as_chat(
    system: str, messages: Sequence[LLMMessage], closing: str = "", *, apart: bool = False
) -> list[dict[str, Any]]:
    """AutoGen's messages as one chat of the seat's.

    The table is the user, and what was said last before the table spoke again is the seat's reply; all else that
    anybody said are asides. `apart`: the messages are no part of the match, and all of them one question aside.
    """
    chat = _Written(system)
    said: list[tuple[str, str]] = []
    for message in messages:
        match message:
            case SystemMessage():
                chat.tell(message.content)
            case UserMessage(source=source) if source == RULES:
                continue
            case UserMessage() | AssistantMessage() if apart:
                chat.add("user", aside(_text(message.content), ask=True))
            case UserMessage(source=source) if source == TABLE:
                chat.settle(said)
                chat.add("user", _text(message.content))
            case AssistantMessage(content=list() as calls):
                chat.asides(said)
                chat.call(calls, message.thought or "")
            case FunctionExecutionResultMessage():
                chat.results(message)
            case _:
                said.append((message.source, _text(message.content)))
    chat.asides(said)
    if closing:
        chat.add("user", aside(closing, ask=True))
    return chat.messages


class _Written:
    """A chat being put together: no two messages of one side in a row, no empty ones."""

    def __init__(self, system: str) -> None:
        self.messages: list[dict[str, Any]] = [{"role": "system", "content": system}]
        self._told = ""

    def tell(self, text: str) -> None:
        """Further words of the agent's own: with the rules where they come first, else an aside, once."""
        if len(self.messages) == 1:
            self.messages[0] = {"role": "system", "content": f"{self.messages[0]['content']}\n\n{text}".strip()}
        elif text != self._told:
            self._told = text
            self.add("user", aside(text.strip()))

    def settle(self, said: list[tuple[str, str]]) -> None:
        """The table speaks: the last words were the reply to what it asked before."""
        reply = said.pop()[1] if said else ""
        self.asides(said)
        self.add("assistant", reply)

    def asides(self, said: list[tuple[str, str]]) -> None:
        for source, words in said:
            self.add("user", aside(f"{source}: {words}"))
        said.clear()

    def call(self, calls: Iterable[FunctionCall], text: str) -> None:
        """The seat's model calls tools."""
        asked = [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for one in calls
        ]
        self.messages.append({"role": "assistant", "content": text or None, "tool_calls": asked})

    def results(self, message: FunctionExecutionResultMessage) -> None:
        for one in message.content:
            self.messages.append({"role": "tool", "tool_call_id": one.call_id, "content": _plain(one.content)})

    def add(self, role: str, text: str) -> None:
        text = _plain(text)
        last = self.messages[-1]
        if not text.strip():
            return
        if last["role"] == role and "tool_calls" not in last:
            self.messages[-1] = {"role": role, "content": f"{last['content']}\n{text}"}
        else:
            self.messages.append({"role": role, "content": text})


def shortened(messages: list[dict[str, Any]], longest: int | None) -> list[dict[str, Any]]:
    """Without the oldest messages after the first ask, down to `longest` characters or the last message of the user."""
    if longest is None or len(messages) < 3:
        return messages
    starts = [number for number, one in enumerate(messages) if one["role"] == "user" and number > 2]
    room = longest - sum(map(_size, messages[:2]))
    start = next((each for each in starts if sum(map(_size, messages[each:])) <= room), (starts or [2])[-1])
    if start == 2:
        return messages
    answered = messages[2]["role"] == "assistant" and "tool_calls" not in messages[2]
    chat = _Written("")
    chat.messages = messages[: 3 if answered else 2]
    chat.add("user", LEFT_OUT)
    chat.add("user", messages[start]["content"])
    return [*chat.messages, *messages[start + 1 :]]


def _size(message: Mapping[str, Any]) -> int:
    return len(str(message["content"]))


def _text(content: Any) -> str:
    parts = cast("list[Any]", content) if isinstance(content, list) else [content]
    return "".join(part for part in parts if isinstance(part, str))


def _plain(text: str) -> str:
    """Text that can be sent: a lone surrogate has no UTF-8 form."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _options(
    tools: Sequence[Tool | ToolSchema],
    tool_choice: Tool | Literal["auto", "required", "none"],
    json_output: bool | type[BaseModel] | None,
) -> dict[str, Any]:
    """What AutoGen wants besides an answer, as the protocol says it."""
    found: dict[str, Any] = {}
    if tools:
        schemas = [one.schema if isinstance(one, Tool) else one for one in tools]
        found["tools"] = [{"type": "function", "function": dict(schema)} for schema in schemas]
        if isinstance(tool_choice, Tool):
            found["tool_choice"] = {"type": "function", "function": {"name": tool_choice.name}}
        elif tool_choice != "auto":
            found["tool_choice"] = tool_choice
    if isinstance(json_output, type):
        schema = {"name": json_output.__name__, "schema": json_output.model_json_schema()}
        found["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif json_output:
        found["response_format"] = {"type": "json_object"}
    return found


def calculator(expression: str) -> str:
    """Work out one line of arithmetic, such as (100 - 37) / 2; + - * / // % **, brackets, abs, max, min and round."""
    return str(arithmetic(expression))


TOOLS: Mapping[str, Callable[..., Any]] = {"calculator": calculator}
"""What `tools` may name."""


def _failing(tool: Callable[..., Any], line: Line) -> Callable[..., Any]:
    """A tool that fails where the variant that is played has it fail."""

    # Not a plain function, which AutoGen would call in a thread: calls at once are counted in their order.
    @wraps(tool)
    async def called(*args: Any, **kwargs: Any) -> Any:
        failed = None if line.turn is None else line.turn.tool_fails(tool.__name__)
        return tool(*args, **kwargs) if failed is None else failed

    return called


def _single(line: Line, tools: Sequence[str], memory: Sequence[str]) -> TaskRunner:
    for name in tools:
        if name not in TOOLS:
            raise unknown("tool", name, list(TOOLS))
    kept = [MemoryContent(content=one, mime_type=MemoryMimeType.TEXT) for one in memory]
    return AssistantAgent(
        "assistant",
        Client(line, replies=True),
        tools=[_failing(TOOLS[name], line) for name in tools],
        memory=[ListMemory("memory", kept)] if kept else None,
        system_message=SINGLE if tools else None,
        max_tool_iterations=8,
    )


def _committee(line: Line, team: str, members: int, rounds: int, personas: Sequence[str]) -> TaskRunner:
    names = [*(f"adviser_{number + 1}" for number in range(members - 1)), CHAIR]
    seated: list[AssistantAgent] = []
    for number, name in enumerate(names):
        words = MEMBERS.format(name=name, names=", ".join(names))
        if personas:
            words += f"\n{personas[number % len(personas)]}"
        if name == CHAIR:
            words += f"\n{DECIDE}"
        client = Client(line, replies=True) if name == CHAIR else Client(line, ADVISE.format(name=name, chair=CHAIR))
        about = "writes the answer, and ends the talk with it" if name == CHAIR else "advises"
        seated.append(AssistantAgent(name, client, system_message=words, description=about))
    most = members * rounds
    if team == "round_robin":
        return RoundRobinGroupChat([*seated], max_turns=most)

    def forced(thread: Sequence[BaseAgentEvent | BaseChatMessage]) -> str | None:
        """The chair when the time is up; the first adviser opens."""
        asked = max(number for number, one in enumerate(thread) if one.source == TABLE)
        spoken = len(thread) - asked - 1
        return names[0] if not spoken else CHAIR if spoken == most - 1 else None

    return SelectorGroupChat(
        [*seated],
        Client(line, apart=True),
        termination_condition=SourceMatchTermination([CHAIR]),
        selector_prompt=CHOOSE,
        selector_func=forced,
        model_context=BufferedChatCompletionContext(buffer_size=most + 1),
    )


def _own(factory: str, line: Line, settings: Mapping[str, Any]) -> TaskRunner:
    """What a function in a file of the user's makes."""
    file, _, name = factory.rpartition(":")
    path = Path(file).resolve()
    if path.suffix != ".py" or not name.isidentifier():
        raise UsageError(f"factory: expected FILE.py:FUNCTION, got {factory!r}")
    if not path.is_file():
        raise UsageError(f"factory {factory!r}: there is no file {path}")
    try:
        module = _module(str(path), path.stat().st_mtime_ns)
        make = getattr(module, name, None)
        if not callable(make):
            functions = [each for each, value in vars(module).items() if inspect.isfunction(value)]
            raise unknown("function", name, functions, where=f"factory {factory!r}")
        made: Any = make(Client(line), **settings)
    except ArenaError:
        raise
    except (Exception, SystemExit) as error:
        raise UsageError(f"factory {factory!r}: {type(error).__name__}: {error}") from error
    if not callable(getattr(made, "run", None)):
        kind = type(made).__name__
        raise UsageError(f"factory {factory!r}: expected an AutoGen agent or team, which has `run`; got {kind}")
    return made


@lru_cache(maxsize=64)
def _module(path: str, _modified: int) -> ModuleType:
    module = run_source(f"autogen_{Path(path).stem}", path, Path(path).read_text(encoding="utf-8"))
    # AutoGen reads the annotations of tools, and they are looked up by the module's name.
    sys.modules[module.__name__] = module
    return module


def agent(
    team: Literal["", "round_robin", "selector"] = "",
    members: int = 3,
    rounds: int = 1,
    personas: Sequence[str] = (),
    tools: Sequence[str] = (),
    memory: Sequence[str] = (),
    factory: str = "",
    settings: Mapping[str, Any] | None = None,
    most_calls: int = 50,
    **model: Unpack[ModelOptions],
) -> Seat:
    called = Model(**model)
    line = Line(called, most_calls)
    if factory:
        return Seat(called, line, _own(factory, line, settings or {}), own=True)
    if not team:
        return Seat(called, line, _single(line, tools, memory), own=False)
    if team not in ("round_robin", "selector"):
        raise unknown("team", team, ["round_robin", "selector"])
    if members < 2 or rounds < 1:
        raise UsageError(f"a team has two members or more and talks one round or more, got {members} and {rounds}")
    return Seat(called, line, _committee(line, team, members, rounds, personas), own=False)
