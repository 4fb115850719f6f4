"""What tests of chapters share: the constructed panel."""

import pytest
from constructed import FOLDER

from analysis.panel.panel import load_panel


@pytest.fixture(scope="session")
def panel():
    """Nobody can change it: its tables are copies."""
    return load_panel(FOLDER)
