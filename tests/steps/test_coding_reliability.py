"""Coding reliability, recomputed from the CSV files by a plain route, and on panels of any kind."""

import dataclasses
import re
from collections import Counter, defaultdict
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
import yaml
from plain_files import FOLDER
from plain_files import rows_of as rows

from analysis.display import coding_reliability as draw
from analysis.display import coding_reliability_tables as tables
from analysis.display.figures import to_svg
from analysis.display.notebook import findings
from analysis.display.tables import to_html
from analysis.panel.panel import make_panel
from analysis.simulation.panels import simulate_panel
from analysis.statistics import agreement
from analysis.steps import coding_reliability as step
from analysis.steps.coding_reliability import (
    coefficients,
    coverage,
    disagreement,
    intervals,
    planted,
    sheets,
)


class Files:
    """The constructed panel as its files have it."""

    def __init__(self):
        self.statements = {r["statement_id"]: r for r in rows("statements")}
        self.experts = {r["expert_id"]: r for r in rows("experts")}
        self.parent = {r["code_id"]: r["parent_id"] for r in rows("codebook")}
        self.names = {r["code_id"]: r["name"] for r in rows("codebook")}
        self.coders = yaml.safe_load((FOLDER / "panel.yml").read_text("utf-8"))["coders"]
        self.work = defaultdict(dict)
        for r in rows("coded"):
            self.work[r["coder"]][r["statement_id"]] = {}
        for r in rows("codings"):
            self.work[r["coder"]][r["statement_id"]][r["code_id"]] = r["stance"]
        a, b = (self.work[c] for c in self.coders)
        self.double = [s for s in self.statements if s in a and s in b]
        self.codes = [c for c in self.parent if self.parent[c]]

    def top(self, code):
        return self.parent[code] or code

    def sets(self, coder, level=2, stance=None):
        given = self.work[self.coders[coder]]
        out = []
        for s in self.double:
            chosen = [c for c, st in given[s].items() if stance in (None, st)]
            out.append(frozenset(chosen if level == 2 else map(self.top, chosen)))
        return out

    def speaker(self, statement):
        return self.statements[statement]["speaker"]

    def session(self, statement):
        return self.statements[statement]["session_id"]


@pytest.fixture(scope="module")
def files():
    return Files()


@pytest.fixture(scope="module")
def found(constructed):
    return step.analyse(constructed)


@pytest.fixture(scope="module")
def results(found):
    return {r.id: r for r in step.results(found)}


def plain_masi(a, b):
    if a == b:
        return 0.0
    if not a & b:
        return 1.0
    weight = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - weight * len(a & b) / len(a | b)


def plain_alpha(first, second, distance):
    """Alpha of two coders without gaps, from all pairs of values."""
    values = [*first, *second]
    counts = Counter(values)
    observed = sum(distance(a, b) for a, b in zip(first, second, strict=True)) / len(first)
    n = len(values)
    expected = sum(counts[a] * counts[b] * distance(a, b) for a, b in permutations(counts, 2))
    return 1 - observed / (expected / (n * (n - 1)))


def differ(a, b):
    return float(a != b)


class TestWhatWasDoubleCoded:
    def test_by_session(self, files, found):
        table = found.sessions.set_index("session")
        for session in table.index:
            spoken = [
                s
                for s, r in files.statements.items()
                if r["session_id"] == session and r["speaker"] != "moderator"
            ]
            assert table.loc[session, "statements"] == len(spoken)
            assert table.loc[session, "double"] == sum(s in files.double for s in spoken)
            for coder in (*files.coders, "consensus"):
                assert table.loc[session, coder] == sum(s in files.work[coder] for s in spoken)

    def test_by_coder_and_what_was_read_in_vain(self, files, found, results):
        for row in found.coders.itertuples():
            work = files.work[row.coder]
            assert row.statements == len(work)
            assert row.empty == sum(not codes for codes in work.values())
            assert row.codes == sum(map(len, work.values()))
        said = results["cr-in-vain"].value
        first = files.work[files.coders[0]]
        assert f"worked on {len(first)} statements" in said
        assert f"no code to {sum(not c for c in first.values())} of them" in said

    def test_results(self, files, results):
        spoken = sum(r["speaker"] != "moderator" for r in files.statements.values())
        assert (results["cr-double"].k, results["cr-double"].n) == (len(files.double), spoken)
        names = " and ".join(files.coders)
        assert results["cr-coders"].value == f"The panel has {len(files.coders)} coders: {names}."

    @pytest.mark.parametrize(
        ("double", "said"),
        [
            ([4, 5], "on every statement of an expert (9 in all)"),
            ([4, 2], "on 6 of 9 statements of experts: on all of them in s0, on a part in s1 (2"),
            ([4, 0], "on all of them in s0, on none in s1"),
            ([1, 0], "on a part in s0 (1 of 4), on none in s1. How they were chosen is not"),
            ([0, 0], "Two coders or more worked on none of the 9 statements of experts."),
        ],
    )
    def test_sentence_on_the_choice(self, double, said):
        table = pd.DataFrame({"session": ["s0", "s1"], "statements": [4, 5], "double": double})
        assert said in coverage.chosen(table)

    def test_sentence_with_many_sessions(self):
        table = pd.DataFrame(
            {"session": [f"s{i}" for i in range(12)], "statements": 3, "double": [3] * 5 + [1] * 7}
        )
        assert "experts: on all of them in 5 sessions, on a part in 7 sessions. How" in (
            coverage.chosen(table)
        )


