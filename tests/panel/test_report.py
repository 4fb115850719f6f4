"""What ``study check`` says of a sound panel."""

import yaml

from analysis.panel.panel import load_panel
from analysis.panel.report import check, notes, summary
from analysis.project import DATA

SAID = """\
panel        sample: A sample (source: constructed; digest: {digest})
statement    Written for tests; no real expert said any of it.
experts      5 of 3 kinds of stakeholder; 4 quotable
sessions     2 (group), 2021-12 to 2021-12-06
statements   12: 8 by experts, 4 by the moderator; all timed
codes        3 themes, 3 codes under them
coding       consensus: 8 statements, 9 codings (7 raised, 2 opposed)
coding       ada: 4 statements, 4 codings (4 raised, 0 opposed)
coding       boris: 4 statements, 3 codings (2 raised, 1 opposed)
ratings      3 items, 6 answers, 9 blanks
translations 6 of 12 statements in English
plan         none: no claim, side, contrast or ladder is named beforehand
note         1 expert without a statement: e05
note         2 codings of a theme that has codes under it: counted at the level of themes only
result       sound: no fault"""


def test_what_a_sound_panel_holds(folder, panel):
    assert check(folder) == (SAID.format(digest=panel.digest), True)


def test_what_a_plan_names_is_counted():
    said = summary(load_panel(DATA / "panels" / "constructed"))
    (line,) = [text for text in said if text.startswith("plan")]
    plan = yaml.safe_load((DATA / "panels" / "constructed" / "plan.yml").read_text("utf-8"))
    assert line == (
        f"plan         codes and items for {len(plan['claims'])} claims; "
        f"{len(plan['contrasts'])} contrasts between {', '.join(plan['sides'])}; "
        f"a ladder of {len(plan['ladder'])} rungs"
    )


def test_what_a_broken_panel_says(folder):
    (folder / "memos.csv").unlink()
    (folder / "items.csv").unlink()
    assert check(folder) == (
        "items.csv: expected both items.csv and ratings.csv, or neither; items.csv is missing\n"
        "1 fault in 1 file",
        False,
    )


def test_what_is_worth_knowing_is_noted(files, written, tmp_path):
    edits = [
        ("sessions.csv", "g2,", "g3,2022-01,\ng2,"),
        ("stakeholders.csv", "science,", "business,Business,,\nscience,"),
        ("guide.csv", "q3,", "q4,role,4,What else?,\nq3,"),
        ("codings.csv", "s11,consensus,skills,raises\n", ""),
        ("codings.csv", "s02,ada,skills,raises\n", ""),
        ("codings.csv", "s02,boris,skills,raises\n", ""),
        ("codings.csv", "s09,consensus,speed,opposes\n", ""),
        ("codings.csv", "s12,consensus,obstacles,raises\n", ""),
        ("codings.csv", "s04,consensus,services,opposes\n", ""),
        ("coded.csv", "s09,consensus\n", ""),
        ("coded.csv", "s11,consensus\n", ""),
    ]
    for file, old, new in edits:
        assert old in files[file]
        files = {**files, file: files[file].replace(old, new, 1)}
    for name in ("items.csv", "ratings.csv"):
        files = {n: t for n, t in files.items() if n != name}
    panel = load_panel(written(tmp_path, files))
    assert notes(panel) == [
        "1 expert without a statement: e05",
        "1 session without a statement: g3",
        "1 kind of stakeholder without an expert: business",
        "1 question never reached: q4",
        "1 code never given: skills",
        "1 statement of experts that nobody coded",
        "1 statement coded but not resolved by consensus",
    ]
    assert "ratings      none" in summary(panel)


def test_long_lists_are_cut(files, written, tmp_path):
    silent = "".join(f"x{i},g1,civil,true\n" for i in range(9))
    files = {**files, "experts.csv": files["experts.csv"] + silent}
    assert notes(load_panel(written(tmp_path, files)))[0] == (
        "10 experts without a statement: e05, x0, x1, x2, x3 and 5 more"
    )
