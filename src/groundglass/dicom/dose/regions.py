"""From what a dose object says of the place scanned to the parts of the body: two tables, codes and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from groundglass.dicom.dose.content import Coded

PARTS: Final = ("head", "neck", "chest", "abdomen", "pelvis", "extremity")
"""From head to feet; a region is a choice of these in this order, or ``whole_body`` alone."""
WHOLE_BODY: Final = ("whole_body",)
Region = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One place of PS3.16 CID 4030, 4031: SNOMED RT as older objects have it, SNOMED CT, and its parts."""

    srt: str
    sct: tuple[str, ...]
    meaning: str
    region: Region


_HEAD: Region = ("head",)
_NECK: Region = ("neck",)
_CHEST: Region = ("chest",)
_ABDOMEN: Region = ("abdomen",)
_PELVIS: Region = ("pelvis",)
_LIMB: Region = ("extremity",)

CODES: tuple[CodeRow, ...] = (
    CodeRow("T-D1100", ("69536005",), "Head", _HEAD),
    CodeRow("T-A0100", ("12738006",), "Brain", _HEAD),
    CodeRow("T-11100", ("89546000",), "Skull", _HEAD),
    CodeRow("T-11196", ("91397008",), "Facial bones", _HEAD),
    CodeRow("T-22000", ("2095001",), "Paranasal sinus", _HEAD),
    CodeRow("T-D14AE", ("363654007",), "Orbital structure", _HEAD),
    CodeRow("T-AA000", ("81745001",), "Eye", _HEAD),
    CodeRow("T-D1213", ("661005",), "Jaw region", _HEAD),
    CodeRow("T-11180", ("91609006",), "Mandible", _HEAD),
    CodeRow("T-11170", ("70925003",), "Maxilla", _HEAD),
    CodeRow("T-D1460", ("42575006",), "Sella turcica", _HEAD),
    CodeRow("T-AB959", ("361078006",), "Internal Auditory Canal", _HEAD),
    CodeRow("T-11133", ("59066005",), "Mastoid bone", _HEAD),
    CodeRow("T-A6000", ("113305005",), "Cerebellum", _HEAD),
    CodeRow("T-45520", ("11279006",), "Circle of Willis", _HEAD),
    CodeRow("T-D1200", ("89545001",), "Face", _HEAD),
    CodeRow("T-D1600", ("45048000",), "Neck", _NECK),
    CodeRow("T-11501", ("122494005",), "Cervical spine", _NECK),
    CodeRow("T-24100", ("4596009",), "Larynx", _NECK),
    CodeRow("T-B6000", ("69748006",), "Thyroid", _NECK),
    CodeRow("T-45010", ("69105007",), "Carotid Artery", _NECK),
    CodeRow("T-D1000", ("774007",), "Head and Neck", ("head", "neck")),
    CodeRow("T-D3000", ("816094009", "51185008"), "Chest", _CHEST),
    CodeRow("T-28000", ("39607008",), "Lung", _CHEST),
    CodeRow("T-32000", ("80891009",), "Heart", _CHEST),
    CodeRow("T-43000", ("41801008",), "Coronary artery", _CHEST),
    CodeRow("T-D3300", ("72410000",), "Mediastinum", _CHEST),
    CodeRow("T-42070", ("113262008",), "Thoracic aorta", _CHEST),
    CodeRow("T-42300", ("57034009",), "Aortic arch", _CHEST),
    CodeRow("T-44000", ("81040000",), "Pulmonary artery", _CHEST),
    CodeRow("T-11502", ("122495006",), "Thoracic spine", _CHEST),
    CodeRow("T-04000", ("76752008",), "Breast", _CHEST),
    CodeRow("T-26000", ("955009",), "Bronchus", _CHEST),
    CodeRow("T-25000", ("44567001",), "Trachea", ("neck", "chest")),
    CodeRow("T-56000", ("32849002",), "Esophagus", _CHEST),
    CodeRow("T-11210", ("56873002",), "Sternum", _CHEST),
    CodeRow("T-11300", ("113197003",), "Rib", _CHEST),
    CodeRow("T-D4000", ("818981001", "113345001"), "Abdomen", _ABDOMEN),
    CodeRow("T-62000", ("10200004",), "Liver", _ABDOMEN),
    CodeRow("T-71000", ("64033007",), "Kidney", _ABDOMEN),
    CodeRow("T-65000", ("15776009",), "Pancreas", _ABDOMEN),
    CodeRow("T-C3000", ("78961009",), "Spleen", _ABDOMEN),
    CodeRow("T-B3000", ("23451007",), "Adrenal gland", _ABDOMEN),
    CodeRow("T-57000", ("69695003",), "Stomach", _ABDOMEN),
    CodeRow("T-63000", ("28231008",), "Gallbladder", _ABDOMEN),
    CodeRow("T-42500", ("7832008",), "Abdominal aorta", _ABDOMEN),
    CodeRow("T-11503", ("122496007",), "Lumbar spine", _ABDOMEN),
    CodeRow("", ("1217253001",), "Lumbo-sacral spine", ("abdomen", "pelvis")),
    CodeRow("T-59300", ("71854001",), "Colon", ("abdomen", "pelvis")),
    CodeRow("T-D6000", ("816092008", "12921003"), "Pelvis", _PELVIS),
    CodeRow("T-74000", ("89837001",), "Bladder", _PELVIS),
    CodeRow("T-92000", ("41216001",), "Prostate", _PELVIS),
    CodeRow("T-83000", ("35039007",), "Uterus", _PELVIS),
    CodeRow("T-59600", ("34402009",), "Rectum", _PELVIS),
    CodeRow("T-11AD0", ("54735007",), "Sacrum", _PELVIS),
    CodeRow("T-15680", ("39723000",), "Sacroiliac joint", _PELVIS),
    CodeRow("T-D2500", ("29836001",), "Hip", _PELVIS),
    CodeRow("T-15710", ("24136001",), "Hip joint", _PELVIS),
    CodeRow("R-FAB57", ("818982008", "416949008"), "Abdomen and Pelvis", ("abdomen", "pelvis")),
    CodeRow("R-FAB55", ("416550000",), "Chest and Abdomen", ("chest", "abdomen")),
    CodeRow("R-FAB56", ("416775004",), "Chest, Abdomen and Pelvis", ("chest", "abdomen", "pelvis")),
    CodeRow("R-FAB52", ("417437006",), "Neck and Chest", ("neck", "chest")),
    CodeRow("R-FAB53", ("416152001",), "Neck, Chest and Abdomen", ("neck", "chest", "abdomen")),
    CodeRow("R-FAB54", ("416319003",), "Neck, Chest, Abdomen and Pelvis", ("neck", "chest", "abdomen", "pelvis")),
    CodeRow("", ("1217257000",), "Cervico-thoracic spine", ("neck", "chest")),
    CodeRow("", ("1217256009",), "Thoraco-lumbar spine", ("chest", "abdomen")),
    CodeRow("T-D0010", ("38266002",), "Entire body", WHOLE_BODY),
    CodeRow("T-D0300", ("66019005",), "Extremity", _LIMB),
    CodeRow("T-D8000", ("53120007",), "Upper limb", _LIMB),
    CodeRow("T-D9000", ("61685007",), "Lower limb", _LIMB),
    CodeRow("T-D9200", ("72696002",), "Knee", _LIMB),
    CodeRow("T-15750", ("70258002",), "Ankle joint", _LIMB),
    CodeRow("T-D9700", ("56459004",), "Foot", _LIMB),
    CodeRow("T-D8700", ("85562004",), "Hand", _LIMB),
    CodeRow("T-15460", ("74670003",), "Wrist joint", _LIMB),
    CodeRow("T-15430", ("16953009",), "Elbow joint", _LIMB),
    CodeRow("T-D9100", ("68367000",), "Thigh", _LIMB),
)
"""Places of PS3.16 CID 4030 and 4031 that a CT is made of. Spine belongs to the part of the trunk it runs through; a
shoulder has no row, since neck, chest and arm all lie in its beam."""

