"""The constructed panel, and panels of every kind that a chapter has to hold for, made from it."""

import contextlib
import dataclasses
import io
import warnings

import pandas as pd
import pytest
from plain_files import rows_of

from analysis.panel.panel import load_panel, make_panel
from analysis.project import DATA
from analysis.simulation.panels import simulate_panel

CONSTRUCTED = DATA / "panels" / "constructed"
#: The names under which a notebook finds the panel.
LOADED_FROM = ("analysis.panel.load_panel", "analysis.panel.panel.load_panel")


def plain(panel):
    """The tables of a panel without categories, to be changed."""
    return {name: frame.astype(object) for name, frame in panel.frames.items()}


def rebuilt(panel, frames, **entries):
    """A panel from changed tables, ``entries`` of ``panel.yml`` changed too; checked.

    It keeps what of the plan still speaks of something in the tables.
    """
    plan = fitting(panel.plan, frames) if panel.plan else None
    return make_panel(dataclasses.replace(panel.meta, **entries), frames, plan=plan)


def fitting(plan, frames):
    """The plan without the codes and items that the tables do not have."""
    codes = set(frames["codebook"]["code_id"])
    items = set(frames["items"]["item_id"]) if "items" in frames else set()
    claims = {
        name: dataclasses.replace(
            claim,
            codes=tuple(c for c in claim.codes if c in codes),
            items=tuple(i for i in claim.items if i in items),
        )
        for name, claim in plan.claims.items()
    }
    rungs = tuple(
        dataclasses.replace(
            rung,
            today_item=rung.today_item if rung.today_item in items else "",
            could_item=rung.could_item if rung.could_item in items else "",
        )
        for rung in plan.ladder
        if {rung.today_code, rung.could_code} <= codes
    )
    channels = {n: tuple(c for c in held if c in codes) for n, held in plan.channels.items()}
    return dataclasses.replace(
        plan,
        claims={name: claim for name, claim in claims.items() if claim.codes or claim.items},
        contrasts=tuple(c for c in plan.contrasts if c.code in codes),
        ladder=rungs,
        channels=channels if all(channels.values()) else {},
    )


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


def no_plan(panel):
    """Nothing was named beforehand."""
    return make_panel(panel.meta, plain(panel))


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


def bare(panel):
    """As little as a reader's own panel can hold: one session, one coder, no optional part."""
    for take in (no_plan, no_ratings, no_translations, no_times, one_coder, one_session):
        panel = take(panel)
    frames = plain(panel)
    for name in ("memos", "codebook_changes"):
        frames.pop(name, None)
    said = "Made for a test, as if it were a reader's own."
    return rebuilt(panel, frames, source="panel", statement=said)


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
        no_plan,
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
def bare_panel(constructed):
    """A panel that holds as little as it can."""
    return bare(constructed)


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
def changed():
    """A panel with some tables changed: ``change`` maps the plain tables to those that differ."""

    def make(panel, change):
        frames = plain(panel)
        return rebuilt(panel, frames | change(frames))

    return make


def unlike_any_other(text):
    """The text with words that nobody else says: those of a simulated panel repeat each other."""
    own = " ".join(f"слово{digit}" for digit in str(sum(map(ord, text)) * len(text)))
    return f"{text} Сказано так: {own}, и больше нигде."


@pytest.fixture(scope="session")
def guarded(changed):
    """The panel with its first expert, whose words are then like nobody's, not to be quoted."""

    def change(frames):
        experts, said = frames["experts"], frames["statements"]
        others = said["speaker"] != experts["expert_id"].iloc[0]
        texts = said["text"].where(others, said["text"].map(unlike_any_other))
        return {
            "experts": experts.assign(quotable=[False, *experts["quotable"].tolist()[1:]]),
            "statements": said.assign(text=texts),
        }

    return lambda panel: changed(panel, change)


#: How long a passage of an expert's words has to be to be theirs.
WINDOW, STEP = 30, 10


@pytest.fixture(scope="session")
def secrets():
    """Passages of a panel's experts who must not be quoted, which nobody else used.

    They lie all over each statement: any forty letters in a row hold one of them.
    """

    def of(panel):
        quotable = dict(zip(panel.experts["expert_id"], panel.experts["quotable"], strict=True))
        own, public = [], []
        for row in panel.statements.to_dict("records"):
            for text in (row["text"], row["text_en"]):
                if isinstance(text, str):
                    line = " ".join(text.split())
                    (public if quotable.get(row["speaker"], True) else own).append(line)
        for table in {"codebook", "guide", "items"} & set(panel.frames):
            public += [str(v) for column in panel.frames[table].items() for v in column[1].tolist()]
        common = "\n".join(public)
        parts = {
            text[start : start + WINDOW]
            for text in own
            for start in [*range(0, len(text) - WINDOW, STEP), max(0, len(text) - WINDOW)]
        }
        return sorted(part for part in parts if len(part) >= WINDOW / 2 and part not in common)

    return of


@pytest.fixture(scope="session")
def rows():
    """The rows of a file of the constructed panel as the csv module reads them."""

    return rows_of


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
        for place_of_it in LOADED_FROM:
            monkeypatch.setattr(place_of_it, lambda: panel)
        monkeypatch.setattr(figures, "to_svg", lambda *args: "<svg></svg>")
        place = {}
        for cell in nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{name}, cell {cell.id}", "exec"), place)
        return capsys.readouterr().out

    return run


@dataclasses.dataclass(frozen=True)
class Shown:
    """What a notebook shows: the outputs of each code cell by its id, and the texts in figures.

    ``spilled`` is what a kernel would print beside them: warnings, and what was written to the
    streams.
    """

    cells: dict
    drawn: list
    spilled: list

    @property
    def outputs(self):
        return [output for outputs in self.cells.values() for output in outputs]


@pytest.fixture(scope="session")
def shown():
    """Runs a notebook about a panel in this process, once; returns what it shows.

    The outputs are those that a kernel would store, figures left undrawn unless asked for.
    """
    import nbformat
    from matplotlib.text import Text

    from analysis.display import figures
    from analysis.project import ROOT

    made, draw = {}, figures.to_svg
    hidden = DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning

    def run(name, panel, drawing):
        shown, place, streams = Shown({}, [], []), {}, io.StringIO()

        def display(data, raw=False, metadata=None):
            assert raw, "a notebook shows what analysis.display makes, nothing else"
            output = nbformat.v4.new_output("display_data", data, metadata=metadata or {})
            shown.cells[cell.id].append(output)

        def to_svg(figure, *given):
            shown.drawn.extend(text.get_text() for text in figure.findobj(Text))
            return draw(figure, *given) if drawing else "<svg></svg>"

        with (
            pytest.MonkeyPatch.context() as patch,
            warnings.catch_warnings(record=True) as warned,
            contextlib.redirect_stdout(streams),
            contextlib.redirect_stderr(streams),
        ):
            warnings.simplefilter("always")
            for place_of_it in LOADED_FROM:
                patch.setattr(place_of_it, lambda: panel)
            patch.setattr("IPython.display.display", display)
            patch.setattr(figures, "to_svg", to_svg)
            for cell in nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4).cells:
                if cell.cell_type == "code":
                    shown.cells[cell.id] = []
                    exec(compile(cell.source, f"{name}, cell {cell.id}", "exec"), place)
        shown.spilled.extend(str(w) for w in warned if not issubclass(w.category, hidden))
        if streams.getvalue():
            shown.spilled.append(streams.getvalue())
        return shown

    def once(name, panel, drawing=False):
        key = name, panel.digest, drawing
        if key not in made:
            made[key] = run(name, panel, drawing)
        return made[key]

    return once
