from collections import Counter
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics import cooccurrence_pairs as pairs_module
from analysis.statistics.cooccurrence import (
    adjusted_rand,
    communities,
    fixed_margin_tests,
    graph_communities,
    jaccard,
    pair_test,
    pair_tests,
    sample_fixed_margins,
)

ROOT = Path(__file__).resolve().parents[2]
incidences = st.tuples(st.integers(1, 12), st.integers(2, 6)).flatmap(lambda s: arrays(bool, s))

PANEL = np.random.default_rng(7).random((20, 12)) < np.linspace(0.1, 0.7, 12)


class TestJaccard:
    def test_values(self):
        # shared by 2 of 3, by 1 of 4, none of 3 held; the last code is held by nobody
        table = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0]])
        expected = [[1, 2 / 3, 0], [2 / 3, 1, 1 / 4], [0, 1 / 4, 1]]
        assert jaccard(table)[:3, :3] == pytest.approx(np.array(expected))
        assert np.isnan(jaccard(table)[3]).all()
        assert np.isnan(jaccard(table)[:, 3]).all()

    def test_accepts_lists_and_frames(self):
        import pandas as pd

        frame = pd.DataFrame({"a": [True, False], "b": [True, True]})
        assert jaccard(frame)[0, 1] == jaccard([[1, 1], [0, 1]])[0, 1] == 0.5

    def test_empty(self):
        assert np.isnan(jaccard(np.zeros((0, 2)))).all()
        assert jaccard(np.zeros((3, 0))).shape == (0, 0)

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ([[1, 2]], "found 2"),
            ([[1, np.nan]], "found nan"),
            ([1, 0], "2-d"),
            ([["yes", "no"]], "0/1 or booleans"),
            (np.array([[True, None]], dtype=object), "0/1"),
        ],
    )
    def test_refusals(self, bad, message):
        with pytest.raises(ValueError, match=message):
            jaccard(bad)

    def test_missing_booleans_of_pandas_are_refused(self):
        import pandas as pd

        frame = pd.DataFrame({"a": pd.array([True, None], dtype="boolean")})
        with pytest.raises(ValueError, match="0/1 or booleans"):
            jaccard(frame)

    @given(incidences)
    def test_properties(self, table):
        found = jaccard(table)
        held = table.any(axis=0)
        assert np.array_equal(found, found.T, equal_nan=True)
        assert (np.diag(found)[held] == 1).all()
        assert ((found[np.ix_(held, held)] >= 0) & (found[np.ix_(held, held)] <= 1)).all()
        again = jaccard(table[::-1, ::-1])[::-1, ::-1]
        assert np.array_equal(found, again, equal_nan=True)

    def test_more_experts_than_one_part(self):
        table = np.random.default_rng(0).random((70_000, 2)) < 0.5
        both = (table[:, 0] & table[:, 1]).sum()
        assert jaccard(table)[0, 1] == both / (table[:, 0] | table[:, 1]).sum()


