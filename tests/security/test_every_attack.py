"""Every attack by every way in: one table, written by hand, held against the program.

``tables/uploads.csv`` has a line for each way and format and a column for each attack; a cell names
a line of ``tables/upload_words.csv``: what is to come of it, and the words by which it is known. A
cell that begins with ``-`` says why the attack has no place there. Whatever comes of a file:

* nothing is written outside of the workspace, and no file is read that was not handed in;
* no address is asked for (one of this machine listens, and is in the files);
* it ends, within bounds of memory;
* what is taken or kept stands in the register as it was received.

A way, format, attack or parameter of a command that no table names fails.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import resource
import shutil
import signal
import tempfile
import threading
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest
import upload_attacks
import upload_ways
from django.core.cache import cache
from django.test import override_settings
from upload_attacks import ATTACKS, ESCAPED, MAPS, REPORTS, SCRIPT, SECRET, Traps
from upload_ways import HOST, WAYS, Came, Site

from landrelease.cli import app, context
from landrelease.evidence import containers
from landrelease.exchange import read
from landrelease.register import correspondent_keys, kept, profile, seal
from landrelease.register.models import Submission
from landrelease.register.workspace import open_workspace

TABLES = Path(__file__).with_name("tables")
#: Attacks whose texts end in the database: with these the table is walked on PostgreSQL as well.
STORED = ("plain", "formula", "path_name", "odd_name", "script", "digits", "bad_text")
#: No file may take longer, seconds; so that a trap fails and does not hang. It measures nothing.
LONGEST = 300
#: Bytes beyond what the tests have already.
MEMORY = 3 * 1024**3


def rows(table: str) -> list[dict[str, str]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


WORDS = {row["word"]: row for row in rows("upload_words")}
TABLE = {(row["way"], row["format"]): row for row in rows("uploads")}


# --- is the table whole? --------------------------------------------------------------------------


def test_every_way_and_every_attack_is_in_the_table():
    attacks = [name for name in rows("uploads")[0] if name not in ("way", "format")]
    assert attacks == list(ATTACKS)
    assert len(TABLE) == len(rows("uploads")), "a line stands twice"
    assert {way for way, _ in TABLE} == set(WAYS)
    for row in TABLE.values():
        for name in attacks:
            for word in _words(row[name]):
                assert word in WORDS, f"{row['way']} {row['format']}, {name}: no word {word!r}"
    used = {word for row in TABLE.values() for name in attacks for word in _words(row[name])}
    assert used == set(WORDS), "a word that no cell uses"
    assert all(row["meaning"] for row in WORDS.values())


def _words(cell: str) -> list[str]:
    return [word.partition("+")[0] for word in cell.split("|")]


def test_every_format_that_is_read_has_its_line():
    """Endings that the program knows are in a table, each with the format it is an ending of."""
    said = {(row["what"], row["name"]): row["way"] for row in rows("upload_ways")}
    for what, endings, way in (
        ("ending of a table or map", read.FORMATS, "import"),
        ("ending of a report", containers.SUFFIXES, "evidence add"),
    ):
        assert {name for one, name in said if one == what} == set(endings)
        for ending in endings:
            form = said[what, ending].removeprefix(f"{way} ")
            assert (way, form) in TABLE, f"{ending}: no line {way}, {form}"
    assert {form for way, form in TABLE if way == "import"} == set(MAPS)
    assert {form for way, form in TABLE if way == "evidence add"} == set(REPORTS)


def test_every_parameter_that_names_a_file_has_its_way():
    """Of all commands: what is read is a way of the table, or the reason why it is none."""
    named = {row["name"]: row["way"] for row in rows("upload_ways") if row["what"] == "parameter"}
    assert set(named) == set(_parameters(app))
    for name, way in named.items():
        assert way.startswith(("-writes", "-own ")) or way in WAYS, f"{name}: {way}"


def _parameters(typer_app: typing.Any, before: str = "") -> Iterator[str]:
    for command in typer_app.registered_commands:
        name = command.name or command.callback.__name__.rstrip("_").replace("_", "-")
        for parameter, hint in typing.get_type_hints(command.callback).items():
            if "Path" in str(hint):
                yield f"{before}{name}: {parameter}"
    for group in typer_app.registered_groups:
        yield from _parameters(group.typer_instance, f"{before}{group.name} ")


def test_every_address_that_takes_a_file_has_its_way():
    from django.forms import FileField, Form

    from landrelease.web import handing_in, openrosa
    from landrelease.web.api.service import api

    named = {(row["what"], row["name"]): row["way"] for row in rows("upload_ways")}
    operations = {
        f"{method.upper()} {path}"
        for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
        for method, about in methods.items()
        if "requestBody" in about
    }
    assert {n for what, n in named if what == "operation"} == operations
    forms = {
        form.__name__
        for form in _subclasses(Form)
        if form.__module__.startswith("landrelease.")
        and any(isinstance(one, FileField) for one in form.base_fields.values())
    }
    assert handing_in
    assert {n for what, n in named if what == "form"} == forms
    posts = {one.name for one in openrosa.urlpatterns if "submission" in one.name}
    assert {n for what, n in named if what == "address for phones"} == posts
    for (what, name), way in named.items():
        if what in ("operation", "form", "address for phones"):
            assert way.startswith("-body ") or way in WAYS, f"{name}: {way}"


def _subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


# --- walking it -----------------------------------------------------------------------------------


class _Listening(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_HEAD = do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def listener() -> Iterator[ThreadingHTTPServer]:
    """An address of this machine that nobody may ask for."""
    handler = type("Listening", (_Listening,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(workspace, tmp_path, listener, monkeypatch) -> Iterator[Site]:
    """A workspace, a secret beside it, and a folder for what is written for a while."""
    cache.clear()
    profile.load.cache_clear()
    for name in ("inbox", "private", "temporary", "here"):
        (tmp_path / name).mkdir()
    secret = tmp_path / "private" / "secret.txt"
    secret.write_text(f"name,geometry\n{SECRET},POINT (1 2)\n", encoding="utf-8")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(tmp_path / "here")
    traps = Traps(secret, f"http://127.0.0.1:{listener.server_port}")
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield Site(workspace.folder, tmp_path / "inbox", traps)
    context.folder = Path()
    profile.load.cache_clear()


@contextmanager
def bounded() -> Iterator[None]:
    """A file that takes too long, or too much memory, fails its test and not the machine."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"took more than {LONGEST} s")

    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LONGEST)
    resource.setrlimit(resource.RLIMIT_AS, (has + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("way", "form"), list(TABLE), ids=["-".join(one) for one in TABLE])
def test_what_comes_of_it(way, form, site, listener, request):
    everywhere = "postgresql" not in request.node.name
    wrong: list[str] = []
    house = _house(site)
    for name in ATTACKS:
        if not everywhere and name not in STORED:
            continue
        kind = form.partition("+")[0]
        made = upload_ways.files(site, name, kind)
        words = TABLE[way, form][name].split("|")
        if words[0].startswith("-"):
            if made is not None:
                wrong.append(f"{name}: the table says {words[0]}, but there is such a file")
            continue
        if made is None:
            wrong.append(f"{name}: the table says {words}, but there is no such file")
            continue
        for number, file in enumerate(made):
            if form.endswith("+gz") and not file.name.endswith(".gz"):
                import gzip
                from dataclasses import replace

                file = replace(file, name=f"{file.name}.gz", data=gzip.compress(file.data))
            with bounded():
                found = _tried(site, way, kind, file)
            told = f"{name} {number + 1}: "
            wrong += [told + one for one in _not_as_said(found, words, number)]
            wrong += [told + one for one in _harm(site, house, listener)]
            if found.state in ("taken", "kept") and way in KEEPING:
                wrong += [told + one for one in _not_kept(site, kind, file)]
    wrong += _exports(site) if way in KEEPING else []
    wrong += _pages(site)
    assert not wrong, "\n".join(wrong)


#: Ways whose files are kept as they came.
KEEPING = ("import", "page", "api file", "phone", "evidence add", "evidence watch")


def _tried(site: Site, way: str, kind: str, file: upload_attacks.File) -> Came:
    try:
        return WAYS[way](site, kind, file)
    except TimeoutError as error:
        return Came("crashed", str(error))
    except Exception as error:
        return Came("crashed", f"{type(error).__name__}: {str(error)[:300]}")


def _not_as_said(found: Came, words: list[str], number: int) -> Iterator[str]:
    """A cell has one word for all files of an attack, or one for each; ``+`` and a state where it
    is another than that of the word: some ways keep what others refuse."""
    word, _, state = words[min(number, len(words) - 1)].partition("+")
    wanted = WORDS[word]
    state = state or wanted["state"]
    if found.state != state:
        yield f"{found.state}, not {state}: {' '.join(found.said.split())[:300]}"
    elif not re.search(wanted["said"], " ".join(found.said.split()), re.DOTALL | re.IGNORECASE):
        yield f"{found.state}, but does not say {wanted['said']!r}: {found.said[:300]}"


def _house(site: Site) -> dict[str, str]:
    """Everything beside the workspace and the inbox, as it must stay."""
    root = site.folder.parent
    return {
        str(one.relative_to(root)): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(root.rglob("*"))
        if one.is_file()
        and not one.is_relative_to(site.folder)
        and not one.is_relative_to(site.inbox)
        and not one.is_relative_to(root / "backups-made")
    }


def _harm(site: Site, house: dict[str, str], listener: ThreadingHTTPServer) -> Iterator[str]:
    now = _house(site)
    yield from (f"{one} was written" for one in sorted(set(now) - set(house)))
    yield from (f"{one} was changed" for one in sorted(house) if now.get(one) != house[one])
    for folder in (Path("/tmp"), Path.cwd(), site.folder.parent, site.folder, site.inbox.parent):
        if (folder / ESCAPED).exists():
            (folder / ESCAPED).unlink()
            yield f"{folder / ESCAPED} was written"
    left = list((site.folder.parent / "temporary").iterdir())
    yield from (f"{one.name} is left in the temporary files" for one in left)
    asked = listener.RequestHandlerClass.asked  # type: ignore[attr-defined]
    yield from (f"{one} was asked for" for one in asked)
    asked.clear()
    if any(
        SECRET.encode() in one.read_bytes()
        for one in site.folder.rglob("*")
        if one.is_file() and not one.name.startswith("register.sqlite3")
    ):
        yield "the content of another file is in the workspace"
    from landrelease.register.models import Hazard

    if Hazard.objects.filter(name__contains=SECRET).exists():
        yield "the content of another file is in a record"


def _not_kept(site: Site, kind: str, file: upload_attacks.File) -> Iterator[str]:
    digest = hashlib.sha256(file.data).hexdigest()
    plain = open_workspace(site.folder).attachments / digest[:2] / digest
    web_archive = file.data == upload_attacks._gzip_bomb()  # whatever its name says
    if kind in ("eml", "mbox") and not web_archive:  # sealed, known by a keyed mark (rule 23)
        held = Submission.objects.filter(sha256=correspondent_keys.mark("file", digest)).first()
        if plain.exists() or Submission.objects.filter(sha256=digest).exists():
            yield "the original is kept in clear"
        if held is None or not held.sealed:
            yield "no submission holds the sealed original"
        elif seal.open_bytes(seal.file_key_id(held), kept.read(held.kept)) != file.data:
            yield "what is sealed is not the original as received"
        return
    if not plain.is_file() or plain.read_bytes() != file.data:
        yield "the original is not kept as received"
    elif not Submission.objects.filter(sha256=digest).exists():
        yield "no submission holds the original"


def _exports(site: Site) -> Iterator[str]:
    """No cell of what leaves the register begins as a formula, but for numbers."""
    folder = site.folder.parent / "out"
    folder.mkdir()
    csv.field_size_limit(1 << 27)
    written = []
    for record in ("hazards", "documents"):
        for ending in ("csv", "xlsx"):
            done = site.command("export", folder / f"{record}.{ending}", "--as", record)
            written += [folder / f"{record}.{ending}"] if done.exit_code == 0 else []
    rejects = site.folder / "rejects"
    written += list(rejects.glob("*.csv")) if rejects.is_dir() else []
    for path in written:
        if path.suffix == ".csv":
            yield from (
                f"{path.name}: {cell[:40]!r} is run by a spreadsheet"
                for line in csv.reader(io.StringIO(path.read_text("utf-8")))
                for cell in line
                if _runs(cell)
            )
            continue
        for sheet in openpyxl.load_workbook(path).worksheets:
            yield from (
                f"{path.name}: {cell.value!r} is a formula"
                for line in sheet.iter_rows()
                for cell in line
                if cell.data_type == "f"
            )
    shutil.rmtree(folder)


def _runs(cell: str) -> bool:
    return cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not re.fullmatch(
        r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", cell
    )


def _pages(site: Site) -> Iterator[str]:
    """No page shows what was handed in as markup."""
    from landrelease.register.models import Document, Hazard

    addresses = ["/submissions/", "/documents/", "/hazards/", "/stories/"]
    addresses += [
        f"/submissions/{one}/" for one in Submission.objects.values_list("id", flat=True)[:5]
    ]
    marked = Hazard.objects.filter(name__contains="script>")[:2]
    addresses += [f"/hazards/{one.id}/" for one in marked]
    addresses += [f"/documents/{one.id}/" for one in Document.objects.all()[:5]]
    for address in addresses:
        shown = site.browser.get(address, secure=True)
        if SCRIPT.encode() in shown.content or b"<svg onload" in shown.content:
            yield f"{address} shows markup of a file"
        if shown.status_code != 200:
            yield f"{address}: {shown.status_code}"
