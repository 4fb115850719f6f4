"""Every rule of cells, keys, references and tables, broken once: the fault, and no other."""

import pytest

from analysis.panel.faults import Fault
from analysis.panel.format_rules import RULES
from analysis.panel.rules import CHECKS

FORMULA = "no formula: a spreadsheet runs what starts with =, +, -, @ or a tab"
ID = "an id of the letters a-z, digits, - and _"
DATE = "a date that exists, such as 2021-12-06, or a month such as 2021-12"
LEFT = (
    "a code_id of codebook.csv, or a change by which it left the codebook "
    "(split, merged, renamed, removed)"
)

# file, text there, what it becomes; then row, column, value and what would be right
CELLS = {
    "id": ("experts.csv", "e05,", "E 5,", 6, "expert_id", "E 5", ID),
    "id-cyrillic": ("experts.csv", "e05,", "е05,", 6, "expert_id", "е05", ID),
    "id-empty": ("memos.csv", "m1,", ",", 2, "memo_id", "", f"{ID}; it may not be empty"),
    "bool": ("experts.csv", "science,true", "science,yes", 6, "quotable", "yes", "true or false"),
    "bool-excel": (
        "experts.csv",
        "science,true",
        "science,TRUE",
        6,
        "quotable",
        "TRUE",
        "true or false",
    ),
    "date-form": ("sessions.csv", "2021-12-06", "06.12.2021", 2, "date", "06.12.2021", DATE),
    "date-real": ("sessions.csv", "2021-12-06", "2021-02-30", 2, "date", "2021-02-30", DATE),
    "month-real": ("sessions.csv", "2021-12,", "2021-13,", 3, "date", "2021-13", DATE),
    "decimal-comma": (
        "sessions.csv",
        "2021-12,1.5",
        '2021-12,"1,5"',
        3,
        "minutes",
        "1,5",
        "a number with a decimal point, such as 12.5, 0 or more",
    ),
    "negative": (
        "sessions.csv",
        "2021-12,1.5",
        "2021-12,-1.5",
        3,
        "minutes",
        "-1.5",
        "a number with a decimal point, such as 12.5, 0 or more",
    ),
    "not-a-number": (
        "items.csv",
        ",0,0.5",
        ",0,nan",
        4,
        "scale_max",
        "nan",
        "a number with a decimal point, such as 12.5",
    ),
    "whole": (
        "guide.csv",
        "q1,role,1",
        "q1,role,1.0",
        2,
        "position",
        "1.0",
        "a whole number, 1 or more",
    ),
    "whole-least": (
        "guide.csv",
        "q1,role,1",
        "q1,role,0",
        2,
        "position",
        "0",
        "a whole number, 1 or more",
    ),
    "version": (
        "codebook.csv",
        "a-priori,1\nspeed",
        "a-priori,v1\nspeed",
        2,
        "since",
        "v1",
        "a version such as 1, 1.2 or 2021-12",
    ),
    "task": (
        "guide.csv",
        "q1,role",
        "q1,roles",
        2,
        "task",
        "roles",
        "one of role, problems, platforms",
    ),
    "direction": (
        "codebook.csv",
        "neutral,Speed",
        "none,Speed",
        3,
        "direction",
        "none",
        "one of facilitates, hinders, neutral",
    ),
    "stance": (
        "codings.csv",
        "consensus,speed,raises",
        "consensus,speed,agrees",
        3,
        "stance",
        "agrees",
        "one of raises, opposes",
    ),
    "change": (
        "codebook_changes.csv",
        "two_systems,split",
        "two_systems,cut",
        3,
        "change",
        "cut",
        "one of added, split, merged, renamed, redefined, removed",
    ),
    "text-empty": (
        "codebook.csv",
        "Services take less time.",
        "",
        3,
        "definition",
        "",
        "text; it may not be empty",
    ),
    "text-blank": (
        "codebook.csv",
        "Services take less time.",
        " \u00a0",
        3,
        "definition",
        " \u00a0",
        "text; it may not be empty",
    ),
    "long": (
        "statements.csv",
        "Быстрее стало",
        "я" * 20_001,
        4,
        "text",
        "я" * 60 + "...",
        "at most 20,000 characters",
    ),
    "10-mb": (
        "statements.csv",
        "Быстрее стало",
        "я" * 5_000_000,
        4,
        "text",
        "я" * 60 + "...",
        "at most 20,000 characters",
    ),
    "10-mb-quoted": (
        "statements.csv",
        "Быстрее стало",
        '"' + 'a, ""b' * 1_700_000 + '"',
        4,
        "text",
        ('a, "b' * 12) + "...",
        "at most 20,000 characters",
    ),
    "10-mb-id": (
        "memos.csv",
        "m1,",
        "m" * 10_000_000 + ",",
        2,
        "memo_id",
        "m" * 60 + "...",
        "at most 20,000 characters",
    ),
    "formula": ("statements.csv", "Быстрее стало", "=1+1", 4, "text", "=1+1", FORMULA),
    "formula-in-a-number": ("sessions.csv", "06,2", "06,=1+1", 2, "minutes", "=1+1", FORMULA),
    "formula-in-an-id": ("memos.csv", "ada,", "-ada,", 2, "author", "-ada", FORMULA),
    "formula-minus": ("memos.csv", "We keep", "- We keep", 2, "text", None, FORMULA),
    "formula-plus": ("memos.csv", "We keep", "+We keep", 2, "text", None, FORMULA),
    "formula-at": ("memos.csv", "We keep", "@SUM(A1)", 2, "text", None, FORMULA),
    "formula-tab": ("memos.csv", "We keep", "\tWe keep", 2, "text", None, FORMULA),
    "e-mail": (
        "statements.csv",
        "Быстрее стало",
        "Пишите на ivan.petrov@mail.ru",
        4,
        "text",
        "Пишите на [e-mail]",
        "no e-mail address: it names a person",
    ),
    "phone": (
        "statements.csv",
        "Быстрее стало",
        "Звоните 8 (495) 123-45-67 днём",
        4,
        "text",
        "Звоните [phone] днём",
        "no telephone number: it names a person",
    ),
    "e-mail-in-an-id": ("memos.csv", "ada,", "ada@x.org,", 2, "author", "[e-mail]", ID),
}
KEYS = {
    "id": (
        "experts.csv",
        "e05,",
        "e04,",
        6,
        "expert_id",
        "e04",
        "expert_id only once; line 5 has the same",
    ),
    "position": (
        "statements.csv",
        "s12,g2,5",
        "s12,g2,4",
        15,
        "position",
        "4",
        "session_id and position together only once; line 12 has the same",
    ),
    "guide-position": (
        "guide.csv",
        "q2,problems,2",
        "q2,problems,1",
        3,
        "position",
        "1",
        "position only once; line 2 has the same",
    ),
    "coded": (
        "coded.csv",
        "s09,boris\n",
        "s09,boris\ns09,boris\n",
        18,
        "coder",
        "boris",
        "statement_id and coder together only once; line 17 has the same",
    ),
    "coding": (
        "codings.csv",
        "consensus,obstacles,raises",
        "consensus,voice,raises",
        10,
        "code_id",
        "voice",
        "statement_id, coder and code_id together only once; line 9 has the same",
    ),
    "rating": (
        "ratings.csv",
        "e01,i2,5",
        "e01,i1,5",
        3,
        "item_id",
        "i1",
        "expert_id and item_id together only once; line 2 has the same",
    ),
    "change": (
        "codebook_changes.csv",
        "2,2022-01-20,double_work,added",
        "2,2022-01-20,two_systems,split",
        4,
        "change",
        "split",
        "version, code_id and change together only once; line 3 has the same",
    ),
}
REFERENCES = {
    "expert-session": (
        "experts.csv",
        "e05,g2",
        "e05,g9",
        6,
        "session_id",
        "g9",
        "a session_id of sessions.csv",
    ),
    "expert-stakeholder": (
        "experts.csv",
        "science",
        "scienze",
        6,
        "stakeholder",
        "scienze",
        "a stakeholder of stakeholders.csv",
    ),
    "statement-session": (
        "statements.csv",
        "s12,g2",
        "s12,g3",
        15,
        "session_id",
        "g3",
        "a session_id of sessions.csv",
    ),
    "statement-speaker": (
        "statements.csv",
        "s12,g2,5,e04",
        "s12,g2,5,e44",
        15,
        "speaker",
        "e44",
        "an expert_id of experts.csv, or moderator",
    ),
    "statement-question": (
        "statements.csv",
        "e04,q3",
        "e04,q4",
        12,
        "question_id",
        "q4",
        "a question_id of guide.csv",
    ),
    "coded-statement": (
        "coded.csv",
        "s09,boris",
        "s09,boris\ns99,boris",
        18,
        "statement_id",
        "s99",
        "a statement_id of statements.csv",
    ),
    "coded-coder": (
        "coded.csv",
        "s09,boris",
        "s09,boris\ns09,carl",
        18,
        "coder",
        "carl",
        "one of the coders of panel.yml, or consensus",
    ),
    "coding-statement": (
        "codings.csv",
        "s09,boris",
        "s99,boris",
        17,
        "statement_id",
        "s99",
        "a statement_id of statements.csv",
    ),
    "coding-coder": (
        "codings.csv",
        "s09,boris",
        "s09,carl",
        17,
        "coder",
        "carl",
        "one of the coders of panel.yml, or consensus",
    ),
    "coding-code": (
        "codings.csv",
        "skills",
        "skill",
        8,
        "code_id",
        "skill",
        "a code_id of codebook.csv",
    ),
    "rating-expert": (
        "ratings.csv",
        "e02,i1",
        "e22,i1",
        5,
        "expert_id",
        "e22",
        "an expert_id of experts.csv",
    ),
    "rating-moderator": (
        "ratings.csv",
        "e02,i1",
        "moderator,i1",
        5,
        "expert_id",
        "moderator",
        "an expert_id of experts.csv",
    ),
    "rating-item": (
        "ratings.csv",
        "e02,i1",
        "e02,i9",
        5,
        "item_id",
        "i9",
        "an item_id of items.csv",
    ),
    "parent": (
        "codebook.csv",
        "skills,obstacles",
        "skills,obstacle",
        6,
        "parent_id",
        "obstacle",
        "a code_id of codebook.csv",
    ),
}
ONE = {
    f"{kind}-{name}": case
    for kind, cases in (("cell", CELLS), ("key", KEYS), ("reference", REFERENCES))
    for name, case in cases.items()
}