class TestPairTest:
    def test_eight_against_two(self):
        # all eight that raise the second code raise the first, held by ten of twenty:
        # C(10, 8) / C(20, 8) = 45 / 125970
        table = [[1, 1]] * 8 + [[1, 0]] * 2 + [[0, 0]] * 10
        found = pair_test(table, 0, 1)
        assert found.statistic == 8
        assert found.n == 20
        assert found.pvalue == pytest.approx(45 / 125970, rel=1e-12)
        assert pair_test(table, 0, 1, "less").pvalue == pytest.approx(1, rel=1e-12)

    def test_only_one_outcome(self):
        for table in ([[0, 1], [0, 0]], [[1, 1], [1, 0]], [[1, 1]]):
            found = pair_test(table, 0, 1)
            assert found.pvalue == 1
            assert "only one outcome" in found.reason

    def test_no_experts(self):
        found = pair_test(np.zeros((0, 2)), 0, 1)
        assert np.isnan(found.pvalue)
        assert found.reason == "no experts"

    def test_strata_undo_what_sessions_explain(self):
        # both codes belong to the first session: no association within either
        table = np.array([[1, 1]] * 5 + [[0, 0]] * 5)
        strata = [1] * 5 + [2] * 5
        assert pair_test(table, 0, 1).pvalue == pytest.approx(1 / 252)
        assert pair_test(table, 0, 1, strata=strata).pvalue == 1

    def test_one_stratum_is_none(self):
        a, b = pair_test(PANEL, 3, 9), pair_test(PANEL, 3, 9, strata=["s"] * 20)
        assert a.pvalue == pytest.approx(b.pvalue, rel=1e-12)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((0, 0), "two different codes"),
            ((0, 12), "columns 0 to 11"),
            ((-1, 0), "columns 0 to 11"),
            ((0, 1, "more"), "alternative must be one of"),
            ((0, 1, "less", [1, 2]), "one label for each of 20"),
        ],
    )
    def test_refusals(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            pair_test(PANEL, *arguments)

    @given(incidences, st.sampled_from(["greater", "less", "two-sided"]))
    def test_properties(self, table, alternative):
        found = pair_test(table, 0, 1, alternative)
        assert 0 < found.pvalue <= 1
        assert pair_test(table, 1, 0, alternative).pvalue == pytest.approx(found.pvalue, rel=1e-9)
        # who is who does not matter
        assert pair_test(table[::-1], 0, 1, alternative).pvalue == found.pvalue

    def test_many_experts(self):
        from scipy.stats import hypergeom

        table = np.random.default_rng(1).random((5000, 2)) < 0.3
        both = (table[:, 0] & table[:, 1]).sum()
        expected = hypergeom.sf(both - 1, 5000, *table.sum(axis=0))
        assert pair_test(table, 0, 1).pvalue == pytest.approx(expected, rel=1e-8)


def brute_maxima(table, strata, permutations, alternative):
    """Westfall & Young's maxima with a plain loop over shuffled columns."""
    rng = np.random.default_rng(99)
    codes = table.shape[1]
    pairs = list(combinations(range(codes), 2))
    mean, var = np.zeros(len(pairs)), np.zeros(len(pairs))
    for s in np.unique(strata):
        rows = strata == s
        m, held = rows.sum(), table[rows].sum(axis=0)
        for at, (i, j) in enumerate(pairs):
            e = held[i] * held[j] / m
            mean[at] += e
            var[at] += e * (m - held[i]) * (m - held[j]) / (m * (m - 1))
    out = []
    for _ in range(permutations):
        shuffled = table.copy()
        for s in np.unique(strata):
            rows = np.flatnonzero(strata == s)
            for code in range(codes):
                shuffled[rows, code] = table[rng.permutation(rows), code]
        count = np.array([(shuffled[:, i] & shuffled[:, j]).sum() for i, j in pairs])
        with np.errstate(invalid="ignore", divide="ignore"):
            z = (count - mean) / np.sqrt(var)
        z = {"greater": z, "less": -z, "two-sided": abs(z)}[alternative]
        out.append(np.nanmax(z[var > 0]))
    return np.sort(out)


class TestPairTests:
    def test_exact_columns(self):
        found = pair_tests(PANEL, permutations=1)
        for i, j in combinations(range(12), 2):
            one = pair_test(PANEL, i, j)
            assert found.count[i, j] == one.statistic
            assert found.pvalue[i, j] == pytest.approx(one.pvalue, rel=1e-12)
        assert np.isnan(np.diag(found.pvalue)).all()

    @pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
    @pytest.mark.parametrize("strata", [None, np.arange(20) // 5])
    @pytest.mark.parametrize("table_size", [20, 0])
    def test_maxima_against_a_loop(self, monkeypatch, alternative, strata, table_size):
        # with table_size 0 the sets are drawn by sorting instead
        monkeypatch.setattr(pairs_module, "_TABLE_SIZE", table_size)
        table = PANEL[:, 2:9]
        groups = np.zeros(20) if strata is None else strata
        slow = brute_maxima(table, groups, 1000, alternative)
        fast = pair_tests(table, alternative, strata, permutations=20_000).maxima
        gap = 4 * np.sqrt(0.25 / 1000)
        for cut in np.unique(np.quantile(slow, [0.1, 0.3, 0.5, 0.7, 0.9])) - 1e-4:
            assert (fast > cut).mean() == pytest.approx((slow > cut).mean(), abs=gap)

    def test_many_experts_need_several_words(self):
        table = np.random.default_rng(3).random((150, 6)) < 0.3
        table[:, 1] = table[:, 0]
        found = pair_tests(table, permutations=2000)
        assert found.adjusted[0, 1] == pytest.approx(1 / 2001, rel=1e-6)
        slow = brute_maxima(table, np.zeros(150), 500, "greater")
        assert np.median(found.maxima) == pytest.approx(np.median(slow), abs=0.25)

    def test_adjusted_is_what_it_says(self):
        found = pair_tests(PANEL, permutations=3000)
        i, j = np.triu_indices(12, 1)
        z, adjusted = found.statistic[i, j], found.adjusted[i, j]
        for value, p in zip(z, adjusted, strict=True):
            beaten = (found.maxima >= value - 1e-5).sum()
            assert p == pytest.approx(max((1 + beaten) / 3001, 0), abs=0.02)
        order = np.argsort(z)
        assert (np.diff(adjusted[order]) <= 1e-12).all()
        assert (adjusted >= found.pvalue[i, j] - 1e-15).all()

    def test_errors_are_controlled(self):
        # unrelated codes: at most one panel in twenty with a pair below .05, within chance
        rng = np.random.default_rng(11)
        false = [
            np.nanmin(pair_tests(rng.random((20, 8)) < 0.4, permutations=400).adjusted) <= 0.05
            for _ in range(150)
        ]
        assert np.mean(false) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)

    def test_seed(self):
        a, b, c = (pair_tests(PANEL, permutations=500, seed=s).maxima for s in (1, 1, 2))
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)

    def test_number_of_workers_does_not_matter(self):
        import joblib

        alone = pair_tests(PANEL, permutations=6000)
        with joblib.parallel_config(backend="threading", n_jobs=2):
            shared = pair_tests(PANEL, permutations=6000)
        assert np.array_equal(alone.adjusted, shared.adjusted, equal_nan=True)

    def test_codes_that_cannot_vary(self):
        table = PANEL.copy()
        table[:, 0], table[:, 1] = False, True
        found = pair_tests(table, permutations=500)
        assert (found.pvalue[0, 1:] == 1).all()
        assert (found.adjusted[1, 2:] == 1).all()
        assert np.isnan(found.statistic[0]).all()
        rest = pair_tests(table[:, 2:], permutations=500)
        assert np.array_equal(found.maxima, rest.maxima)

    def test_nothing_to_test(self):
        found = pair_tests(np.ones((4, 3)), permutations=10)
        assert found.reason == "no pair whose count could vary"
        assert found.adjusted[0, 1] == 1
        none = pair_tests(np.zeros((0, 3)), permutations=10)
        assert np.isnan(none.pvalue).all()
        assert pair_tests(np.zeros((4, 1)), permutations=10).count.shape == (1, 1)

    def test_refusals(self):
        with pytest.raises(ValueError, match="permutations must be at least 1"):
            pair_tests(PANEL, permutations=0)
        with pytest.raises(ValueError, match="alternative"):
            pair_tests(PANEL, "both")


def all_tables(table):
    """Every 0/1 table with the totals of ``table``, by brute force."""
    codes = table.shape[1]
    rows = [
        [tuple(c in chosen for c in range(codes)) for chosen in combinations(range(codes), int(k))]
        for k in table.sum(axis=1)
    ]
    found = [np.array(t) for t in product(*rows)]
    return [t for t in found if np.array_equal(t.sum(axis=0), table.sum(axis=0))]


class TestFixedMargins:
    @pytest.mark.parametrize(
        "rows",
        [
            ["1100", "1010", "0101", "0001"],
            ["110", "110", "001", "001"],
            ["11100", "00110", "10001"],
            ["10", "01"],
        ],
    )
    def test_all_tables_are_equally_likely(self, rows):
        from scipy.stats import chi2

        table = np.array([[c == "1" for c in row] for row in rows])
        every = all_tables(table)
        drawn = sample_fixed_margins(table, 10_000, thin=15)
        seen = Counter(t.tobytes() for t in drawn)
        assert set(seen) == {t.tobytes() for t in every}
        counts = np.array(list(seen.values()))
        expected = 10_000 / len(every)
        statistic = ((counts - expected) ** 2 / expected).sum()
        assert statistic < chi2.isf(1e-4, len(every) - 1)

    def test_totals_are_kept(self):
        drawn = sample_fixed_margins(PANEL, 300)
        assert drawn.shape == (300, 20, 12)
        assert (drawn.sum(axis=1) == PANEL.sum(axis=0)).all()
        assert (drawn.sum(axis=2) == PANEL.sum(axis=1)).all()
        assert len({t.tobytes() for t in drawn}) > 290

    def test_burn_in_forgets_the_start(self):
        # the share of cells as observed is that of long chains after the default burn-in
        short = sample_fixed_margins(PANEL, 3000)
        long = sample_fixed_margins(PANEL, 3000, burn_in=200, thin=20, seed=5)
        assert (short == PANEL).mean() == pytest.approx((long == PANEL).mean(), abs=0.004)

    def test_pvalues_against_all_tables(self):
        table = np.array([[1, 1, 0, 0], [1, 1, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]]) > 0
        every = np.array([t.T.astype(int) @ t for t in all_tables(table)])
        observed = table.T.astype(int) @ table
        found = fixed_margin_tests(table, permutations=20_000)
        for i, j in combinations(range(4), 2):
            exact = (every[:, i, j] >= observed[i, j]).mean()
            assert found.pvalue[i, j] == pytest.approx(exact, abs=0.02)
            assert found.expected[i, j] == pytest.approx(every[:, i, j].mean(), abs=0.03)
        upper = np.triu_indices(4, 1)
        mean, sd = every.mean(axis=0), every.std(axis=0)
        varies = sd[upper] > 0
        z = ((every - mean)[:, *upper] / sd[upper])[:, varies].max(axis=1)
        own = ((observed - mean)[upper] / sd[upper])[varies]
        # estimated standard deviations break ties between pairs: between the two counts
        for value, adjusted in zip(own, found.adjusted[upper][varies], strict=True):
            assert (z > value + 0.05).mean() - 0.02 <= adjusted <= (z >= value - 0.05).mean() + 0.02

    def test_talkativeness_is_no_association(self):
        # six talkative experts raise everything, eight one code each, six none: every pair
        # co-occurs beyond independence, none beyond the totals
        table = np.zeros((20, 4), dtype=bool)
        table[:6] = True
        table[6:14, :] = np.eye(4, dtype=bool)[[0, 1, 2, 3, 0, 1, 2, 3]]
        assert pair_tests(table, permutations=10).pvalue[0, 1] < 0.02
        found = fixed_margin_tests(table, permutations=200)
        assert found.pvalue[0, 1] == 1
        assert np.isnan(found.statistic[0, 1])
        assert found.reason == "no pair whose count could vary given the totals"

    def test_both_sides(self):
        greater, less, both = (
            fixed_margin_tests(PANEL, a, permutations=1000)
            for a in ("greater", "less", "two-sided")
        )
        i, j = np.triu_indices(12, 1)
        assert np.array_equal(greater.statistic, less.statistic, equal_nan=True)
        # the observed count lies in both tails
        assert (greater.pvalue + less.pvalue)[i, j].min() > 1
        extreme = np.nanargmax(np.abs(both.statistic[i, j]))
        assert both.adjusted[i, j][extreme] == np.nanmin(both.adjusted)

    @pytest.mark.parametrize("shape", [(1, 4), (0, 3), (4, 0), (4, 1)])
    def test_degenerate(self, shape):
        table = np.ones(shape, dtype=bool)
        assert sample_fixed_margins(table, 3).shape == (3, *shape)
        assert fixed_margin_tests(table, permutations=3).count.shape == (shape[1], shape[1])

    def test_refusals(self):
        for arguments in ({"permutations": 0}, {"burn_in": 0}, {"thin": 0}):
            with pytest.raises(ValueError, match="must be at least 1"):
                fixed_margin_tests(PANEL, **arguments)

    def test_seed(self):
        a, b, c = (sample_fixed_margins(PANEL, 50, seed=s) for s in (1, 1, 2))
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)


