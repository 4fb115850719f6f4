"""Panels made at random within the format: each is sound, and every chapter runs about it."""

import re

import nbformat
import pytest
from random_panels import random_panel
from running import run

from analysis.check import check
from analysis.project import ROOT

PAGES = {page.stem: nbformat.read(page, as_version=4) for page in (ROOT / "book").glob("*.ipynb")}
CHAPTERS = [name for name in sorted(PAGES) if "load_panel(" in str(PAGES[name].cells)]


@pytest.mark.parametrize("seed", range(10))
def test_a_panel_within_the_format_is_sound_and_fills_its_chapters(seed, tmp_path, monkeypatch):
    folder = random_panel(seed).write(tmp_path / "panel")
    told, sound = check(folder)
    assert sound, told
    for chapter in CHAPTERS:
        for output in run(f"book/{chapter}", folder, monkeypatch):
            assert output.output_type == "display_data", f"{chapter} prints: {output}"
            shown = " ".join(output.data.get(kind, "") for kind in ("text/plain", "text/html"))
            assert not re.search(r"\bnan\b|\bNone\b(?! \w)|\binf\b", shown), chapter
