"""Run a notebook's cells in this process, as its kernel would, and keep what they show."""

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from analysis.project import PANEL_VARIABLE, ROOT


def run(page, panel, monkeypatch):
    """The outputs of every code cell of a page about the panel in a folder."""
    monkeypatch.setenv(PANEL_VARIABLE, str(panel))
    monkeypatch.chdir(ROOT / "book")
    shell = InteractiveShell.instance()
    shell.reset(new_session=True)
    outputs = []
    try:
        for cell in nbformat.read(ROOT / f"{page}.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                with capture_output() as captured:
                    result = shell.run_cell(cell.source)
                error = result.error_before_exec or result.error_in_exec
                if error:
                    raise AssertionError(f"{page} about {panel.name}: {error!r} in\n{cell.source}")
                outputs += captured.outputs
    finally:
        InteractiveShell.clear_instance()
    return outputs
