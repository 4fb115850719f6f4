"""The first task: counts, ranks, items and quotations, each by a second, plain route."""

import dataclasses
import itertools
import math
import statistics
from collections import Counter

import pandas as pd
import pytest

from analysis.display import notebook as show
from analysis.display import panel_figures as draw
from analysis.steps import panel_items, panel_quotations, themes
from analysis.steps import role_of_digitalization as step

TASK = "role"
Z = 1.959963984540054


@pytest.fixture(scope="module")
def found(constructed):
    return step.analyse(constructed)


@pytest.fixture(scope="module")
def codes(rows):
    """The codes of the task without codes under them, in the order of the file."""
    book = rows("codebook")
    parents = {row["parent_id"] for row in book}
    return [r["code_id"] for r in book if r["task"] == TASK and r["code_id"] not in parents]


def by_code(table):
    return {row["code"]: row for row in table.to_dict("records")}


class TestCodes:
    def test_counts(self, found, codes, said_by, rows):
        n = len({r["speaker"] for r in rows("statements")} - {"moderator"})
        session = {r["expert_id"]: r["session_id"] for r in rows("experts")}
        table = by_code(found.codes)
        assert sorted(table) == sorted(codes)
        for code in codes:
            raised, opposed = said_by[code]["raises"], said_by[code]["opposes"]
            row = table[code]
            assert set(row["raised_by"]) == raised
            assert set(row["opposed_by"]) == opposed
            assert (row["k"], row["n"], row["opposed"]) == (len(raised), n, len(opposed))
            assert row["both"] == len(raised & opposed)
            assert row["silent"] == n - len(raised | opposed)
            assert row["sessions"] == len({session[e] for e in raised})
            assert row["statements"] == sum(
                r["code_id"] == code and r["coder"] == "consensus" and r["stance"] == "raises"
                for r in rows("codings")
            )

    def test_the_most_raised_come_first_and_ties_as_in_the_codebook(self, found, codes):
        keys = [(-row["k"], codes.index(code)) for code, row in by_code(found.codes).items()]
        assert keys == sorted(keys)

    def test_wilson(self, found):
        for row in found.codes.to_dict("records"):
            n, p = row["n"], row["k"] / row["n"]
            middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
            half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
            assert row["estimate"] == pytest.approx(p)
            assert row["low"] == pytest.approx(middle - half)
            assert row["high"] == pytest.approx(min(1.0, middle + half))

    def test_themes_are_raised_by_whoever_raised_a_code_under_them(self, found, said_by, rows):
        for theme, row in by_code(found.themes).items():
            own = [
                r["code_id"] for r in rows("codebook") if theme in (r["parent_id"], r["code_id"])
            ]
            assert set(row["raised_by"]) == set().union(*(said_by[c]["raises"] for c in own))
            assert set(row["opposed_by"]) == set().union(*(said_by[c]["opposes"] for c in own))
        anything = set().union(*(set(row["raised_by"]) for row in by_code(found.themes).values()))
        assert found.any_raised == (len(anything), found.codes["n"].iloc[0])

    def test_states(self, found, said_by):
        assert len(found.states) == len(found.codes) * found.codes["n"].iloc[0]
        for row in found.states.to_dict("records"):
            who = said_by[row["code"]]
            raised, opposed = row["expert"] in who["raises"], row["expert"] in who["opposes"]
            right = {(1, 0): "raised", (0, 1): "opposed", (1, 1): "both", (0, 0): "neither"}
            assert row["state"] == right[raised, opposed]


def plain_ranks(raised, n_codes):
    """Rank intervals by brute force: sign tests by counting coin tosses, then Holm by the book."""
    tests = []
    for a, b in itertools.permutations(range(n_codes), 2):
        ahead, behind = len(raised[a] - raised[b]), len(raised[b] - raised[a])
        d = ahead + behind
        tests.append((sum(math.comb(d, x) for x in range(ahead, d + 1)) / 2**d, a, b))
    sure = set()
    for step_, (p, a, b) in enumerate(sorted(tests)):
        if p > 0.05 / (len(tests) - step_):
            break
        sure.add((a, b))
    low = [1 + sum((a, b) in sure for a in range(n_codes)) for b in range(n_codes)]
    high = [n_codes - sum((a, b) in sure for b in range(n_codes)) for a in range(n_codes)]
    return low, high