class TestAdjustedRand:
    def test_hand(self):
        # 4 pairs together in both, 6 in one, 6 in the other, of 15: (4 - 2.4) / (6 - 2.4)
        a, b = [0, 0, 0, 0, 1, 2], [0, 0, 0, 1, 1, 1]
        # pairs of a: 6; of b: 6; together: 3
        assert adjusted_rand(a, b) == pytest.approx((3 - 2.4) / (6 - 2.4))

    def test_equal_and_trivial(self):
        assert adjusted_rand([3, 3, 8], ["x", "x", "y"]) == 1
        assert adjusted_rand([0, 0, 0], [1, 1, 1]) == 1
        assert adjusted_rand([0, 1, 2], [2, 1, 0]) == 1
        assert adjusted_rand([0], [5]) == 1
        assert adjusted_rand([0, 0, 0], [0, 1, 2]) == 0
        assert np.isnan(adjusted_rand([], []))

    def test_refusal(self):
        with pytest.raises(ValueError, match="two labels per item"):
            adjusted_rand([0, 1], [0])

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20))
    def test_properties(self, labels):
        a, b = (np.array(x) for x in zip(*labels, strict=True))
        value = adjusted_rand(a, b)
        assert -1 <= value <= 1
        assert adjusted_rand(b, a) == pytest.approx(value, abs=1e-12)
        assert adjusted_rand(3 - a, b) == pytest.approx(value, abs=1e-12)


