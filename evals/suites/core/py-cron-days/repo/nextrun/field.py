"""One of the five fields of a crontab line."""

from dataclasses import dataclass, field

from .errors import CronError

MONTHS = {name: number for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)}
DAYS = {name: number for number, name in enumerate("SUN MON TUE WED THU FRI SAT".split())}


@dataclass(frozen=True)
class FieldKind:
    """What a field may hold: its name for messages, its smallest and largest number, and names for numbers."""

    name: str
    low: int
    high: int
    names: dict = field(default_factory=dict)


KINDS = (
    FieldKind("minute", 0, 59),
    FieldKind("hour", 0, 23),
    FieldKind("day of the month", 1, 31),
    FieldKind("month", 1, 12, MONTHS),
    FieldKind("day of the week", 0, 6, DAYS),
)


def parse_field(text, kind):
    """The set of numbers that a field stands for."""
    numbers = set()
    for part in text.split(","):
        numbers |= parse_part(part, kind)
    return frozenset(numbers)


def parse_part(part, kind):
    """The numbers of one member of a list: "*", "5", "MON-FRI", "*/10", "10-40/5"."""
    span, slash, step_text = part.partition("/")
    step = parse_number(step_text, kind, {}) if slash else 1
    if step < 1:
        raise CronError(f"{kind.name}: the step must be above zero in {part!r}")
    if span == "*":
        low, high = kind.low, kind.high
    else:
        first, dash, last = span.partition("-")
        low = parse_number(first, kind, kind.names)
        if dash:
            high = parse_number(last, kind, kind.names)
        else:
            high = kind.high if slash else low
        if not kind.low <= low <= high <= kind.high:
            raise CronError(f"{kind.name}: {span!r} is not within {kind.low}-{kind.high}")
    return set(range(low, high + 1, step))


def parse_number(text, kind, names):
    """A number, or the number of a name."""
    if text.upper() in names:
        return names[text.upper()]
    if not (text.isascii() and text.isdigit()):
        raise CronError(f"{kind.name}: {text!r} is not a number")
    return int(text)
