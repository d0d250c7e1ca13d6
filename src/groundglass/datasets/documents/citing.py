"""How a data set is cited: words, BibTeX, and ``CITATION.cff`` (Citation File Format 1.2.0)."""

from __future__ import annotations

import json
import re

from groundglass.datasets.documents.licences import licence_of
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.members import About
from groundglass.phrases import Language
from groundglass.report.wording import clean

_DOI = re.compile(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+")
"""A DOI as CFF 1.2.0 takes it."""
_NOT_IN_CFF = frozenset({"CDLA-Permissive-2.0"})
"""Licences that CFF 1.2.0 has no name for: its list of SPDX identifiers is of July 2021."""
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_URL = re.compile(r"https?://[^\s<>\"]+")


def doi_of(about: About) -> str:
    """Return the DOI of a set without the address in front of it; "" where it is none."""
    plain = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", about.doi.strip(), flags=re.IGNORECASE)
    return plain if _DOI.fullmatch(plain) else ""


def address_of(about: About) -> str:
    """Return the address of a set: its own, else that of its DOI, else ""."""
    if _URL.fullmatch(about.url.strip()):
        return about.url.strip()
    doi = doi_of(about)
    return f"https://doi.org/{doi}" if doi else ""


def citation_of(about: About, language: Language) -> str:
    """Return how to cite a set in words: what the recipe says, else made from what is known."""
    tell = Tell(language)
    if about.citation.strip():
        return clean(about.citation, 4_000)
    title = tell.text(about.title) or clean(about.name)
    who = ", ".join(clean(each) for each in about.authors)
    year = about.date[:4] if _DATE.fullmatch(about.date) else ""
    parts = [who, f"{title}, {tell('is_version_short', version=clean(about.version))}", year, address_of(about)]
    # an address ends without a full stop, so that it can be followed
    made = ". ".join(part for part in parts if part)
    return made if address_of(about) else made + "."


def bibtex_of(about: About, language: Language) -> str:
    """Return a BibTeX entry of what is known."""
    tell = Tell(language)
    rows = {
        "title": tell.text(about.title) or clean(about.name),
        "author": " and ".join("{" + _bibtex(clean(each)) + "}" for each in about.authors),
        "year": about.date[:4] if _DATE.fullmatch(about.date) else "",
        "version": clean(about.version),
        "doi": doi_of(about),
        "url": address_of(about),
    }
    key = re.sub(r"[^A-Za-z0-9-]", "", f"{about.name}-{about.version}".replace(".", "-")) or "dataset"
    lines = [
        f"  {name} = {{{text if name in ('author', 'doi', 'url') else _bibtex(text)}}}"
        for name, text in rows.items()
        if text
    ]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def citation_cff(about: About) -> bytes:
    """Return ``CITATION.cff``; only what is known is in it."""
    tell = Tell("en")
    title = tell.text(about.title) or clean(about.name)
    lines = [
        "cff-version: 1.2.0",
        f"message: {_yaml('Please cite the data set and its version.')}",
        "type: dataset",
        f"title: {_yaml(title)}",
    ]
    if about.version:
        lines.append(f"version: {_yaml(clean(about.version))}")
    if _DATE.fullmatch(about.date):
        lines.append(f"date-released: {_yaml(about.date)}")
    # the format asks for at least one author
    names = list(dict.fromkeys(clean(each) for each in about.authors if clean(each))) or [
        f"Authors of {title}",
    ]
    lines += ["authors:", *(f"  - name: {_yaml(name)}" for name in names)]
    licence = licence_of(about.licence)
    address_of_licence = about.licence_url.strip() or (licence.url if licence else "")
    if licence is not None and licence.spdx not in _NOT_IN_CFF:
        lines.append(f"license: {licence.spdx}")
    elif _URL.fullmatch(address_of_licence):
        lines.append(f"license-url: {_yaml(address_of_licence)}")
    if doi := doi_of(about):
        lines.append(f"doi: {_yaml(doi)}")
    if address := address_of(about):
        lines.append(f"url: {_yaml(address)}")
    abstract = " ".join(tell.paragraphs(about.description))
    if abstract:
        lines.append(f"abstract: {_yaml(abstract)}")
    words = list(dict.fromkeys(tell.texts(about.card.get("keywords", []))))
    if words:
        lines += ["keywords:", *(f"  - {_yaml(word)}" for word in words)]
    contact = about.contact.strip()
    if _EMAIL.fullmatch(contact):
        lines += ["contact:", f"  - name: {_yaml(names[0])}", f"    email: {_yaml(contact)}"]
    return ("\n".join(lines) + "\n").encode()


def _yaml(text: str) -> str:
    """Return a text as a double-quoted scalar; what JSON writes is one (YAML 1.2, section 1.3)."""
    return json.dumps(text, ensure_ascii=False)


def _bibtex(text: str) -> str:
    """Return a text without what BibTeX and TeX would read as orders."""
    return re.sub(r"([&%$#_])", r"\\\1", re.sub(r"[\\{}~^]", " ", text))
