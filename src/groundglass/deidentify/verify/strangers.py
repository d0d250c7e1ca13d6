"""What has no business under OUT: files of a project folder, and forms that identify whoever it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SCHEMA = re.compile(rb'"schema"\s*:\s*"groundglass/project-[a-z]+/\d+"')
"""How the key, the tables, the state and the log of a project folder begin."""
_HEAD_BYTES = 4096
"""Where that stands: keys and titles are a few hundred bytes."""
_PROJECT_NAMES = re.compile(r"(?:^|[/!])(?:key\.json|access\.log|[\w-]+\.table)$")
"""Names of the files of a project folder."""
_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,}")
_PHONE = re.compile(r"(?<![\w.,+-])\+[1-9]\d{0,2}[ ()./-]{0,2}(?:\d[ ()./-]{0,2}){7,11}\d(?![\w.,]*\d)")
"""International prefix and 9 to 15 figures (ITU-T E.164 6.1)."""


def of_a_project(name: str, data: bytes) -> bool:
    """Return whether a file is one of a project folder: the key, a table of pseudonyms, the state or the log.

    Parameters
    ----------
    name : str
        Path from the top, of a member of an archive too.
    data : bytes
        The file.
    """
    head = data[:_HEAD_BYTES]
    if _SCHEMA.search(head):
        return True
    return bool(_PROJECT_NAMES.search(name)) and b"groundglass" in head


def by_form(text: str) -> Iterator[tuple[str, str]]:
    """Return e-mail addresses and international telephone numbers of a text, with what each is.

    Parameters
    ----------
    text : str
        A value.
    """
    if "@" in text:
        for match in _MAIL.finditer(text):
            yield "e-mail", match[0]
    if "+" in text:
        for match in _PHONE.finditer(text):
            yield "phone", match[0]
