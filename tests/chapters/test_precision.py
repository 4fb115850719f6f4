"""What twenty experts can show: closed formulas, and the count of what is recovered."""

import pytest
from constructed import stated
from scipy.stats import beta, norm

from analysis.chapters.planted import planted_contrasts, planted_pairs, planted_ratings

N = 20


def wilson(k):
    z2 = norm.ppf(0.975) ** 2
    centre, half = (k + z2 / 2), (z2 * (k * (N - k) / N + z2 / 4)) ** 0.5
    return (centre - half) / (N + z2), (centre + half) / (N + z2)


def test_what_is_heard_and_how_wide_and_how_good_an_interval_is():
    found = stated("precision")
    assert found["heard-p"] == pytest.approx(1 - 0.95**N)
    assert 1 - 0.95 ** found["heard-needed"] >= 0.95 > 1 - 0.95 ** (found["heard-needed"] - 1)
    assert found["silence-high"] == pytest.approx(wilson(0)[1])
    low, high = wilson(N // 2)
    assert found["width-width"] == pytest.approx(high - low)
    inside = [beta(k + 1, N - k + 1).cdf(wilson(k)) for k in range(N + 1)]
    mean = sum(high - low for low, high in inside) / (N + 1)
    assert found["coverage-mean"] == pytest.approx(mean)
    assert found["coverage-least"] == pytest.approx((1 - wilson(1)[0]) ** N, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "table", "meant"),
    [
        ("contrasts", planted_contrasts, "differ"),
        ("pairs", planted_pairs, "together"),
        ("ratings", planted_ratings, "differ"),
    ],
)
def test_of_what_was_planted_to_differ_so_much_comes_back(panel, name, table, meant):
    planted = table(panel)
    effects, likenesses = planted[planted[meant]], planted[~planted[meant]]
    assert stated("precision")[f"planted-{name}"] == (effects.recovered.sum(), len(effects))
    assert effects.recovered.any()
    assert likenesses.recovered.mean() > 0.9
