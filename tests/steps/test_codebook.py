"""The chapter on the codebook, recomputed from the CSV files by plain counting; and any panel."""

import dataclasses
import re
from collections import Counter, defaultdict

import nbformat
import pandas as pd
import pytest
from plain_files import rows_of as rows

from analysis.display import codebook as draw
from analysis.display.figures import to_svg
from analysis.display.notebook import findings
from analysis.panel.format import TASKS
from analysis.panel.panel import make_panel
from analysis.project import ROOT
from analysis.steps import codebook as step
from analysis.steps import codebook_results as said
from analysis.steps.code_tools import QUOTED_WORDS, code_counts, reveals, tree


@pytest.fixture(scope="module")
def results(constructed):
    return {r.id: r for r in said.results(constructed)}


@pytest.fixture(scope="module")
def given():
    """For each code and stance the experts, and the statements, in the resolved coding."""
    speaker = {r["statement_id"]: r["speaker"] for r in rows("statements")}
    experts, statements = defaultdict(set), defaultdict(set)
    for r in rows("codings"):
        if r["coder"] == "consensus":
            experts[r["code_id"], r["stance"]].add(speaker[r["statement_id"]])
            statements[r["code_id"], r["stance"]].add(r["statement_id"])
    return experts, statements


def union(found, codes, stances):
    return set().union(*(found[code, stance] for code in codes for stance in stances))


@pytest.fixture(scope="module")
def leaves():
    book = rows("codebook")
    parents = {r["parent_id"] for r in book}
    return [r for r in book if r["code_id"] not in parents]


class TestTree:
    def test_counts(self, constructed, given):
        experts, statements = given
        book = rows("codebook")
        table = step.counts(constructed).set_index("code_id")
        assert set(table.index) == {r["code_id"] for r in book}
        for row in book:
            under = {r["code_id"] for r in book if r["parent_id"] == row["code_id"]}
            codes = {row["code_id"], *under}
            raised = union(experts, codes, ["raises"])
            opposed = union(experts, codes, ["opposes"])
            found = table.loc[row["code_id"]]
            assert found["raised"] == len(raised)
            assert found["opposed"] == len(opposed)
            assert found["both"] == len(raised & opposed)
            assert found["silent"] == len(rows("experts")) - len(raised | opposed)
            assert found["statements"] == len(union(statements, codes, ["raises", "opposes"]))
            assert found["statements_opposed"] == len(union(statements, codes, ["opposes"]))

    def test_each_theme_stands_before_its_codes(self, constructed):
        table = tree(constructed)
        place = {code: i for i, code in enumerate(table["code_id"])}
        for row in rows("codebook"):
            if row["parent_id"]:
                between = table["theme"].iloc[place[row["parent_id"]] : place[row["code_id"]]]
                assert set(between) == {row["parent_id"]}

    def test_results(self, constructed, results, given, leaves):
        experts, statements = given
        book = rows("codebook")
        codes = [r["code_id"] for r in leaves]
        names = {r["code_id"]: r["name"] for r in book}
        assert results["codebook-themes"].value == sum(not r["parent_id"] for r in book)
        assert results["codebook-codes"].value == len(codes)
        for id, stance in (("most-raised", "raises"), ("most-opposed", "opposes")):
            numbers = {c: len(experts[c, stance]) for c in codes}
            text = results[f"codebook-{id}"].value
            first = [c for c in codes if numbers[c] == max(numbers.values())]
            assert f"{max(numbers.values())} of {len(rows('experts'))}" in text
            assert all(f"“{names[c]}”" in text for c in first)
            assert text.count("“") == len(first)
        opposed = [c for c in codes if experts[c, "opposes"]]
        result = results["codebook-opposed"]
        assert (result.k, result.n) == (len(opposed), len(codes))
        more = [c for c in codes if len(experts[c, "opposes"]) > len(experts[c, "raises"])]
        text = results["codebook-more-against"].value
        assert {names[c] for c in more} == set(re.findall("“(.*?)”", text))
        both = [c for c in codes if experts[c, "opposes"] & experts[c, "raises"]]
        text = results["codebook-both-ways"].value
        assert {names[c] for c in both} == set(re.findall("“(.*?)”", text))
        one = [c for c in codes if len(experts[c, "raises"]) == 1]
        text = results["codebook-by-one"].value
        assert {names[c] for c in one} == set(re.findall("“(.*?)”", text))
        used = [c for c in codes if statements[c, "raises"] | statements[c, "opposes"]]
        result = results["codebook-used"]
        assert (result.k, result.n) == (len(used), len(codes))

    def test_codes_of_a_statement(self, constructed, results):
        coded = [r["statement_id"] for r in rows("coded") if r["coder"] == "consensus"]
        number = Counter(r["statement_id"] for r in rows("codings") if r["coder"] == "consensus")
        expected = Counter(number[s] for s in coded)
        table = step.per_statement(constructed)
        assert dict(zip(table["codes"], table["statements"], strict=True)) == dict(expected)
        result = results["codebook-with-code"]
        assert (result.k, result.n) == (len(coded) - expected[0], len(coded))

    def test_a_code_given_to_a_theme_counts_for_the_theme_alone(self, constructed):
        codings = constructed.codings.astype(object)
        theme = constructed.codebook["code_id"].iloc[0]
        mine = codings[codings["coder"] == "consensus"].index[0]
        codings.loc[mine, "code_id"] = theme
        panel = make_panel(constructed.meta, {**constructed.frames, "codings": codings})
        assert step.given_to_themes(constructed) == 0
        assert step.given_to_themes(panel) == 1
        found = {r.id: r.value for r in said.results(panel)}["codebook-on-themes"]
        assert found.startswith("1 coding names a theme")
        before = code_counts(constructed).set_index("code_id")["statements"]
        after = code_counts(panel).set_index("code_id")["statements"]
        assert after[theme] >= before[theme]
        assert after.drop(theme).sum() < before.drop(theme).sum()


