"""How a model was made, read from the records of its run."""

from __future__ import annotations

from typing import Any

from netloom.core.identifiers import ArtifactId, Fingerprint, NodeId, PortName, RunId
from netloom.execution.events import Output
from netloom.execution.states import RunState
from netloom.tracking.model_store import MODEL_MEDIA_TYPE
from netloom.tracking.records import NodeRecord
from netloom.workspace.model_lineage import (
    DATASET_MEDIA_TYPE,
    DataSource,
    ModelHistory,
    Parent,
    TrainedOn,
    model_history,
)

MODEL = ArtifactId("trained")


def node(
    name: str,
    operator: str,
    *inputs: str,
    output: Output | None = None,
    settings: dict[str, Any] | None = None,
    identity: str | None = None,
    **metrics: float,
) -> NodeRecord:
    return NodeRecord(
        run=RunId("r"),
        node=NodeId(name),
        state=RunState.SUCCEEDED,
        operator=operator,
        fingerprint=Fingerprint(f"f-{name}"),
        ingredients={
            "settings": settings or {},
            "inputs": {"in": list(inputs)} if inputs else {},
            "identity": identity,
        },
        outputs={PortName("out"): output} if output else {},
        last_metrics=metrics,
    )


def dataset(artifact: str, samples: int, **parts: int) -> Output:
    return Output(ArtifactId(artifact), DATASET_MEDIA_TYPE, 1, {"samples": samples, "parts": parts})


def model(artifact: str) -> Output:
    return Output(ArtifactId(artifact), MODEL_MEDIA_TYPE, 1, {})


RECORDS = {
    record.node: record
    for record in (
        node(
            "pets",
            "data.image_folder",
            output=dataset("raw", 30, none=30),
            settings={"path": "data/pets"},
            identity="i",
        ),
        node("parts", "data.split", "raw", output=dataset("split", 30, train=20, test=10)),
        node("resized", "image.resize", "split:ignored", "split"),
        node("noise", "data.digits", output=dataset("unused", 5)),
        node("older", "models.load", output=model("parent"), settings={"path": "p"}),
        node("describe", "models.image_classifier"),
        node(
            "fit",
            "train",
            "f-describe:out",
            "f-resized:images",
            "parent",
            output=model(MODEL),
            settings={"epochs": 3},
            loss=0.5,
        ),
        node("score", "evaluate", MODEL, "f-resized:images", accuracy=0.75),
        node("before", "evaluate", "parent", "split", accuracy=0.25),
    )
}


def test_the_history_of_a_training_names_its_data_its_parent_and_its_measures():
    assert model_history(RECORDS, NodeId("fit"), MODEL) == ModelHistory(
        operator="train",
        settings={"epochs": 3},
        metrics={"fit.loss": 0.5, "score.accuracy": 0.75},
        sources=(
            DataSource(
                node="pets",
                operator="data.image_folder",
                settings={"path": "data/pets"},
                identity="i",
                fingerprint="f-pets",
                samples=30,
                parts={"none": 30},
            ),
        ),
        trained_on=TrainedOn(
            node="parts", artifact="split", samples=30, parts={"train": 20, "test": 10}
        ),
        parents=(Parent("older", "parent"),),
    )


def test_a_model_that_was_only_loaded_knows_its_settings_and_who_measured_it():
    assert model_history(RECORDS, NodeId("older"), ArtifactId("parent")) == ModelHistory(
        operator="models.load",
        settings={"path": "p"},
        metrics={"before.accuracy": 0.25},
    )


def test_a_history_survives_json():
    history = model_history(RECORDS, NodeId("fit"), MODEL)
    assert ModelHistory.from_json(history.to_json()) == history


def test_a_source_is_called_by_the_last_part_of_its_path_or_by_its_operator():
    (source,) = model_history(RECORDS, NodeId("fit"), MODEL).sources
    assert (source.name, source.path) == ("pets", "data/pets")
    nameless = DataSource(
        node="d", operator="data.digits", settings={}, identity=None, fingerprint=None,
        samples=None, parts={},
    )  # fmt: skip
    assert (nameless.name, nameless.path) == ("data.digits", None)
