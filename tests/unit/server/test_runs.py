"""Runs over HTTP: the table, one run, what it left. Nothing dispatches here: states are recorded by hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from netloom.execution.states import RunState

TEXT = """\
netloom: 1
name: doubled
nodes:
  first: {op: small.number, value: 3}  # three
  second: {op: small.double, given: first}
"""


def test_a_run_belongs_to_whoever_starts_it(site: Any) -> None:
    made = site.post("ada", "/runs", {"text": TEXT, "to": ["first"], "description": "a try"})
    assert made.status_code == 201
    run = made.json()
    assert made.headers["location"] == f"/api/v1/runs/{run['id']}"
    facts = ("pipeline", "state", "owner", "right", "visibility", "to", "description")
    assert {name: run[name] for name in facts} == {
        "pipeline": "doubled",
        "state": "queued",
        "owner": "ada",
        "right": "own",
        "visibility": "private",
        "to": ["first"],
        "description": "a try",
    }
    assert [(node["id"], node["state"]) for node in run["nodes"]] == [("first", "pending")]
    assert site.hosting.bench.workspace.store.run(run["id"]).request.owner == ""


def test_a_run_is_of_a_text_or_of_a_stored_pipeline(site: Any) -> None:
    pipeline = site.pipeline("ada", TEXT)["id"]
    path = f"/pipelines/{pipeline}"
    site.post("ada", f"{path}/versions", headers={"If-Match": '"1"'})
    changed = {"text": TEXT.replace("doubled", "draft")}
    site.put("ada", f"{path}/draft", changed, headers={"If-Match": '"1"'})
    draft = site.post("ada", "/runs", {"pipeline": pipeline})
    kept = site.post("ada", "/runs", {"pipeline": pipeline, "version": 1})
    assert [r.json()["pipeline"] for r in (draft, kept)] == ["draft", "doubled"]
    assert site.post("bob", "/runs", {"pipeline": pipeline}).status_code == 404
    assert site.post("ada", "/runs", {}).status_code == 422
    assert site.post("ada", "/runs", {"pipeline": pipeline, "text": TEXT}).status_code == 422


def test_what_does_not_check_is_refused_with_every_reason(site: Any) -> None:
    refused = site.post("ada", "/runs", {"text": TEXT.replace("small.", "smal.")})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["type"] == "urn:netloom:problem:invalid-pipeline"
    assert [(d["code"], d["place"]["node"]) for d in problem["diagnostics"]] == [
        ("G101", "first"),
        ("G101", "second"),
    ]


@pytest.fixture
def table(new_site: Callable[..., Any]) -> tuple[Any, list[str]]:
    """Three runs of ada: they differ in a setting and in the metric ``second.loss``."""
    site = new_site()
    runs = []
    for value, loss in ((1, 0.5), (2, float("nan")), (3, 0.25)):
        text = TEXT.replace("value: 3", f"value: {value}")
        runs.append(site.run(text=text, description=f"run {value}", scratch=value == 2))
        site.finish(runs[-1], RunState.FAILED if value == 3 else RunState.SUCCEEDED, loss=loss)
    return site, runs


def test_the_table_shows_last_metrics_and_settings_that_differ(table: Any) -> None:
    site, runs = table
    page = site.get("ada", "/runs", params={"scratch": "with"}).json()
    assert [row["id"] for row in page["runs"]] == runs[::-1]
    assert [row["settings"] for row in page["runs"]] == [
        {"first.value": 3},
        {"first.value": 2},
        {"first.value": 1},
    ]
    assert [row["metrics"]["second.loss"] for row in page["runs"]] == [0.25, None, 0.5]
    assert page["runs"][0]["nodes"] == {"failed": 2}
    assert (page["total"], page["metric_columns"]) == (3, ["first.loss", "second.loss"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [2, 0]),
        ({"scratch": "only"}, [1]),
        ({"state": ["failed", "running"]}, [2]),
        ({"text": "RUN 1"}, [0]),
        ({"owner": "bob"}, []),
        ({"pipeline": "doubled", "limit": 1, "offset": 1}, [0]),
        ({"sort": "metric:second.loss", "order": "ascending", "scratch": "with"}, [2, 0, 1]),
        ({"sort": "metric:second.loss", "scratch": "with"}, [0, 2, 1]),
        ({"sort": "created", "order": "ascending"}, [0, 2]),
    ],
)
def test_the_table_is_filtered_sorted_and_paged(
    table: Any, query: dict[str, Any], expected: list[int]
) -> None:
    site, runs = table
    found = site.get("ada", "/runs", params=query).json()["runs"]
    assert [runs.index(row["id"]) for row in found] == expected


def test_the_table_hides_other_peoples_runs(table: Any) -> None:
    site, runs = table
    assert site.get("bob", "/runs").json()["runs"] == []
    site.put("ada", f"/runs/{runs[0]}/access", {"visibility": "public"})
    (row,) = site.get("bob", "/runs").json()["runs"]
    assert (row["id"], row["right"], row["visibility"]) == (runs[0], "run", "public")
    assert len(site.get("root", "/runs").json()["runs"]) == 2


def test_a_column_that_is_none_is_refused(site: Any) -> None:
    refused = site.get("ada", "/runs", params={"sort": "creatd"})
    assert refused.status_code == 422
    assert refused.json()["diagnostics"][0]["fix"] == "Did you mean 'created'?"


def test_cancel_retry_rerun_and_delete(site: Any) -> None:
    run = site.run()
    assert site.post("ada", f"/runs/{run}/retry").status_code == 409
    assert site.call("ada", "DELETE", f"/runs/{run}").status_code == 409
    assert site.post("ada", f"/runs/{run}/cancel").status_code == 202
    site.finish(run, RunState.CANCELLED)
    again = site.post("ada", f"/runs/{run}/retry")
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    site.finish(run, RunState.FAILED)
    part = site.post("ada", f"/runs/{run}/rerun", {"from": ["second"], "force": ["second"]})
    assert part.status_code == 201
    facts = part.json()
    assert (facts["from"], facts["retried_from"]) == (["second"], run)
    folder = site.hosting.bench.workspace.layout.runs / run
    assert folder.is_dir()
    assert site.call("ada", "DELETE", f"/runs/{run}").status_code == 204
    assert not folder.exists()
    assert site.get("ada", f"/runs/{run}").status_code == 404


def test_a_run_is_named_by_its_whole_id(site: Any) -> None:
    run = site.run()
    for name in ("last", run[:-1]):
        assert site.get("root", f"/runs/{name}").status_code == 404


def test_a_log_is_read_in_pieces_that_are_whole_characters(site: Any) -> None:
    run = site.run()
    log = site.hosting.bench.workspace.log_path(run, "first")
    log.parent.mkdir(parents=True)
    text = "züri 苏黎世\n" * 3
    log.write_text(text)
    pieces, offset = [], 0
    while offset < log.stat().st_size:
        params = {"node": "first", "offset": offset, "limit_bytes": 5}
        page = site.get("ada", f"/runs/{run}/log", params=params).json()
        pieces.append(page["text"])
        offset = page["next_offset"]
    assert "".join(pieces) == text
    assert not page["is_complete"]
    site.finish(run)
    page = site.get("ada", f"/runs/{run}/log", params={"node": "first", "wait_s": 5}).json()
    assert (page["text"], page["is_complete"]) == (text, True)
    assert site.get("ada", f"/runs/{run}/log", params={"node": "nowhere"}).status_code == 404


def test_curves_are_thinned_out_on_the_server(site: Any) -> None:
    run = site.run()
    site.finish(run, loss=0.5)
    names = site.get("ada", f"/runs/{run}/metrics").json()["metrics"]
    assert names == [{"node": "first", "name": "loss"}, {"node": "second", "name": "loss"}]
    params = {"node": "first", "name": "loss", "max_points": 4}
    curve = site.get("ada", f"/runs/{run}/metrics/curve", params=params).json()
    assert (curve["steps"], curve["values"], curve["num_points"]) == ([1, 2], [0.0, 0.5], 2)
    part = site.get("ada", f"/runs/{run}/metrics/curve", params={**params, "from_step": 2}).json()
    assert (part["steps"], part["values"], part["num_points"]) == ([2], [0.5], 1)


def test_files_are_downloads_in_ranges_and_never_run_scripts(site: Any) -> None:
    run = site.run()
    listed = site.get("ada", f"/runs/{run}/files").json()["files"]
    assert "pipeline.yaml" in {file["path"] for file in listed}
    whole = site.get("ada", f"/runs/{run}/files/pipeline.yaml")
    assert whole.text == TEXT
    assert whole.headers["content-disposition"] == 'attachment; filename="pipeline.yaml"'
    assert whole.headers["content-security-policy"].startswith("sandbox")
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = site.get("ada", f"/runs/{run}/files/pipeline.yaml", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.text) == (206, TEXT[2:6])


@pytest.mark.parametrize(
    "path",
    [
        "../../netloom.db",
        "%2e%2e/%2e%2e/netloom.db",
        "..%2f..%2fnetloom.db",
        "/etc/passwd",
        "sources",
        "link/passwd",
        "nothing",
        "a%00b",
        "x" * 300,
    ],
)
def test_no_path_leads_out_of_a_runs_folder(site: Any, path: str) -> None:
    run = site.run()
    folder = site.hosting.bench.workspace.layout.runs / run
    (folder / "link").symlink_to("/etc")
    response = site.get("root", f"/runs/{run}/files/{path}")
    assert response.status_code == 404, response.text


def test_a_capsule_as_a_zip_file(site: Any) -> None:
    run = site.run("ada")
    answer = site.get("ada", f"/runs/{run}/capsule.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{run}.capsule.zip"'
    folder = site.hosting.bench.workspace.layout.runs / run
    (folder / "note.txt").write_text("beside")
    packed = zipfile.ZipFile(io.BytesIO(site.get("ada", f"/runs/{run}/capsule.zip").content))
    assert packed.namelist() == [
        "pipeline.yaml",
        "pipeline.resolved.yaml",
        "provenance.json",
        "request.json",
        "environment.json",
        "sources/operators/small.py",
        "files.json",
    ]
    assert packed.read("pipeline.yaml").decode() == TEXT
    for name in packed.namelist()[:-1]:
        assert packed.read(name) == (folder / name).read_bytes()
    assert json.loads(packed.read("files.json")) == [{"path": "note.txt", "size_bytes": 6}]
    (folder / "request.json").unlink()
    assert site.get("ada", f"/runs/{run}/capsule.zip").status_code == 404


def test_a_capsule_and_a_comparison(site: Any) -> None:
    one, two = site.run(), site.run(text=TEXT.replace("value: 3", "value: 4"))
    capsule = site.get("ada", f"/runs/{one}/capsule").json()
    assert capsule["written"] == TEXT
    assert capsule["environment_changes"] == []
    compared = site.get("ada", f"/runs/{one}/comparison", params={"with": two}).json()
    assert (compared["first"], compared["second"]) == (one, two)
    hidden = site.run("bob")
    assert site.get("ada", f"/runs/{one}/comparison", params={"with": hidden}).status_code == 404


def test_a_run_can_be_moved_in_the_queue(site: Any) -> None:
    run = site.run("ada")
    moved = site.call("ada", "PUT", f"/runs/{run}/priority", json={"priority": 7})
    assert (moved.status_code, moved.json()["priority"]) == (200, 7)
    assert site.get("ada", f"/runs/{run}").json()["priority"] == 7


def test_an_administrator_chooses_what_jobs_may_use(site: Any) -> None:
    before = site.get("root", "/devices").json()
    limited = site.call("root", "PUT", "/devices", json={"cpus": 0.5, "memory_mb": 100}).json()
    assert (limited["cpus_usable"], limited["memory_usable_mb"]) == (0.5, 100)
    assert (limited["cpus"], limited["memory_mb"]) == (before["cpus"], before["memory_mb"])
    assert site.get("ada", "/devices").json()["cpus_usable"] == 0.5
    assert site.call("root", "PUT", "/devices", json={}).json()["cpus_usable"] == before["cpus"]
    assert site.call("root", "PUT", "/devices", json={"cpus": 0}).status_code == 422


def test_the_queue_and_the_devices_are_shown(site: Any) -> None:
    assert site.get("ada", "/devices").json()["cpus"] > 0
    assert site.get("ada", "/queue").json() == {"jobs": []}
    assert site.get(None, "/health").json() == {"status": "degraded"}  # nothing is dispatched here
