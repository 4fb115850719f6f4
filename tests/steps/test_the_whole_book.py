"""Every chapter about a panel, on every kind of panel: the same findings, and nothing spilled.

The chapters come from ``_toc.yml``: a new one joins by itself. Each panel is written to a folder
and read from there, as a reader's own would be. The notebooks run in this process; that this shows
what a kernel shows is tested too.
"""

import csv
import html
import io
import re
import shutil
from collections import Counter

import nbformat
import pytest

from analysis import cli
from analysis.evidence.findings import GLUE_PREFIX, MIME, Finding, from_notebook, to_csv
from analysis.panel.panel import load_panel, make_panel
from analysis.panel.plan import NO_DIFFERENCE, ClaimPlan, Contrast, Plan, Rung
from analysis.panel.writing import write_panel
from analysis.project import DATA
from analysis.publish.execution import notebooks
from analysis.publish.pages import GLUED
from analysis.simulation.panels import simulate_panel

CONSTRUCTED = DATA / "panels" / "constructed"
BOOK = {path.stem: nbformat.read(path, as_version=4) for path in notebooks()}


def code(name):
    return "\n".join(c.source for c in BOOK[name].cells if c.cell_type == "code")


#: The chapters about a panel, and the others.
CHAPTERS = [name for name in BOOK if "load_panel" in code(name)]
OTHERS = [name for name in BOOK if name not in CHAPTERS]
#: The panels that a book has to hold for, beside the constructed one.
PANELS = (
    "no_ratings",
    "no_translations",
    "one_coder",
    "one_session",
    "individual",
    "three_experts",
    "two_hundred_with_a_plan",
    "two_themes",
)


def two_hundred_with_a_plan():
    """Two hundred simulated experts; fewer codes than they could have, for the sake of time."""
    panel, _ = simulate_panel(200, 12, statements=5, items=6, questions=6)
    codes = panel.codebook["code_id"][panel.codebook["parent_id"].notna()].tolist()
    items = panel.frames["items"]["item_id"].tolist()
    sides = {kind: (kind,) for kind in panel.stakeholders["stakeholder"]}
    pair = tuple(sides)
    plan = Plan(
        claims={f"C{i + 1}": ClaimPlan((codes[i],), (items[i],)) for i in range(4)},
        sides=sides,
        contrasts=(
            Contrast("one", codes[0], pair, pair[0]),
            Contrast("two", codes[1], pair, NO_DIFFERENCE),
        ),
        ladder=(
            Rung("Lower", "Ниже", codes[4], codes[5], items[0], items[1]),
            Rung("Higher", "Выше", codes[6], codes[7], items[2], items[3]),
        ),
        channels={"service": (codes[8],), "network": (codes[9], codes[10])},
    )
    return make_panel(panel.meta, panel.frames, plan=plan)


@pytest.fixture(scope="session")
def read_again(constructed, variant_of, guarded, tmp_path_factory):
    """A variant written to a folder and read from there, its first expert not to be quoted."""
    made = {"constructed": constructed}

    def make(name):
        if name not in made:
            own = name == "two_hundred_with_a_plan"
            panel = two_hundred_with_a_plan() if own else variant_of(name)
            folder = tmp_path_factory.mktemp("panels") / name
            made[name] = load_panel(write_panel(guarded(panel), folder))
        return made[name]

    return make


def findings(shown):
    payloads = (o.data.get(GLUE_PREFIX + MIME) for o in shown.outputs)
    return [Finding(**payload) for payload in payloads if payload is not None]


