"""The shard room: samples in deterministic WebDataset tars, checked, indexed, subset and fed to training."""

POOL, VALIDATION = "pool", "validation"
"""The data sets of a study that training reads, below data/<study>/shards."""
