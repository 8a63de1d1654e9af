"""The search for the times at which an expression is due."""

from datetime import datetime, time, timedelta

from .errors import NeverDue

# A yearly job is due within a year and a day.
HORIZON_DAYS = 366


def times_of_day(expression):
    """The times at which a job runs on a day that fits, in order."""
    return [time(hour, minute) for hour in sorted(expression.hours) for minute in sorted(expression.minutes)]


def next_run(expression, after):
    """The first time later than `after` at which the expression is due; NeverDue if there is none."""
    times = times_of_day(expression)
    for days in range(HORIZON_DAYS + 1):
        date = after.date() + timedelta(days=days)
        if not expression.fits_day(date):
            continue
        for moment in times:
            due = datetime.combine(date, moment)
            if due > after:
                return due
    raise NeverDue(f"never due: {expression.text}")


def next_runs(expression, after, count):
    """The next `count` times, each later than the one before."""
    runs = []
    for _ in range(count):
        after = next_run(expression, after)
        runs.append(after)
    return runs
