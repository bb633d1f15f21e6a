"""A formula that changes is seen by tiers 1 and 2, whatever the stamps say: no source file is part of an identity."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from reprolib import files, provenance
from reprolib.params import Params
from reprolib.paths import Tree

CHANGES = {
    "laws": ("fit.py", "[1 - value for value", "[1 - 0.999999 * value for value", "points"),
    "fig3": ("figures/scaling.py", "float(100 * law", "float(100.000001 * law", "y[0]"),
    "table26": ("tables/datasets.py", "row.test_size, row.classes", "row.test_size + 1, row.classes", "[0][1]"),
}
"""Item: the file, the formula there, another that is off by a millionth or by one, and a number that it makes."""
VERIFY = """
import json, sys
from pathlib import Path
from reprolib import params, verify
from reprolib.paths import Tree
tree = Tree(Path.cwd())
whole = params.load(tree)
knobs = whole.model_copy(update={"fit": whole.fit.model_copy(update={"bootstrap": int(sys.argv[1])})})
record = verify.run(tree, knobs, sys.argv[2:], 2, "published")
print(json.dumps({item["id"]: item["claims"] for item in record["items"]}))
"""


@pytest.fixture(scope="module")
def told(made: Tree, knobs: Params, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a copy of the package with other formulas finds: by claim the numbers that differ."""
    package = tmp_path_factory.mktemp("other") / "reprolib"
    shutil.copytree(provenance.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new, _ in CHANGES.values():
        text = (package / name).read_text()
        assert old in text
        files.write(package / name, text.replace(old, new))
    done = subprocess.run(
        [sys.executable, "-c", VERIFY, str(knobs.fit.bootstrap), *CHANGES],
        cwd=made.root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(package.parent), *sys.path])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not done.returncode, done.stderr
    return {
        claim["id"]: [part["label"] for part in claim["parts"] if part["verdict"] == "differs"]
        for claims in json.loads(done.stdout).values()
        for claim in claims
    }


@pytest.mark.parametrize("claim", ["laws.fits", "fig3.series", "table26.cells"])
def test_a_formula_that_is_off_is_seen(told: dict[str, list[str]], claim: str) -> None:
    assert any(CHANGES[claim.partition(".")[0]][3] in label for label in told[claim]), told[claim]


def test_what_no_changed_formula_makes_is_the_same(told: dict[str, list[str]]) -> None:
    assert told["laws.results"] == []
