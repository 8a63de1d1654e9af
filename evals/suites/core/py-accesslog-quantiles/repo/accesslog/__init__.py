"""A summary of web server logs."""

from .entry import Entry, parse_line
from .quantile import percentile
from .report import render
from .summary import Summary, summarize

__all__ = ["Entry", "Summary", "parse_line", "percentile", "render", "summarize"]
