"""`reprolib verify`: verdicts, tampering caught and named tier by tier, nothing in the tree touched."""

import json
import subprocess
import sys
from typing import Any

import pytest

from reprolib import files, params, precision, verify
from reprolib.errors import ReproError
from reprolib.params import Params
from reprolib.paths import Tree
from reprolib.verify import items

STUDY = "published"


def run(tree: Tree, knobs: Params, *names: str, tier: int = 2) -> dict[str, Any]:
    """The verdict record with its items by id."""
    record = verify.run(tree, knobs, list(names), tier, STUDY)
    return {**record, "items": {item["id"]: item for item in record["items"]}}


def claim(record: dict[str, Any], item: str, name: str) -> dict[str, Any]:
    """One claim of an item."""
    return next(claim for claim in record["items"][item]["claims"] if claim["id"] == name)


def edit(tree: Tree, path: str, old: str, new: str) -> None:
    """Replace one text in a file of the tree."""
    text = (tree.root / path).read_text()
    assert old in text
    (tree.root / path).write_text(text.replace(old, new, 1))


def test_a_figure_three_tables_the_laws_and_the_text_come_out_as_expected_and_nothing_is_touched(
    made: Tree, knobs: Params
) -> None:
    before = files.sha256(made.root)
    finished: list[str] = []
    names = ["fig3", "table4", "table19", "table26", "laws", *items.TEXT]
    record = verify.run(made, knobs, names, 2, STUDY, progress=lambda item: finished.append(item["id"]))
    assert {item["id"]: item["message"] for item in record["items"] if not item["expected"]} == {}
    assert finished == [item["id"] for item in record["items"]] == names
    assert files.sha256(made.root) == before
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    verdicts = {item["id"]: item["verdict"] for item in record["items"]}
    assert verdicts["fig3"] == verdicts["table4"] == verdicts["laws"] == verdicts["C02"] == "exact"
    assert verdicts["table26"] == verdicts["C34"] == "not checkable here"
    assert verdicts["C09"] == verdicts["C18"] == verdicts["C33"] == "differs"
    assert record["summary"]["unexpected"] == 0


def test_two_studies_are_verified_at_once_and_told_in_order(repository: Tree) -> None:
    finished: list[str] = []
    names, settings = ["mini-table2", "table1"], params.load(repository)
    record = verify.run(repository, settings, names, 1, progress=lambda item: finished.append(item["id"]))
    assert finished == [item["id"] for item in record["items"]] == ["table1", "mini-table2"]
    assert record["studies"] == ["published", "mini"]
    alone = verify.run(repository, settings, names[:1], 1)["items"]
    told, before = ({key: item[key] for key in item if key != "seconds"} for item in (record["items"][1], alone[0]))
    assert told == before


def test_verdicts_are_recorded_in_the_order_of_the_paper_and_others_stay(copy: Tree, knobs: Params) -> None:
    for names in (["C33"], ["C40", "table26"]):
        verify.record(copy, verify.run(copy, knobs, names, 1, STUDY))
    kept = files.read_json(copy.results(STUDY) / "verdicts.json")
    assert list(kept) == ["table26", "C33", "C40"]
    assert kept["C33"]["verdict"] == "differs"


def test_one_changed_fact_changes_the_verdicts_that_rest_on_it(copy: Tree, knobs: Params) -> None:
    edit(copy, "paper/published/imagenet_finetune.csv", "imagenet1k,82.58,", "imagenet1k,82.88,")
    record = run(copy, knobs, "laws", "C22")
    assert not record["items"]["C22"]["expected"]
    assert "smallest: 82.880 instead of 82.6" in record["items"]["C22"]["message"]
    assert "ViT-B-32_laion2b_ft-in1k-224px.json" in record["items"]["laws"]["message"]


def test_a_fact_that_cannot_be_read_is_a_verdict_that_names_file_and_line(copy: Tree, knobs: Params) -> None:
    edit(copy, "paper/published/zero_shot.csv", "0.5940803382663847", "1.5940803382663847")
    record = run(copy, knobs, "laws", "C02")
    for item in ("laws", "C02"):
        assert record["items"][item]["verdict"] == "differs"
        assert not record["items"][item]["expected"]
        assert "zero_shot.csv line 2" in record["items"][item]["message"]


def test_one_number_of_a_law_is_caught_by_fitting_again(copy: Tree, knobs: Params) -> None:
    path = copy.laws(STUDY) / "zero-shot.imagenet1k.acc1.openclip.json"
    resealed(path, lambda record: record["params"].update(alpha=-0.1114))
    record = run(copy, knobs, "laws")
    assert "laws/zero-shot.imagenet1k.acc1.openclip.json: params.alpha" in record["items"]["laws"]["message"]


def test_one_cell_of_a_table_is_caught_by_building_again_though_its_seal_is_good(copy: Tree, knobs: Params) -> None:
    path = copy.tables(STUDY) / "table19.json"
    resealed(path, lambda record: record["cells"][0].__setitem__(0, "51.95"))
    record = run(copy, knobs, "table19", tier=1)
    assert claim(record, "table19", "table19.files")["verdict"] == "exact"
    assert "cells: [0][0]" in record["items"]["table19"]["message"]


