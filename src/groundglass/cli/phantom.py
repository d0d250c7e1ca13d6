"""``groundglass phantom``: a digital chest with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def phantom(
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])],
    slices: int = 400,
    rows: int = 512,
    spacing_mm: float | None = None,
    field_of_view_mm: float | None = None,
    grade: Literal["CT-0", "CT-1", "CT-2", "CT-3", "CT-4"] | None = None,
    involvement: float | None = None,
    consolidation_share: float | None = None,
    effusion_ml: float = 0.0,
    seed: int = 7,
    variant: Literal["train", "test"] = "train",
    noise_hu: float = 10.0,
    kernel: Literal["FC07", "FC51"] = "FC07",
    lung_series: bool = True,
    localizer: bool = True,
    size: Literal["small", "medium", "large"] = "medium",
    sex: Literal["male", "female"] = "male",
    breath: float = 1.0,
    position: Literal["HFS", "HFP", "FFS", "FFP"] = "HFS",
    coverage: Literal["whole", "upper", "lower", "abdomen"] = "whole",
    missing_lung: Literal["right", "left"] | None = None,
    situs_inversus: Annotated[bool, Parameter(negative=())] = False,
    nifti: Annotated[bool, Parameter(negative=())] = False,
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Make a digital chest with known truth: a study as the scanning protocol gives it, and its masks and figures.

    Parameters
    ----------
    out : Path
        Folder to make: dicom/, truth.json, truth/*.nii.gz.
    slices : int
        Number of slices.
    rows : int
        Rows, and columns, of a slice.
    spacing_mm : float
        Distance of slices, mm; default 320 / slices (0.8 for 400).
    field_of_view_mm : float
        Side of a slice, mm; default one centimetre beyond the chest, within 350 to 500.
    grade : str
        Wanted grade; the involvement is drawn inside its range. Without grade and involvement: healthy lungs.
    involvement : float
        Wanted percent of the lungs; wins over the grade.
    consolidation_share : float
        Part of the lesions that is consolidation, 0 to 0.9; drawn where not given.
    effusion_ml : float
        Pleural effusion, ml.
    seed : int
        The same seed and options give the same bytes.
    variant : str
        Two chests that differ in anatomy, vessels, texture and lesions.
    noise_hu : float
        Noise at 5 mm, HU.
    kernel : str
        Reconstruction of the main series.
    lung_series : bool
        Add the lung reconstruction, FC51.
    localizer : bool
        Add a localizer.
    size : str
        Size of the patient.
    sex : str
        Female adds breasts.
    breath : float
        0 full expiration to 1 full inspiration.
    position : str
        DICOM patient position.
    coverage : str
        Part of the chest that is scanned.
    missing_lung : str
        A lung that was taken out.
    situs_inversus : bool
        Mirror the patient.
    nifti : bool
        Write volume.nii.gz instead of DICOM.
    overwrite : bool
        Replace an earlier phantom.
    json : bool
        Print the truth as JSON.
    """
    import json as json_text
    import sys

    from groundglass.errors import OUTPUT_EXISTS, InputError
    from groundglass.phantom import PhantomOptions, make, write

    options = PhantomOptions(
        slices=slices,
        rows=rows,
        spacing_mm=spacing_mm,
        field_of_view_mm=field_of_view_mm,
        grade=grade,
        involvement=involvement,
        consolidation_share=consolidation_share,
        effusion_ml=effusion_ml,
        seed=seed,
        variant=variant,
        noise_hu=noise_hu,
        kernel=kernel,
        lung_series=lung_series and kernel != "FC51" and not nifti,
        size=size,
        sex=sex,
        breath=breath,
        position=position,
        coverage=coverage,
        missing_lung=missing_lung,
        situs_inversus=situs_inversus,
    )
    if out.exists() and not overwrite:
        raise InputError(
            OUTPUT_EXISTS, what="the folder is there already", where=out.name, todo="choose another or give --overwrite"
        )
    made = make(options)
    write(made, out, dicom=not nifti, localizer=localizer, overwrite=overwrite)
    truth = made.truth
    if json:
        sys.stdout.write(json_text.dumps(truth.as_dict(), sort_keys=True) + "\n")
    else:
        sys.stdout.write(
            f"{out}: {truth.grade}, {truth.involvement_percent:.1f} % of {truth.lungs_ml:.0f} ml lung, "
            f"ground glass {truth.ground_glass_ml:.0f} ml, consolidation {truth.consolidation_ml:.0f} ml\n"
        )
    return 0
