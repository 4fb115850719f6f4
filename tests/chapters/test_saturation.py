"""The chapter on saturation has no module: its numbers by a second route, in plain pandas."""

from itertools import combinations

import pytest
from constructed import read

from analysis.statistics.orders import found_by, last_without_new, new_codes
from analysis.statistics.saturation import chao2, chao2_coverage, jackknife1


@pytest.fixture(scope="module")
def raised(panel):
    return panel.raised()


@pytest.fixture(scope="module")
def heard():
    """From the files: who raised what and when, in the order of the dates and of speaking."""
    said = read("statements").merge(read("sessions"))
    said = said.sort_values(["date", "position"])
    codings = read("codings").query("coder == 'consensus'")
    raises = codings.query("stance == 'raises'")
    return said[said.speaker != "moderator"].merge(raises, how="left", on="statement_id")


def test_new_codes_by_expert_and_by_session(raised, heard):
    order = heard.speaker.drop_duplicates()
    seen, new = set(), []
    for expert in order:
        codes = set(heard.code_id[heard.speaker == expert].dropna())
        new.append(len(codes - seen))
        seen |= codes
    assert new_codes(raised.loc[order]).tolist() == new
    first = heard.dropna(subset="code_id").drop_duplicates("code_id").session_id.value_counts()
    home = heard.drop_duplicates("speaker").set_index("speaker").session_id
    sessions = raised.groupby(home).any()
    assert dict(zip(sessions.index, new_codes(sessions), strict=True)) == {
        session: first.get(session, 0) for session in sessions.index
    }


def test_the_last_experts_bring_nothing_new_in_a_known_share_of_orders(raised):
    quiet = [raised.drop(list(last)).any().all() for last in combinations(raised.index, 3)]
    assert float(last_without_new(raised, 3)) == pytest.approx(sum(quiet) / 1140)


def test_sessions_find_the_codes_sooner_the_more_there_are(panel, raised):
    home = panel.experts.session[raised.index]
    found = found_by(raised.groupby(home).any())
    assert found["share"].is_monotonic_increasing
    assert found["share"].iloc[-1] == 1


def test_the_bound_exceeds_what_there_is_and_its_lower_limit_fails(raised):
    """The panel was written around 34 codes: nothing is missing, and the limits lie above that."""
    once, twice = ((raised.sum() == times).sum() for times in (1, 2))
    bound = chao2(raised)
    assert float(bound) == pytest.approx(34 + 0.95 * once**2 / (2 * twice))
    assert bound.low > 34
    assert jackknife1(raised).low <= 34
    closed = chao2_coverage(raised.mean(), len(raised), panels=500)
    opened = chao2_coverage([*raised.mean(), *[0.02] * 10], len(raised), panels=500)
    assert closed < 0.8 < 0.95 < opened