def test_one_point_of_a_figure_is_caught_by_drawing_again_though_its_seal_is_good(copy: Tree, knobs: Params) -> None:
    path = copy.figures(STUDY) / "fig3.json"
    resealed(path, lambda record: record["panels"][0]["series"][0]["y"].__setitem__(0, 0.5))
    record = run(copy, knobs, "fig3", tier=1)
    assert not claim(record, "fig3", "fig3.series")["expected"]
    assert "series[0].y[0]" in record["items"]["fig3"]["message"]


def resealed(path: Any, change: Any) -> None:
    """Change a record as someone would who knows how to seal it."""
    from reprolib.provenance import records

    record = json.loads(path.read_text())
    change(record)
    record["seal"] = records.seal(record)
    path.write_text(json.dumps(record))


def test_what_differs_is_told_with_both_numbers_and_with_what_to_do(copy: Tree, knobs: Params) -> None:
    path = copy.tables(STUDY) / "table19.json"
    resealed(path, lambda record: record["values"][0].__setitem__(0, 51.95))
    record = run(copy, knobs, "table19", tier=1)
    assert record["items"]["table19"]["message"] == (
        "table19.cells is 'differs', expected 'exact' (unrounded values: [0][0]: 51.937999999999995 instead of 51.95); "
        "if the computation changed on purpose, raise its number in reprolib/formats.yaml and run `dvc repro`"
    )


def test_every_part_says_of_each_kind_of_number_how_many_units_it_differs(made: Tree, knobs: Params) -> None:
    record = run(made, knobs, "fig3", "table19", "laws")
    kinds = {
        kind: units
        for item, name in (("fig3", "fig3.series"), ("table19", "table19.cells"), ("laws", "laws.fits"))
        for part in claim(record, item, name)["parts"]
        for kind, units in part["units"].items()
    }
    assert set(kinds) == {
        "figure number", "table number", "law estimate", "law interval end", "law number", "numbers number",
        "summary number",
    }  # fmt: skip
    assert max(kinds.values()) <= precision.ALLOWED
    assert claim(record, "laws", "laws.fits")["tolerance"] == "0.51 units of the last recorded digit"


def test_a_claim_whose_expected_verdict_is_wrong_is_named(copy: Tree, knobs: Params) -> None:
    edit(copy, "paper/claims.yaml", 'printed: ["1520"]', 'printed: ["1024"]')
    record = run(copy, knobs, "C33", tier=1)
    assert record["summary"]["unexpected"] == 1
    assert record["items"]["C33"]["message"] == "C33 is 'exact', expected 'differs'"


def test_a_second_difference_beside_a_known_one_is_not_hidden_by_it(copy: Tree, knobs: Params) -> None:
    edit(copy, "paper/published/controls.csv", "trial 2 (same),63.67", "trial 2 (same),63.97")
    record = run(copy, knobs, "C18", tier=1)
    assert record["items"]["C18"]["verdict"] == "differs"
    assert "with 3 numbers, not as many as expected" in record["items"]["C18"]["message"]


def test_an_artefact_that_is_missing_differs_unexpectedly_and_does_not_stop_the_rest(made: Tree, knobs: Params) -> None:
    record = run(made, knobs, "fig1", "C40", tier=1)
    assert record["items"]["fig1"]["verdict"] == "differs"
    assert not record["items"]["fig1"]["expected"]
    message = record["items"]["fig1"]["message"]
    assert "cannot read paper/figures/published/fig1.json" in message
    assert "reprolib-verify-" not in message
    assert record["items"]["C40"]["verdict"] == "exact"


def test_an_unknown_item_is_refused_with_near_matches(made: Tree, knobs: Params) -> None:
    with pytest.raises(ReproError, match=r"no item 'fig13'.*did you mean .*fig1"):
        run(made, knobs, "fig13")
    with pytest.raises(ReproError, match="did you mean C01"):
        run(made, knobs, "c01")


def test_an_item_with_nothing_to_check_at_a_tier_says_which_tier_to_ask_for(made: Tree, knobs: Params) -> None:
    with pytest.raises(ReproError, match="C02 has nothing to check at tier 1; use `--tier 2`"):
        run(made, knobs, "C02", tier=1)


def test_tier_0_checks_files_only(made: Tree, knobs: Params) -> None:
    record = run(made, knobs, "fig3", tier=0)
    assert [claim["id"] for claim in record["items"]["fig3"]["claims"]] == ["fig3.files"]


def test_the_module_loads_neither_torch_nor_pandas_nor_matplotlib() -> None:
    heavy = "{'torch', 'pandas', 'matplotlib', 'statsmodels'}"
    code = f"import sys, reprolib.verify; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_repository_itself_verifies_without_a_surprise_and_as_recorded(repository: Tree) -> None:
    """The recorded verdicts are what the README's table shows."""
    record = run(repository, params.load(repository))
    recorded = files.read_json(repository.results("published") / "verdicts.json")
    assert {name: item["verdict"] for name, item in record["items"].items()} == {
        name: item["verdict"] for name, item in recorded.items()
    }
    assert {name: item["message"] for name, item in record["items"].items() if not item["expected"]} == {}
    assert list(record["items"]) == list(items.ITEMS)
