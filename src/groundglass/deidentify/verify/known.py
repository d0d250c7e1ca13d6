"""What the source knows of its patients: everything that must not be found again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from groundglass.deidentify.verify.attributes import (
    COMMENT,
    NOBODY,
    keyword_of,
    keywords,
    kind_of,
    names_an_attribute,
    vocabulary,
)
from groundglass.deidentify.verify.beside import forms
from groundglass.deidentify.verify.dates import readings
from groundglass.deidentify.verify.elements import Element, Parsed
from groundglass.deidentify.verify.encodings import declared_text
from groundglass.deidentify.verify.spelling import (
    has_ideographs,
    name_forms,
    names_something,
    plain,
    squeezed,
    stem_of,
    uids_in,
    words,
)

LETTERS_AT_LEAST = 3
"""Shorter words of a name stand in too many texts by chance ("Li", "Wu"); they count as parts of the whole name."""
FIGURES_AT_LEAST = 4
"""Numbers shorter than that are series, instances, measures."""
PIXELS_AT_LEAST = 4
"""Letters or figures of a word that was read in a picture; of shorter ones most are misread."""
PHONE_AT_LEAST = 6
"""Figures of a telephone number."""
TEXT_AT_LEAST = 6
"""Characters of a free or private text before it says anything."""
LONG_TEXT = 48
"""Of a longer text the two ends are searched for: one of them stands whole in a part that was kept."""
VALUE_AT_MOST_BYTES = 1 << 16
"""Longer values (tables, documents) are no identifiers."""

_PART_AT_LEAST = 5
"""Letters of a word, figures of a postcode, of an address or institution; house numbers are shorter."""
_COMMENT_WORDS = 3
"""Words of a comment that can only be a comment; a single one is a term that other attributes hold as well."""
_UID = re.compile(r"[0-2](?:\.\d+){2,}")
_UID_AT_LEAST = 8
"""Characters of a UID in an attribute of UIDs; shorter ones are dummies."""
_UID_IN_TEXT_AT_LEAST = 16
"""Characters of a UID in a text or a name; shorter ones are versions of software."""
_UUID_AT_LEAST = 1 << 64
"""A UID of the form 2.25.<number> is also searched for as that number and as a UUID, where the number is no smaller."""
_COUNTED = re.compile(r"[a-z]{0,6}\d{0,6}")
_TEXT_VRS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "CS", "UN", "OB", "", "UR"})


@dataclass(frozen=True, slots=True)
class Needle:
    """One squeezed form of an identifier.

    Attributes
    ----------
    text : str
        Letters and figures in lower case.
    kind : str
        name, id, ...
    value : str
        As the source has it.
    whole : bool
        The whole identifier; a part counts only between word boundaries.
    source : str
        Keyword or path it comes from.
    stem : bool
        A word without its ending, which up to three letters may follow.
    """

    text: str
    kind: str
    value: str = field(repr=False)
    whole: bool
    source: str
    stem: bool = False


@dataclass(slots=True)
class Patient:
    """Dates of one patient."""

    dates: set[str] = field(default_factory=set)
    births: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Known:
    """Everything known of the source.

    Attributes
    ----------
    needles : dict of str to Needle
        By squeezed form.
    raw : dict of str to Needle
        Values as they are, for the search among bytes.
    uids : set of str
        UIDs of the source that name an instance, a series, a device.
    patients : dict of str to Patient
        Dates by patient.
    """

    needles: dict[str, Needle] = field(default_factory=dict)
    raw: dict[str, Needle] = field(default_factory=dict)
    uids: set[str] = field(default_factory=set)
    patients: dict[str, Patient] = field(default_factory=dict)
    planted_dates: set[str] = field(default_factory=set)
    kept: Counter[str] = field(default_factory=Counter)
    kept_words: set[str] = field(default_factory=set)
    public: set[str] = field(default_factory=set)
    private: dict[str, str] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    pixels: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    commented: dict[str, tuple[str, bool]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    seen: set[tuple[int, str, bytes]] = field(default_factory=set)

    def gather(self, parsed: Parsed, patient: str) -> None:
        """Take up what one object of the source holds.

        Parameters
        ----------
        parsed : Parsed
            The object.
        patient : str
            Whose it is.
        """
        of = self.patients.setdefault(patient, Patient())
        for element in parsed.elements:
            value = element.value
            if element.tag >> 16 == 0x7FE0 or len(value) > VALUE_AT_MOST_BYTES:
                continue
            key = (element.tag, patient, value)
            if key in self.seen:
                continue
            self.seen.add(key)
            self._take(element, of)

    def _take(self, element: Element, of: Patient) -> None:
        kind = kind_of(element.tag, element.vr)
        if not kind and element.vr not in _TEXT_VRS and element.vr not in ("IS", "DS"):
            return
        text = declared_text(element.value, element.charset)
        if not text or not _is_text(text):
            return
        source = keyword_of(element.tag) or element.path.rsplit("/", 1)[-1]
        if kind not in ("class", "uid", "keep"):
            self.uids.update(u for u in uids_in(text) if names_something(u, letters_at_least=_UID_IN_TEXT_AT_LEAST))
        if element.private:
            self._private(element, text, source, of)
            return
        for part in text.split("\\") if element.vr not in ("ST", "LT", "UT", "UR") else [text]:
            if part := part.strip(" \0"):
                if kind in ("", "keep", "meaning", "text"):
                    self.said.add(part)
                self._sort(kind, part, source, of, element.vr)

    def _sort(self, kind: str, value: str, source: str, of: Patient, vr: str) -> None:
        if kind == "uid" and _UID.fullmatch(value) and names_something(value, letters_at_least=_UID_AT_LEAST):
            self.uids.add(value)
        elif kind in ("uid", "class"):
            return
        elif kind in ("date", "birth"):
            for meaning in readings(value):
                (of.births if kind == "birth" else of.dates).update(meaning[:1])
        elif not kind and vr not in ("IS", "DS"):
            self.public.add(squeezed(value))
        elif kind == "keep":
            self.kept[squeezed(value)] += 1
            self.kept_words.update(re.findall(r"[^\W_]+|[^\W\d_]+", plain(value)))
        elif kind == "meaning":
            self.public.add(squeezed(value))
            for meaning in readings(value):  # words of a code say nothing of a patient unless they are his name
                of.dates.update(meaning[:1])
        elif kind == "text":
            self._text(value, source, of)
        elif kind in ("name", "id", "institution", "address", "phone", "device"):
            self.add(kind, value, source)
            if kind != "phone":
                for meaning in readings(value):
                    of.dates.update(meaning[:1])

    def _text(self, value: str, source: str, of: Patient) -> None:
        for meaning in readings(value):
            of.dates.update(meaning[:1])
        form = squeezed(value)
        if source == "PatientComments":
            written = set(re.findall(r"[^\W\d_]+", value))
            for word in unknown_words(value):
                if len(word) >= _PART_AT_LEAST and not word.isdigit():
                    # what begins with a capital is a name as far as anybody can tell
                    named = any(plain(w) == word and w[0].isupper() and not w.isupper() for w in written)
                    if named or word not in self.commented:
                        self.commented[word] = (value, named)
        described = form in self.texts and COMMENT.search(source)  # another attribute describes the scan with it
        if unknown_words(value) and len(form) >= TEXT_AT_LEAST and not described:
            self.texts[form] = (value, source)

    def _private(self, element: Element, text: str, source: str, of: Patient) -> None:
        number = element.tag & 0xFFFF
        if 0x10 <= number <= 0xFF:
            return  # the name of the block
        for part in text.split("\\"):
            part = part.strip(" \0")
            if element.vr in ("PN",):
                self.add("name", part, source)
            elif element.vr in ("DA", "DT"):
                for meaning in readings(part):
                    of.dates.update(meaning[:1])
            elif element.vr in ("IS", "DS", "CS", "UI", "TM"):
                continue
            elif _says_something(part):
                self.private.setdefault(squeezed(part), source)

    def add(self, kind: str, value: str, source: str) -> None:
        """Take up one identifier.

        Parameters
        ----------
        kind : str
            name, id, institution, address, phone, device, file, planted.
        value : str
            As written.
        source : str
            Where it stands.
        """
        tight = squeezed(value)
        if not tight or tight in NOBODY or (kind != "planted" and names_an_attribute(tight, words(value))):
            return
        if kind in ("name", "planted"):
            for form, whole in name_forms(value):
                self._needle(form, kind, value, whole, source)
                if not whole and (stem := stem_of(form)) and self._worth(stem):
                    self.needles.setdefault(stem, Needle(stem, kind, value, False, source, stem=True))
        if kind == "phone":
            figures = re.sub(r"\D", "", value)
            for form in {figures, figures[-10:], figures[-7:]}:
                if len(form) >= PHONE_AT_LEAST:
                    self._needle(form, kind, value, len(form) >= 10, source)
        self._needle(tight, kind, value, True, source)
        if kind in ("id", "planted") and "^" not in value:
            for part in re.findall(r"\d{6,}", value):
                self._needle(part, kind, value, False, source)
        if kind in ("institution", "address"):
            for word in words(value):
                if len(word) >= _PART_AT_LEAST:  # words, and postcodes
                    self._needle(word, kind, value, False, source)
        if len(tight) >= FIGURES_AT_LEAST and self._worth(tight):
            for group in value.split("=") if kind == "name" else [value]:
                raw = Needle(squeezed(group), kind, value, True, source)
                for spelling in {group, group.replace("^", " ").strip(), group.replace("^", ", ", 1).strip("^, ")}:
                    if raw.text and raw.text not in NOBODY:
                        self.raw.setdefault(spelling, raw)

    def _needle(self, form: str, kind: str, value: str, whole: bool, source: str) -> None:
        if self._worth(form):
            have = self.needles.get(form)
            if have is None or (whole and not have.whole):
                self.needles[form] = Needle(form, kind, value, whole, source)

    @staticmethod
    def _worth(form: str) -> bool:
        """Return whether the form says enough to be searched for."""
        if form in NOBODY or form in vocabulary() or form in keywords() or len(set(form)) == 1:
            return False
        if form.isdigit():
            return len(form) >= FIGURES_AT_LEAST
        if has_ideographs(form):
            return len(form) >= 2
        return len(form) >= (LETTERS_AT_LEAST if form.isalpha() else FIGURES_AT_LEAST)

    def add_beside(self, data: bytes) -> None:
        """Take up a text file of the source: of what it says only forms are known.

        Parameters
        ----------
        data : bytes
            The file.
        """
        for value, form in forms(data):
            self.beside.setdefault(form, value)

    def add_pixels(self, line: str, surely: bool) -> None:
        """Take up a line of writing that stands in a picture of the source.

        Parameters
        ----------
        line : str
            As read; letters may be wrong.
        surely : bool
            It reads as a name or number; else only words are taken that no vocabulary has.
        """
        strange = [word for word in unknown_words(line) if len(word) >= PIXELS_AT_LEAST]
        form = squeezed(line)
        if strange and len(form) >= PIXELS_AT_LEAST:
            for piece in _ends(form) if surely or len(strange) > 1 else ():
                self.pixels.setdefault(piece, line)
            for word in strange:
                self.pixels.setdefault(word, line)

    def add_name_of_file(self, name: str) -> None:
        """Take up the name of a file or folder of the source, unless it is a mere count.

        Parameters
        ----------
        name : str
            Without the folders above.
        """
        stem = name
        while re.search(
            r"\.(dcm|dicom|ima|img|nii|gz|zip|tar|tgz|hdr|json|csv|xlsx|txt|pdf|png|jpe?g|tiff?)$", stem, re.I
        ):
            stem = stem.rsplit(".", 1)[0]
        for uid in uids_in(stem):
            if names_something(uid, letters_at_least=_UID_IN_TEXT_AT_LEAST):
                self.uids.add(uid)
                stem = re.sub(re.escape(uid).replace(r"\.", "[._-]"), " ", stem)
        tight = squeezed(stem)
        if len(tight) < TEXT_AT_LEAST or _COUNTED.fullmatch(tight) or not unknown_words(stem):
            return
        self.needles.setdefault(tight, Needle(tight, "file", name, True, "name of a file"))
        for meaning in readings(stem):
            self.patients.setdefault("", Patient()).dates.update(meaning[:1])

    def settle(self) -> None:
        """Drop what must not count: what the scanner's maker, model, kernel are called, and texts said in the open."""
        kept_words = self.kept_words | set(self.kept)
        for form in [f for f, n in self.needles.items() if f in kept_words and n.kind not in ("planted",)]:
            if self.needles[form].kind in ("institution", "address", "device", "file") or not self.needles[form].whole:
                del self.needles[form]
                for spelling in [s for s, n in self.raw.items() if n.text == form]:
                    del self.raw[spelling]
        for form in list(self.private):
            if form in self.kept or form in self.texts or form in self.public:
                del self.private[form]
        for form in list(self.texts):
            if form in self.kept or form in self.public:
                del self.texts[form]
        for form, (value, source) in self.texts.items():
            kind = "comment" if COMMENT.search(source) and len(words(value)) >= _COMMENT_WORDS else "text"
            for piece in _ends(form):
                self.needles.setdefault(piece, Needle(piece, kind, value, True, source))
        for form, source in self.private.items():
            for piece in _ends(form):
                self.needles.setdefault(piece, Needle(piece, "private", form, True, source))
        said = {word for text in self.said for word in words(text)}  # of which other rows tell
        for form, (value, named) in self.commented.items():
            if form not in kept_words and form not in self.public and self._worth(form):
                kind = "comment" if named else "text"
                self.needles.setdefault(form, Needle(form, kind, value, False, "PatientComments"))
        for form, line in self.pixels.items():
            if form not in kept_words and form not in said and form not in self.public and self._worth(form):
                self.needles.setdefault(form, Needle(form, "pixels", line, False, "pixels"))
        for form, value in self.beside.items():
            if form not in self.kept and form not in self.public and form not in self.needles and self._worth(form):
                self.needles[form] = Needle(form, "beside", value, True, "a text beside the objects")
        for uid in self.uids:
            figures = uid[5:] if uid.startswith("2.25.") and uid.count(".") == 2 else ""
            if figures and _UUID_AT_LEAST <= int(figures) < 1 << 128:  # PS3.5 B.2: the number of a UUID
                for piece in (figures, f"{int(figures):032x}"):
                    self.needles.setdefault(piece, Needle(piece, "uid", uid, True, "UID"))
        self.seen.clear()

    def holders(self, day: str) -> set[str]:
        """Return whose date it is."""
        return {name for name, of in self.patients.items() if day in of.dates or day in of.births}


def _compound(word: str) -> bool:
    """Return whether a word is two of the vocabulary, written together ("thorroutine")."""
    return any(word[:at] in vocabulary() and word[at:] in vocabulary() for at in range(3, len(word) - 2))


def unknown_words(text: str) -> list[str]:
    """Return words of a text that are none of the vocabulary, and long numbers."""
    return [
        word
        for word in words(text)
        if (
            len(word) >= 5
            if word.isdigit()
            else (len(word) >= 4 or has_ideographs(word)) and word not in vocabulary() and not _compound(word)
        )
    ]


def _says_something(text: str) -> bool:
    """Return whether a private text may identify somebody."""
    return (
        len(squeezed(text)) >= TEXT_AT_LEAST and len(text) <= 1024 and not _number(text) and bool(unknown_words(text))
    )


def _ends(form: str) -> set[str]:
    return {form} if len(form) <= LONG_TEXT else {form[:LONG_TEXT], form[-LONG_TEXT:]}


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_text(text: str) -> bool:
    return not any(ord(c) < 32 and c not in "\t\n\r\f\x1b" for c in text)
