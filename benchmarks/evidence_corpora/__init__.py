"""Scorers, one module a corpus; each has ``score(path, options) -> dict``."""
