"""`python -m reprolib` is the command line."""

import sys

try:
    from reprolib.cli import main
except ModuleNotFoundError as error:
    # The usual reason: the environment is not active, so `python` is the system's.
    print(  # noqa: T201 # the command line is where printing belongs
        f"reprolib: {sys.executable} has no module '{error.name}'; "
        "activate the project's environment first (`make env`, then `source .venv/bin/activate`)",
        file=sys.stderr,
    )
    sys.exit(2)

main()
