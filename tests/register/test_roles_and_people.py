"""People: entered, given roles, shut; all of it in an append-only log; the flags of old."""

from __future__ import annotations

import time

import pytest
from django.core.management import call_command
from django.db import connection

from landrelease.register import people, roles
from landrelease.register import workspace as workspaces
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import PeopleEvent, Person, RoleAssignment
from landrelease.register.roles import Grant, Role

PASSWORD = "correct horse battery"
ADMIN = people.Actor("root", "Authority", authenticated=True)


def log() -> list[tuple[str, str, str]]:
    return list(PeopleEvent.objects.order_by("id").values_list("what", "about", "actor"))


def test_whatever_is_given_and_taken_stands_in_the_log(workspace):
    people.add("amra", PASSWORD, organisation="Authority", by=ADMIN)
    row = people.grant("amra", Grant(Role.reviewer, "OP1"), by=ADMIN)
    people.revoke("amra", row.id, by=ADMIN)
    people.set_password("amra", "another long horse", by=ADMIN)
    people.reset_second_factor("amra", by=ADMIN)
    people.set_active("amra", False, by=ADMIN)
    people.set_active("amra", True, by=ADMIN)
    assert log() == [
        (what, "amra", "root")
        for what in (
            "person_added", "role_granted", "role_revoked", "password_reset",
            "second_factor_reset", "person_disabled", "person_enabled",
        )
    ]  # fmt: skip
    assert "horse" not in repr(list(PeopleEvent.objects.values()))
    row = RoleAssignment.objects.get()
    assert (row.granted_by, row.revoked_by) == ("root", "root"), "kept, and marked as past"
    with pytest.raises(RegisterError, match="holds no role"):
        people.revoke("amra", row.id, by=ADMIN)


def test_nobody_gives_themselves_anything(workspace):
    people.add("root", PASSWORD, organisation="Authority")
    for attempt in (
        lambda: people.grant("root", Grant(Role.approver), by=ADMIN),
        lambda: people.reset_second_factor("root", by=ADMIN),
        lambda: people.set_password("root", "another long horse", by=ADMIN),
        lambda: people.set_active("root", True, by=ADMIN),
    ):
        with pytest.raises(DecisionRefused, match="themselves"):
            attempt()
    assert not RoleAssignment.objects.exists()


@pytest.mark.parametrize("name", ["account:root", "service:x", "two words", "", "a/b"])
def test_a_name_that_could_be_taken_for_another_is_refused(workspace, name):
    with pytest.raises(RegisterError, match="will not do as a name"):
        people.add(name, PASSWORD, organisation="Authority")
    assert not Person.objects.exists()


def test_one_name_in_any_case_is_one_person(workspace):
    people.add("Amra", PASSWORD, organisation="Authority")
    with pytest.raises(RegisterError, match="already a person"):
        people.add("aMRA", PASSWORD, organisation="Authority")


@pytest.mark.parametrize("password", ["short", "12345678901234", "1q2w3e4r5t6y", "rosalinda12"])
def test_weak_passwords_are_refused(workspace, password):
    with pytest.raises(RegisterError, match="password will not do"):
        people.add("rosalinda1", password, organisation="Authority")


def test_guesses_at_the_command_line_are_counted(workspace):
    people.add("amra", PASSWORD, organisation="Authority")
    for _ in range(5):
        with pytest.raises(DecisionRefused):
            people.sign_in("amra", "wrong")
    with pytest.raises(DecisionRefused, match="too many wrong passwords"):
        people.sign_in("amra", PASSWORD)


def test_a_shut_account_cannot_sign_in(workspace):
    people.add("amra", PASSWORD, organisation="Authority")
    people.set_active("amra", False, by=ADMIN)
    with pytest.raises(DecisionRefused, match="do not belong together"):
        people.sign_in("amra", PASSWORD)


def test_who_has_a_second_factor_needs_it_at_the_command_line(workspace):
    from allauth.mfa.totp.internal import auth

    user = people.add("amra", PASSWORD, organisation="Authority", may_release=True)
    secret = auth.generate_totp_secret()
    kept = auth.TOTP.activate(user, secret).instance
    assert secret not in str(kept.data), "kept encrypted"
    code = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))
    for wrong in ("", "000000" if code != "000000" else "111111"):
        with pytest.raises(DecisionRefused, match="second factor"):
            people.sign_in("amra", PASSWORD, wrong)
    assert people.sign_in("amra", PASSWORD, code).may_release
    with pytest.raises(DecisionRefused, match="second factor"):
        people.sign_in("amra", PASSWORD, code)
    people.reset_second_factor("amra", by=ADMIN)
    assert people.sign_in("amra", PASSWORD).may_release


def test_without_a_second_factor_roles_that_need_one_do_not_hold(workspace):
    user = people.add(
        "amra", PASSWORD, organisation="Authority", may_release=True,
        grants=[Grant(Role.reviewer), Grant(Role.administrator)],
    )  # fmt: skip
    without = people.actor_of(user, second_factor=False)
    assert not without.may_release
    assert without.grants == (Grant(Role.reviewer),)
    assert people.actor_of(user, second_factor=True).may_release


def test_flags_of_an_earlier_version_become_roles_that_allow_no_more(workspace):
    """The columns of 0003 are made anew, filled, and migrated as an old workspace would be."""
    names = {"anna": "may_release", "hans": "may_enter_historic", "rita": "report", "nils": ""}
    for name in names:
        people.add(name, PASSWORD, organisation="Authority")
    call_command("migrate", "register", "0003_area_only_reports", verbosity=0)
    with connection.cursor() as cursor:
        for name, flag in names.items():
            if flag.startswith("may"):
                cursor.execute(
                    f"UPDATE register_person SET {flag} = %s WHERE user_id = "
                    "(SELECT id FROM auth_user WHERE username = %s)",
                    [True, name],
                )
    from django.contrib.auth.models import Permission, User

    permission = Permission.objects.get(codename="add_report", content_type__app_label="register")
    rita = User.objects.get(username="rita")
    rita.user_permissions.add(permission)
    workspaces.open_workspace(workspace.folder)
    held = {name: set(roles.of(people.find(name).pk)) for name in names}
    assert held == {
        "anna": {Grant(Role.approver)},
        "hans": {Grant(Role.historic_entry)},
        "rita": {Grant(Role.report_approver)},
        "nils": set(),
    }
    assert not rita.user_permissions.exists()
    assert set(RoleAssignment.objects.values_list("granted_by", flat=True)) == {
        "migration:0005_people"
    }
    assert len(list(workspace.backups.iterdir())) == 1
