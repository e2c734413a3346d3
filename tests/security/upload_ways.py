"""The ways by which files come in, each as a person or a phone uses it.

A way takes a file and says what came of it: ``taken`` in, ``kept`` as received with the reason why
it was not read, or ``refused``. Whatever else happens (an error that nobody foresaw, an answer of
the server that it failed) is ``crashed``, and never right.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
import tarfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import upload_attacks
from click.testing import Result
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner
from upload_attacks import ESCAPED, PATHS, SCRIPT, File, Traps

from landrelease.cli import app
from landrelease.exchange.problems import ExchangeError
from landrelease.register import people, profile, tokens, watching, workspace
from landrelease.register.errors import RegisterError
from landrelease.register.models import FieldAttachment, Submission
from landrelease.register.roles import Grant, Role

HOST = "mines.example.org"


@dataclass(frozen=True)
class Came:
    """What came of a file."""

    state: str
    said: str = ""


class Site:
    """A workspace, a folder beside it for files that arrive, and those who hand them in."""

    def __init__(self, folder: Path, inbox: Path, traps: Traps) -> None:
        self.folder, self.inbox, self.traps = folder, inbox, traps

    def put(self, file: File) -> Path:
        """Write a file to the folder of arriving files, alone."""
        for old in self.inbox.iterdir():
            old.unlink()
        for name, data in ((file.name, file.data), *file.parts):
            (self.inbox / name).write_bytes(data)
        return self.inbox / file.name

    def command(self, *words: object) -> Result:
        return CliRunner().invoke(app, ["-w", str(self.folder), *map(str, words)])

    @cached_property
    def browser(self) -> Client:
        from deciders import person, signed_in

        roles = (Grant(Role.data_entry), Grant(Role.reviewer))
        return signed_in(person("dana", *roles), HOST)

    @cached_property
    def service(self) -> str:
        return tokens.issue(
            "tablets",
            kind="service",
            scopes=("view", "submit"),
            days=3,
            by=people.at_the_command_line(),
        )

    @cached_property
    def phone(self) -> str:
        from answering import OFFICE
        from phones import team_token

        from landrelease.exchange.forms import publishing
        from landrelease.exchange.forms.catalogue import FORMS

        publishing.publish(FORMS["hazard"], OFFICE, check=False)
        return base64.b64encode(f"amra:{team_token()}".encode()).decode()

    @cached_property
    def backup(self) -> bytes:
        from landrelease.register import backup_make

        target = self.folder.parent / "backups-made"
        target.mkdir()
        done = self.command("backup", "make", target)
        assert done.exit_code == 0, done.output
        (archive,) = target.glob("*.tar")
        assert backup_make
        return archive.read_bytes()


Way = Callable[[Site, str, File], Came]


def came(result: Result, kept: bool = False) -> Came:
    """What a command says."""
    error = result.exception
    if result.exit_code == 0:
        return Came("taken", result.output)
    if isinstance(error, (ExchangeError, RegisterError)):
        return Came("kept" if "is kept, but" in str(error) else "refused", str(error))
    if isinstance(error, SystemExit):
        return Came("kept" if kept else "refused", result.output)
    return Came("crashed", f"{type(error).__name__}: {error}")


def import_(site: Site, kind: str, file: File) -> Came:
    return came(
        site.command("import", site.put(file), "--as", "hazards", "--source", "S", "--accept")
    )


def check(site: Site, kind: str, file: File) -> Came:
    result = site.command("check", site.put(file))
    # What is wrong with the figures is no fault of the reading.
    return Came("taken", result.output) if "looked" in result.output.lower() else came(result)


def evidence(site: Site, kind: str, file: File) -> Came:
    result = site.command("evidence", "add", site.put(file), "--format", "json")
    try:
        states = {one["state"] for one in json.loads(result.stdout)}
    except ValueError:
        return came(result)
    if states & {"accepted", "unchanged"}:
        return Came("taken", result.stdout)
    return Came("kept" if states == {"failed"} else "refused", result.stdout)


def watch(site: Site, kind: str, file: File) -> Came:
    site.put(file)
    told: list[watching.News] = []
    watching.watch(
        site.inbox,
        people.at_the_command_line(),
        told.append,
        stop=threading.Event(),
        once=True,
        settle=0.0,
    )
    states = {one.added.state for one in told}
    said = " ".join(one.added.message for one in told)
    if "not taken in (" in said:
        return Came("crashed", said)
    if states & {"accepted", "unchanged"}:
        return Came("taken", said)
    return Came("kept" if states == {"failed"} else "refused", said or "it was not looked at")


def page(site: Site, kind: str, file: File) -> Came:
    given = SimpleUploadedFile("x", file.data)
    given.name = file.name  # as sent, not as Django's helper would have it
    answer = site.browser.post(
        "/submissions/new/", {"file": given, "record_type": "hazard"}, secure=True
    )
    if answer.status_code == 422:
        return Came("refused", _text(answer))
    if answer.status_code != 302:
        return Came("crashed", f"{answer.status_code}")
    answer = site.browser.post(answer["Location"], {"do": "submit"}, secure=True)
    if answer.status_code not in (302, 422):
        return Came("crashed", f"{answer.status_code}")
    found = Submission.objects.latest("id")
    if answer.status_code == 422 or found.state == Submission.FAILED:
        return Came("kept", _text(answer) + found.reason)
    return Came("taken")


def _text(answer: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", answer.content.decode()))


def api_file(site: Site, kind: str, file: File) -> Came:
    given = SimpleUploadedFile("x", file.data)
    given.name = file.name
    answer = Client(HTTP_HOST=HOST).post(
        "/api/v1/submissions/files",
        {"file": given, "record_type": "hazards", "source": "S"},
        secure=True,
        headers={"Authorization": f"Bearer {site.service}"},
    )
    return _answered(answer)


def api_rows(site: Site, kind: str, file: File) -> Came:
    features = file.data.partition(b'"features": ')[2][:-1]
    answer = Client(HTTP_HOST=HOST).post(
        "/api/v1/submissions",
        b'{"record_type": "hazards", "source": "S", "rows": ' + features + b"}",
        content_type="application/json",
        secure=True,
        headers={"Authorization": f"Bearer {site.service}"},
    )
    return _answered(answer)


def _answered(answer: Any) -> Came:
    said = answer.content.decode()
    if answer.status_code == 201:
        return Came("taken", said)
    if answer.status_code >= 500:
        return Came("crashed", f"{answer.status_code}: {said}")
    return Came("kept" if "is kept, but" in said else "refused", said)


def phone(site: Site, kind: str, file: File) -> Came:
    """A form with a picture that is none, called as no file should be."""
    token = site.phone
    sent = SimpleUploadedFile("form.xml", file.data, "text/xml")
    harm = SimpleUploadedFile(
        "x", f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}".encode(), "image/svg+xml"
    )
    harm.name = PATHS[0]
    answer = Client(HTTP_HOST=HOST).post(
        "/openrosa/submission",
        {"xml_submission_file": sent, "picture": harm},
        secure=True,
        headers={"Authorization": f"Basic {token}"},
    )
    said = _text(answer)
    if answer.status_code >= 500:
        return Came("crashed", said)
    if answer.status_code != 201:
        return Came("refused", said)
    assert all(ESCAPED not in one.kept for one in FieldAttachment.objects.all())
    return Came("kept" if "could not be read" in said else "taken", said)


def mapping(site: Site, kind: str, file: File) -> Came:
    areas = site.inbox.parent / "areas.csv"
    areas.write_bytes(upload_attacks.area("csv").data)
    done = site.command("import", areas, "--as", "hazards", "--map", site.put(file), "--dry-run")
    areas.unlink()
    return came(done)


def own_profile(site: Site, kind: str, file: File) -> Came:
    path = site.put(file)
    profile.load.cache_clear()
    try:
        profile.load(str(path))
    except RegisterError as error:
        return Came("refused", str(error))
    except Exception as error:
        return Came("crashed", f"{type(error).__name__}: {error}")
    return Came("taken")


def ledger_check(site: Site, kind: str, file: File) -> Came:
    return came(site.command("ledger", "check", site.put(file)))


def restore(site: Site, kind: str, file: File) -> Came:
    target = site.folder.parent / "restored"
    done = site.command(
        "restore", site.put(file), target, "--keys", site.folder / "keys", "--no-erasures-since"
    )
    workspace.open_workspace(site.folder)
    if done.exit_code == 0:
        import shutil

        shutil.rmtree(target)
        return Came("taken", done.output)
    found = came(done)
    return Came("crashed", f"{target} is there: {found.said}") if target.exists() else found


WAYS: dict[str, Way] = {
    "import": import_,
    "check": check,
    "evidence add": evidence,
    "evidence watch": watch,
    "page": page,
    "api file": api_file,
    "api rows": api_rows,
    "phone": phone,
    "mapping": mapping,
    "profile": own_profile,
    "ledger check": ledger_check,
    "restore": restore,
}


def files(site: Site, attack: str, kind: str) -> list[File] | None:
    """What an attack hands in, in a format; None where the format has no place for it."""
    if kind in ("yaml", "tar", "ledger"):
        made = {"yaml": _yaml, "tar": _tar, "ledger": _ledger}[kind](site, attack)
        return made and [File(f"given.{kind}", data) for data in made]
    if kind == "xform":
        assert site.phone, "the form is published by then"
    return upload_attacks.ATTACKS[attack](kind, site.traps)


# --- settings, backups, ledgers -------------------------------------------------------------------


def _yaml(site: Site, attack: str) -> list[bytes] | None:
    lists = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    merged = "b0: &b0 {k: v}\n" + "".join(
        f"b{n}: &b{n}\n  <<: [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    return {
        "yaml_alias": [
            lists.encode(),
            merged.encode(),
            b"columns: &a [*a]\n",
            b"columns: !!python/object/apply:os.system ['touch /tmp/escaped']\n",
            f"columns: !include {site.traps.secret}\n".encode(),
        ],
        "deep": [b"columns: " + b"[" * 100_000 + b"]" * 100_000],
        "digits": [b"name: " + b"9" * 1_000_000 + b"\n"],
        "bad_text": [b"name: North\xff\xfe\xed\xa0\x80field\n", b"name: a\0b\n"],
    }.get(attack)


def _ledger(site: Site, attack: str) -> list[bytes] | None:
    return {
        "odd_name": [f"{upload_attacks.OVERRIDE}\n\x1b[2J\0\n".encode(), b"x" * 5_000_000],
        "digits": [b"; ledger\n2024-01-01 " + b"9" * 1_000_000 + b" mm2\n"],
        "bad_text": [b"North\xff\xfe\xed\xa0\x80field\n"],
    }.get(attack)


def _tar(site: Site, attack: str) -> list[bytes] | None:
    data = site.backup
    match attack:
        case "plain":
            return [data]
        case "path_name":
            return [_with(data, name=name) for name in PATHS]
        case "odd_name":
            return [_with(data, name=name) for name in (upload_attacks.OVERRIDE, "n" * 5_000)]
        case "link":
            return [
                _with(data, name="files/national.yaml", link=kind, target=str(site.traps.secret))
                for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)
            ]
        case "gzip_bomb":
            return [
                _with(data, change=_table, body=upload_attacks._gzip_bomb()),
                _with(data, change=_table, body=upload_attacks._gzip_bomb(), sign=True),
            ]
        case "deep":
            return [_with(data, change="manifest.json", body=b"[" * 100_000 + b"]" * 100_000)]
        case "digits":
            return [
                _with(
                    data,
                    change="manifest.json",
                    body=b'{"format_version": ' + b"9" * 1_000_000 + b"}",
                )
            ]
        case "bad_text":
            return [_with(data, change="manifest.json", body=b'{"format": "\xff\xfe"}')]
        case "zip_bomb":
            return [b"\0" * 2_000_000]
    return None


_table = "tables/register_submission.jsonl.gz"


def _with(
    data: bytes,
    *,
    name: str = "",
    link: bytes = b"",
    target: str = "",
    change: str = "",
    body: bytes = b"",
    sign: bool = False,
) -> bytes:
    """A backup with one member more, or one that was changed (and signed for in the manifest)."""
    import hashlib

    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data)) as old,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        members = old.getmembers()
        if change:
            assert change in {one.name for one in members}, [one.name for one in members]
        if name:
            info = tarfile.TarInfo(name)
            info.size = 0 if link else 7
            if link:
                info.type, info.linkname = link, target
            new.addfile(info, io.BytesIO(b"harmful"[: info.size]))
        for one in members:
            stream = old.extractfile(one)
            assert stream is not None
            piece = stream.read()
            if one.name == change:
                piece = body
            elif sign and one.name == "manifest.json":
                told = json.loads(piece)
                told["members"][change] = {
                    "sha256": hashlib.sha256(body).hexdigest(),
                    "size": len(body),
                }
                piece = json.dumps(told).encode()
            one.size = len(piece)
            new.addfile(one, io.BytesIO(piece))
    return out.getvalue()
