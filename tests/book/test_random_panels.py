"""Panels made at random within the format: each is sound, and every chapter runs about it."""

import re
import shutil

import nbformat
import pandas as pd
import pytest
import running
from panels import CONSTRUCTED
from random_panels import random_panel
from running import run

from analysis.check import check
from analysis.findings import MIME
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
            assert not ("given to experts" in told and "no statement has" in shown), chapter
            assert not re.search(r"\bnan\b|\bNone\b(?! \w)|\binf\b", shown), chapter


def undrawn(*_, **__):
    """A figure holds no finding."""


def ledger(folder, monkeypatch):
    """All findings of the chapters about a panel, but for the digest of its files."""
    pages = {chapter: run(f"book/{chapter}", folder, monkeypatch) for chapter in CHAPTERS}
    given = [o.data.get(MIME, {}).get("findings", []) for page in pages.values() for o in page]
    return {found["id"]: found | {"digest": ""} for some in given for found in some}


@pytest.mark.parametrize("seed", [None, 37])
def test_the_order_of_rows_decides_no_finding(seed, tmp_path, monkeypatch):
    """Of the constructed panel, and of one whose sessions have no dates and no places."""
    monkeypatch.setattr(running, "FIGURE", undrawn)
    ours, other = tmp_path / "ours", tmp_path / "other"
    _ = shutil.copytree(CONSTRUCTED, ours) if seed is None else random_panel(seed).write(ours)
    shutil.copytree(ours, other)
    for path in other.glob("*.csv"):
        rows = pd.read_csv(path, dtype=str, na_filter=False).sample(frac=1, random_state=1)
        rows.to_csv(path, index=False, lineterminator="\n")
    found = ledger(ours, monkeypatch)
    assert len(found) > 30
    assert ledger(other, monkeypatch) == found
