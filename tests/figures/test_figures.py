"""Drawing a figure of a study: what it shows, what it refuses, and that it is the same every time."""

import math
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from reprolib import figures, files, fit, params, results
from reprolib.errors import ReproError
from reprolib.figures import save
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study

DRAW = """
import sys
from pathlib import Path
from reprolib import figures
from reprolib.paths import Tree
for figure in sys.argv[3:]:
    figures.draw(Tree(Path(sys.argv[1])), "published", figure, Path(sys.argv[2]))
"""
OWN_FITS = ("fig4", "fig5", "fig9", "fig10", "fig11", "fig12")


def record(folder: Path, figure: str) -> dict:
    return records.read(folder / f"{figure}.json", "figure")


def of_kind(record: dict, *kinds: str) -> list[tuple[dict, dict]]:
    return [(panel, series) for panel in record["panels"] for series in panel["series"] if series["kind"] in kinds]


def test_two_processes_draw_the_same_bytes(repository: Tree, drawn: Path, tmp_path: Path) -> None:
    chosen = ["fig3", "fig6", "fig7"]
    environment = {"MPLCONFIGDIR": str(tmp_path / "mpl"), "PYTHONHASHSEED": "7"}
    (tmp_path / "mpl").mkdir()
    # A reader's own style must not reach our figures.
    (tmp_path / "mpl" / "matplotlibrc").write_text("font.size: 23\naxes.facecolor: yellow\nsvg.fonttype: none\n")
    subprocess.run(
        [sys.executable, "-c", DRAW, str(repository.root), str(tmp_path / "again"), *chosen],
        check=True,
        env=environment,
    )
    for figure in chosen:
        for ending in (*save.FORMATS, "json"):
            name = f"{figure}.{ending}"
            assert (tmp_path / "again" / name).read_bytes() == (drawn / name).read_bytes(), name


