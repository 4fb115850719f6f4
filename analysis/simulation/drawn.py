"""The times and the ratings of the constructed panel, drawn by the numbers in ``generator.yml``."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from analysis.panel.format import MODERATOR
from analysis.simulation.written import Draws, Said, Source


@dataclass(frozen=True)
class Timing:
    """Start and end of each statement, in seconds from the start of its session (one decimal).

    ``minutes`` is the length of each session, rounded up.
    """

    start: dict[str, float] = field(default_factory=dict)
    end: dict[str, float] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)


def time_statements(source: Source) -> Timing:
    """Time every statement.

    A statement lasts as long as its speaker needs for its words, give or take a log-normal noise,
    and a little for each break in it. Between statements lies a log-normal pause, longer after a
    question of the moderator and now and then much longer. A statement marked as an overlap starts
    before the last one has ended, but never before the last one has started.
    """
    p, draws = source.generator["timing"], Draws(source.generator["seeds"]["timing"])
    slow, fast = p["words_per_minute"]
    speakers = (MODERATOR, *source.home)  # the moderator is one person throughout
    rates = {s: slow * (fast / slow) ** draws.uniform("rate", s) for s in speakers}
    rates |= p["rates_by_hand"]
    made = Timing()
    last: Said | None = None
    for s in source.said:
        if last is None or last.session != s.session:
            silent = begin = float(p["first_start"])
        elif s.overlap:
            begun, ended = made.start[last.id], made.end[last.id]
            reach = _between(p["overlap"], draws.uniform("overlap", s.id))
            begin = max(silent - min(reach, p["overlap_at_most"] * (ended - begun)), begun)
        else:
            begin = silent + _pause(s, last, p, draws)
        noise = math.exp(p["noise"] * draws.normal("length", s.id))
        spoken = max(60 * s.words / rates[s.speaker] * noise, p["shortest"])
        breaks = (s.text.count("…") + s.text.count("?..")) * p["break"]
        length = spoken + breaks + p["silence_within"].get(s.id, 0)
        made.start[s.id], made.end[s.id] = round(begin, 1), round(begin + length, 1)
        silent = max(silent, made.end[s.id])
        made.minutes[s.session] = math.ceil(silent / 60)
        last = s
    return made


def _pause(s: Said, last: Said, p: dict[str, Any], draws: Draws) -> float:
    """The pause before a statement, now and then a long silence."""
    if s.id in p["silence_before"]:
        return float(p["silence_before"][s.id])
    if draws.happens(p["silence_rate"], "silence", s.id):
        return _between(p["silence"], draws.uniform("silence length", s.id))
    kind = p["pause_after_moderator" if last.speaker == MODERATOR else "pause"]
    pause: float = kind["median"] * math.exp(kind["spread"] * draws.normal("pause", s.id))
    return max(pause, float(p["shortest_pause"]))


def _between(ends: list[float], u: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * u


@dataclass(frozen=True)
class Ratings:
    """What was drawn of the ratings, by expert and item.

    ``expected`` is the answer in the long run, where only the noise is averaged out; ``answers``
    is None for a blank.
    """

    expected: dict[tuple[str, str], float] = field(default_factory=dict)
    answers: dict[tuple[str, str], int | None] = field(default_factory=dict)


def rate_items(source: Source) -> Ratings:
    """Let every expert rate every item: a latent ordinal model (proportional odds).

    What an expert thinks of an item is the item's effect, plus the effect of the expert's side on
    that item, plus the expert's own leaning, less something where the expert spoke against what
    the item names and never for it, plus logistic noise. Thresholds cut it into the values of the
    item's scale, from the lowest up. A few answers are set by hand.
    """
    p, draws = source.generator["ratings"], Draws(source.generator["seeds"]["ratings"])
    items = source.tables["items"].set_index("item_id")
    made, leanings, cuts = Ratings(), _leanings(source, p, draws), p["thresholds"]
    for item, effect in p["item_effect"].items():
        lowest, code = int(items["scale_min"][item]), p["code_of_item"][item]
        against = source.experts_with(code, "opposes") - source.experts_with(code)
        for e in source.home:
            latent = effect + p["side_effect"].get(item, 0) * (e in source.sides[p["side"]])
            latent = latent + p["opposed_effect"] * (e in against) + leanings[e]
            above = (1 / (1 + math.exp(cut - latent)) for cut in cuts)
            made.expected[e, item] = lowest + sum(above)
            u = draws.uniform("rating", e, item)
            drawn = lowest + sum(latent + math.log(u / (1 - u)) > cut for cut in cuts)
            blank = draws.happens(p["blanks"]["rate"], "blank", e, item)
            by_hand = item in p["blanks"]["by_hand"].get(e, ())
            made.answers[e, item] = None if blank or by_hand else drawn
    for e, answers in p["answers_by_hand"].items():
        for item, answer in answers.items():
            made.answers[e, item] = made.expected[e, item] = answer
    return made


def _leanings(source: Source, p: dict[str, Any], draws: Draws) -> dict[str, float]:
    """Drawn, then centred within each side, so that no side leans by chance; then set by hand."""
    drawn = {e: draws.normal("leaning", e) for e in source.home}
    middle = {e: fmean(drawn[o] for o in who) for who in source.sides.values() for e in who}
    spread, by_hand = p["leaning_sd"], p["leaning_by_hand"]
    return {e: spread * (z - middle[e]) + by_hand.get(e, 0) for e, z in drawn.items()}
