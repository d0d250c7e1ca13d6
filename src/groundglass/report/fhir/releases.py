"""The two releases: what differs between them, and the models that check what leaves."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, Literal

from groundglass.errors import InternalError, declare
from groundglass.report.fhir.resources import modality_as_coding
from groundglass.report.fhir.terms import Json

FhirRelease = Literal["R5", "R4B"]

FHIR_INVALID = declare("FHIR_INVALID", "A FHIR bundle of ours is refused by the models of its release.")


def _device(resource: Json) -> Json:
    made = {name: value for name, value in resource.items() if name != "name"}
    names = [{"name": one["value"], "type": one["type"]} for one in resource["name"]]
    return {**made, "deviceName": names, "type": resource["type"][0]}


def _report(resource: Json) -> Json:
    made = {name: value for name, value in resource.items() if name != "study"}
    return {**made, "imagingStudy": resource["study"]} if "study" in resource else made


R4B: Final[MappingProxyType[str, Callable[[Json], Json]]] = MappingProxyType(
    {"Device": _device, "DiagnosticReport": _report, "ImagingStudy": modality_as_coding}
)
"""How a resource of R5 is written in R4B, for the types of ours that differ (FHIR R5, "R4B/R5 comparison" of each)."""


def in_release(resource: Json, release: FhirRelease) -> Json:
    """Return a resource as a release writes it.

    Parameters
    ----------
    resource : dict
        As R5 writes it.
    release : {"R5", "R4B"}
        The release wanted.
    """
    change = R4B.get(resource["resourceType"]) if release == "R4B" else None
    return change(resource) if change else resource


def checked_text(bundle: Json, release: FhirRelease, *, indent: int | None) -> str:
    """Return the bundle as JSON, written by the models of its release.

    Parameters
    ----------
    bundle : dict
        A Bundle.
    release : {"R5", "R4B"}
        Whose models.
    indent : int or None
        Spaces a level; None gives one line.

    Raises
    ------
    InternalError
        ``FHIR_INVALID`` with the field.
    """
    from pydantic import ValidationError

    try:
        model = _bundle_model(release).model_validate(bundle)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InternalError(
            FHIR_INVALID, what=f"{place}: {first['type']}", where=f"the {release} bundle", todo="report it"
        ) from None
    text: str = model.model_dump_json(indent=indent)
    return text


def _bundle_model(release: FhirRelease) -> Any:
    if release == "R4B":
        from fhir.resources.R4B import bundle as r4b

        return r4b.Bundle
    from fhir.resources import bundle as r5

    return r5.Bundle
