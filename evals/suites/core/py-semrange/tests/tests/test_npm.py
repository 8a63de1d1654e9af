import itertools
import subprocess
import sys

import pytest

from semrange import Range, RangeError, Version, best


def fitting(text, *versions):
    return [version for version in versions if Range.parse(text).fits(Version.parse(version))]


@pytest.mark.parametrize("text", ["^1.2.0 || ^2.0.1", "^1.2.0||^2.0.1", pytest.param("  ^2.0.1   ||  ^1.2.0 ", id="blanks")])
def test_alternatives(text):
    assert fitting(text, "1.1.9", "1.2.0", "2.0.0", "2.0.1", "3.0.0") == ["1.2.0", "2.0.1"]


def test_three_alternatives():
    assert fitting("1.0.0 || 2.x || >=4.0.0 <4.1.0", "1.0.0", "1.0.1", "2.5.0", "4.0.9", "4.1.0") == ["1.0.0", "2.5.0", "4.0.9"]


@pytest.mark.parametrize(
    "text, inside, outside",
    [
        ("1.2.3 - 2.0.0", ["1.2.3", "2.0.0"], ["1.2.2", "2.0.1"]),
        ("1.2 - 2.3", ["1.2.0", "2.3.9"], ["1.1.9", "2.4.0"]),
        ("1 - 2", ["1.0.0", "2.9.9"], ["0.9.9", "3.0.0"]),
        ("1.2.3 - 2.x", ["2.9.9"], ["3.0.0"]),
        pytest.param("1.2.3   -   2", ["1.2.3", "2.1.0"], ["3.0.0"], id="blanks"),
        ("1 - 2 || 4.0.0 - 4.1", ["2.9.9", "4.0.0", "4.1.7"], ["3.0.0", "4.2.0"]),
    ],
)
def test_hyphen_ranges(text, inside, outside):
    assert fitting(text, *inside, *outside) == inside


@pytest.mark.parametrize(
    "text",
    [
        "1.x ||",
        "|| 1.x",
        "1.x || || 2.x",
        "||",
        "1.x | 2.x",
        "1.2.3 -",
        "- 2.0.0",
        "1.0.0 - 2.0.0 <1.5.0",
        ">0.1.0 1.0.0 - 2.0.0",
        "1 - 2 - 3",
        ">=1.0.0 - 2.0.0",
        "1.0.0 - <2.0.0",
        "1.2-beta",
        "1.2.x-beta",
        "^1-rc.1",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        pytest.param("1.2.3-ä", id="umlaut"),
        "1.2.3-rc_1",
    ],
)
def test_refused(text):
    with pytest.raises(RangeError):
        Range.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2-beta",
        pytest.param("1.2.3-ä", id="umlaut"),
        "1.2.3-rc.00",
        "1.2.3- rc",
        pytest.param("1.2.3-rc ", id="blank at the end"),
    ],
)
def test_refused_versions(text):
    with pytest.raises(RangeError):
        Version.parse(text)


ORDER = [
    "1.0.0-0",
    "1.0.0-2",
    "1.0.0-11",
    "1.0.0--",
    "1.0.0-0a",
    "1.0.0-Beta",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.0",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-alpha",
    "1.0.1",
]


def test_order():
    versions = [Version.parse(text) for text in ORDER]
    for (low, first), (high, second) in itertools.combinations(enumerate(versions), 2):
        assert first < second and second > first and first <= second and second >= first, (ORDER[low], ORDER[high])
        assert first != second
    assert [str(version) for version in sorted(reversed(versions))] == ORDER


def test_equal_versions():
    assert Version.parse("1.2.3-rc.1") == Version.parse("1.2.3-rc.1")
    assert len({Version.parse("1.2.3-rc.1"), Version.parse("1.2.3-rc.1"), Version.parse("1.2.3")}) == 2
    assert Version.parse("1.2.3") == Version(1, 2, 3)


def test_print_as_written():
    for text in ORDER + ["1.2.3-beta.2", "0.0.0-a-b.c--d.0"]:
        assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "text, inside, outside",
    [
        (">1.2.3-alpha", ["1.2.3-beta", "1.2.3", "1.2.4"], ["1.2.3-alpha", "1.2.4-beta", "2.0.0-rc.1"]),
        (">=1.0.0 <2.0.0", ["1.0.0", "1.5.0"], ["2.0.0-rc.1", "1.5.0-rc.1", "1.0.0-rc.1"]),
        ("^1.2.3-rc.1", ["1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "1.9.0"], ["1.2.3-beta", "1.3.0-rc.1", "2.0.0-rc.1", "2.0.0"]),
        ("^0.2.3-rc.1", ["0.2.3-rc.1", "0.2.9"], ["0.3.0", "0.3.0-rc.1"]),
        ("^0.0.3-rc.1", ["0.0.3-rc.1", "0.0.3"], ["0.0.4", "0.0.4-rc.1"]),
        ("~1.2.3-rc.1", ["1.2.3-rc.1", "1.2.9"], ["1.3.0", "1.3.0-0", "1.2.4-rc.1"]),
        ("1.2.3-rc.1", ["1.2.3-rc.1"], ["1.2.3-rc.2", "1.2.3"]),
        ("=1.2.3-rc.1", ["1.2.3-rc.1"], ["1.2.3"]),
        ("<1.2.3-rc.1", ["1.2.3-beta", "1.2.2"], ["1.2.3-rc.1", "1.2.3", "1.2.2-beta"]),
        ("1.2.3-rc.1 - 2.0.0-rc.2", ["1.2.3-rc.1", "1.2.3", "2.0.0-rc.2"], ["1.5.0-rc.1", "2.0.0", "2.0.0-rc.3"]),
        ("*", ["1.0.0"], ["1.0.0-rc.1"]),
        ("1.2", ["1.2.0"], ["1.2.0-rc.1", "1.2.1-rc.1", "1.3.0-rc.1"]),
        (">=1.0.0-rc.1 <1.0.0 || 3.x", ["1.0.0-rc.2", "3.0.0"], ["1.0.0", "3.0.0-rc.1", "1.0.0-beta"]),
        ("<2.0.0 || >=2.0.0-beta", ["1.0.0", "2.0.0-rc.1"], ["1.0.0-rc.1", "2.0.0-alpha", "2.1.0-beta"]),
    ],
)
def test_pre_releases(text, inside, outside):
    assert fitting(text, *inside, *outside) == inside


def test_best():
    assert str(best("^1.0.0-rc.1 || 0.9.x", ["0.9.9", "1.0.0-rc.1", "1.0.0-rc.10", "1.0.0-rc.9"])) == "1.0.0-rc.10"
    assert str(best("1 - 2", ["2.9.0", "2.10.0", "3.0.0"])) == "2.10.0"


def test_the_command():
    command = [sys.executable, "-m", "semrange", ">=1.0.0-rc.1 <2.0.0-0 || 3 - 4", "1.0.0-rc.2", "1.0.0", "1.0.0-beta", "4.5.0"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "4.5.0\n1.0.0\n1.0.0-rc.2\n")
