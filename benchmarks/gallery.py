"""Pages of pictures: what people drew against what was found, case by case. ``make gallery``.

``python benchmarks/gallery.py [DATA] [--networks FOLDER] [--held-out FOLDER] [-o gallery] [--phantoms]``. Real cases
are for the eyes of those who hold the data: the pages stay in ``gallery/``, which is never committed. FOLDER of
``--networks`` holds the networks of the folds; that of ``--held-out`` the masks that training kept of held-out
patients, which spare the reading. ``--phantoms`` draws the phantoms that show failure modes instead.
"""

from __future__ import annotations

import argparse
import html
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cases import cases, data_folder
from failure_phantoms import failures
from groundglass.analysis.engine import read_chest
from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.datasets.formats import LabelledCt
from groundglass.evaluation.overlap import dice
from groundglass.phrases import say_notice
from groundglass.render.picture import LUNG_WINDOW, to_grey

AGREED, MISSED, ADDED, OUTLINE = (70, 200, 90), (240, 60, 60), (70, 130, 255), (255, 190, 40)
WIDTH_PX = 380
EACH_KIND = 2
"""Slices shown for each of: most agreed, most missed, most added."""
APART_SLICES = 0.04
"""Slices shown lie at least this share of the stack apart."""
DENSE_HU = -300
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Shown:
    """One case ready to be drawn.

    Attributes
    ----------
    name : str
        Of the case.
    hu : (slice, row, column) int16
        The picture.
    spacing_mm : tuple of float
        Of its voxels.
    lungs, found : (slice, row, column) bool
        What was found.
    drawn : (slice, row, column) bool or None
        Lesions that people drew, or made.
    drawn_lungs : (slice, row, column) bool or None
        Lungs that people drew, or made.
    remarks : tuple of str
        What is known besides.
    """

    name: str
    hu: NDArray[np.int16]
    spacing_mm: tuple[float, float, float]
    lungs: Mask
    found: Mask
    drawn: Mask | None
    drawn_lungs: Mask | None
    remarks: tuple[str, ...] = ()


def facts(case: Shown) -> dict[str, str]:
    """Return the figures of the caption."""
    lungs = int(np.count_nonzero(case.lungs))
    out = {"found": f"{100.0 * np.count_nonzero(case.found) / max(1, lungs):.2f} %"}
    if case.drawn is not None:
        whole = int(np.count_nonzero(case.lungs | case.drawn))
        out["drawn"] = f"{100.0 * np.count_nonzero(case.drawn) / max(1, whole):.2f} %"
        if case.drawn.any():
            out["Dice of lesions"] = f"{dice(case.found, case.drawn):.3f}"
    if case.drawn_lungs is not None:
        out["Dice of lungs"] = f"{dice(case.lungs, case.drawn_lungs):.3f}"
    return out


def failures_of(case: Shown) -> list[str]:
    """Say in words what went wrong, from the masks alone."""
    if case.drawn is None or not case.drawn.any():
        falsely = 100.0 * int(np.count_nonzero(case.found)) / max(1, int(np.count_nonzero(case.lungs)))
        return [f"{falsely:.2f} % of the lungs called lesion where nobody drew any"] if case.drawn is not None else []
    total = int(np.count_nonzero(case.drawn))
    missed, added = case.drawn & ~case.found, case.found & ~case.drawn
    outside, dense = missed & ~case.lungs, missed & (case.hu >= DENSE_HU)
    out = [
        f"missed {100.0 * np.count_nonzero(missed) / total:.0f} % of what was drawn "
        f"({100.0 * np.count_nonzero(outside) / total:.0f} % lie outside the outline of the lungs, "
        f"{100.0 * np.count_nonzero(dense) / total:.0f} % are dense)",
        f"added {100.0 * np.count_nonzero(added) / total:.0f} % of what was drawn, "
        f"mean {float(case.hu[added].mean()) if added.any() else 0.0:.0f} HU; drawn lesions have "
        f"{float(case.hu[case.drawn].mean()):.0f} HU",
    ]
    height = np.flatnonzero(case.lungs.any(axis=(1, 2)))
    if height.size > 3:
        thirds = np.array_split(height, 3)
        shares = [
            (int(np.count_nonzero(missed[t])), int(np.count_nonzero(added[t])), int(np.count_nonzero(case.drawn[t])))
            for t in thirds
        ]
        words = ", ".join(
            f"{where} third: missed {100 * m / max(1, d):.0f} %, added {100 * a / max(1, d):.0f} % of its drawn"
            for where, (m, a, d) in zip(("lower", "middle", "upper"), shares, strict=True)
        )
        out.append(words)
    return out


