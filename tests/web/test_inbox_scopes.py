"""The inbox and the list of releases for those who review or decide for a part of the programme."""

from __future__ import annotations

import html
import json

import pytest
from deciders import person, signed_in
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from filling import insert
from hypothesis import given, settings
from hypothesis import strategies as st
from registering import (
    ANNA,
    HAZARD,
    REPORT,
    activities,
    hazards,
    operator,
    square,
    submit,
    table,
    verified,
)

from landrelease.register import (
    access,
    decisions,
    people,
    release_decisions,
    releases,
    reviewing,
    roles,
    submission_access,
)
from landrelease.register.models import (
    Activity,
    Approval,
    Document,
    Evidence,
    Hazard,
    RejectedRow,
    Release,
    Submission,
    SubmissionFinding,
    Unit,
)
from landrelease.register.roles import Grant, Role

HOST = "mines.example.org"
MINE, OTHER = {"organisation": "OP1"}, {"organisation": "OP2"}


@pytest.fixture
def site():
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield


def browser(name, *grants, **more):
    return signed_in(person(name, *grants, **more), host=HOST)


def read(reader, address, status=200):
    answer = reader.get(address, secure=True)
    assert answer.status_code == status, (address, answer.status_code)
    return html.unescape(answer.content.decode())


def hazard(number, **fields):
    return square(3 * number, size=2), {**HAZARD, "source_id": f"H{number}", **fields}


def waiting(folder, *rows, **options) -> Submission:
    outcome = hazards(folder, *rows, accept=False, name=options.pop("name", "w.geojson"), **options)
    return Submission.objects.get(receipt=outcome.receipt)


def two_operators(folder):
    operator(folder)
    submit(table(folder / "two.csv", [{"source_id": "OP2", "name": "Second"}]), "organisations")


# --- the inbox ------------------------------------------------------------------------------------


def test_a_reviewer_of_a_part_sees_what_lies_in_it_wholly_and_decides_it(store, site, tmp_path):
    two_operators(tmp_path)
    hazards(tmp_path, hazard(1, **MINE), hazard(2, **OTHER, name="Secret meadow"))
    inside = waiting(
        tmp_path, hazard(1, **MINE, name="Meadow"), hazard(3, **MINE), name="a.geojson"
    )
    partly = waiting(tmp_path, hazard(4, **MINE), hazard(5, **OTHER), name="b.geojson")
    beyond = waiting(tmp_path, hazard(2, **OTHER, name="New name"), name="c.geojson")
    nobodys = waiting(tmp_path, hazard(6), name="d.geojson")
    # It says that a hazard of the other operator would be mine: what it is now counts as well.
    taking = waiting(tmp_path, hazard(2, **MINE), name="e.geojson")
    sam = browser("sam", Grant(Role.reviewer, organisation="OP1"))
    page = read(sam, "/submissions/?state=waiting")
    assert inside.receipt in page
    assert "1 waits for a decision" in page
    assert page.count('name="chosen"') == 1
    for other in (partly, beyond, nobodys, taking):
        assert other.receipt not in page
        read(sam, f"/submissions/{other.id}/", 404)
        read(sam, f"/submissions/{other.id}/ground.geojson", 404)
        for act in ("accept", "reject"):
            answer = sam.post(
                f"/submissions/{other.id}/decide/", {"act": act, "reason": "r"}, secure=True
            )
            assert answer.status_code == 404
    page = read(sam, f"/submissions/{inside.id}/")
    assert "You may, because:" in page
    assert "Meadow" in page
    ground = json.loads(read(sam, f"/submissions/{inside.id}/ground.geojson"))
    assert {one["properties"]["when"] for one in ground["features"]} == {"before", "after"}
    chosen = [one.id for one in (inside, partly, beyond, nobodys, taking)]
    report = sam.post("/submissions/decide/", {"act": "accept", "chosen": chosen}, secure=True)
    told = html.unescape(report.content.decode())
    assert "1 of 1 done" in told
    assert partly.receipt not in told
    inside.refresh_from_db()
    assert inside.state == Submission.ACCEPTED
    assert Hazard.objects.get(source_id="H1").name == "Meadow"
    assert {one.state for one in Submission.objects.filter(id__in=chosen[1:])} == {"checked"}
    assert inside.receipt in read(sam, "/submissions/?state=decided")
    verified()


