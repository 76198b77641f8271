"""Users, sessions, tokens, invitations, shares, the audit log."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from netloom.accounts.credentials import MAX_PASSWORD, MIN_PASSWORD
from netloom.accounts.permissions import Right, Role, Scope, Visibility
from netloom.accounts.users import USER_NAME_PATTERN
from netloom.server.schemas.wire import Answer, Body, Line, Name, Seconds
from netloom.server.settings import SignUp

UserNameText = Annotated[str, Field(pattern=USER_NAME_PATTERN, examples=["ada"])]
Password = Annotated[str, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
Days = Annotated[float, Field(gt=0, le=3650)]


class User(Answer):
    """A person."""

    name: str
    display_name: str
    role: Role
    is_active: bool
    has_password: bool
    """False for somebody who can only come through the link printed at start."""
    created: Seconds
    last_seen: Seconds | None


class Person(Answer):
    """What everybody may know of a user: enough to share something with them."""

    name: str
    display_name: str


class SessionInfo(Answer):
    """Who is signed in, and what the front end needs to go on."""

    user: User | None
    """None if nobody is."""
    csrf_token: str
    """To be sent as ``X-CSRF-Token`` with every change; empty for programs with a token."""
    scope: Scope | None
    """What a token is limited to; ``admin`` for browsers."""
    sign_up: SignUp
    has_administrator: bool
    """False until somebody has an account with a password and the role admin."""


class Credentials(Body):
    """Name and password."""

    name: Name
    password: Annotated[str, Field(max_length=MAX_PASSWORD)]


class SignUpBody(Body):
    """A new account."""

    name: UserNameText
    password: Password
    display_name: Line = ""
    invitation: Annotated[str, Field(max_length=200)] | None = None
    """The secret of an invitation; needed unless sign-up is open."""


class NewUser(Body):
    """An account made by an administrator."""

    name: UserNameText
    password: Password
    display_name: Line = ""
    role: Role = Role.MEMBER


class UserChange(Body):
    """What is to be changed; what is absent stays."""

    display_name: Line | None = None
    role: Role | None = None
    is_active: bool | None = None
    """False: may no longer sign in. What they own remains."""


class PasswordChange(Body):
    """Another password for oneself."""

    old: Annotated[str, Field(max_length=MAX_PASSWORD)] = ""
    """Empty if there is none yet."""
    new: Password


class Token(Answer):
    """An API token, without its secret."""

    id: str
    name: str
    scope: Scope
    created: Seconds
    expires: Seconds | None
    last_used: Seconds | None


class TokenList(Answer):
    """One's own tokens, newest first."""

    tokens: list[Token]


class NewToken(Body):
    """A token to make."""

    name: Name
    scope: Scope = Scope.READ
    days: Days | None = 90.0
    """How long it lives; null for ever."""


class MadeToken(Answer):
    """A new token. This is the only time its secret is shown."""

    token: Token
    secret: str
    """Send it as ``Authorization: Bearer …``."""


class Invitation(Answer):
    """The right to sign up once, without its secret."""

    id: str
    role: Role
    note: str
    created_by: str
    created: Seconds
    expires: Seconds
    used_by: str | None


class InvitationList(Answer):
    """All invitations, newest first."""

    invitations: list[Invitation]


class NewInvitation(Body):
    """An invitation to make."""

    role: Role = Role.MEMBER
    note: Line = ""
    days: Days = 7.0


class MadeInvitation(Answer):
    """A new invitation. This is the only time its secret is shown."""

    invitation: Invitation
    secret: str
    """Part of the link to send: ``/sign-up?invitation=…``."""


class UserList(Answer):
    """All users, by name."""

    users: list[User]


class PersonList(Answer):
    """All active users, by name."""

    people: list[Person]


class Access(Answer):
    """To whom an object belongs and who may use it."""

    owner: str | None
    """None for runs from the command line: they are the administrators'."""
    visibility: Visibility
    shares: dict[str, Right]
    """Right of each named user."""
    right: Right
    """Your own."""


class AccessChange(Body):
    """Who may use an object from now on."""

    visibility: Visibility
    shares: Annotated[dict[UserNameText, Right], Field(max_length=200)] = {}
    """Right of each named user, in place of those before; ``own`` cannot be given away."""


class AuditEntry(Answer):
    """One change that somebody made."""

    number: int
    time: Seconds
    user: str | None
    action: str
    """Operation id, such as ``createRun``."""
    about: str
    """Id of the object, if there is one."""
    status: int
    address: str
    details: dict[str, Any]


class AuditPage(Answer):
    """Entries, newest first."""

    entries: list[AuditEntry]
    next_before: int | None
    """Give it as ``before`` to get the page after this one; null on the last page."""
