"""Versions: three numbers, ordered one after the other."""

import re
from dataclasses import dataclass

from .errors import RangeError

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


@dataclass(frozen=True, order=True)
class Version:
    """A version such as 1.2.3. Versions can be compared and hashed."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text):
        """Reads a full version."""
        match = VERSION.fullmatch(text)
        if match is None:
            raise RangeError(f"not a version: {text!r}")
        return cls(*map(int, match.groups()))

    def __str__(self):
        return f"{self.major}.{self.minor}.{self.patch}"