def changed(files, file, old, new):
    assert old in files[file], f"{old!r} is not in {file}"
    return {**files, file: files[file].replace(old, new, 1)}


@pytest.mark.parametrize("case", ONE.values(), ids=ONE)
def test_one_fault_is_found_and_no_other(case, files, written, faults_of, tmp_path):
    file, old, new, row, column, value, expected = case
    faults = faults_of(written(tmp_path, changed(files, file, old, new)))
    assert [(f.file, f.row, f.column, f.expected) for f in faults] == [
        (file, row, column, expected)
    ]
    if value is not None:
        assert faults[0].value == value
    assert len(str(faults[0])) < 300


# the rules that the format declares: what is changed, then all faults it gives
RULED = {
    "reserved-expert": (
        [("experts.csv", "e05,", "moderator,")],
        [("experts.csv", 6, "expert_id", "moderator", "another id: moderator is reserved")],
    ),
    "one-expert": (
        [("panel.yml", "mode: group", "mode: individual")],
        [
            (
                "experts.csv",
                row,
                "session_id",
                session,
                "one expert in a session, for the mode in panel.yml is individual; "
                f"{session} has {first} already",
            )
            for row, session, first in ((3, "g1", "e01"), (4, "g1", "e01"), (6, "g2", "e04"))
        ],
    ),
    "speaker-session": (
        [("statements.csv", "s12,g2,5,e04", "s12,g2,5,e01")],
        [
            (
                "statements.csv",
                15,
                "speaker",
                "e01",
                "an expert of session g2, or moderator; e01 takes part in g1",
            )
        ],
    ),
    "times-both": (
        [("statements.csv", "50,55", "50,"), ("statements.csv", "0,5,Начнём", ",5,Начнём")],
        [
            ("statements.csv", 9, "start_s", "", "a time, for end_s is given"),
            ("statements.csv", 15, "end_s", "", "a time, for start_s is given"),
        ],
    ),
    "times-forward": (
        [("statements.csv", "50,55", "50,45")],
        [("statements.csv", 15, "end_s", "45", "a time not before start_s, 50")],
    ),
    "times-order": (
        [("statements.csv", "33.5,50", "30.5,50")],
        [
            (
                "statements.csv",
                12,
                "start_s",
                "30.5",
                "a time not before 31, when the previous statement of the session starts",
            )
        ],
    ),
    "times-within": (
        [("statements.csv", "50,55", "50,150.5")],
        [
            (
                "statements.csv",
                15,
                "end_s",
                "150.5",
                "a time within the 1.5 minutes of session g2, which end at 90",
            )
        ],
    ),
    "parent-self": (
        [("codebook.csv", "skills,obstacles", "skills,skills")],
        [("codebook.csv", 6, "parent_id", "skills", "another code, or nothing")],
    ),
    "parent-cycle": (
        [("codebook.csv", "obstacles,,", "obstacles,skills,")],
        [
            (
                "codebook.csv",
                4,
                "parent_id",
                "skills",
                "no circle: the parents of obstacles lead back to it",
            ),
            (
                "codebook.csv",
                6,
                "parent_id",
                "obstacles",
                "no circle: the parents of skills lead back to it",
            ),
        ],
    ),
    "parent-level": (
        [("codebook.csv", "skills,obstacles", "skills,double_work")],
        [
            (
                "codebook.csv",
                6,
                "parent_id",
                "double_work",
                "a code without a parent, for a codebook has two levels; "
                "double_work is under obstacles",
            )
        ],
    ),
    "parent-task": (
        [("codebook.csv", "skills,obstacles,problems", "skills,obstacles,role")],
        [("codebook.csv", 6, "task", "role", "problems, the task of its parent obstacles")],
    ),
    "change-known": (
        [("codebook_changes.csv", "double_work,added", "doublework,added")],
        [("codebook_changes.csv", 4, "code_id", "doublework", LEFT)],
    ),
    "moderator-uncoded": (
        [("coded.csv", "s09,boris", "s09,boris\ns01,boris")],
        [
            (
                "coded.csv",
                18,
                "statement_id",
                "s01",
                "an expert's statement; the moderator's are not coded",
            )
        ],
    ),
    "coder-works": (
        [("panel.yml", "  - boris", "  - boris\n  - carl")],
        [("panel.yml", 12, "coders", "carl", "a coder of coded.csv; carl has no row there")],
    ),
    "consensus-present": (
        [
            ("coded.csv", "".join(f"s{n},consensus\n" for n in NUMBERS), "")
            for NUMBERS in [("02", "03", "04", "06", "07", "09", "11", "12")]
        ]
        + [
            ("codings.csv", f"{line},raises\n", "")
            for line in (
                "s02,consensus,double_work",
                "s03,consensus,speed",
                "s06,consensus,double_work",
                "s07,consensus,voice",
                "s11,consensus,skills",
                "s12,consensus,voice",
                "s12,consensus,obstacles",
            )
        ]
        + [
            ("codings.csv", "s04,consensus,services,opposes\n", ""),
            ("codings.csv", "s09,consensus,speed,opposes\n", ""),
        ],
        [
            (
                "coded.csv",
                None,
                "coder",
                None,
                "rows of the coder consensus, the resolved coding (with one coder: that coder's)",
            )
        ],
    ),
    "coding-within": (
        [("codings.csv", "s09,boris", "s12,boris")],
        [
            (
                "codings.csv",
                17,
                "statement_id",
                "s12",
                "a statement that boris worked on, or a row for it in coded.csv",
            )
        ],
    ),
    "one-stance": (
        [("codings.csv", "consensus,obstacles,raises", "consensus,voice,opposes")],
        [
            (
                "codings.csv",
                10,
                "stance",
                "opposes",
                "one stance for a code in a statement; it has another in line 9",
            )
        ],
    ),
    "scale-order": (
        [("items.csv", ",1,5\ni2", ",5,5\ni2")],
        [("items.csv", 2, "scale_max", "5", "a number above scale_min, 5")],
    ),
    "rating-scale": (
        [("ratings.csv", "e01,i2,5", "e01,i2,6"), ("ratings.csv", "e04,i3,0.5", "e04,i3,-0.1")],
        [
            ("ratings.csv", 3, "value", "6", "a value from 1 to 5, the scale of i2"),
            ("ratings.csv", 8, "value", "-0.1", "a value from 0 to 0.5, the scale of i3"),
        ],
    ),
    "rating-whole": (
        [("ratings.csv", "e01,i2,5", "e01,i2,4.5")],
        [("ratings.csv", 3, "value", "4.5", "a whole number from 1 to 5")],
    ),
    "items-and-ratings": (
        [("ratings.csv", None, None)],
        [
            (
                "ratings.csv",
                None,
                None,
                None,
                "both items.csv and ratings.csv, or neither; ratings.csv is missing",
            )
        ],
    ),
    "no-truth": (
        [("panel.yml", "source: constructed", "source: panel")],
        [
            (
                "truth.yml",
                None,
                None,
                "a file",
                "no such file: nobody knows the truth of a panel of real interviews",
            )
        ],
    ),
}


