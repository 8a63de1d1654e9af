import pytest

from nextrun import CronError
from nextrun.field import KINDS, parse_field

MINUTE, HOUR, DAY, MONTH, WEEKDAY = KINDS


@pytest.mark.parametrize(
    "text, kind, numbers",
    [
        ("5", MINUTE, {5}),
        ("*/20", MINUTE, {0, 20, 40}),
        ("10-40/15", MINUTE, {10, 25, 40}),
        ("50/5", MINUTE, {50, 55}),
        ("1,3,5-7", HOUR, {1, 3, 5, 6, 7}),
        ("JAN,dec", MONTH, {1, 12}),
        ("MON-FRI", WEEKDAY, {1, 2, 3, 4, 5}),
    ],
)
def test_reads(text, kind, numbers):
    assert parse_field(text, kind) == numbers


@pytest.mark.parametrize(
    "text, kind",
    [("60", MINUTE), ("0", DAY), ("5-3", HOUR), ("*/0", MINUTE), ("", HOUR), ("1,,2", HOUR), ("FOO", MONTH), ("8", WEEKDAY)],
)
def test_refuses(text, kind):
    with pytest.raises(CronError):
        parse_field(text, kind)
