"""Invented identifiers: unique, searchable, of the form that real ones have."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

Kind = Literal[
    "name",
    "id",
    "date",
    "address",
    "phone",
    "institution",
    "accession",
    "email",
    "serial",
    "station",
    "number",
]
Script = Literal["latin", "cyrillic", "chinese", "japanese", "korean", "none"]

YEARS = (1927, 1939, 1951, 1963, 1975, 2039, 2051, 2063)
"""Years of planted dates: twelve apart, so that no planted date that was moved back by 1 to 10 years is another one."""

_LATIN = [
    "ba", "be", "bo", "bra", "cha", "da", "do", "dre", "fe", "fo", "ga", "go", "gri", "ha", "ka", "kle", "la",
    "lo", "ma", "mi", "mo", "na", "ne", "no", "pa", "pe", "pra", "ra", "ri", "ro", "sa", "so", "sta", "ta", "ti",
    "tra", "va", "ve", "vo", "za", "ze", "zu",
]  # fmt: skip
_LATIN_ENDS = [
    "vrekov", "zhinsky", "dlenko", "ghaarts", "bjerksen", "qvistad", "xhelaj", "mpolini", "drescu", "kvaridze",
    "wyczak", "fjordal",
]  # fmt: skip
_LATIN_GIVEN = [
    "varnia", "lgimir", "zabeth", "ndrusha", "fronius", "melinde", "stovald", "grunhilde", "tomasz", "vessela",
    "xandrine",
]  # fmt: skip
_CYRILLIC = [
    "ба", "бе", "бо", "бра", "ве", "во", "га", "гри", "да", "до", "дре", "жа", "зо", "ка", "ко", "кра", "ла",
    "ло", "ма", "ми", "мо", "на", "не", "но", "па", "пра", "ра", "ро", "са", "со", "ста", "та", "ти", "тра", "ха",
    "че", "ша",
]  # fmt: skip
_CYRILLIC_ENDS = [
    "ждынский", "вренко", "хвощев", "цыганюк", "щербацкая", "мышляев", "журбинин", "гдуевич", "жёлобов",
]  # fmt: skip
_CYRILLIC_GIVEN = [
    "ндроний", "лмогена", "фросинья", "вгустин", "лентина", "рхипиада", "ракселина",
]  # fmt: skip
_SURNAMES = [
    "欧阳", "司马", "诸葛", "上官", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "钟离", "宇文",
]  # fmt: skip
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文辉岚峻泽昊琳瑶璐晖钧铭翰宸"
_KANJI = [
    "長谷", "佐々木", "小笠", "宇都", "五十嵐", "西園",
]  # fmt: skip
_KANJI_GIVEN = "山川田村本野原島林森岡"
_HANGUL = "가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후"
_PLACES = {"latin": ["allee", "strasse", "gasse", "weg"], "cyrillic": ["ская", "овая", "инская"]}
_DATE_FORMS = ("%Y%m%d", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%d-%b-%Y", "%B %d, %Y", "%Y/%m/%d")
_MONTHS_RU = [
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
]  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One planted identifier.

    Attributes
    ----------
    value : str
        As it was planted.
    tokens : tuple of str
        Any of them, found anywhere, is a leak; one of digits counts only where no digit stands beside it.
    place : str
        Class of the place.
    where : str
        The place itself: path of tags, layout, name.
    vr, depth, creator, charset
        Of the element, where it is one.
    file : str
        The planted file, below the planted folder.
    known : bool
        Whether the same identifier stands in an attribute of the file that says what it is (PatientName and the like).
    kept : bool
        Planted in an attribute that the default profile keeps: counted apart.
    pixels : dict
        Of words in pictures: what is needed to draw them again.
    """

    value: str
    kind: Kind
    script: Script
    tokens: tuple[str, ...]
    place: str = ""
    where: str = ""
    vr: str = ""
    depth: int = 0
    creator: str = ""
    charset: str = ""
    file: str = ""
    known: bool = False
    kept: bool = False
    pixels: dict[str, int | str] = field(default_factory=dict)

    def at(self, place: str, where: str = "", **more: object) -> Mark:
        """Return the same identifier in a place."""
        return replace(self, place=place, where=where, **more)  # type: ignore[arg-type]  # names of fields


