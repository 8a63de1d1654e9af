"""One line of the log."""

import re
from dataclasses import dataclass

LINE = re.compile(
    r"(?P<client>[\d.]+) \[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<path>[^ "]+) (?P<protocol>[^ "]+)" '
    r'(?P<status>\d{3}) (?P<size>\d+|-) (?P<millis>\d+) "(?P<agent>[^"]*)"'
)


@dataclass(frozen=True)
class Entry:
    """A request: `size` in bytes (0 where the log has "-") and `millis` until it was answered."""

    client: str
    time: str
    method: str
    path: str
    protocol: str
    status: int
    size: int
    millis: int
    agent: str


def parse_line(line):
    """The entry of a line, or None for a line that is broken."""
    match = LINE.fullmatch(line.strip())
    if match is None:
        return None
    facts = match.groupdict()
    size = 0 if facts["size"] == "-" else int(facts["size"])
    return Entry(**{**facts, "status": int(facts["status"]), "size": size, "millis": int(facts["millis"])})
