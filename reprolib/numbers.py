"""Every number that the prose and the law tables of our report use, as it is displayed and where it comes from.

Reads results/<study>/{evals,laws}, of the paper's study paper/published/printed_coefficients.csv and of any other its
scrutiny; writes paper/numbers/<study>.json, a record of kind `numbers`. Run it with `reprolib numbers <study>`;
`paper/paper.typ` reads it. The record is flat:

    numbers: {key: {text: as displayed, value: unrounded, from: record or table and the field in it}}

Keys are `runs/…`, `results/…` and `laws/…` for counts, and `<law id>/<what>` for a law, with `<what>` one of alpha,
alpha-low, alpha-high, beta, beta-low, beta-high, points, tenfold (percent of the error that is left at ten times the
compute) and, where the paper prints coefficients, printed-alpha, printed-beta and agrees (yes or no, without `value`).
Of a study that is not the paper's there are counts of its scrutiny instead, `falls/…`, `bottlenecks/…`, `forecasts/…`.
Left out are the laws of single tasks (Figs. 9 to 11), which the report shows as figures only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reprolib import provenance
from reprolib.data import facts
from reprolib.provenance import records
from reprolib.study import PUBLISHED, Study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reprolib.paths import Tree

SINGLE_TASKS = {"fig9", "fig10", "fig11"}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Numbers = dict[str, dict[str, Any]]


def run(tree: Tree, study: str) -> Numbers:
    """Collect the numbers of `study`, write the record and return them.

    Raises:
        ReproError: As `compute`.
    """
    stamp = provenance.take(
        tree,
        inputs=[
            tree.evals(study),
            tree.laws(study),
            _coefficients(tree) if study == PUBLISHED else tree.scrutiny(study),
        ],
        stage="numbers",
        settings={"study": study},
        reason="counting and formatting need no accelerator",
    )
    content = compute(Study(tree, study))
    records.write(tree.numbers(study), "numbers", content, stamp.confirm())
    return dict(content["numbers"])


def compute(source: Study) -> dict[str, Any]:
    """The content of the record of a study, unrounded; nothing is written.

    Raises:
        ReproError: The study has no results or laws, or a record is damaged.
    """
    tree, own = source.tree, source.name == PUBLISHED
    printed: dict[str, dict[str, str]] = {}
    for row in facts.read(tree, facts.PrintedCoefficient) if own else ():
        printed.setdefault(_law_id(row), {})[row.parameter] = row.printed
    folder = tree.relative(tree.laws(source.name))
    found = _of_results(source, tree.relative(tree.evals(source.name)))
    for name, law in source.laws.items():
        if not SINGLE_TASKS & set(law["figures"]):
            found |= _of_law(law, f"{folder}/{name}.json", printed.get(name, {}))
    levels = sorted({law["level"] for law in source.laws.values()})
    found["laws/level"] = _number(" or ".join(f"{100 * level:g} %" for level in levels), levels[0], f"{folder}: level")
    found["laws/fitted"] = _count(len(source.laws), f"{folder}: records")
    found |= _of_print(found, tree.relative(_coefficients(tree)), folder) if own else _of_scrutiny(source)
    return {"study": source.name, "numbers": found}


def _coefficients(tree: Tree) -> Path:
    return tree.published / f"{facts.PrintedCoefficient.file}.csv"


def _of_results(source: Study, folder: str) -> Numbers:
    table = source.results
    trained = table[(table["task"] == "zero-shot") & (table["series"] == "OpenCLIP")].drop_duplicates("run")
    low, high = trained["gmacs_total"].min(), trained["gmacs_total"].max()
    return {
        "results/rows": _count(len(table), f"{folder}: rows"),
        "results/checkpoints": _count(table["run"].nunique(), f"{folder}: runs"),
        "results/datasets": _count(table["dataset"].nunique(), f"{folder}: data sets and their means"),
        "runs/trained": _count(len(trained), f"{folder}: OpenCLIP runs with zero-shot results"),
        "runs/models": _count(trained["model"].nunique(), f"{folder}: models among them"),
        "runs/compute-low": _number(_coefficient(low), low, f"{folder}: smallest gmacs_total among them"),
        "runs/compute-high": _number(_coefficient(high), high, f"{folder}: largest gmacs_total among them"),
    }


def _of_law(law: Mapping[str, Any], path: str, printed: Mapping[str, str]) -> Numbers:
    found = {"points": _count(law["n_points"], f"{path}: n_points")}
    for name, show in (("alpha", _exponent), ("beta", _coefficient)):
        value, ends = law["params"][name], law["intervals"][name]
        # Two decimals where the paper has them, so that the two can be compared by eye.
        text = f"{value:.2f}" if name == "beta" and 1e-1 <= value < 1e3 else show(value)
        found[name] = _number(text, value, f"{path}: params.{name}")
        if ends is not None:  # a law through few points has none
            found[f"{name}-low"] = _number(show(ends[0]), ends[0], f"{path}: intervals.{name}[0]")
            found[f"{name}-high"] = _number(show(ends[1]), ends[1], f"{path}: intervals.{name}[1]")
    left = 100 * 10 ** law["params"]["alpha"]
    found["tenfold"] = _number(f"{left:.0f}", left, f"{path}: 100 * 10^params.alpha")
    for name, text in printed.items():
        where = f"paper/published/printed_coefficients.csv: {law['id']}, {name}"
        found[f"printed-{name}"] = _number(text.replace("-", "−"), float(text), where)
    if printed:
        same = all(_at_digits_of(text, law["params"][name]) == text for name, text in printed.items())
        found["agrees"] = {"text": "yes" if same else "no", "from": f"{path}: params at the digits printed"}
    return {f"{law['id']}/{key}": number for key, number in found.items()}


def _of_scrutiny(source: Study) -> Numbers:
    """Counts over the errors of a study that has no print to agree with: which of the paper's findings it repeats."""
    folder = source.tree.relative(source.tree.scrutiny(source.name))
    bottlenecks, forecasts = source.scrutiny["bottlenecks"], source.scrutiny["forecasts"]["rows"]
    found = {
        "falls/errors": _count(len(bottlenecks["laws"]), f"{folder}/bottlenecks.json: laws"),
        **{
            f"falls/{key}": _count(
                sum(law["clean"] == verdict for law in bottlenecks["laws"]),
                f"{folder}/bottlenecks.json: laws that are {verdict}",
            )
            for key, verdict in (("clean", "yes"), ("bent", "bends"), ("flat", "no fall"))
        },
    }
    for question in dict.fromkeys(row["question"] for row in bottlenecks["rows"]):
        verdicts = [row["bottleneck"] for row in bottlenecks["rows"] if row["question"] == question]
        where, key = f"{folder}/bottlenecks.json: rows of {question}", f"bottlenecks/{question.replace(' ', '-')}"
        found[f"{key}/asked"] = _count(len(verdicts), where)
        found[f"{key}/found"] = _count(verdicts.count("yes"), f"{where}, bottleneck yes")
    predicted = [row for row in forecasts if (row["rule"], row["form"]) == ("bins", "power")]
    where = f"{folder}/forecasts.json: rows of five bins"
    found["forecasts/made"] = _count(len(predicted), where)
    found["forecasts/inside"] = _count(sum(row["inside"] is True for row in predicted), f"{where}, inside")
    return found


