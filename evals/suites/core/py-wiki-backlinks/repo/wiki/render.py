"""Pages to HTML."""

from html import escape

from .blocks import split_blocks
from .inline import split_spans
from .pages import page_key


def render_span(span, pages):
    """The HTML of one span."""
    text = escape(span.text)
    if span.kind == "code":
        return f"<code>{text}</code>"
    if span.kind == "link":
        key = page_key(span.target)
        return f'<a href="{key}.html">{text}</a>' if key in pages else f'<span class="missing">{text}</span>'
    return text


def render_inline(text, pages):
    """The HTML of a paragraph's or a heading's text."""
    return "".join(render_span(span, pages) for span in split_spans(text))


def render_block(block, pages):
    """The HTML of one block."""
    if block.kind == "code":
        return f"<pre>{escape(block.text)}</pre>\n"
    tag = "h2" if block.kind == "heading" else "p"
    return f"<{tag}>{render_inline(block.text, pages)}</{tag}>\n"


def render_page(page, pages):
    """The whole HTML file of a page."""
    body = "".join(render_block(block, pages) for block in split_blocks(page.text))
    return document(page.title, body)


def render_index(pages):
    """The list of all pages."""
    ordered = sorted(pages.values(), key=lambda page: (page.title.lower(), page.key))
    items = "".join(f'<li><a href="{page.key}.html">{escape(page.title)}</a></li>\n' for page in ordered)
    return document("All pages", f"<ul>\n{items}</ul>\n")


def document(title, body):
    """An HTML file round a body."""
    return (
        f'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n{body}</body>\n</html>\n"
    )
