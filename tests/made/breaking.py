"""Ways to break a data set in a folder: what is done to a file, a table, a header."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom

from groundglass.datasets.documents import write_checksums

FIRST, SECOND, MASKED, LATER, HEAVY, WORST = (f"study_{number:04d}" for number in range(1, 7))
"""Two of CT-0 without lesion mask, two of CT-1, one of CT-2, one of CT-3; the last two are of one patient."""
Break = Callable[[Path], object]


@dataclass(frozen=True)
class Breakage:
    """One way to break a set.

    Attributes
    ----------
    name : str
        What was done, in words.
    codes : tuple of str
        Findings that must come of it.
    study : str or None
        The study that they name; None for the whole set.
    do : callable
        Takes the folder of the set.
    also : tuple of str
        Errors that come of it too.
    signed : bool
        The list of checksums is made again afterwards, as whoever broke it unknowingly would have.
    """

    name: str
    codes: tuple[str, ...]
    study: str | None
    do: Break
    signed: bool = True
    also: tuple[str, ...] = ()

    def __call__(self, folder: Path) -> None:
        """Break the set in a folder."""
        self.do(folder)
        if self.signed:
            for name in ("croissant.json",):
                without_digests(folder / name)
            write_checksums(folder)


def picture(folder: Path, study: str) -> Path:
    """Return the file of a study."""
    (path,) = folder.glob(f"studies/*/{study}.nii.gz")
    return path


def mask(folder: Path, study: str, kind: str = "mask") -> Path:
    """Return the file of a mask."""
    return folder / "masks" / f"{study}_{kind}.nii.gz"


def edited(path: Path, change: Callable[[Any, Any], Any]) -> None:
    """Write a NIfTI again: ``change`` takes the array (column, row, slice) and the header, and returns the array."""
    image: Any = nibabel.load(path)
    header = image.header.copy()
    array = change(np.asanyarray(image.dataobj).copy(), header)
    made = type(image)(array, None, header)
    made.header.set_data_dtype(array.dtype)
    nibabel.save(made, path)


def in_picture(study: str, change: Callable[[Any, Any], Any]) -> Break:
    return lambda folder: edited(picture(folder, study), change)


def in_voxels(study: str, change: Callable[[Any], Any]) -> Break:
    return in_picture(study, lambda array, _: change(array))


def in_mask(study: str, change: Callable[[Any, Any], Any], kind: str = "mask") -> Break:
    return lambda folder: edited(mask(folder, study, kind), change)


def in_labels(study: str, change: Callable[[Any], Any], kind: str = "mask") -> Break:
    return in_mask(study, lambda array, _: change(array), kind)


def in_header(study: str, **fields: Any) -> Break:
    def change(array: Any, header: Any) -> Any:
        for name, value in fields.items():
            header[name] = value
        return array

    return in_picture(study, change)


def in_text(name: str, change: Callable[[str], str]) -> Break:
    def do(folder: Path) -> None:
        path = folder / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")

    return do


def in_json(name: str, change: Callable[[Any], object]) -> Break:
    def do(folder: Path) -> None:
        path = folder / name
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    return do


def cells_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def in_table(name: str, change: Callable[[list[dict[str, str]]], object]) -> Break:
    def do(folder: Path) -> None:
        path = folder / name
        rows = cells_of(path)
        change(rows)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")

    return do


def in_cell(study: str, column: str, value: str) -> Break:
    def change(rows: list[dict[str, str]]) -> None:
        (row,) = (row for row in rows if row["study_id"] == study)
        row[column] = value

    return in_table("studies.csv", change)


def file_gone(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def file_added(name: str, content: str | bytes) -> Break:
    def do(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return do


def without_digests(path: Path) -> None:
    """Take digests out of Croissant metadata, which would tell of every change."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for row in content["distribution"]:
            row.pop("sha256", None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def cut_off(path: Callable[[Path], Path], share: float = 0.5) -> Break:
    def do(folder: Path) -> None:
        data = path(folder).read_bytes()
        path(folder).write_bytes(data[: int(len(data) * share)])

    return do


def all_of(*parts: Break) -> Break:
    def do(folder: Path) -> None:
        for part in parts:
            part(folder)

    return do


def graded(study: str, grade: str) -> Break:
    """Change a grade everywhere, as whoever graded wrongly would have."""

    def do(folder: Path) -> None:
        old = picture(folder, study)
        new = folder / "studies" / grade / old.name
        new.parent.mkdir(exist_ok=True)
        old.rename(new)
        place = f"studies/{grade}/{old.name}"
        all_of(in_cell(study, "grade", grade), in_cell(study, "study_file", place))(folder)
        (folder / "dataset_registry.xlsx").unlink()
        registry_again(folder)

    return do


def registry_again(folder: Path) -> None:
    """Write the published registry again from the table of studies."""
    rows = [["study_id", "category", "study_file", "mask_file"]]
    for row in cells_of(folder / "studies.csv"):
        masked = f"/{row['mask_file']}" if row["mask_file"] else ""
        rows.append([str(int(row["study_id"][-4:])), row["grade"], f"/{row['study_file']}", masked])
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    (folder / "dataset_registry.csv").write_bytes(text.getvalue().encode("utf-8-sig"))


def copied(source: str, target: str, change: Callable[[Any], Any] = lambda array: array) -> Break:
    def do(folder: Path) -> None:
        image: Any = nibabel.load(picture(folder, source))
        array = change(np.asanyarray(image.dataobj).copy())
        nibabel.save(type(image)(array, None, image.header), picture(folder, target))

    return do


def gzip_comment(folder: Path) -> None:
    path = picture(folder, FIRST)
    packed = bytearray(gzip.compress(gzip.decompress(path.read_bytes()), mtime=0))
    packed[3] |= 16
    path.write_bytes(bytes(packed[:10]) + b"Quill Agatha, ward 7\0" + bytes(packed[10:]))


def extension(code: int, content: bytes) -> Break:
    def change(array: Any, header: Any) -> Any:
        header.extensions.append(nibabel.nifti1.Nifti1Extension(code, content))
        return array

    return in_picture(FIRST, change)


def dicom_extension(folder: Path) -> None:
    dataset = pydicom.Dataset()
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "QUILL^AGATHA", "4471902", "19570314"
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=True, little_endian=True, enforce_file_format=False)
    extension(2, buffer.getvalue())(folder)


