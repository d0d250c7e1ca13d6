"""Headless Chromium with OHIF in it, and what a person would see there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from programs import absent, program

OHIF = Path(__file__).resolve().parents[2] / ".cache" / "ohif"
FLAGS = (
    "--no-sandbox",
    # drawn by the processor: there is no graphics card
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--force-color-profile=srgb",
)
_PATIENCE_MS = 90_000
_VIEWPORTS = "window.services.cornerstoneViewportService.getRenderingEngine().getViewports()"


def ohif_pages() -> Path:
    """Return the folder of the viewer's pages; without it the test says what to run."""
    if not (OHIF / "index.html").is_file():
        absent("the viewer is missing: run scripts/install-ohif (it needs Debian's package npm)")
    return OHIF


class Viewer:
    """A page of OHIF that shows one study.

    Attributes
    ----------
    complaints : list of str
        Exceptions of the page, and everything it asked of another address.
    """

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: self._watch(asked.url))
        # the tour of the buttons would lie over the picture
        page.add_init_script("localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour']))")

    def _watch(self, url: str) -> None:
        if not url.startswith((self._url, "blob:", "data:")):
            self.complaints.append(f"asked of another address: {url}")

    def open(self, study_uid: str) -> None:
        """Open a study and wait until a first image is drawn."""
        self._page.goto(f"{self._url}/viewer?StudyInstanceUIDs={study_uid}")
        self._page.wait_for_selector("canvas.cornerstone-canvas", timeout=_PATIENCE_MS)
        self.wait(f"{_VIEWPORTS}.length > 0 && {_VIEWPORTS}[0].getImageIds?.().length > 0")
        self._settle()

    def wait(self, condition: str) -> None:
        """Wait until an expression of the page is true."""
        self._page.wait_for_function(
            f"() => {{ try {{ return {condition} }} catch {{ return false }} }}", timeout=_PATIENCE_MS
        )

    def ask(self, expression: str) -> Any:
        """Return the value of an expression of the page."""
        return self._page.evaluate(expression)

    def series(self) -> dict[str, dict[str, Any]]:
        """Return what the viewer lists, by SeriesDescription: its number, modality and count of images."""
        rows = self.ask(
            "() => window.services.displaySetService.getActiveDisplaySets().map(d => ({"
            " description: d.SeriesDescription, number: d.SeriesNumber,"
            " modality: d.Modality, images: d.numImageFrames ?? d.images?.length ?? 1,"
            " unsupported: !!d.unsupported, id: d.displaySetInstanceUID}))"
        )
        return {row["description"]: row for row in rows}

    def load_segmentation(self, description: str) -> None:
        """Lay a segmentation over the image as a person does: by a double click in the list."""
        before = self.ask("() => window.services.segmentationService.getSegmentations().length")
        self._page.get_by_text(description, exact=True).first.dblclick()
        self.wait(f"window.services.segmentationService.getSegmentations().length > {before}")
        self._settle()

    def segments(self) -> dict[str, tuple[int, int, int]]:
        """Return the colour in which each segment on the image is drawn, by its label."""
        rows = self.ask(
            f"""() => {{ const service = window.services.segmentationService, viewport = {_VIEWPORTS}[0].id;
            return service.getSegmentationRepresentations(viewport).flatMap(shown => {{
              const own = service.getSegmentation(shown.segmentationId).segments;
              return Object.values(shown.segments)
                .map(s => [own[s.segmentIndex].label, s.color.slice(0, 3)]); }}); }}"""
        )
        return {label: (int(c[0]), int(c[1]), int(c[2])) for label, c in rows}

    def images(self, viewport: int = 0) -> list[str]:
        """Return SOP Instance UIDs of a viewport's images, in its order."""
        found: list[str] = self.ask(
            f"() => {_VIEWPORTS}[{viewport}].getImageIds()"
            ".map(id => window.cornerstone.metaData.get('instance', id).SOPInstanceUID)"
        )
        return found

    def show(self, position: int, viewport: int = 0) -> None:
        """Scroll a viewport to an image of its order, 0-based."""
        self.ask(f"async () => {{ await {_VIEWPORTS}[{viewport}].setImageIdIndex({position}) }}")
        self._settle()

    def side_by_side(self, left: str, right: str) -> None:
        """Put two series beside each other."""
        rows = self.series()
        self.ask("() => window.commandsManager.run('setViewportGridLayout', {numRows: 1, numCols: 2})")
        self.wait("window.services.viewportGridService.getState().viewports.size === 2")
        self._settle()  # a viewport that is not drawn yet would forget what it was given
        for place, description in enumerate((left, right)):
            self.ask(
                f"""() => {{ const id = [...window.services.viewportGridService.getState().viewports.keys()][{place}];
                window.commandsManager.run('setDisplaySetsForViewports', {{viewportsToUpdate:
                [{{viewportId: id, displaySetInstanceUIDs: ['{rows[description]["id"]}']}}]}}) }}"""
            )
        self.wait(f"{_VIEWPORTS}.length === 2 && {_VIEWPORTS}.every(v => v.getImageIds?.().length > 0)")
        self._settle()

    def picture(self, viewport: int = 0) -> NDArray[np.uint8]:
        """Return what a viewport shows, (row, column, 3), the words laid over it left out."""
        self._page.add_style_tag(content=".viewport-overlay, [class*='viewport-overlay'] { visibility: hidden }")
        shot = self._page.locator("canvas.cornerstone-canvas").nth(viewport).screenshot()
        with Image.open(io.BytesIO(shot)) as picture:
            return np.asarray(picture.convert("RGB"))

    def markers(self, viewport: int = 0) -> dict[str, str]:
        """Return the letters of orientation at the edges of a viewport."""
        found: dict[str, str] = self.ask(
            f"""() => {{ const out = {{}};
            const pane = document.querySelectorAll('[data-cy="viewport-pane"]')[{viewport}];
            for (const side of ['top', 'left', 'right', 'bottom']) {{
              const letter = pane.querySelector(`.${{side}}-mid.orientation-marker`);
              if (letter) out[side] = letter.textContent.trim();
            }} return out; }}"""
        )
        return found

    def close_players(self) -> None:
        """Put away the bar for playing, which the viewer lays over series that are no CT."""
        self.ask("() => { window.services.cineService.setIsCineEnabled(false) }")
        self._settle()

    def screenshot(self, file: Path) -> None:
        """Keep what the whole window shows."""
        self._page.screenshot(path=file)

    def _settle(self) -> None:
        """Wait until the picture stays as it is."""
        last = b""
        for _ in range(100):
            self._page.wait_for_timeout(200)
            now = self._page.screenshot(type="jpeg", quality=50)
            if now == last:
                return
            last = now
        raise AssertionError("the viewer's picture never came to rest")


@contextmanager
def viewing(url: str, *, width: int = 1400, height: int = 900) -> Iterator[Viewer]:
    """Start Chromium with an empty profile, and end it when the block is left."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), headless=True, args=list(FLAGS))
        try:
            yield Viewer(browser.new_page(viewport={"width": width, "height": height}), url)
        finally:
            browser.close()
