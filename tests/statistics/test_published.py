"""Every topic of statistics: published examples, independent programs, light imports."""

import doctest
import importlib
import subprocess
import sys

import pytest
import yaml

from analysis.project import DATA, ROOT

#: The topics of the validation chapter, and the modules that compute each.
TOPICS = {
    "agreement": ("agreement",),
    "association": ("association",),
    "consensus": ("consensus",),
    "cooccurrence": ("cooccurrence",),
    "correspondence": ("correspondence",),
    "keyness": ("keyness", "keyness_deals"),
    "participation": ("participation",),
    "proportions": ("proportions", "ranks"),
    "saturation": ("saturation", "accumulation", "stopping", "richness", "completeness"),
}
HEAVY = ("scipy", "pandas", "statsmodels", "networkx", "fexact", "firthmodels", "sklearn", "joblib")
FIELDS = {
    "id",
    "measure",
    "citation",
    "citation_checked",
    "note",
    "input",
    "published",
    "tolerance",
}


def programs(topic):
    return importlib.import_module(f"analysis.steps.validation.{topic}")


def examples(topic):
    text = (DATA / "validation" / f"{topic}.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


ALL = [(topic, example) for topic in TOPICS for example in examples(topic)]
PEERS = [(topic, peer) for topic in TOPICS for peer in programs(topic).PEERS]


def test_no_topic_is_left_out():
    assert set(TOPICS) == {path.stem for path in (DATA / "validation").glob("*.yml")}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_example_has_a_program_and_every_program_an_example(topic):
    assert {example["id"] for example in examples(topic)} == set(programs(topic).EXAMPLES)


@pytest.mark.parametrize(("topic", "example"), ALL, ids=[f"{t}-{e['id']}" for t, e in ALL])
def test_published(topic, example):
    computed = programs(topic).EXAMPLES[example["id"]](example["input"])
    for name, value in example["published"].items():
        tolerance = example["tolerance"]
        tolerance = tolerance[name] if isinstance(tolerance, dict) else tolerance
        # the limits of a tolerance are part of it
        assert abs(computed[name] - value) <= tolerance * (1 + 1e-9), name


@pytest.mark.parametrize(("topic", "example"), ALL, ids=[f"{t}-{e['id']}" for t, e in ALL])
def test_an_example_says_where_it_is_from(topic, example):
    assert FIELDS - {"note"} <= set(example) <= FIELDS
    assert isinstance(example["citation_checked"], bool)
    assert len(example["citation"]) > 20


@pytest.mark.parametrize("seed", [1, 5])
@pytest.mark.parametrize(
    ("topic", "peer"), PEERS, ids=[f"{t}-{p.function} | {p.peer}" for t, p in PEERS]
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in subtract:RuntimeWarning")
def test_peers(topic, peer, seed):
    assert peer.cases >= 24
    assert peer.differences(seed).max() <= peer.tolerance


@pytest.mark.parametrize("module", [name for names in TOPICS.values() for name in names])
def test_importing_a_module_loads_no_heavy_library(module):
    code = (
        f"import sys; import analysis.statistics.{module}; "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert out.stdout.strip() == "[]", out.stderr


@pytest.mark.parametrize("module", [name for names in TOPICS.values() for name in names])
def test_examples_in_docstrings(module):
    found = doctest.testmod(importlib.import_module(f"analysis.statistics.{module}"))
    assert found.failed == 0
