import io
import re
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from analysis.exchange import refi, refi_writing
from analysis.panel.meta import Meta
from analysis.panel.panel import load_panel, make_panel
from analysis.project import ROOT

SCHEMA = ROOT.parent / "shared" / "reference" / "refi-qda" / "Project.xsd"
SPACE = "{urn:QDA-XML:project:1.0}"
#: The order that the schema asks for, of the parts of a project and of some of its elements.
ORDER = {
    "Project": "Users CodeBook Variables Cases Sources Notes Description NoteRef",
    "Code": "Description Code",
    "Variable": "Description",
    "VariableValue": "VariableRef TextValue BooleanValue FloatValue",
    "Case": "VariableValue SelectionRef",
    "TextSource": "Description PlainTextSelection",
    "PlainTextSelection": "Coding",
    "Note": "Description PlainTextContent",
}
GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BOOK = {
    "parent": "theme",
    "name": "label",
    "direction": "side",
    "name_ru": "label_ru",
}


@pytest.fixture(scope="module")
def constructed():
    return load_panel()


def plain(frame):
    return frame.astype("object").where(frame.notna(), "").to_numpy().tolist()


def root_of(data):
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("project.qde"))


def assert_valid(data):
    """What the schema asks for; and the schema itself, where it is there."""
    root = root_of(data)
    guids = [element.get("guid") for element in root.iter() if element.get("guid")]
    assert all(GUID.fullmatch(guid) for guid in guids)
    assert len(set(guids)) == len(guids)
    assert {e.get("targetGUID") for e in root.iter() if e.get("targetGUID")} <= set(guids)
    for tag, order in ORDER.items():
        for element in root.iter(SPACE + tag):
            places = [order.split().index(part.tag.removeprefix(SPACE)) for part in element]
            assert places == sorted(places)
    for tag in ("Users", "Codes", "Variables", "Cases", "Sources", "Notes"):
        assert all(len(element) for element in root.iter(SPACE + tag))  # left out, not empty
    if SCHEMA.exists():
        etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)


def assert_same(panel, found):
    """That a project read again holds what the panel holds."""
    said, experts = panel.statements, panel.experts
    silent = said["speaker"].isin(experts.index[~experts["quotable"].astype(bool)])
    said["text"] = said["text"].mask(silent, "[withheld]")
    columns = ["statement", "session", "speaker", "text"]
    assert plain(found.turns[["turn", "session", "speaker", "text"]]) == plain(
        said.reset_index()[columns]
    )
    book = panel.codebook.reset_index()
    book["theme"] = book["theme"].astype("object").where(book["level"] == 2, "")
    names = {name: BOOK.get(name, name) for name in found.codes}
    assert plain(found.codes) == plain(book[list(names.values())])
    rest = book.columns.difference([*names.values(), "level", "theme_label"])
    assert book[rest.drop("question")].isna().all(axis=None)  # a guide has no place there
    given_codes = panel.frames["codings"][["statement_id", "coder", "code_id", "stance"]]
    read = found.codings[["turn", "coder", "code", "stance"]]
    assert sorted(map(tuple, plain(read))) == sorted(map(tuple, plain(given_codes)))
    rated = panel.frames["ratings"][["expert_id", "item_id", "value"]]
    read = found.ratings[["expert", "item", "value"]]
    assert sorted(plain(read), key=str) == sorted(plain(rated), key=str)
    assert found.cut == 0


def test_the_constructed_panel_comes_back(constructed):
    data, left = refi_writing.project(constructed)
    assert_valid(data)
    found = refi.project("a.qdpx", data)
    assert_same(constructed, found)
    items, _ = constructed.ratings()
    assert plain(found.items) == plain(items.reset_index()[["item", "label", "lowest", "highest"]])
    people = found.speakers.set_index("speaker")
    assert people.loc["moderator", "kind"] == ""
    kinds = constructed.experts["kind_name"]
    assert people.loc[kinds.index, "kind"].tolist() == kinds.tolist()
    assert people.loc[kinds.index, "quotable"].eq("true").tolist() == (
        constructed.experts["quotable"].tolist()
    )
    assert found.left == ["26 notes, links, sets or graphs not imported."]
    said = " ".join(left)
    for part in (
        "start (550)",
        f"question of a code ({constructed.codebook.question.count()})",
        "text_en (550)",
        "plan.yml (1)",
        "codebook_changes (65)",
    ):
        assert part in said


def test_the_bytes_are_the_same_each_time_and_another_panel_has_other_ids(constructed):
    data, _ = refi_writing.project(constructed)
    assert refi_writing.project(constructed)[0] == data
    assert {entry.date_time[0] for entry in zipfile.ZipFile(io.BytesIO(data)).infolist()} == {1980}


def test_who_may_not_be_quoted_is_not_quoted(constructed):
    experts = constructed.experts
    silent = set(experts.index[~experts["quotable"]])
    said = constructed.frames["statements"]
    words = said["text"][said["speaker"].isin(silent) & (said["text"].str.split().str.len() > 8)]
    assert len(words)

    def texts(data):
        archive = zipfile.ZipFile(io.BytesIO(data))
        return "".join(archive.read(name).decode() for name in archive.namelist())

    data, left = refi_writing.project(constructed)
    assert not any(text in texts(data) for text in words)
    assert "35 statements of experts who may not be quoted: written as [withheld]." in left


