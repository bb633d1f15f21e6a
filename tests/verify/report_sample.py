"""A small tree with real drawings, sealed records and a verdict record full of awkward text, for the report's tests."""

import base64
import shutil
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib.figure import Figure

from reprolib import files, provenance
from reprolib.paths import Tree
from reprolib.provenance import records

ROOT = Path(__file__).resolve().parents[2]
AWKWARD = "<script>alert('1')</script> & \"quotes\" — α ≤ −0.11 " + "Pneumonoultramicroscopic" * 6


def tree(root: Path) -> Tree:
    """A tree with figures fig1 (SVG) and fig2 (damaged), table4, one law, and the repository's own pipeline."""
    made = Tree(root)
    for name in ("params.yaml", "requirements.lock", "dvc.yaml"):
        shutil.copy(ROOT / name, root / name)
    stamp = provenance.take(
        made,
        inputs=[made.params],
        stage="figures",
        settings={"bins": 5},
        reason="drawing needs no device",
    ).confirm()
    law = "zero-shot.imagenet1k.acc1.openclip"
    records.write(made.laws("published") / f"{law}.json", "law", _law(law), stamp)
    for name, title in (("fig1", f"Zero-shot error against compute {AWKWARD}"), ("fig2", "Linear probes")):
        folder = made.figures("published")
        _draw(folder, name)
        hashes = {f"{name}.{end}": files.sha256(folder / f"{name}.{end}") for end in ("svg", "png")}
        records.write(folder / f"{name}.json", "figure", _figure(name, title, law, hashes), stamp)
    svg = made.figures("published") / "fig2.svg"
    svg.write_text(svg.read_text() + "<!-- changed by hand -->")
    folder = made.tables("published")
    files.write(folder / "table4.html", _fragment())
    hashes = {"table4.html": files.sha256(folder / "table4.html")}
    content = {"id": "table4", "study": "published", "title": "Extrapolations", "caption": "Predicted accuracy <in %>."}
    content |= {"origin": "recomputed", "note": "", "row_header": "Model", "columns": ["3B"], "rows": ["H/14"]}
    content |= {"cells": [["70.05"]], "values": [[0.7005]], "files": hashes}
    records.write(folder / "table4.json", "table", content, stamp)
    return made


def verdicts() -> dict[str, Any]:
    """A verdict record with every kind, every verdict and one item that came out otherwise than expected."""
    cells = [_part(f"row {n} <i>", "70.05", f"{70 + n / 100}", "exact") for n in range(40)]
    few = [_part("B/32", "0.1", "0.238", "exact"), _part("B/16", "0.1", "1.132", "differs")]
    items = [
        _item("fig1", "figure", "exact", [_claim("fig1", "Fig. 1a", "exact", states=AWKWARD)]),
        _item("fig2", "figure", "within tolerance", [_claim("fig2", "Fig. 2", "within tolerance")]),
        _item("fig7", "figure", "not checkable here", []),
        _item(
            "table4",
            "table",
            "differs",
            [
                _claim("table4", "Table 4", "exact", parts=cells),
                _claim("table4", "Sec. 4", "differs", expected=False, expect="exact"),
            ],
            expected=False,
        ),
        _item(
            "C09",
            "text",
            "differs",
            [_claim("C09", "App. B.2.1", "differs", explanation="A typo: Table 4 is right.", parts=few)],
        ),
        _item("C34", "text", "not checkable here", [_claim("C34", "App. A.2", "not checkable here", ours="")]),
        _item("laws", "laws", "exact", [_claim("laws", "Fig. 1", "exact")]),
        _item("files", "files", "exact", []),
    ]
    environment = {"python": "3.11.2", "platform": "Linux x86_64", "lock": "0" * 64, "packages": {"numpy": "2.4.0"}}
    counts = {"exact": 3, "within": 1, "differs": 2, "not_checkable": 2, "unexpected": 1}
    return {
        "studies": ["published"],
        "pipeline": ["published"],
        "tier": 2,
        "environment": environment,
        "seconds": 12.3,
        "summary": counts,
        "items": items,
    }


def _item(name: str, kind: str, verdict: str, claims: list[dict[str, Any]], *, expected: bool = True) -> dict[str, Any]:
    item = {"id": name, "study": "published", "kind": kind}
    item |= {"title": f"Title of {name} & co", "tier": 1, "seconds": 0.25, "verdict": verdict}
    return item | {
        "expected": expected,
        "command": f"reprolib verify {name}",
        "message": f"{len(claims)} of {len(claims)} compared; {AWKWARD}",
        "claims": claims,
    }


def _claim(item: str, where: str, verdict: str, **others: Any) -> dict[str, Any]:
    claim = {"id": item, "where": where, "states": "exponent of the law", "paper": "75.10", "ours": "75.03 <b>"}
    claim |= {"difference": "−0.07", "tolerance": "0.005", "reason": "half of the last digit printed", "tier": 1}
    return claim | {"verdict": verdict, "expect": verdict, "expected": True, "explanation": "", "parts": []} | others


def _part(label: str, paper: str, ours: str, verdict: str) -> dict[str, str]:
    return {"label": label, "paper": paper, "ours": ours, "difference": "+0.002", "verdict": verdict}


def _law(name: str) -> dict[str, Any]:
    law = {
        "id": name,
        "study": "published",
        "task": "zero-shot",
        "dataset": "imagenet1k",
        "shots": "",
        "metric": "acc1",
    }
    law |= {
        "series": "OpenCLIP",
        "figures": ["fig1"],
        "printed": True,
        "procedure": "five-bin frontier",
        "form": "power",
    }
    law |= {
        "formula": "E = beta * C^alpha",
        "params": {"beta": 5.8633, "alpha": -0.11138},
        "level": 0.95,
        "n_points": 5,
    }
    return law | {"intervals": {"beta": [3.1, 11.0], "alpha": [-0.134, -0.0887]}}


def _figure(name: str, title: str, law: str, hashes: dict[str, str]) -> dict[str, Any]:
    series = [{"name": "OpenCLIP", "kind": "line", "x": [1e10, 1e12], "y": [40, 22], "runs": None, "law": law}]
    series += [{"name": "runs", "kind": "points", "x": [1e11], "y": [30], "runs": ["a"], "law": None}]
    panel = {"key": "a", "title": "ImageNet", "x_label": "GMAC", "y_label": "error", "x_scale": "log", "y_scale": "log"}
    figure = {
        "id": name,
        "study": "published",
        "family": "zero_shot",
        "title": title,
        "caption": "Error falls with compute.",
    }
    return figure | {"note": "Own fit.", "panels": [panel | {"series": series}], "files": hashes}


def _draw(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7, 3.2))
    axes = figure.subplots(1, 2)
    for one in axes:
        one.loglog([1e10, 1e11, 1e12], [40, 30, 22], "o-")
    for end in ("svg", "png"):
        figure.savefig(folder / f"{name}.{end}", dpi=100)


def _fragment() -> str:
    head = "".join(f"<th scope='col'>Column number {n}</th>" for n in range(14))
    row = "".join(f"<td>{70 + n}.05</td>" for n in range(14))
    return f"<table><thead><tr><th>Model</th>{head}</tr></thead><tbody><tr><th>ViT-H/14</th>{row}</tr></tbody></table>"


def embedded(page: str, media: str) -> list[bytes]:
    """The pictures of one media type inside the page."""
    return [base64.b64decode(part.split('"')[0]) for part in page.split(f'src="data:{media};base64,')[1:]]
