"""What plain sentences claim and promise about given keys: rules, for words as scripted seats and people write them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.serving.judges.values import Value, negated, read_value

Spec = Sequence[Any]
"""A spec as plain data, as in `["number", 0, 50]`."""

_SEAT = "\u27e6[A-Z]+\u27e7"
_WHOSE = rf"(my|your|{_SEAT}'s)"
_WHO = rf"(i|you|{_SEAT})"
_FACT = r"(?:really |actually |truly |in fact |only |just |still |exactly )*"
_TRULY = r"(?:.*?\b(?:that|know|swear|you|sure|honest|honestly|look|well|hello|hi),? )?"
_IF = r"(if|unless|when|once|provided(?: that)?|as long as|only if)"
_WILL = r"(?:will|shall|am going to|promise to|pledge to|swear to|vow to|commit to)"

_SENTENCE = re.compile("(?:\u27e6[^\u27e7]*\u27e7|\\d[.,]\\d|[^.!?;\n\u27e6])+[.!?;]*")
_QUOTED = re.compile('"[^"]*"|\u201c[^\u201d]*\u201d|\u00ab[^\u00bb]*\u00bb')
_SHORT = (
    (r"\bwon't\b", "will not"),
    (r"\b(?:can't|cannot)\b", "can not"),
    (r"n't\b", " not"),
    (r"\b(i|you|we)'ll\b", r"\1 will"),
    (r"\bi'm\b", "i am"),
    (r"\b(i|you)'ve\b", r"\1 have"),
    (r"\byou're\b", "you are"),
)
_MERE = re.compile(
    r"\b(?:suppose|supposing|imagine|what if|hypothetically|let's say|would|could|might|may|should|maybe|perhaps"
    r"|if i (?:had|were|was)|pretend|as if|as though|wish|hope|want|were to|in theory|for example|for instance"
    r"|probably|possibly|i guess|not sure|no idea|thinking of|around|roughly|approximately)\b"
)
_REPORTED = re.compile(
    r"\b(?:said|says|told|claims|claimed|claiming|wrote|according to|promised|announced|thinks?|heard|asked)\b"
)
_OWN_WORD = re.compile(r"(?:as )?i (?:have )?(?:said|told)\b")
_DENIED = re.compile(
    r"\b(?:never|not|refuse to|nobody|no one|nothing)\b[^,]*"
    r"\b(?:say|said|tell|told|promise|promised|claim|claimed|announce|reveal|know|think|believe|mean|commit)\b"
)
_IRONY = re.compile(
    r"\b(?:yeah,? right|sure,? sure|oh,? sure|ha ?ha(?:ha)*|lol|and pigs|good one|just kidding"
    r"|and i am the (?:queen|king|pope|emperor))\b|/s\b"
)
_RELEASED = re.compile(
    rf"\bi (?:release|free) ({_SEAT}|you) from (?:the|your|its|that) promise about (?:the )?([\w-]+)"
)
_CLAUSE = re.compile(
    rf"(?:,\s*|\s+)(?:and|but|so|because|since|then|while)\s+(?=(?:then )?(?:i|my|your|{_SEAT}(?:'s)?) )"
    rf"|[,:]\s*(?=(?:i|my|your|{_SEAT}'s) )"
)
_IF_FIRST = re.compile(rf"^(?:and |but |so |then )?{_IF} (.*?)(?:, (?:then )?| then )(.*)$")
_IF_LAST = re.compile(rf"^(.*?),? {_IF} (.*)$")
_OR_ELSE = re.compile(r"^(.*?),? or (?:else |otherwise )?(i will .*)$")
_ASKED = re.compile(r"^(?:please |you (?:must |had better |better )?)+")
_HARM = {"reject", "defect", "punish", "straight", "betray", "refuse"}
_VERBS = {
    "offer": ("offer", "give you", "propose"),
    "contribution": ("contribute", "put in", "chip in"),
    "share": ("take",),
    "vote": ("vote for", "vote"),
    "return": ("return", "give back", "send back"),
    "price": ("ask a price of", "ask for", "ask", "pay", "charge"),
    "catch": ("catch", "fish", "take"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What can be spoken about, by whom and to whom, as a request shows it."""

    speaker: str
    hearers: Sequence[str]
    claim: Mapping[str, Spec]
    promise: Mapping[str, Spec]


