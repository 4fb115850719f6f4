"""The constructed panel, and panels of every kind that a chapter has to hold for, made from it."""

import csv
import dataclasses

import pandas as pd
import pytest

from analysis.panel.panel import load_panel, make_panel
from analysis.project import DATA
from analysis.simulation.panels import simulate_panel

CONSTRUCTED = DATA / "panels" / "constructed"


def plain(panel):
    """The tables of a panel without categories, to be changed."""
    return {name: frame.astype(object) for name, frame in panel.frames.items()}


def rebuilt(panel, frames, **entries):
    """A panel from changed tables, ``entries`` of ``panel.yml`` changed too; checked."""
    return make_panel(dataclasses.replace(panel.meta, **entries), frames)


def of_statements(frames, keep):
    """The tables with the statements that ``keep`` (bool) names, and what was coded of them."""
    statements = frames["statements"][keep]
    kept = set(statements["statement_id"])
    out = frames | {"statements": statements}
    for name in ("coded", "codings"):
        out[name] = frames[name][frames[name]["statement_id"].isin(kept)]
    return out


def of_experts(panel, experts):
    """The panel with these experts only, in the sessions they took part in."""
    frames = plain(panel)
    frames["experts"] = frames["experts"][frames["experts"]["expert_id"].isin(experts)]
    sessions = set(frames["experts"]["session_id"])
    frames["sessions"] = frames["sessions"][frames["sessions"]["session_id"].isin(sessions)]
    if "ratings" in frames:
        frames["ratings"] = frames["ratings"][frames["ratings"]["expert_id"].isin(experts)]
    said = frames["statements"]
    keep = said["session_id"].isin(sessions) & said["speaker"].isin([*experts, "moderator"])
    return rebuilt(panel, of_statements(frames, keep))


def no_ratings(panel):
    frames = {k: v for k, v in plain(panel).items() if k not in {"items", "ratings"}}
    return rebuilt(panel, frames)


def no_translations(panel):
    frames = plain(panel)
    frames["statements"] = frames["statements"].assign(text_en=None)
    for name in ("codebook", "stakeholders"):
        frames[name] = frames[name].assign(name_ru=None)
    return rebuilt(panel, frames, title_ru="", statement_ru="")


def one_coder(panel):
    frames, kept = plain(panel), panel.meta.coders[0]
    for name in ("coded", "codings"):
        frames[name] = frames[name][frames[name]["coder"].isin([kept, "consensus"])]
    return rebuilt(panel, frames, coders=(kept,))


def one_session(panel):
    first = panel.sessions["session_id"].iloc[0]
    inside = panel.experts["session_id"] == first
    return of_experts(panel, panel.experts["expert_id"][inside].tolist())


def three_experts(panel):
    return of_experts(panel, panel.experts["expert_id"].tolist()[:3])


def individual(panel):
    """Each expert in a session of their own, what the moderator said left out."""
    frames = plain(panel)
    said = frames["statements"]
    frames = of_statements(frames, said["speaker"] != "moderator")
    frames["sessions"] = pd.DataFrame(
        {"session_id": frames["experts"]["expert_id"], "date": "2021-12", "minutes": None}
    )
    frames["experts"] = frames["experts"].assign(session_id=frames["experts"]["expert_id"])
    frames["statements"] = frames["statements"].assign(session_id=frames["statements"]["speaker"])
    return rebuilt(panel, frames, mode="individual")


def two_themes(panel):
    """Two codes at the top and none below: what was coded under a task's first and other codes."""
    frames = plain(panel)
    codebook = frames["codebook"]
    parent = dict(zip(codebook["code_id"], codebook["parent_id"], strict=True))
    tops = codebook[codebook["parent_id"].isna()]["code_id"].tolist()[:2]
    top = {code: code if pd.isna(above) else above for code, above in parent.items()}
    codings = frames["codings"].assign(code_id=frames["codings"]["code_id"].map(top))
    codings = codings[codings["code_id"].isin(tops)]
    frames["codings"] = codings.drop_duplicates(["statement_id", "coder", "code_id"])
    frames["codebook"] = codebook[codebook["code_id"].isin(tops)]
    frames.pop("codebook_changes", None)
    return rebuilt(panel, frames)


def no_codes(panel):
    """Everything coded, and no code given."""
    frames = plain(panel)
    frames["codings"] = frames["codings"].iloc[:0]
    return rebuilt(panel, frames)


def no_times(panel):
    frames = plain(panel)
    frames["statements"] = frames["statements"].assign(start_s=None, end_s=None)
    frames["sessions"] = frames["sessions"].assign(minutes=None)
    return rebuilt(panel, frames)


def withheld(panel):
    """Every text withheld."""
    frames = plain(panel)
    frames["statements"] = frames["statements"].assign(text="[withheld]", text_en=None)
    return rebuilt(panel, frames)


def no_questions(panel):
    """No statement names its question, and there is no moderator."""
    frames = plain(panel)
    frames["statements"] = frames["statements"].assign(question_id=None)
    return rebuilt(panel, of_statements(frames, frames["statements"]["speaker"] != "moderator"))


def a_silent_expert(panel):
    """The first expert takes part and says nothing."""
    frames = plain(panel)
    silent = panel.experts["expert_id"].iloc[0]
    return rebuilt(panel, of_statements(frames, frames["statements"]["speaker"] != silent))


def two_hundred(panel):
    """Two hundred simulated experts."""
    return simulate_panel(200, 40, statements=6, questions=9)[0]


VARIANTS = {
    make.__name__: make
    for make in (
        no_ratings,
        no_translations,
        one_coder,
        one_session,
        three_experts,
        individual,
        two_themes,
        no_codes,
        no_times,
        withheld,
        no_questions,
        a_silent_expert,
        two_hundred,
    )
}


@pytest.fixture(scope="session")
def constructed():
    """The constructed panel."""
    return load_panel(CONSTRUCTED)


@pytest.fixture(scope="session")
def variant_of(constructed):
    """A variant by name, made once."""
    made = {}

    def make(name):
        if name not in made:
            made[name] = VARIANTS[name](constructed)
        return made[name]

    return make


@pytest.fixture(params=VARIANTS)
def variant_name(request):
    """The name of each variant in turn."""
    return request.param


@pytest.fixture
def variant(variant_name, variant_of):
    """Each variant in turn."""
    return variant_of(variant_name)


@pytest.fixture(scope="session")
def rows():
    """The rows of a file of the constructed panel as the csv module reads them."""

    def read(name):
        with (CONSTRUCTED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture(scope="session")
def said_by(rows):
    """Who raised or opposed what, read from the files: code -> stance -> experts, by consensus."""
    speaker = {row["statement_id"]: row["speaker"] for row in rows("statements")}
    found = {row["code_id"]: {"raises": set(), "opposes": set()} for row in rows("codebook")}
    for row in rows("codings"):
        if row["coder"] == "consensus":
            found[row["code_id"]][row["stance"]].add(speaker[row["statement_id"]])
    return found


@pytest.fixture
def chapter(monkeypatch, capsys):
    """Runs the code cells of a notebook about a panel; returns what they would show, as text.

    Figures are made but not drawn: what they look like is not looked at here.
    """
    import nbformat

    from analysis.display import figures
    from analysis.project import ROOT

    def run(name, panel):
        monkeypatch.setattr("analysis.panel.load_panel", lambda: panel)
        monkeypatch.setattr(figures, "to_svg", lambda *args: "<svg></svg>")
        place = {}
        for cell in nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{name}, cell {cell.id}", "exec"), place)
        return capsys.readouterr().out

    return run
