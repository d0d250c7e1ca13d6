"""README of a data set: complete, in both languages, and nothing of a user becomes markup."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from made_release import ABOUT, folder_of, members, release

from groundglass.datasets.documents import write_checksums, write_documents
from groundglass.datasets.documents.markdown import escaped
from groundglass.datasets.members import About, Member
from groundglass.datasets.statistics import statistics_of
from groundglass.phrases import Notice

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80"><rect width="90" height="60"/></svg>'
NAMES = {
    *("README", "LICENSE", "CITATION", "CHANGELOG", "SHA", "JSON", "LD", "UTF", "DICOM", "NIfTI", "BibTeX", "Python"),
    *("gzip", "SPDX", "InstanceNumber", "MosMedData", "Croissant", "HU", "UID", "DOI", "COVID", "CSV", "XLSX", "RAS"),
    *(
        "Creative",
        "Commons",
        "Attribution",
        "NonCommercial",
        "NoDerivs",
        "Unported",
        "CC",
        "BY",
        "NC",
        "ND",
        "PS",
        "PS3",
    ),
    *("EXAMPLE", "Scanner", "Example", "Center", "for", "Diagnostics", "Hospital", "groundglass", "dcm2niix", "FC07"),
    *("sha256sum", "SUMS", "train", "validation", "test", "M", "F", "O", "E", "U", "J", "D", "Made", "C", "paper", "A"),
    *("B", "that", "is", "not", "people", "analysis", "table", "yes", "no", "unknown", "reads", "cff", "csv", "md"),
    *(
        "chest",
        "CT",
        "dataset",
        "registry",
        "xlsx",
        "x",
        "y",
        "z",
        "J12",
        "J15",
        "U07",
        "SHA256SUMS",
        "gz",
        "nii",
        "spo2",
        "studies",
        "json",
        "jsonld",
        "example",
    ),
    *("right", "left", "lower", "upper", "middle", "kvp", "pdf", "c", "BROKEN", "FILE", "NO", "AXIAL", "SERIES", "to"),
}
"""Words of other alphabets that may stand in a Russian text: names, codes, and what the made release says itself."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = release()
    full = replace(base, statistics=statistics_of(base.members, funnel=base.funnel))
    folder = folder_of(tmp_path_factory.mktemp("made") / "set", full)
    (folder / "statistics").mkdir()
    for language in ("en", "ru"):
        (folder / "statistics" / f"grades_{language}.svg").write_bytes(SVG)
    write_documents(folder, full)
    return folder


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True).stdout.decode()


@pytest.mark.parametrize("language", ["EN", "RU"])
def test_no_heading_is_empty_and_no_value_is_a_name_of_python(made: Path, language: str) -> None:
    text = (made / f"README_{language}.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    followed = [
        (first, second)
        for first, second in itertools.pairwise(lines)
        if first.startswith("#") and second.startswith("#") and second.count("#") <= first.count("#")
    ]
    assert followed == []
    assert not lines[-1].startswith("#")
    assert not re.search(r"\bNone\b|\bnan\b|\{|mappingproxy|setdoc_", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def test_everything_a_user_asks_for_is_told(made: Path) -> None:
    text = (made / "README_EN.md").read_text(encoding="utf-8")
    for wanted in (
        "For research use only, not for diagnosis.",
        "CC-BY-NC-ND-3.0",
        "https://creativecommons.org/licenses/by-nc-nd/3.0/",
        "10.1234/example.5678",
        "InstanceNumber is a multiple of 10",
        "must not try to find out who a patient is",
        "up to 25 % of the lungs",
        "three radiologists",
        "Of 40 studies that were found, 24 are in the set",
        "| `validation` | 6 | 6 |",
        "`spo2`",
        "One city only.",
        "data@example.org",
        "![Figure 1. Grades](statistics/grades_en.svg)",
        "First version: 24 studies of 24 patients.",
        "Epidemiological situation:** not stated",
    ):
        assert wanted in text, wanted


def test_the_russian_text_is_russian(made: Path) -> None:
    text = (made / "README_RU.md").read_text(encoding="utf-8")
    plain = re.sub(r"```.*?```|`[^`]*`|<https?:[^>]*>|\(statistics/[^)]*\)|\S+@\S+", " ", text, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9]*", plain)) - NAMES
    assert words == set()
    assert "Степень относится ко всему исследованию до прореживания." in text
    assert "раньше: 9, нет сведений: 4" in text
    assert "28.04.2020" in text
    assert "20,8 %" in text


def test_the_pdf_says_what_the_markdown_says(made: Path) -> None:
    english, russian = text_of(made / "README_EN.pdf"), text_of(made / "README_RU.pdf")
    assert "For research use only, not for diagnosis." in english
    assert "How the studies were chosen" in english
    assert "Creative Commons Attribution-NonCommercial-NoDerivs 3.0 Unported" in english
    assert "Figure 1. Grades" in english
    assert "Только для исследовательских целей, не для диагностики." in russian
    assert "Как отобраны исследования" in russian
    assert "КТ-2" in russian


def test_a_pdf_carries_the_date_of_the_recipe_and_no_clock(made: Path) -> None:
    told = subprocess.run(["pdfinfo", made / "README_EN.pdf"], check=True, capture_output=True).stdout.decode()
    assert "Example chest CTs with COVID-19" in told
    dates = re.findall(r"(?m)^(?:CreationDate|ModDate):\s+(.*)$", told)
    assert all("2020" in date for date in dates)
    assert not re.search(r"(?m)^Author:\s+\S", told)


def test_another_process_writes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "set"
    shutil.copytree(
        made,
        copy,
        ignore=lambda _, names: [n for n in names if n.startswith(("README", "CITATION", "CHANGELOG", "LICENSE"))],
    )
    code = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from made_release import release\n"
        "from groundglass.datasets.documents import write_documents\n"
        "from groundglass.datasets.statistics import statistics_of\n"
        "r = release(); r = replace(r, statistics=statistics_of(r.members, funnel=r.funnel))\n"
        f"write_documents(Path({str(copy)!r}), r)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"})
    assert write_checksums(copy) == write_checksums(made)
    (made / "SHA256SUMS").unlink()


