"""Stakeholders: each number by a second, plain route from the files; then any kind of panel."""

import dataclasses
import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from plain_files import rows_of
from scipy import stats

from analysis.display import figures, panel_figures
from analysis.display import notebook as show
from analysis.display import stakeholders as draw
from analysis.display import stakeholders_map as draw_map
from analysis.panel.plan import Contrast, Plan
from analysis.simulation.panels import simulate_panel
from analysis.steps import stakeholders as who
from analysis.steps import stakeholders_contrasts as contrasts
from analysis.steps import stakeholders_map as maps
from analysis.steps import stakeholders_power as powers
from analysis.steps import stakeholders_sentences as sentences

EXPERTS = rows_of("experts")
KIND = {row["expert_id"]: row["stakeholder"] for row in EXPERTS}
SESSION = {row["expert_id"]: row["session_id"] for row in EXPERTS}
SPEAKER = {row["statement_id"]: row["speaker"] for row in rows_of("statements")}
NAMES = {row["code_id"]: row["name"] for row in rows_of("codebook")}
PARENT = {row["code_id"]: row["parent_id"] for row in rows_of("codebook")}
CODES = [code for code in PARENT if code not in set(PARENT.values())]


def held(stance):
    """Who gave each code this stance, by the files alone."""
    found = defaultdict(set)
    for row in rows_of("codings"):
        if row["coder"] == "consensus" and row["stance"] == stance:
            found[row["code_id"]].add(SPEAKER[row["statement_id"]])
    return found


RAISED, OPPOSED = held("raises"), held("opposes")


def holm(pvalues):
    order = sorted(range(len(pvalues)), key=pvalues.__getitem__)
    out, worst = [0.0] * len(pvalues), 0.0
    for place, i in enumerate(order):
        worst = max(worst, min(1.0, (len(pvalues) - place) * pvalues[i]))
        out[i] = worst
    return out


@pytest.fixture(scope="module")
def plan(constructed):
    return constructed.plan


@pytest.fixture(scope="module")
def table(constructed):
    return contrasts.contrasts(constructed)


@pytest.fixture(scope="module")
def found(constructed):
    return maps.kind_map(constructed)


def side_members(plan, side):
    return {expert for expert, kind in KIND.items() if kind in plan.sides[side]}


# who raised what


def test_kinds(constructed, plan):
    found = who.kinds_table(constructed).set_index("kind")
    assert set(found.index) == set(KIND.values())
    for kind, row in found.iterrows():
        members = {expert for expert, own in KIND.items() if own == kind}
        rest = set(KIND) - members
        raised = [code for code in CODES if RAISED[code] & members]
        assert row["n"] == len(members)
        assert set(row["experts"].split(", ")) == members
        assert row["sessions"] == len({SESSION[expert] for expert in members})
        assert row["codes"] == len(raised)
        assert row["codes_all"] == sum(members <= RAISED[code] for code in CODES)
        assert row["codes_only"] == sum(not RAISED[code] & rest for code in raised)
        assert kind in plan.sides[row["side"]]


def test_codes_by_kind(constructed):
    found = who.by_kind(constructed).set_index("code")
    assert sorted(found.index) == sorted(CODES)
    kinds = {row["stakeholder"]: row["name"] for row in rows_of("stakeholders")}
    for code, row in found.iterrows():
        assert row["k"] == len(RAISED[code])
        assert row["n"] == len(EXPERTS)
        assert row["opposed"] == len(OPPOSED[code])
        assert row["kinds"] == len({KIND[expert] for expert in RAISED[code]})
        assert row["theme"] == NAMES[PARENT[code]]
        for kind, name in kinds.items():
            members = [expert for expert, own in KIND.items() if own == kind]
            assert row[name] == f"{len(RAISED[code] & set(members))} of {len(members)}"


def test_states(constructed):
    found = who.all_states(constructed)
    assert len(found) == len(CODES) * len(EXPERTS)
    for row in found.to_dict("records"):
        yes = row["expert"] in RAISED[row["code"]]
        no = row["expert"] in OPPOSED[row["code"]]
        expected = {(1, 0): "raised", (0, 1): "opposed", (1, 1): "both", (0, 0): "neither"}
        assert row["state"] == expected[yes, no]
        assert row["kind"] == KIND[row["expert"]]


