"""The whole check of a set: names first, then every study in worker processes, then all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from queue import SimpleQueue
from typing import Any

from groundglass.datasets.findings import FINDINGS, Finding
from groundglass.datasets.layouts import inventory as read_inventory
from groundglass.datasets.layouts.lesion_names import names_by_number, parts_of
from groundglass.datasets.members import Inventory
from groundglass.datasets.validation.checksums import check_checksums
from groundglass.datasets.validation.doubles import doubles
from groundglass.datasets.validation.files import Tree, walk
from groundglass.datasets.validation.headers import gzip_dates
from groundglass.datasets.validation.identity.names import check_dicom, check_names
from groundglass.datasets.validation.identity.texts import check_texts, unsearched
from groundglass.datasets.validation.labels import strange_labels
from groundglass.datasets.validation.parts import check_parts
from groundglass.datasets.validation.people import check_people
from groundglass.datasets.validation.stated import check_stated
from groundglass.datasets.validation.study import look
from groundglass.datasets.validation.tasks import Part, StudyLook, StudyTask
from groundglass.dicom.isolation import Worker
from groundglass.errors import UNEXPECTED, GroundglassError

STUDY_SECONDS = 300.0
"""A study of 400 slices of 512 x 512 takes five; one that takes longer hangs."""
WORKER_BYTES = 6 * 2**30
"""Address space of a process that looks at studies: a picture of the largest size that is read, twice."""
_DEFECTS = frozenset({UNEXPECTED})
"""What a check that broke down by a defect of ours comes back as: no fault of the study."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """What was found.

    Attributes
    ----------
    inventory : Inventory
        The set as its tables and names tell it.
    findings : tuple of Finding
        Errors first, then by code and study; each once.
    checked : mapping of str to int
        What was looked at, and how much of it.
    not_checked : tuple of (str, int)
        What could not be: code of :data:`NOT_CHECKED` and how many.
    studies : mapping of str to mapping
        What was measured in each study.
    """

    inventory: Inventory
    findings: tuple[Finding, ...]
    checked: Mapping[str, int]
    not_checked: tuple[tuple[str, int], ...] = ()
    studies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(FINDINGS[each.code].severity == "error" for each in self.findings)


def validate(
    folder: Path, *, layout: str = "auto", processes: int = 2, on_progress: Progress | None = None
) -> Validated:
    """Check a data set of any supported layout; whatever is damaged inside becomes a finding.

    Parameters
    ----------
    folder : Path
        Of the set.
    layout : str
        Of :func:`groundglass.datasets.layouts.inventory`.
    processes : int
        That look at studies at once. 0 looks at them in the caller's process, where a file that crashes a decoder ends
        it: for small sets that are trusted.
    on_progress : callable, optional
        Called with studies done and of all.

    Raises
    ------
    InputError
        ``SET_UNKNOWN`` if there is no such folder or layout.
    """
    inventory = read_inventory(folder, layout, strict=False)
    members = inventory.members
    tree = walk(folder)
    findings = [*inventory.findings, *tree.findings]
    tasks = _tasks(inventory, tree)
    looks = _looked(tasks, processes, on_progress)
    for each in looks:
        findings += each.findings
    findings += strange_labels(looks, tasks, inventory.layout)
    findings += doubles(looks, {member.study_id: member for member in members})
    findings += check_parts(members)
    findings += check_people(members)
    more, digests = check_checksums(tree, threads=processes)
    findings += more
    findings += check_stated(tree, inventory, digests)
    findings += check_names(tree)
    findings += check_dicom(tree)
    findings += gzip_dates(tree)
    findings += check_texts(tree, inventory.about)
    checked = {
        "studies": len(members),
        "pictures": sum(task.picture is not None for task in tasks),
        "masks": sum(task.mask is not None for task in tasks),
        "lung_masks": sum(task.lungs is not None for task in tasks),
        "files": len(tree.sizes),
        "checksums": len(digests),
    }
    facts = {each.study_id: each.facts for each in looks if each.facts}
    return Validated(inventory, _sorted(findings), checked, _not_checked(inventory, tasks, tree), facts)


def _tasks(inventory: Inventory, tree: Tree) -> list[StudyTask]:
    """Return the studies that have a file to look at."""
    numbers, several = _numbers(inventory, tree)
    tasks = []
    for member in inventory.members:
        there = {
            kind: path if path and path in tree.sizes else None
            for kind, path in (("picture", member.study_file), ("mask", member.mask_file), ("lungs", member.lungs_file))
        }
        if any(there.values()):
            tasks.append(StudyTask(folder=tree.folder, member=member, numbers=numbers, several=several, **there))
    return tasks


def _numbers(inventory: Inventory, tree: Tree) -> tuple[Mapping[int, Part] | None, bool]:
    """Return what the set calls the numbers of its masks, and whether they tell kinds of lesion apart."""
    names: dict[int, str] = {}
    for file in ("groundglass.json", "dataset.json"):
        try:
            content = tree.json(file) if file in tree.sizes else None
        except ValueError:
            continue
        if isinstance(content, dict) and not names:
            masks = content.get("masks")
            stored = masks.get("labels") if isinstance(masks, dict) else content.get("labels")
            names = names_by_number(stored)
    if not names:
        names = names_by_number(inventory.about.card.get("mask_labels"))
    names = {number: name for number, name in names.items() if number > 0}
    if not names:
        return None, False
    several = {1: "ground_glass", 2: "consolidation"}.items() <= names.items()
    return parts_of(names, own=inventory.own), several


def _looked(tasks: Sequence[StudyTask], processes: int, on_progress: Progress | None) -> list[StudyLook]:
    """Look at every study; one that ends its process becomes a finding."""
    if processes == 0:
        looks = []
        for place, task in enumerate(tasks, start=1):
            looks.append(_or_finding(task, look))
            if on_progress is not None:
                on_progress(place, len(tasks))
        return looks
    workers: SimpleQueue[Worker] = SimpleQueue()
    made = [
        Worker(memory_bytes=WORKER_BYTES, modules=("groundglass.datasets.validation.study",), fork=True)
        for _ in range(max(1, min(processes, len(tasks))))
    ]
    done = 0

    def one(task: StudyTask) -> StudyLook:
        worker = workers.get()
        try:
            return _or_finding(task, lambda each: worker.call(look, each, timeout_s=STUDY_SECONDS))
        finally:
            workers.put(worker)

    looks = []
    try:
        for worker in made:
            worker.start()  # a copy of this process, made before it has threads: a script need not be importable
            workers.put(worker)
        with ThreadPoolExecutor(len(made)) as pool:
            for each in pool.map(one, tasks):
                looks.append(each)
                done += 1
                if on_progress is not None:
                    on_progress(done, len(tasks))
    finally:
        for worker in made:
            worker.close()
    return looks


def _or_finding(task: StudyTask, how: Callable[[StudyTask], StudyLook]) -> StudyLook:
    """Return the look at a study, or the finding that there was none."""
    try:
        return how(task)
    except GroundglassError as error:
        code = "IMAGE_DAMAGED" if task.picture else "MASK_DAMAGED"
        if error.code in _DEFECTS:
            code = "CHECK_FAILED"
        name = task.picture or task.mask or task.lungs or ""
        values = {"file": name, "how": error.code.lower()}
        return StudyLook(study_id=task.member.study_id, findings=(Finding(code, task.member.study_id, values),))


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, errors first."""
    order = {code: place for place, code in enumerate(FINDINGS)}
    once = {
        (each.code, each.study_id or "", tuple(sorted((key, str(value)) for key, value in each.values.items()))): each
        for each in findings
    }
    keys = sorted(once, key=lambda key: (FINDINGS[key[0]].severity != "error", order[key[0]], key[1], key[2]))
    return tuple(once[key] for key in keys)


def _not_checked(inventory: Inventory, tasks: Sequence[StudyTask], tree: Tree) -> tuple[tuple[str, int], ...]:
    """Return what could not be checked, and of how many studies."""
    pictures = {task.member.study_id for task in tasks if task.picture}
    without = [member for member in inventory.members if member.study_id not in pictures]
    masks_alone = sum(task.picture is None for task in tasks)
    lungs = sum(task.mask is not None and task.picture is not None and task.lungs is None for task in tasks)
    found = (
        ("pictures", len(without)),
        ("mask_places", masks_alone),
        ("involvement", lungs),
        ("patients", sum(member.patient_id is None for member in inventory.members)),
        ("checksums", 0 if any("sum" in PurePosixPath(name).name.lower() for name in tree.sizes) else len(tree.sizes)),
        *unsearched(tree).items(),
    )
    return tuple((code, count) for code, count in found if count)
