"""The least that a panel may hold, and what is filled in and said of it."""

from functools import partial

import pandas as pd
import pytest
from panels import put

from analysis.chapters.coding_reliability import code_sets
from analysis.chapters.shares import could_raise
from analysis.check import check
from analysis.panel.faults import NotInPanel, PanelError
from analysis.panel.panel import load_panel

TITLE = {"panel.yml": "title: Least\n"}
TALK = 'speaker,text\nmoderator,What hinders?\ne01,Money does.\ne02,\nE 03,"-1, and =2"\n'
CODED = "expert_id,code_id\ne02,money\ne01,money\ne01,time\ne10,\n"


@pytest.fixture
def least(written, tmp_path):
    def load(**files):
        named = {name.replace("_", "."): text for name, text in files.items()}
        return load_panel(written(tmp_path / "least", {**TITLE, **named}))

    return load


def test_a_transcript_without_anything_else(least):
    panel = least(statements_csv=TALK)
    assert list(panel.experts.index) == ["e01", "e02", "e_03"]
    assert panel.frames["statements"]["text"].tolist() == [
        "What hinders?", "Money does.", "[withheld]", "-1, and =2",
    ]  # fmt: skip
    assert panel.statements["position"].tolist() == [1, 2, 3, 4]
    assert not panel.experts["quotable"].any()
    assert panel.meta.mode == "group"
    assert set(panel.assumed) == {"order", "text", "quotable", "stakeholder", "sessions"}
    assert not panel.spoken
    for ask in (panel.codes, panel.raised, partial(code_sets, panel), panel.ratings):
        with pytest.raises(NotInPanel):
            ask()
    assert any("capitals and blanks" in note for note in panel.notes)


def test_times_make_the_order_of_speaking(least):
    talk = "speaker,start_s,end_s,text\ne02,9,10,b\ne01,1,2,a\n"
    panel = least(statements_csv=talk, panel_yml="title: T\nmode: group\n")
    assert panel.spoken
    assert panel.statements["speaker"].tolist() == ["e01", "e02"]
    assert panel.experts["session"].nunique() == 1


def test_codes_by_expert_alone(least):
    panel = least(codings_csv=CODED.replace("e10,\n", "E10,time\n"))
    raised = panel.raised()
    assert raised.to_dict("index") == {
        "e01": {"money": True, "time": True},
        "e02": {"money": True, "time": False},
        "e10": {"money": False, "time": True},
    }
    assert panel.tasks["label"].to_dict() == {"interview": "The interview"}
    assert could_raise(panel).all(axis=None)
    assert (panel.meta.mode, panel.stances, panel.coders) == ("individual", False, ())
    filled = {"single", "codebook", "stance", "coded", "text", "experts", "sessions"}
    assert filled <= set(panel.assumed)


def test_an_empty_code_is_a_fault_of_its_line(least):
    with pytest.raises(PanelError, match=r"codings\.csv, line 5, code_id: expected"):
        least(codings_csv=CODED)


TWO = """\
statement_id,coder,code_id
s1,ada,money
s1,boris,money
s1,boris,time
s2,ada,time
s3,boris,law
"""
SAID = "statement_id,session_id,speaker\ns1,a,e01\ns2,a,e02\ns3,b,e03\n"


@pytest.mark.parametrize(
    ("how", "key", "right"),
    [
        ("", "union", {"e01": {"money", "time"}, "e02": {"time"}, "e03": {"law"}}),
        ("agreed", "agreed", {"e01": {"money"}, "e02": set(), "e03": {"law"}}),
        ("ada", "chosen", {"e01": {"money"}, "e02": {"time"}}),
    ],
)
def test_what_stands_for_the_resolved_coding(how, key, right, least):
    """ada coded session a, boris both: where one has worked, that one's codes are all there is."""
    meta = "title: T\n" + (f"consensus: {how}\n" if how else "")
    panel = least(panel_yml=meta, statements_csv=SAID, codings_csv=TWO)
    raised = panel.raised()
    assert {e: set(raised.columns[raised.loc[e]]) for e in raised.index} == right
    assert key in panel.assumed
    assert set(panel.coded.query("coder == 'ada'")["statement"]) == {"s1", "s2"}


def test_codes_of_the_interviewer_are_kept_and_not_counted(least):
    said = SAID + "s4,a,int\n"
    panel = least(
        panel_yml="title: T\ninterviewers: [int]\n",
        statements_csv=said,
        codings_csv=TWO + "s4,ada,silence\n",
    )
    assert "int" not in panel.experts.index
    assert not panel.raised()["silence"].any()
    assert "s4" not in set(panel.codings["statement"])
    assert "s4" in set(panel.frames["codings"]["statement_id"])
    assert "s4" not in panel.coded_statements().index


