"""What the report of an import may say."""

import string

from analysis.exchange.material import SENTENCES, Material
from analysis.words import noun

NAMES = [name for sentences in SENTENCES.values() for name in sentences]


def test_each_sentence_has_a_name_of_its_own_and_is_told_by_no_other():
    assert len({*NAMES}) == len(NAMES)
    for sentences in SENTENCES.values():
        for name, sentence in sentences.items():
            fields = {field for _, field, *_ in string.Formatter().parse(sentence) if field}
            assert fields.isdisjoint({*NAMES} - {name}), sentence


def test_what_is_told_stands_in_its_list_and_of_nothing_nothing_is_told():
    found = Material("a.csv", "matrix")
    found.tell(short=0, titles=2, sheet="", between="tabs", commas="")
    assert found.assumed == [
        "There are tabs between cells.",
        f"{noun(2, 'row')} above the heads not taken: a title.",
    ]
    assert [*found.came, *found.left, *found.asked] == []
