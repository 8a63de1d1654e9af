"""The pages of a wiki."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Page:
    """A page; its key is the name of its file without the ending."""

    key: str
    title: str
    text: str


def page_key(name):
    """The key of the page that a link names: "To-do list" is "to-do-list"."""
    return re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-")


def parse_page(key, source):
    """A page from the text of its file."""
    title, _, text = source.partition("\n")
    return Page(key, title.strip() or key, text)


def read_pages(folder):
    """All pages of a folder by key, in order."""
    paths = sorted(Path(folder).glob("*.txt"), key=lambda path: path.stem)
    return {path.stem: parse_page(path.stem, path.read_text(encoding="utf-8")) for path in paths}