def plain(markup):
    """The text of HTML, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def texts(shown):
    """All text that a reader can come upon: tables, sentences, alternative texts, figures."""
    out = list(shown.drawn)
    for output in shown.outputs:
        for kind, value in output.data.items():
            out.append(plain(value) if kind == "text/html" else str(value))
        out += [str(v) for v in output.metadata.get("image/svg+xml", {}).values()]
    return out


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_run_in_this_process_shows_what_the_stored_notebook_shows(shown, constructed, name):
    found = shown(name, constructed)
    assert found.spilled == []
    stored = [c for c in BOOK[name].cells if c.cell_type == "code"]
    assert list(found.cells) == [c.id for c in stored]
    for cell in stored:
        kept = [({**o.data}, o.metadata) for o in cell.outputs]
        made = [({**o.data}, o.metadata) for o in found.cells[cell.id]]
        for data, _ in kept + made:
            data.pop("image/svg+xml", None)
        assert made == kept, cell.id


def test_the_other_notebooks_know_no_panel():
    assert CHAPTERS
    for name in OTHERS:
        assert not {f.source for f in from_notebook(BOOK[name])} & {"constructed", "panel"}


# A number or a name that is missing, spelled out as the program's own word for it. "None of the
# experts" is English: it opens a sentence and something follows.
MISSING = re.compile(r"\b(?:nan|NaN|NaT|inf|null)\b|<NA>|(?<![.:;] )(?<!^)\bNone\b|\bNone\b(?! \w)")


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("nan of 20", True),
        ("from 0.2 to inf", True),
        ("a median of None", True),
        ("None", True),
        ("None, of 20", True),
        ("x <NA>", True),
        ("None of the 20 experts opposed it.", False),
        ("Nobody did. None of them can be tested.", False),
        ("none of the 20; information from Nan Madol", False),
    ],
)
def test_what_counts_as_spelled_out(text, bad):
    assert bool(MISSING.search(text)) == bad


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_holds_for_a_panel(shown, constructed, read_again, secrets, name, kind):
    panel = read_again(kind)
    found, usual = shown(name, panel), shown(name, constructed)
    recorded, expected = findings(found), findings(usual)

    # the same findings, in the same order, and each that the prose pulls in
    assert [f.id for f in recorded] == [f.id for f in expected]
    elsewhere = {f.id for other in BOOK if other != name for f in from_notebook(BOOK[other])}
    prose = "\n".join(c.source for c in BOOK[name].cells if c.cell_type == "markdown")
    assert set(GLUED.findall(prose)) <= {f.id for f in recorded} | elsewhere

    # of this panel, not of another
    about = {panel.meta.source, "record", "public", "simulated"}
    assert {f.source for f in recorded} <= about
    assert panel.meta.source not in {f.source for f in recorded} or panel.digest in {
        f.digest for f in recorded
    }

    # no hole, in a text or in a table
    for finding in recorded:
        assert not MISSING.search(finding.text), f"{finding.id}: {finding.text}"
    assert found.spilled == []
    explained = False
    for cell, outputs in usual.cells.items():
        here = found.cells[cell]
        # what belongs to a figure that is missing needs no second sentence
        assert here or not outputs or explained, f"cell {cell} shows nothing, and no sentence"
        explained = "study-missing" in str(here) if here else explained
    for output in found.outputs:
        markup = output.data.get("text/html", "")
        cells = [plain(c) for c in re.findall(r"<td\b[^>]*>(.*?)</td>", markup, re.S)]
        assert cells or "<table" not in markup, "a table without rows"
        assert not set(cells) & {"nan", "NaN", "None", "<NA>", "NaT", "inf", "-inf"}, markup
        assert plain(markup) or "text/html" not in output.data

    # nothing of what must not be quoted
    everything = "\n".join(" ".join(text.split()) for text in texts(found))
    assert [part for part in secrets(panel) if part in everything] == []


@pytest.mark.parametrize("kind", ["constructed", *PANELS])
def test_every_panel_has_words_to_keep(read_again, secrets, kind):
    panel = read_again(kind)
    hidden = panel.experts["expert_id"][~panel.experts["quotable"].astype(bool)]
    assert len(hidden) >= 1
    assert len(secrets(panel)) > 20


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_constructed_panel_keeps_the_same_rules(shown, constructed, secrets, name):
    found = shown(name, constructed)
    for finding in findings(found):
        assert not MISSING.search(finding.text), f"{finding.id}: {finding.text}"
    everything = "\n".join(" ".join(text.split()) for text in texts(found))
    assert [part for part in secrets(constructed) if part in everything] == []


# Changing one cell of the data


def of(prefix, words):
    """The pattern of a chapter's findings with these endings."""
    return rf"{prefix}-(?:{words})"


#: A rating of an item on the role of digitalization that speaks to the first claim: what may
#: depend on it. The numbers of that task's ratings; the signs for that claim and for the task's
#: statement, and the sentence over all claims.
ON_A_RATING = (
    of("role", "medians|agreement|concordance|w"),
    of("cl", "(?:c1|t1)-(?:panel|firm|against|unseen|verdict)|overall"),
)
#: A code under problems, raised in one statement less, so that one expert less raises it: what may
#: depend on it.
ON_A_CODING = (
    # who raised it first, who took it up, how many statements have a code
    of("participation", "echo.*|first|only-echo.*|counting|answers|chances|uncoded|unreached"),
    # the counts, pairs and quotations of its task, not its ratings
    of("barriers", "(?!items|answered|medians|agreement|concordance|w$|experts|sessions).*"),
    # the counts of the codebook, not its history
    of("codebook", "with-code|per-statement|most-raised|more-against|used|unused|by-one|on-themes"),
    of("codebook", "only-opposed|both-ways|examples|per-expert|no-example|translated|rule"),
    # what became of what the coders gave, not how they agree
    of("cr", "in-vain|omitted|disputed|read|alone|experts|planted|changed|resol.*"),
    # everything over all codes: kinds, pairs of codes, the order in which codes came up
    of("st", "counted|range|everywhere|one-kind|told|one-by-one|expected|level|opposed|v.*|shrink"),
    of("st", "map.*"),
    of("tm", "(?!talk$).*"),
    of("saturation", "(?!experts|counted|order|rule|settings).*"),
    # the statements with the code, the claim on what helps, the whole of the claims
    of("lang", "code.*"),
    of("cl", "t2[ab]-(?:codes|panel|opposed|firm|against|unseen|verdict)|overall"),
    # how alike the experts of a session are, and what that does
    of("pre", "echo.*|alike.*|group.*|listening|voices|middle|majority|together|smallest"),
    # the same again with one left out, other coders, errors
    of("rob", "(?!counted|readings|analyses|resamples).*"),
)