def test_sentences_of_who_raised_what(constructed):
    said = {r.id: r.value for r in who.who_results(constructed)}
    counts = Counter(itertools.chain.from_iterable(RAISED[code] for code in CODES))
    low, high = min(counts.values()), max(counts.values())
    least = sorted(e for e, k in counts.items() if k == low)
    assert said["st-range"].startswith(
        f"The number of codes that one expert raised runs from {low} ({' and '.join(least)}) to "
        f"{high} ("
    )
    assert said["st-range"].endswith(f"the median is {np.median(list(counts.values())):g}.")
    alone = [code for code in CODES if len({KIND[expert] for expert in RAISED[code]}) == 1]
    assert said["st-one-kind"].startswith(f"{len(alone)} code")
    for code in alone:
        assert f"“{NAMES[code]}”" in said["st-one-kind"]
    spread = max(len({KIND[expert] for expert in RAISED[code]}) for code in CODES)
    every = len(set(KIND.values()))
    if spread < every:
        assert said["st-everywhere"].startswith(f"No code was raised in all {every} kinds; “")
        assert f"in {spread} of them" in said["st-everywhere"]
    sizes = Counter(KIND.values())
    small = sum(size <= 3 for size in sizes.values())
    assert said["st-small"].startswith(f"All {every}" if small == every else f"{small} of the")


def test_small_kinds_in_words():
    def kinds(*sizes):
        return pd.DataFrame({"n": sizes, "label": [f"K{i}" for i in range(len(sizes))]})

    assert who.small_kinds(kinds(2, 3)) == "All 2 kinds have at most 3 experts."
    assert who.small_kinds(kinds(2, 30)) == "1 of the 2 kinds has at most 3 experts."
    assert who.small_kinds(kinds(2, 3, 30)) == "2 of the 3 kinds have at most 3 experts."
    assert who.small_kinds(kinds(4, 30)) == "Each of the 2 kinds has more than 3 experts."
    assert who.small_kinds(kinds(4)) == "All experts stand for one kind of stakeholder, “K0”."
    assert who.small_kinds(kinds()) == "No kind of stakeholder has a coded expert."


# contrasts


def test_each_contrast_of_the_plan_is_tested(table, plan):
    assert table["id"].tolist() == [c.id for c in plan.contrasts]


def test_contrasts(table, plan):
    plain = []
    for row, contrast in zip(table.to_dict("records"), plan.contrasts, strict=True):
        a, b = (side_members(plan, side) for side in contrast.sides)
        k = [len(RAISED[contrast.code] & side) for side in (a, b)]
        n = [len(a), len(b)]
        assert [row["k_a"], row["k_b"], row["n_a"], row["n_b"]] == [*k, *n]
        assert row["difference"] == pytest.approx(k[0] / n[0] - k[1] / n[1])
        assert row["opposed_a"] == len(OPPOSED[contrast.code] & a)
        assert row["opposed_b"] == len(OPPOSED[contrast.code] & b)
        p = stats.fisher_exact([[k[0], n[0] - k[0]], [k[1], n[1] - k[1]]]).pvalue
        assert row["pvalue"] == pytest.approx(p, rel=1e-9)
        plain.append(p)
        more = "level" if k[0] * n[1] == k[1] * n[0] else None
        assert row["lies"] == (more or contrast.sides[0 if k[0] * n[1] > k[1] * n[0] else 1])
    assert table["adjusted"].tolist() == pytest.approx(holm(plain))
    assert table["verdict"].tolist() == [
        "told apart" if p <= 0.05 else "not told apart" for p in holm(plain)
    ]


def test_contrasts_within_sessions(table, plan):
    """The number of one side's experts among those who raised it, session by session."""
    for row, contrast in zip(table.to_dict("records"), plan.contrasts, strict=True):
        a = side_members(plan, contrast.sides[0])
        chosen = a | side_members(plan, contrast.sides[1])
        mass = np.ones(1)
        for session in set(SESSION.values()):
            here = {e for e in chosen if SESSION[e] == session}
            raised = len(here & RAISED[contrast.code])
            part = stats.hypergeom(len(here), len(here & a), raised).pmf(np.arange(raised + 1))
            mass = np.convolve(mass, part)
        seen = len(RAISED[contrast.code] & a)
        expected = mass[mass <= mass[seen] * (1 + 1e-7)].sum()
        assert row["within"] == pytest.approx(expected, rel=1e-9)


