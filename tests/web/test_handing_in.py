"""Files handed in on a page: kept, looked at in a process of its own, submitted or withdrawn."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import tempfile
import zipfile

import openpyxl
import pytest
from deciders import person, signed_in
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from registering import HAZARD, bow_tie, geojson, hazards, operator, square, submit, table

from landrelease.exchange import bounded
from landrelease.exchange.editing import write_for_editing
from landrelease.exchange.template import write_template
from landrelease.register import decisions, handed_in, kept, profile, tokens
from landrelease.register.doctor import Level
from landrelease.register.errors import QuotaExceeded
from landrelease.register.models import Hazard, JournalEntry, PersonKey, Submission
from landrelease.register.people import Actor
from landrelease.register.roles import Grant, Role
from landrelease.register.schema import RECORD_TYPES
from landrelease.web.handing_in import plain_name

HOST = "mines.example.org"
NEW = "/submissions/new/"


@pytest.fixture
def site(store, tmp_path):
    cache.clear()
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), {**HAZARD, "name": "Mill"}))
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield store


def clerk(name: str = "dana", grant: Grant | None = None) -> Client:
    return signed_in(person(name, grant or Role.data_entry), HOST)


def upload(browser: Client, path, record_type="hazard", **fields):
    data = {"file": SimpleUploadedFile(path.name, path.read_bytes()), "record_type": record_type}
    return browser.post(NEW, {**data, **fields}, secure=True)


def kept_as(browser: Client, path, record_type="hazard", **fields) -> tuple[Submission, str]:
    """Hand a file in; the submission and the address of its preview."""
    answer = upload(browser, path, record_type, **fields)
    assert answer.status_code == 302, answer.text
    found = Submission.objects.latest("id")
    assert answer["Location"] == f"/submissions/{found.id}/handed-in/"
    return found, answer["Location"]


def workbook(path, rows):
    """A workbook of the template, filled in."""
    write_template(path, RECORD_TYPES["hazard"], place="wkt")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=3):
        for name, value in row.items():
            sheet.cell(number, heads[name], value)
    book.save(path)
    return path


def written_in(word: str, folder) -> bool:
    """Whether a word stands in a file of a folder. Another process looks: closing the file of the
    database in this one would let go of the locks that SQLite holds on it."""
    found = subprocess.run(["grep", "-rqF", word, str(folder)], check=False)
    assert found.returncode in (0, 1)
    return found.returncode == 0


# --- the whole way --------------------------------------------------------------------------------


def test_a_workbook_is_kept_looked_at_and_submitted(site, tmp_path):
    common = {"type": "SHA", "classes": "ap", "date": "2024-05"}
    rows = [
        {**common, "source_id": "N1", "geometry": square(30).wkt},
        {**common, "source_id": "N2", "geometry": square(40).wkt, "date": "someday"},
        {**common, "source_id": "N3", "geometry": bow_tie(50).wkt},
    ]
    path = workbook(tmp_path / "areas.xlsx", rows)
    browser = clerk()
    assert "dana" not in json.dumps(list(Submission.objects.values_list("submitter", flat=True)))
    found, address = kept_as(browser, path, source="Survey 2024")
    assert (found.state, found.submitter) == (Submission.RECEIVED, "dana")
    assert kept.read(found.kept) == path.read_bytes(), "kept as received before it was read"
    entries = JournalEntry.objects.count()
    shown = browser.get(address, secure=True)
    assert shown.status_code == 200
    for told in ("Rows new to the register", "Columns read", "source_id = source_id", "date"):
        assert told in shown.text, told
    preview = bounded.preview(found.receipt, "dana", second_factor=False)
    assert preview["counts"]["new"] == 3
    places = {(f["row"], f["field"], f["rule"]) for f in preview["findings"]}
    assert any(field == "date" for _, field, _ in places)
    for row, _, rule in places:
        assert rule in shown.text
        assert row is None or f'<th scope="row">{row}</th>' in shown.text
    found.refresh_from_db()
    assert (found.state, found.summary) == (Submission.RECEIVED, "{}"), "looking changes nothing"
    assert JournalEntry.objects.count() == entries
    done = browser.post(address, {"do": "submit"}, secure=True)
    assert done["Location"] == f"/submissions/{found.id}/"
    found.refresh_from_db()
    assert (found.state, found.source) == (Submission.CHECKED, "Survey 2024")
    assert json.loads(found.summary)["counts"]["new"] == 3
    assert Hazard.objects.count() == 1, "a person decides"
    assert found.receipt in browser.get("/submissions/?state=waiting", secure=True).text
    rita = Actor("rita", "Authority", authenticated=True)
    decisions.accept_submission(found.receipt, rita)
    assert Hazard.objects.count() == 4
    again = browser.post(address, {"do": "submit"}, secure=True)
    assert again.status_code == 302
    assert Submission.objects.filter(submitter="dana").count() == 1


def test_it_says_the_same_as_the_command_line(site, tmp_path):
    path = geojson(tmp_path / "hazards.geojson", [
        (square(), {**HAZARD, "name": "Mill"}), (square(20), {**HAZARD, "source_id": "N"}),
        (None, {**HAZARD, "source_id": "P"}), (bow_tie(60), {**HAZARD, "source_id": "B"}),
    ])  # fmt: skip
    found, address = kept_as(clerk(), path, source="Survey")
    told = bounded.preview(found.receipt, "dana", second_factor=False)
    outcome = submit(path, "hazards", dry_run=True)
    assert told["counts"] == outcome.counts
    assert told["rejected"] == outcome.rejected
    assert {(r["rule"], r["severity"]): r["findings"] for r in told["rules"]} == {
        (rule, severity): number
        for rule, found in outcome.findings.items() for severity, number in found.items()
    }  # fmt: skip
    assert told["counts"]["held_for_second_person"] == 1
    shown = signed_in_again("dana").get(address, secure=True).text
    assert "held for two people" in shown


def signed_in_again(name: str) -> Client:
    from django.contrib.auth.models import User

    return signed_in(User.objects.get(username=name), HOST)


def test_what_came_back_from_editing_is_compared_three_ways(site, tmp_path):
    path = tmp_path / "edited.gpkg"
    write_for_editing(path, RECORD_TYPES["hazard"], lambda *_: None)
    with sqlite3.connect(path) as database:
        database.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            database.create_function(name, 1, lambda _: 0.0)
        database.execute("UPDATE edited SET name = 'Theirs', priority = 'high'")
    database.close()
    hazards(tmp_path, (square(size=2), {**HAZARD, "name": "Ours"}))
    browser = clerk()
    found, address = kept_as(browser, path, back="on")
    shown = browser.get(address, secure=True)
    assert "Conflicts" in shown.text
    for value in ("Mill", "Theirs", "Ours"):
        assert value in shown.text.partition("Conflicts")[2]
    browser.post(address, {"do": "submit"}, secure=True)
    found.refresh_from_db()
    assert found.state == Submission.CHECKED
    assert found.findings.filter(rule="edit_conflict", field="name").exists()
    assert json.loads(found.summary)["counts"]["changed"] == 1


def test_a_returned_file_is_put_right(site, tmp_path):
    browser = clerk()
    first = hazards(tmp_path, (square(70), {**HAZARD, "source_id": "R"}), accept=False,
                    actor=Actor("dana", "Authority", authenticated=True))  # fmt: skip
    decisions.return_submission(
        first.receipt, Actor("rita", "Authority", authenticated=True), "which map?"
    )
    page = browser.get(f"/submissions/{Submission.objects.latest('id').id}/", secure=True).text
    assert f"{NEW}?answers={first.receipt}" in page
    form = browser.get(NEW, {"answers": first.receipt}, secure=True).text
    assert f'value="{first.receipt}"' in form
    path = geojson(tmp_path / "again.geojson", [(square(71), {**HAZARD, "source_id": "R"})])
    wrong = upload(browser, path, "activity", answers=first.receipt)
    assert wrong.status_code == 422
    found, address = kept_as(browser, path, answers=first.receipt)
    browser.post(address, {"do": "submit"}, secure=True)
    found.refresh_from_db()
    assert (found.answers, found.state) == (first.receipt, Submission.CHECKED)


def test_it_is_read_otherwise_without_sending_it_again(site, tmp_path):
    path = tmp_path / "two.xlsx"
    book = openpyxl.Workbook()
    for title in ("north", "south"):
        sheet = book.create_sheet(title)
        sheet.append(["source_id", "type", "classes", "date"])
        sheet.append([title, "SHA", "ap", "2024"])
    book.remove(book.worksheets[0])
    book.save(path)
    browser = clerk()
    found, address = kept_as(browser, path)
    refused = browser.get(address, secure=True)
    assert refused.status_code == 422
    assert "north" in refused.text
    assert tempfile.gettempdir() not in refused.text, "no path of this machine"
    assert 'value="submit"' not in refused.text
    wrong = browser.post(address, {"do": "read", "crs": "+init=/etc/passwd:x"}, secure=True)
    assert wrong.status_code == 422
    assert browser.post(address, {"do": "read", "layer": "south"}, secure=True).status_code == 302
    shown = browser.get(address, secure=True)
    assert shown.status_code == 200
    assert bounded.preview(found.receipt, "dana", second_factor=False)["layer"] == "south"


def test_a_withdrawn_file_is_kept_and_proposes_nothing(site, tmp_path):
    path = geojson(tmp_path / "h.geojson", [(square(80), {**HAZARD, "source_id": "W"})])
    browser = clerk()
    found, address = kept_as(browser, path)
    assert found.receipt in browser.get("/submissions/?state=received&own=1", secure=True).text
    browser.post(address, {"do": "withdraw"}, secure=True)
    found.refresh_from_db()
    assert found.state == Submission.WITHDRAWN
    assert [event.what for event in found.events.all()] == ["withdrawn"]
    assert kept.read(found.kept) == path.read_bytes()
    assert browser.post(address, {"do": "submit"}, secure=True).status_code == 302
    assert not found.parts.exists()
    listed = browser.get("/submissions/?state=withdrawn", secure=True).text
    assert found.receipt in listed


# --- who, and what they are told ------------------------------------------------------------------


def test_only_who_may_hand_in_and_nobody_else_looks_at_it(site, tmp_path):
    path = geojson(tmp_path / "h.geojson", [(square(80), {**HAZARD, "source_id": "W"})])
    for name, role in (("vera", Role.viewer), ("adam", Role.administrator)):
        browser = signed_in(person(name, role), HOST)
        assert browser.get(NEW, secure=True).status_code == 403
        assert upload(browser, path).status_code == 403
    stranger = Client(HTTP_HOST=HOST)
    assert stranger.get(NEW, secure=True).status_code == 302
    assert upload(stranger, path).status_code in (302, 403)
    raw = tokens.issue("robot", kind="service", scopes=("submit", "view"), days=3,
                       by=Actor("root", "Authority", authenticated=True))  # fmt: skip
    robot = Client(HTTP_HOST=HOST)
    refused = robot.post(NEW, {"record_type": "hazard"}, secure=True,
                         HTTP_AUTHORIZATION=f"Bearer {raw}")  # fmt: skip
    assert refused.status_code == 403
    assert not Submission.objects.exclude(submitter="clerk").exists()
    found, address = kept_as(clerk(), path)
    for other in (signed_in(person("rita", Role.reviewer), HOST), clerk("otto")):
        assert other.get(address, secure=True).status_code == 404
        assert other.post(address, {"do": "submit"}, secure=True).status_code == 404
    found.refresh_from_db()
    assert found.state == Submission.RECEIVED


def test_a_part_of_the_register_is_told_about_own_rows_only(site, tmp_path):
    path = geojson(tmp_path / "h.geojson", [(square(), HAZARD), (None, {"source_id": "Q"})])
    browser = clerk("olga", Grant(Role.data_entry, organisation="OP1"))
    assert 'name="back"' not in browser.get(NEW, secure=True).text
    _, address = kept_as(browser, path, source="Survey", back="on")
    shown = browser.get(address, secure=True)
    assert shown.status_code == 200
    assert "Rows received" in shown.text
    for hidden in ("Rows new", "Records changed", "held for two people", "HA-1", "Mill"):
        assert hidden not in shown.text, hidden


def test_a_file_about_persons_is_sealed_from_the_first_moment(site, tmp_path):
    path = table(tmp_path / "victims.csv", [
        {"source_id": "V1", "name": "Zyxandra Quillfeather", "sex": "Zyxandra"}
    ])  # fmt: skip
    browser = clerk()
    found, address = kept_as(browser, path, "victim")
    assert found.sealed
    assert not written_in("Zyxandra", site.folder)
    shown = browser.get(address, secure=True)
    assert shown.status_code == 200
    assert "Zyxandra" not in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert PersonKey.objects.filter(id__startswith="file-").count() == 1
    browser.post(address, {"do": "submit"}, secure=True)
    found.refresh_from_db()
    assert found.state == Submission.CHECKED
    assert not written_in("Zyxandra", site.folder)


# --- limits ---------------------------------------------------------------------------------------


def limits(monkeypatch, **values):
    own = profile.current()
    changed = own.model_copy(update={"deliveries": own.deliveries.model_copy(update=values)})
    monkeypatch.setattr(profile, "current", lambda: changed)


def test_a_person_hands_in_so_much_a_day(site, tmp_path, monkeypatch):
    path = geojson(tmp_path / "h.geojson", [(square(80), {**HAZARD, "source_id": "W"})])
    size = path.stat().st_size
    limits(monkeypatch, bytes_per_day=2 * size + 10)
    browser = clerk()
    for _ in range(2):
        kept_as(browser, path)
    assert handed_in.bytes_today("dana") == 2 * size
    before = Submission.objects.count()
    refused = upload(browser, path)
    assert refused.status_code == 429
    assert f"may hand in {2 * size + 10:,} a day" in refused.text
    assert Submission.objects.count() == before
    with pytest.raises(QuotaExceeded, match="dana has handed in"):
        handed_in.keep("h.geojson", path.read_bytes(), handed_in.Asked("hazard"),
                       Actor("dana", "Authority", authenticated=True))  # fmt: skip
    kept_as(clerk("otto"), path)


def test_the_api_counts_for_the_same_quota(site, tmp_path, monkeypatch):
    from calling import service
    from test_api_records import ROWS

    limits(monkeypatch, bytes_per_day=600)
    sender = service("submit", name="tablets")
    sender.tell("/api/v1/submissions", ROWS, status=201)
    assert handed_in.bytes_today("service:tablets") > 0
    limits(monkeypatch, bytes_per_day=handed_in.bytes_today("service:tablets") + 10)
    response = sender.post("/api/v1/submissions", json.dumps(ROWS), "application/json")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 24 * 3600
    assert "a day (UTC)" in response.json()["detail"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ", "is not known"),
        ("a.shp", b"\x00\x00\x27\x0a", "one .zip"),
        ("a.csv", b"", "empty"),
    ],
)
def test_what_is_no_such_file_is_not_kept(site, tmp_path, name, content, why):
    before = Submission.objects.count()
    data = {"file": SimpleUploadedFile(name, content), "record_type": "hazard"}
    refused = clerk().post(NEW, data, secure=True)
    assert refused.status_code == 422
    assert why in refused.text
    assert Submission.objects.count() == before


def test_a_file_larger_than_allowed_is_not_kept(site, tmp_path, monkeypatch):
    limits(monkeypatch, largest_bytes=100)
    path = geojson(tmp_path / "h.geojson", [(square(80), HAZARD)])
    refused = upload(clerk(), path)
    assert refused.status_code == 422
    assert "more than 100 bytes" in refused.text


def test_a_hostile_file_reads_nothing_and_the_server_goes_on(site, tmp_path):
    browser = clerk()
    secret = tmp_path / "secret.csv"
    secret.write_text("name\nthe content of another file\n")
    disguised = tmp_path / "areas.gpkg"
    disguised.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 250_000_000)
    for path in (disguised, bomb):
        found, address = kept_as(browser, path)
        shown = browser.get(address, secure=True)
        assert shown.status_code == 422
        assert "the content of another file" not in shown.text
        assert 'role="alert"' in shown.text
        assert browser.post(address, {"do": "submit"}, secure=True).status_code in (302, 422)
        found.refresh_from_db()
        assert found.state in (Submission.RECEIVED, Submission.FAILED)
        assert not found.parts.exists()


@pytest.mark.parametrize(
    ("values", "why"),
    [({"reading_memory_mb": 30}, "30 MB of memory"), ({"reading_seconds": 1}, "1 seconds")],
)
def test_what_takes_too_much_is_given_up_and_stays_kept(site, tmp_path, monkeypatch, values, why):
    """A large table: seconds of computing and hundreds of megabytes."""
    row = {"type": "SHA", "classes": "ap", "date": "2024", "name": "x" * 200, "remarks": "y" * 200}
    path = table(tmp_path / "many.csv", [{"source_id": f"S{n}", **row} for n in range(60_000)])
    browser = clerk()
    found, address = kept_as(browser, path)
    limits(monkeypatch, **values)
    shown = browser.get(address, secure=True)
    assert shown.status_code == 422
    assert why in shown.text
    found.refresh_from_db()
    assert found.state == Submission.RECEIVED


def test_so_many_are_read_at_once_and_the_next_one_is_told(site, tmp_path, monkeypatch):
    path = geojson(tmp_path / "h.geojson", [(square(80), {**HAZARD, "source_id": "W"})])
    browser = clerk()
    _, address = kept_as(browser, path)
    monkeypatch.setattr(bounded, "_PATIENCE", 0.01)
    taken = [bounded._turns.acquire(blocking=False) for _ in range(bounded.AT_ONCE)]
    try:
        assert all(taken)
        busy = browser.get(address, secure=True)
    finally:
        for _ in taken:
            bounded._turns.release()
    assert busy.status_code == 503
    assert "try again" in busy.text


@pytest.mark.parametrize(
    ("given", "kept_name"),
    [
        ("C:\\Users\\dana\\areas.gpkg", "areas.gpkg"), ("../../etc/passwd.csv", "passwd.csv"),
        (".hidden.csv", "hidden.csv"), ("a\0b\n.csv", "a_b_.csv"), ("x" * 300 + ".csv", None),
    ],
)  # fmt: skip
def test_names_of_files_are_plain(given, kept_name):
    name = plain_name(given)
    assert name == kept_name or (kept_name is None and len(name) <= 120)
    assert name.endswith((".csv", ".gpkg"))


def test_the_doctor_tells_of_files_that_wait_for_their_sender(site, tmp_path):
    from landrelease.register import doctor

    path = geojson(tmp_path / "h.geojson", [(square(80), {**HAZARD, "source_id": "W"})])
    found, _ = kept_as(clerk(), path)
    Submission.objects.filter(id=found.id).update(received_at="2020-01-01T00:00:00.000000Z")
    said = list(doctor._interrupted(site))
    assert [level for level, *_ in said] == [Level.notice]
    assert "wait for whoever handed them in" in said[0][1]
