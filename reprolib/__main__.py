"""`python -m reprolib` is the command line."""

from reprolib.cli import main

main()
