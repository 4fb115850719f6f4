"""Nine panels that every chapter has to hold for: what a reader's own panel may lack or be.

All but one are the constructed panel with something taken away; the other has two hundred simulated
experts. In each the first expert must not be quoted, and there is no ``truth.yml``, for it would
speak of what is gone. As folders, to run a notebook on one of them::

    python tests/helpers/panels.py FOLDER [NAME ...]
    STUDY_PANEL=FOLDER/one_coder jupyter lab
"""

import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from analysis.panel.format import FILES
from analysis.panel.panel import load_panel
from analysis.panel.writing import write_folder
from analysis.project import DATA
from analysis.simulation.panels import simulate_panel

CONSTRUCTED = DATA / "panels" / "constructed"


@dataclass
class Files:
    """A panel as its files hold it; every cell is text. ``plan`` is empty without one."""

    meta: dict
    tables: dict
    plan: dict

    def write(self, folder):
        """The folder, with these files in it."""
        folder.mkdir(parents=True)
        contents = {"panel": self.meta} | ({"plan": self.plan} if self.plan else {})
        for name, content in contents.items():
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (folder / f"{name}.yml").write_text(text, encoding="utf-8")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        return folder

    def keep(self, name, column, values):
        """Leave the rows of a table that have one of these values in the column."""
        if name in self.tables:
            table = self.tables[name]
            self.tables[name] = table[table[column].isin(set(values))].reset_index(drop=True)

    def keep_statements(self, ids):
        """Leave these statements, what was coded of them, and memos about them."""
        gone = set(self.tables["statements"]["statement_id"]) - set(ids)
        for name in ("statements", "coded", "codings"):
            self.keep(name, "statement_id", ids)
        if "memos" in self.tables:
            about = self.tables["memos"]["about"]
            self.tables["memos"] = self.tables["memos"][~about.isin(gone)]

    def keep_experts(self, experts):
        """Leave these experts, in the sessions they took part in."""
        self.keep("experts", "expert_id", experts)
        self.keep("ratings", "expert_id", experts)
        sessions = self.tables["experts"]["session_id"]
        self.keep("sessions", "session_id", sessions)
        said = self.tables["statements"]
        inside = said["session_id"].isin(sessions) & said["speaker"].isin([*experts, "moderator"])
        self.keep_statements(said["statement_id"][inside])

    def fit_plan(self):
        """Leave of the plan what speaks of codes and items that are there."""
        codes = set(self.tables["codebook"]["code_id"])
        items = set(self.tables["items"]["item_id"]) if "items" in self.tables else set()
        claims = {}
        for name, claim in self.plan["claims"].items():
            left = {"codes": codes.intersection(claim["codes"]), "items": items & {*claim["items"]}}
            claims[name] = {key: sorted(ids) for key, ids in left.items() if ids}
        ladder = [
            {key: value for key, value in rung.items() if "item" not in key or value in items}
            for rung in self.plan["ladder"]
            if {rung["today_code"], rung["could_code"]} <= codes
        ]
        channels = self.plan["channels"]
        left = {
            "claims": {name: claim for name, claim in claims.items() if claim},
            "contrasts": [row for row in self.plan["contrasts"] if row["code"] in codes],
            "ladder": ladder,
            "channels": channels if set().union(*channels.values()) <= codes else {},
        }
        self.plan = {key: value for key, value in (self.plan | left).items() if value}


def _read(folder):
    tables = {
        path.stem: pd.read_csv(path, dtype=str, na_filter=False) for path in folder.glob("*.csv")
    }
    files = (folder / "panel.yml", folder / "plan.yml")
    meta, plan = (
        yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {} for path in files
    )
    return Files(meta, tables, plan)


def no_ratings(files):
    del files.tables["items"], files.tables["ratings"]


def no_translations(files):
    files.tables["statements"]["text_en"] = ""
    files.meta = {key: value for key, value in files.meta.items() if not key.endswith("_ru")}
    for table in files.tables.values():
        for column in table.columns[table.columns.str.endswith("_ru")]:
            table[column] = ""


def one_coder(files):
    files.meta["coders"] = files.meta["coders"][:1]
    for name in ("coded", "codings"):
        files.keep(name, "coder", [*files.meta["coders"], "consensus"])


def one_session(files):
    experts = files.tables["experts"]
    files.keep_experts(experts["expert_id"][experts["session_id"] == experts["session_id"][0]])


def individual(files):
    """Each expert in a session of their own, what the moderator said left out."""
    said, experts = files.tables["statements"], files.tables["experts"]
    files.keep_statements(said["statement_id"][said["speaker"] != "moderator"])
    experts["session_id"] = experts["expert_id"]
    said = files.tables["statements"]
    said["session_id"] = said["speaker"]
    files.tables["sessions"] = pd.DataFrame(
        {"session_id": experts["expert_id"], "date": "2021-12", "minutes": ""}
    )
    files.meta["mode"] = "individual"


def three_experts(files):
    files.keep_experts(files.tables["experts"]["expert_id"][:3])


def put(panel, folder):
    """The folder, with the files of the panel."""
    write_folder(dict(panel.contents()), folder, FILES)
    return folder


def two_hundred(files):
    """Two hundred simulated experts, of whom less was asked than could be, for the sake of time."""
    panel = simulate_panel(200, 12, statements=5, items=6, questions=6)
    with tempfile.TemporaryDirectory() as folder:
        made = _read(put(panel, Path(folder) / "panel"))
    plan = Path(__file__).with_name("two_hundred.yml")
    made.plan = yaml.safe_load(plan.read_text(encoding="utf-8"))
    files.meta, files.tables, files.plan = made.meta, made.tables, made.plan


def two_codes(files):
    """A codebook of two codes and no themes: what was coded under the first two themes."""
    codebook = files.tables["codebook"]
    tops = codebook["code_id"][codebook["parent_id"] == ""][:2]
    above = codebook["parent_id"].where(codebook["parent_id"] != "", codebook["code_id"])
    codings = files.tables["codings"]
    codings["code_id"] = codings["code_id"].map(dict(zip(codebook["code_id"], above, strict=True)))
    files.tables["codings"] = codings.drop_duplicates(["statement_id", "coder", "code_id"])
    files.keep("codings", "code_id", tops)
    files.keep("codebook", "code_id", tops)
    del files.tables["codebook_changes"]


def no_plan(files):
    files.plan = {}


VARIANTS = {
    change.__name__: change
    for change in (
        no_ratings,
        no_translations,
        one_coder,
        one_session,
        individual,
        three_experts,
        two_hundred,
        two_codes,
        no_plan,
    )
}


def write_variant(name, folder):
    """Write a variant into ``folder``, which must not exist, and return the folder."""
    files = _read(CONSTRUCTED)
    VARIANTS[name](files)
    if name not in {"no_plan", "two_hundred"}:
        files.fit_plan()
    files.tables["experts"].loc[0, "quotable"] = "false"
    return files.write(Path(folder))


@cache
def variant(name):
    """A variant as a panel, made once. Nobody changes its tables: the panel hands out copies."""
    with tempfile.TemporaryDirectory() as folder:
        return load_panel(write_variant(name, Path(folder) / name))


if __name__ == "__main__":
    for chosen in sys.argv[2:] or VARIANTS:
        print(write_variant(chosen, Path(sys.argv[1]) / chosen))
