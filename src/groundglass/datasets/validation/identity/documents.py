"""What documents carry beside what they show: makers, paths, dates of making, comments."""

from __future__ import annotations

import io
import re
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from pathlib import PurePosixPath

from groundglass.datasets.validation.files import Tree

PART_BYTES_AT_MOST = 4 * 1024 * 1024
"""Properties of an Office file have a kilobyte, comments some more."""
PICTURE_BYTES_AT_MOST = 64 * 1024 * 1024
"""A figure above is no figure."""
_OFFICE = frozenset({".xlsx", ".docx", ".pptx", ".xlsm", ".odt", ".ods"})
_MAKERS = ("creator", "lastModifiedBy", "manager", "company", "author", "initial-creator")
_OURS = re.compile(
    r"(?:groundglass|typst|xlsxwriter|openpyxl|matplotlib|pandoc|latex|python)[\w .,:/()+-]*", re.IGNORECASE
)
"""Programs, as makers of documents: they name nobody."""
_ABS_PATH = re.compile(r"absPath[^>]*\burl=\"([^\"]{2,})\"")
_PDF_TEXT = re.compile(
    rb"/(Author|Creator|Producer|Title|Subject|Keywords)\s*(?:\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>)"
)
_SVG_TEXT = re.compile(
    r"<dc:(?:creator|publisher|contributor|rights)>(.*?)</dc:|(?:sodipodi:docname|inkscape:export-filename)=\"([^\"]+)\"",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")


def embedded(tree: Tree, name: str) -> list[tuple[str, str]]:
    """Return what a document carries beside what it shows.

    Parameters
    ----------
    tree : Tree
        Files of the set.
    name : str
        Path of the document in it.

    Returns
    -------
    list of tuple
        Kind (``maker``, ``path``, ``comment``, ``text``) and text; empty for other files and damaged ones.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending not in _OFFICE | {".pdf", ".svg", ".png", ".jpg", ".jpeg"}:
        return []
    data = tree.data(name)
    if not data:
        return []
    try:
        if ending in _OFFICE:
            found = _office(data)
        elif ending == ".pdf":
            found = _pdf(data)
        elif ending == ".svg":
            found = _svg(data.decode("utf-8", "replace"))
        else:
            found = _png(data) if data[:8] == b"\x89PNG\r\n\x1a\n" else _jpeg(data)
    except (ValueError, KeyError, EOFError, OSError, struct.error, zipfile.BadZipFile, zlib.error):
        return []
    except (ElementTree.ParseError, NotImplementedError, RuntimeError, IndexError):
        return []
    return [(kind, text) for kind, text in found if text.strip() and not _OURS.fullmatch(text.strip())]


def _office(data: bytes) -> list[tuple[str, str]]:
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for part in book.namelist():
            lower = part.lower()
            if lower.startswith("docprops/") or lower == "meta.xml":
                root = ElementTree.fromstring(_part(book, part))
                for element in root.iter():
                    if element.tag.rpartition("}")[2] in (*_MAKERS, "Company", "Manager") and element.text:
                        found.append(("maker", element.text))
            elif lower == "xl/workbook.xml":
                text = _part(book, part).decode("utf-8", "replace")
                found += [("path", match) for match in _ABS_PATH.findall(text)]
            elif "comment" in lower and lower.endswith(".xml"):
                text = _TAG.sub(" ", _part(book, part).decode("utf-8", "replace"))
                found.append(("comment", " ".join(text.split())))
            elif lower.endswith("connections.xml"):
                text = _part(book, part).decode("utf-8", "replace")
                found += [("path", match) for match in re.findall(r"sourceFile=\"([^\"]+)\"", text)]
    return found


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    if book.getinfo(name).file_size > PART_BYTES_AT_MOST:
        raise ValueError("too large")
    data = book.read(name)
    # An entity can stand for gigabytes; no Office file declares any.
    if b"<!ENTITY" in data:
        raise ValueError("declares entities")
    return data


def _pdf(data: bytes) -> list[tuple[str, str]]:
    found = []
    for key, text, figures in _PDF_TEXT.findall(data):
        raw = bytes.fromhex(re.sub(rb"\s", b"", figures).decode()) if figures else text
        words = raw.decode("utf-16-be", "replace") if raw[:2] == b"\xfe\xff" else raw.decode("latin-1")
        if key in (b"Author", b"Creator", b"Producer"):
            found.append(("maker", words.lstrip("\ufeff")))
        else:
            found.append(("title", words.lstrip("\ufeff")))
    # A title is what the document shows; it is searched for identity elsewhere, and tells no maker.
    return [(kind, text) for kind, text in found if kind == "maker"]


def _svg(text: str) -> list[tuple[str, str]]:
    found = []
    for maker, path in _SVG_TEXT.findall(text):
        plain = " ".join(_TAG.sub(" ", maker).split())
        found.append(("maker", plain) if plain else ("path", path))
    return found


def _png(data: bytes) -> list[tuple[str, str]]:
    found, place = [], 8
    while place + 12 <= len(data):
        size = struct.unpack(">I", data[place : place + 4])[0]
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt", b"zTXt"):
            key, _, rest = content.partition(b"\0")
            if kind == b"zTXt":
                rest = zlib.decompressobj().decompress(rest[1:], PART_BYTES_AT_MOST)
            words = rest.decode("utf-8", "replace").strip("\0 ")
            found.append(("maker" if key in (b"Author", b"Software", b"Artist") else "text", words))
        elif kind == b"eXIf":
            found.append(("text", "EXIF"))
        place += 12 + size
    return found


def _jpeg(data: bytes) -> list[tuple[str, str]]:
    return [("text", "EXIF")] if b"Exif\0\0" in data[:65536] else []