def key_slices(case: Shown) -> list[tuple[int, str]]:
    """Choose slices: most agreed, most missed, most added; of cases without drawing, those with most found."""
    drawn = case.drawn if case.drawn is not None else np.zeros_like(case.found)
    areas = {
        "agreed": (case.found & drawn).sum(axis=(1, 2)),
        "missed": (drawn & ~case.found).sum(axis=(1, 2)),
        "added": (case.found & ~drawn).sum(axis=(1, 2)),
    }
    if case.drawn_lungs is not None:
        areas["lungs differ"] = (case.lungs ^ case.drawn_lungs).sum(axis=(1, 2))
    apart = max(1, round(APART_SLICES * len(case.hu)))
    taken: list[tuple[int, str]] = []
    for kind, area in areas.items():
        count = 0
        for k in np.argsort(-area, kind="stable"):
            if area[k] == 0 or count == EACH_KIND:
                break
            if all(abs(int(k) - other) >= apart for other, _ in taken):
                taken.append((int(k), kind))
                count += 1
    if not taken:
        taken = [(int(k), "lungs") for k in np.quantile(np.arange(len(case.hu)), (0.3, 0.5, 0.7)).astype(int)]
    return sorted(taken, reverse=True)


def strip(case: Shown, k: int) -> Image.Image:
    """Draw one slice three times: as it is, with the outline of the lungs, with the lesions in three colours."""
    rows, columns = _box(case)
    grey = to_grey(case.hu[k, rows, columns], LUNG_WINDOW)
    height = round(WIDTH_PX * grey.shape[0] * case.spacing_mm[1] / (grey.shape[1] * case.spacing_mm[2]))
    size = (WIDTH_PX, max(1, height))

    def scaled(mask: Mask) -> Mask:
        stretched = Image.fromarray(mask[k, rows, columns].astype(np.uint8) * 255)
        return np.asarray(stretched.resize(size, Image.Resampling.BILINEAR)) >= 128

    plain = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
    plain = np.repeat(plain[:, :, None], 3, axis=2)
    outlined, coloured = plain.copy(), plain.copy()
    if case.drawn_lungs is not None:
        outlined[_edge(scaled(case.drawn_lungs))] = AGREED
    outlined[_edge(scaled(case.lungs))] = OUTLINE
    found = scaled(case.found)
    drawn = scaled(case.drawn) if case.drawn is not None else np.zeros_like(found)
    for part, colour in ((found & drawn, AGREED), (drawn & ~found, MISSED), (found & ~drawn, ADDED)):
        coloured[part] = (0.6 * coloured[part] + 0.4 * np.array(colour)).astype(np.uint8)
        coloured[_edge(part)] = colour
    return Image.fromarray(np.concatenate([plain, outlined, coloured], axis=1))


