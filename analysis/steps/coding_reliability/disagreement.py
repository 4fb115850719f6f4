"""Where two coders disagree, over which codes, when, and how it was resolved."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.panel import Panel
from analysis.panel.views_of_speaking import Quotation
from analysis.steps.coding_reliability.intervals import set_alpha
from analysis.steps.coding_reliability.sheets import (
    Sheets,
    Trio,
    records,
    same_set,
    similarity,
)
from analysis.steps.panel_tools import CONFIDENCE, code_names, kind_names

FloatArray = NDArray[np.float64]

#: Stands for "no other code" where a code of one coder has no counterpart in the other's.
NOTHING = ""
#: How a reader sees it.
NO_OTHER = "no other code"
#: What stands in place of a text that cannot be given.
WITHHELD = "[withheld]"
#: The most codes in the confusion matrix.
MOST_CODES = 12
#: The most disagreements that are read in their text.
MOST_READ = 12
#: The fewest double-coded statements with which a session is compared with others.
ENOUGH = 10
#: Statements under the moving line, and how many windows' worth of statements it needs.
WINDOW, WINDOWS = 40, 2


# confusion


def confusion(three: Trio) -> pd.DataFrame:
    """Every kind of disagreement between the pair, the most frequent first.

    In a statement on which the two differ, each code that only the first gave is set against each
    code that only the second gave; a code without a counterpart is set against no other code
    (:data:`NOTHING`). Columns first, second (codes), n (statements), statements (their ids).
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for a, b, statement in zip(three.first, three.second, three.statements, strict=True):
        mine, theirs = a.keys() - b.keys(), b.keys() - a.keys()
        for one in sorted(mine) or [NOTHING]:
            for other in sorted(theirs) or [NOTHING]:
                if one or other:
                    found[one, other].append(statement)
    rows = [
        {"first": one, "second": other, "n": len(ids), "statements": ", ".join(ids)}
        for (one, other), ids in found.items()
    ]
    table = pd.DataFrame(rows, columns=["first", "second", "n", "statements"])
    return table.sort_values(["n", "first", "second"], ascending=[False, True, True]).reset_index(
        drop=True
    )


