"""The command line. It reads arguments, calls one stage and prints; heavy libraries load inside the commands.

Exit codes: 0 good, 1 a verdict differs, 2 bad input or environment.
"""

import sys

import typer

from reprolib.errors import ReproError

app = typer.Typer(
    help="Reproducible scaling laws for contrastive language-image learning, with a verdict on every number.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def main() -> None:
    """Run the command line; tell a ReproError in one sentence."""
    try:
        app()
    except ReproError as error:
        print(f"reprolib: {error}", file=sys.stderr)  # noqa: T201 # the command line is where printing belongs
        sys.exit(error.exit_code)
