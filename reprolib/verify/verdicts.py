"""Verdict records: what a claim came to, and what an item's claims come to together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from reprolib import names, precision
from reprolib.errors import ReproError
from reprolib.verify.compare import (
    Number,
    Outcome,
    Test,
    Verdict,
    against_bound,
    against_printed,
    against_record,
    against_recorded,
    powers,
    shown,
    worst,
)
from reprolib.verify.registry import Ours, Recorded, functions

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench
    from reprolib.verify.claims import Claim

HASHED = "A content hash is equal or it is not."
RECORDED = "A record claims the digits that it shows, which every machine can make, and no more."
CHANGED = "if the computation changed on purpose, raise its number in reprolib/formats.yaml and run `dvc repro`"
LISTED = 9
"""A claim with more numbers than this is told by how many agree and which do not."""


def judge(claim: Claim, lay: Callable[[], Bench], local: Callable[[str], str]) -> dict[str, Any]:
    """Recompute a claim on the bench that `lay` gives, and compare.

    What cannot be recomputed differs, unexpectedly, with the reason as explanation; `local` takes the folders of
    this machine out of it.
    """
    try:
        bench = lay()
        ours = [number for call in claim.recompute for number in functions()[call.function](bench, **call.arguments)]
        printed = _printed(claim, ours)
    except ReproError as error:
        return _record(claim, Verdict.DIFFERS, fault=local(f"{error}."))
    outcomes = [_compare(claim, text, number.value) for text, number in zip(printed, ours, strict=True)]
    verdict = worst([outcome.verdict for outcome in outcomes]) if claim.recompute else Verdict.NOT_CHECKABLE
    return _record(claim, verdict, ours, printed, outcomes)


def _printed(claim: Claim, ours: list[Ours]) -> list[str]:
    texts = [number.printed for number in ours]
    if claim.test is Test.RECORDED:
        return texts
    if claim.bound is not None or not claim.recompute:
        return ["" for _ in ours]
    if claim.printed:
        texts = claim.printed
    if len(texts) != len(ours) or not all(texts):
        raise ReproError(
            f"claim {claim.id} prints {len(claim.printed)} numbers, but its recompute functions give {len(ours)}; "
            "give one printed number for each in paper/claims.yaml"
        )
    return texts


def _compare(claim: Claim, printed: str, ours: float) -> Outcome:
    if claim.test is Test.RECORDED:
        return against_record(ours)
    if claim.bound is not None:
        return against_bound(claim.test, claim.bound, ours, claim.tolerance)
    return against_printed(printed, ours, claim.tolerance if claim.test is Test.WITHIN else None)


def _record(
    claim: Claim,
    verdict: Verdict,
    ours: list[Ours] | None = None,
    printed: list[str] | None = None,
    outcomes: list[Outcome] | None = None,
    fault: str = "",
) -> dict[str, Any]:
    ours, printed, outcomes = ours or [], printed or [], outcomes or []
    parts = [_part(*each) for each in zip(ours, printed, outcomes, strict=True)]
    differing = sum(outcome.verdict is Verdict.DIFFERS for outcome in outcomes)
    notes = dict.fromkeys(number.note for number in ours if number.note)
    return {
        "id": claim.id,
        "where": claim.where,
        "states": claim.states,
        "paper": _paper(claim, parts),
        "ours": _listing([part["ours"] for part in parts], parts),
        "difference": _difference(parts, outcomes, claim.bound is not None),
        "tolerance": _tolerance(claim),
        "reason": claim.reason,
        "verdict": verdict.value,
        "expect": claim.expect.value,
        "expected": verdict is claim.expect and differing == claim.differing and not fault,
        "explanation": fault or " ".join(filter(None, (claim.explanation, *notes))),
        "tier": claim.tier,
        "parts": parts,
    }


def _part(number: Ours, printed: str, outcome: Outcome) -> dict[str, Any]:
    part: dict[str, Any] = {
        "label": number.label,
        "paper": printed,
        "ours": shown(number.value, printed),
        "difference": shown(outcome.difference, printed, sign="+"),
        "verdict": outcome.verdict.value,
    }
    if isinstance(number, Recorded):
        apart = "not the same" if math.isinf(number.value) else f"{number.value:.2f}"
        part |= {"ours": number.again, "difference": apart, "units": dict(number.units)}
    return part


def _paper(claim: Claim, parts: list[dict[str, str]]) -> str:
    if claim.where == names.REPOSITORY:
        return ""
    if claim.printed:
        return " / ".join(dict.fromkeys(claim.printed) if claim.bound is not None else claim.printed)
    if any(part["paper"] for part in parts):
        return _listing([part["paper"] for part in parts], parts)
    if claim.bound == 0 and claim.unit == "pp":
        return "the same"
    return "" if claim.bound is None else f"{claim.test} {claim.bound:g} {claim.unit}".strip()


def _listing(texts: list[str], parts: list[dict[str, str]]) -> str:
    if len(texts) <= LISTED:
        return " / ".join(texts)
    good = sum(part["verdict"] != Verdict.DIFFERS for part in parts)
    return f"{len(texts)} numbers, {good} agree"


def _difference(parts: list[dict[str, str]], outcomes: list[Outcome], bounded: bool) -> str:
    if not parts:
        return ""
    if len(parts) <= LISTED:
        return " / ".join(part["difference"] for part in parts)
    sizes = [outcome.difference if bounded else abs(outcome.difference) for outcome in outcomes]
    at = sizes.index(max(sizes))
    return f"largest {parts[at]['difference']} ({parts[at]['label']})"


def _tolerance(claim: Claim) -> str:
    if not claim.recompute:
        return ""
    if claim.test is Test.PRINTED:
        return "the printed digits"
    if claim.test is Test.RECORDED:
        return f"{precision.ALLOWED:g} units of the last recorded digit"
    unit = f" {claim.unit}" if claim.unit else ""
    return f"{powers(f'{claim.tolerance:g}')}{unit}" if claim.tolerance else "none"


def checked(name: str, states: str, faults: list[str]) -> dict[str, Any]:
    """The record of a tier 0 check: exact without a fault, else it differs and tells each one."""
    verdict = Verdict.DIFFERS if faults else Verdict.EXACT
    explanation = " ".join(f"{fault}." for fault in faults)
    count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
    return _own(name, states, 0, verdict, HASHED, ours=count, tolerance="none", explanation=explanation)


def unchecked(name: str, states: str, tier: int, lacking: str) -> dict[str, Any]:
    """The record of a check for which something is not on this machine: what it is, and what makes it."""
    return _own(name, states, tier, Verdict.NOT_CHECKABLE, lacking)


def failed(name: str, states: str, tier: int, reason: str, fault: str) -> dict[str, Any]:
    """The record of a check that could not be carried out because something is damaged."""
    return _own(name, states, tier, Verdict.DIFFERS, reason, explanation=fault)


def made_again(
    name: str, states: str, tier: int, numbers: Sequence[Number], *, tolerance: str, reason: str, explanation: str = ""
) -> dict[str, Any]:
    """The record of a check whose numbers another machine may give otherwise, each within what it is allowed."""
    outcomes = [against_recorded(number) for number in numbers]
    parts = [
        {
            "label": number.label,
            "paper": _significant(number.recorded),
            "ours": _significant(number.again),
            "difference": shown(outcome.difference, sign="+"),
            "verdict": outcome.verdict.value,
        }
        for number, outcome in zip(numbers, outcomes, strict=True)
    ]
    verdict = worst([outcome.verdict for outcome in outcomes])
    columns = {column: _listing([part[column] for part in parts], parts) for column in ("paper", "ours")}
    difference = _difference(parts, outcomes, bounded=False)
    columns |= {"difference": difference, "tolerance": tolerance, "explanation": explanation}
    return _own(name, states, tier, verdict, reason, parts=parts, **columns)


def _significant(value: float | str | None) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else f"{value:.6g}"


def _own(name: str, states: str, tier: int, verdict: Verdict, reason: str, **others: Any) -> dict[str, Any]:
    """The record of a check of this repository against itself: as expected unless it differs."""
    expect = Verdict.NOT_CHECKABLE if verdict is Verdict.NOT_CHECKABLE else Verdict.EXACT
    empty = {"paper": "", "ours": "", "difference": "", "tolerance": "", "explanation": "", "parts": []}
    return {
        "id": name,
        "where": names.REPOSITORY,
        "states": states,
        "reason": reason,
        "verdict": verdict.value,
        "expect": expect.value,
        "expected": verdict is not Verdict.DIFFERS,
        "tier": tier,
        **empty,
        **others,
    }


def message(claims: list[dict[str, Any]]) -> str:
    """One sentence for an item: what is unexpected if anything is, else how its claims came out."""
    odd = [claim for claim in claims if not claim["expected"]]
    if odd:
        return "; ".join(_odd(claim) for claim in odd[:3]) + (f"; and {len(odd) - 3} more" if len(odd) > 3 else "")
    notable = [claim for claim in claims if claim["verdict"] in (Verdict.DIFFERS, Verdict.NOT_CHECKABLE)]
    others = sum(len(claim["parts"]) or 1 for claim in claims if claim not in notable)
    agree = f"{others} comparison{'' if others == 1 else 's'} as expected."
    told = [claim["explanation"] if claim["verdict"] == Verdict.DIFFERS else claim["reason"] for claim in notable]
    return " ".join([*dict.fromkeys(told), *([agree] if others or not notable else [])])


def _odd(claim: dict[str, Any]) -> str:
    wrong = [part for part in claim["parts"] if part["verdict"] == Verdict.DIFFERS]
    came = f"{claim['id']} is '{claim['verdict']}'"
    if claim["verdict"] == claim["expect"]:
        came += f" with {len(wrong)} numbers, not as many as expected"
    else:
        came += f", expected '{claim['expect']}'"
    if not wrong:
        return came if claim["parts"] else f"{came}: {claim['explanation']}"
    first = wrong[0]
    instead = f" instead of {first['paper']}" if first["paper"] else ""
    hint = f"; {CHANGED}" if "units" in first else ""
    return f"{came} ({first['label']}: {first['ours']}{instead}){hint}"
