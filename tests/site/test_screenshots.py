"""Six pages as they look, in two widths and two themes: for people, in ``_build/screenshots``."""

import io

import numpy as np
import pytest
from PIL import Image

from analysis.project import ROOT

PAGES = "index study-record barriers-and-drivers theme-map findings your-interviews"
HEIGHT = 3_000  # pixels, or to the end of the page


@pytest.mark.parametrize("name", PAGES.split())
def test_a_page_has_the_ground_of_its_theme_from_edge_to_edge(tab, site, name):
    folder = ROOT / "_build" / "screenshots"
    folder.mkdir(exist_ok=True)
    tab.goto((site / ("" if name == "index" else "book") / f"{name}.html").as_uri())
    for width in (390, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        for theme, darkness in (("light", 0), ("dark", 1)):
            tab.emulate_media(color_scheme=theme)
            tab.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
            area = {"x": 0, "y": 0, "width": width, "height": HEIGHT}
            picture = tab.screenshot(full_page=True, clip=area, animations="disabled")
            (folder / f"{name}-{width}-{theme}.png").write_bytes(picture)
            edges = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[100:, [0, -1]]
            assert abs((edges < 60).mean() - darkness) < 0.01, (width, theme)
