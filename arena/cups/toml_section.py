"""One table of a TOML file, read key by key; what is left over or of the wrong type is an error with its line."""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

from arena.cups.toml_lines import TomlLines
from arena.errors import UsageError, unknown

_NAMES = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    float: "a number",
}


class Section:
    """Takes each key out once, so that `end` can refuse what nobody asked for."""

    def __init__(self, data: Mapping[str, Any], lines: TomlLines, path: tuple[str | int, ...]) -> None:
        self._data = dict(data)
        self._lines = lines
        self._path = path
        self._known: list[str] = []

    def at(self, *keys: str) -> str:
        """`file:line` of a key in this table."""
        return self._lines.at(*self._path, *keys)

    @property
    def name(self) -> str:
        """What this table is called."""
        return str(self._path[-1])

    def inner(self) -> str | None:
        """The first table in this one, where there is one."""
        return next((key for key, value in self._data.items() if isinstance(value, dict)), None)

    def has(self, key: str) -> bool:
        self._known.append(key)
        return key in self._data

    def text(self, key: str, *, required: bool = False) -> str:
        if required and key not in self._data:
            self._hint_missing(key)
        return cast("str", self._take(key, "", str))

    def flag(self, key: str, *, default: bool) -> bool:
        return bool(self._take(key, default, bool))

    def number(self, key: str, default: int, *, least: int, most: int | None = None) -> int:
        value = cast("int", self._take(key, default, int))
        if value < least or (most is not None and value > most):
            limit = f"{least} or more" if most is None else f"from {least} to {most}"
            raise UsageError(f"{self.at(key)}: {key} must be {limit}, got {value}")
        return value

    def share(self, key: str, default: float) -> float:
        value = self._take(key, default, float)
        if not 0 <= value <= 1:
            raise UsageError(f"{self.at(key)}: {key} must be from 0 to 1, got {value}")
        return float(value)

    def amount(self, key: str) -> float | None:
        """A number from 0, where there is one."""
        value = self._take(key, 0.0, float) if self.has(key) else None
        if value is not None and not 0 <= value < math.inf:
            raise UsageError(f"{self.at(key)}: {key} must be 0 or more, got {value}")
        return None if value is None else float(value)

    def choice(self, key: str, options: tuple[str, ...]) -> str:
        """One of a few words; the first is the default."""
        value = cast("str", self._take(key, options[0], str))
        if value not in options:
            raise unknown(key, value, list(options), where=self.at(key))
        return value

    def words(self, key: str) -> list[str]:
        values = cast("list[Any]", self._take(key, [], list))
        for value in values:
            if type(value) is not str:
                raise UsageError(f"{self.at(key)}: {key} is a list of names, got {value!r} in it")
        return values

    def mapping(self, key: str) -> dict[str, Any]:
        values = cast("dict[str, Any]", self._take(key, {}, dict))
        for name, value in values.items():
            self._check_plain(value, key, name)
        return values

    def table(self, key: str) -> "Section":
        return Section(cast("dict[str, Any]", self._take(key, {}, dict)), self._lines, (*self._path, key))

    def named(self, key: str) -> "dict[str, Section]":
        """The tables in a table, by their names: those headed `[key."NAME"]`."""
        values = cast("dict[str, Any]", self._take(key, {}, dict))
        for name, value in values.items():
            if not isinstance(value, dict):
                place = self.at(key, name)
                raise UsageError(f'{place}: {key} has tables headed [{key}."NAME"], got {name} = {value!r}')
        return {name: Section(value, self._lines, (*self._path, key, name)) for name, value in values.items()}

    def tables(self, key: str) -> list["Section"]:
        """The entries of `[[key]]`."""
        values = cast("list[Any]", self._take(key, [], list, form=f"entries headed [[{key}]]"))
        for value in values:
            if not isinstance(value, dict):
                raise UsageError(f"{self.at(key)}: {key} must be entries headed [[{key}]], got {value!r}")
        return [Section(value, self._lines, (*self._path, key, index)) for index, value in enumerate(values)]

    def rest(self) -> dict[str, Any]:
        """All keys that were not taken yet."""
        values = {key: value for key, value in self._data.items() if key not in self._known}
        for key, value in values.items():
            self._check_plain(value, key)
        self._data.clear()
        return values

    def refuse(self, key: str, why: str) -> None:
        """A key that exists in the format and may not stand here."""
        if key in self._data:
            raise UsageError(f"{self.at(key)}: {key}: {why}")

    def end(self) -> None:
        """Refuse whatever key is left."""
        for key in self._data:
            raise unknown("key", key, list(dict.fromkeys(self._known)), where=self.at(key))

    def _take(self, key: str, default: Any, kind: type, form: str = "") -> Any:
        self._known.append(key)
        if key not in self._data:
            return default
        value = self._data.pop(key)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise UsageError(f"{self.at(key)}: {key} must be {form or _NAMES[kind]}, got {value!r}")
        return value

    def _hint_missing(self, key: str) -> None:
        near = get_close_matches(key, self._data, n=1, cutoff=0.7)
        if near:
            raise unknown("key", near[0], [key], where=self.at(near[0]))
        table = f"[[{self._path[-2]}]]" if len(self._path) > 1 else "the file"
        raise UsageError(f"{self.at()}: {table} needs the key {key!r}")

    def _check_plain(self, value: Any, *keys: str) -> None:
        if isinstance(value, list):
            for each in cast("list[Any]", value):
                self._check_plain(each, *keys)
        elif isinstance(value, dict):
            for name, each in cast("dict[str, Any]", value).items():
                self._check_plain(each, *keys, name)
        elif type(value) not in {str, int, float, bool} or (type(value) is float and value - value != 0):
            raise UsageError(f"{self.at(*keys)}: {keys[-1]} must be a text, number, true or false, got {value!r}")
