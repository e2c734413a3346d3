"""Charts as plain SVG, drawn on the server: no script, and a table beside each says the same."""

from __future__ import annotations

from dataclasses import dataclass

#: Pixels of the drawing; it scales with the page.
WIDTH = 760
LABEL = 220
BAR = 22
GAP = 10
COLUMNS_HEIGHT = 240


@dataclass(frozen=True)
class Piece:
    """One rectangle: an account's share of a bar."""

    account: str
    x: float
    y: float
    width: float
    height: float
    mm2: int


@dataclass(frozen=True)
class Bar:
    """One bar with its label and the place of the label."""

    label: str
    x: float
    y: float
    total_mm2: int
    pieces: list[Piece]
    end: float


@dataclass(frozen=True)
class Chart:
    """A chart ready to be written as SVG."""

    width: int
    height: int
    bars: list[Bar]


def bars(rows: list[tuple[str, list[int]]], accounts: list[str]) -> Chart:
    """Lay out lying bars, stacked by account.

    Parameters
    ----------
    rows
        Label and area in mm² of each account.
    accounts
        Names of the accounts, in the same order.
    """
    most = max((sum(areas) for _, areas in rows), default=0) or 1
    scale = (WIDTH - LABEL - 90) / most
    laid = []
    for place, (label, areas) in enumerate(rows):
        y = place * (BAR + GAP)
        x = float(LABEL)
        pieces = []
        for account, mm2 in zip(accounts, areas, strict=True):
            if mm2:
                pieces.append(Piece(account, _px(x), y, _px(mm2 * scale), BAR, mm2))
                x += mm2 * scale
        laid.append(Bar(label, LABEL - 8, y + BAR - 6, sum(areas), pieces, _px(x + 6)))
    return Chart(WIDTH, max(1, len(rows)) * (BAR + GAP), laid)


def columns(rows: list[tuple[str, list[int]]], accounts: list[str]) -> Chart:
    """Lay out standing columns, stacked by account from the ground up; arguments as `bars`."""
    most = max((sum(areas) for _, areas in rows), default=0) or 1
    foot, top = COLUMNS_HEIGHT - 24, 18
    scale = (foot - top) / most
    step = WIDTH / max(1, len(rows))
    width = min(56.0, step * 0.7)
    laid = []
    for place, (label, areas) in enumerate(rows):
        x = place * step + (step - width) / 2
        y = float(foot)
        pieces = []
        for account, mm2 in zip(accounts, areas, strict=True):
            if mm2:
                y -= mm2 * scale
                pieces.append(Piece(account, _px(x), _px(y), _px(width), _px(mm2 * scale), mm2))
        laid.append(Bar(label, _px(x + width / 2), foot + 17, sum(areas), pieces, _px(y - 5)))
    return Chart(WIDTH, COLUMNS_HEIGHT, laid)


def _px(value: float) -> float:
    return round(value, 2)
