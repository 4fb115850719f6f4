"""A small sound panel as files, and ways to break it."""

from pathlib import Path

import pytest

from analysis.panel.faults import PanelError
from analysis.panel.panel import load_panel

#: The files of the sound panel, by name; its plan apart.
FILES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(Path(__file__).with_name("sample").iterdir())
}
PLAN = FILES.pop("plan.yml")


def write(folder, files):
    """The folder, with these files in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder


def faults_of(folder):
    """The faults of the panel in a folder."""
    try:
        load_panel(folder)
    except PanelError as error:
        return error.faults
    return ()


@pytest.fixture(scope="session")
def files():
    """The files of the sound panel, by name, without a plan."""
    return dict(FILES)


@pytest.fixture(scope="session")
def plan():
    return PLAN


@pytest.fixture(scope="session")
def written():
    return write


@pytest.fixture(scope="session")
def faults():
    return faults_of


@pytest.fixture
def folder(tmp_path):
    """The folder of the sound panel with a plan, this test's own."""
    return write(tmp_path / "sample", {**FILES, "plan.yml": PLAN})


@pytest.fixture(scope="session")
def panel(tmp_path_factory):
    """The sound panel with a plan; nobody can change it."""
    place = tmp_path_factory.mktemp("sound")
    return load_panel(write(place, {**FILES, "plan.yml": PLAN}))
