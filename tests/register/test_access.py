"""Who may do and see what: default deny, scopes, tiers, and the reason for each answer."""

from __future__ import annotations

from datetime import date

import pytest
from registering import ANNA, BEN, HAZARD, REPORT, activities, hazards, operator, square, table
from registering import submit as hand_in

from landrelease.register import access, decisions, people, release_decisions, roles, tokens
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import (
    RECORDS,
    Activity,
    Approval,
    AppToken,
    Hazard,
    PeopleEvent,
    PersonalRead,
    PersonKey,
    Release,
    RoleAssignment,
    Submission,
)
from landrelease.register.roles import Grant, Role

PASSWORD = "correct horse battery"
ADMIN = people.Actor("root", "Authority", authenticated=True)


def entered(name: str, *grants: Grant, organisation: str = "Authority") -> access.Caller:
    """A person entered with some roles; the caller they are once signed in."""
    user = people.add(name, PASSWORD, organisation=organisation, grants=grants)
    return access.of(people.actor_of(user, second_factor=True))


@pytest.fixture
def country(workspace, tmp_path):
    """Two districts, one with a village; a hazard in each, one nowhere; a report of OP1."""
    units = [
        (square(size=9), {"source_id": "N", "name": "North", "level": 1}),
        (square(20, size=9), {"source_id": "S", "name": "South", "level": 1}),
        (square(size=3), {"source_id": "N1", "name": "Northham", "level": 2, "parent": "N"}),
    ]
    from registering import geojson

    hand_in(geojson(tmp_path / "units.geojson", units), "units")
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(size=2), {**HAZARD, "unit": "N1", "organisation": "OP1"}),
        (square(21), {**HAZARD, "source_id": "H2", "unit": "S", "organisation": "OP2"}),
        (square(50), {**HAZARD, "source_id": "H3"}),
    )
    activities(tmp_path, (square(), {**REPORT, "unit": "N1"}))
    return workspace


def seen(caller: access.Caller, record_type: str = "hazard") -> list[str]:
    return sorted(access.records(caller, record_type).values_list("source_id", flat=True))


# --- default deny ---------------------------------------------------------------------------------


def test_whoever_was_given_nothing_may_do_nothing(country):
    for caller in (access.anonymous(), entered("nora")):
        for action in access.ACTIONS:
            verdict = access.may(caller, action)
            assert not verdict, action
            assert verdict.reasons, action
        for record_type in RECORDS:
            assert not access.records(caller, record_type).exists(), record_type


def test_every_action_has_rules_and_roles():
    assert set(access.ACTIONS) == set(roles.ACTIONS) == set(access.RULES)
    assert set(roles.LABELS) == set(Role)


def test_an_action_that_does_not_exist_is_an_error(workspace):
    with pytest.raises(RegisterError, match="no action 'fly'"):
        access.may(access.local_reader(), "fly")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_allows_its_actions_and_no_others(workspace, role):
    caller = entered("rita", Grant(role))
    for action, allowed in roles.ACTIONS.items():
        expected = role in allowed
        if action == "view_restricted":
            expected = access.tier_of(role) == "restricted"
        assert bool(access.may(caller, action)) is expected, action


def test_the_machine_reads_and_decides_nothing(country):
    caller = access.local_reader()
    assert access.may(caller, "view")
    assert len(seen(caller)) == 3
    assert not access.may(caller, "submit")
    assert not access.may(caller, "approve_release", Activity.objects.get())
    assert not access.may(caller, "view_personal")


def test_data_are_taken_out_at_the_own_tier_at_most(country):
    machine, viewer = access.local_reader(), entered("vera", Grant(Role.viewer))
    for tier in access.TIERS:
        access.require_export(machine, tier)
    access.require_export(viewer, "partner")
    with pytest.raises(DecisionRefused, match="reads at the tier partner"):
        access.require_export(viewer, "restricted")
    with pytest.raises(DecisionRefused, match="nobody has signed in"):
        access.require_export(access.anonymous(), "public")


def test_superusers_and_staff_are_nobody_special(workspace):
    user = people.add("root", PASSWORD, organisation="Authority")
    user.is_superuser = user.is_staff = True
    user.save()
    caller = access.of(people.actor_of(user, second_factor=True))
    assert not any(access.may(caller, action) for action in access.ACTIONS)


