"""Passwords and random secrets."""

from __future__ import annotations

import pytest

from netloom.accounts.credentials import (
    MAX_PASSWORD,
    derived_secret,
    digest_of_secret,
    hash_of_password,
    is_password,
    new_secret,
)
from netloom.core.errors import InvalidInput


def test_passwords_are_kept_as_argon2id() -> None:
    stored = hash_of_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert is_password("correct horse", stored)
    assert not is_password("wrong horse", stored)
    assert hash_of_password("correct horse") != stored


def test_there_is_no_password_for_nobody() -> None:
    assert not is_password("anything", None)
    assert not is_password("x" * (MAX_PASSWORD + 1), None)


@pytest.mark.parametrize("password", ["", "short", "x" * (MAX_PASSWORD + 1)])
def test_too_short_and_too_long_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        hash_of_password(password)
    assert refusal.value.diagnostics[0].code == "S108"


def test_secrets_differ_and_tell_nothing_of_each_other() -> None:
    secrets = {new_secret("nl_") for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) >= 43 for secret in secrets)
    one = secrets.pop()
    assert (
        len({one, digest_of_secret(one), derived_secret(one, "a"), derived_secret(one, "b")}) == 4
    )
