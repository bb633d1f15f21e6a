"""The fit stage: the paper's printed digits from the facts, and any other study."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import toy_ladder

from reprolib import fit, lawspecs, params, precision, provenance, results
from reprolib.budgets import nominal_compute
from reprolib.data import published
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study

REPOSITORY = Tree(Path(__file__).resolve().parent.parent)
MEASURED = {"ViT-H/14": {"34B"}, "ViT-g/14": {"13B"}}
"""The models of Table 4 that were trained: their cells are measurements, not extrapolations."""


def table(name: str) -> list[dict[str, str]]:
    with (REPOSITORY.published / f"{name}.csv").open() as stream:
        return list(csv.DictReader(stream))


def copy_of_facts(root: Path) -> Tree:
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(REPOSITORY.root / name, root / name)
    shutil.copytree(REPOSITORY.published, root / "paper" / "published")
    return Tree(root)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree in which the facts became evaluations and the evaluations became laws."""
    tree = copy_of_facts(tmp_path_factory.mktemp("published"))
    published.run(tree, params.load(tree))
    fit.run(tree, params.load(tree), "published")
    return tree


@pytest.fixture(scope="module")
def laws(tree: Tree) -> dict[str, dict[str, Any]]:
    return Study(tree, "published").laws


PRINTED = table("printed_coefficients")


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: ".".join(list(row.values())[1:-2]))
def test_a_printed_coefficient_comes_out_to_its_digits(row: dict[str, str], laws: dict[str, dict[str, Any]]) -> None:
    parts = (row["task"], row["dataset"], row["metric"], row["shots"], row["series"].lower())
    law = laws[".".join(part for part in parts if part)]
    decimals = len(row["printed"].partition(".")[2])
    assert f"{law['params'][row['parameter']]:.{decimals}f}" == row["printed"]
    assert f"fig{row['figure']}" in law["figures"]


def test_the_laws_marked_as_printed_are_the_printed_ones(laws: dict[str, dict[str, Any]]) -> None:
    columns = ("task", "dataset", "metric", "shots", "series")
    marked = [tuple(law[column] for column in columns) for law in laws.values() if law["printed"]]
    assert len(marked) == 22
    assert set(marked) == {tuple(row[column] for column in columns) for row in PRINTED}


TABLE_4 = [row for row in table("printed_cells") if row["table"] == "4"]


def extrapolated(row: dict[str, str]) -> bool:
    return row["column"].split(", ")[1] not in MEASURED.get(row["row"], set())


@pytest.mark.parametrize(
    "row", [row for row in TABLE_4 if extrapolated(row)], ids=lambda row: f"{row['row']} {row['column']}"
)
def test_an_extrapolated_cell_of_table_4_comes_out_to_its_digits(row: dict[str, str], laws: dict[str, Any]) -> None:
    what, budget = row["column"].split(", ")
    measure = {"ImageNet": "imagenet1k.acc1", "COCO": "mscoco_captions.image_retrieval_recall@5"}[what]
    gmacs = {arch["model"]: float(arch["gmacs"]) for arch in table("architectures")}[row["row"].replace("/", "-")]
    law = laws[f"zero-shot.{measure}.openclip"]
    error = law["params"]["beta"] * nominal_compute(gmacs, budget) ** law["params"]["alpha"]
    assert f"{100 * (1 - error):.2f}" == row["printed"]


def test_the_other_four_cells_of_table_4_are_measurements(tree: Tree) -> None:
    measured = [row for row in TABLE_4 if not extrapolated(row)]
    assert (len(TABLE_4), len(measured)) == (24, 4)
    for row in measured:
        what, budget = row["column"].split(", ")
        metric = {"ImageNet": "acc1", "COCO": "image_retrieval_recall@5"}[what]
        dataset = {"ImageNet": "imagenet1k", "COCO": "mscoco_captions"}[what]
        found = Study(tree, "published").select(
            task="zero-shot", dataset=dataset, metric=metric, model=row["row"].replace("/", "-"), budget=budget
        )
        assert [f"{100 * value:.2f}" for value in found["value"]] == [row["printed"]]


_HIGHER = ("B-16 2B 34B", "L-14 2B 13B", "H-14 2B 34B")
WINNERS = {
    "imagenet1k.acc1": ("B-16 400M 3B", "B-32 400M 13B", *_HIGHER),
    "imagenet_robustness.acc1": ("B-16 2B 3B", "B-32 400M 13B", *_HIGHER),
    "mscoco_captions.image_retrieval_recall@5": ("B-16 2B 3B", "B-32 400M 13B", *_HIGHER),
    "flickr30k.image_retrieval_recall@5": ("B-16 400M 3B", "B-32 2B 13B", *_HIGHER),
}


