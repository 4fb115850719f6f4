"""The constructed panel: built byte for byte, true to its sources, and its truth counted again."""

import dataclasses
import itertools
import math
import os
import re
from collections import Counter, defaultdict

import forked
import numpy as np
import pytest
import yaml
from constructed import read

from analysis.panel.format import MODERATOR
from analysis.project import ROOT
from analysis.simulation.coding import CoderProcess, nominal_alpha
from analysis.simulation.constructed import SOURCE, TARGET
from analysis.simulation.drawn import rate_items, time_statements
from analysis.simulation.written import Draws, read_source

SIDES = ("authorities", "society")


def rows(name):
    """The rows of a table of the panel as its file has them: each a dictionary of texts."""
    return read(name, dtype=str, na_filter=False).to_dict("records")


@pytest.fixture(scope="module")
def source():
    return read_source(SOURCE)


@pytest.fixture(scope="module")
def truth():
    return yaml.safe_load((TARGET / "truth.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def by_id(source):
    return {s.id: s for s in source.said}


def test_the_panel_follows_from_the_hand_written_part_byte_for_byte(tmp_path):
    """In a process with another order of sets than this one's."""
    target = tmp_path / "panel"
    command = "analysis.simulation.constructed", str(SOURCE), str(target)
    run = forked.run(*command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert run.returncode == 0, run.stderr
    built, stored = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (target, TARGET)
    )
    assert sorted(built) == sorted(stored)
    changed = [name for name in built if built[name] != stored[name]]
    assert not changed, f"run python -m analysis.simulation.constructed: {changed} differ"


def test_draws_have_names_and_are_uniform():
    draws, numbers = Draws(1), [str(i) for i in range(4000)]
    u = np.array([draws.uniform("u", i) for i in numbers])
    assert abs(u.mean() - 0.5) < 4 / math.sqrt(12 * 4000)
    assert len(set(u)) == 4000
    picked = Counter(draws.choose({"a": 1, "b": 3, "c": 0}, "c", i) for i in numbers)
    assert picked["c"] == 0
    assert abs(picked["b"] / 4000 - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 4000)
    assert Draws(2).uniform("u", "1") != draws.uniform("u", "1")
    with pytest.raises(ValueError, match="nothing to choose from"):
        draws.choose({"a": 0}, "x")


# the hand-written part


def test_what_is_said_fits_the_tables(source):
    earlier = set()
    for s in source.said:
        assert s.speaker == MODERATOR or source.home[s.speaker] == s.session
        assert set(s.codes) <= set(source.codes)
        assert not s.codes or s.speaker != MODERATOR
        assert not s.echo_of or s.echo_of in earlier
        earlier.add(s.id)
    assert sorted(itertools.chain(*source.sides.values())) == sorted(source.home)
    items = source.tables["items"]["item_id"].tolist()
    assert list(source.generator["ratings"]["item_effect"]) == items


def test_a_coding_that_a_memo_tells_of_is_about_the_memo_s_statement(source):
    memos = source.tables["memos"]
    about = dict(zip(memos["memo_id"], memos["about"], strict=True))
    given = defaultdict(dict)
    for row in rows("codings"):
        given[row["coder"], row["statement_id"]][row["code_id"]] = row["stance"]
    for row in source.generator["coders"]["fixed"]:
        assert about[row["memo"]] == row["statement"]
        assert given[row["coder"], row["statement"]] == row["codes"]


def test_the_interviews_bear_the_writer_s_notes_out(source, by_id):
    notes, words = source.notes["planted"], Counter()
    for s in source.statements:
        words[s.speaker] += s.words
        words[s.session] += s.words
    shares = {e: words[e] / words[session] for e, session in source.home.items()}
    assert max(shares, key=shares.get) == notes["dominant"]["expert"]
    assert min(shares, key=shares.get) == notes["silent"]["expert"]
    for key in ("dominant", "silent", "laconic"):
        assert source.home[notes[key]["expert"]] == notes[key]["session"]
    kept = [row["expert_id"] for row in rows("experts") if row["quotable"] == "false"]
    assert kept == notes["not_quotable"]
    answered = {(s.session, s.question) for s in source.statements}
    asked = itertools.product(
        source.tables["sessions"]["session_id"], source.tables["guide"]["question_id"]
    )
    missing = [pair for pair in asked if pair not in answered]
    assert missing == [(notes["unreached"]["session"], notes["unreached"]["question"])]
    for case in notes["deviant_cases"]:
        assert {by_id[s].speaker for s in case["statements"]} == {case["expert"]}
    assert all(by_id[name].codes == {} for name in notes["uncoded_on_purpose"])
    assert all(row["statement"] in by_id for row in notes["off_guide"])


def test_the_codebook_says_in_both_languages_what_opposes_each_code(source):
    book = source.tables["codebook"]
    assert (book.filter(regex="^(name|definition|include|exclude)") != "").all(axis=None)
    assert book["definition"].str.contains("[Oo]pposes").all()
    assert book["definition_ru"].str.contains("[Вв]озража").all()
    rules = [source.panel[name].splitlines() for name in ("coding_rules", "coding_rules_ru")]
    assert len(rules[0]) == len(rules[1]) > 5


def test_some_hold_the_floor_and_some_say_a_word(source):
    for session in source.tables["sessions"]["session_id"]:
        words = [s.words for s in source.statements if s.session == session]
        assert 30 <= np.median(words) <= 60
        assert sum(n > 200 for n in words) >= 3
        assert sum(n <= 3 for n in words) >= 12
        assert sum(s.overlap for s in source.said if s.session == session) >= 5


# times


NUMERALS = {"двадцать": 20, "десять": 10, "восемь": 8, "пять": 5, "четыре": 4, "три": 3}


def test_what_the_moderator_says_of_the_time_agrees_with_the_clock(source):
    timing, told = time_statements(source), 0
    spoken = re.compile(rf"(осталось|Времени|Прошло)\s(?:минуты?\s)?({'|'.join(NUMERALS)})\b")
    for s in (s for s in source.said if s.speaker == MODERATOR):
        text, minutes = " ".join(s.text.split()), timing.minutes[s.session]
        if s.position == 1:
            assert "У нас минут сорок пять" in text
            assert minutes == pytest.approx(45, rel=0.05)
        for kind, number in spoken.findall(text):
            gone, told = timing.start[s.id] / 60, told + 1
            passed = gone if kind == "Прошло" else minutes - gone
            assert passed == pytest.approx(NUMERALS[number], abs=2.5), s.id
    assert told >= 6


def test_a_changed_text_changes_its_own_statement_only(source):
    """Draws have names, so a change of one statement does not shuffle all the others."""
    changed = source.said[40]
    longer = dataclasses.replace(changed, text=f"{changed.text} И ещё.", words=changed.words + 2)
    said = [longer if s is changed else s for s in source.said]
    edited = dataclasses.replace(source, said=said)
    before, after = (time_statements(x) for x in (source, edited))
    for s in source.said:
        old, new = (t.end[s.id] - t.start[s.id] for t in (before, after))
        assert (new > old) if s is changed else (new == pytest.approx(old, abs=0.11))
    coded = [CoderProcess(x).run() for x in (source, edited)]
    for coder, made in coded[0].items():
        differ = {s for s, codes in made.codings.items() if coded[1][coder].codings[s] != codes}
        assert differ <= {changed.id}


def test_times_fit_the_texts(source):
    timing, session, silent = time_statements(source), None, 0.0
    slow, fast = source.generator["timing"]["words_per_minute"]
    for s in source.said:
        start, end = timing.start[s.id], timing.end[s.id]
        assert end <= 60 * timing.minutes[s.session]
        if s.words >= 15 and s.id not in source.generator["timing"]["silence_within"]:
            assert 0.7 * slow < 60 * s.words / (end - start) < 1.3 * fast
        silent = silent if session == s.session else 0.0
        assert (start < silent) == s.overlap
        silent, session = max(silent, end), s.session


# coders


def test_expected_alpha_is_where_codings_with_other_seeds_end_up(source):
    process, counts = CoderProcess(source), np.zeros((40, 34, 2))
    coded = process.run()
    both = [s for s in source.statements if s.id in coded["coder_b"].codings]
    for run in range(40):
        other = CoderProcess(source, 1000 + run)
        for s in both:
            given = [other.code(coder, s)[0] for coder in coded]
            x, y = (np.array([code in g for code in source.codes]) for g in given)
            counts[run] += np.stack([x != y, 1 * x + y], axis=1)
    alpha, drawn = process.expected_alpha(coded), counts.mean(axis=0)
    for code, (differ, number) in zip(source.codes, drawn, strict=True):
        assert nominal_alpha(differ, number, len(both)) == pytest.approx(alpha[code], abs=0.1)
    overall = nominal_alpha(*drawn.sum(axis=0), 34 * len(both))
    assert overall == pytest.approx(alpha[""], abs=0.01)


def test_a_word_or_two_get_no_code_by_mistake(source):
    """Who codes in error codes what is long enough to be misread."""
    coded = CoderProcess(source).run()
    for made in coded.values():
        short = [made.codings.get(s.id) for s in source.statements if s.words <= 3 and not s.codes]
        assert sum(map(bool, short)) <= 0.03 * len(short)


# the truth


def test_planted_contrasts_and_pairs_are_counted_from_the_files(truth, source):
    speaker = {row["statement_id"]: row["speaker"] for row in rows("statements")}
    raised = defaultdict(set)
    for row in rows("codings"):
        if (row["coder"], row["stance"]) == ("consensus", "raises"):
            raised[row["code_id"]].add(speaker[row["statement_id"]])
    facts, sides = truth["planted"], truth["sides"]
    for row in facts["contrasts"] + facts["nulls"]:
        assert [row[s]["k"] for s in SIDES] == [
            len(raised[row["code"]] & {*sides[s]}) for s in SIDES
        ]
        assert [row[s]["n"] for s in SIDES] == [10, 10]
    for row in facts["pairs"]:
        x, y = (raised[code] for code in row["codes"])
        assert (row["both"], row["first"], row["second"]) == (len(x & y), len(x), len(y))
    assert truth["generator"] == source.generator


def test_answers_are_of_the_item_s_own_scale(source):
    items = source.tables["items"].set_index("item_id")[["scale_min", "scale_max"]].astype(int)
    given = defaultdict(set)
    for (_, item), answer in rate_items(source).answers.items():
        given[item] |= {answer} - {None}
    for item, (low, high) in items.iterrows():
        assert high - low == len(source.generator["ratings"]["thresholds"])
        assert low <= min(given[item]) < max(given[item]) <= high
    assert items["scale_min"].tolist() == [-2] * 3 + [1] * 13


def test_expected_ratings_are_where_other_seeds_end_up(source):
    """The mean of drawn minus expected answers is within 4.5 errors, item by item."""
    gaps = np.zeros((80, 16))
    for run in range(80):
        generator = source.generator | {"seeds": {"ratings": 5000 + run}}
        rated = rate_items(dataclasses.replace(source, generator=generator))
        by_item = defaultdict(list)
        for (expert, item), answer in rated.answers.items():
            if answer is not None:
                by_item[item].append(answer - rated.expected[expert, item])
        gaps[run] = [np.mean(values) for values in by_item.values()]
    error = gaps.std(axis=0, ddof=1) / math.sqrt(80)
    assert (np.abs(gaps.mean(axis=0)) < 4.5 * error).all()


# the Russian


def test_every_russian_word_is_known_or_a_name_or_a_term(source):
    from pymorphy3 import MorphAnalyzer

    morphology = MorphAnalyzer()
    word = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)
    terms = (SOURCE / "terms-ru.txt").read_text(encoding="utf-8").lower().split()
    tables = ("guide", "items", "codebook", "stakeholders")
    texts = [s.text for s in source.said]
    for name in tables:
        russian = source.tables[name].filter(regex="_ru$")
        texts += russian.to_numpy().ravel().tolist()
    texts += [text for name, text in source.panel.items() if name.endswith("_ru")]
    used = {found.lower() for found in word.findall("\n".join(texts))}

    def known(text):
        return text in terms or len(text) == 1 or morphology.word_is_known(text)

    assert [w for w in used if not known(w) and not all(map(known, w.split("-")))] == []
    assert not known("цифравизация")
    parts = used | {part for w in used for part in w.split("-")}
    assert [t for t in terms if t not in parts and t not in "\n".join(texts).lower()] == []


def test_both_languages_are_there_and_no_expert_says_a_thing_twice(source):
    for s in source.said:
        assert len(re.findall("[а-яё]", s.text.lower())) > len(re.findall("[a-z]", s.text.lower()))
        assert not re.search("[а-яё]{4}", s.text_en.lower())
        assert 0.4 < len(s.text_en) / len(s.text) < 2.5
    long = [s.text for s in source.statements if len(s.text.split()) > 5]
    assert len(long) == len(set(long))
