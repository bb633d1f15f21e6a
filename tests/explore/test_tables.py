"""The small tables of the notebooks hold what the records hold."""

from reprolib.explore import tables
from reprolib.paths import Tree
from reprolib.study import Study


def test_a_figure_has_a_row_for_each_of_its_laws_with_the_coefficients_of_the_record(repository: Tree) -> None:
    study = Study(repository, "published")
    table = tables.laws(study, "fig1")
    records = [law for law in study.laws.values() if "fig1" in law["figures"]]
    assert len(table) == len(records) == 8
    record = study.laws["zero-shot.imagenet1k.acc1.openclip"]
    row = table.loc[("zero-shot", "imagenet1k", "acc1", "OpenCLIP")]
    assert row.iloc[0].startswith(f"{record['params']['beta']:.2f} [")
    assert row.iloc[1].startswith(f"{record['params']['alpha']:.3f} [")


def test_the_points_of_a_figure_come_out_in_the_order_of_the_record() -> None:
    """Points with runs, and bars, which have names for y and no second label."""
    series = {"name": "ours", "runs": ["a", "b"], "x": [1.0, 2.0], "y": [3.0, 4.0]}
    bars = {"name": "share", "runs": None, "x": [0.5], "y": ["ImageNet"]}
    panels = [
        {"title": "One", "x_label": "GMAC", "y_label": "error", "series": [series]},
        {"title": "Two", "x_label": "percent", "y_label": "", "series": [bars]},
    ]
    table = tables.drawn({"panels": panels}).reset_index()
    assert table.to_numpy().tolist() == [
        ["One (x: GMAC, y: error)", "ours", "a", 1.0, 3.0],
        ["One (x: GMAC, y: error)", "ours", "b", 2.0, 4.0],
        ["Two (x: percent)", "share", "", 0.5, "ImageNet"],
    ]


def test_what_could_not_be_fitted_has_a_row_that_says_so(repository: Tree) -> None:
    from reprolib import params
    from reprolib.explore import points

    quantity = {"task": "zero-shot", "dataset": "objectnet", "shots": "", "metric": "acc1"}
    study = Study(repository, "published")
    fitted = points.fit(study, quantity, ("CLIP",), points.FIGURES, params.load(repository).fit)
    (row,) = tables.fits(fitted).to_dict("records")
    assert row["series"] == "CLIP"
    assert row["how it went"].startswith("no law")
