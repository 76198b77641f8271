"""The audit log says who did what to which thing or person, by the names people know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import TEXT

PASSWORD = "a long password"


@pytest.fixture
def site(new_site: Callable[..., Any]) -> Any:
    return new_site()


def newest(site: Any, number: int = 1) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, what it is about, and details of the last changes, the newest first."""
    entries = site.get("root", "/audit", params={"limit": number}).json()["entries"]
    return [(each["action"], each["about"], each["details"]) for each in entries]


def test_whoever_was_made_or_changed_is_named(site: Any) -> None:
    site.post("root", "/users", {"name": "zoe", "password": PASSWORD, "role": "viewer"})
    site.call("root", "PATCH", "/users/zoe", json={"role": "member", "is_active": False})
    assert newest(site, 2) == [
        ("updateUser", "zoe", {"role": "member", "is_active": False}),
        ("createUser", "zoe", {"role": "viewer"}),
    ]


def test_whom_something_is_shared_with_and_from_whom_it_is_taken_is_named(site: Any) -> None:
    pipeline = site.pipeline("ada", TEXT)["id"]
    access = f"/pipelines/{pipeline}/access"
    site.put("ada", access, {"visibility": "shared", "shares": {"bob": "run", "vera": "read"}})
    site.put("ada", access, {"visibility": "shared", "shares": {"vera": "read"}})
    shown = {"name": "doubled", "visibility": "shared"}
    assert newest(site, 2) == [
        (
            "sharePipeline",
            pipeline,
            {**shown, "shares": {"vera": "read"}, "withdrawn": ["bob"]},
        ),
        ("sharePipeline", pipeline, {**shown, "shares": {"bob": "run", "vera": "read"}}),
    ]


@pytest.mark.parametrize(
    ("kind", "make", "name"),
    [
        ("pipelines", lambda site: site.pipeline()["id"], "doubled"),
        ("datasets", lambda site: site.dataset(), "three"),
        ("models", lambda site: site.model(name="pets"), "pets"),
    ],
)
def test_what_was_deleted_is_still_named(
    site: Any, kind: str, make: Callable[[Any], str], name: str
) -> None:
    thing = make(site)
    assert site.call("ada", "DELETE", f"/{kind}/{thing}").status_code == 204
    assert newest(site) == [(f"delete{kind[:-1].title()}", thing, {"name": name})]


def test_tokens_and_invitations_are_named_and_their_secrets_are_not(site: Any) -> None:
    made = site.post("ada", "/me/tokens", {"name": "nightly", "scope": "read"}).json()
    invited = site.post("root", "/invitations", {"note": "for Zoe", "role": "viewer"}).json()
    token, invitation = made["token"]["id"], invited["invitation"]["id"]
    site.call("ada", "DELETE", f"/me/tokens/{token}")
    site.call("root", "DELETE", f"/invitations/{invitation}")
    assert newest(site, 4) == [
        ("deleteInvitation", invitation, {"name": "for Zoe"}),
        ("deleteToken", token, {"name": "nightly"}),
        ("createInvitation", invitation, {"name": "for Zoe", "role": "viewer"}),
        ("createToken", token, {"name": "nightly", "scope": "read"}),
    ]
    log = site.get("root", "/audit").text
    assert made["secret"] not in log
    assert invited["secret"] not in log
