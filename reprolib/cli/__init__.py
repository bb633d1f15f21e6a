"""The command line. It reads arguments, calls one stage and prints; heavy libraries load inside the commands.

Exit codes: 0 good, 1 a verdict differs, 2 bad input or environment. The commands stand in the order of the pipeline.
"""

# ruff: noqa: T201 # the command line is where printing belongs
import contextlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from reprolib import params, paths
from reprolib.cli import curate, laws
from reprolib.errors import ReproError
from reprolib.provenance import costs

app = typer.Typer(
    help="Reproducible scaling laws for contrastive language-image learning, with a verdict on every number.",
    epilog="Exit codes: 0 good, 1 a verdict differs, 2 bad input or environment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

Study = Annotated[str, typer.Argument(help="The study, a folder of results/.")]


class Origin(StrEnum):
    """Where `download` takes the paper's results from."""

    REPOSITORY = "repository"
    UPSTREAM = "upstream"


class Precision(StrEnum):
    """What a model computes in."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


def main() -> None:
    """Run the command line; tell a ReproError in one sentence."""
    try:
        app()
    except ReproError as error:
        print(f"reprolib: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # outside of `files`: temporary directories, libraries that write
        print(f"reprolib: {error}; check free space and permissions, then run the command again", file=sys.stderr)
        sys.exit(ReproError.exit_code)


def _differs() -> typer.Exit:
    return typer.Exit(code=1)


@app.command()
def download(
    study: Study = "published",
    origin: Annotated[
        Origin, typer.Option("--from", help="The tables in this repository, or the authors' released files.")
    ] = Origin.REPOSITORY,
    to: Annotated[
        Path, typer.Option(help="With --from upstream: the folder for the released files and the normalised tables.")
    ] = Path("data/upstream"),
) -> None:
    """Bring the results of the published study into results/, or prove them against the authors' files."""
    if study != "published":
        raise ReproError(f"study '{study}' has nothing to download; expected 'published'")
    tree = paths.find()
    settings = params.load(tree)
    if origin is Origin.REPOSITORY:
        from reprolib.data import published

        with costs.timed(tree, "download"):
            published.run(tree, settings)
        return
    from reprolib.data import upstream

    agreement = upstream.run(tree, settings, to, progress=_print_transfer)
    print(agreement.text())
    if agreement.differences:
        raise _differs()


def _print_transfer(name: str, done: int, total: int | None) -> None:
    print(f"{name}: {done:,} of {total:,} bytes" if total else f"{name}: {done:,} bytes", file=sys.stderr, flush=True)


@app.command()
def shard(
    study: Study = "mini",
    subsets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SUBSET]...", help="Only pack these subsets of the pool into shards of their own."),
    ] = None,
) -> None:
    """Draw the pairs of a study whose models are trained here, and pack them into shards with nested subsets."""
    from reprolib.shards import stage

    tree = paths.find()
    for name in subsets or ():
        stage.extract(tree, params.load(tree), study, name)
    if subsets:
        return
    with costs.timed(tree, "shard"):
        stage.run(tree, params.load(tree), study)


@app.command()
def gallery(study: Study = "mini") -> None:
    """Draw the embedded world: samples, captions, every evaluation set, and look-alikes in both pool and sets."""
    from reprolib import figures as drawn
    from reprolib.pictographs import gallery as page
    from reprolib.pictographs.world import World
    from reprolib.provenance import records

    tree = paths.find()
    with costs.timed(tree, "gallery"):
        found = records.read(tree.results(study) / "data.json", "data")["near_duplicates"]
        page.draw(World(params.load(tree).mini.pool.seed), found["shown"], tree.figures(study))
        drawn.draw(tree, study, "fig7", tree.figures(study))


