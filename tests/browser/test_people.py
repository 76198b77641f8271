"""Several people at one workbench: accounts, sharing, sessions and tokens."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from api import Api, wait_until
from canvas import LONG_MS, Canvas
from pictures import picture
from playwright.sync_api import Page, expect
from projects import STEPS, sums

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {"operators/shared.py": STEPS}
PASSWORD = "a long enough sentence"

SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(visitors: Any, workbench: Any) -> SignIn:
    """Opens the browser of somebody who has an account."""

    def sign_in(name: str, *, path: str = "/pipelines", password: str = PASSWORD) -> Page:
        page: Page = visitors.open(f"{workbench.url}/sign-in?next={path}", base_url=workbench.url)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password", exact=True).fill(password)
        submit_until_heard(page)
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        return page

    return sign_in


def submit_until_heard(page: Page) -> None:
    """After failures of other tests at this address everybody there has to wait a moment."""
    button = page.get_by_role("button", name="Sign in")
    status = 429
    while status == 429:
        expect(button).to_be_enabled()
        with page.expect_response("**/session") as answer:
            button.click()
        status = answer.value.status


def test_somebody_invited_makes_an_account_and_sees_nothing_of_others(
    page: Page, visitors: Any, workbench: Any
) -> None:
    Api(page).new_pipeline(sums("mine"))
    Api(page).call("POST", "/runs", {"text": sums("mine")})
    page.goto("/settings/account")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set a password").click()
    expect(page.get_by_text("The password was changed.")).to_be_visible()

    page.get_by_role("link", name="People").click()
    page.get_by_label("For whom").fill("Ada")
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_role("region", name="Link").inner_text()

    other = visitors.open(link, base_url=workbench.url)
    other.get_by_label("Name", exact=False).first.fill("ada")
    other.get_by_label("Password", exact=False).first.fill(PASSWORD)
    other.get_by_role("button", name="Make the account").click()
    expect(other.get_by_role("heading", name="Start a pipeline")).to_be_visible()
    other.get_by_role("navigation").get_by_role("link", name="Runs").click()
    expect(other.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    expect(other.get_by_text("mine", exact=True)).to_have_count(0)
    assert Api(other).call("GET", "/pipelines") == {"pipelines": []}
    page.reload()
    expect(
        page.get_by_role("grid", name="Invitations").get_by_text("ada", exact=True)
    ).to_be_visible()


def share(page: Page, person: str, right: str) -> None:
    """In the dialog that is open: let somebody do something."""
    dialog = page.get_by_role("dialog")
    known = dialog.locator(f'input[aria-label="What {person} may do"]')
    if known.count() == 0:
        dialog.get_by_label("Add a person").click()
        page.get_by_role("option", name=person).click()
    known.click()
    page.get_by_role("option", name=right).click()
    expect(known).to_have_value(right)


def test_a_shared_pipeline_can_be_read_then_run_then_changed(page: Page, sign_in: SignIn) -> None:
    owner = Api(page)
    owner.add_person("grace", PASSWORD)
    pipeline = owner.new_pipeline(sums("shared sums", upto=8))
    page.goto(f"/pipelines/{pipeline}")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_label("Shared with people").check()
    share(page, "grace", "can look")

    other = sign_in("grace")
    other.get_by_role("grid").get_by_text("shared sums").click()
    other.keyboard.press("Enter")
    canvas = Canvas(other)
    run = other.get_by_role("button", name="Run", exact=True)
    expect(other.get_by_text("Read only")).to_be_visible()
    expect(run).to_be_disabled()
    canvas.node("total").click()
    other.keyboard.press("Delete")
    assert canvas.nodes() == {"count", "total"}

    share(page, "grace", "can run")
    other.reload()
    expect(other.get_by_text("Read only")).to_be_visible()
    canvas.run()
    canvas.expect_state("total", "succeeded")

    share(page, "grace", "can change")
    other.reload()
    canvas.node("count").click()
    expect(other.get_by_text("Read only")).to_have_count(0)
    canvas.set("Upto", "4")
    wait_until(lambda: "upto: 4" in owner.draft(pipeline), what="the change of the other person")


TRAINED = """\
netloom: 1
name: digits
nodes:
  digits: {op: data.digits}
  parts:  {op: data.split, dataset: digits, test: 0.2}
  model:  {op: models.image_classifier}
  fit:    {op: train, model: model, dataset: parts, epochs: 1}
"""


def register_a_model(owner: Api, name: str) -> str:
    """Train for one epoch and give the result a name; returns the model's id."""
    run = owner.call("POST", "/runs", {"text": TRAINED})["id"]
    wait_until(
        lambda: owner.call("GET", f"/runs/{run}")["state"] == "succeeded", what="the training"
    )
    [made] = [each for each in owner.call("GET", "/models")["models"] if each["run"] == run]
    return str(owner.call("POST", "/models", {"artifact": made["artifact"], "name": name})["id"])


