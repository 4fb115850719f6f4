"""The figure of the start page comes from the claims chapter, with its words and its numbers."""

from html.parser import HTMLParser

import nbformat
import nbformat.v4 as v4
import pytest

from analysis.project import ROOT
from analysis.publish import start_page


def notebook(*outputs, cell=start_page.CELL):
    code = v4.new_code_cell("show.figure()", outputs=list(outputs))
    code.id = cell
    return v4.new_notebook(cells=[v4.new_markdown_cell("# Claims"), code])


def figure(alt='Two "marks" & <one>', caption="A caption"):
    return v4.new_output(
        "display_data",
        data={"image/svg+xml": "<svg></svg>"},
        metadata={"image/svg+xml": {"alt": alt, "caption": caption}},
    )


NUMBERS = v4.new_output("display_data", data={"text/html": "<details>numbers</details>"})


class Images(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


def test_the_figure_with_its_words_and_numbers():
    found = start_page.picture(notebook(figure(), NUMBERS))
    assert found == start_page.Picture(
        "<svg></svg>", 'Two "marks" & <one>', "A caption", "<details>numbers</details>"
    )
    text = start_page.html(found)
    (image,) = Images(text).found
    assert image["alt"] == found.alt
    assert image["src"] == start_page.FILE
    assert text.endswith(found.numbers)


def test_a_book_without_the_chapter_has_no_figure():
    assert start_page.picture(None) is None
    assert start_page.html(None) == ""


@pytest.mark.parametrize(
    "broken",
    [
        notebook(),
        notebook(figure()),
        notebook(NUMBERS),
        notebook(figure(), figure(), NUMBERS),
        notebook(figure(), NUMBERS, cell="another"),
    ],
)
def test_a_chapter_that_shows_no_figure_is_refused(broken):
    with pytest.raises(ValueError, match="shows no figure"):
        start_page.picture(broken)


def test_the_start_page_shows_the_figure_of_the_book():
    text = (ROOT / "index.md").read_text(encoding="utf-8")
    assert f"{{{{ {start_page.PLACEHOLDER} }}}}" in text
    found = start_page.picture(nbformat.read(ROOT / f"{start_page.CHAPTER}.ipynb", as_version=4))
    assert found.svg.startswith("<svg")
    assert "C1" in found.alt
    assert "Constructed panel" in found.caption
