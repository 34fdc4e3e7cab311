"""Somebody at the terminal: asked on stderr, answers on stdin."""

import sys

from arena.agent import Agent
from arena.errors import AgentError
from arena.observation import introduction, question, render_event
from arena.terminal import note
from arena.turn import Turn, Vocabulary


class Human:
    """An agent that asks the person before it."""

    def __init__(self) -> None:
        self.shown = 0
        self.offered: Vocabulary | None = None

    def act(self, turn: Turn) -> str:
        """Show what is new and what is asked; the line that is typed is the answer."""
        ask, acts = turn.ask, turn.acts
        if self.offered is None:
            self.tell(introduction(turn.rules, turn.seat, acts.seats))
        for event in turn.events[self.shown :]:
            own = event.seat == turn.seat and event.kind in {"say", "announce", "answer"}
            if not own and not (event.kind == "error" and event.text == ask.error):
                self.tell(render_event(event))
        self.shown = len(turn.events)
        # What acts can be about is long, so it is shown again only when it has changed.
        news = acts._replace(claim={}, promise={}) if acts is self.offered else acts
        self.offered = acts
        self.tell(question(ask, news))
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
        """Put a text on the terminal, made harmless and broken between words."""
        for row in text.splitlines():
            note(row)


def agent() -> Agent:
    return Human()
