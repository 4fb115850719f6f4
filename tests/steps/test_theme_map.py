"""Codes that go together: each number by a second, plain route; then any kind of panel."""

import itertools
import math
import random
from collections import Counter, defaultdict

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from plain_files import rows_of
from scipy import stats

from analysis.display import figures
from analysis.display import notebook as show
from analysis.display import theme_map as draw
from analysis.steps import theme_groups as grouping
from analysis.steps import theme_map as pairing

SESSION = {row["expert_id"]: row["session_id"] for row in rows_of("experts")}
SPEAKER = {row["statement_id"]: row["speaker"] for row in rows_of("statements")}
NAMES = {row["code_id"]: row["name"] for row in rows_of("codebook")}
PARENT = {row["code_id"]: row["parent_id"] for row in rows_of("codebook")}
N = len(SESSION)

#: The experts who raised a code, and the statements that have it.
EXPERTS, STATEMENTS = defaultdict(set), defaultdict(set)
for coding in rows_of("codings"):
    if coding["coder"] == "consensus" and coding["stance"] == "raises":
        EXPERTS[coding["code_id"]].add(SPEAKER[coding["statement_id"]])
        STATEMENTS[coding["code_id"]].add(coding["statement_id"])


def similarity(members, a, b):
    either = members[a] | members[b]
    return len(members[a] & members[b]) / len(either) if either else 0.0


@pytest.fixture(scope="module")
def pairs(constructed):
    return pairing.together(constructed)


@pytest.fixture(scope="module")
def groups(pairs):
    return grouping.groups(pairs)


@pytest.fixture(scope="module")
def said(pairs, groups):
    found = pairing.pair_results(pairs) + grouping.group_results(pairs, groups)
    return {r.id: r.value for r in found}


# pairs


def test_codes(pairs):
    assert set(pairs.codes["code"]) == set(EXPERTS)
    assert pairs.all_codes == len([c for c in PARENT if c not in set(PARENT.values())])
    for row in pairs.codes.to_dict("records"):
        assert row["k"] == len(EXPERTS[row["code"]])
        assert row["statements"] == len(STATEMENTS[row["code"]])
        assert row["theme"] == PARENT[row["code"]]
    counts = Counter(itertools.chain.from_iterable(EXPERTS.values()))
    assert dict(zip(pairs.experts["expert"], pairs.experts["codes"], strict=True)) == counts


def test_pairs_are_counted(pairs):
    assert len(pairs.pairs) == math.comb(len(EXPERTS), 2)
    for row in pairs.pairs.to_dict("records"):
        a, b = row["code_a"], row["code_b"]
        assert row["both"] == len(EXPERTS[a] & EXPERTS[b])
        assert (row["k_a"], row["k_b"]) == (len(EXPERTS[a]), len(EXPERTS[b]))
        assert row["jaccard"] == pytest.approx(similarity(EXPERTS, a, b))
        there = STATEMENTS[a] & STATEMENTS[b]
        assert row["statements"] == len(there)
        assert row["experts_there"] == len({SPEAKER[s] for s in there})
        assert row["same_theme"] == (PARENT[a] == PARENT[b])


def test_matrices(pairs):
    codes = pairs.codes["code"].tolist()
    for i, j in itertools.combinations(range(len(codes)), 2):
        a, b = codes[i], codes[j]
        assert pairs.jaccard[i, j] == pytest.approx(similarity(EXPERTS, a, b))
        assert pairs.in_statements[i, j] == pytest.approx(similarity(STATEMENTS, a, b))


