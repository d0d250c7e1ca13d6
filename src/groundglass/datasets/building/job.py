"""What a build is, while it runs and when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundglass.datasets.building.tasks import StudyTask
from groundglass.datasets.candidates import Candidate
from groundglass.datasets.funnel import Funnel
from groundglass.datasets.members import Inventory, Member
from groundglass.datasets.recipe import Recipe
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.project import Project
from groundglass.phrases import Notice


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A study that is not in the set through no rule of the selection.

    Attributes
    ----------
    label : str
        Our study id, as ``groundglass series`` prints it for the source.
    code, message : str
        Why.
    """

    label: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What whoever publishes the set must look at.

    Attributes
    ----------
    notice : Notice
        An example.
    labels : tuple of str
        Our study ids, as ``groundglass series`` prints them.
    """

    notice: Notice
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to.

    Attributes
    ----------
    folder : Path
        The version.
    members : tuple of Member
        Its studies.
    funnel : Funnel
        How they were chosen.
    notices : tuple of Notice
        What was noticed while studies were chosen and documents written.
    remarks : tuple of Remark
        What somebody must look at, by studies.
    left_out : tuple of LeftOut
        Studies that could not be used or done.
    resumed : int
        Studies that an earlier run had done.
    unchanged : bool
        The same version was there already; nothing was written.
    fingerprint : str
        SHA-256 of the file of checksums.
    """

    folder: Path
    members: tuple[Member, ...]
    funnel: Funnel
    notices: tuple[Notice, ...] = ()
    remarks: tuple[Remark, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    resumed: int = 0
    unchanged: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which studies a version is made of.

    Attributes
    ----------
    candidates : tuple of Candidate
        Those taken.
    funnel : Funnel
        How they were chosen.
    notices : tuple of Notice
        What was noticed.
    left_out : tuple of LeftOut
        Studies without a series that can be used.
    profile : Profile
        By which they will be de-identified.
    previous : Inventory or None
        The version before.
    """

    candidates: tuple[Candidate, ...]
    funnel: Funnel
    notices: tuple[Notice, ...]
    left_out: tuple[LeftOut, ...]
    profile: Profile
    previous: Inventory | None


@dataclass(frozen=True, slots=True)
class Job:
    """A build whose studies are chosen; ``of`` has the candidate of each task."""

    recipe: Recipe
    target: Path
    tasks: Mapping[str, StudyTask]
    of: Mapping[str, Candidate]
    project: Project
    choice: Choice
    made_of: str
