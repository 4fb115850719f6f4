"""Run a notebook in this process about any panel, and keep what it shows."""

import pickle
from functools import cache

import nbformat
import numpy as np
from joblib import delayed

from analysis import notebook as calls
from analysis.draw import style
from analysis.panel import panel as panels
from analysis.project import PANEL_VARIABLE, ROOT, panel_folder
from analysis.publish.running import run_cells
from analysis.statistics import resampling

#: A panel is read once: nobody changes its tables, and each chapter would read the same again.
read_once = cache(panels.load_panel)
#: So often is drawn where a chapter asks for thousands: of the numbers none matters here.
DRAWS = 50


def _few(task):
    """A task for ``resample`` that draws a few times, and gives these again and again."""

    def drawn(size, rng):
        few = task(min(size, DRAWS), rng)
        return few[np.arange(size) % len(few)]

    return delayed(drawn)


FIGURE, MARK, SVG = calls.figure, style.mark, style.to_svg
#: Figures by what they were drawn from: panels that lack little share most of theirs.
drawn_before = {}


def _figure(draw, frame, *positional, **options):
    """As in a notebook, but what was drawn before, for another panel, is not drawn again."""

    def once(given, **kept):
        key = pickle.dumps((draw.__module__, draw.__name__, given, kept))
        if key not in drawn_before:
            drawn_before[key] = draw(given, **kept)
        return drawn_before[key]

    FIGURE(once, frame, *positional, **options)


def _mark(figure, source):
    if not hasattr(figure, "svg"):
        MARK(figure, source)


def _to_svg(figure):
    if not hasattr(figure, "svg"):
        figure.svg = SVG(figure)
    return figure.svg


def run(page, folder, monkeypatch):
    """The outputs of every code cell of a page about the panel in a folder."""
    monkeypatch.setenv(PANEL_VARIABLE, str(folder))
    monkeypatch.setattr(panels, "load_panel", lambda: read_once(panel_folder()))
    monkeypatch.setattr(resampling, "delayed", _few)
    monkeypatch.setattr(calls, "figure", _figure)
    monkeypatch.setattr(style, "mark", _mark)
    monkeypatch.setattr(style, "to_svg", _to_svg)
    monkeypatch.chdir(ROOT / "book")
    notebook = nbformat.read(ROOT / f"{page}.ipynb", as_version=4)
    run_cells(notebook)
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
