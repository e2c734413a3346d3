"""What is wrong with an installation, and what to do about it.

Each check is a function that yields findings and changes nothing. It works on a workspace that
cannot be opened, too: what keeps it from opening is one of the findings. A check that itself fails
is a finding, never silence.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q

from . import (
    backup_make,
    bulk,
    clock,
    durability,
    erasures,
    handed_in,
    kept,
    lastly,
    mails,
    profile,
    report_files,
    sealed_claims,
    signing,
    triggers,
    workspace,
)
from .errors import RegisterError
from .models import RECORDS, JournalEntry, JournalPart, LedgerLine, Part, PersonKey, Submission
from .workspace import Workspace

#: Free disk below which there is a warning: this much, or twice the database, whichever is more.
LITTLE_SPACE = 1 << 30
#: Days after which a last backup is told to be old.
OLD_BACKUP_DAYS = 7
#: Minutes after which something that was received and not read was interrupted.
INTERRUPTED_MINUTES = 60
#: What the program has been tried with.
OLDEST_SQLITE, OLDEST_POSTGRESQL, OLDEST_POSTGIS = (3, 37), (14,), (3, 0)


class Level(StrEnum):
    """How bad a finding is."""

    well = "well"
    notice = "notice"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    check
        Name of the check.
    level
        How bad it is.
    message
        What is so, and where.
    advice
        What to do; empty when nothing has to be done.
    """

    check: str
    level: Level
    message: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self) | {"level": self.level.value}


Said = tuple[Level, str, str]
Check = Callable[[Workspace], Iterator[Said]]


def examine(opened: Workspace, *, quick: bool = False) -> list[Finding]:
    """Run every check.

    Parameters
    ----------
    opened
        The workspace, as :func:`.workspace.open_unmigrated` gives it.
    quick
        Leave out the checks that read everything.

    Returns
    -------
    list of Finding
        At least one of each check, in the order of the checks.
    """
    found = run("database", _reachable, opened)
    reached = found[0].level is not Level.problem
    for name, check in [*FILES, *(DATABASE if reached else [])]:
        found += run(name, check, opened)
    # The tables of another version cannot be read by this one.
    current = reached and not any(one.check == "migrations" and one.message for one in found)
    for name, check in [*CONTENTS, *([] if quick else THOROUGH)]:
        found += run(name, check if current else _not_looked_at, opened)
    return found


def _not_looked_at(opened: Workspace) -> Iterator[Said]:
    yield (
        Level.notice, "not looked at: the database cannot be read yet",
        "see to the other findings first, then look again",
    )  # fmt: skip


def run(name: str, check: Check, opened: Workspace) -> list[Finding]:
    """Run one check; it says at least that all is well."""
    try:
        found = [Finding(name, *said) for said in check(opened)]
    except Exception as error:  # a check that fails is a finding
        return [
            Finding(
                name, Level.problem, f"could not be checked: {type(error).__name__}: {error}",
                "see to what it says, then look again",
            )
        ]  # fmt: skip
    return found or [Finding(name, Level.well, "")]


# --- files ----------------------------------------------------------------------------------------


def _keys(opened: Workspace) -> Iterator[Said]:
    folder = opened.folder / "keys"
    for name in ("master.key", "django.secret", signing.KEY_FILE):
        path = folder / name
        if not path.is_file() and name == signing.KEY_FILE:
            continue  # It is made when it is first needed; what the journal says of it comes later.
        if not path.is_file():
            yield Level.problem, f"{path} is missing", "copy it back from where the keys are kept"
            continue
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            yield (
                Level.problem, f"{path} can be read by others (mode {mode:04o})",
                f"chmod 600 {path}",
            )  # fmt: skip
    if folder.is_dir() and folder.stat().st_mode & 0o022:
        yield Level.problem, f"{folder} can be written by others", f"chmod 700 {folder}"


def _folder(opened: Workspace) -> Iterator[Said]:
    """The database holds restricted records, and what people sign in with."""
    if all(path.stat().st_mode & 0o001 for path in (opened.folder, *opened.folder.parents)):
        yield (
            Level.warning, f"{opened.folder} can be entered by everybody on this machine",
            f"chmod 700 {opened.folder}",
        )  # fmt: skip


def _space(opened: Workspace) -> Iterator[Said]:
    for path in {opened.folder, opened.attachments}:
        free = shutil.disk_usage(path).free
        file = opened.folder / workspace.DATABASE_FILE
        size = file.stat().st_size if file.exists() else 0
        if free < max(LITTLE_SPACE, 2 * size):
            level = Level.problem if free < max(100 << 20, size) else Level.warning
            yield (
                level, f"{free >> 20} MiB are free on the disk of {path}",
                "make room: a migration needs a copy of the database, an import its file twice",
            )  # fmt: skip
            return


