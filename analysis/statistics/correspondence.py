"""Correspondence analysis of a table of counts: a map of its rows and columns.

:func:`correspondence_analysis` gives the map, :func:`bootstrap_axes` (in
:mod:`analysis.statistics.correspondence_bootstrap`) how far its points could move.
"""

from __future__ import annotations

from analysis.statistics.correspondence_analysis import (
    CorrespondenceAnalysis,
    correspondence_analysis,
    supplementary_columns,
    supplementary_rows,
)
from analysis.statistics.correspondence_bootstrap import (
    AxesBootstrap,
    bootstrap_axes,
    confidence_ellipse,
    confidence_hull,
)

__all__ = [
    "AxesBootstrap",
    "CorrespondenceAnalysis",
    "bootstrap_axes",
    "confidence_ellipse",
    "confidence_hull",
    "correspondence_analysis",
    "supplementary_columns",
    "supplementary_rows",
]
