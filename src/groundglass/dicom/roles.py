"""What kind of picture a series is, recognised by several header clues; a table, read from top to bottom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from groundglass.errors import declare

Field = Literal["sop_class", "modality", "image_type", "description", "device", "rescale_type"]
Use = Literal["yes", "last", "no"]

NOT_AN_IMAGE = declare("NOT_AN_IMAGE", "A document, presentation state or other object without CT pictures.")
LOCALIZER_ONLY = declare("LOCALIZER_ONLY", "A localizer (scout, topogram): a projection, no slices.")
SECONDARY_CAPTURE = declare("SECONDARY_CAPTURE", "A screen capture, dose sheet or other secondary picture.")
REFORMAT = declare("REFORMAT", "A reformat or an acquisition in another plane than axial.")
PROJECTION = declare("PROJECTION", "A projection through the volume: MIP, MinIP, average slab, rendering.")
THICK_SLAB = declare("THICK_SLAB", "Slabs thicker than slices in which lesions can be measured.")
CONE_BEAM = declare("CONE_BEAM", "Cone beam CT, whose numbers are not calibrated to Hounsfield units.")
SPECTRAL_MAP = declare("SPECTRAL_MAP", "A spectral map (iodine, virtual non-contrast, effective atomic number, ...).")
PERFUSION_MAP = declare("PERFUSION_MAP", "A perfusion, ventilation or other parametric map or dynamic series.")


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of series.

    Attributes
    ----------
    name : str
        Our word for it.
    use : {"yes", "last", "no"}
        ``last``: only where nothing better is there, with a warning.
    notice : str
        Phrase that says so.
    code : str
        Error code where ``use`` is "no".
    """

    name: str
    use: Use
    notice: str
    code: str = ""


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role("axial", "yes", "role_axial"),
        Role("axial_derived", "yes", "role_axial_derived"),
        Role("not_an_image", "no", "role_not_an_image", NOT_AN_IMAGE),
        Role("localizer", "no", "role_localizer", LOCALIZER_ONLY),
        Role("secondary_capture", "no", "role_secondary_capture", SECONDARY_CAPTURE),
        Role("dose_report", "no", "role_dose_report", SECONDARY_CAPTURE),
        Role("reformat", "no", "role_reformat", REFORMAT),
        Role("projection", "no", "role_projection", PROJECTION),
        Role("thick_slab", "no", "role_thick_slab", THICK_SLAB),
        Role("cone_beam", "no", "role_cone_beam", CONE_BEAM),
        Role("spectral_map", "no", "role_spectral_map", SPECTRAL_MAP),
        Role("perfusion_map", "no", "role_perfusion_map", PERFUSION_MAP),
        Role("monoenergetic", "last", "role_monoenergetic"),
        Role("attenuation_correction", "last", "role_attenuation_correction"),
        Role("expiratory", "last", "role_expiratory"),
        Role("other_plane", "last", "role_other_plane"),
    )
}


@dataclass(frozen=True, slots=True)
class Clue:
    """One way to recognise a role: a pattern in a header field, and where the habit is known from."""

    role: str
    field: Field
    pattern: re.Pattern[str]
    source: str


def _clue(role: str, field: Field, pattern: str, source: str) -> Clue:
    return Clue(role, field, re.compile(pattern, re.IGNORECASE), source)