class TestCoefficients:
    def test_of_each_code(self, files, found):
        a, b = files.sets(0), files.sets(1)
        assert list(found.codes["code"]) == files.codes
        for row in found.codes.itertuples():
            x = [row.code in s for s in a]
            y = [row.code in s for s in b]
            pairs = Counter(zip(x, y, strict=True))
            both, one, two, none = (
                pairs[k] for k in ((True, True), (True, False), (False, True), (False, False))
            )
            n = len(x)
            counted = (row.both, row.only_first, row.only_second, row.neither)
            assert counted == (both, one, two, none)
            assert row.given == both + one + two
            assert row.agreement == pytest.approx((both + none) / n)
            share = (2 * both + one + two) / (2 * n)
            chance = 2 * share * (1 - share)
            assert row.ac1 == pytest.approx(((both + none) / n - chance) / (1 - chance))
            p = (both + one) / n * (both + two) / n + (two + none) / n * (one + none) / n
            assert row.kappa == pytest.approx(((both + none) / n - p) / (1 - p))
            assert row.alpha == pytest.approx(plain_alpha(x, y, differ))
            assert row.prevalence == pytest.approx(abs(both - none) / n)
            assert row.bias == pytest.approx(abs(one - two) / n)
            assert row.pabak == pytest.approx(2 * (both + none) / n - 1)
            assert row.theme == files.names[files.parent[row.code]]

    def test_alpha_where_only_raising_counts(self, files, found):
        a, b = files.sets(0, stance="raises"), files.sets(1, stance="raises")
        for row in found.codes.itertuples():
            x, y = ([row.code in s for s in sets] for sets in (a, b))
            if any(x) or any(y):
                assert row.raised_alpha == pytest.approx(plain_alpha(x, y, differ))
            else:
                assert np.isnan(row.raised_alpha)

    def test_of_themes(self, files, found):
        a, b = files.sets(0, level=1), files.sets(1, level=1)
        for row in found.themes.itertuples():
            x, y = ([row.code in s for s in sets] for sets in (a, b))
            assert row.alpha == pytest.approx(plain_alpha(x, y, differ))
            assert row.both == sum(p and q for p, q in zip(x, y, strict=True))

    def test_intervals_hold_their_estimate(self, found):
        for name in ("agreement", "ac1", "alpha", "kappa"):
            table = found.codes.dropna(subset=[f"{name}_low"])
            assert len(table)
            assert (table[f"{name}_low"] <= table[name] + 1e-12).all()
            assert (table[f"{name}_high"] >= table[name] - 1e-12).all()
            assert (table[f"{name}_high"] <= 1).all()
        assert (found.codes["agreement_low"].dropna() >= 0).all()

    def test_set_alpha(self, files, found, results):
        for level, name in ((2, "codes"), (1, "themes")):
            for stance, counted in ((None, "given in any stance"), ("raises", "raised")):
                a, b = files.sets(0, level, stance), files.sets(1, level, stance)
                table = found.overall
                row = table[(table["level"] == name) & (table["counted"] == counted)].iloc[0]
                assert row["alpha"] == pytest.approx(plain_alpha(a, b, plain_masi))
                assert row["low"] < row["alpha"] < row["high"]
                assert row["session_low"] < row["alpha"] < row["session_high"]
                assert row["experts"] == len({files.speaker(s) for s in files.double})
        value = results["cr-set-alpha-codes"].value
        assert value == pytest.approx(plain_alpha(files.sets(0), files.sets(1), plain_masi))
        low, high = results["cr-set-alpha-codes-interval"].low, found.overall["high"].iloc[0]
        assert results["cr-set-alpha-codes-interval"].value == f"{low:.2f} to {high:.2f}"

    def test_same_and_nothing_in_common(self, files, results):
        a, b = files.sets(0), files.sets(1)
        same = sum(x == y for x, y in zip(a, b, strict=True))
        apart = sum(bool(x or y) and not x & y for x, y in zip(a, b, strict=True))
        assert (results["cr-same"].k, results["cr-same"].n) == (same, len(a))
        assert (results["cr-apart"].k, results["cr-apart"].n) == (apart, len(a))
        assert results["cr-plain"].value == (
            f"Of the {len(a)} statements that both coded, {same} got exactly the same codes; to "
            f"{apart} codes were given of which the two share none."
        )

    def test_stances(self, files, found, results):
        a, b = (files.work[c] for c in files.coders)
        pairs = Counter((a[s][c], b[s][c]) for s in files.double for c in a[s].keys() & b[s].keys())
        for row in found.stances.itertuples():
            assert row.raises == pairs[row.first, "raises"]
            assert row.opposes == pairs[row.first, "opposes"]
        same = pairs["raises", "raises"] + pairs["opposes", "opposes"]
        assert (results["cr-stance-same"].k, results["cr-stance-same"].n) == (
            same,
            pairs.total(),
        )
        x, y = zip(*pairs.elements(), strict=True)
        assert results["cr-stance-alpha"].value == pytest.approx(plain_alpha(x, y, differ))

    def test_experts_by_either_coder(self, files, found, results):
        differing = 0
        for row in found.experts.itertuples():
            heard = []
            for coder in (0, 1):
                sets = files.sets(coder, stance="raises")
                pairs = zip(files.double, sets, strict=True)
                heard.append({files.speaker(s) for s, codes in pairs if row.code in codes})
            assert (row.first, row.second) == tuple(map(len, heard))
            differing += len(heard[0]) != len(heard[1])
        said = results["cr-experts"].value
        assert said.startswith(f"For {differing} of {len(files.codes)} codes")

    def test_ranges_and_names_in_the_sentences(self, found, results):
        table = found.codes
        least = table.loc[table["alpha"].idxmin()]
        assert f"{least['alpha']:.2f} (“{least['name']}”)" in results["cr-alpha-range"].value
        kappa = f"{table['kappa'].min():.2f} to {table['kappa'].max():.2f}"
        assert results["cr-kappa-range"].value == kappa
        width = (table["alpha_high"] - table["alpha_low"]).dropna()
        assert (results["cr-wide"].k, results["cr-wide"].n) == ((width > 0.5).sum(), len(width))
        middle = int(np.floor(np.median(table["given"])))
        assert f"to {middle} or fewer" in results["cr-by-code"].value
        assert f"kappa {kappa}" in results["cr-by-code"].value
        assert f"for {(width > 0.5).sum()} of {len(width)} codes" in results["cr-widths"].value
        top = table.loc[table["bias"].idxmax()]
        assert f"{top['bias']:.2f}, for “{top['name']}”" in results["cr-prevalence"].value


