"""The one exception of the project: a sentence for the person at the terminal.

The sentence says which setting or file, what was expected, what came, and what to do. The command line prints it and
leaves with `exit_code`: 2, bad input or environment. (1 is kept for a verdict that differs; see `reprolib.verify`.)
"""


class ReproError(Exception):
    """Bad input or environment, told in one sentence."""

    exit_code = 2
