"""Who speaks after whom, and which codes are raised right after another expert raised them.

What happened is set against shuffled orders of the statements of each session.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.panel.format import MODERATOR
from analysis.panel.panel import Panel
from analysis.statistics.participation import Transitions, echo, who_follows_whom
from analysis.steps import panel_tools
from analysis.steps.panel_talk import Talk, after_another, by_expert, changing_places, echoed

#: Shuffled orders times pairs of speakers of a session, at most: memory.
_CELLS = 20_000_000

SESSIONS, QUESTIONS = "within sessions", "within the questions of a session"


def who_follows(spoken: pd.DataFrame, orders: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who follows whom in each session in which two experts or more spoke.

    Returns
    -------
    follows
        One row a pair (before, after): count, expected, statistic, pvalue (of the pair, adjusted
        for all pairs of its session).
    following
        One row a session: transitions, those from one expert to another (``direct``) and their
        expectation, the pair that stands out most, with count, expected, statistic and ``pvalue``
        (adjusted for the pairs of the session), and ``adjusted`` for the sessions too.
    """
    pairs, rows = [], []
    for session, here in spoken.groupby("session", sort=False):
        present = here["speaker"].nunique()
        if here.loc[here["speaker"] != MODERATOR, "speaker"].nunique() < 2:
            continue
        number = min(orders, max(200, _CELLS // present**2))
        found = who_follows_whom(here["speaker"].tolist(), permutations=number, seed=seed)
        table = _pairs(str(session), found)
        pairs.append(table)
        rows.append(_standing_out(str(session), found, table, number))
    if not rows:
        return pd.DataFrame(), pd.DataFrame()
    following = pd.DataFrame(rows)
    following["adjusted"] = (following["pvalue"] * len(following)).clip(upper=1.0)
    return pd.concat(pairs, ignore_index=True), following


def _pairs(session: str, found: Transitions) -> pd.DataFrame:
    before, after = np.indices(found.counts.shape).reshape(2, -1)
    different = before != after
    return pd.DataFrame(
        {
            "session": session,
            "before": found.labels[before][different],
            "after": found.labels[after][different],
            "count": found.counts.ravel()[different].astype(int),
            "expected": found.expected.ravel()[different],
            "statistic": found.statistic.ravel()[different],
            "pvalue": found.adjusted.ravel()[different],
        }
    )


def _standing_out(
    session: str, found: Transitions, table: pd.DataFrame, orders: int
) -> dict[str, object]:
    between = table[(table["before"] != MODERATOR) & (table["after"] != MODERATOR)]
    names = ("before", "after", "count", "expected", "statistic", "pvalue")
    best: dict[str, object] = dict.fromkeys(names, np.nan)
    known = table[table["statistic"].notna()]
    if len(known):
        top = known.iloc[int(known["statistic"].to_numpy().argmax())]
        best = {name: top[name] for name in names}
    return {
        "session": session,
        "transitions": found.n,
        "direct": int(between["count"].sum()),
        "expected_direct": float(between["expected"].sum()),
        "orders": orders,
        **best,
    }


def echoes(
    panel: Panel, said: Talk, orders: int, seed: int, conversed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How often a code is raised right after another expert raised it.

    Returns
    -------
    overall
        One row a baseline (each expert's statements shuffled within sessions; within the questions
        of a session, where statements name their question): observed, expected, sd, pvalue. Empty
        where no two experts spoke in one session, or no code was raised.
    codes
        One row a code that an expert raised, the most raised first: ``experts`` who raise it,
        ``statements`` that do, in how many ``sessions``; ``echoes``, expected in either way, and
        the p-value adjusted for all codes (of the finer baseline); ``only_echo``, the experts who
        raise it by echoes alone, and ``without`` them.
    """
    names = panel_tools.code_names(panel)
    echo_of = echoed(said)
    raised = by_expert(panel, said, said.values)
    own = by_expert(panel, said, said.values & ~echo_of)
    every = list(dict.fromkeys(said.sessions.tolist()))
    heard = [said.values[said.sessions == session].any(axis=0) for session in every]
    codes = pd.DataFrame(
        {
            "code": said.codes,
            "name": [names[code] for code in said.codes],
            "experts": raised.sum(axis=0),
            "statements": said.values.sum(axis=0),
            "sessions": np.sum(heard, axis=0) if heard else 0,
            "echoes": echo_of.sum(axis=0),
            "only_echo": (raised & ~own).sum(axis=0),
            "without": own.sum(axis=0),
        }
    )
    baselines = {"sessions": SESSIONS}
    if (said.questions != "").any():
        baselines["questions"] = QUESTIONS
    rows = []
    if conversed and said.values.any():
        for short, name in baselines.items():
            within = changing_places(said, short == "questions")
            found = echo(
                said.values,
                said.experts,
                said.sessions,
                within=within,
                permutations=orders,
                seed=seed,
            )
            codes[f"expected_{short}"] = found.code_expected
            codes["sd"], codes["adjusted"] = found.code_sd, found.code_adjusted
            rows.append(
                {
                    "baseline": name,
                    "observed": int(found.observed),
                    "expected": found.expected,
                    "sd": found.sd,
                    "pvalue": found.pvalue,
                    "orders": orders,
                    "n": int(said.values.sum()),
                }
            )
    for column in ("expected_sessions", "expected_questions", "sd", "adjusted"):
        if column not in codes:
            codes[column] = np.nan
    codes = codes[codes["experts"] > 0]
    codes = codes.sort_values(["experts", "statements"], ascending=False, kind="stable")
    return pd.DataFrame(rows), codes.reset_index(drop=True)


def answers(said: Talk, opposed: Talk) -> int:
    """Codes opposed in a statement right after another expert raised them."""
    after = np.flatnonzero(after_another(said))
    return int((opposed.values[after] & said.values[after - 1]).sum())
