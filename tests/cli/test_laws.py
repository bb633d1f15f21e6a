"""`reprolib laws fit` on anybody's table: what it prints and writes, and one sentence for everything it refuses.

A few tests start processes, as a user does; the others call the same `main` in this one, which takes no second each.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Here, refused, run

from reprolib import laws
from reprolib.laws import Fit

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """60 runs of two series, `a` in the odd rows, written to runs.csv in the working directory of the test."""
    rng = np.random.default_rng(0)
    x = rng.permutation(np.geomspace(1e10, 1e13, 60))
    made = pd.DataFrame(
        {
            "series": np.where(np.arange(60) % 2 == 1, "a", "b"),
            "run": np.arange(60) // 3,
            "gflops": x,
            "error": (2000 * (x + 2e9) ** -0.35 + 0.2) * np.exp(0.01 * rng.standard_normal(60)),
            "n_test": 50_000,
            "name": "ViT",
        }
    )
    made.to_csv(tmp_path / "runs.csv", index=False)
    return made


@pytest.fixture
def call(tmp_path: Path, here: Here) -> Call:
    """`reprolib laws WORDS` in the folder of the test, in this process: exit code, stdout, stderr."""
    return lambda *words: here(tmp_path, "laws", *words)


BASIC = ("fit", "runs.csv", "--form", "power-floor", "--x", "gflops", "--y", "error", "--json", "out/fit.json")


def written(folder: Path) -> Fit:
    return Fit.from_json((folder / "out" / "fit.json").read_text())


# processes


def test_a_fit_with_all_options_is_printed_and_written(table: pd.DataFrame, tmp_path: Path) -> None:
    done = run(
        tmp_path, "laws", "fit", "runs.csv", "--form", "shifted-power-floor", "--x", "gflops", "--y", "error",
        "--where", "series == 'a'", "--loss", "log", "--frontier", "none", "--pin", "d=0.19", "--bootstrap", "200",
        "--cluster", "run", "--seed", "3", "--predict", "1e14,2e14", "--json", "out/fit.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    record = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert set(record) >= {
        "form", "params", "intervals", "objective", "rmse", "n_points", "points", "status", "basins", "predictions"
    }  # fmt: skip
    assert record["points"] == list(range(1, 60, 2))
    assert (record["n_points"], record["method"], record["seed"]) == (30, "cluster", 3)
    assert record["params"]["d"] == 0.19
    assert [told["x"] for told in record["predictions"]] == [1e14, 2e14]
    assert all(told["low"] < told["value"] < told["high"] for told in record["predictions"])
    fit = written(tmp_path)
    told = record["predictions"][0]
    line = f"  at 1e+14: {told['value']:.6g} [{told['low']:.6g}, {told['high']:.6g}] for a new run"
    assert done.stdout.splitlines()[:-2] == fit.summary().splitlines()
    assert done.stdout.splitlines()[-2] == line


def test_the_same_command_writes_the_same_bytes_in_another_process(
    table: pd.DataFrame, call: Call, tmp_path: Path
) -> None:
    words = (*BASIC, "--bootstrap", "300", "--predict", "1e14")
    assert call(*words)[0] == 0
    here = (tmp_path / "out" / "fit.json").read_bytes()
    assert run(tmp_path, "laws", *words).returncode == 0
    assert (tmp_path / "out" / "fit.json").read_bytes() == here


def test_bad_data_is_one_sentence_on_stderr_and_exit_code_2(table: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "fit.json").write_text("as it was")
    table.loc[7, "error"] = np.nan
    table.to_csv(tmp_path / "runs.csv", index=False)
    told = refused(run(tmp_path, "laws", *BASIC))
    assert told == "y (column error) holds nan at row 7; every value must be finite"
    assert (tmp_path / "out" / "fit.json").read_text() == "as it was"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fit.json"]


# what it computes


def test_the_result_is_that_of_the_library(table: pd.DataFrame, call: Call, tmp_path: Path) -> None:
    assert call(*BASIC)[0] == 0
    fit = laws.fit(table, "power-floor", "gflops", "error")
    assert written(tmp_path).to_json() == fit.to_json()


def test_parquet_and_other_tables_give_what_csv_gives(table: pd.DataFrame, call: Call, tmp_path: Path) -> None:
    table.to_parquet(tmp_path / "runs.parquet")
    table.set_index("name").to_parquet(tmp_path / "named.parquet")
    table.to_csv(tmp_path / "runs.tsv", sep="\t", index=False)
    table.to_csv(tmp_path / "runs.csv.gz", index=False)
    texts = set()
    for name in ("runs.csv", "runs.parquet", "named.parquet", "runs.tsv", "runs.csv.gz"):
        assert call("fit", name, *BASIC[2:])[0] == 0, name
        texts.add((tmp_path / "out" / "fit.json").read_text())
    assert len(texts) == 1


def test_points_and_errors_of_a_selection_are_called_by_their_row_in_the_file(
    table: pd.DataFrame, call: Call, tmp_path: Path
) -> None:
    assert call(*BASIC, "--where", "series == 'a' and gflops > 1e11")[0] == 0
    rows = table.index[(table["series"] == "a") & (table["gflops"] > 1e11)]
    assert written(tmp_path).points == tuple(rows)
    table.loc[9, "error"] = -1
    table.to_csv(tmp_path / "runs.csv", index=False)
    told = call(*BASIC, "--where", "series == 'a'")[2]
    assert told.startswith("reprolib: y (column error) holds -1 at row 4; every value must be above zero")
    assert told.endswith(" (row 9 of the file)\n")


def test_a_frontier_tells_which_rows_of_the_file_it_left_out(table: pd.DataFrame, call: Call, tmp_path: Path) -> None:
    assert call(*BASIC, "--frontier", "bins:5", "--where", "series == 'b'")[0] == 0
    fit = written(tmp_path)
    assert sorted(fit.points + fit.dropped) == list(range(0, 60, 2))
    assert len(fit.points) == 5


def test_a_law_of_two_inputs_takes_both_columns_and_pairs_to_predict(call: Call, tmp_path: Path) -> None:
    sizes, tokens = (each.ravel() for each in np.meshgrid(np.geomspace(1e7, 1e10, 6), np.geomspace(1e9, 1e12, 5)))
    loss = 1.7 + 400 * sizes**-0.34 + 1000 * tokens**-0.28
    noise = 1 + 0.001 * np.random.default_rng(0).standard_normal(30)
    pd.DataFrame({"N": sizes, "D": tokens, "loss": loss * noise}).to_csv(tmp_path / "runs.csv", index=False)
    code, told, _ = call(
        "fit", "runs.csv", "--form", "chinchilla", "--x", "N,D", "--y", "loss", "--loss", "huber", "--delta", "1e-2",
        "--predict", "1e9:2e10,1e10:2e11", "--json", "out/fit.json",
    )  # fmt: skip
    assert code == 0
    fit = written(tmp_path)
    assert list(fit.params) == ["E", "A", "B", "alpha", "beta"]
    assert fit.params["alpha"] == pytest.approx(0.34, abs=0.05)
    assert fit.loss.delta == 0.01
    assert "  at 1e+09, 2e+10: " in told
    predictions = json.loads((tmp_path / "out" / "fit.json").read_text())["predictions"]
    assert [place["x"] for place in predictions] == [[1e9, 2e10], [1e10, 2e11]]


def test_series_can_share_parameters(table: pd.DataFrame, call: Call, tmp_path: Path) -> None:
    code, told, _ = call(*BASIC, "--by", "series", "--share", "c, d", "--method", "delta", "--predict", "1e14:1")
    assert code == 0
    assert set(written(tmp_path).params) == {"a[a]", "a[b]", "c", "d"}
    assert "  at 1e+14, 1: " in told


@pytest.mark.parametrize(
    "words",
    [
        ("--weights", "n_test"),
        ("--noise", "binomial:n_test"),
        ("--noise", "binomial:n_test", "--method", "noise", "--bootstrap", "100"),
        ("--loss", "asymmetric", "--factor", "5"),
        ("--loss", "quantile", "--quantile", "0.2", "--bootstrap", "100"),
        ("--method", "residual", "--bootstrap", "100", "--level", "0.8"),
        ("--pin", "c=-0.3", "--pin", "d=0.1"),
    ],
    ids=" ".join,
)
def test_every_option_reaches_the_fit(table: pd.DataFrame, call: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert call(*BASIC)[0] == 0
    plain = written(tmp_path).to_json()
    code, _, told = call(*BASIC, *words)
    assert (code, told) == (0, "")
    assert written(tmp_path).to_json() != plain


# what it refuses


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--y", "top1"), "y is the column 'top1', which the data lack; they have series, run, gflops, error, n_test"),
        (("--x", "flops"), "x is the column 'flops', which the data lack"),
        (("--x", "gflops,run"), "form power-floor needs the columns x as x; 2 came"),
        (("--y", "name"), "y (column name) holds something that is not a number"),
        (("--form", "line"), "form 'line' is not known; expected one of power, power-floor"),
        (("--where", "series == 'c'"), "--where is \"series == 'c'\", which none of the 60 rows of runs.csv meets"),
        (("--where", "serie == 'a'"), "--where is \"serie == 'a'\", which is no query on the columns series, run,"),
        (("--where", "gflops >"), '--where is "gflops >", which is no query on the columns'),
        (("--where", "@sys.exit()"), '--where is "@sys.exit()", which is no query on the columns'),
        (("--pin", "d"), "--pin is 'd'; expected a parameter and a number, for instance d=0"),
        (("--pin", "d=none"), "--pin is 'd=none'; expected a parameter and a number, for instance d=0"),
        (("--pin", "b=0"), "pin names 'b'; form power-floor has a, c, d"),
        (("--pin", "d=0.9"), "the floor d is held at 0.9 or above, but the smallest y is"),
        (("--frontier", "bin:5"), "rule 'bin' is not known; expected one of none, bins:5"),
        (("--bootstrap", "5"), "bootstrap is 5; give 0 for none or at least 100 resamples"),
        (("--method", "magic"), "method 'magic' is not known; expected one of auto, delta"),
        (("--delta", "1e-3"), "delta is given with loss 'linear'; it belongs to loss 'huber'"),
        (("--level", "95"), "level is 95.0; it must lie between 0 and 1"),
        (("--cluster", "group"), "cluster is the column 'group', which the data lack"),
        (("--predict", "1e12;2e12"), "--predict holds '1e12;2e12'; expected numbers, for instance 1e12,2e12"),
        (("--predict", "1e9:1e10"), "--predict holds '1e9:1e10'; the law takes 1 finite input(s), joined by a colon"),
        (("--predict", "inf"), "--predict holds 'inf'; the law takes 1 finite input(s), joined by a colon"),
        (("--predict", "0"), "x holds 0; form power-floor predicts where it is above zero"),
        (("--json", "runs.csv/fit.json"), "cannot write runs.csv/fit.json: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_bad_setting_is_one_sentence_and_writes_nothing(
    table: pd.DataFrame, call: Call, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    given = dict(zip(BASIC[2::2], BASIC[3::2], strict=True))
    given.update([words])
    code, out, told = call("fit", "runs.csv", *(word for pair in given.items() for word in pair))
    assert (code, out) == (2, "")
    assert told.startswith(f"reprolib: {sentence}")
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.csv", None, "none.csv does not exist; give a CSV or Parquet file"),
        ("runs.xlsx", b"PK", "runs.xlsx is neither .csv, .tsv nor .parquet; convert it or rename it to what it is"),
        ("empty.csv", b"", "empty.csv cannot be read (No columns to parse from file); give a CSV with a header line"),
        ("torn.parquet", b"PAR1", "torn.parquet cannot be read ("),
        ("latin.csv", b"gflops,error\n\xe9,1\n", "latin.csv cannot be read ("),
        ("head.csv", b"gflops,error\n", "there are no rows; give at least as many as the form has parameters"),
        ("words.csv", b"gflops,error\n1,2\n2,many\n3,1\n", "y (column error) holds something that is not a number"),
        ("gap.csv", b"gflops,error\n1,2\n2,\n3,1\n", "y (column error) holds nan at row 1; every value must be finite"),
        ("one.csv", b"gflops,error\n1,2\n1,3\n1,4\n", "all 3 values of x are 1; a law needs different ones"),
        ("same.csv", b"gflops,error\n1,2\n2,2\n3,2\n", "y is constant: all 3 values are 2, so there is nothing"),
        ("two.csv", b"gflops,error\n1,2\n2,1\n", "form power-floor has 3 parameters to fit and the number of points"),
    ],
)
def test_a_bad_file_is_one_sentence(call: Call, tmp_path: Path, name: str, content: Any, sentence: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, out, told = call("fit", name, *BASIC[2:])
    assert (code, out) == (2, "")
    assert told.startswith(f"reprolib: {sentence}")
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_table(call: Call, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").mkdir()
    code, _, told = call(*BASIC)
    assert (code, told.count("\n")) == (2, 1)
    assert told.startswith("reprolib: runs.csv cannot be read (")


def test_help_tells_every_form_by_name(call: Call) -> None:
    code, told, _ = call("fit", "--help")
    assert code == 0
    words = "".join(told.split())  # lines break at hyphens
    for name in laws.FORMS:
        assert name in words or name in {"m2", "m3"}, name
    assert "m1tom4" in words