class TestOrigins:
    def test_by_origin(self, constructed, results, given, leaves):
        experts, statements = given
        table = step.origins(constructed).set_index("origin")
        by_origin = defaultdict(list)
        for row in leaves:
            by_origin[row["origin"]].append(row["code_id"])
        assert set(table.index) == set(by_origin)
        for origin, codes in by_origin.items():
            raised = [len(experts[c, "raises"]) for c in codes]
            row = table.loc[origin]
            assert row["codes"] == len(codes)
            assert row["raised"] == sum(k > 0 for k in raised)
            assert (row["fewest"], row["most"]) == (min(raised), max(raised))
            every = sum(len(union(statements, [c], ["raises", "opposes"])) for c in codes)
            assert row["statements"] == every
        before = sum(len(c) for o, c in by_origin.items() if o.startswith("a-priori"))
        assert results["codebook-beforehand"].k == before
        assert results["codebook-found"].k == len(by_origin["inductive"])

    @pytest.mark.parametrize(
        ("text", "means"),
        [
            ("a priori", step.BEFOREHAND),
            ("A-priori (guide)", step.BEFOREHAND),
            ("deductive", step.BEFOREHAND),
            ("Inductive", step.FOUND),
            ("in vivo", step.FOUND),
            ("team meeting", step.OTHER),
            ("", step.UNSTATED),
        ],
    )
    def test_meaning(self, text, means):
        assert step.origin_of(text) == means

    def test_no_origins(self, constructed):
        book = constructed.codebook.astype(object).assign(origin=None)
        panel = make_panel(constructed.meta, {**constructed.frames, "codebook": book})
        assert "does not say" in {r.id: r.value for r in said.results(panel)}["codebook-origin"]


