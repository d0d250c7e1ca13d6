"""The text reader: RapidOCR with the models that its wheel ships, on one thread; loaded when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

UPRIGHT_RATIO = 1.5
"""Height over width from which a line is taken for one that runs downwards: the reader's own figure."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line of text in a picture: half-open box in its pixels, the words read, and how sure the reader is."""

    top: int
    left: int
    bottom: int
    right: int
    text: str
    score: float


@lru_cache(maxsize=1)
def _engine() -> Any:
    import cv2
    from rapidocr import RapidOCR

    # one thread: every worker has its own reader, and sums come in the same order
    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            # pictures come in the size at which they are to be read
            "Det.limit_type": "max",
            "Det.limit_side_len": 2016,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def find_text(picture: NDArray[np.uint8], *, read: bool = True) -> tuple[Found, ...]:
    """Return the lines of text in a picture.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) ndarray of uint8
        The picture.
    read : bool
        Whether the words are read; without, ``text`` is empty and ``score`` that of the place.

    Returns
    -------
    tuple of Found
        From top to bottom.
    """
    colour = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    result = _engine()(np.ascontiguousarray(colour), use_det=True, use_cls=read, use_rec=read)
    boxes = getattr(result, "boxes", None)
    if boxes is None:
        return ()
    texts = (getattr(result, "txts", None) or ("",) * len(boxes)) if read else ("",) * len(boxes)
    rows, columns = picture.shape[:2]
    found = []
    for corners, text, score in zip(boxes, texts, result.scores, strict=True):
        low, high = np.floor(np.min(corners, axis=0)), np.ceil(np.max(corners, axis=0))
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        right, bottom = min(columns, int(high[0]) + 1), min(rows, int(high[1]) + 1)
        if right > left and bottom > top:
            found.append(Found(top, left, bottom, right, str(text), float(score)))
    return tuple(found)


def read_line(picture: NDArray[np.uint8]) -> tuple[str, float]:
    """Return the words of a picture of one line, and how sure the reader is; empty where it reads none.

    Parameters
    ----------
    picture : (row, column) ndarray of uint8
        The line and little more, the right way up or upside down; one that runs downwards or upwards is turned.
    """
    if picture.shape[0] > UPRIGHT_RATIO * picture.shape[1]:
        picture = np.rot90(picture)
    colour = np.ascontiguousarray(np.repeat(picture[..., None], 3, axis=2))
    result = _engine()(colour, use_det=False, use_cls=True, use_rec=True)
    texts, scores = getattr(result, "txts", None), getattr(result, "scores", None)
    return (str(texts[0]), float(scores[0])) if texts and scores else ("", 0.0)
