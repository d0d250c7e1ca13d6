"""Studies in folders, zips and files, one after another, so that an archive of any size takes little memory."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.gathering.facts import candidate_of
from groundglass.datasets.gathering.masks import told_of
from groundglass.datasets.gathering.names import folder_names, holding_folders
from groundglass.datasets.recipe.model import SelectionRule, SourceRule
from groundglass.dicom.headers import Instance, Pool, read_instance
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.series import DIRECTORY_CLASS, studies_of
from groundglass.dicom.sources import OUR_REPORTS, FileSource, find_files
from groundglass.errors import InputError
from groundglass.phrases import Notice

MOST_HEADERS_HELD = 20_000
"""Headers in memory at once, some 6 KiB each: the largest spectral study."""
FEWEST_HEADERS_HELD = 8_000
"""So many stay of the studies seen last when the others are judged: files of a study lie close together."""
MOST_FILES = 20_000_000
"""Files of all sources together: 60,000 studies of 300 slices, a city's month."""
_NO_PICTURES = frozenset(
    {"SEG", "SR", "KO", "PR", "DOC", "REG", "RTSTRUCT", "RTPLAN", "RTDOSE", "PLAN", "AU", "FID", "M3D"}
)
"""Modalities of what belongs to a study and is none (PS3.3 C.7.3.1.1.1)."""


@dataclass(slots=True)
class _Study:
    """Files of one study; their headers while they are held."""

    sources: list[FileSource] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    judged: int = 0
    without_pictures: int = 0


class FolderSource:
    """Studies under the paths of a recipe; a :class:`groundglass.datasets.candidates.StudySource`.

    Headers are read once, in order of the files. A study is judged when files of many others have followed; files of
    it that come later still make it be judged again, with all its files. Copies of a study in two places are one.

    Parameters
    ----------
    rules : sequence of SourceRule
        Where studies lie.
    selection : SelectionRule
        What the recipe says of series.
    limits : ReadingLimits, optional
        How much may be read; the number of files is bounded by :data:`MOST_FILES` alone.
    notices : list of Notice, optional
        What was passed over is appended here.
    preferred : collection of str
        SeriesInstanceUIDs that masks or tables name.
    """

    def __init__(
        self,
        rules: Sequence[SourceRule],
        selection: SelectionRule,
        *,
        limits: ReadingLimits | None = None,
        notices: list[Notice] | None = None,
        preferred: Collection[str] = (),
    ) -> None:
        self.rules = tuple(rules)
        self.selection = selection
        self.limits = replace(limits or ReadingLimits(), max_files=MOST_FILES)
        self.notices: list[Notice] = [] if notices is None else notices
        self.preferred = preferred
        self._studies: OrderedDict[tuple[str, ...], _Study] = OrderedDict()
        self._held = 0
        self._pool: Pool = {}

    def candidates(self) -> Iterator[Candidate]:
        """Yield the studies, in order of their keys.

        Raises
        ------
        InputError
            What :func:`groundglass.dicom.sources.find_files` raises.
        """
        passed_over: Counter[str] = Counter()
        files = find_files([rule.path for rule in self.rules], limits=self.limits, notices=self.notices)
        for source in told_of("sources", files):
            try:
                instance = read_instance(source, self.limits, self._pool)
            except InputError as reason:
                passed_over[reason.code] += 1
                continue
            if instance is None or not (
                instance.study_uid or instance.series_uid or instance.sop_class or instance.layout.tag
            ):
                passed_over["not_dicom"] += source.path.name not in OUR_REPORTS
            elif instance.sop_class == DIRECTORY_CLASS:
                passed_over["directory"] += 1
            else:
                self._take(source, instance)
        for study in self._studies.values():
            self._judge(study)
        self._tell(passed_over)
        yield from self._unique()

    def _take(self, source: FileSource, instance: Instance) -> None:
        key = (instance.study_uid,) if instance.study_uid else ("", *_near(source))
        study = self._studies.setdefault(key, _Study())
        self._studies.move_to_end(key)
        study.sources.append(source)
        study.instances.append(instance)
        self._held += 1
        if self._held > MOST_HEADERS_HELD:
            # the oldest first; the study that just grew stays
            for other in list(self._studies.values())[:-1]:
                if other.instances and self._held > FEWEST_HEADERS_HELD:
                    self._held -= len(other.instances)
                    self._judge(other)
            self._pool.clear()

    def _judge(self, study: _Study) -> None:
        """Make candidates of a study, reading again the files whose headers are held no longer."""
        if study.judged == len(study.sources):
            return
        if len(study.instances) < len(study.sources):
            pool: Pool = {}
            again = (read_instance(source, self.limits, pool) for source in study.sources[: study.judged])
            study.instances = [*(each for each in again if each is not None), *study.instances]
        found: list[Candidate] = []
        study.without_pictures = 0
        for entry in studies_of(study.instances, self.limits):
            if all(series.modality in _NO_PICTURES for series in entry.series):
                study.without_pictures += 1
                continue
            files = [frame.instance.source for series in entry.series for frame in series.stack.frames]
            files = files or [instance.source for instance in study.instances]
            rule = self.rules[source_number(files[0]) - 1]
            key = entry.study_uid if entry.study_uid and not found else entry.study_id
            found.append(
                candidate_of(
                    entry,
                    study.instances,
                    self.selection,
                    key=key,
                    organisation=rule.organisation,
                    folder="/".join(folder_names(files[0], [rule.path])),
                    preferred=self.preferred,
                )
            )
        study.candidates = found
        study.judged = len(study.sources)
        study.instances = []

    def _unique(self) -> Iterator[Candidate]:
        found = [candidate for study in self._studies.values() for candidate in study.candidates]
        folders = holding_folders(found)
        taken: Counter[str] = Counter()
        made = []
        for candidate, folder in zip(found, folders, strict=True):
            taken[candidate.key] += 1
            count = taken[candidate.key]
            key = candidate.key if count == 1 else f"{candidate.key}-{count}"
            made.append(replace(candidate, key=key, folder=folder))
        yield from sorted(made, key=lambda candidate: candidate.key)

    def _tell(self, passed_over: Counter[str]) -> None:
        without = sum(study.without_pictures for study in self._studies.values())
        if without:
            self.notices.append(Notice("studies_without_pictures", {"count": without}, "info"))
        for code, count in sorted((+passed_over).items()):
            if code == "not_dicom":
                self.notices.append(Notice("files_not_dicom", {"count": count}, "info"))
            elif code == "directory":
                self.notices.append(Notice("files_directory", {"count": count}, "info"))
            else:
                self.notices.append(Notice("files_broken", {"count": count, "code": code}))


def source_number(source: FileSource) -> int:
    """Return from which input a file is, counted from 1: its label says so."""
    number = source.label.partition("[")[2].partition("]")[0]
    return int(number) if number.isdigit() else 1


def _near(source: FileSource) -> tuple[str, ...]:
    """Return what holds files without a StudyInstanceUID together until they are judged: their source."""
    return (str(source_number(source)),)