def test_a_derived_resolved_coding_is_not_written(constructed, monkeypatch):
    monkeypatch.setattr(constructed, "assumed", {"union": "There is none."}, raising=False)
    data, left = refi_writing.project(constructed)
    coders = set(refi.project("a.qdpx", data).codings["coder"])
    assert coders == {"coder_a", "coder_b"}
    assert "The resolved coding was only derived from the coders': not written." in left


def test_a_text_reads_as_a_transcript(constructed):
    data, _ = refi_writing.project(constructed)
    archive = zipfile.ZipFile(io.BytesIO(data))
    text = archive.read(next(n for n in archive.namelist() if n.startswith("Sources/"))).decode()
    said = constructed.statements
    first = said[said["session"] == said["session"].iloc[0]]
    assert text.startswith(f"{first['speaker'].iloc[0]}: {first['text'].iloc[0]}\n")


def test_the_codebook_alone_comes_back(constructed):
    data = refi_writing.codebook(constructed)
    found = refi.project("a.qdc", data)
    assert found.codes["code"].tolist() == constructed.codebook.index.tolist()
    root = etree.fromstring(data)
    assert root.tag == "{urn:QDA-XML:codebook:1.0}CodeBook"
    assert {code.get("isCodable") for code in root.iter("{*}Code")} == {"true"}


NASTY = [
    " blanks at both ends  ",
    "Anna Smith: yes\nBoris: no\n",
    "Include: a\nDefinition\nStance: opposes",
    "\\Include: a\n\\\\Id: b",
    "x\nScale: one to five\nTask: y",
    "\nfirst line empty",
    "an 😀 and 🙂🙂 more",
    "<b>&amp; ]]> \u00a0\u200b",
]
TEXTS = st.sampled_from(NASTY) | st.text("abя😀 :\n<&\\]", min_size=1, max_size=30).filter(
    lambda text: text.strip("\n ") != ""
)
BLANKS, SIDES = TEXTS | st.just(""), st.sampled_from(["neutral", "hinders"])
NAMES = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)


@st.composite
def panels(draw):
    """Small panels whose texts hold what a project could confuse."""
    sessions = ["g1", "g2"][: draw(st.integers(1, 2))]
    experts = [f"e{number}" for number in range(draw(st.integers(1, 4)))]
    home = {expert: draw(st.sampled_from(sessions)) for expert in experts}
    codes = [(f"t{n}", "") for n in range(draw(st.integers(1, 2)))]
    codes += [(f"c{n}", draw(st.sampled_from(codes))[0]) for n in range(draw(st.integers(0, 3)))]
    said, codings, coded = [], [], []
    for place in range(draw(st.integers(1, 8))):
        speaker = draw(st.sampled_from([*experts, "moderator"]))
        session = home.get(speaker, sessions[0])
        said.append((f"s{place}", session, place + 1, speaker, draw(TEXTS)))
        for coder in ("ada", "consensus") if speaker != "moderator" else ():
            coded.append((f"s{place}", coder))
            for code in draw(st.sets(st.sampled_from([code for code, _ in codes]), max_size=2)):
                stance = draw(st.sampled_from(["raises", "opposes"]))
                codings.append((f"s{place}", coder, code, stance))
    if not coded:
        said.append(("s99", home["e0"], 99, "e0", "x"))
        coded = [("s99", "ada"), ("s99", "consensus")]
    book = [
        (code, above, "role", draw(SIDES), draw(NAMES), draw(TEXTS), draw(BLANKS), draw(BLANKS))
        for code, above in codes
    ]
    frames = {
        "sessions": (["session_id", "date", "minutes"], [(s, "2021-12", "") for s in sessions]),
        "stakeholders": (["stakeholder", "name"], [("any", draw(NAMES))]),
        "experts": (
            ["expert_id", "session_id", "stakeholder", "quotable"],
            [(e, home[e], "any", draw(st.booleans())) for e in experts],
        ),
        "guide": (["question_id", "task", "position", "text"], [("q", "role", 1, "x")]),
        "statements": (["statement_id", "session_id", "position", "speaker", "text"], said),
        "codebook": (
            [
                "code_id",
                "parent_id",
                "task",
                "direction",
                "name",
                "definition",
                "include",
                "exclude",
            ],
            book,
        ),
        "coded": (["statement_id", "coder"], coded),
        "codings": (["statement_id", "coder", "code_id", "stance"], codings),
        "items": (
            ["item_id", "task", "text", "scale_min", "scale_max"],
            [("i1", "role", draw(TEXTS), 0, 0.5), ("i2", "role", draw(TEXTS), -5, 100)],
        ),
        "ratings": (
            ["expert_id", "item_id", "value"],
            [
                (expert, item, draw(st.sampled_from(values)))
                for expert in experts
                for item, values in {"i1": ["", 0.25, 0.001], "i2": ["", -5, 100]}.items()
            ],
        ),
    }
    meta = Meta(
        id="sample",
        title=draw(NAMES),
        source="constructed",
        statement=draw(TEXTS),
        language="en",
        collected="2021-12",
        mode="group",
        coders=("ada",),
        coding_unit="a statement",
        licence="CC0",
    )
    tables = {name: pd.DataFrame(rows, columns=columns) for name, (columns, rows) in frames.items()}
    return make_panel(meta, tables)


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(panels())
def test_any_panel_comes_back(panel):
    data, _ = refi_writing.project(panel)
    assert_valid(data)
    assert_same(panel, refi.project("a.qdpx", data))
