"""Panels made at random within the format: any names, any part left out, one to sixty experts.

As folders, to run a notebook on one of them::

    python tests/helpers/random_panels.py FOLDER SEED ...
"""

import random
import sys
import unicodedata
from pathlib import Path

import pandas as pd
import yaml
from panels import Files

#: What names, ids and tables are drawn from.
PARTS = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


class Maker(random.Random):
    """Draws the parts of a panel; the same for the same seed."""

    def chance(self, of):
        return self.random() < of

    def name(self):
        """A name of any letters, on one line."""
        if self.chance(0.7):
            return self.choice(PARTS["words"] + PARTS["names"])
        ends = (self.choice([0x180, 0x11000]) for _ in range(20))
        letters = (chr(self.randrange(end)) for end in ends)
        kept = (c for c in letters if unicodedata.category(c) not in PARTS["left_out_kinds"])
        return "".join(["x", *(c for c in kept if c not in PARTS["left_out_letters"])])

    def text(self):
        said = " ".join(self.name() for _ in range(self.choice([1, 2, 5, 12])))
        return "[withheld]" if self.chance(0.1) else said

    def ids(self, letter, many):
        """So many ids, some of them words of the format, or as long as an id may be."""
        found = [f"{letter}{at + 1:02d}" for at in range(many)]
        for at in range(many):
            if self.chance(0.15):
                found[at] = self.choice([*PARTS["ids"], f"{letter}{at}_" * 80])[:80]
        return [f"{letter}{at}x" if id in found[:at] else id for at, id in enumerate(found)]

    def some(self, ids, most=99):
        """One of these or more, in any order."""
        return self.sample(ids, self.randint(1, min(most, len(ids))))

    def frame(self, rows, needed):
        """A table in any order, other columns than the ``needed`` left out or partly empty."""
        frame = pd.DataFrame(rows).fillna("").astype(str)
        for column in frame.columns.difference(needed):
            how = self.random()
            if how < 0.15:
                del frame[column]
            elif how < 0.3:
                frame.loc[[self.chance(0.3) for _ in rows], column] = ""
        return frame.sample(frac=1, random_state=self.randrange(999))


def _people(make, tasks):
    """Who was interviewed where, about what."""
    experts = make.ids("e", make.choice([1, 2, 3, 5, 8, 13, make.randint(1, 60)]))
    alone = make.chance(0.25)
    sessions = experts if alone else make.ids("g", make.randint(1, min(len(experts), 6)))
    kinds = make.ids("k", make.randint(1, 8))
    dates = ["2021", "2021-12", "2021-12-06", "2021-12-07", "2021-11-30"]
    return {
        "sessions": [
            {"session_id": id, "position": at, "date": make.choice(dates), "minutes": 90}
            for at, id in enumerate(sessions, 1)
        ],
        "stakeholders": [
            {"stakeholder": id, "position": at, "name": make.name(), "level": make.name()}
            for at, id in enumerate(kinds, 1)
        ],
        "experts": [
            {
                "expert_id": id,
                "session_id": id if alone else make.choice(sessions),
                "stakeholder": make.choice(kinds),
                "quotable": make.choice(["true", "false"]),
            }
            for id in experts
        ],
        "guide": [
            {"question_id": id, "task": make.choice(tasks), "position": at, "text": make.text()}
            for at, id in enumerate(make.ids("q", make.randint(1, 8)), 1)
        ],
    }


def _statements(make, people):
    """What was said, session by session, each statement ten seconds after the other."""
    rows, timed = [], make.chance(0.6)
    for session in people["sessions"]:
        id = session["session_id"]
        speakers = [e["expert_id"] for e in people["experts"] if e["session_id"] == id]
        for at in range(make.randint(1, 3 * len(speakers) + 3)):
            rows.append(
                {
                    "statement_id": f"s{len(rows):03d}",
                    "session_id": id,
                    "position": at + 1,
                    "speaker": make.choice([*speakers, *speakers, "moderator"]),
                    "question_id": make.choice(people["guide"])["question_id"],
                    "text": make.text(),
                    "text_en": make.text(),
                }
            )
            if timed:
                rows[-1] |= {"start_s": 10 * at, "end_s": 10 * at + make.choice([0, 5, 20])}
    return rows


def _codebook(make, tasks, people):
    """Themes, and codes under some of them."""
    themes = make.ids("t", make.randint(1, 5))
    above = {c: make.choice(themes) for c in make.ids("c", make.randint(0, 12)) if c not in themes}
    task = {theme: make.choice(tasks) for theme in themes}
    return [
        {
            "code_id": id,
            "parent_id": above.get(id, ""),
            "position": make.randint(1, 9),
            "task": task[above.get(id, id)],
            "question_id": make.choice(people["guide"])["question_id"],
            "direction": make.choice(["facilitates", "hinders", "neutral"]),
            "name": make.name(),
            "definition": make.text(),
            "include": make.text(),
            "exclude": make.text(),
            "origin": make.choice(["a-priori", "inductive", make.name()]),
            "since": make.choice(["1", "2", "2021-12"]),
        }
        for id in [*themes, *above]
    ]


def _codings(make, coders, said, codes):
    """Who worked on which statement, and which codes each was given."""
    coded, given = [], []
    for coder in coders:
        for row in make.some([row for row in said if row["speaker"] != "moderator"] or said):
            place = {"statement_id": row["statement_id"], "coder": coder}
            coded.append(place)
            for code in make.some(codes[:4] if make.chance(0.5) else codes, 3):
                stance = make.choice(["raises", "raises", "opposes"])
                given.append(place | {"code_id": code, "stance": stance})
    return coded, given


