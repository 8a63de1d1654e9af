"""Reports on working time."""

from .csv_report import csv_report
from .entries import Entry, read_entries
from .html_report import html_report
from .text_report import text_report

__all__ = ["Entry", "csv_report", "html_report", "read_entries", "text_report"]
