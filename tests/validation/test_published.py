"""Ours beside the published examples, these as data, and that a wrong value would be seen."""

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.statistics.agreement_pairs import CELLS, two_coder_measures
from analysis.validation.published import COLUMNS, FOLDER, FORMS, calls, examples, values
from analysis.validation.report import PEERS, names

FIELDS = {"id", "citation", "citation_checked", "note", "data", "calls"}


def written(folder, published, function="agreement.percent_agreement", **arguments):
    """The values of a folder with one example of one call."""
    arguments = arguments or {"data": [[1, 2, 2, 1], [1, 2, 1, 1]]}
    call = {"function": function, "arguments": arguments, "published": published}
    entry = {"id": "one", "citation": "Nobody", "citation_checked": False}
    entry["calls"] = [call | {"tolerance": 0.0005}]
    (folder / "topic.yml").write_text(yaml.safe_dump([entry]), encoding="utf-8")
    return values(folder)


def test_every_example_says_what_it_must():
    for file in FOLDER.glob("*.yml"):
        if file.stem == "measures":
            continue
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
            assert {"id", "citation", "citation_checked", "calls"} <= set(entry) <= FIELDS
            assert isinstance(entry["citation_checked"], bool)
            assert entry["calls"]
    assert examples()["example"].is_unique


def test_the_measures_are_those_that_have_examples_or_peers():
    used = {call.of for call in calls()} | {peer.function for peer in PEERS}
    assert used == set(names()["function"])
    assert names()["measure"].is_unique
    assert {peer.function for peer in PEERS} == used  # no measure without a peer


@pytest.mark.parametrize("call", calls(), ids=str)
def test_ours_are_the_published_values(call):
    """The limits of a tolerance are part of it."""
    for name, value, computed, tolerance in call.compared():
        assert abs(computed - value) <= tolerance * (1 + 1e-9), name or value


@pytest.mark.parametrize(
    ("published", "within"),
    [
        (0.7505, [True]),
        (0.751, [False]),
        ({"estimate": 0.75, "n": 4}, [True, True]),
        ({"estimate": 0.75, "n": 5}, [True, False]),
    ],
)
def test_values_within_and_without_their_tolerance(tmp_path, published, within):
    found = written(tmp_path, published)
    assert found["within"].tolist() == within
    assert list(found) == COLUMNS


def test_what_is_not_defined_agrees_with_nothing(tmp_path):
    assert not written(tmp_path, 0.75, data=[[1, None], [None, 2]])["within"].any()


def test_lists_with_what_was_not_published(tmp_path):
    found = written(tmp_path, [None, 0.4], "association.adjust", pvalues=[0.1, 0.2])
    assert found[["value", "computed", "within"]].to_numpy().tolist() == [["[2]", 0.2, False]]


def test_a_list_of_another_length_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="2 values were published, 3 computed"):
        written(tmp_path, [None, 0.4], "association.adjust", pvalues=[0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"coders_of": [[2, 1], [0, 1]]}, [[0, 0, 0, 1], [0, 0, 1, 1]]),
        ({"rows_of": [[2, 1], [0, 1]]}, [0, 0, 0, 1]),
        ({"columns_of": [[2, 1], [0, 1]]}, [0, 0, 1, 1]),
        ({"units": [[1, 2], [3, 4]]}, [[1, 3], [2, 4]]),
        ({"categories": [[2, 0], [1, 1]]}, [[0, 0], [0, 1]]),
        ({"rows": ["10", "11"]}, [[1, 0], [1, 1]]),
        ({"columns": ["10", "11"]}, [[1, 1], [0, 1]]),
        ({"pair": [1, 1, 0, 1]}, [[1, 1], [1, 0], [0, 0]]),
        ({"individuals": [1, 2]}, [[1, 0], [0, 1], [0, 1]]),
        ({"holders": [[1, 2], [2, 1]], "experts": 3}, [[1, 1, 1], [0, 0, 1], [0, 0, 0]]),
    ],
)
def test_forms_of_data(given, expected):
    found = FORMS[next(iter(given))](*given.values())
    np.testing.assert_array_equal(np.asarray(found, dtype=int), expected)


def test_the_other_measures_of_the_two_coders():
    """Agreement, indices and PABAK of the 38 codes were published beside kappa."""
    published = pd.read_csv(FOLDER / "two_coders_38_codes.csv")
    found = two_coder_measures(published[list(CELLS)])
    for measure in ("agreement", "prevalence", "bias", "pabak"):
        np.testing.assert_allclose(found[measure], published[measure], atol=0.002)
