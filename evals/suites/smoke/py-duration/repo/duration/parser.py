"""Text to seconds."""

import re

from .units import UNITS

PART = re.compile(r"(\d+)\s*([dhms])")


def parse(text):
    """The whole seconds that a text such as "1h 30m" stands for."""
    return sum(int(count) * UNITS[unit] for count, unit in PART.findall(text.lower()))