class TestRanks:
    @pytest.mark.parametrize("panel", ["constructed", "two_hundred"])
    @pytest.mark.parametrize("task", ["role", "problems", "platforms"])
    def test_by_brute_force(self, constructed, variant_of, panel, task):
        chosen = constructed if panel == "constructed" else variant_of(panel)
        table = themes.theme_table(chosen, task)
        raised = [set(who) for who in table["raised_by"]]
        low, high = plain_ranks(raised, len(table))
        assert table["rank_low"].tolist() == low
        assert table["rank_high"].tolist() == high
        assert table["rank"].tolist() == [
            1 + sum(k > own for k in table["k"]) for own in table["k"]
        ]
        assert themes.settled_pairs(table) == sum(rank - 1 for rank in low)

    def test_nothing_to_rank(self, variant_of):
        table = step.analyse(variant_of("two_themes")).codes
        assert len(table) == 1
        assert table["rank_low"].isna().all()
        assert themes.order(table) == "With one code there is nothing to rank."


def plain_agreement(counts):
    """Van der Eijk's A by its definition: layer by layer, triples of categories counted."""
    counts, total, agreement = list(counts), sum(counts), 0.0
    k = len(counts)
    while any(counts):
        layer = [c > 0 for c in counts]
        height = min(c for c in counts if c > 0)
        s = sum(layer)
        if s == k:
            own = 0.0
        elif s == 1:
            own = 1.0
        else:
            outside = between = 0
            for i, j, m in itertools.combinations(range(k), 3):
                pattern = layer[i], layer[j], layer[m]
                outside += pattern in {(True, True, False), (False, True, True)}
                between += pattern == (True, False, True)
            u = ((k - 2) * outside - (k - 1) * between) / ((k - 2) * (outside + between))
            own = u * (1 - (s - 1) / (k - 1))
        agreement += own * height * s / total
        counts = [c - height if c > 0 else c for c in counts]
    return agreement


def plain_w(table):
    """Kendall's W with ties, from rank sums."""
    m, k = len(table), len(table[0])
    sums, ties = [0.0] * k, 0
    for row in table:
        for i, value in enumerate(row):
            sums[i] += 1 + sum(v < value for v in row) + (sum(v == value for v in row) - 1) / 2
        ties += sum(t**3 - t for t in Counter(row).values())
    s = sum((r - m * (k + 1) / 2) ** 2 for r in sums)
    return 12 * s / (m**2 * (k**3 - k) - m * ties)


@pytest.fixture(scope="module")
def answers(rows):
    """The items of the task, and experts x items of their answers, None for no answer."""
    items = [row["item_id"] for row in rows("items") if row["task"] == TASK]
    given = {(r["expert_id"], r["item_id"]): r["value"] for r in rows("ratings")}
    experts = [row["expert_id"] for row in rows("experts")]
    return items, [
        [float(v) if (v := given.get((e, i), "")) else None for i in items] for e in experts
    ]


