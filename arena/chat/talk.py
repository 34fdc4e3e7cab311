"""What a team says among itself beside a match, written into the one chat that its model is sent."""

from collections.abc import Iterable, Mapping
from typing import Any

from arena.chat.aside import aside
from arena.chat.prompt import LEFT_OUT


class Talk:
    """A chat being put together: the table is the user, the seat's replies are the assistant, all else are asides.

    No two messages of one side stand in a row, and none is empty.
    """

    def __init__(self, system: str) -> None:
        self.messages: list[dict[str, Any]] = [{"role": "system", "content": system}]
        self._said: list[tuple[str, str]] = []
        self._told = ""

    def tell(self, text: str) -> None:
        """Further words of the agent's own: with the rules where they come first, else an aside, once."""
        if len(self.messages) == 1 and not self._said:
            self.messages[0] = {"role": "system", "content": f"{self.messages[0]['content']}\n\n{text}".strip()}
        elif text != self._told:
            self._told = text
            self.add("user", aside(text.strip()))

    def table(self, text: str) -> None:
        """The table speaks: what was said last was the seat's reply to what it asked before."""
        reply = self._said.pop()[1] if self._said else ""
        self.end()
        self.add("assistant", reply)
        self.add("user", text)

    def say(self, source: str, text: str) -> None:
        """Somebody in the team says something."""
        self._said.append((source, text))

    def end(self) -> None:
        """What was said since the table spoke was no reply."""
        for source, words in self._said:
            # Further lines stand further in, so that none of them passes for the word of another member.
            self.add("user", aside(f"{source}: " + "\n    ".join(words.splitlines())))
        self._said.clear()

    def ask(self, text: str) -> None:
        """A question of the team's own, to be answered instead of what the table asked."""
        self.end()
        self.add("user", aside(text, ask=True))

    def call(self, calls: Iterable[tuple[str, str, str]], text: str) -> None:
        """The model calls tools, each by id, name and arguments."""
        self.end()
        asked = [
            {"id": each, "type": "function", "function": {"name": name, "arguments": arguments}}
            for each, name, arguments in calls
        ]
        self.messages.append({"role": "assistant", "content": sendable(text) or None, "tool_calls": asked})

    def result(self, call_id: str, text: str) -> None:
        """What a called tool gave."""
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": sendable(text)})

    def add(self, role: str, text: str) -> None:
        """Another message, or more of the last one."""
        last = self.messages[-1]
        if not text.strip():
            return
        text = sendable(text)
        if last["role"] == role and "tool_calls" not in last:
            self.messages[-1] = {"role": role, "content": f"{last['content']}\n{text}"}
        else:
            self.messages.append({"role": role, "content": text})


def shortened(messages: list[dict[str, Any]], longest: int | None) -> list[dict[str, Any]]:
    """Without the oldest messages after the first ask, down to `longest` characters or the last message of the user."""
    if longest is None or len(messages) < 3:
        return messages
    starts = [number for number, one in enumerate(messages) if one["role"] == "user" and number > 2]
    room = longest - size(messages[:2])
    start = next((each for each in starts if size(messages[each:]) <= room), (starts or [2])[-1])
    if start == 2:
        return messages
    answered = messages[2]["role"] == "assistant" and "tool_calls" not in messages[2]
    talk = Talk("")
    talk.messages = messages[: 3 if answered else 2]
    talk.add("user", LEFT_OUT)
    talk.add("user", messages[start]["content"])
    return [*talk.messages, *messages[start + 1 :]]


def size(messages: Iterable[Mapping[str, Any]]) -> int:
    """How many characters messages hold."""
    return sum(len(str(message["content"])) for message in messages)


def sendable(text: str) -> str:
    """A text without lone surrogates, which have no UTF-8 form."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
