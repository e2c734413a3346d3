"""The land of one scope over one period, by administrative unit, as a report prints it.

Areas come from the ledger lines (:func:`landrelease.land.statement`), numbers of areas from
:func:`landrelease.land.counts`; what has no polygon is added from the records. Nothing is computed
as what is left over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from landrelease import land
from landrelease.land import FigureId, accounts
from landrelease.land.counts import (
    COUNT_MEMOS,
    COUNT_TERMS,
    Acts,
    Areas,
    CountRow,
    Counts,
    counts,
)
from landrelease.treaty.tables import SCOPE_CLASSES, SCOPE_LABELS, Absent, Figure
from landrelease.treaty.tables.inputs import ExcludedLand, LandScope, Line, Units

from . import acts, area_only, balances, codes, counted, knowledge, land_events, scopes, shares
from .models import LandAct

_RELEASED: Final = ("cancelled", "reduced", "cleared", "released_not_recorded")
_IDENTIFIED: Final = ("newly_identified", "extended", "reopened")
_M2_A_MM2: Final = Decimal(1_000_000)


@dataclass(frozen=True)
class Period:
    """A period and what is known of it.

    Attributes
    ----------
    since, until
        First and last day; None where the period has no such bound.
    seq
        Last journal entry known.
    level
        Administrative level of the rows; the finest by default.
    """

    since: date | None
    until: date | None
    seq: int
    level: int | None = None


class LandFigures:
    """Figures of the land of one period.

    Parameters
    ----------
    period
        The period.
    grounds
        Ledgers of scopes that were loaded before, as known at the same entry.
    """

    def __init__(
        self, period: Period, grounds: dict[str, scopes.ScopedGround] | None = None
    ) -> None:
        self.period = period
        #: Ledgers of the scopes looked at so far; they do not depend on the days of the period.
        self.grounds = {} if grounds is None else grounds
        self._events: land.Events | None = None
        units = shares.units(period.seq)
        #: The boundaries of the report date (rule 11); None where no unit is in force.
        self.epoch = shares.epoch_on(units, period.level, period.until)
        before = self.epoch
        if period.since is not None:
            before = shares.epoch_on(units, period.level, period.since - timedelta(days=1))
        reformed = before is not None and self.epoch is not None
        self._before = before if reformed and before.sha256 != self.epoch.sha256 else None

    @property
    def units(self) -> Units:
        """The units of the rows."""
        if self.epoch is None:
            return Units("no level", 0, self.period.until)
        level = self.epoch.level
        words = "no recorded level" if level is None else f"level {level}"
        return Units(words, len(self.epoch.units), self.period.until)

    @cached_property
    def _labels(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for epoch in (self._before, self.epoch):
            found |= {} if epoch is None else {unit.key: unit.name for unit in epoch.units}
        return found

    def ground(self, name: str) -> scopes.ScopedGround:
        """The ledger of a scope; read once.

        Parameters
        ----------
        name
            Name of the scope, as of :meth:`scope`.
        """
        if name not in self.grounds:
            self.grounds[name] = scopes.ground(name, self.period.seq)
        return self.grounds[name]

    # --- a scope ----------------------------------------------------------------------------------

    def scope(self, name: str, *, by_unit: bool = True, measure: bool = False) -> LandScope:
        """All figures of a scope.

        Parameters
        ----------
        name
            ``mine_ban``, a contamination class, ``not_recorded`` or ``any``.
        by_unit
            Whether rows by unit are wanted.
        measure
            Whether the closing is to be measured on the geometry as well.
        """
        period = self.period
        ground = self.ground(name)
        of_units = ground.shares(self.epoch) if by_unit else None
        stated = land.statement(
            ground.lines,
            period.since,
            period.until,
            shares=of_units,
            opening_shares=(
                ground.shares(self._before) if by_unit and self._before is not None else None
            ),
            scope=ground.scope,
        )
        numbers = self.counts(name, by_unit=by_unit)
        flows = self._flows_known(ground)
        placeless = self._declared_released(name)
        rows = {row.key: row for row in stated.rows}
        numbered = {row.key: row for row in numbers.rows}
        sizes = self._without_polygon(name)

        def line(key: str, label: str, by: str) -> Line:
            return self._line(
                name,
                (by, key),
                label,
                stated.total if not by else rows.get(key),
                numbers.total if not by else numbered.get(key),
                sizes[key if by else ""],
                placeless[key if by else ""],
                flows,
            )

        units = sorted(self._labels, key=lambda key: (self._labels[key], key))
        special = (balances.OUTSIDE_ALL, balances.NO_PLACE)
        found = LandScope(
            scope=name,
            label=SCOPE_LABELS.get(name, name),
            units=tuple(line(key, self._labels[key], "unit") for key in units if by_unit),
            special=tuple(
                line(key, key[0].upper() + key[1:], "unit") for key in special if by_unit
            ),
            total=line("total", "Total", ""),
            statement=self._statement(name, stated.total, flows),
            counts=self._counts(name, numbers.total),
            residual=Figure("", stated.residual + numbers.residual, "mm2"),
            closing_measured=self._measured(name, ground) if measure else {},
        )
        return _not_recorded(found) if self._classes_unrecorded(name) else found

    def counts(self, name: str, *, by_unit: bool = False) -> Counts:
        """Numbers of areas of a scope by what made them open or closed (rule 10).

        Parameters
        ----------
        name
            Name of the scope, as of :meth:`scope`.
        by_unit
            Whether rows by unit are wanted. An area counts in each unit where it has open ground,
            so that the rows may sum to more than the total.
        """
        ground = self.ground(name)
        areas = self.areas(name, ground)
        return counts(
            areas,
            ground.lines,
            self.land_acts,
            self.period.since,
            self.period.until,
            keys=self.place_of(areas) if by_unit else None,
            shares=ground.shares(self.epoch) if by_unit else None,
            scope=ground.scope,
        )

    def _classes_unrecorded(self, name: str) -> bool:
        """Whether no area names a class of the scope, while areas name no class at all.

        A 0 would then say that there is no such contamination, which nobody has said.
        """
        if name in ("any", "not_recorded"):
            return False
        return self.of_scope(name).empty and not self.of_scope("not_recorded").empty

    def _measured(self, name: str, ground: scopes.ScopedGround) -> dict[str, Figure]:
        """Open ground at the end of the period as the dissolved geometry says (rule 12)."""
        if self._events is None:
            self._events = land_events.all_events(self.period.seq)
        found = land.measured(ground.events_of(self._events), self.period.until, ground.scope)
        suspected, confirmed = float(found.suspected.sum()), float(found.confirmed.sum())
        return {
            account: Figure("", round(mm2), "mm2")
            for account, mm2 in (
                ("suspected", suspected),
                ("confirmed", confirmed),
                ("open", suspected + confirmed),
            )
        }

    def _line(
        self,
        name: str,
        by: tuple[str, str],
        label: str,
        row: land.StatementRow | None,
        number: CountRow | None,
        sizes: _Sizes,
        placeless: counted.Numbers,
        flows: _Flows,
    ) -> Line:
        def fid(column: str, *, topic: str = "land", flow: bool = False) -> str:
            return self.id(topic, column, by=by, scope=name, flow=flow)

        def stock(column: str) -> int:
            return 0 if row is None else row.closing[column]

        def term(column: str) -> int:
            if row is None:
                return 0
            own = column if column in _RELEASED else "open"
            return row.terms[column][own]

        memos = dict.fromkeys(COUNT_MEMOS, 0) if number is None else number.memos
        mapped = stock("open")
        found = {
            "suspected": Figure(fid("suspected"), stock("suspected"), "mm2"),
            "confirmed": Figure(fid("confirmed"), stock("confirmed"), "mm2"),
            "mapped": Figure(fid("open"), mapped, "mm2"),
            "declared": Figure(fid("declared_only"), sizes.declared, "m2"),
            "mapped_and_declared": Figure(
                fid("open_and_declared"), mapped / _M2_A_MM2 + sizes.declared, "m2"
            ),
            "suspected_areas": Figure(fid("suspected", topic="areas"), memos["suspected"], "areas"),
            "confirmed_areas": Figure(fid("confirmed", topic="areas"), memos["confirmed"], "areas"),
            "declared_areas": Figure(
                fid("declared_only", topic="areas"), sizes.declared_areas, "areas"
            ),
            "unknown_size": Figure(fid("unknown_size", topic="areas"), sizes.unknown, "areas"),
        }
        for column in _RELEASED:
            value = term(column) if flows.released else Absent.NOT_RECORDED
            found[column] = Figure(fid(column, flow=True), value, "mm2")
        found["declared_released"] = Figure(
            fid("declared_released", flow=True), placeless.declared_released_m2, "m2"
        )
        for column in _IDENTIFIED:
            value = term(column) if flows.identified else Absent.NOT_RECORDED
            found[column] = Figure(fid(column, flow=True), value, "mm2")
        return Line(by[1], label, found)

    def _statement(
        self, name: str, row: land.StatementRow, flows: _Flows
    ) -> dict[str, dict[str, Figure]]:
        out: dict[str, dict[str, Figure]] = {}
        for account in ("suspected", "confirmed", "open"):
            terms = {"opening": row.opening[account]}
            terms |= {term: row.terms[term][account] for term in land.TERMS}
            terms["closing"] = row.closing[account]
            out[account] = {
                term: Figure(
                    self.id("land", f"{term}.{account}", scope=name, flow=True),
                    Absent.NOT_RECORDED if flows.unknown(term) and not value else value,
                    "mm2",
                )
                for term, value in terms.items()
                # A reform moves ground between units, never into or out of the programme.
                if term != "boundary_reform"
            }
        return out

    def _counts(self, name: str, row: CountRow) -> dict[str, Figure]:
        numbers = {"opening": row.opening, **row.terms, "closing": row.closing}
        return {
            term: Figure(self.id("areas", term, scope=name, flow=True), number, "areas")
            for term, number in numbers.items()
            if term in ("opening", "closing", *COUNT_TERMS) and term != "located"
        }

    def id(
        self,
        topic: str,
        column: str,
        *,
        by: tuple[str, str] = ("", ""),
        scope: str = "any",
        flow: bool = False,
    ) -> str:
        """Id of a figure of this period."""
        return str(
            FigureId(
                topic,
                column,
                self.period.seq,
                self.period.since if flow else None,
                self.period.until,
                by[0],
                by[1] if by[0] else "",
                scope,
            )
        )

    # --- what is known of flows -------------------------------------------------------------------

    def _flows_known(self, ground: scopes.ScopedGround) -> _Flows:
        """Whether a 0 in a flow says that nothing happened, or that no date was recorded."""
        on = ground.lines.on[ground.in_scope]
        kind = ground.lines.kind[ground.in_scope].astype(str)
        released = np.isin(kind, (*_RELEASED, "historic"))
        first, last = np.datetime64(self.period.since, "D"), np.datetime64(self.period.until, "D")
        within = ~np.isnat(on) & (on >= first) & (on <= last)
        undated_releases = bool((released & np.isnat(on)).any()) or self.undated_reports > 0
        undated_hazards = bool((~released & np.isnat(on)).any())
        return _Flows(
            released=bool((released & within).any()) or not undated_releases,
            identified=bool((~released & ~np.isnat(on)).any()) or not undated_hazards,
        )

    @cached_property
    def waiting(self) -> pd.DataFrame:
        """Reports of released land that moved nothing: uid, date, area."""
        rows = counted.waiting(seq=self.period.seq)
        return pd.DataFrame(rows, columns=["uid", "end", "area", "unit"], dtype=object)

    @property
    def undated_reports(self) -> int:
        """Those of them without a date."""
        return int(self.waiting["end"].isna().sum())

    # --- hazards ----------------------------------------------------------------------------------

    @cached_property
    def hazards(self) -> pd.DataFrame:
        """Hazardous areas on record at the end of the period, as known; indications without area
        are none (:attr:`indications`)."""
        names = (
            "uid", "id", "area_mm2", "declared_m2", "type", "classes", "date_start",
            "geometry_state", "location_origin",
        )  # fmt: skip
        rows = knowledge.rows("hazard", names, seq=self.period.seq)
        frame = pd.DataFrame(rows, columns=list(names), dtype=object)
        return frame[frame["type"] != codes.INDICATION]

    @cached_property
    def indications(self) -> int:
        """Indications without area that stand at the end of the period, as known."""
        every = counted.Hazards(seq=self.period.seq, as_of=self.period.until)
        none = counted.Claims(*(np.empty(0, dtype=t) for t in (object, object, np.int64)))
        return sum(numbers.indications for numbers in every.at_once(none).values())

    def of_scope(self, name: str) -> pd.DataFrame:
        """Hazards that name a class of a scope, or none where the scope is that."""
        frame = self.hazards
        if name == "any":
            return frame
        wanted = set(SCOPE_CLASSES.get(name, (name,)))
        named = frame["classes"].fillna("not_recorded").str.split("|")
        return frame[[bool(wanted.intersection(codes_)) for codes_ in named]]

    @cached_property
    def _first_days(self) -> acts.FirstDays:
        return acts.FirstDays()

    def areas(self, name: str, ground: scopes.ScopedGround) -> Areas:
        """Every hazard on record, as the counts of a scope want them; voided ones too.

        Parameters
        ----------
        name
            Name of the scope.
        ground
            Its ledger.
        """
        frame = self.hazards
        wanted = SCOPE_CLASSES.get(name)
        mask = accounts.ALL_CLASSES if wanted is None else land.class_mask(wanted)
        by_text = {
            text: land.class_mask(text.split("|")) if text else accounts.NOT_RECORDED
            for text in frame["classes"].fillna("").unique()
        }
        named = frame["classes"].fillna("").map(by_text).to_numpy(dtype=np.uint8)
        if ground.scope == "any" and name != "any":
            named = named & np.uint8(mask)
        uids = frame["uid"].to_numpy(dtype=object)
        first = [
            self._first_days.of(uid, None if pd.isna(on) else on)
            for uid, on in zip(uids.tolist(), frame["date_start"].tolist(), strict=True)
        ]
        return Areas(
            uid=uids,
            first=np.array([None if pd.isna(day) else day for day in first], dtype="datetime64[D]"),
            confirmed=(frame["type"] == "CHA").to_numpy(dtype=bool),
            classes=np.asarray(named, dtype=np.uint8),
        )

    @cached_property
    def land_acts(self) -> Acts:
        """Splits, merges and voids of hazards, as known."""
        rows = LandAct.objects.filter(seq__lte=self.period.seq, act__in=list(acts.CAUSE_OF))
        found = list(rows.order_by("seq", "id").values_list("hazard_uid", "act", "on"))
        return Acts(
            uid=np.array([uid for uid, _, _ in found], dtype=object),
            act=np.array([acts.CAUSE_OF[act] for _, act, _ in found], dtype=object),
            on=np.array([on for _, _, on in found], dtype="datetime64[D]"),
            opens=np.array(
                [act in (acts.ABSORBED, acts.SPLIT_FROM) for _, act, _ in found], dtype=bool
            ),
        )

    # --- what has no polygon ----------------------------------------------------------------------

    @cached_property
    def unplaced(self) -> counted.Counts:
        """Counts of each hazard without a polygon, by its id and that of the unit it lies in."""
        held = set(self.hazards["uid"][self.hazards["area_mm2"].notna()])
        every = counted.Hazards(seq=self.period.seq, as_of=self.period.until)
        none = counted.Claims(*(np.empty(0, dtype=t) for t in (object, object, np.int64)))
        every.rows = [row for row in every.rows if row[0] not in held]
        return every.by_unit(none, self.epoch)

    def _key(self, unit_uid: str) -> str:
        if unit_uid == shares.OUTSIDE:
            return balances.OUTSIDE_ALL
        if unit_uid == shares.NOWHERE or self.epoch is None:
            return balances.NO_PLACE
        return next(unit.key for unit in self.epoch.units if unit.uid == unit_uid)

    def place_of(self, areas: Areas) -> np.ndarray:
        """Key of the unit in which each area lies as long as it has no polygon."""
        keys = {unit: self._key(unit) for unit in {unit for _, unit in self.unplaced}}
        place = {uid: keys[unit] for uid, unit in self.unplaced}
        return np.array(
            [place.get(uid, balances.NO_PLACE) for uid in areas.uid.tolist()], dtype=object
        )

    def _without_polygon(self, name: str) -> Mapping[str, _Sizes]:
        """Sizes of areas without a polygon by key of unit; the empty key is the programme."""
        wanted = set(self.of_scope(name)["uid"])
        found: dict[str, _Sizes] = defaultdict(_Sizes)
        for (uid, unit), numbers in self.unplaced.items():
            if uid in wanted and numbers.open_areas:
                found[self._key(unit)] += numbers
                found[""] += numbers
        return found

    def _declared_released(self, name: str) -> Mapping[str, counted.Numbers]:
        """What reports without a polygon state as released in the period (rule 8), by key of the
        unit; the empty key is the programme."""
        period = self.period
        reports = area_only.reports(
            seq=period.seq, since=period.since, until=period.until, scope=name
        )
        found: dict[str, counted.Numbers] = defaultdict(counted.Numbers)
        for (_, unit), numbers in area_only.by_unit(reports, self.epoch, period.seq).items():
            found[self._key(unit)].add(numbers)
            found[""].add(numbers)
        return found

    # --- classes ----------------------------------------------------------------------------------

    def classes(self) -> tuple[Line, ...]:
        """Open land of each class by itself."""
        labels = {**codes.CLASSES, "not_recorded": "Not recorded"}
        return tuple(
            Line(code, label, self.scope(code, by_unit=False).total.figures)
            for code, label in labels.items()
        )

    def excluded(self, name: str) -> ExcludedLand:
        """Open areas of which no class is in a scope, by their combination of classes."""
        inside = set(self.of_scope(name)["uid"]) | set(self.of_scope("not_recorded")["uid"])
        frame = self.hazards[~self.hazards["uid"].isin(inside)]
        by_uid = dict(zip(frame["uid"], frame["classes"], strict=True))
        opened = self.open_claims(by_uid.keys())
        sizes: dict[str, _Sizes] = defaultdict(_Sizes)
        for (uid, _), numbers in self.unplaced.items():
            if uid in by_uid and numbers.open_areas:
                sizes[by_uid[uid]] += numbers
        lines = []
        for combination in sorted(set(by_uid.values())):
            areas = [opened.get(uid, 0) for uid, named in by_uid.items() if named == combination]
            size = sizes[combination]
            words = ", ".join(codes.CLASSES[code] for code in combination.split("|"))
            by = ("classes", combination)
            number = sum(mm2 > 0 for mm2 in areas) + size.unknown + size.declared_areas
            lines.append(
                Line(
                    combination,
                    words,
                    {
                        "areas": Figure(self.id("areas", "open", by=by), number, "areas"),
                        "open": Figure(self.id("land", "open_claims", by=by), sum(areas), "mm2"),
                        "declared": Figure(
                            self.id("land", "declared_only", by=by), size.declared, "m2"
                        ),
                        "unknown_size": Figure(
                            self.id("areas", "unknown_size", by=by), size.unknown, "areas"
                        ),
                    },
                )
            )
        return ExcludedLand(tuple(lines))

    def open_claims(self, uids: Iterable[str]) -> dict[str, int]:
        """Open ground of each of these hazards at the end of the period, mm2, over all classes."""
        wanted = set(uids)
        if not wanted:
            return {}
        ground = self.ground("any")
        rows = np.flatnonzero(
            ground.in_scope & np.isin(ground.lines.hazard.astype(str), list(wanted))
        )
        keys = {uid: uid for uid in set(ground.lines.hazard[rows].tolist())}
        found = land.balance(ground.lines.take(rows), self.period.until, keys)
        return {row.key: row.open for row in found.rows}


def _not_recorded(scope: LandScope) -> LandScope:
    """The same land, with "not recorded" in place of every figure."""

    def blank(figures_: Mapping[str, Figure]) -> dict[str, Figure]:
        return {
            name: replace(figure, value=Absent.NOT_RECORDED) for name, figure in figures_.items()
        }

    def line(given: Line) -> Line:
        return replace(given, figures=blank(given.figures))

    return replace(
        scope,
        units=tuple(map(line, scope.units)),
        special=tuple(map(line, scope.special)),
        total=line(scope.total),
        statement={account: blank(terms) for account, terms in scope.statement.items()},
        counts=blank(scope.counts),
        closing_measured=blank(scope.closing_measured),
    )


@dataclass(frozen=True)
class _Flows:
    """Whether the flows of a period are on record, or their dates are not."""

    released: bool
    identified: bool

    def unknown(self, term: str) -> bool:
        """Whether a 0 in a term does not mean that nothing happened."""
        if term in _RELEASED:
            return not self.released
        return term in _IDENTIFIED and not self.identified


@dataclass(frozen=True)
class _Sizes:
    """Areas without a polygon: sum of stated sizes, how many state one, how many do not."""

    declared: Decimal = Decimal(0)
    declared_areas: int = 0
    unknown: int = 0

    def __add__(self, numbers: counted.Numbers) -> _Sizes:
        return _Sizes(
            self.declared + numbers.declared_only_m2,
            self.declared_areas + (numbers.open_areas - numbers.unknown_size),
            self.unknown + numbers.unknown_size,
        )