def _of_print(found: Numbers, coefficients: str, folder: str) -> Numbers:
    """Counts over the laws: how many agree with the print, and how often the two series' exponents overlap."""
    agree = {key.removesuffix("/agrees"): number["text"] for key, number in found.items() if key.endswith("/agrees")}
    printed = sum(1 for key in found if key.endswith(("/printed-alpha", "/printed-beta")))
    pairs = [(law, f"{law.removesuffix('.openclip')}.clip") for law in agree if law.endswith(".openclip")]
    overlapping = sum(_overlap(found, ours, theirs) for ours, theirs in pairs)
    return {
        "laws/printed": _count(len(agree), f"{coefficients}: laws"),
        "laws/coefficients": _count(printed, f"{coefficients}: rows"),
        "laws/agreeing": _count([*agree.values()].count("yes"), f"{folder}: params, at the digits of {coefficients}"),
        "laws/pairs": _count(len(pairs), f"{coefficients}: errors with a law for OpenCLIP and one for CLIP"),
        "laws/overlapping": _count(overlapping, f"{folder}: those pairs whose intervals.alpha overlap"),
    }


def _overlap(found: Numbers, one: str, other: str) -> bool:
    low = max(found[f"{law}/alpha-low"]["value"] for law in (one, other))
    return bool(low <= min(found[f"{law}/alpha-high"]["value"] for law in (one, other)))


def _law_id(row: facts.PrintedCoefficient) -> str:
    """The id of the law that a printed coefficient belongs to, by the rule of `reprolib.fit.LawSpec.id`."""
    parts: Iterable[str | None] = (row.task, row.dataset, row.metric, row.shots, row.series.lower())
    return ".".join(part for part in parts if part)


def _at_digits_of(printed: str, value: float) -> str:
    return f"{value:.{len(printed.partition('.')[2])}f}"


def _exponent(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _coefficient(value: float) -> str:
    """A positive number at three significant digits, as a power of ten where it is very small or large."""
    if not 1e-3 <= value < 1e4:
        return _scientific(value)
    return f"{value:.{max(2 - math.floor(math.log10(value)), 0)}f}"


def _scientific(value: float) -> str:
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}\u2009×\u200910{str(int(exponent)).translate(SUPERSCRIPTS)}"


def _count(value: int, source: str) -> dict[str, Any]:
    return _number(f"{value:,}".replace(",", "\u2009"), int(value), source)


def _number(text: str, value: float, source: str) -> dict[str, Any]:
    return {"text": text, "value": float(value) if isinstance(value, float) else value, "from": source}
