"""Somebody at the terminal: asked on stderr, answers on stdin."""

import sys

from arena.agent import Agent
from arena.errors import AgentError
from arena.parse import DECLINE
from arena.terminal import safe
from arena.turn import Event, Turn


class Human:
    """An agent that asks the person before it."""

    def __init__(self) -> None:
        self.shown = 0

    def act(self, turn: Turn) -> str:
        """Show what is new and what is asked; the line that is typed is the answer."""
        if not self.shown:
            self.tell(f"You are {turn.seat}.\n{turn.rules}")
        for event in turn.events[self.shown :]:
            self.tell(line(event, turn.seat))
        self.shown = len(turn.events)
        ask = turn.ask
        if ask.error:
            self.tell(f"! {ask.error}")
        if ask.kind == "message":
            to = "everybody" if ask.to is None else ", ".join(ask.to) or "nobody"
            about = f" You can speak about: {', '.join(ask.about)}." if ask.about else ""
            asked = f"{ask.prompt} Say something to {to}, or nothing.{about}".strip()
        else:
            asked = f"{ask.prompt} ({ask.key}: {ask.spec.words()}"
            asked += f", or {DECLINE!r})" if ask.kind == "announce" else ")"
        self.tell(asked)
        sys.stderr.write("> ")
        sys.stderr.flush()
        try:
            typed = sys.stdin.readline()
        except (OSError, ValueError) as error:
            raise AgentError(f"{turn.seat}: the terminal cannot be read: {error}") from None
        if not typed:
            raise AgentError(
                f"{turn.seat}: the input ended before the match did; run it in a terminal, or seat a scripted agent"
            )
        return typed.rstrip("\r\n")

    def tell(self, text: str) -> None:
        """Put a text on the terminal, made harmless."""
        for row in text.splitlines():
            sys.stderr.write(f"{safe(row)}\n")


def line(event: Event, seat: str) -> str:
    """What happened, as one line or none."""
    match event.kind:
        case "say" if event.seat != seat:
            return " ".join([f"{event.seat}: {event.text}", *(str(act.get("text", "")) for act in event.acts)])
        case "say" | "answer" | "error":
            return ""
        case _:
            return event.text


def agent() -> Agent:
    return Human()
