"""Asks seats off the record: a copy of the agent answers, and neither the agent nor the match learns of it."""

import copy
import inspect
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any

from arena.agent import Agent
from arena.cups.probes import Probe, due
from arena.drive import replied
from arena.errors import ActionError
from arena.parse import parse_decision
from arena.turn import Ask, Turn

_UNCOPIED = "this agent cannot be copied, so it cannot be asked off the record"


class Probed:
    """An agent in its seat that is asked off the record before it acts."""

    def __init__(self, agent: Agent, probes: Sequence[Probe], answers: list[dict[str, Any]]) -> None:
        self._agent = agent
        self._probes = probes
        self._answers = answers

    def act(self, turn: Turn) -> Any:
        """Probe, then act; plain or to be awaited, as the agent is."""
        left = iter(list(due(self._probes, turn)))
        for probe, ask in left:
            reply = self._put(turn, ask)
            if inspect.isawaitable(reply):
                return self._awaited(turn, probe, ask, reply, left)
            self._note(turn, probe, ask, reply)
        return self._agent.act(turn)

    async def _awaited(
        self, turn: Turn, probe: Probe, ask: Ask, reply: Awaitable[Any], left: Iterator[tuple[Probe, Ask]]
    ) -> Any:
        self._note(turn, probe, ask, await _settled(reply))
        for further, asked in left:
            again = self._put(turn, asked)
            self._note(turn, further, asked, await _settled(again) if inspect.isawaitable(again) else again)
        return await replied(self._agent, turn)

    def _put(self, turn: Turn, ask: Ask) -> Any:
        try:
            twin = copy.deepcopy(self._agent)
        except Exception:  # noqa: BLE001  # whatever it holds that cannot be copied
            return ActionError(_UNCOPIED)
        try:
            return twin.act(turn.aside(ask))
        except ActionError as error:
            return error

    def _note(self, turn: Turn, probe: Probe, ask: Ask, reply: Any) -> None:
        entry: dict[str, Any] = {
            "seat": turn.seat,
            "turn": turn.ply,
            "kind": probe.kind,
            "key": probe.key,
            "prompt": ask.prompt,
            "reply": reply.reply if isinstance(reply, ActionError) else reply,
            "value": None,
        }
        try:
            if isinstance(reply, ActionError):
                raise reply
            entry["value"] = parse_decision(ask.spec, ask.key, reply)
        except ActionError as error:
            entry["error"] = str(error)
        self._answers.append(entry)


async def _settled(reply: Awaitable[Any]) -> Any:
    try:
        return await reply
    except ActionError as error:
        return error


def placed(answers: Sequence[Mapping[str, Any]], plies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Off-record answers as the record keeps them, each with the ply that it was asked before; in order of plies."""
    own: dict[str, list[int]] = {}
    for number, row in enumerate(plies):
        own.setdefault(row["seat"], []).append(number)
    found: list[dict[str, Any]] = []
    for answer in answers:
        turn: int = answer["turn"]
        numbers = own.get(answer["seat"], list[int]())
        place = numbers[turn] if turn < len(numbers) else len(plies)
        found.append({"ply": place, **{name: value for name, value in answer.items() if name != "turn"}})
    return sorted(found, key=_ply)


def _ply(entry: Mapping[str, Any]) -> int:
    return entry["ply"]