# --- scope ----------------------------------------------------------------------------------------


def test_a_role_reaches_its_unit_and_those_below_it(country):
    north = roles.unit_called("N")
    caller = entered("nina", Grant(Role.viewer, unit=north))
    assert seen(caller) == ["H1"]
    assert seen(caller, "activity") == ["A1"]
    assert seen(caller, "unit") == ["N", "N1"]
    assert seen(caller, "organisation") == [], "an organisation lies in no unit"
    inside, outside, nowhere = Hazard.objects.order_by("id")
    assert access.may(caller, "view", inside)
    for hazard in (outside, nowhere):
        verdict = access.may(caller, "view", hazard)
        assert not verdict
        assert any("outside the organisation or unit" in reason for reason in verdict.reasons)


def test_a_role_reaches_the_records_of_its_organisation_by_id_or_by_name(country):
    caller = entered("olga", Grant(Role.viewer, organisation="First Operator"))
    assert seen(caller) == ["H1"]
    assert seen(entered("otto", Grant(Role.viewer, organisation="op2"))) == ["H2"]
    assert seen(caller, "organisation") == ["OP1"]


def test_both_limits_hold_together(country):
    south = roles.unit_called("South")
    assert seen(entered("sven", Grant(Role.viewer, "OP1", south))) == []
    assert seen(entered("sara", Grant(Role.viewer, "OP2", south))) == ["H2"]


def test_several_roles_add_up(country):
    caller = entered(
        "ulla",
        Grant(Role.viewer, unit=roles.unit_called("S")),
        Grant(Role.viewer, organisation="OP1"),
    )
    assert seen(caller) == ["H1", "H2"]


def test_a_role_holds_between_its_days(workspace):
    people.add("dora", PASSWORD, organisation="Authority")
    people.grant(
        "dora",
        Grant(Role.viewer),
        by=ADMIN,
        valid_from=date(2020, 1, 1),
        valid_to=date(2020, 6, 30),
    )
    user = people.find("dora").user
    assert roles.of(user.pk) == ()
    assert roles.of(user.pk, date(2020, 6, 30)) == (Grant(Role.viewer),)
    assert roles.of(user.pk, date(2019, 12, 31)) == ()
    with pytest.raises(RegisterError, match="before it begins"):
        people.grant(
            "dora",
            Grant(Role.viewer),
            by=ADMIN,
            valid_from=date(2021, 1, 1),
            valid_to=date(2020, 1, 1),
        )


def test_what_concerns_the_programme_as_one_cannot_be_narrowed(workspace):
    people.add("dora", PASSWORD, organisation="Authority")
    with pytest.raises(RegisterError, match="programme as one"):
        people.grant("dora", Grant(Role.administrator, "OP1"), by=ADMIN)


# --- tiers ----------------------------------------------------------------------------------------


def test_the_tier_decides_on_record_types_and_fields(country, tmp_path):
    hand_in(
        table(tmp_path / "o.csv", [{"source_id": "O1", "ordnance_class": "ap", "quantity": "1"}]),
        "ordnance",
    )
    partner, reviewer = entered("pia", Grant(Role.partner)), entered("rolf", Grant(Role.reviewer))
    assert seen(partner, "ordnance") == []
    assert seen(reviewer, "ordnance") == ["O1"]
    verdict = access.may(partner, "view", RECORDS["ordnance"].objects.get())
    assert not verdict
    assert any("tier restricted" in reason for reason in verdict.reasons)
    assert "remarks" in access.fields(reviewer, "hazard")
    assert "remarks" not in access.fields(partner, "hazard")
    assert "source_id" in access.fields(partner, "hazard")
    assert "source_id" not in access.fields(access.anonymous(), "hazard")


def test_without_a_record_the_lowest_tier_counts(country):
    caller = entered(
        "mira",
        Grant(Role.reviewer, organisation="OP1"),
        Grant(Role.viewer, organisation="OP2"),
    )
    first, second, _ = Hazard.objects.order_by("id")
    assert "remarks" not in access.fields(caller, "hazard")
    assert "remarks" in access.fields(caller, "hazard", first)
    assert "remarks" not in access.fields(caller, "hazard", second)


