"""One gzip member out of blocks that are compressed side by side: the same bytes for any number of threads.

Each block is deflated by itself and ends on a byte without closing the stream (a full flush), so that the blocks in a
row are one deflate stream; the checksums of the blocks are combined into that of the whole. Any gzip reader reads it.

References
----------
RFC 1951 (deflate, 3.2.4: the empty stored block of a flush), RFC 1952 (gzip: header, CRC-32 and length at the end).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from isal import isal_zlib as _isal_zlib

isal_zlib: Any = _isal_zlib  # half typed

LEVEL = 3
"""igzip level, the strongest it has: 0.36 s for 157 MB of CT against 0.30 s of level 1, and 4 % smaller; a percent off
the size of zlib's level 6, which takes ten times as long."""
BLOCK_BYTES = 4 * 1024 * 1024
"""What one thread compresses at a time: the window is lost once a block, which costs less than 0.2 % of the size."""
_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""No flags, no time, no name, system unknown."""
_RAW_DEFLATE = -15

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """One compressed piece of the stream."""

    packed: bytes
    crc: int
    size: int


def packed(data: Any) -> Block:
    """Compress one block; the interpreter's lock is released meanwhile.

    Parameters
    ----------
    data : buffer
        Contiguous bytes.
    """
    deflate = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)
    body = deflate.compress(data) + deflate.flush(isal_zlib.Z_FULL_FLUSH)
    return Block(body, isal_zlib.crc32(data), memoryview(data).nbytes)


def write_member(disk: BinaryIO, start: bytes, work: Callable[[T], Block], items: Iterable[T], threads: int) -> None:
    """Write one gzip member: ``start``, then what the work makes of each item, in their order.

    Parameters
    ----------
    disk : stream
        Written.
    start : bytes
        Uncompressed, before the blocks.
    work : callable
        Runs in threads; makes one block of an item.
    items : iterable
        What the blocks are made of.
    threads : int
        How many blocks are made at a time; it changes no byte.
    """
    first = packed(start)
    disk.write(_HEADER + first.packed)
    crc, size = first.crc, first.size
    with ThreadPoolExecutor(max(1, threads)) as pool:
        waiting = deque(pool.submit(work, item) for item in items)
        try:
            while waiting:
                block = waiting.popleft().result()
                disk.write(block.packed)
                crc = isal_zlib.crc32_combine(crc, block.crc, block.size)
                size += block.size
        finally:
            for job in waiting:
                job.cancel()
    closing = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)
    disk.write(closing.flush(isal_zlib.Z_FINISH) + struct.pack("<II", crc, size & 0xFFFFFFFF))
