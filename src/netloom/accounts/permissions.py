"""Who may do what: a few pure functions over values. Nothing else in Netloom decides it.

A person's *right* over an object is the strongest of what makes it theirs (owner, share, public,
administrator), but never more than their role allows, and never more than the scope of the token they came
with.

    right   on a pipeline                     on a run
    read    look at it, plan it               look at it, its logs, metrics and files
    run     start runs of it                  start it again, or a part of it, as a run of one's own
    write   change and version it             stop it, retry it, answer its questions
    own     share it, delete it               share it, delete it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from netloom.core.identifiers import UserName


class Right(StrEnum):
    """What somebody may do with an object; each includes those before it."""

    READ = "read"
    RUN = "run"
    WRITE = "write"
    OWN = "own"

    def includes(self, other: Right) -> bool:
        """Whether this right is at least the other."""
        return _RANK[self] >= _RANK[other]


_RANK = {right: rank for rank, right in enumerate(Right)}


class Role(StrEnum):
    """What a user may do at all: look, work, or run the place."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token may be used for; each includes those before it."""

    READ = "read"
    RUN = "run"
    WRITE = "write"
    ADMIN = "admin"


class Visibility(StrEnum):
    """Who besides the owner can see an object.

    ``private``: nobody. ``shared``: the named users, with the right each was given. ``public``: every
    signed-in user may read and run it; named users may have more.
    """

    PRIVATE = "private"
    SHARED = "shared"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something.

    Attributes:
        scope: Of the token they came with; sessions of the browser have ``admin``, which limits nothing.
    """

    name: UserName
    role: Role
    scope: Scope = Scope.ADMIN


@dataclass(frozen=True, slots=True)
class Access:
    """To whom an object belongs and who else may use it.

    Attributes:
        owner: None for what no user of the workbench made, such as runs from the command line: it is the
            administrators'.
        shares: Right of each named user; without effect while the object is private.
    """

    owner: UserName | None = None
    visibility: Visibility = Visibility.PRIVATE
    shares: Mapping[UserName, Right] = field(default_factory=dict)


NOBODYS = Access()
"""Access to an object of which nothing is recorded."""

_ROLE_LIMIT = {Role.VIEWER: Right.READ, Role.MEMBER: Right.OWN, Role.ADMIN: Right.OWN}
_SCOPE_LIMIT = {
    Scope.READ: Right.READ,
    Scope.RUN: Right.RUN,
    Scope.WRITE: Right.OWN,
    Scope.ADMIN: Right.OWN,
}


def limit_of(actor: Actor) -> Right:
    """The most an actor may do with any object, by role and scope."""
    return min(_ROLE_LIMIT[actor.role], _SCOPE_LIMIT[actor.scope], key=_RANK.__getitem__)


def right_over(actor: Actor, access: Access) -> Right | None:
    """The right an actor has over an object; None if it may not even know of it."""
    granted = _granted(actor, access)
    return granted and min(granted, limit_of(actor), key=_RANK.__getitem__)


def may(actor: Actor, wanted: Right, access: Access) -> bool:
    """Whether an actor may do something with an object."""
    right = right_over(actor, access)
    return right is not None and right.includes(wanted)


def may_make(actor: Actor, wanted: Right) -> bool:
    """Whether an actor may make objects of their own: ``run`` for runs, ``write`` for everything else."""
    return limit_of(actor).includes(wanted)


def may_administer(actor: Actor) -> bool:
    """Whether an actor may manage users, invitations and the audit log."""
    return actor.role is Role.ADMIN and actor.scope is Scope.ADMIN


def _granted(actor: Actor, access: Access) -> Right | None:
    if actor.role is Role.ADMIN or access.owner == actor.name:
        return Right.OWN
    if access.visibility is Visibility.PRIVATE:
        return None
    shared = access.shares.get(actor.name)
    if access.visibility is Visibility.PUBLIC:
        return shared if shared is not None and shared.includes(Right.RUN) else Right.RUN
    return shared