@pytest.mark.parametrize("role", list(Role))
def test_personal_fields_are_in_no_tier(workspace, role):
    caller = entered("vera", Grant(role))
    assert access.fields(caller, "victim").isdisjoint({"name", "birth", "address", "contact"})


# --- personal data --------------------------------------------------------------------------------


@pytest.fixture
def victim(country, tmp_path):
    rows = [
        {"source_id": "V1", "name": "Made-up Person", "sex": "female", "consequence": "injured"}
    ]
    hand_in(table(tmp_path / "v.csv", rows), "victims")
    return RECORDS["victim"].objects.get()


def test_every_reading_of_personal_data_is_logged_before_it(victim):
    officer = entered("petra", Grant(Role.data_protection_officer))
    found = access.read_personal(officer, victim, "a request of the family")
    assert found is not None
    assert found["name"] == "Made-up Person"
    (line,) = PersonalRead.objects.values()
    assert (line["reader"], line["record_uid"], line["purpose"]) == (
        "petra", victim.uid, "a request of the family",
    )  # fmt: skip
    PersonKey.objects.all().delete()
    assert access.read_personal(officer, victim, "again") is None
    assert PersonalRead.objects.count() == 2


def test_nobody_else_reads_personal_data_and_nobody_without_a_purpose(victim):
    officer = entered("petra", Grant(Role.data_protection_officer))
    with pytest.raises(DecisionRefused, match="what the personal data are needed for"):
        access.read_personal(officer, victim, " ")
    others = [
        access.local_reader(),
        access.anonymous(),
        entered("adam", Grant(Role.administrator), Grant(Role.approver), Grant(Role.reviewer)),
        entered("nils", Grant(Role.data_protection_officer, organisation="OP2")),
    ]
    for caller in others:
        with pytest.raises(DecisionRefused):
            access.read_personal(caller, victim, "curiosity")
    assert not PersonalRead.objects.exists()
    with pytest.raises(RegisterError, match="no personal data"):
        access.read_personal(officer, Hazard.objects.first(), "a test")


# --- rule 14 --------------------------------------------------------------------------------------


def test_the_explanation_is_what_decisions_hold(country):
    activity = Activity.objects.get()
    for name, organisation, grants, reason in (
        ("anja", "Authority", [Grant(Role.approver)], None),
        ("oleg", "OP1", [Grant(Role.approver)], "employed by OP1"),
        ("paul", "first  operator", [Grant(Role.approver)], "which did the work"),
        ("clerk", "Authority", [Grant(Role.approver)], "submitted this"),
        ("emil", " ", [Grant(Role.approver)], "not recorded who employs"),
        ("adam", "Authority", [Grant(Role.administrator)], "it takes one of the roles approver"),
        ("suse", "Authority", [Grant(Role.approver, unit=roles.unit_called("S"))], "outside the"),
    ):
        caller = entered(name, *grants, organisation=organisation)
        verdict = access.may(caller, "approve_release", activity)
        assert bool(verdict) is (reason is None), name
        assert caller.actor is not None
        if reason is None:
            assert any("second" in why for why in verdict.reasons)
            result = release_decisions.approve_releases([activity.ref], caller.actor)
            assert result.consented == [activity.ref]
            continue
        assert any(reason in why for why in verdict.reasons), (name, verdict.reasons)
        try:
            result = release_decisions.approve_releases([activity.ref], caller.actor)
        except DecisionRefused:
            continue
        assert result.refused, name
    assert not Release.objects.exists()
    assert [a.username for a in Approval.objects.all()] == ["anja"]


def test_a_scoped_approver_decides_within_the_scope(country):
    activity = Activity.objects.get()
    nora = entered("nora", Grant(Role.approver, unit=roles.unit_called("N")))
    assert nora.actor is not None
    assert access.may(nora, "approve_release", activity)
    release_decisions.approve_releases([activity.ref], nora.actor)
    result = release_decisions.approve_releases([activity.ref], BEN)
    assert result.released == [activity.ref]