def test_a_pair_by_itself(pairs):
    """Session by session, the number of experts with both is hypergeometric."""
    sessions = sorted(set(SESSION.values()))
    size = Counter(SESSION.values())
    for row in pairs.pairs.iloc[::40].to_dict("records"):
        mass, expected = np.ones(1), 0.0
        for session in sessions:
            here = {e for e in SESSION if SESSION[e] == session}
            a, b = len(EXPERTS[row["code_a"]] & here), len(EXPERTS[row["code_b"]] & here)
            part = stats.hypergeom(size[session], a, b).pmf(np.arange(min(a, b) + 1))
            mass = np.convolve(mass, part)
            expected += a * b / size[session]
        assert row["expected"] == pytest.approx(expected)
        fixed = np.count_nonzero(mass > 1e-12) == 1
        p = 1.0 if fixed else mass[row["both"] :].sum()
        assert row["pvalue"] == pytest.approx(p, rel=1e-9)


def dealt(sessions, rng):
    """Every code's experts drawn anew, within sessions or over all."""
    strata = defaultdict(list)
    for expert, session in SESSION.items():
        strata[session if sessions else ""].append(expert)
    out = {}
    for code, members in EXPERTS.items():
        out[code] = {
            expert
            for stratum in strata.values()
            for expert in rng.sample(stratum, len(members & set(stratum)))
        }
    return out


@pytest.mark.parametrize(("sessions", "column"), [(True, "adjusted"), (False, "adjusted_all")])
def test_the_adjustment_by_the_largest_pair(pairs, sessions, column):
    """Experts shuffled with plain sets; each draw keeps its largest standardised count."""
    codes = pairs.codes["code"].tolist()
    strata = defaultdict(set)
    for expert, session in SESSION.items():
        strata[session if sessions else ""].add(expert)
    expected, sd = {}, {}
    for a, b in itertools.combinations(codes, 2):
        mean = variance = 0.0
        for here in strata.values():
            n, x, y = len(here), len(EXPERTS[a] & here), len(EXPERTS[b] & here)
            mean += x * y / n
            variance += x * y * (n - x) * (n - y) / (n * n * (n - 1))
        if variance > 0:
            expected[a, b], sd[a, b] = mean, math.sqrt(variance)
    rng, draws, maxima = random.Random(7), 300, []
    for _ in range(draws):
        drawn = dealt(sessions, rng)
        maxima.append(max((len(drawn[a] & drawn[b]) - expected[a, b]) / sd[a, b] for a, b in sd))
    for row in pairs.pairs.head(5).to_dict("records"):
        key = row["code_a"], row["code_b"]
        z = (row["both"] - expected[key]) / sd[key]
        if sessions:
            assert row["statistic"] == pytest.approx(z)
        beaten = sum(m >= z - 1e-6 for m in maxima) / draws
        assert row[column] == pytest.approx(beaten, abs=0.12)


def test_adjusted_p_is_never_less_than_that_of_the_pair(pairs):
    assert (pairs.pairs["adjusted"] >= pairs.pairs["pvalue"] - 1e-12).all()
    assert pairs.pairs["adjusted"].is_monotonic_increasing


def test_totals_kept(pairs):
    """Tables by swaps of two experts' codes, which keep all totals."""
    codes = pairs.codes["code"].tolist()
    experts = pairs.experts["expert"].tolist()
    table = np.array([[e in EXPERTS[c] for c in codes] for e in experts])
    assert (table == pairs.incidence).all()
    rng = np.random.default_rng(3)
    counts = []
    for step in range(12_000):
        e, f = rng.choice(len(experts), 2, replace=False)
        x, y = np.flatnonzero(table[e] & ~table[f]), np.flatnonzero(table[f] & ~table[e])
        if len(x) and len(y):
            a, b = rng.choice(x), rng.choice(y)
            table[[e, f], a] = table[[f, e], a]
            table[[e, f], b] = table[[f, e], b]
        if step >= 2_000 and step % 20 == 0:
            counts.append(table.T.astype(int) @ table)
    counts = np.array(counts)
    mean, sd = counts.mean(axis=0), counts.std(axis=0)
    i, j = np.triu_indices(len(codes), 1)
    z = (counts[:, i, j] - mean[i, j]) / np.where(sd[i, j] > 0, sd[i, j], np.inf)
    maxima = z.max(axis=1)
    place = {code: at for at, code in enumerate(codes)}
    for row in pairs.pairs.nsmallest(4, "adjusted_fixed").to_dict("records"):
        a, b = place[row["code_a"]], place[row["code_b"]]
        own = (row["both"] - mean[a, b]) / sd[a, b]
        assert row["adjusted_fixed"] == pytest.approx((maxima >= own - 1e-9).mean(), abs=0.2)


