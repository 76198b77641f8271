"""Signing in and up: sessions, invitations, passwords, tokens, and the first administrator."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from netloom.accounts.credentials import (
    TOKEN_PREFIX,
    digest_of_secret,
    hash_of_password,
    is_password,
    new_id,
    new_secret,
)
from netloom.accounts.permissions import Role, Scope
from netloom.accounts.refusals import NotAllowed, SignInRequired
from netloom.accounts.sessions import Session
from netloom.accounts.tokens import ApiToken, Invitation
from netloom.accounts.users import LOCAL_USER, User, user_name
from netloom.core.errors import NotFound
from netloom.core.identifiers import UserName

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench


def sign_in(bench: Workbench, name: str, password: str, *, address: str) -> User:
    """Check name and password.

    Raises:
        SignInRequired: One of them is wrong; which one is not said.
        TooManyAttempts: There were too many failures with this name or from this address.
    """
    keys = (f"name:{name.strip().lower()[:64]}", f"address:{address}")
    bench.throttle.check(*keys)
    stored = bench.users.password_hash(UserName(name.strip().lower()))
    if not is_password(password, stored):
        bench.throttle.failed(*keys)
        raise SignInRequired.of(
            "name or password is wrong", code="S101", fix="Check both; capitals matter in passwords"
        )
    bench.throttle.succeeded(keys[0])
    return bench.users.user(UserName(name.strip().lower()))


def open_session(
    bench: Workbench, user: UserName, *, days: float, agent: str = "", instead_of: str | None = None
) -> tuple[Session, str]:
    """Start a session; returns it and its secret.

    Args:
        instead_of: A session of the same browser that ends, so that a secret known before is worth nothing.
    """
    now = time.time()
    if instead_of is not None:
        bench.sessions.close(instead_of)
    secret = new_secret()
    session = Session(new_id(), user, now, now + days * 86_400, agent[:200])
    bench.sessions.open(session, digest_of_secret(secret))
    return session, secret


def sign_up(
    bench: Workbench,
    name: str,
    password: str,
    *,
    display_name: str = "",
    invitation: str | None,
    is_open: bool,
) -> User:
    """Make an account, by invitation or, if ``is_open``, just so.

    Raises:
        NotAllowed: An invitation is needed.
        NotFound: The invitation is not valid.
        Conflict: The name is taken.
    """
    user = User(user_name(name), Role.MEMBER, time.time(), display_name, has_password=True)
    hashed = hash_of_password(password)
    if invitation:
        return bench.invitations.redeem(digest_of_secret(invitation), user, hashed, now=time.time())
    if not is_open:
        raise NotAllowed.of(
            "one needs an invitation to sign up here",
            code="S109",
            fix="Ask an administrator for one",
        )
    bench.users.add(user, hashed)
    return user


def add_user(
    bench: Workbench, name: str, password: str, *, role: Role, display_name: str = ""
) -> User:
    """An account that an administrator makes. Raises Conflict if the name is taken."""
    user = User(user_name(name), role, time.time(), display_name, has_password=True)
    bench.users.add(user, hash_of_password(password))
    return user


def change_password(
    bench: Workbench, user: User, old: str, new: str, *, session: str | None
) -> None:
    """Give a user another password; their other sessions end.

    Args:
        old: The present one; of no account if there is none yet.

    Raises:
        NotAllowed: The present password is wrong.
    """
    if user.has_password and not is_password(old, bench.users.password_hash(user.name)):
        raise NotAllowed.of("the present password is wrong", code="S101")
    bench.users.set_password(user.name, hash_of_password(new))
    bench.sessions.close_all(user.name, but=session)


def invite(
    bench: Workbench, by: UserName, *, role: Role, days: float, note: str = ""
) -> tuple[Invitation, str]:
    """Let somebody sign up once; returns the invitation and its secret."""
    now = time.time()
    secret = new_secret()
    invitation = Invitation(new_id(), role, by, now, now + days * 86_400, note)
    bench.invitations.add(invitation, digest_of_secret(secret))
    return invitation, secret


def make_token(
    bench: Workbench, user: UserName, *, name: str, scope: Scope, days: float | None
) -> tuple[ApiToken, str]:
    """A way in for a program; returns the token and its secret, which is never shown again."""
    now = time.time()
    secret = new_secret(TOKEN_PREFIX)
    expires = None if days is None else now + days * 86_400
    token = ApiToken(new_id(), user, name, scope, now, expires)
    bench.tokens.add(token, digest_of_secret(secret))
    return token, secret


def local_user(bench: Workbench) -> User:
    """Who comes through the link that is printed at start: the machine's own administrator."""
    try:
        found = bench.users.user(LOCAL_USER)
    except NotFound:
        found = User(LOCAL_USER, Role.ADMIN, time.time())
        bench.users.add(found, None)
        return found
    is_changed = found.role is not Role.ADMIN or not found.is_active
    if is_changed:
        bench.users.change(LOCAL_USER, role=Role.ADMIN, is_active=True)
    return replace(found, role=Role.ADMIN, is_active=True)


def has_administrator(bench: Workbench) -> bool:
    """Whether somebody can sign in with a password and administer."""
    return any(
        user.role is Role.ADMIN and user.is_active and user.has_password
        for user in bench.users.users()
    )
