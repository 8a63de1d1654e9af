"""Physical lines to logical lines: without comments, and with continuations joined."""

from dataclasses import dataclass

from .errors import ConfigError


@dataclass(frozen=True)
class Line:
    """A logical line and the number, from 1, of the physical line where it starts."""

    number: int
    text: str


def logical_lines(text, path):
    """The logical lines of a file, in order."""
    lines = []
    for number, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if raw[0].isspace():
            if not lines:
                raise ConfigError(path, number, "nothing to go on with")
            before = lines.pop()
            lines.append(Line(before.number, f"{before.text} {stripped}"))
        else:
            lines.append(Line(number, stripped))
    return lines
