"""A crontab line without its command."""

from dataclasses import dataclass

from .errors import CronError
from .field import KINDS, parse_field

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True)
class Expression:
    """The numbers of the five fields, and the text that they come from. In `weekdays`, Sunday is 0."""

    text: str
    minutes: frozenset
    hours: frozenset
    days: frozenset
    months: frozenset
    weekdays: frozenset

    @classmethod
    def parse(cls, text):
        """Reads an expression; a CronError says what is wrong with it."""
        fields = NICKNAMES.get(text.strip(), text).split()
        if len(fields) != len(KINDS):
            raise CronError(f"an expression has five fields, not {len(fields)}: {text!r}")
        return cls(text, *(parse_field(field, kind) for field, kind in zip(fields, KINDS)))

    def fits_day(self, date):
        """Whether the job runs on this date at all."""
        weekday = date.isoweekday() % 7
        return date.month in self.months and date.day in self.days and weekday in self.weekdays
