"""A folder of notes to a folder of HTML."""

from pathlib import Path

from .pages import read_pages
from .render import render_index, render_page


def build(source, target):
    """Writes an HTML file for each page, and all.html; returns the number of pages."""
    pages = read_pages(source)
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages.values():
        (folder / f"{page.key}.html").write_text(render_page(page, pages), encoding="utf-8")
    (folder / "all.html").write_text(render_index(pages), encoding="utf-8")
    return len(pages)