@app.command()
def train(
    study: Study = "mini",
    groups: Annotated[list[str] | None, typer.Argument(metavar="[GROUP]...", help="For instance ladder.")] = None,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            envvar="REPROLIB_RESTART",
            help="Move aside what was trained of other inputs or settings and begin it anew; record hours and rates as "
            "measured here.",
        ),
    ] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write files for TensorBoard as well.")] = False,
    upstream: Annotated[
        bool, typer.Option("--upstream", help="Only print the open_clip_train command equal to each run.")
    ] = False,
) -> None:
    """Train groups of runs, on all GPUs of this machine or on its cores; go on with what was killed.

    What was trained is never deleted: where its inputs or settings are others now, the command says which and stops.
    Under torchrun, or a batch system in its way, the same command is one of the ranks.
    """
    from reprolib.train import ranks, stage

    tree = paths.find()
    settings = params.load(tree)
    for group in groups or [item.group for item in settings.groups.values() if item.study == study]:
        if upstream:
            print(stage.upstream(tree, settings, study, group))
            continue
        with contextlib.nullcontext() if ranks.inside() else costs.timed(tree, f"train@{study}-{group}"):
            stage.run(tree, settings, study, group, restart=restart, tensorboard=tensorboard)


@app.command()
def evaluate(
    study: Annotated[str | None, typer.Argument(help="All models of this study, on all its sets.")] = None,
    model: Annotated[str | None, typer.Option(help="A model of open_clip, of ours, or a configuration file.")] = None,
    pretrained: Annotated[Path | None, typer.Option(help="Its weights: .safetensors, or open_clip's .pt.")] = None,
    dataset: Annotated[
        Path | None, typer.Option(help="Shards of ours, or a folder in CLIP_benchmark's WebDataset layout.")
    ] = None,
    split: Annotated[str, typer.Option(help="The part to take, in CLIP_benchmark's layout.")] = "test",
    precision: Annotated[Precision, typer.Option(help="What the model computes in.")] = Precision.FP32,
    json: Annotated[Path | None, typer.Option(help="Write the result here, samples beside it.")] = None,
) -> None:
    """Evaluate a study's models, or any one checkpoint on a data set: classification by prompts, or retrieval."""
    tree = paths.find()
    if study is not None:
        from reprolib.evaluate import stage

        with costs.timed(tree, f"evaluate@{study}"):
            stage.run(tree, params.load(tree), study)
        return
    if model is None or pretrained is None or dataset is None:
        raise ReproError("evaluate needs a study, or --model, --pretrained and --dataset; name one or the other")
    from reprolib.evaluate import zero_shot

    result = zero_shot.evaluate(model, pretrained, dataset, cache=tree.cache, split=split, precision=precision.value)
    if json is not None:
        result.write(json)
    for name, value in result.metrics.items():
        low, high = result.intervals.get(name, (None, None))
        told = "not defined" if value is None else f"{value:.4f}  [{low:.4f}, {high:.4f}]"
        print(f"{name:<28} {told}")


@app.command()
def fit(study: Study = "published") -> None:
    """Fit every law of a study from its results."""
    from reprolib import fit as stage

    tree = paths.find()
    with costs.timed(tree, f"fit@{study}"):
        stage.run(tree, params.load(tree), study)


@app.command()
def scrutinize(study: Study = "published") -> None:
    """Put the paper's claims about slopes to the test: other frontiers, matched runs, held-out and later models."""
    from reprolib import scrutiny as stage

    tree = paths.find()
    with costs.timed(tree, f"scrutinize@{study}"):
        stage.run(tree, params.load(tree), study)


@app.command()
def figures(
    study: Study = "published",
    names: Annotated[list[str] | None, typer.Argument(metavar="[FIGURE]...", help="For instance fig1.")] = None,
) -> None:
    """Draw figures, each by running the notebook of its family."""
    from reprolib import notebooks

    tree = paths.find()
    settings = params.load(tree)
    wanted = names or [item.figure for item in settings.figures.values() if item.study == study]
    if not wanted:
        raise ReproError(f"params.yaml lists no figure of study '{study}' under figures; add one or name another study")
    for name in wanted:
        with costs.timed(tree, f"figures@{study}-{name}"):
            notebooks.figure(tree, settings, study, name)


