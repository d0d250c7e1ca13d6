"""Writes the documents of a version into its folder."""

from __future__ import annotations

from pathlib import Path

from groundglass.datasets.documents.card import card_of
from groundglass.datasets.documents.changes import CHANGELOG, changelog, changes_between, version_notices
from groundglass.datasets.documents.checksums import CHECKSUMS, files_of, sums_of
from groundglass.datasets.documents.citing import citation_cff
from groundglass.datasets.documents.contents import readme
from groundglass.datasets.documents.croissant import croissant_of
from groundglass.datasets.documents.licence_file import licence_text
from groundglass.datasets.documents.licences import licence_of
from groundglass.datasets.documents.manifest import manifest_name, manifest_of, written
from groundglass.datasets.documents.markdown import to_markdown
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.structure import ALWAYS
from groundglass.datasets.documents.typesetting import to_pdf
from groundglass.phrases import LANGUAGES, Notice
from groundglass.report.files import write_whole


def write_documents(folder: Path, release: Release) -> tuple[Notice, ...]:
    """Write README, licence, citation, card, manifest, Croissant and changelog; everything else is there already.

    Files: ``README_EN.md``, ``README_EN.pdf`` (and ``_RU``), ``LICENSE``, ``CITATION.cff``, ``CHANGELOG.md``,
    ``card.json``, ``dataset.json`` (``groundglass.json`` where the layout needs the first for itself) and
    ``croissant.json``. Same release and files, same bytes. :func:`write_checksums` comes behind it.

    Parameters
    ----------
    folder : Path
        Where the version is made.
    release : Release
        The version.

    Returns
    -------
    tuple of Notice
        What the maker of the set should know: a number of a version that says less than what changed, a licence
        without a known name, texts that one language lacks.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if a file cannot be written.
    InternalError
        ``DOCUMENT_NOT_TYPESET`` if a template fails.
    """
    languages = [each for each in LANGUAGES if each in release.recipe.languages]
    readmes = {each: f"README_{each.upper()}" for each in languages}
    own = [*ALWAYS, manifest_name(release.layout), *(f"{n}.{end}" for n in readmes.values() for end in ("md", "pdf"))]
    files = sorted({*files_of(folder), *own})
    compared = release.previous is not None and (release.previous.folder / CHECKSUMS).is_file()
    data_files = sorted({path for path in files if path.endswith((".nii.gz", ".nii"))})
    changes = changes_between(
        release.previous,
        release.members,
        release.about,
        layout=release.layout,
        sums=sums_of(folder, [path for path in data_files if (folder / path).is_file()]) if compared else None,
    )
    card = card_of(release)
    write_whole(folder / "LICENSE", licence_text(release))
    write_whole(folder / "CITATION.cff", citation_cff(release.about))
    write_whole(folder / CHANGELOG, changelog(release, changes))
    write_whole(folder / "card.json", written(card))
    write_whole(folder / manifest_name(release.layout), written(manifest_of(release)))
    # behind the tables and the manifest, whose checksums it holds
    write_whole(folder / "croissant.json", written(croissant_of(folder, release)))
    figures = {
        path: (folder / path).read_bytes() for path in files if path.startswith("statistics/") and path.endswith(".svg")
    }
    for language, name in readmes.items():
        paper = readme(release, language, files=files, card=card, changes=changes)
        write_whole(folder / f"{name}.md", to_markdown(paper).encode())
        own_figures = {path: data for path, data in figures.items() if path.endswith(f"_{language}.svg")}
        write_whole(folder / f"{name}.pdf", to_pdf(paper, own_figures))
    notices = list(version_notices(release.about.version, changes))
    if licence_of(release.about.licence) is None:
        notices.append(Notice("set_licence_unclear"))
    for field in ("title", "description"):
        said = getattr(release.about, field)
        if any(said.values()) and not all(said.get(language) for language in languages):
            notices.append(Notice("set_language_missing", {"field": field}, "info"))
    return tuple(notices)
