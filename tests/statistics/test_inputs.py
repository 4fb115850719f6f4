"""What may be handed to a statistic: a number, or one plain sentence; never a warning."""

import re
from fractions import Fraction
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.statistics import consensus
from analysis.statistics.agreement_pairs import CELLS, two_coder_counts, two_coder_measures
from analysis.statistics.association import adjust, expected_cramers_v, shrunken_shares
from analysis.statistics.cooccurrence import adjusted_rand, graph_communities, jaccard, pair_test
from analysis.statistics.inputs import as_booleans, as_counts, as_numbers, fraction, whole
from analysis.statistics.orders import found_by, stopping_in_orders
from analysis.statistics.participation import echo, gini, lorenz, who_follows_whom
from analysis.statistics.resampling import resample
from analysis.statistics.richness import frequencies
from analysis.statistics.saturation import (
    chao2,
    chao2_coverage,
    coverage,
    extrapolate,
    stopping_point,
)
from analysis.statistics.summary import difference, mean, value
from analysis.statistics.two_groups import contrast, contrasts, power_exact

REFUSED = yaml.safe_load(Path(__file__).with_name("refusals.yml").read_text(encoding="utf-8"))
NA, NAN, INF, HUGE = pd.NA, float("nan"), float("inf"), 10**400

#: No numbers, each of them; what each is refused with begins with the name of the argument.
NO_NUMBERS = [
    ["a", "b"], [1j, 1], [HUGE, 1], [[1], [1, 2]], pd.to_datetime(["2021-12-01", "2021-12-02"]),
    pd.Categorical(["a", "b"]), np.array([1, "a"], dtype=object),
]  # fmt: skip


@pytest.mark.parametrize("values", NO_NUMBERS)
@pytest.mark.parametrize(
    "function",
    [
        adjust, consensus.agreement_a, consensus.consensus_cns, consensus.kendall_w,
        consensus.friedman, gini, lorenz, mean,
        graph_communities, stopping_point, jaccard, chao2, frequencies,
        lambda v: as_numbers(v, "x"), lambda v: as_counts(v, "x"), lambda v: as_booleans(v, "x"),
        lambda v: consensus.scale_counts(v, 1, 5), lambda v: shrunken_shares(v, 10),
        lambda v: chao2_coverage(v, 5), lambda v: difference(v, [1, 0]),
        lambda v: contrast(v, [1, 0]), lambda v: echo(v, ["a", "b"]),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(function, values):
    with pytest.raises(ValueError, match=r"^\S+( \S+)? must be|^expected") as told:
        function(values)
    assert len(str(told.value)) < 200  # and not a number of 400 digits


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in REFUSED.items() for case in cases]
)
def test_what_cannot_be_is_refused(name, case):
    function = resolve_name(f"analysis.statistics.{name}")
    with pytest.raises(ValueError, match=re.escape(case["says"])):
        function(*case["handed"], **case.get("named", {}))


def test_what_is_missing_is_missing():
    for gap in (NA, None, NAN):
        given = np.array([1, gap, 3], dtype=object)
        np.testing.assert_array_equal(as_numbers(given, "x"), [1, NAN, 3])
        assert mean(given).n == 2
        assert consensus.scale_counts(given, 1, 3).tolist() == [1, 0, 1]
        assert adjust(np.array([0.01, gap, 0.03], dtype=object))[0] == 0.02
        with pytest.raises(ValueError, match="true or false"):
            as_booleans(given, "x")
        with pytest.raises(ValueError, match="one is missing"):
            gini(given)
    ratings = pd.DataFrame(
        {"a": [1, 2, 3, NA], "b": [2, 1, 1, 2], "c": [3, 3, 2, 1]}, dtype="Int64"
    )
    plain = ratings.astype(float)
    assert consensus.kendall_w(ratings) == consensus.kendall_w(plain)
    assert consensus.friedman(ratings).pvalue == consensus.friedman(plain).pvalue
    pd.testing.assert_frame_equal(consensus.quartiles(ratings), consensus.quartiles(plain))
    marks = pd.DataFrame({"x": [1, NA, 0]}, dtype="Int64")
    assert two_coder_counts(marks, marks).loc["x"].tolist() == [1, 0, 0, 1]
    for mask in (pd.array([True, NA], dtype="boolean"), pd.array([1, NA], dtype="Int64"), [NA, NA]):
        with pytest.raises(
            ValueError, match=r"x must be true or false \(or 1 and 0\), got (<NA>|nan)"
        ):
            as_booleans(mask, "x")


EYE = np.eye(4)


