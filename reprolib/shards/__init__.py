"""The shard room: samples in deterministic WebDataset tars, checked, indexed, subset and fed to training."""
