"""Our own tables show the records of the scrutiny, and leave empty what cannot be trusted."""

from typing import Any

from reprolib.paths import Tree
from reprolib.study import Study


def test_survives_has_a_row_for_every_error_and_design(made: dict[str, dict[str, Any]], repository: Tree) -> None:
    record = made["table-survives"]
    assert len(record["rows"]) == len(Study(repository, "published").scrutiny["slopes"]["rows"]) == 8 * 7
    first = dict(zip(record["columns"], record["cells"][0], strict=True))
    assert first["Difference"] == "-0.052"
    assert first["OpenCLIP"] == "-0.111 (5, 3)"
    assert first["CLIP"] == "-0.164 (3, 1)"
    assert first["Survives"] == "yes"


def test_the_means_of_held_out_errors_are_over_errors_that_all_predict(made: dict[str, dict[str, Any]]) -> None:
    record = made["table-heldout"]
    at = record["rows"].index("the largest run, Mean of those that all predict")
    shown = dict(zip(record["columns"], record["cells"][at], strict=True))
    assert shown["true Pareto, power law"] == "0.16"
    assert shown["five bins, power law"] == "0.57"
    assert shown["all runs, power law"] == "2.91"


def test_an_interval_that_cannot_be_trusted_is_no_number(made: dict[str, dict[str, Any]], repository: Tree) -> None:
    record = made["table-frontiers"]
    rows = Study(repository, "published").scrutiny["frontiers"]["rows"]
    column = record["columns"].index("Interval of the floor (%)")
    untrusted = [i for i, row in enumerate(rows) if "floor" in row["intervals"] and row["intervals"]["floor"] is None]
    assert untrusted
    assert all(record["cells"][i][column] == "" for i in untrusted)


def test_the_forecast_holds_every_procedure_for_both_later_models(made: dict[str, dict[str, Any]]) -> None:
    record = made["table-forecast"]
    assert len(record["rows"]) == 2 * 2 * 5
    assert record["cells"][0][:3] == ["79.11", record["cells"][0][1], "78.47"]
