"""The text of a page to blocks: headings, paragraphs and code."""

import re
from dataclasses import dataclass

HEADING = re.compile(r"==\s*(.+?)\s*==")


@dataclass(frozen=True)
class Block:
    """A part of a page; `kind` is "heading", "paragraph" or "code"."""

    kind: str
    text: str


def split_blocks(text):
    """The blocks of a page, in order."""
    blocks = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [line for line in part.split("\n") if line.strip()]
        if not lines:
            continue
        if all(line.startswith("    ") for line in lines):
            blocks.append(Block("code", "\n".join(line[4:] for line in lines)))
        elif len(lines) == 1 and (match := HEADING.fullmatch(lines[0].strip())):
            blocks.append(Block("heading", match[1]))
        else:
            blocks.append(Block("paragraph", "\n".join(line.strip() for line in lines)))
    return blocks
