"""The forms that can be fitted, by the name that the command line knows. `Form` says how to add one's own."""

from __future__ import annotations

import re

from reprolib.laws.checks import LawError
from reprolib.laws.forms.breaks import broken_power
from reprolib.laws.forms.limits import M4
from reprolib.laws.forms.powers import M1, M2, M3, POWER, POWER_FLOOR, SHIFTED_POWER_FLOOR, SIGMOID
from reprolib.laws.forms.record import Form, Parameter, grid
from reprolib.laws.forms.surfaces import CHINCHILLA, OVERTRAINING

FORMS = {
    form.name: form
    for form in (
        POWER,
        POWER_FLOOR,
        SHIFTED_POWER_FLOOR,
        CHINCHILLA,
        OVERTRAINING,
        M1,
        M2,
        M3,
        M4,
        broken_power(1),
        broken_power(2),
        SIGMOID,
    )
}

__all__ = ["FORMS", "Form", "Parameter", "broken_power", "form_of", "grid"]


def form_of(form: Form | str) -> Form:
    """The form of that name; `bnsl3` and so on for more breaks. A `Form` stays itself.

    Raises:
        LawError: There is none of that name.
    """
    if isinstance(form, Form):
        return form
    if form in FORMS:
        return FORMS[form]
    if found := re.fullmatch(r"bnsl([1-9])", form):
        return broken_power(int(found[1]))
    raise LawError(f"form '{form}' is not known; expected one of {', '.join(FORMS)}")
