"""The command line as a user meets it: exit codes and single sentences, some of them from real processes."""

import subprocess
import sys

import pytest
from command_line import Here, refused, run

from reprolib.paths import Tree


def test_help_lists_the_stages_in_the_order_of_the_pipeline(repository: Tree) -> None:
    done = run(repository.root, "--help")
    stages = ["download", "fit", "figures", "tables", "numbers", "verify"]
    places = [done.stdout.index(f"\n  {stage} ") for stage in stages]
    assert places == sorted(places)
    assert "Exit codes: 0 good, 1 a verdict differs, 2 bad input" in done.stdout


@pytest.mark.parametrize("command", [["--help"], ["verify", "--help"]])
def test_the_command_line_starts_without_the_heavy_libraries(repository: Tree, command: list[str]) -> None:
    script = (
        "import sys\nfrom reprolib import cli\nsys.argv = ['reprolib', *sys.argv[1:]]\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'numpy', 'matplotlib', 'papermill', 'dvc', 'statsmodels'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=repository.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_verifying_never_imports_torch(repository: Tree) -> None:
    script = (
        "import sys\nfrom reprolib import paths, params, verify\ntree = paths.find()\n"
        "verify.run(tree, params.load(tree), ['fig3', 'table5'], 2, 'published', progress=lambda item: None)\n"
        "sys.exit('imported torch' if 'torch' in sys.modules else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repository.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["fit", "nosuch"], "study 'nosuch' has no evaluations"),
        (["figures", "nosuch"], "lists no figure of study 'nosuch'"),
        (["figures", "published", "fig13"], "fig13"),
        (["tables", "nosuch"], "study 'nosuch' has no results for any table"),
        (["tables", "published", "table27"], "table27"),
        (["verify", "fig13"], "fig13"),
        (["trace", "README.md"], "README.md"),
        (["plan", "nosuch"], "nosuch"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    repository: Tree, here: Here, words: list[str], sentence: str
) -> None:
    code, out, told = here(repository.root, *words)
    assert (code, out) == (2, "")
    assert told.startswith("reprolib: ")
    assert sentence in told
    assert told.count("\n") == 1, told


def test_a_process_ends_with_the_sentence_and_code_2(repository: Tree) -> None:
    told = refused(run(repository.root, "download", "nosuch"))
    assert told == "study 'nosuch' has nothing to download; expected 'published'"


def test_a_wrong_parameter_name_is_one_sentence_and_exit_code_2(facts_tree: Tree, here: Here) -> None:
    facts_tree.params.write_text(facts_tree.params.read_text().replace("bins: 5", "binz: 5"))
    code, _, told = here(facts_tree.root, "fit", "published")
    assert code == 2
    assert "fit.binz: no such setting" in told


def test_an_unknown_option_is_exit_code_2(repository: Tree, here: Here) -> None:
    code, _, told = here(repository.root, "verify", "--teir", "1")
    assert code == 2
    assert "--teir" in told


def test_a_read_only_disk_is_one_sentence_and_leaves_nothing(facts_tree: Tree) -> None:
    """`results` is a plain file, so nothing can be written below it, whoever runs the test (root ignores modes)."""
    (facts_tree.root / "results").write_text("")
    done = run(facts_tree.root, "download", "published")
    assert done.returncode == 2, done.stderr
    assert "cannot write" in done.stderr
    assert (facts_tree.root / "results").read_text() == ""
