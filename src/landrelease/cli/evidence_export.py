"""``landrelease evidence export`` and ``positions``."""