@pytest.mark.parametrize("lapse", ["disabled", "revoked"])
def test_a_consent_of_somebody_who_may_no_longer_decide_counts_for_nothing(country, lapse):
    activity = Activity.objects.get()
    anja = entered("anja", Grant(Role.approver))
    assert anja.actor is not None
    release_decisions.approve_releases([activity.ref], anja.actor)
    if lapse == "disabled":
        people.set_active("anja", False, by=ADMIN)
    else:
        people.revoke("anja", RoleAssignment.objects.get().id, by=ADMIN)
    assert release_decisions.approve_releases([activity.ref], BEN).consented == [activity.ref]
    assert not Release.objects.exists()
    assert release_decisions.approve_releases([activity.ref], ANNA).released == [activity.ref]
    assert Release.objects.get().deciders.split("|") == ["ben", "anna"]


def test_a_token_decides_nothing_whatever_its_scopes(country):
    anja = people.add("anja", PASSWORD, organisation="Authority", may_release=True)
    raw = tokens.issue(
        "phone", kind="phone", scopes=("view", "submit"), days=5, by=ADMIN, person="anja"
    )
    phone = tokens.authenticate(raw)
    assert phone is not None
    assert phone.actor is not None
    assert phone.actor.name == anja.get_username()
    activity = Activity.objects.get()
    verdict = access.may(phone, "approve_release", activity)
    assert not verdict
    assert any("no authenticated human" in reason for reason in verdict.reasons)
    with pytest.raises(DecisionRefused, match="two signed-in people"):
        release_decisions.approve_releases([activity.ref], phone.actor)


def test_who_issued_a_services_token_is_behind_what_it_hands_in(workspace, tmp_path):
    anja = entered("anja", Grant(Role.approver))
    assert anja.actor is not None
    raw = tokens.issue("robot", kind="service", scopes=("submit",), days=5, by=anja.actor)
    robot = tokens.authenticate(raw)
    assert robot is not None
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    delivered = activities(tmp_path, (square(), REPORT), actor=robot.actor, accept=False)
    decisions.accept_submission(delivered.receipt, entered("rolf", Grant(Role.reviewer)).actor)
    activity = Activity.objects.get()
    result = release_decisions.approve_releases([activity.ref], anja.actor)
    assert any("submitted this" in why for why in result.refused[activity.ref])
    assert release_decisions.approve_releases([activity.ref], ANNA).consented == [activity.ref]


def test_who_signed_in_hands_in_only_with_a_role_for_it(workspace, tmp_path):
    for grants in ((), (Grant(Role.viewer),), (Grant(Role.administrator),)):
        caller = entered(f"p{len(grants)}{len(str(grants))}", *grants)
        with pytest.raises(DecisionRefused, match="may not hand in records"):
            hazards(tmp_path, (square(), HAZARD), actor=caller.actor, accept=False)
    assert not Submission.objects.exists()
    hazards(tmp_path, (square(), HAZARD), actor=entered("d", Grant(Role.data_entry)).actor,
            accept=False)  # fmt: skip
    assert Submission.objects.get().submitter == "d"


# --- reviewing ------------------------------------------------------------------------------------


def test_who_signed_in_accepts_only_within_their_roles(country, tmp_path):
    def delivered(unit):
        rows = [(square(3), {**HAZARD, "source_id": f"new in {unit}", "unit": unit})]
        from registering import hazards as more

        return more(tmp_path, *rows, accept=False).receipt

    south, north = delivered("S"), delivered("N1")
    nobody, partly = (
        entered("nobody"),
        entered("nina", Grant(Role.reviewer, unit=roles.unit_called("N"))),
    )
    for receipt in (south, north):
        with pytest.raises(DecisionRefused, match="none of their roles is reviewer"):
            decisions.accept_submission(receipt, nobody.actor)
        with pytest.raises(DecisionRefused, match="none of their roles is reviewer"):
            decisions.reject_submission(receipt, nobody.actor, "no")
    with pytest.raises(DecisionRefused, match="1 of its records lie outside"):
        decisions.accept_submission(south, partly.actor)
    with pytest.raises(DecisionRefused, match="1 of its records lie outside"):
        decisions.reject_submission(south, partly.actor, "no")
    assert decisions.accept_submission(north, partly.actor) is not None
    assert Hazard.objects.filter(source_id="new in N1").exists()
    decisions.accept_submission(south, entered("rosa", Grant(Role.reviewer)).actor)
    assert Hazard.objects.filter(source_id="new in S").exists()


