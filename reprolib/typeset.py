"""Compile paper/paper.typ, our own report on the reproduction, to build/paper.pdf with Typst: `reprolib paper`.

The document reads paper/numbers, paper/figures, paper/tables, paper/claims.yaml and, once they are recorded,
results/<study>/verdicts.json by itself; no number is typed in it. The same inputs give the same bytes: the date is
left out and only the fonts that come with Typst are used.
"""

from pathlib import Path

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records

STUDY = "published"


def run(tree: Tree) -> Path:
    """Compile the report and return the path of the PDF.

    Raises:
        ReproError: An input is missing or was changed by hand, or the document does not compile.
    """
    import typst

    records.read(tree.numbers(STUDY), "numbers")
    for sidecar in sorted(tree.figures(STUDY).glob("*.json")):
        records.read(sidecar, "figure")
    source = tree.root / "paper" / "paper.typ"
    verdicts = tree.results(STUDY) / "verdicts.json"
    try:
        made = typst.compile(
            source,
            root=tree.root,
            format="pdf",
            ignore_system_fonts=True,
            timestamp=0,
            sys_inputs={"study": STUDY, "verdicts": tree.relative(verdicts) if verdicts.is_file() else ""},
        )
    except typst.TypstError as error:
        reason = str(error).splitlines()[0].replace(f"{tree.root}/", "")
        raise ReproError(
            f"{source} does not compile: {reason}; run `dvc repro` for what it reads, or mend it"
        ) from error
    target = tree.root / "build" / "paper.pdf"
    files.write(target, made)
    return target
