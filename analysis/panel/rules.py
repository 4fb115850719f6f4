"""Every rule that no cell can break alone, tied to its check."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.panel import keys, rules_of_coding, rules_of_ratings, rules_of_sessions
from analysis.panel.drafts import Drafts
from analysis.panel.faults import Faults
from analysis.panel.format import TABLES
from analysis.panel.format_rules import RULES
from analysis.panel.rule_tools import Check

#: The check of each rule that the format declares, by its id.
CHECKS: Mapping[str, Check] = {
    "reserved-expert": rules_of_sessions.reserved_expert,
    "one-expert": rules_of_sessions.one_expert,
    "speaker-session": rules_of_sessions.speaker_session,
    "times-both": rules_of_sessions.times_both,
    "times-forward": rules_of_sessions.times_forward,
    "times-order": rules_of_sessions.times_order,
    "times-within": rules_of_sessions.times_within,
    "parent-self": rules_of_coding.parent_self,
    "parent-cycle": rules_of_coding.parent_cycle,
    "parent-level": rules_of_coding.parent_level,
    "parent-task": rules_of_coding.parent_task,
    "change-known": rules_of_coding.change_known,
    "moderator-uncoded": rules_of_coding.moderator_uncoded,
    "coder-works": rules_of_coding.coder_works,
    "consensus-present": rules_of_coding.consensus_present,
    "coding-within": rules_of_coding.coding_within,
    "one-stance": keys.one_stance,
    "scale-order": rules_of_ratings.scale_order,
    "rating-scale": rules_of_ratings.rating_scale,
    "rating-whole": rules_of_ratings.rating_whole,
    "items-and-ratings": rules_of_ratings.items_and_ratings,
    "no-truth": rules_of_ratings.no_truth,
}


def check_rules(drafts: Drafts, faults: Faults) -> None:
    """Note every broken key, reference and rule.

    What is wrong already is passed over, so that one fault is not told twice.
    """
    for table in TABLES.values():
        if table.name in drafts.tables:
            keys.check_references(table, drafts, faults)
            for key in table.keys:
                keys.check_key(table, key, drafts, faults)
    for id, rule in RULES.items():
        CHECKS[id](rule, drafts, faults)
