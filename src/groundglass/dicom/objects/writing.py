"""All DICOM objects of one result: built, identified, written below one folder."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydicom.dataset import Dataset

from groundglass.dicom.objects.document import encapsulated_pdf
from groundglass.dicom.objects.files import write_object
from groundglass.dicom.objects.header import source_text, stamp
from groundglass.dicom.objects.key_objects import Named, key_objects, rejection_note
from groundglass.dicom.objects.making import Making
from groundglass.dicom.objects.marked import marked_images
from groundglass.dicom.objects.record import ObjectsRecord, WrittenObject
from groundglass.dicom.objects.seg import segmentations
from groundglass.dicom.objects.series_uid import ServiceIds, masked_uid
from groundglass.dicom.objects.sr import structured_report
from groundglass.dicom.profiles import Profile
from groundglass.phrases import Language, Notice
from groundglass.version import __version__

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.making import SeriesRole
    from groundglass.dicom.objects.origin import Origin

SegKind = Literal["binary", "labelmap"]
_LIBRARIES = ("numpy", "pydicom", "highdicom", "imagecodecs", "pillow", "typst")
"""Their versions are part of what an object is made of: another may write other bytes, or letters (typst)."""


@dataclass(frozen=True, slots=True)
class WritingOptions:
    """How objects are written.

    Attributes
    ----------
    profile : Profile
        What is wanted.
    seg : {"binary", "labelmap"}
        Kind of segmentation.
    language : {"en", "ru"}
        Of what people read.
    intended_use : str
        Key of the intended-use sentence.
    ids : ServiceIds
        Fill the mask of the series UID.
    """

    profile: Profile
    seg: SegKind = "binary"
    language: Language = "en"
    intended_use: str = "research"
    ids: ServiceIds = field(default_factory=ServiceIds)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it.

    Attributes
    ----------
    record : ObjectsRecord
        To be kept beside the results.
    making : Making
        Times and UIDs that stand in the objects.
    marked_series_uid : str
        Series Instance UID of the marked series.
    notices : tuple of Notice
        What must be said.
    report : Dataset
        The structured report; empty where the profile wants none.
    """

    record: ObjectsRecord
    making: Making
    marked_series_uid: str
    notices: tuple[Notice, ...]
    report: Dataset


def write_objects(
    folder: Path,
    origin: Origin,
    findings: Findings,
    options: WritingOptions,
    *,
    earlier: ObjectsRecord | None,
    started: datetime,
    now: Callable[[], datetime],
    taken: Collection[str] = (),
) -> Written:
    """Write every object that the profile wants.

    Parameters
    ----------
    folder : Path
        To be made; gets a folder a series.
    origin : Origin
        The source.
    findings : Findings
        What is said.
    options : WritingOptions
        How.
    earlier : ObjectsRecord or None
        Of the run of the same study whose results are replaced.
    started : datetime
        When this study began to be processed; an unchanged result keeps the time of its record.
    now : callable
        Gives the present, local time.
    taken : collection of str
        Series Instance UIDs of the study.

    Raises
    ------
    InternalError
        ``GRID_MISMATCH`` if a mask does not lie on the source.
    """
    findings.require_grid_of(origin)
    content = _content(origin, findings, options)
    if earlier is not None and earlier.content == content:
        again = _Run(folder, origin, findings, options, earlier, content, taken).write()
        if again.record.objects == earlier.objects:
            return again
        # the same words, yet other bytes: whatever the reason, they may not carry the same UIDs
        shutil.rmtree(folder)
    made = now().replace(microsecond=0)
    fresh = ObjectsRecord(
        study_uid=origin.study_uid,
        content=content,
        generation=earlier.generation + 1 if earlier else 1,
        started=min(started.replace(microsecond=0), made),
        made=made,
        objects=(),
        replaced=earlier.superseded() if earlier else (),
    )
    return _Run(folder, origin, findings, options, fresh, content, taken).write()


