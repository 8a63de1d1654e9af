"""Percentiles."""


def percentile(values, percent):
    """The value below which `percent` percent of the values lie."""
    ordered = sorted(values)
    index = int(len(ordered) * percent / 100)
    return ordered[min(index, len(ordered) - 1)]