def _last_backup(opened: Workspace) -> Iterator[Said]:
    last = lastly.last(opened.folder, lastly.Backup)
    if last is None:
        yield (
            Level.warning, "no backup was made of this workspace",
            "landrelease backup make FOLDER, on another disk, every night",
        )  # fmt: skip
        return
    age = datetime.now(UTC) - datetime.fromisoformat(last.at)
    if age > timedelta(days=OLD_BACKUP_DAYS):
        yield (
            Level.warning,
            f"the last backup is {age.days} days old ({Path(last.folder) / last.name})",
            "see why the nightly backup does not run",
        )  # fmt: skip


def _last_verification(opened: Workspace) -> Iterator[Said]:
    last = lastly.last(opened.folder, lastly.Verification)
    if last is None:
        yield Level.notice, "it is not known when this register was verified", "landrelease verify"
    elif not last.well:
        yield (
            Level.problem, f"the verification of {last.at[:19]} found problems",
            "landrelease verify says which; restore a backup from before",
        )  # fmt: skip


# --- the database ---------------------------------------------------------------------------------


def _reachable(opened: Workspace) -> Iterator[Said]:
    try:
        connection.ensure_connection()
    except Exception as error:
        # Not the error's own words: an address may hold a password.
        yield (
            Level.problem, f"the database cannot be reached ({type(error).__name__})",
            "is the server running, and the address in landrelease.toml right? Is the file there?",
        )  # fmt: skip
        return
    if opened.database == "sqlite" and not connection.introspection.table_names():
        yield (
            Level.problem, f"{opened.folder / workspace.DATABASE_FILE} is empty or was not there",
            "restore a backup into a new folder: landrelease restore",
        )  # fmt: skip


def _version(opened: Workspace) -> Iterator[Said]:
    found = tuple(connection.get_database_version())
    shown = ".".join(map(str, found))
    if connection.vendor == "sqlite":
        if found < OLDEST_SQLITE:
            yield Level.problem, f"SQLite is {shown}", "a newer Python brings a newer SQLite"
        return
    if found < OLDEST_POSTGRESQL:
        yield Level.warning, f"PostgreSQL is {shown}; it was not tried", "upgrade the server"
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
        row = cursor.fetchone()
        if row is None:
            yield Level.problem, "PostGIS is not installed", "CREATE EXTENSION postgis"
        elif tuple(int(n) for n in re.findall(r"\d+", row[0])[:2]) < OLDEST_POSTGIS:
            yield Level.warning, f"PostGIS is {row[0]}; it was not tried", "upgrade PostGIS"
        cursor.execute("SHOW server_encoding")
        if cursor.fetchone() != ("UTF8",):
            yield (
                Level.problem, "the database does not keep text as UTF-8",
                "make a new one with ENCODING 'UTF8', and restore a backup into it",
            )  # fmt: skip


def _durability(opened: Workspace) -> Iterator[Said]:
    for lapse in durability.lapses(connection):
        yield Level.problem, lapse, "put the setting right; decisions may be lost until then"


def _migrations(opened: Workspace) -> Iterator[Said]:
    try:
        left = workspace.pending(MigrationExecutor(connection), opened)
    except RegisterError as error:
        yield Level.problem, str(error), "install the newer version again"
        return
    if left:
        yield (
            Level.warning, f"{len(left)} migrations are left to do: {', '.join(left)}",
            "landrelease upgrade",
        )  # fmt: skip


def _triggers(opened: Workspace) -> Iterator[Said]:
    try:
        triggers.check(connection)
    except RegisterError as error:
        yield Level.problem, str(error), "landrelease migrate, then landrelease verify"


def _damage(opened: Workspace) -> Iterator[Said]:
    if connection.vendor != "sqlite":
        return
    for (said,) in bulk.few(connection, "PRAGMA quick_check(1)"):
        if said != "ok":
            yield (
                Level.problem, f"the database file is damaged: {said}",
                "stop working in it, copy the folder as it is, restore the last good backup",
            )  # fmt: skip


