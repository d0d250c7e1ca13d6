"""What we write as nnU-Net raw data passes nnU-Net's own check, and the check is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_layouts import made_labels, some_members, write_made
from nnunet import checked_by_nnunet

from groundglass.datasets.conversion import write_mask
from groundglass.datasets.layouts import LAYOUTS

NNUNET = LAYOUTS["nnunet"]


def test_nnunet_finds_no_fault_in_a_set_of_ours(tmp_path: Path) -> None:
    folder = write_made(tmp_path / "Dataset700_Larch", NNUNET, some_members(NNUNET), pictures=True)
    said = checked_by_nnunet(folder, tmp_path)
    assert "Error" not in said
    assert "mismatch" not in said


def test_nnunet_finds_a_label_that_the_set_does_not_name(tmp_path: Path) -> None:
    members = some_members(NNUNET)
    folder = write_made(tmp_path / "Dataset701_Larch", NNUNET, members, pictures=True)
    member = next(m for m in members if m.mask_file and m.mask_file.startswith("labelsTr"))
    labels = made_labels(0)
    array = labels.array.copy()
    array[0, 0, 0] = 7
    write_mask(folder / str(member.mask_file), labels.with_array(array))
    with pytest.raises(RuntimeError, match="unexpected labels"):
        checked_by_nnunet(folder, tmp_path)
