"""The views, against what plain loops over the files give, for the sample and for random panels."""

import csv
import random

import numpy as np
import pytest

from analysis.panel.panel import load_panel
from analysis.panel.views_of_coding import STATES
from analysis.panel.views_of_speaking import PARTS, count_words

CODERS = ("ada", "boris", "consensus")


def random_files(files, seed):
    """The sample with other codings, ratings and positions, in another order of rows."""
    rng = random.Random(seed)

    def table(name):
        head, *rows = csv.reader(files[name].splitlines(keepends=True))
        return head, rows

    def text(head, rows):
        lines = [head, *rng.sample(rows, len(rows))]
        quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in lines)
        return "\n".join(",".join(row) for row in quoted) + "\n"

    head, statements = table("statements.csv")
    speakers = {row[0]: row[3] for row in statements}
    codes = [row[0] for row in table("codebook.csv")[1]]
    said = [s for s, speaker in speakers.items() if speaker != "moderator"]
    coded = [(s, c) for s in said for c in CODERS if rng.random() < 0.6]
    coded += [(said[0], c) for c in CODERS if (said[0], c) not in coded]
    codings = [
        (s, c, code, rng.choice(["raises", "raises", "opposes"]))
        for s, c in coded
        for code in codes
        if rng.random() < 0.4
    ]
    ratings = [
        (f"e0{e}", f"i{i}", rng.choice(["1", "3", "5", ""]) if i < 3 else "0.5")
        for e in range(1, 6)
        for i in range(1, 4)
        if rng.random() < 0.7
    ]
    changed = {
        "statements.csv": text(head, statements),
        "coded.csv": text(["statement_id", "coder"], coded),
        "codings.csv": text(["statement_id", "coder", "code_id", "stance"], codings),
        "ratings.csv": text(["expert_id", "item_id", "value"], ratings),
        "experts.csv": text(*table("experts.csv")),
        "codebook.csv": text(*table("codebook.csv")),
        "items.csv": text(*table("items.csv")),
        "sessions.csv": text(*table("sessions.csv")),
    }
    return {**files, **changed}