def test_drawing_leaves_the_readers_matplotlib_settings_alone(repository: Tree, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    figures.draw(repository, "published", "fig7", tmp_path)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("figure", figures.FIGURES)
def test_the_record_names_its_files_by_hash(drawn: Path, figure: str) -> None:
    hashes = record(drawn, figure)["files"]
    assert sorted(hashes) == sorted(f"{figure}.{ending}" for ending in save.FORMATS)
    assert hashes == {name: files.sha256(drawn / name) for name in hashes}


def test_points_are_the_results_in_percent(repository: Tree, drawn: Path) -> None:
    table = Study(repository, "published").results.set_index(["run", "task", "dataset", "metric", "shots"])
    checked = 0
    for figure in ("fig1", "fig2", "fig3", "fig4", "fig5", "fig8", "fig9", "fig10", "fig11", "fig12"):
        for panel, series in of_kind(record(drawn, figure), "points"):
            task, dataset, metric, shots = [*panel["key"].split("."), ""][:4]
            for run, x, y in zip(series["runs"] or [], series["x"], series["y"], strict=False):
                row = table.loc[(run, task, dataset, metric, shots)]
                assert (x, y) == pytest.approx((row["gmacs_total"], 100 * (1 - row["value"])), rel=1e-9), (figure, run)
                checked += 1
    assert checked > 400


def test_lines_lie_on_the_law_that_they_name(repository: Tree, drawn: Path) -> None:
    laws = Study(repository, "published").laws
    named = [
        series
        for figure in figures.FIGURES
        for _, series in of_kind(record(drawn, figure), "line", "dashed", "points")
        if series["law"]
    ]
    assert len(named) > 80
    for series in named:
        law = laws[series["law"]]["params"]
        for x, y in zip(series["x"], series["y"], strict=True):
            assert math.isclose(y, 100 * law["beta"] * x ** law["alpha"], rel_tol=1e-9)


def test_a_law_is_solid_over_its_own_models_and_dashed_beyond(drawn: Path) -> None:
    panel = record(drawn, "fig1")["panels"][0]
    clip = [series for series in panel["series"] if series["name"] == "CLIP"]
    points = next(series for series in clip if series["kind"] == "points")
    solid = next(series for series in clip if series["kind"] == "line")
    assert solid["x"] == [min(points["x"]), max(points["x"])]
    assert [series["x"][0] for series in clip if series["kind"] == "dashed"][1] == max(points["x"])


def test_fig1_shows_29_openclip_and_3_clip_models_in_each_of_4_panels(drawn: Path) -> None:
    panels = record(drawn, "fig1")["panels"]
    counts = [{s["name"]: len(s["x"]) for s in panel["series"] if s["kind"] == "points"} for panel in panels]
    assert counts == [{"OpenCLIP": 29, "CLIP": 3}] * 4


@pytest.mark.parametrize(("figure", "panels"), [("fig2", 6), ("fig3", 1)])
def test_the_model_that_the_paper_hides_is_drawn_open(drawn: Path, figure: str, panels: int) -> None:
    made = record(drawn, figure)
    hollow = [series for _, series in of_kind(made, "points") if series["hollow"]]
    assert [series["models"] for series in hollow] == [["ViT-B-16-plus-240"]] * panels
    assert [len(s["x"]) for _, s in of_kind(made, "points")[:3]] == [7, 1, 3]
    assert "ViT-B/16-plus-240" in made["note"]


def test_legends_print_the_papers_coefficients(repository: Tree, drawn: Path) -> None:
    import pandas as pd

    printed = pd.read_csv(repository.published / "printed_coefficients.csv", dtype=str).fillna("")
    keys = ["figure", "task", "dataset", "metric", "shots", "series"]
    for key, rows in printed.groupby(keys):
        figure, *quantity, series = key
        value = rows.set_index("parameter")["printed"]
        panel = next(p for p in record(drawn, f"fig{figure}")["panels"] if p["key"] == ".".join(filter(None, quantity)))
        labels = [s["label"] for s in panel["series"] if s["label"]]
        assert f"{series}: $E = {value['beta']}\\,C^{{{value['alpha']}}}$" in labels


@pytest.mark.parametrize("figure", OWN_FITS)
def test_a_figure_with_our_own_fit_says_so(drawn: Path, figure: str) -> None:
    note = record(drawn, figure)["note"]
    assert "our own fit" in note
    assert "not released" in note


def test_substitutes_and_missing_pictures_are_named_on_the_figure(
    drawn: Path, repository: Tree, tmp_path: Path
) -> None:
    assert "substitute" in record(drawn, "fig6")["note"]
    assert "not checkable here" in record(drawn, "fig6")["note"]
    assert "Pictures not public: not checkable here" in record(drawn, "fig7")["note"]
    assert "documentation's stand in" in record(drawn, "fig12")["note"]
    figure = figures.draw(repository, "published", "fig7", tmp_path)
    shown = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert record(drawn, "fig7")["note"] in shown


def test_fig6_takes_every_training_run_and_the_two_float16_rates(repository: Tree, drawn: Path) -> None:
    took = Study(repository, "published").resources
    total, per_gpu = (panel["series"] for panel in record(drawn, "fig6")["panels"])
    assert dict(zip(total[0]["runs"], total[0]["y"], strict=True)) == pytest.approx(
        {run: took[run]["samples_per_second"] for run in took}, rel=1e-9
    )
    assert per_gpu[0]["y"] == pytest.approx(
        [y / x for x, y in zip(total[0]["x"], total[0]["y"], strict=True)], rel=1e-9
    )
    assert total[1]["models"] == ["ViT-g-14", "ViT-H-14"]


def test_fig7_shows_the_overlaps_of_table_3(repository: Tree, drawn: Path) -> None:
    import pandas as pd

    facts = pd.read_csv(repository.published / "duplicates.csv")
    ((_, bars),) = of_kind(record(drawn, "fig7"), "bar")
    assert bars["x"] == sorted(facts["overlap_percent"], reverse=True)
    assert bars["y"][0] == "ImageNet Sketch"


def test_fig8_predicts_table_4(repository: Tree, drawn: Path) -> None:
    import pandas as pd

    cells = pd.read_csv(repository.published / "printed_cells.csv", dtype=str).query("table == '4'")
    printed = {float(value) for value in cells["printed"]}
    for panel, series in of_kind(record(drawn, "fig8"), "points"):
        if series["hollow"]:
            assert len(series["x"]) == len(panel["callouts"]) == 5
            assert {round(100 - y, 2) for y in series["y"]} <= printed


def test_an_unknown_figure_is_one_sentence(repository: Tree, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="there is no figure 'fig13'; the figures are fig1, "):
        figures.draw(repository, "published", "fig13", tmp_path)


def test_a_missing_law_is_named_and_nothing_is_written(study_tree: Tree, tmp_path: Path) -> None:
    (study_tree.laws("published") / "zero-shot.imagenet1k.acc1.clip.json").unlink()
    out = tmp_path / "out"
    with pytest.raises(ReproError, match=r"no law of series 'CLIP' for zero-shot\.imagenet1k\.acc1; run `reprolib fit"):
        figures.draw(study_tree, "published", "fig1", out)
    assert not out.exists()


def test_a_missing_study_is_one_sentence(study_tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="fig1 of study 'other' needs results/other/evals, which is missing"):
        figures.draw(study_tree, "other", "fig1", tmp_path)


def test_an_edited_law_is_refused_by_name(study_tree: Tree, tmp_path: Path) -> None:
    path = study_tree.laws("published") / "zero-shot.imagenet1k.acc1.openclip.json"
    path.write_text(path.read_text().replace("5.858", "5.859"))
    with pytest.raises(ReproError, match=r"openclip\.json was changed after it was made"):
        figures.draw(study_tree, "published", "fig1", tmp_path)


def test_another_study_with_models_and_data_of_its_own_is_drawn(study_tree: Tree, tmp_path: Path) -> None:
    targets = {
        ("imagenet1k", "acc1"),
        ("imagenet_robustness", "acc1"),
        ("mscoco_captions", "image_retrieval_recall@5"),
        ("flickr30k", "image_retrieval_recall@5"),
    }
    models = [(f"Tower-{size}", data, size, samples) for size in (1, 2, 4) for data, samples in (("A", 10), ("B", 90))]
    for model, data, size, samples in models:
        measured = [
            results.Result(
                task="zero-shot",
                dataset=dataset,
                shots="",
                metric=metric,
                value=0.9 - (size * samples) ** -0.3,
                n_test=None,
                source="made up",
            )
            for dataset, metric in targets
        ]
        evaluation = results.Evaluation(
            study="toy",
            run=f"{model}-{data}",
            model=model,
            pretrain_data=data,
            budget=f"{samples}k",
            samples_seen=samples * 1000,
            gmacs_per_sample=size,
            gmacs_total=size * samples * 1000,
            seed=0,
            results=measured,
        )
        results.write(study_tree, evaluation, {})
    fit.run(study_tree, params.load(study_tree), "toy")
    figures.draw(study_tree, "toy", "fig1", tmp_path / "out")
    made = record(tmp_path / "out", "fig1")
    assert {series["name"] for _, series in of_kind(made, "points", "line")} == {"OpenCLIP"}
    assert len(set(made["encoding"]["colours"].values())) == 3
    assert len(set(made["encoding"]["markers"].values())) == 2


def test_the_returned_figure_shows_itself_in_a_notebook(repository: Tree, tmp_path: Path) -> None:
    figure = figures.draw(repository, "published", "fig7", tmp_path)
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined] # IPython's hook


def test_fig6_quotes_the_efficiency_that_the_claim_holds(repository: Tree) -> None:
    from ruamel.yaml import YAML

    from reprolib.figures import throughput

    claims = YAML(typ="safe").load(repository.claims.read_text())["claims"]
    claim = next(claim for claim in claims if claim["id"] == "C34")
    assert claim["expect"] == "not checkable here"
    assert f"{claim['printed'][0]} %" in throughput.STATED
