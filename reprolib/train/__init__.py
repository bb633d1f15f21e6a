"""Training: open_clip models, compute accounting, the distributed loop, checkpoints and run records."""