class Mint:
    """Invents identifiers, each once.

    Parameters
    ----------
    seed : int
        The same seed, the same identifiers.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._used: set[str] = set()
        days = [date(year, 1, 2) + timedelta(days) for year in YEARS for days in range(362)]
        self._dates = self.random.sample(days, len(days))
        self._turn = 0

    def script(self) -> Script:
        """Return a script, each in its turn."""
        self._turn += 1
        scripts: tuple[Script, ...] = ("latin", "cyrillic", "chinese", "latin", "cyrillic")
        return scripts[self._turn % len(scripts)]

    def word(self, script: Script, *, given: bool = False) -> str:
        """Return an invented name that no text has by chance."""
        pick = self.random.choice
        while True:
            if script == "chinese":
                made = pick(_GIVEN) + pick(_GIVEN) if given else pick(_SURNAMES)
            elif script == "japanese":
                made = pick(_KANJI_GIVEN) + pick(_KANJI_GIVEN) if given else pick(_KANJI)
            elif script == "korean":
                made = "".join(self.random.sample(_HANGUL, 4))
            elif script == "cyrillic":
                ends = _CYRILLIC_GIVEN if given else _CYRILLIC_ENDS
                made = (pick(_CYRILLIC) + pick(_CYRILLIC) + pick(ends)).capitalize()
            else:
                made = (pick(_LATIN) + pick(_LATIN) + pick(_LATIN_GIVEN if given else _LATIN_ENDS)).capitalize()
            if script in ("chinese", "japanese") or self._new(made):
                return made

    def name(self, script: Script | None = None) -> Mark:
        """Return a person's name as PN has it: family^given, with component groups now and then."""
        script = script or self.script()
        while True:
            family, given = self.word(script), self.word(script, given=True)
            if script not in ("chinese", "japanese"):
                return Mark(f"{family}^{given}", "name", script, (family, given))
            if self._new(family + given):
                break
        return Mark(f"{family}^{given}", "name", script, (family + given, f"{family}^{given}", f"{family} {given}"))

    def groups(self, script: Script) -> Mark:
        """Return a name in two component groups, letters and the script's own (PS3.5 6.2.1.1)."""
        own, latin = self.name(script), self.name("latin")
        return Mark(f"{latin.value}={own.value}", "name", script, own.tokens + latin.tokens)

    def plain(self, script: Script | None = None) -> Mark:
        """Return a name as a text has it."""
        mark = self.name(script)
        joined = mark.tokens[0] if mark.script in ("chinese", "japanese") else " ".join(reversed(mark.value.split("^")))
        return replace(mark, value=joined)

    def number(self, digits: int = 9) -> Mark:
        """Return an identifier of digits only, as fits IS."""
        while True:
            made = str(self.random.randint(10 ** (digits - 1), min(10**digits - 1, 2**31 - 1)))
            if self._new(made) and not re.match(r"(19|20)\d\d[01]\d[0-3]\d", made):
                return Mark(made, "number", "none", (made,))

    def identifier(self, script: Script = "latin") -> Mark:
        """Return a patient's or other number as hospitals write it."""
        forms = ["{a}-{b}-{c}", "MRN{a}{b}{c}", "{a}{b}/{c}", "P{c}.{a}{b}", "{a}{b}{c}{a}"]
        if script == "cyrillic":
            forms = ["ИБ-{a}{b}-{c}", "ЗАО{a}{b}{c}"]
        while True:
            a, b, c = (self.random.randint(100, 999), self.random.randint(10, 99), self.random.randint(1000, 9999))
            made = self.random.choice(forms).format(a=a, b=b, c=c)
            if self._new(made):
                return Mark(made, "id", script, (made,))

    def accession(self) -> Mark:
        """Return an accession number."""
        return self._numbered("accession", "RIS{}", "ACC-{}-K", "A{}")

    def serial(self) -> Mark:
        """Return a serial number of a device."""
        return self._numbered("serial", "SN-{}-KX", "Z{}TQ", "{}B7")

    def station(self) -> Mark:
        """Return an AE title or the name of a station, 16 characters at most (PS3.5 6.2)."""
        word = self.word("latin")[:10].upper() + str(self.random.randint(10, 99))
        self._used.add(word)
        return Mark(word, "station", "latin", (word,))

    def phone(self) -> Mark:
        """Return a telephone number."""
        forms = ("+7 (495) {a}-{b}-{c}", "+49 89 {c}{b} {a}{b}", "8 800 {a} {b} {c}", "138-{a}{b}-{c}{b}")
        while True:
            a, b, c = (self.random.randint(100, 999), self.random.randint(10, 99), self.random.randint(10, 99))
            made = self.random.choice(forms).format(a=a, b=b, c=c)
            digits = re.sub(r"\D", "", made)
            if self._new(digits):
                return Mark(made, "phone", "none", (made, digits, made.replace("(", "\\(").replace(")", "\\)")))

    def email(self) -> Mark:
        """Return an e-mail address."""
        word = self.word("latin").lower()
        return Mark(f"{word}@klinik-nord.example", "email", "latin", (word,))

    def address(self, script: Script | None = None) -> Mark:
        """Return a postal address."""
        script = script or self.script()
        house = self.random.randint(2, 98)
        if script == "cyrillic":
            street = self.word(script)[:9].rstrip("йьъ") + self.random.choice(_PLACES["cyrillic"])
            return Mark(f"ул. {street}, д. {house}, кв. 14", "address", script, (street,))
        if script == "chinese":
            while not self._new(street := "".join(self.random.sample(_GIVEN, 3)) + "路"):
                pass
            return Mark(f"{street}{house}号", "address", script, (street,))
        street = self.word("latin") + self.random.choice(_PLACES["latin"])
        return Mark(f"{street} {house}, 80331 Kalmstadt", "address", "latin", (street,))

    def institution(self, script: Script | None = None) -> Mark:
        """Return the name of a hospital."""
        script = script or self.script()
        if script == "chinese":
            while not self._new(place := "".join(self.random.sample(_GIVEN, 3)) + "市"):
                pass
            return Mark(f"{place}第三人民医院", "institution", script, (place,))
        place = self.word(script)
        text = f"ГКБ им. {place}" if script == "cyrillic" else f"Klinikum {place}"
        return Mark(text, "institution", script, (place,))

    def day(self) -> Mark:
        """Return a date as DA has it."""
        if not self._dates:
            raise RuntimeError("more dates than there are: plant fewer")
        day = self._dates.pop()
        forms = tuple(day.strftime(form) for form in ("%Y%m%d", "%Y-%m-%d", "%d.%m.%Y", "%Y.%m.%d"))
        return Mark(forms[0], "date", "none", forms)

    def written_day(self) -> Mark:
        """Return a date as a text has it."""
        mark = self.day()
        day = date(int(mark.value[:4]), int(mark.value[4:6]), int(mark.value[6:]))
        turn = self.random.randrange(len(_DATE_FORMS) + 2)
        if turn < len(_DATE_FORMS):
            text, script = day.strftime(_DATE_FORMS[turn]), "latin" if "%B" in _DATE_FORMS[turn] else "none"
        elif turn == len(_DATE_FORMS):
            text, script = f"{day.day} {_MONTHS_RU[day.month - 1]} {day.year} г.", "cyrillic"
        else:
            text, script = f"{day.year}年{day.month}月{day.day}日", "chinese"
        return replace(mark, value=text, tokens=(text, *mark.tokens), script=script)  # type: ignore[arg-type]  # Script

    def any(self, *, ascii_only: bool = False) -> Mark:
        """Return something of any kind."""
        script: Script = "latin" if ascii_only else self.script()
        makers = (self.plain, self.institution, self.address)
        numbers = (self.identifier, self.accession, self.phone, self.email, self.serial, self.written_day)
        turn = self.random.randrange(len(makers) + len(numbers))
        if turn < len(makers):
            return makers[turn](script)
        mark = numbers[turn - len(makers)]()
        return mark if not ascii_only or mark.value.isascii() else self.phone()

    def _numbered(self, kind: Kind, *forms: str) -> Mark:
        while True:
            made = self.random.choice(forms).format(self.random.randint(1_000_000, 99_999_999))
            if self._new(made):
                return Mark(made, kind, "latin", (made,))

    def _new(self, word: str) -> bool:
        if word in self._used:
            return False
        self._used.add(word)
        return True


def write_marks(marks: Iterable[Mark], file: Path) -> None:
    """Write what ``deidentify verify --planted`` reads: CSV of kind and value, each once.

    What is planted where the profile keeps it is left out.
    """
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("kind", "value"))
        writer.writerows(dict.fromkeys((mark.kind, mark.value) for mark in marks if not mark.kept))


def keep_marks(marks: Iterable[Mark], file: Path) -> None:
    """Write all that is known of the marks, as JSON Lines."""
    file.write_text("".join(json.dumps(asdict(mark), ensure_ascii=False) + "\n" for mark in marks), encoding="utf-8")
