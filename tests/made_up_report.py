"""Figures of a made-up programme, for tests of reports: no register, no file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from urllib.parse import quote

from landrelease.treaty.tables import Absent, Figure
from landrelease.treaty.tables.inputs import (
    Breakdown,
    Discrepancies,
    Education,
    ExcludedLand,
    Gathered,
    Known,
    LandScope,
    Line,
    Ordnance,
    Profile,
    Programme,
    Quality,
    Stocks,
    Units,
    Victims,
)

SINCE, UNTIL = date(2024, 1, 1), date(2024, 12, 31)
DAY, PERIOD = "2024-12-31", "2024-01-01..2024-12-31"
SEQ = 57
M2 = 1_000_000
#: Names as they come: formulas, markup, other scripts.
NASTY = '=HYPERLINK("http://example.org";"x")'
MARKUP = "<b>Šćepan</b> & #emph[Украјина] إزالة الألغام"

_ACCOUNTS = ("suspected", "confirmed", "open")
_TERMS = (
    "newly_identified", "extended", "reopened", "cancelled", "reduced", "cleared",
    "released_not_recorded", "reclassified", "corrected", "voided", "split_merged", "overlap",
    "historic",
)  # fmt: skip


def unit_line(scope: str, key: str, label: str, suspected: int, confirmed: int) -> Line:
    """A unit with these open areas, mm², and little else."""
    by = f":unit={quote(key, safe='')}" if key != "total" else ""

    def land(column: str, period: str, value: int | Decimal, unit: str = "mm2") -> Figure:
        return Figure(f"land:{column}:{period}{by}:{scope}@{SEQ}", value, unit)

    def areas(column: str, value: int) -> Figure:
        return Figure(f"areas:{column}:{DAY}{by}:{scope}@{SEQ}", value, "areas")

    mapped = suspected + confirmed
    declared = Decimal("1200.5") if mapped else Decimal(0)
    return Line(
        key,
        label,
        {
            "suspected": land("suspected", DAY, suspected),
            "confirmed": land("confirmed", DAY, confirmed),
            "mapped": land("open", DAY, mapped),
            "declared": land("declared_only", DAY, declared, "m2"),
            "mapped_and_declared": land(
                "open_and_declared", DAY, Decimal(mapped) / M2 + declared, "m2"
            ),
            "suspected_areas": areas("suspected", int(suspected > 0)),
            "confirmed_areas": areas("confirmed", int(confirmed > 0)),
            "declared_areas": areas("declared_only", int(mapped > 0)),
            "unknown_size": areas("unknown_size", 0),
            **{
                name: land(name, PERIOD, 0)
                for name in ("cancelled", "reduced", "released_not_recorded", "extended")
            },
            "cleared": land("cleared", PERIOD, suspected // 10),
            "newly_identified": land("newly_identified", PERIOD, 0),
            "reopened": land("reopened", PERIOD, 0),
        },
    )  # fmt: skip


def scope(name: str, label: str, *, suspected: int = 12_345_678_901) -> LandScope:
    """Land of a scope in three units, the last of which has nothing on record."""
    opening = suspected + suspected // 10
    terms = {
        account: {
            term: Figure(f"land:{term}.{account}:{PERIOD}:{name}@{SEQ}", 0, "mm2")
            for term in _TERMS
        }
        for account in _ACCOUNTS
    }
    for account in ("suspected", "open"):
        for term, value in (
            ("opening", opening),
            ("cleared", -(suspected // 10)),
            ("closing", suspected),
        ):
            terms[account][term] = Figure(
                f"land:{term}.{account}:{PERIOD}:{name}@{SEQ}", value, "mm2"
            )
    for term in ("opening", "closing"):
        terms["confirmed"][term] = Figure(f"land:{term}.confirmed:{PERIOD}:{name}@{SEQ}", 0, "mm2")
    numbers = {"opening": 2, "new": 0, "split": 0, "reopened": 0, "merged": 0, "closed": 1}
    return LandScope(
        scope=name,
        label=label,
        units=(
            unit_line(name, "XA%20", NASTY, suspected, 0),
            unit_line(name, "XB", MARKUP, 0, 400_000),
            unit_line(name, "XC", "Quiet", 0, 0),
        ),
        special=(unit_line(name, "outside all units", "Outside all units", 0, 0),),
        total=unit_line(name, "total", "Total", suspected, 400_000),
        statement=terms,
        counts={
            term: Figure(f"areas:{term}:{PERIOD}:{name}@{SEQ}", number, "areas")
            for term, number in {**numbers, "closing": 1}.items()
        },
        residual=Figure("", 0, "mm2"),
        closing_measured={
            account: Figure("", suspected if account != "confirmed" else 0, "mm2")
            for account in _ACCOUNTS
        },
    )


def persons(by: str, key: str, label: str, killed: int, injured: int) -> Line:
    """Victims of one kind."""
    tail = f":{by}={key}" if by else ""
    numbers = {"killed": killed, "injured": injured, "unknown": 0, "total": killed + injured}
    return Line(
        key or "total",
        label,
        {
            name: Figure(f"victims:{name}:{PERIOD}{tail}@{SEQ}", number, "persons")
            for name, number in numbers.items()
        },
    )


def items(topic: str, code: str, label: str, **numbers: int | Absent) -> Line:
    """Items of one class."""
    return Line(
        code,
        label,
        {
            name: Figure(
                f"{topic}:{name}:{PERIOD}:class={code}@{SEQ}",
                number,
                "records" if name == "not_counted" else "items",
            )
            for name, number in numbers.items()
        },
    )


def gathered(**changes: object) -> Gathered:
    """All figures of a made-up report."""
    labels = {"mine_ban": "areas with mines", "cmr": "areas with remnants"}
    reached = {
        "sessions": 3, "women": 10, "men": 9, "girls": 20, "boys": 21, "sex_age_unknown": 0,
        "parts": 60, "total": 64,
    }  # fmt: skip
    reach = Line(
        "total",
        "All methods",
        {
            name: Figure(
                f"education:{name}:{PERIOD}@{SEQ}",
                number,
                "sessions" if name == "sessions" else "persons",
            )
            for name, number in reached.items()
        },
    )
    whole: dict[str, object] = {
        "since": SINCE,
        "until": UNTIL,
        "programme": Programme(name=NASTY, state="Nowhere"),
        "known": Known(SEQ, "2025-03-01T10:00:00.000000Z", "ab" * 32),
        "profile": Profile("Default profile", True),
        "units": Units("level 2", 3, UNTIL),
        "scopes": {
            **{name: scope(name, label) for name, label in labels.items()},
            "not_recorded": scope("not_recorded", "areas of unrecorded class", suspected=5_000_000),
        },
        "classes": (unit_line("ap", "total", "Anti-personnel mines", 7_000_000, 0),),
        "excluded": ExcludedLand(
            (
                Line(
                    "av|erw",
                    "Anti-vehicle mines, other",
                    {
                        "areas": Figure(f"areas:open:{DAY}:classes=av%7Cerw@{SEQ}", 4, "areas"),
                        "open": Figure(
                            f"land:open_claims:{DAY}:classes=av%7Cerw@{SEQ}", 9_000_000, "mm2"
                        ),
                        "declared": Figure("", Decimal(0), "m2"),
                        "unknown_size": Figure("", 1, "areas"),
                    },
                ),
            )
        ),
        "quality": Quality(
            lines=(
                Line(
                    "undecided",
                    "Reports of released land that moved nothing",
                    {
                        "count": Figure(f"areas:undecided:{DAY}@{SEQ}", 6, "records"),
                        "area": Figure(f"land:undecided:{DAY}@{SEQ}", 77 * M2, "mm2"),
                    },
                ),
            ),
            positions=(),
            discrepancies=Discrepancies(
                (
                    Line(
                        "release_outside_hazard",
                        "release outside hazard",
                        {
                            "count": Figure(
                                f"areas:discrepancies:{DAY}:rule=release_outside_hazard@{SEQ}",
                                2,
                                "records",
                            ),
                            "area": Figure(
                                f"land:discrepancies:{DAY}:rule=release_outside_hazard@{SEQ}",
                                33 * M2,
                                "mm2",
                            ),
                        },
                    ),
                )
            ),
            residual=Figure("", 0, "mm2"),
            drift=Figure("", -2, "mm2"),
            drift_bound=Figure("", 40, "mm2"),
        ),
        "victims": Victims(
            breakdowns=(
                Breakdown(
                    "sex",
                    "Sex",
                    (
                        persons("sex", "female", "Female", 1, 4),
                        persons("sex", "male", "Male", 5, 6),
                        persons("sex", "not_recorded", "Not recorded", 0, 0),
                    ),
                ),
            ),
            persons=persons("", "", "All victims", 6, 10),
            accidents=persons("source", "accidents", "As accidents state", 7, 10),
            undated=Figure(f"victims:undated:{PERIOD}@{SEQ}", 3, "persons"),
        ),
        "education": Education((), reach, Figure("", 0, "sessions")),
        "ordnance": Ordnance(
            (
                items("ordnance", "ap", "Anti-personnel mines", destroyed=12, not_counted=0),
                items("ordnance", "av", "Anti-vehicle mines", destroyed=0, not_counted=1),
            ),
            Figure(f"ordnance:undated:{PERIOD}@{SEQ}", 0, "records"),
        ),
        "stocks": Stocks(
            (
                items(
                    "stockpile",
                    "ap",
                    "Anti-personnel mines",
                    stockpile=Absent.NONE,
                    retained=86,
                    transferred=Absent.NOT_RECORDED,
                    destroyed=Absent.UNKNOWN,
                    not_counted=1,
                ),
            ),
            Figure(f"stockpile:undated:{PERIOD}@{SEQ}", 0, "records"),
        ),
        "years": (scope("mine_ban", "areas with mines"),),
    }
    return Gathered(**{**whole, **changes})  # type: ignore[arg-type]
