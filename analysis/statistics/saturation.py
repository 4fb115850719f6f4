"""Saturation of interview codes: how many were found, how the count grew, how many may be left.

Everything here takes **incidence** data, experts x codes: an expert raised a code or did not.

=============================  ====================================================================
growth                         :func:`accumulation` (exact), :func:`accumulation_band` (orders)
stopping                       :func:`stopping_point`, :func:`stopping_sensitivity`,
                               :func:`no_new_code_in_last`, :func:`interviews_without_new_code`,
                               :func:`new_codes`
how many codes there may be    :func:`chao2`, :func:`jackknife1`, :func:`jackknife2`
how complete the panel is      :func:`coverage`, :func:`extrapolate`
=============================  ====================================================================

None of them shows that "saturation was reached". They say what these experts raised, under this
codebook, and what experts like them might add.
"""

from analysis.statistics.accumulation import accumulation, accumulation_band
from analysis.statistics.completeness import coverage, extrapolate
from analysis.statistics.richness import chao2, jackknife1, jackknife2
from analysis.statistics.stopping import (
    StoppingOrders,
    StoppingPoint,
    interviews_without_new_code,
    new_codes,
    no_new_code_in_last,
    stopping_point,
    stopping_sensitivity,
)

__all__ = [
    "StoppingOrders",
    "StoppingPoint",
    "accumulation",
    "accumulation_band",
    "chao2",
    "coverage",
    "extrapolate",
    "interviews_without_new_code",
    "jackknife1",
    "jackknife2",
    "new_codes",
    "no_new_code_in_last",
    "stopping_point",
    "stopping_sensitivity",
]