_BY_CODE = {code: row.region for row in CODES for code in (row.srt, *row.sct) if code}


@dataclass(frozen=True, slots=True)
class WordRow:
    """Words of a region in protocol names and BodyPartExamined, as a pattern over upper-case text."""

    region: Region
    pattern: re.Pattern[str]
    source: str


def _words(region: Region, pattern: str, source: str) -> WordRow:
    return WordRow(region, re.compile(pattern), source)


_B, _E = r"(?<![A-ZА-ЯЁ])(?:", r")(?![A-ZА-ЯЁ])"
# AB[D]: three letters that the spelling check would take for a slip
WORDS: tuple[WordRow, ...] = (
    _words(
        ("chest", "abdomen", "pelvis"),
        _B + r"C ?/ ?A ?/ ?P|CAP|TAP|CH ?/ ?AB[D] ?/ ?PEL\w*|CHESTABDPELVIS|TRUNK|BODY TRUNK|ТУЛОВИЩ\w*" + _E,
        "PS3.16 table L-1; protocol names",
    ),
    _words(("chest", "abdomen"), _B + r"C ?/ ?A(?! ?/ ?P)|CHESTABDOMEN|THORACOABD\w*" + _E, "protocol names"),
    _words(
        ("abdomen", "pelvis"), _B + r"KUB|ABDOMENPELVIS|ABDPEL\w*|ОБП И ОМТ" + _E, "PS3.16 table L-1; protocol names"
    ),
    _words(("neck", "chest", "abdomen", "pelvis"), _B + r"NECKCHESTABDPELV" + _E, "PS3.16 table L-1"),
    _words(("neck", "chest", "abdomen"), _B + r"NECKCHESTABDOMEN" + _E, "PS3.16 table L-1"),
    _words(("neck", "chest"), _B + r"NECKCHEST|CTSPINE" + _E, "PS3.16 table L-1"),
    _words(("head", "neck"), _B + r"HEADNECK" + _E, "PS3.16 table L-1"),
    _words(
        _HEAD,
        _B
        + r"HEAD|BRAIN|SKULL|CRANI\w*|CEREB\w*|NEURO|SINUS(?:ES)?|PNS|ORBITS?|FACE|FACIAL|MANDIBLE|MAXILLA|DENTAL|IAM|"
        r"IAC|TEMPORAL|PETROUS|KOPF|SCHÄDEL|TÊTE|ГОЛОВ\w*|ГОЛОВНОЙ|МОЗГ\w*|ЧЕРЕП\w*|ПАЗУХ\w*|ОРБИТ\w*|ГМ|ППН" + _E,
        "PS3.16 table L-1; protocol names",
    ),
    _words(
        _NECK,
        _B + r"NECK|C ?-?SPINE|CSPINE|CERVICAL|CAROTIDS?|LARYNX|THYROID|HALS|HWS|COU|ШЕ[ЯИЮЕ]|ШЕЙН\w*|ГОРТАН\w*" + _E,
        "same",
    ),
    _words(
        _CHEST,
        _B + r"CHEST|THORA\w*|LUNGS?|PULM\w*|CARDIAC|CARDIO|HEART|CORONAR\w*|CTPA|HRCT|MEDIASTIN\w*|STERNUM|RIBS?|"
        r"T ?-?SPINE|TSPINE|BWS|LUNGE|POUMON|RESPIRATORY|ГРУД\w*|ЛЕГК\w*|ЛЁГК\w*|ОГК|СЕРДЦ\w*|КОРОНАР\w*" + _E,
        "same",
    ),
    _words(
        _ABDOMEN,
        _B + r"AB[D](?:O|OM|OMEN|OMINAL)?|LIVER|KIDNEYS?|RENAL|PANCREAS|SPLEEN|ADRENALS?|UROGRA\w*|L ?-?SPINE|LSPINE|"
        r"LUMBAR|LWS|OBERBAUCH|BRZUCH|ЖИВОТ\w*|БРЮШН\w*|ОБП|ПЕЧЕН\w*|ПОЧ(?:КИ|ЕК|ЕЧН\w*)|ПОЯСНИЧН\w*" + _E,
        "same",
    ),
    _words(_PELVIS, _B + r"PELV\w*|BLADDER|PROSTATE|HIPS?|SACR\w*|BECKEN|ТАЗ\w*|ОМТ|МАЛОГО ТАЗА|КРЕСТ\w*" + _E, "same"),
    _words(
        _LIMB,
        _B
        + r"EXTREMIT\w*|KNEES?|FOOT|FEET|ANKLE|HANDS?|WRIST|ELBOW|FEMUR|TIBIA|HUMERUS|КОНЕЧНОСТ\w*|КОЛЕН\w*|СТОП\w*"
        + _E,
        "same",
    ),
    _words(WHOLE_BODY, _B + r"WHOLE ?BODY|WB|ENTIRE BODY|TOTAL BODY|ВС[ЕЁ] ТЕЛО" + _E, "same"),
)
"""Every row that fits adds its parts: a scan of neck and chest names both."""


def region_of_code(coded: Coded) -> Region:
    """Return the parts that a coded entry stands for, by its code, else by its meaning; empty for an unknown one."""
    known = _BY_CODE.get(coded.value.strip())
    return known if known is not None else region_of_text(coded.meaning)


def region_of_text(text: str) -> Region:
    """Return the parts that a protocol name or a body part names; empty where it names none.

    Parameters
    ----------
    text : str
        Any text; ``whole_body`` stands alone where it is named.
    """
    upper = text[:256].upper().replace("_", " ").replace("^", " ")
    found = {part for row in WORDS if row.pattern.search(upper) for part in row.region}
    if set(WHOLE_BODY) & found:
        return WHOLE_BODY
    return tuple(part for part in PARTS if part in found)


def region_name(region: Region) -> str | None:
    """Return the name of a region in results, ``chest`` or ``chest_abdomen_pelvis``; None for an unknown one."""
    return "_".join(region) or None
