"""The project's key, and everything that follows from it and nothing else: UIDs, pseudonyms, days."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letters that are taken for figures."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keyed hashes of one project: the same input gives the same output all over the project, and no other project.

    Parameters
    ----------
    secret : bytes
        32 random bytes; never printed, never under OUT.
    """

    secret: bytes = field(repr=False)

    def digest(self, kind: str, value: str) -> bytes:
        """Return 32 bytes that only the holder of the key can make from the value."""
        return hmac.new(self.secret, f"{kind}\0{value}".encode(), hashlib.sha256).digest()

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another one: 2.25 and 122 bits of the keyed hash (PS3.5 B.2)."""
        number = int.from_bytes(self.digest("uid", uid)[:16], "big")
        # the form of a version 8 UUID, so that the integer is one (RFC 9562 section 5.8)
        number = number & ~(0xF << 76) | (0x8 << 76)
        number = number & ~(0x3 << 62) | (0x2 << 62)
        return f"2.25.{number}"

    def name(self, kind: str, value: str, length: int = 10) -> str:
        """Return a short name of ours, of capital letters and figures."""
        digest = self.digest(kind, value)
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    def days(self, patient: str, smallest: int, largest: int) -> int:
        """Return by how many days the dates of a patient go back, within the limits (both included)."""
        return smallest + int.from_bytes(self.digest("days", patient)[:8], "big") % (largest - smallest + 1)
