"""The report: one self-contained page with every figure, table and claim beside what the paper says.

Reads the verdict record (`kept.py` keeps it), `paper/figures/`, `paper/tables/`, `results/<study>/laws/` and
`dvc.yaml`; writes `report/index.html`. The page asks no host for anything: its style, script
and pictures are inside it, and its content security policy lets nothing else run. Run: `reprolib verify`, or
`reprolib report` to write the page again from the last verdicts.
"""

import base64
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reprolib import files
from reprolib.paths import Tree
from reprolib.verify.report import content, pipeline
from reprolib.verify.report.content import VERDICTS
from reprolib.verify.report.kept import keep, kept

__all__ = ["keep", "kept", "render", "summary", "write"]

HERE = Path(__file__).parent


def write(tree: Tree, verdicts: dict[str, Any]) -> Path:
    """Write `report/index.html` from a verdict record and what stands in the tree; returns its path.

    Raises:
        ReproError: The page cannot be written.
    """
    path = tree.report / "index.html"
    files.write(path, render(tree, verdicts))
    return path


def render(tree: Tree, verdicts: dict[str, Any]) -> str:
    """The page as text.

    A figure, table or law that is missing or damaged does not stop the page: its place says what is wrong.
    """
    items = [content.build(tree, item) for item in verdicts["items"]]
    claims = [claim for item in items for claim in item.claims]
    stated = [claim for claim in claims if not claim.is_ours]
    script = files.read_text(HERE / "page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["sentence"] = lambda text: f"{text.rstrip('. ')}." if text else ""
    return environment.get_template("page.html.j2").render(
        run=verdicts,
        items=items,
        sections=content.sections(items),
        verdicts=VERDICTS,
        counts=Counter(item.verdict.slug for item in items),
        claim_counts=Counter(claim.verdict.slug for claim in stated),
        number_counts=Counter(part.verdict.slug for claim in stated for part in claim.parts),
        unexpected=[item for item in items if not item.expected],
        known=sum(item.expected and item.verdict.slug == "differs" for item in items),
        findings=[claim for claim in claims if claim.is_finding],
        graph=pipeline.draw(tree),
        style=Markup(files.read_text(HERE / "page.css")),  # noqa: S704 # our own file
        script=Markup(script),  # noqa: S704 # our own file
        script_hash=digest,
    )


def summary(verdicts: dict[str, Any], path: Path) -> str:
    """What the terminal shows at the end: counts, each item that came out otherwise than expected, and the page."""
    items = verdicts["items"]
    count = Counter(item["verdict"] for item in items)
    strange = [item for item in items if not item["expected"]]
    parts = [f"{count[verdict.word]} {verdict.word}" for verdict in VERDICTS if count[verdict.word]]
    lines = [f"{len(items)} items checked in {verdicts['seconds']:.0f} s: {', '.join(parts) or 'nothing to check'}."]
    lines += [f"UNEXPECTED  {item['id']}: {item['message']}" for item in strange]
    lines += [
        f"{len(strange)} came out otherwise than expected."
        if strange
        else "All came out as expected; where the paper itself is in error, the report says so."
    ]
    return "\n".join([*lines, f"Report: {path}"])
