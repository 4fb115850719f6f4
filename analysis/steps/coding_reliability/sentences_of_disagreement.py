"""What the chapter states of disagreements: over which codes, when, and how they were resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.steps.coding_reliability import disagreement
from analysis.steps.coding_reliability.analysis import CodingReliability
from analysis.steps.coding_reliability.sheets import records
from analysis.steps.coding_reliability.wording import HERE, NAMES, sentence, share
from analysis.steps.panel_tools import count_of, listing, plural, quoted, start, text_result, two
from analysis.steps.results import Result


def confusion_results(found: CodingReliability) -> list[Result]:
    """What the two coders give where they differ."""
    function = "disagreement.confusion"
    n = 0 if found.pair is None else int(found.codes["shared"].iloc[0])
    kinds = found.confusion
    total = omitted = 0
    if len(kinds):
        bare = (kinds["first"] == disagreement.NOTHING) | (kinds["second"] == disagreement.NOTHING)
        total, omitted = int(kinds["n"].sum()), int(kinds.loc[bare, "n"].sum())
    return [
        share(
            "cr-disputed",
            "statements on whose codes the two coders differ",
            found.disputed,
            n,
            function,
        ),
        share(
            "cr-omitted",
            "differences where the other coder gave no other code",
            omitted,
            total,
            function,
        ),
        sentence(
            "cr-confusion",
            "which codes are confused",
            "disagreement.confused",
            found,
            lambda f: _confusion(f, n, total, omitted),
        ),
        sentence(
            "cr-most",
            "the codes that coders differ on most",
            "disagreement.confused",
            found,
            lambda f: f"{_most(f, exchanged=False)} {_most(f, exchanged=True)}",
        ),
    ]


def _confusion(found: CodingReliability, n: int, total: int, omitted: int) -> str:
    if not found.disputed:
        return f"The two coders differ on none of the {n} statements that both coded."
    alone = "none" if not omitted else "all" if omitted == total else omitted
    return (
        f"The two coders differ on {count_of(found.disputed, n)} statements that both coded, in "
        f"{plural(total, 'single difference')}. In {alone} of these the other coder gave no other "
        "code."
    )


def _most(found: CodingReliability, exchanged: bool) -> str:
    table = found.kinds
    table = table[(table["other"] != disagreement.NO_OTHER) == exchanged]
    if table.empty:
        return (
            "One code is never set against another."
            if exchanged
            else "No code is left out by one coder without another in its place."
        )
    top = table[table["n"] == table["n"].max()]
    times = plural(int(top["n"].iloc[0]), "statement")
    if exchanged:
        pairs = [f"“{r['one']}” and “{r['other']}”" for r in records(top)]
        if len(pairs) > 1:
            shown = "; ".join(pairs[:NAMES])
            more = f"; and {len(pairs) - NAMES} more" if len(pairs) > NAMES else ""
            return f"Most often exchanged, each in {times}, are {shown}{more}."
        return f"Most often exchanged are {pairs[0]}, in {times}."
    if len(top) > 1:
        names = quoted(top["one"].tolist(), NAMES)
        return f"Most often given by one coder alone, each in {times}, are {names}."
    row = records(top)[0]
    assert found.pair is not None
    split = [
        f"{row[key]} by {who}" if row[key] else f"never by {who}"
        for key, who in zip(("forward", "backward"), found.pair, strict=True)
    ]
    name = row["one"]
    return f"Most often given by one coder alone is “{name}”, in {times}: {split[0]}, {split[1]}."


def drift_results(found: CodingReliability) -> list[Result]:
    """Whether agreement changes from session to session and within the talk."""
    return [
        sentence(
            "cr-drift-sessions",
            "agreement by session",
            "disagreement.drift_by_session",
            found,
            _drift_sessions,
        ),
        sentence(
            "cr-drift-line",
            "agreement over the course of the talk",
            "disagreement.drift_line",
            found,
            _drift_line,
        ),
        sentence(
            "cr-drift-code",
            "the code whose balance moves most",
            "disagreement.drift_by_code",
            found,
            _drift_code,
        ),
    ]


def _drift_sessions(found: CodingReliability) -> str:
    table = found.drift_sessions
    known = table[table["alpha"].notna() & (table["n"] >= disagreement.ENOUGH)]
    if len(table) < 2:
        return "Double coding is confined to one session, so sessions cannot be compared."
    if len(known) < 2:
        return (
            f"Fewer than two sessions have {disagreement.ENOUGH} double-coded statements and a "
            "defined alpha, so sessions cannot be compared."
        )
    rows = records(known)
    first, last = rows[0], rows[-1]
    low, high = (pick(rows, key=lambda row: float(row["alpha"])) for pick in (min, max))
    said = (
        f"By session set-valued alpha lies between {two(low['alpha'])} ({low['session']}) and "
        f"{two(high['alpha'])} ({high['session']}); "
    )
    if two(first["alpha"]) == two(last["alpha"]):
        return said + f"it is {two(last['alpha'])} in the first session and in the last."
    moved = "higher" if last["alpha"] > first["alpha"] else "lower"
    return said + (
        f"it is {moved} in the last session ({two(last['alpha'])}) than in the first "
        f"({two(first['alpha'])})."
    )


def _drift_line(found: CodingReliability) -> str:
    table = found.drift_line
    if table.empty:
        return (
            "There are too few double-coded statements for a moving line: it needs "
            f"{disagreement.WINDOWS * disagreement.WINDOW}."
        )
    rows = records(table)
    low, high = (pick(rows, key=lambda row: float(row["likeness"])) for pick in (min, max))
    return (
        f"Over {disagreement.WINDOW} statements in a row the mean likeness of the coders' sets "
        f"lies between {two(low['likeness'])} (around place {low['position']} among the "
        f"double-coded statements, in {low['session']}) and {two(high['likeness'])} (around place "
        f"{high['position']}, in {high['session']})."
    )


def _drift_code(found: CodingReliability) -> str:
    assert found.pair is not None
    table = found.drift_codes
    sessions = list(dict.fromkeys(table["session"]))
    if len(sessions) < 2:
        return (
            f"Fewer than two sessions have {disagreement.ENOUGH} statements that both coded, so no "
            "code can be followed over sessions."
        )
    moves = disagreement.most_drifting(table)
    most = float(moves["move"].iloc[0])
    if most == 0:
        return "For no code does the balance between the two coders move over the sessions."
    top = moves[moves["move"] > most - 1e-12]
    if len(top) > 1:
        return f"The balance moves most for {quoted(top['name'].tolist(), NAMES)}, all alike."
    mine = records(table[table["code"] == top["code"].iloc[0]])
    ends = [pick(mine, key=lambda row: float(row["net"])) for pick in (min, max)]
    early, late = sorted(ends, key=lambda row: sessions.index(row["session"]))
    first, second = found.pair

    def said(row: Mapping[str, Any]) -> str:
        counts = [row[key] or "none" for key in ("only_second", "only_first")]
        return (
            f"in {row['session']}, of {plural(row['n'], 'statement')}, {second} alone gave it to "
            f"{counts[0]} and {first} alone to {counts[1]}"
        )

    return f"The balance moves most for “{top['name'].iloc[0]}”: {said(early)}; {said(late)}."


def read_results(found: CodingReliability) -> list[Result]:
    """How many disagreements and memos can be shown."""
    return [
        sentence(
            "cr-read", "disagreements shown in their text", "disagreement.read", found, _shown
        ),
        text_result(
            "cr-memos", "memos that may be shown", _memos(found), f"{HERE}.disagreement.memo_table"
        ),
    ]


def _shown(found: CodingReliability) -> str:
    if not found.disputed:
        return "The two coders never differ, so there is no disagreement to read."
    shown = len(found.read)
    said = f"Shown {'is' if shown == 1 else 'are'} {count_of(shown, found.disputed)} disputed "
    said += "statements."
    if found.unquotable == 1:
        said += " One of them cannot be shown, because the expert does not want to be quoted."
    elif found.unquotable:
        said += (
            f" {found.unquotable} of the disputed statements cannot be shown, because their "
            "experts do not want to be quoted."
        )
    if found.withheld:
        said += f" The words of {plural(found.withheld, 'disputed statement')} are withheld."
    return said


def _memos(found: CodingReliability) -> str:
    shown, withheld = len(found.memos), found.memos_withheld
    if not shown + withheld:
        return "This panel has no memos."
    said = f"{plural(shown, 'memo')} can be shown."
    if withheld:
        verb = "is" if withheld == 1 else "are"
        said += (
            f" {withheld} {verb} left out, because what is said there concerns experts who do not "
            "want to be quoted."
        )
    return said


def resolution_results(found: CodingReliability) -> list[Result]:
    """What the consensus made of disagreements."""
    counts = found.statements
    function = "disagreement.resolved_statements"
    disputed = counts.get("disputed", 0)
    labels = {
        "first": "disputed statements where the consensus is the first coder's set",
        "second": "disputed statements where the consensus is the second coder's set",
        "union": "disputed statements where the consensus is all that either gave",
        "other": "disputed statements where the consensus is none of these",
    }
    out = [
        share(f"cr-resolved-{key}", label, counts.get(key, 0), disputed, function)
        for key, label in labels.items()
    ]
    agreed, changed = counts.get("agreed", 0), counts.get("changed", 0)
    out.append(
        share(
            "cr-changed", "agreed statements that the consensus changed", changed, agreed, function
        )
    )
    for id, label, name, say in (
        ("cr-resolution", "what became of statements", function, _decided),
        ("cr-resolved", "what became of single codes", "disagreement.resolved_codes", _resolved),
        ("cr-alone", "statements that one coder coded alone", "coverage.alone", _alone),
    ):
        out.append(sentence(id, label, name, found, say))
    return out


def _decided(found: CodingReliability) -> str:
    assert found.pair is not None
    counts = {key: value or "none" for key, value in found.statements.items()}
    agreed = ""
    if found.statements["agreed"]:
        agreed = (
            f" Of the {counts['agreed']} statements on which the coders agreed it changed "
            f"{counts['changed']}."
        )
    if not found.statements["disputed"]:
        return "No statement that the consensus covers was disputed." + agreed
    first, second = found.pair
    other = found.statements["other"]
    rest = f"in {other} it follows neither" if other else "there is no other case"
    return (
        f"Of {plural(found.statements['disputed'], 'disputed statement')} the consensus takes over "
        f"the set of {first} in {counts['first']}, the set of {second} in {counts['second']}, and "
        f"all that either gave in {counts['union']}; {rest}.{agreed}"
    )


def _resolved(found: CodingReliability) -> str:
    assert found.pair is not None
    rows = {row["given_by"]: row for row in records(found.resolved)}
    first, second = found.pair
    kept: list[str] = []
    for key, who in (
        ("first", f"only {first} had given"),
        ("second", f"only {second} had given"),
        ("both", "both had given"),
    ):
        row = rows[key]
        if row["n"]:
            noun = "" if kept else " codes"
            kept.append(f"{row['kept']} of the {row['n']}{noun} that {who}")
    added = rows["neither"]["n"]
    adds = f"adds {added} that neither had given" if added else "adds none"
    if not kept:
        return f"Neither coder had given a code; the consensus {adds}."
    return f"Code by code: the consensus keeps {listing(kept)}, and {adds}."


def _alone(found: CodingReliability) -> str:
    rows = found.alone[found.alone["statements"] > 0]
    if rows.empty:
        return "No statement was coded by one coder alone."
    said = [
        f"of the statements that {r['coder']} coded alone, the consensus gives the same codes to "
        f"{count_of(r['same'], r['statements'])}"
        for r in records(rows)
    ]
    return start("; ".join(said)) + "."


def later_results(found: CodingReliability) -> list[Result]:
    """What the disagreements would do to counts of experts."""
    return [
        sentence(
            "cr-experts",
            "experts who raise a code, by coder",
            "coefficients.counted_experts",
            found,
            _experts,
        )
    ]


def _experts(found: CodingReliability) -> str:
    table = found.experts
    differs = table[table["difference"] != 0]
    if differs.empty:
        return "For every code the two coders' codings count the same number of experts."
    most = int(differs["difference"].abs().max())
    top = differs[differs["difference"].abs() == most]["name"].tolist()
    return (
        f"For {count_of(len(differs), len(table))} codes the two coders' codings count different "
        f"numbers of experts who raise them; the largest difference is {plural(most, 'expert')} "
        f"({quoted(top, NAMES)})."
    )
