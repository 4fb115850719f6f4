"""The words of the interviews: each number by a second, plain route; then any kind of panel."""

import dataclasses
import functools
import math
import random
import re
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from plain_files import rows_of

from analysis.display import figures
from analysis.display import language as draw
from analysis.display import notebook as show
from analysis.panel.panel import make_panel
from analysis.panel.plan import Plan
from analysis.project import ROOT
from analysis.publish.pages import GLUED
from analysis.steps.language import codes, concordance, corpus, keywords, report, sentences, words

EXPERTS = {row["expert_id"]: row for row in rows_of("experts")}
GUIDE = {row["question_id"]: row for row in rows_of("guide")}
STATEMENTS = rows_of("statements")
SAID = [row for row in STATEMENTS if row["speaker"] != "moderator"]
OPEN = {id for id, row in EXPERTS.items() if row["quotable"] == "true"}
TASK = {row["statement_id"]: GUIDE.get(row["question_id"], {}).get("task") for row in SAID}
CODES = defaultdict(set)
for row in rows_of("codings"):
    if row["coder"] == "consensus":
        CODES[row["statement_id"]].add(row["code_id"])
CODED = {row["statement_id"] for row in rows_of("coded") if row["coder"] == "consensus"}


# a second way to the words: by hand, one character at a time


@pytest.fixture(scope="module")
def analyser():
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def plain_tokens(text):
    found, at, depth = [], "", 0
    text = text.lower().replace("ё", "е")
    for i, letter in enumerate(text + " "):
        depth += letter == "["
        inner = letter in "-'’" and at and text[i + 1 : i + 2].isalnum()
        if depth == 0 and (letter.isalnum() or inner):
            at += letter.replace("’", "'")
        elif at:
            found.append(at)
            at = ""
        depth -= letter == "]"
    return [word for word in found if not any(c.isdigit() for c in word)]


LEFT_OUT = {"PREP", "CONJ", "PRCL", "NPRO", "INTJ", "NUMR"}


@functools.cache
def looked_up(word):
    """Lemma, whether it is a content word, how many lemmas, and whether it is known."""
    import pymorphy3

    analyser = looked_up.analyser = (
        getattr(looked_up, "analyser", None) or pymorphy3.MorphAnalyzer()
    )
    parses = analyser.parse(word)
    for end in ("-то", "-таки", "-ка"):
        bare = word.removesuffix(end)
        if bare != word and not parses[0].is_known and analyser.word_is_known(bare):
            parses = analyser.parse(bare)
    tag = parses[0].tag
    function = (
        tag.POS in LEFT_OUT
        or len(word) == 1
        or any(mark in tag for mark in ("Apro", "Anph", "Dmns", "Ques"))
    )
    lemmas = [parse.normal_form.replace("ё", "е") for parse in parses]
    name = any(mark in tag for mark in ("Name", "Surn", "Patr"))
    return lemmas[0], not function, len(set(lemmas)), parses[0].is_known, name


WORDS = {row["statement_id"]: plain_tokens(row["text"]) for row in STATEMENTS}


@functools.lru_cache(maxsize=1)
def plain():
    """Uses of each content word by statement, users of each, and the words that may be shown."""
    uses = {
        id: Counter(looked_up(w)[0] for w in said if looked_up(w)[1]) for id, said in WORDS.items()
    }
    users = defaultdict(set)
    for row in SAID:
        for word in uses[row["statement_id"]]:
            users[word].add(row["speaker"])
    names = {looked_up(w)[0] for said in WORDS.values() for w in said if looked_up(w)[4]}
    may = {w for w, who in users.items() if len(who) >= 3 and who & OPEN and w not in names}
    return uses, users, may


def g2_of(a, b, c, d):
    e1, e2 = c * (a + b) / (c + d), d * (a + b) / (c + d)
    return 2 * ((a * math.log(a / e1) if a else 0) + (b * math.log(b / e2) if b else 0))


def ratio_of(a, b, c, d):
    return math.log2(((a or 0.5) / c) / ((b or 0.5) / d))


# the constructed panel


@pytest.fixture(scope="module")
def found(constructed):
    return report.analyse(constructed, deals=400)


@pytest.fixture(scope="module")
def said(constructed, found):
    return {r.id: r for r in report.results(constructed, found)}


def test_words_are_counted(found, said):
    everything = [w for row in SAID for w in WORDS[row["statement_id"]]]
    assert found.corpus.tally.words == len(everything) == said["lang-words"].value
    assert said["lang-forms"].value == len(set(everything))
    assert said["lang-statements"].value == sum(bool(WORDS[r["statement_id"]]) for r in SAID)
    for id, share in (
        ("function", sum(not looked_up(w)[1] for w in everything)),
        ("ambiguous", sum(looked_up(w)[2] > 1 for w in everything)),
        ("unknown", sum(not looked_up(w)[3] for w in everything)),
    ):
        assert (said[f"lang-{id}"].k, said[f"lang-{id}"].n) == (share, len(everything))
    asked = [w for r in STATEMENTS if r["speaker"] == "moderator" for w in WORDS[r["statement_id"]]]
    assert said["lang-moderator-words"].value == len(asked)
    assert said["lang-text"].value == (
        f"Counted are {len(everything)} words in {len(SAID)} statements of all {len(EXPERTS)} "
        "experts."
    )