@dataclass(frozen=True, slots=True)
class _Run:
    """One way through, with its times settled."""

    folder: Path
    origin: Origin
    findings: Findings
    options: WritingOptions
    record: ObjectsRecord
    content: str
    taken: Collection[str]

    def write(self) -> Written:
        record, options = self.record, self.options
        seed = "/".join((self.content, str(record.generation), record.started.isoformat(), record.made.isoformat()))
        making = Making(
            seed=hashlib.sha256(seed.encode()).hexdigest(),
            started=record.started,
            made=record.made,
            language=options.language,
            profile=options.profile,
            intended_use=options.intended_use,
            models=self.findings.result.software.models,
        )
        wanted = options.profile.objects
        written: list[WrittenObject] = []
        series_uid, notices = self._series_uid(making)
        with ThreadPoolExecutor(1) as pool:
            drawing = pool.submit(self._marked, making, series_uid) if "marked" in wanted else None
            segs = segmentations(self.origin, self.findings, making, kind=options.seg) if "seg" in wanted else {}
            for role, seg in segs.items():
                written.append(self._put(role, 1, seg))
            report = Dataset()
            if "sr" in wanted:
                report = structured_report(self.origin, self.findings, making, segs=segs)
                written.append(self._put("sr", 1, report))
            del segs
            marked, pictures = drawing.result() if drawing else ([], [])
        written += marked
        if "key_objects" in wanted:
            selection = key_objects(self.origin, self.findings, making, marked=pictures)
            if selection is not None:
                written.append(self._put("key-objects", 1, selection))
        if "pdf" in wanted and self.findings.pdf:
            written.append(self._put("report", 1, encapsulated_pdf(self.origin, self.findings.pdf, making)))
        note = rejection_note(self.origin, [_named(one) for one in record.replaced], making)
        if note is not None:
            written.append(self._put("rejection", 1, note))
        done = replace(record, objects=tuple(written))
        return Written(done, making, series_uid, notices, report)

    def _marked(self, making: Making, series_uid: str) -> tuple[list[WrittenObject], list[Dataset]]:
        """Write the marked series; return it with the headers of its pictures."""
        written, headers = [], []
        for number, picture in enumerate(marked_images(self.origin, self.findings, making), start=1):
            picture.SeriesInstanceUID = series_uid
            written.append(self._put("marked", number, picture))
            header = Dataset()
            for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SourceImageSequence"):
                if keyword in picture:
                    header[keyword] = picture[keyword]
            headers.append(header)
        return written, headers

    def _series_uid(self, making: Making) -> tuple[str, tuple[Notice, ...]]:
        mask = self.options.profile.marked.series_uid_mask
        if not mask:
            return making.uid("series", "marked"), ()
        earlier = {one.series_uid for one in self.record.replaced}
        uid, reason = masked_uid(
            mask, self.origin.series_uid, self.options.ids, self.record.generation, {*self.taken, *earlier}
        )
        if uid:
            return uid, ()
        return making.uid("series", "marked"), (Notice("series_uid_not_masked", {"reason": reason}),)

    def _put(self, role: SeriesRole, number: int, data: FileDataset) -> WrittenObject:
        sets = source_text(self.origin.header, "SpecificCharacterSet") or ""
        return write_object(self.folder, role, number, data, sets=sets)


def _content(origin: Origin, findings: Findings, options: WritingOptions) -> str:
    """Return a digest of everything that the objects say, the times left out."""
    from groundglass.analysis.schema import to_json

    digest = hashlib.sha256()

    def add(text: str) -> None:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\x1f")

    add(__version__)
    for library in _LIBRARIES:
        add(metadata.version(library))
    add(to_json(replace(findings.result, seconds={}), indent=None))
    add(repr(asdict(options)))
    identity = Dataset()
    stamp(identity, origin)
    for element in identity:
        add(f"{element.tag} {element.VR} {element.value!r}")
    add(repr(origin.images))
    for array in (origin.geometry.affine, findings.volume.array, findings.lungs.array, findings.lesions.array):
        add(f"{array.dtype} {array.shape}")
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    for drawing in findings.drawings:
        add(f"{drawing.name} {drawing.caption!r}")
        digest.update(drawing.png)
    digest.update(findings.pdf)
    return digest.hexdigest()


def _named(one: WrittenObject) -> Named:
    return Named(one.sop_class, one.sop_uid, one.series_uid)
