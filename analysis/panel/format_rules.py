"""The format of a panel, declared once: what no cell can break alone."""

from __future__ import annotations

from analysis.panel.columns import Rule

#: The rules, by id. Their checks are tied to them in :mod:`analysis.panel.rules`, by id.
RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "reserved-expert",
            "experts.csv",
            "No expert has the id moderator.",
            "another id: moderator is reserved",
        ),
        Rule(
            "one-expert",
            "experts.csv",
            "In individual interviews a session has one expert.",
            "one expert in a session, for the mode in panel.yml is individual; "
            "{session} has {first} already",
        ),
        Rule(
            "speaker-session",
            "statements.csv",
            "A speaker takes part in the statement's session.",
            "an expert of session {session}, or moderator; {speaker} takes part in {other}",
        ),
        Rule(
            "times-both",
            "statements.csv",
            "A statement has both times or neither.",
            "a time, for {other} is given",
        ),
        Rule(
            "times-forward",
            "statements.csv",
            "A statement does not end before it starts.",
            "a time not before start_s, {start}",
        ),
        Rule(
            "times-order",
            "statements.csv",
            "A statement does not start before the previous one of its session started; "
            "they may overlap.",
            "a time not before {start}, when the previous statement of the session starts",
        ),
        Rule(
            "times-within",
            "statements.csv",
            "A statement ends within its session's length, give or take a minute.",
            "a time within the {minutes} minutes of session {session}, which end at {seconds}",
        ),
        Rule(
            "parent-self",
            "codebook.csv",
            "No code is its own parent.",
            "another code, or nothing",
        ),
        Rule(
            "parent-cycle",
            "codebook.csv",
            "Parents do not run in a circle.",
            "no circle: the parents of {code} lead back to it",
        ),
        Rule(
            "parent-level",
            "codebook.csv",
            "The codebook has two levels: a parent has no parent.",
            "a code without a parent, for a codebook has two levels; {parent} is under {above}",
        ),
        Rule(
            "parent-task",
            "codebook.csv",
            "A code belongs to its parent's task.",
            "{task}, the task of its parent {parent}",
        ),
        Rule(
            "change-known",
            "codebook_changes.csv",
            "A changed code is in the codebook, unless it was split, merged, renamed or removed.",
            "a code_id of codebook.csv, or a change by which it left the codebook "
            "(split, merged, renamed, removed)",
        ),
        Rule(
            "moderator-uncoded",
            "coded.csv",
            "What the moderator says is not coded.",
            "an expert's statement; the moderator's are not coded",
        ),
        Rule(
            "coder-works",
            "panel.yml",
            "Every coder that panel.yml lists worked on a statement or more.",
            "a coder of coded.csv; {coder} has no row there",
        ),
        Rule(
            "consensus-present",
            "coded.csv",
            "The resolved coding is there: some statements are coded by consensus.",
            "rows of the coder consensus, the resolved coding (with one coder: that coder's)",
        ),
        Rule(
            "coding-within",
            "codings.csv",
            "A coder gives codes only to statements that the coder worked on.",
            "a statement that {coder} worked on, or a row for it in coded.csv",
        ),
        Rule(
            "one-stance",
            "codings.csv",
            "A coder gives a code to a statement once, with one stance: a statement that does "
            "both is to be split, or coded by where it ends.",
            "one stance for a code in a statement; it has another in line {line}",
        ),
        Rule(
            "scale-order",
            "items.csv",
            "A scale's lowest value is below its highest.",
            "a number above scale_min, {low}",
        ),
        Rule(
            "rating-scale",
            "ratings.csv",
            "A rating lies within the item's scale.",
            "a value from {low} to {high}, the scale of {item}",
        ),
        Rule(
            "rating-whole",
            "ratings.csv",
            "A rating is whole where both ends of the scale are.",
            "a whole number from {low} to {high}",
        ),
        Rule(
            "items-and-ratings",
            "ratings.csv",
            "Items and ratings are there together or not at all.",
            "both items.csv and ratings.csv, or neither; {missing} is missing",
        ),
        Rule(
            "no-truth",
            "truth.yml",
            "Only a constructed panel has a truth.yml.",
            "no such file: nobody knows the truth of a panel of real interviews",
        ),
    )
}
