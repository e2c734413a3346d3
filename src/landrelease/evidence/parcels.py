"""What passes between a process that reads a stranger's file and the one that asked.

A parcel is a letter for its kind, a length, and so many bytes. The reader may be in the hands of
the file it reads: whoever opens what it sends takes it for data, never for anything to be run.
"""

from __future__ import annotations

import struct
from typing import IO, Final

#: A question, and the file that belongs to it where it is not to be opened by its name.
ASKED: Final = b"?"
DATA: Final = b"d"
#: A piece of an answer, and its end.
PIECE: Final = b"+"
END: Final = b"."
#: Why there is none.
REFUSED: Final = b"!"
OUT_OF_MEMORY: Final = b"m"
#: The reader asks for something itself, and what it is given.
WANTED: Final = b"w"
GIVEN: Final = b"g"

_HEAD: Final = struct.Struct(">cQ")


def send(stream: IO[bytes], kind: bytes, body: bytes = b"") -> None:
    """Write a parcel."""
    stream.write(_HEAD.pack(kind, len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Read a parcel: its kind and what is in it.

    Raises
    ------
    EOFError
        When the stream ends before.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    kind, size = _HEAD.unpack(head)
    body = stream.read(size)
    if len(body) < size:
        raise EOFError
    return kind, body
