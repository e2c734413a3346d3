"""The file of a backup: one tar, whose last member says what the others are.

::

    tables/NAME.jsonl.gz    rows of a table, one JSON array a line (see backup_tables)
    settings.toml           settings of the workspace, without the address of its database
    files/PATH              other files of the workspace (profile, rejected rows, ...)
    attachments.jsonl       what was handed in: path, SHA-256 and size of each file
    attachments/PATH        the same files, unless they lie beside the archive (``objects/``)
    erasures.jsonl          who was erased up to then (see erasures)
    keys.sealed             the keys, only on demand, under a passphrase (see backup_keys)
    manifest.json           SHA-256 and size of each member, rows of each table, head of the journal

The manifest comes last: an archive that was cut off has none, and is none. Nothing is ever unpacked
by the names in it; members are read one by one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Literal

import pydantic

from .errors import BackupError
from .progress import Progress

FORMAT = "landrelease-backup"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
ATTACHMENTS = "attachments.jsonl"
SETTINGS = "settings.toml"
ERASURES = "erasures.jsonl"
KEYS = "keys.sealed"
#: Folder beside the archives in which attachments lie once, under their hash.
OBJECTS = "objects"

_PIECE = 1 << 20


class Member(pydantic.BaseModel):
    """What a member, or an attachment, must hash to."""

    sha256: str = pydantic.Field(pattern="^[0-9a-f]{64}$")
    size: int = pydantic.Field(ge=0)


class Attachment(Member):
    """A file that was handed in."""

    path: str


class Table(pydantic.BaseModel):
    """A table as it was saved.

    Attributes
    ----------
    rows
        How many.
    columns
        Names of the columns, in the order of the values, and the kind of each.
    last_id
        Highest id the database has given out by itself, or None where it gives none. It may be of a
        row that is gone: such an id is never given again.
    """

    rows: int = pydantic.Field(ge=0)
    columns: dict[str, str]
    last_id: int | None = None


class Head(pydantic.BaseModel):
    """Where the journal stood."""

    entries: int
    hash: str
    recorded_at: str


class Manifest(pydantic.BaseModel):
    """What an archive holds, and of what it is a copy."""

    format: Literal["landrelease-backup"] = "landrelease-backup"
    format_version: int = FORMAT_VERSION
    made_at: str
    #: Versions of the program and of what computed its numbers.
    engines: dict[str, str]
    #: ``sqlite`` or ``postgresql``, and its version; it restores to either.
    database: str
    database_version: str
    profile: str
    migrations: list[tuple[str, str]]
    journal: Head | None
    tables: dict[str, Table]
    members: dict[str, Member]
    #: ``inside`` the archive or ``beside`` it.
    attachments: Literal["inside", "beside"]
    attachment_count: int
    attachment_bytes: int
    #: ``apart``: not in this archive; ``sealed``: under a passphrase.
    keys: Literal["apart", "sealed"] = "apart"
    #: What of the workspace is not in the archive, one sentence each.
    left_out: list[str] = []


class Writer:
    """Writes an archive under a temporary name; :meth:`finish` gives it its own.

    Parameters
    ----------
    path
        Where the archive shall lie.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self.members: dict[str, Member] = {}
        # It holds what not everybody may read, and a folder may be open to many.
        handle = os.open(self.partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._tar = tarfile.TarFile(
            fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT
        )  # fmt: skip

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a member."""
        self.add_stream(name, io.BytesIO(data), len(data))

    def add_file(self, name: str, path: Path) -> Member:
        """Add a member from a file; gives what it hashes to."""
        with path.open("rb") as handle:
            return self.add_stream(name, handle, os.fstat(handle.fileno()).st_size)

    def add_stream(self, name: str, stream: IO[bytes], size: int) -> Member:
        """Add a member of ``size`` bytes."""
        hashing = _Hashing(stream)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, hashing)  # type: ignore[arg-type]
        member = Member(sha256=hashing.digest(), size=size)
        self.members[name] = member
        return member

    def finish(self, manifest: Manifest) -> Path:
        """Add the manifest, bring everything to the disk and give the archive its name."""
        data = manifest.model_dump_json(indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        self._tar.addfile(info, io.BytesIO(data))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self.partial

    def publish(self) -> None:
        """Give the finished archive its own name."""
        self.partial.replace(self.path)
        sync_folder(self.path.parent)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._file.close()
        self.partial.unlink(missing_ok=True)


class Archive:
    """An archive, opened for reading.

    Raises
    ------
    BackupError
        When it is no archive of ours, was cut off, or is of a later format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._tar = tarfile.TarFile(path, "r")
        except FileNotFoundError:
            raise BackupError(f"there is no backup {path}") from None
        except (tarfile.TarError, OSError) as error:
            raise BackupError(f"{path} is no backup that can be read: {error}") from error
        try:
            self._members = self._index()
            self.manifest = self._manifest()
        except BaseException:
            self._tar.close()
            raise

    def _index(self) -> dict[str, tarfile.TarInfo]:
        try:
            listed = self._tar.getmembers()
        except (tarfile.TarError, OSError) as error:
            raise BackupError(f"{self.path} was cut off or altered: {error}") from error
        found: dict[str, tarfile.TarInfo] = {}
        for info in listed:
            if not info.isreg() or not is_plain(info.name) or info.name in found:
                raise BackupError(f"{self.path} holds {info.name!r}, which no backup of ours does")
            found[info.name] = info
        return found

    def _manifest(self) -> Manifest:
        if MANIFEST not in self._members:
            raise BackupError(
                f"{self.path} has no manifest: it was cut off while it was written or copied, or "
                "it is no backup of ours"
            )
        try:
            data = json.loads(self.read(MANIFEST))
            if data["format"] != FORMAT:
                raise ValueError(f"its format is {data['format']!r}")
            if data["format_version"] > FORMAT_VERSION:
                raise BackupError(
                    f"{self.path} has format {data['format_version']}; this program reads up to "
                    f"{FORMAT_VERSION}: install a newer landrelease"
                )
            return Manifest.model_validate(data)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BackupError(f"the manifest of {self.path} cannot be read: {error}") from error

    def open(self, name: str) -> IO[bytes]:
        """Open a member."""
        try:
            stream = self._tar.extractfile(self._members[name])
        except KeyError:
            raise BackupError(f"{self.path} has no member {name}") from None
        assert stream is not None
        return stream

    def read(self, name: str) -> bytes:
        """All bytes of a (small) member."""
        with self.open(name) as stream:
            return stream.read()

    def names(self, prefix: str = "") -> list[str]:
        """Names of the members that begin so."""
        return [name for name in self._members if name.startswith(prefix)]

    def attachments(self) -> Iterator[Attachment]:
        """What was handed in."""
        with self.open(ATTACHMENTS) as stream:
            for line in stream:
                yield Attachment.model_validate_json(line)

    def open_attachment(self, attachment: Attachment) -> IO[bytes]:
        """Open a file that was handed in, wherever it lies."""
        if self.manifest.attachments == "inside":
            return self.open(f"attachments/{attachment.path}")
        return object_path(self.path.parent, attachment.sha256).open("rb")

    def problems(self, progress: Progress, *, attachments: bool = True) -> list[str]:
        """Hash everything anew and say what is not as it was written; empty when all is well.

        Parameters
        ----------
        attachments
            Whether files that lie beside the archive are hashed, too.
        """
        found = []
        expected, there = set(self.manifest.members), set(self._members) - {MANIFEST}
        found += [f"{name} is missing from the archive" for name in sorted(expected - there)]
        found += [f"{name} is not in the manifest" for name in sorted(there - expected)]
        names = sorted(expected & there)
        for number, name in enumerate(names):
            progress("checking the archive", number, len(names))
            with self.open(name) as stream:
                found += _difference(name, stream, self.manifest.members[name])
        if attachments and not found:
            found += self._attachment_problems(progress)
        return found

    def _attachment_problems(self, progress: Progress) -> list[str]:
        found, count = [], 0
        for number, attachment in enumerate(self.attachments()):
            count += 1
            progress("checking attachments", number, self.manifest.attachment_count)
            if not is_plain(attachment.path):
                found.append(f"the attachment {attachment.path!r} has no name of ours")
            elif self.manifest.attachments == "beside":
                try:
                    with self.open_attachment(attachment) as stream:
                        found += _difference(f"attachment {attachment.path}", stream, attachment)
                except FileNotFoundError:
                    path = object_path(self.path.parent, attachment.sha256)
                    found.append(f"attachment {attachment.path}: {path} is missing")
        if count != self.manifest.attachment_count:
            found.append(f"{count} attachments are listed, not {self.manifest.attachment_count}")
        return found

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: Any) -> None:
        self._tar.close()


