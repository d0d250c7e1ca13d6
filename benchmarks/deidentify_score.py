"""Score sheet in the form of the MIDI-B challenge: each planted identifier and all that must stay is an action.

The actions are those of the challenge's validation script (github.com/CBIIT/MIDI_validation_script).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planting.keeping import changed, same_pixels
from planting.marks import Mark
from planting.searching import PICTURE_PLACES, Searcher, words_left
from pydicom import dcmread
from pydicom.dataset import Dataset

from deidentifiers import Made

ACTIONS = (
    "tag_retained",
    "text_notnull",
    "text_retained",
    "text_removed",
    "date_shifted",
    "uid_changed",
    "uid_consistent",
    "patid_consistent",
    "pixels_hidden",
    "pixels_retained",
)
_NUMBERS = (
    "SliceThickness",
    "KVP",
    "XRayTubeCurrent",
    "Exposure",
    "ExposureTime",
    "SeriesNumber",
    "AcquisitionNumber",
    "InstanceNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
    "BitsStored",
    "RescaleIntercept",
    "RescaleSlope",
    "WindowCenter",
    "WindowWidth",
)
"""Tags of which the challenge asks that they be there."""
_NOT_NULL = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "PatientID")
"""Type 1 and 2 attributes that must have a value."""
_TEXTS = (
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "BodyPartExamined",
    "ImageType",
    "ConvolutionKernel",
    "SoftwareVersions",
    "PatientSex",
    "PatientAge",
    "PatientPosition",
    "ScanOptions",
    "RescaleType",
)
"""Texts that research stands on."""
_UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_OUTSIDE = ("name of a file", "name of a folder", "neighbour that is no DICOM", "packed folder", "DICOMDIR")
"""Places that are no part of one file: a program that is given files one by one cannot answer for them."""


@dataclass
class Sheet:
    """What came of the actions of one program.

    Attributes
    ----------
    counts : dict
        Action to how many passed, failed, and were blank (the file is not in the output).
    leaks : Counter
        Place to marks that can be found in the file's own result.
    planted : Counter
        Place to marks that were planted in files that are in the output.
    kept : int
        Marks in attributes that the default profile keeps, found.
    files : int
        Files in the output.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    leaks: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    files: int = 0

    def score(self, action: str, passed: bool | None) -> None:
        """Count one action; None is blank."""
        self.counts[action]["blank" if passed is None else "pass" if passed else "fail"] += 1


def scored(planted: Path, marks: Sequence[Mark], made: Made) -> Sheet:
    """Score what a program made of planted files."""
    sheet = Sheet(files=len(made))
    by_file: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_file[mark.file].append(mark)
    searcher = Searcher(marks)
    index = {id(mark): number for number, mark in enumerate(searcher.marks)}
    new_uids: dict[str, set[str]] = defaultdict(set)
    new_ids: dict[str, set[str]] = defaultdict(set)
    for name, own in sorted(by_file.items()):
        file = planted / name
        if not file.is_file() or any(mark.place in _OUTSIDE[2:] for mark in own):
            continue
        try:
            before = dcmread(file, force=True)
        except Exception:  # planted so that pydicom gives up
            continue
        after = dcmread(made[name], force=True) if name in made else None
        found = searcher.within_file(made[name]) if name in made else set()
        _marks(sheet, own, before, after, {id(m) for m in own if index[id(m)] in found})
        _kept(sheet, own, before, after)
        for keyword in _UIDS:
            old = str(before.get(keyword, ""))
            if old and after is not None:
                sheet.score("uid_changed", old != str(after.get(keyword, "")))
                new_uids[old].add(str(after.get(keyword, "")))
            elif old:
                sheet.score("uid_changed", None)
        if after is not None and before.get("PatientID"):
            new_ids[str(before.PatientID)].add(str(after.get("PatientID", "")))
    for new in new_uids.values():
        sheet.score("uid_consistent", len(new) == 1 and "" not in new)
    used = Counter(one for new in new_ids.values() for one in new)
    for new in new_ids.values():
        sheet.score("patid_consistent", len(new) == 1 and used[min(new)] == 1)
    return sheet


