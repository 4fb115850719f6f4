"""The codebook against its files: since when codes are there, and which notes are withheld."""

import pandas as pd
import pytest

from analysis.chapters.codebook import WITHHELD, dated, days_after, withheld
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import load_panel
from analysis.project import DATA

FOLDER = DATA / "panels" / "constructed"


@pytest.fixture(scope="module")
def panel():
    return load_panel(FOLDER)


def read(name):
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)


def with_dates(panel, dates, sessions):
    """The panel, with another date for each version of its codebook, and for its sessions."""
    changes, held = panel.frames["codebook_changes"], panel.frames["sessions"]
    changes["date"] = changes["version"].astype(str).map(dates)
    held["date"] = sessions or held["date"]
    return panel.replace(codebook_changes=changes, sessions=held)


def test_set_beforehand_is_what_the_dates_say(panel):
    """Methods A3: by origin most codes are "a priori"; by version and date fewer are."""
    book, changes, sessions = read("codebook"), read("codebook_changes"), read("sessions")
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


@pytest.fixture(scope="module")
def closed(panel):
    """A statement of an expert who did not agree, with the statements around it."""
    said = panel.statements
    silent = panel.experts.index[~panel.experts["quotable"]]
    long = said[said["speaker"].isin(silent) & (said["words"] > 20)]
    place = said.index.get_loc(long.index[0])
    return said.iloc[place], said.index[place - 2], said.index[place + 2]


def test_notes_that_give_away_what_must_not_be_quoted_are_withheld(panel, closed):
    said, before, after = closed
    words, english = said["text"].split(), said["text_en"].split()
    notes = pd.Series(
        [
            f"See {said.name}.",
            f"As {said['speaker']} put it.",
            f"All of {before}-{after} is hard.",
            f"All of {before} to {after} is hard.",
            f"From {after} – {before}",
            "He said: " + " ".join(words[3:13]),
            "In English " + " ".join(english[2:12]).upper(),
        ]
    )
    assert (withheld(panel, notes) == WITHHELD).all()
    assert withheld(panel, pd.Series(["Hard."]), pd.Series([said.name]))[0] == WITHHELD


def test_other_notes_are_shown(panel, closed):
    said, before, after = closed
    quotable = panel.statements[panel.statements["speaker"] == "e01"].iloc[0]
    short, apart = " ".join(said["text"].split()[3:8]), f"{before} and, apart from it, {after}"
    notes = pd.Series([apart, quotable["text"], short, "A rule.", None, ""])
    assert withheld(panel, notes).equals(notes)


def test_no_memo_of_the_panel_tells_of_who_must_not_be_quoted(panel):
    memos, said = panel.memos, panel.statements
    shown = withheld(panel, memos["text"], memos["about"])
    silent = panel.experts.index[~panel.experts["quotable"]]
    theirs = said.index[said["speaker"].isin(silent)]
    assert not [name for name in [*silent, *theirs] if name in " ".join(shown)]
    assert 0 < (shown == WITHHELD).sum() < len(memos)


def test_what_was_left_without_a_code_has_none(panel):
    given = panel.coded_statements(stance="any").sum(axis=1)
    assert (given[panel.truth["planted"]["uncoded_on_purpose"]] == 0).all()