def test_contrasts_with_the_opposed_apart(table, plan):
    """All tables with the margins, gone through one by one."""
    for row, contrast in zip(table.to_dict("records"), plan.contrasts, strict=True):
        sides = [side_members(plan, side) for side in contrast.sides]
        yes = RAISED[contrast.code]
        only = OPPOSED[contrast.code] - yes
        if not only & (sides[0] | sides[1]):
            assert math.isnan(row["apart"])
            continue
        counts = [[len(s & yes), len(s & only), len(s - yes - only)] for s in sides]
        columns = [sum(c) for c in zip(*counts, strict=True)]
        size, total = len(sides[0]), sum(columns)
        ways = {
            first: math.prod(math.comb(c, x) for c, x in zip(columns, first, strict=True))
            for first in itertools.product(*(range(c + 1) for c in columns))
            if sum(first) == size
        }
        limit = ways[tuple(counts[0])]
        p = sum(w for w in ways.values() if w <= limit) / math.comb(total, size)
        assert row["apart"] == pytest.approx(p, rel=1e-6)


def brute_power(n, shares, alpha):
    total = 0.0
    for x, y in itertools.product(range(n[0] + 1), range(n[1] + 1)):
        p = stats.fisher_exact([[x, n[0] - x], [y, n[1] - y]]).pvalue
        if p <= alpha and 0 < x + y < sum(n):
            total += stats.binom.pmf(x, n[0], shares[0]) * stats.binom.pmf(y, n[1], shares[1])
    return total


def test_power(table):
    found = powers.power(table)
    assert len(found) == len(powers.ASSUMED) * len(table[["side_a", "side_b"]].drop_duplicates())
    for row in found[found["share_a"].isin([0.8, 0.5])].to_dict("records"):
        n, shares = (row["n_a"], row["n_b"]), (row["share_a"], row["share_b"])
        assert row["single"] == pytest.approx(brute_power(n, shares, 0.05))
        assert row["strict"] == pytest.approx(brute_power(n, shares, 0.05 / len(table)))


def test_least_different_outcomes(table):
    found = powers.least(table)
    n = int(table["n_a"].iloc[0]), int(table["n_b"].iloc[0])

    def p(x, y):
        return stats.fisher_exact([[x, n[0] - x], [y, n[1] - y]]).pvalue

    for row in found.to_dict("records"):
        assert p(row["k_a"], row["k_b"]) == pytest.approx(row["pvalue"])
        assert row["pvalue"] <= 0.05
        if (row["k_b"] + 1) * n[0] < row["k_a"] * n[1]:
            assert p(row["k_a"], row["k_b"] + 1) > 0.05
        strict = [
            y
            for y in range(n[1] + 1)
            if y * n[0] < row["k_a"] * n[1] and p(row["k_a"], y) <= 0.05 / len(table)
        ]
        assert row["k_strict"] == max(strict) if strict else math.isnan(row["k_strict"])


def test_shares_of_the_sides(constructed, plan):
    found = contrasts.shares(constructed)
    assert found["code"].drop_duplicates().tolist() == [c.code for c in plan.contrasts]
    for row in found.to_dict("records"):
        members = side_members(plan, row["side"])
        assert (row["k"], row["n"]) == (len(RAISED[row["code"]] & members), len(members))
        assert row["raw"] == pytest.approx(row["k"] / row["n"])
        assert row["low"] < row["estimate"] < row["high"]
    for _, part in found.groupby("code"):
        both = part["k"].sum() / part["n"].sum()
        nearer = (part["estimate"] - both).abs() <= (part["raw"] - both).abs() + 1e-9
        assert nearer.all() or part["raw"].nunique() > 1
        assert part["estimate"].is_monotonic_increasing == part["raw"].is_monotonic_increasing


