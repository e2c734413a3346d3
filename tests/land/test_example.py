from __future__ import annotations

import doctest

from landrelease import land


def test_the_example_of_the_package_runs():
    result = doctest.testmod(land)
    assert result.attempted > 8
    assert result.failed == 0
