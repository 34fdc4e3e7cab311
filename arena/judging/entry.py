"""The judges of a tournament: entries headed `[[judges]]`, or flags, checked and frozen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Protocol, cast

from arena.calling.providers import Endpoint, endpoint
from arena.calling.secrets import check_variable, masked
from arena.errors import UsageError, unknown
from arena.identity import canonical
from arena.judging.file import JudgeFile, judge_file
from arena.judging.member import OURS
from arena.judging.rubric import ORDERS, VIEWS, Bar, Rubric, parse_rubric, rubric
from arena.library import names

CANARIES = 0.05
"""So many matches with known conduct are mixed in, as a share of those that are judged."""
LISTS = ("models", "views", "dimensions")
"""Keys that list names."""


_RULES = ("outcome", "procedural")
"""Kinds that are kept under the hash of their file alone: with options they would be others of the same name."""
_WITHIN: Mapping[str, tuple[float, float, str]] = {
    "timeout": (1e-9, inf, "more than 0 seconds"),
    "retries": (0, inf, "0 or more"),
    "max_tokens": (1, inf, "1 or more"),
    "checked": (0, 1, "from 0 to 1"),
}
_TAKEN = ("panel", *_RULES)
_MARKS = ("extract:", "human:", "meta:")
"""How names of judges begin that are no models of a panel."""


@dataclass(frozen=True, slots=True)
class JudgeEntry:
    """One kind of judge as it judges in this tournament."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Only those that were given, and the rubric's name; `questions` of its file, or `judge`, is called with them."""
    rubric: Rubric | None = None
    canaries: float = CANARIES
    asks: bool = False
    """It asks models."""
    where: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it asks, as they were named."""
        several: Sequence[str] = self.options.get("models", ())
        one = self.options.get("model")
        return (*several, one) if isinstance(one, str) else tuple(several)

    def endpoints(self) -> dict[str, Endpoint]:
        """Where each of its models is reached."""
        address, variable = self.options.get("base_url"), self.options.get("api_key_env")
        found: dict[str, Endpoint] = {}
        for model in self.models:
            try:
                found[model] = endpoint(model, address, variable)
            except UsageError as error:
                raise UsageError(f"{self.where}: {error}" if self.where else str(error)) from None
        return found

    def detail(self) -> dict[str, Any]:
        """What the store keeps of it; of an address no password."""
        options = {
            key: masked(value) if key == "base_url" and isinstance(value, str) else value
            for key, value in self.options.items()
        }
        text = {} if self.rubric is None else {"rubric": {"name": self.rubric.name, "text": self.rubric.text}}
        asked = {"canaries": self.canaries} if self.asks else {}
        return {"kind": self.kind, "options": options, **asked, **text}


class Section(Protocol):
    """The part of `arena.cups.toml_section.Section` that is needed here."""

    def text(self, key: str, *, required: bool = False) -> str: ...
    def share(self, key: str, default: float) -> float: ...
    def has(self, key: str) -> bool: ...
    def at(self, *keys: str) -> str: ...
    def rest(self) -> dict[str, Any]: ...
    def end(self) -> None: ...


def read_judge(section: Section) -> JudgeEntry:
    """The judge of one entry headed `[[judges]]`; errors name the line."""
    kind = section.text("kind", required=True)
    name = section.text("name") if section.has("name") else kind
    if not name or len(name) > 80 or not name.isprintable() or name != name.strip():
        raise UsageError(
            f"{section.at('name')}: a judge cannot be named {name[:80]!r}; a name is 1 to 80 printable characters"
        )
    canaries = section.share("canaries", CANARIES) if section.has("canaries") else None
    options = section.rest()
    section.end()
    places = {key: section.at(key) for key in (*options, "kind", "name")}
    if canaries is not None:
        places["canaries"] = section.at("canaries")
    return judge_entry(kind, options, name=name, canaries=canaries, where=section.at("kind"), places=places)


def judge_entry(
    kind: str,
    options: Mapping[str, Any],
    *,
    name: str = "",
    canaries: float | None = None,
    where: str = "",
    places: Mapping[str, str] | None = None,
) -> JudgeEntry:
    """A judge of a kind that exists, with options that it takes; `places` says of an option where it stands."""
    if kind not in names("judges"):
        raise unknown("judge", kind, names("judges"), where=where)
    at = dict(places or {})
    file = judge_file(kind)
    _check_options(file, options, where, at)
    if canaries is not None and not file.asks:
        raise UsageError(f"{_at(at.get('canaries', where))}canaries are for judges that ask models, not for {kind}")
    asked = _rubric(options, file, at.get("rubric", where))
    given = dict(options)
    if asked is not None:
        given["rubric"] = str(options.get("rubric", "conduct"))
        _check_asked(asked, options, at, where)
    share = CANARIES if canaries is None else canaries
    entry = JudgeEntry(name or kind, kind, given, asked, share, file.asks, where)
    _check_models(entry, file, at)
    return entry


def once(judges: Sequence[JudgeEntry], source: str) -> None:
    """Raise where two judges have one name."""
    seen: dict[str, JudgeEntry] = {}
    for judge in judges:
        if judge.name in seen:
            raise UsageError(
                f"{judge.where or source}: there is a judge {judge.name!r} already, at {seen[judge.name].where}; "
                'give one of them another name: name = "…"'
            )
        seen[judge.name] = judge


def under_quorum(judges: Iterable[JudgeEntry]) -> list[str]:
    """What to say of panels of fewer judges than have to give a score, before they are asked and paid."""
    asked: dict[str, Rubric] = {}
    models: dict[str, set[str]] = {}
    quorum: dict[str, int] = {}
    for judge in judges:
        if judge.kind == "panel" and judge.rubric is not None:
            tag = judge.rubric.tag
            asked[tag] = judge.rubric
            models.setdefault(tag, set()).update(judge.models)
            needed = bar(judge.rubric, judge.options).quorum
            quorum[tag] = min(quorum.get(tag, needed), needed)
    return [
        f"rubric {asked[tag].name!r}: {len(own)} {'model judges' if len(own) == 1 else 'models judge'} by it, and "
        f"{quorum[tag]} have to give a score; without others nothing is settled, so name more, or set quorum"
        for tag, own in models.items()
        if len(own) < quorum[tag]
    ]


def rubric_of(detail: Mapping[str, Any]) -> Rubric | None:
    """The rubric that the store kept of a judge, with the quorum that its entry asks for."""
    kept = detail.get("rubric")
    if kept is None:
        return None
    found = parse_rubric(kept["text"], f"{kept['name']}.toml")
    return replace(found, bar=bar(found, detail["options"]))


def bar(asked: Rubric, options: Mapping[str, Any]) -> Bar:
    """What a number has to show, by the rubric and by the entry's own quorum."""
    quorum = options.get("quorum")
    return asked.bar if quorum is None else replace(asked.bar, quorum=quorum)