def test_vocabulary(found, said):
    uses, users, may = plain()
    table = found.corpus.vocabulary.set_index("word")
    total = Counter()
    for row in SAID:
        total += uses[row["statement_id"]]
    assert table["tokens"].to_dict() == dict(total)
    assert table["experts"].to_dict() == {w: len(users[w]) for w in total}
    assert table["quotable"].to_dict() == {w: len(users[w] & OPEN) for w in total}
    assert set(table.index[table["shown"]]) == may
    assert said["lang-compared"].value == len(may)
    assert said["lang-lemmas"].value == len(total)
    guided = {looked_up(w)[0] for row in GUIDE.values() for w in plain_tokens(row["text_ru"])}
    assert set(table.index[table["guide"]]) == guided & set(total)
    asked = Counter()
    for row in STATEMENTS:
        if row["speaker"] == "moderator":
            asked.update(looked_up(w)[0] for w in WORDS[row["statement_id"]])
    assert table["moderator"].to_dict() == {w: asked[w] for w in total}


def groups_of(constructed, what):
    """The group of each statement of an expert, by the files."""
    if what == "tasks":
        return TASK
    side = {kind: side for side, kinds in constructed.plan.sides.items() for kind in kinds}
    return {r["statement_id"]: side.get(EXPERTS[r["speaker"]]["stakeholder"]) for r in SAID}


def tallied(group, name):
    """Uses inside and outside, words inside and outside, and uses and words by expert."""
    uses, _, _ = plain()
    inside, outside, size = Counter(), Counter(), [0, 0]
    by_expert = {True: defaultdict(Counter), False: defaultdict(Counter)}
    length = Counter()
    for row in SAID:
        id = row["statement_id"]
        if not group[id] or not WORDS[id]:
            continue
        here = group[id] == name
        (inside if here else outside).update(uses[id])
        size[not here] += len(WORDS[id])
        by_expert[here][row["speaker"]].update(uses[id])
        if here:
            length[row["speaker"]] += len(WORDS[id])
    return inside, outside, size, by_expert, length


@pytest.mark.parametrize("what", ["sides", "tasks"])
def test_key_words(constructed, found, what):
    _, _, may = plain()
    group, mine = groups_of(constructed, what), getattr(found, what)
    names = mine.groups["group"].tolist()
    assert set(names) == {name for name in group.values() if name}
    for name in names:
        inside, outside, (c, d), by_expert, length = tallied(group, name)
        own = mine.groups.set_index("group").loc[name]
        assert own["words"] == c
        assert own["experts"] == len(by_expert[True])
        expected = []
        for word in may:
            a, b = inside[word], outside[word]
            users = [e for e, used in by_expert[True].items() if used[word]]
            g2 = g2_of(a, b, c, d)
            if a / c > b / d and len(users) >= 2 and set(users) & OPEN and g2 > 3.841:
                expected.append((-round(g2, 7), word))
        table = mine.table[mine.table["group"] == name]
        assert table["word"].tolist() == [word for _, word in sorted(expected)[:10]]
        for row in table.to_dict("records"):
            word = row["word"]
            a, b = inside[word], outside[word]
            assert (row["a"], row["b"]) == (a, b)
            assert row["g2"] == pytest.approx(g2_of(a, b, c, d))
            assert row["log_ratio"] == pytest.approx(ratio_of(a, b, c, d))
            assert row["per_1000_a"] == pytest.approx(1000 * a / c)
            assert row["per_1000_b"] == pytest.approx(1000 * b / d)
            for here, k, n in ((True, "k_a", "n_a"), (False, "k_b", "n_b")):
                assert row[k] == sum(bool(used[word]) for used in by_expert[here].values())
                assert row[n] == len(by_expert[here])
            shares = [(by_expert[True][e][word] / a, length[e] / c) for e in by_expert[True]]
            assert row["dp"] == pytest.approx(sum(abs(v - s) for v, s in shares) / 2)
            assert row["largest"] == pytest.approx(max(v for v, _ in shares))
            uses = mine.uses[(mine.uses["word"] == word) & (mine.uses["group"] == name)]
            counted = dict(
                zip(*(uses.loc[uses["inside"], c] for c in ("expert", "uses")), strict=True)
            )
            assert counted == {e: used[word] for e, used in by_expert[True].items()}


