"""``groundglass fhir``: results as FHIR transaction bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.pipeline.stored import StoredResult
    from groundglass.report.fhir import FhirOptions


def fhir(
    out: Annotated[Path, Parameter(name="OUT", negative=())],
    /,
    *,
    release: Literal["R5", "R4B"] = "R5",
    file: Annotated[Path | None, Parameter(name=["--file", "-o"])] = None,
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    lang: Literal["en", "ru"] = "en",
    with_pdf: Annotated[bool, Parameter(negative=())] = False,
    patient_id_system: str | None = None,
    utc_offset: str | None = None,
) -> int:
    """Print results as FHIR transaction bundles, one a study.

    Parameters
    ----------
    out : Path
        Folder that analyze wrote: of one study, or of a batch.
    release : {"R5", "R4B"}
        FHIR release.
    file : Path
        Where to write; for a batch a folder. Without it: to stdout, a batch one bundle a line.
    overwrite : bool
        Replace what is there.
    lang : {"en", "ru"}
        Language of the conclusion.
    with_pdf : bool
        Attach report.pdf. It names the patient where the source does.
    patient_id_system : str
        URI of the namespace of the patient IDs, so that the server's own Patient is used.
    utc_offset : str
        Time zone of the scanner, such as +03:00, so that the time of day can be told.
    """
    import sys

    from groundglass.errors import GroundglassError, InputError
    from groundglass.pipeline.stored import stored_results

    options = _options(release, lang, patient_id_system, utc_offset)
    found = stored_results(out)
    single = len(found) == 1 and not found[0].study_id
    targets = _targets(file, found, overwrite=overwrite) if file is not None else None
    failed: list[GroundglassError] = []
    said: set[str] = set()
    for stored in found:
        try:
            text = _bundle(stored, options, said, with_pdf=with_pdf, indent=2 if single or targets else None)
        except InputError as error:
            failed.append(error)
            if not single:
                sys.stderr.write(error.line() + "\n")
            continue
        if targets is None:
            sys.stdout.write(text + "\n")
        else:
            _write(targets[stored.folder], text + "\n")
    if not failed:
        return 0
    if single:
        raise failed[0]
    raise InputError(
        "STUDIES_FAILED",
        what=f"{len(failed)} of {len(found)} studies gave no bundle",
        where="OUT",
        todo="see the lines above; the others are done",
    )


def _options(
    release: Literal["R5", "R4B"], lang: Literal["en", "ru"], patient_id_system: str | None, utc_offset: str | None
) -> FhirOptions:
    import re

    from groundglass.errors import UsageError
    from groundglass.report.fhir import FhirOptions

    if utc_offset is not None and not re.fullmatch(r"Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00", utc_offset):
        raise UsageError(
            "USAGE", what="--utc-offset is no time zone", where="the command line", todo="write +03:00 or Z"
        )
    if patient_id_system is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s|]+", patient_id_system):
        raise UsageError(
            "USAGE",
            what="--patient-id-system is no URI",
            where="the command line",
            todo="write urn:oid:... or the address that your server uses",
        )
    return FhirOptions(release=release, language=lang, patient_id_system=patient_id_system, utc_offset=utc_offset)


def _bundle(stored: StoredResult, options: FhirOptions, said: set[str], *, with_pdf: bool, indent: int | None) -> str:
    import sys

    from groundglass.dicom.stored_identity import stored_identity
    from groundglass.errors import InputError
    from groundglass.phrases import say_notice
    from groundglass.report.fhir import fhir_bundle

    result = stored.read()
    identity, notices = stored_identity(stored.folder / "dicom", result.study.study_uid)
    pdf = b""
    if with_pdf:
        try:
            pdf = (stored.folder / "report.pdf").read_bytes()
        except OSError:
            raise InputError(
                "RESULT_UNREADABLE",
                what="there is no report.pdf that can be read",
                where=stored.label,
                todo="leave out --with-pdf, or analyse the study again",
            ) from None
    made = fhir_bundle(result, identity, options=options, pdf=pdf, indent=indent)
    for notice in (*notices, *made.notices):
        text = say_notice(notice)
        # what only informs holds for every study of a batch: once is enough
        if notice.severity != "info":
            sys.stderr.write(f"{stored.label}: {text}\n")
        elif text not in said:
            said.add(text)
            sys.stderr.write(f"{text}\n")
    return made.text


def _targets(file: Path, found: tuple[StoredResult, ...], *, overwrite: bool) -> dict[Path, Path]:
    """Return where each bundle goes, before any is made: one file, or in a batch a file a study in a folder."""
    from groundglass.errors import OUTPUT_EXISTS, InputError

    single = len(found) == 1 and not found[0].study_id
    targets = {stored.folder: file if single else file / f"{stored.study_id}.fhir.json" for stored in found}
    if single and file.is_dir():
        raise InputError(OUTPUT_EXISTS, what="the output is a folder", where="-o", todo="name a file")
    if not single and file.exists() and not file.is_dir():
        raise InputError(OUTPUT_EXISTS, what="the output is a file", where="-o", todo="name a folder")
    if not overwrite and any(target.exists() for target in targets.values()):
        raise InputError(
            OUTPUT_EXISTS, what="the output exists already", where="-o", todo="give --overwrite or another name"
        )
    return targets


def _write(target: Path, text: str) -> None:
    """Write a file whole or not at all."""
    import contextlib
    import os
    import tempfile

    from groundglass.errors import OUTPUT_FAILED, UnavailableError

    aside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".fhir.", suffix=".partial", dir=target.parent)
        aside = Path(name)
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        aside.replace(target)
    except OSError as error:
        if aside is not None:
            with contextlib.suppress(OSError):
                aside.unlink()
        # not the text of the error: it quotes the path
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"the bundle could not be written: {reason}",
            where="-o",
            todo="check space and rights of the folder",
        ) from error
