"""What a document consists of, before it becomes Markdown or PDF: plain text only, never markup."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title of the document."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``strong`` for what nobody may overlook."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list without order."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes
    ----------
    header : tuple of str
        Headings of the columns; empty: pairs of a name and its value.
    rows : tuple of tuple of str
        Cells.
    title : str
        Stands above it.
    names : frozenset of int
        Columns of names of files and columns, set as code.
    numbers : frozenset of int
        Columns aligned right.
    wide : frozenset of int
        Columns of long texts: they share what room the others leave.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    names: frozenset[int] = frozenset()
    numbers: frozenset[int] = frozenset()
    wide: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the set, by its path in it."""

    file: str
    caption: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text that keeps its lines and spaces: a tree of files, a BibTeX entry; ``language`` names it for Markdown."""

    text: str
    language: str = ""


Block = Heading | Paragraph | Bullets | Grid | Figure | Code


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole document.

    Attributes
    ----------
    language : {"en", "ru"}
        Of its words.
    title : str
        Of the data set.
    date : str
        ``YYYY-MM-DD``, for the properties of the PDF; "" for none.
    footer, page_word, page_of : str
        Words at the foot of each page.
    blocks : tuple of Block
        The content.
    """

    language: str
    title: str
    date: str
    footer: str
    page_word: str
    page_of: str
    blocks: tuple[Block, ...]