class TestItems:
    def test_distribution(self, found, answers, rows):
        items, table = answers
        scale = {r["item_id"]: (int(r["scale_min"]), int(r["scale_max"])) for r in rows("items")}
        assert found.items.table["item"].tolist() == items
        for place, row in enumerate(found.items.table.to_dict("records")):
            values = sorted(answer[place] for answer in table if answer[place] is not None)
            low, high = scale[row["item"]]
            counts = tuple(values.count(v) for v in range(low, high + 1))
            assert (row["n"], row["unanswered"]) == (len(values), len(table) - len(values))
            assert row["counts"] == counts
            assert row["median"] == statistics.median(values)
            # the smallest answer with a quarter of the answers at or below it, or half way on
            for name, part in (("q1", 0.25), ("q3", 0.75)):
                at = part * len(values)
                up = values[math.ceil(at) - 1]
                right = (up + values[int(at)]) / 2 if at % 1 == 0 else up
                assert row[name] == right
            assert row["a"] == pytest.approx(plain_agreement(counts))
            mean = statistics.mean(values)
            width = high - low
            cns = 1 + statistics.mean(math.log2(1 - abs(v - mean) / width) for v in values)
            assert row["cns"] == pytest.approx(cns)

    def test_kendalls_w(self, found, answers):
        complete = [row for row in answers[1] if None not in row]
        assert found.items.w.n == len(complete)
        assert found.items.w.estimate == pytest.approx(plain_w(complete))

    def test_every_answer_is_a_dot(self, found, answers):
        _, table = answers
        given = {
            (r["expert"], r["item"]): r["value"] for r in found.items.answers.to_dict("records")
        }
        assert len(given) == sum(v is not None for row in table for v in row)
        plate = draw.item_dots(found.items)
        dots = sum(
            len(line.get_xdata())
            for axes in plate["picture"].axes
            for line in axes.lines
            if line.get_marker() == "o"
        )
        assert dots == len(given)

    def test_scales_that_are_not_short(self):
        assert panel_items.category_counts(pd.Series([1.0, 3.0, 3.0]), 1, 3) == (1, 0, 2)
        assert panel_items.category_counts(pd.Series([0.25]), 0, 0.5) is None
        assert panel_items.category_counts(pd.Series([50.0]), 0, 100) is None

    def test_items_on_different_scales_have_no_w(self, constructed):
        frames = dict(constructed.frames)
        frames["items"] = frames["items"].assign(
            scale_max=[7.0, *frames["items"]["scale_max"].iloc[1:]]
        )
        other = panel_items.items(dataclasses.replace(constructed, frames=frames), TASK)
        assert math.isnan(other.w.estimate)
        assert "different scales" in panel_items.concordance(other)
        assert "not compared" in panel_items.medians(other)

    def test_ties_are_named_together(self):
        table = pd.DataFrame(
            {
                "label": ["X", "Y", "Z"],
                "median": [4.0, 4.0, 2.0],
                "q1": [3.0, 4.0, 2.0],
                "q3": [5.0, 5.0, 2.5],
                "a": [0.5, 0.5, 0.1],
                "low_end": 1.0,
                "high_end": 5.0,
                "n": [20, 18, 20],
                "unanswered": [0, 2, 0],
                "reason": "",
            }
        )
        items = panel_items.Items(table, table, None)
        assert panel_items.medians(items) == (
            "Highest: “X” and “Y”, each with the median 4. "
            "Lowest: “Z” with the median 2 (middle half from 2 to 2.5)."
        )
        assert panel_items.agreement(items) == (
            "Most agreement: “X” and “Y” (A = 0.50); least: “Z” (A = 0.10)."
        )
        assert panel_items.answered(items, 20) == (
            "Answers are missing: “Y” was rated by 18 of 20; the others were rated by all."
        )
        level = panel_items.Items(table.assign(median=4.0, a=0.5), table, None)
        assert panel_items.medians(level) == "All 3 items have the median 4."
        assert panel_items.agreement(level) == "On each item A is 0.50."


