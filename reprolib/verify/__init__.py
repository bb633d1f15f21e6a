"""Verification: every figure, table and statement of the paper made again and compared, each with a verdict.

`compare` decides one number, `claims` reads paper/claims.yaml, `registry` lists the functions that a claim may name
(`measured`, `lawful`, `printed`, `statements`). `integrity` is tier 0 (files agree), `redraw` is tier 1 (figures and
tables from committed results), `refit` is tier 2 (results and laws from the facts), `runner` puts them together. Reads
the tree and works in a temporary copy; only `record` writes. Run: `reprolib verify [ITEM …] [--tier 0|1|2]`, or:

    record = verify.run(tree, params, ["fig1"], tier=2, study="published", progress=print)
"""

from reprolib.verify.runner import record, run, tally

__all__ = ["record", "run", "tally"]
