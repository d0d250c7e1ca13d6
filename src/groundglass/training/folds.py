"""The frozen folds: which CT was kept out of which training, and whether a data set agrees with them.

``folds.json`` was written before the first training and is never changed. What it says of a CT holds for its voxels, by
their hash; for the same CT in another encoding, by its :mod:`fingerprint <groundglass.datasets.formats.fingerprints>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from groundglass.datasets.formats.fingerprints import Fingerprint, fingerprint, near_duplicates
from groundglass.datasets.formats.sets import LabelledSet
from groundglass.errors import GroundglassError, InputError, declare

FOLDS_DAMAGED = declare("FOLDS_DAMAGED", "The table of folds is missing, damaged or contradicts itself.")
FOLDS_UNKNOWN_VOLUME = declare("FOLDS_UNKNOWN_VOLUME", "A CT that the table of folds does not name.")

FOLDS = 5
"""Five-fold cross-validation: with 18 patients four folds train on 14 to 15, and each fold still tests on 3 or 4."""
BYTES_AT_MOST = 16 * 1024 * 1024
"""A table of ten thousand CTs has three megabytes."""
_HASH = re.compile(r"^[0-9a-f]{64}$")
_PATH = Path(__file__).with_name("folds.json")

Kind = Literal["hash_differs", "unknown_volume", "near_duplicate", "patient_in_two_folds", "unreadable"]


@dataclass(frozen=True, slots=True)
class FoldVolume:
    """One CT of the table.

    Attributes
    ----------
    name, patient, source : str
        As in :class:`groundglass.datasets.formats.LabelledCt`.
    fold : int or None
        0 to 4: the fold that it is tested in; None where it is never trained on.
    voxels_sha256 : str
        Of the stored voxels.
    use : tuple of str
        ``lungs``, ``lesions``, ``no lesions``, ``test only``.
    """

    name: str
    patient: str
    source: str
    fold: int | None
    voxels_sha256: str
    use: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a data set and the table of folds do not agree.

    Attributes
    ----------
    kind : str
        ``hash_differs`` a CT of the table with other voxels; ``unknown_volume`` a CT that the table does not name;
        ``near_duplicate`` one CT under two names in two folds; ``patient_in_two_folds``; ``unreadable``.
    names : tuple of str
        The CTs it is about.
    detail : str
        One sentence.
    """

    kind: Kind
    names: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Folds:
    """The table of folds.

    Attributes
    ----------
    rule : str
        How CTs were dealt to folds.
    frozen : str
        Date, ISO 8601.
    volumes : mapping of str to FoldVolume
        By name.
    """

    rule: str
    frozen: str
    volumes: Mapping[str, FoldVolume]

    def fold_of(self, name: str) -> int | None:
        """Return the fold that a CT is tested in; None where it is never trained on.

        Raises
        ------
        InputError
            ``FOLDS_UNKNOWN_VOLUME``.
        """
        if name not in self.volumes:
            raise InputError(
                FOLDS_UNKNOWN_VOLUME,
                what="the CT is in no fold",
                where=name,
                todo="train and test only with what the table of folds names",
            )
        return self.volumes[name].fold

    def trained_hashes(self) -> frozenset[str]:
        """Return the hashes of all CTs that some network was trained on."""
        return frozenset(v.voxels_sha256 for v in self.volumes.values() if v.fold is not None)

    def by_hash(self, voxels_sha256: str) -> FoldVolume | None:
        """Return the CT of these voxels whatever its name, None where the table has none."""
        return next((v for v in self.volumes.values() if v.voxels_sha256 == voxels_sha256), None)

    def names_in(self, fold: int | None) -> tuple[str, ...]:
        """Return the names of the CTs that are tested in a fold, or never trained on (None)."""
        return tuple(v.name for v in self.volumes.values() if v.fold == fold)

    def contradictions(self) -> tuple[Finding, ...]:
        """Return the patients that the table itself has in two folds."""
        folds: dict[str, dict[int | None, str]] = {}
        for volume in self.volumes.values():
            folds.setdefault(volume.patient, {}).setdefault(volume.fold, volume.name)
        return tuple(
            Finding("patient_in_two_folds", tuple(found.values()), f"one patient lies in folds {_listed(found)}")
            for found in folds.values()
            if len(found) > 1
        )


@cache
def load_folds() -> Folds:
    """Return the frozen table that ships with the package.

    Raises
    ------
    InputError
        ``FOLDS_DAMAGED``.
    """
    return read_folds(_PATH)


