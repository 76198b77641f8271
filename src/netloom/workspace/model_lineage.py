"""Lineage of a trained model: what the records of its run say of how it was made."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Self

from pydantic import TypeAdapter

from netloom.core.identifiers import ArtifactId, NodeId
from netloom.execution.events import Output
from netloom.tracking.model_store import MODEL_MEDIA_TYPES, MeasuredNode
from netloom.tracking.records import NodeRecord

DATASET_MEDIA_TYPE = "application/vnd.netloom.dataset"
DATA_MEDIA_TYPES = (DATASET_MEDIA_TYPE, "application/vnd.netloom.table")
"""What models learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A node that read the data, with the counts of what it read.

    Attributes:
        identity: Changes when the data change; None for sources that have none.
    """

    node: str
    operator: str
    settings: Mapping[str, Any]
    identity: str | None
    fingerprint: str | None
    samples: int | None
    parts: Mapping[str, int]

    @property
    def path(self) -> str | None:
        """File or folder that it reads."""
        path = self.settings.get("path")
        return path if isinstance(path, str) else None

    @property
    def name(self) -> str:
        """What people call it."""
        return (PurePosixPath(self.path).name if self.path else "") or self.operator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """The stored data set or table nearest to the training."""

    node: str
    artifact: str
    samples: int | None
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Parent:
    """A trained model that this one started from."""

    node: str
    artifact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHistory:
    """How a model was made.

    Attributes:
        operator: Of the node that gave it out.
        settings: Of that node, with defaults.
        metrics: By ``node.name``: of that node, and of those of its run that measured the model.
    """

    operator: str = ""
    settings: Mapping[str, Any]
    metrics: Mapping[str, float]
    sources: tuple[DataSource, ...] = ()
    trained_on: TrainedOn | None = None
    parents: tuple[Parent, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What is kept of it with a registered model."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_json`."""
        return TypeAdapter(cls).validate_python(dict(document))


def model_history(
    nodes: Mapping[NodeId, NodeRecord], node: NodeId, artifact: ArtifactId
) -> ModelHistory:
    """Read the history of a model that ``node`` gave out."""
    made_by = nodes[node]
    upstream = list(_upstream(nodes, made_by))
    datasets = [
        (record, output)
        for record, output in upstream
        if output is not None and output.media_type in DATA_MEDIA_TYPES
    ]
    sources = {
        record.node: _source(record, output)
        for record, output in datasets
        if not any(_given(record).values())
    }
    return ModelHistory(
        operator=made_by.operator,
        settings=dict((made_by.ingredients or {}).get("settings", {})),
        metrics=model_metrics(map(_measured, nodes.values()), node, artifact),
        sources=tuple(sources.values()),
        trained_on=next((_trained_on(*found) for found in datasets), None),
        parents=tuple(
            Parent(record.node, output.artifact)
            for record, output in upstream
            if output is not None and output.media_type in MODEL_MEDIA_TYPES
        ),
    )


def model_metrics(
    measured: Iterable[MeasuredNode], node: NodeId, artifact: ArtifactId
) -> dict[str, float]:
    """Last values by ``node.name``, of the node that made a model and of those that measured it.

    A training that started from it measured another one.
    """
    return {
        f"{found.node}.{name}": value
        for found in measured
        if found.node == node or (artifact in found.inputs and not found.makes_model)
        for name, value in found.metrics.items()
    }


def _upstream(
    nodes: Mapping[NodeId, NodeRecord], start: NodeRecord
) -> Iterator[tuple[NodeRecord, Output | None]]:
    """Nodes that a result depends on, nearest first, each with the output that was used.

    Inline nodes have no stored output. What a trained model was made of is its own history.
    """
    makers = _Makers(nodes.values())
    pending, seen = deque(_digests(start)), set[str]()
    while pending:
        digest = pending.popleft()
        found = makers.find(digest)
        if digest in seen or found is None:
            continue
        seen.add(digest)
        record, output = found
        yield record, output
        if output is None or output.media_type not in MODEL_MEDIA_TYPES:
            pending.extend(_digests(record))


class _Makers:
    """Which node made which content: known by its artifact, or by the fingerprint of an inline node."""

    def __init__(self, records: Iterable[NodeRecord]) -> None:
        self._stored: dict[str, tuple[NodeRecord, Output]] = {}
        self._inline: dict[str, NodeRecord] = {}
        for record in records:
            for output in record.outputs.values():
                self._stored.setdefault(output.artifact, (record, output))
            if record.fingerprint is not None:
                self._inline.setdefault(record.fingerprint, record)

    def find(self, digest: str) -> tuple[NodeRecord, Output | None] | None:
        if digest in self._stored:
            return self._stored[digest]
        fingerprint, colon, _ = digest.partition(":")
        record = self._inline.get(fingerprint) if colon else None
        return None if record is None else (record, None)


def _given(record: NodeRecord) -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = (record.ingredients or {}).get("inputs", {})
    return found


def _digests(record: NodeRecord) -> list[str]:
    return [digest for digests in _given(record).values() for digest in digests]


def _measured(record: NodeRecord) -> MeasuredNode:
    makes_model = any(out.media_type in MODEL_MEDIA_TYPES for out in record.outputs.values())
    return MeasuredNode(record.node, frozenset(_digests(record)), record.last_metrics, makes_model)


def _source(record: NodeRecord, output: Output) -> DataSource:
    ingredients = record.ingredients or {}
    return DataSource(
        node=record.node,
        operator=record.operator,
        settings=dict(ingredients.get("settings", {})),
        identity=ingredients.get("identity"),
        fingerprint=record.fingerprint,
        samples=_count(output),
        parts=dict(output.preview.get("parts", {})),
    )


def _count(output: Output) -> int | None:
    """Samples of a data set, or rows of a table."""
    found = output.preview.get("samples", output.preview.get("rows"))
    return found if isinstance(found, int) else None


def _trained_on(record: NodeRecord, output: Output) -> TrainedOn:
    return TrainedOn(
        node=record.node,
        artifact=output.artifact,
        samples=_count(output),
        parts=dict(output.preview.get("parts", {})),
    )
