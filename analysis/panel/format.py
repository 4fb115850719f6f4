"""The format of a panel, declared once: the entries of ``panel.yml`` and the tables.

The rules that a table alone cannot state are in :mod:`analysis.panel.format_rules`.

A panel is a folder of UTF-8 text files: comma-separated, a decimal point, one header line, ``\\n``
line ends. An empty cell is missing.
"""

from __future__ import annotations

from analysis.panel.columns import Column, Reference, Table

MODERATOR = "moderator"
CONSENSUS = "consensus"
TASKS = ("role", "problems", "platforms")
DIRECTIONS = ("facilitates", "hinders", "neutral")
STANCES = ("raises", "opposes")
CHANGES = ("added", "split", "merged", "renamed", "redefined", "removed")
#: Changes after which a code may have left the codebook.
LEAVING = frozenset({"split", "merged", "renamed", "removed"})

#: The longest cell, in characters.
LONGEST = 20_000
#: How much later than a session's length a statement may end, in seconds: lengths are rounded.
TOLERANCE = 60

META_FILE = "panel.yml"
TRUTH_FILE = "truth.yml"
PLAN_FILE = "plan.yml"

#: The entries of ``panel.yml``.
META = (
    Column("id", "id", "Short name of the panel.", example="constructed"),
    Column("title", "text", "Title of the panel.", example="Constructed panel"),
    Column("title_ru", "text", "The title in Russian.", required=False),
    Column(
        "source",
        "choice",
        "Whether the interviews were written for a demonstration or real experts gave them.",
        choices=("constructed", "panel"),
        example="constructed",
    ),
    Column(
        "statement",
        "text",
        "The sentence that every page about the panel shows: what it is and what it is not.",
        example="Written for this package; no real expert said any of it.",
    ),
    Column("statement_ru", "text", "That sentence in Russian.", required=False),
    Column("language", "id", "Language of the statements, as in ISO 639.", example="ru"),
    Column("collected", "date", "When the interviews were held.", example="2021-12"),
    Column(
        "mode",
        "choice",
        "Whether a session is an interview with a group or with one expert.",
        choices=("group", "individual"),
        example="group",
    ),
    Column(
        "coders",
        "list",
        "Ids of the coders, without consensus, which is the resolved coding.",
        example="[ada, boris]",
    ),
    Column(
        "coding_unit",
        "text",
        "What a code is given to.",
        example="one statement: what one speaker says until another speaks",
    ),
    Column("licence", "text", "Under which licence the panel may be used.", example="CC-BY-4.0"),
)

_SESSIONS = Table(
    "sessions",
    "Sessions",
    "One row a session: an interview with a group, or with one expert.",
    (
        Column("session_id", "id", "Id of the session.", example="g1"),
        Column("date", "date", "When it was held.", example="2021-12-06"),
        Column(
            "minutes",
            "number",
            "Its length. Empty where it was not recorded.",
            required=False,
            minimum=0,
            unit="minutes",
            example="92",
        ),
    ),
    keys=(("session_id",),),
)

_STAKEHOLDERS = Table(
    "stakeholders",
    "Kinds of stakeholder",
    "One row a kind of stakeholder that experts stand for.",
    (
        Column("stakeholder", "id", "Id of the kind.", example="federal"),
        Column("name", "text", "Its name.", example="Federal public authorities"),
        Column("name_ru", "text", "Its name in Russian.", required=False),
        Column(
            "level",
            "text",
            "Level of government or sector. Empty where none applies.",
            required=False,
            example="federal",
        ),
    ),
    keys=(("stakeholder",),),
)

