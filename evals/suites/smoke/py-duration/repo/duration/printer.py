"""Seconds to text."""

from .units import UNITS


def format(seconds):
    """The shortest text for a number of whole seconds, which must not be negative."""
    if seconds < 0:
        raise ValueError(f"a duration is not negative: {seconds}")
    parts = []
    for unit, size in UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
