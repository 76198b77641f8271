"""The example of third-party operators: an installed package and a project's own file, run for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def environment(repository: Path, tmp_path: Path) -> dict[str, str]:
    """As after ``pip install examples/plugin/netloom-shapes``, without touching the real environment."""
    package = repository / "examples" / "plugin" / "netloom-shapes"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / f"netloom_shapes-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections))
    path = os.pathsep.join([str(package / "src"), str(tmp_path / "site")])
    return {**os.environ, "PYTHONPATH": path, "NETLOOM_WORKSPACE": str(tmp_path / "workspace")}


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    return Path(
        shutil.copytree(repository / "examples" / "plugin" / "project", tmp_path / "project")
    )


def netloom(*words: str, project: Path, environment: dict[str, str], code: int = 0) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "netloom.cli.main", *words, "--json"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_operators_of_package_and_project_are_found(
    project: Path, environment: dict[str, str]
) -> None:
    listed = netloom("operators", project=project, environment=environment)["operators"]
    ids = {each["id"] for each in listed}
    assert {"shapes.draw", "quality.gate", "quality.weakest"} <= ids


def test_a_pipeline_uses_both(project: Path, environment: dict[str, str]) -> None:
    words = ["run", "pipelines/shapes.yaml"]
    first = netloom(*words, project=project, environment=environment)
    assert first["state"] == "succeeded"
    assert first["nodes"]["gate"]["outputs"]["out"]["preview"]["value"]["accuracy"] >= 0.9
    weakest = first["nodes"]["weak"]["outputs"]["classes"]["preview"]["value"]
    assert weakest[0] in {"circle", "square", "triangle"}

    again = netloom(*words, "--set", "weak.count=2", project=project, environment=environment)
    states = {name: node["state"] for name, node in again["nodes"].items()}
    assert states["weak"] == "succeeded"
    assert {states[name] for name in ("drawn", "parts", "fit", "score", "gate")} == {"cached"}

    strict = ["--set", "gate.at_least=1.0", "--set", "drawn.noise=0.9", "--set", "fit.epochs=1"]
    failed = netloom(*words, *strict, project=project, environment=environment, code=1)
    assert failed["nodes"]["gate"]["state"] == "failed"
    assert failed["nodes"]["weak"]["state"] == "succeeded"
    (problem,) = failed["nodes"]["gate"]["diagnostics"]
    assert problem["fix"] == "Train longer, or lower `at_least`"
