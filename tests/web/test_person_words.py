"""What people, roles and tokens are called on pages."""

from __future__ import annotations

from django.utils.translation import override

from landrelease.register import password_rules, people, roles
from landrelease.web import person_words, vocabularies
from landrelease.web.accounts import sign_ins
from landrelease.web.templatetags import figures, persons, said


def test_who_worked_at_the_command_line_is_no_code():
    name = people.at_the_command_line().name
    account = name.removeprefix(people.AT_THE_COMMAND_LINE)
    assert persons.somebody(name) == f"{account} (at the command line)"
    assert persons.people(f"{name}|anna") == f"{account} (at the command line), anna"
    assert persons.people(("anna", "ben")) == "anna, ben"
    assert [persons.somebody(""), persons.people(None), persons.people("")] == ["–"] * 3
    with override("ar"):
        assert account in persons.somebody(name)
        assert "command line" not in persons.somebody(name)
        assert persons.somebody("anna") == "anna"


def test_roles_and_what_tokens_may_are_words():
    assert set(roles.NAMES) == set(roles.Role)
    assert persons.role("data_protection_officer") == "data protection officer"
    assert persons.role("zuvra") == "zuvra"
    assert "_" not in persons.scopes("view|view_restricted|submit")
    assert persons.token_kind("phone") == "a phone or tablet"
    assert str(roles.Grant(roles.Role.data_entry)) == "data entry (everywhere)"
    with override("uk"):
        assert persons.role("approver") not in {"", "approver"}
        assert not [code for code, name in roles.NAMES.items() if persons.role(code) == name]


def test_every_change_that_an_account_is_told_of_is_told_to_who_administers():
    assert {*sign_ins.CHANGES, password_rules.WEAK} <= set(person_words.HAPPENED)
    assert persons.happened("role_granted") == "A role was given."
    assert persons.happened("something_new") == "something new"


def test_kinds_of_journal_entries_are_words_in_every_language():
    listed = {text for _, text, _ in vocabularies.texts()}
    for kind in ("accept", "release", "act", "question", "refusal_taken_back", "signing_key"):
        assert said.decision(kind) in listed
        with override("es"):
            assert said.decision(kind) not in listed | {kind}


def test_days_are_written_as_people_read_them():
    assert ">6 June 2024<" in figures.day("2024-06-06")
    assert ">June 2024<" in figures.day("2024-06")
    for other in ("2024", "2024-06-06/2024-07-01", "2024-06-06T10:00"):
        assert f">{other}<" in figures.day(other)
    assert "not recorded" in figures.day("")
    assert 'datetime="2024-06-06"' in figures.day("2024-06-06")


def test_a_choice_is_written_as_on_the_page_of_its_record():
    assert said.field_word("failed", "quality_visit.result") != "failed"
    assert said.field_word(None, "activity.result") == "–"
    with override("fr"):
        assert said.field_word("cleared", "activity.result") not in {"cleared", ""}
