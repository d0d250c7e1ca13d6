"""What the verifier says: findings, each with a code of the table, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from groundglass.phrases import Language, say

Severity = Literal["error", "warning", "remark"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "remark": 2}


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the table of findings.

    Attributes
    ----------
    code : str
        Stable for ever.
    severity : {"error", "warning", "remark"}
        Only errors make the exit code 3.
    source : str
        What asks for it.
    """

    code: str
    severity: Severity
    source: str


CODES: dict[str, Code] = {
    row.code: row
    for row in (
        Code("L01", "error", "PS3.15 E.1.1: known identifier in an element"),
        Code("L02", "error", "PS3.15 E.1.1: known identifier among bytes that belong to no text"),
        Code("L03", "error", "PS3.15 E.1.1: known identifier in the name of a file or folder"),
        Code("L04", "error", "PS3.15 E.3.9: UID of the source"),
        Code("L05", "error", "PS3.15 E.3.6: date of the source that was not moved"),
        Code("L06", "error", "PS3.15 E.1.1: date of birth"),
        Code("L07", "error", "PS3.15 E.3.10: private text of the source"),
        Code("L08", "error", "PS3.15 E.3.1: known identifier in the pixels"),
        Code("L09", "error", "PS3.15 E.3.1: readable name, date or number in the pixels"),
        Code("L10", "error", "PS3.15 E.3.5: comment of the source, unchanged"),
        Code("L11", "error", "a planted identifier"),
        Code("L12", "error", "known identifier in another file format"),
        Code("R01", "error", "what could not be read proves nothing"),
        Code("R02", "error", "an OUT without a readable file proves nothing"),
        Code("R03", "error", "an IN without a readable file gives nothing to look for"),
        Code("R04", "error", "what cannot be decoded proves nothing"),
        Code("F01", "error", "PS3.15 E.1.1: PatientIdentityRemoved"),
        Code("F02", "error", "PS3.15 E.1.1: method or its codes"),
        Code("F03", "warning", "PS3.3 C.12.1.1: LongitudinalTemporalInformationModified"),
        Code("F04", "error", "PS3.10 7.1: preamble"),
        Code("F05", "error", "PS3.15 E.3.10: private attributes"),
        Code("F06", "warning", "PS3.15 E.1.1: person name that is no pseudonym"),
        Code("F07", "warning", "PS3.15 table E.1-1: curves, overlays"),
        Code("F08", "warning", "PS3.15 table E.1-1: attribute that the Basic Profile takes out or empties"),
        Code("F09", "error", "PS3.15 E.3.4: age above 89 years"),
        Code("F10", "error", "PS3.15 E.1.1: document that is no image"),
        Code("F11", "error", "PS3.10 7.1: private information or titles in the file meta information"),
        Code("F12", "error", "PS3.15 E.1: key or table of pseudonyms beside what was de-identified"),
        Code("F13", "error", "a link: a copy that follows it takes along what it leads to"),
        Code("F14", "error", "PS3.15 E.1.1: e-mail address or telephone number, by its form"),
        Code("F15", "error", "PS3.15 table E.1-1: attribute of identity that no option keeps"),
        Code("W01", "warning", "PS3.15 E.3.5: descriptive text of the source, unchanged"),
        Code("W02", "warning", "PS3.15 E.3.1: something written in the pixels"),
        Code("W03", "warning", "PS3.5 8.1.1: bits above BitsStored"),
        Code("W04", "warning", "relative times: one date moved by other days than the rest"),
        Code("W06", "warning", "identifiers of a source that cannot be read are not known"),
        Code("W05", "warning", "file that is neither DICOM nor a known format"),
        Code("W07", "warning", "PS3.15 E.1.1: form of an identifier that a text beside the objects of IN has"),
        Code("W08", "warning", "file that is no DICOM object and no report of the run"),
        Code("W09", "warning", "PS3.15 E.3.10: private attributes that are said to be safe (113111)"),
        Code("M01", "remark", "UID of the source, kept on purpose"),
        Code("M02", "remark", "time stamp of a file equal to that of its source"),
        Code("M03", "remark", "object without a source that can be told"),
        Code("M04", "remark", "reader of text that is not on this machine"),
        Code("M05", "remark", "pictures of IN that were not read: words that stand only there are not known"),
    )
}
"""Every code: what it stands for is said in the phrases ``verify_l01`` and so on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, in one file or many alike.

    Attributes
    ----------
    code : str
        Row of :data:`CODES`.
    file : str
        First file, by its name under OUT, or by number where that name itself gives something away.
    place : str
        Path of tags, byte offset, frame.
    kind : str
        What sort of identifier.
    value : str
        What was found; shown masked unless asked for.
    encoding : str
        How it was written, where it was not plain text.
    files : int
        In how many files.
    """

    code: str
    file: str
    place: str
    kind: str = ""
    value: str = field(default="", repr=False)
    encoding: str = ""
    files: int = 1

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return CODES[self.code].severity

    @property
    def masked(self) -> str:
        """First letter and length of the value."""
        return f"{self.value[0]}… ({len(self.value)})" if self.value else ""

    def message(self, language: Language = "en") -> str:
        """Return what is wrong and what to do, without the value."""
        return say(f"verify_{self.code.lower()}", language)

    def row(self, language: Language = "en", *, values: bool = False) -> dict[str, object]:
        """Return the finding as JSON holds it.

        Parameters
        ----------
        language : {"en", "ru"}
            Of the message.
        values : bool
            Give the value itself instead of its mask.
        """
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "files": self.files,
            "place": self.place,
            "kind": self.kind,
            "value": self.value if values else self.masked,
            "encoding": self.encoding,
            "message": self.message(language),
        }

    def key(self) -> tuple[object, ...]:
        """Return what findings are sorted by."""
        return _ORDER[self.severity], self.code, self.file, self.place, self.kind, self.value


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out.

    Attributes
    ----------
    findings : tuple of Finding
        Gravest first.
    counts : dict of str to int
        What was read: files, objects, elements, bytes, frames, identifiers.
    lang : {"en", "ru"}
        Language of the sentence.
    """

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    lang: Language = "en"

    @property
    def clean(self) -> bool:
        """Whether there is no error."""
        return not any(f.severity == "error" for f in self.findings)

    @property
    def sentence(self) -> str:
        """The outcome in a sentence that claims no more than was looked at."""
        if self.clean:
            return say("verify_nothing_found", self.lang)
        errors = sum(1 for f in self.findings if f.severity == "error")
        return say("verify_found", self.lang, errors=errors)

    def row(self, *, values: bool = False) -> dict[str, object]:
        """Return everything as JSON holds it.

        Parameters
        ----------
        values : bool
            Give identifiers themselves instead of their masks.
        """
        return {
            "clean": self.clean,
            "sentence": self.sentence,
            "read": say("verify_read", self.lang, **self.counts),
            "unseen": say("verify_unseen", self.lang),
            "counts": dict(self.counts),
            "findings": [f.row(self.lang, values=values) for f in self.findings],
        }


def merged(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings that differ only in the file as one, sorted.

    Parameters
    ----------
    findings : list of Finding
        In the order of files.
    """
    first: dict[tuple[object, ...], Finding] = {}
    files: dict[tuple[object, ...], set[str]] = {}
    for finding in findings:
        place = "" if finding.code in ("L03", "M02") else finding.place.split(" @")[0]
        key = (finding.code, place, finding.kind, "" if finding.code == "M02" else finding.value, finding.encoding)
        first.setdefault(key, finding)
        files.setdefault(key, set()).add(finding.file)
    rows = [Finding(f.code, f.file, f.place, f.kind, f.value, f.encoding, len(files[key])) for key, f in first.items()]
    return tuple(sorted(rows, key=Finding.key))
