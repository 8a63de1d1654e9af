"""Notes in text files to a folder of HTML."""

from .build import build
from .pages import Page, page_key, read_pages
from .render import render_page

__all__ = ["Page", "build", "page_key", "read_pages", "render_page"]
