"""What the figures and tables of the public-statistics chapter say, by language.

A template's fields are filled with ``str.format``; the languages hold the same keys and fields.
"""

from __future__ import annotations

TEXT: dict[str, dict[str, str]] = {
    "en": {
        "russia": "Russia",
        "median": "median",
        "half": "middle half of all countries",
        "edition": "Edition",
        "start": "From",
        "end": "To",
        "country": "Country",
        "value": "{m}, Russia",
        "rank": "Rank in {m}",
        "surveyed": "Countries",
        "q1": "{m}, lower quartile",
        "q2": "{m}, median",
        "q3": "{m}, upper quartile",
        "epi": "E-Participation Index (EPI)",
        "osi": "Online Service Index (OSI)",
        "psdi": "Public service delivery (PSDI)",
        "dcei": "Digital citizen engagement (DCEI)",
        "change": "Change of EPI",
        "fall_rank": "Rank of the fall among all countries",
        "similar": "Median change of similar countries",
        "gap": "Gap, Russia",
        "gap_axis": "Percentile in EPI less percentile in OSI",
        "service": "Percentile in OSI",
        "participation": "Percentile in EPI",
        "peers_median": "Gap, median of the peers",
        "larger": "Peers with a larger gap",
        "peers": "Peers",
        "peer": "peers",
        "ahead": "higher on participation",
        "behind": "higher on services",
        "steps_start": "Steps before",
        "steps_end": "Steps after",
        "compared": "Countries compared",
        "fell": "Fell",
        "world": "Median change",
        "correlation": "Rank correlation",
        "own": "Change of Russia",
        "band": "middle half of {n} countries",
        "time_caption": (
            "Russia's E-Participation Index and Online Service Index in each edition of the UN "
            "E-Government Survey, over the middle half of all countries (band) and their median. "
            "The questionnaire changes from edition to edition."
        ),
        "time_alt": (
            "Two line charts over the editions from {first} to {last}. EPI of Russia: {epi}. "
            "OSI of Russia: {osi}. A band behind each line shows the middle half of all countries."
        ),
        "fall_caption": (
            "Change of the E-Participation Index from {start} to {end}: Russia and its peers, over "
            "the middle half of all countries."
        ),
        "fall_alt": (
            "Dot chart of changes in EPI from {start} to {end}, the largest fall at the top. "
            "{rows}. The median change of all {n} countries is {median}."
        ),
        "gap_caption": (
            "The gap between participation and services: percentile in EPI less percentile in OSI, "
            "Russia and its peers, each edition of the UN survey."
        ),
        "gap_alt": (
            "Dots for the gap of each peer and a line for Russia over the editions from {first} to "
            "{last}. Gap of Russia: {russia}. Median gap of the peers: {peers}."
        ),
        "wave_caption": (
            "The World Bank's indices of service delivery and citizen engagement in its three "
            "waves: Russia and its peers over the middle half of all economies (band) and their "
            "median (dashed). The questionnaires of 2020 and 2022 differ."
        ),
        "wave_alt": (
            "Two charts over the waves 2020, 2022 and 2025 with a line for Russia and dots for its "
            "peers. PSDI of Russia: {psdi}. DCEI of Russia: {dcei}."
        ),
        "context_caption": "Russia's E-Government Development Index and its three components",
        "pairs_caption": (
            "From edition to edition: the equal steps on which all EPI values lie, the change of "
            "all countries, and that of Russia"
        ),
    },
    "ru": {
        "russia": "Россия",
        "median": "медиана",
        "half": "средняя половина всех стран",
        "edition": "Выпуск",
        "start": "С",
        "end": "По",
        "country": "Страна",
        "value": "{m}, Россия",
        "rank": "Место по {m}",
        "surveyed": "Число стран",
        "q1": "{m}, нижний квартиль",
        "q2": "{m}, медиана",
        "q3": "{m}, верхний квартиль",
        "epi": "Индекс электронного участия (EPI)",
        "osi": "Индекс онлайн-услуг (OSI)",
        "psdi": "Предоставление услуг (PSDI)",
        "dcei": "Цифровое вовлечение граждан (DCEI)",
        "change": "Изменение EPI",
        "fall_rank": "Место по величине падения среди всех стран",
        "similar": "Медиана изменений у сходных стран",
        "gap": "Разрыв, Россия",
        "gap_axis": "Процентиль по EPI минус процентиль по OSI",
        "service": "Процентиль по OSI",
        "participation": "Процентиль по EPI",
        "peers_median": "Разрыв, медиана стран сравнения",
        "larger": "Стран сравнения с большим разрывом",
        "peers": "Стран сравнения",
        "peer": "страны сравнения",
        "ahead": "выше по участию",
        "behind": "выше по услугам",
        "steps_start": "Шагов до",
        "steps_end": "Шагов после",
        "compared": "Сравнено стран",
        "fell": "Снизилось",
        "world": "Медиана изменений",
        "correlation": "Ранговая корреляция",
        "own": "Изменение у России",
        "band": "средняя половина из {n} стран",
        "time_caption": (
            "Индексы электронного участия и онлайн-услуг России в каждом выпуске обзора ООН на "
            "фоне средней половины всех стран (полоса) и их медианы. Анкета меняется от выпуска к "
            "выпуску."
        ),
        "time_alt": (
            "Два графика по выпускам с {first} по {last}. EPI России: {epi}. OSI России: {osi}. "
            "Полоса за линией показывает среднюю половину всех стран."
        ),
        "fall_caption": (
            "Изменение индекса электронного участия с {start} по {end}: Россия и страны сравнения "
            "на фоне средней половины всех стран."
        ),
        "fall_alt": (
            "Точечный график изменений EPI с {start} по {end}, наибольшее падение сверху. {rows}. "
            "Медиана изменений всех стран, число которых {n}: {median}."
        ),
        "gap_caption": (
            "Разрыв между участием и услугами: процентиль по EPI минус процентиль по OSI, Россия и "
            "страны сравнения, каждый выпуск обзора ООН."
        ),
        "gap_alt": (
            "Точки для стран сравнения и линия для России по выпускам с {first} по {last}. Разрыв "
            "России: {russia}. Медиана стран сравнения: {peers}."
        ),
        "wave_caption": (
            "Индексы Всемирного банка по предоставлению услуг и вовлечению граждан в трёх волнах: "
            "Россия и страны сравнения на фоне средней половины всех экономик (полоса) и их "
            "медианы (пунктир). Анкеты 2020 и 2022 годов различаются."
        ),
        "wave_alt": (
            "Два графика по волнам 2020, 2022 и 2025 годов с линией для России и точками для стран "
            "сравнения. PSDI России: {psdi}. DCEI России: {dcei}."
        ),
        "context_caption": "Индекс развития электронного правительства России и его составляющие",
        "pairs_caption": (
            "От выпуска к выпуску: равные шаги, на которые ложатся все значения EPI, изменение "
            "всех стран и изменение России"
        ),
    },
}
