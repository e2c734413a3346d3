"""The treaties and their rules: when each binds, how one leaves it, what is due and when.

A rule is a row of ``data/rules.csv`` with the article and the document it was read in, so that what
is computed with it can say whether it is verified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from .errors import TreatyError
from .sources import Source, sources
from .tablefiles import Line, lines
from .when import add_months, first_of_sixth_month, six_months_after

#: Key, short name and title, in the order in which they are printed.
_TITLES = {
    "apmbc": ("Mine Ban Treaty", "Convention on the Prohibition of Anti-Personnel Mines, 1997"),
    "ccm": ("Cluster Munitions Convention", "Convention on Cluster Munitions, 2008"),
    "ccw": ("CCW", "Convention on Certain Conventional Weapons, 1980"),
    "ap2": ("CCW Amended Protocol II", "Protocol on Mines, Booby-Traps and Other Devices, 1996"),
    "p5": ("CCW Protocol V", "Protocol on Explosive Remnants of War, 2003"),
}

_ALIASES = {
    "mbt": "apmbc",
    "mine ban treaty": "apmbc",
    "mine ban convention": "apmbc",
    "anti-personnel mine ban convention": "apmbc",
    "ottawa convention": "apmbc",
    "ottawa treaty": "apmbc",
    "convention on cluster munitions": "ccm",
    "cluster munitions convention": "ccm",
    "oslo convention": "ccm",
    "convention on certain conventional weapons": "ccw",
    "apii": "ap2",
    "ap ii": "ap2",
    "amended protocol ii": "ap2",
    "protocol v": "p5",
    "pv": "p5",
}

_BINDS: dict[str, Callable[[date], date]] = {
    "first_of_sixth_month": first_of_sixth_month,
    "six_months": six_months_after,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a treaty.

    Attributes
    ----------
    name, value : str
        As in the table.
    article : str
    source : Source
    """

    name: str
    value: str
    article: str
    source: Source

    @property
    def number(self) -> int:
        """The value as a whole number (years, months, days)."""
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Treaty:
    """A treaty with its rules.

    Attributes
    ----------
    key : str
        ``apmbc``, ``ccm``, ``ccw``, ``ap2`` or ``p5``.
    name, title : str
    rules : dict of str to Rule
    """

    key: str
    name: str
    title: str
    rules: dict[str, Rule]

    @property
    def in_force_since(self) -> date:
        """Day on which the treaty itself entered into force; nobody is bound before."""
        return date.fromisoformat(self.rules["in_force_since"].value)

    def binds_on(self, consent: date) -> date:
        """Compute when the treaty binds a state.

        Parameters
        ----------
        consent : datetime.date
            Day of the deposit, or of the notification of consent to be bound.

        Returns
        -------
        datetime.date
            By the treaty's own rule, and not before the treaty itself entered into force.
        """
        return max(_BINDS[self.rules["binds"].value](consent), self.in_force_since)

    def withdrawal_takes_effect(self, received: date) -> date:
        """Compute when a notice of withdrawal takes effect, were there no armed conflict."""
        return add_months(received, self.rules["withdrawal_months"].number)


def treaty(text: str) -> Treaty:
    """Find a treaty by its key or name.

    Parameters
    ----------
    text : str
        ``apmbc``, ``ccm``, ``ccw``, ``ap2``, ``p5``, or a usual name such as "Ottawa Convention".

    Returns
    -------
    Treaty

    Raises
    ------
    TreatyError
        There is no such treaty here.
    """
    wanted = " ".join(text.casefold().split())
    known = treaties()
    for found in known.values():
        if wanted in (found.key, found.name.casefold()):
            return found
    if wanted in _ALIASES:
        return known[_ALIASES[wanted]]
    raise TreatyError(f"{text!r} is no treaty of this register; it knows {', '.join(known)}")


@cache
def treaties() -> dict[str, Treaty]:
    """Give all treaties by key, in the order in which they are printed."""
    rules: dict[str, dict[str, Rule]] = {key: {} for key in _TITLES}
    for line in lines("rules.csv", ("treaty", "rule", "value", "article", "source", "retrieved")):
        rules[line["treaty"]][line["rule"]] = Rule(
            line["rule"], line["value"], line["article"], cited(line)
        )
    return {key: Treaty(key, *names, rules[key]) for key, names in _TITLES.items()}


def cited(line: Line) -> Source:
    """Give the source that a row cites.

    Raises
    ------
    TreatyError
        The row cites a source that is not in the table of sources, or says nothing about when it
        was read.
    """
    source = sources().get(line["source"])
    if source is None:
        raise line.wrong(f"the source {line['source']!r} is not in sources.csv")
    if date.fromisoformat(line["retrieved"]) != source.retrieved:
        raise line.wrong(f"says it was read on {line['retrieved']}, sources.csv {source.retrieved}")
    return source
