"""The tables on MetaCLIP: printed and recomputed side by side, the wrong cell told, the record shown."""

from typing import Any

import pytest

from reprolib.paths import Tree
from reprolib.study import Study
from reprolib.tables import TABLES
from reprolib.tables.frame import LackingError

Made = dict[str, dict[str, Any]]


def shown(made: Made, table: str, row: str) -> dict[str, str]:
    """The cells of a row by column."""
    record = made[table]
    return dict(zip(record["columns"], record["cells"][record["rows"].index(row)], strict=True))


def test_every_model_has_its_printed_scores_and_both_means(made: Made) -> None:
    record = made["table-metaclip"]
    assert len(record["rows"]) == 3 * 6 + 2
    cells = shown(made, "table-metaclip", "ViT-B/16, MetaCLIP-1B")
    assert cells["ImageNet, Printed"] == "72.4"
    assert (cells["Mean of 26, Printed"], cells["Mean of 26, Recomputed"]) == ("63.2", "63.246")
    assert cells["Mean of 38, Difference"] == "-0.011"


def test_only_the_cell_that_cannot_be_right_is_told(made: Made) -> None:
    record = made["table-metaclip"]
    at = record["columns"].index("Cell that cannot be right")
    told = {row: cells[at] for row, cells in zip(record["rows"], record["cells"], strict=True) if cells[at]}
    assert told == {"ViT-L/14, MetaCLIP-1B": "Caltech-101: 58.4 in Table 9, 94.8 in Table 5"}


def test_models_of_another_pool_have_no_mean_of_38(made: Made) -> None:
    cells = shown(made, "table-metaclip", "ViT-L/14, MetaCLIP-1B of DataComp")
    assert cells["Mean of 26, Printed"] == "66.3"
    assert cells["Mean of 38, Printed"] == cells["Mean of 38, Recomputed"] == ""


def test_the_ablation_is_told_from_the_chosen_t(made: Made) -> None:
    record = made["table-metaclip-ablation"]
    assert len(record["rows"]) == 10
    balanced = shown(made, "table-metaclip-ablation", "Matched to metadata, t = 20k (MetaCLIP-400M)")
    assert (balanced["ImageNet, Printed"], balanced["ImageNet, Less t = 20k"]) == ("65.5", "+0.0")
    online = shown(made, "table-metaclip-ablation", "Matched to metadata, online")
    assert (online["ImageNet, Printed"], online["ImageNet, Less t = 20k"]) == ("66.1", "+0.6")
    raw = shown(made, "table-metaclip-ablation", "Raw pairs, 1.1B, none")
    assert (raw["ImageNet, Printed"], raw["Mean of 26, Printed"]) == ("54.1", "")


def test_models_beside_the_laws_are_those_of_the_record(made: Made, repository: Tree) -> None:
    rows = Study(repository, "published").scrutiny["metaclip"]["rows"]
    row = next(
        row
        for row in rows
        if (row["dataset"], row["law"], row["rule"]) == ("imagenet1k", "OpenCLIP", "bins")
        and (row["model"], row["pretrain_data"]) == ("ViT-L-14", "MetaCLIP-1B")
    )
    cells = shown(made, "table-metaclip-compute", "ImageNet, MetaCLIP-1B, ViT-L/14")
    low, high = row["factor_intervals"]["law"]
    assert cells["OpenCLIP, five bins, Factor of compute"] == f"{row['factor']:.2f}"
    assert cells["OpenCLIP, five bins, Its interval"] == f"[{low:.2f}, {high:.2f}]"
    assert cells["Compute (GMAC)"] == "1.12e+12"


def test_clip_stands_beside_openclips_law_alone(made: Made) -> None:
    cells = shown(made, "table-metaclip-compute", "ImageNet, CLIP-WIT, ViT-L/14")
    assert cells["OpenCLIP, true Pareto, Factor of compute"]
    assert cells["CLIP, Factor of compute"] == cells["CLIP, Its interval"] == ""


def test_every_set_has_its_exponent_and_differences(made: Made) -> None:
    record = made["table-metaclip-exponents"]
    assert len(record["rows"]) == 2 * 3
    cells = shown(made, "table-metaclip-exponents", "ImageNet, MetaCLIP-1B")
    assert (cells["Own law, Models"], cells["Own law, Exponent"]) == ("3", "-0.180")
    assert cells["Less OpenCLIP, five bins, Difference"] == "-0.068"
    assert cells["Less CLIP, matched, Difference"] == ""


@pytest.mark.parametrize("name", ["table-metaclip-compute", "table-metaclip-exponents"])
def test_a_study_without_models_of_metaclip_lacks_the_tables(repository: Tree, name: str) -> None:
    study = Study(repository, "toy")
    study.__dict__["scrutiny"] = {"metaclip": {"rows": [], "skipped": []}}
    with pytest.raises(LackingError, match="study 'toy' has no models of MetaCLIP"):
        TABLES[name].build(study)