# sentences about pairs


def test_sentences_about_pairs(pairs, said):
    total = math.comb(len(EXPERTS), 2)
    met = {
        (a, b): STATEMENTS[a] & STATEMENTS[b]
        for a, b in itertools.combinations(EXPERTS, 2)
        if STATEMENTS[a] & STATEMENTS[b]
    }
    most = max(map(len, met.values()))
    assert said["tm-statements"].startswith(f"{len(met)} of {total} pairs meet in one statement")
    assert f"({most} statements of " in said["tm-statements"]
    for (a, b), where in met.items():
        if len(where) == most:
            assert f"“{NAMES[a]}”" in said["tm-statements"]
            assert f"“{NAMES[b]}”" in said["tm-statements"]
    counts = sorted(Counter(itertools.chain.from_iterable(EXPERTS.values())).values())
    assert said["tm-talk"] == (
        f"The experts raised between {counts[0]} and {counts[-1]} codes each, "
        f"{np.median(counts):g} in the median."
    )
    small = int((pairs.pairs["pvalue"] <= 0.05).sum())
    assert said["tm-one-by-one"] == f"Taken one by one, p is at most 0.05 for {small} of {total}."
    top = max(
        similarity(EXPERTS, a, b)
        for a, b in itertools.combinations(EXPERTS, 2)
        if len(EXPERTS[a] & EXPERTS[b]) > 1
    )
    assert said["tm-strongest"].startswith(f"Most alike, with a similarity of {top:.2f}: “")
    least = pairs.pairs["adjusted"].min()
    if least > 0.05:
        assert said["tm-told"] == (
            f"With experts exchanged within their session, none of the {total} pairs goes together "
            f"more often than chance lets it; the smallest adjusted p is {least:.3f}."
        )


def of_pairs(*rows):
    columns = ["label_a", "label_b", "adjusted"]
    return pd.DataFrame(rows, columns=columns)


def test_told_in_words():
    some = of_pairs(("A", "B", 0.01), ("A", "C", 0.03), ("B", "C", 0.4))
    assert pairing._told(some, "adjusted", "so") == (
        "so, 2 of 3 go together more often than chance lets them: “A” with “B” and “A” with “C”."
    )
    assert pairing._told(some.iloc[1:], "adjusted", "so") == (
        "so, 1 of 2 goes together more often than chance lets it: “A” with “C”."
    )
    assert pairing._told(some.iloc[2:], "adjusted", "so") == (
        "so, the one pair does not go together more often than chance lets it; the smallest "
        "adjusted p is 0.400."
    )
    sure = of_pairs(("A", "B", 0.0001))
    assert pairing._told(sure, "adjusted", "so").endswith("adjusted p is < 0.001.")


# groups


def plain_rand(a, b):
    """The adjusted Rand index, pair by pair."""
    both = first = second = 0
    for i, j in itertools.combinations(range(len(a)), 2):
        both += a[i] == a[j] and b[i] == b[j]
        first += a[i] == a[j]
        second += b[i] == b[j]
    chance = first * second / math.comb(len(a), 2)
    return (both - chance) / ((first + second) / 2 - chance)


def test_modularity(groups):
    graph = nx.Graph()
    for a, b in itertools.combinations(EXPERTS, 2):
        weight = similarity(EXPERTS, a, b)
        if weight:
            graph.add_edge(a, b, weight=weight)
    parts = [set(part) for _, part in groups.codes.groupby("group")["code"]]
    assert groups.found.modularity == pytest.approx(
        nx.community.modularity(graph, parts, weight="weight")
    )
    assert sum(map(len, parts)) == len(EXPERTS)
    sizes = groups.codes.groupby("group", sort=False).size().tolist()
    assert sizes == sorted(sizes, reverse=True)