_EXPERTS = Table(
    "experts",
    "Experts",
    "One row an expert. Ids only: no name, post or place from which a person could be known.",
    (
        Column("expert_id", "id", "Id of the expert; moderator is reserved.", example="e01"),
        Column("session_id", "id", "The session that the expert took part in.", example="g1"),
        Column("stakeholder", "id", "The kind of stakeholder.", example="federal"),
        Column(
            "quotable",
            "bool",
            "Whether the expert agreed to be quoted. Nothing an expert said is shown otherwise.",
            example="true",
        ),
    ),
    keys=(("expert_id",),),
    references=(
        Reference("session_id", "sessions", "session_id"),
        Reference("stakeholder", "stakeholders", "stakeholder"),
    ),
)

_GUIDE = Table(
    "guide",
    "Interview guide",
    "One row a question of the guide.",
    (
        Column("question_id", "id", "Id of the question.", example="q01"),
        Column("task", "choice", "The task it belongs to.", choices=TASKS, example="role"),
        Column("position", "whole", "Its place in the guide.", minimum=1, example="1"),
        Column("text", "text", "The question.", example="What does digitalization mean for you?"),
        Column("text_ru", "text", "The question in Russian.", required=False),
    ),
    keys=(("question_id",), ("position",)),
)

_STATEMENTS = Table(
    "statements",
    "Statements",
    "One row a statement, the unit of coding: what was said, by whom, in which order.",
    (
        Column("statement_id", "id", "Id of the statement.", example="s001"),
        Column("session_id", "id", "The session it was made in.", example="g1"),
        Column("position", "whole", "Its place in the session.", minimum=1, example="1"),
        Column(
            "speaker",
            "id",
            "The expert of that session who made it, or moderator.",
            example="e01",
        ),
        Column(
            "question_id",
            "id",
            "The question it answers or asks. Empty where it is about none.",
            required=False,
            example="q01",
        ),
        Column(
            "start_s",
            "number",
            "When it begins, from the session's beginning. Empty where no time was taken.",
            required=False,
            minimum=0,
            unit="seconds",
            example="12.5",
        ),
        Column(
            "end_s",
            "number",
            "When it ends. Statements may overlap.",
            required=False,
            minimum=0,
            unit="seconds",
            example="31.0",
        ),
        Column(
            "text",
            "text",
            "What was said, in the panel's language. Write [withheld] where it cannot be given.",
            example="Для меня это семь паролей.",
        ),
        Column(
            "text_en",
            "text",
            "Its translation into English.",
            required=False,
            example="For me it's seven passwords.",
        ),
    ),
    keys=(("statement_id",), ("session_id", "position")),
    references=(
        Reference("session_id", "sessions", "session_id"),
        Reference("speaker", "experts", "expert_id", also=(MODERATOR,)),
        Reference("question_id", "guide", "question_id"),
    ),
)

_CODEBOOK = Table(
    "codebook",
    "Codebook",
    "One row a code, in two levels: themes, and the codes under them.",
    (
        Column("code_id", "id", "Id of the code.", example="double_work"),
        Column(
            "parent_id",
            "id",
            "The theme it belongs to. Empty for a theme.",
            required=False,
            example="obstacles",
        ),
        Column("task", "choice", "The task it belongs to.", choices=TASKS, example="problems"),
        Column(
            "direction",
            "choice",
            "Whether what it names facilitates digitalization, hinders it, or neither.",
            choices=DIRECTIONS,
            example="hinders",
        ),
        Column("name", "text", "Its name.", example="Work done twice"),
        Column("name_ru", "text", "Its name in Russian.", required=False),
        Column("definition", "text", "What it means.", example="The same is kept in two systems."),
        Column("include", "text", "When it is given.", required=False),
        Column("exclude", "text", "When it is not given, and what is instead.", required=False),
        Column(
            "origin",
            "text",
            "Whether it was set beforehand or found in the material.",
            required=False,
            example="inductive",
        ),
        Column(
            "since",
            "version",
            "The version of the codebook that brought it.",
            required=False,
            example="1",
        ),
    ),
    keys=(("code_id",),),
    references=(Reference("parent_id", "codebook", "code_id"),),
)

