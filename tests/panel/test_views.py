"""The views against a second route, in plain pandas over the files; and the order of rows."""

import random

import numpy as np
import pandas as pd
import pytest
from constructed import FOLDER, read
from pandas.testing import assert_frame_equal

from analysis.chapters.coding_reliability import code_sets
from analysis.chapters.panel import chronology, questions
from analysis.chapters.shares import could_raise
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import Panel, load_panel

VIEWS = "sessions stakeholders experts guide statements codebook memos changes"


@pytest.fixture(scope="module")
def real():
    """The constructed panel."""
    return load_panel(FOLDER)


@pytest.fixture(scope="module")
def given():
    """Every coding with its speaker and its theme."""
    said = read("statements")[["statement_id", "speaker", "session_id"]]
    book = read("codebook")
    book["theme"] = book["parent_id"].fillna(book["code_id"])
    return read("codings").merge(said, on="statement_id").merge(book, on="code_id")


def crossed(given, row, column, rows, columns):
    """Which row has which column: a cross table of true and false."""
    table = pd.crosstab(given[row], given[column]) > 0
    return table.reindex(index=rows, columns=columns, fill_value=False)


@pytest.mark.parametrize(("stance", "view"), [("raises", "raised"), ("opposes", "opposed")])
@pytest.mark.parametrize("coder", ["consensus", "coder_a", "coder_b"])
def test_who_raised_and_who_opposed_what(real, given, stance, view, coder):
    mine = getattr(real, view)(coder=coder)
    rows = given[(given["coder"] == coder) & (given["stance"] == stance)]
    expected = crossed(rows, "speaker", "code_id", mine.index, mine.columns)
    assert (mine.to_numpy() == expected.to_numpy()).all()
    coded = read("coded").merge(read("statements"), on="statement_id")
    assert set(mine.index) == set(coded["speaker"][coded["coder"] == coder])
    assert (mine.index.name, mine.columns.name) == ("expert", "code")


def test_a_theme_is_raised_if_it_is_or_a_code_under_it(real, given):
    themes = real.codes(level=1)
    mine = real.raised(themes)
    rows = given[(given["coder"] == "consensus") & (given["stance"] == "raises")]
    expected = crossed(rows, "speaker", "theme", mine.index, mine.columns)
    assert (mine.to_numpy() == expected.to_numpy()).all()
    by_code = real.raised(real.codebook.index[real.codebook["level"] == 2])
    together = by_code.T.groupby(real.codebook["theme"][by_code.columns].astype(str)).any().T
    assert (together[mine.columns] == mine).all(axis=None)


def test_codes_may_be_named_in_any_way(real):
    codes = real.codes("problems")
    for named in (codes, codes.index, list(codes.index), codes.index[0]):
        mine = real.raised(named)
        assert_frame_equal(mine, real.raised()[mine.columns])


def test_statements_and_their_codes(real, given):
    mine = real.coded_statements(stance="any")
    rows = given[given["coder"] == "consensus"]
    expected = crossed(rows, "statement_id", "code_id", mine.index, mine.columns)
    assert (mine.to_numpy() == expected.to_numpy()).all()
    said = real.statements.loc[mine.index]
    assert said["session"].astype(str).is_monotonic_increasing
    assert (said.groupby("session", observed=True)["position"].diff().dropna() > 0).all()
    both = real.coded_statements(stance="raises") | real.coded_statements(stance="opposes")
    assert (both == mine).all(axis=None)


def test_code_sets(real, given):
    coded, sets = read("coded"), code_sets(real)
    assert list(sets.index) == list(real.coders)
    for coder in sets.index:
        worked = set(coded["statement_id"][coded["coder"] == coder])
        assert {s for s in sets.columns if sets.loc[coder, s] is not None} == worked
        rows = given[(given["coder"] == coder) & (given["stance"] == "raises")]
        gave = rows[rows["code_id"].isin(real.codes().index)]
        gave = gave.groupby("statement_id")["code_id"].agg(frozenset)
        assert all(sets.loc[coder, s] == gave.get(s, frozenset()) for s in worked)
    assert code_sets(real, ["coder_a", "consensus"]).shape[0] == 2


def test_ratings(real):
    items, answers = real.ratings()
    expected = read("ratings").pivot(index="expert_id", columns="item_id", values="value")
    np.testing.assert_array_equal(answers, expected.loc[answers.index, answers.columns])
    assert list(items.columns) == ["label", "task", "lowest", "highest", "label_ru"]
    for task in ("role", "problems", "platforms"):
        some, values = real.ratings(task)
        assert (some["task"] == task).all()
        assert list(values.columns) == list(some.index)


