"""Signing in, up and out, by cookie and by token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netloom.accounts.throttle import FREE_ATTEMPTS

PASSWORD = "correct horse battery"


@pytest.fixture
def site(new_site: Callable[..., Any]) -> Any:
    site = new_site()
    made = site.post("root", "/users", {"name": "zoe", "password": PASSWORD})
    assert made.status_code == 201
    return site


def sign_in(site: Any, password: str = PASSWORD, **headers: str) -> Any:
    body = {"name": "zoe", "password": password}
    return site.post(None, "/session", body, headers=headers)


def cookie_of(response: Any) -> dict[str, str]:
    return {"Cookie": response.headers["set-cookie"].partition(";")[0]}


def codes(response: Any) -> list[str]:
    return [problem["code"] for problem in response.json()["diagnostics"]]


def test_nobody_is_signed_in_at_first(site: Any) -> None:
    assert site.get(None, "/session").json() == {
        "user": None,
        "csrf_token": "",
        "scope": None,
        "sign_up": "invitation",
        "has_administrator": False,
    }


def test_signing_in_sets_a_cookie_no_script_can_read(site: Any) -> None:
    response = sign_in(site)
    assert response.status_code == 200
    flags = response.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=lax" in flags
    session = site.get(None, "/session", headers=cookie_of(response)).json()
    assert session["user"]["name"] == "zoe"
    assert session["csrf_token"] == response.json()["csrf_token"]


def test_a_wrong_password_and_a_wrong_name_look_the_same(site: Any) -> None:
    wrong = sign_in(site, "not the password")
    unknown = site.post(None, "/session", {"name": "nobody", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_after_some_failures_even_the_right_password_has_to_wait(site: Any) -> None:
    answers = [sign_in(site, "not the password").status_code for _ in range(FREE_ATTEMPTS)]
    assert answers == [401] * FREE_ATTEMPTS
    refused = sign_in(site)
    assert refused.status_code == 429
    assert codes(refused) == ["S102"]
    assert int(refused.headers["retry-after"]) >= 1


def test_signing_in_again_ends_the_session_before(site: Any) -> None:
    first = cookie_of(sign_in(site))
    second = cookie_of(sign_in(site, **first))
    assert first != second
    assert site.get(None, "/runs", headers=first).status_code == 401
    assert site.get(None, "/runs", headers=second).status_code == 200


def test_a_change_with_a_cookie_needs_the_csrf_token(site: Any) -> None:
    response = sign_in(site)
    cookie, token = cookie_of(response), response.json()["csrf_token"]
    for headers in (cookie, {**cookie, "X-CSRF-Token": "wrong"}):
        refused = site.post(None, "/pipelines", {}, headers=headers)
        assert (refused.status_code, codes(refused)) == (403, ["S103"])
    made = site.post(None, "/pipelines", {}, headers={**cookie, "X-CSRF-Token": token})
    assert made.status_code == 201


def test_signing_out_ends_the_session_on_the_server(site: Any) -> None:
    response = sign_in(site)
    cookie = cookie_of(response)
    token = {"X-CSRF-Token": response.json()["csrf_token"]}
    assert site.call(None, "DELETE", "/session", headers={**cookie, **token}).status_code == 204
    assert site.get(None, "/runs", headers=cookie).status_code == 401
    assert site.get(None, "/session", headers=cookie).json()["user"] is None


def test_a_new_password_ends_all_other_sessions(site: Any) -> None:
    other, own = sign_in(site), sign_in(site)
    headers = {**cookie_of(own), "X-CSRF-Token": own.json()["csrf_token"]}
    wrong = site.put(None, "/me/password", {"old": "no", "new": "another one"}, headers=headers)
    assert (wrong.status_code, codes(wrong)) == (403, ["S101"])
    body = {"old": PASSWORD, "new": "another one"}
    assert site.put(None, "/me/password", body, headers=headers).status_code == 204
    assert site.get(None, "/runs", headers=cookie_of(other)).status_code == 401
    assert site.get(None, "/runs", headers=headers).status_code == 200
    assert sign_in(site, "another one").status_code == 200


def test_somebody_who_was_shut_out_is_out_at_once(site: Any) -> None:
    cookie = cookie_of(sign_in(site))
    changed = site.call("root", "PATCH", "/users/zoe", json={"is_active": False})
    assert changed.json()["is_active"] is False
    assert site.get(None, "/runs", headers=cookie).status_code == 401
    assert sign_in(site).status_code == 401


def test_an_invitation_makes_one_account_with_its_role(site: Any) -> None:
    made = site.post("root", "/invitations", {"role": "viewer", "note": "for Yu"}).json()
    body = {"name": "yu", "password": PASSWORD, "invitation": made["secret"]}
    assert codes(site.post(None, "/sign-up", {"name": "yu", "password": PASSWORD})) == ["S109"]
    session = site.post(None, "/sign-up", body)
    assert session.status_code == 201
    assert session.json()["user"]["role"] == "viewer"
    assert codes(site.post(None, "/sign-up", {**body, "name": "yi"})) == ["S106"]
    (invitation,) = site.get("root", "/invitations").json()["invitations"]
    assert invitation["used_by"] == "yu"
    assert made["secret"] not in site.get("root", "/invitations").text


def test_where_sign_up_is_open_anybody_becomes_a_member(new_site: Callable[..., Any]) -> None:
    site = new_site(sign_up="open")
    body = {"name": "yu", "password": PASSWORD}
    assert site.post(None, "/sign-up", body).json()["user"]["role"] == "member"
    taken = site.post(None, "/sign-up", body)
    assert (taken.status_code, codes(taken)) == (409, ["S107"])


def test_a_token_is_shown_once_and_opens_until_it_is_revoked(site: Any) -> None:
    made = site.post("ada", "/me/tokens", {"name": "ci", "scope": "read"}).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert made["secret"].startswith("nl_")
    assert site.get(None, "/session", headers=headers).json()["scope"] == "read"
    listed = site.get("ada", "/me/tokens")
    assert made["secret"] not in listed.text
    assert [token["name"] for token in listed.json()["tokens"]] == ["ci"]
    assert site.call("ada", "DELETE", f"/me/tokens/{made['token']['id']}").status_code == 204
    refused = site.get(None, "/runs", headers=headers)
    assert (refused.status_code, codes(refused)) == (401, ["S105"])


def test_the_last_administrator_stays_one(site: Any) -> None:
    refused = site.call("root", "PATCH", "/users/root", json={"role": "member"})
    assert (refused.status_code, codes(refused)) == (409, ["S121"])


def test_the_link_printed_at_start_works_once(site: Any) -> None:
    link = f"/start?token={site.hosting.link.secret}"
    site.client.cookies.clear()
    assert site.client.get("/start?token=guessed", follow_redirects=False).status_code == 401
    first = site.client.get(link, follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    session = site.get(None, "/session", headers=cookie_of(first)).json()
    assert session["user"] | {"created": 0, "last_seen": 0} == {
        "name": "local",
        "display_name": "",
        "role": "admin",
        "is_active": True,
        "has_password": False,
        "created": 0,
        "last_seen": 0,
    }
    site.client.cookies.clear()
    again = site.client.get(link, follow_redirects=False)
    assert (again.status_code, codes(again)) == (401, ["S120"])


def test_where_others_can_come_there_is_no_link(new_site: Callable[..., Any]) -> None:
    assert new_site(host="0.0.0.0").hosting.link is None