@pytest.mark.parametrize("measure", WINNERS)
def test_the_frontier_of_29_runs_keeps_the_papers_winners(measure: str, laws: dict[str, dict[str, Any]]) -> None:
    law = laws[f"zero-shot.{measure}.openclip"]
    names = [point["run"].split("_lr")[0] for point in law["points"]]
    assert names == ["Model-{}_Data-{}_Samples-{}".format(*winner.split()) for winner in WINNERS[measure]]
    assert [round(edge, 3) for edge in law["edges"]] == [10.257, 10.79, 11.323, 11.856, 12.389, 12.922]
    assert len(law["dropped"]) == 24
    assert "2,000 resamples of rows" in law["interval_method"]
    assert "the frontier was chosen again in every resample" in law["interval_method"]
    assert all("has the smallest error of its bin" in entry["reason"] for entry in law["dropped"])


def test_the_probe_law_has_the_hidden_point_and_lacks_the_older_twin(laws: dict[str, dict[str, Any]]) -> None:
    law = laws["linear-probe.imagenet1k.acc1.full.openclip"]
    runs = [point["run"] for point in law["points"]]
    assert len(runs) == 8
    assert "ViT-B-16-plus-240_laion400m_e32" in runs
    twin = "ViT-B-32_laion2b_s34b_b79k has the same model, data and budget and does better"
    assert law["dropped"] == [{"run": "ViT-B-32_laion2b_e16", "reason": twin}]


def test_the_models_of_table_5_alone_give_other_digits(laws: dict[str, dict[str, Any]]) -> None:
    law = laws["linear-probe.imagenet1k.acc1.full.openclip-table-5"]
    assert (law["n_points"], law["printed"], law["series"]) == (7, False, "OpenCLIP, Table 5 only")
    assert law["params"] == {"beta": pytest.approx(5.64317, abs=5e-6), "alpha": pytest.approx(-0.12308, abs=5e-6)}


def test_the_clip_laws_go_through_the_three_vits(laws: dict[str, dict[str, Any]]) -> None:
    law = laws["zero-shot.imagenet1k.acc1.clip"]
    assert [point["run"] for point in law["points"]] == ["ViT-B-32_openai", "ViT-B-16_openai", "ViT-L-14_openai"]
    assert "RN50_openai" in {entry["run"] for entry in law["dropped"]}
    assert "1 degree of freedom" in law["status"]


def test_the_points_are_the_studys_own_numbers(tree: Tree, laws: dict[str, dict[str, Any]]) -> None:
    law = laws["eight-task-joint.eight-task-mean.acc1.openclip"]
    rows = Study(tree, "published").select(task="eight-task-joint", dataset="eight-task-mean", series="OpenCLIP")
    expected = {row.run: (row.gmacs_total, 1 - row.value) for row in rows.itertuples()}
    found = {point["run"]: (point["x"], point["y"]) for point in law["points"]}
    assert found.keys() == expected.keys()
    assert all(found[run] == pytest.approx(expected[run], rel=1e-11) for run in found)


def test_all_reference_values_of_the_source_material_come_out(shared: Path, laws: dict[str, dict[str, Any]]) -> None:
    """Every fit of the inventory that this stage makes, to the digits given there: 99 of our laws."""
    with (shared / "facts" / "fit_coefficients.csv").open() as stream:
        references = {key: row for row in csv.DictReader(stream) if (key := law_id_of(row)) is not None}
    assert len(references) == 99
    for key, row in references.items():
        law = laws[key]
        # The inventory has six digits, the record those that its interval determines.
        beta, unit = float(row["beta_refit"]), 10.0 ** (precision.units("law", law)["params", "beta"].power or 0)
        assert abs(law["params"]["beta"] - beta) <= unit / 2 + 0.51e-5 * beta, key
        assert law["params"]["alpha"] == pytest.approx(float(row["alpha_refit"]), abs=0.51e-5), key
        assert law["n_points"] == int(row["n_points"]), key


