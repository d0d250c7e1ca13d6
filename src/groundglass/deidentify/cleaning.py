"""One file from its source to OUT: read, pictures, elements, statement of what was done, write; in a worker process."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pydicom
from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

from groundglass.deidentify.encoding import encoded, one
from groundglass.deidentify.engine import Engine, Key
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.pixels import PixelCleaner, kind_of
from groundglass.deidentify.pixels.outcome import Box
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import method_codes
from groundglass.deidentify.table import Rules
from groundglass.deidentify.text import Identifiers
from groundglass.deidentify.values import tolerant
from groundglass.deidentify.writing import write_whole
from groundglass.dicom.sources import FileSource
from groundglass.errors import GroundglassError
from groundglass.version import __version__

_METHOD = "PS3.15 E Basic Profile"
_PICTURES = frozenset({"image", "localizer", "capture", "dose-capture"})
_PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_BURNED_IN = 0x00280301
_LAST_READ_GROUP = 0x0028
_UNDEFINED = 0xFFFFFFFF
_LAST_META_GROUP = 0x0006
"""Groups 0 to 6 are of commands, file meta information and directories; none belongs in a data set (PS3.5 7.1)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What all files of a run share.

    Attributes
    ----------
    profile : Profile
        Options.
    keys : Keys
        Of the project.
    out : Path or None
        Where files go; None writes nothing (a plan).
    identifiers : mapping of str to Identifiers
        By key of the patient: those of the files at hand.
    run : str
        One name for everything that can change what comes out.
    """

    profile: Profile
    keys: Keys
    out: Path | None
    identifiers: Mapping[str, Identifiers]
    run: str


@dataclass(frozen=True, slots=True)
class Task:
    """One file to do: where it is, whose it is, and what it is called below OUT."""

    number: int
    source: FileSource
    patient: str
    target: str
    sop_uid: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the cleaned object says of its patient and scanner: the cells that may be small."""

    sex: str = ""
    age: str = ""
    month: str = ""
    scanner: str = ""
    study: str = ""
    series: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """How one file ended.

    Attributes
    ----------
    number : int
        Of the task.
    outcome : {"written", "dropped", "failed"}
        Dropped is by rule, failed is what could not be read or cleaned.
    kind : str
        Kind of object.
    reason : str
        Short code: why it was dropped or has failed, or what was done to its pixels.
    boxes : tuple of Box
        What was blanked.
    remarks : tuple of str
        Codes of what needs a person.
    counts : tuple of (Key, int)
        Decisions.
    reasons : tuple of (str, int)
        Why values were cleaned.
    facts : Facts
        Of the cleaned object.
    trace : str
        Traceback of a defect of ours, for the project's own list; it may name things of the source.
    """

    number: int
    outcome: Literal["written", "dropped", "failed"]
    kind: str = ""
    reason: str = ""
    boxes: tuple[Box, ...] = ()
    remarks: tuple[str, ...] = ()
    counts: tuple[tuple[Key, int], ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    facts: Facts = field(default_factory=Facts)
    trace: str = ""


class Cleaning:
    """The parts of a run that are made once a worker; those that hang on the profile alone outlive a run."""

    def __init__(self, setup: Setup, earlier: Cleaning | None = None) -> None:
        self.setup = setup
        same = earlier if earlier is not None and earlier.setup.profile == setup.profile else None
        self._rules: Rules = same._rules if same is not None else Rules(setup.profile)
        self._pixels: PixelCleaner = same._pixels if same is not None else PixelCleaner(setup.profile.pixels)
        self._engines: dict[str, Engine] = {}
        self._codes = method_codes(setup.profile)
        self._known_facts: dict[tuple[str, str], Facts] = {}
        self._statements: dict[str, tuple[DataElement, ...]] = {}

    def file(self, task: Task) -> Done:
        """Do one file.

        Raises
        ------
        UnavailableError
            ``OUTPUT_FAILED``. Everything that is the file's own fault comes back as ``failed``.
        """
        try:
            dataset = read(task.source)
        except GroundglassError as error:
            return Done(task.number, "failed", reason=error.code)
        if dataset is None:
            return Done(task.number, "failed", reason="NOT_READ")
        with tolerant():
            rest = without_rest(dataset)
            kind, _ = kind_of(dataset)
            cut = _cut_off(dataset, kind)
            stored = _stored(dataset)
            try:
                outcome = self._pixels.clean(dataset)
            except GroundglassError as error:
                return Done(task.number, "failed", kind, error.code)
            if outcome.action in ("drop", "unreadable"):
                ended: Literal["dropped", "failed"] = "dropped" if outcome.action == "drop" else "failed"
                return Done(task.number, ended, kind, outcome.reason, remarks=outcome.remarks)
            if cut:
                return Done(task.number, "failed", kind, "CUT_OFF")
            if outcome.action in ("none", "unchanged"):
                _put_back(dataset, stored)
            engine = self._engine(task.patient)
            for item in list(dataset.values()):
                if item.tag.group <= _LAST_META_GROUP:
                    del dataset[item.tag]
            changes = engine.clean(dataset)
            self._state(dataset, engine, task)
            data = encoded(dataset, shared=engine.shared)
        if data is None:
            return Done(task.number, "failed", kind, "NOT_WRITTEN")
        if self.setup.out is not None:
            path = self.setup.out / task.target
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        return Done(
            task.number,
            "written",
            kind,
            outcome.reason if outcome.action == "blanked" else "",
            outcome.boxes,
            (*outcome.remarks, *(("trailing-bytes",) if rest and "trailing-bytes" not in outcome.remarks else ())),
            tuple(changes.counts.items()),
            tuple(changes.reasons.items()),
            self._facts_of(dataset, kind, task.target.rpartition("/")[0]),
        )

    def _facts_of(self, dataset: Dataset, kind: str, folder: str) -> Facts:
        """Return the facts of a series, read once."""
        known = self._known_facts.get((folder, kind))
        if known is None or not folder:
            known = self._known_facts[folder, kind] = _facts(dataset, kind)
        return known

    def _engine(self, patient: str) -> Engine:
        engine = self._engines.get(patient)
        if engine is None:
            known = self.setup.identifiers[patient]
            engine = Engine(self.setup.profile, self._rules, self.setup.keys, patient, known)
            self._engines[patient] = engine
        return engine

    def _state(self, dataset: Dataset, engine: Engine, task: Task) -> None:
        """Say in the object what was done to it (PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1)."""
        implicit = bool(dataset.original_encoding[0])
        for element in self._statement(engine):
            dataset[element.tag] = element
            if (id(element), implicit) not in engine.shared:
                engine.shared[id(element), implicit] = one(element, implicit=implicit)
        if not dataset.get("SOPInstanceUID"):
            dataset.SOPInstanceUID = UID(self.setup.keys.uid(f"file {task.source.path}!{task.source.member}"))

    def _statement(self, engine: Engine) -> tuple[DataElement, ...]:
        known = self._statements.get(engine.pseudonym)
        if known is not None:
            return known
        said = Dataset()
        said.PatientName = said.PatientID = engine.pseudonym
        said.PatientIdentityRemoved = "YES"
        said.DeidentificationMethod = [_METHOD, f"groundglass {__version__}"]
        items = Items()
        for value, scheme, meaning in self._codes:
            item = Dataset()
            item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
            items.append(item)
        said.DeidentificationMethodCodeSequence = items
        moved = "retain-modified-dates" in self.setup.profile.options
        said.LongitudinalTemporalInformationModified = "MODIFIED" if moved else "REMOVED"
        self._statements[engine.pseudonym] = tuple(said)
        return self._statements[engine.pseudonym]


def clean_files(setup: Setup, tasks: Sequence[Task]) -> tuple[Done, ...]:
    """Do several files; the call of a worker process.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED``.
    """
    work = _latest(setup)
    return tuple(work.file(task) for task in tasks)


_KEPT: list[Cleaning] = []


def _latest(setup: Setup) -> Cleaning:
    """Return the parts of a run, made once while the profile and the key stay the same."""
    if _KEPT:
        work = _KEPT[0]
        if (work.setup.run, work.setup.out) == (setup.run, setup.out):
            work.setup = setup
            return work
    _KEPT[:] = [Cleaning(setup, _KEPT[0] if _KEPT else None)]
    return _KEPT[0]


def read(source: FileSource) -> Dataset | None:
    """Return the data set of a file, or None where there is none to be read.

    Raises
    ------
    InputError
        ``UNREADABLE_FILE`` and what archives raise.
    """
    data = source.read()
    try:
        with tolerant():
            return pydicom.dcmread(io.BytesIO(data), force=True)
    except (InvalidDicomError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, EOFError):
        return None
    except (NotImplementedError, RecursionError, MemoryError):
        return None


def _stored(dataset: Dataset) -> list[RawDataElement]:
    """Return elements as they were stored: those that a look at the pixels reads and does not change."""
    return [
        item
        for item in dataset.values()
        if isinstance(item, RawDataElement)
        and item.VR != "SQ"
        and item.tag.group <= _LAST_READ_GROUP
        and int(item.tag) != _BURNED_IN
    ]


def _put_back(dataset: Dataset, stored: list[RawDataElement]) -> None:
    """Put them back: reading a value makes pydicom encode it again, at a cost and not always to the same bytes."""
    now = {int(item.tag): item for item in dataset.values()}
    for item in stored:
        if now.get(int(item.tag), item) is not item:
            dataset[item.tag] = item


def _cut_off(dataset: Dataset, kind: str) -> bool:
    """Tell a file that ends too early: a value is shorter than it says, or a picture has none."""
    if any(_is_short(item) for item in dataset.values()):
        return True
    return kind in _PICTURES and not any(tag in dataset for tag in _PIXEL_TAGS)


def _is_short(item: DataElement | RawDataElement) -> bool:
    return isinstance(item, RawDataElement) and item.length not in (_UNDEFINED, len(item.value or b""))


def without_rest(dataset: Dataset) -> bool:
    """Take out what pydicom made of other bytes behind the last element; True if there were some.

    They follow the element with the largest offset in order of tags, and no attribute has their tags. Where one has, it
    may have replaced the object's own: nothing is taken out then, and the file ends as cut off.
    """
    items = [item for item in dataset.values() if isinstance(item, RawDataElement)]
    items.sort(key=lambda item: item.value_tell)
    largest = 0
    rest: list[RawDataElement] = []
    for item in items:
        tag = int(item.tag)
        if rest or tag < largest or (_is_short(item) and not dictionary_has_tag(tag)):
            rest.append(item)
        largest = max(largest, tag)
    if any(dictionary_has_tag(int(item.tag)) and int(item.tag) >> 16 > _LAST_META_GROUP for item in rest):
        return False
    for item in rest:
        del dataset[item.tag]
    return bool(rest)


def _facts(dataset: Dataset, kind: str) -> Facts:
    def text(keyword: str) -> str:
        value = dataset.get(keyword)
        return str(value) if value else ""

    return Facts(
        text("PatientSex"),
        text("PatientAge"),
        text("StudyDate")[:6],
        " ".join(part for part in (text("Manufacturer"), text("ManufacturerModelName")) if part),
        text("StudyInstanceUID"),
        text("SeriesInstanceUID"),
        kind,
    )
