import pytest

from semrange import Range, RangeError, Version, best


def fits(text, version):
    return Range.parse(text).fits(Version.parse(version))


@pytest.mark.parametrize(
    "text, inside, outside",
    [
        ("1.2.3", ["1.2.3"], ["1.2.4"]),
        ("1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]),
        ("1.x", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("*", ["0.0.0", "9.9.9"], []),
        (">=1.2.3 <2.0.0", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
        ("> 1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("^1.2.3", ["1.2.3", "1.9.9"], ["1.2.2", "2.0.0"]),
        ("^0.2.3", ["0.2.9"], ["0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("~1.2.3", ["1.2.9"], ["1.3.0"]),
        ("~1", ["1.9.9"], ["2.0.0"]),
    ],
)
def test_fits(text, inside, outside):
    assert [version for version in inside + outside if fits(text, version)] == inside


@pytest.mark.parametrize("text", ["", "one", "1.2.3.4", "1.x.3", "01.2.3", ">>1", "1.2.3,2.0.0", "^"])
def test_refused(text):
    with pytest.raises(RangeError):
        Range.parse(text)


def test_numbers_are_compared_as_numbers():
    assert best("1.x", ["1.9.0", "1.10.0", "2.0.0"]) == Version(1, 10, 0)


def test_none_fits():
    assert best("^3", ["1.0.0"]) is None
