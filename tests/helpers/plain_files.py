"""The constructed panel as plain files, read by the csv module: the second route of many tests."""

import csv

from analysis.project import DATA

FOLDER = DATA / "panels" / "constructed"


def rows_of(name):
    """The rows of one table, as dictionaries of text."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
