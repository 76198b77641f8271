"""Users, and the store protocol that keeps them; ``netloom.store`` implements it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from netloom.accounts.permissions import Role
from netloom.core.errors import InvalidInput
from netloom.core.identifiers import UserName

USER_NAME_PATTERN = r"^[a-z][a-z0-9._-]{0,31}$"
LOCAL_USER = UserName("local")
"""Whoever starts the workbench on this machine, before there are accounts."""


@dataclass(frozen=True, slots=True)
class User:
    """A person.

    Attributes:
        name: How they sign in and are shared with; never changes.
        display_name: How they are called; may be empty.
        is_active: False for somebody who may no longer sign in; what they own remains.
        has_password: False for somebody who can only come through the link that start prints.
    """

    name: UserName
    role: Role
    created: float
    display_name: str = ""
    is_active: bool = True
    has_password: bool = False
    last_seen: float | None = None


def user_name(text: str) -> UserName:
    """A user's name from what somebody typed.

    Raises:
        InvalidInput: It cannot be one.
    """
    name = text.strip().lower()
    if not re.match(USER_NAME_PATTERN, name):
        raise InvalidInput.of(
            f"{text!r} cannot be a user name",
            code="S107",
            expected="a letter, then letters, digits, '.', '_' or '-', at most 32 in all",
            fix="The display name may be anything",
        )
    return UserName(name)


class UserStore(Protocol):
    """Users and their passwords. Safe for several threads and processes; every method is one transaction."""

    def add(self, user: User, password_hash: str | None) -> None:
        """Raises Conflict if the name is taken."""

    def user(self, name: UserName) -> User:
        """Raises NotFound."""

    def users(self) -> Sequence[User]:
        """Everybody, by name."""

    def password_hash(self, name: UserName) -> str | None:
        """None if there is no such user, they are not active, or they have no password."""

    def set_password(self, name: UserName, password_hash: str) -> None:
        """Raises NotFound."""

    def change(
        self,
        name: UserName,
        *,
        role: Role | None = None,
        display_name: str | None = None,
        is_active: bool | None = None,
    ) -> User:
        """Change what is not None; an inactive user's sessions end.

        Raises:
            NotFound: There is no such user.
            Conflict: Nobody would be left to administer.
        """
