"""The stage graph of the report."""

from pathlib import Path

from reprolib import params
from reprolib.paths import Tree
from reprolib.verify.report import pipeline


def _tree(root: Path, text: str) -> Tree:
    (root / "dvc.yaml").write_text(text)
    (root / "params.yaml").write_text("figures: {a: {n: 1}, b: {n: 2}}\n")
    return Tree(root)


def test_the_repository_has_one_box_a_stage_and_runs_from_download_to_verify(repository: Tree) -> None:
    graph = pipeline.draw(repository)
    assert graph is not None
    at = {node.name: node for node in graph.stages}
    assert at["download"].x < at["fit"].x <= at["scrutinize"].x < at["figures"].x < at["verify"].x
    assert at["figures"].copies == len(params.load(repository).figures)
    assert len({(node.x, node.y) for node in graph.nodes}) == len(graph.nodes), "no two boxes on one place"


def test_copies_of_a_stage_are_one_box_that_feeds_the_reader_of_any_copy(tmp_path: Path) -> None:
    text = (
        "stages:\n  draw:\n    foreach: ${figures}\n    do: {cmd: draw, deps: [raw.csv], outs: ['out/${item.n}.svg']}\n"
        "  show: {cmd: show, deps: [out/2.svg]}\n"
    )
    graph = pipeline.draw(_tree(tmp_path, text))
    assert graph is not None
    assert [(node.name, node.copies) for node in graph.nodes] == [("raw.csv", 1), ("draw", 2), ("show", 1)]
    assert len(graph.arrows) == 2


def test_an_arrow_that_follows_from_others_is_left_out(tmp_path: Path) -> None:
    text = "stages:\n  a: {cmd: a, outs: [a]}\n  b: {cmd: b, deps: [a], outs: [b]}\n  c: {cmd: c, deps: [a, b/one]}\n"
    graph = pipeline.draw(_tree(tmp_path, text))
    assert graph is not None
    assert [node.name for node in graph.nodes] == ["a", "b", "c"]
    assert len(graph.arrows) == 2


def test_without_a_pipeline_there_is_no_graph(tmp_path: Path) -> None:
    assert pipeline.draw(Tree(tmp_path)) is None
    assert pipeline.draw(_tree(tmp_path, "stages: {}\n")) is None