def test_each_kind_of_role_sees_its_part_of_the_inbox(store, site, tmp_path):
    two_operators(tmp_path)
    dana = person("dana", Grant(Role.data_entry, organisation="OP1"))
    own = waiting(
        tmp_path, hazard(1, **OTHER), name="a.geojson",
        actor=people.actor_of(dana, second_factor=False),
    )  # fmt: skip
    mine = waiting(tmp_path, hazard(2, **MINE), name="b.geojson")
    other = waiting(tmp_path, hazard(3, **OTHER), name="c.geojson")
    seen = {
        "viewer": ((Grant(Role.viewer),), set()),
        "partner": ((Grant(Role.partner),), set()),
        "administrator": ((Grant(Role.administrator),), set()),
        "rita": ((Grant(Role.reviewer),), {own, mine, other}),
        "sam": ((Grant(Role.reviewer, organisation="OP1"),), {mine}),
        "anja": ((Grant(Role.approver, organisation="OP2"),), {own, other}),
        "two": (
            (Grant(Role.reviewer, organisation="OP1"), Grant(Role.reviewer, organisation="OP2")),
            {own, mine, other},
        ),
        "eva": ((Grant(Role.data_entry, organisation="OP1"),), set()),
    }
    for name, (grants, receipts) in seen.items():
        page = read(browser(name, *grants), "/submissions/")
        for one in (own, mine, other):
            assert (one.receipt in page) == (one in receipts), (name, one.filename)
    page = read(signed_in(dana, host=HOST), "/submissions/")
    assert own.receipt in page
    assert mine.receipt not in page


def test_an_approver_of_a_part_consents_to_what_lies_in_it(store, site, tmp_path):
    two_operators(tmp_path)
    hazards(tmp_path, hazard(1, **MINE), hazard(2, **OTHER))
    smaller = {**HAZARD, "source_id": "H1", **MINE}
    held = waiting(tmp_path, (square(3), smaller), name="a.geojson")
    grant = Grant(Role.approver, organisation="OP1")
    anna, ben = browser("anna", grant), browser("ben", grant, organisation="Inspection")
    outside = browser("olga", Grant(Role.approver, organisation="OP2"))
    assert "held for two people" in read(anna, "/submissions/?state=waiting")
    address = f"/submissions/{held.id}/decide/"
    assert outside.post(address, {"act": "approve"}, secure=True).status_code == 404
    assert anna.post(address, {"act": "approve"}, secure=True).status_code == 302
    assert decisions.standing_consents(held) == ["anna"]
    assert ben.post(address, {"act": "approve"}, secure=True).status_code == 302
    held.refresh_from_db()
    assert held.state == Submission.ACCEPTED
    verified()


def test_a_unit_means_the_units_below_it(store, site, tmp_path):
    rows = [
        {"source_id": "N", "name": "North", "level": 1},
        {"source_id": "N1", "name": "Upper North", "level": 2, "parent": "N"},
        {"source_id": "S", "name": "South", "level": 1},
    ]
    submit(table(tmp_path / "units.csv", rows), "units")
    unit = Unit.objects.get(source_id="N").uid
    inside = waiting(tmp_path, hazard(1, unit="N1"), name="a.geojson")
    outside = waiting(tmp_path, hazard(2, unit="S"), name="b.geojson")
    page = read(browser("nora", Grant(Role.reviewer, unit=unit)), "/submissions/")
    assert inside.receipt in page
    assert outside.receipt not in page


