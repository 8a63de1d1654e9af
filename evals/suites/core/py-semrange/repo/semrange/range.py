"""Ranges of versions."""

from dataclasses import dataclass

from .parser import parse_range
from .version import Version


@dataclass(frozen=True)
class Range:
    """The versions that fit all comparators."""

    text: str
    comparators: tuple

    @classmethod
    def parse(cls, text):
        """Reads a range; a RangeError says what is wrong with it."""
        return cls(text, tuple(parse_range(text)))

    def fits(self, version):
        """Whether a version lies within the range."""
        return all(comparator.fits(version) for comparator in self.comparators)


def best(text, versions):
    """The highest of the versions (texts) that fits the range, or None."""
    range_ = Range.parse(text)
    return max((version for version in map(Version.parse, versions) if range_.fits(version)), default=None)