def plain_deals(constructed, what, times, together=False):
    """For each listed word how often a deal reaches its G2, and how often any word does."""
    uses, _, may = plain()
    group = groups_of(constructed, what)
    rng, vocabulary = random.Random(5), sorted(may)
    blocks, strata = defaultdict(Counter), defaultdict(list)
    for row in SAID:
        id, who, session = row["statement_id"], row["speaker"], row["session_id"]
        if group[id] and WORDS[id]:
            owner = who if what == "sides" or not together else session
            block = (owner, group[id])
            if block not in blocks:
                keep = (session if together else "") if what == "sides" else owner
                strata[keep].append(block)
            blocks[block].update({w: n for w, n in uses[id].items() if w in may})
            blocks[block][""] += len(WORDS[id])
    names = sorted({name for _, name in blocks})
    table = {
        block: np.array([used[w] for w in ["", *vocabulary]]) for block, used in blocks.items()
    }

    def keyness(dealt):
        out = []
        for name in names if len(names) > 2 else names[:1]:
            a = sum(table[block] for block, own in dealt.items() if own == name)
            b = sum(table.values()) - a
            out.append([g2_of(x, y, a[0], b[0]) for x, y in zip(a[1:], b[1:], strict=True)])
        return np.array(out)

    seen = keyness({block: block[1] for block in blocks})
    reached, most = np.zeros_like(seen), []
    for _ in range(times):
        dealt = {}
        for own in strata.values():
            labels = [name for _, name in own]
            rng.shuffle(labels)
            dealt.update(zip(own, labels, strict=True))
        values = keyness(dealt)
        reached += values >= seen - 1e-9
        most.append(values.max())
    return names, vocabulary, seen, reached / times, np.array(most)


@pytest.mark.parametrize(
    ("what", "together"), [("sides", False), ("sides", True), ("tasks", False), ("tasks", True)]
)
def test_chance_by_deals_one_by_one(constructed, found, what, together):
    times = 150
    names, vocabulary, seen, reached, most = plain_deals(constructed, what, times, together)
    mine = getattr(found, what)
    for row in mine.table.to_dict("records"):
        at = names.index(row["group"]) if len(names) > 2 else 0
        word = vocabulary.index(row["word"])
        assert row["g2"] == pytest.approx(seen[at, word])
        any_word = (most >= row["g2"] - 1e-9).mean()
        error = 4.5 * math.sqrt(max(any_word * (1 - any_word), 0.02) * (1 / times + 1 / 400))
        assert row["together" if together else "adjusted"] == pytest.approx(any_word, abs=error)
        if not together:
            alone = reached[at, word]
            error = 4.5 * math.sqrt(max(alone * (1 - alone), 0.02) * (1 / times + 1 / 400))
            assert row["alone"] == pytest.approx(alone, abs=error)


def test_one_by_one_and_habits(constructed, found):
    _, users, may = plain()
    for what in ("sides", "tasks"):
        group, mine = groups_of(constructed, what), getattr(found, what)
        names, few, naive = mine.groups["group"].tolist(), 0, 0
        for name in names:
            inside, outside, (c, d), _, _ = tallied(group, name)
            ranked = sorted(
                (-round(g2_of(inside[w], outside[w], c, d), 7), w)
                for w in {*inside, *outside}
                if inside[w] / c > outside[w] / d
            )[:10]
            few += sum(len(users[w]) < 3 for _, w in ranked)
            if len(names) > 2 or name == names[0]:
                naive += sum(g2_of(inside[w], outside[w], c, d) > 3.841 for w in may)
        assert (mine.habits, mine.of_list) == (few, 10 * len(names))
        n = len(may) * (len(names) if len(names) > 2 else 1)
        assert f"drawn by itself, {naive} of {n} " in sentences.alone(mine)


def test_words_of_the_moderator(found):
    uses, users, may = plain()
    asked, total = Counter(), Counter()
    for row in STATEMENTS:
        for word in WORDS[row["statement_id"]]:
            own = asked if row["speaker"] == "moderator" else total
            own[looked_up(word)[0]] += 1
    c, d = asked.total(), total.total()
    expected = []
    for word in may:
        # the experts' uses are those as a content word
        b = sum(uses[row["statement_id"]][word] for row in SAID)
        a = asked[word]
        g2 = g2_of(a, b, c, d)
        if a >= 2 and a / c > b / d and g2 > 3.841:
            expected.append((-round(g2, 7), word, a, b, len(users[word])))
    shown = found.moderator
    assert [tuple(row) for row in shown[["word", "a", "b", "k"]].to_numpy()] == [
        (word, a, b, k) for _, word, a, b, k in sorted(expected)[:10]
    ]


def test_words_of_codes(found):
    uses, _, may = plain()
    names = {row["code_id"]: row["name"] for row in rows_of("codebook")}
    parents = {row["parent_id"] for row in rows_of("codebook")}
    leaves = [code for code in names if code not in parents]
    table = found.codes.set_index("code")
    assert set(table.index) == set(leaves)
    for code in leaves:
        inside, outside, size, users = Counter(), Counter(), [0, 0], defaultdict(set)
        having = [row for row in SAID if code in CODES[row["statement_id"]]]
        for row in SAID:
            id = row["statement_id"]
            if id in CODED and WORDS[id]:
                here = code in CODES[id]
                (inside if here else outside).update(uses[id])
                size[not here] += len(WORDS[id])
                for word in uses[id] if here else ():
                    users[word].add(row["speaker"])
        assert table.at[code, "statements"] == len(having)
        assert table.at[code, "experts"] == len({row["speaker"] for row in having})
        ranked = []
        for word in may:
            a, b, (c, d) = inside[word], outside[word], size
            if len(users[word]) >= 3 and users[word] & OPEN and a / c > b / d:
                ranked.append((-round(g2_of(a, b, c, d), 7), word, a, b, len(users[word])))
        expected = [row for row in sorted(ranked) if row[0] < -3.841][:6]
        own = found.code_words[found.code_words["code"] == code]
        assert [tuple(row) for row in own[["word", "a", "b", "k"]].to_numpy()] == [
            (word, a, b, k) for _, word, a, b, k in expected
        ]
        assert bool(table.at[code, "why"]) == (not len(own))


