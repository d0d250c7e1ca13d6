"""Figures: which there are, that they are pictures, and that their bytes depend on the numbers alone."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import made_members
import matplotlib as mpl
import pytest
import typst

from groundglass.datasets.funnel import Funnel, step
from groundglass.datasets.members import Member
from groundglass.datasets.statistics import Statistics, figures, statistics_of
from groundglass.errors import UnavailableError

ALL = {
    "age.svg",
    "agreement.svg",
    "funnel.svg",
    "grades.svg",
    "involvement.svg",
    "lesions.svg",
    "localisation.svg",
    "parts.svg",
    "pattern.svg",
    "scanners.svg",
    "slices.svg",
}
_SCRIPT = """
import hashlib, locale, sys
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
import made_members
from groundglass.datasets.statistics import figures, statistics_of
made = figures(statistics_of(made_members.many(40)), "ru")
print(hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(made.items()))).hexdigest())
"""


@pytest.fixture(scope="module")
def full() -> Statistics:
    keys = [f"p{n}" for n in range(80)]
    return statistics_of(made_members.many(40), Funnel((step("found", keys, keys), step("age", keys, keys[:40]))))


@pytest.fixture(scope="module")
def drawn(full: Statistics) -> dict[str, bytes]:
    return figures(full, "en")


def digest(made: dict[str, bytes]) -> str:
    return hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(made.items()))).hexdigest()


def test_every_figure_that_has_data_is_there(drawn: dict[str, bytes]) -> None:
    assert set(drawn) == ALL
    for name, content in drawn.items():
        root = ElementTree.fromstring(content)
        assert root.tag.endswith("svg"), name
        assert sum(1 for each in root.iter() if each.tag.endswith("use")) > 20, name  # letters


def test_text_is_drawn_and_no_date_or_maker_is_told(drawn: dict[str, bytes]) -> None:
    text = b"".join(drawn.values()).decode()
    assert "<text" not in text
    assert "dc:date" not in text
    assert "dc:creator" not in text
    assert not re.search(r"20[12]\d-\d\d-\d\d", text)


def test_figures_without_data_are_left_out() -> None:
    assert figures(statistics_of(()), "en") == {}
    assert set(figures(statistics_of([Member(study_id="s", grade="CT-1")]), "en")) == {"grades.svg"}
    assert figures(statistics_of([Member(study_id="s", lesion_ml=0.0, mask_file="m")]), "en") == {}


def test_many_studies_become_histograms(full: Statistics) -> None:
    many = statistics_of(made_members.many(140))
    assert many.measures["slices"].values == ()
    made = figures(many, "en")
    assert {"slices.svg", "lesions.svg"} <= set(made)
    assert full.measures["slices"].values != ()


def test_the_bytes_are_the_same_in_another_process_place_and_setting(full: Statistics, tmp_path: Path) -> None:
    mine = digest(figures(statistics_of(made_members.many(40)), "ru"))
    (tmp_path / "matplotlibrc").write_text("font.size: 20\nsvg.fonttype: none\nlines.linewidth: 9\n")
    other = {"TZ": "Asia/Tokyo", "LC_ALL": "en_US.UTF-8", "PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(tmp_path)}
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env=os.environ | other | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == mine


def test_settings_of_the_user_are_left_as_they_were_and_change_nothing() -> None:
    graded = statistics_of([Member(study_id="s", grade="CT-1")])
    with mpl.rc_context({"font.size": 21.0, "axes.grid": True}):
        first = figures(graded, "en")["grades.svg"]
        assert mpl.rcParams["font.size"] == 21.0
    assert first == figures(graded, "en")["grades.svg"]


def test_names_that_people_write_are_drawn_whatever_is_in_them() -> None:
    odd = ["$x_1$ \\frac", "肺 CT \N{PILE OF POO}", "<script>&", "long " * 40, "line\nbreak\ttab\x00", "%s {name}"]
    members = [
        Member(study_id=f"s{n}", manufacturer=text, grade=text, localisation=(text,)) for n, text in enumerate(odd)
    ]
    members = [replace(member, pattern=text, split=text) for member, text in zip(members, odd, strict=True)]
    made = figures(statistics_of(members), "en")
    assert {"scanners.svg", "pattern.svg", "localisation.svg", "grades.svg"} <= set(made)
    for content in made.values():
        ElementTree.fromstring(content)


def test_figures_can_be_set_into_a_pdf(drawn: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in drawn.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "page.typ").write_text("\n".join(f'#image("{name}", width: 8cm)' for name in drawn))
    assert typst.compile(str(tmp_path / "page.typ")).startswith(b"%PDF")


def test_extremes_do_not_stop_a_figure() -> None:
    one = [
        Member(study_id="s", grade="CT-4", age_years=0, slices=1, spacing_slice_mm=5.0, lesion_ml=1e-4, mask_file="m")
    ]
    big = [
        Member(
            study_id=f"s{n}", slices=5000 + n, spacing_slice_mm=99.0, lesion_ml=0.01 if n % 2 else 9e5, age_years=130
        )
        for n in range(70)
    ]
    even = [Member(study_id=f"s{n}", slices=40, spacing_slice_mm=8.0, lesion_ml=5.0) for n in range(70)]
    for members in (one, big, even):
        assert {"slices.svg", "lesions.svg"} <= set(figures(statistics_of(members), "ru"))


def test_without_matplotlib_there_is_a_named_error(full: Statistics, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.import_module

    def missing(name: str, package: str | None = None) -> ModuleType:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return found(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(UnavailableError, match=r"groundglass\[datasets\]") as caught:
        figures(full, "en")
    assert caught.value.code == "PACKAGE_MISSING"
