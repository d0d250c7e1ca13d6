"""``croissant.json``: the set in the Croissant format 1.0 (https://mlcommons.org/croissant), for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from groundglass.datasets.documents.blocks import Bullets, Paragraph
from groundglass.datasets.documents.card_fields import CARD_FIELDS
from groundglass.datasets.documents.checksums import sums_of
from groundglass.datasets.documents.citing import address_of, bibtex_of
from groundglass.datasets.documents.licences import licence_of
from groundglass.datasets.documents.making import conversion, deidentification
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.members import SEVERAL, STUDY_FIELDS, cells
from groundglass.report.wording import clean

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""Names of the vocabulary, as the specification 1.0 lists them (appendix 1); a reader compares with exactly these."""

TABLES: Mapping[str, tuple[str, str]] = {
    "studies.csv": ("text/csv", "Every study with everything known of it."),
    "dataset_registry.csv": ("text/csv", "Registry: study, grade, files."),
    "dataset_registry.xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Registry: study, grade, files.",
    ),
    "splits.csv": ("text/csv", "Part of each study."),
    "participants.tsv": ("text/tab-separated-values", "Studies as BIDS lists them."),
    "statistics.json": ("application/json", "Numbers of the set."),
    "funnel.json": ("application/json", "How the studies were chosen."),
    "card.json": ("application/json", "Card of the set."),
    "dataset.json": ("application/json", "What the set is, for programs."),
    "groundglass.json": ("application/json", "What the set is, for programs."),
}
"""Files that are named one by one, with their media type."""
_TYPES = {"text": "sc:Text", "integer": "sc:Integer", "number": "sc:Float"}
_KINDS = (
    ("pictures", "study_file", "Pictures: NIfTI-1, gzip; voxels in HU."),
    ("masks", "mask_file", "Lesion masks: NIfTI-1, gzip; voxels are labels."),
    ("lungs", "lungs_file", "Lung masks: NIfTI-1, gzip; voxels are labels."),
)
_RAI: Mapping[str, tuple[str, ...]] = {
    "rai:dataCollection": ("collection_method", "protocol"),
    "rai:dataBiases": ("biases",),
    "rai:dataLimitations": ("limits",),
    "rai:dataUseCases": ("uses", "purposes"),
    "rai:personalSensitiveInformation": ("sensitive_information",),
    "rai:dataReleaseMaintenancePlan": ("maintenance",),
    "rai:dataAnnotationPlatform": ("mask_tool",),
    "rai:annotatorDemographics": ("grade_authors", "mask_authors"),
    "rai:dataAnnotationProtocol": (
        "verification",
        "mask_definition",
        "mask_includes",
        "mask_excludes",
        "label_criteria",
    ),
}
"""Properties of responsible AI (Croissant RAI 1.0) by the fields of the card that hold them."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CARD = {each.key: each for each in CARD_FIELDS}


def croissant_of(folder: Path, release: Release) -> dict[str, Any]:
    """Return the content of ``croissant.json``.

    Parameters
    ----------
    folder : Path
        Where the set is made; the tables that it names are there already.
    release : Release
        The version.
    """
    about, tell = release.about, Tell("en")
    licence = licence_of(about.licence)
    content: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": identifier(about.name),
        "alternateName": tell.text(about.title),
        "description": " ".join((*tell.paragraphs(about.description), *tell.paragraphs(about.purpose)))
        or tell.text(about.title)
        or clean(about.name),
        "version": clean(about.version),
        "datePublished": about.date,
        "license": (about.licence_url.strip() or licence.url)
        if licence
        else about.licence_url.strip() or about.licence,
        "url": address_of(about),
        "citeAs": clean(about.citation, 4_000) or " ".join(bibtex_of(about, "en").split()),
        "creator": [{"@type": "sc:Organization", "name": clean(each)} for each in about.authors],
        "publisher": [{"@type": "sc:Organization", "name": name}]
        if (name := tell.text(about.card.get("publisher")))
        else [],
        "keywords": list(dict.fromkeys((*tell.texts(about.card.get("keywords")), "chest CT", "NIfTI"))),
        "inLanguage": list(release.recipe.languages),
        **_rai(release, tell),
        "distribution": _distribution(folder, release),
        "recordSet": _record_sets(release),
    }
    return {key: value for key, value in content.items() if value not in ("", [], None)}


def identifier(name: str) -> str:
    """Return a name as the format takes it: letters, digits, ``-`` and ``_`` for anything else."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_") or "dataset"


