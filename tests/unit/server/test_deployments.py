"""Deployments over HTTP: made, watched, renewed, taken back, deleted; and from the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from netloom.cli.main import call as netloom
from netloom.core.identifiers import RunId
from netloom.tracking.deployment_states import DeploymentState

from .deployment_place import CAT, Place, clean_place, codes, picture


@pytest.fixture
def place(site: Any) -> Iterator[Place]:
    with clean_place(site) as place:
        yield place


def test_a_run_is_served_and_stopped_and_served_again(place: Place) -> None:
    place.supervise()
    made = place.make(note="for all")
    assert (made["state"], made["wanted"], made["url"], made["token"]) == (
        "preparing", "running", None, None,
    )  # fmt: skip
    assert (made["revision"], made["upcoming"]["number"], made["task"]) == (None, 1, None)
    found = place.until(made["id"])
    revision = found["revision"]
    assert {key: revision[key] for key in ("number", "run", "pipeline", "state", "is_current")} == {
        "number": 1,
        "run": made["upcoming"]["run"],
        "pipeline": "doubled",
        "state": "ready",
        "is_current": True,
    }
    assert revision["models"] == [
        {
            "name": "fit",
            "task": "image_classification",
            "labels": ["cat", "dog"],
            "inputs": None,
            "targets": [],
        }
    ]
    assert (found["upcoming"], found["task"], found["restarts"]) == (
        None, "image_classification", 0,
    )  # fmt: skip
    assert (found["owner"], found["created"] > 1e9, found["started"] > 1e9) == ("ada", True, True)
    with urlopen(f"{found['url']}/anything") as answer:  # as any caller would
        assert json.load(answer) == {"model": "Pets", "predictions": [CAT]}
    (row,) = place.site.get("ada", "/deployments").json()["deployments"]
    assert row == {key: found[key] for key in row}
    stopped = place.site.post("ada", f"/deployments/{made['id']}/stop").json()
    assert stopped["wanted"] == "stopped"
    place.until(made["id"], "stopped")
    refused = place.site.post(
        "ada", f"/deployments/{made['id']}/predict", content=b"x",
        headers={"Content-Type": "image/png"},
    )  # fmt: skip
    assert (refused.status_code, codes(refused)) == (409, ["S152"])
    place.site.post("ada", f"/deployments/{made['id']}/start")
    assert place.until(made["id"])["url"] == found["url"]
    text = place.site.get("ada", f"/deployments/{made['id']}/log").json()["text"]
    assert text.count("revision 1 answers") == 2
    actions = [entry["action"] for entry in place.site.get("root", "/audit").json()["entries"]]
    assert actions[:3] == ["startDeployment", "stopDeployment", "createDeployment"]


def test_the_token_is_told_once_and_written_nowhere_else(place: Place) -> None:
    place.supervise()
    made = place.make(protected=True)
    token = made["token"]
    assert token.startswith("nd_")
    found = place.until(made["id"])
    assert found["protected"] is True
    assert "token" not in found
    with pytest.raises(OSError, match="401"):
        urlopen(found["url"])
    answer = place.site.call(
        "ada", "POST", f"/deployments/{made['id']}/predict", content=picture(),
        headers={"Content-Type": "image/png"},
    )  # fmt: skip
    assert answer.status_code == 200
    said = place.site.get("root", "/audit").text
    said += place.site.get("ada", f"/deployments/{made['id']}/log").text
    layout = place.site.hosting.bench.workspace.layout
    assert token not in said + (layout.root / "netloom.db").read_bytes().decode("latin-1")


def test_a_new_revision_takes_over_and_the_old_one_comes_back(place: Place) -> None:
    place.supervise()
    name = place.running()
    other = place.site.run("ada")
    renewed = place.site.post("ada", f"/deployments/{name}/revisions", {"run": other})
    assert renewed.status_code == 201
    assert (renewed.json()["upcoming"]["run"], renewed.json()["state"]) == (other, "running")
    found = place.until(name, upcoming=None)
    assert [each["number"] for each in found["revisions"]] == [2, 1]
    assert (found["revision"]["number"], found["revision"]["run"]) == (2, other)
    back = place.site.post("ada", f"/deployments/{name}/revisions/1/activate").json()
    assert back["upcoming"]["number"] == 1
    assert place.until(name, upcoming=None)["revision"]["number"] == 1
    assert place.site.post("ada", f"/deployments/{name}/revisions/9/activate").status_code == 404
    hidden = place.site.run("bob")
    refused = place.site.post("ada", f"/deployments/{name}/revisions", {"run": hidden})
    assert refused.status_code == 404


def test_it_runs_again_when_the_server_starts_again(place: Place) -> None:
    place.supervise()
    name = place.running()
    before = place.site.get("ada", f"/deployments/{name}").json()
    place.site.hosting.bench.supervisor.stop()
    assert place.site.get("ada", f"/deployments/{name}").json()["state"] == "stopped"
    place.supervise()
    assert place.until(name)["url"] == before["url"]


def test_names_and_ports_are_ones_own(place: Place) -> None:
    site = place.site
    run = site.run("ada")
    first = site.post("ada", "/deployments", {"name": "Pets", "run": run, "port": 20_123})
    assert first.status_code == 201
    again = site.post("ada", "/deployments", {"name": "pets", "run": run})
    assert (again.status_code, codes(again)) == (409, ["S150"])
    taken = site.post("ada", "/deployments", {"name": "birds", "run": run, "port": 20_123})
    assert (taken.status_code, codes(taken)) == (409, ["S151"])
    assert site.post("bob", "/deployments", {"name": "pets", "run": run}).status_code == 404
    assert site.deployment("bob", name="Pets")
    second = site.deployment("ada", name="birds", run=run)
    renamed = site.call("ada", "PATCH", f"/deployments/{second}", json={"name": "PETS"})
    assert (renamed.status_code, codes(renamed)) == (409, ["S150"])
    kept = site.call("ada", "PATCH", f"/deployments/{second}", json={"name": "Birds", "note": "n"})
    assert (kept.json()["name"], kept.json()["note"]) == ("Birds", "n")
    found = site.get("ada", "/deployments", params={"text": "BIRD"}).json()
    assert ([each["name"] for each in found["deployments"]], found["total"]) == (["Birds"], 1)
    page = site.get("ada", "/deployments", params={"state": "preparing", "limit": 1}).json()
    assert (len(page["deployments"]), page["total"]) == (1, 2)
    assert site.get("ada", "/deployments", params={"state": "failed"}).json()["total"] == 0


def test_a_deleted_deployment_is_gone(place: Place) -> None:
    place.supervise()
    name = place.running()
    url = place.site.get("ada", f"/deployments/{name}").json()["url"]
    assert place.site.call("ada", "DELETE", f"/deployments/{name}").status_code == 204
    assert place.site.get("ada", f"/deployments/{name}").status_code == 404
    folder = place.site.hosting.bench.workspace.layout.deployments / name
    deadline = time.monotonic() + 20
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(OSError, match="refused"):
        urlopen(url)


def test_the_bundle_of_a_run_is_made_once_and_then_sent(place: Place) -> None:
    place.supervise()
    run = place.site.run("ada")
    first = place.site.get("ada", f"/runs/{run}/bundle")
    assert (first.status_code, set(first.json())) == (202, {"state", "seconds", "step"})
    deadline = time.monotonic() + 20
    while (answer := place.site.get("ada", f"/runs/{run}/bundle")).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.json()["run"] == run
    assert "pets.zip" in answer.headers["content-disposition"]


def test_a_run_without_models_has_no_bundle_and_says_why(place: Place) -> None:
    """The process that makes bundles of this site only dies."""
    run = place.site.run("ada")
    deadline = time.monotonic() + 20
    while (answer := place.site.get("ada", f"/runs/{run}/bundle")).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (answer.status_code, codes(answer)) == (422, ["S156"])


def test_the_command_line_says_what_is_wanted_and_waits_for_it(place: Place, capsys: Any) -> None:
    layout = place.site.hosting.bench.workspace.layout

    def netloom_json(*words: str, code: int = 0) -> Any:
        assert netloom([*words, "--json", "-w", str(layout.root)]) == code
        return json.loads(capsys.readouterr().out)

    run = place.site.run("ada")
    refused = netloom_json("deploy", run, "--name", "Birds", code=4)
    assert [each["code"] for each in refused["error"]["diagnostics"]] == ["S159"]
    place.supervise()
    place.running()
    made = netloom_json("deploy", run, "--name", "Birds", "--protected", "--note", "n")
    assert (made["state"], made["revision"], made["note"], made["token"][:3]) == (
        "running", 1, "n", "nd_",
    )  # fmt: skip
    assert place.site.get("ada", f"/deployments/{made['id']}").status_code == 404
    assert place.site.get("root", f"/deployments/{made['id']}").json()["owner"] is None
    again = netloom_json("deploy", place.site.run("ada"), "--name", "birds")
    assert (again["id"], again["revision"], again["token"]) == (made["id"], 2, None)
    assert netloom_json("deploy", run, "--name", "birds", "--port", "2000", code=2)["error"]
    assert netloom_json("deployments", "rollback", "birds")["revision"] == 1
    assert netloom_json("deployments", "rollback", "birds", code=4)["error"]
    assert netloom_json("deployments", "rollback", "birds", "--to", "2")["revision"] == 2
    assert netloom_json("deployments", "stop", made["id"])["state"] == "stopped"
    assert netloom_json("deployments", "start", "birds")["state"] == "running"
    listed = netloom_json("deployments", "list")["deployments"]
    assert (listed[0]["name"], listed[0]["url"]) == ("Birds", made["url"])
    text = netloom_json("deployments", "log", "Birds")["text"]
    assert text.count("revision 2 answers") == 3
    assert netloom_json("deployments", "stop", "fish", code=3)["error"]
    place.make("bob", name="birds")
    assert netloom_json("deployments", "stop", "birds", code=4)["error"]


def test_changes_are_told_in_the_stream_to_whoever_may_know(place: Place) -> None:
    import anyio

    from netloom.server.event_stream import EventStream

    hub, bench = place.site.hosting.hub, place.site.hosting.bench
    name = place.site.deployment("ada")
    record = bench.deployments.deployment(name)

    async def heard(*, may_see: bool, run: RunId | None = None) -> list[str]:
        import asyncio

        hub.attach(asyncio.get_running_loop())
        stream = EventStream(
            hub=hub, store=bench.workspace.store, may_see=lambda run: True,
            is_welcome=lambda: True, heartbeat_s=0.05, run=run,
            may_see_deployment=lambda each: may_see and each == name,
        )  # fmt: skip
        lines = stream.lines(None)
        await anext(lines)
        hub.tell_of_deployment(record)
        told = [await anext(lines)]
        await lines.aclose()
        return told

    (told,) = anyio.run(lambda: heard(may_see=True))
    kind, _, data = told.partition("\ndata: ")
    assert kind == "event: deployment_changed"
    news = json.loads(data)
    assert news.pop("time") > 1e9
    assert news == {
        "kind": "deployment_changed", "deployment": name, "state": DeploymentState.PREPARING,
    }  # fmt: skip
    assert anyio.run(lambda: heard(may_see=False)) == [": heartbeat\n\n"]
    assert anyio.run(lambda: heard(may_see=True, run=RunId("r"))) == [": heartbeat\n\n"]
