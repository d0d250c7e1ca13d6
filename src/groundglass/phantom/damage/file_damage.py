"""Damages to files and folders of any kind: cut, spoilt, missing, twice, strange names, links, pipes, litter."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from groundglass.phantom.damage.bases import BASES
from groundglass.phantom.damage.inputs import DamagedInput


def _hit(random: Random, given: DamagedInput) -> list[str]:
    names = sorted(given.files)
    count = random.choice((1, 1, max(1, len(names) // 3), len(names)))
    return sorted(random.sample(names, min(count, len(names))))


def cut_off(random: Random, given: DamagedInput) -> DamagedInput:
    """End the files that are hit somewhere."""
    hit = _hit(random, given)
    files = dict(given.files)
    for name in hit:
        files[name] = files[name][: random.randrange(len(files[name]) + 1)]
    return given.with_files(files).with_step(f"{len(hit)} files cut off")


def flip_bytes(random: Random, given: DamagedInput) -> DamagedInput:
    """Overwrite some bytes, more often in the header than in the pixels."""
    hit = _hit(random, given)
    files = dict(given.files)
    for name in hit:
        data = bytearray(files[name])
        if not data:
            continue
        reach = len(data) if random.random() < 0.4 else min(len(data), 2500)
        for _ in range(random.choice((1, 3, 20, 200))):
            data[random.randrange(reach)] = random.randrange(256)
        files[name] = bytes(data)
    return given.with_files(files).with_step(f"bytes flipped in {len(hit)} files")


def blank_range(random: Random, given: DamagedInput) -> DamagedInput:
    """Write zeros or 0xFF over a stretch, as a bad disk leaves it."""
    hit = _hit(random, given)
    files = dict(given.files)
    filler = random.choice((b"\0", b"\xff"))
    for name in hit:
        data = files[name]
        start = random.randrange(len(data) + 1)
        count = min(len(data) - start, random.choice((8, 512, 4096, 10**6)))
        files[name] = data[:start] + filler * count + data[start + count :]
    return given.with_files(files).with_step(f"a stretch blanked in {len(hit)} files")


def insert_bytes(random: Random, given: DamagedInput) -> DamagedInput:
    """Push random bytes in, so that everything behind them moves."""
    hit = _hit(random, given)
    files = dict(given.files)
    for name in hit:
        data = files[name]
        start = random.randrange(len(data) + 1)
        files[name] = data[:start] + random.randbytes(random.choice((1, 2, 7, 100))) + data[start:]
    return given.with_files(files).with_step(f"bytes inserted in {len(hit)} files")


def lose_files(random: Random, given: DamagedInput) -> DamagedInput:
    """Keep only some files: a gap, every second, a few, one, none."""
    names = sorted(given.files)
    start = random.randrange(len(names))
    kept = random.choice(
        (
            names[:start] + names[start + random.randint(1, 10) :],
            names[::2],
            names[:3],
            names[start : start + 1],
            names[: len(names) // 2],
            [],
        )
    )
    return given.with_files({name: given.files[name] for name in kept}).with_step(f"{len(kept)} files kept")


def repeat_files(random: Random, given: DamagedInput) -> DamagedInput:
    """Put files there twice, under other names."""
    hit = _hit(random, given)
    files = given.files | {f"copy/{number}.dcm": given.files[name] for number, name in enumerate(hit)}
    return given.with_files(files).with_step(f"{len(hit)} files twice")


def add_litter(random: Random, given: DamagedInput) -> DamagedInput:
    """Add files that are no images, or pretend to be."""
    litter = {
        "DICOMDIR": b"\0" * 128 + b"DICM" + random.randbytes(200),
        "empty.dcm": b"",
        "short.dcm": b"\0" * 128 + b"DICM",
        "random.dcm": random.randbytes(3000),
        "report.pdf": b"%PDF-1.4 nothing",
        "notes.txt": "Заметки\n".encode(),
        "broken.zip": b"PK\x03\x04" + random.randbytes(100),
        "volume.nii.gz": b"\x1f\x8b" + random.randbytes(50),
        "bzip.tar.bz2": b"BZh9" + random.randbytes(50),
        "magic": b"\0" * 128 + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00" + b"\xff\xff\xff\xff",
    }
    names = random.sample(sorted(litter), random.randint(1, len(litter)))
    return given.with_files(given.files | {n: litter[n] for n in names}).with_step(f"litter: {', '.join(names)}")


def mix_studies(random: Random, given: DamagedInput) -> DamagedInput:
    """Put another storage of the same chest beside it, with the same UIDs and other bytes."""
    name = random.choice(sorted(BASES))
    files = {f"other/{n}": data for n, data in BASES[name]().items()} | given.files
    return given.with_files(files).with_step(f"mixed with {name}")


def strange_names(random: Random, given: DamagedInput) -> DamagedInput:
    """Give files names with control characters, other scripts, great length and depth."""
    shapes = (
        "{n}",
        "Иванов^Иван/{n}",
        "a\nb\x1b[31m{n}",
        "x" * 200 + "{n}",
        "/".join(["d"] * 80) + "/{n}",
        "{n}.exe",
        " {n} ",
        "-rf {n}",
        "{n}.DCM.dcm.nii",
        "con\udcff{n}",
    )
    shape = random.choice(shapes)
    files = {shape.format(n=number): data for number, (_, data) in enumerate(sorted(given.files.items()))}
    return given.with_files(files).with_step(f"named like {shape[:20]!r}")


def links_and_pipes(random: Random, given: DamagedInput) -> DamagedInput:
    """Add links that loop, lead nowhere or out, and a pipe that nobody writes to."""
    links = {"loop": ".", "self": "self", "nowhere": "missing/file.dcm", "up": "..", "device": "/dev/zero", "a/b": ".."}
    chosen = {name: links[name] for name in random.sample(sorted(links), random.randint(1, len(links)))}
    pipes = ("pipe.dcm",) if random.random() < 0.5 else ()
    # The link upwards would lead into whatever lies beside the folder: it is made to lead to the folder itself.
    chosen = {name: "." if target == ".." else target for name, target in chosen.items()}
    return replace(given, links=given.links | chosen, pipes=(*given.pipes, *pipes)).with_step(
        f"links {', '.join(sorted(chosen))}{' and a pipe' if pipes else ''}"
    )


def single_file(random: Random, given: DamagedInput) -> DamagedInput:
    """Hand over one of the files instead of the folder."""
    if not given.files:
        return given
    return replace(given, entry=random.choice(sorted(given.files))).with_step("one file handed over")