@dataclass(frozen=True, slots=True)
class Found:
    """One act in the form of a reply, and the sentence that makes it."""

    act: dict[str, Any]
    quote: str


def sentences(text: str) -> list[str]:
    """The text in sentences, as they stand there."""
    return [found[0].strip() for found in _SENTENCE.finditer(text) if found[0].strip()]


def acts_of(text: str, sheet: Sheet) -> list[Found]:
    """The acts of a text, in order, each once."""
    found: dict[str, Found] = {}
    for sentence in sentences(text):
        for act in _acts(sentence, sheet):
            found.setdefault(repr(act), Found(act, sentence))
    return list(found.values())


def _acts(sentence: str, sheet: Sheet) -> Iterator[dict[str, Any]]:
    plain = _plain(sentence)
    if plain.endswith("?") or any(none.search(plain) for none in (_MERE, _IRONY, _DENIED)):
        return
    if _REPORTED.search(plain) and not _OWN_WORD.match(plain):
        return
    plain = plain.rstrip(".!; ")
    if released := _RELEASED.search(plain):
        seat = _seat(released[1], sheet)
        if seat and released[2] in sheet.promise:
            yield {"release": f"{seat}.{released[2]}"}
        return
    if demand := _OR_ELSE.match(plain):
        conditions = _conditions(f"you {_ASKED.sub('', demand[1])}", sheet, holds=False)
        yield from _promises(demand[2], sheet, conditions, threat=True) if conditions else ()
        return
    first, last = _IF_FIRST.match(plain), _IF_LAST.match(plain)
    word, when, rest = (
        (first[1], first[2], first[3]) if first else (last[2], last[3], last[1]) if last else ("", "", plain)
    )
    clauses = [clause.strip() for clause in _CLAUSE.split(rest)]
    if word:
        # A condition belongs to the clause that it stands beside.
        bound = clauses.pop(0 if first else -1)
        conditions = _conditions(when, sheet, holds=word != "unless")
        yield from _promises(bound, sheet, conditions) if conditions else ()
    for clause in clauses:
        yield from _promises(clause, sheet, {}) or _claims(clause, sheet)


def _plain(sentence: str) -> str:
    """In small letters, those of seats left, without what is quoted and without short forms."""
    text = _QUOTED.sub(" ", sentence).replace("\u2019", "'").strip()
    text = re.sub("\u27e6([A-Z]+)\\.\\d+\u27e7", "\u27e6\\1\u27e7", text)
    parts = re.split("(\u27e6[^\u27e7]*\u27e7)", text)
    text = "".join(part if part.startswith("\u27e6") else part.lower() for part in parts)
    for short, long in _SHORT:
        text = re.sub(short, long, text)
    return re.sub(r"\s+", " ", text)


def _seat(word: str, sheet: Sheet) -> str | None:
    if word in ("you", "your"):
        return sheet.hearers[0] if len(sheet.hearers) == 1 else None
    if word in ("i", "my"):
        return sheet.speaker
    return word.removesuffix("'s").strip("\u27e6\u27e7")


def _path(seat: str, key: str, sheet: Sheet) -> str:
    return key if seat == sheet.speaker else f"{seat}.{key}"


def _stated(kind: str, seat: str, key: str, value: Value, sheet: Sheet) -> list[dict[str, Any]]:
    return [{kind: {_path(seat, key if part is None else f"{key}.{part}", sheet): one}} for part, one in value]


def _name(key: str) -> str:
    """How a key is said, with the part of it that may follow."""
    return rf"{re.escape(key.lower().replace('_', ' '))}(?: of| for)? ?(?:\(([\w-]+)\) |([\w-]+) )??"


def _claims(clause: str, sheet: Sheet) -> list[dict[str, Any]]:
    for key, spec in sheet.claim.items():
        seat, value = _claimed(clause, key, spec, sheet)
        if seat and value:
            return _stated("claim", seat, key, value, sheet)
    return []


