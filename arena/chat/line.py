"""A seat's model as agents of other frameworks call it: from tasks of their own, as often as they like."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from arena.calling.place import Call, call
from arena.chat.model import Model, coped
from arena.chat.talk import shortened, size
from arena.errors import AgentError, ContextExceeded
from arena.llm import Answer, complete
from arena.turn import Turn


class Ended(Exception):
    """A call of the model failed, or there was one too many; what it was is with the seat."""


class Line:
    """One seat's line to its model: where its calls come from, what they add up to, and what went wrong."""

    def __init__(self, model: Model, most_calls: int) -> None:
        self.system = ""
        """The rules of the match and the seat, with which every request begins."""
        self.asked = ""
        """What the table said last."""
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
        if answer.fault == "tool_calls" and "tools" in options:
            answer = replace(answer, fault="")
        self._model.used.add(answer)
        self.last = answer
        return answer

    async def _complete(self, messages: list[dict[str, Any]], options: Mapping[str, Any]) -> Answer:
        """Send the messages, and again without the oldest of them where they are more than the model can read."""
        model = self._model
        messages = shortened(messages, self._longest)
        try:
            return await complete(model.where, messages, options, deadline=model.timeout, retries=model.retries)
        except ContextExceeded:
            self._longest = size(messages) // 2
            fewer = shortened(messages, self._longest)
            if fewer is messages:
                raise
            coped()
        model.shortened += 1
        return await complete(model.where, fewer, options, deadline=model.timeout, retries=model.retries)
