"""`reprolib curate`: match any captions against metadata, balance them, and tell why a sample was kept or dropped."""

# ruff: noqa: T201 # the command line is where printing belongs
from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from reprolib.errors import ReproError

if TYPE_CHECKING:
    from reprolib.curate.curation import Curation
    from reprolib.curate.metadata import Metadata, Source
    from reprolib.curate.pool import Pool

LAST = Path(".reprolib") / "curated"
"""Says, below the current folder, where the last output went, for `explain`."""
DEFAULT = "captions"


class _WithDefault(TyperGroup):
    """A group whose command `DEFAULT` is meant where none is named: `curate FILE` beside `curate explain ID`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default's name before arguments that do not begin with a command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_WithDefault,
    help="Match captions against metadata and balance them; `curate FILE` is short for `curate captions FILE`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class RulesName(StrEnum):
    """The rules of matching, as `reprolib.curate.spelling.Rules` has them."""

    METACLIP = "metaclip"
    METACLIP2 = "metaclip2"


class Form(StrEnum):
    """How the output is written."""

    JSON = "json"
    PARQUET = "parquet"


class Counted(StrEnum):
    """Which counts balance."""

    POOL = "pool"
    FILE = "file"


Out = Annotated[Path, typer.Option("--json", help="Where the result goes.")]


@app.command(DEFAULT)
def captions(
    pool: Annotated[
        Path,
        typer.Argument(
            metavar="CAPTIONS", help="CSV, JSONL, Parquet or WebDataset: a file, or a folder of such files."
        ),
    ],
    metadata: Annotated[
        str, typer.Option(help="A JSON list of strings, or an object of entries and counts: a file or a URL.")
    ],
    out: Out,
    t: Annotated[float | None, typer.Option(help="How many captions an entry of the head brings in the mean.")] = None,
    tail: Annotated[
        float | None,
        typer.Option(help="Instead of --t: the share of all matches that are to be tail, for instance 0.06."),
    ] = None,
    column: Annotated[
        str, typer.Option(help="The column with the captions; `text` of a WebDataset is its .txt.")
    ] = "text",
    id_column: Annotated[
        str | None, typer.Option("--id", help="The column with the ids; default the row number, from 0.")
    ] = None,
    rules: Annotated[RulesName, typer.Option(help="metaclip2 knows scripts without spaces.")] = RulesName.METACLIP,
    form: Annotated[Form, typer.Option("--format", help="How the result is written.")] = Form.JSON,
    seed: Annotated[int, typer.Option(min=0, help="What is drawn follows from seed, id and entry alone.")] = 0,
    counts: Annotated[
        Counted, typer.Option(help="Balance by this pool's counts, or by those in the metadata file.")
    ] = Counted.POOL,
    subset: Annotated[
        Path | None, typer.Option(help="Write the ids of those kept here, as a sorted .npy of uids.")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="Write a data card of the subset here, .md or .json.")] = None,
    origin: Annotated[str | None, typer.Option(help="For the card: where the pool is from.")] = None,
    licence: Annotated[str | None, typer.Option(help="For the card: what the pool may be used for.")] = None,
    sha256: Annotated[str | None, typer.Option(help="What the metadata file must hash to; a URL needs it.")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Keep the matches here, so that another t or seed needs no matching.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many files are matched at once; default the number of processors.")
    ] = None,
) -> None:
    """Match captions against metadata, tell each caption's entries and P(keep), and draw the balanced subset."""
    if (t is None) == (tail is None):
        raise ReproError("one of --t and --tail should be given, and not both; give for instance --t 20000")
    from reprolib import files
    from reprolib.curate import balancing, output
    from reprolib.curate import pool as matching
    from reprolib.curate.columns import Columns
    from reprolib.curate.curation import Curation
    from reprolib.curate.spelling import Rules

    entries = _metadata(metadata, sha256)
    for warning in entries.warnings(Rules(rules)):
        print(f"warning: {warning}", file=sys.stderr)
    kept_in = work or out.with_name(f".{out.name}.matches")
    found = matching.match(
        pool,
        entries,
        kept_in,
        rules=Rules(rules),
        columns=Columns(column, id_column),
        processes=processes or os.cpu_count() or 1,
        progress=_progress,
    )
    if tail is not None:
        t = balancing.t_of_tail(found.counts, tail)
    curation = Curation(found, t or 0, seed, counts is Counted.FILE)
    _tell(curation)
    how = {
        "captions": str(pool.resolve()),
        "column": column,
        "id": id_column,
        "rules": str(rules),
        "metadata": {"file": metadata, **entries.told(Rules(rules))},
    }
    (output.write_json if form is Form.JSON else output.write_parquet)(out, curation, how)
    if subset or card:
        _keep(curation, subset, card, {"origin": origin, "licence": licence})
    files.write(LAST, f"{out.resolve()}\n")
    if work is None:
        shutil.rmtree(kept_in, ignore_errors=True)
    print(f"written: {', '.join(str(path) for path in (out, subset, card) if path)}")


