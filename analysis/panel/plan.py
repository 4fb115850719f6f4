"""``plan.yml``: the analysis plan of a panel, written beforehand.

It says which codes and items speak to which claim, which kinds of stakeholder stand on which side,
the few contrasts between sides that will be tested, the ladder of what platforms are used for, and
which codes are about services and which about networks. Every entry may be left out, and so may
the file: what depends on it then says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.panel.cells import cell_checks
from analysis.panel.columns import Column, Reference, Table
from analysis.panel.faults import Faults
from analysis.panel.format import PLAN_FILE
from analysis.panel.meta import parsed, to_yaml, yaml_text

if TYPE_CHECKING:
    from analysis.panel.drafts import Drafts

#: What a contrast expects where it expects no difference.
NO_DIFFERENCE = "none"
#: The two groups of codes under ``channels``.
CHANNELS = ("service", "network")

_CLAIM = re.compile("[A-Za-z0-9_-]+")
_CODE = ("codebook", "code_id")
_ITEM = ("items", "item_id")
_KIND = ("stakeholders", "stakeholder")

#: The entries of the plan, as a table would declare its columns: ``contrasts.code`` is the entry
#: ``code`` of each contrast.
PLAN = Table(
    "plan",
    "Analysis plan",
    "What was to be analysed, written before the coding was looked at.",
    (
        Column(
            "note",
            "text",
            "When and by whom the plan was written.",
            required=False,
            example="Written before the coding.",
        ),
        Column(
            "claims.codes",
            "list",
            "The codes that speak to a claim, by the id of the claim.",
            required=False,
            example="[speed]",
        ),
        Column(
            "claims.items",
            "list",
            "The rated items that speak to it.",
            required=False,
            example="[i01]",
        ),
        Column(
            "sides",
            "list",
            "The kinds of stakeholder on each side, by the id of the side. There are two sides or "
            "more; a kind stands on one of them at most.",
            required=False,
            example="[federal, regional]",
        ),
        Column(
            "contrasts.id", "id", "Short name of a contrast between two sides.", example="speed"
        ),
        Column("contrasts.code", "id", "The code that is compared.", example="speed"),
        Column(
            "contrasts.sides",
            "list",
            "The two sides that are compared.",
            example="[authorities, society]",
        ),
        Column(
            "contrasts.expected",
            "id",
            "The side expected to raise the code more often, or none where no difference is "
            "expected.",
            example="authorities",
        ),
        Column(
            "ladder.name",
            "text",
            "Name of a rung of the ladder, the lowest rung first. Two rungs or more.",
            example="Informing",
        ),
        Column("ladder.name_ru", "text", "The name in Russian.", required=False),
        Column("ladder.today_code", "id", "The code for what platforms are used for today."),
        Column("ladder.could_code", "id", "The code for what they could be used for."),
        Column("ladder.today_item", "id", "The item rated for today.", required=False),
        Column("ladder.could_item", "id", "The item rated for what could be.", required=False),
        Column(
            "channels.service",
            "list",
            "The codes of platforms as a place for services.",
            required=False,
            example="[today_servicing]",
        ),
        Column(
            "channels.network",
            "list",
            "The codes of platforms as a place where people are in touch with each other. No code "
            "is in both lists.",
            required=False,
            example="[networks]",
        ),
    ),
    keys=(("contrasts.id",), ("ladder.name",)),
    references=(
        Reference("claims.codes", *_CODE),
        Reference("claims.items", *_ITEM),
        Reference("sides", *_KIND),
        Reference("contrasts.code", *_CODE),
        Reference("ladder.today_code", *_CODE),
        Reference("ladder.could_code", *_CODE),
        Reference("ladder.today_item", *_ITEM),
        Reference("ladder.could_item", *_ITEM),
        Reference("channels.service", *_CODE),
        Reference("channels.network", *_CODE),
    ),
    required=False,
)
_ENTRIES = ("note", "claims", "sides", "contrasts", "ladder", "channels")


@dataclass(frozen=True, slots=True)
class ClaimPlan:
    """The codes and the rated items that speak to a claim."""

    codes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """A comparison of two sides that was named beforehand.

    ``expected`` is the side that is expected to raise the code more often, or
    :data:`NO_DIFFERENCE`.
    """

    id: str
    code: str
    sides: tuple[str, str]
    expected: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder; empty text where there is no item, or no Russian name."""

    name: str
    name_ru: str
    today_code: str
    could_code: str
    today_item: str = ""
    could_item: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The analysis plan; what was left out is empty.

    ``claims`` by the id of the claim; ``sides`` the kinds of stakeholder by the name of the side;
    ``ladder`` from the lowest rung up; ``channels`` the codes by :data:`CHANNELS`.
    """

    claims: Mapping[str, ClaimPlan] = field(default_factory=dict)
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contrasts: tuple[Contrast, ...] = ()
    ladder: tuple[Rung, ...] = ()
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""

    def as_yaml(self) -> str:
        """The text of ``plan.yml``, always in the same form."""
        content = {
            "note": self.note,
            "claims": {name: _given(asdict(claim)) for name, claim in self.claims.items()},
            "sides": {name: list(kinds) for name, kinds in self.sides.items()},
            "contrasts": [_given(asdict(contrast)) for contrast in self.contrasts],
            "ladder": [_given(asdict(rung)) for rung in self.ladder],
            "channels": {name: list(codes) for name, codes in self.channels.items()},
        }
        return to_yaml(_given(content))


def _given(content: Mapping[str, Any]) -> dict[str, Any]:
    """What is not empty, with lists for tuples."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in content.items() if v}


