"""How much is kept of one phone a day: beyond it the phone keeps the form and is told why."""

from __future__ import annotations

import answering
import pytest
from answering import PHOTO, Attachment, accident, hazard
from test_openrosa import phone, post, received, said, token  # noqa: F401

from landrelease.register import clock, people, profile, tokens
from landrelease.register.models import AppToken, FieldAttachment, FieldInstance


@pytest.fixture
def limits(programme, monkeypatch):
    """Set limits of the national profile."""

    def set_(**numbers):
        now = profile.current()
        deliveries = now.deliveries.model_copy(update=numbers)
        changed = now.model_copy(update={"deliveries": deliveries})
        monkeypatch.setattr(profile, "current", lambda: changed)

    return set_


def test_what_is_beyond_the_bytes_of_a_day_stays_on_the_phone(phone, limits):  # noqa: F811
    first = hazard()
    limits(phone_bytes_per_day=len(first) + len(PHOTO.data) + 100)
    assert post(phone, first, PHOTO).status_code == 201
    refused = post(phone, hazard(instance_id="uuid:2"))
    assert refused.status_code == 429, "4xx: Collect keeps the form"
    assert refused.headers["x-openrosa-version"] == "1.0"
    assert "nothing is lost, send it again tomorrow" in said(refused)
    assert received() == FieldInstance.objects.count() * 2 == 2, "nothing of it was kept"
    again = post(phone, first, PHOTO)
    assert again.status_code == 201, "what was received gets its receipt, whatever the quota"
    late = Attachment("late.jpg", "image/jpeg", b"\xff\xd8" + b"x" * 200)
    assert post(phone, first, late).status_code == 429, "more of the same form counts as well"
    assert FieldAttachment.objects.count() == 1
    limits(phone_bytes_per_day=10_000_000)
    assert post(phone, first, late).status_code == 201
    assert post(phone, hazard(instance_id="uuid:2")).status_code == 201


def test_the_next_day_it_is_taken(phone, limits, monkeypatch):  # noqa: F811
    limits(phone_forms_per_day=1)
    assert post(phone, hazard()).status_code == 201
    second = accident(instance_id="uuid:2")
    assert post(phone, second).status_code == 429
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: f"2026-12-31{real[10:]}")
    AppToken.objects.update(expires_at="2027-12-31T00:00:00.000000Z")
    assert post(phone, second).status_code == 201
    assert post(phone, hazard(instance_id="uuid:3")).status_code == 429


def test_each_phone_has_its_own_and_the_office_none(phone, limits):  # noqa: F811
    limits(phone_forms_per_day=1)
    assert post(phone, hazard()).status_code == 201
    assert post(phone, hazard(instance_id="uuid:2")).status_code == 429
    other = tokens.issue(
        "another tablet", kind="phone", scopes=("submit",), days=30,
        by=people.at_the_command_line(), person="amra",
    )  # fmt: skip
    phone.auth = ("amra", other)
    assert post(phone, hazard(instance_id="uuid:2")).status_code == 201
    assert post(phone, hazard(instance_id="uuid:3")).status_code == 429
    answering.send(hazard(instance_id="uuid:3"))
    assert FieldInstance.objects.count() == 3


def test_what_was_kept_twice_is_counted_once(phone, limits):  # noqa: F811
    from landrelease.register import field_forms

    first = hazard()
    for _ in range(3):
        assert post(phone, first, PHOTO, PHOTO).status_code == 201
    number = AppToken.objects.get().id
    assert field_forms.kept_today(number, "amra") == (1, len(first) + len(PHOTO.data))
