"""Title, publisher, byline, agency, place line and date of a report, each with how it was found."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from landrelease.evidence import datelines
from landrelease.evidence.months import MONTHS
from landrelease.evidence.text import blank_out, paragraphs

_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_DATES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ISO date", re.compile(rf"\b{_YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?!\d)")),
    ("long date", re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b", re.IGNORECASE)),
    ("long date", re.compile(rf"\b{_DAY}\s+{_MONTH},?\s+{_YEAR}\b", re.IGNORECASE)),
    (
        "long date",
        re.compile(
            rf"(?<!\d)(?P<day>\d{{1,2}})(?:er|º|°)?\s+(?:de\s+)?{_MONTH}"
            r"(?:\s*/\s*[\u0621-\u064a]+(?: [\u0621-\u064a]+)?)?"  # the other name of the month
            r",?\s+(?:del?\s+)?(?P<year>(?:19|20|١٩|٢٠)\d{2})(?!\d)",
            re.IGNORECASE,
        ),
    ),
    ("numeric date", re.compile(rf"\b(?P<first>\d{{1,2}})[/.](?P<second>\d{{1,2}})[/.]{_YEAR}\b")),
)
_MONTH_YEAR = re.compile(rf"\b{_MONTH},?\s+{_YEAR}\b", re.IGNORECASE)
_MONTH_DAY = re.compile(
    rf"\b(?:{_MONTH}\s+{_DAY}"
    r"|(?P<day2>\d{1,2})(?:er)?\s+(?:de\s+)?(?P<month2>[^\W\d_]{3,12})\.?)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:^|\n)[ \t]*(?:last\s+)?(?:posted|published|updated|issued|date|dated|released"
    r"|publicado(?:\s+el)?|fecha|publié(?:e)?(?:\s+le)?|опубликовано|дата|опубліковано"
    r"|نشر|نُشر|تاريخ النشر)\b"
    r"(?:\s+(?:on|at|في|بتاريخ))?[:\s]{0,4}(?P<rest>[^\n]{6,60})",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"^[ \t>*]*(?:date|sent|fecha|enviado|envoyé|дата|отправлено|надіслано|التاريخ)\b"
    r"[*: ]+(?P<rest>[^\n]{6,80})",
    re.IGNORECASE | re.MULTILINE,
)
#: Kinds of boilerplate that hold other people's words.
_OTHERS_WORDS = frozenset(
    {"comments", "quoted_reply", "forwarded_header", "unsubscribe", "signature"}
)
# News agencies by the names that credit lines use. "AP" is also the field's word for
# anti-personnel, so short forms count only in brackets, in credits and after "told".
AGENCIES = {
    "afp": "AFP", "agence france-presse": "AFP", "agence france presse": "AFP",
    "ap": "AP", "associated press": "AP", "the associated press": "AP",
    "reuters": "Reuters", "thomson reuters": "Reuters", "thomson reuters foundation": "Reuters",
    "upi": "UPI", "dpa": "dpa", "efe": "EFE", "ansa": "ANSA", "tass": "TASS", "itar-tass": "TASS",
    "ria novosti": "RIA Novosti", "interfax": "Interfax", "interfax-ukraine": "Interfax-Ukraine",
    "ukrinform": "Ukrinform", "unian": "UNIAN", "xinhua": "Xinhua", "kyodo": "Kyodo",
    "kyodo news": "Kyodo", "yonhap": "Yonhap", "anadolu": "Anadolu", "anadolu agency": "Anadolu",
    "pti": "PTI", "ians": "IANS", "ani": "ANI", "bernama": "Bernama", "antara": "Antara",
    "irna": "IRNA", "sana": "SANA", "hina": "HINA", "fena": "FENA", "tanjug": "Tanjug",
    "belga": "Belga", "anp": "ANP", "apa": "APA", "pap": "PAP", "bns": "BNS", "lusa": "Lusa",
    "pa media": "PA Media", "press association": "PA Media", "the canadian press":
    "The Canadian Press", "canadian press": "The Canadian Press", "irin": "IRIN",
    "тасс": "TASS", "риа новости": "RIA Novosti", "интерфакс": "Interfax",
    "інтерфакс-україна": "Interfax-Ukraine", "интерфакс-украина": "Interfax-Ukraine",
    "укринформ": "Ukrinform", "укрінформ": "Ukrinform", "уніан": "UNIAN", "униан": "UNIAN",
    "рейтер": "Reuters", "рейтерс": "Reuters", "رويترز": "Reuters", "أ ف ب": "AFP", "ا ف ب": "AFP",
    "فرانس برس": "AFP", "أسوشيتد برس": "AP", "سانا": "SANA", "الأناضول": "Anadolu",
    "akp": "AKP", "vna": "VNA", "khaama press": "Khaama Press", "bloomberg": "Bloomberg",
}  # fmt: skip

_OUTLET = r"(?P<name>(?-i:(?:the )?[A-Z0-9][\w&'’-]*(?: (?:of |the )?[A-Z0-9][\w&'’-]*){0,4}))"
_TOLD = re.compile(rf"\b(?:told|tells|interview with|speaking to|in comments to) {_OUTLET}", re.I)
_FIRST_REPORTED = re.compile(
    rf"\bfirst (?:reported|revealed|published|disclosed) (?:\w+ )?(?:by|in) {_OUTLET}", re.I
)
_CONTRIBUTED = re.compile(
    rf"^(?:source|copyright|©|with|from)\s*:?\s*(?:\d{{4}}\s*)?{_OUTLET}", re.I
)
_MESSAGE = re.compile(
    rf"\b(?:a message from|supporting|subscribe to|original article on) {_OUTLET}", re.I
)
_COPYRIGHT = re.compile(rf"(?:©|\bcopyright\b)\s*(?:\(c\)\s*)?(?:\d{{4}}[,\s]+)?{_OUTLET}", re.I)
_BYLINE = re.compile(
    r"^(?:by|written by|reported by|text by)\s+(?P<name>(?-i:[A-Z])[^\n.!?|]{2,80})$", re.I
)


@dataclass(frozen=True)
class Published:
    """When a report was published.

    Attributes
    ----------
    value : str or None
        ISO 8601 date, cut to its precision ("2024-11-20", "2024-11", "2024"); None when the
        year is not known.
    precision : str or None
        'day', 'month', 'year', or None with `value`.
    found : str
        How it was found, for people.
    month_day : (int, int) or None
        Month and day of a place line that states no year.
    """

    value: str | None
    precision: str | None
    found: str
    month_day: tuple[int, int] | None = None

    def date(self) -> dt.date | None:
        """Give the day, where the day is known.

        Returns
        -------
        datetime.date or None
            None for any coarser precision.
        """
        if self.precision != "day" or self.value is None:
            return None
        return dt.date.fromisoformat(self.value)


@dataclass(frozen=True)
class Metadata:
    """What the words of a report say about the report itself.

    Attributes
    ----------
    title, publisher, byline, agency, place_line : str or None
        None when the text does not say.
    published : Published or None
        None when the text has no date line.
    """

    title: str | None
    publisher: str | None
    byline: str | None
    agency: str | None
    published: Published | None
    place_line: str | None


def read(text: str, boilerplate: Sequence[tuple[int, int, str]]) -> Metadata:
    """Read the metadata of a report from its own words.

    Parameters
    ----------
    text : str
        The kept text.
    boilerplate : sequence of (int, int, str)
        Spans set apart, as `boilerplate.find` gives them.

    Returns
    -------
    Metadata
        Nothing is guessed: what the text does not say is None.
    """
    # What was set apart with several paragraphs in it says nothing of the report itself.
    several = [(start, end) for start, end, kind in boilerplate if kind in _OTHERS_WORDS]
    read_in = blank_out(text, several, "\n") if several else text
    blocks = paragraphs(read_in)
    whole = set(blocks)
    apart = {start: kind for start, end, kind in boilerplate if (start, end) in whole}
    content = [text[start:end] for start, end in blocks if start not in apart]
    dateline = next((m for m in map(datelines.match, content[:4]) if m is not None), None)
    byline = next(
        (m["name"].strip() for s, e in blocks[:12] if (m := _BYLINE.match(text[s:e]))), None
    )
    credit = _credit(dateline)
    return Metadata(
        title=_title(text, blocks, apart, dateline),
        publisher=_publisher(text, boilerplate, credit),
        byline=byline,
        agency=_agency(content, credit, byline),
        published=_published(read_in, dateline, text) or _forwarded(text, boilerplate),
        place_line=None if dateline is None else dateline["place"].strip(" ,"),
    )


def agency_name(name: str | None) -> str | None:
    """Give the usual name of a news agency.

    Parameters
    ----------
    name : str or None
        A name as a text prints it.

    Returns
    -------
    str or None
        None when it is not an agency this module knows.
    """
    if name is None:
        return None
    key = name.strip().replace("’", "'").casefold().removesuffix("'s")
    return AGENCIES.get(key) or AGENCIES.get(key.removeprefix("the "))


def told(text: str) -> list[str]:
    """List the outlets that a text says were told something ("told AFP", "told the Herald").

    Parameters
    ----------
    text : str
        Report text.

    Returns
    -------
    list of str
        Names as printed, in order, without the article.
    """
    return [_bare(m["name"]) for m in _TOLD.finditer(text)]


def first_reported_by(text: str) -> str | None:
    """Find who a text says first reported the matter.

    Parameters
    ----------
    text : str
        Report text.

    Returns
    -------
    str or None
        The name without its article.
    """
    match = _FIRST_REPORTED.search(text)
    return None if match is None else _bare(match["name"])


def _bare(name: str) -> str:
    return re.sub(r"^the\s+", "", name.strip(), flags=re.I).removesuffix("'s").removesuffix("’s")


def _credit(dateline: re.Match[str] | None) -> str | None:
    if dateline is None:
        return None
    credit = dateline["credit"] or (dateline["slash"] or "").strip("/") or None
    return credit.strip() if credit else None


def _title(
    text: str,
    blocks: Sequence[tuple[int, int]],
    apart: dict[int, str],
    dateline: re.Match[str] | None,
) -> str | None:
    """The first paragraph, where it is short, unpunctuated and followed by another."""
    first = next(((s, e) for s, e in blocks if s not in apart), None)
    if first is None or len(blocks) < 2:
        return None
    line = text[first[0] : first[1]]
    if len(line) > 200 or line[-1] in '.:;,"”' or (dateline is not None and dateline[0] in line):
        return None
    return line


def _publisher(
    text: str, boilerplate: Sequence[tuple[int, int, str]], credit: str | None
) -> str | None:
    """A publisher names itself in its furniture; a credit that is no agency is one too."""
    for start, end, _ in boilerplate:
        for pattern in (_MESSAGE, _COPYRIGHT):
            match = pattern.search(text, start, end)
            if match is not None:
                return re.sub(r"\s+", " ", match["name"]).strip()
    if credit is not None and agency_name(credit.split("/")[0]) is None:
        return credit
    return None


def _agency(content: Sequence[str], credit: str | None, byline: str | None) -> str | None:
    for name in (credit, credit.split("/")[0] if credit else None, byline):
        found = agency_name(name)
        if found:
            return found
    for paragraph in content:
        for name in told(paragraph):
            found = agency_name(name) or agency_name(name.split(" ")[0])
            if found:
                return found
    for paragraph in [*content[:3], *content[-2:]]:
        match = re.search(r"\(([A-Z][A-Za-z ]{1,24})\)|[–—-] ?([A-Z][A-Za-z]{1,24})\.?$", paragraph)
        if match is not None:
            found = agency_name(match[1] or match[2])
            if found and (match[2] or match.start() < 80 or match.end() >= len(paragraph) - 1):
                return found
        match = _CONTRIBUTED.match(paragraph)
        if match is not None and agency_name(match["name"]):
            return agency_name(match["name"])
    return None


def _published(text: str, dateline: re.Match[str] | None, whole: str) -> Published | None:
    label = _LABEL.search(text, 0, 3000)
    if label is not None:
        found = parse_date(label["rest"][:40], "date line")
        if found is not None:
            return found
    if dateline is not None and dateline["date"]:
        found = parse_date(dateline["date"], "place line")
        if found is not None:
            return found
        match = _MONTH_DAY.search(dateline["date"])
        if match is not None:
            return _without_year(match, whole)
    for start, end in paragraphs(text[:3000])[:6]:
        line = text[start:end]
        if len(line) <= 60:  # a line that holds little but a date
            found = parse_date(line, "date line")
            if found is not None and found.precision == "day":
                return found
    return None


def _forwarded(text: str, boilerplate: Sequence[tuple[int, int, str]]) -> Published | None:
    """The day of a forwarded message, from the headers that stand in front of it."""
    for start, end, kind in boilerplate:
        if kind == "forwarded_header":
            match = _SENT.search(text, start, end)
            if match is not None:
                return parse_date(match["rest"], "headers of the forwarded message")
    return None


def _without_year(match: re.Match[str], text: str) -> Published | None:
    """A day without a year takes the year only from the same day written in full in the text."""
    month = MONTHS.get((match["month"] or match["month2"]).lower().rstrip("."))
    day = int(match["day"] or match["day2"])
    if month is None or not _valid(2024, month, day):
        return None
    years = set()
    for name, pattern in _DATES:
        for other in pattern.finditer(text[:100_000]):
            parts = _parts(other, name)
            if parts is not None and parts[1:] == (month, day):
                years.add(parts[0])
    if len(years) == 1:
        value = dt.date(years.pop(), month, day).isoformat()
        return Published(value, "day", "place line; year from the same day elsewhere in the text")
    return Published(None, None, "place line states no year", (month, day))


def parse_date(text: str, where: str) -> Published | None:
    """Read the first full or partial date of a short text.

    Parameters
    ----------
    text : str
        A date line, a place line or an attribute of a page.
    where : str
        Where it stood; becomes part of ``found``.

    Returns
    -------
    Published or None
        A numeric date whose day and month can be confused keeps only its year.
    """
    for name, pattern in _DATES:
        match = pattern.search(text)
        if match is None:
            continue
        parts = _parts(match, name)
        if parts is not None:
            return Published(dt.date(*parts).isoformat(), "day", f"{where}, {name}")
        if name == "numeric date":
            note = f"{where}, numeric date whose day and month can be confused"
            return Published(match["year"], "year", note)
    match = _MONTH_YEAR.search(text)
    if match is not None:
        value = f"{match['year']}-{MONTHS[match['month'].lower()]:02d}"
        return Published(value, "month", f"{where}, month and year")
    return None


def _parts(match: re.Match[str], name: str) -> tuple[int, int, int] | None:
    year = int(match["year"])
    if name == "numeric date":
        first, second = int(match["first"]), int(match["second"])
        if first > 12:
            month, day = second, first
        elif second > 12 or first == second:
            month, day = first, second
        else:
            return None
    elif name == "ISO date":
        month, day = int(match["month"]), int(match["day"])
    else:
        month, day = MONTHS[match["month"].lower()], int(match["day"])
    return (year, month, day) if _valid(year, month, day) else None


def _valid(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True
