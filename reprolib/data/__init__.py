"""The data room: the paper's results as facts, the released files they agree with, and how both are fetched."""