def test_questions_reached(real):
    said, mine = read("statements"), questions(real)
    assert len(mine) == len(read("sessions")) * len(read("guide"))
    asked = set(zip(said["session_id"], said["question_id"], strict=True))
    told = said[said["speaker"] != "moderator"].groupby(["session_id", "question_id"])["speaker"]
    for row in mine.itertuples():
        pair = (row.session, row.question)
        assert row.reached == (pair in asked)
        assert row.statements == told.size().get(pair, 0)
        assert row.experts == told.nunique().get(pair, 0)


def test_who_could_have_raised_a_code(files, written, tmp_path):
    """By the task of the questions that a session reached; by one question; by having raised it."""
    panel = load_panel(written(tmp_path / "a", files))
    could = could_raise(panel)
    assert list(could.index) == ["e01", "e02", "e03", "e04"]
    assert could[["speed", "voice"]].all(axis=None)  # both sessions reached q1 and q3
    assert list(could.index[could["double_work"]]) == ["e01", "e02", "e03"]  # only g1 reached q2
    assert list(could.index[could["skills"]]) == list(could.index)  # e04 raised it all the same
    assert (panel.raised() <= could).all(axis=None)
    tied = files["codebook.csv"].replace("\n", ",\n").replace("since,\n", "since,question_id\n")
    tied = tied.replace("2,\nskills", "2,q3\nskills")  # double_work is asked for by q3 alone
    said = files["statements.csv"].replace("e01,q3", "e01,")
    changed = {**files, "codebook.csv": tied, "statements.csv": said}
    could = could_raise(load_panel(written(tmp_path / "b", changed)), "double_work")
    assert list(could.index[could["double_work"]]) == ["e01", "e03", "e04"]
    for question in ("q1", "q2", "q3"):
        said = said.replace(f",{question},", ",,")
    untold = load_panel(written(tmp_path / "c", {**files, "statements.csv": said}))
    assert could_raise(untold).all(axis=None)
    with pytest.raises(NotInPanel, match="which question"):
        questions(untold)


def test_experts_and_their_sides(panel, real):
    assert " ".join(panel.experts.columns) == "kind kind_name session quotable side"
    assert " ".join(panel.experts.loc["e05"].astype(str)) == "science Science g2 True society"
    kinds = read("experts").set_index("expert_id")["stakeholder"]
    assert (real.experts["kind"].astype(str) == kinds[real.experts.index]).all()


def test_codes_and_the_codebook(panel):
    assert list(panel.codes(level=1).index) == ["services", "obstacles", "voice"]
    assert list(panel.codes().index) == ["speed", "double_work", "skills", "voice"]
    assert list(panel.codes("problems")["side"]) == ["hinders", "hinders"]
    book = panel.codebook
    assert list(book.index) == ["services", "speed", "obstacles", "double_work", "skills", "voice"]
    assert book["theme"].tolist() == [*["services"] * 2, *["obstacles"] * 3, "voice"]
    assert book.loc["speed", "theme_label"] == "Services"


def test_the_plan_as_frames(panel, real):
    plan = panel.plan
    assert plan["claims"].loc["C2"].tolist() == [["voice", "services"], []]
    assert plan["sides"] == {"state": ["federal"], "society": ["civil", "science"]}
    assert plan["contrasts"].loc["twice"].tolist() == ["double_work", ["state", "society"], "state"]
    assert plan["ladder"]["today_code"].tolist() == ["services", "voice"]
    assert plan["ladder"]["label_ru"].isna().tolist() == [False, True]
    assert plan["channels"]["network"] == ["voice"]
    assert set(real.plan) == {"note", "claims", "sides", "contrasts", "ladder", "channels"}
    with pytest.raises(NotInPanel, match=r"names no nothing\."):
        panel.plan["nothing"]


def shuffled(files, seed):
    """The files with the rows of every table in another order."""
    draw = random.Random(seed)
    changed = dict(files)
    for name in (name for name in files if name.endswith(".csv")):
        head, *rows = files[name].splitlines()
        changed[name] = "\n".join([head, *draw.sample(rows, len(rows)), ""])
    return changed


def same(one, other):
    """Whether two panels give the same views."""
    for name in VIEWS.split():
        assert_frame_equal(getattr(one, name), getattr(other, name))
    for view in (Panel.raised, Panel.opposed, Panel.coded_statements, could_raise, code_sets):
        assert_frame_equal(view(one), view(other))
    for first, second in zip(one.ratings(), other.ratings(), strict=True):
        assert_frame_equal(first, second)
    assert_frame_equal(questions(one), questions(other))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_means_nothing(seed, files, panel, plan, written, tmp_path):
    said = files["statements.csv"].replace("умеют,\n", "умеют, ").replace("how,\n", "how, ")
    base = {**files, "statements.csv": said, "plan.yml": plan}
    one = load_panel(written(tmp_path / "one", base))
    other = load_panel(written(tmp_path / "other", shuffled(base, seed)))
    assert one.digest != other.digest
    same(one, other)


