"""Four tables of our own on MetaCLIP: its printed scores and means, its ablation, and its models beside the laws.

The first two are made of its cells (paper/published/metaclip.csv), every mean recomputed from them. The other two show
the record `metaclip` of the scrutiny.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.data import facts, metaclip
from reprolib.tables.frame import LackingError, Table, Value, joined, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.data.metaclip import Mean, Slip
    from reprolib.study import Study

Row = Mapping[str, Any]
DATA = ("CLIP-WIT", "LAION-400M", "MetaCLIP-400M", "MetaCLIP-1B", "MetaCLIP-2.5B", "MetaCLIP-1B of DataComp")
MODELS = ("ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-H-14", "ViT-G-14")
PARTS = ("Printed", "Recomputed", "Difference")
GROUPS = {metaclip.MEAN_26: "Mean of 26", metaclip.MEAN_38: "Mean of 38"}
ABLATION = {
    "raw 1.1B": ("Raw pairs, 1.1B", "none"),
    "raw English 400M": ("Raw English pairs, 400M", "none"),
    "MetaCLIP unbalanced 400M": ("Matched to metadata, 400M", "none"),
    "MetaCLIP unbalanced 1.6B": ("Matched to metadata, 1.6B", "none"),
    "MetaCLIP t=15k": ("Matched to metadata", "t = 15k"),
    "MetaCLIP-400M": ("Matched to metadata", "t = 20k (MetaCLIP-400M)"),
    "MetaCLIP t=35k": ("Matched to metadata", "t = 35k"),
    "MetaCLIP online": ("Matched to metadata", "online"),
    "LAION-400M, own run": ("LAION-400M, MetaCLIP's own run", "none"),
    "CLIP-WIT": ("CLIP's WIT, 400M", "CLIP's own"),
}
"""Pre-training sets of the ablation: what the pairs are, and how they were balanced."""
CHOSEN = "MetaCLIP-400M"
OPENCLIP, CHECK = "OpenCLIP, five bins", "OpenCLIP, true Pareto"
LAWS = {OPENCLIP: ("OpenCLIP", "bins"), CHECK: ("OpenCLIP", "pareto"), "CLIP": ("CLIP", "all")}
BESIDE: dict[str, Callable[[Row], Value]] = {
    "Law (%)": lambda row: row["predicted"],
    "A new run (%)": lambda row: _ends(row["predicted_intervals"]["run"]),
    "Factor of compute": lambda row: row["factor"],
    "Its interval": lambda row: _ends(row["factor_intervals"]["law"]),
}


def scores(study: Study) -> Table:
    """ImageNet and both means of every model, as printed and as the cells give them."""
    rows = facts.read(study.tree, facts.MetaClipScore)
    found = metaclip.scores(rows)
    means = _by_model(metaclip.means(rows))
    wrong = {(slip.model, slip.pretrain_data): slip for slip in metaclip.slips(rows)}
    keys = [(model, data) for model in MODELS for data in DATA if (model, data, metaclip.MEAN_26) in means]
    columns = [("ImageNet", "Printed"), *((title, part) for title in GROUPS.values() for part in PARTS)]
    columns += [("Cell that cannot be right", "")]
    groups = {title: name for name, title in GROUPS.items()}

    def cell(i: int, j: int) -> Value:
        model, data = keys[i]
        title, part = columns[j]
        if title == "ImageNet":
            return found[means[model, data, metaclip.MEAN_26].table, model, data]["imagenet1k"]
        if title in groups:
            return _part(means.get((model, data, groups[title])), part)
        return _told(wrong.get((model, data)))

    labels = [(names.model(model), data) for model, data in keys]
    return table(("Model", "Pre-training data"), labels, columns, cell, _shown(columns))


def ablation(study: Study) -> Table:
    """ViT-B/32 on raw, matched and balanced pairs."""
    rows = facts.read(study.tree, facts.MetaClipScore)
    found = metaclip.scores(rows)
    means = _by_model(metaclip.means(rows))
    model = MODELS[0]
    columns = [
        ("ImageNet", "Printed"),
        ("ImageNet", "Less t = 20k"),
        *((GROUPS[metaclip.MEAN_26], part) for part in PARTS),
    ]
    data = list(ABLATION)

    def score(name: str) -> float:
        return next(
            found[key]["imagenet1k"] for key in found if key[1:] == (model, name) and key[0] in ("Figure 1", "6", "4")
        )

    def cell(i: int, j: int) -> Value:
        title, part = columns[j]
        if title == "ImageNet":
            return score(data[i]) - (score(CHOSEN) if j else 0)
        return _part(means.get((model, data[i], metaclip.MEAN_26)), part)

    return table(("Pairs", "Balancing"), list(ABLATION.values()), columns, cell, _shown(columns))


def compute(study: Study) -> Table:
    """Every model beside the laws of Fig. 1: predicted, and at which multiple of its compute the law has its error."""
    found = {(_law(row), _model(row)): row for row in _part_of(study, "rows")}
    keys = list(dict.fromkeys(model for _, model in found))
    columns = [("", "Compute (GMAC)"), ("", "Measured (%)")]
    columns += [(law, part) for law in LAWS for part in (BESIDE if law != CHECK else (*BESIDE,)[2:])]

    def cell(i: int, j: int) -> Value:
        title, part = columns[j]
        row = found.get((LAWS[title or OPENCLIP], keys[i]))
        if row is None:
            return None
        return f"{row['gmacs_total']:.2e}" if j == 0 else row["measured"] if j == 1 else BESIDE[part](row)

    return table(("Error", "Pre-training data", "Model"), keys, columns, cell, ".2f")


def exponents(study: Study) -> Table:
    """The exponent of MetaCLIP's law on each set, and its difference from every other, by design."""
    laws = [law for law in _part_of(study, "laws") if law["series"] in DATA]
    apart = {(_measure(row), row["second"], row["design"], row["first"]): row for row in _part_of(study, "differences")}
    designs = list(dict.fromkeys(key[2:] for key in apart))
    columns = [("Own law", "Models"), ("Own law", "Exponent"), ("Own law", "Interval")]
    columns += [(_design(*design), part) for design in designs for part in ("Difference", "Interval")]

    def cell(i: int, j: int) -> Value:
        law = laws[i]
        if j < 3:
            return (str(law["n_points"]), law["params"]["alpha"], _ends(law["intervals"]["alpha"], 3))[j]
        row = apart.get((_measure(law), law["series"], *designs[(j - 3) // 2]))
        if row is None:
            return None
        return row["difference"] if j % 2 else _ends(row["interval"], 3)

    return table(("Error", "Pre-training data"), [(_measure(law), law["series"]) for law in laws], columns, cell, ".3f")


def _by_model(means: Sequence[Mean]) -> dict[tuple[str, str, str], Mean]:
    """The first printed mean of each model, set and name; later tables repeat MetaCLIP-400M."""
    found: dict[tuple[str, str, str], Mean] = {}
    for mean in means:
        found.setdefault((mean.model, mean.pretrain_data, mean.name), mean)
    return found


def _part(mean: Mean | None, part: str) -> Value:
    return (
        None
        if mean is None
        else {"Printed": mean.printed, "Recomputed": mean.ours, "Difference": mean.difference}[part]
    )


def _told(slip: Slip | None) -> str | None:
    if slip is None:
        return None
    there = f"{slip.printed} in Table {slip.table}, {slip.elsewhere} in Table {slip.elsewhere_table}"
    return f"{names.dataset(slip.dataset)}: {there}"


def _shown(columns: Sequence[tuple[str, str]]) -> Callable[[int, int, float], str]:
    """Printed numbers with their one digit, ours with three."""
    digits = {"Printed": ".1f", "Recomputed": ".3f", "Difference": "+.3f", "Less t = 20k": "+.1f"}
    return lambda i, j, number: format(number, digits[columns[j][1]])


def _part_of(study: Study, part: str) -> list[Row]:
    """A list of the record `metaclip`.

    Raises:
        LackingError: The study has no such record, or it is empty.
    """
    record = study.scrutiny.get("metaclip", {"rows": []})
    if not record["rows"]:
        raise LackingError(f"study '{study.name}' has no models of MetaCLIP; they stand beside the published study")
    rows: list[Row] = record[part]
    return rows


def _measure(row: Row) -> str:
    return names.measured(row["dataset"], row["metric"])


def _law(row: Row) -> tuple[str, str]:
    return row["law"], row["rule"]


def _model(row: Row) -> tuple[str, str, str]:
    return _measure(row), row["pretrain_data"], names.model(row["model"])


def _design(design: str, first: str) -> str:
    how = names.RULES[design] if design != "all" else ""
    return f"Less {joined((first, how))}"


def _ends(interval: Sequence[float | None], digits: int = 2) -> str:
    """Both ends; one that the data do not give is an ellipsis."""
    low, high = ("…" if end is None else f"{end:.{digits}f}" for end in interval)
    return f"[{low}, {high}]"


SPECS = {
    "table-metaclip": TableSpec(
        title="MetaCLIP's models and the means of their tables",
        caption="Zero-shot scores in percent as MetaCLIP prints them for CLIP, OpenCLIP and its own models, all after "
        "12.8B samples: ImageNet, and the means over 26 data sets (its Tables 4, 5 and 7) and over 38 (its Table 8, "
        "of the cells in Table 9), each beside the mean of the printed cells",
        origin="mixed",
        reads=("metaclip.csv",),
        build=scores,
        note="Rounding alone explains a difference of up to 0.1. A cell cannot be right if it alone explains every "
        "mean of its model that is off by more, and lies farther from the other table's than that of any other model. "
        "ViT-G/14 is what MetaCLIP calls bigG",
    ),
    "table-metaclip-ablation": TableSpec(
        title="MetaCLIP's ablation: matching, balancing and t",
        caption="Zero-shot scores in percent of ViT-B/32 after 12.8B samples on raw pairs, on pairs matched to "
        "metadata, and on these balanced with the limit t per entry or while training (MetaCLIP's Tables 4 and 6 and "
        "Figure 1); the mean of 26 beside that of the printed cells",
        origin="mixed",
        reads=("metaclip.csv",),
        build=ablation,
        note="MetaCLIP states a standard deviation of 0.1 between seeds on ImageNet",
    ),
    "table-metaclip-compute": TableSpec(
        title="MetaCLIP's models beside the laws of Fig. 1",
        caption="Accuracy measured and predicted at the model's compute, and the factor of that compute at which the "
        "law has the model's error, with 95 % intervals: of the score for one new run, of the factor for the law",
        origin="recomputed",
        reads=("scrutiny",),
        build=compute,
        note="A factor above 1 says that the model does better than the law at its compute. An interval of the factor "
        "holds the computes at which the law's band holds the model's error; an ellipsis stands where it has no end "
        "within six decades. ImageNet robustness is the mean of the five sets of the first paper, from MetaCLIP's "
        "Table 9. MetaCLIP v1.2 was trained on rewritten captions and 35B samples",
    ),
    "table-metaclip-exponents": TableSpec(
        title="The exponents of MetaCLIP's models",
        caption="Exponents of power laws through MetaCLIP's models on one set, with 95 % intervals by Student's t, and "
        "their differences from those of CLIP and OpenCLIP by Welch's t, points given; below zero where MetaCLIP's "
        "error falls the more steeply",
        origin="recomputed",
        reads=("scrutiny",),
        build=exponents,
        note="Matched designs keep the models that both have at the same scale of samples seen, three against three; "
        "a dash stands where that is the comparison with all models. A law through all models of one scale of samples "
        "seen is no frontier: a part of its difference from OpenCLIP's frontier is the design",
    ),
}