def test_groups_beside_the_tree(groups, said):
    group = dict(zip(groups.codes["code"], groups.codes["group"], strict=True))
    codes = sorted(EXPERTS)
    expected = plain_rand([group[c] for c in codes], [PARENT[c] for c in codes])
    assert groups.tree == pytest.approx(expected)
    assert said["tm-tree-index"] == groups.tree
    table = grouping.against_tree(groups).set_index("theme")
    for code, own in group.items():
        assert table.at[NAMES[PARENT[code]], f"Group {own}"] >= 1
    assert table.to_numpy().sum() == len(codes)


def test_similarity_within_and_across_themes(groups):
    values = defaultdict(list)
    for a, b in itertools.combinations(EXPERTS, 2):
        values[PARENT[a] == PARENT[b]].append(similarity(EXPERTS, a, b))
    assert groups.inside == pytest.approx(np.mean(values[True]))
    assert groups.across == pytest.approx(np.mean(values[False]))
    rng, larger, draws = random.Random(5), 0, 400
    codes, themes = list(EXPERTS), [PARENT[c] for c in EXPERTS]
    matrix = {(a, b): similarity(EXPERTS, a, b) for a, b in itertools.combinations(codes, 2)}
    for _ in range(draws):
        rng.shuffle(themes)
        own = dict(zip(codes, themes, strict=True))
        same = [v for (a, b), v in matrix.items() if own[a] == own[b]]
        other = [v for (a, b), v in matrix.items() if own[a] != own[b]]
        larger += np.mean(same) - np.mean(other) >= groups.inside - groups.across - 1e-12
    assert groups.relabelled == pytest.approx(larger / draws, abs=0.1)


def test_stability(pairs, groups):
    table = grouping.stability(pairs, groups)
    counts = Counter(table["of"])
    assert counts["other random start"] == grouping.RUNS
    assert counts["one expert left out"] == N
    assert set(table["name"]) == {*SESSION, ""}
    labels = groups.found.labels
    same = labels[:, None] == labels[None, :]
    i, j = np.triu_indices(len(labels), 1)
    always = same & (groups.found.seed_together == 1) & (groups.found.expert_together == 1)
    assert grouping.core(groups).startswith(
        f"Of {same[i, j].sum()} pairs of codes that share a group, {always[i, j].sum() or 'none'} "
    )
    row = groups.codes.iloc[0]
    at = pairs.codes["code"].tolist().index(row["code"])
    others = same[at] & (np.arange(len(labels)) != at)
    assert row["with_starts"] == pytest.approx(groups.found.seed_together[at, others].mean())
    assert row["with_experts"] == pytest.approx(groups.found.expert_together[at, others].mean())


def test_letters():
    assert [grouping.letter(i) for i in (0, 25, 26, 53)] == ["A", "Z", "A1", "B2"]


def test_members_in_words(groups):
    def of(*sizes):
        letters = [name for name, size in zip("ABCDE", sizes, strict=False) for _ in range(size)]
        codes = pd.DataFrame({"group": letters})
        return grouping.Groups(codes, None, np.empty(0), 0, 0, 0, 0, "")

    assert grouping.members(of(5)) == "All 5 codes form one group."
    assert grouping.members(of(3, 2)) == "There are 2 groups of codes, with 3 and 2 codes."
    assert grouping.members(of(4, 2, 1)) == (
        "There are 2 groups of codes, with 4 and 2 codes; 1 code stands alone."
    )
    assert grouping.members(of(4, 1, 1)).endswith("with 4 codes; 2 codes stand alone.")
    assert grouping.members(groups).startswith("There are ")


# any panel

