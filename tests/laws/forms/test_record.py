"""Forms as records: what one says of itself, its values for one or many parameters, and slopes by differences."""

import dataclasses

import numpy as np
import pytest
from known_laws import TRUTHS, inputs, law
from samples import LOGARITHM

from reprolib.laws import LawError
from reprolib.laws.forms import FORMS, broken_power, form_of, grid


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_found_by_its_name_and_stays_itself(name: str) -> None:
    form = form_of(name)
    assert form is FORMS[name]
    assert form.name == name
    assert form_of(form) is form


def test_any_number_of_breaks_has_a_name() -> None:
    assert form_of("bnsl3").formula == broken_power(3).formula
    assert len(form_of("bnsl3").names) == 12


@pytest.mark.parametrize("name", ["", "Power", "bnsl", "bnsl0", "bnsl10", "m5"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(LawError, match=rf"^form '{name}' is not known; expected one of power, .*, sigmoid$"):
        form_of(name)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_what_its_parameters_are(name: str) -> None:
    form = FORMS[name]
    assert form.exponent in form.names
    assert form.source
    assert all(parameter.meaning and parameter.unit for parameter in form.parameters)
    assert set(form.names) == {*form.linear, *form.others}
    assert len(form.names) == len(form.linear) + len(form.others)
    for parameter in form.parameters:
        assert parameter.name in form.formula
        assert form.bounds(parameter.name) == (parameter.low, parameter.high)
        assert parameter.low < parameter.high
        assert parameter.low > 0 or not parameter.log


def test_a_linear_parameter_that_the_form_does_not_have_is_refused() -> None:
    with pytest.raises(LawError, match="form log calls q linear but has no such parameter"):
        dataclasses.replace(LOGARITHM, linear=("a", "q"))


def test_a_form_of_ones_own_has_values() -> None:
    x = np.array([1.0, np.e, 10.0])
    assert LOGARITHM.values((x,), {"a": 2.0, "b": 0.5}) == pytest.approx(2 - 0.5 * np.log(x))
    assert LOGARITHM.others == ()


@pytest.mark.parametrize("name", FORMS)
def test_many_parameters_give_the_rows_that_each_gives_alone(name: str) -> None:
    x, truths = inputs(name, 7), TRUTHS[name]
    many = FORMS[name].values(x, {key: np.array([truth[key] for truth in truths]) for key in truths[0]})
    assert many.shape == (len(truths), 7)
    for row, truth in zip(many, truths, strict=True):
        assert row == pytest.approx(law(name, x, truth), rel=1e-14)


@pytest.mark.parametrize("name", FORMS)
def test_slopes_by_differences_agree_with_the_analytic_ones(name: str) -> None:
    """Central differences with the machine's best step: nine digits where the law is of size one."""
    form, x = FORMS[name], inputs(name, 9)
    at = [np.array([[TRUTHS[name][0][key]]]) for key in form.others]
    made = form.columns(*x, *at)
    numeric = dataclasses.replace(form, slopes=None).slopes_at(made, x, at)
    analytic = form.slopes_at(made, x, at)
    for numbers, exact in zip(numeric, analytic, strict=True):
        for number, one, value in zip(numbers, exact, at, strict=True):
            one = np.broadcast_to(one, (1, 9))
            tolerance = 1e-7 * max(np.abs(one).max(), 1e-3 / max(abs(value.item()), 1e-3))
            assert np.broadcast_to(number, (1, 9)) == pytest.approx(one, rel=0, abs=tolerance)


def test_a_grid_holds_every_combination_once_the_last_axis_fastest() -> None:
    cells = grid(one=np.array([1.0, 2.0]), other=np.array([3.0, 4.0, 5.0]))
    assert list(zip(cells["one"], cells["other"], strict=True)) == [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]


@pytest.mark.parametrize("name", FORMS)
def test_the_proposed_cells_are_finite_enough_and_within_the_bounds(name: str) -> None:
    form, x = FORMS[name], inputs(name)
    cells = form.cells(x, law(name, x))
    assert set(cells) == set(form.others)
    for key, values in cells.items():
        low, high = form.bounds(key)
        assert np.isfinite(values).all()
        assert ((low <= values) & (values <= high)).all()
    assert max(len(values) for values in cells.values()) >= 40


@pytest.mark.parametrize("name", [name for name in FORMS if len(FORMS[name].inputs) == 1 and name != "sigmoid"])
@pytest.mark.parametrize("spread", [1e-9, 1e-6, 1e-3, 600.0])
def test_cells_are_proposed_for_the_narrowest_and_the_widest_range_of_x(name: str, spread: float) -> None:
    """On a narrow range all exponents but the steepest would leave the bounds."""
    x = (np.exp(np.linspace(-spread / 2, spread / 2, 8)),)
    cells = FORMS[name].cells(x, np.linspace(1, 0.5, 8))
    assert all(len(values) and np.isfinite(values).all() for values in cells.values())
