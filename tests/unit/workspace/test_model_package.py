"""A model's package as people take it away."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from netloom.accounts.permissions import Access, Right
from netloom.core.artifacts import Artifact
from netloom.core.identifiers import ArtifactId, NodeId, PortName, RunId
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.tracking.model_store import ModelOutput
from netloom.workspace import model_package
from netloom.workspace.model_package import file_name, num_parameters, snippet, zipped
from netloom.workspace.model_registry import KnownModel
from netloom.workspace.workspace import Workspace

FILES = {"model.json": b'{"format": 1}', "weights.safetensors": b"\0" * 70_000}


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    store = LocalArtifactStore(tmp_path / "artifacts")
    folder = store.stage()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return store.commit(folder, media_type="application/vnd.netloom.model")


PICTURES = {"task": "depth", "labels": [], "backbone": {"type": "convnet"}, "input": [3, 8, 8]}
TABLES = {"network": {"type": "mlp"}, "targets": [], "date": ""}


def given_out(
    node: str = "fit", pipeline: str = "digits", preview: Mapping[str, Any] = PICTURES
) -> KnownModel:
    output = ModelOutput(
        artifact=ArtifactId("ab" * 32),
        run=RunId("r"),
        node=NodeId(node),
        port=PortName("model"),
        pipeline=pipeline,
        size_bytes=1,
        preview=preview,
        is_made=True,
        created=0.0,
        access=Access(),
    )
    return KnownModel(output, Access(), Right.OWN)


def test_the_zip_file_holds_the_package_and_is_as_long_as_was_said(artifact: Artifact) -> None:
    package = zipped(artifact)
    content = b"".join(package.content)
    assert len(content) == package.size_bytes
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
    assert b"".join(zipped(artifact).content) == content


def test_a_package_too_long_for_the_small_form_has_no_length_beforehand(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_package, "_LONG_BYTES", 60_000)
    package = zipped(artifact)
    assert package.size_bytes is None
    with zipfile.ZipFile(io.BytesIO(b"".join(package.content))) as archive:
        assert archive.read("weights.safetensors") == FILES["weights.safetensors"]


@pytest.mark.parametrize(
    ("tensors", "expected"),
    [
        ({"a.weight": {"shape": [3, 4]}, "a.bias": {"shape": [3]}}, 15),
        ({"__metadata__": {"by": "x"}, "n.running_mean": {"shape": [5]}, "s": {"shape": []}}, 1),
        ({"a": {}}, None),
    ],
)
def test_parameters_are_counted_by_the_header(
    tmp_path: Path, tensors: dict[str, Any], expected: int | None
) -> None:
    header = json.dumps(tensors).encode()
    (tmp_path / "weights.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    assert num_parameters(tmp_path) == expected


def test_parameters_of_a_missing_or_damaged_file_are_unknown(tmp_path: Path) -> None:
    assert num_parameters(tmp_path) is None
    (tmp_path / "weights.safetensors").write_bytes(b"\xff" * 20)
    assert num_parameters(tmp_path) is None


def test_the_snippet_is_a_node_that_loads_the_package(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    workspace = Workspace.open(project=project)
    place = f"artifacts/ab/{'ab' * 32}"
    assert snippet(workspace, given_out()) == f"fit: {{op: models.load, path: .netloom/{place}}}"
    assert snippet(workspace, given_out(preview=TABLES)) == (
        f"fit: {{op: tables.trained_model, file: .netloom/{place}}}"
    )
    assert snippet(workspace, given_out("stage/Fit")).partition(":")[0] == "stage_fit"
    elsewhere = Workspace.open(tmp_path / "my workspace", project=project)
    assert snippet(elsewhere, given_out("1st")) == (
        f'st: {{op: models.load, path: "{tmp_path}/my workspace/{place}"}}'
    )


def test_the_file_is_called_as_the_model_is() -> None:
    assert file_name(given_out("stage/fit", "flowers & more")) == (
        "flowers_more_stage_fit-abababab.zip"
    )