def test_a_share_is_the_mean_of_its_posterior(constructed):
    """The beta-binomial likelihood of two sides, maximised on a grid."""
    part = contrasts.shares(constructed).groupby("code").get_group("hinders_double_work")
    k, n = part["k"].to_numpy(), part["n"].to_numpy()
    mean, rho = np.meshgrid(np.linspace(0.01, 0.99, 197), np.linspace(0.01, 0.9, 179))
    prior = (1 - rho) / rho
    log = sum(
        stats.betabinom.logpmf(x, m, mean * prior, (1 - mean) * prior)
        for x, m in zip(k, n, strict=True)
    )
    at = np.unravel_index(np.argmax(log), log.shape)
    expected = (mean[at] * prior[at] + k) / (prior[at] + n)
    assert part["estimate"].to_numpy() == pytest.approx(expected, abs=0.01)


# Cramer's V


def plain_v(table):
    table = np.asarray(table)
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    return math.sqrt(chi2 / table.sum() / (min(table.shape) - 1))


def test_v_of_the_codes_with_a_contrast(constructed, plan):
    found = powers.seen_v(constructed).set_index("code")
    kinds = sorted(set(KIND.values()))
    for code in (c.code for c in plan.contrasts):
        counts = Counter(KIND[expert] for expert in RAISED[code])
        table = [
            [counts[kind] for kind in kinds],
            [Counter(KIND.values())[kind] - counts[kind] for kind in kinds],
        ]
        assert found.at[code, "raw"] == pytest.approx(plain_v(table))
        assert found.at[code, "k"] == len(RAISED[code])


def test_v_by_chance_alone(constructed):
    """Every way in which two or three of the experts could have raised a code."""
    found = powers.chance_v(constructed).set_index("k")
    kinds = sorted(set(KIND.values()))
    sizes = [Counter(KIND.values())[kind] for kind in kinds]
    own = [kinds.index(KIND[row["expert_id"]]) for row in EXPERTS]
    for k in (2, 3):
        seen = Counter()
        for chosen in itertools.combinations(own, k):
            seen[tuple(np.bincount(chosen, minlength=len(kinds)))] += 1
        values = {
            counts: plain_v([counts, [n - c for n, c in zip(sizes, counts, strict=True)]])
            for counts in seen
        }
        mean = sum(seen[c] * v for c, v in values.items()) / seen.total()
        assert found.at[k, "mean"] == pytest.approx(mean, rel=1e-9)
        assert min(values.values()) - 1e-9 <= found.at[k, "low"] <= mean
        assert mean <= found.at[k, "high"] <= max(values.values()) + 1e-9


# the map


def test_the_map_is_a_correspondence_analysis(found):
    kinds = found.kinds["kind"].tolist()
    table = np.array(
        [[sum(KIND[e] == kind for e in RAISED[code]) for code in CODES] for kind in kinds]
    )
    table = table[:, table.sum(axis=0) > 0]
    p = table / table.sum()
    r, c = p.sum(axis=1), p.sum(axis=0)
    u, sigma, _ = np.linalg.svd((p - np.outer(r, c)) / np.sqrt(np.outer(r, c)))
    total = (sigma**2).sum()
    assert found.total == pytest.approx(total)
    assert found.shares == pytest.approx(tuple(sigma[:2] ** 2 / total))
    assert found.total == pytest.approx(
        stats.chi2_contingency(table, correction=False).statistic / table.sum()
    )
    for axis, name in ((0, "x"), (1, "y")):
        expected = u[:, axis] * sigma[axis] / np.sqrt(r)
        assert np.abs(found.kinds[name].to_numpy()) == pytest.approx(np.abs(expected))


def test_a_kind_lies_amid_its_experts(found):
    """A kind is where its experts are on average, each weighed by the codes raised."""
    for row in found.kinds.to_dict("records"):
        part = found.experts[found.experts["kind"] == row["kind"]]
        for axis in ("x", "y"):
            mean = np.average(part[axis], weights=part["codes"])
            assert row[axis] == pytest.approx(mean)
    counts = Counter(itertools.chain.from_iterable(RAISED[code] for code in CODES))
    assert dict(zip(found.experts["expert"], found.experts["codes"], strict=True)) == counts


def test_contributions_sum_to_one(found):
    assert found.codes["contribution"].sum() == pytest.approx(1)


def test_deals_keep_sessions_and_kinds():
    sessions = pd.Series(list("aabbbcc"))
    labels = np.array([0, 1, 2, 1, 0, 0, 2])
    seen = set()
    for dealt in maps._deals(labels, sessions, 200, 1):
        for session in "abc":
            rows = (sessions == session).to_numpy()
            assert sorted(dealt[rows]) == sorted(labels[rows])
        seen.add(tuple(dealt))
    assert len(seen) == 2 * 6 * 2  # every way to deal them


