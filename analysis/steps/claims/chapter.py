"""All that the claims chapter shows: each claim beside what the sources of this book say of it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.record import Claim
from analysis.steps import panel_quotations
from analysis.steps.claims import public, verdicts
from analysis.steps.claims.codes import ClaimCodes, code_table, codes_of
from analysis.steps.claims.public import PublicSign
from analysis.steps.claims.signs import RULES, SHIFT_RULES, Looked, signs
from analysis.steps.claims.states import STATES
from analysis.steps.coding_reliability.sheets import records
from analysis.steps.panel_quotations import Quotations
from analysis.steps.panel_tools import code_names, quoted, text_result
from analysis.steps.public_statistics import Tables
from analysis.steps.results import Result

_HERE = "analysis.steps.claims."
#: What the article's own wording of a claim amounts to.
STRENGTHS = {
    "concluded": "The article concludes this.",
    "hoped": "The article expects this; it does not say that it was seen.",
    "reported": "The article says that its experts did this.",
}


@dataclass(frozen=True)
class Found:
    """The tables of the chapter.

    ``signs`` has one row a claim and sign (:data:`signs.SIGN_COLUMNS`), ``codes`` one row a code
    (:data:`codes.CODE_COLUMNS`), ``moves`` one row a claim and public measure, ``summary`` one row
    a claim. ``chosen`` and ``public`` are by claim.
    """

    claims: tuple[Claim, ...]
    signs: pd.DataFrame
    codes: pd.DataFrame
    moves: pd.DataFrame
    summary: pd.DataFrame
    chosen: dict[str, ClaimCodes]
    public: dict[str, PublicSign]
    opposers: dict[str, str]
    names: dict[str, str]
    quotations: Quotations
    source: str

    def of(self, claim: str) -> pd.DataFrame:
        """The signs of one claim, as a reader sees their states; no row where none can be seen."""
        rows = self.signs[self.signs["claim"] == claim]
        if (rows["state"] == "not seen").all():
            return rows.iloc[:0]
        return rows.assign(says=rows["state"].map(STATES))

    def missing(self, claim: str) -> str:
        """The sentence that stands in place of the signs of a claim."""
        return verdicts.missing_signs(self.signs[self.signs["claim"] == claim])


def rules() -> pd.DataFrame:
    """The signs and their rules, one row each: columns title, rule, claims."""
    rows = [(title, rule, "all") for _, title, rule in RULES]
    rows += [(title, rule, "those on a condition") for _, title, rule in SHIFT_RULES]
    return pd.DataFrame(rows, columns=["title", "rule", "claims"])


def analyse(panel: Panel, claims: tuple[Claim, ...], tables: Tables) -> Found:
    """Everything that the chapter shows."""
    chosen = {claim.claim_id: codes_of(panel, claim) for claim in claims}
    wanted = [code for found in chosen.values() for code in found.codes]
    codes = code_table(panel, wanted)
    by_code = {row["code"]: row for row in records(codes)}
    looked = {
        claim.claim_id: Looked(
            panel,
            claim,
            chosen[claim.claim_id],
            [by_code[code] for code in chosen[claim.claim_id].codes],
        )
        for claim in claims
    }
    found = pd.concat([signs(of) for of in looked.values()], ignore_index=True)
    moves = public.moves(tables)
    said = {c.claim_id: public.sign(moves, _fact(c)) for c in claims}
    conclusions = [code for c in claims if c.kind != "task" for code in chosen[c.claim_id].codes]
    return Found(
        claims=claims,
        signs=found,
        codes=codes,
        moves=moves,
        summary=_summary(claims, found, said, moves),
        chosen=chosen,
        public=said,
        opposers={name: verdicts.opposers(panel, of.rows) for name, of in looked.items()},
        names=code_names(panel),
        quotations=panel_quotations.quotations(panel, dict.fromkeys(conclusions)),
        source=panel.meta.source,
    )


def _fact(claim: Claim) -> str:
    """What public figures may bear on: the fact of a conclusion; nothing for a task."""
    return "" if claim.kind == "task" else claim.fact


def _subject(claim: Claim) -> str:
    """What a claim is about, in a few words that tell it from the others."""
    directed = claim.direction in {"hinders", "facilitates"}
    return f"what {claim.direction} {claim.subject}" if directed else claim.subject


def _summary(
    claims: tuple[Claim, ...],
    found: pd.DataFrame,
    said: dict[str, PublicSign],
    moves: pd.DataFrame,
) -> pd.DataFrame:
    """One row a claim: claim, subject, text, strength, public (state), k, n (signs), verdict."""
    rows = []
    for claim in claims:
        own = found[found["claim"] == claim.claim_id]
        k, n = verdicts.counted(own)
        rows.append(
            {
                "claim": claim.claim_id,
                "subject": _subject(claim),
                "text": claim.text,
                "strength": claim.strength,
                "public": said[claim.claim_id].state,
                "figures": public.verdict(moves, _fact(claim)),
                "k": k,
                "n": n,
                "verdict": verdicts.panel_verdict(own),
            }
        )
    return pd.DataFrame(rows)


def codes_sentence(found: Found, claim: str) -> str:
    """Which codes of the panel speak to a claim."""
    chosen = found.chosen[claim]
    if not chosen.codes:
        return chosen.missing
    names = quoted([found.names[code] for code in chosen.codes])
    if len(chosen.codes) == 1:
        return f"What speaks to it is the code {names}."
    return f"What speaks to it are the codes {names}."


def record_results(found: Found) -> list[Result]:
    """What the article says of each claim, and what would speak for it or count against it."""
    out = []
    for claim in found.claims:
        name = claim.claim_id.lower()
        for part, label, value in (
            ("claim", "the claim", claim.text),
            ("strength", "how the article puts it", STRENGTHS[claim.strength]),
            ("would-support", "what in a panel would support it", claim.would_support_panel),
            (
                "would-count",
                "what in a panel would count against it",
                claim.would_count_against_panel,
            ),
        ):
            out.append(
                text_result(
                    f"cl-{name}-{part}",
                    f"{claim.claim_id}: {label}",
                    value,
                    "analysis.panel.record.load_claims",
                    "as data/claims.csv states it",
                )
            )
        if claim.would_count_against_public:
            out.append(
                text_result(
                    f"cl-{name}-would-count-public",
                    f"{claim.claim_id}: what in public figures would count against it",
                    claim.would_count_against_public,
                    "analysis.panel.record.load_claims",
                    "as data/claims.csv states it",
                )
            )
    return out


def public_results(found: Found) -> list[Result]:
    """What public figures say of each conclusion."""
    out = []
    for claim in found.claims:
        said = found.public[claim.claim_id]
        if claim.kind == "task":
            continue
        name = claim.claim_id.lower()
        out += [
            text_result(
                f"cl-{name}-public",
                f"{claim.claim_id}: how public figures moved",
                said.sentence,
                _HERE + "public.sign",
                "change of percentile, beside the usual change of a peer",
            ),
            text_result(
                f"cl-{name}-public-verdict",
                f"{claim.claim_id}: what may be concluded from public figures",
                public.verdict(found.moves, _fact(claim)),
                _HERE + "public.verdict",
            ),
        ]
    return out


def panel_results(found: Found) -> list[Result]:
    """What the panel says of each claim; the same ids for any panel."""
    out = [
        text_result(
            "cl-overall",
            "how the claims fare in the panel",
            verdicts.overall(
                dict(zip(found.summary["claim"], found.summary["verdict"], strict=True)),
                found.source,
            ),
            _HERE + "verdicts.overall",
            standing="sensitivity",
        ),
    ]
    for claim in found.claims:
        name, own = claim.claim_id.lower(), found.signs[found.signs["claim"] == claim.claim_id]
        k, n = verdicts.counted(own)
        by_sign = own.set_index("sign")["sentence"]
        for part, label, value, function in (
            (
                "codes",
                "the codes that speak to it",
                codes_sentence(found, claim.claim_id),
                "chapter.codes_sentence",
            ),
            ("panel", "raised and opposed", by_sign["raised"], "signs.raised"),
            (
                "opposed",
                "who speaks against it",
                found.opposers[claim.claim_id],
                "verdicts.opposers",
            ),
            ("firm", "how firm that is", by_sign["analyses"], "signs.analyses"),
            (
                "against",
                "signs that count against it",
                verdicts.against_sentence(own),
                "verdicts.against_sentence",
            ),
            (
                "unseen",
                "signs that cannot be looked at",
                found.missing(claim.claim_id),
                "verdicts.missing_signs",
            ),
        ):
            out.append(
                text_result(
                    f"cl-{name}-{part}",
                    f"{claim.claim_id}: {label}",
                    value,
                    _HERE + function,
                    standing="sensitivity" if part in {"firm", "against"} else "description",
                )
            )
        out.append(
            text_result(
                f"cl-{name}-verdict",
                f"{claim.claim_id}: what may be concluded from the panel",
                verdicts.verdict_sentence(own, found.source),
                _HERE + "verdicts.verdict_sentence",
                "signs by stated rules",
                "sensitivity",
                k=k,
                n=n,
            )
        )
    return out
