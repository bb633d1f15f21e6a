"""MetaCLIP's tables: the cells are the source material's, their means come out, and one cell cannot be right."""

import csv
from pathlib import Path

import pytest

from reprolib.data import facts, metaclip
from reprolib.errors import ReproError
from reprolib.paths import Tree

Cell = tuple[str, str, str, str, float]
TABLES = {
    **{f"Table {number}": str(number) for number in range(4, 10)},
    "Sec. 1 / Figure 1": "Figure 1",
    "README model table": "README",
    "openclip_results.csv": "open_clip",
}
MODELS = {
    **{f"ViT-{model}": f"ViT-{model.replace('/', '-')}" for model in ("B/32", "B/16", "L/14", "H/14")},
    **{f"ViT-{model}-quickgelu": f"ViT-{model}" for model in ("B-32", "B-16", "L-14", "H-14")},
    **dict.fromkeys(("ViT-bigG/14", "ViT-bigG/14 (v1.1)"), "ViT-G-14"),
    "ViT-H/14 (v1.2)": "ViT-H-14",
}
DATA = {
    **dict.fromkeys(("WIT400M (CLIP, authors' eval)", "CLIP (400M)", "WIT400M (CLIP)"), "CLIP-WIT"),
    **dict.fromkeys(("LAION-400M (OpenCLIP, authors' eval)", "OpenCLIP (407M)"), "LAION-400M"),
    **dict.fromkeys(("MetaCLIP-400M", "MetaCLIP t=20k (400M)", "MetaCLIP (400M)", "metaclip_400m"), "MetaCLIP-400M"),
    **dict.fromkeys(("MetaCLIP-2.5B", "metaclip_2_5b", "metaclip_fullcc"), "MetaCLIP-2.5B"),
    "LAION (407M)": "LAION-400M, own run",
    "MetaCLIP-1B": "MetaCLIP-1B",
    "MetaCLIP-1B from DataComp-12.8B (t=60k)": "MetaCLIP-1B of DataComp",
    "metaclip_v1_2_altogether": "MetaCLIP v1.2",
    "MetaCLIP t=15k": "MetaCLIP t=15k",
    "MetaCLIP t=35k": "MetaCLIP t=35k",
    "unbalanced pool (1.6B)": "MetaCLIP unbalanced 1.6B",
    "online balancing": "MetaCLIP online",
    "MetaCLIP w/o balancing (400M)": "MetaCLIP unbalanced 400M",
    "Raw (1.1B)": "raw 1.1B",
    "Raw English (400M)": "raw English 400M",
}
SAMPLES = {"12.8B": 12_800_000_000, "35B": 35_000_000_000}


def source(shared: Path) -> list[dict[str, str]]:
    """The lines of the source material that were taken over."""
    with (shared / "facts" / "metaclip_published.csv").open(newline="") as stream:
        lines = [line for line in csv.DictReader(stream) if line["table"] in TABLES and line["data"] in DATA]
    return [line for line in lines if not (TABLES[line["table"]] == "open_clip" and "-quickgelu" not in line["model"])]


@pytest.fixture(scope="module")
def rows(repository: Tree) -> list[facts.MetaClipScore]:
    """Every embedded cell."""
    return facts.read(repository, facts.MetaClipScore)


def test_every_table_holds_the_source_materials_cells(rows: list[facts.MetaClipScore], shared: Path) -> None:
    expected = [(TABLES[line["table"]], MODELS[line["model"]], DATA[line["data"]], float(line["value"]))
                for line in source(shared) if TABLES[line["table"]] != "open_clip"]  # fmt: skip
    ours = [(row.table, row.model, row.pretrain_data, row.percent) for row in rows if row.table != "open_clip"]
    assert len(ours) == 1502
    assert sorted(ours) == sorted(expected)


def test_a_data_set_has_a_name_of_its_own_in_every_table(rows: list[facts.MetaClipScore], shared: Path) -> None:
    """The cells stand in the order of the source, so that a name of theirs always falls on the same one of ours."""
    lines = [line for line in source(shared) if TABLES[line["table"]] != "open_clip"]
    ours = [row.dataset for row in rows if row.table != "open_clip"]
    names: dict[tuple[str, str], set[str]] = {}
    for line, dataset in zip(lines, ours, strict=True):
        names.setdefault((TABLES[line["table"]], line["task"]), set()).add(dataset)
    assert all(len(found) == 1 for found in names.values())
    assert len({(table, *found) for (table, _), found in names.items()}) == len(names)


