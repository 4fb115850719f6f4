"""Do coders agree? Percent agreement, kappas, Krippendorff's alpha, Gwet's AC, and intervals.

Reliability data are coders x units (float, NaN = not coded); strings are allowed wherever values
are only compared. What is undefined is NaN, with the ``reason`` in the result.

Statements of one expert are alike, so intervals must resample whole experts:
:func:`alpha_interval` with ``clusters``. The coefficients' own standard errors (Cohen, Fleiss,
Gwet) take units as independent.
"""

from analysis.statistics.agreement_alpha import (
    alpha_interval,
    alpha_interval_ignoring_experts,
    krippendorff_alpha,
    masi_alpha,
    masi_alpha_interval,
    masi_distance,
)
from analysis.statistics.agreement_coefficients import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    percent_agreement,
)
from analysis.statistics.agreement_pairs import (
    TwoCoderSummary,
    bias_index,
    pabak,
    prevalence_index,
    two_coder_counts,
    two_coder_summaries,
    two_coder_summary,
)

__all__ = [
    "TwoCoderSummary",
    "alpha_interval",
    "alpha_interval_ignoring_experts",
    "bias_index",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "krippendorff_alpha",
    "masi_alpha",
    "masi_alpha_interval",
    "masi_distance",
    "pabak",
    "percent_agreement",
    "prevalence_index",
    "two_coder_counts",
    "two_coder_summaries",
    "two_coder_summary",
]
