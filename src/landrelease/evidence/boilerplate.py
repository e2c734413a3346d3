"""What stands in a report file but is no part of the report: set apart, never removed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from landrelease.evidence import datelines
from landrelease.evidence.text import blank_out, paragraphs

Span = tuple[int, int, str]

_FLAGS = re.IGNORECASE
_APPEAL_START = re.compile(
    r"^(?:a message from .{2,60}:?|dear (?:readers?|friends?|supporters?)\b.{0,20}"
    r"|(?:please )?(?:support|donate to) (?:us|our|independent)\b.*"
    r"|(?:become a|join (?:us|our)).{0,40}(?:member|supporter|subscriber).*"
    r"|if you (?:value|enjoyed|like).{0,80}(?:support|donat|subscri).*)$",
    _FLAGS,
)
_FIRST_PERSON = re.compile(r"\b(?:we|us|our|you|your|me)\b", _FLAGS)
_MONEY_APPEAL = re.compile(r"\b(?:donat\w+|subscri\w+|support(?:ing)? us|contribut\w+)\b", _FLAGS)
_COMMENTS = re.compile(
    r"^(?:leave a |post a |add a |write a )?(?:reader )?comments?\s*(?:\(\s*\d+\s*\))?\s*:?$"
    r"|^(?:no|\d+) comments?(?: yet)?\.?$",
    _FLAGS,
)
_LINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "read_original",
        re.compile(
            r"^(?:read|view|see) the (?:original|full) (?:article|story|version|report)\b.{0,120}$"
            r"|^this (?:article|story) (?:was )?(?:originally|first) (?:appeared|published)\b.*$",
            _FLAGS,
        ),
    ),
    (
        "widget",
        re.compile(
            r"^(?:ai chat|share(?: this.{0,30})?|print|e-?mail|tweet|advertisement|sponsored|"
            r"remind me later|sign up.{0,80}|subscribe.{0,60}|follow us.{0,60}|menu|home|"
            r"back to top|load more|copy link|listen to this article.{0,20}|click here.{0,60}|"
            r"(?:read (?:more|also|next)|also read|related|see also|more on this)\b:?.{0,160})"
            r"[.!]?$",
            _FLAGS,
        ),
    ),
    (
        "editorial_note",
        re.compile(
            r"^\(?(?:this|the) (?:story|article|report) (?:has been|was) (?:updated|corrected|"
            r"amended)\b.*$|^(?:editor['’]s note|correction)\s*:.*$",
            _FLAGS,
        ),
    ),
    (
        "date_line",
        re.compile(
            r"^(?:(?:last )?(?:posted|published|updated|issued|date|released)\b.{0,6}"
            r"(?=.*\d{2}).{4,50}|\d{4}-\d{2}-\d{2}(?:[ T]\d.*)?)$",
            _FLAGS,
        ),
    ),
    (
        "byline",
        re.compile(r"^(?:by|written by|reported by|text by) +(?-i:[A-Z])[^.!?]{2,80}$", _FLAGS),
    ),
    (
        "end_mark",
        re.compile(
            r"^(?-i:(?:END|ENDS|XX|XXX)(?:/[A-Z]{1,6})*/?)$|^(?:#\s*){2,}$|^-\s*30\s*-$"
            r"|^[-–—]?\s*ends\s*[-–—]?$|^(?:[a-z]{2,5}/){1,4}[a-z]{2,5}/?$|^[*=_~-]{3,}$",
            _FLAGS,
        ),
    ),
)
_CREDIT = re.compile(
    r"\bvia (?:Getty|AP|AFP|Reuters)\b|\b(?:Getty Images|Shutterstock)\b"
    r"|(?:^|[\s(\[])(?:Photo|Foto|Image|Picture|File photo|Photograph|Caption)s?"
    r"(?: by| credit)?\s*:"
    r"|\((?:AP|AFP|Reuters)? ?(?:File )?Photo(?:/[^)]*)?\)|\[(?:Photo|File)[^\]]*\]"
    r"|©\s*\S",
)
_DATE_PREFIX = re.compile(
    r"^(?:date|posted|published|updated)\b:?\s*(?:on\s+)?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s+(?=\S)",
    _FLAGS,
)
_BULLET = re.compile(r"^[•‣▪●◦·*–-]\s+\S")
_ATTRIBUTED = re.compile(r"[\"“”«»]|\b(?:said|told|according to)\b", _FLAGS)


_QUOTED_LINE = re.compile(r"^>.*$")
WROTE = re.compile(
    r"^(?:on|am|el|le|в|у)\b.{6,300}"
    r"\b(?:wrote|schrieb|escribió|a écrit|написал\w*|пише|написав\w*)\s*:\s*$"
    r"|^[^\n]{3,120}\bwrote:\s*$",
    _FLAGS,
)
_FORWARD_MARK = re.compile(
    r"^(?:-{2,}\s*)?(?:begin forwarded message|forwarded message|original message|forwarded by\b.*|"
    r"mensaje reenviado|message transféré|пересылаемое сообщение|пересланное сообщение|"
    r"переслане повідомлення|رسالة معاد توجيهها)\s*:?\s*(?:-{2,})?$",
    _FLAGS,
)
_MAIL_HEADER = re.compile(
    r"^[*\s>]*(?:from|to|cc|sent|date|subject|reply-to|de|para|enviado|fecha|asunto|à|envoyé|objet|"
    r"от|кому|дата|тема|від|من|إلى|التاريخ|الموضوع)\s?:\*?\s?.{0,300}$",
    _FLAGS,
)
_UNSUBSCRIBE = re.compile(
    r"\bunsubscrib\w+|\b(?:manage|update) (?:your )?(?:e-?mail |subscription )?preferences\b"
    r"|\byou(?:['’]re| are) receiving this (?:e-?mail|message|newsletter)\b"
    r"|\bview (?:this (?:e-?mail|message|newsletter) )?(?:in|on) (?:your|a) (?:web )?browser\b"
    r"|\bto stop receiving these\b|\bthis (?:e-?mail|message) was sent to \S+@"
    r"|\bdarse de baja\b|\bcancelar (?:la |su )?suscripción\b|\bse désabonner\b|\bse désinscrire\b"
    r"|\bотписаться\b|\bвідписатися\b|إلغاء الاشتراك",
    _FLAGS,
)


def find(text: str) -> tuple[Span, ...]:
    """Find the spans of a kept text that are no part of its report.

    Kinds: ``reader_appeal``, ``comments``, ``widget``, ``read_original``, ``editorial_note``,
    ``date_line``, ``place_line``, ``byline``, ``end_mark``, ``title_repeat``, ``bullet_summary``,
    ``caption``, and of e-mail ``quoted_reply``, ``forwarded_header``, ``unsubscribe``,
    ``signature``. Whole paragraphs, or a date or place in front of one, are set apart, and only by
    what they say themselves: a paragraph that no rule knows stays content. A
    bullet list counts as a summary only before the first running paragraph; a comments heading
    takes what follows only in the last third of the text.

    Parameters
    ----------
    text : str
        A kept text.

    Returns
    -------
    tuple of (int, int, str)
        Start, end and kind, in order, not overlapping.
    """
    found = _of_mail(text)
    whole_text = text
    if found:  # offsets stay; what is set apart parts the paragraphs around it
        text = blank_out(text, [(start, end) for start, end, _ in found], "\n")
    blocks = paragraphs(text)
    found += _title_repeats(text, blocks)
    found += _bullet_summary(text, blocks)
    taken = {start for start, _, _ in found}
    appeal = False
    placed = 0  # running paragraphs seen: a place line stands in front of an early one
    for start, end in blocks:
        if start in taken:
            continue
        line = text[start:end]
        if _COMMENTS.match(line):
            if start * 3 >= len(text.rstrip()) * 2:
                found = [span for span in found if span[1] <= start]
                found.append((start, len(whole_text.rstrip()), "comments"))
                break
            found.append((start, end, "comments"))
            continue
        kind = _line_kind(line)
        appeal = kind != "end_mark" and _is_appeal(line, appeal)
        kind = "reader_appeal" if appeal else kind
        if kind is not None:
            found.append((start, end, kind))
            continue
        prefix = _DATE_PREFIX.match(line)
        if prefix is not None:
            found.append((start, start + prefix.end(), "date_line"))
            start += prefix.end()
        place = datelines.match(text[start:end]) if placed < 4 else None
        placed += 1
        if place is not None:
            found.append((start, start + place.end(), "place_line"))
    return tuple(sorted(found))


def _of_mail(text: str) -> list[Span]:
    """What mail programs add, line by line: quoted replies, headers of what was forwarded, a
    signature, footers that offer to end a subscription.

    What was forwarded is the report, and stays content; what was replied to is not.
    """
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    found: list[Span] = []
    index = 0
    while index < len(lines):
        start, end = lines[index]
        line = text[start:end]
        if line == "-- " and start * 3 >= len(text.rstrip()):
            found.append((start, max(end, len(text.rstrip())), "signature"))
            break
        last = index
        if _QUOTED_LINE.match(line):
            while last + 1 < len(lines) and text[lines[last + 1][0]] == ">":
                last += 1
            if last > index or line.startswith("> "):
                first = start
                before = lines[index - 1] if index else None
                if before and (not found or found[-1][1] <= before[0]) and (
                    WROTE.match(text[slice(*before)])
                ):  # fmt: skip
                    first = before[0]
                found.append((first, lines[last][1], "quoted_reply"))
        elif _FORWARD_MARK.match(line.strip()):
            while (
                last + 1 < len(lines)
                and last - index < 12
                and _MAIL_HEADER.match(text[slice(*lines[last + 1])])
            ):
                last += 1
            found.append((start, lines[last][1], "forwarded_header"))
        elif len(line) < 400 and _UNSUBSCRIBE.search(line) and not _ATTRIBUTED.search(line):
            found.append((start, end, "unsubscribe"))
        index = last + 1
    return [
        (start + len(text[start:end]) - len(text[start:end].lstrip()), end, kind)
        for start, end, kind in found
        if text[start:end].strip()
    ]


def _is_appeal(line: str, inside: bool) -> bool:
    """An appeal begins with an address to the readers and lasts while it speaks of "us"."""
    if len(line) < 400 and _APPEAL_START.match(line):
        return True
    if inside:
        return len(line) < 25 or _FIRST_PERSON.search(line) is not None
    return (
        len(line) < 600
        and _MONEY_APPEAL.search(line) is not None
        and len(_FIRST_PERSON.findall(line)) >= 3
        and not _ATTRIBUTED.search(line)
    )


def _line_kind(line: str) -> str | None:
    if len(line) > 600:
        return None
    if len(line) <= 200:
        for kind, pattern in _LINES:
            if pattern.match(line):
                return kind
    if _CREDIT.search(line) and not re.search(r"[\"“”«»]", line):
        return "caption"
    return None


def _title_repeats(text: str, blocks: Sequence[tuple[int, int]]) -> list[Span]:
    """Later copies, among the first eight paragraphs, of a paragraph that already stood there."""
    seen: set[str] = set()
    found: list[Span] = []
    for start, end in blocks[:8]:
        key = re.sub(r"\W+", " ", text[start:end]).strip().casefold()
        if key in seen and len(key) >= 10:
            found.append((start, end, "title_repeat"))
        seen.add(key)
    return found


def _bullet_summary(text: str, blocks: Sequence[tuple[int, int]]) -> list[Span]:
    """Bullets above the running text, where running text follows them."""
    found: list[Span] = []
    for index, (start, end) in enumerate(blocks):
        line = text[start:end]
        if _BULLET.match(line):
            found.append((start, end, "bullet_summary"))
        elif found or (line[-1] in '.!?"”' and len(line) > 120):
            return found if index < len(blocks) and len(line) > 60 else []
    return []  # nothing but bullets: then the bullets are the report