def test_what_could_not_be_read_is_nobodys_but_its_senders(store, site, tmp_path):
    two_operators(tmp_path)
    found = waiting(tmp_path, hazard(1, **MINE))
    RejectedRow.objects.create(submission=found, row=2, rules="date", cells="{}")
    for row, message in ((1, "about the first row"), (2, "quotes a cell of the second row")):
        SubmissionFinding.objects.create(
            submission=found, rule="made up", severity="warning", row=row, message=message
        )
    sam = browser("sam", Grant(Role.reviewer, organisation="OP1"))
    page = read(sam, f"/submissions/{found.id}/")
    assert "about the first row" in page
    assert "quotes a cell of the second row" not in page
    rita = browser("rita", Role.reviewer)
    assert "quotes a cell of the second row" in read(rita, f"/submissions/{found.id}/")
    Submission.objects.filter(id=found.id).update(sealed=True)
    assert "about the first row" not in read(sam, f"/submissions/{found.id}/")
    empty = Submission.objects.create(
        receipt="20300101-00000000", received_at="2030-01-01T00:00:00Z", submitter="somebody",
        record_type="hazard", filename="x", source="x", namespace="x", sha256="0" * 64, kept="x",
        state=Submission.FAILED,
    )  # fmt: skip
    assert empty.receipt not in read(sam, "/submissions/")
    assert empty.receipt in read(rita, "/submissions/")


PLACES = st.tuples(
    st.sampled_from([None, "OP1", "OP2", "op 1", "First Operator"]),
    st.sampled_from([None, "N", "N1", "S"]),
)


@settings(max_examples=25)
@given(rows=st.lists(PLACES, min_size=1, max_size=3), scope=PLACES)
def test_what_is_listed_is_what_may_be_decided(rows, scope):
    """The places of lines and of roles are held against each other as `roles.covers_state` does."""
    units = {"N": {"N", "N1"}, "N1": {"N1"}, "S": {"S"}}
    organisation, unit = scope
    names = {"OP1": {"op1", "first operator"}, "OP2": {"op2"}}.get(
        organisation, {roles.plain(organisation or "")}
    )
    one = submission_access._Scope(
        frozenset() if organisation else None,
        frozenset(names),
        frozenset(units[unit]) if unit else None,
    )
    by_name = {"organisation": 1, "unit": 1}
    for named, lies in rows:
        state = {
            **({"organisation": {"given": named}} if named else {}),
            **({"unit": {"uid": lies}} if lies else {}),
        }
        inside = one.covers(submission_access._place(state, by_name))
        expected = (not organisation or (named is not None and roles.plain(named) in names)) and (
            not unit or lies in units[unit]
        )
        assert inside == expected


def test_listing_and_deciding_ask_the_same(store, site, tmp_path):
    two_operators(tmp_path)
    rows = [
        {"source_id": "N", "name": "North", "level": 1},
        {"source_id": "S", "name": "South", "level": 1},
    ]
    submit(table(tmp_path / "units.csv", rows), "units")
    north = Unit.objects.get(source_id="N").uid
    cases = [MINE, OTHER, {}, {**MINE, "unit": "N"}, {**MINE, "unit": "S"}, {"unit": "N"},
             {"organisation": "First Operator"}]  # fmt: skip
    for number, fields in enumerate(cases):
        waiting(tmp_path, hazard(number, **fields), name=f"{number}.geojson")
    grants = [Grant(Role.reviewer, organisation="OP1"), Grant(Role.reviewer, unit=north),
              Grant(Role.reviewer, organisation="OP1", unit=north)]  # fmt: skip
    for number, grant in enumerate(grants):
        user = person(f"sam{number}", grant)
        caller = access.of(people.actor_of(user, second_factor=False))
        open_ = Submission.objects.filter(state=Submission.CHECKED)
        listed = submission_access.within(caller, open_)
        assert listed
        for one in open_:
            assert (one.id in listed) == (not reviewing.reasons_against_review(one, caller.actor))


# --- releases -------------------------------------------------------------------------------------


