"""What stands inside of paragraphs and headings: text, code and links."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"`(?P<code>[^`]+)`|\[\[(?P<target>[^\[\]|]+)(?:\|(?P<label>[^\[\]]+))?\]\]")


@dataclass(frozen=True)
class Span:
    """A piece of a line; `kind` is "text", "code" or "link", and `target` is the page that a link names."""

    kind: str
    text: str
    target: str = ""


def split_spans(text):
    """The spans of a text, in order."""
    spans = []
    end = 0
    for match in TOKEN.finditer(text):
        if match.start() > end:
            spans.append(Span("text", text[end : match.start()]))
        if match["code"] is not None:
            spans.append(Span("code", match["code"]))
        else:
            target = match["target"].strip()
            spans.append(Span("link", (match["label"] or target).strip(), target))
        end = match.end()
    if end < len(text):
        spans.append(Span("text", text[end:]))
    return spans
