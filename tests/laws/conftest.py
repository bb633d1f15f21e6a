"""Property tests here run unhurried: the first fit imports statsmodels, which alone exceeds Hypothesis's deadline."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
