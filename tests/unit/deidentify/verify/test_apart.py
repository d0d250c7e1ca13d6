"""A decoder that crashes or hangs costs its file, and nothing else."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from groundglass.deidentify.verify import frames, verify
from groundglass.deidentify.verify.apart import Apart, Done, Job, Read

sys.path.insert(0, str(Path(__file__).parent))
import made_pairs as made  # beside this file

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the made decoder reaches only a copied process")


def made_serve(connection: Connection) -> None:
    """Crash on ``die``, hang on ``hang``, else count."""
    while True:
        try:
            for job in connection.recv():
                connection.send(None)
                if job.data == b"die":
                    os._exit(7)
                if job.data == b"hang":
                    time.sleep(60)
                connection.send(Done(frames=1))
        except (EOFError, OSError):
            return


def looked(jobs: list[bytes], silent_s: float = 30.0) -> list[tuple[str, int, str]]:
    apart = Apart(made_serve, silent_s)
    said: list[tuple[Job, Read | Done]] = []
    try:
        for number, data in enumerate(jobs):
            said.extend(apart.put(Job(str(number), data)))
        said.extend(apart.rest())
    finally:
        apart.close()
    return [(job.label, what.frames, what.unread) for job, what in said if isinstance(what, Done)]


def test_a_crash_costs_the_file_it_happened_at_and_the_order_stays() -> None:
    said = looked([b"a", b"die", b"b", b"die", b"c"])
    assert [(label, count) for label, count, _ in said] == [("0", 1), ("1", 0), ("2", 1), ("3", 0), ("4", 1)]
    assert said[1][2] == said[3][2] == "the decoder crashed"


def test_a_process_that_says_nothing_is_ended() -> None:
    start = time.monotonic()
    said = looked([b"a", b"hang", b"b"], 0.3)
    assert time.monotonic() - start < 20
    assert [count for _, count, _ in said] == [1, 0, 1]
    assert "said nothing" in said[1][2]


def test_crashes_without_end_have_an_end() -> None:
    said = looked([b"die"] * 30)
    assert len(said) == 30
    assert said[-1][2] == "not looked at: the decoder crashed too often"


def crash(*_: object) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    os._exit(11)


def fail(*_: object) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    raise TypeError("made")


@pytest.mark.parametrize("decoder", [crash, fail])
def test_an_object_whose_decoder_crashes_is_told_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoder: Callable[..., object]
) -> None:
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEG2000Lossless

    damaged = made.source(2)
    damaged.PixelData = encapsulate([b"\xff\x4f\xff\x51" + b"\x01" * 300])
    damaged["PixelData"].is_undefined_length = True
    damaged.file_meta.TransferSyntaxUID = JPEG2000Lossless
    for number, ds in ((1, made.source(1)), (2, damaged), (3, made.source(3))):
        made.save(ds, tmp_path / "in" / f"{number}.dcm")
        made.save(made.cleaned(ds), tmp_path / "out" / f"{number}.dcm")
    monkeypatch.setattr(frames, "_decode", decoder)
    found = verify(tmp_path / "in", tmp_path / "out")
    assert [(f.code, f.file) for f in found.findings if f.severity == "error"] == [("R04", "2.dcm")]
    assert found.counts["frames"] == 2
