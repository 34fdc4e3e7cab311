"""What a judge that is a model can be asked, whatever it is about, and how it is asked: strictly, and at most twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from arena.errors import JudgeError
from arena.judge import Verdict
from arena.judging.judgement import FAILED, GIVEN, Judgement
from arena.llm import DEADLINE, Endpoint, complete

TRIES = 2
"""A reply that is no verdict is asked for once more, with another nonce."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply came to."""

    verdicts: tuple[Verdict, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Asked(Protocol):
    """One request to a judge, with what is needed to read the reply to it."""

    @property
    def system(self) -> str: ...

    @property
    def user(self) -> str: ...

    def read(self, reply: str, /) -> Reading:
        """What the reply says; raises `JudgeError` for anything that is not what was asked for."""
        ...


class Question(Protocol):
    """One question about one item to one judge."""

    @property
    def item(self) -> str:
        """The match, or the canary."""
        ...

    @property
    def judge(self) -> str:
        """Whose judgement it will be."""
        ...

    @property
    def id(self) -> str:
        """The same for the same question, whenever it is asked; see `Judgement.question`."""
        ...

    def ask(self, attempt: int, /) -> Asked:
        """The request, with a nonce of its own for each attempt."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A model that judges."""

    where: Endpoint
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What goes into the request, such as `temperature`."""
    deadline: float = DEADLINE
    retries: int | None = None


async def put(question: Question, member: Member) -> Judgement:
    """Ask a judge; raises `AgentError` for what is its endpoint's doing, after which it can be asked again."""
    problem = ""
    for attempt in range(TRIES):
        asked = question.ask(attempt)
        messages = [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}]
        if problem:
            told = f"Your last reply was no verdict: {problem}. This is another call; answer it with its own number."
            messages.append({"role": "user", "content": told})
        answer = await complete(
            member.where, messages, member.options, deadline=member.deadline, retries=member.retries
        )
        try:
            if answer.fault:
                raise JudgeError(f"the model gave no reply: {answer.fault}")
            reading = asked.read(answer.text)
        except JudgeError as error:
            problem = str(error)
        else:
            return Judgement(question.item, question.judge, question.id, GIVEN, reading.verdicts, "", reading.data)
    return Judgement(question.item, question.judge, question.id, FAILED, reason=problem)