def entered(judges: Iterable[JudgeEntry]) -> list[tuple[str, str]]:
    """Name and detail of each, as the store takes them."""
    return [(judge.name, canonical(judge.detail())) for judge in judges]


def _check_options(file: JudgeFile, options: Mapping[str, Any], where: str, places: Mapping[str, str]) -> None:
    known = {option.name: option for option in file.options}
    taken = () if file.name in _RULES else known
    for name, value in options.items():
        place = places.get(name, where)
        if name == "api_key":
            raise UsageError(
                f"{_at(place)}api_key: keys are not kept in files; put it into the environment, and the variable's "
                "name into api_key_env"
            )
        if name in known and file.name not in _RULES:
            known[name].check(value, place or f"judge {file.name!r}")
        elif not file.open or file.name in _RULES:
            # By flags what these say is said otherwise.
            heads = ["kind", "name", *(["canaries"] * file.asks)] if where else []
            raise unknown("key", name, [*heads, *taken], where=place)
        if name in LISTS:
            _check_words(name, value, place)
    quorum = options.get("quorum", 1)
    if type(quorum) is not int or quorum < 1:
        raise UsageError(f"{_at(places.get('quorum', where))}quorum must be a whole number from 1, got {quorum!r}")
    orders = options.get("orders", ORDERS)
    if type(orders) is not int or not 1 <= orders <= ORDERS:
        raise UsageError(f"{_at(places.get('orders', where))}orders must be 1 or {ORDERS}, got {orders!r}")
    share = options.get("share", 1)
    if type(share) not in (int, float) or not 0 < share <= 1:
        raise UsageError(f"{_at(places.get('share', where))}share must be above 0 and at most 1, got {share!r}")
    _check_request(options, where, places)
    for option in file.options:
        if option.required and option.name not in options:
            raise UsageError(f"{_at(where)}judge {file.name!r}: needs the key {option.name!r}; see {file.path}")


