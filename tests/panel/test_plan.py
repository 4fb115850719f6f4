"""``plan.yml``: what it may say, and every way in which it can be wrong."""

import csv
from dataclasses import replace

import pytest
import yaml

from analysis.panel.dictionary import data_dictionary, resources
from analysis.panel.faults import Fault, PanelError
from analysis.panel.panel import load_panel, make_panel
from analysis.panel.plan import ClaimPlan, Contrast, Plan, Rung, load_plan
from analysis.panel.writing import write_panel
from analysis.project import DATA

PLAN_YML = """\
note: Written before the coding.
claims:
  C1: {codes: [speed], items: [i1]}
  C2: {codes: [voice, services]}
sides:
  state: [federal]
  society: [civil, science]
contrasts:
  - {id: twice, code: double_work, sides: [state, society], expected: state}
  - {id: skills, code: skills, sides: [state, society], expected: none}
ladder:
  - {name: Low, name_ru: Низко, today_code: services, could_code: speed, today_item: i1}
  - {name: High, today_code: voice, could_code: skills}
channels:
  service: [services, speed]
  network: [voice]
"""

PLAN = Plan(
    claims={"C1": ClaimPlan(("speed",), ("i1",)), "C2": ClaimPlan(("voice", "services"))},
    sides={"state": ("federal",), "society": ("civil", "science")},
    contrasts=(
        Contrast("twice", "double_work", ("state", "society"), "state"),
        Contrast("skills", "skills", ("state", "society"), "none"),
    ),
    ladder=(
        Rung("Low", "Низко", "services", "speed", "i1", ""),
        Rung("High", "", "voice", "skills"),
    ),
    channels={"service": ("services", "speed"), "network": ("voice",)},
    note="Written before the coding.",
)


@pytest.fixture
def planned(folder):
    """The folder of the sound panel, with a plan."""
    (folder / "plan.yml").write_text(PLAN_YML, encoding="utf-8")
    return folder


def test_what_a_plan_says(planned):
    assert load_panel(planned).plan == PLAN
    assert load_panel(planned, check=False).plan == PLAN


def test_a_panel_needs_no_plan(panel):
    assert panel.plan is None


@pytest.mark.parametrize("text", ["# nothing yet\n", "{}\n"])
def test_a_plan_may_be_empty(folder, text):
    (folder / "plan.yml").write_text(text, encoding="utf-8")
    assert load_panel(folder).plan == Plan()


def test_each_entry_may_be_left_out(folder):
    entries = yaml.safe_load(PLAN_YML)
    for name in entries:
        rest = {
            k: v for k, v in entries.items() if k != name and (name, k) != ("sides", "contrasts")
        }
        (folder / "plan.yml").write_text(yaml.safe_dump(rest), encoding="utf-8")
        plan = load_panel(folder).plan
        assert not getattr(plan, name)
        assert plan.channels == ({} if name == "channels" else PLAN.channels)


def test_a_plan_is_part_of_the_panel(planned, folder, tmp_path):
    with_plan = load_panel(planned)
    written = load_panel(write_panel(with_plan, tmp_path / "written"))
    assert written == with_plan
    assert written.plan == PLAN
    again = load_panel(write_panel(written, tmp_path / "again"))
    assert again.digest == written.digest
    made = make_panel(with_plan.meta, with_plan.frames, with_plan.truth, plan=PLAN)
    assert made == with_plan
    assert made.digest == written.digest
    without = make_panel(with_plan.meta, with_plan.frames, with_plan.truth)
    assert without != made
    assert without.digest != made.digest
    other = make_panel(
        with_plan.meta, with_plan.frames, with_plan.truth, plan=replace(PLAN, note="")
    )
    assert other != made


def test_writing_over_a_panel_with_a_plan_takes_it_away(planned):
    panel = replace(load_panel(planned), plan=None)
    assert load_panel(write_panel(panel, planned, overwrite=True)).plan is None
    assert not (planned / "plan.yml").exists()


def test_a_plan_in_memory_is_checked_too(panel):
    wrong = replace(PLAN, claims={"C1": ClaimPlan(("nothing",))})
    with pytest.raises(PanelError, match=r"expected a code_id of codebook\.csv; got 'nothing'"):
        make_panel(panel.meta, panel.frames, panel.truth, plan=wrong)


