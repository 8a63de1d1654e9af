"""The entries of a time sheet."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entry:
    """Some minutes of one person on one day. `rate` is in cents an hour."""

    day: date
    person: str
    project: str
    minutes: int
    rate: int
    billable: bool = True
    text: str = ""


def read_entry(line):
    """The entry of one line; a ValueError says what is wrong."""
    parts = line.split(None, 5)
    if len(parts) < 5:
        raise ValueError(f"too short: {line.strip()!r}")
    day, person, project, minutes, rate = parts[:5]
    rest = parts[5].strip() if len(parts) == 6 else ""
    word, _, text = rest.partition(" ")
    billable = word != "nb"
    return Entry(date.fromisoformat(day), person, project, int(minutes), int(rate), billable, rest if billable else text)


def read_entries(lines):
    """All entries; blank lines and lines that start with "#" are left out."""
    return [read_entry(line) for line in lines if line.strip() and not line.startswith("#")]
