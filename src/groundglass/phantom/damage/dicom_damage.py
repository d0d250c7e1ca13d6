"""Damages to DICOM files: attributes missing, empty, absurd, swapped; files cut, spoilt, mixed, lying about lengths.

Elements are edited as bytes: a DICOM library would refuse to write most of what is wanted here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

from groundglass.phantom.damage.inputs import DamagedInput

Files = dict[str, bytes]

TEXT_TAGS: dict[str, int] = {
    "TransferSyntaxUID": 0x00020010,
    "MediaStorageSOPClassUID": 0x00020002,
    "SpecificCharacterSet": 0x00080005,
    "ImageType": 0x00080008,
    "SOPClassUID": 0x00080016,
    "SOPInstanceUID": 0x00080018,
    "StudyDate": 0x00080020,
    "Modality": 0x00080060,
    "Manufacturer": 0x00080070,
    "SeriesDescription": 0x0008103E,
    "PatientName": 0x00100010,
    "PatientID": 0x00100020,
    "PatientAge": 0x00101010,
    "SliceThickness": 0x00180050,
    "KVP": 0x00180060,
    "SpacingBetweenSlices": 0x00180088,
    "GantryDetectorTilt": 0x00181120,
    "ConvolutionKernel": 0x00181210,
    "PatientPosition": 0x00185100,
    "StudyInstanceUID": 0x0020000D,
    "SeriesInstanceUID": 0x0020000E,
    "InstanceNumber": 0x00200013,
    "ImagePositionPatient": 0x00200032,
    "ImageOrientationPatient": 0x00200037,
    "FrameOfReferenceUID": 0x00200052,
    "NumberOfFrames": 0x00280008,
    "PhotometricInterpretation": 0x00280004,
    "PixelSpacing": 0x00280030,
    "RescaleIntercept": 0x00281052,
    "RescaleSlope": 0x00281053,
    "RescaleType": 0x00281054,
}
"""Attributes whose values are text."""
NUMBER_TAGS: dict[str, int] = {
    "SamplesPerPixel": 0x00280002,
    "Rows": 0x00280010,
    "Columns": 0x00280011,
    "BitsAllocated": 0x00280100,
    "BitsStored": 0x00280101,
    "HighBit": 0x00280102,
    "PixelRepresentation": 0x00280103,
    "PixelPaddingValue": 0x00280120,
}
"""Attributes whose values are 16-bit numbers."""
PIXEL_DATA = 0x7FE00010
ABSURD_TEXTS: tuple[bytes, ...] = (
    *(b"", b"0", b"-1", b"1e999", b"-1e999", b"nan", b"inf", b"1e-320", b"abc", b"\\\\\\\\", b"1\\2", b"0\\0\\0"),
    *(b"0\\0\\0\\0\\0\\0", b"1\\0\\0\\1\\0\\0", b"9" * 3000, b"\xff\xfe\x00\x00", b"1.5.2", b"1,5", b" 1 ", b"1e5"),
    *(b"99999999999999999999", b"0.0000001\\0.0000001", b"0.7\\-0.7", b"%s%s%n", b"../../../etc/passwd", b"\n\r\0"),
    *(b"1.2.840.10008.1.2.4.53", b"1.2.840.10008.1.2.99", b"MR", b"ISO 2022 IR 87", b"DERIVED\\SECONDARY\\MPR"),
)
ABSURD_NUMBERS: tuple[bytes, ...] = (
    *(struct.pack("<H", n) for n in (0, 1, 2, 3, 7, 8, 15, 17, 32, 63, 65, 128, 32767, 32768, 65534, 65535)),
    *(b"", b"\1", b"\1\0\0", b"\1\0\2\0"),
)
_LONG_VRS = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV")
_PREFIX_BYTES = 132

Element = tuple[int, bytes, bytes, bool]
"""Tag, VR, value, undefined length."""


def elements_of(data: bytes) -> list[Element] | None:
    """Return the top-level elements of an explicit little endian file; None where it cannot be taken apart."""
    if data[128:132] != b"DICM":
        return None
    found: list[Element] = []
    at = _PREFIX_BYTES
    while at + 8 <= len(data):
        group, number = struct.unpack_from("<HH", data, at)
        vr = data[at + 4 : at + 6]
        if not (vr.isalpha() and vr.isupper()):
            return None
        if vr in _LONG_VRS:
            if at + 12 > len(data):
                return None
            length, start = struct.unpack_from("<I", data, at + 8)[0], at + 12
        else:
            length, start = struct.unpack_from("<H", data, at + 6)[0], at + 8
        undefined = length == 0xFFFFFFFF
        end = len(data) if undefined else start + length
        if end > len(data):
            return None
        found.append((group << 16 | number, vr, data[start:end], undefined))
        at = end
    return found


def joined(elements: list[Element], start: bytes) -> bytes:
    """Return a file of these elements after its 132 first bytes."""
    parts = [start]
    for tag, vr, value, undefined in elements:
        head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
        if vr in _LONG_VRS:
            parts.append(head + struct.pack("<HI", 0, 0xFFFFFFFF if undefined else len(value)) + value)
        else:
            parts.append(head + struct.pack("<H", len(value) & 0xFFFF) + value)
    return b"".join(parts)


def edit(data: bytes, tag: int, change: Callable[[bytes], bytes | None]) -> bytes:
    """Change the value of one top-level element; None takes it out. Files of another syntax stay as they are."""
    elements = elements_of(data)
    if elements is None:
        return data
    kept: list[Element] = []
    for element in elements:
        if element[0] != tag:
            kept.append(element)
            continue
        value = change(element[2])
        if value is not None:
            kept.append((tag, element[1], value + b" " if len(value) % 2 and value.isascii() else value, element[3]))
    return joined(kept, data[:_PREFIX_BYTES])


def _names(random: Random, files: Files) -> list[str]:
    """Return the files that are hit: one, some or all."""
    names = sorted(files)
    count = random.choice((1, 1, max(1, len(names) // 3), len(names), len(names)))
    return sorted(random.sample(names, min(count, len(names))))


def _tag(random: Random) -> tuple[str, int, tuple[bytes, ...]]:
    if random.random() < 0.7:
        name = random.choice(sorted(TEXT_TAGS))
        return name, TEXT_TAGS[name], ABSURD_TEXTS
    name = random.choice(sorted(NUMBER_TAGS))
    return name, NUMBER_TAGS[name], ABSURD_NUMBERS


def remove_attribute(random: Random, given: DamagedInput) -> DamagedInput:
    """Take one attribute out of one, some or all files."""
    name, tag, _ = _tag(random)
    hit = _names(random, given.files)
    files = given.files | {n: edit(given.files[n], tag, lambda _: None) for n in hit}
    return given.with_files(files).with_step(f"{name} removed from {len(hit)} files")


def absurd_attribute(random: Random, given: DamagedInput) -> DamagedInput:
    """Give one attribute an absurd value in one, some or all files."""
    name, tag, values = _tag(random)
    value = random.choice(values)
    hit = _names(random, given.files)
    files = given.files | {n: edit(given.files[n], tag, lambda _: value) for n in hit}
    return given.with_files(files).with_step(f"{name} = {value[:30]!r} in {len(hit)} files")


def different_values(random: Random, given: DamagedInput) -> DamagedInput:
    """Give one attribute another absurd value in each of the files that are hit."""
    name, tag, values = _tag(random)
    hit = _names(random, given.files)
    files = given.files | {n: edit(given.files[n], tag, lambda _: random.choice(values)) for n in hit}
    return given.with_files(files).with_step(f"{name} absurd, each time differently, in {len(hit)} files")


def swap_between_files(random: Random, given: DamagedInput) -> DamagedInput:
    """Swap the values of one attribute between two slices."""
    name, tag, _ = _tag(random)
    names = sorted(given.files)
    first, second = random.choice(names), random.choice(names)
    values = [next((e[2] for e in elements_of(given.files[n]) or [] if e[0] == tag), b"") for n in (first, second)]
    files = dict(given.files)
    files[first] = edit(files[first], tag, lambda _: values[1])
    files[second] = edit(files[second], tag, lambda _: values[0])
    return given.with_files(files).with_step(f"{name} swapped between two files")


def swap_attributes(random: Random, given: DamagedInput) -> DamagedInput:
    """Swap the values of two attributes in the files that are hit."""
    (one, first, _), (two, second, _) = _tag(random), _tag(random)
    hit = _names(random, given.files)
    files = dict(given.files)
    for name in hit:
        values = {e[0]: e[2] for e in elements_of(files[name]) or []}
        files[name] = edit(files[name], first, lambda _, v=values: v.get(second, b""))  # type: ignore[misc]  # v is bound at once
        files[name] = edit(files[name], second, lambda _, v=values: v.get(first, b""))  # type: ignore[misc]  # as above
    return given.with_files(files).with_step(f"{one} and {two} swapped in {len(hit)} files")


def wrong_representation(random: Random, given: DamagedInput) -> DamagedInput:
    """Write an attribute with a value representation that is not its own."""
    name, tag, _ = _tag(random)
    vr = random.choice((b"UN", b"LO", b"US", b"FD", b"SQ", b"DS", b"AT", b"OB"))
    hit = _names(random, given.files)
    files = dict(given.files)
    for n in hit:
        elements = elements_of(files[n])
        if elements is not None:
            files[n] = joined([(t, vr if t == tag else r, v, u) for t, r, v, u in elements], files[n][:_PREFIX_BYTES])
    return given.with_files(files).with_step(f"{name} written as {vr.decode()} in {len(hit)} files")


def spoil_pixels(random: Random, given: DamagedInput) -> DamagedInput:
    """Cut, overwrite or empty the pixels of the files that are hit."""
    kind = random.choice(("empty", "cut", "random", "odd", "long"))

    def change(value: bytes) -> bytes | None:
        middle = random.randrange(len(value) + 1)
        return {
            "empty": b"",
            "cut": value[:middle],
            "random": value[:middle] + random.randbytes(min(64, len(value) - middle)) + value[middle + 64 :],
            "odd": value[:-1],
            "long": value + random.randbytes(1000),
        }[kind]

    hit = _names(random, given.files)
    files = given.files | {n: edit(given.files[n], PIXEL_DATA, change) for n in hit}
    return given.with_files(files).with_step(f"pixels {kind} in {len(hit)} files")


def lying_length(random: Random, given: DamagedInput) -> DamagedInput:
    """Change the length of a random element without changing its value."""
    hit = _names(random, given.files)
    files = dict(given.files)
    for name in hit:
        data = bytearray(files[name])
        elements = elements_of(files[name])
        if not elements:
            continue
        target = random.randrange(len(elements))
        at = _PREFIX_BYTES
        for _, vr, value, _undefined in elements[:target]:
            at += (12 if vr in _LONG_VRS else 8) + len(value)
        if elements[target][1] in _LONG_VRS:
            struct.pack_into("<I", data, at + 8, random.choice((0, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 3, 2**20)))
        else:
            struct.pack_into("<H", data, at + 6, random.choice((0, 1, 0xFFFF, 3, 500)))
        files[name] = bytes(data)
    return given.with_files(files).with_step(f"a length lies in {len(hit)} files")


def deep_sequence(random: Random, given: DamagedInput) -> DamagedInput:
    """Put a sequence of a thousand levels into the header."""
    depth = random.choice((20, 200, 1200))
    item = b""
    for _ in range(depth):
        # Each level: item of undefined length, within it a sequence of undefined length.
        item = (
            b"\x08\x00\x15\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
            + item
            + b"\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"
        )
    hit = _names(random, given.files)
    files = dict(given.files)
    for name in hit:
        elements = elements_of(files[name])
        if elements is None:
            continue
        before = joined([e for e in elements if e[0] < 0x00081115], files[name][:_PREFIX_BYTES])
        files[name] = before + item + joined([e for e in elements if e[0] > 0x00081115], b"")
    return given.with_files(files).with_step(f"a sequence of {depth} levels in {len(hit)} files")


def absurd_size(random: Random, given: DamagedInput) -> DamagedInput:
    """Declare a picture that no memory holds."""
    hit = _names(random, given.files)
    files = dict(given.files)
    frames = str(random.choice((1, 10**5, 2**31 - 1, 10**12))).encode()
    for name in hit:
        for tag in (NUMBER_TAGS["Rows"], NUMBER_TAGS["Columns"]):
            files[name] = edit(files[name], tag, lambda _: b"\xff\xff")
        files[name] = edit(files[name], TEXT_TAGS["NumberOfFrames"], lambda _: frames)
    return given.with_files(files).with_step(f"65535 x 65535 pixels declared in {len(hit)} files")


def planes_pushed(random: Random, given: DamagedInput) -> DamagedInput:
    """Move, repeat or spread the positions of the slices that are hit."""
    kind = random.choice(("same", "far", "jitter", "sideways"))
    hit = _names(random, given.files)
    files = dict(given.files)

    def change(value: bytes) -> bytes | None:
        try:
            x, y, z = (float(part) for part in value.split(b"\\"))
        except ValueError:
            return value
        moved = {
            "same": (0.0, 0.0, 0.0),
            "far": (x, y, z + 10.0 ** random.randint(2, 9)),
            "jitter": (x, y, z + random.uniform(-4, 4)),
            "sideways": (x + random.uniform(-50, 50), y, z),
        }[kind]
        return "\\".join(f"{n:.6g}" for n in moved).encode()

    for name in hit:
        files[name] = edit(files[name], TEXT_TAGS["ImagePositionPatient"], change)
    return given.with_files(files).with_step(f"positions {kind} in {len(hit)} files")