def read_folds(path: Path) -> Folds:
    """Read and check a table of folds.

    Parameters
    ----------
    path : Path
        JSON: ``rule``, ``frozen``, ``volumes``.

    Raises
    ------
    InputError
        ``FOLDS_DAMAGED`` with the entry that is off: a field missing or of another type, a hash that is none, a name or
        a hash twice, a fold other than 0 to 4.
    """
    try:
        with path.open("rb") as stream:
            stored = json.loads(stream.read(BYTES_AT_MOST))
    except (OSError, ValueError, RecursionError) as reason:
        raise _damaged("it is no readable JSON", path) from reason
    if not isinstance(stored, dict) or not isinstance(stored.get("volumes"), list):
        raise _damaged("it holds no list of volumes", path)
    volumes: dict[str, FoldVolume] = {}
    hashes: set[str] = set()
    for number, entry in enumerate(stored["volumes"]):
        volume = _volume(entry, f"volume {number}", path)
        if volume.name in volumes or volume.voxels_sha256 in hashes:
            raise _damaged(f"volume {number} ({volume.name}) is there twice, by name or voxels", path)
        volumes[volume.name] = volume
        hashes.add(volume.voxels_sha256)
    return Folds(str(stored.get("rule", "")), str(stored.get("frozen", "")), MappingProxyType(volumes))


def fold_of(name: str) -> int | None:
    """Return :meth:`Folds.fold_of` of the frozen table."""
    return load_folds().fold_of(name)


def trained_hashes() -> frozenset[str]:
    """Return :meth:`Folds.trained_hashes` of the frozen table."""
    return load_folds().trained_hashes()


def check_against(sets: LabelledSet | Iterable[LabelledSet], folds: Folds | None = None) -> tuple[Finding, ...]:
    """Compare data sets with the table of folds; every CT is read once, one at a time.

    Parameters
    ----------
    sets : LabelledSet or iterable of LabelledSet
        What is at hand; duplicates are looked for across all of them.
    folds : Folds, optional
        The frozen table if not given.

    Returns
    -------
    tuple of Finding
        Empty where all agrees. A CT that the table does not name counts as one more fold in the search for duplicates:
        a test on it is spoilt if it was trained on under another name.
    """
    table = folds or load_folds()
    findings = list(table.contradictions())
    prints: list[Fingerprint] = []
    for one in [sets] if isinstance(sets, LabelledSet) else sets:
        for name, ct in one.iter_or_error():
            if isinstance(ct, GroundglassError):
                findings.append(Finding("unreadable", (name,), f"{ct.code}: {ct.what}"))
                continue
            known = table.volumes.get(name)
            if known is not None and known.voxels_sha256 != ct.voxels_sha256:
                findings.append(Finding("hash_differs", (name,), "its voxels are not those that were dealt to a fold"))
            elif known is None:
                findings.append(_unknown(name, table.by_hash(ct.voxels_sha256)))
            prints.append(fingerprint(ct))
    return (*findings, *_leaks(prints, table))


def _leaks(prints: list[Fingerprint], table: Folds) -> list[Finding]:
    """Return patients and CTs that lie on both sides of a split."""
    findings = []
    places = [_place(one, table) for one in prints]
    by_name = {one.name: place for one, place in zip(prints, places, strict=True)}
    patients: dict[str, dict[int | str | None, str]] = {}
    for one, place in zip(prints, places, strict=True):
        patients.setdefault(one.patient, {}).setdefault(place, one.name)
    for found in patients.values():
        if len(found) > 1:
            detail = f"one patient lies in folds {_listed(found)}"
            findings.append(Finding("patient_in_two_folds", tuple(found.values()), detail))
    for pair in near_duplicates(prints):
        first, second = by_name[pair.first], by_name[pair.second]
        if first != second:
            detail = f"one CT (likeness {pair.likeness:.2f}) lies in folds {first} and {second}"
            findings.append(Finding("near_duplicate", (pair.first, pair.second), detail))
    return findings


def _place(one: Fingerprint, table: Folds) -> int | str | None:
    """Return the fold of a CT by its voxels or name, "unknown" where the table has neither."""
    known = table.by_hash(one.voxels_sha256) or table.volumes.get(one.name)
    return "unknown" if known is None else known.fold


def _unknown(name: str, same: FoldVolume | None) -> Finding:
    if same is None:
        return Finding("unknown_volume", (name,), "the table of folds does not name it")
    return Finding("unknown_volume", (name,), f"its voxels are those of {same.name}, fold {same.fold}")


def _listed(folds: Iterable[object]) -> str:
    return ", ".join("none (test only)" if fold is None else str(fold) for fold in folds)


def _volume(entry: Any, which: str, path: Path) -> FoldVolume:
    if not isinstance(entry, dict):
        raise _damaged(f"{which} is no object", path)
    texts = [entry.get(key) for key in ("name", "patient", "source", "voxels_sha256", "use")]
    if not all(isinstance(text, str) and text for text in texts):
        raise _damaged(f"{which} lacks name, patient, source, voxels_sha256 or use", path)
    fold = entry.get("fold", -1)
    if fold is not None and (not isinstance(fold, int) or isinstance(fold, bool) or not 0 <= fold < FOLDS):
        raise _damaged(f"{which} has the fold {fold!r}, not 0 to {FOLDS - 1} or null", path)
    name, patient, source, digest, use = (str(text) for text in texts)
    if not _HASH.match(digest):
        raise _damaged(f"{which} has no SHA-256 of 64 hexadecimal digits", path)
    return FoldVolume(name, patient, source, fold, digest, tuple(part.strip() for part in use.split(",")))


def _damaged(what: str, path: Path) -> InputError:
    return InputError(FOLDS_DAMAGED, what=what, where=path.name, todo="restore the file as it was frozen")