def test_every_declared_rule_is_checked_and_broken_here():
    assert set(CHECKS) == set(RULES) == set(RULED)


@pytest.mark.parametrize("id", RULED)
def test_a_rule_that_is_broken_gives_its_faults_and_no_other(
    id, files, written, faults_of, tmp_path
):
    changes, expected = RULED[id]
    for file, old, new in changes:
        if old is None:
            files = {name: text for name, text in files.items() if name != file}
        else:
            files = changed(files, file, old, new)
    assert faults_of(written(tmp_path, files)) == tuple(Fault(*parts) for parts in expected)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("ratings.csv", "e04,i3,0.5", "e04,i3,0.50"),
        ("memos.csv", "We keep it where systems are meant.", "-1"),
        ("memos.csv", "We keep it where systems are meant.", '"+2,5%"'),
        ("memos.csv", "We keep it where systems are meant.", "-"),
        ("memos.csv", "We keep it where systems are meant.", "— We keep it: 1 = 1"),
        ("memos.csv", "We keep it where systems are meant.", "я" * 20_000),
        ("memos.csv", "We keep it where systems are meant.", "from 2019-2021; 1 000 000 000 rub"),
        ("memos.csv", "We keep it where systems are meant.", "at 14:30 on 06.12.2021; s. 3-4"),
        ("memos.csv", "We keep it where systems are meant.", "10.26425/2658-347X-2023-6-1-4-12"),
        ("memos.csv", "We keep it where systems are meant.", "e@mail is not @ address"),
        ("items.csv", ",1,5\ni2", ",-1,5\ni2"),
        ("sessions.csv", "06,2", "06,"),
        ("statements.csv", "50,55", "50,150"),  # a minute of tolerance
        ("statements.csv", "50,55", ","),
        ("statements.csv", "19.5,31", "8.5,31"),  # two who start together
        ("statements.csv", "s12,g2,5", "s12,g2,50"),  # positions may have gaps
        ("experts.csv", "e03,g1,federal,false", "e03,g1,federal,true"),
        ("panel.yml", "title_ru: Образец\n", ""),
        ("panel.yml", "title_ru: Образец\n", "statement_ru: Никто этого не говорил.\n"),
        ("panel.yml", "collected: 2021-12", "collected: 2021-12-06"),
        ("panel.yml", "language: ru", "language: no"),  # Norwegian, not a boolean
        ("codebook.csv", ",less time,", ',"less, time",'),
    ],
)
def test_what_is_sound_gives_no_fault(file, old, new, files, written, faults_of, tmp_path):
    assert faults_of(written(tmp_path, changed(files, file, old, new))) == ()


