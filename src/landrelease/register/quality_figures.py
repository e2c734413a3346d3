"""What a report does not know, and what does not hold: for its cover sheet."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from landrelease.land import RELEASED, FigureId
from landrelease.treaty.tables import Absent, Figure
from landrelease.treaty.tables.inputs import Discrepancies, Line, Quality

from . import acts, codes, figures, knowledge, lines, shares
from .models import JournalEntry, LedgerDiscrepancy, Question, RejectedRow, Submission
from .scope_figures import LandFigures

_NOT_APPLICABLE: Final = Absent.NOT_APPLICABLE


def quality(found: LandFigures) -> Quality:
    """What is not known at the end of a period, as known at its entry.

    Parameters
    ----------
    found
        The figures of the land of the period.
    """
    period = found.period
    books = figures.balance(as_of=period.until, known_seq=period.seq)
    bound = int(books.notes["drift_bound_mm2"])
    return Quality(
        lines=(
            *_hazards(found),
            *_releases(found),
            _questions(found, books.total.in_question_mm2),
            _rejected(found),
            _units(found),
        ),
        positions=_positions(found),
        discrepancies=Discrepancies(_discrepancies(found)),
        residual=Figure("", books.residual_mm2, "mm2"),
        drift=Figure("", books.drift_mm2, "mm2"),
        drift_bound=Figure("", bound, "mm2"),
    )


def _hazards(found: LandFigures) -> list[Line]:
    frame = _standing(found)
    total = found.scope("any", by_unit=False).total.figures
    return [
        Line(
            "declared_only",
            "Areas of which only a stated size is known, no usable outline",
            {"count": total["declared_areas"], "area": total["declared"]},
        ),
        _count(found, "unknown_size", "Areas of unknown size", total["unknown_size"]),
        _count(
            found, "indications",
            "Indications without area: no hazardous area is established, in no other number",
            found.indications,
        ),
        _count(
            found, "type_not_recorded",
            "Areas not recorded as suspected or confirmed, held as suspected",
            int(frame["type"].isna().sum()),
        ),
        _count(
            found, "class_not_recorded", "Areas whose contamination class is not recorded",
            int(frame["classes"].isna().sum()),
        ),
        _count(
            found, "undated", "Areas without a date of information, part of every opening balance",
            int(frame["date_start"].isna().sum()),
        ),
    ]  # fmt: skip


def _standing(found: LandFigures) -> pd.DataFrame:
    """Hazards on record that were not voided, merged or split."""
    frame = found.hazards
    on_record = acts.on_record(
        frame["uid"], frame["date_start"], frame["geometry_state"], found.period.until
    )
    return frame[np.array(on_record, dtype=bool)]


def _releases(found: LandFigures) -> list[Line]:
    waiting = found.waiting
    undated = waiting[waiting["end"].isna()]
    standing = lines.standing(found.period.seq).lines
    historic = (standing.kind == "historic") & np.isnat(standing.on) & ((standing.scopes & 1) > 0)
    # On ground that a hazard holds open nothing was released: that is a discrepancy.
    released = np.isin(standing.ground_to.astype(str), RELEASED)
    moved = np.asarray(historic & released & (standing.ground_from != standing.ground_to), bool)
    number = len(set(standing.uid[moved].tolist()))
    return [
        _measured(found, "undecided", "Reports of released land that moved nothing: undecided",
                  len(waiting), _area(waiting["area"])),
        _measured(found, "undecided_undated", "Of these, reports without a date",
                  len(undated), _area(undated["area"])),
        _measured(found, "historic_undated",
                  "Releases decided before this register, without a date (opening balance)",
                  number, (int(standing.mm2[moved].sum()), "")),
    ]  # fmt: skip


def _area(areas: pd.Series) -> tuple[int | Absent, str]:
    """Sum of areas, mm2, and how many of them are not measured; unknown where none is."""
    known = [int(area) for area in areas if area is not None and not pd.isna(area)]
    lacking = len(areas) - len(known)
    note = f"{lacking} of {len(areas)} have no measurable outline" if lacking else ""
    if lacking and not known:
        return Absent.UNKNOWN, note
    return sum(known), note


def _questions(found: LandFigures, mm2: int) -> Line:
    seq, until = found.period.seq, found.period.until
    rows = Question.objects.filter(seq__lte=seq).exclude(resolved_seq__lte=seq)
    number = rows.exclude(on__gt=until).count()
    label = "Questions that stand on released land: evidence was recorded on it (ground once)"
    return _measured(found, "in_question", label, number, (mm2, ""))


def _rejected(found: LandFigures) -> Line:
    moment = JournalEntry.objects.get(seq=found.period.seq).recorded_at
    known = RejectedRow.objects.exclude(submission__state__in=Submission.TURNED_DOWN)
    number = known.filter(submission__received_at__lte=moment).count()
    return Line(
        "rejected_rows",
        "Rows of deliveries that could not become records: in no figure",
        {
            "count": Figure(_id(found, "areas", "rejected_rows"), number, "records"),
            "area": Figure("", _NOT_APPLICABLE, "mm2"),
        },
    )


def _units(found: LandFigures) -> Line:
    """Units whose boundary cannot be used: what lies in them counts as outside all units."""
    seq = found.period.seq
    number = len(knowledge.rows("unit", ("uid",), seq=seq)) - len(shares.units(seq))
    return _count(
        found, "units_without_boundary", "Administrative units without a usable boundary", number
    )


def _positions(found: LandFigures) -> tuple[Line, ...]:
    origins = _standing(found)["location_origin"].fillna("not_recorded").value_counts()
    labels = {**codes.LOCATION_ORIGINS, "not_recorded": "how they came about is not recorded"}
    return tuple(
        _count(found, "position", label, int(origins.get(code, 0)), by=("origin", code), key=code)
        for code, label in labels.items()
        if origins.get(code, 0)
    )


def _discrepancies(found: LandFigures) -> tuple[Line, ...]:
    seq = found.period.seq
    rows = LedgerDiscrepancy.objects.filter(seq__lte=seq).exclude(retired_seq__lte=seq)
    frame = pd.DataFrame(
        list(rows.values_list("rule", "mm2", "valid_on")), columns=["rule", "mm2", "on"]
    )
    until = found.period.until
    counts = [day is None or pd.isna(day) or day <= until for day in frame["on"]]
    known = frame[np.array(counts, dtype=bool)]
    return tuple(
        _measured(
            found, "discrepancies", rule.replace("_", " "), len(of_rule), _area(of_rule["mm2"]),
            by=("rule", rule), key=rule,
        )
        for rule, of_rule in known.groupby("rule", sort=True)
    )  # fmt: skip


def _count(
    found: LandFigures,
    column: str,
    label: str,
    number: int | Figure,
    *,
    by: tuple[str, str] = ("", ""),
    key: str = "",
) -> Line:
    count = (
        number
        if isinstance(number, Figure)
        else Figure(_id(found, "areas", column, by), number, "areas")
    )
    return Line(
        key or column,
        label,
        {"count": count, "area": Figure("", _NOT_APPLICABLE, "mm2")},
    )


def _measured(
    found: LandFigures,
    column: str,
    label: str,
    number: int,
    area: tuple[int | Absent, str],
    *,
    by: tuple[str, str] = ("", ""),
    key: str = "",
) -> Line:
    return Line(
        key or column,
        label,
        {
            "count": Figure(_id(found, "areas", column, by), number, "records"),
            "area": Figure(_id(found, "land", column, by), area[0], "mm2", area[1]),
        },
    )


def _id(found: LandFigures, topic: str, column: str, by: tuple[str, str] = ("", "")) -> str:
    period = found.period
    return str(FigureId(topic, column, period.seq, None, period.until, *by))