def test_open_clips_cells_are_the_source_materials(rows: list[facts.MetaClipScore], shared: Path) -> None:
    named = {
        "imagenet1k": "ImageNet 1k",
        "imagenetv2": "ImageNet v2",
        "imagenet-a": "ImageNet-A",
        "imagenet-r": "ImageNet-R",
        "imagenet_sketch": "ImageNet Sketch",
        "objectnet": "ObjectNet",
    }
    theirs = {
        (MODELS[line["model"]], DATA[line["data"]], line["task"]): float(line["value"])
        for line in source(shared)
        if TABLES[line["table"]] == "open_clip" and line["task"] in named.values()
    }
    ours = {(row.model, row.pretrain_data, named[row.dataset]): row.percent for row in rows if row.table == "open_clip"}
    assert len(ours) == 7 * 6
    assert ours == theirs


def test_models_have_seen_what_the_source_says(repository: Tree, shared: Path) -> None:
    expected = {
        (MODELS[line["model"]], DATA[line["data"]]): SAMPLES[line["seen_pairs"]]
        for line in source(shared)
        if line["seen_pairs"]
    }
    models = facts.read(repository, facts.MetaClipModel)
    assert {(row.model, row.pretrain_data): row.samples_seen for row in models} == expected


def test_every_mean_of_26_is_the_mean_of_its_cells(rows: list[facts.MetaClipScore]) -> None:
    found = [mean for mean in metaclip.means(rows) if mean.name == "mean-26"]
    assert len(found) == 28
    assert all(f"{mean.ours:.1f}" == f"{mean.printed:.1f}" for mean in found)


def test_three_means_of_table_8_are_not_possible(rows: list[facts.MetaClipScore]) -> None:
    wrong = {
        (mean.model, mean.pretrain_data, mean.name): round(mean.difference, 3)
        for mean in metaclip.means(rows)
        if not mean.possible
    }
    assert wrong == {
        ("ViT-B-16", "MetaCLIP-2.5B", "mean-38"): -0.108,
        ("ViT-L-14", "MetaCLIP-1B", "mean-38"): -0.979,
        ("ViT-L-14", "MetaCLIP-1B", "mean-vtab"): -2.838,
    }


def test_exactly_one_cell_cannot_be_right(rows: list[facts.MetaClipScore]) -> None:
    (slip,) = metaclip.slips(rows)
    assert (slip.model, slip.pretrain_data, slip.dataset) == ("ViT-L-14", "MetaCLIP-1B", "caltech101")
    assert (slip.table, slip.printed, slip.elsewhere_table, slip.elsewhere) == ("9", 58.4, "5", 94.8)


def test_the_means_come_out_once_the_cell_is_the_other_tables(rows: list[facts.MetaClipScore]) -> None:
    key = ("9", "ViT-L-14", "MetaCLIP-1B", "caltech101")
    mended = [row.model_copy(update={"percent": 94.8}) if row.id == key else row for row in rows]
    assert metaclip.slips(mended) == []
    assert {mean.model for mean in metaclip.means(mended) if not mean.possible} == {"ViT-B-16"}


def test_a_slip_elsewhere_is_found_too(rows: list[facts.MetaClipScore]) -> None:
    key = ("9", "ViT-B-32", "CLIP-WIT", "mnist")
    broken = [row.model_copy(update={"percent": 84.2}) if row.id == key else row for row in rows]
    assert ("ViT-B-32", "mnist") in [(slip.model, slip.dataset) for slip in metaclip.slips(broken)]


def test_the_robustness_mean_is_the_first_papers(rows: list[facts.MetaClipScore], repository: Tree) -> None:
    """CLIP's own models, measured for both papers."""
    found = metaclip.scores(rows)
    theirs = {
        row.model: 100 * row.value
        for row in facts.read(repository, facts.ZeroShot)
        if (row.pretrain_data, row.dataset, row.metric) == ("CLIP-WIT", "imagenet_robustness", "acc1")
    }
    assert len(theirs) == 3
    for model, percent in theirs.items():
        assert metaclip.robustness(found, model, "CLIP-WIT") == pytest.approx(percent, abs=0.1)
    assert metaclip.robustness(found, "ViT-H-14", "MetaCLIP v1.2") is None


def test_a_lost_cell_is_one_sentence(rows: list[facts.MetaClipScore]) -> None:
    lost = [row for row in rows if row.id != ("5", "ViT-B-16", "MetaCLIP-1B", "dtd")]
    with pytest.raises(
        ReproError, match="has 25 data sets of table 5 for ViT-B-16 on MetaCLIP-1B, but the table has 26"
    ):
        metaclip.means(lost)
