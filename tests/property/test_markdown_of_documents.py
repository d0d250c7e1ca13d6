"""Any text that a document of a data set shows as Markdown is shown as it is, and is never markup."""

from __future__ import annotations

import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from groundglass.datasets.documents.blocks import Grid, Heading, Paper, Paragraph
from groundglass.datasets.documents.markdown import escaped, to_markdown
from groundglass.report.wording import clean

MARKS = st.text(alphabet=st.sampled_from("ab1.)( #*_`~|[]<>!&;:=+-\\\"'$\n\t"), max_size=30)
TEXTS = st.one_of(MARKS, st.text(max_size=30))
READER = MarkdownIt("commonmark").enable("table")


def paper(*blocks: Heading | Paragraph | Grid) -> Paper:
    return Paper("en", "t", "", "", "", "", blocks)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_paragraph_reads_as_its_text(text: str) -> None:
    wanted = clean(text, 40_000)
    made = READER.render(escaped(text))
    assert html.unescape(re.sub(r"^<p>(.*)</p>\n$", r"\1", made, flags=re.DOTALL)) == wanted


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_a_cell_stays_in_its_cell(first: str, second: str) -> None:
    table = Grid(("one", "two"), ((first, second), (second, first)), names=frozenset({1}))
    made = READER.render(to_markdown(paper(table)))
    cells = [html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", made, flags=re.DOTALL)]
    assert len(cells) == 4
    assert cells[0] == clean(first, 40_000)
    assert cells[2] == clean(second, 40_000)
