"""The API keeps its own description, whatever is sent to it: no request makes it fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from netloom.accounts.permissions import Role, Scope
from netloom.accounts.users import User
from netloom.core.identifiers import NodeId, PortName, RunId, UserName
from netloom.execution.events import NodeChanged, Output
from netloom.execution.states import RunState
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.codecs import TrainedModelCodec
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import Perceptron
from netloom.server.app import create_app
from netloom.server.settings import ServerSettings
from netloom.workspace.bundles.desk import BundleDesk
from netloom.workspace.signing_in import make_token
from netloom.workspace.workspace import Workspace

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
STREAMS = ["streamEvents", "streamRunEvents"]  # they do not end
TEXT = "netloom: 1\nname: digits\nnodes:\n  digits: {op: data.digits}\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    (folder / "netloom.toml").write_text("")
    return folder


@pytest.fixture(scope="module")
def api(place: Path) -> Iterator[Any]:
    workspace = Workspace.open(project=place)
    app = create_app(workspace, ServerSettings(), serves_runs=False)
    # Bundles take PyTorch and seconds; here making one fails at once.
    bench = app.state.hosting.bench
    bench.bundles = BundleDesk(workspace.layout, workspace.project, program=["true"])
    yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", app).exclude(operation_id=STREAMS)
    workspace.close()


@pytest.fixture(scope="module")
def headers(api: Any) -> dict[str, str]:
    bench = api.app.state.hosting.bench
    bench.users.add(User(UserName("root"), Role.ADMIN, 0.0), None)
    _, secret = make_token(bench, UserName("root"), name="test", scope=Scope.ADMIN, days=None)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def known(api: Any, headers: dict[str, str]) -> dict[str, str]:
    """Ids of objects that exist, so that requests get past the look-up."""
    from starlette.testclient import TestClient

    client = TestClient(api.app, headers=headers)
    pipeline = client.post("/api/v1/pipelines", json={"text": TEXT}).json()["id"]
    run = client.post("/api/v1/runs", json={"text": TEXT}).json()["id"]
    model = give_out_model(api, client.post("/api/v1/runs", json={"text": TEXT}).json()["id"])
    body = {"name": "pets", "run": run}
    deployment = client.post("/api/v1/deployments", json=body).json()["id"]
    return {
        "pipeline": pipeline,
        "run": run,
        "operator": "data.split",
        "model": model,
        "deployment": deployment,
    }


def give_out_model(api: Any, run: str) -> str:
    """Let a run give out a model that predicts, if badly; it has no name, so no request deletes it."""
    image = ImageInput(channels=1, height=2, width=2, mean=(0.5,), std=(0.5,))
    plan = Architecture(input=image, backbone=Perceptron(widths=(4,)), head=LinearHead(outputs=2))
    manifest = PackageManifest(
        task="image_classification",
        labels=("a", "b"),
        architecture=plan,
        preprocessing=({"type": "resize", "size": 2},),
    )
    workspace, codec = api.app.state.hosting.bench.workspace, TrainedModelCodec()
    folder = workspace.artifacts.stage()
    save_package(folder, manifest, build_network(plan, seed=0).state_dict())
    preview = codec.preview(folder)
    artifact = workspace.artifacts.commit(folder, media_type=codec.media_type)
    size_bytes = artifact.manifest.size_bytes
    outputs = {PortName("out"): Output(artifact.id, codec.media_type, size_bytes, preview)}
    for state in (RunState.QUEUED, RunState.RUNNING, RunState.SUCCEEDED):
        has_ended = state is RunState.SUCCEEDED
        workspace.store.emit(
            NodeChanged(
                RunId(run), NodeId("digits"), state, 1.0, outputs=outputs if has_ended else None
            )
        )
    return str(artifact.id)


def test_no_request_makes_it_fail(api: Any, headers: dict[str, str], known: dict[str, str]) -> None:
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) > 50
    for operation in operations:
        attack(operation, headers, known)


def attack(operation: Any, headers: dict[str, str], known: dict[str, str]) -> None:
    """Some requests that fit the description and some that do not; half of them about known objects."""
    is_known = [False]

    @given(case=operation.as_strategy())
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def send(case: Any) -> None:
        is_known[0] = not is_known[0]
        for name in known.keys() & (case.path_parameters or {}).keys() if is_known[0] else ():
            case.path_parameters[name] = known[name]
        if operation.definition.raw["operationId"] == "readLog":
            case.query = {**(case.query or {}), "wait_s": 0}
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()