_CHANGES = Table(
    "codebook_changes",
    "Changes of the codebook",
    "One row a change of a code from one version of the codebook to the next.",
    (
        Column("version", "version", "The version that the change led to.", example="2"),
        Column("date", "date", "When it was made.", example="2022-01-20"),
        Column("code_id", "id", "The code that was changed.", example="double_work"),
        Column("change", "choice", "What was done.", choices=CHANGES, example="split"),
        Column("reason", "text", "Why.", example="Coders could not tell the two apart."),
    ),
    keys=(("version", "code_id", "change"),),
    required=False,
)

_CODED = Table(
    "coded",
    "Who coded what",
    "One row for each statement that a coder worked on, so that no code differs from not coded. "
    "The resolved coding is listed as the coder consensus.",
    (
        Column("statement_id", "id", "The statement, an expert's.", example="s001"),
        Column("coder", "id", "The coder, or consensus.", example="consensus"),
    ),
    keys=(("statement_id", "coder"),),
    references=(
        Reference("statement_id", "statements", "statement_id"),
        Reference("coder", META_FILE, "coders", also=(CONSENSUS,)),
    ),
)

_CODINGS = Table(
    "codings",
    "Codings",
    "One row for each code that a coder gave to a statement.",
    (
        Column("statement_id", "id", "The statement.", example="s001"),
        Column("coder", "id", "The coder, or consensus.", example="consensus"),
        Column("code_id", "id", "The code.", example="double_work"),
        Column(
            "stance",
            "choice",
            "Whether the speaker raises what the code names, or speaks against it.",
            choices=STANCES,
            example="raises",
        ),
    ),
    keys=(("statement_id", "coder", "code_id"),),
    references=(
        Reference("statement_id", "statements", "statement_id"),
        Reference("coder", META_FILE, "coders", also=(CONSENSUS,)),
        Reference("code_id", "codebook", "code_id"),
    ),
    may_be_empty=True,
    within="coded",
)

_ITEMS = Table(
    "items",
    "Rated items",
    "One row an item that experts rated.",
    (
        Column("item_id", "id", "Id of the item.", example="i01"),
        Column("task", "choice", "The task it belongs to.", choices=TASKS, example="role"),
        Column("text", "text", "The item.", example="Services have become better."),
        Column("text_ru", "text", "The item in Russian.", required=False),
        Column("scale_min", "number", "Lowest value of its scale.", example="1"),
        Column("scale_max", "number", "Highest value of its scale.", example="5"),
    ),
    keys=(("item_id",),),
    required=False,
)

_RATINGS = Table(
    "ratings",
    "Ratings",
    "One row for each answer of an expert to an item.",
    (
        Column("expert_id", "id", "The expert.", example="e01"),
        Column("item_id", "id", "The item.", example="i01"),
        Column("value", "number", "The answer. Empty for none.", required=False, example="4"),
    ),
    keys=(("expert_id", "item_id"),),
    references=(
        Reference("expert_id", "experts", "expert_id"),
        Reference("item_id", "items", "item_id"),
    ),
    required=False,
)

_MEMOS = Table(
    "memos",
    "Memos",
    "One row a note of those who analysed the interviews.",
    (
        Column("memo_id", "id", "Id of the memo.", example="m01"),
        Column("date", "date", "When it was written.", example="2022-01-18"),
        Column("author", "id", "Id of its author.", example="ada"),
        Column(
            "about",
            "text",
            "What it is about: an id of the panel, or a word.",
            required=False,
            example="double_work",
        ),
        Column("text", "text", "The memo.", example="We kept the code where systems are meant."),
    ),
    keys=(("memo_id",),),
    required=False,
)

#: The tables, each after those that it refers to.
TABLES = {
    table.name: table
    for table in (
        _SESSIONS,
        _STAKEHOLDERS,
        _EXPERTS,
        _GUIDE,
        _STATEMENTS,
        _CODEBOOK,
        _CHANGES,
        _CODED,
        _CODINGS,
        _ITEMS,
        _RATINGS,
        _MEMOS,
    )
}
