"""A document as Markdown (CommonMark with the tables of GitHub); every text is escaped, so that none becomes markup."""

from __future__ import annotations

import re

from groundglass.datasets.documents.blocks import Block, Bullets, Code, Figure, Grid, Heading, Paper, Paragraph
from groundglass.report.wording import clean

_URL = re.compile(r"https?://[^\s<>\"'`\\{}|^\[\]]+")
_LONGEST = 40_000
"""Characters of one text; longer ones were cut before."""
_ALWAYS = re.compile(r"([\\`*\[\]|~$])")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^(\s*)([#=>]|[+-](?=[\s+-]|$)|\d+(?=[.)](\s|$)))")


def to_markdown(paper: Paper) -> str:
    """Return the document."""
    return "\n\n".join(_block(each) for each in paper.blocks) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return "#" * block.level + " " + escaped(block.text)
        case Paragraph():
            return f"**{escaped(block.text)}**" if block.strong else escaped(block.text)
        case Bullets():
            return "\n".join(f"- {escaped(item)}" for item in block.items)
        case Figure():
            return f"![{escaped(block.caption)}]({block.file})\n\n*{escaped(block.caption)}*"
        case Code():
            return _fenced(block)
        case Grid():
            return _grid(block)


def escaped(text: str) -> str:
    """Return a text as Markdown that shows exactly it, on one line; addresses become links."""
    made = []
    for number, (part, address) in enumerate(parts_of(text)):
        made.append(f"<{address}>" if address else _plain(part, start=number == 0))
    return "".join(made)


def parts_of(text: str) -> list[tuple[str, str]]:
    """Return a text as parts, each with the address that it is, or "": a full stop behind an address is none of it."""
    line = clean(text, _LONGEST)
    made: list[tuple[str, str]] = []
    end = 0
    for found in _URL.finditer(line):
        address = found.group().rstrip(".,;:!?")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?")
        made += [(line[end : found.start()], ""), (address, address)]
        end = found.start() + len(address)
    return [part for part in (*made, (line[end:], "")) if part[0]]


def _plain(text: str, *, start: bool) -> str:
    text = _ALWAYS.sub(r"\\\1", text)
    text = _UNDERSCORE.sub(r"\\_", text)
    if start:
        text = _LINE_START.sub(_at_start, text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _at_start(found: re.Match[str]) -> str:
    space, mark = found[1], found[2]
    # "1." opens a numbered list: the point is escaped, not the number; ">" is written as an entity further on
    return space + (mark + "\\" if mark.isdigit() else mark if mark == ">" else "\\" + mark)


def _fenced(block: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`+", block.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{block.language}\n{block.text}\n{fence}"


def _grid(block: Grid) -> str:
    title = f"**{escaped(block.title)}**\n\n" if block.title else ""
    if not block.header:
        return title + "\n".join(_pair(*row) for row in block.rows)
    rule = ["---:" if i in block.numbers else "---" for i in range(len(block.header))]
    lines = [_row([escaped(cell) for cell in block.header]), _row(rule)]
    for row in block.rows:
        lines.append(_row([_name(cell) if i in block.names else escaped(cell) for i, cell in enumerate(row)]))
    return title + "\n".join(lines)


def _pair(name: str, *values: str) -> str:
    """Return a name and its value as an item of a list: a table without headings is none in Markdown."""
    return f"- **{escaped(name)}:** " + ", ".join(escaped(value) for value in values)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _name(text: str) -> str:
    """Return a name of a file or a column as code; in a table a bar is escaped even there."""
    if not text:
        return ""
    line = " ".join(text.split()).replace("|", "\\|")
    return escaped(text) if "`" in line else f"`{line}`"
