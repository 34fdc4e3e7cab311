"""What a character says: claims about facts, promises about answers, and the sentence around them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from arena.engine import Spec
from arena.game import Allocation, Choice, Number, Ranking
from arena.parse import DECLINE
from arena.scripted.study import Study
from arena.scripted.target import side_of
from arena.scripted.worth import Worth, features, nash, seats_named
from arena.turn import Turn

if TYPE_CHECKING:
    from arena.scripted.character import Character

MOST_FACTS = 3
_OPENINGS = {
    "plain": ("Here is what I can say.", "Let me be open."),
    "smooth": ("You can count on me.", "We can both do well here."),
    "hard": ("I know what I want.", "Take it or leave it."),
    "soft": ("I want this to work for everybody.", "I am happy to go along."),
    "fair": ("I treat others as they treat me.", "Be good to me and I am good to you."),
}


def hearers(turn: Turn) -> list[str]:
    """Who will hear this answer, oneself left out."""
    everybody = [f"player_{number}" for number in range(turn.game.seats)]
    return [seat for seat in (everybody if turn.ask.to is None else turn.ask.to) if seat != turn.seat]


def speak(character: "Character", turn: Turn) -> dict[str, Any]:
    """A message: own facts, what one knows against others, a promise; empty where there is nothing new."""
    heard = hearers(turn)
    acts: list[dict[str, Any]] = []
    words: list[str] = []
    for key in character.seen.dealt:
        if len(acts) < MOST_FACTS:
            _fact(character, turn, key, heard, acts, words)
    _accuse(character, turn, acts, words)
    _promise(character, turn, acts, words)
    if not words:
        return {"say": ""}
    opening = turn.rng.choice(_OPENINGS[character.temper.voice])
    said = " ".join(words if character.seen.said else [opening, *words])
    return {"say": said, "acts": acts}


def announce(character: "Character", turn: Turn) -> Any:
    """What is announced: a fact, the next answer, or nothing."""
    key, spec = turn.ask.key, turn.ask.spec
    sight, temper = character.seen, character.temper
    if key in sight.dealt:
        if temper.facts == "none" or not sight.may_tell(key, hearers(turn)):
            return DECLINE
        if temper.facts == "false":
            return untrue(character, turn, key, spec)
        return DECLINE if sight.licensed("lie", key) else sight.dealt[key]
    if temper.word == "none":
        return DECLINE
    return intend(character, turn, key, spec)


def intend(character: "Character", turn: Turn, key: str, spec: Spec[Any]) -> Any:
    """What is said about the next answer: the truth, or what the others would like to hear."""
    owed = [promise for promise in character.seen.owed.get(key, []) if character.seen.condition(promise) is not False]
    if character.temper.word == "broken":
        return pleasing(character, turn, key, spec)
    return character.wish(turn, key, spec, owed)


def pleasing(character: "Character", turn: Turn, key: str, spec: Spec[Any]) -> Any:
    """An answer that the others would like, short of the unbelievable."""
    known = character.learned(turn)
    seats = seats_named(spec, known.seats)
    if seats:
        far = [seat for seat in seats if seat != turn.seat and seat not in hearers(turn)]
        return turn.rng.choice(far or seats)
    worth = known.worth(turn.seat, key)
    if worth is None:
        return spec.sample(turn.rng)
    weighed = character.weigh(turn, key, spec, worth)
    if isinstance(spec, Choice) or worth.kind == "options":
        return max(weighed, key=lambda item: item.others).action
    values = nash(weighed, 0.6)
    return weighed[values.index(max(values))].action


def untrue(character: "Character", turn: Turn, key: str, spec: Spec[Any]) -> Any:
    """A false value, on the side where others who believe it serve this seat best."""
    true = character.seen.dealt[key]
    match spec:
        case Number(low=low, high=high) if high > low:
            up = _gain(character.learned(turn), turn.seat, key, high) - _gain(
                character.learned(turn), turn.seat, key, low
            )
            if abs(up) < 1e-9:
                up = low + high - 2 * true
            far = high - (high - low) // 8 if up >= 0 else low + (high - low) // 8
            end = high if up >= 0 else low
            bold = (far - true) * (1 if up >= 0 else -1) > 0
            return far if bold else end if end != true else far if far != true else low + high - end
        case Choice() if len(spec.options) > 1:
            return turn.rng.choice([option for option in spec.options if option != true])
        case Ranking():
            return list(reversed(true))
        case Allocation():
            for _ in range(20):
                value = spec.sample(turn.rng)
                if value != true:
                    return value
            return DECLINE
        case _:
            return DECLINE


def _gain(known: Study, seat: str, key: str, value: int) -> float:
    """What others would do for this seat if they believed that its fact is so, each by what is best for itself."""
    total = 0.0
    context: dict[str, float | str] = {f"their.{key}": float(value)}
    for (other, _), worth in known.worths.items():
        if other == seat or worth.kind != "curve" or all(column.name != f"their.{key}" for column in worth.columns):
            continue
        low, high = round(worth.low), round(worth.high)
        steps = sorted({low + (high - low) * step // 20 for step in range(21)})
        weighed = worth.judge(context, steps, Number(low, high))
        total += max(weighed, key=lambda item: round(item.own, 9)).others
    return total


def _fact(
    character: "Character", turn: Turn, key: str, heard: Sequence[str], acts: list[dict[str, Any]], words: list[str]
) -> None:
    sight, temper = character.seen, character.temper
    spec = turn.acts.claim.get(key)
    if temper.facts == "none" or spec is None or (turn.seat, key) in sight.public or not sight.may_tell(key, heard):
        return
    since = sight.stamps[turn.seat, key]
    if temper.facts == "true" and sight.licensed("lie", key):
        return
    proves = temper.facts == "true" and temper.acts and key in sight.provable
    done = ("disclose",) if proves else ("claim", "disclose")
    own = [act for act in sight.said if act["seat"] == turn.seat and act["key"] == key]
    if any(act["act"] in done and act["since"] > since for act in own):
        return
    value = sight.dealt[key] if temper.facts == "true" else untrue(character, turn, key, spec)
    if value == DECLINE:
        return
    if proves:
        acts.append({"disclose": key})
        words.append(f"I can prove that my {key} is {phrase(value)}.")
    else:
        acts.append({"claim": {key: value}})
        words.append(f"My {key} is {phrase(value)}.")


def _accuse(character: "Character", turn: Turn, acts: list[dict[str, Any]], words: list[str]) -> None:
    """Say what one knows of those on the other side."""
    sight = character.seen
    known = character.learned(turn)
    if character.temper.facts == "none" or not known.teams:
        return
    for (seat, key), value in sight.known.items():
        if seat in ("", turn.seat) or (seat, key) in sight.public or key not in turn.acts.claim:
            continue
        side = side_of(known, sight, seat)
        told = any(act["act"] == "claim" and (act["seat"], act["key"]) == (seat, key) for act in sight.said)
        if side is not None and side < 0 and not told and key in sight.dealt and len(acts) < MOST_FACTS:
            acts.append({"claim": {f"{seat}.{key}": value}})
            words.append(f"I know that {seat}'s {key} is {phrase(value)}.")


def _promise(character: "Character", turn: Turn, acts: list[dict[str, Any]], words: list[str]) -> None:
    """Promise one answer that is to come, where this seat will be asked and has promised nothing yet."""
    if character.temper.word == "none":
        return
    known = character.learned(turn)
    for key in turn.ask.about:
        spec = turn.ask.about[key] if key in turn.acts.promise else None
        worth = known.worth(turn.seat, key)
        if spec is None or (turn.seat, key) not in known.asked or key in character.seen.owed:
            continue
        if worth is not None and worth.heard and character.temper.word == "kept":
            found = _condition(character, turn, key, spec, worth)
            if found is None:
                continue
            value, path, bound = found
            acts.append({"promise": {key: value}, "if": {path: bound}})
            operator, limit = next(iter(bound.items()))
            least = "at least" if operator == ">=" else "at most"
            words.append(f"I will answer {phrase(value)} if {path.replace('.', chr(39) + 's ')} is {least} {limit}.")
            return
        value = intend(character, turn, key, spec)
        acts.append({"promise": {key: value}})
        words.append(f"I promise that my {key} will be {phrase(value)}.")
        return


def _condition(
    character: "Character", turn: Turn, key: str, spec: Spec[Any], worth: Worth
) -> tuple[Any, str, dict[str, int]] | None:
    """For an answer that depends on a number of somebody else's: from where on this one would agree."""
    known = character.learned(turn)
    for driver in worth.heard:
        numbers = turn.acts.promise.get(driver)
        givers = [seat for seat in known.seats if seat != turn.seat and known.worth(seat, driver)]
        if not isinstance(spec, Choice) or not isinstance(numbers, Number) or len(givers) != 1:
            continue
        context: dict[str, Any] = dict(features(character.seen, key, spec))
        care = character.care(turn)
        steps = sorted({numbers.low + (numbers.high - numbers.low) * step // 20 for step in range(21)})
        ends: list[list[float]] = []
        for end in (numbers.low, numbers.high):
            context[f"last.{driver}"] = float(end)
            ends.append([item.own + care * item.others for item in worth.judge(context, spec.options, spec)])
        liked: list[str] = []
        for step in steps:
            # Each option is worth a straight line over the number, so its ends are enough.
            share = (step - numbers.low) / max(1, numbers.high - numbers.low)
            values = [round(first + share * (last - first), 9) for first, last in zip(*ends, strict=True)]
            liked.append(spec.options[values.index(max(values))])
        for best, operator, order in ((liked[-1], ">=", 1), (liked[0], "<=", -1)):
            turned = liked[::-order]
            run = next((n for n, option in enumerate(turned) if option != best), len(turned))
            if 0 < run < len(turned) and len(set(turned[run:])) == 1 and _welcome(worth, context, best, turned[run]):
                return best, f"{givers[0]}.{driver}", {operator: steps[::-order][run - 1]}
    return None


def _welcome(worth: Worth, context: Mapping[str, Any], one: str, other: str) -> bool:
    """Whether the others would rather have the first answer."""
    first, second = worth.judge(context, (one, other), Choice(one, other))
    return first.others >= second.others


def phrase(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {part}" for part, count in cast("dict[str, int]", value).items())
    return ", ".join(cast("list[str]", value)) if isinstance(value, list) else str(value)
