"""How numbers are worded, in both languages, at the edges too."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.display import wording

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.602, 3, "0.602"),
        (0.60249, 3, "0.602"),
        (0.9996, 3, "1.000"),
        (0.125, 2, "0.12"),  # exact halves: to even
        (0.375, 2, "0.38"),
        (2.5, 0, "2"),
        (3.5, 0, "4"),
        (57, 0, "57"),
        (-0.42, 2, "\u22120.42"),
        (-0.001, 2, "0.00"),  # zero has no sign
        (-0.0, 1, "0.0"),
        (1234567.891, 1, "1234567.9"),
        (np.float64(0.5), 2, "0.50"),
        (None, 2, "not defined"),
        (NAN, 2, "not defined"),
    ],
)
def test_number(value, digits, expected):
    assert wording.number(value, digits) == expected


def test_number_has_two_decimals_unless_told():
    assert wording.number(1 / 3) == "0.33"


def test_number_in_russian_has_a_decimal_comma():
    assert wording.number(0.602, 3, "ru") == "0,602"
    assert wording.number(-1.5, 1, "ru") == "\u22121,5"
    assert wording.number(NAN, 3, "ru") == "не определено"


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_worded_number_is_the_number_to_half_a_digit(value, digits):
    back = float(wording.number(value, digits).replace("\u2212", "-"))
    assert abs(back - value) <= 0.5 * 10**-digits * (1 + 1e-9) + 1e-9
    assert math.copysign(1, back) == 1 or back < 0


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (12, 0, "+12"),
        (-12, 0, "\u221212"),
        (0.0494, 3, "+0.049"),
        (0.0004, 3, "0.000"),
        (-0.0004, 3, "0.000"),
        (0, 0, "0"),
        (None, 2, "not defined"),
        (NAN, 2, "not defined"),
    ],
)
def test_signed(value, digits, expected):
    assert wording.signed(value, digits) == expected


def test_signed_in_russian():
    assert wording.signed(0.5, 1, "ru") == "+0,5"


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [
        (7, 20, "35"),
        (0, 20, "0"),
        (20, 20, "100"),
        (1, 3, "33"),
        (2, 3, "67"),
        (1, 8, "13"),  # 12.5: halves go up
        (1, 1000, "<1"),
        (4, 1000, "<1"),
        (5, 1000, "1"),
        (994, 1000, "99"),
        (995, 1000, ">99"),
        (999, 1000, ">99"),
    ],
)
def test_percent(k, n, expected):
    assert wording.percent(k, n) == expected


@settings(deadline=None)
@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_percent_is_the_share_to_half_a_per_cent(counts):
    k, n = counts
    worded = wording.percent(k, n)
    exact = Fraction(100 * k, n)
    if worded == "<1":
        assert 0 < exact < Fraction(1, 2)
    elif worded == ">99":
        assert Fraction(199, 2) <= exact < 100
    else:
        assert -Fraction(1, 2) <= exact - int(worded) < Fraction(1, 2)
        assert (worded == "0") == (k == 0)
        assert (worded == "100") == (k == n)


@pytest.mark.parametrize("say", [wording.percent, wording.share, wording.count_of])
@pytest.mark.parametrize(("k", "n"), [(-1, 20), (21, 20), (0, 0), (1, 0), (0, -3)])
def test_impossible_counts_are_refused(say, k, n):
    with pytest.raises(
        ValueError, match=f"0 <= k <= n and n >= 1, got k = {k} and n = {n}".replace("+", r"\+")
    ):
        say(k, n)


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [
        (7, 20, "7 of 20 (35%)"),
        (0, 20, "0 of 20 (0%)"),
        (20, 20, "20 of 20 (100%)"),
        (1, 193, "1 of 193 (1%)"),
        (1, 400, "1 of 400 (<1%)"),
        (1, 4, "1 of 4 (25%)"),
        (2, 3, "2 of 3"),  # no percentage of two or three
        (0, 2, "0 of 2"),
        (1, 1, "1 of 1"),
    ],
)
def test_share(k, n, expected):
    assert wording.share(k, n) == expected


def test_share_in_russian():
    assert wording.share(7, 20, "ru") == "7 из 20 (35%)"
    assert wording.share(2, 3, "ru") == "2 из 3"


@pytest.mark.parametrize(
    ("k", "n", "language", "expected"),
    [
        (0, 20, "en", "none of the 20"),
        (7, 20, "en", "7 of 20"),
        (20, 20, "en", "all 20"),
        (0, 20, "ru", "никто из 20"),
        (7, 20, "ru", "7 из 20"),
        (20, 20, "ru", "все 20"),
    ],
)
def test_count_of(k, n, language, expected):
    assert wording.count_of(k, n, language) == expected


def test_interval():
    assert wording.interval(0.181, 0.567) == "0.18 to 0.57"
    assert wording.interval(-0.2, 0.1, 1) == "\u22120.2 to 0.1"
    assert wording.interval(0.181, 0.567, language="ru") == "от 0,18 до 0,57"


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (0.95, "95%"),
        (0.9, "90%"),
        (0.99, "99%"),
        (0.975, "97.5%"),
        (0.29, "29%"),  # 0.29 * 100 is 28.999999999999996
        (0.57, "57%"),
        (1, "100%"),
    ],
)
def test_interval_says_its_level(confidence, expected):
    assert wording.interval(0.1, 0.2, 1, confidence) == f"{expected} interval 0.1 to 0.2"


@pytest.mark.parametrize("percent", range(1, 100))
def test_a_whole_level_has_no_decimals(percent):
    assert wording.interval(0, 1, 0, percent / 100) == f"{percent}% interval 0 to 1"


def test_interval_level_in_russian():
    expected = "97,5-процентный интервал от 0,1 до 0,2"
    assert wording.interval(0.1, 0.2, 1, 0.975, "ru") == expected


@pytest.mark.parametrize("ends", [(None, 1.0), (0.0, None), (NAN, 1.0), (0.0, NAN), (None, None)])
def test_an_interval_without_an_end_is_not_defined(ends):
    assert wording.interval(*ends, confidence=0.95) == "not defined"


def test_listing():
    assert wording.listing(["A"]) == "A"
    assert wording.listing(["A", "B"]) == "A and B"
    assert wording.listing(["A", "B", "C"]) == "A, B and C"
    assert wording.listing(["A", "B", "C"], "ru") == "A, B и C"
    with pytest.raises(ValueError, match="an empty list has no wording"):
        wording.listing([])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0.869, 0.602, "fell"),
        (0.602, 0.869, "rose"),
        (0.601, 0.604, "stayed the same"),  # both are printed 0.60
        (0.604, 0.606, "rose"),  # 0.60 and 0.61
        (-0.001, 0.001, "stayed the same"),
        (NAN, 0.6, "not defined"),
        (0.6, NAN, "not defined"),
    ],
)
def test_change_follows_the_printed_numbers(before, after, expected):
    assert wording.change(before, after) == expected


def test_change_in_russian():
    said = [wording.change(0.5, after, 1, "ru") for after in (0.4, 0.5, 0.6)]
    assert said == ["снизилось", "не изменилось", "выросло"]


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (0.3, "above"),
        (-0.3, "below"),
        (0.0, "level with"),
        (0.0049, "level with"),
        (-0.0049, "level with"),
        (0.006, "above"),
        (NAN, "not defined"),
    ],
)
def test_side(difference, expected):
    assert wording.side(difference) == expected


@pytest.mark.parametrize(
    ("unit", "value", "k", "n", "expected"),
    [
        ("index", 0.60243, None, None, "0.602"),
        ("coefficient", 0.7449, None, None, "0.74"),
        ("rank", 57, None, None, "57"),
        ("rank", 4.5, None, None, "4.5"),
        ("rank-of", None, 57, 193, "57 of 193"),
        ("percentile", 70.9, None, None, "71"),
        ("points", 12.2, None, None, "+12"),
        ("points", -12.2, None, None, "\u221212"),
        ("change", 0.0512, None, None, "+0.051"),
        ("change", -0.2671, None, None, "\u22120.267"),
        ("count", 20, None, None, "20"),
        ("share", 0.35, 7, 20, "7 of 20 (35%)"),
        ("share", None, 2, 3, "2 of 3"),
        ("count-of", 0.0, 0, 20, "none of the 20"),
        ("minutes", 3.44, None, None, "3.4"),
        ("rate", 0.95312, None, None, "95.3%"),
        ("rate", 1, None, None, "100.0%"),
        ("direction", 0.05, None, None, "rose"),
        ("direction", -0.05, None, None, "fell"),
        ("direction", 0.0004, None, None, "stayed the same"),
        ("side", 0.05, None, None, "above"),
        ("side", -0.05, None, None, "below"),
        ("side", -0.0004, None, None, "level with"),
        ("names", "A; B; C", None, None, "A, B and C"),
        ("names", "A", None, None, "A"),
        ("text", "2021-12", None, None, "2021-12"),
        ("date", "2021-12", None, None, "2021-12"),
        ("list", "a, b", None, None, "a, b"),
    ],
)
def test_of_unit(unit, value, k, n, expected):
    assert wording.of_unit(unit, value, k, n) == expected


@pytest.mark.parametrize(
    "unit",
    [
        *("index", "coefficient", "rank", "percentile", "points", "change", "count", "minutes"),
        *("direction", "side", "rate", "text", "date", "list"),
    ],
)
def test_a_missing_value_is_not_defined_in_any_unit(unit):
    assert wording.of_unit(unit, None) == "not defined"
    assert wording.of_unit(unit, None, language="ru") == "не определено"


@pytest.mark.parametrize("unit", ["index", "rank", "points", "change", "direction", "side", "rate"])
def test_a_value_that_is_not_a_number_is_not_defined(unit):
    assert wording.of_unit(unit, NAN) == "not defined"


def test_of_unit_in_russian():
    assert wording.of_unit("index", 0.602, language="ru") == "0,602"
    assert wording.of_unit("share", None, 7, 20, "ru") == "7 из 20 (35%)"
    assert wording.of_unit("count-of", None, 20, 20, "ru") == "все 20"
    assert wording.of_unit("rank-of", None, 57, 193, "ru") == "57 из 193"
    assert wording.of_unit("names", "A; B", language="ru") == "A и B"
    assert wording.of_unit("side", 0.1, language="ru") == "выше"
    assert wording.of_unit("rate", 0.95312, language="ru").replace("\u00a0", " ") == "95,3 %"


@pytest.mark.parametrize("unit", ["share", "count-of", "rank-of"])
@pytest.mark.parametrize(("k", "n"), [(None, 20), (7, None), (None, None)])
def test_a_share_without_its_counts_is_refused(unit, k, n):
    with pytest.raises(ValueError, match=f"unit '{unit}' needs its counts k and n"):
        wording.of_unit(unit, 0.35, k, n)


@pytest.mark.parametrize("value", [None, ""])
def test_names_without_a_name_are_refused(value):
    with pytest.raises(ValueError, match="an empty list has no wording"):
        wording.of_unit("names", value)


def test_text_in_a_unit_of_numbers_is_refused():
    with pytest.raises(ValueError, match=r"unit 'index' needs a number, got '0\.6'"):
        wording.of_unit("index", "0.6")


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unknown unit 'furlongs'"):
        wording.of_unit("furlongs", 1.0)