def _claimed(clause: str, key: str, spec: Spec, sheet: Sheet) -> tuple[str | None, Value]:
    """Of which seat a clause says what about one key."""
    said = re.search(rf"(?<!\w){_WHOSE} {_FACT}{_name(key)}(?:is|are|was|equals|:|=) {_FACT}(.+)$", clause)
    if said:
        return _seat(said[1], sheet), read_value(said[4], spec, said[2] or said[3])
    has = rf"(i) (?:do )?(?:have|hold|got|drew) {_FACT}"
    said = re.search(rf"^{_TRULY}{has}(?:an?|the|my) {_name(key)}(?:of|that is) (.+)$", clause)
    if said:
        return sheet.speaker, read_value(said[4], spec)
    if spec[0] == "allocation":
        return sheet.speaker, _worth(clause, spec)
    if spec[0] != "choice" or key in sheet.promise:
        return None, []
    said = re.search(rf"^{_TRULY}{_WHO} (?:am|is|are) {_FACT}(.+)$", clause) or re.search(
        rf"^{_TRULY}{has}(.+)$", clause
    )
    return (_seat(said[1], sheet), read_value(said[2], spec)) if said else (None, [])


def _worth(clause: str, spec: Spec) -> Value:
    """`each hat is worth 3 to me`, about a key that says what parts are worth."""
    for part in spec[1]:
        single = re.escape(part.lower().removesuffix("s"))
        worth = r"(?:is|are) worth (.+?)(?: points?| coins?)?(?: each| apiece)? (?:to|for) me\b"
        said = re.search(rf"\b(?:each|every|one|an?|the|my|all) {single}s? {worth}", clause)
        if said:
            return [(part, one) for _, one in read_value(said[1], ["number", 0, spec[1][part]])]
    return []


def _promises(
    clause: str, sheet: Sheet, conditions: Mapping[str, Any], *, threat: bool = False
) -> list[dict[str, Any]]:
    for key, spec in sheet.promise.items():
        value = _promised(clause, key, spec)
        if not value:
            continue
        found: list[dict[str, Any]] = []
        for act in _stated("promise", sheet.speaker, key, value, sheet):
            body = act["promise"]
            harmful = threat or (conditions and any(one in _HARM for one in body.values() if isinstance(one, str)))
            named = {"threat": body} if harmful else act
            found.append({**named, "if": dict(conditions)} if conditions else named)
        return found
    return []


def _promised(clause: str, key: str, spec: Spec) -> Value:
    """What a clause says that the speaker will answer to one key."""
    said = re.search(rf"\bmy (?:next )?{_name(key)}(?:will|is going to|shall) (not )?be (.+)$", clause)
    if said:
        return read_value(f"{said[3] or ''}{said[4]}", spec, said[1] or said[2])
    doing = re.search(rf"\bi {_WILL} {_FACT}(not )?{_FACT}(.+)$", clause)
    return _done(doing[1] or "", doing[2], key, spec) if doing else []


def _done(denied: str, rest: str, key: str, spec: Spec) -> Value:
    """What is done to a key: `offer 40`, `vote for B`, `cooperate`."""
    for verb in (*_VERBS.get(key, ()), key, "answer", "play", "choose", "go", "pick"):
        if rest.startswith(f"{verb} "):
            value = read_value(denied + rest.removeprefix(f"{verb} "), spec)
            if value:
                return value
    return read_value(denied + rest, spec) if spec[0] == "choice" else []


def _conditions(text: str, sheet: Sheet, *, holds: bool) -> dict[str, Any]:
    """The conditions of a clause after `if`; none where any of them cannot be read."""
    found: dict[str, Any] = {}
    for clause in re.split(rf" and (?=i |you |my |your |{_SEAT})", text.strip()):
        for key, spec in {**sheet.claim, **sheet.promise}.items():
            seat, value = _condition(clause, key, spec, sheet)
            wanted = value[0][1] if seat and len(value) == 1 and value[0][0] is None else None
            wanted = negated(wanted) if wanted is not None and not holds else wanted
            if seat and wanted is not None:
                found[_path(seat, key, sheet)] = wanted
                break
        else:
            return {}
    return found


def _condition(clause: str, key: str, spec: Spec, sheet: Sheet) -> tuple[str | None, Value]:
    said = re.search(rf"^{_WHOSE} {re.escape(key.lower())} (?:is|will be|was|are) (.+)$", clause)
    if said:
        return _seat(said[1], sheet), read_value(said[2], spec)
    said = re.search(rf"^{_WHO} (?:will |do |really |also )*(not )?(.+)$", clause)
    if said is None:
        return None, []
    # `B offers 40`: what it does stands without its ending.
    rest = re.sub(r"^([a-z]+?)s\b", r"\1", said[3]).replace("offer me ", "offer ")
    return _seat(said[1], sheet), _done(said[2] or "", rest, key, spec)
