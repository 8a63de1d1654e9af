import subprocess
import sys
import time
from datetime import datetime

import pytest

from nextrun import CronError, Expression, NeverDue, next_run, next_runs


def runs(text, after, count):
    found = next_runs(Expression.parse(text), datetime.fromisoformat(after), count)
    return [run.isoformat(timespec="minutes") for run in found]


def test_either_day_will_do():
    assert runs("0 9 1,15 * MON", "2024-05-02T00:00", 4) == [
        "2024-05-06T09:00",
        "2024-05-13T09:00",
        "2024-05-15T09:00",
        "2024-05-20T09:00",
    ]


def test_the_month_still_has_to_fit():
    assert runs("0 0 1 JUN SUN", "2024-05-02T00:00", 3) == ["2024-06-01T00:00", "2024-06-02T00:00", "2024-06-09T00:00"]


def test_ranges_are_restrictions():
    assert runs("0 0 1-2 * 6", "2024-05-01T12:00", 3) == ["2024-05-02T00:00", "2024-05-04T00:00", "2024-05-11T00:00"]


def test_a_full_range_is_a_restriction_too():
    assert runs("0 0 1-31 * 6", "2024-05-01T12:00", 2) == ["2024-05-02T00:00", "2024-05-03T00:00"]


def test_a_star_with_a_step_is_none():
    assert runs("0 0 */10 * SAT", "2024-05-01T12:00", 2) == ["2024-05-11T00:00", "2024-06-01T00:00"]
    assert runs("0 0 13 * */5", "2024-09-01T00:00", 2) == ["2024-09-13T00:00", "2024-10-13T00:00"]


def test_one_day_alone():
    assert runs("0 0 * * TUE", "2024-05-01T12:00", 1) == ["2024-05-07T00:00"]
    assert runs("0 0 10 * *", "2024-05-01T12:00", 1) == ["2024-05-10T00:00"]


@pytest.mark.parametrize(
    "after, due",
    [
        ("2025-01-01T00:00", "2028-02-29T00:00"),
        ("2028-02-29T00:00", "2032-02-29T00:00"),
        ("2096-03-01T00:00", "2104-02-29T00:00"),
    ],
)
def test_leap_days(after, due):
    assert runs("0 0 29 2 *", after, 1) == [due]


def test_a_leap_day_on_a_weekday():
    # A step from a star is no restriction, so both days have to fit: a leap day that is a Sunday or a Saturday.
    assert runs("0 0 29 2 */6", "2024-03-01T00:00", 2) == ["2032-02-29T00:00", "2048-02-29T00:00"]


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6 *", "0 0 30-31 FEB *"])
def test_never_is_told_quickly(text):
    start = time.monotonic()
    with pytest.raises(NeverDue):
        next_run(Expression.parse(text), datetime(2024, 1, 1))
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("text", ["0 0 * * 7", "0 0 * * 5-7", "0 0 * * 1,7", "0 0 * * 7,0"])
def test_seven_is_sunday(text):
    assert "2024-05-05T00:00" in runs(text, "2024-05-01T12:00", 3)


def test_seven_is_sunday_alone():
    assert runs("0 0 * * 7", "2024-05-05T00:00", 2) == ["2024-05-12T00:00", "2024-05-19T00:00"]
    assert runs("0 0 * * 6-7", "2024-05-03T12:00", 3) == ["2024-05-04T00:00", "2024-05-05T00:00", "2024-05-11T00:00"]


def test_a_star_is_seven_days():
    assert runs("0 0 * * *", "2024-05-04T00:00", 2) == ["2024-05-05T00:00", "2024-05-06T00:00"]
    # Every second day of the week from Sunday: Sunday, Tuesday, Thursday, Saturday.
    assert runs("0 0 * * */2", "2024-05-04T12:00", 4) == [
        "2024-05-05T00:00",
        "2024-05-07T00:00",
        "2024-05-09T00:00",
        "2024-05-11T00:00",
    ]


def test_eight_is_refused():
    with pytest.raises(CronError):
        Expression.parse("0 0 * * 8")


def test_seven_is_no_minute_word():
    assert Expression.parse("7 7 7 7 *").minutes == {7}


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "nextrun", *arguments], capture_output=True, text=True)


def test_the_command_tells_either_day():
    run = command("0 9 1,15 * MON", "--from", "2024-05-02T00:00", "--count", "3")
    assert run.stdout == "2024-05-06T09:00\n2024-05-13T09:00\n2024-05-15T09:00\n"


def test_the_command_tells_never():
    run = command("0 0 30 2 *", "--from", "2024-05-02T00:00")
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "nextrun: never due: 0 0 30 2 *\n")
