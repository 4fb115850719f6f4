"""The sentences that other chapters print, said again on the changed panel.

Looked at are the analyses that read the coding otherwise or leave somebody out. A sentence may keep
its names and change its counts: leave one of twenty experts out, and "14 of 20" cannot come again.
So both are counted: how often the very same sentence comes out, and how often one that names the
same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.views_of_coding import IntArray
from analysis.statistics.clock import resampling
from analysis.steps import themes
from analysis.steps.robustness.holds import coarse_first, labels, single
from analysis.steps.robustness.multiverse import Multiverse

#: The sentences on the codes of a task, by the function of :mod:`analysis.steps.themes`.
SENTENCES: dict[str, Callable[[pd.DataFrame], str]] = {
    "most_raised": themes.most_raised,
    "never_raised": themes.never_raised,
    "opposition": themes.opposition,
}
WORDING_COLUMNS = ["task", "about", "sentence", "same", "names", "of", "flips"]

_NAME = re.compile("“([^”]*)”")


def named(sentence: str) -> frozenset[str]:
    """The names in quotation marks."""
    return frozenset(_NAME.findall(sentence))


@resampling()
def wordings(found: Multiverse) -> pd.DataFrame:
    """How often each sentence comes out the same; columns :data:`WORDING_COLUMNS`.

    One row a task and sentence: ``same`` of the ``of`` analyses print the very same sentence,
    ``names`` one that names the same codes; ``flips`` are the analyses that do not.
    """
    of = found.of
    order = coarse_first(of)
    at = np.concatenate([[0], order[single(of).ravel()[order]]])  # the base first
    words = np.array(labels(of), dtype=object)[at[1:]]
    n = np.tile(found.n, len(of.readings))[at]
    rows = []
    for task in of.tasks():
        group = of.among(task)
        names = of.columns["label"].to_numpy(dtype=object)[group]
        raised, opposed = (
            counts[..., group].reshape(-1, group.size)[at]
            for counts in (found.raised, found.opposed)
        )
        for about, (base, *others) in _sentences(names, raised, opposed, n).items():
            kept = [named(other) == named(base) for other in others]
            rows.append(
                {
                    "task": task,
                    "about": about,
                    "sentence": base,
                    "same": sum(other == base for other in others),
                    "names": sum(kept),
                    "of": len(others),
                    "flips": tuple(words[~np.array(kept, dtype=np.bool_)]),
                }
            )
    return pd.DataFrame(rows, columns=WORDING_COLUMNS)


def _sentences(
    names: NDArray[np.object_], raised: IntArray, opposed: IntArray, n: IntArray
) -> dict[str, list[str]]:
    """Each of :data:`SENTENCES` for each analysis; counts are analyses x codes, n (analyses,)."""
    out: dict[str, list[str]] = {about: [] for about in SENTENCES}
    seen: dict[tuple[bytes, bytes, int], list[str]] = {}
    for k, against, size in zip(raised, opposed, n.tolist(), strict=True):
        key = (k.tobytes(), against.tobytes(), size)
        if key not in seen:
            order = np.argsort(-k, kind="stable")  # as themes.theme_table has them
            table = pd.DataFrame(
                {"label": names[order], "k": k[order], "n": size, "opposed": against[order]}
            )
            seen[key] = [say(table) for say in SENTENCES.values()]
        for about, sentence in zip(SENTENCES, seen[key], strict=True):
            out[about].append(sentence)
    return out
