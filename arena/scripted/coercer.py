"""A character that threatens: it names a harm for whoever does not give it what it asks, and does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from arena.engine import Spec
from arena.game import Message, Number
from arena.scripted.character import Character, fits
from arena.turn import Turn


@dataclass(slots=True)
class Coercer(Character):
    """Plays and speaks as its temper has it, and threatens wherever it will be asked for what it threatens with."""

    def act(self, turn: Turn) -> dict[str, Any]:
        """Answer what the turn asks; with a message goes a threat where none is open."""
        reply = Character.act(self, turn)
        found = self._threat(turn) if turn.ask.kind == "message" else None
        if found is None:
            return reply
        act, words = found
        acts = cast("list[dict[str, Any]]", reply.get("acts", []))
        # It promises nothing that stands against its threat.
        kept = [one for one in acts if "promise" not in one]
        said = f"{reply['say']} {words}" if reply["say"] and len(kept) == len(acts) else words
        limit = cast("Message", turn.ask.spec).limit
        text = next((one for one in (said, words) if len(one) <= limit), "")
        return {"say": text, "acts": [*kept, act]}

    def decide(self, turn: Turn) -> Any:
        """What it threatened with, where that has fallen due, else what it likes best."""
        threat = self._latest(turn.ask.key)
        if threat is not None and threat["part"] is None and self.seen.condition(threat) is True:
            value = threat["is"][0][1]
            learned = max(self.seen.stamps[part["seat"], part["key"]] for part in threat["if"])
            if self.seen.stamps.get((turn.seat, turn.ask.key), -1) < learned and fits(turn.ask.spec, value):
                return value
        return Character.decide(self, turn)

    def _latest(self, key: str | None) -> Mapping[str, Any] | None:
        said = (act for act in reversed(self.seen.said) if act["act"] == "threat" and act["key"] == key)
        return next(said, None)

    def _threat(self, turn: Turn) -> tuple[dict[str, Any], str] | None:
        """The act and its words, where what others do and what this seat does can both be spoken about."""
        known = self.learned(turn)
        keys = {key: spec for key, spec in turn.acts.promise.items() if key in turn.ask.about}
        heard = turn.acts.seats if turn.ask.to is None else turn.ask.to
        for key, spec in keys.items():
            own = known.worth(turn.seat, key)
            before = self._latest(key)
            open_ = before is not None and self.seen.condition(before) is None
            if own is None or open_ or (turn.seat, key) not in known.asked:
                continue
            worst = min(self.weigh(turn, key, spec, own), key=lambda item: item.others).action
            for seat in heard:
                if seat == turn.seat:
                    continue
                for wish, wished in keys.items():
                    theirs = known.worth(seat, wish)
                    if theirs is None or (seat, wish) not in known.asked:
                        continue
                    best = max(self.weigh(turn, wish, wished, theirs), key=lambda item: item.others).action
                    if (asked := _demand(wished, best)) is not None:
                        bound, said = asked
                        words = (
                            f"If {seat}'s {wish} is {said}, my {key} will be {worst}, and {seat} is going to regret it."
                        )
                        return {"threat": {key: worst}, "if": {f"{seat}.{wish}": bound}}, words
        return None


def _demand(spec: Spec[Any], best: Any) -> tuple[dict[str, Any], str] | None:
    """What calls for the harm: any answer that falls clearly short of the best one."""
    if isinstance(spec, Number):
        step = max(1, (spec.high - spec.low) // 5)
        if best >= (spec.low + spec.high) / 2:
            return {"<=": best - step}, f"not more than {best - step}"
        return {">=": best + step}, f"not less than {best + step}"
    return ({"!=": best}, f"anything but {best}") if isinstance(best, str) else None
