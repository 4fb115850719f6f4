"""The analysis of expert interviews, honestly reported.

Rooms, each importing only from those before it: ``statistics`` (pure functions on arrays),
``panel`` (what an interview panel is), ``steps`` (one module a chapter), ``simulation``
(generators with known truth), ``evidence`` (findings, provenance), ``display`` (figures, tables,
wording) and ``publish`` (the book). Heavy libraries load when a function first needs them.
"""

__version__ = "0.1.0"
