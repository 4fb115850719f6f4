"""Finding numbers that were typed into prose by hand.

A number that the text states has to come from a program, through ``say``. This module reads a
page's Markdown as its reader would, leaves out what is no statement (code, roles, links, formulas,
references), and returns every numeral that is left. Years and names with digits ("C1") are no
results; what else may stand is listed, with the reason, by the caller.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
#: Fences of code and of output; a directive in braces holds prose, and only its fences go.
_CODE_FENCE = re.compile(r"^(?P<f>`{3,}|~{3,})(?!\{)[^\n]*\n.*?^(?P=f)[ \t]*$", re.DOTALL | re.M)
_DIRECTIVE_LINE = re.compile(r"^(?:[:`]{3,}.*|:[a-z-]+:.*)$", re.M)
_LEFT_OUT = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"\{[a-z:_-]+\}`[^`]*`"),  # roles
    re.compile(r"(?<!\{)\{\w+(?::[^{}]*)?\}(?!\})"),  # what fills a sentence's template
    re.compile(r"(?<=[\w)]):\d(?=\s|$)"),  # decimals of a column of a table
    re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL),  # code spans
    re.compile(r"\{\{.*?\}\}"),  # substitutions
    re.compile(r"\$\$.+?\$\$", re.DOTALL),
    re.compile(r"\$(?!\s)[^$\n]+?(?<!\s)\$"),
    re.compile(r"\]\([^)]*\)"),  # link targets
    re.compile(r"<[^>\n]+>"),  # HTML, autolinks
    re.compile(r"(?:https?://|doi:|10\.\d{4,}/)\S+"),
    re.compile(r"^\s*\d+[.)]\s", re.M),  # list numbers
)
_HEADING = re.compile(r"^(#+)\s+(.*?)\s*$", re.M)
_SPACE = r"\u202f\u00a0"
_NUMERAL = re.compile(rf"(?<![\w.,/-])[+\-\u2212]?\.?\d[\d.,{_SPACE}]*(?:\s?(?:%|per cent))?(?!\w)")
_YEAR = re.compile(r"(?:19|20)\d\d")
#: The ends of a scale, in the definition of a measure ("1 if all agree"), are no results.
_ENDS = {"0", "1", "\u22121"}
_NUMBER = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred"
)
_COUNTED = (
    "experts?|sessions?|countries|editions?|waves?|codes?|items?|statements?|coders?|interviews?|"
    "themes?|questions?|conclusions?|kinds|groups?|minutes|members?"
)
_IN_WORDS = re.compile(
    rf"\b(?:{_NUMBER})(?:[- ](?:{_NUMBER}))?\s+(?:\w+\s+)?(?:{_COUNTED})\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A numeral in prose, and the line it stands in."""

    text: str
    line: str


def _without_references(text: str) -> str:
    """The text without the sections headed "References": citations are full of numerals."""
    kept, position, skipping = [], 0, 0
    for match in _HEADING.finditer(text):
        level = len(match[1])
        if not skipping:
            kept.append(text[position : match.start()])
        if skipping and level <= skipping:
            skipping = 0
        if not skipping and match[2].lower() == "references":
            skipping = level
        position = match.start()
    if not skipping:
        kept.append(text[position:])
    return "".join(kept)


def typed_numbers(markdown: str, allowed: Iterable[str] = ()) -> list[Typed]:
    """Numerals, and counts in words ("twenty experts"), that stand in the prose of a page.

    ``allowed`` are phrases that may stand as they are.
    """
    # outputs of code keep their place as a blank, so that what they separated stays apart
    text = _CODE_FENCE.sub("", _FRONT.sub("", markdown))
    text = _without_references(text)
    text = _DIRECTIVE_LINE.sub("", text)
    for pattern in _LEFT_OUT:
        text = pattern.sub(" ", text)
    for phrase in allowed:
        text = text.replace(phrase, " ")
    found = []
    for line in text.splitlines():
        for match in _NUMERAL.finditer(line):
            numeral = match[0].rstrip(" .,\u202f\u00a0")
            if not _YEAR.fullmatch(numeral) and numeral not in _ENDS:
                found.append(Typed(numeral, line.strip()))
        found += [Typed(match[0], line.strip()) for match in _IN_WORDS.finditer(line)]
    return found


def strings_in_code(source: str) -> list[str]:
    """The literal texts with a space in them in a code cell: captions, alternative texts.

    The fixed parts of an f-string count, each for itself; a document string does not.
    """
    return [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    ]


def in_notebook(notebook: Any, allowed: Iterable[str] = ()) -> list[Typed]:
    """:func:`typed_numbers` over a notebook: its prose, and the texts in its code cells."""
    allowed = list(allowed)
    prose = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    found = typed_numbers(prose, allowed)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for text in strings_in_code(cell.source):
                found += typed_numbers(text, allowed)
    return found
