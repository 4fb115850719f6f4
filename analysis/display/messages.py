"""Everything that code says to the reader, in one place, by language.

A template's fields are filled with ``str.format``. A message that is missing in a language is an
error in a test, never a silent fall back to English.
"""

from __future__ import annotations

LANGUAGES = ("en", "ru")

MESSAGES: dict[str, dict[str, str]] = {
    "en": {
        "share": "{k} of {n}",
        "share_percent": "{k} of {n} ({percent}%)",
        "none_of": "none of the {n}",
        "all_of": "all {n}",
        "interval": "{low} to {high}",
        "interval_level": "{confidence}% interval {low} to {high}",
        "undefined": "not defined",
        "and": "and",
        "points": "{value} points",
        "percent": "{value}%",
        "rank_of": "{rank} of {n}",
        "source_record": "Record: stated by the article",
        "source_public": "Public: computed from public statistics or published data of others",
        "source_constructed": "Constructed: no real expert said any of it",
        "source_simulated": "Simulated: from a random generator with known parameters",
        "source_panel": "Panel: computed from the panel that was supplied",
        "mark_constructed": "Constructed panel: no real expert said any of it",
        "mark_simulated": "Simulated data: not observed",
        "figure_numbers": "The numbers in the figure",
        "page_evidence": "Evidence on this page",
        "missing": "not available",
        "rose": "rose",
        "fell": "fell",
        "stayed": "stayed the same",
        "above": "above",
        "below": "below",
        "level": "level with",
        "yes": "yes",
        "no": "no",
    },
    "ru": {
        "share": "{k} из {n}",
        "share_percent": "{k} из {n} ({percent}%)",
        "none_of": "никто из {n}",
        "all_of": "все {n}",
        "interval": "от {low} до {high}",
        "interval_level": "{confidence}-процентный интервал от {low} до {high}",
        "undefined": "не определено",
        "and": "и",
        "points": "{value} п.п.",
        "percent": "{value} %",
        "rank_of": "{rank} из {n}",
        "source_record": "Из статьи: сообщено авторами",
        "source_public": "Открытые данные: рассчитано по открытой статистике",
        "source_constructed": "Построенная панель: ни один реальный эксперт этого не говорил",
        "source_simulated": "Моделирование: генератор с известными параметрами",
        "source_panel": "Панель: рассчитано по предоставленной панели",
        "mark_constructed": "Построенная панель: ни один реальный эксперт этого не говорил",
        "mark_simulated": "Смоделированные данные: не наблюдались",
        "figure_numbers": "Числа на рисунке",
        "page_evidence": "На чём основана страница",
        "missing": "нет данных",
        "rose": "выросло",
        "fell": "снизилось",
        "stayed": "не изменилось",
        "above": "выше",
        "below": "ниже",
        "level": "наравне с",
        "yes": "да",
        "no": "нет",
    },
}


def message(key: str, language: str = "en", **values: object) -> str:
    """The message ``key`` in ``language``, its fields filled with ``values``.

    Raises
    ------
    KeyError
        If there is no such message or language.
    """
    return MESSAGES[language][key].format(**values)