class TestVersions:
    def test_entries(self, constructed):
        table = step.versions(constructed).set_index("version")
        for version, row in table.iterrows():
            mine = [r for r in rows("codebook_changes") if r["version"] == version]
            for change, number in Counter(r["change"] for r in mine).items():
                assert row[change] == number
        assert len(step.changes(constructed)) == len(rows("codebook_changes"))

    def test_sizes_by_replaying_what_was_added_and_what_left(self, constructed):
        # forwards: the codes that each version added, split off, merged or renamed, less those gone
        present, sizes = set(), {}
        now = {r["code_id"] for r in rows("codebook")}
        entries = rows("codebook_changes")
        for version in dict.fromkeys(r["version"] for r in entries):
            mine = [r for r in entries if r["version"] == version]
            for r in mine:
                if r["code_id"] in now or r["change"] == "added":
                    present.add(r["code_id"])
            for r in mine:
                if r["change"] != "added" and r["code_id"] not in now:
                    present.discard(r["code_id"])
            sizes[version] = len(present)
        table = step.versions(constructed)
        assert dict(zip(table["version"], table["size"], strict=True)) == sizes
        assert table["size"].iloc[-1] == len(now)

    def test_without_since_earlier_sizes_are_unknown(self, constructed):
        book = constructed.codebook.astype(object)
        book.loc[3, "since"] = None
        panel = make_panel(constructed.meta, {**constructed.frames, "codebook": book})
        assert step.versions(panel)["size"].isna().all()
        assert "not known" in {r.id: r.value for r in said.results(panel)}["codebook-history"]


class TestExamples:
    def test_by_the_stated_rule(self, constructed, leaves):
        """The rule in plain loops over the files."""
        order = [c for c in tree(constructed)["code_id"] if c in {r["code_id"] for r in leaves}]
        sessions = [s["session_id"] for s in rows("sessions")]
        said_ = sorted(
            rows("statements"),
            key=lambda r: (sessions.index(r["session_id"]), int(r["position"])),
        )
        experts = {e["expert_id"]: e for e in rows("experts")}
        codings = [r for r in rows("codings") if r["coder"] == "consensus"]
        weight = Counter(r["statement_id"] for r in codings)
        by_expert, by_kind, used, expected = Counter(), Counter(), set(), set()
        for stance in ("opposes", "raises"):
            for code in order:
                have = {
                    r["statement_id"]
                    for r in codings
                    if r["code_id"] == code and r["stance"] == stance
                }
                best = None
                for r in said_:
                    if r["statement_id"] not in have - used:
                        continue
                    expert = experts[r["speaker"]]
                    if expert["quotable"] != "true":
                        continue
                    key = (
                        by_expert[r["speaker"]],
                        by_kind[expert["stakeholder"]],
                        weight[r["statement_id"]],
                    )
                    if best is None or key < best[0]:
                        best = key, r
                if best:
                    r = best[1]
                    used.add(r["statement_id"])
                    by_expert[r["speaker"]] += 1
                    by_kind[experts[r["speaker"]]["stakeholder"]] += 1
                    expected.add((code, stance, r["statement_id"]))
        table = step.examples(constructed).table
        found = set(zip(table["code"], table["stance"], table["statement"], strict=True))
        assert found == expected

    def test_one_opposes_where_a_quotable_expert_does(self, constructed, given, leaves):
        experts, _ = given
        open_ = {e["expert_id"] for e in rows("experts") if e["quotable"] == "true"}
        table = step.examples(constructed).table
        shown = set(table.loc[table["stance"] == "opposes", "code"])
        for row in leaves:
            possible = bool(experts[row["code_id"], "opposes"] & open_)
            assert (row["code_id"] in shown) <= possible
        assert shown

    def test_original_and_translation_as_in_the_file(self, constructed):
        texts = {r["statement_id"]: (r["text"], r["text_en"]) for r in rows("statements")}
        for row in step.examples(constructed).table.to_dict("records"):
            assert (row["text"], row["text_en"]) == texts[row["statement"]]

    def test_nothing_where_nobody_may_be_quoted(self, constructed):
        closed = constructed.experts.astype(object).assign(quotable=False)
        panel = make_panel(constructed.meta, {**constructed.frames, "experts": closed})
        found = step.examples(panel)
        assert found.table.empty
        assert found.missing
        rest = step.without_example(panel, found)
        assert set(rest["why"]) == {"none of them may be quoted"}
        assert set(rest["quotable"]) == {0}

    def test_withheld_texts_are_no_examples(self, variant_of):
        panel = variant_of("withheld")
        found = step.examples(panel)
        assert found.table.empty
        rest = step.without_example(panel, found)
        assert rest["why"].str.contains("withheld").any()


