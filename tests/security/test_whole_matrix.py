"""Every caller by every way: tables written by hand, held against what comes back.

The tables (``tables/*.csv``) are not derived from the rules of the program: they say what each
caller is to get by the rules of the field, by the tiers of the default profile, and by the
decisions on people, the API and publication. A route, an operation or a record type that no table
names fails, and so does one that is not said for every caller.
"""

from __future__ import annotations

import copy
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import bodies
import matrix_callers
import pytest
import tables
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from marked_register import Fresh, Register, make
from typer.testing import CliRunner

from landrelease.cli.evidence_export import Tier, What
from landrelease.cli.main import app
from landrelease.register import bulk
from landrelease.register.models import Approval, JournalEntry, PublishedTable, Submission
from landrelease.register.roles import EVERYWHERE_ONLY, Role
from landrelease.register.schema import RECORD_TYPES
from landrelease.register.workspace import open_workspace
from landrelease.web.api import openapi, service


@dataclass
class Site:
    """The made-up register, served as a site, and everybody who calls."""

    register: Register
    callers: dict[str, Client]

    def ask(self, line: tables.Line, **given: Any) -> Any:
        address = tables.filled(line.address, self.register)
        return self.callers[line.caller].generic(line.method, address, secure=True, **given)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request, workspace_templates, tmp_path_factory) -> Iterator[Site]:
    """One register for all tables, on each database in turn."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_cluster")
    folder = tmp_path_factory.mktemp(request.param) / "workspace"
    _, name = workspace_templates.copy(request.param, folder)
    cache.clear()
    open_workspace(folder)
    register = make(folder)
    with override_settings(
        LANDRELEASE_SITE=True,
        ALLOWED_HOSTS=[matrix_callers.HOST],
        LANDRELEASE_API_RATE="1000000/min",
        # Many people sign in at the command line; how passwords are hashed is tested elsewhere.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield Site(register, matrix_callers.enter(register))
    connections.close_all()
    workspace_templates.drop(name)
    shutil.rmtree(folder.parent, ignore_errors=True)


#: Tables that every request may write: sessions, when a token was last used, guesses; and what is
#: derived from other tables.
BESIDE = (
    "django_session", "register_apptoken", "usersessions_usersession", "axes_",
    "register_proposedlink",
)  # fmt: skip

_WRITING = re.compile(
    r'\s*(INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE
)


class Writes:
    """Tables to which a request writes."""

    def __init__(self) -> None:
        self.to: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = _WRITING.match(sql)
        if found is not None:
            verb, table = found[1].upper(), found[2]
            issued = verb.startswith("INSERT") and table == "register_apptoken"
            if issued or not table.startswith(BESIDE):
                self.to.append(f"{verb} {table}")
        return execute(sql, params, many, context)


@contextmanager
def taken_back(browser: Client) -> Iterator[Writes]:
    """Let a request write, say to where, and take it all back."""
    writes, cookies = Writes(), copy.deepcopy(browser.cookies)
    insert = bulk.insert

    def noted(connection: Any, table: str, *given: Any) -> Any:
        writes.to.append(f"many rows {table}")
        return insert(connection, table, *given)

    with (
        transaction.atomic(),
        connection.execute_wrapper(writes),
        # Rows by the thousand go past Django's cursors.
        mock.patch.object(bulk, "insert", noted),
    ):
        yield writes
        transaction.set_rollback(True)
    browser.cookies = cookies


def acted(site: Site, table: str) -> list[str]:
    """What the program does otherwise than a table says; whatever is written is taken back."""
    return list(tables.different(table, _acted(site, tables.lines(table))))


def _acted(site: Site, lines: Iterable[tables.Line]) -> Iterator[str]:
    for line in lines:
        with taken_back(site.callers[line.caller]) as writes:
            answer = site.ask(line, **bodies.made(line.body, site.register))
            told = b"".join(answer)
        yield from line.wrong(answer.status_code, told)
        if bool(writes.to) != line.answer.writes:
            yield f"{line}: {answer.status_code}, writes {sorted(set(writes.to))}"


def test_the_api_gives_each_caller_what_the_table_says(site):
    found = acted(site, "api")
    assert not found, "\n".join(found)


def test_nobody_changes_what_the_table_does_not_let_them_change(site):
    found = acted(site, "acts")
    assert not found, "\n".join(found)


def test_accounts_are_each_ones_own(site):
    found = acted(site, "account")
    assert not found, "\n".join(found)


def test_phones_are_given_forms_and_nothing_else(site):
    found = acted(site, "openrosa")
    assert not found, "\n".join(found)


def test_pages_tiles_and_map_give_each_caller_what_the_table_says(site):
    found = acted(site, "pages")
    assert not found, "\n".join(found)


# --- nothing is left out --------------------------------------------------------------------------

#: Addresses that a table names as operations of the API.
API = "api:"
#: Addresses of the API that are no operations of its definition.
NO_OPERATIONS = {"api:definition", "api:operations", "api:missing"}
#: What only takes something: it shows nothing when it is read.
ONLY_TAKE = {"review_several", "release_several", "duplicates_look", "set_language"}


def patterns() -> set[str]:
    """Names of all address patterns of the program."""

    def walk(given: Any, prefix: str) -> Iterator[str]:
        for each in given:
            if isinstance(each, URLResolver):
                inner = f"{prefix}{each.namespace}:" if each.namespace else prefix
                yield from walk(each.url_patterns, inner)
            elif isinstance(each, URLPattern):
                yield f"{prefix}{each.name or each.pattern}"

    return set(walk(get_resolver().url_patterns, ""))


def operations() -> set[tuple[str, str]]:
    """Method and path of every operation of the API."""
    written = openapi.definition(service.api, "")
    return {(m.upper(), path) for path, methods in written["paths"].items() for m in methods}


def routes(*names: str) -> set[tuple[str, str]]:
    """Method and route of what some tables name."""
    return {
        (row.get("method") or "GET", row["route"]) for name in names for row in tables.rows(name)
    }


def test_every_operation_of_the_api_is_in_a_table_for_every_caller():
    acts = {one for one in routes("acts") if one[1].startswith("/")}
    assert acts == {one for one in operations() if one[0] != "GET"}
    reading = {one for one in operations() if one[0] == "GET"}
    assert not list(tables.unnamed("api", reading))
    assert not list(tables.unnamed("acts", routes("acts")))


def test_every_address_is_in_a_table_for_every_caller():
    named = {route for _, route in routes("pages", "account", "openrosa", "acts")}
    here = {name for name in patterns() if not name.startswith(API)} | NO_OPERATIONS
    assert {name for name in named if not name.startswith("/")} == here
    read = {route for _, route in routes("pages", "account", "openrosa")}
    assert here - read == ONLY_TAKE
    for table in ("pages", "account", "openrosa"):
        assert not list(tables.unnamed(table, routes(table)))


def test_every_record_type_is_in_the_tables_of_layers_and_files():
    plurals = {kind.plural for kind in RECORD_TYPES.values()}
    lists = [line.address for line in tables.lines("api") if line.route == "/records/{plural}"]
    assert {one.split("/")[-1].partition("?")[0] for one in lists} == plurals
    exported = {row["route"] for row in tables.rows("exports")} - {"evidence export"}
    assert exported == plurals
    whats = {line.address.split()[1] for line in tables.lines("exports")
             if line.route == "evidence export"}  # fmt: skip
    assert whats == {f"{what.value}.csv" for what in What}
    assert not list(tables.unnamed("exports", routes("exports"), [tier.value for tier in Tier]))


def test_every_person_is_in_the_table_of_commands():
    people_ = [
        name for name, row in tables.callers().items()
        if row["kind"] == "person" and not row["note"].startswith(("has shown no", "still has"))
    ]  # fmt: skip
    assert not list(tables.unnamed("commands", routes("commands"), people_))


def test_every_role_is_among_the_callers():
    held = {(row["holds"], bool(row["at"])) for row in tables.rows("callers")
            if row["kind"] == "person"}  # fmt: skip
    assert {role for role, _ in held} - {""} == {role.value for role in Role}
    narrowed = {role.value for role in Role} - {role.value for role in EVERYWHERE_ONLY}
    for part in ("OP1", "U1"):
        there = {row["holds"] for row in tables.rows("callers") if row["at"] == part}
        assert there >= narrowed, part


#: Who may the most of each kind.
MIGHTIEST = ("anonymous", "reviewer", "approver", "administrator", "t_all")
#: Methods that may change something.
UNSAFE = ("PUT", "PATCH", "DELETE", "POST")


def undone(method: str) -> Iterator[tables.Line]:
    """What no table of acts, accounts or phones lets anybody do, asked by who may the most."""
    taken = {(line.method, line.address) for name in ("acts", "account", "openrosa")
             for line in tables.lines(name) if line.method != "GET"}  # fmt: skip
    addresses = {
        line.address for name in ("api", "pages", "account", "openrosa")
        for line in tables.lines(name) if "?" not in line.address
    }  # fmt: skip
    for address in sorted(addresses):
        if (method, address) in taken or (method == "POST" and address.startswith("/account/")):
            continue
        for caller in MIGHTIEST:
            yield tables.Line(caller, method, "", address, "", tables.NOTHING)


@pytest.mark.parametrize("method", UNSAFE)
def test_no_other_method_changes_anything(site, method):
    """Whoever may the most, at every address: what is not in the table of acts writes nothing."""
    found = []
    for line in undone(method):
        with taken_back(site.callers[line.caller]) as writes:
            answer = site.ask(line)
        if answer.status_code >= 500 or writes.to:
            found.append(f"{line}: {answer.status_code}, writes {writes.to}")
    assert not found, "\n".join(found)


# --- the command line -----------------------------------------------------------------------------


def ran(site: Site, *words: str) -> tuple[int, bytes]:
    """Exit code and output of a command, in this process."""
    done = CliRunner().invoke(
        app,
        ["-w", str(site.register.folder), *words],
        env={"LANDRELEASE_PASSWORD": matrix_callers.PASSWORD},
    )
    return done.exit_code, f"{done.output}{done.exception or ''}".encode()


def test_a_file_for_a_tier_holds_what_the_table_says(site, tmp_path):
    found: list[str] = []
    for number, line in enumerate(tables.lines("exports")):
        verb, name = line.address.split()
        what, ending = name.split(".")
        file = tmp_path / f"{number}.{ending}"
        command = {
            "export": ("export", str(file), "--as", what),
            "edit": ("export", str(file), "--as", what, "--for-editing"),
            "evidence": ("evidence", "export", "--what", what, "-o", str(file)),
        }[verb]
        code, told = ran(site, *command, "--tier", line.caller)
        found += line.wrong(code, told + written(file))
    differing = list(tables.different("exports", found))
    assert not differing, "\n".join(differing)


def written(file: Path) -> bytes:
    """The bytes of an export; of a workbook those of its sheets."""
    if not file.exists():
        return b""
    if file.suffix != ".xlsx":
        return file.read_bytes()
    with zipfile.ZipFile(file) as book:
        return b"".join(book.read(name) for name in book.namelist())


def test_commands_do_for_each_person_what_the_table_says(site):
    """What can be done to a thing but once is done to a new one by each who may."""
    found: list[str] = []
    things = Things(site.register)
    for line in sorted(tables.lines("commands"), key=order):
        names = {**site.register.names, **things.named(line), "caller": line.caller}
        words = tables.filled(line.address, Register(site.register.folder, names)).split()
        # The paper of an act is handed in by the account that runs the program, whoever then may
        # not consent to it; what is decided is looked at.
        written = decided_so_far if line.route.startswith("hazard ") else written_so_far
        before = written()
        code, told = ran(site, *words)
        if code not in line.answer.statuses:
            found.append(f"{line}: exit {code}")
            print(told.decode()[-500:])
        if code and written() != before:
            found.append(f"{line}: something is written")
    differing = list(tables.different("commands", found))
    assert not differing, "\n".join(differing)


def order(line: tables.Line) -> bool:
    """Who is refused, then who does it."""
    return 0 in line.answer.statuses


class Things:
    """New things for commands: each who may is given one of their own, the others the same one."""

    def __init__(self, register: Register) -> None:
        self._fresh = Fresh(register)
        self._for_refused: dict[str, dict[str, str]] = {}

    def named(self, line: tables.Line) -> dict[str, str]:
        """What the new things are called that a command is about."""
        names: dict[str, str] = {}
        for kind in Fresh.KINDS:
            if f"<{kind}>" not in line.address:
                continue
            if 0 in line.answer.statuses:
                names |= self._fresh.made(kind)
            else:
                if kind not in self._for_refused:
                    self._for_refused[kind] = self._fresh.made(kind)
                names |= self._for_refused[kind]
        return names


def test_tables_for_power_bi_hold_no_place_no_remark_and_no_person(site, tmp_path):
    """They are for who reads everything; still they leave the office more easily than a map."""
    code, told = ran(site, "star-schema", str(tmp_path / "star"))
    assert code == 0, told
    files = {file.name: file.read_bytes() for file in (tmp_path / "star").iterdir()}
    assert b"OP1" in b"".join(files.values()), "hazards are in it, without their names"
    hidden = {"ownplace", "elsewhereplace", "informant", "victim", "restricted", "clerk", "report"}
    found = {(name, mark) for name, data in files.items() for mark in hidden
             if tables.MARKS[mark].search(data)}  # fmt: skip
    assert not found


def test_the_signing_key_is_changed_by_who_has_the_files_and_no_other_way(site):
    """No page, no operation and no token does it: it takes the folder of the keys (0033)."""
    everywhere = patterns() | {path for _, path in operations()}
    assert not [one for one in everywhere if "key" in one and not one.startswith("mfa")]
    assert not any("key" in scope for row in tables.rows("callers") if row["kind"] == "service"
                   for scope in row["holds"].split())  # fmt: skip
    before = JournalEntry.objects.count()
    code, told = ran(site, "journal", "rotate-key", "--because", "routine")
    assert code == 0, told
    assert JournalEntry.objects.count() == before + 1
    assert b"PRIVATE KEY" not in told


def decided_so_far() -> tuple[int, ...]:
    """Rows of what a decision or a publication writes."""
    return tuple(model.objects.count() for model in (JournalEntry, Approval, PublishedTable))


def written_so_far() -> tuple[int, ...]:
    """The same, and what was handed in."""
    return (*decided_so_far(), Submission.objects.count())
