"""Reading pictures that lie beside their masks: ``NAME.nii.gz`` with ``NAME_mask``, ``NAME_lesion``, ``NAME_lung``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.nifti_pairs import LESION_ENDINGS, LUNG_ENDINGS
from groundglass.datasets.layouts.reading.membership import folder_grade
from groundglass.datasets.layouts.reading.tree import Tree, shown, stem_of
from groundglass.datasets.members import Member


def recognises(tree: Tree) -> bool:
    """Tell whether there is any NIfTI."""
    return any(stem_of(path) for path in tree.files)


def read(tree: Tree, findings: list[Finding]) -> tuple[Member, ...]:
    """Return a study for each picture, and for each mask without one; masks lie in the folder of their picture."""
    stems: dict[str, str] = {}
    for path in tree.nifti():
        name = str(PurePosixPath(path).parent / str(stem_of(path)))
        if name in stems:
            findings.append(
                Finding("STUDY_ID_DOUBLE", shown(PurePosixPath(name).name), {"file": shown(path), "row": 0})
            )
        stems.setdefault(name, path)
    pictures = {name: name for name in stems if not name.endswith((*LESION_ENDINGS, *LUNG_ENDINGS))}
    for name in stems:
        if name not in pictures:
            pictures.setdefault(_bare(name), _bare(name))
    plain = Counter(PurePosixPath(name).name for name in pictures)
    members = []
    for name in sorted(pictures):
        last = PurePosixPath(name).name
        members.append(
            Member(
                study_id=shown(last if plain[last] == 1 else name),
                grade=folder_grade(f"{name}.nii.gz"),
                study_file=stems.get(name, f"{name}.nii.gz"),
                mask_file=_first(stems, name, LESION_ENDINGS),
                lungs_file=_first(stems, name, LUNG_ENDINGS),
            )
        )
    return tuple(members)


def _first(stems: Mapping[str, str], name: str, endings: tuple[str, ...]) -> str | None:
    return next((stems[name + ending] for ending in endings if name + ending in stems), None)


def _bare(name: str) -> str:
    ending = max((each for each in (*LESION_ENDINGS, *LUNG_ENDINGS) if name.endswith(each)), key=len)
    return name[: -len(ending)]
