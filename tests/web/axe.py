"""axe-core on a page in a real browser: what keeps people from reading or using it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
#: Impacts, by axe's own scale, that no page may have.
REFUSED = frozenset({"serious", "critical"})


def violations(page: Page) -> list[dict[str, Any]]:
    """Run axe-core on a page and list all it finds, with its impact.

    The script goes in through the debugger, not through the page: the page's own policy, which
    lets no foreign script in, stays as it is.

    Parameters
    ----------
    page
        A loaded page. Its settings of the test (viewport, direction) are those of axe, too.
    """
    if page.evaluate("typeof axe === 'undefined'"):  # at its second width a page has it already
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return list(found["violations"])


def complaints(page: Page) -> list[str]:
    """Say each violation that is refused in one line: what, where, why."""
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node['html'][:160]}"
        for found in violations(page)
        if found["impact"] in REFUSED
        for node in found["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels by which a page is wider than its window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
