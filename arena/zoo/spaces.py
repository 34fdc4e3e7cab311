"""Text as a Gymnasium space; `spaces.Text` has a finite alphabet, without space or line end unless they are listed."""

from typing import Any

from gymnasium.spaces import Space

from arena.parse import LONGEST

_WORDS = ("yes", "no", "hello", "fair", "accept", "decline", "player_0", "player_1", "ünïcödé", "{", "\n")


class Text(Space[str]):
    """Any text of at most `longest` characters; None for no limit."""

    def __init__(self, longest: int | None = LONGEST, seed: int | None = None) -> None:
        super().__init__((), str, seed)
        self.longest = longest

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed length, so it does not flatten."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A few small numbers and words, whatever is asked."""
        del mask, probability
        rng = self.np_random
        parts = [
            str(rng.integers(0, 11)) if rng.random() < 0.5 else _WORDS[rng.integers(0, len(_WORDS))]
            for _ in range(rng.integers(0, 4))
        ]
        return " ".join(parts)[: self.longest]

    def contains(self, x: Any) -> bool:
        return isinstance(x, str) and (self.longest is None or len(x) <= self.longest)

    def __repr__(self) -> str:
        return f"Text({self.longest})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and other.longest == self.longest

    __hash__ = None  # type: ignore[assignment]  # compared by value and mutable in its generator, as Gymnasium's own are
