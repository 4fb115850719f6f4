from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics.correspondence import (
    bootstrap_axes,
    confidence_ellipse,
    confidence_hull,
    correspondence_analysis,
    supplementary_columns,
    supplementary_rows,
)
from analysis.statistics.correspondence_bootstrap import resampling_plan

ROOT = Path(__file__).resolve().parents[2]
SMOKE = np.array([[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]])
tables = st.tuples(st.integers(2, 6), st.integers(2, 6)).flatmap(
    lambda s: arrays(int, s, elements=st.integers(0, 30))
)

RNG = np.random.default_rng(5)
INCIDENCE = RNG.random((20, 9)) < np.linspace(0.3, 0.8, 9)
GROUPS = np.array(list("aaaabbbbccccddddeefg"))


class TestAnalysis:
    def test_two_by_two(self):
        # phi squared of [[8, 2], [2, 8]]: .36; the two columns at +-.6
        ca = correspondence_analysis([[8, 2], [2, 8]])
        assert ca.inertias == pytest.approx([0.36])
        assert ca.column_coordinates.ravel() == pytest.approx([0.6, -0.6])
        assert ca.row_coordinates.ravel() == pytest.approx([0.6, -0.6])
        assert ca.chi2 == pytest.approx(7.2)
        assert ca.df == 1
        assert ca.shares == pytest.approx([1])

    def test_sign(self):
        # the column farthest out is positive on every dimension, however the rows are ordered
        for table in (SMOKE, SMOKE[::-1], SMOKE[:, ::-1]):
            standard = correspondence_analysis(table).column_standard
            farthest = np.abs(standard).argmax(axis=0)
            assert (standard[farthest, range(3)] > 0).all()

    def test_independent_rows_have_no_inertia(self):
        ca = correspondence_analysis(np.outer([1, 2, 3], [2, 5, 1]))
        assert ca.inertias.tolist() == [0, 0]
        assert ca.total == pytest.approx(0, abs=1e-15)
        assert (ca.row_coordinates == 0).all()
        assert np.isnan(ca.row_standard).all()
        assert np.isnan(ca.row_quality).all()

    def test_equal_profiles_lose_a_dimension(self):
        table = [[10, 2, 3], [20, 4, 6], [1, 5, 5]]
        ca = correspondence_analysis(table)
        assert ca.inertias[1] == 0
        assert ca.row_coordinates[0] == pytest.approx(ca.row_coordinates[1])
        assert np.isnan(ca.column_contributions[:, 1]).all()

    def test_empty_rows_and_columns(self):
        table = np.zeros((7, 6))
        table[np.ix_([0, 2, 3, 4, 6], [0, 1, 3, 4])] = SMOKE
        ca, plain = correspondence_analysis(table), correspondence_analysis(SMOKE)
        assert ca.inertias == pytest.approx(plain.inertias, abs=1e-15)
        assert ca.row_masses[[1, 5]].tolist() == [0, 0]
        assert np.isnan(ca.row_coordinates[[1, 5]]).all()
        assert np.isnan(ca.column_coordinates[[2, 5]]).all()
        assert ca.row_coordinates[[0, 2, 3, 4, 6]] == pytest.approx(plain.row_coordinates)
        assert ca.reason == (
            "2 empty rows have no coordinates; 2 empty columns have no coordinates"
        )
        assert ca.df == plain.df == 12

    def test_no_dimensions(self):
        ca = correspondence_analysis([[3, 4, 5]])
        assert ca.inertias.size == 0
        assert ca.total == pytest.approx(0, abs=1e-15)
        assert "no dimensions" in ca.reason
        empty = correspondence_analysis(np.zeros((3, 2)))
        assert np.isnan(empty.total)
        assert np.isnan(empty.chi2)
        assert empty.row_coordinates.shape == (3, 0)
        assert correspondence_analysis(np.zeros((0, 2))).inertias.size == 0

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ([[1, -2], [3, 4]], "found -2"),
            ([[1, np.nan], [3, 4]], "missing or infinite"),
            ([1, 2], "2-d"),
        ],
    )
    def test_refusals(self, bad, message):
        with pytest.raises(ValueError, match=message):
            correspondence_analysis(bad)

    def test_frame(self):
        import pandas as pd

        ca = correspondence_analysis(pd.DataFrame(SMOKE))
        assert np.array_equal(ca.inertias, correspondence_analysis(SMOKE).inertias)

    def test_transition_formulas(self):
        ca = correspondence_analysis(SMOKE)
        assert supplementary_rows(ca, SMOKE) == pytest.approx(ca.row_coordinates)
        assert supplementary_columns(ca, SMOKE) == pytest.approx(ca.column_coordinates)
        # all staff together lie at the origin, alcohol of no one nowhere
        assert supplementary_rows(ca, [SMOKE.sum(axis=0)]) == pytest.approx(np.zeros((1, 3)))
        assert np.isnan(supplementary_rows(ca, [[0, 0, 0, 0]])).all()
        with pytest.raises(ValueError, match="4 columns expected, got 3"):
            supplementary_rows(ca, [[1, 2, 3]])

    @settings(deadline=None)
    @given(tables)
    def test_identities(self, table):
        assume(table.any())
        ca = correspondence_analysis(table)
        rows, columns = ca.row_masses, ca.column_masses
        assert ca.inertias.sum() == pytest.approx(ca.total, abs=1e-12)
        assert (np.diff(ca.inertias) <= 1e-15).all()
        assert ((ca.inertias >= 0) & (ca.inertias <= 1 + 1e-12)).all()
        for masses, points, standard, contributions, inertias in (
            (rows, ca.row_coordinates, ca.row_standard, ca.row_contributions, ca.row_inertias),
            (
                columns,
                ca.column_coordinates,
                ca.column_standard,
                ca.column_contributions,
                ca.column_inertias,
            ),
        ):
            kept = masses > 0
            m, f = masses[kept, None], points[kept]
            assert (m * f).sum(axis=0) == pytest.approx(np.zeros(f.shape[1]), abs=1e-9)
            assert (m * f**2).sum(axis=0) == pytest.approx(ca.inertias, abs=1e-9)
            assert (m * f**2).sum(axis=1) == pytest.approx(inertias[kept], abs=1e-9)
            has = ca.inertias > 0
            assert np.nansum(contributions[:, has], axis=0) == pytest.approx(np.ones(has.sum()))
            assert np.isnan(standard[:, ~has]).all()
        # the table is rebuilt from the coordinates
        std = np.nan_to_num(ca.column_standard)
        rebuilt = np.outer(rows, columns) * (1 + np.nan_to_num(ca.row_coordinates) @ std.T)
        assert rebuilt == pytest.approx(table / table.sum(), abs=1e-9)

    @settings(deadline=None)
    @given(tables, st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, table, random):
        assume(table.any())
        order = list(range(table.shape[0]))
        random.shuffle(order)
        one, other = correspondence_analysis(table), correspondence_analysis(table[order])
        assert one.inertias == pytest.approx(other.inertias, abs=1e-12)
        turned = correspondence_analysis(table.T)
        assert one.inertias == pytest.approx(turned.inertias, abs=1e-12)
        tripled = correspondence_analysis(3 * table)
        assert one.inertias == pytest.approx(tripled.inertias, abs=1e-12)