def page(case: Shown, folder: Path) -> str:
    """Write the pictures and the page of a case; return its row of the index."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = []
    for k, why in key_slices(case):
        picture = f"{case.name}-{k:03}.jpg"
        strip(case, k).save(folder / picture, quality=88)
        figures.append(
            f'<figure><img src="{picture}" alt=""><figcaption>slice {k + 1} of {len(case.hu)}: {why}</figcaption>'
            "</figure>"
        )
    said = facts(case)
    words = [*failures_of(case), *case.remarks]
    items = "".join(f"<li>{html.escape(text)}</li>" for text in words)
    line = ", ".join(f"{key} {value}" for key, value in said.items())
    body = f"<h1>{html.escape(case.name)}</h1><p>{line}</p><ul>{items}</ul>{_LEGEND}{''.join(figures)}"
    (folder / f"{case.name}.html").write_text(_PAGE.format(title=html.escape(case.name), body=body), encoding="utf-8")
    cells = "".join(f"<td>{said.get(key, '')}</td>" for key in _COLUMNS)
    first = words[0] if words else ""
    return (
        f'<tr><td><a href="{case.name}.html">{html.escape(case.name)}</a></td>{cells}<td>{html.escape(first)}</td></tr>'
    )


def index(rows: list[str], folder: Path, title: str) -> None:
    """Write the index."""
    head = "".join(f"<th>{key}</th>" for key in ("case", *_COLUMNS, "remark"))
    body = f"<h1>{title}</h1>{_LEGEND}<table><tr>{head}</tr>{''.join(rows)}</table>"
    (folder / "index.html").write_text(_PAGE.format(title=title, body=body), encoding="utf-8")


def read(ct: LabelledCt, network: ChestNetwork | None, remarks: tuple[str, ...] = ()) -> Shown:
    """Read a CT and make it ready to be drawn."""
    reading = read_chest(ct.volume, gravity=ct.gravity, exact_hu=ct.exact_hu, clock=time.perf_counter, network=network)
    said = tuple(say_notice(notice) for notice in (*reading.verdict.reasons, *reading.notices))
    if reading.involvement is not None:
        low, high = reading.involvement.interval
        said = (f"95 % interval {low:.1f} to {high:.1f} %", *said)
    slices = _slices_remark(ct, np.array([row.score for row in reading.slices]))
    return _shown(ct, reading.lungs.array, reading.lesions.array, (*remarks, *slices, *said))


def kept(ct: LabelledCt, path: Path) -> Shown:
    """Make a CT ready whose masks training kept."""
    with np.load(path) as stored:
        return _shown(ct, stored["lungs"], stored["lesions"], ("held out: its network never saw this patient",))


def real_cases(
    data: Path, networks: Path | None, held_out: Path | None, only: tuple[str, ...]
) -> Iterator[tuple[str, Shown]]:
    """Give each CT of the shared data, read or as kept."""
    for case in cases(data, networks, only):
        path = None if held_out is None else held_out / f"{case.ct.name}.npz"
        if path is not None and path.is_file():
            yield case.ct.name, kept(case.ct, path)
        else:
            seen = () if case.unseen else ("the network was trained on this patient",)
            yield case.ct.name, read(case.ct, case.network, seen)


def main() -> None:
    """Write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--networks", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--phantoms", action="store_true")
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("-o", "--out", type=Path, default=Path(__file__).resolve().parents[1] / "gallery")
    given = parser.parse_args()
    folder: Path = given.out / ("phantoms" if given.phantoms else "real")
    rows: list[str] = []
    if given.phantoms:
        network = shipped() if given.networks is None else ChestNetwork(given.networks.read_bytes(), "chest", threads=1)
        wanted = [f for f in failures() if not given.only or f.name in given.only]
        shown_cases: Iterator[tuple[str, Shown]] = ((f.name, read(f.made(), network, (f.why,))) for f in wanted)
    else:
        shown_cases = real_cases(data_folder(given.data), given.networks, given.held_out, tuple(given.only))
    for name, shown in shown_cases:
        rows.append(page(shown, folder))
        print(f"{name}: {facts(shown)}", flush=True)
        for text in (*failures_of(shown), *shown.remarks):
            print(f"   {text}", flush=True)
    index(rows, folder, "Failure modes on phantoms" if given.phantoms else "Real cases")


def _shown(ct: LabelledCt, lungs: NDArray[Any], lesions: NDArray[Any], remarks: tuple[str, ...]) -> Shown:
    return Shown(
        ct.name,
        ct.volume.array,
        ct.volume.geometry.spacing_mm,
        lungs > 0,
        lesions > 0,
        None if ct.lesions is None else ct.lesions.array > 0,
        None if ct.lungs is None else ct.lungs.array > 0,
        remarks,
    )


def _slices_remark(ct: LabelledCt, scores: NDArray[np.float64]) -> tuple[str, ...]:
    if ct.infected_slices is None or len(scores) != len(ct.infected_slices) or not ct.infected_slices.any():
        return ()
    said, found = ct.infected_slices, scores >= 0.5
    return (
        f"slices that readers called infected: {int(said.sum())}, of them found {int((said & found).sum())}; found "
        f"besides: {int((found & ~said).sum())} of {int((~said).sum())}",
    )


def _box(case: Shown) -> tuple[slice, slice]:
    inside = case.lungs if case.drawn is None else case.lungs | case.drawn
    parts = []
    for axis, mm in ((1, case.spacing_mm[1]), (2, case.spacing_mm[2])):
        hits = np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis)))
        margin, size = round(15 / mm), inside.shape[axis]
        parts.append(slice(max(0, hits[0] - margin), min(size, hits[-1] + margin)) if hits.size else slice(0, size))
    return parts[0], parts[1]


def _edge(mask: Mask) -> Mask:
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    return np.asarray(mask & ~inner)


_COLUMNS = ("drawn", "found", "Dice of lesions", "Dice of lungs")
_LEGEND = (
    "<p>Left: the picture. Middle: lungs as found (amber) and as drawn (green). Right: lesions "
    '<b style="color:#46c85a">agreed</b>, <b style="color:#f03c3c">missed</b>, <b style="color:#4682ff">added</b>.</p>'
)
_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>{title}</title><style>body{{font:15px sans-serif;background:#16181c;'
    "color:#dde;margin:24px}}img{{display:block;max-width:100%}}figure{{margin:0 0 14px}}a{{color:#8cf}}"
    "td,th{{padding:3px 12px;text-align:left;border-bottom:1px solid #333;white-space:nowrap}}</style>{body}"
)

if __name__ == "__main__":
    main()
