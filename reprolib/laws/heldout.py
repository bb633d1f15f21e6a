"""`holdout`: which form, on which frontier, predicts rows that it was not fitted to.

In-sample errors favour the form with the most parameters; a scaling law is for places where there is no run yet. So
every combination is fitted to a part of the rows and scored on the others, by the root mean square of log(predicted /
y), and the choice says whether the runner-up is told apart from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack, cast

import numpy as np

from reprolib.laws.checks import Floats, LawError, positive
from reprolib.laws.forms import Form, form_of
from reprolib.laws.frontiers import Rule, rule_of
from reprolib.laws.frontiers import frontier as frontier_of
from reprolib.laws.points import Column, numbers
from reprolib.laws.result import Fit
from reprolib.laws.scores import Failure, Held, Holdout, Score, log_errors, scored
from reprolib.laws.splits import Split, splits
from reprolib.laws.subsets import Options, Rows, Table, table

ALIKE = 1e-6
"""Scores that differ by less than this share are equal; the form with fewer parameters is then taken."""

FRONTIER = (
    "with a frontier, only held-out rows on the frontier of all data are scored, because its law is about the best "
    "that can be reached and not about runs that lack data or size; the law itself is fitted to a frontier chosen "
    "without any held-out row"
)


def holdout(
    data: Any,
    forms: str | Form | Sequence[str | Form],
    x: Column | Sequence[Column],
    y: Column,
    *,
    frontiers: str | Rule | Sequence[str | Rule] = ("none",),
    scheme: str = "largest",
    above: float | None = None,
    largest: int | None = None,
    along: Column | None = None,
    score: str = "frontier",
    seed: int = 0,
    **options: Unpack[Options],
) -> Holdout:
    """Score forms and frontier rules on held-out rows and choose one.

    Args:
        data: As for `fit`, like `x`, `y` and the options.
        forms: The forms, or their names joined by commas.
        x: See `fit`; the same for all forms.
        y: See `fit`; above zero.
        frontiers: The frontier rules, each combined with each form.
        scheme: `largest` (the largest rows), `above` (all from a threshold on), `rolling` (each size from everything
            below it) or `leave-one-out`.
        above: The threshold; rows at it or above are held out.
        largest: How many rows are held out, by default 1.
        along: What `above`, `largest` and `rolling` order the rows by, for instance compute; by default x.
        score: With a frontier rule, `frontier` scores the held-out rows on the frontier of all data, `all` all of them.
        seed: What resamples are drawn from.
        options: The rest of what `fit` takes. `pin` and `bounds` hold for the forms that have the parameter.

    Raises:
        LawError: The data or a setting are impossible. A combination that cannot be fitted is told in its score.
    """
    if score not in ("frontier", "all"):
        raise LawError(f"score is '{score}'; expected frontier or all")
    tables = [table(data, form, x, y, _own(form, options)) for form in _forms(forms, options)]
    positive(tables[0].data.y, "y")
    order = _along(data, along, tables)
    told, cuts = splits(order, scheme, above, largest)
    rules = [_rule(rule) for rule in _listed(frontiers, Rule)]
    scores = []
    for each in tables:
        for label, rule in rules:
            work = _Work(each, rule, label, order, score == "frontier", seed)
            scores.append(work.score(cuts))
    plain = all(rule.name == "none" for _, rule in rules)
    every = "all held-out rows are scored"
    sentence = every if plain else FRONTIER if score == "frontier" else f"{every}, on the frontier or not"
    return _chosen(told, sentence, scores, float(options.get("level", 0.95)))


@dataclass(frozen=True)
class _Work:
    """One combination of a form and a frontier rule."""

    table: Table
    rule: Rule
    label: str
    order: Floats
    on_frontier: bool
    seed: int

    def score(self, cuts: list[Split]) -> Score:
        """The score over all splits."""
        points: list[Held] = []
        failures: list[Failure] = []
        try:
            counted = self._counted()
        except LawError as error:
            counted, failures = np.zeros(0, dtype=int), [Failure("all rows", None, str(error))]
        for split in [] if failures else cuts:
            rows = np.intersect1d(split.held, counted)
            if not len(rows):
                continue
            try:
                law = self._fit(split)
                points += self._predicted(law, rows, split.name)
            except LawError as error:
                failures.append(Failure(split.name, split.row, str(error)))
        if not points and not failures:
            why = "no row that is held out is on the frontier of all data; score all, or hold out more"
            failures.append(Failure("the rest", None, why))
        free = len(self.table.form.names) - len(self.table.settings.get("pin") or {})
        return scored(self.table.form.name, self.label, free, tuple(points), tuple(failures))

    def _counted(self) -> Rows:
        """The rows that are scored when they are held out."""
        data = self.table.data
        if self.rule.name == "none" or not self.on_frontier:
            return data.rows
        if len(data.inputs) != 1:
            raise LawError(f"frontier '{self.label}' needs one x; form {self.table.form.name} has {len(data.inputs)}")
        return np.array(sorted(frontier_of(data.inputs[0], data.y, self.rule).winners), dtype=int)

    def _fit(self, split: Split) -> Fit:
        settings = self.table.settings
        # A profile would cost more than the fit, and predictions take nothing from it.
        changed = {} if settings.get("bootstrap") or "method" in settings else {"method": "delta"}
        law = self.table.fit(split.trained, self.rule, self.seed, **changed)
        if law.dof < 1:
            raise LawError(
                f"form {law.form.name} goes through its {law.n_points} points exactly; to be scored it needs one more"
            )
        return law

    def _predicted(self, law: Fit, rows: Rows, split: str) -> list[Held]:
        data = self.table.data
        inputs = tuple(values[rows] for values in data.inputs)
        predicted = law.predict(*inputs)
        lows, highs = law.interval(*inputs)
        made = []
        for i, row in enumerate(rows):
            y, value = float(data.y[row]), float(predicted[i])
            known = bool(np.isfinite(lows[i]) and np.isfinite(highs[i]))
            made.append(
                Held(
                    row=int(row),
                    x=tuple(float(values[i]) for values in inputs),
                    y=y,
                    predicted=value,
                    low=float(lows[i]) if known else None,
                    high=float(highs[i]) if known else None,
                    log_error=float(np.log(value / y)) if value > 0 and np.isfinite(value) else None,
                    split=split,
                )
            )
        return made


def _chosen(told: str, sentence: str, scores: list[Score], level: float) -> Holdout:
    usable = [number for number, each in enumerate(scores) if each.log_rmse is not None]
    rows = [{point.row for point in scores[number].points} for number in usable]
    common = sorted(set.intersection(*rows)) if rows else []

    def without(reason: str) -> Holdout:
        return Holdout(told, sentence, tuple(scores), None, 0, None, None, reason, level)

    if not usable:
        return without("no combination could be scored, so none is chosen")
    if not common:
        return without("no held-out row is predicted by all scored combinations, so none is chosen")
    errors = {}
    for number in usable:
        by_row = {point.row: point for point in scores[number].points}
        errors[number] = log_errors([by_row[row] for row in common])
        rmse = float(np.sqrt(np.mean(errors[number] ** 2)))
        scores[number] = replace(scores[number], common_log_rmse=rmse)
    ranks = {number: cast(float, scores[number].common_log_rmse) for number in usable}

    def first(numbers: list[int]) -> int:
        """The one with the smallest error; of equals that with the fewest parameters."""
        smallest = min(ranks[number] for number in numbers)
        equal = [number for number in numbers if ranks[number] <= smallest * (1 + ALIKE) + 1e-12]
        return min(equal, key=lambda number: (scores[number].parameters, number))

    best = first(usable)
    others = [number for number in usable if number != best]
    head = f"{scores[best].name} predicts {_rows(len(common))} best: log-RMSE {ranks[best]:.4g}"
    unequal = {len(each) for each in rows} != {len(common)}
    if unequal:
        head += f" (on the {len(common)} that all scored combinations predict)"
    if not others:
        reason = f"{head}; it is the only combination that could be scored"
        return Holdout(told, sentence, tuple(scores), best, len(common), None, None, reason, level)
    second = first(others)
    margin, error = max(ranks[second] - ranks[best], 0.0), _paired(errors[best], errors[second])
    reason = f"{head}; {_told_apart(scores[second].name, ranks[second], margin, error)}"
    return Holdout(told, sentence, tuple(scores), best, len(common), margin, error, reason, level)


def _told_apart(name: str, rmse: float, margin: float, error: float | None) -> str:
    if margin <= ALIKE * rmse + 1e-12:
        return f"{name} predicts the same, with no fewer parameters"
    told = f"the next, {name}, has {rmse:.4g}, worse by {margin:.2g}"
    if error is None:
        return f"{told}, but a single row gives no standard error by which to tell the two apart"
    if margin > error:
        return f"{told}, which exceeds the standard error of this difference ({error:.2g}, paired over the rows)"
    return (
        f"{told}, which does not exceed the standard error of this difference ({error:.2g}, paired over the rows): "
        "the two are not told apart"
    )


def _paired(best: Floats, second: Floats) -> float | None:
    """The standard error of the difference of two log-RMSE over the same rows, to first order."""
    if len(best) < 2:
        return None
    roots = [np.sqrt(np.mean(errors**2)) for errors in (best, second)]
    parts = [errors**2 / (2 * max(root, 1e-300)) for errors, root in zip((best, second), roots, strict=True)]
    return float(np.std(parts[1] - parts[0], ddof=1) / np.sqrt(len(best)))


def _rows(number: int) -> str:
    return "the held-out row" if number == 1 else f"{number} held-out rows"


def _listed(given: Any, single: type) -> list[Any]:
    if isinstance(given, str):
        return [part.strip() for part in given.split(",")]
    made = [given] if isinstance(given, single) else list(given)
    if not made:
        raise LawError("forms and frontiers must each name at least one")
    return made


def _rule(rule: str | Rule) -> tuple[str, Rule]:
    made = rule_of(rule)
    return rule if isinstance(rule, str) else str(made), made


def _forms(forms: Any, options: Options) -> list[Form]:
    made = [form_of(form) for form in _listed(forms, Form)]
    for what in ("pin", "bounds"):
        for name in options.get(what) or {}:  # type: ignore[attr-defined]
            if not any(name in form.names for form in made):
                raise LawError(f"{what} names '{name}', which none of the forms {', '.join(f.name for f in made)} has")
    return made


def _own(form: Form, options: Options) -> Options:
    """The options, of `pin` and `bounds` only what this form has."""
    own: dict[str, Any] = {**options}
    for what in ("pin", "bounds"):
        if own.get(what):
            own[what] = {name: value for name, value in own[what].items() if name in form.names}
    return cast(Options, own)


def _along(data: Any, along: Column | None, tables: list[Table]) -> Floats:
    rows = tables[0].data
    if along is not None:
        values = numbers(data, along, "along")
        if len(values) != rows.size:
            raise LawError(f"along has length {len(values)} and y has length {rows.size}; give one for each row")
        return values
    if len(rows.inputs) > 1:
        raise LawError(
            f"form {tables[0].form.name} has the inputs {', '.join(tables[0].form.inputs)}; say with along which "
            "column orders the rows, for instance compute"
        )
    return rows.inputs[0]
