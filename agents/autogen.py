"""An AutoGen agent or team in one seat: a committee, one assistant with tools and memory, or one of your own.

All of them call their model through `arena.llm`, with its retries, budget and journal. What a team says among itself
stays in the seat; its last word is the seat's reply.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import wraps
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

from arena.agent import Thought
from arena.chat.arithmetic import arithmetic
from arena.chat.factory import made_by
from arena.chat.line import Line
from arena.chat.model import Model, ModelOptions
from arena.chat.prompt import FAULTS
from arena.chat.talk import Talk, sendable
from arena.errors import InvalidAction, UsageError, unknown
from arena.llm import Answer
from arena.turn import Turn

TABLE = "table"
"""Who says, in an AutoGen chat, what the match puts to the seat."""
RULES = "rules"
CHAIR = "chair"

MEMBERS = """\
You are {name}, one of a committee that plays this seat together: {names}. What you say among yourselves stands \
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
            await _end(running, cancel)
        if line.failed is not None:
            # What AutoGen made of it, or whether it went on without it, does not matter.
            raise line.failed
        told = {message.id for message in task}
        said = [one for one in running.result().messages if isinstance(one, BaseChatMessage) and one.id not in told]
        reply = sendable(said[-1].to_text()) if said else ""
        # The chat only writes what the table says; a reply without a word still ends what it has said so far.
        self._model.chat.answered(reply if reply.strip() else "(no answer)")
        last = line.last
        if last is not None and sendable(last.text) == reply:
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
        self._line.asked = messages[-1]["content"]
        news: list[BaseChatMessage] = [TextMessage(content=messages[-1]["content"], source=TABLE)]
        if first and self._own:
            # One of your own need not call our client, which puts the rules before everything.
            news.insert(0, TextMessage(content=self._line.system, source=RULES))
        return news


async def _end(running: "asyncio.Future[Any]", cancel: CancellationToken) -> None:
    """Stop a run; one that will not stop is left behind, since nothing it does reaches the match any more."""
    if not running.done():
        cancel.cancel()
        running.cancel()
        await asyncio.wait({running}, timeout=5)
    if running.done() and not running.cancelled():
        # Else asyncio prints it with its traceback.
        running.exception()


class Client(ChatCompletionClient):
    """A model as AutoGen calls one, and `arena.llm` behind it; each request begins with the rules of the match."""

    component_type = "model"

    def __init__(self, line: Line, closing: str = "", *, apart: bool = False, replies: bool = False) -> None:
        """`closing` ends every request; `apart`: what is sent is no part of the match; `replies`: the answer may be."""
        self._line = line
        self._closing = closing
        self._apart = apart
        self.replies = replies
        self._prompt_tokens = 0
        self._completion_tokens = 0
        self._last = RequestUsage(0, 0)

    def for_replies(self) -> "Client":
        """The client for whoever writes the seat's reply; `structured` holds for what it answers."""
        return Client(self._line, self._closing, replies=True)

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
        asked, apart = _asked(self._line, messages)
        written = as_chat(self._line.system, asked, self._closing, apart=apart or self._apart)
        options = {**_options(tools, tool_choice, json_output), **(extra_create_args or {})}
        asked = asyncio.ensure_future(self._line.ask(written, options, replies=self.replies))
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
            FunctionCall(id=one.id, name=one.name, arguments=sendable(one.arguments or "{}"))
            for one in answer.tool_calls
        ]
        text = sendable(answer.text)
        finish: FinishReasons = _FINISH.get(answer.finish, "unknown")
        if calls:
            return CreateResult(
                finish_reason="function_calls", content=calls, usage=usage, cached=False, thought=text or None
            )
        thought = sendable(answer.reasoning) or None
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
    talk = Talk(system)
    for message in messages:
        match message:
            case SystemMessage():
                talk.tell(message.content)
            case UserMessage(source=source) if source == RULES:
                continue
            case UserMessage() | AssistantMessage() if apart:
                talk.ask(_text(message.content))
            case UserMessage(source=source) if source == TABLE:
                talk.table(_text(message.content))
            case AssistantMessage(content=list() as calls):
                talk.call(((one.id, one.name, one.arguments) for one in calls), message.thought or "")
            case FunctionExecutionResultMessage():
                for one in message.content:
                    talk.result(one.call_id, one.content)
            case _:
                talk.say(message.source, _text(message.content))
    talk.end()
    if closing:
        talk.ask(closing)
    return talk.messages


def _asked(line: Line, messages: Sequence[LLMMessage]) -> tuple[Sequence[LLMMessage], bool]:
    """What a request asks, and whether that is apart from the match; one without the table's words gets the last."""
    said = [one for one in messages if not isinstance(one, SystemMessage)]
    sources = {one.source if isinstance(one, UserMessage) else "" for one in said}
    if TABLE in sources or not said:
        return messages, False
    if sources == {"user"}:
        # AutoGen's own questions, such as who speaks next.
        return messages, True
    own = [one for one in messages if isinstance(one, SystemMessage)]
    return [*own, UserMessage(content=line.asked, source=TABLE), *said], False


def _text(content: Any) -> str:
    parts = cast("list[Any]", content) if isinstance(content, list) else [content]
    return "".join(part for part in parts if isinstance(part, str))


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
    lists: Mapping[str, Any] = {"personas": personas, "tools": tools, "memory": memory}
    for name, given in lists.items():
        if isinstance(given, str) or not all(isinstance(one, str) for one in given):
            raise UsageError(f"{name}: expected a list of texts, got {given!r}")
    called = Model(**model)
    line = Line(called, most_calls)
    if factory:
        client = Client(line)
        made = made_by(factory, client, settings or {})
        # Whatever a single assistant is asked, its answer is the seat's.
        client.replies = isinstance(made, AssistantAgent)
        return Seat(called, line, made, own=True)
    if not team:
        return Seat(called, line, _single(line, tools, memory), own=False)
    if team not in ("round_robin", "selector"):
        raise unknown("team", team, ["round_robin", "selector"])
    if members < 2 or rounds < 1:
        raise UsageError(f"a team has two members or more and talks one round or more, got {members} and {rounds}")
    return Seat(called, line, _committee(line, team, members, rounds, personas), own=False)
