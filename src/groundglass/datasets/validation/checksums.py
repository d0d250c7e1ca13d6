"""Lists of checksums, ours and those of others, against the files."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path, PurePosixPath

from groundglass.datasets.findings import Finding
from groundglass.datasets.validation.files import Tree

OWN_LIST = "SHA256SUMS"
LISTS: tuple[tuple[str, str], ...] = (
    (r"sha256sums?(\.txt)?|checksums?\.sha256|.*\.sha256(sums?)?", "sha256"),
    (r"sha1sums?(\.txt)?|checksums?\.sha1|.*\.sha1", "sha1"),
    (r"sha512sums?(\.txt)?|checksums?\.sha512|.*\.sha512", "sha512"),
    (r"md5sums?(\.txt)?|checksums?\.md5|.*\.md5|md5\.txt", "md5"),
)
"""Names of lists, as the tools of GNU coreutils and of archives call them; and the digest."""
_FIGURES = {"sha256": 64, "sha1": 40, "sha512": 128, "md5": 32}
_LINE = re.compile(r"\\?([0-9A-Fa-f]{32,128})[ \t]+\*?(.+?)\r?")
_BLOCK_BYTES = 1024 * 1024


def check_checksums(tree: Tree, *, threads: int = 2) -> tuple[list[Finding], dict[str, str]]:
    """Compare every list with the files it names.

    Parameters
    ----------
    tree : Tree
        Of the set.
    threads : int
        That hash at once.

    Returns
    -------
    tuple
        Findings, and the SHA-256 of the files that a list of SHA-256 names.
    """
    findings: list[Finding] = []
    known: dict[str, str] = {}
    for list_name in tree.sizes:
        kind = _kind(PurePosixPath(list_name).name)
        text = tree.text(list_name) if kind else None
        if kind is None or text is None:
            continue
        stated = _stated(text, list_name, kind, findings)
        if not stated:
            findings.append(Finding("CHECKSUM_MISSING", None, {"file": list_name, "list": list_name}))
            continue
        there = [name for name in stated if name in tree.sizes]
        findings += [
            Finding("CHECKSUM_MISSING", None, {"file": name, "list": list_name}) for name in stated if name not in there
        ]
        with ThreadPoolExecutor(max(1, threads)) as pool:
            digests = list(pool.map(digest_of, (tree.folder / name for name in there), repeat(kind)))
        for name, digest in zip(there, digests, strict=True):
            if digest is None:
                findings.append(Finding("FILE_UNREADABLE", None, {"file": name}))
            elif digest != stated[name]:
                findings.append(Finding("CHECKSUM_WRONG", None, {"file": name, "list": list_name}))
            if kind == "sha256" and digest:
                known[name] = digest
        if list_name == OWN_LIST:
            missing = [name for name in tree.sizes if name not in stated and name != OWN_LIST]
            findings += [Finding("CHECKSUM_MISSING", None, {"file": name, "list": list_name}) for name in missing]
    return findings, known


def digest_of(path: Path, kind: str = "sha256") -> str | None:
    """Return the digest of a file, None where it cannot be read."""
    digest = hashlib.new(kind, usedforsecurity=False)
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def _kind(name: str) -> str | None:
    return next((kind for pattern, kind in LISTS if re.fullmatch(pattern, name, re.IGNORECASE)), None)


def _stated(text: str, list_name: str, kind: str, findings: list[Finding]) -> dict[str, str]:
    """Return digest by path in the set; a path that leaves it is told."""
    base = PurePosixPath(list_name).parent
    found = {}
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None or len(match[1]) != _FIGURES[kind]:
            continue
        path = PurePosixPath(match[2].replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            findings.append(Finding("FILE_OUTSIDE", None, {"file": list_name}))
            continue
        found[str(base / path)] = match[1].lower()
    return found