_INSPIRATION = re.compile(r"(?<![A-Z])INSP|INHAL|(?<!Ы)ВДОХ", re.IGNORECASE)
"""A protocol named for both phases says nothing of either series."""
_MONO = r"MONO[ _-]?E|\bVMI\b|\bMONO\b|(?<!\d)\d{2,3} ?KEV|\bVMS\b|CARDIAC MONO|МОНОЭНЕРГ"
CLUES: tuple[Clue, ...] = (
    _clue(
        "not_an_image",
        "modality",
        r"^(SR|KO|PR|DOC|REG|RTSTRUCT|RTPLAN|RTDOSE|SEG|FID|PLAN|AU|HC|M3D)$",
        "PS3.3 C.7.3.1.1.1",
    ),
    _clue("not_an_image", "sop_class", r"^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88|11|66|104|481)\b", "PS3.4 B.5"),
    _clue(
        "dose_report",
        "image_type",
        r"DOSE_INFO|DOSE REPORT|PATIENT PROTOCOL|PATIENT_INFO|EXAM SUMMARY",
        "Philips, Siemens, GE",
    ),
    _clue(
        "dose_report",
        "description",
        r"\bDOSE ?(REPORT|INFO|SHEET|RECORD|SUMMARY)|PATIENT PROTOCOL|EXAM SUMMARY|ОТЧ[ЕЁ]Т О ДОЗЕ|ЛУЧЕВ\w+ НАГРУЗК",
        "vendors' names of dose sheets",
    ),
    _clue(
        "secondary_capture", "sop_class", r"^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)", "PS3.4 B.5: secondary capture"
    ),
    _clue(
        "secondary_capture",
        "image_type",
        r"SCREEN ?(SAVE|SHOT|CAPTURE)|SECONDARY\\OTHER|REF_SURVIEW|RESULTS",
        "GE, Philips, Siemens",
    ),
    _clue("localizer", "image_type", r"LOCALIZER|SCOUT|TOPOGRAM|SURVIEW|SCANO", "PS3.3 C.8.2.1.1.1; vendors"),
    _clue(
        "localizer",
        "description",
        r"\b(LOCALI[SZ]ER|SCOUT|TOPO(GRAM)?|SURVIEW|SCANO(GRAM|VIEW)?|PILOT)\b|ТОПОГРАММ|СКАНОГРАММ|"
        r"ЛОКАЛАЙЗЕР|ОБЗОРНАЯ",
        "GE, Siemens, Philips, Toshiba; Russian sites",
    ),
    _clue(
        "perfusion_map",
        "image_type",
        r"PERFUSION|\bR?CB[FV]\b|\bMTT\b|\bTTP\b|\bTMAX\b|PERMEABILITY|VENTILATION",
        "PS3.3 C.8.15.2.1.1",
    ),
    _clue("perfusion_map", "description", r"\b(CBF|CBV|MTT|TTP|TMAX|PERFUSION MAP)\b|ПЕРФУЗИ", "perfusion packages"),
    _clue(
        "projection",
        "image_type",
        r"\bMIN_?IP\b|\bMIP\b|MAX_?IP|MINIMUM|MAXIMUM|PROJECTION IMAGE|VOLUME[ _]?REND|\bVRT\b|\bSSD\b|"
        r"DERIVED.*\\3D\b|RAYSUM|\bAIP\b",
        "PS3.3 C.8.15.2.1.1; Siemens, GE, Philips",
    ),
    _clue(
        "projection",
        "description",
        r"\b(MIP|MIN ?IP|MINIP|VRT|RAYSUM|AVE?RAGE IP|VR)\b|МИП|ПРОЕКЦИ",
        "names given at the console",
    ),
    _clue(
        "spectral_map",
        "image_type",
        r"IODINE|\bIOD\b|\bVNC\b|\bVUE\b|EFFECTIVE_?Z|\bZ_?EFF|ELECTRON_?DENS|MAT_SPECIFIC|MATERIAL|URIC|"
        r"CALCIUM_?SUPP|\bPBV\b|VIRTUAL[ _]NON|LUNG_?VESSELS|OVERLAY_?IOD",
        "PS3.3 C.8.15.3.10; GE GSI, Siemens syngo.via, Philips IQon",
    ),
    _clue(
        "spectral_map",
        "description",
        r"IODINE|\bIODE\b|ЙОДН|\bVNC\b|\bVUE\b|Z[ -]?EFF|\bPBV\b|URIC ACID|CALCIUM SUPP|ELECTRON DENS|VIRTUAL NON",
        "names given at the console",
    ),
    _clue("spectral_map", "rescale_type", r"Z_EFF|^ED$|^EDW$|MGML|^PCT$", "PS3.3 C.11.1.1.2"),
    _clue("cone_beam", "image_type", r"\bCBCT\b|CONE_?BEAM|VOLUME_CBCT", "treatment-room imaging"),
    _clue("cone_beam", "description", r"\bCBCT\b|CONE[ -]?BEAM|КОНУСНО", "names given at the console"),
    _clue(
        "cone_beam",
        "device",
        r"ON[- ]?BOARD IMAGER|\bOBI\b|\bXVI\b|\bCBCT\b|\bARTIS\b|NEWTOM|KODAK 9|CARESTREAM CS|PLANMECA|"
        r"VATECH|\bHALCYON\b|ACUITY",
        "Varian, Elekta, angiography and dental units",
    ),
    _clue("monoenergetic", "image_type", r"MONO_?E|\bVMI\b|MONOENERG|VIRTUAL_MONO", "PS3.3 C.8.15.3.10"),
    _clue("monoenergetic", "description", _MONO, "GE GSI, Siemens Mono+, Philips MonoE, Canon"),
    _clue("reformat", "image_type", r"REFORMATTED|\\MPR\b|\bCSA (MPR|RESAMPLED)|CURVED|CPR", "GE, Siemens"),
    _clue(
        "attenuation_correction",
        "description",
        r"\bCT ?AC\b|\bAC ?CT\b|ATTENUATION|\bCTAC\b|AC_CT|FOR PET|CT FOR AC|WB[ _]?CT.*PET|"
        r"\bPET\b.*\bCT\b|\bAC\b.*(LOW ?DOSE|BODY|BRAIN|WB)",
        "PET/CT consoles of Siemens, GE, Philips",
    ),
    _clue(
        "expiratory",
        "description",
        r"(?<![A-Z])EXP(IR|IRATION|IRATORY|IRIUM)?(?![A-Z])|EXHAL|ВЫДОХ",
        "names given at the console",
    ),
)
"""Ordered: the first clue that fits names the role."""

OBLIQUE_DEGREES = 30.0
"""A normal further from the body axis than this is no axial slice; patients lie crooked by up to 20 degrees."""
SLAB_MM = 8.0
"""Reformats as thick slabs start at 8 to 10 mm; routine slices of old scanners end at 10 mm without overlap."""
SLAB_OVERLAP = 2.0
"""Thickness over spacing from which thick slices are overlapping slabs."""


@lru_cache(maxsize=4096)
def role_by_header(
    *, sop_class: str, modality: str, image_type: str, description: str, device: str, rescale_type: str
) -> str:
    """Return the name of the role that the header text alone gives.

    Parameters
    ----------
    sop_class, modality, rescale_type : str
        As in the header, upper case.
    image_type : str
        Values joined by backslashes.
    description : str
        SeriesDescription.
    device : str
        Manufacturer and model.
    """
    text: dict[Field, str] = {
        "sop_class": sop_class,
        "modality": modality,
        "image_type": image_type,
        "description": description.replace("_", " "),
        "device": device,
        "rescale_type": rescale_type,
    }
    for clue in CLUES:
        if clue.pattern.search(text[clue.field]):
            if clue.role == "expiratory" and _INSPIRATION.search(text[clue.field]):
                continue
            return clue.role
    return "axial_derived" if image_type.startswith("DERIVED") else "axial"
