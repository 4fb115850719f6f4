"""The published values of ``data/validation``: a test for each call of a topic.

::

    @published("agreement")
    def test_published_values(call):
        agrees(call)
"""

import pytest

from analysis.validation.published import calls


def published(topic):
    """Parametrize a test by the calls of a topic."""
    return pytest.mark.parametrize("call", calls(topic), ids=str)


def agrees(call):
    """Assert each published value; the limits of a tolerance are part of it."""
    for name, value, computed, tolerance in call.compared():
        assert abs(computed - value) <= tolerance * (1 + 1e-9), name or value