IDS = [
    "tm-codes",
    "tm-pairs",
    "tm-met",
    "tm-talk",
    "tm-strongest",
    "tm-told",
    "tm-smallest",
    "tm-critical",
    "tm-one-by-one",
    "tm-told-all",
    "tm-told-fixed",
    "tm-statements",
    "tm-never",
    "tm-groups",
    "tm-members",
    "tm-modularity",
    "tm-chance",
    "tm-starts",
    "tm-left-out",
    "tm-core",
    "tm-tree-index",
    "tm-tree",
    "tm-themes",
]


@pytest.fixture(scope="module")
def found_of(variant_of):
    """Pairs and groups of a variant by name, once, with few draws."""
    made = {}

    def make(name):
        if name not in made:
            pairs = pairing.together(variant_of(name), permutations=100, tables=20)
            made[name] = pairs, grouping.groups(pairs, runs=2, tables=2)
        return made[name]

    return make


SOME = ["one_session", "three_experts", "individual", "two_themes", "no_codes", "a_silent_expert"]


@pytest.mark.parametrize("name", SOME)
def test_any_panel_says_the_same_things(found_of, variant_of, name):
    pairs, groups = found_of(name)
    results = pairing.pair_results(pairs) + grouping.group_results(pairs, groups)
    panel = variant_of(name)
    ledger = show.findings("theme-map", results, panel.meta.source, panel.digest)
    assert [f.id for f in ledger] == IDS
    assert all(f.text.strip() and "nan" not in f.text.split() for f in ledger)


def test_many_experts(variant_of):
    pairs = pairing.together(variant_of("two_hundred"), permutations=100, tables=20)
    assert pairs.n == 200
    assert pairs.pairs["adjusted"].between(0, 1).all()
    svg(draw.matrix(pairs))


def svg(plate):
    """The figure draws, and says what it shows."""
    assert plate["alt"].strip()
    assert plate["caption"].strip()
    assert len(plate["numbers"])
    assert set(plate["columns"]) <= set(plate["numbers"].columns)
    assert figures.to_svg(plate["picture"], "panel").startswith("<svg")


@pytest.mark.parametrize("name", ["one_session", "two_themes"])
def test_figures(found_of, name):
    pairs, groups = found_of(name)
    svg(draw.matrix(pairs))
    svg(draw.circle(pairs, groups))
    svg(draw.stability(grouping.stability(pairs, groups)))


def test_without_codes_one_sentence_says_why(found_of):
    pairs, groups = found_of("no_codes")
    assert pairs.pairs.empty
    assert groups.codes.empty
    assert pairs.reason == groups.reason
    assert pairs.reason == "The experts raised no code, so there is no pair of codes."
    assert grouping.stability(pairs, groups).empty
    assert grouping.against_tree(groups).empty


def test_a_codebook_of_one_level_has_no_tree(found_of):
    _, groups = found_of("two_themes")
    assert math.isnan(groups.tree)
    assert grouping.tree(groups).startswith("Each theme of the codebook has one code")
    assert grouping.themes(groups) == "There are no codes of one theme and of two to compare."


def test_interviews_with_one_expert_each(found_of):
    pairs, _ = found_of("individual")
    assert not pairs.within
    assert (pairs.pairs["adjusted"] == pairs.pairs["adjusted_all"]).all()
    assert pairing.told_all(pairs).startswith("There are no sessions to keep apart")
    assert pairing.told(pairs).startswith("With experts exchanged over all sessions")


def test_ringed_pairs_are_those_beyond_chance(found_of):
    pairs, _ = found_of("one_session")
    assert "Ringed" not in draw.matrix(pairs)["caption"]
    told = pairs.pairs.copy()
    told.loc[0, "adjusted"] = 0.01
    plate = draw.matrix(pairing.Together(**{**fields(pairs), "pairs": told}))
    assert "Ringed: beyond chance" in plate["caption"]


def fields(found):
    return {name: getattr(found, name) for name in pairing.Together.__dataclass_fields__}
