"""What a set says of itself, against itself: README, licence, counts, Croissant, statistics."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from groundglass.datasets.documents.licences import LICENCES, licence_of
from groundglass.datasets.findings import Finding, Values
from groundglass.datasets.members import Inventory
from groundglass.datasets.statistics import statistics_of
from groundglass.datasets.validation.checksums import OWN_LIST, digest_of
from groundglass.datasets.validation.files import Tree

README = re.compile(r"(?:read\s?_?me|прочти|описание)[^/]*(?:\.(?:md|txt|rst|pdf|html|docx))?", re.IGNORECASE)
"""Names of files that describe a set, at its top."""
OWN_READMES = ("README_EN.md", "README_RU.md")
LICENCE = re.compile(r"(?:licen[cs]e|copying|лицензия)(?:[^/]*)", re.IGNORECASE)
OWN_DOCUMENTS = ("card.json", "croissant.json", "CITATION.cff", "statistics.json", "SHA256SUMS")
"""What a set of ours has beside its tables."""
TOLERANCE = 1e-6
"""Relative: statistics are written with fewer figures than they are counted with."""
_COUNT_KEYS = {"studies": "studies", "patients": "patients", "masks": "masks", "lungs": "lungs"}
_LICENCE_KEYS = ("license", "licence", "License", "Licence")
_STUDIES_STATED = re.compile(
    r"^[-*\s]*(?:Studies|Исследований|Исследования):\W{0,4}(\d[\d \u00a0\u202f,]*)", re.MULTILINE
)
_STATED_BY_OTHERS = re.compile(
    r"^(?:this |the |данный |настоящий )?(?:data ?set|set|collection|набор(?: данных)?)\b[^.\n\d]{0,40}?"
    r"(?:contains|holds|includes|comprises|consists of|содержит|включает|состоит из)\s(?:[a-zа-яё]+\s){0,2}"
    r"(\d[\d \u00a0\u202f,]*)\s(?:[a-zа-яё]+\s){0,2}(?:studies|исследовани[йея])\b"
    r"|^\|\s*(?:number of studies|studies|(?:число |количество )?исследований)\s*\|\s*(\d[\d \u00a0\u202f,]*)\|",
    re.MULTILINE | re.IGNORECASE,
)
"""A sentence or a row of a table in which others say how many studies a set has."""
_OF_DATA = re.compile(r"^(?!.*(?:\bcode\b|software|scripts?\b|код\b|программ)).*(?:licen[cs]e|лиценз).*$", re.M | re.I)
"""Lines on the licence, other than those on programs."""
_SPELLED = re.compile(
    r"\b(?:CC[ \-]?(?:BY|0)(?:[ \-](?:NC|ND|SA))*(?:[ \-]\d\.\d)?|Apache[ \-](?:License,? )?(?:Version )?2\.0"
    r"|MIT License|creativecommons\.org/(?:licenses|publicdomain)/[a-z\-]+/\d\.\d)",
    re.IGNORECASE,
)


def check_stated(tree: Tree, inventory: Inventory, digests: Mapping[str, str]) -> list[Finding]:
    """Compare what a set says of itself.

    Parameters
    ----------
    tree : Tree
        Its files.
    inventory : Inventory
        Its studies.
    digests : mapping of str to str
        SHA-256 of files that were hashed already.
    """
    findings = _readme(tree, inventory)
    findings += _licence(tree, inventory)
    if inventory.own:
        if OWN_LIST not in tree.sizes:
            findings.append(Finding("CHECKSUM_MISSING", None, {"file": OWN_LIST, "list": OWN_LIST}))
        findings += _counts(tree, inventory)
        findings += _statistics(tree, inventory)
    else:
        findings += _counts_of_others(tree, inventory)
    for name in tree.sizes:
        if PurePosixPath(name).name in ("croissant.json", "metadata.json") or name.endswith("croissant.json"):
            findings += _croissant(tree, name, digests)
    return findings


def _readme(tree: Tree, inventory: Inventory) -> list[Finding]:
    if inventory.own:
        return [
            Finding("README_MISSING", None, {"file": name})
            for name in OWN_READMES
            if name not in tree.sizes or not tree.sizes[name]
        ]
    there = any(README.fullmatch(name) and tree.sizes[name] for name in tree.sizes)
    return [] if there else [Finding("README_MISSING", None, {"file": "README"})]


def _licence(tree: Tree, inventory: Inventory) -> list[Finding]:
    """Return where the licence is missing, unknown, or said differently."""
    said: dict[str, str] = {}
    if inventory.about.licence:
        said[_manifest(tree)] = inventory.about.licence
    files = [name for name in tree.sizes if LICENCE.fullmatch(name)]
    for name in files:
        said.setdefault(name, _spelled(tree.text(name) or ""))
    for name in _readmes(tree):
        words = tree.text(name) or ""
        # Others also name licences of programs and of sets that they cite.
        found = _spelled(words if inventory.own else "\n".join(_OF_DATA.findall(words)))
        if found:
            said[name] = found
    for name in ("CITATION.cff", "croissant.json", "dataset_description.json", "card.json"):
        text = tree.text(name) if name in tree.sizes else None
        if text:
            found = _field(name, text)
            if found:
                said[name] = found
    if inventory.own and not files:
        return [Finding("LICENCE_MISSING", None, {"file": "LICENSE"})]
    if not said:
        readmes = " ".join((tree.text(n) or "") for n in tree.sizes if README.fullmatch(n) and not n.endswith(".pdf"))
        spelled = _spelled(readmes)
        if spelled:
            said["README"] = spelled
        elif re.search(r"licen[cs]e|лицензи", readmes, re.IGNORECASE):
            return [Finding("LICENCE_UNCLEAR", None, {"how": "unknown", "licence": "", "files": "README"})]
        elif any(each.code == "IMAGES_NOT_PUBLISHED" for each in inventory.findings):
            # A part of a set that was taken out of it: its licence stayed where the rest is.
            return [Finding("LICENCE_UNCLEAR", None, {"how": "not_here", "licence": "", "files": "LICENSE"})]
        else:
            return [Finding("LICENCE_MISSING", None, {"file": "LICENSE"})]
    known = {name: licence.spdx for name, text in said.items() if (licence := _licence_of(text))}
    named = {name: text for name, text in said.items() if text}
    if not known:
        values: Values = {"how": "unknown", "licence": next(iter(named.values()), "")[:80], "files": ", ".join(said)}
        # Ours name any licence in words: it is known to its maker.
        return [] if inventory.own and len(set(named.values())) == 1 else [Finding("LICENCE_UNCLEAR", None, values)]
    other = next((name for name in files if inventory.own and not said[name] and tree.sizes[name]), "")
    if other and inventory.about.licence and _licence_of(inventory.about.licence):
        # ours is the text of the licence that the manifest names
        values = {"how": "differ", "licence": inventory.about.licence, "files": f"{_manifest(tree)}, {other}"}
        return [Finding("LICENCE_UNCLEAR", None, values)]
    if len(set(known.values())) > 1:
        told = "; ".join(f"{name}: {spdx}" for name, spdx in known.items())
        return [Finding("LICENCE_UNCLEAR", None, {"how": "differ", "licence": told, "files": ", ".join(known)})]
    return []


def _readmes(tree: Tree) -> list[str]:
    return [name for name in tree.sizes if README.fullmatch(name) and not name.lower().endswith((".pdf", ".docx"))]


def _manifest(tree: Tree) -> str:
    return next(
        (name for name in ("groundglass.json", "dataset.json", "dataset_description.json") if name in tree.sizes), ""
    )


def _licence_of(text: str) -> Any:
    plain = text.strip()
    found = licence_of(plain) or licence_of(_dashed(plain))
    if found is None and "creativecommons.org" in plain:
        found = next((each for each in LICENCES.values() if _path(each.url) in plain.lower()), None)
    return found


def _dashed(text: str) -> str:
    plain = re.sub(r"[ \-]+", "-", text.upper())
    return re.sub(r"^CC(?=BY|0)", "CC-", plain).replace("CC-0", "CC0")


def _path(url: str) -> str:
    return url.removeprefix("https://").rstrip("/")


def _spelled(text: str) -> str:
    """Return the licence that a text names, "" where it names none or several."""
    found = {licence.spdx for match in _SPELLED.findall(text) if (licence := _licence_of(match))}
    for licence in LICENCES.values():
        if licence.name.lower() in " ".join(text.split()).lower():
            found.add(licence.spdx)
    # "CC BY" is in the name of longer ones too, and texts of one licence name its relatives.
    return next(iter(found)) if len(found) == 1 else ""


def _field(name: str, text: str) -> str:
    if name.endswith(".cff"):
        match = re.search(r"^license(?:-url)?:\s*[\"']?([^\"'\n]+)", text, re.MULTILINE)
        return match[1].strip() if match else ""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    value = next((content[key] for key in _LICENCE_KEYS if key in content), "") if isinstance(content, dict) else ""
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def _counts(tree: Tree, inventory: Inventory) -> list[Finding]:
    members = inventory.members
    there = {
        "studies": len(members),
        "patients": len({each.patient_id or each.study_id for each in members}),
        "masks": sum(each.mask_file is not None for each in members),
        "lungs": sum(each.lungs_file is not None for each in members),
    }
    findings = []
    for name in ("groundglass.json", "dataset.json"):
        try:
            content = tree.json(name)
        except ValueError:
            continue
        if not isinstance(content, dict) or not str(content.get("schema", "")).startswith("groundglass/"):
            continue
        counts = content.get("counts")
        for key, count in there.items():
            stated = counts.get(key) if isinstance(counts, dict) else content.get(key) if key == "patients" else None
            if isinstance(stated, int) and not isinstance(stated, bool) and stated != count:
                findings.append(
                    Finding("COUNTS_DIFFER", None, {"file": name, "what": key, "said": stated, "found": count})
                )
        grades = content.get("grades")
        if not isinstance(grades, dict):
            continue
        for grade in sorted(grades):
            count = sum(member.grade == grade for member in members)
            if grades[grade] != count:
                values: Values = {"file": name, "what": grade, "said": str(grades[grade]), "found": count}
                findings.append(Finding("COUNTS_DIFFER", None, values))
    return findings + _readme_counts(tree, inventory)


def _readme_counts(tree: Tree, inventory: Inventory) -> list[Finding]:
    """Return where a README of ours says another number of studies than there are."""
    findings = []
    for name in OWN_READMES:
        stated = _STUDIES_STATED.search((tree.text(name) or "") if name in tree.sizes else "")
        number = int(re.sub(r"\D", "", stated[1])) if stated else len(inventory.members)
        if number != len(inventory.members):
            values: Values = {"file": name, "what": "studies", "said": number, "found": len(inventory.members)}
            findings.append(Finding("COUNTS_DIFFER", None, values))
    return findings


def _counts_of_others(tree: Tree, inventory: Inventory) -> list[Finding]:
    """Return where the README of others says another number of studies than there are, once and in plain words."""
    findings = []
    for name in _readmes(tree):
        stated = {
            int(re.sub(r"\D", "", one or other)) for one, other in _STATED_BY_OTHERS.findall(tree.text(name) or "")
        }
        if len(stated) == 1 and stated != {len(inventory.members)}:
            values: Values = {"file": name, "what": "studies", "said": stated.pop(), "found": len(inventory.members)}
            findings.append(Finding("COUNTS_DIFFER", None, values))
    return findings


def _statistics(tree: Tree, inventory: Inventory) -> list[Finding]:
    if "statistics.json" not in tree.sizes:
        return []
    try:
        stated = tree.json("statistics.json")
    except ValueError:
        return [Finding("MANIFEST_DAMAGED", None, {"file": "statistics.json"})]
    if not isinstance(stated, dict):
        return [Finding("MANIFEST_DAMAGED", None, {"file": "statistics.json"})]
    counted = json.loads(json.dumps(statistics_of(inventory.members).to_json(), default=str))
    # Another version of the software counts more, or less.
    both = sorted((counted.keys() & stated.keys()) - {"funnel", "software"})
    wrong = [key for key in both if not _same(counted[key], stated[key])]
    return [Finding("STATISTICS_WRONG", None, {"file": "statistics.json", "what": key}) for key in wrong]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _croissant(tree: Tree, name: str, digests: Mapping[str, str]) -> list[Finding]:
    """Check that the files which Croissant metadata name are there and are those."""
    try:
        content = tree.json(name)
    except ValueError:
        return [Finding("CROISSANT_DAMAGED", None, {"file": name, "how": "json"})]
    if not isinstance(content, dict):
        return [Finding("CROISSANT_DAMAGED", None, {"file": name, "how": "json"})]
    if name != "croissant.json" and "conformsTo" not in content:
        return []
    distribution = content.get("distribution")
    lacking = not content.get("name") or not {"@context", "@type"} <= content.keys()
    if not isinstance(distribution, list) or lacking or _strange_columns(tree, content, PurePosixPath(name).parent):
        return [Finding("CROISSANT_DAMAGED", None, {"file": name, "how": "fields"})]
    base = PurePosixPath(name).parent
    findings = []
    for row in distribution:
        url = row.get("contentUrl") if isinstance(row, dict) else None
        if not isinstance(url, str) or "://" in url:
            continue
        path = str(base / url.removeprefix("./"))
        if ".." in PurePosixPath(path).parts or path.startswith("/"):
            findings.append(Finding("FILE_OUTSIDE", None, {"file": name}))
        elif path not in tree.sizes and not any(each.startswith(f"{path}/") for each in tree.sizes):
            findings.append(Finding("CROISSANT_DAMAGED", None, {"file": name, "how": "file", "other": path}))
        elif isinstance(row.get("sha256"), str) and path in tree.sizes:
            digest = digests.get(path) or digest_of(tree.folder / path)
            if digest != row["sha256"].lower():
                findings.append(Finding("CROISSANT_DAMAGED", None, {"file": name, "how": "digest", "other": path}))
    return findings


def _strange_columns(tree: Tree, content: Mapping[str, Any], base: PurePosixPath) -> bool:
    """Tell whether a field of Croissant metadata takes a column that its table does not have."""
    files = {
        row.get("@id"): str(base / row["contentUrl"].removeprefix("./"))
        for row in content["distribution"]
        if isinstance(row, dict) and isinstance(row.get("contentUrl"), str) and isinstance(row.get("@id"), str)
    }
    heads: dict[str, list[str]] = {}
    for records in content.get("recordSet") or ():
        fields = records.get("field") if isinstance(records, dict) else None
        for field in fields if isinstance(fields, list) else ():
            source = field.get("source") if isinstance(field, dict) else None
            of, extract = (
                (source.get("fileObject"), source.get("extract")) if isinstance(source, dict) else (None, None)
            )
            column = extract.get("column") if isinstance(extract, dict) else None
            path = files.get(of.get("@id")) if isinstance(of, dict) and isinstance(of.get("@id"), str) else None
            if not isinstance(column, str) or path not in tree.sizes or not path.endswith(".csv"):
                continue
            if path not in heads:
                first = (tree.text(path) or "").partition("\n")[0]
                heads[path] = [each.strip('\r" ') for each in first.split(",")]
            if column not in heads[path]:
                return True
    return False