# lines in context


def test_lines_are_chosen_by_the_rule(constructed, found):
    """The rule once more, over the files alone."""
    uses, _, _ = plain()
    shown_by, kinds_shown, used = Counter(), Counter(), set()
    top = found.tasks.table.groupby("group", sort=False).head(report.WORDS_WITH_LINES)
    wanted = [(row["group"], row["word"]) for row in top.to_dict("records")]
    chosen = defaultdict(list)
    order = {row["session_id"]: place for place, row in enumerate(rows_of("sessions"))}
    spoken = sorted(SAID, key=lambda r: (order[r["session_id"]], int(r["position"])))
    for _ in range(concordance.LINES):
        for group, word in wanted:
            own = Counter(row["speaker"] for row in chosen[group, word])
            left = [
                row
                for row in spoken
                if uses[row["statement_id"]][word]
                and TASK[row["statement_id"]] == group
                and CODES[row["statement_id"]]
                and row["speaker"] in OPEN
                and row["statement_id"] not in used
            ]
            if left:
                best = min(
                    left,
                    key=lambda r: (
                        own[r["speaker"]],
                        len(re.findall(r"\w+(?:[-'’]\w+)*", r["text"])) < 10,
                        shown_by[r["speaker"]],
                        kinds_shown[EXPERTS[r["speaker"]]["stakeholder"]],
                        len(CODES[r["statement_id"]]),
                    ),
                )
                chosen[group, word].append(best)
                used.add(best["statement_id"])
                shown_by[best["speaker"]] += 1
                kinds_shown[EXPERTS[best["speaker"]]["stakeholder"]] += 1
    expected = [
        (group, word, row["speaker"], row["statement_id"], row["text_en"])
        for group, word in wanted
        for row in chosen[group, word]
    ]
    lines = found.lines["task"]
    columns = ["group", "word", "expert", "statement", "text_en"]
    assert [tuple(row) for row in lines[columns].to_numpy()] == expected
    assert found.said["task-lines"] == (
        f"Shown are {len(lines)} lines of {lines['word'].nunique()} words, by "
        f"{lines['expert'].nunique()} of {len(EXPERTS)} experts."
    )


@pytest.mark.parametrize("which", ["side", "task", "code"])
def test_each_line_is_where_it_says(constructed, found, which):
    text = {row["statement_id"]: row["text"] for row in SAID}
    lines = found.lines[which]
    assert len(lines)
    assert lines["statement"].is_unique
    names = {row["name"]: row["code_id"] for row in rows_of("codebook")}
    group = groups_of(constructed, "sides")
    for row in lines.to_dict("records"):
        assert row["expert"] in OPEN
        left = row["left"].removeprefix("… ")
        right = row["right"].removesuffix(" …")
        assert f"{left}{row['said']}{right}" in text[row["statement"]]
        assert looked_up(plain_tokens(row["said"])[0])[0] == row["word"]
        assert len(plain_tokens(left)) <= concordance.WINDOW
        assert len(plain_tokens(right)) <= concordance.WINDOW
        if which == "side":
            assert group[row["statement"]] == row["group"]
        elif which == "task":
            assert TASK[row["statement"]] == row["group"]
        else:
            assert names[row["group"]] in CODES[row["statement"]]


def test_a_line_is_cut_where_the_statement_goes_on(found):
    text = "раз два три четыре пять, [смех] шесть семь восемь девять десять одиннадцать двенадцать "
    long = text + "потом Платформа — и " + text.strip() + "."
    cut = concordance.in_context(long, "платформа", found.corpus)
    assert cut["said"] == "Платформа"
    assert cut["left"].startswith("… два три")
    assert cut["right"].endswith("одиннадцать …")
    whole = concordance.in_context("Эта платформа-то есть.", "платформа", found.corpus)
    assert whole == {"left": "Эта ", "said": "платформа-то", "right": " есть."}
    with pytest.raises(ValueError, match="does not have the word"):
        concordance.in_context("Ничего такого.", "платформа", found.corpus)


# words


