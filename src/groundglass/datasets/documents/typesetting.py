"""A document as PDF, typeset by Typst from a fixed template and data; nothing is ever pasted into markup.

Only the fonts that Typst brings are used, so the bytes are the same on every machine.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundglass.datasets.documents.blocks import Block, Bullets, Code, Figure, Grid, Heading, Paper, Paragraph
from groundglass.datasets.documents.markdown import parts_of
from groundglass.errors import InternalError, declare

DOCUMENT_NOT_TYPESET = declare(
    "DOCUMENT_NOT_TYPESET", "A PDF document of a data set could not be typeset: a defect of groundglass."
)
_TEMPLATE = Path(__file__).parent / "templates" / "readme.typ"
_LONG_RUN = re.compile(r"[^\s/-]{36,}")
"""A run without a place to break; an address breaks behind its slashes, and can be copied as it is."""
_NARROW_COLUMNS = 6
"""With more columns none takes what it would like: headings are broken, and the page is shared."""
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def to_pdf(paper: Paper, figures: Mapping[str, bytes]) -> bytes:
    """Return the document as PDF.

    Parameters
    ----------
    paper : Paper
        What it says.
    figures : mapping of str to bytes
        SVG pictures by their paths in the set, as :class:`Figure` names them.

    Raises
    ------
    InternalError
        ``DOCUMENT_NOT_TYPESET`` if the template fails.
    """
    import typst

    names = {file: f"figure-{number}.svg" for number, file in enumerate(sorted(figures))}
    data = {
        "language": paper.language,
        "title": paper.title,
        "date": _date(paper.date),
        "footer": paper.footer,
        "page_word": paper.page_word,
        "page_of": paper.page_of,
        "blocks": [_plain(each, names) for each in paper.blocks if not _lost(each, names)],
    }
    with tempfile.TemporaryDirectory(prefix="groundglass-document-") as folder:
        root = Path(folder)
        (root / _TEMPLATE.name).write_bytes(_TEMPLATE.read_bytes())
        for file, content in figures.items():
            (root / names[file]).write_bytes(content)
        inputs = {"data": json.dumps(data, ensure_ascii=True)}
        try:
            made = typst.compile(
                str(root / _TEMPLATE.name), root=folder, format="pdf", sys_inputs=inputs, ignore_system_fonts=True
            )
        except RuntimeError as error:  # TypstError is one; others come from the compiler's own file access
            raise InternalError(
                DOCUMENT_NOT_TYPESET,
                what="a PDF document of the data set could not be typeset",
                where="datasets.documents",
                todo="report this as a defect of groundglass",
            ) from error
    return bytes(made)


def _lost(block: Block, names: Mapping[str, str]) -> bool:
    return isinstance(block, Figure) and block.file not in names


def _plain(block: Block, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a block as JSON."""
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": _LONG_RUN.sub(_broken, block.text)}
        case Paragraph():
            return {"kind": "paragraph", "text": _parts(block.text), "strong": block.strong}
        case Bullets():
            return {"kind": "bullets", "items": [_parts(item) for item in block.items]}
        case Figure():
            return {
                "kind": "figure",
                "file": names[block.file],
                "caption": _parts(block.caption),
                "alt": block.caption,
            }
        case Code():
            return {"kind": "code", "text": block.text}
        case Grid():
            return {
                "kind": "grid",
                "title": _parts(block.title),
                "header": [_parts(cell) for cell in block.header],
                "rows": [[_parts(cell) for cell in row] for row in block.rows],
                "small": len(block.header) > _NARROW_COLUMNS,
                "names": sorted(block.names),
                "numbers": sorted(block.numbers),
                "columns": _columns(block),
            }


def _columns(block: Grid) -> list[int]:
    """Return the share of each column in the room; 0 takes what it needs."""
    count = len(block.header) or (len(block.rows[0]) if block.rows else 1)
    wide = block.wide or (frozenset({1}) if not block.header else frozenset({0}))
    if not block.header:
        return [2, 5] if count == 2 else [1] * count
    if count > _NARROW_COLUMNS:
        return [2 if i in wide else 1 for i in range(count)]
    return [1 if i in wide else 0 for i in range(count)]


def _parts(text: str) -> list[tuple[str, str]]:
    """Return a text as parts of which some are addresses; words too long for a line may break anywhere."""
    return [(_LONG_RUN.sub(_broken, part), address) for part, address in parts_of(text)]


def _broken(found: re.Match[str]) -> str:
    return "\u200b".join(found.group())


def _date(text: str) -> Sequence[int] | None:
    found = _DATE.fullmatch(text)
    return [int(part) for part in found.groups()] if found else None
