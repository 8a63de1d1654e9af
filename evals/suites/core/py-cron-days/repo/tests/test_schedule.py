from datetime import datetime

import pytest

from nextrun import Expression, NeverDue, next_run, next_runs


def due(text, after):
    return next_run(Expression.parse(text), datetime.fromisoformat(after)).isoformat(timespec="minutes")


def test_later_today():
    assert due("30 9 * * *", "2024-05-02T09:29") == "2024-05-02T09:30"


def test_not_the_moment_itself():
    assert due("30 9 * * *", "2024-05-02T09:30") == "2024-05-03T09:30"


def test_working_days():
    assert due("0 8 * * MON-FRI", "2024-05-03T12:00") == "2024-05-06T08:00"


def test_across_the_year():
    assert due("@yearly", "2024-01-01T00:00") == "2025-01-01T00:00"


def test_short_months_are_passed_over():
    runs = next_runs(Expression.parse("0 0 31 * *"), datetime(2024, 3, 31), 2)
    assert runs == [datetime(2024, 5, 31), datetime(2024, 7, 31)]


def test_never():
    with pytest.raises(NeverDue):
        due("0 0 30 2 *", "2024-01-01T00:00")
