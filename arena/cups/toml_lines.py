"""Where in a TOML text each key stands, which `tomllib` does not tell."""

import re

Path = tuple[str | int, ...]

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.)?""")
_INLINE = re.compile(r"""[{,]\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=(?!=)""")
_TOKEN = re.compile(r'''"""|\'\'\'|"(?:[^"\\]|\\.)*"|'[^']*'|#.*|[\[\]{}]''')


class TomlLines:
    """The line of every key of a TOML text; of a key that is not there, the line of what would hold it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = _scan(text)

    def at(self, *path: str | int) -> str:
        """`file:line` of a key or table, e.g. `at("agents", 1, "kind")`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return f"{self.name}:{self._lines[path[:length]]}"
        return self.name


def not_toml(name: str, text: str, error: str) -> str:
    """What is said of a text that `tomllib` refuses with this error, with its line."""
    what, _, place = error.partition(" (at ")
    line = re.match(r"line (\d+)", place)
    number = line[1] if line else len(text.splitlines()) if place else 0
    return f"{name}{f':{number}' if number else ''}: not TOML: {what[:1].lower() + what[1:]}"


def _scan(text: str) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    inside = ""
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not inside and depth == 0:
            start = line.lstrip()
            if start.startswith("["):
                table = _header(start, counts)
                lines.setdefault(table, number)
                lines.setdefault(table[:-1], number)
                continue
            names, length = _key(start)
            if names and start[length : length + 1] == "=":
                path = table
                for name in names:
                    path = (*path, name)
                    lines.setdefault(path, number)
                line = start[length + 1 :]  # noqa: PLW2901  # the value is what is left of the line
                for inline in _INLINE.finditer(_blank(line)):
                    lines.setdefault((*path, *_key(inline[1])[0]), number)
        inside, depth = _skip(line, inside, depth)
    return lines


def _header(line: str, counts: dict[Path, int]) -> Path:
    array = line.startswith("[[")
    names, _ = _key(line[2 if array else 1 :])
    path: Path = ()
    for index, name in enumerate(names):
        path = (*path, name)
        if array and index == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _key(text: str) -> tuple[list[str], int]:
    """The parts of a dotted key at the start of a text, and how long it is."""
    names: list[str] = []
    position = 0
    while part := _PART.match(text, position):
        names.append(next(group for group in part.groups()[:3] if group is not None))
        position = part.end()
        if not part[4]:
            break
    return names, position


def _blank(text: str) -> str:
    """The text with what stands in strings taken out; quoted keys, which an `=` follows, stay."""
    return re.sub(r""""(?:[^"\\]|\\.)*"(?!\s*=)|'[^']*'(?!\s*=)""", '""', text)


def _skip(line: str, inside: str, depth: int) -> tuple[str, int]:
    """Whether a multi-line string or bracket is open after this line."""
    position = 0
    if inside:
        end = line.find(inside)
        if end < 0:
            return inside, depth
        position = end + 3
    while token := _TOKEN.search(line, position):
        position = token.end()
        word = token[0]
        if word in ('"""', "'''"):
            end = line.find(word, position)
            if end < 0:
                return word, depth
            position = end + 3
        elif word in "[{":
            depth += 1
        elif word in "]}":
            depth -= 1
    return "", depth