HOSTILE = (
    "# head | cell [link](javascript:x) ![p](file:///etc/passwd) <script>alert(1)</script> `code` **bold** "
    '$x$ #let a = 1; #include "x" \\u{1} _em_ *em* ~~s~~ &lt; \u202eevil\u0007 -- {{ "a" }}'
)


def test_texts_of_users_never_become_markup(tmp_path: Path) -> None:
    both = {"en": HOSTILE, "ru": HOSTILE}
    card = {"limits": [both], "keywords": [HOSTILE], "references": [HOSTILE], "protocol": both, "mask_authors": both}
    odd = replace(members(4)[1], manufacturer=HOSTILE, model="m|m`", extra={"a|b`c": "1"}, split="tr|`ain", site="#1")
    bad = release(
        title=both,
        description=both,
        purpose=both,
        authors=(HOSTILE,),
        licence=HOSTILE,
        licence_url="javascript:alert(1)",
        citation=HOSTILE,
        contact=HOSTILE,
        doi="not a doi",
        url="javascript:alert(1)",
        card=card,
        changes=(HOSTILE,),
        members=(*members(4), odd),
    )
    folder = folder_of(tmp_path / "set", bad)
    write_documents(folder, bad)
    for name in ("README_EN.md", "README_RU.md", "CHANGELOG.md"):
        text = re.sub(r"```.*?```", "", (folder / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "<script" not in text, name
        assert "](javascript" not in text.replace("\\]", ""), name
        assert not re.search(r"(?<!\\)!\[p", text), name
        assert not re.search(r"(?<!\\)\*\*bold", text), name
        assert "\u202e" not in text, name
        assert "\u0007" not in text, name
        rows = [re.sub(r"\\\|", "", line) for line in text.splitlines() if line.startswith("|")]
        assert all(row.rstrip().endswith("|") for row in rows), name
    assert "#include" in text_of(folder / "README_EN.pdf")
    assert "alert(1)" in text_of(folder / "README_EN.pdf")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1.0.0", "1.0.0"),
        ("1. one", "1\\. one"),
        ("-700 HU", "-700 HU"),
        ("- item", "\\- item"),
        ("ground_glass_ml", "ground_glass_ml"),
        ("_em_", "\\_em\\_"),
        ("see https://example.org/a_(b).", "see <https://example.org/a_(b)>."),
        ("(https://example.org)", "(<https://example.org>)"),
        ("a\n\n# b", "a # b"),
        ("<b> & |", "&lt;b&gt; &amp; \\|"),
    ],
)
def test_escaped_text_reads_as_it_was(text: str, wanted: str) -> None:
    assert escaped(text) == wanted


def test_a_set_of_which_almost_nothing_is_known_has_its_documents(tmp_path: Path) -> None:
    bare = release(
        members=(Member(study_id="study_0001", study_file="studies/study_0001.nii.gz"),),
        funnel=type(release().funnel)(),
    )
    bare = replace(bare, recipe=replace(bare.recipe, about=About(name="bare", version="0.1.0"), languages=("en",)))
    folder = folder_of(tmp_path / "set", bare)
    notices = write_documents(folder, bare)
    text = (folder / "README_EN.md").read_text(encoding="utf-8")
    assert "No licence is stated" in text
    assert "The studies have no grades." in text
    assert "None" not in text
    assert "There are no lesion masks in the set." in text
    assert notices == (Notice("set_licence_unclear"),)


def test_only_the_languages_of_the_recipe_are_written(tmp_path: Path) -> None:
    one = release(languages=("ru",))
    folder = folder_of(tmp_path / "set", one)
    write_documents(folder, one)
    assert {each.name for each in folder.glob("README*")} == {"README_RU.md", "README_RU.pdf"}
    assert (folder / "LICENSE").read_text(encoding="utf-8").startswith("Пример")
    assert "# История изменений" in (folder / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_text_in_one_language_is_told_by_a_notice_and_shown_in_both(tmp_path: Path) -> None:
    one = release(description={"en": "English words alone."})
    folder = folder_of(tmp_path / "set", one)
    assert Notice("set_language_missing", {"field": "description"}, "info") in write_documents(folder, one)
    assert "English words alone." in (folder / "README_RU.md").read_text(encoding="utf-8")


def test_nothing_of_the_machine_is_in_any_document(made: Path) -> None:
    for path in made.iterdir():
        if path.is_file():
            data = path.read_bytes()
            assert str(made.parent).encode() not in data, path.name
            assert b"/nowhere" not in data, path.name
    assert ABOUT.name.encode() in (made / "card.json").read_bytes()