TWO_CAMPS = np.kron(np.eye(2), np.ones((4, 3))).astype(bool)


class TestCommunities:
    def test_two_camps(self):
        found = communities(TWO_CAMPS, runs=5)
        assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]
        assert found.modularity == pytest.approx(0.5)
        assert found.edges == 6
        assert found.n == 8
        assert found.seed_agreement.tolist() == [1] * 5
        assert found.expert_agreement.tolist() == [1] * 8
        expected = np.kron(np.eye(2), np.ones((3, 3)))
        assert np.array_equal(found.seed_together, expected)
        assert np.array_equal(found.expert_together, expected)

    def test_larger_communities_come_first(self):
        table = np.zeros((6, 5), dtype=bool)
        table[:2, [0, 1]] = True
        table[2:, [2, 3, 4]] = True
        assert communities(table, runs=0).labels.tolist() == [1, 1, 0, 0, 0]

    def test_code_of_one_expert(self):
        # the last code is raised by the last expert only: without them it has no place
        table = np.column_stack([TWO_CAMPS, np.arange(8) == 7])
        found = communities(table, runs=2)
        assert found.labels[-1] == found.labels[3]
        assert not np.isnan(found.expert_agreement).any()
        assert found.expert_together[6, 3] == 1

    def test_code_of_nobody(self):
        table = np.column_stack([np.zeros(8, dtype=bool), TWO_CAMPS])
        found = communities(table, runs=2)
        assert found.labels.tolist() == [-1, 0, 0, 0, 1, 1, 1]
        assert np.isnan(found.seed_together[0]).all()

    def test_no_edges(self):
        found = communities(np.eye(4), runs=3)
        assert found.labels.tolist() == [0, 1, 2, 3]
        assert np.isnan(found.modularity)
        assert found.reason == "no expert raised two codes"
        nobody = communities(np.zeros((3, 2)))
        assert nobody.labels.tolist() == [-1, -1]

    def test_one_expert(self):
        found = communities([[1, 1, 0]], runs=1)
        assert found.labels.tolist() == [0, 0, -1]
        assert np.isnan(found.expert_agreement).all()

    def test_seed(self):
        a, b = communities(PANEL, seed=3, runs=4), communities(PANEL, seed=3, runs=4)
        assert np.array_equal(a.labels, b.labels)
        assert np.array_equal(a.seed_agreement, b.seed_agreement)
        assert 0 <= np.nanmin(a.seed_together) <= np.nanmax(a.seed_together) == 1

    def test_greedy_has_no_seeds(self):
        found = communities(PANEL, method="greedy", runs=9)
        assert found.seed_agreement.size == 0
        again = communities(PANEL, seed=1, method="greedy")
        assert np.array_equal(found.labels, again.labels)

    def test_best_partition_of_a_small_graph(self):
        # all partitions of five codes: none has more modularity than what is found
        table = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]]) > 0
        weights = jaccard(table)
        np.fill_diagonal(weights, 0)
        total, strength = weights.sum(), weights.sum(axis=1)
        best = max(
            (
                (weights - np.outer(strength, strength) / total) * np.equal.outer(labels, labels)
            ).sum()
            / total
            for labels in product(range(3), repeat=5)
        )
        assert communities(table, runs=0).modularity == pytest.approx(best)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([[0, 1], [0, 0]], "symmetric"),
            ([[0, -1], [-1, 0]], "not negative"),
            ([[0, 1, 1]], "nodes x nodes"),
        ],
    )
    def test_refusals(self, weights, message):
        with pytest.raises(ValueError, match=message):
            graph_communities(weights)

    def test_more_refusals(self):
        with pytest.raises(ValueError, match="louvain"):
            graph_communities([[0, 1], [1, 0]], method="spectral")
        with pytest.raises(ValueError, match="runs must be 0 or more"):
            communities(PANEL, runs=-1)

    @settings(max_examples=25, deadline=None)
    @given(incidences)
    def test_properties(self, table):
        found = communities(table, runs=1)
        held = table.any(axis=0)
        assert ((found.labels >= 0) == held).all()
        if found.edges:
            assert -0.5 <= found.modularity < 1
        # codes never raised together with any other are alone
        shared = table.astype(int).T @ table - np.diag(table.sum(axis=0))
        for code in np.flatnonzero(held & ~shared.any(axis=0)):
            assert (found.labels == found.labels[code]).sum() == 1