def land(folder):
    """Two hazards with a ready report each, of one operator and of the other."""
    two_operators(folder)
    hazards(folder, hazard(1, **MINE), hazard(2, **OTHER, name="Secret meadow"))
    activities(
        folder,
        (square(3), {**REPORT, "source_id": "A1", "hazard": "H1", **MINE}),
        (square(6), {**REPORT, "source_id": "A2", "hazard": "H2", **OTHER}),
        (square(3, 1), {**REPORT, "source_id": "A3", "hazard": "H2", **MINE}),
    )
    return {one.source_id: one for one in Activity.objects.all()}


def test_an_approver_of_a_part_sees_and_decides_the_releases_in_it(store, site, tmp_path):
    reports = land(tmp_path)
    grant = Grant(Role.approver, organisation="OP1")
    anna, ben = browser("anna", grant), browser("ben", grant, organisation="Inspection")
    page = read(anna, "/releases/")
    assert f">{reports['A1'].ref}<" in page
    for hidden in ("A2", "A3"):  # of A3 the hazard lies elsewhere
        one = reports[hidden]
        assert f">{one.ref}<" not in page
        read(anna, f"/releases/{one.id}/", 404)
        read(anna, f"/releases/{one.id}/ground.geojson", 404)
        assert anna.post(f"/releases/{one.id}/decide/", {}, secure=True).status_code == 404
    refs = [one.ref for one in reports.values()]
    told = html.unescape(
        anna.post("/releases/decide/", {"chosen": refs}, secure=True).content.decode()
    )
    assert "Consent recorded" in told
    assert told.count("There is no such record.") == 2
    assert set(Approval.objects.values_list("username", flat=True)) == {"anna"}
    page = read(anna, f"/releases/{reports['A1'].id}/")
    assert "First consent: <strong><bdi>anna</bdi>" in page
    address = f"/releases/{reports['A1'].id}/decide/"
    named = ben.post(address, {"hazard": Hazard.objects.get(source_id="H2").ref}, secure=True)
    assert "There is no such hazardous area." in html.unescape(named.content.decode())
    assert ben.post(address, {}, secure=True).status_code == 302
    assert Release.objects.get().activity_uid == reports["A1"].uid
    assert f">{reports['A1'].ref}<" in read(anna, "/releases/?state=decided")
    verified()


def test_an_approver_of_a_part_refuses_in_it_and_others_are_not_told(store, site, tmp_path):
    reports = land(tmp_path)
    anna = browser("anna", Grant(Role.approver, organisation="OP1"))
    told = {"act": "refuse", "reason": "Wreason of anna"}
    for hidden in ("A2", "A3"):
        address = f"/releases/{reports[hidden].id}/decide/"
        assert anna.post(address, told, secure=True).status_code == 404
    address = f"/releases/{reports['A1'].id}/"
    assert anna.post(f"{address}decide/", told, secure=True).status_code == 302
    history = f"/activities/{reports['A1'].id}/history/"
    for page in (address, "/releases/?state=refused", history):
        assert "Wreason of anna" in read(anna, page)
    for name, grant in (
        ("vera", Grant(Role.viewer)), ("paul", Grant(Role.partner)),
        ("vic", Grant(Role.viewer, organisation="OP1")),
    ):  # fmt: skip
        other = browser(name, grant)
        for page in (history, f"{history}?format=json", f"/activities/{reports['A1'].id}/"):
            found = other.get(page, secure=True)
            assert found.status_code == 200
            assert b"Wreason" not in found.content
            assert b"anna" not in found.content


def test_evidence_on_a_hazard_in_the_part_is_seen_by_who_decides_it(store, site, tmp_path):
    reports = land(tmp_path)
    hazard_uid = Hazard.objects.get(source_id="H1").uid
    insert("document", [{"title": "Told by somebody"}])
    insert("evidence", [{"kind": "interview", "hazard_uid": hazard_uid,
                         "document_uid": Document.objects.get().uid}])  # fmt: skip
    anna = browser("anna", Grant(Role.approver, organisation="OP1"))
    page = read(anna, f"/releases/{reports['A1'].id}/")
    assert Evidence.objects.get().ref in page
    assert f'href="/evidence/{Evidence.objects.get().id}/"' not in page
    assert "The words of reports on it are shown to those who read the whole register" in page
    assert "Told by somebody" not in page


