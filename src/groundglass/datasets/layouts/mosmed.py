"""The layout of MosMedData, as published: a registry, studies in a folder a grade, masks in one.

::

    dataset_registry.xlsx .csv           study_id, category, study_file, mask_file; paths begin with "/"
    studies/CT-0..CT-4/study_BBBB.nii.gz
    masks/study_BBBB_mask.nii.gz         masks/study_BBBB_lungs.nii.gz        results/study_BBBB.json

Morozov S. et al., MosMedData: Chest CT Scans with COVID-19 Related Findings Dataset, arXiv 2005.06465 (2020). Lungs and
results are no part of the publication.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from groundglass.datasets.layouts.contract import GRADES, FileKind
from groundglass.datasets.layouts.own_tables import own_tables
from groundglass.datasets.layouts.workbook import Cell, sheet_name, workbook
from groundglass.datasets.members import About, Member

COLUMNS = ("study_id", "category", "study_file", "mask_file")
REGISTRY = "dataset_registry"
UNGRADED = "ungraded"
"""Folder of studies that nobody graded; their cell is empty."""
_NUMBERED = re.compile(r"study_(\d{1,9})")
_WIDTHS = (8.0, 8.17, 27.83, 28.0)


class MosmedLayout:
    """:class:`groundglass.datasets.layouts.contract.Layout` of MosMedData."""

    name = "mosmed"
    manifest = "dataset.json"

    def place(self, member: Member, kind: FileKind) -> PurePosixPath:
        """Return where a file of a study lies, relative to the set."""
        name = member.study_id
        grade = member.grade if member.grade in GRADES else UNGRADED
        return PurePosixPath(
            {
                "study": f"studies/{grade}/{name}.nii.gz",
                "mask": f"masks/{name}_mask.nii.gz",
                "lungs": f"masks/{name}_lungs.nii.gz",
                "result": f"results/{name}.json",
            }[kind]
        )

    def tables(self, members: Sequence[Member], about: About) -> dict[str, bytes]:
        """Return path and content of every table of the layout.

        Raises
        ------
        UnavailableError
            ``PACKAGE_MISSING`` without XlsxWriter.
        """
        rows: list[list[Cell]] = [list(COLUMNS)]
        for member in members:
            mask = f"/{member.mask_file}" if member.mask_file else None
            study = member.study_file or self.place(member, "study")
            rows.append([registry_number(member.study_id), member.grade or None, f"/{study}", mask])
        return {
            f"{REGISTRY}.xlsx": workbook(rows, sheet=sheet_name(about), date=about.date, widths=_WIDTHS),
            f"{REGISTRY}.csv": registry_csv(rows),
            **own_tables(members, about, self.name, self.manifest),
        }


def registry_number(study_id: str) -> int | str:
    """Return the number of a study as the registry has it: 1 of ``study_0001``; another name stays text."""
    found = _NUMBERED.fullmatch(study_id)
    return int(found.group(1)) if found else study_id


def registry_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return the registry as published: UTF-8 with byte-order mark, commas, CR LF."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(["" if c is None else c for c in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")
