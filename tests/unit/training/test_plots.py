"""The picture of a training's log."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from groundglass.training.plots import draw_log

HEADER = "step,loss,right,left & more,rate\n"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(path: Path, text: str) -> ElementTree.Element:
    path.write_text(text, encoding="utf-8")
    assert draw_log(path) == path.with_suffix(".svg")
    return ElementTree.fromstring(path.with_suffix(".svg").read_text(encoding="utf-8"))


def test_every_head_has_a_line_with_a_point_for_each_row_and_its_name_beside_it(tmp_path: Path) -> None:
    picture = drawn(tmp_path / "fold0.csv", HEADER + "20,3,2,1,0.1\n40,2,1.5,0.5,0.1\n60,1,0.5,0.5,0.1\n")
    lines = picture.findall(f"{SVG}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [3, 3]
    words = [text.text for text in picture.findall(f"{SVG}text")]
    assert {"right", "left & more", "fold0: loss of each head", "step", "0", "2", "60"} <= set(words)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["fold0.csv", "fold0.svg"]


def test_names_of_lines_that_end_together_stand_apart(tmp_path: Path) -> None:
    picture = drawn(tmp_path / "fold0.csv", HEADER + "20,3,1,1,0.1\n40,2,1,1,0.1\n")
    at = [float(t.attrib["y"]) for t in picture.findall(f"{SVG}text") if t.text in {"right", "left & more"}]
    assert abs(at[0] - at[1]) >= 15


@pytest.mark.parametrize("row", ["20,0,0,0,0.1\n", "20,nan,nan,1,0.1\n", "0,1,1,1,0.1\n", "20,inf,inf,inf,0.1\n"])
def test_odd_losses_are_drawn_too(tmp_path: Path, row: str) -> None:
    assert drawn(tmp_path / "odd.csv", HEADER + row).tag == f"{SVG}svg"
    assert "nan" not in (tmp_path / "odd.svg").read_text(encoding="utf-8")


def test_without_a_line_there_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text(HEADER, encoding="utf-8")
    assert draw_log(tmp_path / "empty.csv") is None
    assert draw_log(tmp_path / "nowhere.csv") is None
    assert [path.name for path in tmp_path.iterdir()] == ["empty.csv"]