def test_tokens():
    def forms(text):
        return [token.form for token in words.tokens(text)]

    assert forms("Всё-таки, ЕЩЁ раз: чат\u2011бот!") == ["все-таки", "еще", "раз", "чат-бот"]
    assert forms("в 2021 году 2-й раз, 5G и v2") == ["в", "году", "раз", "и"]
    assert forms("да [e03], [связь прерывается] нет") == ["да", "нет"]
    assert forms("don’t – I'm 'here'") == ["don't", "i'm", "here"]
    assert forms("за\u0301мок и\u0306 сло\u00adво") == ["замок", "й", "слово"]
    assert forms("[withheld]") == []
    assert [(t.start, t.end, t.capital) for t in words.tokens("Да, нет")] == [
        (0, 2, True),
        (4, 7, False),
    ]


def test_lemmas():
    lexicon = words.Lexicon("ru")
    assert lexicon("платформами").lemma == "платформа"
    assert lexicon("платформы-то") == lexicon("платформы")
    assert lexicon("все-таки").lemma == "все-таки"
    assert lexicon("еще").lemma == "еще"
    for word in ("под", "который", "там", "где", "она", "ну", "или", "двух", "я", "xix", "этот"):
        assert not lexicon(word).content
    for word in ("сайт", "писать", "хороший", "можно", "zoom"):
        assert lexicon(word).content
    assert lexicon("стали").lemmas > 1
    assert lexicon("иванов").name
    assert not lexicon("мфцшка").known


def test_what_the_prose_says_of_lemmas():
    """The two examples of what the dictionary gets wrong."""
    lexicon = words.Lexicon("ru")
    assert lexicon("есть").lemma == "есть"
    assert lexicon("есть").lemmas == 2  # and быть, to be
    assert lexicon("раньше").lemma == "ранний"


def test_other_languages_have_no_lemmas():
    lexicon = words.Lexicon("en")
    assert lexicon("platforms") == words.Word("platforms", True, maybe=True)
    assert not lexicon("a").content
    assert lexicon("the").content
    assert not words.Lexicon("de")("haus").maybe


# a small panel of which everything is known


def spoken(panel, texts, closed=(), language="ru", english=False):
    """The constructed panel with these texts, one statement an expert, and no other statement."""
    frames = {name: frame.astype(object) for name, frame in panel.frames.items()}
    statements = frames["statements"]
    first = statements[statements["speaker"] != "moderator"].drop_duplicates("speaker")
    first = first[first["speaker"].isin(texts)]
    first = first.assign(text=first["speaker"].map(texts), text_en="whole" if english else None)
    kept = set(first["statement_id"])
    frames["statements"] = first
    frames["experts"] = frames["experts"].assign(
        quotable=[expert not in closed for expert in frames["experts"]["expert_id"]]
    )
    both = [(id, coder) for id in sorted(kept) for coder in ("coder_a", "consensus")]
    frames["coded"] = pd.DataFrame(both, columns=["statement_id", "coder"])
    frames["codings"] = frames["coded"].assign(code_id="role_services", stance="raises")
    for name in ("memos", "codebook_changes", "ratings", "items"):
        frames.pop(name, None)
    meta = dataclasses.replace(panel.meta, language=language, coders=("coder_a",))
    made = make_panel(meta, frames)
    return dataclasses.replace(made, plan=Plan(sides=panel.plan.sides))


AUTHORITIES = [e for e, row in EXPERTS.items() if row["stakeholder"] in
               {"federal", "regional", "local", "rmc"}]  # fmt: skip
SOCIETY = [e for e in EXPERTS if e not in AUTHORITIES]