@pytest.fixture(scope="session")
def ledger(shown):
    """The findings of all chapters about a panel."""

    def collect(panel):
        return [f for name in CHAPTERS for f in findings(shown(name, panel))]

    return collect


@pytest.fixture(scope="session")
def edited(tmp_path_factory):
    """A copy of the constructed panel with some rows of one file changed; None drops a row."""

    def make(file, edit):
        folder = tmp_path_factory.mktemp("edited") / "constructed"
        shutil.copytree(CONSTRUCTED, folder)
        path = folder / f"{file}.csv"
        with path.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        after = [row for row in map(edit, (dict(row) for row in rows)) if row is not None]
        assert sum(row not in after for row in rows) == 1
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(after)
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        return load_panel(folder)

    return make


@pytest.fixture(scope="session")
def one_rating(edited, rows):
    """The first expert who rated the first item highest rates it lowest."""
    items = rows("items")
    item = items[0]
    assert item["task"] == "role"
    given = [row for row in rows("ratings") if row["item_id"] == item["item_id"]]
    most = max(given, key=lambda row: float(row["value"] or "nan"))
    return edited("ratings", lambda row: row | {"value": item["scale_min"]} if row == most else row)


@pytest.fixture(scope="session")
def one_coding(edited, rows):
    """A code under problems is taken from the only statement in which one expert raised it."""
    speaker = {row["statement_id"]: row["speaker"] for row in rows("statements")}
    task = {row["code_id"]: (row["task"], row["direction"]) for row in rows("codebook")}
    agreed = [row for row in rows("codings") if row["coder"] == "consensus"]
    said = Counter((speaker[r["statement_id"]], r["code_id"], r["stance"]) for r in agreed)
    once = next(
        row
        for row in agreed
        if task[row["code_id"]] == ("problems", "facilitates")
        and row["stance"] == "raises"
        and said[speaker[row["statement_id"]], row["code_id"], "raises"] == 1
    )
    return edited("codings", lambda row: None if row == once else row)


#: What makes a finding another one, in the words of ``findings.csv``.
SAID = ("text", "value", "low", "high", "k", "n", "unit", "source", "standing", "label")


@pytest.mark.parametrize(
    ("change", "may", "must"),
    [
        ("one_rating", ON_A_RATING, {"role-concordance", "role-w"}),
        (
            "one_coding",
            ON_A_CODING,
            {"barriers-mean", "barriers-offer", "participation-first", "saturation-mean-first"},
        ),
    ],
)
def test_one_changed_cell_changes_what_depends_on_it(
    request, capsys, tmp_path, constructed, ledger, change, may, must
):
    panel = request.getfixturevalue(change)
    paths = tmp_path / "old.csv", tmp_path / "new.csv"
    for path, about in zip(paths, (constructed, panel), strict=True):
        path.write_text(to_csv(ledger(about)), encoding="utf-8")
    old, new = (list(csv.DictReader(p.open(encoding="utf-8", newline=""))) for p in paths)
    assert [row["id"] for row in old] == [row["id"] for row in new]
    # each finding about the panel says that it comes from other data; that alone is no change
    same = {o["id"] for o, n in zip(old, new, strict=True) if o["digest"] == n["digest"]}
    assert same.isdisjoint(row["id"] for row in new if row["source"] == constructed.meta.source)
    differ = [
        o["id"] for o, n in zip(old, new, strict=True) if any(o[name] != n[name] for name in SAID)
    ]
    outside = [id for id in differ if not any(re.fullmatch(pattern, id) for pattern in may)]
    assert outside == []
    assert must <= set(differ)

    assert cli.main(["findings", "--diff", str(paths[0]), "--ledger", str(paths[1])]) == 0
    *lines, total = capsys.readouterr().out.splitlines()
    assert [re.fullmatch(r"changed  ([\w-]+): .*", line)[1] for line in lines] == differ
    assert total == f"{len(differ)} changed, 0 appeared, 0 vanished"


def test_the_other_way_round_and_no_way_at_all(capsys, tmp_path, constructed, ledger, one_rating):
    """Undoing the change lists the same findings; the same panel again, none."""
    paths = tmp_path / "old.csv", tmp_path / "new.csv"
    for path, about in zip(paths, (constructed, one_rating), strict=True):
        path.write_text(to_csv(ledger(about)), encoding="utf-8")
    said = []
    for old, new in (paths, paths[::-1], (paths[0], paths[0])):
        assert cli.main(["findings", "--diff", str(old), "--ledger", str(new)]) == 0
        said.append([line.split(":")[0] for line in capsys.readouterr().out.splitlines()])
    assert said[0] == said[1]
    assert said[2] == ["0 changed, 0 appeared, 0 vanished"]