def test_the_share_of_deals(found):
    larger = (found.dealt >= found.total - 1e-9).sum()
    assert found.pvalue == pytest.approx((1 + larger) / (1 + maps.DEALS))
    assert len(found.dealt) == maps.DEALS


def test_regions_that_overlap(found):
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=float)
    assert maps._clear(square, square + 1.01)
    assert not maps._clear(square, square + 0.99)
    assert not maps._clear(square, 0.5 + 0.1 * square)  # one inside the other
    diamond = np.array([[0, -1], [1, 0], [0, 1], [-1, 0], [0, -1]], dtype=float)
    assert maps._clear(diamond, diamond + 1.05)  # their boxes share a corner
    outlines = found.regions
    for row in found.kinds.to_dict("records"):
        if row["kind"] in outlines:
            others = [other for kind, other in outlines.items() if kind != row["kind"]]
            shared = sum(not maps._clear(outlines[row["kind"]], other) for other in others)
            assert row["overlaps"] == shared


def test_a_region_is_widened_for_the_experts_it_lacks():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(4000, 2))
    for n in (2, 5):
        expected = math.sqrt(-2 * math.log(0.05)) * math.sqrt(n / (n - 1))
        assert maps._region(points, n).axes == pytest.approx([expected] * 2, rel=0.05)


# sentences


def crafted(*rows):
    """Contrasts as a table, from (id, k_a, k_b, p, adjusted, expected)."""
    out = pd.DataFrame(
        [
            {
                "id": id,
                "label": id.upper(),
                "side_a": "left",
                "side_b": "right",
                "k_a": k_a,
                "k_b": k_b,
                "n_a": 10,
                "n_b": 10,
                "pvalue": p,
                "adjusted": adjusted,
                "expected": expected,
                "lies": "left" if k_a > k_b else "right" if k_b > k_a else "level",
                "within": p,
                "apart": math.nan,
                "reason": "",
            }
            for id, k_a, k_b, p, adjusted, expected in rows
        ]
    )
    adjusted = out["adjusted"]
    out["verdict"] = np.select(
        [adjusted.isna(), adjusted <= 0.05], ["cannot be tested", "told apart"], "not told apart"
    )
    return out


NOTHING = ("n", 0, 0, math.nan, math.nan, "left")
STRONG = ("s", 9, 1, 0.001, 0.002, "left")
WEAK = ("w", 3, 7, 0.2, 0.2, "left")
LEVEL = ("l", 5, 5, 1.0, 1.0, "no difference")
WRONG = ("x", 9, 1, 0.001, 0.002, "no difference")


def test_told_in_words(constructed):
    assert sentences.told(constructed, crafted(WEAK, LEVEL)) == (
        "After the adjustment the sides are not told apart in any of the 2 contrasts that could "
        "be tested."
    )
    assert sentences.told(constructed, crafted(STRONG, NOTHING)) == (
        "After the adjustment the sides are told apart in 1 contrast of 1: “S” (left 9 of 10, "
        "right 1 of 10; p = 0.001, adjusted 0.002)."
    )
    nothing = crafted(NOTHING).assign(reason="nobody raised the code")
    assert sentences.told(constructed, nothing) == (
        "None of the contrasts can be tested: nobody raised the code."
    )


def test_expected_in_words():
    assert sentences.as_expected(crafted(STRONG, WEAK)) == (
        "Of 2 contrasts expected to differ, 1 lies in the expected direction; 1 of them is told "
        "apart after the adjustment."
    )
    assert sentences.as_expected(crafted(STRONG, STRONG)).startswith(
        "Of 2 contrasts expected to differ, all lie in the expected direction; 2 of them are"
    )
    assert sentences.as_expected(crafted(WEAK)).startswith(
        "Of 1 contrast expected to differ, none lie in the expected direction; none of them is"
    )
    assert sentences.as_expected(crafted(LEVEL)) == "No difference was expected beforehand."
    assert sentences.as_level(crafted(LEVEL, STRONG)) == (
        "Of 1 contrast in which no difference was expected, it is not told apart."
    )
    assert sentences.as_level(crafted(LEVEL, LEVEL)) == (
        "Of 2 contrasts in which no difference was expected, none is told apart."
    )
    assert sentences.as_level(crafted(LEVEL, WRONG)).startswith(
        "Of 2 contrasts in which no difference was expected, 1 is told apart: “X” (left 9 of 10"
    )
    assert sentences.as_level(crafted(STRONG)).startswith("The plan names no contrast")


