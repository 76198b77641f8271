"""Bundles made by a process of their own, each once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from netloom.core.errors import InvalidPipeline
from netloom.tracking.deployment_store import DeployedModel
from netloom.workspace.bundles.desk import BundleDesk, BundleWork
from netloom.workspace.layout import Layout

SAYS = """
import json, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
run = given["--run"]
print(json.dumps({"step": "packing"}), flush=True)
if run == "refused":
    problem = {"code": "G1", "severity": "error", "message": "no models", "place": {}}
    print(json.dumps({"refused": [problem], "kind": "InvalidPipeline"}))
elif run == "died":
    sys.exit("out of memory")
else:
    open(given["--file"], "w").write(run)
    print(json.dumps({"made": {"name": "pets", "digest": run[0] * 4, "size_bytes": len(run),
        "models": [{"name": "fit", "task": "depth", "labels": ["a"]}], "notes": []}}))
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., BundleDesk]]:
    desks: list[BundleDesk] = []
    program = [sys.executable, "-I", "-S", "-c", SAYS]

    def made(**changes: Any) -> BundleDesk:
        options = {"program": program, **changes}
        desks.append(BundleDesk(Layout(tmp_path), tmp_path, **options))
        return desks[-1]

    yield made
    for desk in desks:
        desk.close()


@pytest.fixture
def outcome(make: Callable[..., BundleDesk]) -> Callable[[Any], BundleWork]:
    """Asks for a bundle and waits for it."""
    done = threading.Event()
    desk = make(on_done=done.set)

    def asked(run: Any) -> BundleWork:
        done.clear()
        work = desk.prepare(run)
        if not work.is_over:
            assert done.wait(20)
        return work

    return asked


def run(name: str, finished: float = 1.0) -> Any:
    return SimpleNamespace(id=name, finished=finished)


def test_a_bundle_is_made_once_and_found_again(
    outcome: Any, make: Callable[..., BundleDesk], tmp_path: Path
) -> None:
    work = outcome(run("first"))
    assert (work.state, work.step, work.problem) == ("made", "packing", None)
    assert work.bundle.file == tmp_path / "bundles" / "ffff.zip"
    assert work.bundle.file.read_text() == "first"
    assert (work.bundle.name, work.bundle.size_bytes) == ("pets", 5)
    assert work.bundle.models == (DeployedModel("fit", "depth", ("a",)),)
    assert outcome(run("first")) is work  # told once more to whoever asks next
    later = make(program=["false"])  # as after the server has started anew
    assert later.find(run("first")) == work.bundle
    assert later.prepare(run("first")).bundle == work.bundle
    assert later.find(run("first", finished=2.0)) is None  # it was taken up again
    assert later.find(run("second")) is None
    work.bundle.file.unlink()
    assert later.find(run("first")) is None
    assert not list((tmp_path / "bundles").glob(".making-*"))


def test_reasons_are_told_and_who_asks_again_begins_anew(outcome: Any) -> None:
    work = outcome(run("refused"))
    assert (work.state, work.bundle) == ("failed", None)
    assert isinstance(work.problem, InvalidPipeline)
    assert work.problem.diagnostics[0].message == "no models"
    assert outcome(run("refused")) is work
    assert outcome(run("refused")) is not work
    died = outcome(run("died"))
    assert died.problem.diagnostics[0].got == "out of memory"


def test_one_is_made_at_a_time(make: Callable[..., BundleDesk]) -> None:
    desk = make(program=[sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
    first, second = desk.prepare(run("first")), desk.prepare(run("second"))
    assert desk.prepare(run("second")) is second
    assert second.state == "waiting"
    desk.close()
    assert (first.state, second.state) == ("failed", "failed")
