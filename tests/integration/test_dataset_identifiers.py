"""Nothing of a patient, a hospital, a day or a path is in a set: a search of every byte, packed or not."""

from __future__ import annotations

import getpass
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ahocorasick_rs import BytesAhoCorasick
from made_builds import THIRTY, Kitchen, all_bytes, built_phantoms
from made_sets import GIVEN, ORGANISATIONS, PhantomCase

from groundglass.dicom.series import scan

_SHORT = 4


def _words(case: PhantomCase) -> Iterator[str]:
    yield from (case.patient_name, case.surname, case.patient_id, case.accession, case.folder)
    for day in (case.date, case.birth_date):
        yield from (day, f"{day[:4]}-{day[4:6]}-{day[6:]}", f"{day[6:]}.{day[4:6]}.{day[:4]}")


def _planted(place: Kitchen) -> set[str]:
    words = {word for case in THIRTY for word in _words(case)}
    words |= {word for case in THIRTY for word in case.surname.split("-")}
    words |= {*GIVEN, *ORGANISATIONS, "Larkspurova", "Agrippina", "Larchwood", "Quillfeather", "Берёзовая"}
    for study in scan([place.tree.archive]).studies:
        assert study.chosen is not None
        words |= {str(study.study_uid), str(study.chosen.series_uid)}
        for frame in study.chosen.stack.frames:
            words |= {frame.instance.sop_uid, frame.instance.frame_of_reference_uid}
    words |= {str(place.tree.folder), str(place.out), str(place.project), str(Path.home())}
    words |= {place.tree.folder.name, platform.node(), getpass.getuser()} - {"root", "user", "localhost"}
    return {word for word in words if len(word) >= _SHORT}


def _texts_of_pdf(version: Path) -> Iterator[tuple[str, bytes]]:
    if shutil.which("pdftotext") is None:
        assert os.environ.get("CI") != "true", "poppler-utils is missing"
        return
    for path in version.rglob("*.pdf"):
        done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
        info = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True)
        yield f"{path.name}|text", done.stdout + info.stdout


def _forms(word: str) -> Iterator[bytes]:
    for text in (word, word.lower(), word.upper()):
        yield text.encode()
        yield text.encode("utf-16-le")
        for coding in ("cp1251", "latin-1"):
            if text.encode(coding, "ignore").decode(coding) == text:
                yield text.encode(coding)


@pytest.mark.parametrize("layout", ["mosmed", "nnunet", "bids"])
def test_no_word_of_the_sources_is_in_the_set(layout: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = built_phantoms(tmp_path_factory, layout)
    forms = {form: word for word in _planted(place) for form in _forms(word)}
    patterns = list(forms)
    search = BytesAhoCorasick(patterns)
    found = set()
    searched = 0
    assert search.find_matches_as_indexes(b"of Mr IVOLGIN.")
    for name, data in [*all_bytes(place.version), *_texts_of_pdf(place.version)]:
        if name.endswith("|gzip") and len(data) > 352:
            data = data[:352]  # what follows are voxels, which nobody writes words into
        searched += 1
        found |= {(name, forms[patterns[number]]) for number, _, _ in search.find_matches_as_indexes(data)}
    assert searched > 60
    assert found == set()


def test_nothing_of_the_day_of_the_build_is_in_the_set(tmp_path_factory: pytest.TempPathFactory) -> None:
    import time

    version = built_phantoms(tmp_path_factory).version
    today = time.strftime("%Y-%m-%d"), time.strftime("%Y%m%d"), time.strftime("%d.%m.%Y")
    forms = [text.encode(coding) for text in today for coding in ("utf-8", "utf-16-le")]
    assert [name for name, data in all_bytes(version) if any(form in data for form in forms)] == []
    for path in version.rglob("*.nii.gz"):
        assert path.read_bytes()[3:8] == bytes(5)  # no flags: no name; no time
