"""Figures about people and devices: victims, risk education, ordnance destroyed, stocks.

Aggregated only: sealed fields are never read here. Each figure has an id of the same form as the
figures of the land, and :func:`behind` gives the references of the records that make it up.

A record counts in a period when its date lies wholly within it. One without a date, or whose date
("2024", for a quarter) reaches beyond the period, is counted apart and in no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from landrelease.land import FigureId
from landrelease.treaty.tables import Absent, Figure
from landrelease.treaty.tables.inputs import Breakdown, Education, Line, Ordnance, Stocks, Victims

from . import codes, knowledge
from .errors import RegisterError

NOT_RECORDED: Final = "not_recorded"
_LABEL_NOT_RECORDED: Final = "Not recorded"
_DEVICES: Final = {**codes.CLASSES, NOT_RECORDED: _LABEL_NOT_RECORDED}
_SEX_AGE: Final = {
    f"{sex}_{age}": f"{codes.SEXES[sex]}, {codes.AGE_BANDS[age].lower()}"
    for sex in codes.SEXES
    for age in codes.AGE_BANDS
}

#: Characteristics by which victims are divided: column of the records, words, labels of codes.
VICTIMS_BY: Final = {
    "status": ("person_status", "Status", codes.PERSON_STATUS),
    "sex": ("sex", "Sex", codes.SEXES),
    "age": ("age_band", "Age", codes.AGE_BANDS),
    "sex_age": ("sex_age", "Sex and age", _SEX_AGE),
    "device": ("device_class", "Device", codes.CLASSES),
}
_FATES: Final = ("killed", "injured", "unknown")
_REACHED: Final = ("women", "men", "girls", "boys", "sex_age_unknown")
_LEVELS: Final = ("stockpile", "retained")
_FLOWS: Final = ("transferred", "destroyed")


@dataclass(frozen=True)
class HumanFigures:
    """Counts of one period, as known at a journal entry.

    Attributes
    ----------
    since, until
        First and last day.
    seq
        Last journal entry known.
    """

    since: date
    until: date
    seq: int

    # --- victims ----------------------------------------------------------------------------------

    def victims(self) -> Victims:
        """Victims by status, sex, age and device, and what records of accidents state."""
        frame, within = self._victims, self._within(self._victims)
        breakdowns = tuple(
            Breakdown(
                by,
                label,
                tuple(
                    self._fates(within, frame, by, code, words)
                    for code, words in {**labels, NOT_RECORDED: _LABEL_NOT_RECORDED}.items()
                ),
            )
            for by, (_, label, labels) in VICTIMS_BY.items()
        )
        return Victims(
            breakdowns=breakdowns,
            persons=self._fates(within, frame, "", "", "All victims"),
            accidents=self._accident_line(),
            undated=self._undated("victims", frame, "persons"),
        )

    def _fates(
        self, within: pd.DataFrame, known: pd.DataFrame, by: str, code: str, label: str
    ) -> Line:
        rows = within if not by else within[within[VICTIMS_BY[by][0]] == code]
        fates = rows["consequence"]
        counts: dict[str, int] = {name: int((fates == name).sum()) for name in _FATES}
        counts["total"] = len(rows)
        return Line(
            code or "total",
            label,
            {
                name: self._figure("victims", name, number, "persons", by, code, known=known)
                for name, number in counts.items()
            },
        )

    def _accident_line(self) -> Line:
        frame = self._accidents
        within = self._within(frame)
        figures = {
            "accidents": self._figure(
                "victims", "accidents", len(within), "records", "source", "accidents", known=frame
            )
        }
        for name in _FATES:
            figures[name] = self._sum(
                "victims", name, within, frame, "persons", "source", "accidents"
            )
        figures["total"] = self._sum(
            "victims", "total", within, frame, "persons", "source", "accidents", of="casualties"
        )
        return Line("accidents", "As records of accidents state", figures)

    # --- risk education ---------------------------------------------------------------------------

    def education(self) -> Education:
        """Risk education sessions by method."""
        frame = self._sessions
        within = self._within(frame)
        labels = {**codes.EDUCATION_METHODS, NOT_RECORDED: _LABEL_NOT_RECORDED}
        return Education(
            lines=tuple(
                self._education_line(within[within["method"] == code], frame, code, label)
                for code, label in labels.items()
            ),
            total=self._education_line(within, frame, "", "All methods"),
            undated=self._undated("education", frame, "sessions"),
        )

    def _education_line(
        self, rows: pd.DataFrame, known: pd.DataFrame, code: str, label: str
    ) -> Line:
        by = "method" if code else ""
        figures = {
            "sessions": self._figure(
                "education", "sessions", len(rows), "sessions", by, code, known=known
            )
        }
        for name in (*_REACHED, "parts", "total"):
            figures[name] = self._sum("education", name, rows, known, "persons", by, code)
        return Line(code or "total", label, figures)

    # --- devices ----------------------------------------------------------------------------------

    def ordnance(self) -> Ordnance:
        """Explosive ordnance destroyed in the period by class; nothing that was left."""
        frame = self._ordnance
        within = self._within(frame)
        lines = []
        for code, label in codes.CLASSES.items():
            rows = within[within["ordnance_class"] == code]
            lines.append(
                Line(
                    code,
                    label,
                    {
                        "destroyed": self._sum(
                            "ordnance", "destroyed", rows, frame, "items", "class", code,
                            of="quantity",
                        ),
                        "not_counted": self._not_counted("ordnance", rows, frame, code),
                    },
                )
            )  # fmt: skip
        return Ordnance(tuple(lines), self._undated("ordnance", frame, "records"))

    def stocks(self, classes: Sequence[str]) -> Stocks:
        """Stockpiled and retained (latest count by the end), transferred and destroyed (in it)."""
        frame = self._stocks
        lines = []
        for code in classes:
            of_class = frame[frame["device_class"] == code]
            figures: dict[str, Figure] = {}
            for purpose in (*_LEVELS, *_FLOWS):
                counted = self._counted(of_class, purpose)
                figures[purpose] = self._stock(purpose, counted, code)
            every = self._every_count(of_class)
            figures["not_counted"] = self._not_counted("stockpile", every, frame, code)
            lines.append(Line(code, codes.CLASSES[code], figures))
        flows = frame[frame["purpose"].isin(_FLOWS) & frame["device_class"].isin(classes)]
        return Stocks(tuple(lines), self._undated("stockpile", flows, "records"))

    def _counted(self, rows: pd.DataFrame, purpose: str) -> pd.DataFrame:
        """Records that make up what is held on the last day, or what moved in the period."""
        of_purpose = rows[rows["purpose"] == purpose]
        return self._latest(of_purpose) if purpose in _LEVELS else self._within(of_purpose)

    def _every_count(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Records that make up any figure of stocks."""
        return pd.concat([self._counted(rows, purpose) for purpose in (*_LEVELS, *_FLOWS)])

    def _latest(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The latest count by the end of the period of each thing that is counted."""
        counted = rows[rows["end"].notna() & (rows["end"] <= np.datetime64(self.until, "s"))]
        same = ["purpose", "device_class", "designation", "institution", "lots"]
        ordered = counted.sort_values(["end", "id"], kind="stable")
        return ordered.drop_duplicates(same, keep="last")

    def _stock(self, purpose: str, rows: pd.DataFrame, code: str) -> Figure:
        number: int | Absent
        if rows.empty:
            number = Absent.NOT_RECORDED
        elif rows["quantity"].isna().all():
            number = Absent.UNKNOWN
        else:
            number = int(rows["quantity"].sum()) or Absent.NONE
        if number is Absent.NONE and rows["quantity"].isna().any():
            number = Absent.UNKNOWN
        note = _lacking(rows, "quantity")
        return Figure(self._id("stockpile", purpose, "class", code), number, "items", note)

    # --- records behind ---------------------------------------------------------------------------

    def behind(self, figure: FigureId) -> list[str]:
        """References of the records that make up a figure of this period.

        Raises
        ------
        RegisterError
            When the figure is none of these.
        """
        topic, by, key = figure.topic, figure.by, figure.key
        if topic == "victims" and by == "source":
            return self._refs(self._accidents, figure, lambda f: f)
        if topic == "victims":
            return self._refs(self._victims, figure, lambda f: _fate(_only(f, by, key), figure))
        if topic == "education":
            return self._refs(self._sessions, figure, lambda f: f[f["method"] == key] if by else f)
        if topic == "ordnance":
            return self._refs(
                self._ordnance, figure, lambda f: f[f["ordnance_class"] == key] if by else f
            )
        if topic == "stockpile":
            of_class = self._stocks[self._stocks["device_class"] == key] if by else self._stocks
            if figure.column == "undated":
                of_class = of_class[of_class["purpose"].isin(_FLOWS)]
                rows = self._partly(of_class)
            elif figure.column == "not_counted":
                every = self._every_count(of_class)
                rows = every[every["quantity"].isna()]
            elif figure.column in (*_LEVELS, *_FLOWS):
                rows = self._counted(of_class, figure.column)
            else:
                raise RegisterError(f"{figure}: no figure about stocks has such a column")
            return [str(ref) for ref in rows["ref"]]
        raise RegisterError(f"{figure} is no figure of victims, education, ordnance or stockpile")

    def _refs(
        self,
        frame: pd.DataFrame,
        figure: FigureId,
        chosen: Callable[[pd.DataFrame], pd.DataFrame],
    ) -> list[str]:
        rows = self._partly(frame) if figure.column == "undated" else self._within(frame)
        if figure.column == "not_counted":
            rows = rows[rows["quantity"].isna()]
        return [str(ref) for ref in chosen(rows)["ref"]]

    # --- records ----------------------------------------------------------------------------------

    @cached_property
    def _victims(self) -> pd.DataFrame:
        frame = _frame(
            "victim",
            ("consequence", "sex", "age_band", "person_status", "device_class", "accident_uid"),
            self.seq,
        )
        # What the victim's record does not say, that of the accident may.
        accidents = self._accidents.set_index("uid").reindex(frame["accident_uid"].to_numpy())
        for name in ("start", "end", "device_class"):
            frame[name] = frame[name].where(frame[name].notna(), accidents[name].to_numpy())
        frame["sex_age"] = (frame["sex"] + "_" + frame["age_band"]).where(
            frame["sex"].notna() & frame["age_band"].notna()
        )
        frame["consequence"] = frame["consequence"].fillna("unknown")
        for column, _, _ in VICTIMS_BY.values():
            frame[column] = frame[column].fillna(NOT_RECORDED)
        return frame

    @cached_property
    def _accidents(self) -> pd.DataFrame:
        return _frame(
            "accident", ("killed", "injured", "unknown", "casualties", "device_class"), self.seq
        )

    @cached_property
    def _sessions(self) -> pd.DataFrame:
        frame = _frame("education_session", ("method", *_REACHED, "total"), self.seq)
        frame["method"] = frame["method"].fillna(NOT_RECORDED)
        frame["parts"] = frame[list(_REACHED)].sum(axis=1, min_count=1)
        return frame

    @cached_property
    def _ordnance(self) -> pd.DataFrame:
        frame = _frame("ordnance", ("ordnance_class", "quantity", "condition"), self.seq)
        return frame[frame["condition"] == "destroyed"]

    @cached_property
    def _stocks(self) -> pd.DataFrame:
        return _frame(
            "stockpile",
            ("purpose", "device_class", "designation", "quantity", "lots", "institution"),
            self.seq,
        )

    # --- counting ---------------------------------------------------------------------------------

    def _within(self, frame: pd.DataFrame) -> pd.DataFrame:
        first, last = np.datetime64(self.since, "s"), np.datetime64(self.until, "s")
        return frame[(frame["start"] >= first) & (frame["end"] <= last)]

    def _partly(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What may belong to the period and cannot be said to: undated, or reaching beyond it."""
        first, last = np.datetime64(self.since, "s"), np.datetime64(self.until, "s")
        apart = (frame["end"] < first) | (frame["start"] > last)
        inside = (frame["start"] >= first) & (frame["end"] <= last)
        return frame[~apart & ~inside]

    def _undated(self, topic: str, frame: pd.DataFrame, unit: str) -> Figure:
        return Figure(self._id(topic, "undated"), len(self._partly(frame)), unit)

    def _sum(
        self,
        topic: str,
        name: str,
        rows: pd.DataFrame,
        known: pd.DataFrame,
        unit: str,
        by: str = "",
        key: str = "",
        *,
        of: str = "",
    ) -> Figure:
        """Sum of a column over records, which may all lack it."""
        column = of or name
        if len(rows) and rows[column].isna().all():
            return Figure(self._id(topic, name, by, key), Absent.UNKNOWN, unit)
        number = int(rows[column].sum())
        note = _lacking(rows, column)
        return self._figure(topic, name, number, unit, by, key, known=known, note=note)

    def _not_counted(
        self, topic: str, rows: pd.DataFrame, known: pd.DataFrame, code: str
    ) -> Figure:
        number = int(rows["quantity"].isna().sum())
        return self._figure(topic, "not_counted", number, "records", "class", code, known=known)

    def _figure(
        self,
        topic: str,
        name: str,
        number: int,
        unit: str,
        by: str = "",
        key: str = "",
        *,
        known: pd.DataFrame,
        note: str = "",
    ) -> Figure:
        # A register that holds no such record at all has not counted 0: it has not counted.
        value = number if len(known) else Absent.NOT_RECORDED
        return Figure(self._id(topic, name, by, key), value, unit, note)

    def _id(self, topic: str, name: str, by: str = "", key: str = "") -> str:
        """Id of a figure; what is held on a day has no first day."""
        first = None if topic == "stockpile" and name in _LEVELS else self.since
        return str(FigureId(topic, name, self.seq, first, self.until, by, key))


def behind(figure: FigureId) -> list[str]:
    """References of the records behind a figure of victims, education, ordnance or stockpile.

    Parameters
    ----------
    figure
        Its id.

    Returns
    -------
    list of str
        Such as ``VI-3``; no personal data.

    Raises
    ------
    RegisterError
        When the figure is none of these, or names no day.
    """
    if figure.until is None:
        raise RegisterError(f"{figure} names no period; figures about people have one")
    since = figure.since or date.min
    return HumanFigures(since, figure.until, figure.seq).behind(figure)


def _frame(record_type: str, columns: Sequence[str], seq: int) -> pd.DataFrame:
    """Records of a type as known at an entry: id, uid, reference, dates and these columns."""
    from .models import RECORDS

    model: Any = RECORDS[record_type]
    names = ("id", "uid", "date_start", "date_end", *columns)
    rows = knowledge.rows(record_type, names, seq=seq)
    frame = pd.DataFrame(rows, columns=["id", "uid", "start", "end", *columns], dtype=object)
    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    frame["ref"] = [f"{model.schema.prefix}-{number}" for number in frame["id"]]
    return frame


def _only(frame: pd.DataFrame, by: str, key: str) -> pd.DataFrame:
    return frame[frame[VICTIMS_BY[by][0]] == key] if by else frame


def _fate(frame: pd.DataFrame, figure: FigureId) -> pd.DataFrame:
    return frame[frame["consequence"] == figure.column] if figure.column in _FATES else frame


def _lacking(rows: pd.DataFrame, column: str) -> str:
    lacking = int(rows[column].isna().sum())
    return f"{lacking} of {len(rows)} records do not say" if lacking else ""