class _Hashing:
    """A stream that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()


def _difference(name: str, stream: IO[bytes], wanted: Member) -> list[str]:
    digest, size = hash_stream(stream)
    if size != wanted.size:
        return [f"{name} has {size} bytes, not {wanted.size}"]
    if digest != wanted.sha256:
        return [f"{name} does not hash to what the manifest says: it was altered"]
    return []


def hash_stream(stream: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and length of a stream, read in pieces."""
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def is_plain(name: str) -> bool:
    """Whether a name leads nowhere but down."""
    path = PurePosixPath(name)
    return (
        bool(path.parts)
        and not path.is_absolute()
        and ".." not in path.parts
        and "\\" not in name
        and "\0" not in name
    )


def object_path(folder: Path, sha256: str) -> Path:
    """Where an attachment lies beside the archives of a folder."""
    return folder / OBJECTS / sha256[:2] / sha256


def keep_object(folder: Path, path: Path) -> tuple[Member, bool]:
    """Copy an attachment beside the archives, unless it is there; gives it and whether it was new.

    It is hashed while it is copied and is on the disk when this returns.
    """
    with path.open("rb") as source:
        sha256, size = hash_stream(source)
        target = object_path(folder, sha256)
        if target.exists() and target.stat().st_size == size:
            return Member(sha256=sha256, size=size), False
        target.parent.mkdir(parents=True, exist_ok=True)
        source.seek(0)
        write_safely(target, source)
    return Member(sha256=sha256, size=size), True


def write_safely(target: Path, source: IO[bytes]) -> None:
    """Write a file so that it is there as a whole, on the disk, or not at all."""
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as handle:
        shutil.copyfileobj(source, handle, _PIECE)
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
