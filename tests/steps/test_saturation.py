"""Saturation of a panel: each number by a second, plain route; then every kind of panel."""

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from plain_files import rows_of

from analysis.display import figures
from analysis.display import notebook as show
from analysis.display import saturation as draw
from analysis.steps import saturation as step
from analysis.steps import saturation_results as told


@pytest.fixture(scope="module")
def found(constructed):
    return step.saturation(constructed)


@pytest.fixture(scope="module")
def results(found):
    return {r.id: r for r in told.results(found)}


@pytest.fixture(scope="module")
def found_of(variant_of):
    """The step on a variant by name, once."""
    made = {}

    def make(name):
        if name not in made:
            made[name] = step.saturation(variant_of(name), orders=200)
        return made[name]

    return make


@pytest.fixture(scope="module")
def statements():
    """Experts' statements in the order of speaking."""
    place = {row["session_id"]: i for i, row in enumerate(rows_of("sessions"))}
    rows = [r for r in rows_of("statements") if r["speaker"] != "moderator"]
    return sorted(rows, key=lambda r: (place[r["session_id"]], int(r["position"])))


def codes_of(coder="consensus", stances=("raises",)):
    """The codes of the second level in each statement."""
    parents = {r["parent_id"] for r in rows_of("codebook")}
    level = {
        r["code_id"] for r in rows_of("codebook") if r["parent_id"] or r["code_id"] not in parents
    }
    out = defaultdict(set)
    for row in rows_of("codings"):
        if row["coder"] == coder and row["stance"] in stances and row["code_id"] in level:
            out[row["statement_id"]].add(row["code_id"])
    return out


@pytest.fixture(scope="module")
def raised():
    return codes_of()


@pytest.fixture(scope="module")
def people(statements, raised):
    """The codes of each expert, experts in the order heard."""
    out = {}
    for row in statements:
        out.setdefault(row["speaker"], set()).update(raised[row["statement_id"]])
    return out


def holders(people):
    return Counter(code for codes in people.values() for code in codes)


def tau(people, size):
    """Mean codes of ``size`` experts, by the hypergeometric formula."""
    n = len(people)
    return sum(1 - math.comb(n - f, size) / math.comb(n, size) for f in holders(people).values())


def new_in_order(sets):
    seen, out = set(), []
    for codes in sets:
        out.append(len(codes - seen))
        seen |= codes
    return out


def rule_by_hand(new, base, run, threshold):
    """The interview after which one stops, None if never."""
    first = sum(new[:base])
    for end in range(base + run, len(new) + 1):
        if first and sum(new[end - run : end]) / first <= threshold:
            return end
    return None


