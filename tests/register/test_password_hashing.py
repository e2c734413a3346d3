"""Passwords are hashed with Argon2id; what PBKDF2 hashed is read, and hashed anew at a sign-in."""

from __future__ import annotations

import pytest
from django.contrib.auth import hashers
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.register.password_hashing import Argon2idHasher

# A test of the reference implementation (P-H-C/phc-winner-argon2, src/test.c): Argon2id, version
# 0x13, 2 passes, 64 MiB, one lane.
REFERENCE = (
    "argon2$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
)


@pytest.fixture(autouse=True)
def as_in_real_use(costs_of_hashing, monkeypatch):
    memory, passes = costs_of_hashing
    monkeypatch.setattr(Argon2idHasher, "memory_kib", memory)
    monkeypatch.setattr(Argon2idHasher, "passes", passes)


def test_a_hash_of_the_reference_implementation():
    hasher = Argon2idHasher()
    assert hasher.verify("password", REFERENCE)
    assert not hasher.verify("differentpassword", REFERENCE)
    assert not hasher.must_update(REFERENCE)


@settings(max_examples=12)
@given(st.text(min_size=1), st.text(min_size=1))
def test_only_the_same_password_opens(password, other):
    hasher = Argon2idHasher()
    stored = hasher.encode(password, "somesalt")
    assert hasher.verify(password, stored)
    assert hasher.verify(other, stored) is (other == password)


def test_new_passwords_are_hashed_so_and_old_ones_are_hashed_anew():
    assert hashers.make_password("correct horse battery").startswith("argon2$argon2id$v=19$m=19456")
    old = hashers.make_password("correct horse battery", hasher="pbkdf2_sha256")
    anew = []
    assert hashers.check_password("correct horse battery", old, setter=anew.append)
    assert anew == ["correct horse battery"]
    assert not hashers.check_password("wrong", old, setter=anew.append)


def test_a_weaker_hash_is_made_anew():
    assert Argon2idHasher().must_update(REFERENCE.replace("m=65536", "m=8192"))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "argon2$",
        "argon2$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFh",
        "argon2$argon2id$v=19$m=99999999999,t=2,p=1$c29tZXNhbHQ$CTFh",
    ],
)
def test_what_cannot_be_read_opens_nothing(broken):
    assert not Argon2idHasher().verify("password", broken)