class Plain:
    """The files of a panel as lists of dictionaries, and the views as loops over them."""

    def __init__(self, folder):
        self.folder = folder
        self.speaker = {r["statement_id"]: r["speaker"] for r in self.rows("statements")}
        self.parent = {r["code_id"]: r["parent_id"] for r in self.rows("codebook")}

    def rows(self, name):
        with open(self.folder / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def ids(self, name, column):
        return tuple(row[column] for row in self.rows(name))

    def in_order(self):
        sessions = self.ids("sessions", "session_id")
        return sorted(
            self.rows("statements"),
            key=lambda r: (sessions.index(r["session_id"]), int(r["position"])),
        )

    def codes(self, level, task=None):
        parents = set(self.parent.values())
        return tuple(
            r["code_id"]
            for r in self.rows("codebook")
            if task in (None, r["task"])
            and (
                not r["parent_id"] if level == 1 else r["parent_id"] or r["code_id"] not in parents
            )
        )

    def given(self, coder, stance, level):
        """Pairs of a statement and a code of the level."""
        return {
            (r["statement_id"], self.parent[r["code_id"]] or r["code_id"])
            if level == 1
            else (r["statement_id"], r["code_id"])
            for r in self.rows("codings")
            if r["coder"] == coder and stance in (r["stance"], "any")
        }

    def worked_on(self, coder):
        return {r["statement_id"] for r in self.rows("coded") if r["coder"] == coder}

    def incidence(self, coder, stance, level, task=None):
        given = {(self.speaker[s], code) for s, code in self.given(coder, stance, level)}
        return np.array(
            [
                [(e, code) in given for code in self.codes(level, task)]
                for e in self.ids("experts", "expert_id")
            ],
            dtype=bool,
        )

    def units(self, coders):
        wanted = set().union(*map(self.worked_on, coders))
        return tuple(r["statement_id"] for r in self.in_order() if r["statement_id"] in wanted)


@pytest.fixture(params=[None, 1, 2, 3, 4])
def both(request, files, written, tmp_path):
    """A panel, and the plain one; the sample itself first."""
    chosen = files if request.param is None else random_files(files, request.param)
    folder = written(tmp_path / "random", chosen)
    return load_panel(folder), Plain(folder)


EVERY = [
    (coder, stance, level)
    for coder in CODERS
    for stance in ("raises", "opposes", "any")
    for level in (1, 2)
]


def test_incidence(both):
    panel, plain = both
    for coder, stance, level in EVERY:
        for task in (None, "role", "problems", "platforms"):
            found = panel.incidence(coder, stance, level, task)
            assert found.experts == plain.ids("experts", "expert_id")
            assert found.codes == plain.codes(level, task)
            assert found.values.dtype == bool
            expected = plain.incidence(coder, stance, level, task)
            np.testing.assert_array_equal(found.values, expected.reshape(found.values.shape))
            heard = {plain.speaker[s] for s in plain.worked_on(coder)}
            assert found.coded.tolist() == [e in heard for e in found.experts]


def test_incidence_is_of_the_consensus_raised_codes_unless_told(both):
    panel, plain = both
    np.testing.assert_array_equal(
        panel.incidence().values, plain.incidence("consensus", "raises", 2)
    )


def test_stances(both):
    panel, plain = both
    for coder in CODERS:
        for level in (1, 2):
            found = panel.stances(coder, level)
            raised = plain.incidence(coder, "raises", level)
            opposed = plain.incidence(coder, "opposes", level)
            for i, j in np.ndindex(raised.shape):
                state = "raised" if raised[i, j] else "opposed" if opposed[i, j] else "not raised"
                assert STATES[found.state[i, j]] == state
                assert found.both[i, j] == (raised[i, j] and opposed[i, j])


def test_statement_incidence(both):
    panel, plain = both
    for coder, stance, level in EVERY:
        found = panel.statement_incidence(coder, stance, level)
        given = plain.given(coder, stance, level)
        assert found.statements == plain.units([coder])
        assert found.codes == plain.codes(level)
        assert found.experts.tolist() == [plain.speaker[s] for s in found.statements]
        expected = [[(s, code) in given for code in found.codes] for s in found.statements]
        assert found.values.tolist() == expected


def test_statement_incidence_adds_up_to_incidence(both):
    panel, _ = both
    for coder, stance, level in EVERY:
        found = panel.statement_incidence(coder, stance, level)
        whole = panel.incidence(coder, stance, level)
        for i, expert in enumerate(whole.experts):
            theirs = found.values[found.experts == expert].any(axis=0)
            np.testing.assert_array_equal(whole.values[i], theirs)


def test_reliability(both):
    panel, plain = both
    home = {r["statement_id"]: r["session_id"] for r in plain.rows("statements")}
    for coders in (None, ("boris", "consensus", "ada"), ("ada",)):
        chosen = coders or ("ada", "boris")
        units = plain.units(chosen)
        for stance in ("raises", "opposes", "any"):
            for level in (1, 2):
                for code in plain.codes(level) if level == 1 else plain.parent:
                    found = panel.reliability(code, coders, level, stance)
                    assert found.coders == chosen
                    assert found.statements == units
                    assert found.experts.tolist() == [plain.speaker[s] for s in units]
                    assert found.sessions.tolist() == [home[s] for s in units]
                    expected = [
                        [
                            float((s, code) in plain.given(coder, stance, level))
                            if s in plain.worked_on(coder)
                            else np.nan
                            for s in units
                        ]
                        for coder in chosen
                    ]
                    np.testing.assert_array_equal(found.values, expected)


def test_code_sets(both):
    panel, plain = both
    for level in (1, 2):
        found = panel.code_sets(level=level)
        codes = set(plain.codes(level))
        for row, coder in zip(found.values, found.coders, strict=True):
            given = plain.given(coder, "raises", level)
            for value, statement in zip(row, found.statements, strict=True):
                if statement in plain.worked_on(coder):
                    assert value == {c for s, c in given if s == statement and c in codes}
                    assert isinstance(value, frozenset)
                else:
                    assert value is None


def test_ratings(both):
    panel, plain = both
    found = panel.ratings()
    given = {(r["expert_id"], r["item_id"]): r["value"] for r in plain.rows("ratings")}
    assert found.experts == plain.ids("experts", "expert_id")
    assert found.items == plain.ids("items", "item_id")
    expected = [[float(given.get((e, i)) or "nan") for i in found.items] for e in found.experts]
    np.testing.assert_array_equal(found.values, expected)
    assert found.low.tolist() == [float(r["scale_min"]) for r in plain.rows("items")]
    assert found.high.tolist() == [float(r["scale_max"]) for r in plain.rows("items")]


def test_turns(both):
    panel, plain = both
    found, rows = panel.turns(), plain.in_order()
    assert found.statements.tolist() == [r["statement_id"] for r in rows]
    assert found.speakers.tolist() == [r["speaker"] for r in rows]
    assert found.sessions.tolist() == [r["session_id"] for r in rows]
    np.testing.assert_allclose(
        found.seconds, [float(r["end_s"]) - float(r["start_s"]) for r in rows]
    )
    assert found.words.tolist() == [count_words(r["text"]) for r in rows]
    assert (found.count == 1).all()


def test_joined_turns(both):
    panel, plain = both
    joined, expected = panel.turns(join=True), []
    for row in plain.in_order():
        key = (row["session_id"], row["speaker"])
        if not expected or expected[-1][0] != key:
            expected.append((key, []))
        expected[-1][1].append(row)
    assert list(zip(joined.sessions, joined.speakers, strict=True)) == [k for k, _ in expected]
    assert joined.statements.tolist() == [rows[0]["statement_id"] for _, rows in expected]
    assert joined.count.tolist() == [len(rows) for _, rows in expected]
    assert joined.words.tolist() == [
        sum(count_words(r["text"]) for r in rows) for _, rows in expected
    ]
    assert joined.seconds.sum() == pytest.approx(panel.turns().seconds.sum())


def test_questions_reached(both):
    panel, plain = both
    found = panel.questions_reached()
    assert found.sessions == plain.ids("sessions", "session_id")
    assert found.questions == plain.ids("guide", "question_id")
    for i, session in enumerate(found.sessions):
        for j, question in enumerate(found.questions):
            speakers = [
                r["speaker"]
                for r in plain.rows("statements")
                if (r["session_id"], r["question_id"]) == (session, question)
            ]
            said = [s for s in speakers if s != "moderator"]
            assert found.reached[i, j] == bool(speakers)
            assert found.statements[i, j] == len(said)
            assert found.experts[i, j] == len(set(said))


def test_quotations(both):
    panel, plain = both
    quotable = {r["expert_id"] for r in plain.rows("experts") if r["quotable"] == "true"}
    kinds = {r["expert_id"]: r["stakeholder"] for r in plain.rows("experts")}
    for coder in CODERS:
        for stance in ("raises", "opposes", "any"):
            for code in plain.parent:
                with_code = {
                    s for s, c in plain.given(coder, stance, 2) if code in (c, plain.parent[c])
                }
                expected = [
                    (r["statement_id"], r["speaker"], kinds[r["speaker"]], r["text"], r["text_en"])
                    for r in plain.in_order()
                    if r["statement_id"] in with_code and r["speaker"] in quotable
                ]
                found = panel.quotations(code, coder, stance)
                assert [
                    (q.statement_id, q.expert_id, q.stakeholder, q.text, q.text_en) for q in found
                ] == expected
                assert panel.quotations(code, coder, stance, limit=1) == found[:1]


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_does_not_matter(seed, panel, files, written, tmp_path):
    """Only labels move with the rows of a file; what belongs to a label stays."""
    rng = random.Random(seed)
    shuffled = {}
    for name, text in files.items():
        if name.endswith(".csv"):
            head, *rows = csv.reader(text.splitlines(keepends=True))
            lines = [head, *rng.sample(rows, len(rows))]
            quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in lines)
            text = "\n".join(",".join(row) for row in quoted) + "\n"
        shuffled[name] = text
    other = load_panel(written(tmp_path / "shuffled", shuffled))

    def cells(values, rows, columns):
        return {(r, c): values[i, j] for i, r in enumerate(rows) for j, c in enumerate(columns)}

    def views(of):
        incidence, ratings, reached = of.incidence(), of.ratings(), of.questions_reached()
        reliability, turns = of.reliability("speed"), of.turns()
        return (
            cells(incidence.values, incidence.experts, incidence.codes),
            cells(np.nan_to_num(ratings.values, nan=-9), ratings.experts, ratings.items),
            cells(reached.statements, reached.sessions, reached.questions),
            cells(np.nan_to_num(reliability.values, nan=-9), "ab", reliability.statements),
            dict(zip(turns.statements, turns.seconds, strict=True)),
            set(of.quotations("obstacles")),
            dict(
                zip(of.stakeholder_sizes().stakeholders, of.stakeholder_sizes().counts, strict=True)
            ),
        )

    assert views(panel) == views(other)
    in_session = [
        s
        for s, g in zip(other.turns().statements, other.turns().sessions, strict=True)
        if g == "g1"
    ]
    assert in_session == [f"s0{i}" for i in range(1, 8)]


