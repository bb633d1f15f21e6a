"""Verification: every figure, table and statement of the paper made again and compared, each with a verdict.

`compare` decides one number, `claims` reads paper/claims.yaml, `registry` lists the functions that a claim may name
(`measured`, `lawful`, `printed`, `statements`). `integrity` is tier 0 (files agree), `redraw` is tier 1 (figures and
tables from committed results), `refit` is tier 2 (results and laws from the facts), `runner` puts them together.

A study that is trained here has items of its own (`trained`): tier 0 is `study_files`, tier 3 `reevaluate` (checkpoints
evaluated again), tier 4 `retrain` (a cell of the ladder trained again); the last is held against the seed spread
that the study itself measured (`spread`). What a stage computes is compared with its records unrounded and to their
digits (`again`, `reprolib.precision`); nothing is painted, the tree is read only, and only `record` writes.
Run: `reprolib verify [ITEM …] [--study NAME] [--tier 0|1|2|3|4]`, or:

    record = verify.run(tree, params, ["fig1"], tier=2, study="published", progress=print)
"""

from reprolib.verify.runner import record, run, tally

__all__ = ["record", "run", "tally"]