class TestWhatMayNotBeShown:
    def closed(self):
        experts = {e["expert_id"] for e in rows("experts") if e["quotable"] != "true"}
        return [r for r in rows("statements") if r["speaker"] in experts]

    def test_notes_that_name_or_quote(self, constructed):
        theirs = self.closed()
        words = re.findall(r"\w+", theirs[0]["text"])
        if len(words) < QUOTED_WORDS:
            words = re.findall(r"\w+", max((r["text"] for r in theirs), key=len))
        run = " ".join(words[:QUOTED_WORDS])
        translated = re.findall(r"\w+", max((r["text_en"] for r in theirs), key=len))
        notes = [
            f"See {theirs[0]['statement_id']}.",
            f"{theirs[0]['speaker']} says it plainly.",
            f"... «{run.upper()}»!",
            "She: " + " ".join(translated[3 : 3 + QUOTED_WORDS]),
            " ".join(words[: QUOTED_WORDS - 1]),
            "Nothing of the kind.",
            "",
        ]
        assert reveals(constructed, notes) == [True, True, True, True, False, False, False]
        assert reveals(constructed, []) == []

    def test_memos(self, constructed):
        names = {r["code_id"] for r in rows("codebook")}
        names |= {r["code_id"] for r in rows("codebook_changes")}
        closed = {r["statement_id"] for r in self.closed()} | {r["speaker"] for r in self.closed()}
        about = [m for m in rows("memos") if m["about"] in names]
        hidden = [m for m in about if closed & set(re.findall(r"[a-z0-9_-]+", m["text"]))]
        table, withheld = step.memos(constructed)
        assert withheld >= len(hidden)
        assert len(table) + withheld == len(about)
        assert not set(table["memo_id"]) & {m["memo_id"] for m in hidden}

    def test_a_reason_of_a_change_is_withheld_too(self, constructed):
        changes = constructed.frames["codebook_changes"].astype(object)
        id = self.closed()[0]["statement_id"]
        changes.loc[0, "reason"] = f"Because of {id}."
        frames = {**constructed.frames, "codebook_changes": changes}
        table = step.changes(make_panel(constructed.meta, frames))
        assert table["reason"].iloc[0].startswith("(withheld")
        assert not table["reason"].str.contains(id).any()

    @pytest.mark.parametrize("chapter", ["panel", "codebook"])
    def test_the_stored_pages_hold_no_word_of_theirs(self, chapter):
        nb = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
        page = "\n".join(
            str(output.get("data", "")) for cell in nb.cells for output in cell.get("outputs", [])
        )
        for r in self.closed():
            assert r["text"] not in page
            assert not r["text_en"] or r["text_en"] not in page
            assert r["statement_id"] not in page


