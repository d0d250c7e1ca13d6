"""Identifiers of resources: the same contents give the same ones, so that sending twice makes nothing twice."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import uuid
from typing import Final
from urllib.parse import quote

from groundglass.analysis.result import Result
from groundglass.dicom.header import Identity
from groundglass.report.fhir.terms import Json

_NAMESPACE: Final = uuid.UUID("7136c7c6-9a83-41f8-8d39-2f7f1a3cf05e")
"""Of all our resources; drawn once at random (RFC 9562 section 5.5)."""
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
URI_SYSTEM: Final = "urn:ietf:rfc:3986"
DICOM_UID_SYSTEM: Final = "urn:dicom:uid"


class Identifiers:
    """Names every resource of one bundle.

    Parameters
    ----------
    result : Result
        What the bundle says. Its seconds do not count: a rerun that finds the same is the same.
    identity : Identity or None
        Whom the bundle says it of.
    others : str
        Everything else that changes the contents.
    """

    def __init__(self, result: Result, identity: Identity | None, *others: str) -> None:
        said = dataclasses.asdict(result)
        del said["seconds"]
        who = dataclasses.asdict(identity) if identity else None
        text = json.dumps([said, who, others], ensure_ascii=False, sort_keys=True, allow_nan=False)
        self.fingerprint = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def urn(self, name: str) -> str:
        """Return the ``urn:uuid`` of a resource of this bundle."""
        return fixed_urn(self.fingerprint, name)


def fixed_urn(*parts: str) -> str:
    """Return the ``urn:uuid`` that follows from the parts alone."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps(parts, ensure_ascii=True))}"


def entry_urn(identifier: Json) -> str:
    """Return the fullUrl of the entry that is found by an identifier.

    It is never the identifier itself: servers that put the place of what they stored in place of each fullUrl have been
    seen to do so wherever that text stands, and then look for an identifier that nobody has.
    """
    return fixed_urn("entry", identifier["system"], identifier["value"])


def as_identifier(urn: str) -> Json:
    """Return an Identifier that is a URI by itself (FHIR R5, Identifier, system ``urn:ietf:rfc:3986``)."""
    return {"system": URI_SYSTEM, "value": urn}


def study_identifier(uid: str) -> Json:
    """Return the Identifier of a study by its UID (FHIR R5, ImagingStudy, "DICOM mapping").

    Parameters
    ----------
    uid : str
        StudyInstanceUID. What is no object identifier, as a UUID that an anonymiser put there, is kept as text.
    """
    return {"system": DICOM_UID_SYSTEM, "value": f"urn:oid:{uid}" if _OID.fullmatch(uid) else uid}


def search_for(identifier: Json) -> str:
    """Return the query of a conditional create for an identifier (FHIR R5, Search, token parameters)."""
    value = re.sub(r"([\\,|$])", r"\\\1", identifier["value"])
    return f"identifier={quote(identifier['system'], safe=':/')}|{quote(value, safe=':/')}"