def _clock(opened: Workspace) -> Iterator[Said]:
    now = clock.now()
    last = bulk.few(connection, "SELECT MAX(recorded_at) FROM register_journalentry")[0][0]
    if last is not None and last > now:
        yield (
            Level.problem, f"the last decision is of {last}, and it is only {now} here (UTC)",
            "set the clock right (NTP): new decisions take the time of the last one until then",
        )  # fmt: skip
    built = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if datetime.now(UTC) < built - timedelta(days=1):
        yield Level.problem, f"the clock says {now}, before this program was put here", "set it"
    if abs(time.time() - datetime.now(UTC).timestamp()) > 1:
        yield Level.problem, "the two clocks of this machine disagree", "set the clock right (NTP)"


# --- what is in it --------------------------------------------------------------------------------


def _interrupted(opened: Workspace) -> Iterator[Said]:
    before = datetime.now(UTC) - timedelta(minutes=INTERRUPTED_MINUTES)
    limit = before.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    stuck = Submission.objects.filter(state=Submission.RECEIVED, received_at__lt=limit)
    waiting = stuck.filter(options__contains=handed_in.MARK)
    if count := waiting.count():
        yield (
            Level.notice,
            f"{count} files were kept and wait for whoever handed them in to submit or withdraw "
            "them",
            "the page Submissions lists them under 'Received, not read yet'",
        )
    stuck = stuck.exclude(options__contains=handed_in.MARK)
    receipts = list(stuck.order_by("id").values_list("receipt", flat=True)[:5])
    if receipts:
        yield (
            Level.warning,
            f"{stuck.count()} submissions were received and never read: {', '.join(receipts)}",
            "the import was interrupted; hand the same file in again (it is kept in attachments/)",
        )


def _failed(opened: Workspace) -> Iterator[Said]:
    failed = Submission.objects.filter(state=Submission.FAILED)
    receipts = list(failed.order_by("-id").values_list("receipt", flat=True)[:5])
    if receipts:
        yield (
            Level.notice,
            f"{failed.count()} submissions could not be read, the last: {', '.join(receipts)}",
            "landrelease submissions says why; put the file right and hand it in again",
        )


def _kept_files(opened: Workspace) -> Iterator[Said]:
    rows = Submission.objects.order_by("id").values_list("receipt", "kept")
    missing, altered = [], []
    for receipt, relative in rows.iterator(chunk_size=1_000):
        path = opened.attachments / relative
        if not path.is_file():
            missing.append(receipt)
        elif kept.hash_file(path) != path.name:
            altered.append(receipt)
    if missing:
        yield (
            Level.problem,
            f"the kept files of {len(missing)} submissions are missing, first {missing[0]}",
            "copy them back from a backup (objects/ holds them under their hash)",
        )
    if altered:
        yield (
            Level.problem,
            f"the kept files of {len(altered)} submissions are not what was received, first "
            f"{altered[0]}",
            "copy them back from a backup (objects/ holds them under their hash), and look after "
            "the disk",
        )


def _orphans(opened: Workspace) -> Iterator[Said]:
    names = {path.name for path in backup_make.attachment_paths(opened.folder)}
    if not names:
        return
    for name in _names_in_tables():
        names.discard(name)
    if names:
        size = sum((opened.attachments / n[:2] / n).stat().st_size for n in names if
                   (opened.attachments / n[:2] / n).is_file())  # fmt: skip
        yield (
            Level.notice,
            f"{len(names)} files in attachments/ ({size >> 10} KiB) are named by no row, first "
            f"{min(names)}",
            "something was interrupted between the file and its receipt; they do no harm. Hand in "
            "what is missing again before you take one away",
        )


def _names_in_tables() -> Iterator[str]:
    """Every hash that stands in a text of a table; not in the journal, which names no files."""
    passed_over = {Part, JournalEntry, JournalPart, LedgerLine}
    for model in apps.get_app_config("register").get_models():
        if model in passed_over:
            continue
        texts = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, (models.TextField, models.CharField))
            and (isinstance(field, models.TextField) or (field.max_length or 0) >= 64)
        ]
        if model in RECORDS.values():
            texts = [name for name in texts if "sha256" in name]
        if texts:
            for row in model._base_manager.values_list(*texts).iterator(chunk_size=bulk.CHUNK):
                for text in row:
                    if text:
                        yield from re.findall(r"[0-9a-f]{64}", text)


def _master_key(opened: Workspace) -> Iterator[Said]:
    row = PersonKey.objects.order_by("id").first()
    if row is None or not (opened.folder / "keys" / "master.key").is_file():
        return
    try:
        Fernet(opened.master_key).decrypt(row.wrapped.encode())
    except (InvalidToken, ValueError):
        yield (
            Level.problem, "keys/master.key is not the one this register was sealed with",
            "put the right one back; personal data cannot be read until then",
        )  # fmt: skip


