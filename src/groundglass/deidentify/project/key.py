"""The key of a project: 32 random bytes in a file, under a passphrase or not (decision 15)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from groundglass.deidentify.project.disk import PROJECT_NOT_READABLE, place, reading
from groundglass.errors import InputError, UnavailableError, declare

PROJECT_KEY_DAMAGED = declare("PROJECT_KEY_DAMAGED", "The key file of the project is damaged.")
PROJECT_PASSPHRASE_WRONG = declare("PROJECT_PASSPHRASE_WRONG", "The passphrase is not that of the project.")
PROJECT_PASSPHRASE_NEEDED = declare("PROJECT_PASSPHRASE_NEEDED", "The project's key is under a passphrase.")
PROJECT_PASSPHRASE_UNUSED = declare(
    "PROJECT_PASSPHRASE_UNUSED", "A passphrase was given, but the project's key lies open in its file."
)
PROJECT_PASSPHRASE_SHORT = declare("PROJECT_PASSPHRASE_SHORT", "The passphrase for a new project is too short.")

KEY_NAME = "key.json"
KEY_SCHEMA = "groundglass/project-key/1"
KEY_BYTES = 32
"""Of AES-256 and of SHA-256."""
ID_BYTES = 8
"""Tells projects apart; too short for nothing else to be learnt from it than that two are the same."""
PASSPHRASE_CHARACTERS = 12
"""Whoever has the file can try offline; below about twelve characters scrypt alone does not hold (NIST SP 800-63B-4
asks for 15 where nothing else stands beside the password, 8 where something does)."""
SCRYPT_N = 2**17
"""128 MiB and 0.3 s a try with r = 8, p = 1: the first choice of OWASP's password storage page."""
SCRYPT_N_AT_MOST = 2**20
"""1 GiB: a damaged or foreign file must not be able to ask for more."""
_FILE_BYTES_AT_MOST = 65536
"""Ours have 400."""
_WRAPPED = "scrypt-aes-256-gcm"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key, and what is derived from it (HKDF, RFC 5869).

    Parameters
    ----------
    secret : bytes
        32 random bytes.
    wrapped : bool
        Whether the file holds them under a passphrase.
    """

    secret: bytes = field(repr=False)
    wrapped: bool = False

    def derive(self, purpose: str, length: int = KEY_BYTES) -> bytes:
        """Return the key of one purpose, from which neither this one nor another can be found."""
        return HKDF(SHA256(), length, salt=None, info=f"groundglass project/1 {purpose}".encode()).derive(self.secret)

    @property
    def project_id(self) -> str:
        """Hexadecimal name by which a project is told from others."""
        return self.derive("id", ID_BYTES).hex()


def make_key(folder: Path, passphrase: str | None) -> bool:
    """Write a new key, unless there is one; the caller holds the lock.

    Parameters
    ----------
    folder : Path
        The project folder.
    passphrase : str or None
        Under which the key is put.

    Returns
    -------
    bool
        Whether the key is a new one.

    Raises
    ------
    InputError
        ``PROJECT_PASSPHRASE_SHORT``.
    UnavailableError
        ``PROJECT_NOT_WRITABLE``.
    """
    return place(folder / KEY_NAME, key_text(MasterKey(secrets.token_bytes(KEY_BYTES)), passphrase), replace=False)


def replace_key(folder: Path, text: bytes) -> None:
    """Write the same key as :func:`key_text` gave it; the caller holds the lock.

    Raises
    ------
    UnavailableError
        ``PROJECT_NOT_WRITABLE``.
    """
    place(folder / KEY_NAME, text, replace=True)


def read_key(folder: Path, passphrase: str | None) -> MasterKey | None:
    """Return the key of a project; None where there is none.

    Raises
    ------
    InputError
        ``PROJECT_KEY_DAMAGED``, ``PROJECT_PASSPHRASE_WRONG``, ``PROJECT_PASSPHRASE_NEEDED``,
        ``PROJECT_PASSPHRASE_UNUSED``, ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_READABLE``.
    """
    path = folder / KEY_NAME
    with reading(path) as stream:
        if stream is None:
            return None
        data = stream.read(_FILE_BYTES_AT_MOST)
    try:
        values = _values(data)
        secret = _opened(values, passphrase, path)
        key = MasterKey(secret, wrapped=values["wrap"] == _WRAPPED)
        if len(secret) != KEY_BYTES or key.project_id != values["project"]:
            raise ValueError("another key")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(
            PROJECT_KEY_DAMAGED,
            what="the key file is not as it was written",
            where=str(path),
            todo="put back the copy you keep; a new key would be another project",
        ) from error
    return key


def key_text(key: MasterKey, passphrase: str | None) -> bytes:
    """Return what the key file holds.

    Raises
    ------
    InputError
        ``PROJECT_PASSPHRASE_SHORT``.
    """
    values: dict[str, Any] = {"schema": KEY_SCHEMA, "project": key.project_id}
    if passphrase is None:
        values |= {"wrap": "none", "key": key.secret.hex()}
    else:
        if len(_normal(passphrase)) < PASSPHRASE_CHARACTERS:
            raise InputError(
                PROJECT_PASSPHRASE_SHORT,
                what=f"the passphrase has fewer than {PASSPHRASE_CHARACTERS} characters",
                where="GROUNDGLASS_PROJECT_PASSPHRASE",
                todo="take a longer one: some words that do not belong together",
            )
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        scrypt = {"salt": salt.hex(), "n": SCRYPT_N, "r": 8, "p": 1}
        sealed = AESGCM(_stretched(passphrase, scrypt)).encrypt(nonce, key.secret, key.project_id.encode())
        values |= {"wrap": _WRAPPED, "scrypt": scrypt, "nonce": nonce.hex(), "key": sealed.hex()}
    values["check"] = _check(values)
    return (json.dumps(values, indent=1) + "\n").encode()


def _values(data: bytes) -> dict[str, Any]:
    values = json.loads(data)
    if not isinstance(values, dict) or values["schema"] != KEY_SCHEMA:
        raise ValueError("no key file")
    if not hmac.compare_digest(str(values.pop("check")), _check(values)):
        raise ValueError("check sum")
    return values


def _check(values: dict[str, Any]) -> str:
    # tells a damaged file from a wrong passphrase; it protects nothing
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _opened(values: dict[str, Any], passphrase: str | None, path: Path) -> bytes:
    sealed = bytes.fromhex(values["key"])
    if values["wrap"] == "none":
        if passphrase is not None:
            raise InputError(
                PROJECT_PASSPHRASE_UNUSED,
                what="a passphrase was given, but the key of this project is not under one",
                where=str(path),
                todo="unset GROUNDGLASS_PROJECT_PASSPHRASE, or put the key under it first",
            )
        return sealed
    if values["wrap"] != _WRAPPED:
        raise ValueError("unknown wrap")
    if passphrase is None:
        raise InputError(
            PROJECT_PASSPHRASE_NEEDED,
            what="the key of this project is under a passphrase",
            where=str(path),
            todo="give it as GROUNDGLASS_PROJECT_PASSPHRASE",
        )
    stretched = _stretched(passphrase, values["scrypt"])
    try:
        return AESGCM(stretched).decrypt(bytes.fromhex(values["nonce"]), sealed, str(values["project"]).encode())
    except InvalidTag:
        raise InputError(
            PROJECT_PASSPHRASE_WRONG,
            what="the passphrase is not that of this project",
            where=str(path),
            todo="look at GROUNDGLASS_PROJECT_PASSPHRASE: keyboard layout, spaces at the ends",
        ) from None


def _stretched(passphrase: str, scrypt: dict[str, Any]) -> bytes:
    n, r, p = int(scrypt["n"]), int(scrypt["r"]), int(scrypt["p"])
    if not (0 < n <= SCRYPT_N_AT_MOST and 0 < r <= 8 and 0 < p <= 4):
        raise ValueError("scrypt asks for too much")
    try:
        return Scrypt(salt=bytes.fromhex(scrypt["salt"]), length=KEY_BYTES, n=n, r=r, p=p).derive(_normal(passphrase))
    except MemoryError as error:
        raise UnavailableError(
            PROJECT_NOT_READABLE,
            what=f"the passphrase needs {128 * n * r / 2**20:.0f} MiB of memory",
            where="the key of the project",
            todo="end other programs and try again",
        ) from error


def _normal(passphrase: str) -> bytes:
    # one passphrase typed on two machines may come as different code points
    return unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
