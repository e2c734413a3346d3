"""People, roles, tokens and explanations at the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from landrelease.cli.main import app

PASSWORD = "correct horse battery"


@pytest.fixture
def run(workspace, monkeypatch):
    """Run a command in the workspace; gives what it printed."""
    monkeypatch.setenv("LANDRELEASE_PASSWORD", PASSWORD)

    def command(*words: str):
        outcome = CliRunner().invoke(app, ["-w", str(workspace.folder), *words])
        if outcome.exception and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        assert outcome.exit_code == 0, outcome.output
        return outcome.stdout

    return command


def test_a_person_is_entered_given_a_role_and_loses_it(run):
    run("person", "add", "amra", "--organisation", "BHMAC", "--role", "approver")
    run("person", "grant", "amra", "reviewer", "--organisation", "OP1", "--until", "2999-12-31")
    first, second = json.loads(run("person", "roles", "amra", "--format", "json"))
    assert (first["role"], first["organisation"], first["unit"]) == ("approver", "all", "all")
    assert (second["role"], second["organisation"], second["until"]) == (
        "reviewer", "OP1", "2999-12-31",
    )  # fmt: skip
    run("person", "revoke", "amra", str(first["number"]))
    (row,) = json.loads(run("person", "list", "--format", "json"))
    assert row["roles"] == "reviewer (organisation OP1)"
    assert row["may_release"] is False
    whats = [line["what"] for line in json.loads(run("person", "log", "amra", "--format", "json"))]
    assert whats == ["role_revoked", "role_granted", "role_granted", "person_added"]
    run("person", "disable", "amra")
    (row,) = json.loads(run("person", "list", "--format", "json"))
    assert row["active"] is False
    run("person", "enable", "amra")
    run("person", "password", "amra")
    run("person", "reset-mfa", "amra")


def test_unknown_roles_units_and_people_are_refused(run):
    from landrelease.register.errors import RegisterError

    run("person", "add", "amra", "--organisation", "BHMAC")
    with pytest.raises(RegisterError, match="there is no role 'king'; there are: viewer"):
        run("person", "grant", "amra", "king")
    with pytest.raises(RegisterError, match="no administrative units are called 'X'"):
        run("person", "grant", "amra", "viewer", "--unit", "X")
    with pytest.raises(RegisterError, match="nobody is called 'bo'"):
        run("person", "grant", "bo", "viewer")


def test_an_explanation(run):
    run("person", "add", "amra", "--organisation", "BHMAC", "--role", "approver")
    rows = {
        row["action"]: row
        for row in json.loads(run("access", "explain", "amra", "--format", "json"))
    }
    assert rows["approve_release"]["allowed"] is True
    assert "a second, independent person" in rows["approve_release"]["why"]
    assert "only with a second factor, and none is set up" in rows["approve_release"]["why"]
    assert rows["manage_people"]["allowed"] is False
    assert "administrator" in rows["manage_people"]["why"]
    run("person", "disable", "amra")
    (row,) = json.loads(run("access", "explain", "amra", "approve_release", "--format", "json"))
    assert row["allowed"] is False
    assert "the account is shut" in row["why"]
    roles = {row["role"]: row for row in json.loads(run("access", "roles", "--format", "json"))}
    assert roles["approver"]["second_factor"] is True
    assert "approve_release" not in roles["administrator"]["actions"]


def test_the_log_of_readings_is_for_the_data_protection_officer(run):
    """What somebody read personal data for may name a person: the pages ask who reads it, too."""
    run("person", "add", "dora", "--organisation", "BHMAC", "--role", "data_protection_officer")
    run("person", "add", "amra", "--organisation", "BHMAC", "--role", "administrator")
    from landrelease.register import access
    from landrelease.register.errors import DecisionRefused

    officer = access.local_reader()
    access.log_reading(officer, "victim", "0" * 32, "request of the family of Q.")
    with pytest.raises(DecisionRefused, match="data protection officer"):
        run("access", "readings", "--by", "amra")
    (row,) = json.loads(run("access", "readings", "--by", "dora", "--format", "json"))
    assert row["purpose"] == "request of the family of Q."
    with pytest.raises(AssertionError, match="--by"):
        run("access", "readings")


def test_a_token_is_printed_once(run):
    raw = run("token", "issue", "Power BI", "--scope", "view", "--days", "30").strip()
    assert raw.startswith("lrt_")
    listed = run("token", "list", "--format", "json")
    assert raw not in listed
    (row,) = json.loads(listed)
    assert (row["kind"], row["scopes"], row["revoked_at"]) == ("service", "view", "")
    run("token", "revoke", str(row["number"]))
    (row,) = json.loads(run("token", "list", "--format", "json"))
    assert row["revoked_at"]


def test_a_site_needs_its_name_and_its_proxy(run):
    from landrelease.register.errors import WorkspaceError

    with pytest.raises(WorkspaceError, match="needs its public name"):
        run("serve", "--site")
    with pytest.raises(WorkspaceError, match="are for a site"):
        run("serve", "--host", "mines.example.org")