def _marks(sheet: Sheet, own: Sequence[Mark], before: Dataset, after: Dataset | None, found: set[int]) -> None:
    for mark in own:
        if mark.place in _OUTSIDE:
            continue
        if mark.place in PICTURE_PLACES:
            left = words_left(mark, before, after)
            action = "pixels_hidden"
        else:
            left = id(mark) in found
            action = "date_shifted" if mark.vr in ("DA", "DT") else "text_removed"
        if mark.kept:
            sheet.kept += left
            continue
        sheet.score(action, None if after is None else not left)
        if after is not None:
            sheet.planted[mark.place] += 1
            sheet.leaks[mark.place] += left


def _kept(sheet: Sheet, own: Sequence[Mark], before: Dataset, after: Dataset | None) -> None:
    where = {mark.where.rsplit("/", 1)[-1] for mark in own}
    for keyword in _NUMBERS:
        if keyword in before and keyword not in where:
            sheet.score("tag_retained", None if after is None else keyword in after)
    for keyword in _NOT_NULL:
        if before.get(keyword):
            sheet.score("text_notnull", None if after is None else bool(after.get(keyword)))
    gone = None if after is None else {line.split(":")[0] for line in changed(before, after, where)}
    for keyword in _TEXTS:
        if before.get(keyword) and keyword not in where:
            sheet.score("text_retained", None if gone is None else keyword not in gone)
    if "PixelData" in before and not any(mark.place == "burned-in words" for mark in own):
        same = None if after is None else same_pixels(before, after)
        if after is None or same is not None:
            sheet.score("pixels_retained", same)


def page(sheets: Mapping[str, Sheet], versions: str, day: str, files: int, marks: int, values: int) -> str:
    """Return the page."""
    lines = [
        "# Score sheet of de-identification",
        "",
        "<!-- Written by benchmarks/deidentify.py; run it again rather than edit. -->",
        "",
        f"{versions}; {day}. {marks} identifiers ({values} different ones) planted in {files} "
        "copies of the odd objects, of slices of the real studies and of made objects. The form is that of the MIDI-B "
        "challenge (2024): each action is passed or failed; blank where the file is not in the output, so that nothing "
        "was left and nothing retained. The percentage is passed / (passed + failed); the challenge's own data and "
        "answer key are not used, so its percentages cannot be compared with these.",
        "",
        "Every program runs with its defaults. dicognito and dicom-anonymizer say of themselves that they do not look "
        "at pixels; neither claims to find an identifier where no list says one stands, and both keep free text or "
        "drop it as a whole. Documents and captures are left out by ours on purpose (blank).",
        "",
        "| action | " + " | ".join(f"{name}: pass / fail / blank | %" for name in sheets) + " |",
        "| --- |" + " ---: | ---: |" * len(sheets),
    ]
    for action in (*ACTIONS, "all"):
        cells = []
        for sheet in sheets.values():
            count = sum(sheet.counts.values(), Counter[str]()) if action == "all" else sheet.counts[action]
            judged = count["pass"] + count["fail"]
            share = f"{100 * count['pass'] / judged:.2f}" if judged else "-"
            cells.append(f"{count['pass']} / {count['fail']} / {count['blank']} | {share}")
        lines.append(f"| {action} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "## Leaks",
        "",
        "Planted identifiers that can be found in the result of their own file, of those whose file is in the output: "
        "bytes in twelve encodings, decoded values, strokes in pictures. Names of files and folders are left to the "
        "caller by two of the three and are not counted here.",
        "",
        "| place | " + " | ".join(sheets) + " |",
        "| --- |" + " ---: |" * len(sheets),
    ]
    places = sorted({place for sheet in sheets.values() for place in sheet.planted})
    for place in places:
        cells = [f"{sheet.leaks[place]} of {sheet.planted[place]}" for sheet in sheets.values()]
        lines.append(f"| {place} | " + " | ".join(cells) + " |")
    totals = [f"**{sum(sheet.leaks.values())} of {sum(sheet.planted.values())}**" for sheet in sheets.values()]
    lines.append("| **all** | " + " | ".join(totals) + " |")
    lines.append("| files in the output | " + " | ".join(str(sheet.files) for sheet in sheets.values()) + " |")
    lines.append(
        "| in attributes that our profile keeps (apart) | " + " | ".join(str(s.kept) for s in sheets.values()) + " |"
    )
    return "\n".join(lines) + "\n"