class TestIntervals:
    @pytest.fixture
    def data(self):
        rng = np.random.default_rng(8)
        truth = rng.random(90) < 0.3
        coders = np.array([np.where(rng.random(90) < 0.15, ~truth, truth) for _ in range(3)])
        data = coders.astype(float)
        data[rng.random(data.shape) < 0.15] = np.nan
        data = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
        # in order of appearance, so that the same experts are drawn as for alpha
        experts = pd.factorize(rng.integers(0, 8, data.shape[1]))[0].astype(str)
        return data, experts

    def test_coefficients_of_sums_are_those_of_the_statistics(self, data):
        values, _ = data
        sums = intervals.share_columns(values).sum(axis=0)[None]
        assert intervals.agreement_of(sums)[0] == pytest.approx(
            agreement.percent_agreement(values).estimate
        )
        assert intervals.ac1_of(sums)[0] == pytest.approx(agreement.gwet_ac(values).estimate)
        known = ~np.isnan(values[:2]).any(axis=0)
        first, second = values[:2, known]
        table = intervals.table_columns(first, second).sum(axis=0)[None]
        kappa = agreement.cohen_kappa(first, second).estimate
        assert intervals.kappa_of(table)[0] == pytest.approx(kappa)

    def test_the_same_limits_as_the_interval_of_alpha(self, data):
        values, experts = data
        rated = (~np.isnan(values)).sum(axis=0)
        ones = np.nansum(values, axis=0)
        within = 2 * ones * (rated - ones) / (rated - 1)
        columns = np.stack([within, rated, ones], axis=1)

        def alpha(sums):
            n, k = sums[:, 1], sums[:, 2]
            expected = 2 * k * (n - k) / (n - 1)
            return np.where(
                expected > 0, 1 - sums[:, 0] / np.where(expected > 0, expected, 1), np.nan
            )

        ours = intervals.cluster_interval(intervals.by_cluster(columns, experts), alpha, "alpha")
        theirs = agreement.alpha_interval(values, "nominal", experts)
        assert ours.estimate == pytest.approx(theirs.estimate)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
        assert ours.se == pytest.approx(theirs.se)

    def test_fewer_resamples_for_many_distinct_sets(self, monkeypatch):
        sets = np.array([[frozenset({i, i + c}) for i in range(30)] for c in (0, 1)], dtype=object)
        experts = np.array([f"e{i % 6}" for i in range(30)], dtype=object)
        assert "10000 resamples" in intervals.set_alpha(sets, experts).method
        monkeypatch.setattr(intervals, "DISTINCT", 30)
        assert "2500 resamples" in intervals.set_alpha(sets, experts).method
        monkeypatch.setattr(intervals, "DISTINCT", 1)
        assert "1000 resamples" in intervals.set_alpha(sets, experts).method

    def test_what_is_undefined_says_why(self):
        ones = np.ones((4, 2))
        assert "two or more" in intervals.cluster_interval(ones[:1], intervals.ratio_of, "x").reason
        same = intervals.cluster_interval(ones, intervals.ratio_of, "x")
        assert same.estimate == 1
        assert np.isnan(same.low)
        assert "no uncertainty" in same.reason
        none = intervals.cluster_interval(np.zeros((4, 2)), intervals.ratio_of, "x")
        assert np.isnan(none.estimate)
        assert "0/0" in none.reason
        rare = np.array([[1.0, 1.0], *[[0.0, 0.0]] * 9, [0.0, 1.0]])
        few = intervals.cluster_interval(rare, intervals.ratio_of, "x")
        assert few.estimate == 0.5
        assert "too many" in few.reason
        assert np.isnan(intervals.cluster_interval(np.empty((0, 2)), intervals.ratio_of, "x"))

    def test_cluster_mean_against_statsmodels(self):
        import statsmodels.api as sm
        from scipy.stats import t

        rng = np.random.default_rng(5)
        experts = rng.integers(0, 6, 50).astype(str)
        values = rng.random(50) * 0.4 + experts.astype(float) / 12
        mean, low, high, m = disagreement.clustered_mean(values, experts.astype(object))
        fit = sm.OLS(values, np.ones(50)).fit(
            cov_type="cluster", cov_kwds={"groups": experts.astype(int)}
        )
        assert (mean, m) == (pytest.approx(values.mean()), 6)
        reach = t.ppf(0.975, 5) * fit.bse[0]
        assert (low, high) == pytest.approx((mean - reach, mean + reach))
        one = disagreement.clustered_mean(values, np.array(["a"] * 50, dtype=object))
        assert np.isnan(one[1])