CODE = "a code_id of codebook.csv"
ITEM = "an item_id of items.csv"

#: What is replaced by what; line, entry, value seen and what would be right.
BROKEN = [
    ("[speed], items", "[sped], items", 3, "claims C1 codes", "sped", CODE),
    ("items: [i1]", "items: [i9]", 3, "claims C1 items", "i9", ITEM),
    ("items: [i1]", "items: i1", 3, "claims C1 items", "i1", "a list of ids"),
    ("items: [i1]", "item: [i1]", 3, "claims C1", "item", "only the entries codes, items"),
    ("[voice, services]", "[]", 4, "claims C2", None, "codes or items that speak to the claim"),
    ("[voice, services]", "[voice, voice]", 4, "claims C2 codes", "voice", "each id once"),
    ("[voice, services]", "[[voice]]", 4, "claims C2 codes", "a list", "an id of the letters"),
    ("[voice, services]", "[Voice]", 4, "claims C2 codes", "Voice", "an id of the letters a-z"),
    ("  C2:", "  C 2:", 4, "claims", "C 2", "the id of a claim, such as C1"),
    ("  C2:", "  C1:", 4, "claims C1", None, "each entry once"),
    ("[civil, science]", "[civil, art]", 7, "sides society", "art", "a stakeholder of stake"),
    ("[civil, science]", "[federal]", 6, "sides", "federal", "federal once"),
    ("[civil, science]", "[]", 7, "sides society", None, "a kind of stakeholder or more"),
    ("  society:", "  none:", 7, "sides", "none", "another name: none means no difference"),
    ("code: double_work", "code: dw", 9, "contrasts 1 code", "dw", CODE),
    ("id: twice, ", "", 9, "contrasts 1 id", None, "an entry id: an id of the letters"),
    ("id: twice", "id: skills", 9, "contrasts id", "skills", "skills once"),
    ("id: twice", "id: ''", 9, "contrasts 1 id", "", "it may not be empty"),
    ("id: twice", "it: twice", 9, "contrasts 1", "it", "only the entries id, code, sides, expe"),
    ("expected: state", "expected: science", 9, "contrasts 1 expected", "science", "state or soc"),
    (
        "double_work, sides: [state, society]",
        "double_work, sides: [state]",
        9,
        "contrasts 1 sides",
        "state",
        "two sides",
    ),
    (
        "double_work, sides: [state, society]",
        "double_work, sides: [state, church]",
        9,
        "contrasts 1 sides",
        "church",
        "one of the sides under sides: state, society",
    ),
    ("code: double_work", "code: skills", 9, "contrasts", "skills society state", "once"),
    ("today_code: services", "today_code: serv", 12, "ladder 1 today_code", "serv", CODE),
    ("today_code: services, ", "", 12, "ladder 1 today_code", None, "an entry today_code"),
    ("today_code: services", "today_code: voice", 12, "ladder codes", "voice", "voice once"),
    ("today_item: i1", "today_item: i0", 12, "ladder 1 today_item", "i0", ITEM),
    ("today_item: i1", "could_item: [i1]", 12, "ladder 1 could_item", "a list", "an id of the"),
    ("name: High", "name: Low", 12, "ladder name", "Low", "Low once"),
    ("name: High", "name: a@mail.example", 13, "ladder 2 name", None, "no e-mail address"),
    ("name: High", "name: =1+1", 13, "ladder 2 name", "=1+1", "no formula"),
    ("  - {name: High, today_code: voice, could_code: skills}\n", "", 12, "ladder", "Low", "two r"),
    ("[services, speed]", "[services, voice]", 15, "channels", "voice", "voice once"),
    ("  network: [voice]\n", "", 15, "channels network", None, "an entry network: a list of codes"),
    ("  network: [voice]", "  networks: [voice]", 16, "channels", "networks", "only the entries s"),
    ("[services, speed]", "[services, quick]", 15, "channels service", "quick", CODE),
    ("channels:", "channel:", 14, None, "channel", "only the entries note, claims, sides,"),
    ("note: Written", "note: [Written]  #", 1, "note", "a list", "text"),
    ("note: Written before the coding.", "note: {", 1, None, None, "valid YAML"),
]


