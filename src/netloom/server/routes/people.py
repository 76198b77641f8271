"""Users, tokens, invitations, the audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from netloom.accounts.permissions import Scope
from netloom.core.identifiers import UserName
from netloom.server.auditing import call_it, note
from netloom.server.hosting import Bench
from netloom.server.identity import Administrator, Reader
from netloom.server.routes.session import require_session, user_schema
from netloom.server.schemas import accounts as schemas
from netloom.workspace import signing_in

router = APIRouter()


@router.get("/users", tags=["users"])
def list_users(bench: Bench, caller: Administrator) -> schemas.UserList:
    """All users."""
    return schemas.UserList(users=[user_schema(user) for user in bench.users.users()])


@router.post("/users", status_code=201, tags=["users"])
def create_user(
    bench: Bench, caller: Administrator, request: Request, body: schemas.NewUser
) -> schemas.User:
    """Make an account for somebody."""
    made = signing_in.add_user(
        bench, body.name, body.password, role=body.role, display_name=body.display_name
    )
    note(request, made.name, role=made.role)
    return user_schema(made)


@router.get("/users/{name}", tags=["users"])
def get_user(bench: Bench, caller: Administrator, name: str) -> schemas.User:
    """One user."""
    return user_schema(bench.users.user(UserName(name)))


@router.patch("/users/{name}", tags=["users"])
def update_user(
    bench: Bench, caller: Administrator, request: Request, name: str, body: schemas.UserChange
) -> schemas.User:
    """Change somebody's role or display name, or let them in no more."""
    changed = bench.users.change(
        UserName(name), role=body.role, display_name=body.display_name, is_active=body.is_active
    )
    note(request, changed.name, **body.model_dump(exclude_none=True))
    return user_schema(changed)


@router.get("/invitations", tags=["users"])
def list_invitations(bench: Bench, caller: Administrator) -> schemas.InvitationList:
    """All invitations."""
    found = [schemas.Invitation(**asdict(each)) for each in bench.invitations.invitations()]
    return schemas.InvitationList(invitations=found)


@router.post("/invitations", status_code=201, tags=["users"])
def create_invitation(
    bench: Bench, caller: Administrator, request: Request, body: schemas.NewInvitation
) -> schemas.MadeInvitation:
    """Let somebody sign up once."""
    made, secret = signing_in.invite(
        bench, caller.user.name, role=body.role, days=body.days, note=body.note
    )
    call_it(request, made.note)
    note(request, made.id, role=made.role)
    return schemas.MadeInvitation(invitation=schemas.Invitation(**asdict(made)), secret=secret)


@router.delete("/invitations/{invitation}", status_code=204, tags=["users"])
def delete_invitation(
    bench: Bench, caller: Administrator, request: Request, invitation: str
) -> None:
    """Take an invitation back."""
    known = bench.invitations.invitations()
    call_it(request, next((each.note for each in known if each.id == invitation), ""))
    bench.invitations.remove(invitation)


@router.get("/me/tokens", tags=["tokens"])
def list_tokens(bench: Bench, caller: Reader) -> schemas.TokenList:
    """One's own API tokens."""
    return schemas.TokenList(
        tokens=[_token(each) for each in bench.tokens.tokens(caller.user.name)]
    )


@router.post("/me/tokens", status_code=201, tags=["tokens"])
def create_token(
    bench: Bench, caller: Reader, request: Request, body: schemas.NewToken
) -> schemas.MadeToken:
    """Make an API token. Only a signed-in browser can, so that a token cannot make itself a successor."""
    require_session(caller)
    made, secret = signing_in.make_token(
        bench, caller.user.name, name=body.name, scope=Scope(body.scope), days=body.days
    )
    call_it(request, made.name)
    note(request, made.id, scope=made.scope)
    return schemas.MadeToken(token=_token(made), secret=secret)


@router.delete("/me/tokens/{token}", status_code=204, tags=["tokens"])
def delete_token(bench: Bench, caller: Reader, request: Request, token: str) -> None:
    """Revoke one of one's own tokens; from now on it opens nothing."""
    require_session(caller)
    known = bench.tokens.tokens(caller.user.name)
    call_it(request, next((each.name for each in known if each.id == token), ""))
    bench.tokens.remove(caller.user.name, token)


@router.get("/audit", tags=["users"])
def list_audit_entries(
    *,
    bench: Bench,
    caller: Administrator,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    user: str | None = None,
    action: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> schemas.AuditPage:
    """Who changed what, newest first."""
    found = bench.audit.entries(
        before=before, user=UserName(user) if user else None, action=action, limit=limit
    )
    return schemas.AuditPage(
        entries=[schemas.AuditEntry(**asdict(entry)) for entry in found],
        next_before=found[-1].number if len(found) == limit else None,
    )


def _token(token: object) -> schemas.Token:
    return schemas.Token.model_validate(token, from_attributes=True)
