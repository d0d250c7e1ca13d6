"""Write a phantom as a study: DICOM series as a scanner sends them, and the truth beside them."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass.errors import OUTPUT_EXISTS, OUTPUT_FAILED, InputError, UnavailableError
from groundglass.phantom.options import Kernel, PhantomOptions
from groundglass.phantom.truth import Phantom
from groundglass.volume import Geometry, Volume

_WINDOW_HU: dict[Kernel, tuple[float, float]] = {"FC07": (40.0, 400.0), "FC51": (-600.0, 1500.0)}
_CURRENT_MA = (80.0, 500.0)  # Morozov et al. 2020, Table 1
_TABLE_MM_PER_S = 95.0  # 64 x 0.5 mm at pitch 95/64, 0.5 s a turn


def write(
    phantom: Phantom,
    out: Path,
    *,
    dicom: bool = True,
    localizer: bool = True,
    transfer_syntax: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a phantom whole or not at all.

    ``out/dicom/<series>/`` holds the series: the soft-tissue one, the lung one where the phantom has it, a localizer;
    ``out/truth.json`` the figures, ``out/truth/lungs.nii.gz`` (1 right, 2 left), ``lesions.nii.gz`` (1 ground glass,
    2 consolidation), ``airways.nii.gz`` and, where there is one, ``effusion.nii.gz`` the masks on the grid of the
    series as it is stored (rows and columns of a prone patient are turned).

    Parameters
    ----------
    phantom : Phantom
        What :func:`groundglass.phantom.make` gave.
    out : Path
        Folder to make.
    dicom : bool
        False writes ``volume.nii.gz`` instead of DICOM.
    localizer : bool
        Add a localizer of one picture.
    transfer_syntax : str, optional
        UID of the DICOM encoding; default explicit little endian.
    overwrite : bool
        Replace an earlier phantom.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    InputError
        ``OUTPUT_EXISTS`` if the folder is there and ``overwrite`` is off.
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    if out.exists() and not overwrite:
        raise InputError(
            OUTPUT_EXISTS, what="the folder is there already", where=out.name, todo="choose another or give --overwrite"
        )
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        aside.mkdir(parents=True)
        try:
            _write_all(phantom, aside, dicom=dicom, localizer=localizer, transfer_syntax=transfer_syntax)
            _swap(aside, out)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as reason:
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"the phantom cannot be written ({os.strerror(reason.errno or 5)})",
            where=out.name,
            todo="check room and permissions",
        ) from reason
    return out


def stored(options: PhantomOptions) -> tuple[bool, bool, bool]:
    """Return which axes (slice, row, column) of the canonical picture are turned round in the stored series."""
    prone = options.prone
    return options.position.startswith("FF"), prone, prone


def _swap(aside: Path, out: Path) -> None:
    if not out.exists():
        aside.replace(out)
        return
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    out.replace(old)
    aside.replace(out)
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old)
    else:
        old.unlink()


def _write_all(phantom: Phantom, out: Path, *, dicom: bool, localizer: bool, transfer_syntax: str | None) -> None:
    from groundglass import nifti

    options = phantom.truth.options
    flips = stored(options)
    straight = (0, 1, 2)
    truth = out / "truth"
    truth.mkdir()
    nifti.write_labels(truth / "lungs.nii.gz", phantom.lungs.reoriented(straight, flips))
    nifti.write_labels(truth / "lesions.nii.gz", phantom.lesions.reoriented(straight, flips))
    nifti.write_labels(truth / "airways.nii.gz", phantom.airways.reoriented(straight, flips))
    if phantom.effusion is not None:
        nifti.write_labels(truth / "effusion.nii.gz", phantom.effusion.reoriented(straight, flips))
    text = json.dumps(phantom.truth.as_dict(), indent=1, sort_keys=True)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    if not dicom:
        nifti.write_volume(out / "volume.nii.gz", phantom.volume.reoriented(straight, flips))
        return
    _write_dicom(phantom, out / "dicom", flips, localizer=localizer, transfer_syntax=transfer_syntax)


def _write_dicom(
    phantom: Phantom, out: Path, flips: tuple[bool, bool, bool], *, localizer: bool, transfer_syntax: str | None
) -> None:
    from pydicom.uid import ExplicitVRLittleEndian

    from groundglass.dicom.ct_writer import CTHeader, Storage, series_uids, write_series

    options = phantom.truth.options
    out.mkdir()
    syntax = transfer_syntax or str(ExplicitVRLittleEndian)
    storage = Storage(padding_hu=options.padding_hu)
    volumes = {options.kernel: phantom.volume}
    if phantom.lung_volume is not None:
        volumes["FC51"] = phantom.lung_volume
    length = phantom.volume.geometry.shape[0] * phantom.volume.geometry.spacing_mm[0]
    current = _current_ma(phantom.volume.array)
    header = CTHeader(
        seed=options.seed,
        patient_id=f"PHANTOM-{options.seed:04d}",
        sex={"male": "M", "female": "F"}[options.sex],
        patient_position=options.position,
        scan_duration_s=round(length / _TABLE_MM_PER_S, 2),
    )
    header = replace(header, study_uid=series_uids(header, phantom.volume.geometry).study)
    for number, (kernel, volume) in enumerate(volumes.items(), start=2):
        body = "BODY" if kernel == "FC07" else "LUNG"
        centre, width = _WINDOW_HU[kernel]
        one = replace(
            header,
            series_number=number,
            series_description=f"CHEST {body} {phantom.slice_thickness_mm:.1f} {kernel}",
            kernel=kernel,
            slice_thickness_mm=phantom.slice_thickness_mm,
            tube_current_ma=tuple(current[:: -1 if flips[0] else 1]),
            window_center_hu=centre,
            window_width_hu=width,
        )
        turned = volume.reoriented((0, 1, 2), flips)
        write_series(turned, out / f"{number}-{body.lower()}", header=one, transfer_syntax=syntax, storage=storage)
    if localizer:
        scout = replace(
            header,
            series_number=1,
            series_description="Scanogram",
            kernel="FL03",
            image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"),
            window_center_hu=-100.0,
            window_width_hu=700.0,
            slice_thickness_mm=1.0,
        )
        write_series(_scout(phantom.volume), out / "1-scanogram", header=scout, transfer_syntax=syntax)


def _current_ma(array: NDArray[np.int16]) -> list[float]:
    """Return the tube current of each slice, mA: more where more tissue lies in the beam, within the protocol."""
    water = np.array([np.clip(plane[::8, ::8].astype(np.int32) + 1000, 0, None).mean() for plane in array])
    relative = water / max(float(water.mean()), 1.0)
    return [float(v) for v in np.round(np.clip(200 * relative**1.5, *_CURRENT_MA))]


def _scout(volume: Volume) -> Volume:
    """Return a projection through the patient from the front, one coronal picture, head up."""
    array, geometry = volume.array, volume.geometry
    z_mm, y_mm, x_mm = geometry.spacing_mm
    tissue = np.stack([np.clip(p.astype(np.float32) + 1000, 0, 3000).sum(axis=0) for p in array]) * np.float32(y_mm)
    picture = np.clip(tissue / 260 - 1000, -1000, 2000)[::-1]
    rows = max(2, round(array.shape[0] * z_mm / x_mm))
    pick = np.minimum((np.arange(rows) + 0.5) * array.shape[0] / rows, array.shape[0] - 1).astype(int)
    picture = np.rint(picture[pick]).astype(np.int16)[None]
    affine = np.eye(4)
    step = array.shape[0] * z_mm / rows
    affine[:3, :3] = [[0, 0, x_mm], [1.0, 0, 0], [0, -step, 0]]
    top = geometry.to_mm(np.array([array.shape[0] - 1, array.shape[1] / 2, 0.0]))
    affine[:3, 3] = top
    return Volume(picture, Geometry(picture.shape, affine, geometry.frame_of_reference_uid))
