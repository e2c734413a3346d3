"""Bytes become text: by what is declared, by what they can be, and saying where it is a guess."""

from __future__ import annotations

import codecs
import re

from landrelease.evidence.errors import EvidenceError

_SAMPLE = 65_536
# What reports come in when they are not UTF-8; a wider choice finds Greek in French.
_LEGACY = ["cp1252", "cp1251", "koi8_r", "koi8_u", "cp866", "cp1256", "iso8859_6"]
_NAMES = {
    "cp1252": "Windows-1252", "cp1251": "Windows-1251", "cp1256": "Windows-1256",
    "koi8_r": "KOI8-R", "koi8_u": "KOI8-U", "cp866": "code page 866", "iso8859_6": "ISO 8859-6",
    "latin_1": "ISO 8859-1",
}  # fmt: skip
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{2,40})"
    rb"|<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{2,40})",
    re.I,
)
# Names under which browsers, too, read the Windows superset.
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"}
# Codecs that turn bytes into text and nothing else; "zip", too, is a codec.
_TEXTUAL = re.compile(
    r"^(?:utf-(?:8|16|32)(?:-sig|-le|-be)?|cp\d+|iso8859-\d+|koi8-[rut]"
    r"|mac-\w+|big5\w*|gb\w+|euc[_-]\w+|shift_jis\w*|iso2022_\w+|tis-620)$"
)


def decode(data: bytes, path: str, declared: str | None = None) -> tuple[str, str | None]:
    """Decode the bytes of a report.

    In this order: a byte order mark; UTF-8 where the bytes are that; UTF-16 by its zero bytes;
    the declared encoding, of the caller or in the head of a page; UTF-8 with a few stray bytes;
    the likeliest of the encodings that Latin, Cyrillic and Arabic texts were kept in
    (charset-normalizer); Windows-1252, ISO 8859-1.

    Parameters
    ----------
    data : bytes
        The original.
    path : str
        Named in errors.
    declared : str, optional
        Encoding named by a mail header or a web server.

    Returns
    -------
    text : str
    note : str or None
        How it was decoded, where that is not plain UTF-8.

    Raises
    ------
    EvidenceError
        When the bytes are no text.
    """
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            label = name.upper()
            try:
                return data.decode(name), f"decoded as {label} by its byte order mark"
            except UnicodeDecodeError as error:
                raise EvidenceError(
                    f"{path}: begins as {label} but is not ({error.reason}); is the file whole?"
                ) from error
    wide = _utf_16(data)
    if wide is not None:
        return data.decode(
            wide, "replace"
        ), f"no byte order mark; read as {wide.upper()} by a guess"
    _refuse_binary(data, path)
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        place = error.start
    named = _named(data, declared)
    if named is not None:
        try:
            return data.decode(named), f"not UTF-8; decoded as {_label(named)}, as declared"
        except (UnicodeDecodeError, LookupError):
            pass
    mixed = _mixed(data)
    if mixed is not None:
        return mixed
    guess = _guess(data)
    try:
        return data.decode(guess), f"not UTF-8 at byte {place}; decoded as {_label(guess)}"
    except UnicodeDecodeError:
        return data.decode("latin-1"), f"not UTF-8 at byte {place}; decoded as ISO 8859-1"


def _label(name: str) -> str:
    return _NAMES.get(name, name)


def _refuse_binary(data: bytes, path: str) -> None:
    """Control characters that no text has: a picture, an archive, a program."""
    sample = data[:_SAMPLE]
    odd = sum(sample.count(bytes([code])) for code in (*range(0, 9), *range(14, 27)))
    if odd > max(2, len(sample) // 200):
        raise EvidenceError(
            f"{path}: looks like a binary file, not a text; give text, HTML, PDF, e-mail, WARC, "
            "JSON lines, a feed or a Telegram export"
        )


def _utf_16(data: bytes) -> str | None:
    """Text in UTF-16 whose mark was lost: every other byte of Latin text is zero.

    Cyrillic and Arabic have a high byte of 4 and 6 instead; their blanks and full stops still
    have the zero, and all of it decodes to letters of few alphabets.
    """
    sample = data[:4096]
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 8 or len(data) % 2:
        return None
    for name, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        usual = sum(high.count(byte) for byte in (0, 4, 6))
        if high.count(0) == 0 or usual < 0.9 * len(high):
            continue
        text = sample.decode(name, "replace")
        plain = sum(
            c.isalpha() or c.isspace() or c.isdigit() or c in ".,;:!?-–—\"'()«»" for c in text
        )
        if plain >= 0.95 * len(text) and "\0" not in text:
            return name
    return None


def _named(data: bytes, declared: str | None) -> str | None:
    """The declared encoding as Python names it; None where it is none that makes text."""
    head = _DECLARED.search(data[:4096])
    for name in (declared, (head[1] or head[2]).decode("ascii") if head else None):
        if not name:
            continue
        try:
            known = codecs.lookup(name.strip()).name
        except (LookupError, ValueError):
            continue
        known = _SUPERSETS.get(known, known)
        if known.startswith("utf-8") or not _TEXTUAL.match(known):
            continue
        return known
    return None


def _mixed(data: bytes) -> tuple[str, str] | None:
    """UTF-8 with a few stray bytes of Windows-1252, as when two files were glued together."""
    text = data.decode("utf-8", "surrogateescape")
    stray = sum(text.count(chr(0xDC00 + byte)) for byte in range(0x80, 0x100))
    proper = len(text) - stray - sum(data.count(bytes([b])) for b in range(0x80))
    if not stray or proper < 2 * stray:
        return None
    text = re.sub(
        "[\udc80-\udcff]",
        lambda m: bytes([ord(m[0]) - 0xDC00]).decode("cp1252", "replace"),
        text,
    )
    return text, f"UTF-8 with {stray} stray byte(s), read as Windows-1252"


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    if sum(byte >= 0x80 for byte in data[:_SAMPLE]) * 5 < len(data[:_SAMPLE]):
        return "cp1252"  # a few accents and quotation marks among ASCII
    # Too few letters for statistics, and guesses on the whole of a large file would take minutes.
    if len(data) < 40:
        return "cp1252"
    best = from_bytes(data[:_SAMPLE], cp_isolation=_LEGACY, preemptive_behaviour=False).best()
    return "cp1252" if best is None else str(best.encoding)