def law_id_of(row: dict[str, str]) -> str | None:
    """The id of our law for a row of the inventory; None where the row is an alternative that we do not fit."""
    series = "clip" if row["series"].startswith("CLIP") else "openclip"
    words = row["task"].split()
    alternative = row["figure"] == "alternative"
    if "|" in row["task"]:
        return None if alternative else f"zero-shot.{row['task'].replace('|', '.')}.{series}"
    if words[:2] == ["linear", "probe"]:
        dataset = words[2].replace("vtab19", "vtab-linear-probe")
        return (
            f"linear-probe.{dataset}.acc1.{words[3].removesuffix('-shot')}.{series}{'-table-5' if alternative else ''}"
        )
    if words[0] in (tasks := {"zero-shot": "zero-shot", "jointly": "joint", "patched": "patched"}):
        return f"eight-task-{tasks[words[0]]}.{words[-1].replace('mean_of_8_tasks', 'eight-task-mean')}.acc1.{series}"
    if "224 px" not in row["method"] or "ReaL" in row["task"]:
        return None
    dataset = "imagenet1k" if words[-1] == "imagenet1k" else "imagenet-robustness-4"
    return f"imagenet-fine-tune.{dataset}.acc1.{series}"


def test_computed_numbers_carry_12_digits_so_that_processors_agree_on_the_bytes(laws: dict[str, Any]) -> None:
    law = laws["zero-shot.imagenet1k.acc1.openclip"]
    computed = [*law["params"].values(), *law["edges"], *(point["x"] for point in law["points"]), law["rmse_log10"]]
    assert [float(f"{value:.12g}") for value in computed] == computed


def test_every_law_has_an_id_of_its_own(tree: Tree) -> None:
    ids = [spec.id for spec in lawspecs.laws_of(Study(tree, "published"))]
    assert len(ids) == len(set(ids)) == 103


def test_the_summary_gives_the_exponents_of_fig_1_to_six_digits(tree: Tree, laws: dict[str, dict[str, Any]]) -> None:
    summary = json.loads((tree.results("published") / "summary.json").read_text())
    assert summary["laws"] == len(laws)
    assert summary["alpha"]["imagenet1k"] == {"OpenCLIP": -0.111388, "CLIP": -0.163775}
    assert len(summary["alpha"]) == 4


def test_two_runs_write_the_same_bytes(tree: Tree) -> None:
    def content() -> dict[str, bytes]:
        names = [*tree.laws("published").glob("*"), tree.results("published") / "summary.json"]
        return {path.name: path.read_bytes() for path in names}

    before = content()
    fit.run(tree, params.load(tree), "published")
    assert content() == before
    assert len(before) == 104


# Other studies, made up here.


def ladder(tree: Tree, study: str, points: list[tuple[float, float]], **columns: str) -> None:
    """Write one run for each (compute, value), measured on zero-shot ImageNet unless `columns` says otherwise."""
    stamp = provenance.take(tree, inputs=[], stage="fit", reason="a test")
    result = {"task": "zero-shot", "dataset": "imagenet1k", "shots": "", "metric": "acc1", **columns}
    for number, (compute, value) in enumerate(points):
        evaluation = results.Evaluation(
            study=study,
            run=f"run-{number}",
            model=f"Mini-{number}",
            pretrain_data="Pictographs",
            budget="64k",
            samples_seen=65536,
            gmacs_per_sample=compute / 65536,
            gmacs_total=compute,
            seed=0,
            results=[results.Result(**result, value=value, n_test=100, source="test")],
        )
        results.write(tree, evaluation, stamp.confirm())


def test_another_study_gets_the_laws_of_the_tasks_it_has(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(10.0**power_of_ten, 0.1 * power_of_ten) for power_of_ten in range(1, 8)])
    assert fit.run(facts_tree, params.load(facts_tree), "mini") == ["zero-shot.imagenet1k.acc1.openclip"]
    law = records.read(facts_tree.laws("mini") / "zero-shot.imagenet1k.acc1.openclip.json", "law")
    assert (law["study"], law["n_points"]) == ("mini", 5)
    assert set(law["provenance"]["inputs"]) == {"results/mini/evals"}
    assert law["provenance"]["settings"] == {
        "bins": 5,
        "margin": 0.1,
        "level": 0.95,
        "bootstrap": 2000,
        "seed": 0,
    }


def test_a_refit_leaves_no_law_of_the_study_as_it_was(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(10, 0.1), (100, 0.2), (1000, 0.4), (10000, 0.5)])
    facts_tree.laws("mini").mkdir()
    (facts_tree.laws("mini") / "stale.json").write_text("{}")
    fit.run(facts_tree, params.load(facts_tree), "mini")
    assert [path.name for path in facts_tree.laws("mini").iterdir()] == ["zero-shot.imagenet1k.acc1.openclip.json"]


