"""Signing in, up and out; one's own account."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from netloom.accounts.permissions import Actor
from netloom.accounts.users import User as UserValue
from netloom.server.hosting import Bench, Host, Hosting
from netloom.server.identity import (
    COOKIE,
    Caller,
    CallerIfAny,
    Reader,
    clear_cookie,
    csrf_token_of,
    find_session,
    not_allowed,
    set_cookie,
)
from netloom.server.schemas import accounts as schemas
from netloom.workspace import signing_in

router = APIRouter(tags=["session"])


@router.get("/session")
def get_session(host: Host, caller: CallerIfAny) -> schemas.SessionInfo:
    """Who is signed in. The first thing a front end asks; needs no sign-in."""
    return _info(host, caller)


@router.post("/session")
def sign_in(
    host: Host, request: Request, response: Response, body: schemas.Credentials
) -> schemas.SessionInfo:
    """Sign in with name and password; the answer sets the session's cookie."""
    user = signing_in.sign_in(host.bench, body.name, body.password, address=address_of(request))
    return start_session(host, request, response, user)


@router.delete("/session", status_code=204)
def sign_out(host: Host, response: Response, caller: CallerIfAny) -> None:
    """Sign out; the session ends on the server too."""
    if caller is not None and caller.session is not None:
        host.bench.sessions.close(caller.session.id)
    clear_cookie(response)


@router.post("/sign-up", status_code=201)
def sign_up(
    host: Host, request: Request, response: Response, body: schemas.SignUpBody
) -> schemas.SessionInfo:
    """Make an account for oneself and sign in; by invitation, or without where sign-up is open."""
    host.bench.throttle.check(_sign_up_key(request))
    host.bench.throttle.failed(_sign_up_key(request))  # accounts are not made in bulk either
    user = signing_in.sign_up(
        host.bench,
        body.name,
        body.password,
        display_name=body.display_name,
        invitation=body.invitation,
        is_open=host.settings.sign_up == "open",
    )
    return start_session(host, request, response, user)


@router.put("/me/password", status_code=204)
def change_password(bench: Bench, caller: Reader, body: schemas.PasswordChange) -> None:
    """Give oneself another password; one's other sessions end."""
    require_session(caller)
    session = caller.session.id if caller.session else None
    signing_in.change_password(bench, caller.user, body.old, body.new, session=session)


@router.get("/people")
def list_people(bench: Bench, caller: Reader) -> schemas.PersonList:
    """Whom one can share with."""
    people = [
        schemas.Person(name=user.name, display_name=user.display_name)
        for user in bench.users.users()
        if user.is_active
    ]
    return schemas.PersonList(people=people)


def start_session(
    host: Hosting, request: Request, response: Response, user: UserValue
) -> schemas.SessionInfo:
    """Open a session for a user, in place of the one this browser may have had."""
    cookie = request.cookies.get(COOKIE)
    before = find_session(host, cookie) if cookie else None
    session, secret = signing_in.open_session(
        host.bench,
        user.name,
        days=host.settings.session_days,
        agent=request.headers.get("user-agent", ""),
        instead_of=before[0].id if before else None,
    )
    set_cookie(request, response, secret, days=host.settings.session_days)
    request.state.caller = Caller(user, Actor(user.name, user.role), session, csrf_token_of(secret))
    return _info(host, request.state.caller)


def address_of(request: Request) -> str:
    """Where a request came from."""
    return request.client.host if request.client else ""


def require_session(caller: Caller) -> None:
    """Refuse tokens: a stolen one must not take an account over."""
    if caller.session is None:
        raise not_allowed(caller, "change the account")


def user_schema(user: UserValue) -> schemas.User:
    """The wire form of a user."""
    return schemas.User(**asdict(user))


def _info(host: Hosting, caller: Caller | None) -> schemas.SessionInfo:
    return schemas.SessionInfo(
        user=user_schema(caller.user) if caller else None,
        csrf_token=caller.csrf_token if caller else "",
        scope=caller.actor.scope if caller else None,
        sign_up=host.settings.sign_up,
        has_administrator=signing_in.has_administrator(host.bench),
    )


def _sign_up_key(request: Request) -> str:
    return f"sign-up:{address_of(request)}"
