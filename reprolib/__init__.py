"""Reproducible scaling laws for contrastive language-image learning, with a verdict on every number."""
