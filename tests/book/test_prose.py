"""No number of the prose is typed by hand: the guard, and the guard over every page."""

from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest
import yaml
from prose import in_notebook, strings_in_code, typed_numbers

from analysis.project import ROOT, pages

ALLOWED = yaml.safe_load((Path(__file__).parent / "allowed_numbers.yml").read_text("utf-8"))


def allowed(page):
    return [entry["phrase"] for key in ("everywhere", page) for entry in ALLOWED.get(key) or []]


def source(page):
    notebook = ROOT / f"{page}.ipynb"
    if notebook.exists():
        return "\n\n".join(c.source for c in nbformat.read(notebook, as_version=4).cells)
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")


def test_each_allowed_phrase_gives_its_reason_and_is_used():
    for page, entries in ALLOWED.items():
        chosen = pages() if page == "everywhere" else [page]
        text = "\n".join(source(p) for p in chosen)
        for entry in entries or []:
            assert entry["reason"].strip()
            assert entry["phrase"] in text, f"{page}: {entry['phrase']!r} is not used any more"


@pytest.mark.parametrize("page", pages())
def test_no_number_is_typed(page):
    notebook = ROOT / f"{page}.ipynb"
    if notebook.exists():
        found = in_notebook(nbformat.read(notebook, as_version=4), allowed(page))
    else:
        found = typed_numbers(source(page), allowed(page))
    assert not found, "typed by hand: " + "; ".join(f"{t.text!r} in {t.line!r}" for t in found)


def found(markdown, allowed=()):
    return [t.text for t in typed_numbers(markdown, allowed)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The index was 0.602 then.", ["0.602"]),
        ("The index was .602.", [".602"]),
        ("Rank 57 of 193, below 12 others.", ["57", "193", "12"]),
        ("About 35% agreed.", ["35%"]),
        ("About 35 per cent agreed.", ["35 per cent"]),
        ("It fell by \u22120.27 points", ["\u22120.27"]),
        ("It fell to\n0.602.", ["0.602"]),
        ("> quoted 14", ["14"]),
        ("| a | 3 |\n|---|---|\n| b | 1,234 |", ["3", "1,234"]),
        ("**20** experts", ["20"]),
        ("(n = 20)", ["20"]),
        ("[7 of 20](page.md)", ["7", "20"]),
        ("## 5 findings", ["5"]),
        ("Twenty experts spoke in four long sessions.", ["Twenty experts", "four long sessions"]),
        ("Seventy-two countries", ["Seventy-two countries"]),
        (":::{note}\n:class: tip\nIt was 3.\n:::", ["3"]),
        ("```{admonition} Title 4\nIt was 3.\n```", ["3"]),
    ],
)
def test_typed_numbers_are_found(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "In 2021 and 2022-2024 the survey changed.",
        "C1 to C4, T2a, p10 and ISO8601 are names.",
        "The value is {glue:text}`ps-epi-2022` and {glue:text}`a::b-7`.",
        "Run `make book 3` or ``x = `5` ``.",
        "$$\\frac{1}{20}$$ and $p = 0.05$",
        "[article](https://doi.org/10.26425/2658-347X-2023-6-1-4-12)",
        "<https://doi.org/10.26425/2658-347X-2023-6-1-4-12>, doi:10.1000/182",
        "```python\nx = 17\n```",
        "1. first\n2. second",
        '---\ntitle: "12"\n---\nText',
        "{{ table_7 }} <img width=30>",
        "# Title\n\n## References\n\nBoev (2023) 6(1), 4-12.\n\n### Further 3\n",
        "The two sides differ; one of three ways is enough.",
    ],
)
def test_what_is_no_result_passes(text):
    assert found(text) == []


def test_a_section_after_the_references_counts():
    assert found("## References\n\npp. 4-12\n\n## What comes next\n\nThe 7 steps") == ["7"]


def test_an_allowed_phrase_passes_only_as_it_stands():
    assert found("a 95% interval", ["95% interval"]) == []
    assert found("95% agreed", ["95% interval"]) == ["95%"]


def test_strings_in_code():
    source = "f(x, 'a caption', key='k')\ng(f'one {x} two 3 {y:.2f}')"
    assert set(strings_in_code(source)) == {"a caption", "one ", " two 3 "}


def test_in_notebook_reads_prose_and_captions():
    nb = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("It was 0.5."),
            v4.new_code_cell("show.table(t, 'The 12 editions', 'public')\nx = 17"),
        ]
    )
    assert [t.text for t in in_notebook(nb)] == ["0.5", "12"]
