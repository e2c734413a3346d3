"""A PostgreSQL server with PostGIS for the tests, made from nothing and gone afterwards.

The server lives in a temporary folder and is reached through a Unix socket only, so that it meets
neither a server of the machine nor another test run. PostgreSQL refuses to run as root: there the
server runs as the user ``postgres``, which the packages of the distribution create.

Run as a program, this module says whether a server can be made on this machine.
"""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

#: The administrator of the server, and the database that others are copied from.
USER = "landrelease"
TEMPLATE = "with_postgis"

#: Without durability a test database is made several times faster. A test that asserts durability
#: asks for ``Cluster(durable=True)``.
HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


#: What the folders of servers are called, before the process that made them.
NAMED = "lr-pg-"


class PostgresMissing(Exception):
    """This machine has no PostgreSQL with PostGIS; the message says what to install."""


def programs() -> Path:
    """Find the folder of ``initdb`` and ``postgres`` of the newest version that has PostGIS.

    Returns
    -------
    Path
        Taken from the variable ``PG_BINDIR``, else from where Debian and Ubuntu put the versions
        beside each other, else from ``pg_config``.

    Raises
    ------
    PostgresMissing
        If no version with PostGIS is installed.
    """
    found = []
    if named := os.environ.get("PG_BINDIR"):
        found = [Path(named)]
    else:
        found = sorted(
            Path("/usr/lib/postgresql").glob("*/bin"),
            key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0),
            reverse=True,
        )
        if pg_config := shutil.which("pg_config"):
            found.append(Path(_output(pg_config, "--bindir")))
    for folder in found:
        if (folder / "initdb").is_file() and _has_postgis(folder):
            return folder
    raise PostgresMissing(
        "PostgreSQL with PostGIS is not installed: on Debian and Ubuntu `apt install "
        "postgresql-postgis`, elsewhere set PG_BINDIR to the folder of initdb"
    )


def _has_postgis(folder: Path) -> bool:
    # Debian's wrapper of pg_config knows one version; the server itself knows its own folder.
    config = folder / "pg_config"
    places = [Path("/usr/share/postgresql") / folder.parent.name]
    if config.is_file():
        places.append(Path(_output(config, "--sharedir")))
    return any((place / "extension/postgis.control").is_file() for place in places)


def _output(*command: str | Path) -> str:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True
    ).stdout.strip()


def sweep(room: Path) -> None:
    """Remove what killed runs have left, which in memory would stay until the machine ends."""
    for folder in room.glob(f"{NAMED}*-*"):
        maker = folder.name.removeprefix(NAMED).split("-")[0]
        if maker.isdecimal() and not _runs(int(maker)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class Cluster:
    """A running server.

    Parameters
    ----------
    durable
        Whether commits reach the disk, as in real use. Off by default: the tests are quicker.
    room
        The folder below which its own is made.

    Notes
    -----
    Use it as a context manager, or call `stop`. Should this process die without either, the
    kernel tells the server to shut down (where ``setpriv`` of util-linux exists).
    """

    def __init__(self, *, durable: bool = False, room: Path = Path("/tmp")) -> None:
        self._numbers = itertools.count(1)
        self._bin = programs()
        sweep(room)
        # The path of a socket is limited to some hundred characters: not below a long TMPDIR.
        self.folder = Path(tempfile.mkdtemp(prefix=f"{NAMED}{os.getpid()}-", dir=room))
        self._log = self.folder / "log"
        self._server: subprocess.Popen[bytes] | None = None
        self._owner: dict[str, Any] = {"cwd": self.folder, "stdin": subprocess.DEVNULL}
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "50",
            "timezone": "UTC",
            **({} if durable else HASTY),
        }
        try:
            self._make()
            self._launch()
            with self.connect("postgres") as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
            with self.connect(TEMPLATE) as connection:
                connection.execute("CREATE EXTENSION postgis")
        except BaseException:
            self.stop()
            raise

    def _make(self) -> None:
        if os.geteuid() == 0:
            try:
                person = pwd.getpwnam("postgres")
            except KeyError:
                raise PostgresMissing(
                    "running as root, and there is no user 'postgres' to run the server as: "
                    "`useradd --system postgres`, or run the tests as another user"
                ) from None
            os.chown(self.folder, person.pw_uid, person.pw_gid)
            self._owner |= {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": ()}
        made = subprocess.run(
            [
                *(self._bin / "initdb", "--pgdata", self.folder / "data", "--username", USER),
                *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._owner,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()}")

    def _launch(self) -> None:
        dies_with_us = ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *dies_with_us,
                    *(self._bin / "postgres", "-D", self.folder / "data"),
                    *itertools.chain(*(("-c", f"{k}={v}") for k, v in self._settings.items())),
                ],
                stdout=log,
                stderr=log,
                **self._owner,
            )
        self.wait()

    def wait(self, seconds: float = 30) -> None:
        """Wait until the server takes connections, after a start or while it recovers."""
        assert self._server is not None
        end = time.monotonic() + seconds
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError as error:
                dead = self._server.poll() is not None
                if dead or time.monotonic() > end:
                    log = self._log.read_text(errors="replace").strip()
                    raise RuntimeError(f"the server did not start: {error}\n{log}") from error
                time.sleep(0.02)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """Open a connection that commits each statement by itself."""
        return psycopg.connect(
            host=str(self.folder), user=USER, dbname=database, autocommit=True, connect_timeout=10
        )

    def url(self, database: str) -> str:
        """Write the address of a database as ``postgresql://…``, the socket in ``host=``."""
        return f"postgresql://{USER}@/{quote(database)}?host={quote(str(self.folder), safe='')}"

    def create(self, name: str | None = None, *, template: str = TEMPLATE) -> str:
        """Make a database and return its name.

        Parameters
        ----------
        name
            Its name; a new one by default.
        template
            The database to copy: the empty one with PostGIS by default, or one that a test has
            migrated and closed, which is quicker than migrating each anew.
        """
        name = name or f"test_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            # Where there are two ways, copying files takes a third of logging every page.
            files = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}" + files).format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, cutting off whoever is still connected."""
        with self.connect("postgres") as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    @contextmanager
    def database(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """Make a database for the length of a ``with`` block; gives its address."""
        name = self.create(template=template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def log(self) -> str:
        """Read what the server has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """Stop the server as a power cut would; `restart` brings it back."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)  # immediate: no checkpoint, nothing tidied
        self._server.wait(30)

    def halt(self) -> None:
        """Stop the server as an administrator does: whoever is connected is cut off."""
        assert self._server is not None
        self._server.send_signal(signal.SIGINT)
        self._server.wait(30)

    def limit_files(self, process: int, size: int) -> None:
        """Let a process of the server write no file beyond a size: to it the disk is full there.

        Only the owner of the process may say so.
        """
        own = {k: v for k, v in self._owner.items() if k != "stdin"}
        subprocess.run(
            ["prlimit", "--pid", str(process), f"--fsize={size}:unlimited"], check=True, **own
        )

    def restart(self) -> None:
        """Start the server again after `kill` or `halt`; it recovers from its log."""
        self._launch()

    def stop(self) -> None:
        """Shut the server down and remove everything of it."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # fast: connections are cut, nothing is lost
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


if __name__ == "__main__":
    try:
        programs()
    except PostgresMissing as missing:
        sys.exit(str(missing))
