"""The records of the published study: complete, stable, and equal to what the paper prints."""

import shutil
from statistics import fmean

import pandas as pd
import pytest

from reprolib import files, params, results
from reprolib.data import facts, published
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records


@pytest.fixture(scope="module")
def made(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree in which the stage has run."""
    root = tmp_path_factory.mktemp("published")
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(repository.root / name, root / name)
    shutil.copytree(repository.published, root / "paper" / "published")
    tree = Tree(root)
    published.run(tree, params.load(tree))
    return tree


@pytest.fixture(scope="module")
def table(made: Tree) -> pd.DataFrame:
    return results.load(made, "published")


@pytest.fixture(scope="module")
def runs(made: Tree) -> dict[str, dict]:
    return {path.stem: records.read(path, "run") for path in made.runs("published").glob("*.json")}


@pytest.fixture(scope="module")
def resources(made: Tree) -> dict[str, dict]:
    return {path.stem: records.read(path, "resources") for path in made.resources("published").glob("*.json")}


def test_two_runs_write_the_same_bytes(made: Tree) -> None:
    before = files.sha256(made.results("published"))
    published.run(made, params.load(made))
    assert files.sha256(made.results("published")) == before


def test_a_record_that_no_fact_makes_any_longer_disappears(made: Tree) -> None:
    stray = made.evals("published") / "stray.json"
    stray.write_text("{}")
    published.run(made, params.load(made))
    assert not stray.exists()


def test_a_broken_fact_leaves_the_old_records(facts_tree: Tree) -> None:
    published.run(facts_tree, params.load(facts_tree))
    before = files.sha256(facts_tree.results("published"))
    path = facts_tree.published / "eight_tasks.csv"
    path.write_text(path.read_text().replace("63.35", "163.35"))
    with pytest.raises(ReproError, match=r"eight_tasks\.csv line 2, column 'acc1_percent'"):
        published.run(facts_tree, params.load(facts_tree))
    assert files.sha256(facts_tree.results("published")) == before
    assert sorted(path.name for path in facts_tree.results("published").iterdir()) == ["evals", "resources", "runs"]


@pytest.mark.parametrize(
    ("file", "drop", "says"),
    [
        ("architectures", "ViT-g-14,", "architectures.csv lacks ViT-g-14"),
        ("learning_curves", "Model-g-14", "learning_curves.csv lacks Model-g-14_Data-2B"),
        ("zero_shot", "Model-H-14", "zero_shot.csv lacks ('ViT-H-14', 'LAION-2B', '34B')"),
        ("linear_probe", "ViT-g-14", "linear_probe.csv lacks ViT-g-14_laion2b_s12b_b42k"),
        ("evaluation_datasets", "flickr30k", "evaluation_datasets.csv lacks flickr30k"),
        ("eight_tasks", "ViT-B-32_openai,ViT-B-32,CLIP-WIT,13B,eight-task-joint,svhn", "lacks eight-task-joint svhn"),
        (
            "linear_probe",
            "ViT-B-16_openai,ViT-B-16,CLIP-WIT,13B,12800000000,263296000000,vtab/dtd",
            "linear-probe vtab/dtd",
        ),
        ("imagenet_finetune", "ViT-H-14,336,LAION-2B,ImageNet-12k,632.5,391.0,407.5,imagenet-a", "imagenet-a in"),
    ],
)
def test_a_row_that_is_missing_is_named(facts_tree: Tree, file: str, drop: str, says: str) -> None:
    path = facts_tree.published / f"{file}.csv"
    lines = path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(drop)]
    assert len(kept) < len(lines)
    path.write_text("".join(kept))
    with pytest.raises(ReproError) as caught:
        _ = [published.evaluations(facts_tree), published.run_records(facts_tree)]
    assert says in str(caught.value)


def test_tables_that_disagree_about_a_run_are_named(facts_tree: Tree) -> None:
    path = facts_tree.published / "linear_probe.csv"
    path.write_text(
        path.read_text().replace(
            "ViT-L-14_openai,ViT-L-14,CLIP-WIT,13B,12800000000", "ViT-L-14_openai,ViT-L-14,CLIP-WIT,13B,12900000000"
        )
    )
    with pytest.raises(ReproError, match="run ViT-L-14_openai has samples_seen 12800000000 in one row"):
        published.evaluations(facts_tree)


def test_there_are_29_trained_models_and_65_evaluated_checkpoints(table: pd.DataFrame, runs: dict) -> None:
    assert len(runs) == 29
    per_task = table.groupby("task")["run"].nunique().to_dict()
    assert per_task == {
        "zero-shot": 37,
        "linear-probe": 12,
        "imagenet-fine-tune": 19,
        "eight-task-zero-shot": 10,
        "eight-task-joint": 10,
        "eight-task-patched": 10,
    }
    assert table["run"].nunique() == 65
    assert set(runs) <= set(table["run"])


def test_every_zero_shot_and_probe_fact_is_a_result_to_twelve_digits(table: pd.DataFrame, made: Tree) -> None:
    found = table.set_index(["run", "task", "dataset", "shots", "metric"])["value"].to_dict()
    for row in facts.read(made, facts.ZeroShot):
        assert found[row.run, "zero-shot", row.dataset, "", row.metric] == pytest.approx(row.value, rel=1e-11)
    for probe in facts.read(made, facts.LinearProbe):
        assert found[probe.run, "linear-probe", probe.dataset, probe.shots, probe.metric] == pytest.approx(
            probe.value, rel=1e-11
        )


def test_compute_is_gmacs_per_sample_times_samples_seen(table: pd.DataFrame) -> None:
    product = table["gmacs_per_sample"] * table["samples_seen"]
    assert ((product / table["gmacs_total"] - 1).abs() < 1e-11).all()


def test_resnet_50x64_is_left_out_as_its_compute_is_disputed(table: pd.DataFrame) -> None:
    models = set(table["model"])
    assert {"RN50", "RN101", "RN50x4", "RN50x16", "ViT-L-14-336"} <= models
    assert "RN50x64" not in models


def test_openai_vits_keep_the_unrounded_values_of_the_authors(table: pd.DataFrame) -> None:
    vit = table[(table["run"] == "ViT-B-32_openai") & (table["task"] == "zero-shot")]
    assert set(vit["source"]) == {"laion-zeroshot"}


def test_fine_tuned_models_carry_the_compute_of_their_pre_training(table: pd.DataFrame) -> None:
    compute = table.drop_duplicates("run").set_index("run")["gmacs_total"]
    assert compute["ViT-B-32_openai_ft-in12k-in1k-384px"] == compute["ViT-B-32_openai"]
    assert compute["ViT-H-14_laion2b_ft-in1k-224px"] == compute["Model-H-14_Data-2B_Samples-34B_lr-5e-4_bs-79k"]


def test_percent_become_tidy_fractions(table: pd.DataFrame) -> None:
    found = table.set_index(["run", "task", "dataset", "metric"])["value"]
    assert found["ViT-B-32_openai", "eight-task-zero-shot", "imagenet1k", "acc1"] == 0.6335
    assert found["RN50_openai", "zero-shot", "flickr30k", "image_retrieval_recall@5"] == 0.8318


def test_sizes_of_test_sets_stand_where_they_are_known(table: pd.DataFrame) -> None:
    zero_shot = table[table["task"] == "zero-shot"].drop_duplicates("dataset").set_index("dataset")["n_test"]
    assert zero_shot["imagenet1k"] == 50_000
    assert zero_shot["vtab/kitti_closest_vehicle_distance"] == 711
    unknown = {"vtab", "vtab+", "imagenet_robustness", "voc2007_multilabel"}
    assert set(zero_shot[zero_shot.isna()].index) == unknown
    assert table[table["task"].str.startswith("eight-task")]["n_test"].isna().all()


@pytest.mark.parametrize(
    ("average", "member", "count"),
    [("vtab+", "vtab_plus", 35), ("vtab", "vtab_zero_shot", 19), ("imagenet_robustness", "imagenet_robustness", 5)],
)
def test_released_averages_are_plain_means_of_their_sets(
    table: pd.DataFrame, made: Tree, average: str, member: str, count: int
) -> None:
    members = [row.dataset for row in facts.read(made, facts.EvaluationDataset) if getattr(row, member)]
    assert len(members) == count
    values = table[(table["task"] == "zero-shot") & (table["metric"] == "acc1")].pivot(
        index="run", columns="dataset", values="value"
    )
    values = values[values[average].notna()]
    assert len(values) == 32
    assert ((values[members].mean(axis=1) - values[average]).abs() < 1e-11).all()


def test_derived_averages_are_plain_means_of_their_sets(table: pd.DataFrame, made: Tree) -> None:
    vtab = {row.dataset for row in facts.read(made, facts.EvaluationDataset) if row.vtab_linear_probe}
    assert "vtab/cifar10" in vtab
    assert "sun397" not in vtab
    eight = {"cars", "dtd", "eurosat", "gtsrb", "mnist", "resisc45", "sun397", "svhn"}
    shifts = {"imagenetv2", "imagenet-a", "imagenet-r", "imagenet_sketch"}
    for average, shots, members, checkpoints in (
        ("vtab-linear-probe", "full", vtab, 12),
        ("imagenet-robustness-4", "", shifts, 19),
        ("eight-task-mean", "", eight, 30),
    ):
        derived = table[table["dataset"] == average]
        assert len(derived) == checkpoints
        for row in derived.itertuples():
            same = table[(table["run"] == row.run) & (table["task"] == row.task) & (table["shots"] == shots)]
            parts = same[(same["metric"] == "acc1") & same["dataset"].isin(members)]["value"]
            assert len(parts) == len(members)
            assert row.value == pytest.approx(fmean(parts), abs=1e-12)
            assert row.source == f"derived: mean of {len(members)} sets"


PRINTED = {
    "Batch per GPU": lambda run: run["config"]["local_batch"],
    "Batch": lambda run: run["config"]["global_batch"],
    "Learning rate": lambda run: run["config"]["learning_rate"],
    "Warm-up steps": lambda run: run["config"]["warmup_steps"],
    "GPUs": lambda run: run["config"]["devices"],
    "Hours": lambda run: run["hours"],
    "GPU-hours": lambda run: run["device_hours"],
    "MWh": lambda run: run["energy_kwh"] / 1e3,
}


def test_records_of_runs_and_resources_give_table_18_to_the_digits_printed(
    made: Tree, runs: dict[str, dict], resources: dict[str, dict]
) -> None:
    cells = [row for row in facts.read(made, facts.PrintedCell) if row.table == "18" and row.row != "Total"]
    by_row = {
        f"{run['model'].replace('-', '/').replace('ViT/', 'ViT-')}, {run['pretrain_data']}, {run['budget']}": {
            **resources[name],
            **run,
        }
        for name, run in runs.items()
    }
    assert len(cells) == 29 * len(PRINTED)
    for cell in cells:
        half_a_digit = 0.5 * 10.0 ** -len(cell.printed.partition(".")[2])
        ours = PRINTED[cell.column](by_row[cell.row])
        assert abs(ours - float(cell.printed)) <= half_a_digit * (1 + 1e-9), (cell, ours)


def test_resources_add_up_to_the_totals_of_table_18(made: Tree, resources: dict[str, dict]) -> None:
    totals = {
        row.column: float(row.printed)
        for row in facts.read(made, facts.PrintedCell)
        if row.table == "18" and row.row == "Total"
    }
    assert sum(took["device_hours"] for took in resources.values()) == pytest.approx(totals["GPU-hours"], abs=1)
    assert sum(took["energy_kwh"] for took in resources.values()) / 1e3 == pytest.approx(totals["MWh"], abs=0.05)


def test_samples_seen_are_exact_and_the_one_disagreement_is_noted(table: pd.DataFrame, runs: dict[str, dict]) -> None:
    evaluated = table.drop_duplicates("run").set_index("run")["samples_seen"]
    for name, run in runs.items():
        assert run["samples_seen"] == run["config"]["epochs"] * run["config"]["samples_per_epoch"]
        assert (run["note"] == "") == (run["samples_seen"] == evaluated[name])
    noted = [run for run in runs.values() if run["note"]]
    assert [run["run"] for run in noted] == ["Model-L-14_Data-400M_Samples-34B_lr-1e-3_bs-86k"]
    assert "34215895056" in noted[0]["note"]


def test_learning_curves_end_at_the_zero_shot_result(table: pd.DataFrame, runs: dict[str, dict]) -> None:
    last = table[(table["dataset"] == "imagenet1k") & (table["task"] == "zero-shot") & (table["metric"] == "acc1")]
    final = last.set_index("run")["value"]
    for name, run in runs.items():
        epochs = [point["epoch"] for point in run["learning_curve"]]
        assert epochs == sorted(set(epochs))
        assert epochs[-1] == run["config"]["epochs"]
        assert run["learning_curve"][-1]["samples_seen"] == run["samples_seen"]
        assert abs(run["learning_curve"][-1]["acc1"] - final[name]) < 0.0014


def test_committed_records_are_the_ones_the_facts_make(repository: Tree, made: Tree) -> None:
    for folder in (Tree.evals, Tree.runs):
        names = {path.name for path in folder(made, "published").iterdir()}
        assert {path.name for path in folder(repository, "published").iterdir()} == names
        for name in sorted(names):
            fresh = files.read_json(folder(made, "published") / name)
            kept = files.read_json(folder(repository, "published") / name)
            for record in (fresh, kept):
                del record["provenance"], record["seal"]
            assert fresh == kept, name


def test_a_stamp_names_only_the_tables_that_were_read(made: Tree) -> None:
    evaluation = records.read(made.evals("published") / "RN50_openai.json", "evaluation")
    assert "paper/published/learning_curves.csv" not in evaluation["provenance"]["inputs"]
    assert "paper/published/openai_models.csv" in evaluation["provenance"]["inputs"]
    assert evaluation["provenance"]["stage"] == "download"