def test_p_in_words():
    assert sentences.p_text(0.0231) == "p = 0.023"
    assert sentences.p_text(0.0004) == "p < 0.001"
    assert sentences.p_text(math.nan) == "p not defined"


def test_least_in_words():
    def sides(n_a, n_b):
        return crafted(STRONG).assign(n_a=n_a, n_b=n_b)

    assert sentences.least_sentence(sides(10, 10)) == (
        "Of 10 and 10 experts, 8 against 2 is told apart (p = 0.023), 7 against 2 is not "
        "(p = 0.070)."
    )
    assert sentences.least_sentence(sides(3, 2)) == (
        "With 3 and 2 experts no outcome at all can be told apart."
    )
    assert sentences.least_sentence(sides(0, 2)).startswith("Without a contrast between sides")
    assert sentences.least_sentence(sides(300, 2)).startswith("With more than 200 experts")


def test_a_theme_can_be_a_contrast(constructed):
    plan = dataclasses.replace(
        constructed.plan,
        contrasts=(Contrast("t", "helps", ("authorities", "society"), "none"),),
    )
    row = contrasts.contrasts(dataclasses.replace(constructed, plan=plan)).iloc[0]
    under = [code for code, parent in PARENT.items() if parent == "helps"]
    anybody = set().union(*(RAISED[code] for code in under))
    assert row["k_a"] == len(anybody & side_members(plan, "authorities"))
    assert row["k_b"] == len(anybody & side_members(plan, "society"))
    assert row["label"] == NAMES["helps"]


# how often a contrast is told apart that is none, over many simulated contrasts


@pytest.fixture(scope="module")
def simulated():
    """Panels of 20 experts: 200 contrasts without a difference, 200 with a planted one."""
    codes = 400
    share = np.full((2, codes), 0.5)
    share[:, 200:] = [[0.8], [0.2]]
    panel, _ = simulate_panel(
        20, codes, prevalence=share, opposition=0, items=0, statements=4, text=False, seed=5
    )
    ids = panel.codebook["code_id"][panel.codebook["parent_id"].notna()]
    plan = Plan(
        sides={"a": ("authorities",), "b": ("society",)},
        contrasts=tuple(Contrast(code, code, ("a", "b"), "none") for code in ids),
    )
    return contrasts.contrasts(dataclasses.replace(panel, plan=plan))


def test_false_alarms_are_no_more_than_claimed(simulated):
    """200 contrasts of shares that do not differ, one by one and in families of four."""
    for name in ("pvalue", "within"):
        p = simulated[name].fillna(1.0).to_numpy()[:200]
        limit = stats.binom.ppf(0.999, 200, 0.05) / 200
        assert (p <= 0.05).mean() <= limit
    p = simulated["pvalue"].fillna(1.0).to_numpy()[:200]
    families = p.reshape(50, 4).min(axis=1) * 4  # Holm's first step
    assert (families <= 0.05).mean() <= stats.binom.ppf(0.999, 50, 0.05) / 50


def test_planted_differences_are_found_as_often_as_the_power_says(simulated):
    power = powers.power(crafted(STRONG))
    claimed = float(power.loc[power["share_a"] == 0.8, "single"].iloc[0])
    seen = (simulated["pvalue"].to_numpy()[200:] <= 0.05).mean()
    error = math.sqrt(claimed * (1 - claimed) / 200)
    assert seen == pytest.approx(claimed, abs=3.5 * error)


# any panel


def planned(panel, constructed):
    """The panel with what of the plan fits it, or a plan for its first codes and kinds."""
    codes = set(panel.codebook["code_id"])
    kinds = panel.stakeholders["stakeholder"].tolist()
    if set(kinds) <= {kind for own in constructed.plan.sides.values() for kind in own}:
        sides = constructed.plan.sides
    else:
        sides = {"authorities": tuple(kinds[:1]), "society": tuple(kinds[1:])}
    fitting = tuple(c for c in constructed.plan.contrasts if c.code in codes)
    if not fitting:
        some = sorted(codes)[:3]
        fitting = tuple(Contrast(c, c, ("authorities", "society"), "none") for c in some)
    return dataclasses.replace(panel, plan=Plan(sides=sides, contrasts=fitting))


