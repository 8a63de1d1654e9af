"""Counts over many lines."""

from collections import Counter
from dataclasses import dataclass, field

from .entry import parse_line
from .quantile import percentile

PERCENTS = (50, 90, 99)


@dataclass
class Summary:
    """What is reported of a log."""

    requests: int = 0
    errors: int = 0
    bytes: int = 0
    paths: Counter = field(default_factory=Counter)
    clients: set = field(default_factory=set)
    percentiles: dict = field(default_factory=dict)


def summarize(lines):
    """The summary of the lines of a log."""
    summary = Summary()
    times = []
    for line in lines:
        entry = parse_line(line)
        if entry is None:
            continue
        summary.requests += 1
        summary.errors += entry.status >= 500
        summary.bytes += entry.size
        summary.paths[entry.path.partition("?")[0]] += 1
        summary.clients.add(entry.client)
        times.append(entry.millis)
    if times:
        summary.percentiles = {percent: percentile(times, percent) for percent in PERCENTS}
    return summary