def test_a_shared_model_can_be_tried_but_not_deleted_until_it_is_taken_back(
    page: Page, sign_in: SignIn
) -> None:
    owner = Api(page)
    owner.add_person("rosa", PASSWORD)
    model = register_a_model(owner, "house numbers")
    other = sign_in("rosa", path="/models")
    expect(other.get_by_role("heading", name="Models", level=1)).to_be_visible()
    assert Api(other).call("GET", "/models")["models"] == []

    page.goto(f"/models/{model}")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_label("Shared with people").check()
    share(page, "rosa", "can run")

    other.reload()
    other.get_by_role("grid").get_by_role("link", name="house numbers").click()
    expect(other.get_by_text("The data belong to a run that is not shared")).to_be_visible()
    own = {"name": "own.png", "mimeType": "image/png", "buffer": picture(20, 200, side=8)}
    other.get_by_label("Choose pictures").set_input_files([own])
    answers = other.get_by_role("list", name="Answers of the model, best first")
    expect(answers.get_by_role("listitem").first).to_be_visible(timeout=LONG_MS)
    expect(other.get_by_role("button", name="Share", exact=True)).to_have_count(0)
    expect(other.get_by_role("button", name="More", exact=True)).to_have_count(0)
    token = other.request.get("/api/v1/session").json()["csrf_token"]
    refused = other.request.delete(f"/api/v1/models/{model}", headers={"X-CSRF-Token": token})
    assert refused.status == 403

    page.get_by_role("dialog").get_by_role("button", name="rosa").click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(0)
    other.reload()
    expect(other.get_by_role("alert")).to_contain_text("there is no model")
    other.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(other.get_by_role("heading", name="Models", level=1)).to_be_visible()
    assert Api(other).call("GET", "/models")["models"] == []


def test_a_wrong_password_keeps_the_name_and_too_many_have_to_wait(
    page: Page, visitors: Any, workbench: Any
) -> None:
    Api(page).add_person("alan", PASSWORD)
    other = visitors.open(f"{workbench.url}/sign-in")
    name, password = other.get_by_label("Name"), other.get_by_label("Password", exact=True)
    name.fill("alan")
    password.fill("wrong")
    sign_in = other.get_by_role("button", name="Sign in")
    sign_in.click()
    expect(other.get_by_role("alert")).to_contain_text("Name or password is wrong")
    assert (name.input_value(), password.input_value()) == ("alan", "wrong")
    wait = other.get_by_role("button", name=re.compile(r"Wait \d+ second"))
    for _ in range(8):
        with other.expect_response("**/session") as answer:
            sign_in.click()
        if answer.value.status == 429:
            break
    expect(other.get_by_role("alert")).to_contain_text("too many attempts")
    expect(wait).to_be_disabled()
    assert (name.input_value(), password.input_value()) == ("alan", "wrong")


def test_a_session_that_ends_is_renewed_above_an_edit_that_is_kept(
    page: Page, sign_in: SignIn
) -> None:
    Api(page).add_person("edsger", PASSWORD)
    other = sign_in("edsger")
    api = Api(other)
    pipeline = api.new_pipeline(sums("half done"))
    other.goto(f"/pipelines/{pipeline}")
    canvas = Canvas(other)
    canvas.node("count").click()
    expect(canvas.setting("Upto")).to_be_visible()
    api.call("DELETE", "/session")
    canvas.set("Upto", "5")
    dialog = other.get_by_role("dialog", name="Your session has ended")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(canvas.setting("Upto")).to_have_value("5")
    wait_until(lambda: "upto: 5" in api.draft(pipeline), what="the edit to be saved")


def test_who_is_let_in_no_more_is_told_at_once_and_may_sign_in_as_somebody_else(
    page: Page, sign_in: SignIn
) -> None:
    api = Api(page)
    api.add_person("kurt", PASSWORD)
    other = sign_in("kurt")
    api.call("PATCH", "/users/kurt", {"is_active": False})
    dialog = other.get_by_role("dialog", name="Your session has ended")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("link", name="Somebody else").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_leaves_nothing_to_go_back_to(page: Page, sign_in: SignIn) -> None:
    Api(page).add_person("emmy", PASSWORD)
    other = sign_in("emmy")
    other.get_by_role("button", name="Signed in as emmy").click()
    other.get_by_role("menuitem", name="Sign out").click()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    other.goto("/pipelines")
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    assert "/sign-in" in other.url


def test_a_token_opens_the_interface_until_it_is_revoked(page: Page, workbench: Any) -> None:
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make a token").click()
    secret = page.get_by_role("region", name="Secret").inner_text()
    assert names(workbench.url, secret) == names_seen_by(page)

    table = page.get_by_role("grid", name="API tokens")
    table.get_by_role("row").filter(has_text="nightly").get_by_role("button").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(table.get_by_text("nightly")).to_have_count(0)
    with pytest.raises(urllib.error.HTTPError) as refused:
        names(workbench.url, secret)
    assert refused.value.code == 401
    refused.value.close()

    page.get_by_role("link", name="Audit log").click()
    log = page.get_by_role("grid", name="Audit log")
    expect(log.get_by_role("row").filter(has_text="Token")).to_have_text(
        [re.compile("local.*deleteToken.*204"), re.compile("local.*createToken.*201")]
    )


def names(url: str, secret: str) -> list[str]:
    """Of pipelines, as a program sees them that has a token."""
    request = urllib.request.Request(
        f"{url}/api/v1/pipelines", headers={"Authorization": f"Bearer {secret}"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return [each["name"] for each in json.load(response)["pipelines"]]


def names_seen_by(page: Page) -> list[str]:
    return [each["name"] for each in Api(page).call("GET", "/pipelines")["pipelines"]]
