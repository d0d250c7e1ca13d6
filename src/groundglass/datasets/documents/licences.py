"""Licences that data sets are published under: name, address, and what they permit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence.

    Attributes
    ----------
    spdx : str
        Identifier in the SPDX list of licences.
    name : str
        Its full name there.
    url : str
        Where its text is.
    commercial : bool
        Whether commercial use is permitted.
    changes : bool
        Whether changed versions may be passed on.
    attribution : bool
        Whether the makers have to be named.
    share_alike : bool
        Whether what is made of it has to have the same licence.
    """

    spdx: str
    name: str
    url: str
    commercial: bool
    changes: bool
    attribution: bool
    share_alike: bool


def _cc(kind: str, words: str, version: str) -> Licence:
    """Return one of the licences of Creative Commons, whose name says what it permits."""
    parts = kind.split("-")
    end = " Unported" if version == "3.0" else " International"
    return Licence(
        spdx=f"CC-{kind}-{version}",
        name=f"Creative Commons {words} {version}{end}",
        url=f"https://creativecommons.org/licenses/{kind.lower()}/{version}/",
        commercial="NC" not in parts,
        changes="ND" not in parts,
        attribution=True,
        share_alike="SA" in parts,
    )


_CC_KINDS = (
    ("BY", "Attribution"),
    ("BY-SA", "Attribution-ShareAlike"),
    ("BY-NC", "Attribution-NonCommercial"),
    ("BY-NC-SA", "Attribution-NonCommercial-ShareAlike"),
    ("BY-ND", "Attribution-NoDerivs"),
    ("BY-NC-ND", "Attribution-NonCommercial-NoDerivs"),
)
_OTHERS = (
    Licence(
        "CC0-1.0",
        "Creative Commons Zero 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        commercial=True,
        changes=True,
        attribution=False,
        share_alike=False,
    ),
    Licence(
        "PDDL-1.0",
        "Open Data Commons Public Domain Dedication and Licence 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
        commercial=True,
        changes=True,
        attribution=False,
        share_alike=False,
    ),
    Licence(
        "ODC-By-1.0",
        "Open Data Commons Attribution License 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=False,
    ),
    Licence(
        "ODbL-1.0",
        "Open Data Commons Open Database License 1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=True,
    ),
    Licence(
        "CDLA-Permissive-1.0",
        "Community Data License Agreement Permissive 1.0",
        "https://cdla.dev/permissive-1-0/",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=False,
    ),
    Licence(
        "CDLA-Permissive-2.0",
        "Community Data License Agreement Permissive 2.0",
        "https://cdla.dev/permissive-2-0/",
        commercial=True,
        changes=True,
        attribution=False,
        share_alike=False,
    ),
    Licence(
        "CDLA-Sharing-1.0",
        "Community Data License Agreement Sharing 1.0",
        "https://cdla.dev/sharing-1-0/",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=True,
    ),
    Licence(
        "Apache-2.0",
        "Apache License 2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=False,
    ),
    Licence(
        "MIT",
        "MIT License",
        "https://opensource.org/license/mit",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=False,
    ),
    Licence(
        "BSD-3-Clause",
        "BSD 3-Clause License",
        "https://opensource.org/license/bsd-3-clause",
        commercial=True,
        changes=True,
        attribution=True,
        share_alike=False,
    ),
)

LICENCES: Mapping[str, Licence] = MappingProxyType(
    {
        each.spdx: each
        for each in (
            *(_cc(kind, words, version) for version in ("4.0", "3.0") for kind, words in _CC_KINDS),
            *_OTHERS,
        )
    }
)
"""Licences by SPDX identifier; names and addresses as in the SPDX licence list (https://spdx.org/licenses/), what they
permit as the publishers' own summaries say it."""

_NOT_TOLD_APART = re.compile(r"[\s_-]+")
_BY_SPELLING = {_NOT_TOLD_APART.sub("-", key).lower(): each for key, each in LICENCES.items()}


def licence_of(text: str) -> Licence | None:
    """Return the licence that a text names, or None where the table has none.

    Spaces, hyphens and case make no difference: ``CC BY-NC-ND 3.0`` is ``CC-BY-NC-ND-3.0``; the address of the licence
    names it too.

    Parameters
    ----------
    text : str
        What a recipe or a README says.
    """
    plain = text.strip()
    found = _BY_SPELLING.get(_NOT_TOLD_APART.sub("-", plain).lower())
    if found is None and plain.lower().startswith(("http://", "https://")):
        address = _address(plain)
        found = next((each for each in LICENCES.values() if _address(each.url) == address), None)
    return found


def _address(url: str) -> str:
    """Return an address without scheme, ``www.``, and what follows the folder of a licence."""
    plain = re.sub(r"^https?://(www\.)?", "", url.strip().lower())
    return re.sub(r"/?(legalcode|deed)?(\.[a-z]{2,3})?/?$", "", plain)


def rows_of_licences() -> list[tuple[str, str, str, str, str, str]]:
    """Return the licences for a reference page: SPDX, name, commercial use, changed versions, naming, same licence."""
    return [
        (
            each.spdx,
            each.name,
            "permitted" if each.commercial else "not permitted",
            "permitted" if each.changes else "not permitted",
            "required" if each.attribution else "not required",
            ("required" if each.share_alike else "not required") if each.changes else "",
        )
        for each in LICENCES.values()
    ]