# --- tokens ---------------------------------------------------------------------------------------


def issue(**changed):
    given = {
        "kind": "service", "scopes": ("view",), "days": 30, "by": ADMIN, **changed,
    }  # fmt: skip
    return tokens.issue("Power BI", **given)


def test_a_token_is_kept_as_a_hash_and_nowhere_in_clear(workspace):
    raw = issue()
    assert len(raw) >= len(tokens.PREFIX) + 43, "256 random bits"
    assert issue() != raw
    secret = raw.removeprefix(tokens.PREFIX)
    for model in (AppToken, PeopleEvent):
        assert secret not in repr(list(model.objects.values()))
    if workspace.database == "sqlite":
        from django.db import connection

        connection.close()
        for path in workspace.folder.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path


def test_a_token_ends_and_can_be_revoked(workspace, monkeypatch):
    raw = issue(days=2)
    assert tokens.authenticate(raw) is not None
    assert tokens.authenticate(raw + "x") is None
    assert tokens.authenticate("") is None
    with monkeypatch.context() as later:
        later.setattr("landrelease.register.clock.now", lambda: "2999-01-01T00:00:00.000000Z")
        assert tokens.authenticate(raw) is None
    tokens.revoke(AppToken.objects.get().id, by=ADMIN)
    assert tokens.authenticate(raw) is None
    with pytest.raises(RegisterError, match="no token that still holds"):
        tokens.revoke(AppToken.objects.get().id, by=ADMIN)
    assert list(PeopleEvent.objects.values_list("what", flat=True)) == [
        "token_issued", "token_revoked",
    ]  # fmt: skip


def test_a_token_does_what_it_was_issued_for_within_its_limits(country):
    service = tokens.authenticate(issue(organisation="OP1"))
    assert service is not None
    assert seen(service) == ["H1"]
    assert access.may(service, "view")
    assert not access.may(service, "submit")
    assert not access.may(service, "manage_people")
    assert not service.sees_everything


def test_a_token_reads_the_restricted_tier_only_if_issued_for_it(country):
    plain = tokens.authenticate(issue(scopes=("view", "submit")))
    deep = tokens.authenticate(issue(scopes=("view", "view_restricted")))
    assert plain is not None
    assert deep is not None
    assert "remarks" not in access.fields(plain, "hazard")
    assert not access.may(plain, "view_restricted")
    assert not plain.sees_everything
    assert "remarks" in access.fields(deep, "hazard")
    assert deep.sees_everything


def test_a_phone_never_does_more_than_its_owner(country):
    people.add("dana", PASSWORD, organisation="OP1", grants=[Grant(Role.data_entry, "OP1")])
    raw = issue(kind="phone", person="dana", scopes=("view", "submit"))
    phone = tokens.authenticate(raw)
    assert phone is not None
    assert seen(phone) == ["H1"]
    assert access.may(phone, "submit")
    people.revoke("dana", RoleAssignment.objects.get().id, by=ADMIN)
    phone = tokens.authenticate(raw)
    assert phone is not None
    assert not access.may(phone, "submit")
    assert seen(phone) == []
    people.set_active("dana", False, by=ADMIN)
    assert tokens.authenticate(raw) is None
    assert AppToken.objects.get().revoked_by == "root"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"scopes": ("approve_release",)}, "cannot be issued for approve_release"),
        ({"scopes": ("view_personal",)}, "cannot be issued for view_personal"),
        ({"scopes": ()}, "for nothing"),
        ({"kind": "phone", "scopes": ("export",), "person": "x"}, "for export"),
        ({"days": 0}, "1 to 365 days"),
        ({"days": 366}, "1 to 365 days"),
        ({"kind": "phone", "scopes": ("submit",)}, "belongs to a person"),
        ({"kind": "service", "person": "x"}, "belongs to a person"),
        ({"kind": "robot"}, "no kind of token"),
    ],
)
def test_what_a_token_cannot_be(workspace, changed, why):
    with pytest.raises(RegisterError, match=why):
        issue(**changed)
    assert not AppToken.objects.exists()
