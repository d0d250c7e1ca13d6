"""What documents carry beside what they show: makers, paths, dates of making, comments."""

from __future__ import annotations

import html
import io
import re
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from pathlib import PurePosixPath

from groundglass.datasets.validation.files import Tree
from groundglass.datasets.validation.identity.pdf import has_pictures, pdf_text

PART_BYTES_AT_MOST = 4 * 1024 * 1024
"""Properties of an Office file have a kilobyte, comments some more."""
PARTS_AT_MOST = 500
"""Files of an archive that are looked at."""
_PLAIN_TEXT = frozenset({".txt", ".csv", ".tsv", ".json", ".md", ".log", ".xml"})
PICTURE_BYTES_AT_MOST = 64 * 1024 * 1024
"""A figure above is no figure."""
SHOWN = "shown"
"""Kind of the text that a document shows, to whoever looks at every sheet of it."""
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
_SHOWING = re.compile(
    r"xl/(?:sharedstrings|worksheets/[^/]+|charts/[^/]+|drawings/[^/]+|tables/[^/]+)\.xml$|word/[^/]+\.xml$"
    r"|ppt/(?:slides|notesslides)/[^/]+\.xml$|^content\.xml$"
)
"""Parts of Office files in which words stand."""
_PARAGRAPH = re.compile(r"</(?:\w+:)?(?:p|si|is|f|v|c|row|oddHeader|oddFooter)>")
_TOLD = frozenset({"title", "subject", "description", "keywords", "category"})
"""Properties of Office files that tell of what they hold."""


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
        Kind (``maker``, ``path``, ``comment``, ``text``, :data:`SHOWN`) and text; empty for other files and damaged
        ones.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending not in _OFFICE | {".zip", ".pdf", ".svg", ".png", ".jpg", ".jpeg"}:
        return []
    data = tree.data(name)
    if not data:
        return []
    try:
        if ending in _OFFICE:
            found = _office(data)
        elif ending == ".zip":
            found = _archive(data)
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
            if lower.endswith(".xml") and _SHOWING.search(lower):
                found.append((SHOWN, _shown(_part(book, part))))
            if lower.startswith("docprops/") or lower == "meta.xml":
                try:
                    root = ElementTree.fromstring(_part(book, part))
                except ElementTree.ParseError:
                    found.append((SHOWN, _shown(_part(book, part))))
                    continue
                for element in root.iter():
                    tag = element.tag.rpartition("}")[2]
                    if tag in (*_MAKERS, "Company", "Manager") and element.text:
                        found.append(("maker", element.text))
                    elif tag in _TOLD and element.text:
                        found.append((SHOWN, element.text))
            elif lower == "xl/workbook.xml":
                text = _part(book, part).decode("utf-8", "replace")
                found += [("path", match) for match in _ABS_PATH.findall(text)]
                names = re.findall(r"<(?:\w+:)?(?:sheet|definedName)\b[^>]*?\bname=\"([^\"]+)\"", text)
                defined = re.findall(r"<(?:\w+:)?definedName\b[^>]*>([^<]*)<", text)
                found.append((SHOWN, "\n".join(html.unescape(each) for each in (*names, *defined))))
            elif "comment" in lower and lower.endswith(".xml"):
                text = _TAG.sub(" ", _part(book, part).decode("utf-8", "replace"))
                found.append(("comment", " ".join(text.split())))
            elif lower.endswith("connections.xml"):
                text = _part(book, part).decode("utf-8", "replace")
                found += [("path", match) for match in re.findall(r"sourceFile=\"([^\"]+)\"", text)]
    return found


def _archive(data: bytes) -> list[tuple[str, str]]:
    """Return the names of the files of an archive, and what is text in them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [each for each in archive.infolist() if not each.is_dir()][:PARTS_AT_MOST]
        found = [(SHOWN, "\n".join(each.filename.replace("_", " ") for each in files))]
        for each in files:
            if each.file_size <= PART_BYTES_AT_MOST and PurePosixPath(each.filename).suffix.lower() in _PLAIN_TEXT:
                found.append((SHOWN, archive.read(each).decode("utf-8", "replace")))
    return found


def _shown(part: bytes) -> str:
    """Return the words between the tags of a part, a line for each paragraph, cell and string."""
    text = part.decode("utf-8", "replace")
    lines = _PARAGRAPH.sub("\n", text)
    return html.unescape("\n".join(" ".join(_TAG.sub("", line).split()) for line in lines.split("\n")))


def holds_pictures(tree: Tree, name: str) -> bool:
    """Tell whether a document has pictures in it, in which words may be drawn.

    Parameters
    ----------
    tree : Tree
        Files of the set.
    name : str
        Path of the document in it.
    """
    data = tree.data(name) or b""
    if data[:4] != b"PK\3\4":
        return has_pictures(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return any("media/" in part or part.startswith("Pictures/") for part in book.namelist())
    except (ValueError, EOFError, zipfile.BadZipFile):
        return False


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
    # A title is what the document shows, and tells no maker.
    found = [(SHOWN if kind == "title" else kind, text) for kind, text in found]
    return [*found, (SHOWN, pdf_text(data))]


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
