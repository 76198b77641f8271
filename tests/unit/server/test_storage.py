"""What the workspace occupies is shown, and what no kept run needs is deleted while the server runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from netloom.core.identifiers import JobId, NodeId, OperatorId, RunId
from netloom.execution.jobs import DeviceLease, JobSpec, Step
from netloom.graph.operator import Needs
from netloom.workspace.thumbnail_age import KEPT_FOR_S, dispensable_thumbnails

from .conftest import TEXT


def finished(site: Any, **more: Any) -> str:
    run = site.run("ada", **more)
    site.finish(run)
    return str(run)


def test_what_would_be_freed_is_shown_and_then_freed(new_site: Callable[..., Any]) -> None:
    site = new_site()
    old, scratch, kept = finished(site), finished(site, scratch=True), finished(site)
    layout = site.hosting.bench.workspace.layout
    shown = site.get("root", "/storage", params={"keep_runs": 1}).json()
    runs = next(part for part in shown["parts"] if part["name"] == "runs")
    [garbage] = [each for each in shown["garbage"] if each["kind"] == "run"]
    assert garbage["number"] == 2
    assert 0 < garbage["size_bytes"] < runs["size_bytes"]
    assert (layout.runs / old).is_dir()

    freed = site.post("root", "/storage/collection", {"keep_runs": 1}).json()

    assert freed["garbage"] == shown["garbage"]
    assert freed["freed_bytes"] == sum(each["size_bytes"] for each in shown["garbage"])
    assert [(layout.runs / run).is_dir() for run in (old, scratch, kept)] == [False, False, True]
    assert site.get("ada", f"/runs/{old}").status_code == 404
    assert site.get("ada", f"/runs/{kept}").status_code == 200
    assert site.get("root", "/storage", params={"keep_runs": 1}).json()["garbage"] == []


def test_nothing_is_freed_while_a_job_runs(new_site: Callable[..., Any]) -> None:
    site = new_site()
    old, run = finished(site), site.run("ada")
    bench = site.hosting.bench
    lease_first_job(bench, run)

    refused = site.post("root", "/storage/collection", {"keep_runs": 0})

    [problem] = refused.json()["diagnostics"]
    assert (refused.status_code, problem["code"]) == (409, "S129")
    assert problem["got"] == f"first of run {run}"
    assert (bench.workspace.layout.runs / old).is_dir()


def test_the_service_rests_meanwhile_and_goes_on(new_site: Callable[..., Any]) -> None:
    site = new_site()
    bench = site.hosting.bench
    old = finished(site)
    bench.service.start()
    wait_for(lambda: bench.service.is_dispatching)

    freed = site.post("root", "/storage/collection", {"keep_runs": 0})

    assert (freed.status_code, freed.json()["garbage"][0]["kind"]) == (200, "run")
    assert not (bench.workspace.layout.runs / old).exists()
    wait_for(lambda: bench.service.is_dispatching)
    run = site.run("ada", text=TEXT)
    wait_for(lambda: site.get("ada", f"/runs/{run}").json()["state"] == "succeeded")


def test_old_thumbnails_and_the_oldest_of_too_many_go(new_site: Callable[..., Any]) -> None:
    site = new_site()
    layout = site.hosting.bench.workspace.layout
    folder = layout.root / "cache" / "thumbnails" / "ab"
    folder.mkdir(parents=True)
    now = time.time()
    for name, age_s in (("old", KEPT_FOR_S + 60), ("week", 7 * 86400), ("new", 5)):
        (folder / name).write_bytes(b"x" * 100)
        os.utime(folder / name, (now - age_s, now - age_s))
    names = [p.path.name for p in dispensable_thumbnails(layout, now=now, most_bytes=150)]
    assert names == ["week", "old"]

    freed = site.post("root", "/storage/collection", {}).json()

    assert freed["garbage"] == [{"kind": "thumbnails", "number": 1, "size_bytes": 100}]
    assert sorted(path.name for path in folder.iterdir()) == ["new", "week"]


def test_old_bundles_go_unless_a_deployment_needs_them(new_site: Callable[..., Any]) -> None:
    site = new_site()
    bench = site.hosting.bench
    folder = bench.workspace.layout.bundles
    folder.mkdir()
    revision = bench.deployments.revision(site.deployment("ada"), 1)
    bench.deployments.update_revision(replace(revision, digest="needed"))
    for name, days in (("needed", 30), ("old", 8), ("young", 6)):
        (folder / f"{name}.zip").write_bytes(b"x" * 10)
        os.utime(folder / f"{name}.zip", (time.time() - days * 86_400,) * 2)
    (folder / ".making-a").mkdir()
    os.utime(folder / ".making-a", (0, 0))

    freed = site.post("root", "/storage/collection", {}).json()

    assert freed["garbage"] == [{"kind": "bundle", "number": 2, "size_bytes": 10}]
    assert sorted(path.name for path in folder.iterdir()) == ["needed.zip", "young.zip"]


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lease_first_job(bench: Any, run: str) -> None:
    """As a dispatcher does when it starts a job."""
    step = Step(NodeId("first"), OperatorId("small.number"), {}, {})
    job = JobSpec(
        id=JobId("j"),
        run=RunId(run),
        node=step.node,
        attempt=1,
        steps=(step,),
        catalogue="",
        code="",
        workspace="",
        folder="",
        project="",
        needs=Needs(),
    )
    bench.queue.enqueue([job], now=1.0)
    lease = DeviceLease(job.id, cpus=1, memory_mb=10, gpus=(), gpu_memory_mb=None)
    assert bench.queue.lease(job.id, lease, holder="h", now=2.0)