@pytest.mark.parametrize("share", [NAN, -0.1, 1.1, INF, None, NA, "0.5", [0.5], 0.5j, HUGE])
@pytest.mark.parametrize(
    "call",
    [
        lambda p: fraction(p, "p"),
        lambda p: pair_test(EYE, permutations=9, alpha=p),
        lambda p: contrasts(EYE, [1, 1, 0, 0], alpha=p, permutations=9),
        lambda p: power_exact(3, 3, p, 0.5),
        lambda p: power_exact(3, 3, 0.5, 0.5, p),
        lambda p: found_by(EYE, common=p),
        lambda p: stopping_in_orders(EYE, thresholds=(p,), orders=9),
        lambda p: stopping_point([3, 1, 0, 0, 0, 0, 0], threshold=p),
    ],
)
def test_what_is_no_share_is_refused(call, share):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        call(share)


@pytest.mark.parametrize("number", [NAN, -1, 1.5, INF, None, NA, "3", [3], 1j, HUGE, 10**12 + 1])
@pytest.mark.parametrize(
    "call",
    [
        lambda n: whole(n, "n"),
        lambda n: expected_cramers_v([[3, 1], [1, 3]], draws=n),
        lambda n: resample(lambda size, rng: rng.random(size), n),
        lambda n: mean([1, 2, 4], resamples=n),
        lambda n: extrapolate(EYE, n),
        lambda n: coverage(EYE, resamples=n),
        lambda n: chao2_coverage([0.5], n),
        lambda n: chao2_coverage([0.5], 5, panels=n),
        lambda n: stopping_point([3, 1, 0, 0, 0, 0, 0], base_size=n),
        lambda n: stopping_point([3, n]),
        lambda n: shrunken_shares([1, 2], n),
    ],
)
def test_what_is_no_count_is_refused(call, number):
    with pytest.raises(ValueError, match=r"must be|expected k of n"):
        call(number)


def test_whole_numbers_of_any_type_count():
    assert mean([1, 2, 4], resamples=np.int64(99)) == mean([1, 2, 4], resamples=99.0)
    assert coverage(EYE, np.uint8(4), resamples=0) == coverage(EYE, resamples=0)
    assert as_counts(np.array([[1.0, 2.0]]), "x").tolist() == [[1, 2]]
    assert as_counts(3, "x").shape == ()


def test_numbers_at_the_ends_of_floats():
    for unit in (5e-324, 1e308):
        assert gini([0, unit, unit], resamples=0) == pytest.approx(float(Fraction(1, 3)))
        assert lorenz([0, unit, unit])[:, 1].tolist() == [0, 0, 0.5, 1]
    for function in (mean, lambda v: difference(v, [1, 0, 1])):
        with pytest.raises(ValueError, match="none beyond 1e\\+150"):
            function([1e308, 1e308, 1e308])
    with pytest.raises(ValueError, match=r"counts from 0 to 1,000,000,000,000, got 1e\+308"):
        consensus.agreement_a([1e308, 1e308, 1e308])
    with pytest.raises(ValueError, match="infinite"):
        consensus.quartiles(pd.DataFrame({"a": [1, INF]}))
    assert np.isnan(value(NAN, "m"))
    assert value(None, "m").reason == "it is not defined"
    for wrong in ([1, 2], "a", HUGE):
        with pytest.raises(ValueError, match="a value must be"):
            value(wrong, "m")


def test_labels_and_scales_that_do_not_fit():
    for clusters in ([], [1], [1, 2, 3, 4], 3, [[1], [2], [3]], [[1], [1, 2]]):
        for function in (mean, lambda v, c: difference(v, [1, 0, 1], c)):
            with pytest.raises(ValueError, match=r"a cluster for each of 3 units|clusters must be"):
                function([1.0, 2.0, 4.0], clusters)
    for labels in ([1, None], pd.array([True, NA], dtype="boolean"), [NA, "a"]):
        with pytest.raises(ValueError, match="labels must not be missing"):
            adjusted_rand(labels, [1, 1])
    with pytest.raises(ValueError, match="speakers must be one label"):
        who_follows_whom([["a"], ["b"]])
    for ends in ((5, 1), (None, "a"), ("a", 5), (1j, 5)):
        with pytest.raises(ValueError, match=r"a scale from low to high|ends of a scale must be"):
            consensus.scale_counts([2], *ends)
    for ends in ((1, INF), (NAN, 5), (0.5, 2)):
        assert not consensus.scale_counts([1, INF], *ends).size
    with pytest.raises(ValueError, match="whole answers from 1 to 5, got inf"):
        consensus.scale_counts([1, INF], 1, 5)
    for code in (3, None, [[1], [0]]):
        with pytest.raises(ValueError, match="raised must be"):
            contrast(code, [1, 0])
    for cells in (["a"] * 4, [NA] * 4, [1j] * 4, [0.5] * 4):
        with pytest.raises(ValueError, match=r"whole counts|must be numbers"):
            two_coder_measures(pd.DataFrame([cells], columns=CELLS))