class TestBootstrap:
    def test_shapes_and_labels(self):
        found = bootstrap_axes(INCIDENCE, GROUPS, resamples=50, dims=3)
        assert found.rows.shape == (50, 7, 3)
        assert found.columns.shape == (50, 9, 3)
        assert found.row_covariance.shape == (7, 3, 3)
        assert found.labels.tolist() == list("abcdefg")
        assert found.n == 20
        assert found.inertias.shape == (50, 0)
        assert found.ca.n == INCIDENCE.sum()

    def test_group_of_one_stays(self):
        found = bootstrap_axes(INCIDENCE, GROUPS, resamples=50)
        assert found.rows[:, 5] == pytest.approx(np.tile(found.ca.row_coordinates[5, :2], (50, 1)))
        assert found.row_covariance[5] == pytest.approx(np.zeros((2, 2)), abs=1e-20)
        assert (found.row_covariance[0].diagonal() > 0).all()

    def test_group_sizes_are_kept(self):
        counts, draw, _, _ = resampling_plan(np.ones((20, 3), dtype=bool), GROUPS)
        drawn = draw(30, np.random.default_rng(0))
        assert (drawn == counts).all()

    def test_clusters_are_drawn_whole(self):
        sessions = np.arange(20) // 5
        _, draw, _, _ = resampling_plan(INCIDENCE, GROUPS, sessions)
        possible = np.array([INCIDENCE[sessions == s].sum(axis=0) for s in range(4)])
        drawn = draw(200, np.random.default_rng(0)).sum(axis=1)
        sums = {tuple(possible[list(c)].sum(axis=0)) for c in np.ndindex(4, 4, 4, 4)}
        assert {tuple(d) for d in drawn.astype(int)} <= sums
        assert len({tuple(d) for d in drawn}) > 20

    def test_draws_are_centred_on_the_table(self):
        for arguments in ((INCIDENCE, GROUPS), (INCIDENCE, GROUPS, np.arange(20) // 5), (SMOKE,)):
            counts, draw, _, _ = resampling_plan(*arguments)
            drawn = draw(20_000, np.random.default_rng(1))
            assert drawn.mean(axis=0) == pytest.approx(counts, abs=0.2)

    def test_multinomial_of_counts(self):
        drawn = resampling_plan(SMOKE)[1](20_000, np.random.default_rng(1))
        assert (drawn.sum(axis=(1, 2)) == 193).all()
        share = SMOKE / 193
        assert drawn.var(axis=0) == pytest.approx(193 * share * (1 - share), rel=0.06)

    def test_partial_projects_on_the_table(self):
        found = bootstrap_axes(SMOKE, resamples=10, dims=3, seed=4)
        draw = resampling_plan(SMOKE)[1]
        drawn = draw(10, np.random.default_rng(np.random.SeedSequence(4).spawn(1)[0]))
        for table, rows, columns in zip(drawn, found.rows, found.columns, strict=True):
            assert rows == pytest.approx(supplementary_rows(found.ca, table))
            assert columns == pytest.approx(supplementary_columns(found.ca, table))

    @pytest.mark.parametrize("wide", [True, False])
    def test_full_keeps_distances(self, wide):
        # in all dimensions the turned map has the chi-squared distances of each resample's own
        source = SMOKE.T if wide else SMOKE
        found = bootstrap_axes(source, resamples=20, dims=3, method="full", seed=4)
        draw = resampling_plan(source)[1]
        drawn = draw(20, np.random.default_rng(np.random.SeedSequence(4).spawn(1)[0]))
        for table, rows, columns, inertias in zip(
            drawn, found.rows, found.columns, found.inertias, strict=True
        ):
            own = correspondence_analysis(table)
            assert inertias == pytest.approx(own.inertias, abs=1e-12)
            for mine, theirs in (
                (rows, own.row_coordinates),
                (columns, own.column_coordinates),
            ):
                assert mine @ mine.T == pytest.approx(theirs @ theirs.T, abs=1e-9)

    def test_full_turns_towards_the_table(self):
        found = bootstrap_axes(SMOKE * 1000, resamples=20, dims=2, method="full")
        assert found.rows.mean(axis=0) == pytest.approx(found.ca.row_coordinates[:, :2], abs=0.02)
        assert found.columns.std(axis=0).max() < 0.03

    def test_full_moves_more_than_partial(self):
        partial, full = (
            bootstrap_axes(INCIDENCE, GROUPS, resamples=400, method=m) for m in ("partial", "full")
        )
        spread = [np.trace(b.column_covariance, axis1=1, axis2=2).mean() for b in (partial, full)]
        assert spread[1] > spread[0]
        assert full.inertias.sum(axis=1).mean() > full.ca.total

    def test_point_that_falls_out(self):
        incidence = INCIDENCE.copy()
        incidence[:, 0] = np.arange(20) == 0
        for method in ("partial", "full"):
            found = bootstrap_axes(incidence, GROUPS, resamples=300, method=method)
            gone = np.isnan(found.columns[:, 0, 0])
            # one of four in its group: (3 / 4)^4 = .316
            assert gone.mean() == pytest.approx(0.316, abs=0.09)
            left = found.columns[~gone, 0]
            assert found.column_covariance[0] == pytest.approx(np.cov(left.T))

    def test_column_empty_in_the_table(self):
        incidence = INCIDENCE.copy()
        incidence[:, 4] = False
        for method in ("partial", "full"):
            found = bootstrap_axes(incidence, GROUPS, resamples=20, method=method)
            assert np.isnan(found.columns[:, 4]).all()
            assert np.isnan(found.column_covariance[4]).all()
            rest = bootstrap_axes(
                np.delete(incidence, 4, axis=1), GROUPS, resamples=20, method=method
            )
            kept = np.delete(found.columns, 4, axis=1)
            assert np.allclose(kept, rest.columns, atol=1e-9, equal_nan=True)

    def test_seed(self):
        a, b, c = (bootstrap_axes(SMOKE, resamples=30, seed=s).rows for s in (1, 1, 2))
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)

    def test_number_of_workers_does_not_matter(self):
        import joblib

        alone = bootstrap_axes(SMOKE, resamples=2500, method="full")
        with joblib.parallel_config(backend="threading", n_jobs=2):
            shared = bootstrap_axes(SMOKE, resamples=2500, method="full")
        assert np.array_equal(alone.columns, shared.columns)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"table": SMOKE, "dims": 4}, "dims must be 1 to 3"),
            ({"table": SMOKE, "dims": 0}, "dims must be 1 to 3"),
            ({"table": SMOKE, "method": "total"}, "partial"),
            ({"table": SMOKE, "clusters": [1] * 5}, "clusters need groups"),
            ({"table": SMOKE / 2}, "whole numbers"),
            ({"table": np.zeros((2, 2))}, "empty"),
            ({"table": INCIDENCE, "groups": "ab"}, "one label for each of 20"),
            ({"table": SMOKE, "groups": list("abcde")}, "0/1"),
            ({"table": np.zeros((0, 3)), "groups": []}, "no experts"),
        ],
    )
    def test_refusals(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            bootstrap_axes(**arguments)


class TestRegions:
    CLOUD = np.random.default_rng(3).normal(size=(4000, 2)) @ np.array([[2, 0.5], [0, 0.5]])

    def test_ellipse_holds_its_share(self):
        ellipse = confidence_ellipse(self.CLOUD, 0.9)
        cov = np.cov(self.CLOUD.T)
        d = self.CLOUD - ellipse.centre
        inside = ((d @ np.linalg.inv(cov)) * d).sum(axis=1) <= -2 * np.log(0.1)
        assert inside.mean() == pytest.approx(0.9, abs=0.02)
        # every point of the outline is at that distance
        o = ellipse.outline(40) - ellipse.centre
        assert ((o @ np.linalg.inv(cov)) * o).sum(axis=1) == pytest.approx(
            np.full(40, -2 * np.log(0.1))
        )
        assert ellipse.outline(40)[0] == pytest.approx(ellipse.outline(40)[-1])
        assert ellipse.axes[0] >= ellipse.axes[1]

    def test_ellipse_of_a_constant(self):
        ellipse = confidence_ellipse(np.tile([1.0, 2.0], (10, 1)))
        assert ellipse.axes.tolist() == [0, 0]
        assert ellipse.centre.tolist() == [1, 2]

    def test_hull_against_scipy(self):
        from scipy.spatial import ConvexHull

        cloud = self.CLOUD[:300]
        hull = confidence_hull(cloud, 0.999999)
        reference = cloud[ConvexHull(cloud).vertices]
        assert {tuple(v) for v in hull} == {tuple(v) for v in reference}
        # counter-clockwise: the area by the shoelace formula is positive
        x, y = hull.T
        area = (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2
        assert area == pytest.approx(ConvexHull(cloud).volume)

    def test_hull_keeps_the_central_share(self):
        from scipy.spatial import Delaunay

        hull = confidence_hull(self.CLOUD, 0.5)
        inside = Delaunay(hull).find_simplex(self.CLOUD) >= 0
        assert inside.mean() == pytest.approx(0.5, abs=0.01)

    def test_hull_of_a_point_and_a_line(self):
        assert confidence_hull(np.tile([1.0, 2.0], (5, 1))).tolist() == [[1, 2]]
        line = np.column_stack([np.arange(20.0), 2 * np.arange(20.0)])
        assert confidence_hull(line, 0.9999).tolist() == [[0, 0], [19, 38]]

    def test_missing_replicates_are_left_out(self):
        gaps = np.vstack([self.CLOUD[:50], np.full((5, 2), np.nan)])
        assert confidence_ellipse(gaps).centre == pytest.approx(self.CLOUD[:50].mean(axis=0))
        assert np.array_equal(confidence_hull(gaps), confidence_hull(self.CLOUD[:50]))

    def test_refusals(self):
        with pytest.raises(ValueError, match="replicates x 2"):
            confidence_hull(np.zeros((5, 3)))
        with pytest.raises(ValueError, match="between 0 and 1"):
            confidence_ellipse(np.zeros((5, 2)), 95)
        with pytest.raises(ValueError, match="two or more"):
            confidence_ellipse([[1, 2]])