# the sample, by hand


def test_an_expert_who_said_nothing_keeps_a_row(panel):
    found = panel.incidence()
    assert not found.values[4].any()
    assert found.coded.tolist() == [True, True, True, True, False]
    assert np.isnan(panel.ratings().values[2]).all()


def test_what_a_coder_did_not_see_is_not_silence(panel):
    assert panel.incidence("ada").coded.tolist() == [True, True, True, False, False]
    assert panel.incidence("boris").coded.tolist() == [True, True, True, True, False]


def test_a_code_of_a_theme_with_codes_counts_at_the_level_of_themes_only(panel):
    by_theme = panel.incidence(level=1)
    assert by_theme.codes == ("services", "obstacles", "voice")
    assert panel.incidence().codes == ("speed", "double_work", "skills", "voice")
    assert by_theme.values[3].tolist() == [False, True, True]  # e04: obstacles itself, and skills
    assert panel.stances(level=1).state[:, 0].tolist() == [0, 1, 0, 2, 0]
    assert panel.stances(level=1).both[:, 0].tolist() == [False, True, False, False, False]


def test_sizes(panel):
    found = panel.stakeholder_sizes()
    assert found.stakeholders == ("federal", "civil", "science")
    assert found.names == ("Federal authorities", "Civil society", "Science")
    assert found.counts.tolist() == [2, 2, 1]


