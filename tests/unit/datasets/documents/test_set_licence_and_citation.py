"""Licences by their names, LICENSE, CITATION.cff, BibTeX."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from made_release import ABOUT, folder_of, release

from groundglass.datasets.documents import LICENCES, licence_of, write_documents
from groundglass.datasets.documents.citing import address_of, bibtex_of, citation_cff, citation_of, doi_of
from groundglass.datasets.documents.licence_file import licence_text
from groundglass.datasets.documents.licences import rows_of_licences
from groundglass.datasets.members import About
from groundglass.errors import InputError


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("CC-BY-NC-ND-3.0", "CC-BY-NC-ND-3.0"),
        ("CC BY-NC-ND 3.0", "CC-BY-NC-ND-3.0"),
        ("cc by 4.0", "CC-BY-4.0"),
        (" CC0 1.0 ", "CC0-1.0"),
        ("ODC-BY-1.0", "ODC-By-1.0"),
        ("odbl-1.0", "ODbL-1.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/legalcode", "CC-BY-SA-4.0"),
        ("http://www.creativecommons.org/licenses/by-sa/4.0/deed.ru", "CC-BY-SA-4.0"),
        ("https://cdla.dev/permissive-2-0", "CDLA-Permissive-2.0"),
    ],
)
def test_a_licence_is_known_by_any_spelling(text: str, spdx: str) -> None:
    licence = licence_of(text)
    assert licence is not None
    assert licence.spdx == spdx


@pytest.mark.parametrize("text", ["", "CC-BY", "free for all", "https://example.org/licence", "CC-BY-NC-ND-9.0"])
def test_what_names_no_licence_is_none(text: str) -> None:
    assert licence_of(text) is None


def test_what_a_licence_permits_is_what_its_name_says() -> None:
    for spdx, licence in LICENCES.items():
        if spdx.startswith("CC-"):
            assert licence.commercial == ("-NC-" not in spdx)
            assert licence.changes == ("-ND-" not in spdx)
            assert licence.share_alike == ("-SA-" in spdx)
        assert licence.url.startswith("https://")
        assert licence_of(licence.url) == licence


def test_the_reference_page_names_every_licence() -> None:
    rows = {row[0]: row[1:] for row in rows_of_licences()}
    assert list(rows) == list(LICENCES)
    assert rows["CC-BY-NC-ND-3.0"][1:] == ("not permitted", "not permitted", "required", "")
    assert rows["CC0-1.0"][1:] == ("permitted", "permitted", "not required", "not required")


def test_the_file_of_the_recipe_is_copied_byte_by_byte(tmp_path: Path) -> None:
    text = tmp_path / "own.txt"
    text.write_bytes(b"Our own words.\r\n\xff")
    assert licence_text(release(licence_file=text)) == b"Our own words.\r\n\xff"


def test_a_licence_file_that_cannot_be_read_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        licence_text(release(licence_file=tmp_path / "missing.txt"))
    assert caught.value.code == "LICENCE_FILE_UNREADABLE"
    assert str(tmp_path) not in str(caught.value)


def test_without_a_file_the_licence_is_named_and_not_repeated() -> None:
    text = licence_text(release()).decode()
    assert "SPDX identifier: CC-BY-NC-ND-3.0" in text
    assert "https://creativecommons.org/licenses/by-nc-nd/3.0/" in text
    assert "Лицензия: Creative Commons" in text
    assert len(text) < 2_000
    assert "ask the authors" in licence_text(release(licence="")).decode()
    assert "Licence: Ask us first." in licence_text(release(licence="Ask us first.")).decode()


def test_the_citation_file_is_one_of_format_1_2_0() -> None:
    content = yaml.safe_load(citation_cff(ABOUT))
    assert content == {
        "cff-version": "1.2.0",
        "message": "Please cite the data set and its version.",
        "type": "dataset",
        "title": "Example chest CTs with COVID-19",
        "version": "1.0.0",
        "date-released": "2020-04-28",
        "authors": [{"name": "Example Center for Diagnostics"}, {"name": "Example Hospital"}],
        "license": "CC-BY-NC-ND-3.0",
        "doi": "10.1234/example.5678",
        "url": "https://example.org/sets/chest",
        "abstract": "Made studies that show how a set describes itself. Not one of them is of a person.",
        "keywords": ["COVID-19"],
        "contact": [{"name": "Example Center for Diagnostics", "email": "data@example.org"}],
    }


def test_a_citation_file_holds_nothing_that_is_not_known() -> None:
    content = yaml.safe_load(citation_cff(About(name="bare", date="spring", doi="x", url="ftp://x", licence="free")))
    assert set(content) == {"cff-version", "message", "type", "title", "authors"}
    assert content["authors"] == [{"name": "Authors of bare"}]


def test_a_licence_that_the_format_has_no_name_for_is_given_by_its_address() -> None:
    content = yaml.safe_load(citation_cff(replace(ABOUT, licence="CDLA-Permissive-2.0")))
    assert "license" not in content
    assert content["license-url"] == "https://cdla.dev/permissive-2-0/"
    own = yaml.safe_load(citation_cff(replace(ABOUT, licence="own", licence_url="https://example.org/l")))
    assert own["license-url"] == "https://example.org/l"


def test_texts_of_users_stay_texts_in_yaml() -> None:
    odd = 'a: b # c\n- "d" \u2028 {e} !!python/object'
    about = replace(ABOUT, title={"en": odd}, authors=(odd, odd), description={"en": odd})
    content = yaml.safe_load(citation_cff(about))
    assert content["title"] == 'a: b # c - "d" {e} !!python/object'
    assert content["authors"] == [{"name": content["title"]}]


@pytest.mark.parametrize("doi", ["10.1234/x.5", "https://doi.org/10.1234/x.5", "doi: 10.1234/x.5"])
def test_a_doi_is_known_with_and_without_its_address(doi: str) -> None:
    about = About(doi=doi)
    assert doi_of(about) == "10.1234/x.5"
    assert address_of(about) == "https://doi.org/10.1234/x.5"


def test_a_citation_is_what_the_recipe_says_else_what_is_known() -> None:
    assert citation_of(replace(ABOUT, citation="As we say."), "en") == "As we say."
    assert citation_of(ABOUT, "en") == (
        "Example Center for Diagnostics, Example Hospital. Example chest CTs with COVID-19, version 1.0.0. 2020. "
        "https://example.org/sets/chest"
    )
    assert citation_of(About(name="bare", version="2"), "en") == "bare, version 2."


def test_bibtex_is_safe_from_what_tex_would_read() -> None:
    text = bibtex_of(replace(ABOUT, title={"en": "A \\input{x} 50 % & more_"}), "en")
    assert "\\input" not in text
    assert "50 \\% \\& more\\_" in text
    assert re.match(r"@misc\{example-chest-1-0-0,\n", text)


def test_the_licence_of_a_set_is_the_same_in_all_its_documents(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", release())
    write_documents(folder, release())
    for name in ("README_EN.md", "README_RU.md", "LICENSE", "CITATION.cff"):
        assert "CC-BY-NC-ND-3.0" in (folder / name).read_text(encoding="utf-8"), name
    croissant = (folder / "croissant.json").read_text(encoding="utf-8")
    assert '"license": "https://creativecommons.org/licenses/by-nc-nd/3.0/"' in croissant
