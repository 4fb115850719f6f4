"""The validation chapter's tables: what they count, and the sentences that lean on them."""

import math

import pandas as pd
import pytest
import yaml

from analysis.display.wording import of_unit
from analysis.simulation import proportions
from analysis.steps.validation import coverage, report


@pytest.fixture(scope="module")
def published():
    return report.examples()


def test_every_published_value_comes_out(published):
    missed = published[~published.within]
    assert missed.empty, missed[["example", "quantity", "published", "computed"]]
    assert len(published) > 400


def test_all_kappas_of_the_two_coders_come_out(published):
    kappas = published[published.example == "two_coders_38_codes"]
    assert len(kappas) == 38
    assert (kappas.difference.abs() <= 0.002).all()


def test_the_rest_of_the_two_coders_table_comes_out_too():
    computed, facts = report.two_coders(), pd.read_csv(report.CODES)
    for name in ("agreement", "prevalence", "bias", "pabak"):
        assert (computed[name] - facts[name]).abs().max() <= 0.002, name


@pytest.mark.parametrize("module", report.MODULES)
def test_every_example_is_a_fact_with_a_source_and_a_computation(module):
    facts = report.facts(module)
    from_code = report._module(module).EXAMPLES
    assert {f["id"] for f in facts} == set(from_code)
    for fact in facts:
        assert len(fact["citation"].split()) >= 4, fact["id"]
        assert fact["citation_checked"] in {True, False}
        if not fact["citation_checked"]:
            assert fact.get("note"), f"{fact['id']}: an unchecked citation says what is known"


def test_a_difference_outside_the_tolerance_is_told(tmp_path):
    facts = report.facts("participation")[:1]
    name = next(iter(facts[0]["published"]))
    facts[0]["published"][name] += 0.25
    (tmp_path / "participation.yml").write_text(yaml.safe_dump(facts), encoding="utf-8")
    table = report.examples(["participation"], tmp_path)
    row = table[table.quantity == name].iloc[0]
    assert not row.within
    assert row.difference == pytest.approx(-0.25, abs=1e-6)
    results = {r.id: r for r in report.example_results(table)}
    values = results["validation-values"]
    assert (values.k, values.n) == (len(table) - 1, len(table))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.pop("citation"), "lacks the field 'citation'"),
        (lambda f: f.update(id="nobody"), "nobody: no computation of that name"),
    ],
)
def test_a_broken_example_is_named(tmp_path, change, said):
    facts = report.facts("participation")
    change(facts[0])
    (tmp_path / "participation.yml").write_text(yaml.safe_dump(facts), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        report.facts("participation", tmp_path)


def test_peers_that_disagree_are_told_in_the_table():
    rows = pd.DataFrame(
        {
            "function": ["statistics.f", "g", "h"],
            "largest": [2e-16, 0.0061, 0.2],
            "tolerance": [1e-9, 0.0177, 1e-9],
            "within": [True, True, False],
        }
    )
    shown = report.peer_table(rows)
    assert shown.largest.tolist() == [
        "below 1e-09",
        "0.006, allowed 0.018",
        "0.2: DISAGREES, allowed 1e-09",
    ]
    assert shown.function.tolist() == ["f", "g", "h"]


def test_printed_values_keep_the_decimals_of_the_source(published):
    row = published[published.example == "two_coders_38_codes"].iloc[2:3]
    shown = report.printed(row).iloc[0]
    assert (shown.published, shown.computed, shown.difference) == ("-0.03", "-0.0303", "-0.0003")


def test_wording_of_zero_has_no_sign():
    assert report.wording_of(-0.0001, 2) == "0.00"
    assert report.wording_of(-0.126, 2) == "-0.13"


# What the chapter's prose says of the intervals. If one of these fails, the sentence has to change.


def test_what_the_chapter_says_of_shares():
    shares, mean = coverage.shares(), coverage.mean_shares().set_index("method").coverage
    assert abs(mean["wilson"] - 0.95) <= 0.01
    assert abs(mean["jeffreys"] - 0.95) <= 0.01
    assert shares["clopper-pearson"].min() >= 0.95
    assert mean["clopper-pearson"] > mean["wilson"]
    assert shares.truth.tolist() == list(proportions.SHARES)


def test_mean_coverage_agrees_with_an_average_over_a_fine_grid():
    fine = [(i + 0.5) / 2000 for i in range(2000)]
    table = proportions.interval_coverage(20, fine, ["wilson"])
    mean = coverage.mean_shares().set_index("method").coverage["wilson"]
    assert table.coverage.mean() == pytest.approx(mean, abs=5e-4)


def test_what_the_chapter_says_of_alpha():
    table = coverage.alpha()
    by = table.groupby("interval").coverage
    assert by.min()["experts"] >= 0.90
    assert by.max()["statements"] < 0.80
    assert set(table.n) == {coverage.EXPERTS}


def test_what_the_chapter_says_of_ranks_and_of_chao2():
    by_rank = coverage.ranks().groupby("method").coverage.min()
    assert by_rank["pairwise"] >= 0.95
    assert by_rank["percentile"] < 0.5
    lower = coverage.richness()
    lower = lower[lower.method == "Chao2 lower limit"]
    # where nearly every code has been heard the promise is broken, elsewhere it is kept
    nearly_all = (lower.observed / 40) > 0.95
    assert (lower[nearly_all].coverage < 0.9).all()
    assert (lower[~nearly_all].coverage >= 0.95).all()


def test_results_are_worded_as_rates():
    shares, mean = coverage.shares(), coverage.mean_shares()
    made = coverage.results(shares, mean, coverage.alpha(), coverage.ranks())
    assert len({r.id for r in made}) == len(made)
    for result in made:
        assert 0 <= result.value <= 1
        assert of_unit(result.unit, result.value).endswith("%")
    wilson = next(r for r in made if r.id == "validation-mean-wilson")
    assert wilson.value == pytest.approx(float(mean[mean.method == "wilson"].coverage.iloc[0]))
    assert not math.isnan(wilson.value)
