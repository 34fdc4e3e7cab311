"""Words in a chat that are not the game's: what an agent tells its model beside the match, or asks it aside.

A block of lines from `[aside …]` to `[/aside]`. Who reads the match back (`arena.serving.reader`) passes it
over, and so can nobody take a note or a committee's talk for a word of the table.
"""

OPEN = "[aside"
ASKED = "[aside ask]"
CLOSE = "[/aside]"
_INDENT = "    "


def aside(text: str, *, ask: bool = False) -> str:
    """A block with a text; `ask`: the model is to answer this, and not what the match asked last."""
    inside = "\n".join(_INDENT + line for line in text.splitlines())
    return f"{ASKED if ask else OPEN + ']'}\n{inside}\n{CLOSE}"


def without_asides(text: str) -> tuple[str, bool]:
    """A message without its asides, and whether it ends with one that asks; one left open lasts to the end."""
    if OPEN not in text:
        return text, False
    kept: list[str] = []
    inside = asks = False
    for line in text.split("\n"):
        if not inside and line.startswith(OPEN):
            inside, asks = True, line.startswith(ASKED)
        elif not inside:
            kept.append(line)
            asks = asks and not line.strip()
        # What an aside quotes is indented, so that it cannot end it.
        if inside and not line.startswith(_INDENT) and line.rstrip().endswith(CLOSE):
            inside = False
    return "\n".join(kept), asks
