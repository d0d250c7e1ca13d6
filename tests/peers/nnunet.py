"""nnU-Net's own check of raw data, run as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from programs import absent

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "nnunet"
_DONE = "verify_dataset_integrity Done"
_SCRIPT = """
import sys
from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
if __name__ == "__main__":
    verify_dataset_integrity(sys.argv[1], num_processes=1)
"""


def checked_by_nnunet(folder: Path, scratch: Path) -> str:
    """Return what nnU-Net says of a folder of raw data; the test is left where nnU-Net is not installed.

    Raises
    ------
    RuntimeError
        If it finds a fault, or cannot be run.
    """
    if not (FOLDER / ".installed").is_file():
        absent("nnU-Net is missing: run scripts/install-nnunet")
    script = scratch / "check_raw_data.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    places = {f"nnUNet_{name}": str(scratch / name) for name in ("raw", "preprocessed", "results")}
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        env=os.environ | places | {"PYTHONPATH": str(FOLDER), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode or _DONE not in done.stdout:
        raise RuntimeError(f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return done.stdout
