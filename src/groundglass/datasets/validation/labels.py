"""Numbers of masks in a set that names none: what the other masks hold is then the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from groundglass.datasets.findings import Finding
from groundglass.datasets.validation.tasks import StudyLook, StudyTask

RARE_SHARE = 0.1
"""A number in so few masks, one at least, is no class of the set."""
OFTEN_SHARE = 0.5
"""A number in more than so many masks is one."""
LEAST_MASKS = 3
"""With fewer masks nothing is usual."""
CLASSES_AT_MOST = 3
"""Sets that draw classes of lesions without naming them have so few; 255 is a colour."""


def strange_labels(looks: Sequence[StudyLook], tasks: Sequence[StudyTask], layout: str) -> list[Finding]:
    """Return numbers of lesion masks that the other masks of the set do not have.

    Parameters
    ----------
    looks : sequence of StudyLook
        Of every study.
    tasks : sequence of StudyTask
        What was asked of each, in the same order.
    layout : str
        Of the set: in ``mosmed`` a lesion is 1, as its description says.
    """
    held = {
        (each.study_id, task.mask): tuple(each.facts["mask"].get("labels", ()))
        for each, task in zip(looks, tasks, strict=True)
        if task.numbers is None and task.mask and isinstance(each.facts.get("mask"), dict)
    }
    filled = {key: numbers for key, numbers in held.items() if numbers}
    counts = Counter(number for numbers in filled.values() for number in numbers)
    usual = {number for number, count in counts.items() if count > OFTEN_SHARE * len(filled)}
    rare = max(1.0, RARE_SHARE * len(filled))
    found = []
    for (study_id, mask), numbers in filled.items():
        strange = [number for number in numbers if _strange(number, counts[number] <= rare, usual, layout)]
        if strange and (len(filled) >= LEAST_MASKS or layout == "mosmed"):
            labels = ", ".join(map(str, strange[:8]))
            found.append(Finding("MASK_LABEL_UNKNOWN", study_id, {"file": str(mask), "labels": labels}))
    return found


def _strange(number: int, rare: bool, usual: set[int], layout: str) -> bool:
    if layout == "mosmed" and number > CLASSES_AT_MOST:
        return True
    if number in usual or not rare:
        return False
    return layout == "mosmed" or not usual or number > max(usual) + 1
