"""The result cache: which fingerprint gave which artifacts. Shared by all runs of a workspace.

results/ab/<fingerprint>.json    written atomically; the artifacts it names are verified on use
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.core.errors import ArtifactDamaged, NotFound
from netloom.core.files import write_text
from netloom.core.identifiers import ArtifactId, Fingerprint, NodeId, PortName, RunId
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.events import Output


@dataclass(frozen=True, slots=True)
class CachedResult:
    """What a node produced once, and where that happened."""

    fingerprint: Fingerprint
    outputs: Mapping[PortName, Output]
    run: RunId
    node: NodeId
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Answer of the cache: a result, or one sentence why there is none."""

    result: CachedResult | None
    problem: str = ""


class ResultCache:
    """Finds and keeps results. Safe for concurrent processes: files appear whole or not at all."""

    def __init__(self, root: Path, artifacts: LocalArtifactStore) -> None:
        self.root = root
        self._artifacts = artifacts

    def find(self, fingerprint: Fingerprint) -> Lookup:
        """The result of a fingerprint if all its artifacts are present and their sizes right."""
        try:
            document = json.loads(self._path(fingerprint).read_bytes())
            result = _result_from_json(document)
        except FileNotFoundError:
            return Lookup(None)
        except _UNREADABLE:
            return Lookup(None, "its cached result cannot be read")
        try:
            for output in result.outputs.values():
                self._artifacts.get(output.artifact)
        except (NotFound, ArtifactDamaged) as error:
            return Lookup(None, error.diagnostics[0].message)
        return Lookup(result)

    def keep(self, result: CachedResult) -> None:
        """Remember a result; an earlier one of the same fingerprint is replaced."""
        text = json.dumps(_json_from_result(result))
        write_text(self._path(result.fingerprint), text, durable=False)

    def forget(self, fingerprint: Fingerprint) -> None:
        """Remove a result; its artifacts stay until nothing refers to them."""
        self._path(fingerprint).unlink(missing_ok=True)

    def results(self) -> Iterator[CachedResult]:
        """Every readable result."""
        for path in sorted(self.root.glob("*/*.json")):
            try:
                yield _result_from_json(json.loads(path.read_bytes()))
            except (*_UNREADABLE, FileNotFoundError):
                continue

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _path(self, fingerprint: Fingerprint) -> Path:
        return self.root / fingerprint[:2] / f"{fingerprint}.json"


_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a damaged or foreign document raises."""


def _json_from_result(result: CachedResult) -> dict[str, Any]:
    return {
        "fingerprint": result.fingerprint,
        "run": result.run,
        "node": result.node,
        "seconds": result.seconds,
        "metrics": dict(result.metrics),
        "outputs": {
            port: [output.artifact, output.media_type, output.size_bytes, output.preview]
            for port, output in result.outputs.items()
        },
    }


def _result_from_json(document: Mapping[str, Any]) -> CachedResult:
    return CachedResult(
        fingerprint=Fingerprint(document["fingerprint"]),
        run=RunId(document["run"]),
        node=NodeId(document["node"]),
        seconds=document["seconds"],
        metrics=document["metrics"],
        outputs={
            PortName(port): Output(ArtifactId(artifact), media_type, size_bytes, preview)
            for port, (artifact, media_type, size_bytes, preview) in document["outputs"].items()
        },
    )
