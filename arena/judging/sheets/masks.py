"""Who is who, hidden from a judge: seats become letters and names become numbers, and both can be turned back.

All that is put in stands in ⟦ ⟧; a bracket of that kind that was there already is marked, so nobody can forge one.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from string import ascii_uppercase
from typing import Any, cast

_TOKEN = re.compile("\u27e6([^\u27e6\u27e7]*)\u27e7")
# Names of models' families and makers that are not everyday words, with the version that follows.
_FAMILIES = (
    r"(?:chat-?gpt|gpt|openai|claude|anthropic|gemini|gemma|deepmind|llama|mistral|mixtral|ministral|magistral|codestral"
    r"|qwen|qwq|deepseek|grok|xai|kimi|moonshot[ -]?ai|chatglm|glm|zhipu|ernie|hunyuan|doubao|nemotron|olmo|smollm"
    r"|phi-\d|yi-\d|command-r|o[134]-(?:mini|pro|preview))(?:[\w.:/-]*\w)?"
)
# One of these stands in whatever the pattern above finds.
_NEEDLES = (
    "gpt", "openai", "claude", "anthropic", "gemini", "gemma", "deepmind", "llama", "mistral", "mixtral", "ministral",
    "magistral", "codestral", "qwen", "qwq", "deepseek", "grok", "xai", "kimi", "moonshot", "glm", "zhipu", "ernie",
    "hunyuan", "doubao", "nemotron", "olmo", "smollm", "phi-", "yi-", "command-r", "o1-", "o3-", "o4-",
)  # fmt: skip
_BRACKETS = "[\u27e6\u27e7]"
_SEAT = r"player(?<![a-z0-9]player)[ _-]?0*(?P<seat>\d+)(?!\d)"
_SEATS_ONLY = re.compile(_SEAT)
_WITHOUT_NAMES = re.compile(f"{_BRACKETS}|{_SEAT}")
_LEAST = 3
"""Names under so many characters are everyday words, but for those with a digit, as `o3` is."""
# Letters that are drawn like Latin ones, in lower case, and dashes.
_DRAWN_ALIKE = {
    **dict(zip("аеорсухіјѕһԁԛԝкмтвнг", "aeopcyxijshdqwkmtbhr", strict=True)),
    **dict(zip("αορνιτυκχγωɡıℓ", "aopvitukxywgil", strict=True)),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}


@lru_cache(maxsize=1024)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """What is hidden where one of these names may stand."""
    words = "|".join((*map(re.escape, names), _FAMILIES))
    return re.compile(rf"{_BRACKETS}|{_SEAT}|(?<![a-z0-9])(?:{words})(?![a-z0-9])")


def labels(count: int) -> list[str]:
    """The first so many of A, B … Z, AA, AB and so on."""
    return ["".join(pair) for pair in islice(product(("", *ascii_uppercase), ascii_uppercase), count)]


class Masks:
    """Hides seats and names in texts, and shows them again; the same text is always hidden alike."""

    def __init__(self, seats: Mapping[str, str], names: Iterable[str] = ()) -> None:
        """`seats` gives each seat its label, seats in their own order."""
        self.seats = dict(seats)
        self._order = list(seats)
        self._hidden: dict[str, str] = {"\u27e6": "(", "\u27e7": ")"}
        self._shown: dict[str, str] = {"(": "\u27e6", ")": "\u27e7"}
        self._count = 0
        for seat, label in seats.items():
            self._bind(seat, label)
        known = {_folded(name)[0] for name in names} - set(seats)
        self._names = tuple(sorted((name for name in known if _tells(name)), key=lambda name: (-len(name), name)))

    def hide(self, text: str) -> str:
        """The text without a name in it."""
        folded, origin = _folded(text)
        pattern = self._found_in(folded)
        if pattern is None:
            return text
        parts: list[str] = []
        end = 0
        for found in pattern.finditer(folded):
            start, stop = (found.start(), found.end()) if origin is None else _span(found, origin)
            token = self._token(text[start:stop], found["seat"])
            if token is None or start < end:
                continue
            parts += (text[end:start], f"\u27e6{token}\u27e7")
            end = stop
        return "".join((*parts, text[end:]))

    def show(self, text: str) -> str:
        """The text with everything back that was hidden; what is no mask of this sheet stays."""
        if "\u27e6" not in text:
            return text
        return _TOKEN.sub(lambda found: self._shown.get(found[1], found[0]), text)

    def __len__(self) -> int:
        """How many spellings were hidden so far."""
        return self._count

    def relabelled(self, labels: Mapping[str, str]) -> "Masks":
        """The same masks with other labels for the seats: what was hidden under the old ones reads the same."""
        twin = Masks(labels)
        twin._names, twin._count = self._names, self._count
        new = {old: labels[seat] for seat, old in self.seats.items()}
        for spelling, token in self._hidden.items():
            label, dot, number = token.partition(".")
            twin._bind(spelling, f"{new[label]}{dot}{number}" if label in new else token)
        return twin

    def _found_in(self, folded: str) -> re.Pattern[str] | None:
        """What can be in a text at all: looking for words is much faster than for patterns."""
        # A name that is in few texts only, as a match's id is, is not worth a pattern in all the others.
        names = tuple(name for name in self._names if name in folded)
        if names or any(needle in folded for needle in _NEEDLES):
            return _pattern(names)
        if "\u27e6" in folded or "\u27e7" in folded:
            return _WITHOUT_NAMES
        return _SEATS_ONLY if "player" in folded else None

    def _bind(self, spelling: str, token: str) -> str:
        self._hidden[spelling] = token
        self._shown[token] = spelling
        return token

    def _token(self, spelling: str, number: str | None) -> str | None:
        if spelling in self._hidden:
            return self._hidden[spelling]
        self._count += 1
        if number is None:
            return self._bind(spelling, f"name {self._count}")
        if len(number) > 4 or int(number) >= len(self._order):
            return None
        return self._bind(spelling, f"{self.seats[self._order[int(number)]]}.{self._count}")


def names_of(record: Mapping[str, Any]) -> list[str]:
    """What would tell a judge who plays: agents' names, models, owners and fingerprints, and the match's own id.

    The name of a scripted agent, which no model can betray, is left in the text: it is often an everyday word.
    """
    agents = cast("Mapping[str, Mapping[str, Any]]", record.get("agents", {}))
    found: list[Any] = [record["id"]]
    for name in dict.fromkeys(cast("Mapping[str, str]", record["seats"]).values()):
        about = agents.get(name, {})
        options = cast("Mapping[str, Any]", about.get("options") or {})
        model = about.get("model") or options.get("model")
        found += [about.get("fingerprint"), about.get("owner"), model]
        if isinstance(model, str):
            found.append(model.rpartition("/")[2])
        if not about.get("scripted"):
            found.append(name)
    return [name for name in dict.fromkeys(found) if isinstance(name, str)]


def _tells(name: str) -> bool:
    return len(name) >= _LEAST or (len(name) == _LEAST - 1 and any(map(str.isdigit, name)))


def _folded(text: str) -> tuple[str, Sequence[int] | None]:
    """The text in lower case, letters that look like plain ones made plain, invisible ones left out; where each was."""
    if text.isascii():
        return text.lower(), None
    chars: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(text):
        if char.isascii():
            plain = char.lower()
        elif unicodedata.category(char) in {"Cf", "Mn"}:
            continue
        else:
            plain = "".join(_DRAWN_ALIKE.get(each, each) for each in unicodedata.normalize("NFKC", char).lower())
        chars.append(plain)
        origin.extend([place] * len(plain))
    return "".join(chars), origin


def _span(found: re.Match[str], origin: Sequence[int]) -> tuple[int, int]:
    return origin[found.start()], origin[found.end() - 1] + 1
