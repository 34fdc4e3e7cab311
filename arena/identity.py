"""What makes two things the same: chance seeds, match ids and fingerprints, all hashes of canonical JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

ADDRESS = frozenset({"base_url", "api_key", "api_key_env"})
"""Options that say where an agent is reached, not how it plays."""
_PATIENCE = frozenset({"timeout", "retries"})
"""Options of a model that say how long its endpoint is waited for."""


_SPELL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> str:
    """One spelling of a JSON value."""
    return _SPELL.encode(value)


def digest(value: Any) -> bytes:
    """SHA-256 of a JSON value's canonical spelling."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).digest()


def chance_seed(tournament_seed: int, source_sha256: str, params: Mapping[str, Any], deal: int) -> int:
    """The 63-bit seed of one deal, shared by all its seatings and variants; `params` are the `[[games]]` entry's."""
    return int.from_bytes(digest([tournament_seed, source_sha256, dict(params), deal])[:8]) >> 1


def match_id(seed: int, tournament: str, variant: str, repetition: int, seating: Sequence[tuple[str, str]]) -> str:
    """The id of one match; `seating` is the (agent name, fingerprint) of each seat."""
    return digest([seed, tournament, variant, repetition, [list(seat) for seat in seating]]).hex()[:16]


def fingerprint(kind: str, file_sha256: str, options: Mapping[str, Any]) -> str:
    """The hash of what makes an agent play as it does; address, key and patience, its scorer's too, are left out."""
    left_out = ADDRESS | _PATIENCE if "model" in options else ADDRESS
    played = {key: value for key, value in options.items() if key.removeprefix("scorer_") not in left_out}
    return digest([kind, file_sha256, played]).hex()[:16]