class TestQuotations:
    def test_by_the_rule(self, found, codes, rows):
        experts = {r["expert_id"]: r for r in rows("experts")}
        order = {r["session_id"]: i for i, r in enumerate(rows("sessions"))}
        spoken = sorted(
            rows("statements"), key=lambda r: (order[r["session_id"]], int(r["position"]))
        )
        own = [r for r in rows("codings") if r["coder"] == "consensus"]
        coded = {(r["statement_id"], r["code_id"]): r["stance"] for r in own}
        weight = Counter(r["statement_id"] for r in own)
        by_expert, by_kind, used, chosen = Counter(), Counter(), set(), {}
        ranked = found.codes["code"].tolist()
        for stance in ("opposes", "raises"):
            for code in ranked:
                best = None
                for row in spoken:
                    id, who = row["statement_id"], row["speaker"]
                    if coded.get((id, code)) != stance or id in used:
                        continue
                    if experts[who]["quotable"] != "true":
                        continue
                    kind = experts[who]["stakeholder"]
                    few = len([w for w in row["text"].split() if any(map(str.isalnum, w))]) < 10
                    key = few, by_expert[who], by_kind[kind], weight[id]
                    if best is None or key < best[0]:
                        best = key, id, who, kind
                if best:
                    chosen[code, stance] = best[1]
                    used.add(best[1])
                    by_expert[best[2]] += 1
                    by_kind[best[3]] += 1
        table = found.quotations.table
        assert {
            (r["code"], r["stance"]): r["statement"] for r in table.to_dict("records")
        } == chosen
        assert found.quotations.experts == len(by_expert)
        assert found.quotations.kinds == len(by_kind)
        assert found.quotations.deviant == sum(stance == "opposes" for _, stance in chosen)

    def test_words_are_whole_and_only_of_those_who_agreed(self, found, rows):
        texts = {r["statement_id"]: (r["text"], r["text_en"]) for r in rows("statements")}
        closed = {r["expert_id"] for r in rows("experts") if r["quotable"] != "true"}
        for row in found.quotations.table.to_dict("records"):
            assert (row["text"], row["text_en"]) == texts[row["statement"]]
            assert row["expert"] not in closed

    def test_nobody_can_be_quoted(self, constructed, variant_of):
        silent = step.analyse(variant_of("withheld")).quotations
        assert silent.table.empty
        experts = constructed.experts.assign(quotable=False)
        closed = dataclasses.replace(constructed, frames={**constructed.frames, "experts": experts})
        other = step.analyse(closed)
        assert other.quotations.table.empty
        assert f"{len(experts)} experts did not agree to be quoted" in other.spread
        opposed = other.codes.loc[other.codes["opposed"] > 0, "label"]
        assert set(other.quotations.unquoted) == set(opposed)
        for label in opposed:
            assert f"“{label}”" in other.quotations.none_opposing()

    def test_both_languages_are_marked(self, found):
        html = draw.quotations_html(found.quotations.table, "Said", "Mark", "ru")
        assert html.count('<p lang="ru">') == len(found.quotations.table)
        assert html.count('<p lang="en">') == (found.quotations.table["text_en"] != "").sum()
        assert "Mark" in html
        sly = found.quotations.table.assign(text="<script>", text_en="")
        assert "<script>" not in draw.quotations_html(sly, "Said")
        assert 'lang="en"' not in draw.quotations_html(sly, "Said")

    def test_short_statements_come_last(self, constructed):
        table = panel_quotations.quotations(constructed, constructed.codebook["code_id"]).table
        short = table[table["text"].str.split().str.len() < panel_quotations.FEW_WORDS]
        assert len(short) < len(table) / 10


def row(label, k, opposed=0, low=1, high=3, n=20, **more):
    return (
        {"code": label, "label": label, "k": k, "n": n, "opposed": opposed}
        | {
            "both": 0,
            "low": 0.1,
            "high": 0.5,
            "rank_low": float(low),
            "rank_high": float(high),
            "raised_by": (),
            "opposed_by": (),
        }
        | more
    )


def table(*rows_):
    return pd.DataFrame(rows_)