def office_author(folder: Path) -> None:
    path = folder / "dataset_registry.xlsx"
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    core = parts["docProps/core.xml"].decode()
    core = re.sub(r"<dc:creator>.*?</dc:creator>|<dc:creator\s*/>", "", core)
    core = core.replace("</cp:coreProperties>", "<dc:creator>Luka Perov</dc:creator></cp:coreProperties>")
    parts["docProps/core.xml"] = core.encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def dicom_file(folder: Path) -> None:
    (folder / "source").mkdir()
    (folder / "source" / "0001.dcm").write_bytes(bytes(128) + b"DICM" + bytes(64))


def link_to(name: str, target: str) -> Break:
    return lambda folder: (folder / name).symlink_to(target)


def columns_emptied(rows: list[dict[str, str]]) -> None:
    for row in rows:
        row.update(sex="", age_years="", manufacturer="", model="")


def column_added(name: str, value: str) -> Callable[[list[dict[str, str]]], None]:
    def change(rows: list[dict[str, str]]) -> None:
        for number, row in enumerate(rows):
            row[name] = value.format(number=number)

    return change


def part_changed(study: str, part: str) -> Break:
    def change(rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["study_id"] == study:
                row["split"] = part or {"train": "test", "test": "train"}[row["split"]]

    return all_of(in_table("studies.csv", change), in_table("splits.csv", change))


def same_part(first: str, second: str) -> Break:
    def change(rows: list[dict[str, str]]) -> None:
        parts = {row["study_id"]: row["split"] for row in rows}
        for row in rows:
            if row["study_id"] == second:
                row["split"] = parts[first]

    return all_of(in_table("studies.csv", change), in_table("splits.csv", change))


def other_part(first: str, second: str) -> Break:
    def change(rows: list[dict[str, str]]) -> None:
        parts = {row["study_id"]: row["split"] for row in rows}
        for row in rows:
            if row["study_id"] == second:
                row["split"] = {"train": "test", "test": "train"}[parts[first]]

    return all_of(in_table("studies.csv", change), in_table("splits.csv", change))


def moved(header: Any, mm: float, *, sform: bool = True, qform: bool = True) -> None:
    if sform:
        header["srow_z"][3] += mm
    if qform:
        header["qoffset_z"] += mm


def formless(array: Any, header: Any) -> Any:
    header["sform_code"] = header["qform_code"] = 0
    return array


def sheared(array: Any, header: Any) -> Any:
    header["qform_code"] = 0
    header["srow_y"][2] = 0.5 * float(header["pixdim"][3])
    return array


def forms_apart(array: Any, header: Any) -> Any:
    moved(header, 20.0, qform=False)
    return array


def laid_beside(array: Any, header: Any) -> Any:
    moved(header, 12.0)
    return array


def slices_apart(array: Any, header: Any) -> Any:
    header["qform_code"] = 0
    header["srow_z"][2] = header["pixdim"][3] = 22.0
    return array


def flattened(array: Any, header: Any) -> Any:
    header["qform_code"] = 0
    header["srow_x"][:3] = header["srow_y"][:3] = header["srow_z"][:3] = 0
    header["pixdim"][1:4] = 0
    return array


def to_grey(array: Any) -> Any:
    return np.clip((array.astype(float) + 160) * 255 / 400, 0, 255).astype(np.int16)


def few_labels(array: Any) -> Any:
    return np.digitize(array, (-900, -500, 0)).astype(np.int16)


def slices_blank(array: Any) -> Any:
    array[:, :, 5:8] = -1024
    return array


def slices_again(array: Any) -> Any:
    array[:, :, 6] = array[:, :, 5]
    return array


def not_finite(array: Any) -> Any:
    array = array.astype(np.float32)
    array[3, 3, 3] = np.nan
    return array


def lungs_filled(array: Any) -> Any:
    inside = np.zeros(array.shape, bool)
    inside[2:-2, 2:-2] = True
    noise = np.random.default_rng(3).integers(-20, 20, array.shape)
    return np.where(inside & (array < -200), 40 + noise, array).astype(np.int16)


def box_of(array: Any, where: tuple[slice, slice, slice]) -> Any:
    made = np.zeros_like(array)
    made[where] = 1
    return made


def specks(array: Any) -> Any:
    made = np.zeros_like(array)
    made[::3, ::3, ::2] = (array > 0)[::3, ::3, ::2]
    if np.count_nonzero(made) < 250:
        made[30:60:2, 30:66:2, 8:16:2] = 1
    return made


def noisy(array: Any) -> Any:
    noise = np.random.default_rng(5).normal(0, 25, array.shape)
    return np.clip(array + noise, -1024, 3000).astype(np.int16)


def stray(source: Callable[[Path], Path], target: str) -> Break:
    def do(folder: Path) -> None:
        edited_copy = folder / target
        edited_copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source(folder), edited_copy)

    return do


def sidecar(**values: str) -> Break:
    return lambda folder: (
        picture(folder, FIRST).with_name(f"{FIRST}.json").write_text(json.dumps(values), encoding="utf-8")
    )


def renamed(old: Callable[[Path], Path], name: str) -> Break:
    def do(folder: Path) -> None:
        path = old(folder)
        path.rename(path.with_name(name))
        place = path.with_name(name).relative_to(folder).as_posix()
        in_cell(FIRST, "study_file", place)(folder)

    return do


def first_picture(folder: Path) -> Path:
    return picture(folder, FIRST)


def masked_mask(folder: Path) -> Path:
    return mask(folder, MASKED)


def byte_changed(folder: Path) -> None:
    data = bytearray((folder / "LICENSE").read_bytes())
    data[40] ^= 1
    (folder / "LICENSE").write_bytes(bytes(data))