def checked(panel):
    """Every finding of a panel, and its map."""
    found = maps.kind_map(panel, resamples=20, deals=4)
    results = [
        *who.who_results(panel),
        *sentences.contrast_results(panel),
        *maps.map_results(found),
    ]
    ledger = show.findings("stakeholders", results, panel.meta.source, panel.digest)
    assert [f.id for f in ledger] == IDS
    assert all(f.text.strip() and "nan" not in f.text.split() for f in ledger)
    return found


def test_any_panel_says_the_same_things(variant, constructed):
    found = checked(planned(variant, constructed))
    assert found.kinds.empty == bool(found.reason)


@pytest.mark.parametrize("name", ["no_plan", "two_hundred"])
def test_a_panel_without_a_plan(variant_of, name):
    panel = variant_of(name)
    checked(panel)
    assert contrasts.contrasts(panel).empty
    assert contrasts.missing(panel).startswith("This panel has no analysis plan")
    assert contrasts.shares(panel).empty
    assert powers.seen_v(panel).empty


@pytest.mark.parametrize(
    "name", ["one_session", "three_experts", "two_themes", "no_codes", "two_hundred"]
)
def test_figures_of_any_panel(variant_of, constructed, name):
    panel = planned(variant_of(name), constructed)
    if not who.missing(panel):
        svg(panel_figures.dot_matrix(who.all_states(panel)))
    svg(draw.contrast_dots(contrasts.contrasts(panel)))
    shares, chance = contrasts.shares(panel), powers.chance_v(panel)
    if len(shares):
        svg(draw.share_lines(shares))
    svg(draw.chance_band(chance, powers.seen_v(panel)))
    found = maps.kind_map(panel, resamples=20, deals=4)
    if not found.reason:
        svg(draw_map.kinds_and_codes(found))


IDS = [
    "st-counted",
    "st-conversation",
    "st-experts",
    "st-kinds",
    "st-small",
    "st-range",
    "st-everywhere",
    "st-one-kind",
    "st-sides",
    "st-plan-note",
    "st-contrasts",
    "st-told",
    "st-one-by-one",
    "st-expected",
    "st-level",
    "st-opposed",
    "st-power-one",
    "st-power-strict",
    "st-power",
    "st-least",
    "st-v-chance",
    "st-v",
    "st-shrink",
    "st-map",
    "st-map-chance",
    "st-map-overlaps",
    "st-map-p",
]


def svg(plate):
    """The figure draws, and says what it shows."""
    assert plate["alt"].strip()
    assert plate["caption"].strip()
    assert len(plate["numbers"])
    assert set(plate["columns"]) <= set(plate["numbers"].columns)
    assert figures.to_svg(plate["picture"], "panel").startswith("<svg")


def test_small_sides_get_no_percentages(variant_of, constructed):
    panel = planned(variant_of("one_session"), constructed)
    assert contrasts.shares(panel).empty
    plate = draw.contrast_dots(contrasts.contrasts(panel))
    ticks = [tick.get_text() for tick in plate["picture"].axes[0].get_xticklabels()]
    assert ticks == ["none", "all"]


def test_who_cannot_be_counted_is_left_out(variant_of, constructed):
    panel = planned(variant_of("a_silent_expert"), constructed)
    silent = EXPERTS[0]["expert_id"]
    assert silent not in set(who.all_states(panel)["expert"])
    table = contrasts.contrasts(panel)
    side = "authorities" if KIND[silent] in panel.plan.sides["authorities"] else "society"
    size = len(side_members(panel.plan, side)) - 1
    assert set(table["n_a" if side == "authorities" else "n_b"]) == {size}


def test_interviews_with_one_expert_each_exchange_nobody(variant_of, constructed):
    panel = planned(variant_of("individual"), constructed)
    table = contrasts.contrasts(panel)
    assert table["within"].isna().all()
    assert sentences.one_by_one(table).endswith(
        "No expert can be exchanged with another within a session."
    )