class TestGrowth:
    def test_order_heard_and_new_codes(self, found, people):
        assert list(found.experts) == list(people)
        assert found.growth["new"].tolist() == new_in_order(people.values())
        assert found.growth["held"].iloc[-1] == len(holders(people))

    def test_exact_mean(self, found, results, people):
        by_hand = [tau(people, h) for h in range(1, len(people) + 1)]
        assert found.growth["mean"].tolist() == pytest.approx(by_hand)
        assert results["saturation-mean-half"].value == pytest.approx(by_hand[len(people) // 2 - 1])

    def test_band_by_plain_orders(self, found, people):
        rng = np.random.default_rng(2)
        sets = list(people.values())
        drawn = np.array(
            [
                np.cumsum(new_in_order([sets[i] for i in rng.permutation(len(sets))]))
                for _ in range(2000)
            ]
        )
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        assert np.abs(found.growth["low"] - low).max() <= 1
        assert np.abs(found.growth["high"] - high).max() <= 1
        assert found.growth["sd"].tolist() == pytest.approx(drawn.std(axis=0), abs=0.15)

    def test_counts_of_the_codebook(self, results, people):
        share = results["saturation-codes"]
        level = [r for r in rows_of("codebook") if r["parent_id"]]
        assert (share.k, share.n) == (len(holders(people)), len(level))


class TestNovelty:
    def test_first_mentions(self, found, statements, raised):
        panel, session, at = set(), defaultdict(set), Counter()
        for row, said in zip(found.novelty.itertuples(), statements, strict=True):
            codes, where = raised[said["statement_id"]], said["session_id"]
            at[where] += 1
            assert row.statement == said["statement_id"]
            assert row.place == at[where]
            assert row.new_panel == len(codes - panel)
            assert row.new_session == len(codes - session[where])
            panel |= codes
            session[where] |= codes
            assert row.in_panel == len(panel)
            assert row.in_session == len(session[where])

    def test_quarters_and_random_order(self, found, statements, raised):
        observed, panel, expected, sizes = Counter(), Counter(), Counter(), Counter()
        seen = set()
        for _, here in itertools.groupby(statements, key=lambda r: r["session_id"]):
            here = list(here)
            n = len(here)
            quarter = [math.ceil(4 * place / n) for place in range(1, n + 1)]
            times = Counter(c for r in here for c in raised[r["statement_id"]])
            inside = set()
            for row, part in zip(here, quarter, strict=True):
                codes = raised[row["statement_id"]]
                sizes[part] += 1
                observed[part] += len(codes - inside)
                panel[part] += len(codes - seen)
                inside |= codes
                seen |= codes
            for part in range(1, 5):
                ends = [sum(q <= p for q in quarter) for p in (part - 1, part)]
                for f in times.values():
                    unseen = [math.comb(n - f, m) / math.comb(n, m) for m in ends]
                    expected[part] += unseen[0] - unseen[1]
        for row in found.parts.itertuples():
            assert row.statements == sizes[row.part]
            assert row.new_session == observed[row.part]
            assert row.new_panel == panel[row.part]
            assert row.expected == pytest.approx(expected[row.part])

    def test_the_sentence_follows_the_numbers(self, found):
        last = found.parts.iloc[-1]
        late = "So codes come later in a session than in random order" in told.novelty(found)
        assert late == (last["new_session"] > last["expected"])


class TestStopping:
    def test_every_setting_in_the_order_heard(self, found, people):
        new = new_in_order(people.values())
        for row in found.rules.itertuples():
            by_hand = rule_by_hand(new, row.base, row.run, row.threshold)
            assert (None if math.isnan(row.held_at) else row.held_at) == by_hand
            assert row.held == ("" if by_hand is None else f"{by_hand - row.run}+{row.run}")

    def test_over_orders_by_plain_shuffles(self, found, people):
        rng = np.random.default_rng(6)
        sets = list(people.values())
        ends, left = [], []
        for _ in range(1500):
            new = new_in_order([sets[i] for i in rng.permutation(len(sets))])
            end = rule_by_hand(new, 4, 2, 0.05)
            ends.append(math.inf if end is None else end)
            if end is not None:
                left.append(sum(new[end:]))
        by = [np.mean([e <= h for e in ends]) for h in range(1, len(sets) + 1)]
        assert found.stopped["4, 2, 0.05"].tolist() == pytest.approx(by, abs=0.05)
        row = found.rules.iloc[0]
        assert row["median"] == pytest.approx(np.median(ends), abs=1)
        assert len(holders(people)) * (1 - row["seen"]) == pytest.approx(np.mean(left), abs=0.2)

    def test_the_sentences(self, found, results, people):
        new = new_in_order(people.values())
        end = rule_by_hand(new, 4, 2, 0.05)
        text = results["saturation-stop"].value
        if end is None:
            assert "the rule never stops" in text
        else:
            assert f"after interview {end}, written {end - 2}+2" in text
            assert f"added {sum(new[end - 2 : end])} code" in text
        known = found.rules["held_at"].dropna()
        assert str(int(known.min())) in results["saturation-stop-settings"].value

    def test_last_interviews_by_enumeration(self, found, people):
        new = new_in_order(people.values())
        run = len(new) - max(i for i, k in enumerate(new, start=1) if k)
        sets = list(people.values())
        every = holders(people)
        for row in found.last.itertuples():
            if row.last > 5:
                continue
            none, total = 0, 0
            for chosen in itertools.combinations(sets, row.last):
                inside = Counter(code for codes in chosen for code in codes)
                none += all(inside[code] < every[code] for code in inside)
                total += 1
            assert row.share == pytest.approx(none / total)
            assert row.held == (row.last <= run)
        text = told.last(found)
        assert "under this codebook" in text
        assert ("No new code in the last" in text) == (run > 0)


class TestMissing:
    def test_chao2_jackknife_and_coverage_by_formula(self, found, results, people):
        n, f = len(people), holders(people)
        s, q1, q2 = len(f), *(sum(v == k for v in f.values()) for k in (1, 2))
        u = sum(f.values())
        pairs = q1**2 / (2 * q2) if q2 else q1 * (q1 - 1) / 2
        assert results["saturation-chao2"].value == pytest.approx(s + (n - 1) / n * pairs)
        assert results["saturation-jackknife1"].value == pytest.approx(s + q1 * (n - 1) / n)
        second = s + q1 * (2 * n - 3) / n - q2 * (n - 2) ** 2 / (n * (n - 1))
        assert results["saturation-jackknife2"].value == pytest.approx(second)
        if q2:
            a = (n - 1) * q1 / ((n - 1) * q1 + 2 * q2)
        else:
            a = (n - 1) * (q1 - 1) / ((n - 1) * (q1 - 1) + 2) if q1 > 1 else 0
        assert results["saturation-coverage"].value == pytest.approx(1 - a * q1 / u)
        row = found.estimates.iloc[0]
        assert (row["once"], row["twice"], row["codes"]) == (q1, q2, s)

    def test_chao2_is_called_a_bound(self, results):
        text = results["saturation-estimates"].value
        assert "at least" in text or "adds nothing" in text
        assert results["saturation-chao2"].standing == "model-based"

    def test_rare_codes_and_who_raises_them(self, found, people):
        by_hand = {
            code: [e for e, codes in people.items() if code in codes]
            for code, f in holders(people).items()
            if f <= 2
        }
        assert {r.code: r.who.split(", ") for r in found.rare.itertuples()} == by_hand

    def test_more_experts(self, found, results, people):
        n, f = len(people), holders(people)
        s, q1, q2 = len(f), *(sum(v == k for v in f.values()) for k in (1, 2))
        pairs = q1**2 / (2 * q2) if q2 else q1 * (q1 - 1) / 2
        q0 = (n - 1) / n * pairs
        a = n * q0 / (n * q0 + q1) if q1 else 0
        assert results["saturation-next"].value == pytest.approx(q0 * (1 - a))
        assert results["saturation-twice"].value == pytest.approx(s + q0 * (1 - a**n))
        assert found.ahead["experts"].max() == 2 * n
        inside = found.ahead[~found.ahead["beyond"]]
        assert inside["codes"].tolist() == pytest.approx(
            [tau(people, int(h)) for h in inside["experts"]]
        )
        assert results["saturation-ahead"].standing == "simulation"


class TestSessions:
    def test_every_choice_of_sessions(self, found, statements, raised, people):
        by, size = defaultdict(set), defaultdict(set)
        for row in statements:
            by[row["session_id"]] |= raised[row["statement_id"]]
            size[row["session_id"]].add(row["speaker"])
        names = list(by)
        for row in found.sessions.itertuples():
            chosen = list(itertools.combinations(names, row.sessions))
            codes = [len(set().union(*(by[name] for name in c))) for c in chosen]
            assert row.mean == pytest.approx(np.mean(codes))
            assert row.sd == pytest.approx(np.std(codes), abs=1e-6)
            assert (row.low, row.high) == (min(codes), max(codes))
            apart = [tau(people, sum(len(size[name]) for name in c)) for c in chosen]
            assert row.apart == pytest.approx(np.mean(apart))
        assert found.sessions["held"].tolist() == np.cumsum(new_in_order(by.values())).tolist()
        none = [by[n] <= set().union(*(by[m] for m in names if m != n)) for n in names]
        assert found.last_session == pytest.approx(np.mean(none))

    def test_unequal_sessions(self):
        rng = np.random.default_rng(1)
        values = rng.random((9, 7)) < 0.3
        home = tuple("aaaabbbcc")
        people = {i: {j for j in range(7) if values[i, j]} for i in range(9)}
        table = step.by_session(values, home)
        sizes = Counter(home)
        for row in table.itertuples():
            chosen = itertools.combinations(sizes, row.sessions)
            apart = [tau(people, sum(sizes[name] for name in c)) for c in chosen]
            assert row.apart == pytest.approx(np.mean(apart))


class TestChoices:
    def test_codes_of_each_choice(self, found, constructed, statements):
        parent = {r["code_id"]: r["parent_id"] or r["code_id"] for r in rows_of("codebook")}
        wanted = {
            "codes, raised": codes_of(),
            "codes, raised or opposed": codes_of(stances=("raises", "opposes")),
        }
        for coder in constructed.meta.coders:
            wanted[f"codes, raised, as {coder} coded"] = codes_of(coder)
        wanted["themes, raised"] = {
            name: {parent[c] for c in codes} for name, codes in codes_of().items()
        }
        table = found.choices.set_index("choice")
        for name, codes in wanted.items():
            people = defaultdict(set)
            for row in statements:
                people[row["speaker"]] |= codes.get(row["statement_id"], set())
            f = holders(people)
            assert table.loc[name, "codes"] == len(f)
            assert table.loc[name, "once"] == sum(v == 1 for v in f.values())
            new = new_in_order(people.values())
            run = len(new) - max(i for i, k in enumerate(new, start=1) if k)
            assert table.loc[name, "last"] == run
            end = rule_by_hand(new, 4, 2, 0.05)
            assert table.loc[name, "held"] == ("" if end is None else f"{end - 2}+2")


class TestAnyPanel:
    def test_the_same_findings_whatever_the_panel(self, found_of, variant_name, variant, results):
        found = found_of(variant_name)
        here = told.results(found)
        assert [r.id for r in here] == list(results)
        worded = show.findings("saturation", here, variant.meta.source, variant.digest)
        for finding in worded:
            assert finding.text.strip()
            assert "nan" not in finding.text.lower().split()
            assert "saturation was reached" not in finding.text.lower()

    def test_what_is_empty_says_so_and_the_rest_is_drawn(self, found_of, variant_name):
        found = found_of(variant_name)
        for figure, table in draw.FIGURES.items():
            if not len(getattr(found, table)):
                assert found.missing[table].endswith(".")
                continue
            plate = getattr(draw, figure)(found)
            assert len(plate["numbers"])
            assert set(plate["columns"]) <= set(plate["numbers"].columns)
            assert plate["alt"].endswith(".")
        for table in ("rules", "last", "rare", "choices"):
            if len(getattr(found, table)):
                plate = getattr(draw, table)(found)
                assert set(plate["columns"]) <= set(plate["frame"].columns)
            else:
                assert found.missing[table].strip()

    @pytest.mark.parametrize("name", ["individual", "three_experts", "two_themes"])
    def test_pictures_carry_the_mark_of_their_source(self, found_of, name):
        found = found_of(name)
        for figure, table in draw.FIGURES.items():
            if len(getattr(found, table)):
                picture = getattr(draw, figure)(found)["picture"]
                assert figures.to_svg(picture, "constructed").startswith("<svg")
                assert "no real expert" in picture.get_supxlabel()

    @pytest.mark.parametrize(
        ("name", "id", "expected"),
        [
            ("three_experts", "stop", "3 interviews are fewer than a base of 4 and a run of 2"),
            ("three_experts", "sessions", "one session only"),
            ("three_experts", "stop-settings", "With none of its settings"),
            ("individual", "order", "in the order of their interviews"),
            ("individual", "sessions", "the look by experts"),
            ("two_themes", "rare", "three experts or more"),
            ("two_themes", "estimates", "Chao2 adds nothing"),
            ("no_codes", "growth", "nothing can grow"),
            ("no_codes", "coverage-text", "not defined: no code was raised"),
            ("no_codes", "unraised", "No code of the codebook was raised"),
            ("a_silent_expert", "counted", "has no coded statement"),
            ("one_session", "sessions", "one session only"),
        ],
    )
    def test_sentences(self, found_of, name, id, expected):
        found = found_of(name)
        text = {r.id: r.value for r in told.results(found)}[f"saturation-{id}"]
        assert expected in text

    def test_a_silent_expert_is_no_interview(self, found_of):
        found = found_of("a_silent_expert")
        assert len(found.growth) == len(rows_of("experts")) - 1

    def test_the_last_interviews_of_a_hand_made_panel(self):
        values = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]], dtype=bool)
        table = step.last_interviews(values, 100, 1)
        assert table["held"].tolist() == [False, False]
        # the only holder of the third code is last in a third of the orders; nobody has all codes
        assert table["share"].tolist() == pytest.approx([2 / 3, 0])

    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (0.0, "no order"),
            (1.0, "all orders"),
            (0.5, "50.0% of the orders"),
            (0.0004, "less than 0.1% of the orders"),
            (0.9996, "more than 99.9% of the orders"),
            (math.nan, "not defined"),
        ],
    )
    def test_shares_of_orders(self, share, words):
        assert told.in_orders(share) == words
