"""UIDs made from what they name: the same words, the same UID."""

from __future__ import annotations

import hashlib
import uuid


def made_uid(*words: str) -> str:
    """Return a UID under 2.25 that the words determine (PS3.5 annex B.2, from a name-based UUID).

    Parameters
    ----------
    *words : str
        What the UID stands for; the order counts.
    """
    digest = bytearray(hashlib.sha256("\x1f".join(("groundglass", *words)).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80  # version 8: made by a rule of our own (RFC 9562)
    digest[8] = digest[8] & 0x3F | 0x80
    return f"2.25.{uuid.UUID(bytes=bytes(digest)).int}"
