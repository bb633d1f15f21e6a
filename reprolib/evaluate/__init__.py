"""Evaluation: embed a data set once, then zero-shot, retrieval, probes and fine-tuning as functions of embeddings."""
