"""The checks of a study that is trained here, item by item, tier by tier.

Its claims stand in no paper: each is that the committed files are what the files before them give. Tier 0 is
`study_files`, tiers 1 and 2 are `redraw` and `refit` as for the published study, tier 3 is `reevaluate`, tier 4
`retrain`. What is not there, in a clone without data or before a stage has run, is told and is no fault.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.errors import ReproError
from reprolib.verify import bench, items, reevaluate, retrain, verdicts
from reprolib.verify.claims import Call, OwnClaim
from reprolib.verify.compare import Test, Verdict
from reprolib.verify.study_files import StudyInspection

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

SEALED = "Its files are the ones that its record seals, made of the present inputs."
LOWEST = {"laws": 2, "scrutiny": 2, items.EVALS: reevaluate.TIER, items.CELL: retrain.TIER}
"""The tier from which there is something to check, where it is not 0."""
OF_RUNS = ("files", items.EVALS, items.CELL)
"""The items that are about runs."""


class Trained:
    """One study that is trained here; benches are laid out when the first check of their tier asks for them."""

    def __init__(self, tree: Tree, params: Params, study: str, tier: int, folder: Path) -> None:
        """Nothing is read yet; `folder` is where it works."""
        self.tree, self.params, self.study, self.tier, self.folder = tree, params, study, tier, folder

    def lowest(self, item: str) -> int:
        """The lowest tier at which `item` has a check."""
        return LOWEST.get(items.local(self.study, item), 0)

    def title(self, item: str) -> str:
        """What `item` is called in the verdicts."""
        name = items.local(self.study, item)
        told = {
            "files": "Records, curves, figures and tables agree",
            "laws": "Laws fitted again from the evaluations",
            "scrutiny": "The scrutiny made again from the evaluations",
            items.EVALS: "Checkpoints of the largest runs evaluated again",
            items.CELL: "The smallest cell of the ladder trained again",
        }
        return told[name] if name in told else items.title(name, "")

    def checks(self, item: str) -> list[dict[str, Any]]:
        """A verdict record for each check of `item` up to the tier; none if there is nothing to check."""
        name = items.local(self.study, item)
        if self.tier < self.lowest(item):
            return []
        if name in OF_RUNS and not any(self.tree.runs(self.study).rglob("*.json")):
            return [self._lacking(f"{item}.records", self.tree.runs(self.study), self.lowest(item))]
        try:
            match items.kind(name):
                case "files":
                    return self._files(item)
                case "figure":
                    return self._drawn(item, self.tree.figures(self.study), _call("redraw", figure=name))
                case "table":
                    return self._drawn(item, self.tree.tables(self.study), _call("rebuild", table=name))
                case "laws":
                    return self._refitted(item, self.tree.laws(self.study), "refit")
                case "scrutiny":
                    return self._refitted(item, self.tree.scrutiny(self.study), "rescrutinize")
                case items.EVALS:
                    work = self.folder / "evaluated"
                    return reevaluate.checks(self.tree, self.params, self.study, item, work, self._local)
                case _:
                    return retrain.checks(self.tree, self.params, self.study, item, self.folder / "trained")
        except ReproError as error:
            states = f"{self.title(item)}."
            return [verdicts.failed(item, states, self.lowest(item), "", self._local(f"{error}."))]

    def _files(self, item: str) -> list[dict[str, Any]]:
        inspection = self._inspection
        checks = [verdicts.checked(f"{item}.{name}", *check) for name, check in inspection.all().items()]
        if self.tier >= 1 and self.tree.tables(self.study).is_dir():
            states = "Every table that the committed results suffice for is committed."
            how = {"test": Test.AT_MOST, "bound": 0, "reason": "A table is there or it is not."}
            checks.append(self._judged(item, "complete", states, _call("uncommitted_tables"), 1, **how))
        return checks

    def _drawn(self, item: str, folder: Path, call: Call) -> list[dict[str, Any]]:
        name = items.local(self.study, item)
        path = folder / f"{name}.json"
        if not path.is_file():
            return [self._lacking(f"{item}.files", path, 0)]
        checks = [verdicts.checked(f"{item}.files", SEALED, self._inspection.item(name))]
        if self.tier >= 1:
            states = "The committed files show what the committed results give, in every number and every word."
            checks.append(self._judged(item, "made", states, call, 1))
        return checks

    def _refitted(self, item: str, folder: Path, function: str) -> list[dict[str, Any]]:
        if not folder.is_dir():
            return [self._lacking(f"{item}.records", folder, 2)]
        states = "The committed records are what the committed evaluations give."
        return [self._judged(item, "records", states, _call(function), 2)]

    def _judged(self, item: str, name: str, states: str, call: Call, tier: int, **how: Any) -> dict[str, Any]:
        """The verdict on a claim about records that are computed again, unless `how` has another test."""
        claim = OwnClaim(
            id=f"{item}.{name}",
            item=item,
            where=names.REPOSITORY,
            states=states,
            recompute=[call],
            tier=tier,
            expect=Verdict.EXACT,
            **{"test": Test.RECORDED, "reason": verdicts.RECORDED, **how},
        )
        return verdicts.judge(claim, self._lay, self._local)

    def _lacking(self, name: str, path: Path, tier: int) -> dict[str, Any]:
        lacking = f"{self.tree.relative(path)} is not there; {reevaluate.command(self.params, self.study)} makes it."
        return verdicts.unchecked(name, f"{self.tree.relative(path)} can be made again.", tier, lacking)

    def _local(self, text: str) -> str:
        for root in (*self.folder.glob("*"), self.tree.root):
            text = text.replace(f"{root}/", "")
        return text

    @cached_property
    def _inspection(self) -> StudyInspection:
        return StudyInspection(self.tree, self.study)

    def _lay(self) -> bench.Bench:
        return self._bench

    @cached_property
    def _bench(self) -> bench.Bench:
        return bench.Bench(self.tree, self.tree, self.study, self.params)


def _call(function: str, **arguments: str) -> Call:
    return Call.model_validate({"function": function, **arguments})
