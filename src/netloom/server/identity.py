"""Who asks: a browser by its cookie, a program by its token. And what that lets them do.

Cookies are sent by the browser whoever wrote the page, so a change that comes with a cookie needs the header
``X-CSRF-Token`` too: a value derived from the session's secret, which only our own pages can learn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer

from netloom.accounts.credentials import derived_secret, digest_of_secret, equal_secrets
from netloom.accounts.permissions import Actor, Right, may_administer, may_make
from netloom.accounts.refusals import NotAllowed, SignInRequired
from netloom.accounts.sessions import Session
from netloom.accounts.users import User
from netloom.server.hosting import Hosting, hosting_of

COOKIE = "netloom_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PROLONGED_EVERY = 1 / 30
"""Share of its life after which a session that is used is prolonged."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who asks for something.

    Attributes:
        session: None for programs that come with a token.
        csrf_token: What changes must come with; empty for programs.
    """

    user: User
    actor: Actor
    session: Session | None = None
    csrf_token: str = ""


# These two only describe the ways in for the OpenAPI document; ``caller_of`` does the work.
_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="An API token.")
_COOKIE = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    scheme_name="session",
    description=f"A signed-in browser. Changes also need the header `{CSRF_HEADER}`.",
)


def caller_of(request: Request) -> Caller | None:
    """Who sent a request; None if it came without credentials.

    Raises:
        SignInRequired: The token or the session is not, or no longer, valid.
        NotAllowed: A change came with a cookie, but without the CSRF token.
    """
    hosting = hosting_of(request)
    authorization = request.headers.get("authorization", "")
    cookie = request.cookies.get(COOKIE)
    if authorization:
        caller = _with_token(hosting, authorization)
    elif cookie:
        caller = _with_session(hosting, cookie)
        _require_csrf_token(request, caller)
    else:
        return None
    request.state.caller = caller
    return caller


MaybeCaller = Annotated[Caller | None, Depends(caller_of)]


def caller_if_any(request: Request) -> Caller | None:
    """Who sent a request; None also if their session or token has ended."""
    try:
        return caller_of(request)
    except SignInRequired:
        return None


CallerIfAny = Annotated[Caller | None, Depends(caller_if_any)]


def signed_in(
    caller: MaybeCaller,
    token: Annotated[object, Depends(_BEARER)] = None,
    cookie: Annotated[object, Depends(_COOKIE)] = None,
) -> Caller:
    """Somebody who is signed in."""
    if caller is None:
        raise SignInRequired.of(
            "nobody is signed in", fix="Sign in, or send an API token: Authorization: Bearer nl_…"
        )
    return caller


Reader = Annotated[Caller, Depends(signed_in)]


def _maker(right: Right) -> Callable[[Caller], Caller]:
    def allowed(caller: Reader) -> Caller:
        if not may_make(caller.actor, right):
            raise not_allowed(caller, f"{right} anything")
        return caller

    return allowed


def administrator(caller: Reader) -> Caller:
    """Somebody who manages users."""
    if not may_administer(caller.actor):
        raise not_allowed(caller, "administer this workspace")
    return caller


Runner = Annotated[Caller, Depends(_maker(Right.RUN))]
"""Somebody who may start runs."""
Author = Annotated[Caller, Depends(_maker(Right.WRITE))]
"""Somebody who may make and change things of their own."""
Administrator = Annotated[Caller, Depends(administrator)]


def not_allowed(caller: Caller, what: str) -> NotAllowed:
    """The refusal for a signed-in user who may not do something."""
    by = "" if caller.session else f" with a token of scope {caller.actor.scope!s}"
    return NotAllowed.of(
        f"{caller.user.name} ({caller.user.role}) may not {what}{by}",
        fix="Ask the owner to share it, or an administrator for another role",
    )


def set_cookie(request: Request, response: Response, secret: str, *, days: float) -> None:
    """Let the browser keep a session's secret out of any script's reach."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(days * 86_400),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def clear_cookie(response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def csrf_token_of(secret: str) -> str:
    """The CSRF token of a session, from the secret in its cookie."""
    return derived_secret(secret, "csrf")


def find_session(hosting: Hosting, secret: str) -> tuple[Session, User] | None:
    """The live session of a cookie."""
    return hosting.bench.sessions.find(digest_of_secret(secret), now=time.time())


def _with_token(hosting: Hosting, authorization: str) -> Caller:
    scheme, _, secret = authorization.partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = hosting.bench.tokens.find(digest_of_secret(secret.strip()), now=time.time())
    if found is None:
        raise SignInRequired.of(
            "this API token is not valid: it was revoked, has expired or never existed",
            code="S105",
            fix="Make another one in the settings",
        )
    token, user = found
    return Caller(user, Actor(user.name, user.role, token.scope))


def _with_session(hosting: Hosting, secret: str) -> Caller:
    found = find_session(hosting, secret)
    if found is None:
        raise SignInRequired.of("the session has ended", code="S105", fix="Sign in again")
    session, user = found
    life_s = hosting.settings.session_days * 86_400
    if session.expires - time.time() < life_s * (1 - _PROLONGED_EVERY):
        hosting.bench.sessions.prolong(session.id, expires=time.time() + life_s)
    return Caller(user, Actor(user.name, user.role), session, csrf_token_of(secret))


def _require_csrf_token(request: Request, caller: Caller) -> None:
    if request.method in _SAFE_METHODS:
        return
    if not equal_secrets(request.headers.get(CSRF_HEADER, ""), caller.csrf_token):
        raise NotAllowed.of(
            f"the header {CSRF_HEADER} is missing or wrong",
            code="S103",
            fix="Send the value that GET /api/v1/session gives; it changes when one signs in",
        )
