"""What the notebooks need beyond the figures: laws as tables, laws refitted by hand, a model of the reader's own.

`points` selects and fits, `tables` and `views` show what it found, `widgets` are the controls of
`notebooks/explore.ipynb`. Reads `results/<study>/`; writes nothing.
"""