def test_things_of_one_name_are_told_apart_by_their_ids(files, written, tmp_path):
    kinds = (
        files["stakeholders.csv"].replace("Civil society", "Other").replace("Science,", "Other,")
    )
    codes = files["codebook.csv"].replace("Speed", "Other").replace("Skills", " Other")
    codes = codes.replace("Voice", "Other (speed)")
    changed = {**files, "stakeholders.csv": kinds, "codebook.csv": codes}
    panel = load_panel(written(tmp_path, changed))
    assert panel.stakeholders["label"].to_dict() == {
        "civil": "Other (civil)", "federal": "Federal authorities", "science": "Other (science)",
    }  # fmt: skip
    assert panel.experts["kind_name"].nunique() == 3
    labels = panel.codes()["label"]
    assert labels.is_unique
    assert labels["skills"] == "Other (skills)"
    assert panel.codes(level=1)["label"]["obstacles"] == "Obstacles"


def test_ids_come_by_their_numbers_and_positions_come_first(files, written, tmp_path):
    experts = files["experts.csv"].replace("e02", "e2").replace("e05", "e10")
    kinds = "stakeholder,name,position\nfederal,F,3\ncivil,C,1\nscience,S,2\n"
    changed = {n: t.replace("e02", "e2") for n, t in files.items()}
    changed |= {"experts.csv": experts, "stakeholders.csv": kinds}
    panel = load_panel(written(tmp_path, changed))
    assert list(panel.experts.index) == ["e01", "e2", "e03", "e04", "e10"]
    assert list(panel.stakeholders.index) == ["civil", "science", "federal"]
    assert list(panel.experts["kind"].cat.categories) == ["civil", "science", "federal"]


ORDERS = [
    ("g1,2021-12-06,\ng2,2021-12-05,", ["g2", "g1"]),
    ("g1,2021-12-06,\ng2,2021-12-06,", None),
    ("g1,2021-12-06,\ng2,2021-12,", None),
    ("g1,2021-12-06,\ng2,2022-01,", ["g1", "g2"]),
    ("g1,2021-12-06,2\ng2,2021-12-06,1", ["g2", "g1"]),
]


@pytest.mark.parametrize(("rows", "order"), ORDERS)
def test_the_order_of_sessions_is_that_of_time(rows, order, files, written, tmp_path):
    changed = {**files, "sessions.csv": f"session_id,date,position\n{rows}\n"}
    panel = load_panel(written(tmp_path, changed))
    if order:
        assert list(chronology(panel)) == list(panel.sessions.index) == order
        assert list(panel.statements["session"].unique()) == order
    else:
        with pytest.raises(NotInPanel, match="It is not known which"):
            chronology(panel)


OPTIONAL = {"ratings", "items", "memos", "codebook_changes", "truth"}
MISSING = [
    (lambda p: p.ratings(), "This panel has no ratings."),
    (lambda p: p.memos, "This panel has no memos."),
    (lambda p: p.changes, "This panel has no record of changes of the codebook."),
    (lambda p: p.plan, "This panel has no analysis plan."),
    (lambda p: p.truth, "Nobody knows the truth about this panel."),
    (lambda p: p.reporting, "This panel has no statements on reporting."),
    (code_sets, "No statement was coded by two coders."),
    (lambda p: p.codes("platforms"), "The codebook has no code for the task “platforms”."),
]


def test_what_is_not_in_the_panel_is_said_in_one_sentence(files, written, tmp_path):
    kept = {n: t for n, t in files.items() if n.split(".")[0] not in OPTIONAL}
    one = {n: "".join(r for r in t.splitlines(True) if "boris" not in r) for n, t in kept.items()}
    one["codebook.csv"] = one["codebook.csv"].replace("voice,,platforms", "voice,,role")
    panel = load_panel(written(tmp_path, one))
    for ask, sentence in MISSING:
        with pytest.raises(NotInPanel) as caught:
            ask(panel)
        assert str(caught.value) == sentence


def test_no_coder_and_nothing_coded(files, written, tmp_path):
    only = {n: files[n] for n in files}
    for name in ("coded.csv", "codings.csv"):
        rows = files[name].splitlines(True)
        only[name] = "".join(r for r in rows if "ada" not in r and "boris" not in r)
    only["panel.yml"] = files["panel.yml"].replace("coders:\n  - ada\n  - boris", "coders: []")
    panel = load_panel(written(tmp_path, only))
    assert panel.coders == ()
    with pytest.raises(NotInPanel, match=r"There are no two coders to compare\."):
        code_sets(panel)
    assert panel.raised().to_numpy().any()


NOT_THERE = [
    lambda p: p.raised(coder="carl"),
    lambda p: p.raised("nothing"),
    lambda p: p.codes(level=3),
    lambda p: p.coded_statements(stance="maybe"),
    lambda p: code_sets(p, ["carl"]),
    lambda p: p.without("e99"),
]


def test_what_does_not_exist_is_an_error(panel):
    for ask in NOT_THERE:
        with pytest.raises(ValueError, match="must be one of"):
            ask(panel)