class TestSentences:
    def table(self, **columns):
        base = {"name": ["A", "B"], "leaf": [True, True], "n": [4, 4], "both": [0, 0]}
        base |= {"raised": [0, 0], "opposed": [0, 0], "statements": [0, 0]}
        return pd.DataFrame(base | columns)

    def test_nothing(self):
        nothing = self.table()
        assert said.foremost(nothing, "raised", "raised") == "No code was raised by anybody."
        assert said.unused(nothing) == "No code was given to any statement."
        assert said.only_opposed(nothing).startswith("No code")
        assert said.by_one(nothing).startswith("No code")

    def test_ties_and_all(self):
        table = self.table(raised=[4, 4], statements=[5, 0])
        text = said.foremost(table, "raised", "raised")
        assert text == "The codes raised by most experts are “A” and “B”: each by all 4."
        assert said.unused(table) == "Given to no statement: “B”."

    def test_opposed_without_being_raised(self):
        table = self.table(opposed=[2, 0])
        assert said.only_opposed(table) == "Opposed, and raised by nobody: “A”."
        assert "nobody raised it, 2 opposed it" in said.more_against(table)

    def test_memos(self, constructed):
        assert "none is about a code" in said.memo_says(constructed, 0, 0)
        assert "1 is about codes." in said.memo_says(constructed, 1, 0)
        assert "2 are withheld: they tell" in said.memo_says(constructed, 1, 2)


class TestAnyPanel:
    def test_the_same_ids_and_a_text_for_each(self, variant, results):
        found = said.results(variant)
        assert [r.id for r in found] == list(results)
        for finding in findings("codebook", found, variant.meta.source, variant.digest):
            assert finding.text.strip()

    def test_draws_what_there_is(self, variant):
        counts = step.counts(variant)
        for task in TASKS:
            if (counts["task"] == task).any():
                made = draw.tree(counts, task)
                assert made["alt"]
                assert set(made["columns"]) <= set(made["numbers"].columns)
            else:
                assert "no code" in draw.missing(task)
        for made in (
            draw.per_statement(step.per_statement(variant)),
            draw.origins(step.origins(variant)),
            *draw.definitions(step.definitions(variant)),
        ):
            assert set(made["columns"]) <= set(made["frame"].columns)
            assert len(made["frame"])
        examples, names = step.examples(variant).table, _names(variant)
        assert sum(len(part) for part, _ in draw.examples(examples, names)) == len(examples)

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_a_picture_in_each_language(self, constructed, language):
        made = draw.tree(step.counts(constructed), TASKS[0], language)
        assert "<svg" in to_svg(made["picture"], constructed.meta.source, language)

    @pytest.mark.parametrize(
        ("name", "id", "text"),
        [
            ("no_codes", "codebook-most-raised", "No code was raised"),
            ("no_codes", "codebook-unused", "No code was given"),
            ("no_codes", "codebook-no-example", "no code has an example"),
            ("no_translations", "codebook-translated", "no translations"),
            ("two_themes", "codebook-history", "no changes"),
            ("withheld", "codebook-examples", "No statement that has a code can be quoted"),
        ],
    )
    def test_what_is_missing_is_said(self, variant_of, name, id, text):
        assert text in {r.id: r.value for r in said.results(variant_of(name))}[id]

    def test_without_memos(self, constructed):
        frames = {k: v for k, v in constructed.frames.items() if k != "memos"}
        panel = make_panel(constructed.meta, frames)
        assert step.memos(panel)[0].empty
        assert "no memos" in {r.id: r.value for r in said.results(panel)}["codebook-memos"]

    def test_an_expert_nobody_coded_is_not_silent(self, variant_of):
        panel = variant_of("a_silent_expert")
        counts = step.counts(panel)
        assert set(counts["n"]) == {len(panel.experts) - 1}
        assert (counts["silent"] >= 0).all()

    def test_a_panel_of_english_needs_no_translation(self, constructed):
        meta = dataclasses.replace(constructed.meta, language="en")
        panel = make_panel(meta, constructed.frames)
        found = {r.id: r.value for r in said.results(panel)}
        assert found["codebook-translated"] == "No translation is needed."


def _names(panel):
    return dict(zip(panel.codebook["code_id"], panel.codebook["name"], strict=True))
