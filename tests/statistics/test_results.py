import copy
import dataclasses
import math
import pickle

import numpy as np
import pytest

from analysis.statistics.results import Estimate


@pytest.fixture
def kappa():
    return Estimate(0.5, se=0.1, low=0.3, high=0.7, n=20, confidence=0.95, method="m")


def test_an_estimate_is_its_value_wherever_a_number_is_expected(kappa):
    assert kappa + 1 == 1.5
    assert kappa == 0.5
    assert kappa.__eq__(0.5) is True
    assert kappa == pytest.approx(0.5)
    assert np.isclose(np.array([kappa])[0], 0.5)
    assert float(kappa) == kappa.estimate == 0.5
    assert f"{kappa:.2f}" == "0.50"
    assert hash(kappa) == hash(0.5)
    assert math.isnan(Estimate(float("nan"), reason="why"))


def test_two_estimates_are_equal_if_all_they_say_is_equal(kappa):
    assert kappa == dataclasses.replace(kappa)
    assert kappa != dataclasses.replace(kappa, high=0.8)
    assert Estimate(float("nan")) == Estimate(float("nan"))


def test_an_estimate_cannot_be_changed_and_survives_a_trip_to_a_worker(kappa):
    with pytest.raises(dataclasses.FrozenInstanceError):
        kappa.low = 0.0
    for other in (pickle.loads(pickle.dumps(kappa)), copy.copy(kappa), copy.deepcopy(kappa)):
        assert other == kappa
        assert (other.low, other.high, other.n) == (0.3, 0.7, 20)