def confused(confusions: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The kinds of disagreement by name, whoever gave which code; the most frequent first.

    Columns one, other, n, forward (the first coder gave ``one``), backward, statements.
    """
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in records(confusions):
        first, second = row["first"], row["second"]
        swap = not first or (second and second < first)
        pair = (second, first) if swap else (first, second)
        sums[pair]["backward" if swap else "forward"] += row["n"]
        ids[pair] += row["statements"].split(", ")
    rows = [
        {
            "one": names[one],
            "other": names.get(other, NO_OTHER),
            "n": counts.total(),
            "forward": counts["forward"],
            "backward": counts["backward"],
            "statements": ", ".join(sorted(ids[one, other])),
        }
        for (one, other), counts in sums.items()
    ]
    columns = ["one", "other", "n", "forward", "backward", "statements"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.sort_values(["n", "one", "other"], ascending=[False, True, True])
    return table.reset_index(drop=True)


def crossed(three: Trio, confusions: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """The confusion matrix of the codes with the most disagreements.

    Index: the first coder's codes, columns: the second's, both ending in :data:`NOTHING`; the
    diagonal counts statements to which both gave the code. At most :data:`MOST_CODES` codes, in
    the order of the codebook. Empty where the pair never disagrees.
    """
    weight: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    for row in records(confusions):
        cells[row["first"], row["second"]] = row["n"]
        for code in {row["first"], row["second"]} - {NOTHING}:
            weight[code] += row["n"]
    kept = sorted(weight, key=lambda c: (-weight[c], order.index(c)))[:MOST_CODES]
    if not kept:
        return pd.DataFrame()
    for a, b in zip(three.first, three.second, strict=True):
        cells.update((code, code) for code in a.keys() & b.keys())
    labels = [c for c in order if c in kept] + [NOTHING]
    counts = [[cells[one, other] for other in labels] for one in labels]
    return pd.DataFrame(counts, index=labels, columns=labels)


# drift


def drift_by_session(found: Sheets) -> pd.DataFrame:
    """Agreement in each session: statements, those with the same set, set alpha by whole experts.

    Columns session, n, same, alpha, low, high, experts, reason.
    """
    rows = []
    for session in dict.fromkeys(found.sessions.tolist()):
        part = found.of(np.asarray(found.sessions == session))
        alpha = set_alpha(part.sets, part.experts)
        rows.append(
            {
                "session": session,
                "n": len(part),
                "same": int(same_set(part.sets).sum()),
                "alpha": alpha.estimate,
                "low": alpha.low,
                "high": alpha.high,
                "experts": len(set(part.experts.tolist())),
                "reason": alpha.reason,
            }
        )
    columns = ["session", "n", "same", "alpha", "low", "high", "experts", "reason"]
    return pd.DataFrame(rows, columns=columns)


def drift_line(found: Sheets, window: int = WINDOW) -> pd.DataFrame:
    """Mean likeness of the coders' sets over a moving window of statements in speaking order.

    A row a window: position (of its middle statement among the double-coded, from 1), session (of
    that statement), likeness, low, high, experts (in the window). The interval is the mean's, with
    a standard error between the experts in the window and Student's t; NaN with fewer than two.
    Empty where there are fewer than :data:`WINDOWS` windows' worth of statements.
    """
    columns = ["position", "session", "likeness", "low", "high", "experts"]
    n = len(found)
    if n < WINDOWS * window:
        return pd.DataFrame(columns=columns)
    alike = similarity(found.sets)
    rows: list[dict[str, object]] = []
    for start in range(n - window + 1):
        here = slice(start, start + window)
        mean, low, high, experts = clustered_mean(alike[here], found.experts[here])
        middle = start + window // 2
        row = {"position": middle + 1, "session": found.sessions[middle], "likeness": mean}
        rows.append(row | {"low": low, "high": high, "experts": experts})
    return pd.DataFrame(rows, columns=columns)


def clustered_mean(
    values: FloatArray, clusters: NDArray[np.object_], lowest: float = 0.0, highest: float = 1.0
) -> tuple[float, float, float, int]:
    """The mean of ``values`` with an interval whose error is that between clusters.

    Returns mean, low, high and the number m of clusters. The standard error is that of a ratio of
    cluster totals, times sqrt(m / (m - 1)); Student's t with m - 1 degrees of freedom.
    """
    from scipy.special import stdtrit

    _, place = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    sizes, totals = np.bincount(place), np.bincount(place, weights=values)
    mean, m = float(values.mean()), len(sizes)
    if m < 2:
        return mean, np.nan, np.nan, m
    error = np.sqrt(m / (m - 1) * ((totals - mean * sizes) ** 2).sum()) / len(values)
    reach = float(stdtrit(m - 1, (1 + CONFIDENCE) / 2)) * error
    return mean, max(lowest, mean - reach), min(highest, mean + reach), m


def drift_by_code(three: Trio, codes: Sequence[str], names: Mapping[str, str]) -> pd.DataFrame:
    """How often only one of the pair gave each code in each session.

    Columns code, name, session, n (statements that both coded), only_first, only_second, and net:
    only_second less only_first, over n. Codes in the order given; sessions with fewer than
    :data:`ENOUGH` statements are left out.
    """
    size: Counter[str] = Counter(three.sessions.tolist())
    sessions = [s for s in dict.fromkeys(three.sessions.tolist()) if size[s] >= ENOUGH]
    first: Counter[tuple[str, str]] = Counter()
    second: Counter[tuple[str, str]] = Counter()
    for a, b, session in zip(three.first, three.second, three.sessions, strict=True):
        first.update((code, session) for code in a.keys() - b.keys())
        second.update((code, session) for code in b.keys() - a.keys())
    rows = []
    for code in codes:
        for session in sessions:
            one, other, n = first[code, session], second[code, session], size[session]
            row = {"code": code, "name": names[code], "session": session, "n": n}
            row |= {"only_first": one, "only_second": other, "net": (other - one) / n}
            rows.append(row)
    columns = ["code", "name", "session", "n", "only_first", "only_second", "net"]
    return pd.DataFrame(rows, columns=columns)


def most_drifting(by_code: pd.DataFrame) -> pd.DataFrame:
    """Codes by how far ``net`` moves over the sessions, the furthest first: code, name, move."""
    columns = ["code", "name", "move"]
    if by_code.empty:
        return pd.DataFrame(columns=columns)
    grouped = by_code.groupby(["code", "name"], sort=False)["net"]
    move = (grouped.max() - grouped.min()).rename("move").reset_index()
    return move.sort_values("move", ascending=False, kind="stable").reset_index(drop=True)


# resolution


def resolved_statements(three: Trio) -> dict[str, int]:
    """What the consensus made of each statement that both coded, counted.

    ``agreed`` (both gave the same codes) splits into ``kept`` and ``changed``; ``disputed`` into
    ``first``, ``second`` (the consensus is that coder's set), ``union`` (all that either gave) and
    ``other``; ``open``: the consensus did not code the statement.
    """
    keys = ("agreed", "kept", "changed", "disputed", "first", "second", "union", "other", "open")
    counts = dict.fromkeys(keys, 0)
    for a, b, c in zip(three.first, three.second, three.consensus, strict=True):
        one, two = set(a), set(b)
        if c is None:
            counts["open"] += 1
            continue
        final = set(c)
        if one == two:
            counts["agreed"] += 1
            counts["kept" if final == one else "changed"] += 1
            continue
        counts["disputed"] += 1
        kind = "other"
        for name, made in (("first", one), ("second", two), ("union", one | two)):
            if final == made:
                kind = name
                break
        counts[kind] += 1
    return counts


def resolved_codes(three: Trio) -> pd.DataFrame:
    """What became of single codes in the consensus: a row for who had given them.

    Columns given_by (``both``, ``first``, ``second``, ``neither``), n (codes in statements), kept
    (how many of them the consensus gives). ``neither`` counts what the consensus alone gives.
    """
    n: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for a, b, c in zip(three.first, three.second, three.consensus, strict=True):
        if c is None:
            continue
        groups = {
            "both": a.keys() & b.keys(),
            "first": a.keys() - b.keys(),
            "second": b.keys() - a.keys(),
            "neither": c.keys() - a.keys() - b.keys(),
        }
        for name, codes in groups.items():
            n[name] += len(codes)
            kept[name] += len(codes & c.keys())
    order = ("both", "first", "second", "neither")
    return pd.DataFrame([{"given_by": k, "n": n[k], "kept": kept[k]} for k in order])


# disagreements and memos, read


def spelled(codings: Mapping[str, str] | None, names: Mapping[str, str]) -> str:
    """One coding in words: names of codes, "(opposed)" where opposed, "no code" for none."""
    if codings is None:
        return "not coded"
    words = [
        names[code] + (" (opposed)" if stance == "opposes" else "")
        for code, stance in codings.items()
    ]
    return "; ".join(sorted(words)) or "no code"


def quotable_statements(panel: Panel, coders: Iterable[str]) -> dict[str, Quotation]:
    """What may be quoted of the statements to which one of the coders gave a code, by id."""
    found: dict[str, Quotation] = {}
    for coder in coders:
        for code in panel.incidence(level=1).codes:
            quotations = panel.quotations(code, coder, "any")
            found |= {quotation.statement_id: quotation for quotation in quotations}
    return found


def memo_table(panel: Panel) -> tuple[pd.DataFrame, int]:
    """The memos that may be shown, and how many may not.

    A memo is left out where it is about a statement, or names one, of an expert who does not want
    to be quoted: it may repeat what was said. Columns memo, date, author, about, text, statements
    (the ids that it is about or names, as a tuple).
    """
    columns = ["memo", "date", "author", "about", "text", "statements"]
    if not panel.has("memos"):
        return pd.DataFrame(columns=columns), 0
    experts = panel.experts
    closed = set(experts["expert_id"][~experts["quotable"].to_numpy(np.bool_)])
    speaker = dict(
        zip(
            panel.statements["statement_id"],
            panel.statements["speaker"].astype(object),
            strict=True,
        )
    )
    rows, withheld = [], 0
    for memo in records(panel.frames["memos"]):
        about = memo["about"] if isinstance(memo["about"], str) else ""
        words = re.findall(r"[a-z0-9_-]+", f"{about} {memo['text']}".lower())
        named = tuple(dict.fromkeys(word for word in words if word in speaker))
        if {speaker[statement] for statement in named} & closed or closed & set(words):
            withheld += 1
            continue
        row = {"memo": memo["memo_id"], "date": str(memo["date"]), "author": memo["author"]}
        rows.append(row | {"about": about, "text": memo["text"], "statements": named})
    return pd.DataFrame(rows, columns=columns), withheld


def read(
    panel: Panel, three: Trio, kinds: pd.DataFrame, memos: pd.DataFrame
) -> tuple[pd.DataFrame, int, int, int]:
    """Disagreements in their text; how many there are, may not be quoted, and are withheld.

    Chosen are the disputed statements of quotable experts that a memo is about; then, for each
    kind of disagreement of ``kinds`` (of :func:`confused`) in turn, one more statement: of the
    expert who is quoted least so far, the first in the order of speaking; until there are
    :data:`MOST_READ`. Columns statement (id, expert, kind of stakeholder), said, english, first,
    second, consensus, memo.
    """
    disputed = [
        place
        for place, (a, b) in enumerate(zip(three.first, three.second, strict=True))
        if a.keys() != b.keys()
    ]
    texts = quotable_statements(panel, three.coders)
    place_of = {three.statements[p]: p for p in disputed}
    may = [s for s in place_of if s in texts]
    open_ids = [s for s in may if texts[s].text != WITHHELD]
    noted = set(memos["about"])
    chosen = [s for s in open_ids if s in noted][:MOST_READ]
    quoted = Counter(texts[s].expert_id for s in chosen)
    for row in records(kinds):
        same_kind = set(row["statements"].split(", "))
        left = [s for s in open_ids if s in same_kind and s not in chosen]
        if left and len(chosen) < MOST_READ:
            one = min(left, key=lambda s: quoted[texts[s].expert_id])  # the first of the least
            chosen.append(one)
            quoted[texts[one].expert_id] += 1
    kept = set(chosen)
    names, who = code_names(panel), kind_names(panel)
    notes = memos.groupby("about")["text"].agg(" / ".join).to_dict()
    rows = []
    for statement in (s for s in open_ids if s in kept):
        place, said = place_of[statement], texts[statement]
        rows.append(
            {
                "statement": f"{statement}, {said.expert_id}, {who[said.stakeholder]}",
                "said": said.text,
                "english": said.text_en,
                "first": spelled(three.first[place], names),
                "second": spelled(three.second[place], names),
                "consensus": spelled(three.consensus[place], names),
                "memo": notes.get(statement, ""),
            }
        )
    columns = ["statement", "said", "english", "first", "second", "consensus", "memo"]
    table = pd.DataFrame(rows, columns=columns)
    return table, len(disputed), len(disputed) - len(may), len(may) - len(open_ids)