def _signing_key(opened: Workspace) -> Iterator[Said]:
    wrong = signing.wrong()
    if wrong:
        yield (
            Level.problem, wrong,
            "until then no head of the journal can be signed; what was signed before stays good",
        )  # fmt: skip


def _erasures(opened: Workspace) -> Iterator[Said]:
    back = erasures.unfinished(opened.folder)
    if back:
        yield (
            Level.problem, f"{len(back)} keys of erased persons are in the database (again)",
            "landrelease person-data reapply",
        )  # fmt: skip
    log = erasures.read(erasures.log_path(opened.folder))
    first = min((one.at for one in log), default=None)
    dumps = sorted(opened.backups.glob("*-before-migration.dump"))
    if first and dumps:
        yield (
            Level.warning,
            f"{len(dumps)} dumps in backups/ may hold keys of erased persons: {dumps[0].name}, …",
            "delete those from before the last erasure",
        )


def _in_clear(opened: Workspace) -> Iterator[Said]:
    """What was taken in before this version sealed it: the journal is never rewritten."""
    received = Submission.objects.filter(record_type="document", sealed=False)
    mailed = Q()
    for suffix in mails.SUFFIXES:
        mailed |= Q(filename__iendswith=suffix) | Q(filename__iendswith=f"{suffix}.gz")
    ids = received.filter(mailed).values("id")
    count = RECORDS["document"].objects.filter(
        submission_id__in=ids, namespace=report_files.NAMESPACE
    ).count()  # fmt: skip
    if count:
        yield (
            Level.notice,
            f"{count} reports out of mails came in before correspondents were sealed: their names "
            "and addresses stand in clear in the kept file, and the senders' in the journal",
            "limit who reads the folder and its backups; docs/how-to/personal-data.md says what "
            "else can be done",
        )
    entries = sealed_claims.in_clear()
    if entries:
        yield (
            Level.notice,
            f"{len(entries)} journal entries from before private persons were sealed name them in "
            f"clear, the first of them entry {entries[0]}",
            "the journal is never rewritten; limit who reads the folder and its backups",
        )


def _profile(opened: Workspace) -> Iterator[Said]:
    current = profile.current()
    if getattr(current, "unverified", False):
        yield (
            Level.warning,
            f"the profile {current.name} was confirmed by no national authority",
            "have the authority confirm its values, and name its file in landrelease.toml",
        )


def _queue(opened: Workspace) -> Iterator[Said]:
    name = "django_tasks_database_dbtaskresult"
    if name not in connection.introspection.table_names():
        return
    rows = bulk.few(connection, f'SELECT status, COUNT(*) FROM "{name}" GROUP BY status')  # nosec B608 # names are of our own schema, values are bound
    counts = {str(status).lower(): count for status, count in rows}
    if counts.get("failed"):
        yield (
            Level.warning, f"{counts['failed']} tasks of the queue failed",
            "look into the log of the worker",
        )  # fmt: skip


def _program(opened: Workspace) -> Iterator[Said]:
    missing = []
    for wanted in metadata.requires("landrelease") or []:
        name = re.match(r"[\w.-]+", wanted)
        if name and "extra ==" not in wanted and not list(metadata.distributions(name=name[0])):
            missing.append(name[0])
    if missing:
        yield (
            Level.problem, f"packages are not installed: {', '.join(missing)}",
            "install landrelease again, with its requirements",
        )  # fmt: skip


#: Checks that need no database.
FILES: list[tuple[str, Check]] = [
    ("program", _program),
    ("keys", _keys),
    ("folder", _folder),
    ("disk", _space),
    ("backup", _last_backup),
    ("verification", _last_verification),
]
#: Checks of the database itself.
DATABASE: list[tuple[str, Check]] = [
    ("database version", _version),
    ("durability", _durability),
    ("migrations", _migrations),
    ("triggers", _triggers),
    ("clock", _clock),
]
#: Checks that ask little of what is in it.
CONTENTS: list[tuple[str, Check]] = [
    ("interrupted imports", _interrupted),
    ("failed submissions", _failed),
    ("master key", _master_key),
    ("signing key", _signing_key),
    ("erasures", _erasures),
    ("personal data", _in_clear),
    ("profile", _profile),
    ("queue", _queue),
]
#: Checks that read everything.
THOROUGH: list[tuple[str, Check]] = [
    ("damage", _damage),
    ("kept files", _kept_files),
    ("orphaned files", _orphans),
]


def worst(found: list[Finding]) -> Level:
    """The worst level among some findings."""
    order: list[Any] = list(Level)
    return max((one.level for one in found), key=order.index, default=Level.well)
