"""When each statement of the constructed panel starts and ends, from the length of its text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from analysis.simulation.constructed_draws import Draws
from analysis.simulation.constructed_source import Said, Source


@dataclass(frozen=True, slots=True)
class Timing:
    """Start and end of each statement, in seconds from the start of its session (one decimal).

    ``rates`` are the words per minute of each speaker; ``minutes`` the length of each session,
    rounded up; ``silences`` the statements that a longer silence came before.
    """

    start: dict[str, float]
    end: dict[str, float]
    rates: dict[str, float]
    minutes: dict[str, int]
    silences: list[str]


def time_statements(source: Source, draws: Draws) -> Timing:
    """Time every statement by ``timing`` in ``generator.yml``.

    A statement lasts as long as its speaker needs for its words, give or take a log-normal noise,
    and a little for each break in it. Between statements lies a log-normal pause, longer after a
    question of the moderator and now and then much longer. A statement marked as an overlap starts
    before the last one has ended, but never before the last one has started.
    """
    p = source.generator["timing"]
    rates = {
        speaker: _rate(speaker, p, draws)
        for speaker in ("moderator", *source.experts)  # the moderator is one person throughout
    }
    start: dict[str, float] = {}
    end: dict[str, float] = {}
    minutes: dict[str, int] = {}
    silences: list[str] = []
    for session in source.sessions:
        silent_until = float(p["first_start"])
        last: Said | None = None
        for s in (s for s in source.said if s.session == session):
            length = _length(s, rates[s.speaker], p, draws)
            if last is not None and s.overlap:
                spoken = end[last.id] - start[last.id]
                reach = draws.between(*p["overlap"], "overlap", s.id)
                begin = silent_until - min(reach, p["overlap_at_most"] * spoken)
                begin = max(begin, start[last.id])
            elif last is not None:
                pause, long = _pause(s, last, p, draws)
                begin = silent_until + pause
                silences += [s.id] * long
            else:
                begin = silent_until
            start[s.id] = round(begin, 1)
            end[s.id] = round(begin + length, 1)
            silent_until = max(silent_until, end[s.id])
            last = s
        minutes[session] = math.ceil(silent_until / 60)
    return Timing(start, end, rates, minutes, silences)


def _rate(speaker: str, p: dict[str, Any], draws: Draws) -> float:
    """Words per minute, evenly spread on the logarithmic scale unless set by hand."""
    if speaker in p["rates_by_hand"]:
        return float(p["rates_by_hand"][speaker])
    slow, fast = p["words_per_minute"]
    return round(float(slow * (fast / slow) ** draws.uniform("rate", speaker)), 1)


def _length(s: Said, rate: float, p: dict[str, Any], draws: Draws) -> float:
    noise = math.exp(p["noise"] * draws.normal("length", s.id))
    breaks = (s.text.count("…") + s.text.count("?..")) * p["break"]
    silence = float(p["silence_within"].get(s.id, 0.0))
    spoken = max(60 * s.words / rate * noise, float(p["shortest"]))
    return spoken + float(breaks) + silence


def _pause(s: Said, last: Said, p: dict[str, Any], draws: Draws) -> tuple[float, bool]:
    """The pause before a statement, and whether it is a long silence."""
    if s.id in p["silence_before"]:
        return float(p["silence_before"][s.id]), True
    if draws.happens(p["silence_rate"], "silence", s.id):
        return draws.between(*p["silence"], "silence length", s.id), True
    kind = "pause" if last.by_expert else "pause_after_moderator"
    middle, spread = p[kind]["median"], p[kind]["spread"]
    pause = float(middle) * math.exp(float(spread) * draws.normal("pause", s.id))
    return max(pause, float(p["shortest_pause"])), False
