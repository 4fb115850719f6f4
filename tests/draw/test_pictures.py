"""Every kind of picture, with names of every kind: what must be true of any figure."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from analysis.draw import dots, grids, lines, page, rows, style, turns
from analysis.statistics.results import Estimate

Names = list[str | None]
Text = tuple[float, float, float, float, str]
LONG = "A name of three hundred letters " * 10, "Onewordofthreehundredletters" * 11
SCRIPTS = "漢字かな交じり文の名前", "Недоверие граждан к электронным сервисам", "שלום 😀"
CASES: dict[str, Names] = {
    "typical": ["Indicators and formal replies", "Double work, paper and digital", "Lack of money"],
    "one": ["Skills"],
    "odd": [*LONG, "$x^2$ & <b>\x07\n bold", *SCRIPTS, 'x" id="y 0.123456', None],
    "many": [f"Code {i}" for i in range(60)],
}
EXPERTS = pd.Series({f"e{i:02d}": ("Federal authority", "Civil society")[i % 2] for i in range(20)})


def numbered(names: Names) -> pd.DataFrame:
    """Counts and estimates for these names; the second is zero."""
    at = np.arange(len(names))
    k = np.where(at == 1, 0, (7 * at + 3) % 20)
    frame = pd.DataFrame({"label": names, "raised": k, "n": 20, "opposed": k // 6, "start": at})
    frame["estimate"], frame["low"], frame["high"] = k / 20, k / 25, k / 25 + 0.2
    frame["side"] = np.where(at % 2, "facilitates", "hinders")
    frame["group"] = np.where(at < len(names) / 2, "First group", "Second group")
    answers = [[1.0, 3, 3, 4, 5, 5, 5, np.nan]] * len(names)
    return frame.assign(value=at % 7, lowest=1, highest=5, values=answers, equal=0.2, end=at + 1.5)


def twice(names: Names) -> pd.DataFrame:
    return pd.concat([numbered(names).assign(series=side) for side in ("authorities", "society")])


def pairs(names: Names) -> pd.DataFrame:
    cells = [(a, b, i) for i, a in enumerate(names) for b in names[:8]]
    return pd.DataFrame(cells, columns=["row", "column", "k"]).assign(expected=1.5)


def listed(names: Names) -> pd.DataFrame:
    some, at = list(EXPERTS.index), range(len(names))
    raised, opposed = [some[: i % 9] for i in at], [some[2 : 2 + i % 3] for i in at]
    frame = pd.DataFrame({"label": names}).assign(raised=raised, opposed=opposed)
    return frame.assign(unable=[some[-2:] if i % 2 else [] for i in at])


def long(names: Names) -> pd.DataFrame:
    x = np.arange(6) / 5
    each = [
        pd.DataFrame({"x": x, "y": x ** (i + 1), "series": page.clean(name)})
        for i, name in enumerate(names[:8])
    ]
    return pd.concat(each).assign(low=0.0, high=0.5)


LINKS = pd.concat(
    [pd.DataFrame(list(combinations(names, 2)), columns=["a", "b"]) for names in CASES.values()]
).assign(strength=0.5, both=3, marked=True)
NEAR, MEAN = {"a half": 0.5, "nearly": 0.48}, {"mean": Estimate(1.0, low=0, high=2)}
KINDS: list[tuple[Callable[..., Any], Callable[[Names], pd.DataFrame], dict[str, Any]]] = [
    (rows.counts, numbered, {}),
    (rows.counts, twice, {}),
    (rows.mirrored, numbered, {}),
    (rows.estimates, numbered, {"planted": "equal", "note": "side", "references": NEAR}),
    (dots.stacks, numbered, {"xlabel": "codes", "intervals": MEAN}),
    (dots.ratings, numbered, {"xlabel": "agreement", "median": "equal", "A": "equal"}),
    (dots.distribution, numbered, {"observed": {"observed": 2.0, "as well": 2.0}}),
    (grids.discs, pairs, {"xlabel": "drivers"}),
    (grids.matrix, pairs, {"value": "k", "ylabel": "coder a"}),
    (grids.states, listed, {"experts": EXPERTS}),
    (grids.blocks, numbered, {"links": LINKS}),
    (lines.curve, long, {"mean": "y", "references": {"all": 0.4}, "verticals": {"here": 0.6}}),
    (lines.series, long, {"ylabel": "index"}),
    (lines.lorenz, long, {"people": "x", "talk": "y"}),
    (turns.talk, numbered, {"session": "group", "speaker": "label"}),
    (turns.shares, numbered, {"share": "estimate"}),
]


def texts(svg: str) -> list[Text]:
    """The texts that are not slanted: left, top, right and bottom in pixels, and what they say."""
    found = []
    for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        said, look = "".join(node.itertext()), node.get("style", "")
        size = float(re.findall(r"font-size: ([\d.]+)px", look)[0]) / style.PX
        assert size >= 10, "labels are not under 10 px at full width"
        angle = float(re.findall(r"rotate\(([-\d.]+)", node.get("transform", "rotate(0"))[0])
        x, y = (float(node.get(name, "nan")) / style.PX for name in "xy")
        wide = page.text_width(said, size) * (1.08 if "weight: 700" in look else 1)
        anchor = (re.findall(r"text-anchor: (\w+)", look) or ["start"])[0]
        before = {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        if angle == 0:
            found.append((x - before, y - 0.7 * size, x - before + wide, y + 0.15 * size, said))
        elif angle == -90:
            found.append((x - 0.7 * size, y + before - wide, x + 0.15 * size, y + before, said))
    return found


def covered(a: Text, b: Text) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.5 < min(a[3], b[3]) - max(a[1], b[1])


@pytest.fixture(autouse=True)
def _no_warnings(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        yield
    assert not caplog.records


@pytest.mark.parametrize(
    ("case", "width"),
    [*((case, style.PAGE) for case in CASES), ("typical", style.PHONE), ("odd", style.PHONE)],
)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0].__name__}-{kind[1].__name__}")
def test_any_figure(kind: tuple[Any, Any, dict[str, Any]], case: str, width: float) -> None:
    draw, frame, options = kind
    # drawn twice where there is most of everything
    drawn = [draw(frame(CASES[case]), width=width, **options) for _ in range(1 + (case == "odd"))]
    for figure in drawn:
        style.mark(figure, "constructed")
    svg, *again = map(style.to_svg, drawn)
    assert again in ([], [svg]), "the same figure is the same bytes"
    said = texts(svg)
    height, whole = drawn[0].get_size_inches()[1] * 96, " ".join(text[-1] for text in said)
    assert style.MARKS["constructed"] in whole
    assert not [t for t in said if min(t[:2]) < -1 or t[2] > width + 1 or t[3] > height]
    assert not [(a[-1], b[-1]) for a, b in combinations(said, 2) if covered(a, b)]
    if case == "odd" and draw not in (dots.stacks, dots.distribution):
        assert "$x^2$ & <b>" in whole, "no mathematics, no markup"
        assert "漢字" in whole
        assert "…" in whole, "long names are cut"
    if case == "many" and "Code 29" in whole and draw is not rows.mirrored:
        assert re.search(r"Shown: the (first 30|15) of 60 \w+", whole)
        assert "Code 30" not in whole