def _distribution(folder: Path, release: Release) -> list[dict[str, Any]]:
    there = [name for name in TABLES if (folder / name).is_file()]
    sums = sums_of(folder, there)
    rows: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "description": TABLES[name][1],
            "contentUrl": name,
            "contentSize": f"{(folder / name).stat().st_size} B",
            "encodingFormat": TABLES[name][0],
            "sha256": sums[name],
        }
        for name in there
    ]
    for kind, attribute, words in _KINDS:
        paths = [path for each in release.members if (path := getattr(each, attribute))]
        if paths:
            rows.append(
                {
                    "@type": "cr:FileSet",
                    "@id": kind,
                    "name": kind,
                    "description": f"{words} {len(paths)} files, named in studies.csv, column {attribute}.",
                    "encodingFormat": "application/gzip",
                    "includes": patterns(paths),
                }
            )
    return rows


def patterns(paths: Sequence[str]) -> list[str]:
    """Return patterns with ``*`` that match exactly these paths among those of a set: one a folder and ending."""
    shapes: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        folder = re.sub(r"\d{3,}", "*", str(PurePosixPath(path).parent))
        shapes.setdefault((folder, re.sub(r"\d{3,}", "*", PurePosixPath(path).name)), []).append(path)
    return sorted(f"{folder}/{name}" if folder != "." else name for folder, name in shapes)


def _record_sets(release: Release) -> list[dict[str, Any]]:
    rows = [cells(each) for each in release.members]
    columns = [(each.name, _TYPES[each.kind], each.en) for each in STUDY_FIELDS]
    own = {each.name for each in STUDY_FIELDS}
    further = sorted({name for row in rows for name in row} - own)
    columns += [
        (name, _type_of([row.get(name, "") for row in rows]), "From the tables of the makers.") for name in further
    ]
    sets: list[dict[str, Any]] = [
        {
            "@type": "cr:RecordSet",
            "@id": "studies",
            "name": "studies",
            "description": "One record a study. Fields that end in _file are paths in the set.",
            "key": {"@id": "studies/study_id"},
            "field": [_field(name, kind, words) for name, kind, words in columns],
        }
    ]
    parts = dict(sorted(Counter(each.split for each in release.members if each.split).items()))
    if parts:
        sets[0]["field"][[name for name, _, _ in columns].index("split")]["references"] = {
            "field": {"@id": "splits/name"}
        }
        sets.append(
            {
                "@type": "cr:RecordSet",
                "@id": "splits",
                "name": "splits",
                "description": "Parts of the set; every patient is in one.",
                "dataType": "cr:Split",
                "key": {"@id": "splits/name"},
                "field": [
                    {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"},
                    {"@type": "cr:Field", "@id": "splits/studies", "name": "studies", "dataType": "sc:Integer"},
                ],
                "data": [{"splits/name": name, "splits/studies": count} for name, count in parts.items()],
            }
        )
    return sets


def _field(name: str, kind: str, words: str) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": "studies.csv"}, "extract": {"column": name}}
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"studies/{name}",
        "name": name,
        "description": words,
        "dataType": kind,
        "source": source,
    }
    if name in SEVERAL:
        source["transform"] = {"separator": ";"}
        made["repeated"] = True
    return made


def _type_of(values: Sequence[str]) -> str:
    known = [value for value in values if value]
    if known and all(re.fullmatch(r"-?(0|[1-9]\d{0,15})", value) for value in known):
        return "sc:Integer"
    if known and all(re.fullmatch(r"-?(0|[1-9]\d{0,15})(\.\d+)?", value) for value in known):
        return "sc:Float"
    return "sc:Text"


def _rai(release: Release, tell: Tell) -> dict[str, Any]:
    """Return the properties of responsible AI that are known."""
    from groundglass.datasets.documents.card import shown

    card = release.about.card
    made: dict[str, Any] = {}
    for name, keys in _RAI.items():
        said = [
            f"{_CARD[key].en}: {text}" for key in keys if key in card and (text := shown(_CARD[key], card[key], tell))
        ]
        if said:
            made[name] = " ".join(said) if name in _SINGLE else said
    for key in ("readers_per_mask", "readers_per_study"):
        if key in card:
            made["rai:annotationsPerItem"] = f"{_CARD[key].en}: {card[key]}"
    period = card.get("collection_period", {})
    if days := [text for text in period.values() if _DAY.fullmatch(str(text))]:
        made["rai:dataCollectionTimeFrame"] = days
    made["rai:dataPreprocessingProtocol"] = _sentences(release, tell)
    if any("analysis" in (each.grade_source, each.mask_source) for each in release.members):
        made["rai:machineAnnotationTools"] = [clean(release.software)]
    return made


_SINGLE = frozenset({"rai:dataCollection", "rai:dataReleaseMaintenancePlan"})
"""Properties of one text; the others take several."""


def _sentences(release: Release, tell: Tell) -> list[str]:
    made: list[str] = []
    for block in (*conversion(release, tell), *deidentification(release, tell)):
        if isinstance(block, Bullets):
            made += block.items
        elif isinstance(block, Paragraph):
            made.append(block.text)
    return made
