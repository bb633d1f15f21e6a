"""Scaling laws on anybody's table: global fits, honest intervals, comparisons, held-out scores, forecasts.

    >>> from reprolib import laws
    >>> law = laws.fit(table, "power-floor", "gflops", "error", loss="log", bootstrap=10_000)
    >>> print(law.summary())
    >>> law.predict(1e13), law.interval(1e13)

It imports nothing else of this project. The work goes through the modules in this order: `forms` (what can be fitted),
`losses`, `points` (the data, checked), `frontiers` (which points stand for the best), `problem` and `search` (variable
projection over a grid), `polish` (Levenberg-Marquardt on a batch), `solve` (the global optimum and its basins),
`covariance`, `profiles`, `resamples` and `quantiles` (uncertainty), `intervals`, `predictions`, `status`, `result`
(`Fit`), and `fitting` (`fit`). On top stand `joint` (parameters shared by series), `comparison` (`compare`), `heldout`
(`holdout`) and `allocation` (`optimal`). On the command line: `reprolib laws --help`.
"""

from reprolib.laws.allocation import optimal
from reprolib.laws.checks import LawError
from reprolib.laws.comparison import compare
from reprolib.laws.fitting import fit
from reprolib.laws.forms import FORMS, Form, Parameter, broken_power, form_of, grid
from reprolib.laws.frontiers import Frontier, Rule, frontier, rule_of
from reprolib.laws.heldout import holdout
from reprolib.laws.losses import Loss, loss_of
from reprolib.laws.result import Fit

__all__ = [
    "FORMS",
    "Fit",
    "Form",
    "Frontier",
    "LawError",
    "Loss",
    "Parameter",
    "Rule",
    "broken_power",
    "compare",
    "fit",
    "form_of",
    "frontier",
    "grid",
    "holdout",
    "loss_of",
    "optimal",
    "rule_of",
]
