"""Secrets: random ones that programs keep, and passwords that people remember.

A random secret has 256 bits, so its plain SHA-256 is enough to keep: it cannot be guessed, and looking it
up by digest tells a measurer nothing. Passwords are kept as argon2id (Biryukov, Dinu, Khovratovich 2016;
RFC 9106).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache
from typing import TYPE_CHECKING

from netloom.core.errors import InvalidInput

if TYPE_CHECKING:
    from pwdlib import PasswordHash

TOKEN_PREFIX = "nl_"  # noqa: S105 - what they begin with is no secret
"""Begins every API token, so that people and secret scanners recognise one."""
MIN_PASSWORD = 8
MAX_PASSWORD = 256
"""Longer ones would only make hashing slow."""


def new_secret(prefix: str = "") -> str:
    """A random secret that fits into a URL or a header."""
    return prefix + secrets.token_urlsafe(32)


def new_id() -> str:
    """A random name for something people do not name."""
    return secrets.token_hex(8)


def digest_of_secret(secret: str) -> str:
    """What is stored of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def derived_secret(secret: str, purpose: str) -> str:
    """Another secret that only who has the first can know."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def equal_secrets(first: str, second: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(first.encode(), second.encode())


def hash_of_password(password: str) -> str:
    """What is stored of a password.

    Raises:
        InvalidInput: It is too short or too long.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidInput.of(
            "this cannot be a password",
            code="S108",
            expected=f"{MIN_PASSWORD} to {MAX_PASSWORD} characters",
            got=f"{len(password)}",
            fix="A short sentence is easy to remember and hard to guess",
        )
    return _hashing().hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one; takes as long when there is none to compare with."""
    if len(password) > MAX_PASSWORD:
        return False
    is_equal = _hashing().verify(password, stored or _nobodys_hash())
    return is_equal and stored is not None


@cache
def _hashing() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    # OWASP's smallest recommended setting: 19 MiB, so that several logins at once fit a small machine.
    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))


@cache
def _nobodys_hash() -> str:
    return _hashing().hash(secrets.token_hex(16))
