"""Exports of what reports say: every row leads back to the words, and obeys the reader's tier."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from landrelease import treaty
from landrelease.cli import app
from landrelease.exchange import ExchangeError, evidence_export, formulas
from landrelease.register import (
    canonical,
    claim_decisions,
    document_tier,
    documents,
    people,
    shown_names,
)
from landrelease.register.evidence_rows import Reader
from landrelease.register.models import Claim, Document
from landrelease.register.positions import position_rows, states_of

ROOT = Path(__file__).resolve().parent.parent.parent
REPORTS = {
    "a.txt": (
        "Posted on 03/15/2021\n\nThe mayor of Olburg, Karl Weiss, said that 40 people were killed "
        "by mines in the orchard. Mara Lind said mines had killed her sheep near the mill.\n\n"
        "Angola ratified the Mine Ban Treaty in 2002. Angola said on Monday that it had destroyed "
        "its stockpile of anti-personnel mines.\n"
    ),
    "b.txt": (
        "Fishing boats were kept in port because of high winds, and the ferry did not run.\n\n"
        "Karl Weiss, the mayor of Olburg, told the Harbour Herald that 12 people were killed by "
        "mines in the orchard. The farmers' league alleged that a field was never searched. Tern "
        "Clearance denied the allegation.\n"
    ),
}
PLACE = {
    "text": "Olburg", "start": 36, "end": 42, "kind": "name", "within": "content",
    "feature": "town", "id": "made-up:1", "name": "Olburg",
    "latitude": 44.25, "longitude": -17.5, "country": "XA", "admin1": None, "confidence": 0.75,
}  # fmt: skip


@pytest.fixture
def taken_in(workspace, tmp_path: Path):
    for name, text in REPORTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    documents.add([tmp_path / name for name in REPORTS], people.at_the_command_line())
    for claim in Claim.objects.all():
        body = canonical.loads(claim.body)
        named = "40 people" in body["content"]["text"]
        body["slots"]["places"] = [PLACE, {**PLACE, "id": "made-up:2"}] if named else []
        claim.body = canonical.dumps(body).decode()
        claim.save()
    return workspace


def exported(tmp_path: Path, what: str, form: str, tier: str = "partner", **more: Any) -> Path:
    path = tmp_path / f"out.{form}"
    written = evidence_export.export(path, what, Reader(tier), **more)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == written.sha256
    return path


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return [
            {name: formulas.unguard(cell) for name, cell in row.items()}
            for row in csv.DictReader(handle)
        ]


def test_offsets_and_hashes_lead_to_the_words(taken_in, tmp_path) -> None:
    found = csv_rows(exported(tmp_path, "claims", "csv", "restricted"))
    assert len(found) == Claim.objects.count()
    for row in found:
        text = REPORTS[row["document"]]
        assert row["document_sha256"] == hashlib.sha256(text.encode()).hexdigest()
        for part in ("source", "cue", "content"):
            words = text[int(row[f"{part}_start"]) : int(row[f"{part}_end"])]
            assert " ".join(words.split()) == row[f"{part}_text"]
        record = Document.objects.get(filename=row["document"])
        assert row["permalink"] == f"/documents/{record.id}/#{row['claim']}"
        assert row["document_ref"] == record.ref
        assert row["decision"] == "proposed"
    (killed,) = [row for row in found if "40 people" in row["content_text"]]
    assert (killed["quantity_lower"], killed["quantity_upper"]) == ("40", "40")
    assert evidence_export.split(killed["place_ids"]) == ["made-up:1", "made-up:2"]
    assert evidence_export.split(killed["place_longitudes"]) == ["-17.5", "-17.5"]


def test_all_formats_hold_the_same(taken_in, tmp_path) -> None:
    for what, columns in evidence_export.COLUMNS.items():
        names = [field.name for field in columns]
        table = csv_rows(exported(tmp_path, what, "csv"))
        body = json.loads(exported(tmp_path, what, "json").read_bytes())
        sheet = openpyxl.load_workbook(exported(tmp_path, what, "xlsx"))[what]
        lines = list(sheet.iter_rows(values_only=True))
        assert table, what
        assert list(table[0]) == names == list(lines[0]) == list(body["rows"][0])
        assert body["count"] == len(table) == len(body["rows"]) == len(lines) - 1
        assert (body["what"], body["tier"]) == (what, "partner")
        for row, full, line in zip(table, body["rows"], lines[1:], strict=True):
            for name, cell in zip(names, line, strict=True):
                told = evidence_export._cell(full[name])
                assert told == cell
                shown = str(told).lower() if isinstance(told, bool) else told
                assert str("" if shown is None else shown) == row[name]


def test_private_persons_have_pseudonyms_outside_the_restricted_tier(taken_in, tmp_path) -> None:
    for what in evidence_export.COLUMNS:
        for form in ("csv", "json"):
            for tier in ("public", "partner"):
                text = exported(tmp_path, what, form, tier).read_text(encoding="utf-8")
                assert "Lind" not in text, (what, form, tier)
    path = exported(tmp_path, "claims", "csv")
    (row,) = [row for row in csv_rows(path) if "sheep" in row["content_text"]]
    record = Document.objects.get(filename="a.txt")
    assert row["source"] == shown_names.pseudonym("Mara Lind", record.sha256)
    assert row["source_private"] == "true"
    assert "Karl Weiss" in path.read_text(encoding="utf-8")
    assert "Mara Lind" in exported(tmp_path, "claims", "csv", "restricted").read_text()


def test_what_the_tier_does_not_hold_is_withheld_and_counted(taken_in, tmp_path) -> None:
    document_tier.mark("a.txt", "restricted", people.at_the_command_line())
    restricted = Claim.objects.filter(body__contains='"document":"a.txt"').count()
    reader = Reader("partner")
    found = list(evidence_export.rows("claims", reader))
    assert {row["document"] for row in found} == {"b.txt"}
    assert reader.withheld == {"document beyond the tier": restricted}
    for what in evidence_export.COLUMNS:
        reader = Reader("partner")
        assert "a.txt" not in json.dumps(list(evidence_export.rows(what, reader)), default=str)
        assert sum(reader.withheld.values()) > 0, what
    body = json.loads(exported(tmp_path, "claims", "json").read_bytes())
    assert body["withheld"] == {"document beyond the tier": restricted}
    assert len(list(evidence_export.rows("claims", Reader("restricted")))) > len(found)
    # Nothing is marked public, so that the public gets nothing, and is told so.
    reader = Reader("public")
    assert list(evidence_export.rows("claims", reader)) == []
    assert sum(reader.withheld.values()) == Claim.objects.count()


def test_a_claim_restricted_by_what_it_says_is_withheld(taken_in) -> None:
    claim = Claim.objects.all()[0]
    body = canonical.loads(claim.body) | {"restricted": True}
    Claim.objects.filter(id=claim.id).update(body=canonical.dumps(body).decode())
    reader = Reader("partner")
    ids = [row["id"] for row in evidence_export.rows("claims", reader)]
    assert claim.id not in ids
    assert reader.withheld == {"claim restricted": 1}
    assert claim.id in [row["id"] for row in evidence_export.rows("claims", Reader("restricted"))]


def test_a_decision_stands_beside_its_claim(taken_in) -> None:
    claim = Claim.objects.all()[0]
    claim_decisions.reject(claim.id, actor=people.at_the_command_line(), reason="not about mines")
    states = {row["id"]: row["decision"] for row in evidence_export.rows("claims", Reader())}
    assert states[claim.id] == "rejected"
    assert set(states.values()) == {"rejected", "proposed"}


def test_geojson_has_a_feature_for_each_place_and_counts_the_rest(
    taken_in, tmp_path, ogr2ogr
) -> None:
    path = exported(tmp_path, "claims", "geojson")
    body = json.loads(path.read_bytes())
    assert body["claims"] == Claim.objects.count()
    assert body["claims_without_place"] == body["claims"] - 1
    assert "not where a hazard lies" in body["note"]
    assert [f["geometry"]["coordinates"] for f in body["features"]] == [[-17.5, 44.25]] * 2
    properties = body["features"][0]["properties"]
    assert (properties["place_id"], properties["place_confidence"]) == ("made-up:1", 0.75)
    assert REPORTS["a.txt"][properties["content_start"] :].startswith("that 40 people")
    info = str(Path(ogr2ogr).with_name("ogrinfo"))
    seen = subprocess.run([info, "-al", str(path)], capture_output=True, text=True, check=True)
    assert "Feature Count: 2" in seen.stdout
    assert "POINT (-17.5 44.25)" in seen.stdout
    assert re.search(r"content_start \(Integer\) = \d+", seen.stdout)
    with pytest.raises(ExchangeError, match="no places"):
        exported(tmp_path, "timeline", "geojson")


def test_geojson_without_any_place_is_still_a_collection(taken_in, tmp_path) -> None:
    documents.add([], people.at_the_command_line())
    for claim in Claim.objects.all():
        body = canonical.loads(claim.body)
        body["slots"].pop("places", None)
        Claim.objects.filter(id=claim.id).update(body=canonical.dumps(body).decode())
    body = json.loads(exported(tmp_path, "claims", "geojson").read_bytes())
    assert (body["type"], body["features"]) == ("FeatureCollection", [])
    assert body["claims_without_place"] == body["claims"] == Claim.objects.count()


# --- Formulas -------------------------------------------------------------------------------------


@given(st.text(st.sampled_from("=+-@＝'\t\r\n |\\ab1"), max_size=12))
def test_a_cell_is_never_a_formula_and_reads_back(text: str) -> None:
    cell = formulas.guard(text)
    assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", cell)
    assert formulas.unguard(cell) == text


@given(st.lists(st.text(st.sampled_from("|\\ab"), max_size=5), min_size=1, max_size=4))
def test_several_values_in_a_cell_read_back(values: list[str]) -> None:
    cell = evidence_export._cell(values) or ""
    assert evidence_export.split(cell) == ([] if values == [""] else values)


def test_a_report_full_of_formulas_is_harmless(workspace, tmp_path) -> None:
    attack = '=HYPERLINK("http://example.org"&A1) was what +41 rows held'
    (tmp_path / "=cmd.txt").write_text(
        f"The mayor, Karl Weiss, said that mines were found. “{attack},” the mayor said.\n",
        encoding="utf-8",
    )
    documents.add([tmp_path / "=cmd.txt"], people.at_the_command_line())
    with exported(tmp_path, "claims", "csv").open(encoding="utf-8", newline="") as handle:
        cells = [cell for row in list(csv.reader(handle))[1:] for cell in row]
    assert "'=cmd.txt" in cells
    assert not [cell for cell in cells if re.match(r"\s*[=+@-]", cell)]
    book = openpyxl.load_workbook(exported(tmp_path, "claims", "xlsx"))
    shown = [cell for row in book["claims"].iter_rows(min_row=2) for cell in row]
    assert not [cell for cell in shown if cell.data_type == "f"]
    (named,) = {(cell.value, cell.quotePrefix) for cell in shown if cell.value == "=cmd.txt"}
    assert named == ("=cmd.txt", True)


# --- Positions ------------------------------------------------------------------------------------


def test_positions_stand_beside_the_treaty_status_of_that_day(taken_in) -> None:
    found = list(position_rows(Reader(), state="AGO"))
    (said,) = [row for row in found if row["role"] == "speaker"]
    assert (said["kind"], said["time"]) == ("stockpile", "2021-03-15")
    assert said["apmbc"].startswith("party since")
    assert treaty.status("AGO", dt.date(2021, 3, 15))["apmbc"].verified == (
        "unverified" not in said["apmbc"]
    )
    assert "2021-03-15" in said["status_basis"]
    assert said["strength"].startswith("at most 1")
    assert list(position_rows(Reader(), state="CUB")) == []
    everything = list(position_rows(Reader()))
    order = [(row["state"], row["time"] or "9999") for row in everything]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ({"source": {"text": "Angola", "name": "Angola", "organisation": "Angola"}, "slots": {}},
         [("AGO", "speaker")]),
        ({"source": {"text": "an Angolan official", "name": None, "organisation": None,
                     "role": "Angolan official"}, "slots": {"states": ["CUB"]}},
         [("AGO", "speaker"), ("CUB", "mentioned")]),
        ({"source": {"text": "Mara Lind", "name": "Mara Lind", "organisation": None, "role": None},
          "slots": {"states": ["CUB", "AGO"],
                    "parties": [{"code": "CUB", "role": "supplier"}, {"code": None, "role": "user"},
                                {"code": "CUB", "role": "supplier"}]}},
         [("CUB", "supplier"), ("AGO", "mentioned")]),
    ],
)  # fmt: skip
def test_the_part_a_state_plays(claim: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert states_of(claim) == found


# --- The command and its documentation ------------------------------------------------------------


def test_the_command_writes_prints_and_tells(taken_in, workspace_folder, tmp_path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["-w", str(workspace_folder), "evidence", *words])

    path = tmp_path / "claims.csv"
    done = run("export", "--what", "claims", "-o", str(path), "--base-url", "https://r.example/")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert done.stdout.strip() == f"{path}: {Claim.objects.count()} rows, sha256 {digest}"
    assert csv_rows(path)[0]["permalink"].startswith("https://r.example/documents/1/#claim-")
    printed = run("export", "--what", "timeline", "--format", "json")
    assert json.loads(printed.stdout)["count"] > 0
    assert "sha256" in printed.stderr
    table = list(csv.DictReader(io.StringIO(run("export", "--what", "stories").stdout)))
    assert {row["document"] for row in table} == set(REPORTS)
    assert run("export", "--what", "claims", "--format", "xlsx").exit_code == 2
    assert run("export", "--what", "stories", "--outside").exit_code == 2
    listed = json.loads(run("positions", "--state", "Angola", "--format", "json").stdout)
    assert {row["state"] for row in listed} == {"AGO"}
    assert run("positions", "--state", "Nowhere").exit_code == 2
    assert "speaker" in run("positions", "--state", "AGO").stdout


def test_every_column_is_documented() -> None:
    page = (ROOT / "docs" / "evidence-exports.md").read_text(encoding="utf-8")
    for what, columns in evidence_export.COLUMNS.items():
        section = page.partition(f"\n## {what}\n")[2].partition("\n## ")[0]
        for field in columns:
            assert f"| `{field.name}` | {field.help} |" in section, (what, field.name)
    places = page.partition("\n## places\n")[2]
    for field in evidence_export.PLACE_COLUMNS:
        assert f"| `{field.name}` | {field.help} |" in places