def test_codes_below_codes_count_as_of_the_top_theme(least):
    book = "code_id,parent_id,name\na,,A\nb,a,B\nc,b,C\nd,c,D\n"
    panel = least(
        statements_csv=SAID, codebook_csv=book, codings_csv="statement_id,code_id\ns1,d\ns2,b\n"
    )
    frame = panel.codebook
    assert frame["theme"].astype(str).to_dict() == dict.fromkeys("abcd", "a")
    assert frame["label"].to_dict() == {"a": "A", "b": "B", "c": "B / C", "d": "C / D"}
    assert panel.raised("a")["a"].sum() == 2


def test_a_long_chain_of_codes_has_one_top_and_a_ring_is_one_fault(least):
    size = 20_000
    chain = [f"c{i},c{i + 1},C{i}" for i in range(size - 1)]
    files = {"statements_csv": SAID, "codings_csv": "statement_id,code_id\ns1,c0\n"}

    def book(*rows):
        return "\n".join(["code_id,parent_id,name", *chain, *rows, ""])

    frame = least(**files, codebook_csv=book(f"c{size - 1},,Top")).codebook
    assert set(frame["theme"]) == {f"c{size - 1}"}
    assert frame["label"]["c0"] == "C1 / C0"
    assert frame["label"][f"c{size - 3}"] == f"C{size - 2} / C{size - 3}"
    assert frame["label"][f"c{size - 2}"] == f"C{size - 2}"
    last = f"c{size - 1},c9999,Back"  # a ring, and 9,999 codes that lead into it
    with pytest.raises(PanelError) as told:
        least(**files, codebook_csv=book(last, "x,y,X", "y,x,Y"))
    rings = [(fault.row, fault.value, fault.expected) for fault in told.value.faults]
    assert rings == [
        (10_001, "c10000", "no circle: the parents of c9999 lead back to it"),
        (20_002, "y", "no circle: the parents of x lead back to it"),
    ]


def test_who_was_asked_decides_who_could_raise(least):
    guide = "question_id,task,text\nq1,gains,What helps?\nq2,losses,What hinders?\n"
    book = "code_id,task,question_id\nspeed,gains,q1\nmoney,losses,\n"
    files = {
        "statements_csv": SAID,
        "guide_csv": guide,
        "codebook_csv": book,
        "codings_csv": "statement_id,code_id\ns1,speed\ns3,money\n",
        "asked_csv": "expert_id,question_id\ne01,q1\ne02,q2\ne03,q1\n",
    }
    could = could_raise(least(**files))
    assert could.loc["e01"].to_dict() == {"speed": True, "money": False}
    assert could.loc["e02"].to_dict() == {"speed": False, "money": True}
    assert could.loc["e03"].to_dict() == {"speed": True, "money": True}  # raised all the same
    assert list(least(**files).tasks.index) == ["gains", "losses"]


def test_ratings_alone_and_in_rounds(least):
    rows = "expert_id,item_id,round,value\ne1,a,1,10\ne1,a,2,30.5\ne2,a,1,50\ne2,b,1,\n"
    panel = least(ratings_csv=rows)
    items, answers = panel.ratings()
    assert answers["a"].tolist() == [30.5, 50]  # the last round
    assert answers["b"].isna().all()
    assert items.loc["a", ["lowest", "highest"]].tolist() == [10, 50]
    assert "scales" in panel.assumed
    with pytest.raises(NotInPanel, match="no statements"):
        _ = panel.statements


@pytest.mark.parametrize("second", ["2", ""])
def test_an_empty_round_is_the_first(second, least):
    rows = [f"e1,a,{second},10", "e1,a,,20"]
    for order in (1, -1):
        text = "\n".join(["expert_id,item_id,round,value", *rows[::order], ""])
        if second:
            assert least(ratings_csv=text).ratings()[1]["a"].tolist() == [10]
        else:
            with pytest.raises(PanelError, match="item_id and round together only once; line 2"):
                least(ratings_csv=text)


