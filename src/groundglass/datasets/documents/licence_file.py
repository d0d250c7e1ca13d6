"""``LICENSE`` of a data set: the text that its makers give, else the name of the licence and where its text is."""

from __future__ import annotations

from groundglass.datasets.documents.licences import licence_of
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.errors import InputError, declare
from groundglass.phrases import LANGUAGES, Language
from groundglass.report.wording import clean

LICENCE_FILE_UNREADABLE = declare("LICENCE_FILE_UNREADABLE", "The licence file that a recipe names cannot be read.")
LARGEST_BYTES = 4 * 1024 * 1024
"""The longest licence has some hundred kilobytes."""


def licence_text(release: Release) -> bytes:
    """Return the content of ``LICENSE``; nothing of the text of a licence is made up or shortened.

    Raises
    ------
    InputError
        ``LICENCE_FILE_UNREADABLE``.
    """
    path = release.recipe.licence_file
    if path is None:
        languages = [each for each in LANGUAGES if each in release.recipe.languages] or [LANGUAGES[0]]
        return ("\n\n".join(_words(release, each) for each in languages) + "\n").encode()
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise OSError(f"it is larger than {LARGEST_BYTES} bytes")
        return path.read_bytes()
    except OSError as reason:
        raise InputError(
            LICENCE_FILE_UNREADABLE,
            what=f"the licence file cannot be read: {reason.strerror or reason}",
            where=path.name,
            todo="name a readable text file of the licence, or leave it out",
        ) from reason


def _words(release: Release, language: Language) -> str:
    tell = Tell(language)
    about = release.about
    licence = licence_of(about.licence)
    title = tell.text(about.title) or clean(about.name)
    lines = [f"{title}, {tell('is_version_short', version=clean(about.version))}"]
    lines += [", ".join(clean(each) for each in about.authors)] if about.authors else []
    lines.append("")
    if licence is not None:
        lines += [
            f"{tell('is_licence')}: {licence.name}",
            f"{tell('is_spdx')}: {licence.spdx}",
            f"{tell('is_licence_text')}: {clean(about.licence_url) or licence.url}",
            "",
            tell("licence_file"),
        ]
    elif about.licence.strip():
        lines.append(f"{tell('is_licence')}: {clean(about.licence, 4_000)}")
        lines += [f"{tell('is_licence_text')}: {clean(about.licence_url)}"] if about.licence_url else []
    else:
        lines.append(tell("licence_none"))
    return "\n".join(lines)