def outputs(monkeypatch, panel):
    """All that the notebook displays about a panel, as text."""
    import nbformat

    shown = []
    monkeypatch.setattr("analysis.panel.load_panel", lambda: panel)
    monkeypatch.setattr(figures, "to_svg", lambda *args: "<svg></svg>")
    monkeypatch.setattr(
        "IPython.display.display", lambda data, **named: shown.append((data, named))
    )
    place = {}
    for cell in nbformat.read(ROOT / "book" / "language.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"language, cell {cell.id}", "exec"), place)
    return repr(shown)


def test_words_that_must_not_be_shown(constructed, monkeypatch):
    """Of closed experts alone, of too few experts, and names; however key they are."""
    texts = dict.fromkeys(EXPERTS, "Цифровой портал работает.")
    closed = AUTHORITIES[:4]
    for expert in closed:
        texts[expert] += " Тайник тайник тайник." * 3
    for expert in AUTHORITIES[4:6]:
        texts[expert] += " Кузница кузница." * 5
    for expert in AUTHORITIES[4:9]:
        texts[expert] += " Звонил Собянину. Видел Собянина. Тетрадь, тетрадь, тетрадь."
    panel = spoken(constructed, texts, closed)
    found = report.analyse(panel, deals=20)
    assert found.sides.table["word"].tolist()[0] == "тетрадь"
    monkeypatch.setattr(report, "analyse", lambda panel: found)
    everything = outputs(monkeypatch, panel)
    assert "тетрадь" in everything
    assert "тайник" not in everything.lower()
    # a quotable expert's line may hold a name or a rare word, but no list of words does
    lists = (found.sides.table, found.tasks.table, found.code_words, found.moderator)
    listed = {word for table in lists for word in table["word"]}
    assert not listed & {"тайник", "кузница", "собянин"}
    hidden = sentences.hidden(found.corpus)
    assert "1 because fewer than 3 experts use it" in hidden
    assert "1 because no expert who may be quoted uses it" in hidden
    assert "1 because it may be a person's name" in hidden


def test_a_word_of_closed_experts_is_not_key_to_their_side(constructed):
    """It is used by a quotable expert of the other side, so that it may be compared."""
    texts = dict.fromkeys(EXPERTS, "Цифровой портал работает.")
    closed = AUTHORITIES[:4]
    for expert in [*closed, SOCIETY[0]]:
        texts[expert] += " Тайник тайник тайник." if expert in closed else " Тайник."
    found = report.analyse(spoken(constructed, texts, closed), deals=20)
    vocabulary = found.corpus.vocabulary.set_index("word")
    assert vocabulary.at["тайник", "shown"]
    assert "тайник" not in found.sides.table["word"].tolist()


def test_a_word_of_one_side_stands_out(constructed):
    texts = dict.fromkeys(EXPERTS, "Портал работает хорошо, и люди это видят.")
    for expert in AUTHORITIES:
        texts[expert] += " Отчётность, отчетность!"
    found = report.analyse(spoken(constructed, texts, english=True), deals=500)
    row = found.sides.table.iloc[0]
    assert (row["word"], row["group"], row["a"], row["b"]) == ("отчетность", "authorities", 20, 0)
    assert (row["k_a"], row["n_a"], row["k_b"], row["n_b"]) == (10, 10, 0, 10)
    assert row["dp"] == pytest.approx(0)
    assert row["stands_out"]
    assert sentences.stands_out(found.sides).startswith("1 of ")
    assert "words stands out: “отчетность” (authorities)." in sentences.stands_out(found.sides)
    lines = found.lines["side"]
    assert set(lines["text_en"]) == {"whole"}
    assert lines["expert"].is_unique


def test_texts_that_are_withheld_in_part(constructed):
    texts = dict.fromkeys(EXPERTS, "Портал работает.")
    texts[AUTHORITIES[0]] = "[withheld]"
    texts[AUTHORITIES[1]] = "[неразборчиво] 25!"
    texts[AUTHORITIES[2]] = "Портал [withheld] работает."
    panel = spoken(constructed, texts)
    read = corpus.read(panel)
    assert (read.tally.withheld, read.tally.wordless) == (1, 1)
    assert sentences.left_out(read) == (
        "Left out are 1 statement whose text is withheld and 1 statement without a word."
    )
    assert len(read.statements) == len(EXPERTS) - 2
    assert "withheld" not in read.vocabulary["word"].tolist()
    lines = concordance.lines(
        panel,
        read,
        [concordance.Wanted("", "портал", np.ones(len(read.statements), dtype=bool))],
        most=30,
    )
    assert set(lines["expert"]) == set(EXPERTS) - set(AUTHORITIES[:3])


def test_english_text_is_counted_as_it_is_spelled(constructed):
    texts = dict.fromkeys(EXPERTS, "The portal works, and Putney sees the portals.")
    panel = spoken(constructed, texts, language="en")
    found = report.analyse(panel, deals=20)
    words_ = found.corpus.vocabulary.set_index("word")
    assert set(words_.index) == {"the", "portal", "works", "and", "putney", "sees", "portals"}
    assert words_.at["the", "tokens"] == 2 * len(EXPERTS)
    assert set(words_.index[~words_["shown"]]) == {"putney"}  # always with a capital letter
    assert found.corpus.tally.guide
    said = {r.id: r.value for r in report.results(panel, found)}
    assert "as they are spelled" in said["lang-method"]
    assert said["lang-ambiguous"] == "not known, for want of a dictionary"
    assert said["lang-function"] == "not known, for want of a dictionary"


def test_a_language_without_a_guide(constructed):
    texts = dict.fromkeys(EXPERTS, "Портал істейді.")
    found = report.analyse(spoken(constructed, texts, language="kk"), deals=20)
    assert not found.corpus.tally.guide
    assert "(language code “kk”)" in sentences.method(found.corpus)


def test_three_sides(constructed):
    texts = dict.fromkeys(EXPERTS, "Портал работает.")
    panel = spoken(constructed, texts)
    for expert in AUTHORITIES[:3]:
        texts[expert] += " Отчёт."
    plan = Plan(sides={"a": ("federal", "regional"), "b": ("local",), "c": ("business",)})
    panel = dataclasses.replace(spoken(constructed, texts), plan=plan)
    found = keywords.by_side(panel, corpus.read(panel), deals=50)
    for row in found.groups.to_dict("records"):
        members = [e for e, r in EXPERTS.items() if r["stakeholder"] in plan.sides[row["group"]]]
        assert row["experts"] == len(members)
    assert found.tested.groups == (0, 1, 2)


def test_nothing_to_compare(constructed):
    texts = dict.fromkeys(AUTHORITIES[:4], "Портал работает.")
    panel = spoken(constructed, texts)
    found = report.analyse(panel, deals=20)
    assert found.sides.missing == (
        "The experts' words belong to the side “authorities” alone, so there is nothing to compare."
    )
    lonely = {e: f"Слово{'ха' * i}." for i, e in enumerate(EXPERTS)}
    found = report.analyse(spoken(constructed, lonely), deals=20)
    assert found.sides.missing.startswith("No word is used by 3 experts")
    without = dataclasses.replace(panel, plan=Plan())
    assert "no sides in its plan" in keywords.by_side(without, corpus.read(panel)).missing


# sentences


def crafted(**columns):
    table = pd.DataFrame(
        {
            "group": "left",
            "word": ["раз", "два"],
            "a": [6, 4],
            "k_a": [3, 2],
            "n_a": 5,
            "k_b": [0, 1],
            "n_b": 5,
            "g2": [9.0, 5.0],
            "adjusted": [0.02, 0.5],
            "together": [0.5, 0.9],
            "dp": [0.2, 0.6],
            "largest": [0.5, 0.75],
            "guide": [True, False],
            "moderator": [1, 2],
            "stands_out": [True, False],
        }
    ).assign(**columns)
    groups = pd.DataFrame(
        {"group": ["left", "right"], "experts": [5, 1], "statements": [9, 1], "words": [90, 1]}
    )
    rng = np.random.default_rng(1)
    from analysis.statistics.keyness_deals import keyness_deals

    x = rng.poisson(2, (10, 2))
    tested = keyness_deals(x, x.sum(axis=1) + 9, np.arange(10) % 2, deals=99)
    return keywords.Keywords(groups, table, pd.DataFrame(), 2, tested, tested, 1, 4, "")


def test_key_words_in_words(found):
    made = crafted()
    assert sentences.groups(made) == (
        "Compared are “left” (5 experts, 90 words) and “right” (1 expert, 1 word), by 2 words that "
        "can be shown."
    )
    assert sentences.top(made) == (
        "The words with the largest G2 are: for “left”, “раз” (3 of 5 experts, against none of 5) "
        "and “два” (2 of 5 experts, against 1 of 5); for “right”, no word."
    )
    assert sentences.largest(made) == (
        "The largest G2 of a listed word is 9.00, of “раз”. Some word reaches as much in 1 of the "
        "99 deals."
    )
    assert sentences.stands_out(made) == "1 of 2 words stands out: “раз” (left)."
    nothing = crafted(stands_out=False)
    assert sentences.stands_out(nothing) == "Of the 2 words, none stands out."
    assert sentences.together(made, "If so") == (
        "If so, some word reaches the G2 of “раз” in 49 of the 99 deals; no word stands out then."
    )
    both = crafted(together=[0.01, 0.01])
    assert sentences.together(both, "If so").endswith("that stand out then are “раз” and “два”.")
    one = crafted(together=[0.01, 0.2])
    assert sentences.together(one, "If so").endswith("the one word that stands out then is “раз”.")
    alone = dataclasses.replace(made, second=None)
    assert sentences.together(alone, "If so").startswith("There are no sessions to keep together")
    assert sentences.spread(made) == (
        "The most evenly spread of the listed words is “раз” (DP 0.20), the least evenly “два” "
        "(DP 0.60), where one expert has 3 of 4 uses."
    )
    assert sentences.habits(made) == (
        "In a list of the same length drawn up without a minimum, 1 of 4 words would be used by "
        "fewer than 3 experts."
    )
    assert sentences.asked(made, found.corpus) == (
        "Of 2 listed words, 1 is in the guide itself, and 2 are among the moderator's own words."
    )
    tally = dataclasses.replace(found.corpus.tally, guide=False, moderator=0)
    silent = dataclasses.replace(found.corpus, tally=tally)
    assert sentences.asked(made, silent) == (
        "The guide has no text in the language of the statements."
    )
    assert sentences.rate(made) == 0.02


def test_common_in_words():
    table = pd.DataFrame(
        {
            "code": ["a", "a", "b"],
            "label": ["A", "A", "B"],
            "word": ["раз", "два", "три"],
            "k": [3, 3, 4],
            "n": [4, 4, 8],
        }
    )
    assert sentences.common(table) == (
        "The first key word is used by more than half of the experts with the code for 1 of 2 "
        "codes; it is most common for “раз” with “A” (3 of 4 experts)."
    )


# any panel

IDS = [
    "lang-text",
    "lang-left-out",
    "lang-method",
    "lang-words",
    "lang-statements",
    "lang-experts",
    "lang-forms",
    "lang-lemmas",
    "lang-function",
    "lang-ambiguous",
    "lang-unknown",
    "lang-minimum",
    "lang-compared",
    "lang-hidden",
    "lang-level",
    "lang-listed",
    "lang-deals",
    "lang-moderator-words",
    "lang-moderator",
    *(
        f"lang-{what}-{name}"
        for what in ("side", "task")
        for name in (
            "groups",
            "top",
            "g2",
            "chance",
            "largest",
            "out",
            "alone",
            "second",
            "habits",
            "spread",
            "asked",
        )
    ),
    "lang-codes",
    "lang-code-words",
    "lang-side-lines",
    "lang-task-lines",
    "lang-code-lines",
]


def planned(panel, constructed):
    """The panel with the sides of the plan, or its kinds in two sides."""
    kinds = panel.stakeholders["stakeholder"].tolist()
    sides = constructed.plan.sides
    if not set(kinds) <= {kind for own in sides.values() for kind in own}:
        sides = {"one": tuple(kinds[:1]), "other": tuple(kinds[1:])}
    return dataclasses.replace(panel, plan=Plan(sides=sides))


def runs(text, length=5):
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def nothing_closed(panel, text):
    """No statement of an expert who may not be quoted, by its id or its words."""
    closed = set(panel.experts["expert_id"][~panel.experts["quotable"].to_numpy(bool)])
    mine = panel.statements["speaker"].astype(str)
    shown = runs(text)
    # what others say word for word is no secret of theirs; generated panels repeat phrases
    others = set()
    for row in panel.statements[~mine.isin(closed)].to_dict("records"):
        others |= runs(row["text"]) | runs(str(row["text_en"]))
    for row in panel.statements[mine.isin(closed)].to_dict("records"):
        assert f"{row['statement_id']}<" not in text
        assert not (runs(row["text"]) | runs(str(row["text_en"]))) & shown - others


def test_any_panel_says_the_same_things(variant, variant_name, constructed, monkeypatch):
    panel = planned(variant, constructed)
    found = report.analyse(panel, deals=20)
    monkeypatch.setattr(report, "analyse", lambda panel: found)
    results = report.results(panel, found)
    ledger = show.findings("language", results, panel.meta.source, panel.digest)
    assert [f.id for f in ledger] == IDS
    assert all(f.text.strip() and "nan" not in f.text.split() for f in ledger)
    for mine in (found.sides, found.tasks):
        assert mine.unlisted.endswith(".") or len(mine.table)
    text = outputs(monkeypatch, panel)
    nothing_closed(panel, text)
    for id in IDS:
        assert f"'{id}'" in text  # recorded


@pytest.mark.parametrize("name", ["one_session", "three_experts", "two_hundred"])
def test_figures_of_any_panel(variant_of, constructed, name):
    found = report.analyse(planned(variant_of(name), constructed), deals=20)
    for mine in (found.sides, found.tasks):
        if len(mine.table):
            svg(draw.key_words(mine))
            svg(draw.spread(mine))


def svg(plate):
    """The figure draws, and says what it shows."""
    assert plate["alt"].strip()
    assert plate["caption"].strip()
    assert len(plate["numbers"])
    assert set(plate["columns"]) <= set(plate["numbers"].columns)
    assert figures.to_svg(plate["picture"], "panel").startswith("<svg")


@pytest.mark.parametrize("name", ["no_plan", "withheld", "two_hundred"])
def test_the_chapter_runs_as_it_is(variant_of, chapter, name):
    assert chapter("language", variant_of(name))


def test_the_notebook_glues_only_what_is_recorded():
    import nbformat

    book = nbformat.read(ROOT / "book" / "language.ipynb", as_version=4)
    prose = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    assert set(GLUED.findall(prose)) <= set(IDS)


def test_everything_withheld_is_one_sentence(variant_of, constructed):
    panel = planned(variant_of("withheld"), constructed)
    found = report.analyse(panel)
    sentence = "The text of every statement is withheld, so no word can be counted."
    assert found.sides.unlisted == found.tasks.unlisted == sentence
    assert found.no_codes == found.no_moderator == found.no_lines("code") == sentence
    assert found.codes.empty
    assert found.moderator.empty


def test_one_session_has_no_second_look(variant_of):
    found = report.analyse(variant_of("one_session"), deals=20)
    assert found.tasks.second is None
    assert found.tasks.table["together"].isna().all()


def test_without_codes_there_are_words_but_no_lines(variant_of):
    found = report.analyse(variant_of("no_codes"), deals=20)
    assert len(found.tasks.table)
    assert found.lines["task"].empty
    assert found.no_lines("task").startswith("There is no line to show")
    assert found.no_codes.startswith("No statement with words has a code")


def test_without_questions_there_are_sides(variant_of, constructed):
    found = report.analyse(planned(variant_of("no_questions"), constructed), deals=20)
    assert found.tasks.missing.startswith("The experts' words belong to no task")
    assert len(found.sides.table)
    assert found.no_moderator == "There are no words of a moderator in this panel."


def test_generated_talk_has_no_word_that_stands_out(variant_of, constructed):
    """Phrases are drawn at random, whoever speaks, so that sides and tasks do not differ."""
    found = report.analyse(planned(variant_of("two_hundred"), constructed), deals=400)
    assert not found.sides.table["stands_out"].any()
    assert not found.tasks.table["stands_out"].any()


def test_code_words_of_a_code_that_is_everywhere(constructed):
    panel = spoken(constructed, dict.fromkeys(EXPERTS, "Портал работает."))
    table, listed = codes.words_of_codes(panel, corpus.read(panel))
    row = table.set_index("code").loc["role_services"]
    assert row["why"] == "every coded statement has it"
    assert listed.empty