@app.command()
def explain(
    sample: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a sample; its row number if there are no ids.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--json", help="What `curate` wrote; default what it wrote last, run from this folder."),
    ] = None,
) -> None:
    """Tell why a sample was kept or dropped."""
    from reprolib import files
    from reprolib.curate import explain as stage

    if out is None:
        if not LAST.is_file():
            raise ReproError("there is no curation to explain here; give what `reprolib curate` wrote with --json")
        out = Path(files.read_text(LAST).strip())
    print(stage.explain(out, sample).text())


@app.command("metadata")
def build(
    out: Annotated[Path, typer.Option("--json", help="Where the list of entries goes.")],
    wordnet: Annotated[Path | None, typer.Option(help="WordNet's folder with data.noun and so on.")] = None,
    words: Annotated[
        list[Path] | None, typer.Option(help="Counted words (.tsv), or a corpus, one text a line; repeatable.")
    ] = None,
    least_count: Annotated[int, typer.Option(min=1, help="How often a word or a pair must come.")] = 100,
    pairs: Annotated[
        list[Path] | None, typer.Option(help="Counted pairs of words (.tsv), or a corpus; needs --words.")
    ] = None,
    least_pmi: Annotated[float, typer.Option(help="The least pointwise mutual information of a pair, in bits.")] = 30.0,
    titles: Annotated[
        list[Path] | None, typer.Option(help="Wikimedia's page views, hourly or daily; repeatable.")
    ] = None,
    least_views: Annotated[int, typer.Option(min=1, help="How often a page must be viewed.")] = 70,
    wiki: Annotated[str, typer.Option(help="Whose pages.")] = "en",
    pictographs: Annotated[
        bool, typer.Option("--pictographs", help="The Unicode names of the embedded world.")
    ] = False,
) -> None:
    """Build a metadata list from WordNet, counted words and pairs, page titles and Unicode names, in that order."""
    from reprolib.curate import metadata, sources

    if pairs and not words:
        raise ReproError("--pairs needs the counts of single words, but there are none; give --words")
    given: list[Source] = []
    if wordnet:
        given.append(sources.wordnet(wordnet))
    if words:
        given.append(sources.words(words, least_count))
    if words and pairs:
        given.append(sources.pairs(pairs, words, least_pmi, least_count))
    if titles:
        given.append(sources.titles(titles, least_views, wiki))
    if pictographs:
        given += sources.pictographs()
    made = metadata.joined(given)
    made.write(out)
    for source in made.sources:
        print(f"{source.name}: {source.entries - source.repeated:,} of {source.entries:,} are new ({source.rule})")
    print(f"written: {out}, {len(made.entries):,} entries")


@app.command("study")
def study() -> None:
    """Choose the subsets of the study `curation` from the miniature's pool, as params.yaml says."""
    from reprolib import params, paths
    from reprolib.curate import stage
    from reprolib.provenance import costs

    tree = paths.find()
    with costs.timed(tree, "curate"):
        stage.run(tree, params.load(tree))


def _metadata(given: str, sha256: str | None) -> Metadata:
    from reprolib import files
    from reprolib.curate import metadata

    path = Path(given)
    if given.startswith(("http://", "https://")):
        if sha256 is None:
            raise ReproError(f"--metadata {given} is fetched, so its content must be known; give its --sha256")
        return metadata.read(metadata.fetched(given, sha256, LAST.parent / "cache"))
    if sha256 is not None and (came := files.sha256(path)) != sha256:
        raise ReproError(f"{path} should have the sha256 {sha256}, but it has {came}; fetch it again")
    return metadata.read(path)


def _progress(done: int, of: int) -> None:
    if of > 1:
        print(f"matched: {done} of {of} files", file=sys.stderr, flush=True)


def _tell(curation: Curation) -> None:
    """The expected size, before anything is written."""
    from reprolib.curate import balancing

    pool: Pool = curation.pool
    matched, found = sum(part.matched for part in pool.parts), int((pool.counts > 0).sum())
    print(f"{matched:,} of {pool.rows:,} captions match {found:,} of {len(pool.counts):,} entries")
    share = balancing.tail_share(curation.counts, curation.t)
    print(
        f"t = {curation.t:g}: {share:.2%} of the matches are tail; expected size {curation.expected_size:,.1f}",
        flush=True,
    )


def _keep(curation: Curation, subset: Path | None, card: Path | None, about: dict[str, str | None]) -> None:
    """Draw the subset, write it, and its card."""
    from reprolib import files
    from reprolib.curate import card as page
    from reprolib.shards import subsets

    kept = curation.subset()
    if subset:
        subsets.write_subset(subset, kept)
    if card:
        lost = curation.lost(len(kept))
        method = f"balanced, t = {curation.t:g}, seed {curation.seed}"
        made = page.card(curation.pool, kept, method=method, t=curation.t, lost=lost, **about)
        files.write_json(card, made.content) if card.suffix == ".json" else files.write(card, made.text())