def _plan(make, people, codes, items):
    """An analysis plan, or a part of one."""
    kinds = [kind["stakeholder"] for kind in people["stakeholders"]]
    plan = {"claims": {"C1": {"codes": make.some(codes), "items": make.some(items)}}}
    if len(kinds) > 1:
        at, sides = make.randint(1, len(kinds) - 1), ["raised", "n"]
        plan["sides"] = dict(zip(sides, (kinds[:at], kinds[at:]), strict=True))
        plan["contrasts"] = [
            {
                "id": f"x{at}",
                "code": code,
                "sides": [*sides],
                "expected": make.choice([*sides, "none"]),
            }
            for at, code in enumerate(make.some(codes))
        ]
    if len(codes) > 3:
        rungs = make.sample(codes, 4)
        plan["ladder"] = [
            {"name": f"{at} {make.name()}"[:200], "today_code": today, "could_code": could}
            for at, (today, could) in enumerate((rungs[:2], rungs[2:]))
        ]
        plan["channels"] = {"service": rungs[:2], "network": rungs[2:]}
    plan = {part: plan[part] for part in plan if make.chance(0.8)}
    return plan if "sides" in plan else {p: plan[p] for p in plan if p != "contrasts"}


def random_panel(seed):
    """The files of a panel that keeps to the format."""
    make = Maker(seed)
    tasks = ["role", "problems", "platforms"] if make.chance(0.5) else make.ids("t", 3)
    tasks = make.some(tasks)
    rows = _people(make, tasks)
    experts, said = [row["expert_id"] for row in rows["experts"]], _statements(make, rows)
    rows |= {"statements": said, "codebook": _codebook(make, tasks, rows)}
    codes, items = [row["code_id"] for row in rows["codebook"]], make.ids("i", make.randint(1, 6))
    coders = make.ids("coder", make.randint(0, 3))
    resolved = ["consensus"] if make.chance(0.7) or not coders else []
    rows["coded"], rows["codings"] = _codings(make, [*coders, *resolved], said, codes)
    scale = make.choice([(1, 5), (0, 1), (-2.5, 100)])
    rows["items"] = [
        {"item_id": id, "task": make.choice(tasks), "text": make.text(), "scale_min": scale[0],
         "scale_max": scale[1]} for id in items
    ]  # fmt: skip
    rows["ratings"] = [
        {"expert_id": e, "item_id": i, "value": make.choice([*scale, scale[0], ""])}
        for e in make.some(experts) for i in make.some(items)
    ]  # fmt: skip
    rows["asked"] = [
        {"expert_id": e, "question_id": row["question_id"]}
        for e in experts for row in make.some(rows["guide"])
    ]  # fmt: skip
    rows["memos"] = [
        {"memo_id": id, "date": "2022-01", "author": "ada", "about": make.choice(codes),
         "text": make.text()} for id in make.ids("m", 3)
    ]  # fmt: skip
    rows["codebook_changes"] = [
        {"version": make.choice(["1", "2"]), "date": make.choice(["2021", "2021-12-01"]),
         "code_id": code, "change": "added", "reason": make.text()} for code in make.some(codes)
    ]  # fmt: skip
    meta = {
        "title": make.name(),
        "statement": make.text(),
        "authors": [make.name()],
        "language": make.choice(["en", "ru", "zh"]),
        "mode": "individual"
        if [*experts] == [r["session_id"] for r in rows["sessions"]]
        else "group",
        "order": make.choice(["spoken", "none"]),
        "coders": coders,
        "tasks": {task: {"name": make.name()} for task in tasks},
    }
    gone = {table for table in [*rows, "plan"] if make.chance(0.15)}
    if {"statements", "codings", "ratings"} <= gone:
        gone.remove("statements")
    if gone & {"codebook", "items", "stakeholders"}:
        gone |= {"plan", "codebook_changes"}  # they refer to these
    alone = meta["mode"] == "individual" or len(rows["sessions"]) == 1
    heard = set() if "statements" in gone else {row["speaker"] for row in said}
    if not alone and not {*experts} <= heard:
        gone.discard("experts")  # nothing else has the sessions of all
    if "guide" in gone:
        gone.add("asked")
        for row in said + rows["codebook"]:
            del row["question_id"]
    if "statements" in gone:  # codes are known by expert
        gone.add("coded")
        speaker = {row["statement_id"]: row["speaker"] for row in said}
        for row in rows["codings"]:
            row["expert_id"] = speaker[row.pop("statement_id")]
        once = {(r["expert_id"], r["coder"], r["code_id"]): r for r in rows["codings"]}
        rows["codings"] = [*once.values()]
    if {"coded", "codings"} <= gone:
        meta["coders"] = []
    needed = PARTS["needed"] | {"experts": ["expert_id"] if alone else ["expert_id", "session_id"]}
    kept = {name: make.frame(rows[name], needed[name]) for name in rows if name not in gone}
    return Files(meta, kept, {} if "plan" in gone else _plan(make, rows, codes, items))


if __name__ == "__main__":
    for chosen in sys.argv[2:]:
        print(random_panel(int(chosen)).write(Path(sys.argv[1]) / chosen))