class TestDisagreements:
    def test_confusion(self, files, found):
        expected = defaultdict(list)
        for s, a, b in zip(files.double, files.sets(0), files.sets(1), strict=True):
            for x in (a - b) or {""}:
                for y in (b - a) or {""}:
                    if x or y:
                        expected[x, y].append(s)
        got = {(r.first, r.second): r.statements.split(", ") for r in found.confusion.itertuples()}
        assert got == expected
        assert list(found.confusion["n"]) == sorted(found.confusion["n"], reverse=True)

    def test_kinds_pool_both_directions(self, found, files):
        assert found.kinds["n"].sum() == found.confusion["n"].sum()
        assert (found.kinds["forward"] + found.kinds["backward"] == found.kinds["n"]).all()
        top = found.kinds.iloc[0]
        code = {v: k for k, v in files.names.items()}[top["one"]]
        a, b = files.sets(0), files.sets(1)
        if top["other"] == disagreement.NO_OTHER:
            pairs = list(zip(a, b, strict=True))
            assert top["forward"] == sum(code in x - y and not y - x for x, y in pairs)
            assert top["backward"] == sum(code in y - x and not x - y for x, y in pairs)

    def test_matrix(self, files, found):
        a, b = files.sets(0), files.sets(1)
        matrix = found.matrix
        assert len(matrix) <= disagreement.MOST_CODES + 1
        for code in matrix.index[:-1]:
            assert matrix.loc[code, code] == sum(code in x & y for x, y in zip(a, b, strict=True))
        for one, other in permutations(matrix.index, 2):
            rows_ = found.confusion
            n = rows_[(rows_["first"] == one) & (rows_["second"] == other)]["n"].sum()
            assert matrix.loc[one, other] == n

    def test_disputed_and_omitted(self, files, results):
        a, b = files.sets(0), files.sets(1)
        pairs = list(zip(a, b, strict=True))
        assert results["cr-disputed"].k == sum(x != y for x, y in pairs)
        bare = sum(len(x ^ y) for x, y in pairs if not (x - y and y - x))
        assert results["cr-omitted"].k == bare
        assert f"In {bare} of these the other coder" in results["cr-confusion"].value

    def test_drift_by_session(self, files, found):
        for row in found.drift_sessions.itertuples():
            here = [i for i, s in enumerate(files.double) if files.session(s) == row.session]
            a, b = ([files.sets(c)[i] for i in here] for c in (0, 1))
            assert row.n == len(here)
            assert row.same == sum(x == y for x, y in zip(a, b, strict=True))
            assert row.alpha == pytest.approx(plain_alpha(a, b, plain_masi))
            assert row.low < row.alpha < row.high

    def test_moving_line(self, files, found):
        alike = [1 - plain_masi(x, y) for x, y in zip(files.sets(0), files.sets(1), strict=True)]
        width = disagreement.WINDOW
        assert len(found.drift_line) == len(alike) - width + 1
        for start in (0, 57, len(alike) - width):
            row = found.drift_line.iloc[start]
            assert row["likeness"] == pytest.approx(np.mean(alike[start : start + width]))
            middle = files.double[start + width // 2]
            assert row["session"] == files.session(middle)
            assert row["experts"] == len(
                {files.speaker(s) for s in files.double[start : start + width]}
            )
            assert row["low"] <= row["likeness"] <= row["high"]

    def test_drift_by_code(self, files, found, results):
        a, b = files.sets(0), files.sets(1)
        moves = {}
        for code in files.codes:
            nets = []
            for session in dict.fromkeys(map(files.session, files.double)):
                here = [i for i, s in enumerate(files.double) if files.session(s) == session]
                one = sum(code in a[i] - b[i] for i in here)
                two = sum(code in b[i] - a[i] for i in here)
                table = found.drift_codes
                row = table[(table["code"] == code) & (table["session"] == session)].iloc[0]
                assert (row["only_first"], row["only_second"]) == (one, two)
                nets.append((two - one) / len(here))
            moves[code] = max(nets) - min(nets)
        top = max(moves, key=moves.get)
        assert files.names[top] in results["cr-drift-code"].value

    def test_the_planted_drift_is_the_one_that_moves_most(self, files, results):
        generator = yaml.safe_load((FOLDER / "truth.yml").read_text("utf-8"))["generator"]
        drift = generator["coders"]["drift"]
        assert f"“{files.names[drift['code']]}”" in results["cr-drift-code"].value


class TestResolution:
    def test_statements(self, files, found, results):
        final = files.work["consensus"]
        counts = Counter()
        for s, a, b in zip(files.double, files.sets(0), files.sets(1), strict=True):
            c = set(final[s])
            if a == b:
                counts["agreed"] += 1
                counts["changed"] += c != a
            else:
                counts["disputed"] += 1
                if c == a:
                    counts["first"] += 1
                elif c == b:
                    counts["second"] += 1
                elif c == a | b:
                    counts["union"] += 1
                else:
                    counts["other"] += 1
        for key in ("first", "second", "union", "other"):
            result = results[f"cr-resolved-{key}"]
            assert (result.k, result.n) == (counts[key], counts["disputed"])
        assert (results["cr-changed"].k, results["cr-changed"].n) == (
            counts["changed"],
            counts["agreed"],
        )
        assert found.statements["open"] == 0
        said = results["cr-resolution"].value
        assert f"the set of {files.coders[0]} in {counts['first']}," in said
        assert f"the coders agreed it changed {counts['changed']}." in said

    def test_single_codes(self, files, found, results):
        n, kept = Counter(), Counter()
        for s, a, b in zip(files.double, files.sets(0), files.sets(1), strict=True):
            c = set(files.work["consensus"][s])
            for key, codes in (("both", a & b), ("first", a - b), ("second", b - a)):
                n[key] += len(codes)
                kept[key] += len(codes & c)
            n["neither"] += len(c - a - b)
        for row in found.resolved.itertuples():
            assert row.n == n[row.given_by]
            assert row.kept == (n if row.given_by == "neither" else kept)[row.given_by]
        said = results["cr-resolved"].value
        assert f"{kept['first']} of the {n['first']} codes that only {files.coders[0]}" in said
        assert f"adds {n['neither']} that neither" in said

    def test_coded_alone(self, files, found):
        for row in found.alone.itertuples():
            mine = files.work[row.coder]
            others = [c for c in files.coders if c != row.coder]
            alone = [s for s in mine if not any(s in files.work[c] for c in others)]
            assert row.statements == len(alone)
            assert row.same == sum(set(mine[s]) == set(files.work["consensus"][s]) for s in alone)


class TestWhatIsShown:
    def test_no_word_of_an_expert_who_may_not_be_quoted(self, files, found):
        closed = {e for e, r in files.experts.items() if r["quotable"] == "false"}
        assert closed
        texts = [
            text
            for r in files.statements.values()
            if r["speaker"] in closed
            for text in (r["text"], r["text_en"])
        ]
        shown = "\n".join(
            str(cell)
            for table in (found.read, found.memos)
            for column in table
            for cell in table[column]
        )
        shown += tables.disagreements_html(found, "caption", "constructed", "ru")
        assert not any(text in shown for text in texts)
        for expert in closed:
            assert expert not in shown

    def test_disagreements_as_a_reader_sees_them(self, found):
        html = tables.disagreements_html(found, "caption", "constructed", "ru")
        assert html.count('<p lang="ru">') == html.count('<p lang="en">') == len(found.read)
        assert html.count("<strong>consensus</strong>") == len(found.read)
        assert html.count("<strong>memo</strong>") == (found.read["memo"] != "").sum()
        assert "no real expert said any of it" in html
        assert "study-mark" not in tables.disagreements_html(found, "caption", "panel", "ru")

    def test_values_with_their_intervals(self, found):
        first = tables.spelled(found.codes).iloc[0]
        row = found.codes.iloc[0]
        assert first["alpha_text"] == (
            f"{row['alpha']:.2f} ({row['alpha_low']:.2f} to {row['alpha_high']:.2f})"
        )
        bare = found.codes["alpha_low"].isna()
        texts = tables.spelled(found.codes).loc[bare, "alpha_text"].tolist()
        assert texts == [f"{v:.2f}" for v in found.codes.loc[bare, "alpha"]]

    def test_disagreements_are_disputed_and_chosen_by_the_rule(self, files, found, results):
        a, b = (dict(zip(files.double, files.sets(c), strict=True)) for c in (0, 1))
        ids = [s.split(", ")[0] for s in found.read["statement"]]
        assert len(ids) == len(set(ids)) <= disagreement.MOST_READ
        assert all(a[s] != b[s] for s in ids)
        assert ids == sorted(ids, key=list(files.statements).index)
        for row, s in zip(found.read.itertuples(), ids, strict=True):
            assert row.said == files.statements[s]["text"]
            assert row.english == files.statements[s]["text_en"]
            for coder, shown in zip(files.coders, (row.first, row.second), strict=True):
                words = shown.replace(" (opposed)", "").split("; ")
                names = [files.names[c] for c in files.work[coder][s]]
                assert sorted(names) == ([] if words == ["no code"] else sorted(words))
        about = {r["about"] for r in rows("memos")}
        quotable = {e for e, r in files.experts.items() if r["quotable"] == "true"}
        noted = [
            s for s in files.double if a[s] != b[s] and s in about and files.speaker(s) in quotable
        ]
        hidden = re.search(r"(\d+) (?:is|are) left out", results["cr-memos"].value)
        assert len(found.memos) + int(hidden[1]) == len(rows("memos"))
        assert set(noted) & set(found.memos["about"]) <= set(ids)

    def test_counts_of_what_cannot_be_shown(self, files, found):
        a, b = files.sets(0), files.sets(1)
        closed = {e for e, r in files.experts.items() if r["quotable"] == "false"}
        disputed = [s for s, x, y in zip(files.double, a, b, strict=True) if x != y]
        assert found.disputed == len(disputed)
        assert found.unquotable == sum(files.speaker(s) in closed for s in disputed)


class TestPlanted:
    @pytest.fixture
    def truth(self):
        return yaml.safe_load((FOLDER / "truth.yml").read_text("utf-8"))["coders"]

    def test_planted_values_are_those_of_the_file(self, truth, found, files):
        table = found.planted.set_index("quantity")
        for code, value in truth["expected_alpha"]["by_code"].items():
            assert table.loc[files.names[code], "planted"] == value["any"]
        whole = table[table["kind"] == planted.ALL]["planted"]
        assert sorted(whole) == sorted(truth["expected_alpha"]["all_codes"].values())
        for coder, made in truth["errors"].items():
            missed = table.loc[f"{coder}: codes missed, per code of the consensus", "planted"]
            assert missed == pytest.approx(made["omitted"]["rate"] + made["confused"]["rate"])

    def test_recovered_values(self, files, found):
        table = found.planted.set_index("quantity")["recovered"]
        final = files.work["consensus"]
        for coder in files.coders:
            mine = files.work[coder]
            codes = sum(len(final[s]) for s in mine)
            missed = sum(len(final[s].keys() - mine[s].keys()) for s in mine)
            extra = sum(len(mine[s].keys() - final[s].keys()) for s in mine)
            assert table[f"{coder}: codes missed, per code of the consensus"] == pytest.approx(
                missed / codes
            )
            assert table[f"{coder}: codes added, per statement"] == pytest.approx(extra / len(mine))
        cells = [[code in s for s in files.sets(coder) for code in files.codes] for coder in (0, 1)]
        assert table["all codes, given in any stance"] == pytest.approx(plain_alpha(*cells, differ))

    def test_of_a_simulated_panel(self):
        panel, truth = simulate_panel(20, 6, statements=30, seed=3)
        panel = make_panel(panel.meta, panel.frames, truth.entries())
        table = planted.planted(panel, panel.meta.coders)
        assert list(table["planted"]) == pytest.approx(list(truth.alpha[0]), abs=1e-6)
        assert table["inside"].dropna().mean() > 0.5


# panels of any kind


def three_coders(panel):
    """A third coder, who copied the first in the first half and gave nothing in the second."""
    frames = {name: frame.astype(object) for name, frame in panel.frames.items()}
    coded, codings = frames["coded"], frames["codings"]
    first = panel.meta.coders[0]
    mine = coded[coded["coder"] == first]
    half = set(mine["statement_id"].iloc[: len(mine) // 2])
    frames["coded"] = pd.concat([coded, mine.assign(coder="third")])
    copied = codings[(codings["coder"] == first) & codings["statement_id"].isin(half)]
    frames["codings"] = pd.concat([codings, copied.assign(coder="third")])
    meta = panel.meta
    return make_panel(dataclasses.replace(meta, coders=(*meta.coders, "third")), frames)


def apart(panel):
    """Two coders who never worked on the same statement; no memos."""
    frames = {name: frame.astype(object) for name, frame in panel.frames.items()}
    first, second = panel.meta.coders
    for name in ("coded", "codings"):
        table = frames[name]
        even = table["statement_id"].map(lambda s: int(s[-1]) % 2 == 0)
        mine = (table["coder"] == first) & even | (table["coder"] == second) & ~even
        frames[name] = table[mine | (table["coder"] == "consensus")]
    frames.pop("memos", None)
    return make_panel(panel.meta, frames)


def of_one_mind(panel):
    """Both coders wrote down the consensus."""
    frames = {name: frame.astype(object) for name, frame in panel.frames.items()}
    for name in ("coded", "codings"):
        final = frames[name][frames[name]["coder"] == "consensus"]
        frames[name] = pd.concat([final, *(final.assign(coder=c) for c in panel.meta.coders)])
    return make_panel(panel.meta, frames)


#: Variants whose figures are rendered; for the others they are only drawn.
RENDERED = ("two_hundred", "three_experts", "individual", "no_codes")


def check(panel, ids, rendered=False):
    """Everything the notebook does with a panel."""
    found = step.analyse(panel)
    made = findings("coding-reliability", step.results(found), panel.meta.source, "0" * 12)
    assert [f.id for f in made] == ids
    for finding in made:
        assert "nan" not in finding.text.split()
        assert "  " not in finding.text
    source = panel.meta.source
    for name, frame in (
        ("by_code", found.codes),
        ("confusion", found.matrix),
        ("drift", found.drift_sessions),
        ("drift_codes", draw.drift_code_sessions(found)),
        ("planted", draw.planted_alphas(found)),
    ):
        if len(frame):
            figure = getattr(draw, name)(found)
            assert not rendered or to_svg(figure, source)
            assert getattr(draw, f"{name}_alt")(found)
    if not found.missing and (found.codes["given"] > 0).any():
        figure = draw.prevalence(found)
        assert not rendered or to_svg(figure, source)
        assert draw.prevalence_alt(found)
    for frame, columns in (
        (found.sessions, tables.session_columns(found)),
        (found.coders, tables.CODER_COLUMNS),
        (tables.spelled(found.pairs), tables.PAIR_COLUMNS),
        (tables.overall_table(found), tables.OVERALL_COLUMNS),
        (tables.spelled(found.codes), tables.ALL_COLUMNS),
        (tables.spelled(found.codes), tables.pair_code_columns(found)),
        (tables.spelled(found.themes), tables.ALL_COLUMNS),
        (found.stances, tables.stance_columns(found)),
        (tables.kinds_table(found), tables.kind_columns(found)),
        (tables.spelled(found.drift_sessions), tables.SESSION_COLUMNS),
        (tables.spelled(found.drift_line), tables.LINE_COLUMNS),
        (found.drift_codes, tables.drift_columns(found)),
        (found.memos, tables.MEMO_COLUMNS),
        (tables.resolved_table(found), tables.RESOLVED_COLUMNS),
        (found.experts, tables.experts_columns(found)),
        (tables.spelled(found.planted), tables.PLANTED_COLUMNS),
        (found.reporting, tables.REPORTING_COLUMNS),
    ):
        if len(frame):
            assert to_html(frame, "caption", columns)
    return found, {f.id: f.text for f in made}


@pytest.fixture(scope="module")
def ids(results):
    return list(results)


@pytest.fixture
def few(monkeypatch):
    """Fewer resamples, where limits are not looked at."""
    monkeypatch.setattr(intervals, "RESAMPLES", 200)
    monkeypatch.setattr(intervals, "FEWEST", 20)


@pytest.mark.usefixtures("few")
def test_any_panel(variant, request, ids):
    rendered = any(f"[{name}]" in request.node.name for name in RENDERED)
    found, said = check(variant, ids, rendered)
    assert said["cr-summary"]
    assert bool(found.missing) == (len(variant.meta.coders) == 1)


@pytest.mark.usefixtures("few")
def test_one_coder_says_so(variant_of, ids):
    found, said = check(variant_of("one_coder"), ids)
    assert found.pair is None
    assert said["cr-summary"] == sheets.ALONE
    assert said["cr-set-alpha-codes"] == "not defined"
    for frame in (found.codes, found.overall, found.kinds, found.read, found.planted):
        assert frame.empty
    status = found.reporting.set_index("point")["status"]
    assert status["Which measure"] == "not reported"
    assert said["cr-chosen"].startswith("Two coders or more worked on none of the")
    assert said["cr-pair"] == "No two coders share a statement."
    assert said["cr-confusion"] == (
        "Which codes are confused: not computed, for no statement was coded by more than one coder."
    )


@pytest.mark.usefixtures("few")
def test_coders_who_share_no_statement(constructed, ids):
    found, said = check(apart(constructed), ids)
    assert said["cr-summary"] == sheets.ALONE
    assert said["cr-memos"] == "This panel has no memos."
    assert found.memos.empty


@pytest.mark.usefixtures("few")
def test_one_session(variant_of, ids):
    _, said = check(variant_of("one_session"), ids)
    assert said["cr-sessions"] == "There is a single session, so whole sessions cannot be drawn."
    assert said["cr-set-alpha-codes-sessions"] == "not defined"
    assert "confined to one session" in said["cr-drift-sessions"]


@pytest.mark.usefixtures("few")
def test_short_sessions_are_not_compared(variant_of, ids):
    found, said = check(variant_of("individual"), ids)
    sizes = found.drift_sessions.set_index("session")["n"]
    long = set(sizes.index[sizes >= disagreement.ENOUGH])
    assert 2 <= len(long) < len(sizes)
    assert set(found.drift_codes["session"]) == long
    table = found.drift_sessions
    alphas = table.loc[table["session"].isin(long), "alpha"]
    ends = f"between {alphas.min():.2f} ({table.loc[alphas.idxmin(), 'session']}) and"
    assert ends in said["cr-drift-sessions"]


@pytest.mark.usefixtures("few")
def test_one_level(variant_of, ids):
    found, said = check(variant_of("two_themes"), ids)
    assert len(found.codes) == 2
    assert said["cr-levels"].startswith("The codebook has one level")
    assert "nothing to compare" in said["cr-levels-compared"]


@pytest.mark.usefixtures("few")
def test_no_code_given(variant_of, ids):
    found, said = check(variant_of("no_codes"), ids)
    assert said["cr-set-alpha-codes"] == "not defined"
    assert said["cr-alpha-range"] == "Alpha is not defined for any code."
    assert said["cr-disputed"].startswith("0 of")
    assert said["cr-stance-same"] == "nothing to count"
    assert said["cr-stance"] == "There is no statement to which both coders gave the same code."
    assert said["cr-confusion"].startswith("The two coders differ on none of the")
    assert found.codes["alpha"].isna().all()


@pytest.mark.usefixtures("few")
def test_translations_are_left_out_where_there_are_none(variant_of):
    found = step.analyse(variant_of("no_translations"))
    html = tables.disagreements_html(found, "caption", "constructed", "ru")
    assert len(found.read)
    assert 'lang="en"' not in html


@pytest.mark.usefixtures("few")
def test_withheld_words(variant_of, ids):
    found, said = check(variant_of("withheld"), ids)
    assert found.read.empty
    assert found.withheld == found.disputed - found.unquotable > 0
    assert f"The words of {found.withheld} disputed statements are withheld." in said["cr-read"]


@pytest.mark.usefixtures("few")
def test_three_coders(constructed, ids):
    panel = three_coders(constructed)
    found, said = check(panel, ids)
    first = panel.meta.coders[0]
    assert found.pair == (first, "third")
    assert len(found.pairs) == 3
    assert "share the most" in said["cr-pair"]
    values = panel.code_sets(stance="any").values
    double = [u for u in range(values.shape[1]) if sum(v is not None for v in values[:, u]) > 1]
    expected = agreement.masi_alpha(values[:, double]).estimate
    assert found.overall["alpha"].iloc[0] == pytest.approx(expected)
    alike = sheets.similarity(values[:, double])
    for place in (0, 40, len(double) - 1):
        known = [v for v in values[:, double[place]] if v is not None]
        mean = np.mean([1 - plain_masi(a, b) for a, b in combinations(known, 2)])
        assert alike[place] == pytest.approx(mean)


@pytest.mark.usefixtures("few")
def test_coders_of_one_mind(constructed, ids):
    found, said = check(of_one_mind(constructed), ids)
    assert said["cr-set-alpha-codes"] == "1.00"
    assert said["cr-set-alpha-codes-interval"] == "not defined"
    assert found.matrix.empty
    assert said["cr-read"] == "The two coders never differ, so there is no disagreement to read."
    assert "The two coders give each code equally often." in said["cr-prevalence"]
    assert said["cr-resolved-first"] == "nothing to count"
    assert said["cr-resolution"].startswith("No statement that the consensus covers was disputed.")
    assert "never set against" in said["cr-most"]


def test_ties_are_said(found):
    table = found.kinds[found.kinds["other"] != disagreement.NO_OTHER].head(2).assign(n=4)
    tied = dataclasses.replace(found, kinds=table)
    said = {r.id: r.value for r in step.results(tied)}
    assert said["cr-most"].startswith(
        "No code is left out by one coder without another in its place. "
        "Most often exchanged, each in 4 statements, are"
    )


@pytest.mark.usefixtures("few")
def test_by_code_with_a_code_that_nobody_gave(constructed):
    two = coefficients.by_code(constructed, constructed.meta.coders)
    assert two["alpha"].notna().all()
    frames = {name: frame.astype(object) for name, frame in constructed.frames.items()}
    code = two["code"].iloc[0]
    given = frames["codings"]
    frames["codings"] = given[given["code_id"] != code]
    panel = make_panel(constructed.meta, frames)
    found = step.analyse(panel)
    assert np.isnan(found.codes["alpha"].iloc[0])
    said = {r.id: r.value for r in step.results(found)}
    assert f"No coder gave “{two['name'].iloc[0]}”" in said["cr-by-code"]