@app.command()
def tables(
    study: Study = "published",
    names: Annotated[list[str] | None, typer.Argument(metavar="[TABLE]...", help="For instance table4.")] = None,
) -> None:
    """Write the tables of a study as CSV, LaTeX and HTML."""
    from reprolib import tables as stage

    tree = paths.find()
    with costs.timed(tree, f"tables@{study}") if not names else contextlib.nullcontext():
        # The paper's own study has every table; of another study the tables that its results suffice for are written.
        wanted = names or ([*stage.TABLES] if study == "published" else None)
        if not stage.run(tree, study, wanted, tree.tables(study)):
            raise ReproError(f"study '{study}' has no results for any table; check {tree.evals(study)}")


@app.command()
def numbers(study: Study = "published") -> None:
    """Collect the numbers that the typeset report's prose uses."""
    from reprolib import numbers as stage

    tree = paths.find()
    with costs.timed(tree, f"numbers@{study}"):
        stage.run(tree, study)


@app.command()
def verify(
    items: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ITEM]...", help="fig1, table17, C12, laws, files, mini-fig1, mini-evals; default all."
        ),
    ] = None,
    tier: Annotated[
        int,
        typer.Option(
            min=0,
            max=4,
            help="Highest tier: 0 integrity, 1 redraw and compare, 2 refit and compare; of a study that is trained "
            "here 3 evaluate its largest runs again, 4 train a cell again.",
        ),
    ] = 2,
    study: Annotated[str | None, typer.Option(help="published, or one that is trained here; default all.")] = None,
    record: Annotated[bool, typer.Option(help="For authors: keep verdicts and costs in results/ as well.")] = False,
) -> None:
    """Check figures, tables and claims again in a temporary directory; write report/index.html."""
    from reprolib import verify as stage
    from reprolib.verify import report as page

    tree = paths.find()
    settings = params.load(tree)
    whole = not items and tier == 2 and study is None
    with costs.timed(tree, "verify") if whole else contextlib.nullcontext():
        verdicts = stage.run(tree, settings, items or [], tier, study, progress=_print_item)
    print(page.summary(verdicts, page.write(tree, page.keep(tree, verdicts))))
    if record:
        stage.record(tree, verdicts)
        for each in verdicts["studies"]:
            costs.collect(tree, each)
    if verdicts["summary"]["unexpected"]:
        raise _differs()


def _print_item(item: dict[str, Any]) -> None:
    mark = "" if item["expected"] else "  UNEXPECTED"
    print(f"{item['id']:<14} {item['verdict']:<20} {item['seconds']:6.2f} s  {item['message']}{mark}", flush=True)


app.add_typer(laws.app, name="laws")
app.add_typer(curate.app, name="curate")


@app.command()
def report() -> None:
    """Write report/index.html again from the last verdicts, and print their summary."""
    from reprolib.verify import report as page

    tree = paths.find()
    verdicts = page.kept(tree)
    print(page.summary(verdicts, page.write(tree, verdicts)))


@app.command()
def paper() -> None:
    """Compile paper/paper.typ, our own report, to build/paper.pdf."""
    from reprolib import typeset

    print(typeset.run(paths.find()))


@app.command()
def trace(file: Annotated[Path, typer.Argument(help="A figure, table or record.")]) -> None:
    """Show which inputs, settings and versions made a file, and whether they still match."""
    from reprolib.provenance import trace as stage

    found = stage.run(paths.find(), file)
    print(found.text())
    if not found.matches:
        raise _differs()


@app.command()
def plan(item: Annotated[str, typer.Argument(help="fig1, table17, or a stage of dvc.yaml.")]) -> None:
    """Show what would run to make an item, and what it cost last time."""
    from reprolib.provenance import plan as stage

    print(stage.run(paths.find(), item).text())


@app.command()
def readme(check: Annotated[bool, typer.Option(help="Only tell whether README.md is up to date.")] = False) -> None:
    """For authors: write the generated parts of README.md again."""
    from reprolib import readme as stage

    if not stage.run(paths.find(), check=check) and check:
        raise ReproError("README.md does not match the recorded verdicts; run `reprolib readme` and commit it")