class TestSentences:
    def test_most_raised(self):
        say = themes.most_raised
        assert say(table(row("A", 7), row("B", 3))) == "The most raised code is “A”, by 7 of 20."
        assert say(table(row("A", 7), row("B", 7), row("C", 1)), "driver") == (
            "The most raised drivers are “A” and “B”, each by 7 of 20."
        )
        assert say(table(row("A", 20), row("B", 20))) == (
            "Each of the 2 codes was raised by all 20."
        )
        assert say(table(row("A", 2))) == "The only code, “A”, was raised by 2 of 20."
        assert say(table(row("A", 0), row("B", 0))) == "No code was raised by any of the 20."
        assert say(pd.DataFrame(columns=themes.THEME_COLUMNS)) == "There is no code to count."

    def test_never_raised(self):
        say = themes.never_raised
        assert say(table(row("A", 1))) == "Every code was raised by somebody."
        assert say(table(row("A", 1), row("B", 0))) == (
            "Nobody raised “B”, and nobody spoke against it either."
        )
        assert say(table(row("A", 0), row("B", 0))) == (
            "Nobody raised any code, and nobody spoke against them either."
        )
        assert say(table(row("A", 1), row("B", 0, 3), row("C", 0))) == (
            "Nobody raised “B” and “C”; somebody spoke against “B”."
        )

    def test_opposition(self):
        say = themes.opposition
        assert say(table(row("A", 1))) == "Nobody spoke against any code."
        assert say(table(row("A", 1, 2))) == "Somebody spoke against “A” (by 2 of 20)."
        assert say(table(row("A", 9, 2), row("B", 3, 20), row("C", 1))) == (
            "Somebody spoke against 2 of 3 codes: “B” (by all 20) and “A” (by 2 of 20)."
        )
        who = {"raised_by": ("e1", "e2"), "opposed_by": ("e2",), "both": 1}
        assert themes.both_ways(table(row("A", 2, 1, **who))) == (
            "Raised and opposed the same code, in different statements: e2 (“A”)."
        )

    def test_order(self):
        say = themes.order
        assert say(table(row("A", 7), row("B", 3))) == "The order of the two codes is not settled."
        assert say(table(row("A", 19, low=1, high=1), row("B", 1, low=2, high=2))) == (
            "The order of the two codes is settled."
        )
        assert say(table(row("A", 9), row("B", 8), row("C", 0))) == (
            "The order is settled for none of the 3 pairs of codes. In this panel “A” stands "
            "first; among similar experts that could be any rank from 1 to 3 of 3."
        )
        first = table(row("A", 19, high=1), row("B", 8, low=2), row("C", 8, low=2))
        assert say(first).endswith("experts that could be rank 1 of 3.")
        assert "settled for 2 of 3 pairs" in say(first)
        assert say(table(row("A", 4), row("B", 4), row("C", 4))).endswith("all stand level.")
        alone = table(*(row(c, 1, low=math.nan, n=1) for c in "AB"))
        assert say(alone).startswith("With one expert")

    def test_one_expert(self, constructed, variant_of):
        three = variant_of("three_experts")
        kept = three.experts["expert_id"].iloc[0]
        frames = dict(three.frames)
        mine = frames["statements"]["statement_id"][frames["statements"]["speaker"] == kept]
        for name in ("coded", "codings"):
            frames[name] = frames[name][frames[name]["statement_id"].isin(mine)]
        alone = step.analyse(dataclasses.replace(three, frames=frames))
        assert alone.codes["n"].eq(1).all()
        assert alone.order.startswith("With one expert")
        assert alone.ranked().empty


# any panel

#: Kinds of panel that take different ways through the chapter.
KINDS = ("no_ratings", "two_themes", "no_codes", "three_experts", "withheld", "two_hundred")


def test_the_same_findings_for_every_panel(found, variant):
    expected = [r.id for r in step.results(found)]
    other = step.results(step.analyse(variant))
    assert [r.id for r in other] == expected
    for finding in show.findings("role-of-digitalization", other, "panel", "0" * 12):
        assert "nan" not in finding.text.lower().split()
        assert "None" not in finding.text.replace("None of", "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_chapter_runs_for_panels_of_every_kind(variant_of, chapter, kind):
    text = chapter("role-of-digitalization", variant_of(kind))
    assert text
    if kind == "no_ratings":
        assert "This panel has no ratings" in text


def test_numbers_of_the_ledger(found, constructed):
    results = {r.id: r for r in step.results(found)}
    top = found.codes.iloc[0]
    share = results["role-most-share"]
    assert (share.k, share.n) == (top["k"], top["n"])
    assert (share.low, share.high) == (top["low"], top["high"])
    assert share.standing == "model-based"
    assert results["role-any"].k == found.any_raised[0]
    assert results["role-w"].value == found.items.w.estimate
    assert results["role-experts"].value == top["n"]
