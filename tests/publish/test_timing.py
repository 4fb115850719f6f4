"""Where a notebook's time goes: measured in its kernel, without a trace in what it shows."""

import math

import nbformat.v4 as v4
import pytest
from nbclient import NotebookClient

from analysis.publish.timing import Times, arguments

SLOW = "import time\ntime.sleep({})\n"
CELLS = (
    "import sys, time, warnings\nsys.path.insert(0, {folder!r})\n1 + 1",
    "import slow_at_the_head\nimport importlib\nprint(importlib.import_module('slow_by_name').x)",
    """from analysis.statistics.clock import resampling
with resampling():
    time.sleep(0.2)
    import slow_in_the_middle
    import slow_at_the_head
slow_in_the_middle.x""",
    "time.sleep(0.1)\nprint([n for n in dir() if not n.startswith('_')])",
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The outputs of a notebook run as the build runs it and as anyone does; and its times."""
    folder = tmp_path_factory.mktemp("modules")
    for name, seconds in (("at_the_head", 0.3), ("by_name", 0.2), ("in_the_middle", 0.25)):
        (folder / f"slow_{name}.py").write_text(SLOW.format(seconds) + "x = 5\n")
    times = folder / "a b" / "times.json"
    times.parent.mkdir()
    found = []
    for extra in (arguments(times), []):
        sources = [cell.format(folder=str(folder)) for cell in CELLS]
        nb = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
        NotebookClient(nb, kernel_name="python3", extra_arguments=extra, timeout=60).execute()
        found.append([(c.execution_count, c.outputs) for c in nb.cells])
    return *found, Times.measured(9.0, times)


def test_a_notebook_shows_the_same_whether_or_not_it_is_measured(ran):
    measured, plain, _ = ran
    assert measured == plain
    assert measured[0][1][0]["data"]["text/plain"] == "2"


def test_each_second_is_counted_where_it_belongs(ran):
    times = ran[2]
    assert times.total == 9.0
    assert times.importing >= 0.75
    # the import in the middle of it takes longer than it does
    assert 0.2 <= times.resampling < 0.45
    assert times.cells - times.importing - times.resampling >= 0.1
    assert times.ratio == times.cells / (times.importing + times.resampling)


def test_the_ratio():
    assert Times(9, 6, 2, 1).ratio == 2
    assert Times(9, 6, 3, 0).ratio == 2
    assert math.isnan(Times(9, 6, 0, 0).ratio)
    assert math.isnan(Times(9).ratio)
    assert math.isnan(Times().ratio)


def test_the_record_of_the_cache_holds_what_was_measured():
    times = Times(9.0, 6.0, 2.0, 1.0)
    record = {"execution_seconds": 9.0, "cells": 6.0, "importing": 2.0, "resampling": 1.0}
    assert times.entries() == record
    assert Times.of(record) == times
    assert Times.of({**record, "another": "entry"}) == times
    assert Times(9.0).entries() == {"execution_seconds": 9.0}
    assert Times.of({"execution_seconds": 9.0}).total == 9.0
    assert math.isnan(Times.of({"execution_seconds": 9.0}).cells)
    assert all(math.isnan(getattr(Times.of({}), name)) for name in Times.__slots__)


@pytest.mark.parametrize("written", [None, "", "{"])
def test_without_word_from_the_kernel_only_the_whole_is_known(tmp_path, written):
    path = tmp_path / "times.json"
    if written is not None:
        path.write_text(written)
    times = Times.measured(3.0, path)
    assert times.total == 3.0
    assert times.entries() == {"execution_seconds": 3.0}
