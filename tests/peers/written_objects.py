"""Every object of a made study, as ``groundglass analyze --dicom`` writes them."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import typst
from made_objects import MADE, STARTED, MadeStudy
from odd_studies import first_file
from PIL import Image, ImageDraw

from groundglass.dicom.objects.findings import Drawing, Findings
from groundglass.dicom.objects.record import ObjectsRecord
from groundglass.dicom.objects.writing import WritingOptions, write_objects
from groundglass.dicom.profiles import Wanted, profile
from groundglass.phrases import Language, Notice


@dataclass(frozen=True)
class WrittenStudy:
    """A made study and its objects on disk.

    Attributes
    ----------
    study : MadeStudy
        The source.
    folder : Path
        Of the objects.
    pdf : bytes
        The report that was handed in.
    record : ObjectsRecord
        What was written.
    """

    study: MadeStudy
    folder: Path
    pdf: bytes
    record: ObjectsRecord

    def files(self, role: str = "*") -> list[Path]:
        """Return the objects of a series, or of all."""
        return sorted(self.folder.glob(f"{role}/*.dcm"))

    @property
    def source(self) -> Path:
        """One file of the source."""
        return first_file(self.study)

    @property
    def sources(self) -> list[Path]:
        """All files of the study that the scanner wrote."""
        return sorted(file for file in self.study.folder.rglob("*") if file.is_file())


def made_pdf() -> bytes:
    """Return a page."""
    page: bytes = typst.compile(b"#set page(width: 8cm, height: 5cm)\nA made report.")
    return page


def _drawing(name: str, caption: Notice) -> Drawing:
    picture = Image.new("RGB", (120, 90), "black")
    ImageDraw.Draw(picture).ellipse((20, 15, 100, 75), fill=(180, 60, 60))
    sink = io.BytesIO()
    picture.save(sink, "PNG")
    return Drawing(name, sink.getvalue(), caption)


def whole_findings(study: MadeStudy, pdf: bytes) -> Findings:
    """Return the findings of a made study with pictures of the whole chest and a report."""
    drawings = (
        _drawing("lungs-3d", Notice("picture_lungs_3d", {}, "info")),
        _drawing("mip-coronal", Notice("picture_mip", {"slab_mm": 20.0}, "info")),
    )
    return replace(study.findings, drawings=drawings, pdf=pdf)


def write_all(
    study: MadeStudy,
    folder: Path,
    *,
    name: str = "default",
    seg: Literal["binary", "labelmap"] = "binary",
    language: Language = "en",
    earlier: ObjectsRecord | None = None,
    only: tuple[Wanted, ...] = (),
) -> WrittenStudy:
    """Write every object of a made study below ``folder``, or only some kinds of them."""
    pdf = made_pdf()
    wanted = profile(name)
    if only:
        wanted = replace(wanted, objects=only)
    written = write_objects(
        folder,
        study.origin,
        whole_findings(study, pdf),
        WritingOptions(profile=wanted, seg=seg, language=language),
        earlier=earlier,
        started=STARTED,
        now=lambda: MADE,
    )
    return WrittenStudy(study, folder, pdf, written.record)