def test_empty_bins_are_skipped_and_the_status_names_them(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(1, 0.1), (10, 0.2), (1e5, 0.5)])
    settings = params.load(facts_tree)
    without_margin = settings.model_copy(update={"fit": settings.fit.model_copy(update={"margin": 0})})
    fit.run(facts_tree, without_margin, "mini")
    law = Study(facts_tree, "mini").laws["zero-shot.imagenet1k.acc1.openclip"]
    assert [point["run"] for point in law["points"]] == ["run-0", "run-1", "run-2"]
    assert law["status"].endswith("; without a run and so skipped: bin 3, 4")
    assert len(law["edges"]) == 6


def refusal(tree: Tree, study: str) -> str:
    with pytest.raises(ReproError) as caught:
        fit.run(tree, params.load(tree), study)
    assert not tree.laws(study).exists()
    return str(caught.value)


def test_a_study_without_evaluations_is_an_error_that_names_the_folder(facts_tree: Tree) -> None:
    assert refusal(facts_tree, "nowhere").startswith(
        f"{facts_tree.evals('nowhere')} is missing: study 'nowhere' has no evaluations"
    )


def test_a_study_that_no_law_is_about_is_an_error(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(10, 0.1), (100, 0.2), (1000, 0.4)], dataset="glyphs")
    assert refusal(facts_tree, "mini").startswith(
        "no law of reprolib.lawspecs is about a task, data set and series of study 'mini'; check "
    )


def test_a_series_of_too_few_runs_is_an_error_that_names_the_law(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(10, 0.1), (100, 0.2)])
    assert refusal(facts_tree, "mini") == (
        "law zero-shot.imagenet1k.acc1.openclip cannot be fitted: the number of points is 2; at least 3 are needed, "
        "where x is compute in GMAC and y the error 1 - value; check the zero-shot results of the OpenCLIP runs"
    )


def test_a_perfect_run_has_no_logarithm_of_its_error_and_is_named(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(10, 0.1), (100, 0.2), (1000, 1.0), (10000, 0.5)])
    assert "y holds 0 at row 2" in (sentence := refusal(facts_tree, "mini"))
    assert "(run run-2)" in sentence


def test_an_edited_evaluation_stops_the_fit_before_anything_is_written(facts_tree: Tree) -> None:
    ladder(facts_tree, "mini", [(10, 0.1), (100, 0.2), (1000, 0.4)])
    path = facts_tree.evals("mini") / "run-1.json"
    path.write_text(path.read_text().replace("0.2", "0.3"))
    assert "run-1.json was changed after it was made" in refusal(facts_tree, "mini")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A ladder with models beyond it, tuned to eight tasks of its own, and its laws."""
    tree = copy_of_facts(tmp_path_factory.mktemp("toy"))
    toy_ladder.write(tree)
    settings = params.load(tree)
    fit.run(tree, settings.model_copy(update={"fit": settings.fit.model_copy(update={"bootstrap": 200})}), "toy")
    return Study(tree, "toy")


def test_the_tuned_tasks_of_a_study_are_its_own(toy: Study) -> None:
    tuned = {law["dataset"] for law in toy.laws.values() if law["task"] == "eight-task-joint"}
    assert tuned == {*toy_ladder.TASKS, "eight-task-mean"}


def test_no_law_of_another_study_counts_as_printed_or_has_a_series_of_openai(toy: Study) -> None:
    assert not [law["id"] for law in toy.laws.values() if law["printed"]]
    assert {law["series"] for law in toy.laws.values()} == {"OpenCLIP", "Ladder alone"}


def test_all_fine_tuned_models_of_another_study_make_the_law_of_fig_4(toy: Study) -> None:
    law = toy.laws["imagenet-fine-tune.imagenet1k.acc1.openclip"]
    assert (law["n_points"], law["dropped"]) == (5, [])


def test_the_law_that_predicts_has_not_seen_the_models_beyond_the_ladder(toy: Study) -> None:
    law = toy.laws["zero-shot.imagenet1k.acc1.openclip-ladder"]
    assert law["figures"] == ["fig8"]
    assert "fig8" not in toy.laws["zero-shot.imagenet1k.acc1.openclip"]["figures"]
    reason = "the series takes the models that are trained on every data set for every budget"
    unseen = {entry["run"] for entry in law["dropped"] if entry["reason"] == reason}
    assert unseen == {f"{model}_51k_28k" for model in toy_ladder.LARGER}


def test_controls_are_in_no_law(toy: Study) -> None:
    seen = {entry["run"] for law in toy.laws.values() for entry in (*law["points"], *law["dropped"])}
    assert not [run for run in seen if run.endswith("seed1")]
