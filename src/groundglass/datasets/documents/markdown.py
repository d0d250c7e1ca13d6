"""A document as Markdown (CommonMark with the tables of GitHub); every text is escaped, so that none becomes markup."""

from __future__ import annotations

import re

from groundglass.datasets.documents.blocks import Block, Bullets, Code, Figure, Grid, Heading, Paper, Paragraph

URL = re.compile(r"https?://[^\s<>\"'`\\{}|^\[\]]+[^\s<>\"'`\\{}|^\[\].,;:!?()]")
"""Addresses that become links; a full stop or a bracket behind one is not part of it."""
_ALWAYS = re.compile(r"([\\`*\[\]|~$])")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^(\s*)([#+\-=!>]|\d+(?=[.)](\s|$)))")


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
    end = 0
    line = " ".join(text.split())
    for found in URL.finditer(line):
        made += [_plain(line[end : found.start()], start=end == 0), f"<{found.group()}>"]
        end = found.end()
    return "".join([*made, _plain(line[end:], start=end == 0)])


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
