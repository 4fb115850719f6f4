"""What twenty experts can show: closed formulas, and the count of what is recovered."""

import pytest
from constructed import FOLDER, entries, stated
from scipy.stats import beta, norm

from analysis.chapters.planted import planted_contrasts, planted_pairs, planted_ratings
from analysis.panel.panel import load_panel

N = 20


def wilson(k, n=N):
    z2 = norm.ppf(0.975) ** 2
    centre, half = (k + z2 / 2), (z2 * (k * (n - k) / n + z2 / 4)) ** 0.5
    return (centre - half) / (n + z2), (centre + half) / (n + z2)


def test_a_rare_view():
    found = stated("precision")
    assert found["heard-p"].value == pytest.approx(1 - 0.95**N)
    needed = found["heard-needed"].value
    assert 1 - 0.95**needed >= 0.95 > 1 - 0.95 ** (needed - 1)
    assert found["silence-high"].value == pytest.approx(wilson(0)[1])


def test_the_width_and_the_coverage_of_an_interval():
    found = stated("precision")
    low, high = wilson(N // 2)
    assert found["width-width"].value == pytest.approx(high - low)
    limits = [(k, *wilson(k)) for k in range(N + 1)]
    inside = [beta(k + 1, N - k + 1).cdf([low, high]) for k, low, high in limits]
    mean = sum(high - low for low, high in inside) / (N + 1)
    assert found["coverage-mean"].value == pytest.approx(mean, abs=1e-4)
    assert found["coverage-least"].value == pytest.approx((1 - wilson(1)[0]) ** N, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "table", "meant"),
    [
        ("contrasts", planted_contrasts, "differ"),
        ("pairs", planted_pairs, "together"),
        ("ratings", planted_ratings, "differ"),
    ],
)
def test_of_what_was_planted_to_differ_so_much_comes_back(name, table, meant):
    planted = table(load_panel(FOLDER))
    effects, likenesses = planted[planted[meant]], planted[~planted[meant]]
    found = stated("precision")[f"planted-{name}"]
    assert (found.k, found.n) == (effects.recovered.sum(), len(effects))
    assert likenesses.recovered.mean() > 0.9


def test_ratings_by_side():
    truth = entries("truth")["ratings"]
    planted = planted_ratings(load_panel(FOLDER))
    assert planted.differ.sum() == len(truth["planted_side_effects"])
    assert (~planted.differ).sum() == len(truth["planted_nulls"])
    assert planted.recovered[planted.differ].sum() >= 2
