"""The codebook against its files: since when codes are there."""

import pandas as pd
import pytest
from constructed import read

from analysis.chapters.codebook import dated, days_after
from analysis.panel.faults import NotInPanel


def with_dates(panel, dates, sessions):
    """The panel, with another date for each version of its codebook, and for its sessions."""
    changes, held = panel.frames["codebook_changes"], panel.frames["sessions"]
    changes["date"] = changes["version"].astype(str).map(dates)
    held["date"] = sessions or held["date"]
    return panel.replace(codebook_changes=changes, sessions=held)


def test_set_beforehand_is_what_the_dates_say(panel):
    """Methods A3: by origin most codes are "a priori"; by version and date fewer are."""
    book, changes, sessions = (
        read(name, dtype=str, keep_default_na=False)
        for name in ("codebook", "codebook_changes", "sessions")
    )
    book = book[book["parent_id"] != ""].set_index("code_id")
    first_day = changes.groupby("version")["date"].min()
    expected = book["since"].map(first_day)
    found = dated(panel)
    assert found["date"].to_dict() == expected.to_dict()
    assert (found["when"] == "before").sum() == (expected < sessions["date"].min()).sum()
    assert (found["when"] == "after").sum() == (expected > sessions["date"].max()).sum()
    claimed = found[found["origin"].str.startswith("a-priori")]
    assert 0 < (claimed["since"] == changes["version"].min()).sum() < len(claimed)


@pytest.mark.parametrize(
    ("dates", "sessions", "when"),
    [
        ({"1": "2021-11-30", "2": "2021-12-10"}, None, {"before", "during"}),
        ({"1": "2021-12-07", "2": "2021-12-16"}, None, {"during"}),
        ({"1": "2021-11", "2": "2022-01"}, None, {"before", "after"}),
        ({"1": "2021-12", "2": "2022-01-20"}, None, {"not known", "after"}),
        ({"1": "2021-12-17", "2": "2022-01-20"}, "2021-12", {"not known", "after"}),
    ],
)
def test_a_version_comes_before_during_or_after_the_sessions(panel, dates, sessions, when):
    found = dated(with_dates(panel, dates, sessions))
    assert set(found["when"]) == when
    whole_days = found["date"].str.len() == len("2021-12-07")
    assert (found["days"].notna() == (whole_days & (not sessions))).all()


def test_days_are_counted_from_the_first_session():
    dates = pd.Series(["2021-12-17", "2021-12", None, "2021-12-07"])
    assert days_after(dates, "2021-12-07").fillna(-1).tolist() == [10, -1, -1, 0]


def test_without_versions_or_changes_nothing_is_dated(panel):
    book = panel.frames["codebook"].assign(since=None)
    with pytest.raises(NotInPanel):
        dated(panel.replace(codebook=book))


def test_what_was_left_without_a_code_has_none(panel):
    given = panel.coded_statements(stance="any").sum(axis=1)
    assert (given[panel.truth["planted"]["uncoded_on_purpose"]] == 0).all()
