"""Group interviews with experts whose views are known: what a session does to counting them.

Every expert holds a view or not, independently of the others. Interviewed alone, an expert raises
what he or she holds. In a session experts speak on a view one after the other, in random order, and
the :class:`Conversation` may come between holding and raising. It is one mechanism among many, made
to be simple: a session is a Markov chain, so everything here is exact and nothing is drawn. Without
a conversation counts are binomial; where all go along, a session has one voice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.simulation.coverage import limits
from analysis.statistics.inputs import whole
from analysis.statistics.results import Estimate, FloatArray, statistic


@dataclass(frozen=True)
class Conversation:
    """What happens in the sessions; the defaults are single interviews.

    ``echo`` is the probability of raising a view because the one who spoke right before raised it,
    ``passing`` that of passing over a view because that one did not (as ``echo`` unless given).
    ``silence`` is the probability that an expert leaves out a view that is held because somebody of
    the session has raised it. ``amounts`` says how much each expert talks, session by session, in
    any unit: who talks less than the mean of the session gets to that part of the views only;
    more adds nothing, for nobody can raise more than is held.
    """

    echo: float = 0.0
    passing: float | None = None
    silence: float = 0.0
    amounts: tuple[float, ...] | None = None


def count_distribution(
    sizes: Sequence[int], share: float, conversation: Conversation | None = None
) -> FloatArray:
    """How probably 0, 1, ..., n experts raise a view that is held by ``share`` of similar experts.

    ``sizes`` holds the number of experts in each session; the result has shape (n + 1,).

    >>> count_distribution([3], 0.5, Conversation(echo=1)).tolist()
    [0.5, 0.0, 0.0, 0.5]
    """
    talk = conversation or Conversation()
    passing = talk.echo if talk.passing is None else talk.passing
    for value in (share, talk.echo, passing, talk.silence):
        if not 0 <= value <= 1:
            raise ValueError(f"a share or probability must lie between 0 and 1, got {value}")
    if not sizes:
        raise ValueError("there must be one session or more")
    ends = np.cumsum([whole(size, "a session's size", 1) for size in sizes])
    amounts = np.asarray(talk.amounts or [1.0] * int(ends[-1]))
    if len(amounts) != ends[-1] or not (np.isfinite(amounts) & (amounts >= 0)).all():
        raise ValueError(f"expected an amount of at least 0 for each of {ends[-1]} experts")
    found = np.ones(1)
    for session in np.split(amounts, ends[:-1]):
        mean = session.mean()
        reach = np.minimum(session / mean, 1) if mean else np.ones(len(session))
        found = np.convolve(found, _session(reach, share, talk.echo, passing, talk.silence))
    return found


def _session(
    reach: FloatArray, share: float, echo: float, passing: float, silence: float
) -> FloatArray:
    """The counts of one session; ``reach`` is the chance of each expert to get to the view."""
    # how many get to it: who they are has nothing to do with who holds it
    speakers = np.ones(1)
    for chance in reach:
        speakers = np.convolve(speakers, [1 - chance, chance])
    size = len(reach)
    total = np.zeros(size + 1)
    total[0] = speakers[0]
    # by count: the last speaker did not raise it, or did
    no, yes = np.zeros(size + 1), np.zeros(size + 1)
    no[0], yes[1] = 1 - share, share
    held = np.where(np.arange(size + 1) > 0, share * (1 - silence), share)
    for number in range(1, size + 1):
        total += speakers[number] * (no + yes)
        again, takes_up = held * (1 - passing), held + (1 - held) * echo
        raised = no * again + yes * takes_up
        no, yes = no * (1 - again) + yes * (1 - takes_up), np.append(0, raised[:-1])
    return total


@statistic
def worth(sizes: Sequence[int], share: float, conversation: Conversation | None = None) -> Estimate:
    """How many single interviews would tell as much about the share who hold a view.

    The number whose mean square error is the same: p (1 - p) over the mean square error of the
    share who raise it. Without a conversation it is the number of experts. Undefined for a view
    that all or none hold.
    """
    chance = count_distribution(sizes, share, conversation)
    n, found, reason = len(chance) - 1, math.nan, "experts do not differ"
    if 0 < share < 1:
        error = chance @ (np.arange(n + 1) / n - share) ** 2
        found, reason = share * (1 - share) / float(error), ""
    method = "equal mean square error, exact"
    return Estimate(found, n=n, standing="simulation", method=method, reason=reason)


def group_cost(
    sizes: Sequence[int],
    shares: Sequence[float],
    conversations: Mapping[str, Conversation],
    confidence: float | None = None,
) -> pd.DataFrame:
    """What each conversation makes of the count of each view, one row a conversation and share.

    ``heard`` is how often anybody raises the view, ``bias`` the mean of the estimated share less
    the true one, ``sd`` the estimate's standard deviation, ``coverage`` how often the Wilson
    interval of the count contains the true share, ``worth`` as in :func:`worth`. All are exact.
    """
    n = sum(sizes)
    low, high = limits(n, confidence=confidence)
    estimate = np.arange(n + 1) / n
    rows = []
    for name, conversation in conversations.items():
        for share in shares:
            chance = count_distribution(sizes, share, conversation)
            mean = float(chance @ estimate)
            rows.append(
                {
                    "conversation": name,
                    "share": share,
                    "heard": 1 - float(chance[0]),
                    "bias": round(mean - share, 12) + 0.0,  # no minus before a zero
                    "sd": math.sqrt(chance @ (estimate - mean) ** 2),
                    "coverage": float(chance[(low <= share) & (share <= high)].sum()),
                    "worth": worth(sizes, share, conversation).estimate,
                }
            )
    return pd.DataFrame(rows)