PHONES = [
    "+7 (495) 123-45-67",
    "8 (800) 555-35-35",
    "8-916-123-45-67",
    "89161234567",
    "8 916 123 45 67",
    "+79161234567",
    "+7 916 123-45-67",
    "(495) 123-45-67",
    "123-45-67",
    "+44 20 7946 0958",
    "+49 (0)30 901820",
    "7 916 123 45 67",
]
EMAILS = ["a@b.ru", "ivan.petrov+x@sub.mail-server.org", "иван@почта.рф", "A_B@c.co.uk"]


FRAMES = ["{}", "до {}; после", "«{}»", "тел.: {}."]


def test_a_contact_is_found_and_never_shown(files, written, faults_of, tmp_path):
    contacts = [(contact, frame) for contact in PHONES + EMAILS for frame in FRAMES]
    rows = [
        f"m{number},2022-01-18,ada,,{frame.format(contact)}"
        for number, (contact, frame) in enumerate(contacts, start=2)
    ]
    memos = files["memos.csv"] + "\n".join(rows) + "\n"
    found = faults_of(written(tmp_path, {**files, "memos.csv": memos}))
    by_row = {}
    for fault in found:
        by_row.setdefault(fault.row, []).append(fault)
    assert sorted(by_row) == list(range(3, 3 + len(rows)))
    for row, (contact, frame) in enumerate(contacts, start=3):
        what = "e-mail address" if "@" in contact else "telephone number"
        assert any(what in fault.expected for fault in by_row[row]), contact
        mask = "[e-mail]" if "@" in contact else "[phone]"
        for fault in by_row[row]:
            assert fault.value == frame.format(mask)


def test_all_texts_are_searched_for_contacts(files, written, faults_of, tmp_path):
    """In every table, and in panel.yml."""
    places = {
        "panel.yml": ("A sample", 2, "title"),
        "stakeholders.csv": ("Federal authorities", 2, "name"),
        "guide.csv": ("What hinders?", 3, "text"),
        "codebook.csv": (",less time,", 3, "include"),
        "codebook_changes.csv": ("It was two things.", 3, "reason"),
        "items.csv": ("Не хватает навыков.", 3, "text_ru"),
        "memos.csv": ("double_work", 2, "about"),
        "statements.csv": ("It got faster", 4, "text_en"),
    }
    for file, (old, _, _) in places.items():
        text = old.replace(old.strip(","), "ask i.petrov@mail.ru")
        files = changed(files, file, old, text)
    faults = faults_of(written(tmp_path, files))
    assert [(f.file, f.row, f.column) for f in faults] == sorted(
        (file, row, column) for file, (_, row, column) in places.items()
    )
    assert {f.value for f in faults} == {"ask [e-mail]"}
