"""What the analysis starts from: the study record, and what an interview panel is.

A panel is a folder of text files whose format :mod:`analysis.panel.format` declares once.
:func:`load_panel` reads and checks one; a :class:`Panel` gives the views that the statistics need;
:func:`make_panel` makes one from tables in memory, and :func:`write_panel` writes one.
"""

from analysis.panel.faults import Fault, PanelError
from analysis.panel.meta import Meta
from analysis.panel.panel import Panel, load_panel, make_panel
from analysis.panel.plan import ClaimPlan, Contrast, Plan, Rung
from analysis.panel.writing import write_panel

__all__ = [
    "ClaimPlan",
    "Contrast",
    "Fault",
    "Meta",
    "Panel",
    "PanelError",
    "Plan",
    "Rung",
    "load_panel",
    "make_panel",
    "write_panel",
]