def _check_request(options: Mapping[str, Any], where: str, places: Mapping[str, str]) -> None:
    """What can be seen to be wrong in requests before the first is sent."""
    for name, (least, most, said) in _WITHIN.items():
        value: Any = options.get(name)
        if type(value) in (int, float) and not least <= value <= most:
            raise UsageError(f"{_at(places.get(name, where))}{name} must be {said}, got {value!r}")
    extra = options.get("extra")
    for name in cast("Mapping[str, Any]", extra) if isinstance(extra, dict) else ():
        if name in OURS:
            raise UsageError(
                f"{_at(places.get('extra', where))}extra: {name!r} is not for options to set; leave it out"
            )


def _check_words(name: str, value: Any, place: str) -> None:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{_at(place)}{name} must be a list, got {value!r}")
    words = cast("Sequence[Any]", value)
    for word in words:
        if not isinstance(word, str):
            raise UsageError(f"{_at(place)}{name} is a list of names, got {word!r} in it")
    if not words:
        raise UsageError(f"{_at(place)}{name} is empty; name one or more")
    for word in words:
        if words.count(word) > 1:
            raise UsageError(f"{_at(place)}{name} has {word!r} twice")


def _rubric(options: Mapping[str, Any], file: JudgeFile, place: str) -> Rubric | None:
    named = options.get("rubric")
    if named is None and not any(option.name == "rubric" and not option.required for option in file.options):
        return None
    try:
        return rubric(str(named or "conduct"))
    except UsageError as error:
        # What is wrong in the rubric's own file names its line already; a name that is none stands here.
        told = str(error)
        raise UsageError(f"{_at(place)}{told}" if told.startswith("no rubric") else told) from None


def _check_asked(asked: Rubric, options: Mapping[str, Any], places: Mapping[str, str], where: str) -> None:
    known = [one.name for one in asked.dimensions]
    for word in options.get("dimensions", ()):
        if word not in known:
            raise unknown("dimension", word, known, where=places.get("dimensions", where))
    for word in options.get("views", ()):
        if word not in VIEWS:
            raise unknown("view", word, list(VIEWS), where=places.get("views", where))


def _check_models(entry: JudgeEntry, file: JudgeFile, places: Mapping[str, str]) -> None:
    key = "models" if any(option.name == "models" for option in file.options) else "model"
    place = places.get(key, entry.where)
    for model in entry.models:
        if not model.strip() or model.endswith("/"):
            raise UsageError(f"{_at(place)}{key}: {model!r} names no model; write provider/MODEL")
        if model in _TAKEN or model.startswith(_MARKS):
            # What such a model says would be taken for what rules or people say.
            raise UsageError(f"{_at(place)}{key}: {model!r} is what other judges are called; serve it by another name")
    variable = entry.options.get("api_key_env")
    if isinstance(variable, str):
        check_variable(variable, "api_key_env", places.get("api_key_env", entry.where))
    replace(entry, where=place).endpoints()


def _at(place: str) -> str:
    return f"{place}: " if place else ""
