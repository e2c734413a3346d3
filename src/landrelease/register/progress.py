"""How work that takes long tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Told the stage that a long work is in, how much is done, and of how much (None when not known).
Progress = Callable[[str, int, int | None], None]