def test_releases_are_for_those_who_decide(store, site, tmp_path):
    reports = land(tmp_path)
    for name, grants in (
        ("vera", (Grant(Role.viewer),)),
        ("paul", (Grant(Role.partner),)),
        ("dana", (Grant(Role.data_entry, organisation="OP1"),)),
        ("none", ()),
    ):
        reader = browser(name, *grants)
        for address in ("/releases/", f"/releases/{reports['A1'].id}/"):
            assert "Releases are shown to reviewers and approvers" in read(reader, address, 403)
        answer = reader.post("/releases/decide/", {"chosen": [reports["A1"].ref]}, secure=True)
        assert answer.status_code == 403
    page = read(browser("rita", Grant(Role.reviewer)), "/releases/")
    assert all(f">{one.ref}<" in page for one in reports.values())
    assert not Approval.objects.exists()


def test_what_stands_against_many_is_what_stands_against_each(store, tmp_path):
    two_operators(tmp_path)
    hazards(tmp_path, hazard(1, **MINE), hazard(2, **OTHER, date="2023-01-01"))
    changes = [{}, {"hazard": "H2"}, {"hazard": ""}, {"depth_cm": 5}, {"status": "completed"},
               {"organisation": ""}, {"date": ""}, {"classes": ""}]  # fmt: skip
    rows = [
        (square(3 + number), {k: v for k, v in {
            **REPORT, "source_id": f"A{number}", "hazard": "H1", **change}.items() if v != ""})
        for number, change in enumerate(changes)
    ]  # fmt: skip
    activities(tmp_path, *rows)
    found = list(Activity.objects.order_by("id"))
    release_decisions.approve_releases([found[0].ref], ANNA)
    pairs = list(zip(found, releases.hazards_of(found), strict=True))
    assert releases.obstacles_of(pairs) == [releases.obstacles(*pair) for pair in pairs]
    assert any(releases.obstacles_of(pairs))
    assert not releases.obstacles_of(pairs)[0]
    together = release_decisions.consents_to_releases(pair for pair in pairs if pair[1] is not None)
    for activity, one in pairs:
        if one is not None:
            assert together[activity.uid] == release_decisions.consents_to_release(activity, one)
    assert together[found[0].uid] == ["anna"]


def test_the_list_of_releases_asks_no_more_for_more_rows(store, tmp_path, client):
    two_operators(tmp_path)
    hazards(tmp_path, hazard(1, **MINE))
    row = {**REPORT, "hazard": "H1", **MINE}
    activities(tmp_path, (square(3), {**row, "source_id": "A0"}))

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/releases/").status_code == 200
        return len(queries)

    asked()
    few = asked()
    many = [(square(3, 0, 0.1 * n), {**row, "source_id": f"A{n}"}) for n in range(1, 20)]
    activities(tmp_path, *many, name="many.geojson")
    assert Activity.objects.count() == 20
    assert asked() == few


def test_the_command_line_counts_consents_that_stand(store, tmp_path):
    from typer.testing import CliRunner

    from landrelease.cli.main import app

    hazards(tmp_path, (square(size=2), HAZARD))
    held = waiting(tmp_path, (square(), HAZARD))
    anna = person("anna", Role.approver)
    decisions.approve_held(held.receipt, people.actor_of(anna, second_factor=True))
    command = ["-w", str(store.folder), "review", "show", held.receipt]
    shown = CliRunner().invoke(app, command)
    assert "consented: anna" in shown.output
    people.set_active("anna", False, by=people.Actor("root", "Authority", authenticated=True))
    shown = CliRunner().invoke(app, command)
    assert "consented: nobody yet" in shown.output
    told = CliRunner().invoke(app, [*command, "--format", "json"])
    assert json.loads(told.stdout)["consents"] == []
