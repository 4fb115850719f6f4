"""The analysis of expert interviews, honestly reported.

Data flows one way: ``panel`` (what an interview panel is), ``statistics`` and ``chapters`` (what is
computed from it), ``draw`` (pictures), ``notebook`` (what a notebook calls), ``publish`` (the
book). CONTRIBUTING.md has the whole house.
"""

__version__ = "0.1.0"