@dataclass(frozen=True, slots=True)
class Named:
    """An id that the plan names: in which line and entry, and what it refers to."""

    line: int
    entry: str
    value: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A plan that may be broken, and every id that it names."""

    plan: Plan
    named: tuple[Named, ...]


def read_plan(folder: Path, faults: Faults) -> PlanDraft | None:
    """What ``plan.yml`` says; None without the file, or, with a fault, where it is broken."""
    if not (folder / PLAN_FILE).exists():
        return None
    text = yaml_text(folder / PLAN_FILE, faults, f"the entries {', '.join(_ENTRIES)}")
    return None if text is None else parse_plan(text, faults)


def load_plan(folder: Path) -> Plan | None:
    """The plan in a folder, whatever else is there; None without the file.

    The ids in it are not looked up.

    Raises
    ------
    PanelError
        If the file is broken.
    """
    faults = Faults()
    draft = read_plan(folder, faults)
    if faults:
        raise faults.error()
    return draft.plan if draft else None


def parse_plan(text: str, faults: Faults) -> PlanDraft | None:
    """:func:`read_plan` for the text of the file."""
    import yaml

    before = faults.count
    root = parsed(PLAN_FILE, text, lambda t: yaml.compose(t, Loader=yaml.BaseLoader), faults)
    if faults.count > before:
        return None
    reader = _Reader(faults)
    plan = Plan() if root is None else reader.plan(root)  # None: nothing but comments
    return PlanDraft(plan, tuple(reader.named))


def check_plan(drafts: Drafts, faults: Faults) -> None:
    """Note every id in the plan that its table does not have.

    What a table that cannot be read would hold is not known, and not asked for.
    """
    if drafts.plan is None:
        return
    for named in drafts.plan.named:
        reference = named.reference
        expected = reference.expected
        own = drafts.get(reference.table, reference.target)
        if own is None:
            if reference.table in drafts.files:
                continue
            expected += ", which is not there"
        elif (own.frame[reference.target] == named.value).any():
            continue
        faults.add(PLAN_FILE, named.line, named.entry, named.value, expected)


class _Reader:
    """Reads the nodes of the file, and notes what is wrong with each."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.named: list[Named] = []

    def wrong(self, node: Any, entry: str | None, value: object, expected: str) -> None:
        """Note a fault at a node."""
        self.faults.add(PLAN_FILE, node.start_mark.line + 1, entry, value, expected)

    # the shapes of entries

    def entries(
        self, node: Any, entry: str | None, names: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, Any, Any]]:
        """Name, its node and the node of its value; only ``names``, if there are any."""
        import yaml

        only = f"only the entries {', '.join(names)}" if names else "entries by name"
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, entry, _seen(node), only)
            return
        seen = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name or (names and name not in names):
                self.wrong(key, entry, name or "a list", only)
            elif name in seen:
                self.wrong(key, _join(entry, name), None, "each entry once")
            else:
                seen.add(name)
                yield name, key, value

    def elements(self, node: Any, entry: str, expected: str) -> list[Any]:
        """The nodes of a list; none, with a fault, where it is no list."""
        import yaml

        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.wrong(node, entry, _seen(node), expected)
        return []

    def scalar(self, node: Any, entry: str, column: Column) -> str:
        """One text or id; empty where it is wrong."""
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, entry, "a list", column.expected)
            return ""
        value = str(node.value).strip()
        if node.style is None and value in {"~", "null"}:
            value = ""
        for check in cell_checks(column):
            if not check.test([value])[0]:
                self.wrong(node, entry, value, check.expected)
                return ""
        reference = PLAN.reference(column.name)
        if reference is not None and value:
            self.named.append(Named(node.start_mark.line + 1, entry, value, reference))
        return value

    def ids(self, node: Any, entry: str, name: str) -> tuple[str, ...]:
        """A list of ids, each once."""
        column = Column(name, "id", "")
        found: list[str] = []
        for element in self.elements(node, entry, PLAN.column(name).expected):
            value = self.scalar(element, entry, column)
            if value in found:
                self.wrong(element, entry, value, "each id once")
            elif value:
                found.append(value)
        return tuple(found)

    def row(self, node: Any, entry: str, under: str) -> dict[str, Any]:
        """The entries of one contrast or rung; those that are missing are empty."""
        columns = {c.name.partition(".")[2]: c for c in PLAN.columns if c.name.startswith(under)}
        found: dict[str, Any] = {}
        for name, _, value in self.entries(node, entry, tuple(columns)):
            column = columns[name]
            read = self.ids if column.kind == "list" else self.scalar
            given: Any = column.name if column.kind == "list" else column
            found[name] = read(value, f"{entry} {name}", given)
        for name, column in columns.items():
            if column.required and name not in found:
                self.wrong(node, f"{entry} {name}", None, f"an entry {name}: {column.expected}")
        return {name: found.get(name, "") for name in columns}

    def once(self, node: Any, entry: str, values: list[str]) -> None:
        """Note values that stand there more than once; empty ones do not count."""
        for value, count in Counter(value for value in values if value).items():
            if count > 1:
                self.wrong(node, entry, value, f"{value} once")

    # the parts of the plan

    def plan(self, root: Any) -> Plan:
        """The whole plan."""
        nodes = {name: value for name, _, value in self.entries(root, None, _ENTRIES)}
        note = self.scalar(nodes["note"], "note", PLAN.column("note")) if "note" in nodes else ""
        sides = self.sides(nodes["sides"]) if "sides" in nodes else {}
        return Plan(
            claims=self.claims(nodes["claims"]) if "claims" in nodes else {},
            sides=sides,
            contrasts=self.contrasts(nodes["contrasts"], sides) if "contrasts" in nodes else (),
            ladder=self.ladder(nodes["ladder"]) if "ladder" in nodes else (),
            channels=self.channels(nodes["channels"]) if "channels" in nodes else {},
            note=note,
        )

    def claims(self, node: Any) -> dict[str, ClaimPlan]:
        """The codes and items of each claim."""
        found = {}
        for claim, key, value in self.entries(node, "claims"):
            entry = f"claims {claim}"
            if not _CLAIM.fullmatch(claim):
                self.wrong(key, "claims", claim, "the id of a claim, such as C1")
                continue
            lists = {
                name: self.ids(inner, f"{entry} {name}", f"claims.{name}")
                for name, _, inner in self.entries(value, entry, ("codes", "items"))
            }
            if not any(lists.values()):
                self.wrong(key, entry, None, "codes or items that speak to the claim")
            found[claim] = ClaimPlan(lists.get("codes", ()), lists.get("items", ()))
        return found

    def sides(self, node: Any) -> dict[str, tuple[str, ...]]:
        """The kinds of stakeholder on each side."""
        found = {}
        column = Column("side", "id", "")
        for name, key, value in self.entries(node, "sides"):
            if name == NO_DIFFERENCE:
                self.wrong(key, "sides", name, f"another name: {name} means no difference")
            elif side := self.scalar(key, "sides", column):
                found[side] = self.ids(value, f"sides {side}", "sides")
                if not found[side]:
                    self.wrong(key, f"sides {side}", None, "a kind of stakeholder or more")
        if len(found) < 2:
            self.wrong(node, "sides", ", ".join(found), "two sides or more")
        self.once(node, "sides", [kind for kinds in found.values() for kind in kinds])
        return found

    def contrasts(self, node: Any, sides: Mapping[str, object]) -> tuple[Contrast, ...]:
        """The contrasts; their sides have to be among ``sides``."""
        found = []
        known = ", ".join(sides) or "which is empty"
        for index, element in enumerate(self.elements(node, "contrasts", "a list of contrasts"), 1):
            entry = f"contrasts {index}"
            row = self.row(element, entry, "contrasts.")
            two = tuple(row["sides"])
            for side in two:
                if side not in sides:
                    right = f"one of the sides under sides: {known}"
                    self.wrong(element, f"{entry} sides", side, right)
            if len(two) != 2:
                self.wrong(element, f"{entry} sides", ", ".join(two), "two sides")
            elif row["expected"] and row["expected"] not in (*two, NO_DIFFERENCE):
                right = f"{two[0]} or {two[1]}, or {NO_DIFFERENCE} where no difference is expected"
                self.wrong(element, f"{entry} expected", row["expected"], right)
            pair = (*two, "", "")[:2]
            found.append(Contrast(row["id"], row["code"], (pair[0], pair[1]), row["expected"]))
        self.once(node, "contrasts id", [contrast.id for contrast in found])
        tested = [f"{c.code} {' '.join(sorted(c.sides))}" for c in found if c.code and c.sides[1]]
        self.once(node, "contrasts", tested)
        return tuple(found)

    def ladder(self, node: Any) -> tuple[Rung, ...]:
        """The rungs, from the lowest up."""
        rungs = [
            Rung(**self.row(element, f"ladder {index}", "ladder."))
            for index, element in enumerate(self.elements(node, "ladder", "a list of rungs"), 1)
        ]
        if len(rungs) < 2:
            seen = ", ".join(rung.name for rung in rungs)
            self.wrong(node, "ladder", seen, "two rungs or more, the lowest first")
        self.once(node, "ladder name", [rung.name for rung in rungs])
        codes = [code for rung in rungs for code in (rung.today_code, rung.could_code)]
        self.once(node, "ladder codes", codes)
        items = [item for rung in rungs for item in (rung.today_item, rung.could_item)]
        self.once(node, "ladder items", items)
        return tuple(rungs)

    def channels(self, node: Any) -> dict[str, tuple[str, ...]]:
        """The codes of the service side and of the network side."""
        found = {}
        for name, key, value in self.entries(node, "channels", CHANNELS):
            found[name] = self.ids(value, f"channels {name}", f"channels.{name}")
            if not found[name]:
                self.wrong(key, f"channels {name}", None, "a code or more")
        for name in CHANNELS:
            if name not in found:
                self.wrong(node, f"channels {name}", None, f"an entry {name}: a list of codes")
        self.once(node, "channels", [code for codes in found.values() for code in codes])
        return found


def _seen(node: Any) -> str:
    """What stands where something else should."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "entries"


def _join(entry: str | None, name: str) -> str:
    return name if entry is None else f"{entry} {name}"
