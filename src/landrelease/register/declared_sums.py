"""Sums that records of accidents and of risk education have to keep."""

from __future__ import annotations

from landrelease.land.assertions import Sum

CASUALTIES = Sum("casualties", (("killed", 1), ("injured", 1), ("unknown", 1)), "casualty_sum")
REACHED = Sum(
    "total",
    tuple((name, 1) for name in ("women", "men", "girls", "boys", "sex_age_unknown")),
    "education_sum",
)
