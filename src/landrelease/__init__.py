"""landrelease: from reports of explosive hazards to an exact account of the land."""

__version__ = "0.1.0"
