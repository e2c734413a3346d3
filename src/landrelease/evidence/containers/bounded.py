"""Reading what is compressed without letting it fill the memory: limits on what comes out."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO

from landrelease.evidence.errors import EvidenceError

#: No text shrinks to a two-hundredth; a file that says so is a trap.
RATIO = 200
FREE = 64_000_000  # bytes that come out in any case


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than a number of bytes.

    Parameters
    ----------
    stream : file
        What is read from.
    limit : int
        Bytes.
    what : str
        Named in the error.

    Raises
    ------
    EvidenceError
        From ``read``, when more comes out.
    """

    def __init__(self, stream: Any, limit: int, what: str) -> None:
        self._stream, self._limit, self._what = stream, limit, what
        self.given = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        data = self._stream.read(len(buffer))
        self.given += len(data)
        if self.given > self._limit:
            raise EvidenceError(
                f"{self._what}: expands to more than {self._limit:,} bytes, as only a trap does; "
                "the rest was not read. Unpack it by hand if you trust it"
            )
        buffer[: len(data)] = data
        return len(data)


def gunzipped(stream: BinaryIO, size: int, what: str) -> io.BufferedReader:
    """Read a gzip file, of one member or many, up to two hundred times its size.

    Parameters
    ----------
    stream : file
        The compressed bytes.
    size : int
        How many there are.
    what : str
        Named in errors.

    Returns
    -------
    io.BufferedReader
        Its ``read`` raises EvidenceError beyond the limit.
    """
    opened = gzip.GzipFile(fileobj=stream)
    return io.BufferedReader(Bounded(opened, max(FREE, RATIO * size), what), 65_536)


def inflate(data: bytes, coding: str, limit: int, what: str) -> bytes:
    """Undo a content coding of HTTP.

    Parameters
    ----------
    data : bytes
        The compressed body.
    coding : str
        'gzip', 'x-gzip' or 'deflate'.
    limit : int
        Bytes that may come out.
    what : str
        Named in errors.

    Returns
    -------
    bytes

    Raises
    ------
    EvidenceError
        When it is another coding, is damaged, or gives more than ``limit`` bytes.
    """
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise EvidenceError(f"{what}: compressed as {coding[:40]!r}, which is not read")
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # "deflate" comes with and without a head
        machine = zlib.decompressobj(bits)
        try:
            out = machine.decompress(data, limit + 1)
        except zlib.error:
            continue
        if len(out) > limit:
            raise EvidenceError(f"{what}: expands to more than {limit:,} bytes")
        if not machine.eof:
            raise EvidenceError(f"{what}: the compressed body is cut off; is the file whole?")
        return out
    raise EvidenceError(f"{what}: the compressed body is damaged")