def test_the_unquotable_are_never_quoted(panel):
    """e03 raised double_work, and may not be quoted."""
    assert panel.incidence().values[2, 1]
    assert [q.expert_id for q in panel.quotations("double_work")] == ["e01"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Для меня это семь паролей.", 5),
        ("It's well-known — isn’t it?", 4),
        ("100 %, т. е. всё", 4),
        ("что-то где-нибудь…", 2),
    ],
)
def test_words(text, words):
    assert count_words(text) == words


def test_parts(panel, files, written, tmp_path):
    assert [part for part in PARTS if panel.has(part)] == list(PARTS)
    bare = {**files}
    for name in ("items.csv", "ratings.csv", "memos.csv", "codebook_changes.csv", "truth.yml"):
        del bare[name]
    rows = [row.rsplit(",", 1)[0] for row in bare["codings.csv"].splitlines()]
    assert rows
    bare["coded.csv"] = "\n".join(
        line for line in files["coded.csv"].splitlines() if "boris" not in line
    )
    bare["codings.csv"] = "\n".join(
        line for line in files["codings.csv"].splitlines() if "boris" not in line
    )
    bare["panel.yml"] = files["panel.yml"].replace("  - boris\n", "")
    head, *statements = csv.reader(files["statements.csv"].splitlines(keepends=True))
    lines = [head, *([*row[:5], "", "", "Да", ""] for row in statements)]
    bare["statements.csv"] = "\n".join(",".join(line) for line in lines)
    other = load_panel(written(tmp_path / "bare", bare))
    assert not any(other.has(part) for part in PARTS)
    assert np.isnan(other.turns().seconds).all()
    with pytest.raises(ValueError, match="this panel has no ratings"):
        other.ratings()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.incidence("carl"), "coder must be one of ada, boris, consensus; got 'carl'"),
        (lambda p: p.incidence(stance="agrees"), "stance must be one of raises, opposes, any"),
        (lambda p: p.incidence(level=3), "level must be one of 1, 2; got 3"),
        (lambda p: p.incidence(task="roles"), "task must be one of role, problems, platforms"),
        (lambda p: p.statement_incidence("carl"), "coder must be"),
        (lambda p: p.reliability("skill"), "code must be one of the codebook's; got 'skill'"),
        (lambda p: p.reliability("skills", level=1), "a theme at level 1; 'skills' is under"),
        (lambda p: p.reliability("skills", level=0), "level must be one of 1, 2"),
        (lambda p: p.reliability("skills", coders=["x"]), "coder must be"),
        (lambda p: p.code_sets(["x"]), "coder must be"),
        (lambda p: p.quotations("skill"), "code must be"),
        (lambda p: p.has("videos"), "part must be one of ratings, translations"),
    ],
)
def test_impossible_questions_are_refused(panel, call, message):
    with pytest.raises(ValueError, match=message):
        call(panel)


def test_the_views_fit_the_statistics(panel):
    from analysis.statistics.agreement import krippendorff_alpha, masi_alpha

    alpha = krippendorff_alpha(panel.reliability("double_work").values, "nominal").estimate
    assert alpha < 1
    assert np.isfinite(masi_alpha(panel.code_sets().values).estimate)
