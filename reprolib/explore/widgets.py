"""The controls of `explore.ipynb`: each object here shows itself in Jupyter and redraws when one of its values changes.

Every control is an attribute, so a test (or a curious reader) can set `.value` and look at `.picture` or `.words`.
"""

from __future__ import annotations

import base64
import contextlib
import html
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from reprolib.errors import ReproError
from reprolib.explore import points, tables, views

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reprolib.params import Fit
    from reprolib.study import Study

WIDE = w.Layout(width="95%", max_width="60em")
LABEL = {"description_width": "initial"}
TABLE = "reprolib-fits"
LOOK = f"<style>.{TABLE} td, .{TABLE} th {{padding: 2px 10px 2px 0; vertical-align: top; line-height: 1.35}}</style>"
START = {"task": "zero-shot", "dataset": "imagenet1k", "shots": "", "metric": "acc1"}
"""What is shown first, where the study has it."""


class _Shown:
    """Something with a `box` of controls and a `picture`, which Jupyter shows in its place."""

    box: w.Box
    picture: w.Image

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The controls, and the picture alone where no controls can be shown (a web page, a printed copy)."""
        bundle = self.box._repr_mimebundle_(**options)
        return {**bundle, "image/png": base64.b64encode(bytes(self.picture.value)).decode()}


class Laws(_Shown):
    """Any quantity of a study against compute, laws by the chosen rule, and a model of the reader's own on them."""

    def __init__(self, study: Study, settings: Fit) -> None:
        """Draws at once."""
        self.study = study
        self.settings = settings
        self.fitted: list[points.Fitted] = []
        self._listening = True
        self.quantity = {column: w.Dropdown(description=column, layout=WIDE) for column in points.COLUMNS}
        self.series = w.SelectMultiple(description="series", rows=6, layout=WIDE)
        self.rule = w.ToggleButtons(description="rule", options=points.RULES, style={"button_width": "initial"})
        self.own = w.Checkbox(description="drop a model of my own onto the law of", indent=False)
        self.law = w.Dropdown()
        self.gmacs_per_sample = w.FloatText(description="GMAC per sample", style=LABEL)
        self.samples_seen = w.FloatText(description="samples seen", style=LABEL)
        self.measured = w.BoundedFloatText(description="measured (%)", max=100, style=LABEL)
        self.model = (self.own, self.law, self.gmacs_per_sample, self.samples_seen, self.measured)
        self.picture = w.Image(format="png", layout=WIDE)
        self.words = w.HTML()
        self._offer(0)
        self._redraw()
        for position, control in enumerate(self.quantity.values()):
            control.observe(lambda _, position=position: self._chosen(position), "value")
        for control in (self.series, self.rule, *self.model):
            control.observe(lambda _: self._redraw(), "value")
        choice = w.HBox([w.VBox(list(self.quantity.values()), layout=WIDE), self.series], layout=WIDE)
        model = w.HBox(self.model, layout=w.Layout(flex_flow="row wrap"))
        self.box = w.VBox([choice, self.rule, self.picture, model, self.words])

    def asked(self) -> dict[str, str]:
        """The quantity chosen."""
        return {column: control.value for column, control in self.quantity.items()}

    def _offer(self, position: int) -> None:
        """Fill the choices from `position` on with what the study has, keeping a value that is still among them."""
        given: dict[str, str] = {}
        with self._quiet():
            for index, (column, control) in enumerate(self.quantity.items()):
                if index >= position:
                    options = points.values(self.study, column, **given)
                    wanted = control.value if control.options else START[column]
                    control.options = [(option or "none", option) for option in options]
                    control.value = wanted if wanted in options else options[0]
                given[column] = control.value
            rows = self.study.select(**given).sort_values("gmacs_total")
            names = tuple(points.series(rows))
            chosen = tuple(name for name in self.series.value if name in names)
            self.series.options = names
            self.series.value = chosen or tuple(name for name in names if name in ("OpenCLIP", "CLIP")) or names[:1]
            if not self.own.value:
                # Something to start from: the run of most compute, for which the law's answer can be seen.
                last = rows.iloc[-1]
                self.gmacs_per_sample.value, self.samples_seen.value = last["gmacs_per_sample"], last["samples_seen"]
                self.measured.value = round(100 * last["value"], 2)

    def _chosen(self, position: int) -> None:
        if self._listening:
            self._offer(position + 1)
            self._redraw()

    def _redraw(self) -> None:
        if not self._listening:
            return
        if not self.series.value:
            self.words.value = "<p>Choose at least one series.</p>"
            return
        self.fitted = points.fit(self.study, self.asked(), self.series.value, self.rule.value, self.settings)
        with_law = [one.series for one in self.fitted if one.law is not None]
        with self._quiet():
            keep = self.law.value if self.law.value in with_law else next(iter(with_law), None)
            self.law.options, self.law.value = with_law, keep
        standing, said = self._standing()
        self.picture.value = _png(views.law_plot(self.study, self.asked(), self.fitted, standing))
        self.words.value = (
            LOOK + said + tables.fits(self.fitted).to_html(index=False, border=0, justify="left", classes=TABLE)
        )

    def _standing(self) -> tuple[points.Standing | None, str]:
        if not self.own.value or self.law.value is None:
            return None, ""
        law = next(one for one in self.fitted if one.series == self.law.value)
        try:
            numbers = (self.gmacs_per_sample.value, self.samples_seen.value, self.measured.value / 100)
            standing = points.stand(law, *numbers)
        except ReproError as error:
            return None, f"<p>{html.escape(str(error))}</p>"
        return standing, f"<p><b>{html.escape(standing.sentence())}</b></p>"

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Set several controls without a drawing for each."""
        before, self._listening = self._listening, False
        try:
            yield
        finally:
            self._listening = before


class Curves(_Shown):
    """The learning curves of the chosen runs."""

    def __init__(self, study: Study) -> None:
        """Draws at once, the first three runs that have a curve (of the published study: one model, three budgets)."""
        self.study = study
        names = views.with_curves(study)
        self.runs = w.SelectMultiple(description="runs", options=names, value=names[:3], rows=8, layout=WIDE)
        self.picture = w.Image(format="png", layout=WIDE)
        self.runs.observe(lambda _: self._redraw(), "value")
        self._redraw()
        self.box = w.VBox([self.runs, self.picture])

    def _redraw(self) -> None:
        if self.runs.value:
            self.picture.value = _png(views.curve_plot(self.study, self.runs.value))


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