def test_an_empty_task_is_that_of_the_theme(least):
    book = "code_id,parent_id,task\na,,gains\nb,a,\nc,,\nd,c,losses\ne,c,\nf,,\n"
    panel = least(
        statements_csv=SAID, codebook_csv=book, codings_csv="statement_id,code_id\ns1,d\n"
    )
    tasks = dict(zip("abcdef", ["gains"] * 2 + ["losses"] * 3 + ["other"], strict=True))
    assert panel.codebook["task"].astype("str").to_dict() == tasks
    assert list(panel.tasks.index) == ["gains", "losses", "other"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_what_a_spreadsheet_saves(mark, least):
    text = "\ufeffExpert_ID;Item_ID;Value\r\nE1;a;4,5\r\ne2;a;2\r\n".replace(";", mark)
    panel = least(ratings_csv=text, panel_yml="title: T\ncollected: 2021\n")
    assert panel.ratings()[1]["a"].tolist() == [4.5, 2]
    assert len(panel.notes) == 4


def test_statements_of_nobody_known_are_left_out(least):
    panel = least(statements_csv=SAID + "s9,a,\n", codings_csv=TWO + "s9,ada,law\n")
    assert "s9" not in panel.statements.index
    assert "s9" not in set(panel.codings["statement"])
    assert list(panel.experts.index) == ["e01", "e02", "e03"]
    assert "speaker" in panel.assumed


def test_an_expert_in_two_sessions(least):
    panel = least(statements_csv=SAID + "s5,b,e01\n", codings_csv=TWO + "s5,ada,law\n")
    assert panel.experts.loc["e01", "session"] == "a"
    assert panel.raised().loc["e01", "law"]


def test_what_was_filled_in_is_said_again_when_it_was_written(least, tmp_path):
    panel = least(statements_csv=SAID, codings_csv=TWO)
    again = load_panel(put(panel, tmp_path / "written"))
    assert again.assumed == panel.assumed
    assert again.raised().equals(panel.raised())
    assert panel.without(expert="e01").assumed == panel.assumed


def test_check_names_what_was_filled_in(least, tmp_path):
    least(statements_csv=SAID, codings_csv=TWO)
    text, sound = check(tmp_path / "least")
    assert sound
    assert text.count("\nassumed ") == 9


def test_nothing_at_all(least):
    with pytest.raises(PanelError, match="what was said, coded or rated"):
        least()


def test_a_frame_that_is_complete_is_left_alone(panel):
    assert panel.assumed == {}
    assert isinstance(panel.frames["codings"], pd.DataFrame)


def test_where_places_are_missing_the_ids_decide_not_the_rows(written, tmp_path):
    meta = "title: T\nmode: group\n"
    rows = ["s10,g1,e01,c", "s2,g1,e02,b", "s1,g2,e01,a"]
    coding = ["s2,boris,x,opposes", "s2,ada,x,raises"]
    for at, order in enumerate((1, -1)):
        said = "\n".join(["statement_id,session_id,speaker,text", *rows[::order], ""])
        codings = "\n".join(["statement_id,coder,code_id,stance", *coding[::order], ""])
        folder = written(
            tmp_path / str(at),
            {"panel.yml": meta, "statements.csv": said, "codings.csv": codings},
        )
        panel = load_panel(folder)
        assert panel.statements.index.tolist() == ["s2", "s10", "s1"]
        assert panel.experts["session"].tolist() == ["g1", "g1"]
        given = panel.codings[panel.codings["coder"] == "consensus"]
        assert given["stance"].tolist() == ["raises"]  # ada's, whose id comes first


def test_what_a_table_has_and_a_cell_leaves_out(least):
    panel = least(
        codings_csv=f"expert_id,code_id\n{'e' * 80},money\n-,money\n",
        stakeholders_csv="stakeholder,name\nk,K\n",
        experts_csv=f"expert_id,stakeholder\n{'e' * 80},k\n-,\n",
        sessions_csv="session_id\ng7\n",
        panel_yml="title: T\nmode: group\n",
    )
    assert panel.experts["kind"].tolist() == ["expert", "k"]
    assert set(panel.experts["session"]) == {"g7"}
    assert panel.raised()["money"].tolist() == [True, True]


def test_who_was_in_which_of_several_sessions_is_not_guessed(least):
    files = {"panel_yml": "title: T\nmode: group\n", "codings_csv": CODED.replace("e10,\n", "")}
    assert set(least(**files, sessions_csv="session_id\ng7\n").experts["session"]) == {"g7"}
    right = r"experts\.csv, session_id: expected the session of each expert"
    with pytest.raises(PanelError, match=right) as told:
        least(**files, sessions_csv="session_id\ng7\ng8\n")
    assert told.value.count == 1


def test_the_least_of_a_scale_lies_below_its_stated_end(least):
    panel = least(
        ratings_csv="expert_id,item_id,value\ne1,a,5\n", items_csv="item_id,scale_max\na,5\n"
    )
    assert panel.ratings()[0].loc["a", ["lowest", "highest"]].tolist() == [4, 5]


def test_a_panel_of_ratings_alone_is_sound(least, tmp_path):
    least(ratings_csv="expert_id,item_id,value\ne1,a,5\n", codebook_csv="code_id\nx\n")
    told, sound = check(tmp_path / "least")
    assert sound, told
