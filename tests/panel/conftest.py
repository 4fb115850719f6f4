"""A small sound panel as files, and ways to break it."""

import pytest

from analysis.panel.faults import PanelError
from analysis.panel.panel import load_panel

FILES = {
    "panel.yml": """\
id: sample
title: A sample
title_ru: Образец
source: constructed
statement: Written for tests; no real expert said any of it.
language: ru
collected: 2021-12
mode: group
coders:
  - ada
  - boris
coding_unit: one statement
licence: CC-BY-4.0
tasks:
  role: {name: Role}
  problems: {name: Problems}
  platforms: {name: Platforms}
""",
    "sessions.csv": """\
session_id,date,minutes
g1,2021-12-06,2
g2,2021-12,1.5
""",
    "stakeholders.csv": """\
stakeholder,name,name_ru,level
federal,Federal authorities,Федеральные органы власти,federal
civil,Civil society,Гражданское общество,
science,Science,Наука,
""",
    "experts.csv": """\
expert_id,session_id,stakeholder,quotable
e01,g1,federal,true
e02,g1,civil,true
e03,g1,federal,false
e04,g2,civil,true
e05,g2,science,true
""",
    "guide.csv": """\
question_id,task,position,text,text_ru
q1,role,1,What does it mean to you?,Что это для вас?
q2,problems,2,What hinders?,Что мешает?
q3,platforms,3,What could platforms do?,
""",
    "statements.csv": """\
statement_id,session_id,position,speaker,question_id,start_s,end_s,text,text_en
s01,g1,1,moderator,q1,0,8,Что это для вас?,What is it to you?
s02,g1,2,e01,q1,8.5,20,"Для меня это семь паролей, не меньше.","Seven passwords, no less."
s03,g1,3,e02,q1,19.5,31,Быстрее стало,It got faster
s04,g1,4,e02,,31,35,"И ещё: ""одно окно"" — это не про нас.",
s05,g1,5,moderator,q2,36,40,Что мешает?,
s06,g1,6,e03,q2,41,60,Всё вводим дважды — в две системы.,We enter everything twice.
s07,g1,7,e01,q3,61,70,Площадка? Пожалуй.,
s08,g2,1,moderator,q1,0,5,Начнём,
s09,g2,2,e04,q1,5.5,30,Не согласен: быстрее не стало.,I disagree: it is no faster.
s10,g2,3,moderator,q3,31,33,Площадки?,
s11,g2,4,e04,q3,33.5,50,"Люди не умеют,
а мы не учим.","People don't know how,
and we don't teach."
s12,g2,5,e04,,50,55,И голос слышен.,
""",
    "codebook.csv": """\
code_id,parent_id,task,direction,name,name_ru,definition,include,exclude,origin,since
services,,role,neutral,Services,Услуги,What it does for services.,,,a-priori,1
speed,services,role,neutral,Speed,Скорость,Services take less time.,less time,,inductive,1
obstacles,,problems,hinders,Obstacles,Препятствия,What hinders.,,,a-priori,1
double_work,obstacles,problems,hinders,Work done twice,,The same in two systems.,,,inductive,2
skills,obstacles,problems,hinders,Skills,Навыки,People cannot use it.,,,inductive,2
voice,,platforms,facilitates,Voice,Голос,People are heard.,,,a-priori,1
""",
    "codebook_changes.csv": """\
version,date,code_id,change,reason
1,2022-01,two_systems,added,Found in the first session.
2,2022-01-20,two_systems,split,It was two things.
2,2022-01-20,double_work,added,Split from two_systems.
""",
    "coded.csv": "statement_id,coder\n"
    + "".join(f"s{n},consensus\n" for n in ("02", "03", "04", "06", "07", "09", "11", "12"))
    + "".join(f"s{n},ada\n" for n in ("02", "03", "04", "06"))
    + "".join(f"s{n},boris\n" for n in ("02", "03", "06", "09")),
    "codings.csv": """\
statement_id,coder,code_id,stance
s02,consensus,double_work,raises
s03,consensus,speed,raises
s04,consensus,services,opposes
s06,consensus,double_work,raises
s07,consensus,voice,raises
s09,consensus,speed,opposes
s11,consensus,skills,raises
s12,consensus,voice,raises
s12,consensus,obstacles,raises
s02,ada,double_work,raises
s02,ada,skills,raises
s03,ada,speed,raises
s06,ada,double_work,raises
s02,boris,skills,raises
s03,boris,speed,raises
s09,boris,speed,opposes
""",
    "items.csv": """\
item_id,task,text,text_ru,scale_min,scale_max
i1,role,Services have become better.,,1,5
i2,problems,Skills are short.,Не хватает навыков.,1,5
i3,platforms,How much in per cent?,,0,0.5
""",
    "ratings.csv": """\
expert_id,item_id,value
e01,i1,4
e01,i2,5
e01,i3,0.25
e02,i1,2
e02,i2,
e04,i1,1
e04,i3,0.5
""",
    "memos.csv": """\
memo_id,date,author,about,text
m1,2022-01-18,ada,double_work,We keep it where systems are meant.
""",
    "truth.yml": "seed: 1\nprevalence:\n  double_work: 0.4\n",
}

PLAN = """\
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


def write(folder, files):
    """The folder, with these files in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder


def faults_of(folder):
    """The faults of the panel in a folder."""
    try:
        load_panel(folder)
    except PanelError as error:
        return error.faults
    return ()


@pytest.fixture(scope="session")
def files():
    """The files of the sound panel, by name, without a plan."""
    return dict(FILES)


@pytest.fixture(scope="session")
def plan():
    return PLAN


@pytest.fixture(scope="session")
def written():
    return write


@pytest.fixture(scope="session")
def faults():
    return faults_of


@pytest.fixture
def folder(tmp_path):
    """The folder of the sound panel with a plan, this test's own."""
    return write(tmp_path / "sample", {**FILES, "plan.yml": PLAN})


@pytest.fixture(scope="session")
def panel(tmp_path_factory):
    """The sound panel with a plan; nobody can change it."""
    place = tmp_path_factory.mktemp("sound")
    return load_panel(write(place, {**FILES, "plan.yml": PLAN}))
