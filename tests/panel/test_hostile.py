"""Panels with hostile text in every free cell of the format, whose books a real browser loads.

One book is built here. More, each of other texts in other cells::

    STUDY_HOSTILE_BOOKS=20 pytest tests/panel/test_hostile.py
"""

import csv
import io
import json
import os
import re
from itertools import count
from pathlib import Path

import pytest
import yaml
from books import checkout, loaded, squeezed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analysis.chapters.reporting import LISTS, checklist
from analysis.panel.cells import problems
from analysis.panel.format import FILES, LONGEST

BOOKS = int(os.environ.get("STUDY_HOSTILE_BOOKS", "1"))
RUN = "document.title='run'"
#: Markup of each language that a text could end up in, and what needs lines of its own.
ATTACKS = yaml.safe_load(
    Path(__file__).with_name("attacks.yml").read_text("utf-8").replace("RUN", RUN)
)
#: What the outputs of its notebooks hold of their own.
OWN = "style table caption thead tbody tr th td div details summary p em ul li"
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Nd", "Zl", "Zp", "Co"])
_NAME, _TEXT = (FILES["codebook.csv"].column(name) for name in ("name", "definition"))
NOISE = st.text(LETTERS, max_size=12).filter(lambda t: not [*problems(_NAME, f"a {t} a")])


class Texts:
    """Other texts for each cell, and each with a number of its own."""

    def __init__(self, attacks, blocks, noise, secret):
        self.lines = [a.replace("SECRET", str(secret)) for a in attacks]
        self.blocks = [b.replace("SECRET", str(secret)) for b in blocks]
        self.noise, self.number = noise, count()

    def name(self):
        at = next(self.number)
        noise = self.noise[at % len(self.noise)]
        given = f"N{at:04d}n {self.lines[at % len(self.lines)]} {noise}."
        assert len(given) <= LONGEST["name"]
        return given

    def text(self):
        at = next(self.number)
        pair = [self.lines[(at + i) % len(self.lines)] for i in (0, 7)]
        block = self.blocks[at % len(self.blocks)]
        return f"T{at:04d}t {' '.join(pair)}\n\n{block}\n\n{self.noise[-1]} end."


def fill(value, path, texts, kind):
    """Put hostile text at the place in the entries of a YAML file that ``path`` declares."""
    part, *rest = path
    places = {"<id>": value, "<n>": range(len(value))}.get(part, [part])
    for place in [*places]:
        if rest:
            fill(value[place], rest, texts, kind)
        elif kind == "names":
            value[place] = [texts.name(), texts.name()]
        else:
            value[place] = getattr(texts, kind)()


def hostile(files, texts):
    """The files with hostile text in each cell that takes any."""
    made = {}
    for file, table in FILES.items():
        free = [column for column in table.columns if column.kind in {"text", "name", "names"}]
        if file not in files:
            continue
        if file.endswith(".yml"):
            content = yaml.safe_load(files[file])
            for column in free:
                fill(content, column.name.split("."), texts, column.kind)
            made[file] = yaml.safe_dump(content, allow_unicode=True)
            continue
        rows = list(csv.DictReader(io.StringIO(files[file])))
        for row in rows:
            row.update((column.name, getattr(texts, column.kind)()) for column in free)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, [*rows[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        made[file] = out.getvalue()
    return made


@pytest.fixture(scope="module")
def sound(files, plan):
    """A sound panel of real interviews with every file, whose experts may be quoted."""
    ids = [item for name in LISTS for item in checklist(name).index]
    more = {name: text.replace("false", "true") for name, text in files.items()}
    more["panel.yml"] = files["panel.yml"].replace("source: constructed", "source: panel")
    more["asked.csv"] = "expert_id,question_id\ne01,q1\ne02,q1\ne03,q2\ne04,q3\ne05,q3\n"
    more |= {"plan.yml": plan, "reporting.yml": yaml.safe_dump(dict.fromkeys(ids, "x"))}
    del more["truth.yml"]
    assert {*more} == {*FILES} - {"truth.yml"}
    return more


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return checkout(tmp_path_factory.mktemp("hostile"))


@settings(
    max_examples=BOOKS,
    derandomize=BOOKS == 1,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[*HealthCheck],
)
@given(
    attacks=st.permutations(ATTACKS["lines"]),
    blocks=st.permutations(ATTACKS["blocks"]),
    noise=st.lists(NOISE, min_size=3, max_size=40),
)
def test_hostile_text_stays_text(sound, written, root, study, browser, attacks, blocks, noise):
    secret = root.parent / "secret.txt"
    secret.write_text("the-machine-told-me <script>document.title='run'</script>")
    texts = Texts(attacks, blocks, noise, secret)
    panel = written(root.parent / "panel", hostile(sound, texts))
    run = study("check", panel, root=root)
    assert run.returncode == 0, run.stdout
    run = study("book", "--panel", panel, root=root)
    assert run.returncode == 0, run.stderr
    site = root / "_build" / "html"
    for path in [*site.rglob("*"), *(root / "_build" / "executed").rglob("*")]:
        if path.is_file():
            assert b"the-machine-told-me" not in path.read_bytes(), path
    shown = loaded(site, browser)
    for attack in texts.lines:
        assert squeezed(attack) in shown, attack
    for path in (site / "_sources").rglob("*.ipynb"):
        outputs_are_text(path)


def outputs_are_text(path):
    """What other viewers of a notebook render holds no markup but the book's own."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            data = {kind: "".join(text) for kind, text in output.get("data", {}).items()
                    if kind.startswith("text/")}  # fmt: skip
            html = data.get("text/html", "")
            html += MarkdownIt("commonmark").render(data.get("text/markdown", ""))
            found = set(re.findall(r"</?([a-z]+)", html)) - {*OWN.split()}
            assert not found, (path.name, found)
