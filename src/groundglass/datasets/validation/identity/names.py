"""Names of files and folders, and DICOM files among them."""

from __future__ import annotations

import re
import zlib
from pathlib import PurePosixPath

from groundglass.datasets.findings import Finding
from groundglass.datasets.validation.files import Tree
from groundglass.datasets.validation.identity.rules import foreign_uid, telling
from groundglass.deidentify.text.vocabulary import protocol_words, technical_words

PICTURES = (".nii", ".nii.gz", ".hdr", ".img", ".mha", ".mhd", ".nrrd", ".npz", ".json", ".dcm")
"""Files that are named after a study, so that a name in them is that of a person."""
SHARED_BY = 3
"""A word in so many names is what the set calls its studies."""
DICOM_TOLD = 20
"""DICOM files that are named; the first says how many there are."""
_DICOM_ENDINGS = ("", ".bin", ".dicom", ".nii", ".gz", ".img")
"""Of files that may be DICOM under another name."""
_WORD = re.compile(r"[^\W\d_]+")
_FULL_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)(?:0[1-9]|[12]\d|3[01])[-_.](?:0[1-9]|1[0-2])[-_.](?:19|20)\d{2}(?!\d)"
)
_DATE_AND_TIME = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[_\-T]?(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?!\d)"
)
_LONG_NUMBER = re.compile(r"(?<!\d)\d{7,}(?!\d)|(?i:(?:mrn|acc(?:ession)?|pat(?:ient)?[ _-]?id|pid)[ _-]?\d{4,})")
"""Numbers of patients and examinations; where most names have one, it is how the set counts its studies."""
_UID = re.compile(r"(?<![\d.])[012](?:\.(?:0|[1-9]\d{0,38})){5,30}(?![\d])")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯЁ][a-zß-öø-ÿа-яё']{2,}|[А-ЯЁа-яё]{3,}")
_PLAIN = frozenset(
    [
        "study",
        "studies",
        "mask",
        "masks",
        "image",
        "images",
        "label",
        "labels",
        "case",
        "patient",
        "subject",
        "sub",
        "ses",
        "train",
        "test",
        "val",
        "volume",
        "lung",
        "lungs",
        "lesion",
        "lesions",
        "infection",
        "coronacases",
        "radiopaedia",
        "covid",
        "covid19",
        "normal",
        "dataset",
        "results",
        "result",
        "readme",
    ]
)


def check_names(tree: Tree) -> list[Finding]:
    """Look at names of files and folders.

    Parameters
    ----------
    tree : Tree
        Of the set.
    """
    findings = []
    words: dict[str, set[str]] = {}
    pictures = [name for name in tree.sizes if name.lower().endswith(PICTURES)]
    for name in pictures:
        for word in set(_WORD.findall(_stem(name))):
            words.setdefault(word.casefold(), set()).add(_stem(name).casefold())
    numbered = {name for name in pictures if _LONG_NUMBER.search(name)}
    for name in tree.sizes:
        if any(_tells_uid(part) for part in PurePosixPath(name).parts):
            findings.append(Finding("IDENTIFIER_IN_NAME", None, {"file": name, "kind": "uid"}))
            continue
        spaced = name.replace("_", " ").replace("/", " / ")
        reasons = [pattern.reason for pattern, _ in telling(spaced) if pattern.severity != "warning"]
        if "^" in name and any(pattern.reason == "name" for pattern, _ in telling(name)):
            reasons.append("name")
        if _DATE_AND_TIME.search(name):
            reasons.append("date")
        if name in pictures:
            if len(numbered) * 2 <= len(pictures) and name in numbered:
                reasons.append("number")
            if _FULL_DATE.search(name):
                reasons.append("date")
            if any(_names_somebody(word, words) for word in _WORD.findall(_stem(name))):
                reasons.append("name")
        if reasons:
            findings.append(Finding("IDENTIFIER_IN_NAME", None, {"file": name, "kind": reasons[0]}))
    return findings


def check_dicom(tree: Tree) -> list[Finding]:
    """Say where DICOM files lie in the set."""
    found = []
    for name, size in tree.sizes.items():
        ending = PurePosixPath(name).suffix.lower()
        if ending in (".dcm", ".ima") or (size > 132 and ending in _DICOM_ENDINGS and _is_dicom(tree, name)):
            found.append(name)
    return [Finding("DICOM_INSIDE", None, {"file": name, "count": len(found)}) for name in found[:DICOM_TOLD]]


def _is_dicom(tree: Tree, name: str) -> bool:
    try:
        with (tree.folder / name).open("rb") as stream:
            start = stream.read(1024)
        if start[:2] == b"\x1f\x8b":
            start = zlib.decompressobj(wbits=31).decompress(start, 132)
        return start[128:132] == b"DICM"
    except (OSError, zlib.error):
        return False


def _stem(name: str) -> str:
    return PurePosixPath(name).name.split(".")[0]


def _tells_uid(part: str) -> bool:
    return any(foreign_uid(found) for found in _UID.findall(part.removesuffix(".gz")))


def _names_somebody(word: str, words: dict[str, set[str]]) -> bool:
    plain = word.casefold()
    if plain in _PLAIN or plain in technical_words() or plain in protocol_words() or not _CAPITAL.fullmatch(word):
        return False
    return len(words.get(plain, ())) < SHARED_BY