@pytest.mark.parametrize(("old", "new", "line", "entry", "value", "expected"), BROKEN)
def test_broken(planned, faults_of, old, new, line, entry, value, expected):
    assert old in PLAN_YML
    (planned / "plan.yml").write_text(PLAN_YML.replace(old, new, 1), encoding="utf-8")
    found = faults_of(planned)
    assert {fault.file for fault in found} == {"plan.yml"}
    if expected == "valid YAML":
        assert len(found) == 1
        assert expected in found[0].expected
        return
    match = [fault for fault in found if (fault.row, fault.column) == (line, entry)]
    assert match, found
    assert any(expected in fault.expected for fault in match), match
    if value is not None:
        assert value in [fault.value for fault in match]


def test_contrasts_need_sides(planned, faults_of):
    text = PLAN_YML.replace(
        "sides:\n  state: [federal]\n  society: [civil, science]\ncontrasts", "contrasts"
    )
    (planned / "plan.yml").write_text(text, encoding="utf-8")
    found = faults_of(planned)
    assert len(found) == 4  # two contrasts, two sides each
    assert {f.expected for f in found} == {"one of the sides under sides: which is empty"}


def test_items_that_are_not_there(planned, faults_of):
    (planned / "items.csv").unlink()
    (planned / "ratings.csv").unlink()
    assert faults_of(planned) == (
        Fault("plan.yml", 3, "claims C1 items", "i1", f"{ITEM}, which is not there"),
        Fault("plan.yml", 12, "ladder 1 today_item", "i1", f"{ITEM}, which is not there"),
    )


def test_a_table_that_cannot_be_read_is_told_once(planned, faults_of):
    (planned / "codebook.csv").write_bytes(b"")
    assert "plan.yml" not in {fault.file for fault in faults_of(planned)}


@pytest.mark.parametrize("content", [b"- a\n- b\n", b"text\n", b"1\n"])
def test_a_file_without_entries(folder, faults_of, content):
    (folder / "plan.yml").write_bytes(content)
    (fault,) = faults_of(folder)
    assert (fault.file, fault.row) == ("plan.yml", 1)
    assert fault.expected.startswith("only the entries note, claims")


def test_a_broken_encoding_is_told(folder, faults_of):
    (folder / "plan.yml").write_bytes(PLAN_YML.encode("cp1251"))
    assert {fault.file for fault in faults_of(folder)} == {"plan.yml"}


def test_a_plan_alone(planned, tmp_path):
    assert load_plan(planned) == PLAN
    assert load_plan(tmp_path) is None
    (planned / "plan.yml").write_text("sides: 3\n", encoding="utf-8")
    with pytest.raises(PanelError, match=r"plan\.yml, line 1, sides"):
        load_plan(planned)


def test_the_dictionary_and_the_descriptors_have_it(planned):
    page = data_dictionary()
    assert '<table id="plan-yml">' in page
    assert "<code>contrasts.expected</code>" in page
    found = {r["path"]: r for r in resources(planned, base=planned.parent)}
    assert found["sample/plan.yml"]["name"] == "panel-sample-plan"


def test_the_constructed_plan_follows_the_notes_of_its_writer():
    source = DATA / "constructed"
    plan = load_panel(DATA / "panels" / "constructed").plan
    assert plan == load_plan(source)
    notes = yaml.safe_load((source / "truth-notes.yml").read_text(encoding="utf-8"))
    with (source / "experts.csv").open(encoding="utf-8") as file:
        kinds = {row["expert_id"]: row["stakeholder"] for row in csv.DictReader(file)}
    for side, members in plan.sides.items():
        assert [e for e, kind in kinds.items() if kind in members] == notes["sides"][side]
    assert {c: claim.codes for c, claim in plan.claims.items()} == {
        c: (code,) for c, code in notes["conclusions"].items()
    }
    differ = [c.code for c in plan.contrasts if c.expected != "none"]
    assert differ == [row["code"] for row in notes["planted"]["contrasts"]]
    same = [c.code for c in plan.contrasts if c.expected == "none"]
    assert same == [row["code"] for row in notes["planted"]["nulls"]]
    for contrast, row in zip(plan.contrasts, notes["planted"]["contrasts"], strict=False):
        counts = {side: int(row[side].split()[0]) for side in contrast.sides}
        assert contrast.expected == max(counts, key=counts.get)
